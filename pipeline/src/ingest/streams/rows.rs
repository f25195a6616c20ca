//! Records of the streams beside the calls, to rows.

use std::mem::take;

use talktrack_analyzers::tables::{
    AnsweredScorecardRow, LibraryCallRow, RejectRow, ScorecardRow, TrackerRow,
};
use talktrack_gong::api::library::{FolderRecord, LibraryCallRecord};
use talktrack_gong::api::settings::{ScorecardRecord, TrackerRecord};
use talktrack_gong::api::stats::AnsweredScorecardRecord;

use super::super::canonical::canonical;
use super::super::convert::{DIGEST_LENGTH, remainder_without, stored_time};

pub(super) fn scorecard(mut record: ScorecardRecord) -> ScorecardRow {
    let mut row = ScorecardRow {
        scorecard_id: take(&mut record.scorecard_id),
        name: record.scorecard_name.take(),
        workspace_id: record.workspace_id.take(),
        enabled: record.enabled.take(),
        review_method: record.review_method.take(),
        created: record.created.take().map(stored_time),
        updated: record.updated.take().map(stored_time),
        raw: String::new(),
    };
    row.raw = remainder_without("scorecardId", &record);
    row
}

pub(super) fn tracker(mut record: TrackerRecord) -> TrackerRow {
    let mut row = TrackerRow {
        tracker_id: take(&mut record.tracker_id),
        name: record.tracker_name.take(),
        workspace_id: record.workspace_id.take(),
        affiliation: record.affiliation.take(),
        said_at: record.said_at.take(),
        raw: String::new(),
    };
    row.raw = remainder_without("trackerId", &record);
    row
}

pub(super) fn library_call(folder: &FolderRecord, mut record: LibraryCallRecord) -> LibraryCallRow {
    let snippet = record.snippet.as_mut();
    let (from, to) = snippet.map_or((None, None), |part| {
        (part.from_sec.take(), part.to_sec.take())
    });
    let created = record.created.take().map(stored_time);
    // A list has one JSON text, so that no two entries run into each other.
    let identity = serde_json::json!([folder.id, record.id, from, to, created.map(|at| at.0)]);
    let digest = blake3::hash(identity.to_string().as_bytes()).to_hex();
    let mut row = LibraryCallRow {
        library_call_id: digest[..DIGEST_LENGTH].to_owned(),
        folder_id: folder.id.clone(),
        folder_name: folder.name.clone(),
        parent_folder_id: folder.parent_folder_id.clone(),
        call_id: take(&mut record.id),
        title: record.title.take(),
        note: record.note.take(),
        added_by: record.added_by.take(),
        created,
        snippet_from_s: from,
        snippet_to_s: to,
        url: record.url.take(),
        raw: String::new(),
    };
    row.raw = remainder_without("id", &record);
    row
}

/// Without the time of the review nobody knows where it belongs.
pub(super) fn answered(
    mut record: AnsweredScorecardRecord,
) -> Result<AnsweredScorecardRow, RejectRow> {
    let Some(reviewed) = record.review_time.take() else {
        return Err(RejectRow {
            table: super::ANSWERED.name.to_owned(),
            record_id: record.answered_scorecard_id.clone(),
            json_path: "answeredScorecards[].reviewTime".to_owned(),
            reason: "missing".to_owned(),
            // A record is made of what is always JSON.
            raw: canonical(&serde_json::to_value(&record).unwrap_or_default()),
        });
    };
    let answers = serde_json::to_value(take(&mut record.answers)).unwrap_or_default();
    let mut row = AnsweredScorecardRow {
        answered_scorecard_id: take(&mut record.answered_scorecard_id),
        scorecard_id: record.scorecard_id.take(),
        scorecard_name: record.scorecard_name.take(),
        call_id: record.call_id.take(),
        call_started: record.call_start_time.take().map(stored_time),
        reviewed_user_id: record.reviewed_user_id.take(),
        reviewer_user_id: record.reviewer_user_id.take(),
        review_method: record.review_method.take(),
        editor_user_id: record.editor_user_id.take(),
        reviewed: stored_time(reviewed),
        visibility: record.visibility_type.take(),
        answers: canonical(&answers),
        raw: String::new(),
    };
    row.raw = remainder_without("answeredScorecardId", &record);
    Ok(row)
}
