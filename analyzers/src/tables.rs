//! Every stored table that the analyzers read or that ingest writes: one declaration each, which is also its schema and
//! its section of the data dictionary. Metric tables are declared beside the analyzer that makes them.

use crate::table;
use crate::table::{Amount, FieldMap, Row, TableInfo, TimestampUs};

/// All stored tables that do not come from an analyzer, alphabetically.
pub fn all() -> Vec<TableInfo> {
    vec![
        AnsweredScorecardRow::table(),
        CallRow::table(),
        CoverageRow::table(),
        CrmObjectRow::table(),
        DealHistoryRow::table(),
        GongStatRow::table(),
        GongTopicRow::table(),
        GongTrackerRow::table(),
        LibraryCallRow::table(),
        PartyRow::table(),
        RejectRow::table(),
        ScorecardRow::table(),
        SentenceRow::table(),
        TombstoneRow::table(),
        TrackerRow::table(),
        UserRow::table(),
        WorkspaceRow::table(),
    ]
}

table! {
    /// One row per call that Gong recorded; private calls are left out unless the settings ask for them.
    pub struct CallRow("calls", key: [call_id], partition: Day) {
        /// Gong's id of the call, a decimal string of up to 20 digits.
        call_id: String,
        /// Link to the call in Gong's web app.
        url: Option<String>,
        /// Title of the call.
        title: Option<String>,
        /// When the call began, UTC.
        started: TimestampUs,
        /// When the call was scheduled to begin, UTC.
        scheduled: Option<TimestampUs>,
        /// Length of the recording in seconds.
        duration_s: Option<i64>,
        /// Gong's id of the user who hosted the call.
        primary_user_id: Option<String>,
        /// Inbound, Outbound, Conference or Unknown.
        direction: Option<String>,
        /// System that recorded the call, such as Zoom.
        system: Option<String>,
        /// Internal, External or Unknown.
        scope: Option<String>,
        /// Audio or Video.
        media: Option<String>,
        /// Language of the call as Gong names it (ISO 639-2/B, such as eng).
        language: Option<String>,
        /// Gong's id of the workspace.
        workspace_id: Option<String>,
        /// Purpose of the call.
        purpose: Option<String>,
        /// Link to the meeting.
        meeting_url: Option<String>,
        /// Whether Gong marks the call private.
        is_private: bool,
        /// Id of the calendar event.
        calendar_event_id: Option<String>,
        /// The id that the recording system gave the call.
        client_unique_id: Option<String>,
        /// present, pending or absent.
        transcript_state: String,
        /// Canonical JSON (keys sorted) of every field of the call that has no column of its own.
        raw: String,
    }
}

