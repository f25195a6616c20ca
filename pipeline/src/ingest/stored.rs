//! What the lake already holds of calls that were read again: enough to see whether they changed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::pin::pin;

use arrow::array::{Array as _, RecordBatch};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, PartyRow};

use super::batches::text_column;
use super::error::Error;
use super::ledger::TranscriptState;
use super::spool::Spool;
use crate::lake::digest::{RowDigest, of_each_row};
use crate::lake::reader::conform;
use crate::lake::{self, Index, Lake, PartitionKey, RowIter};

/// The column that changes without Gong sending anything else.
const STATE: &str = "transcript_state";

/// Stored calls by id.
#[derive(Default)]
pub struct Stored(HashMap<String, StoredCall>);

/// One stored call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredCall {
    /// UTC day of its start.
    pub day: Date,
    /// State of its transcript.
    pub state: TranscriptState,
    /// Its row in `calls` but for that state.
    call: RowDigest,
    /// Its rows in `parties`.
    parties: Option<RowDigest>,
}

impl Stored {
    /// Reads what the lake holds of these calls.
    pub(super) async fn load<'a>(
        lake: &Lake,
        index: &Index,
        call_ids: impl Iterator<Item = &'a str>,
    ) -> Result<Stored, Error> {
        let mut of_day: BTreeMap<Date, HashSet<&str>> = BTreeMap::new();
        for call_id in call_ids {
            if let Some(entry) = index.get(call_id) {
                of_day.entry(entry.day).or_default().insert(call_id);
            }
        }
        let mut stored = HashMap::new();
        for (day, wanted) in of_day {
            stored.extend(stored_of_day(lake, day, &wanted).await?);
        }
        Ok(Stored(stored))
    }

    /// A stored call.
    pub fn get(&self, call_id: &str) -> Option<&StoredCall> {
        self.0.get(call_id)
    }

    /// Whether a call's transcript is awaited, or the call is not stored.
    pub(super) fn is_pending(&self, call_id: &str) -> bool {
        self.get(call_id)
            .is_none_or(|call| call.state == TranscriptState::Pending)
    }

    /// Calls of a spool that are stored with the same rows in `calls` and `parties`, whatever became of their transcript.
    pub(super) fn unchanged(&self, spool: &Spool) -> Result<HashSet<String>, Error> {
        let mut unchanged = HashSet::new();
        for day in spool.days_of(CallRow::table().name) {
            let parties = spooled::<PartyRow>(spool, day, |id| self.0.contains_key(id))?;
            let calls = spooled::<CallRow>(spool, day, |id| self.0.contains_key(id))?;
            for (call_id, call) in calls {
                let parties = parties.get(&call_id).copied();
                let is_same = self.0.get(&call_id).is_some_and(|stored| {
                    stored.day == day && stored.call == call && stored.parties == parties
                });
                if is_same {
                    unchanged.insert(call_id);
                }
            }
        }
        Ok(unchanged)
    }
}

/// Those of the stored calls that belong to one of these workspaces.
pub(super) async fn in_workspaces(
    lake: &Lake,
    index: &Index,
    call_ids: Vec<String>,
    workspaces: &HashSet<&str>,
) -> Result<Vec<String>, Error> {
    let days: BTreeSet<Date> = call_ids
        .iter()
        .filter_map(|id| Some(index.get(id)?.day))
        .collect();
    let mut theirs = HashSet::new();
    for day in days {
        let key = PartitionKey::day(CallRow::table().name, day);
        let columns = ["call_id", "workspace_id"];
        let mut rows = pin!(lake.stream_rows(&key, Some(&columns)).await?.fuse());
        while let Some(batch) = rows.try_next().await? {
            let (ids, of) = (
                text_column(&batch, "call_id")?,
                text_column(&batch, "workspace_id")?,
            );
            let is_wanted = |row: &usize| of.is_valid(*row) && workspaces.contains(of.value(*row));
            let wanted = (0..ids.len()).filter(is_wanted);
            theirs.extend(wanted.map(|row| ids.value(row).to_owned()));
        }
    }
    let mut call_ids = call_ids;
    call_ids.retain(|id| theirs.contains(id));
    Ok(call_ids)
}

async fn stored_of_day(
    lake: &Lake,
    day: Date,
    wanted: &HashSet<&str>,
) -> Result<Vec<(String, StoredCall)>, Error> {
    let keep = |id: &str| wanted.contains(id);
    let key = PartitionKey::day(PartyRow::table().name, day);
    let rows = lake.stream_rows(&key, None).await?;
    let mut parties = Digests::new::<PartyRow>();
    parties.add_all(rows, keep, |_| Ok(())).await?;
    let key = PartitionKey::day(CallRow::table().name, day);
    let rows = lake.stream_rows(&key, None).await?;
    let mut calls = Digests::new::<CallRow>();
    let mut states = HashMap::new();
    let note_states = |batch: &RecordBatch| {
        let (ids, texts) = (text_column(batch, "call_id")?, text_column(batch, STATE)?);
        for row in (0..ids.len()).filter(|row| keep(ids.value(*row))) {
            let state = TranscriptState::parse(texts.value(row));
            states.insert(ids.value(row).to_owned(), state);
        }
        Ok(())
    };
    calls.add_all(rows, keep, note_states).await?;
    let stored = calls.by_call.into_iter().map(|(call_id, call)| {
        let stored = StoredCall {
            day,
            state: states
                .get(&call_id)
                .copied()
                .unwrap_or(TranscriptState::Pending),
            call,
            parties: parties.by_call.get(&call_id).copied(),
        };
        (call_id, stored)
    });
    Ok(stored.collect())
}

fn spooled<R: Row>(
    spool: &Spool,
    day: Date,
    keep: impl Fn(&str) -> bool,
) -> Result<HashMap<String, RowDigest>, Error> {
    let mut digests = Digests::new::<R>();
    let rows: RowIter = spool.rows(R::table().name, day)?;
    for batch in rows {
        digests.add(&batch?, &keep)?;
    }
    Ok(digests.by_call)
}

/// The digest of each call's rows in a table.
struct Digests {
    table: &'static str,
    schema: arrow::datatypes::SchemaRef,
    by_call: HashMap<String, RowDigest>,
}

impl Digests {
    fn new<R: Row>() -> Digests {
        Digests {
            table: R::table().name,
            schema: R::schema(),
            by_call: HashMap::new(),
        }
    }

    async fn add_all(
        &mut self,
        rows: impl Stream<Item = Result<RecordBatch, lake::Error>>,
        keep: impl Fn(&str) -> bool,
        mut note: impl FnMut(&RecordBatch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut rows = pin!(rows.fuse());
        while let Some(batch) = rows.try_next().await? {
            note(&batch)?;
            self.add(&batch, &keep)?;
        }
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch, keep: &impl Fn(&str) -> bool) -> Result<(), Error> {
        let mut batch = conform(self.table, batch, &self.schema)?;
        if let Ok(state) = self.schema.index_of(STATE) {
            batch.remove_column(state);
        }
        let ids = text_column(&batch, "call_id")?;
        let digests = of_each_row(self.table, &batch)?;
        for (row, digest) in digests.into_iter().enumerate() {
            let id = ids.value(row);
            if !keep(id) {
                continue;
            }
            let before = self.by_call.get(id).copied();
            let digest = before.map_or(digest, |before| before.followed_by(digest));
            self.by_call.insert(id.to_owned(), digest);
        }
        Ok(())
    }
}
