//! What the lake already holds of calls that were read again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, PartyRow};

use super::batches::{calls_in, conform, text_column, with_column};
use super::error::Error;
use super::ledger::TranscriptState;
use super::spool::Spool;
use crate::lake::{Index, Lake, PartitionKey};

/// Stored calls by id.
#[derive(Default)]
pub struct Stored(HashMap<String, StoredCall>);

/// One stored call.
pub struct StoredCall {
    /// UTC day of its start.
    pub day: Date,
    /// State of its transcript.
    pub state: TranscriptState,
    call: RecordBatch,
    parties: Option<RecordBatch>,
}

impl Stored {
    /// Reads what the lake holds of these calls.
    pub(super) async fn load<'a>(
        lake: &Lake,
        index: &Index,
        call_ids: impl Iterator<Item = &'a str>,
    ) -> Result<Stored, Error> {
        let wanted: HashSet<&str> = call_ids.filter(|id| index.get(id).is_some()).collect();
        let days: BTreeSet<Date> = wanted
            .iter()
            .filter_map(|id| Some(index.get(id)?.day))
            .collect();
        let mut stored = HashMap::new();
        for day in days {
            let calls = lake.read(&PartitionKey::day("calls", day), None).await?;
            let parties = lake.read(&PartitionKey::day("parties", day), None).await?;
            let mut parties = by_call(&conformed::<PartyRow>(&parties)?, |id| wanted.contains(id))?;
            for (call_id, row) in by_call(&conformed::<CallRow>(&calls)?, |id| wanted.contains(id))?
            {
                let state = TranscriptState::parse(text_column(&row, "transcript_state")?.value(0));
                let call = without_state(&row)?;
                let parties = parties.remove(&call_id);
                stored.insert(
                    call_id,
                    StoredCall {
                        day,
                        state,
                        call,
                        parties,
                    },
                );
            }
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
    pub(super) fn unchanged(&self, spool: &mut Spool) -> Result<HashSet<String>, Error> {
        let mut unchanged = HashSet::new();
        for day in self
            .0
            .values()
            .map(|call| call.day)
            .collect::<BTreeSet<Date>>()
        {
            let calls = spool.read("calls", day)?;
            let parties = spool.read("parties", day)?;
            let mut parties = by_call(&parties, |id| self.0.contains_key(id))?;
            for (call_id, row) in by_call(&calls, |id| self.0.contains_key(id))? {
                let new_parties = parties.remove(&call_id);
                let is_same = self.0.get(&call_id).is_some_and(|stored| {
                    stored.day == day
                        && without_state(&row).is_ok_and(|row| row == stored.call)
                        && new_parties == stored.parties
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
    let mut of_workspace = HashSet::new();
    for day in days {
        let key = PartitionKey::day("calls", day);
        for batch in lake.read(&key, Some(&["call_id", "workspace_id"])).await? {
            let (ids, of) = (
                text_column(&batch, "call_id")?,
                text_column(&batch, "workspace_id")?,
            );
            let is_wanted = |row: &usize| of.is_valid(*row) && workspaces.contains(of.value(*row));
            of_workspace.extend(
                (0..ids.len())
                    .filter(is_wanted)
                    .map(|row| ids.value(row).to_owned()),
            );
        }
    }
    Ok(call_ids
        .into_iter()
        .filter(|id| of_workspace.contains(id))
        .collect())
}

/// The rows of each call that passes, as one batch.
pub(super) fn by_call(
    batches: &[RecordBatch],
    keep: impl Fn(&str) -> bool,
) -> Result<HashMap<String, RecordBatch>, ArrowError> {
    let mut rows: HashMap<String, RecordBatch> = HashMap::new();
    for run in calls_in(batches)?
        .into_iter()
        .filter(|run| keep(run.call_id))
    {
        let slice = batches[run.batch].slice(run.start, run.len);
        let joined = match rows.remove(run.call_id) {
            Some(before) => concat_batches(&slice.schema(), [&before, &slice])?,
            None => slice,
        };
        rows.insert(run.call_id.to_owned(), joined);
    }
    Ok(rows)
}

fn conformed<R: Row>(batches: &[RecordBatch]) -> Result<Vec<RecordBatch>, ArrowError> {
    batches
        .iter()
        .map(|batch| conform(&R::schema(), batch))
        .collect()
}

/// A row of `calls` with the transcript's state taken out of the comparison.
fn without_state(row: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let blank = StringArray::from(vec![""; row.num_rows()]);
    with_column(row, "transcript_state", Arc::new(blank))
}