table! {
    /// One row per person on a call: invited or present, speaking or not.
    pub struct PartyRow("parties", key: [call_id, party_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Gong's id of the party, unique within the call.
        party_id: String,
        /// Id of the voice in the transcript; null for those who never spoke.
        speaker_id: Option<String>,
        /// Gong's id of the user, for people of the own company.
        user_id: Option<String>,
        /// One key per person across calls: user id, else lower-cased e-mail, else normalised phone, else local to the call.
        person_key: String,
        /// Name as Gong shows it.
        name: Option<String>,
        /// E-mail address.
        email: Option<String>,
        /// Phone number as received.
        phone: Option<String>,
        /// Job title.
        title: Option<String>,
        /// Internal, External or Unknown, as Gong says.
        affiliation: Option<String>,
        /// company, customer or unknown: the affiliation, corrected by the `[sides]` settings.
        side: String,
        /// Canonical JSON (keys sorted) of every field of the party that has no column of its own.
        raw: String,
    }
}

table! {
    /// One row per sentence of a transcript, in the order received.
    pub struct SentenceRow("sentences", key: [call_id, sentence_index], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Position of the sentence in the transcript as received, from 0.
        sentence_index: i32,
        /// Position of Gong's own block (one speaker, one topic) that holds the sentence, from 0.
        monologue_index: i32,
        /// Id of the voice.
        speaker_id: Option<String>,
        /// The party who has that voice; null where no party carries it.
        party_id: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// Gong's topic of the block.
        topic: Option<String>,
        /// Start, in milliseconds from the start of the call.
        start_ms: i64,
        /// End, in milliseconds from the start of the call.
        end_ms: i64,
        /// What was said.
        text: String,
    }
}

table! {
    /// One row per CRM object that a call or a party carries.
    pub struct CrmObjectRow("crm_objects", key: [call_id, party_id, timing, system, object_type, object_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// The party that carries the object; empty where it is the call's own.
        party_id: String,
        /// `now` (as of the reading) or `time_of_call`.
        timing: String,
        /// CRM system, such as Salesforce.
        system: String,
        /// Opportunity, Account, Contact, Lead or User.
        object_type: String,
        /// Id of the object in the CRM.
        object_id: String,
        /// Fields by CRM name; a value is its JSON text, a string is unquoted, null is left out.
        fields: FieldMap,
    }
}

table! {
    /// One row per state of a deal that was seen; nothing is ever overwritten.
    pub struct DealHistoryRow("deal_history", key: [system, deal_id, timing, observed_at, call_id], partition: Whole) {
        /// CRM system.
        system: String,
        /// Id of the deal in the CRM.
        deal_id: String,
        /// `now` or `time_of_call`.
        timing: String,
        /// When the state held, UTC: the start of the call, or the run that read it.
        observed_at: TimestampUs,
        /// The call that carried it; empty for imports.
        call_id: String,
        /// call, refresh or import.
        source: String,
        /// Name of the deal.
        name: Option<String>,
        /// Stage as the CRM names it.
        stage: Option<String>,
        /// Amount in `currency`.
        amount: Option<Amount>,
        /// ISO 4217 code.
        currency: Option<String>,
        /// Expected or actual close date, ISO 8601.
        close_date: Option<String>,
        /// Owner as the CRM names it.
        owner: Option<String>,
        /// open, won or lost.
        outcome: Option<String>,
        /// Id of the account.
        account_id: Option<String>,
        /// Every field as received, so that a changed mapping can be applied again.
        fields: FieldMap,
    }
}

table! {
    /// What Gong itself computed for a call: one row per statistic and, where it has one, person.
    pub struct GongStatRow("gong_stats", key: [call_id, party_id, name], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// The party it is about; empty for the whole call.
        party_id: String,
        /// Gong's name of the statistic, such as Talk Ratio, talkTime, companyCount.
        name: String,
        /// Its value, in Gong's unit.
        value: Option<f64>,
    }
}

table! {
    /// How often Gong's trackers fired on a call; a row does not mean a hit, count may be 0.
    pub struct GongTrackerRow("gong_trackers", key: [call_id, tracker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Gong's id of the tracker; its name where it has none.
        tracker_id: String,
        /// Name of the tracker.
        name: Option<String>,
        /// KEYWORD or SMART.
        tracker_type: Option<String>,
        /// Number of occurrences.
        count: i64,
        /// Occurrences as canonical JSON.
        occurrences: String,
    }
}

table! {
    /// How long Gong's topics lasted on a call.
    pub struct GongTopicRow("gong_topics", key: [call_id, name], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Name of the topic.
        name: String,
        /// Seconds; 0 is a legal value.
        duration_s: f64,
    }
}

table! {
    /// One row per Gong user ever seen; rows are never removed.
    pub struct UserRow("users", key: [user_id], partition: Whole) {
        /// Gong's id of the user.
        user_id: String,
        /// E-mail address.
        email: Option<String>,
        /// First name.
        first_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
        /// Job title.
        title: Option<String>,
        /// Gong's id of the manager.
        manager_id: Option<String>,
        /// Whether the user is active in Gong.
        active: bool,
        /// When the user was created in Gong, UTC.
        created: Option<TimestampUs>,
        /// When talktrack first saw the user, UTC.
        first_seen: TimestampUs,
        /// When talktrack last saw the user listed, UTC; null while listed.
        last_seen: Option<TimestampUs>,
        /// Canonical JSON (keys sorted) of every field that has no column of its own.
        raw: String,
    }
}

table! {
    /// One row per workspace.
    pub struct WorkspaceRow("workspaces", key: [workspace_id], partition: Whole) {
        /// Gong's id of the workspace.
        workspace_id: String,
        /// Name of the workspace.
        name: Option<String>,
        /// Description of the workspace.
        description: Option<String>,
        /// Canonical JSON (keys sorted) of every field that has no column of its own.
        raw: String,
    }
}

table! {
    /// One row per scorecard of the company's settings, as listed now.
    pub struct ScorecardRow("scorecards", key: [scorecard_id], partition: Whole) {
        /// Gong's id of the scorecard.
        scorecard_id: String,
        /// Name of the scorecard.
        name: Option<String>,
        /// Gong's id of the workspace.
        workspace_id: Option<String>,
        /// Whether the scorecard is in use.
        enabled: Option<bool>,
        /// AUTOMATIC or MANUAL.
        review_method: Option<String>,
        /// When the scorecard was made, UTC.
        created: Option<TimestampUs>,
        /// When the scorecard was changed, UTC.
        updated: Option<TimestampUs>,
        /// Canonical JSON (keys sorted) of every field that has no column of its own, the questions among them.
        raw: String,
    }
}

table! {
    /// One row per keyword tracker of the company's settings, as listed now. Gong lists no smart trackers.
    pub struct TrackerRow("trackers", key: [tracker_id], partition: Whole) {
        /// Gong's id of the tracker.
        tracker_id: String,
        /// Name of the tracker.
        name: Option<String>,
        /// Gong's id of the workspace.
        workspace_id: Option<String>,
        /// Who must say it: Anyone, Company or `NonCompany`.
        affiliation: Option<String>,
        /// When it must be said: Anytime, First or Last.
        said_at: Option<String>,
        /// Canonical JSON (keys sorted) of every field that has no column of its own, the keywords among them.
        raw: String,
    }
}

table! {
    /// One row per call, or part of a call, in a public folder of the library; the same call may stand in a folder several
    /// times.
    pub struct LibraryCallRow("library_calls", key: [library_call_id], partition: Whole) {
        /// Digest of folder, call, part and time of adding, since Gong gives the entry no id.
        library_call_id: String,
        /// Gong's id of the folder.
        folder_id: String,
        /// Name of the folder.
        folder_name: Option<String>,
        /// Gong's id of the folder that holds the folder.
        parent_folder_id: Option<String>,
        /// Gong's id of the call.
        call_id: String,
        /// Title of the call.
        title: Option<String>,
        /// Why the call is there.
        note: Option<String>,
        /// Gong's id of the user who put it there.
        added_by: Option<String>,
        /// When it was put there, UTC.
        created: Option<TimestampUs>,
        /// Start of the part in seconds; null where the whole call is meant.
        snippet_from_s: Option<i64>,
        /// End of the part in seconds; null where the whole call is meant.
        snippet_to_s: Option<i64>,
        /// Link to the call or its part.
        url: Option<String>,
        /// Canonical JSON (keys sorted) of every field that has no column of its own.
        raw: String,
    }
}

table! {
    /// One row per scorecard that was filled in for a call, by a person or by Gong; a partition is a month of reviews.
    pub struct AnsweredScorecardRow("answered_scorecards", key: [answered_scorecard_id], partition: Month) {
        /// Gong's id of the answered scorecard.
        answered_scorecard_id: String,
        /// Gong's id of the scorecard.
        scorecard_id: Option<String>,
        /// Name of the scorecard.
        scorecard_name: Option<String>,
        /// Gong's id of the call.
        call_id: Option<String>,
        /// When the call began, UTC.
        call_started: Option<TimestampUs>,
        /// Gong's id of the user whose call it is.
        reviewed_user_id: Option<String>,
        /// Gong's id of the user who filled it in; null where Gong did.
        reviewer_user_id: Option<String>,
        /// AUTOMATIC or MANUAL.
        review_method: Option<String>,
        /// Gong's id of the user who changed it afterwards.
        editor_user_id: Option<String>,
        /// When it was filled in, UTC.
        reviewed: TimestampUs,
        /// PUBLIC, PRIVATE or `OPT_IN_USERS`.
        visibility: Option<String>,
        /// The answers as canonical JSON.
        answers: String,
        /// Canonical JSON (keys sorted) of every field that has no column of its own.
        raw: String,
    }
}

table! {
    /// What is known of a UTC day of call starts: how much Gong listed and what became of it.
    pub struct CoverageRow("coverage", key: [day], partition: Whole) {
        /// The day, ISO 8601.
        day: String,
        /// Calls that Gong listed.
        listed: i64,
        /// Calls in the lake.
        stored: i64,
        /// Calls left out because they are private.
        private: i64,
        /// Records that could not be decoded.
        rejected: i64,
        /// Stored calls whose transcript is there.
        transcripts_present: i64,
        /// Stored calls whose transcript is awaited.
        transcripts_pending: i64,
        /// Stored calls whose transcript never came.
        transcripts_absent: i64,
        /// done or open.
        window_state: String,
    }
}

table! {
    /// Calls that were stored once and are gone; no text is kept.
    pub struct TombstoneRow("tombstones", key: [call_id], partition: Whole) {
        /// Gong's id of the call.
        call_id: String,
        /// UTC day of the call's start, ISO 8601.
        day: String,
        /// When it was found gone, UTC.
        seen_gone_at: TimestampUs,
        /// private, deleted or erased.
        reason: String,
    }
}

table! {
    /// Records that Gong sent and that could not be decoded; removed when the record later decodes.
    pub struct RejectRow("rejects", key: [table, record_id, json_path], partition: Day) {
        /// Table the record was meant for.
        table: String,
        /// Id of the record where it could be read; else a digest of its JSON.
        record_id: String,
        /// Where in the page the trouble is.
        json_path: String,
        /// What is wrong.
        reason: String,
        /// The record as received.
        raw: String,
    }
}
