//! Rows as small as a test needs them.

use jiff::civil::Date;
use talktrack_analyzers::table::TimestampUs;
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};

/// A call that started at noon of the day.
pub(crate) fn call(id: &str, day: Date) -> CallRow {
    let noon = day.at(12, 0, 0, 0).in_tz("UTC").expect("noon");
    CallRow {
        call_id: id.to_owned(),
        url: None,
        title: Some(format!("Call {id}")),
        started: TimestampUs(noon.timestamp().as_microsecond()),
        scheduled: None,
        duration_s: Some(60),
        primary_user_id: None,
        direction: None,
        system: None,
        scope: None,
        media: None,
        language: None,
        workspace_id: None,
        purpose: None,
        meeting_url: None,
        is_private: false,
        calendar_event_id: None,
        client_unique_id: None,
        transcript_state: "present".to_owned(),
        raw: "{}".to_owned(),
    }
}

/// A party with a voice of the same name.
pub(crate) fn party(call_id: &str, party_id: &str, side: &str) -> PartyRow {
    PartyRow {
        call_id: call_id.to_owned(),
        party_id: party_id.to_owned(),
        speaker_id: Some(format!("voice-{party_id}")),
        user_id: None,
        person_key: format!("{party_id}@example.com"),
        name: None,
        email: None,
        phone: None,
        title: None,
        affiliation: None,
        side: side.to_owned(),
        raw: "{}".to_owned(),
    }
}

/// A sentence of three seconds, said by a party of [`party`].
pub(crate) fn sentence(
    call_id: &str,
    index: i32,
    party_id: &str,
    side: &str,
    text: &str,
) -> SentenceRow {
    SentenceRow {
        call_id: call_id.to_owned(),
        sentence_index: index,
        monologue_index: index,
        speaker_id: Some(format!("voice-{party_id}")),
        party_id: Some(party_id.to_owned()),
        side: side.to_owned(),
        topic: None,
        start_ms: i64::from(index) * 4_000,
        end_ms: i64::from(index) * 4_000 + 3_000,
        text: text.to_owned(),
    }
}
