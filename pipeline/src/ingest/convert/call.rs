//! An extensive call to its row in `calls`.

use talktrack_analyzers::tables::CallRow;
use talktrack_gong::api::calls::CallRecord;

use super::{remainder, stored_time};
use crate::ingest::ledger::TranscriptState;

/// The row of a call whose parties, CRM objects and statistics were taken out already; what is left is its `raw`.
///
/// The state of the transcript is not known yet and stands as pending.
pub(super) fn row(mut record: CallRecord) -> CallRow {
    let meta = &mut record.meta_data;
    let mut row = CallRow {
        call_id: std::mem::take(&mut meta.id),
        url: meta.url.take(),
        title: meta.title.take(),
        started: stored_time(meta.started),
        scheduled: meta.scheduled.take().map(stored_time),
        duration_s: meta.duration.take(),
        primary_user_id: meta.primary_user_id.take(),
        direction: meta.direction.take(),
        system: meta.system.take(),
        scope: meta.scope.take(),
        media: meta.media.take(),
        language: meta.language.take(),
        workspace_id: meta.workspace_id.take(),
        purpose: meta.purpose.take(),
        meeting_url: meta.meeting_url.take(),
        is_private: meta.is_private.take() == Some(true),
        calendar_event_id: meta.calendar_event_id.take(),
        client_unique_id: meta.client_unique_id.take(),
        transcript_state: TranscriptState::Pending.as_str().to_owned(),
        raw: String::new(),
    };
    row.raw = raw(&record);
    row
}

/// Everything of the call that has no column: other fields of its metadata, and Gong's summary, outline and the like.
fn raw(record: &CallRecord) -> String {
    let mut rest = record.extra.clone();
    let mut meta = serde_json::Map::new();
    let disposition = record.meta_data.sdr_disposition.as_ref();
    let custom = record.meta_data.custom_data.as_ref();
    meta.extend(disposition.map(|text| ("sdrDisposition".to_owned(), text.as_str().into())));
    meta.extend(custom.map(|text| ("customData".to_owned(), text.as_str().into())));
    meta.extend(record.meta_data.extra.clone());
    rest.insert("metaData".to_owned(), meta.into());
    for (name, block) in [
        ("context", serde_json::to_value(&record.context)),
        ("content", serde_json::to_value(&record.content)),
        ("interaction", serde_json::to_value(&record.interaction)),
        ("collaboration", serde_json::to_value(&record.collaboration)),
    ] {
        rest.extend(block.ok().map(|block| (name.to_owned(), block)));
    }
    rest.retain(|name, block| {
        name != "context" || block.as_array().is_some_and(|list| !list.is_empty())
    });
    remainder(&rest)
}
