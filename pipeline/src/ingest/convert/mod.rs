//! Wire records to rows, one file per family of tables. Nothing here can fail: odd input becomes odd rows.

mod call;
mod crm_objects;
mod gong_facts;
mod parties;
mod rejects;
mod sentences;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::{Row, TimestampUs};
use talktrack_analyzers::tables::{
    CallRow, CrmObjectRow, DealHistoryRow, GongStatRow, GongTopicRow, GongTrackerRow, PartyRow,
    RejectRow,
};
use talktrack_gong::api::calls::CallRecord;

pub use rejects::{DIGEST_LENGTH, rejected};
pub use sentences::{Sentences, Voice, Voices};

use super::settings::Settings;
use super::spool::SpoolWriter;
use super::window::day_of;
use crate::lake;

/// What conversion needs beside the record.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Settings of the run.
    pub settings: &'a Settings,
    /// The run's now.
    pub now: Timestamp,
}

/// A call as ingest remembers it while its window is read.
#[derive(Debug, Clone)]
pub struct SeenCall {
    /// Gong's id of the call.
    pub call_id: String,
    /// UTC day of its start.
    pub day: Date,
    /// Whether it is left out because it is private.
    pub private: bool,
    /// Who has which voice.
    pub voices: Voices,
    /// Deals whose state as of now it carries: system and id.
    pub deals_now: Vec<(String, String)>,
}

impl SeenCall {
    /// A private call, of which nothing else is remembered.
    pub fn private(call_id: String, day: Date) -> SeenCall {
        SeenCall {
            call_id,
            day,
            private: true,
            voices: Voices::new(),
            deals_now: Vec::new(),
        }
    }
}

/// Rows of one day that wait to be written.
#[derive(Default)]
pub struct DayRows {
    calls: Vec<CallRow>,
    parties: Vec<PartyRow>,
    crm_objects: Vec<CrmObjectRow>,
    deal_history: Vec<DealHistoryRow>,
    gong_stats: Vec<GongStatRow>,
    gong_trackers: Vec<GongTrackerRow>,
    gong_topics: Vec<GongTopicRow>,
    rejects: Vec<RejectRow>,
}

/// Rows by day.
#[derive(Default)]
pub struct PageRows(BTreeMap<Date, DayRows>);

impl PageRows {
    /// Adds everything a call carries but its transcript. A private call adds nothing unless the settings keep it.
    pub fn add_call(&mut self, mut record: CallRecord, context: Context<'_>) -> SeenCall {
        let call_id = record.meta_data.id.clone();
        let started = record.meta_data.started;
        let day = day_of(started);
        let is_private = record.meta_data.is_private == Some(true);
        if is_private && !context.settings.store_private {
            return SeenCall::private(call_id, day);
        }
        let rows = self.0.entry(day).or_default();
        let parties = parties::take(&call_id, &mut record, &context.settings.sides);
        let crm = crm_objects::take(&call_id, &mut record, context);
        gong_facts::take(&call_id, &mut record, &parties, rows);
        let voices = parties::voices(&parties);
        rows.parties.extend(parties);
        rows.crm_objects.extend(crm.objects);
        rows.deal_history.extend(crm.deals);
        rows.calls.push(call::row(record));
        SeenCall {
            call_id,
            day,
            private: false,
            voices,
            deals_now: crm.deals_now,
        }
    }

    /// Adds a record that could not be decoded.
    pub fn add_reject(&mut self, day: Date, reject: RejectRow) {
        self.0.entry(day).or_default().rejects.push(reject);
    }

    /// Moves the rows into a spool.
    ///
    /// # Errors
    ///
    /// The temporary folder cannot be written.
    pub fn spool(self, spool: &mut SpoolWriter) -> Result<(), lake::Error> {
        for (day, rows) in self.0 {
            rows.spool(day, spool)?;
        }
        Ok(())
    }
}

impl DayRows {
    fn spool(&self, day: Date, spool: &mut SpoolWriter) -> Result<(), lake::Error> {
        write(spool, day, &self.calls)?;
        write(spool, day, &self.parties)?;
        write(spool, day, &self.crm_objects)?;
        write(spool, day, &self.deal_history)?;
        write(spool, day, &self.gong_stats)?;
        write(spool, day, &self.gong_trackers)?;
        write(spool, day, &self.gong_topics)?;
        write(spool, day, &self.rejects)
    }
}

fn write<R: Row>(spool: &mut SpoolWriter, day: Date, rows: &[R]) -> Result<(), lake::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    spool.write(R::table().name, day, &R::to_batch(rows))
}

/// A moment as it is stored.
pub(crate) fn stored_time(moment: Timestamp) -> TimestampUs {
    TimestampUs(moment.as_microsecond())
}

/// The states that one read call carries, for the history of deals alone.
pub fn deal_states(mut record: CallRecord, context: Context<'_>) -> Vec<DealHistoryRow> {
    let call_id = record.meta_data.id.clone();
    parties::take(&call_id, &mut record, &context.settings.sides);
    crm_objects::take(&call_id, &mut record, context).deals
}

/// Canonical JSON of what is left of a record once its modelled fields are taken out.
pub(crate) fn remainder(record: &impl serde::Serialize) -> String {
    // Records are made of strings, numbers, lists and maps with text keys, which are always JSON.
    let value = serde_json::to_value(record).unwrap_or_default();
    super::canonical::canonical(&pruned(value))
}

/// The same for a record whose id has a column but cannot be taken out of it.
pub(crate) fn remainder_without_id(record: &impl serde::Serialize) -> String {
    remainder_without("id", record)
}

/// The same for a record whose id goes by another name.
pub(crate) fn remainder_without(id: &str, record: &impl serde::Serialize) -> String {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove(id);
    }
    super::canonical::canonical(&pruned(value))
}

/// Blocks that have nothing left in them are no blocks.
fn pruned(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, field)| {
                    !field.is_null() && !field.as_object().is_some_and(serde_json::Map::is_empty)
                })
                .collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests;
