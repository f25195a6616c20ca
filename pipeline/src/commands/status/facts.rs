//! What the lake says, before anything is made of it.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch, StringArray};
use futures::{StreamExt, TryStreamExt, stream};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CoverageRow, RejectRow, TombstoneRow};

use super::{Rejects, Table};
use crate::error::Error;
use crate::lake::{Lake, PartitionKey, Snapshot, State};
use crate::run_record::RunRecord;

/// Runs that are told of.
const RUNS: usize = 10;
/// Objects that are read at the same time.
const PARALLEL: usize = 8;

/// All that a status is made of.
pub(super) struct Facts {
    pub(super) state: State,
    pub(super) coverage: Vec<CoverageRow>,
    pub(super) tombstones: Vec<TombstoneRow>,
    pub(super) rejects: Vec<Rejects>,
    /// Newest first.
    pub(super) runs: Vec<RunRecord>,
    pub(super) tables: Vec<Table>,
}

impl Facts {
    /// Reads what is needed of a lake.
    pub(super) async fn read(lake: &Lake) -> Result<Facts, Error> {
        let snapshot = lake.snapshot().await?;
        let table = |name: &str| Table {
            name: name.to_owned(),
            partitions: snapshot.partitions(name).count(),
            rows: snapshot.rows(name),
        };
        Ok(Facts {
            state: snapshot.state().clone(),
            coverage: whole(lake).await?,
            tombstones: whole(lake).await?,
            rejects: rejects(lake, &snapshot).await?,
            runs: runs(lake).await?,
            tables: snapshot.tables().map(table).collect(),
        })
    }
}

async fn whole<R: Row>(lake: &Lake) -> Result<Vec<R>, Error> {
    Ok(lake
        .read_rows(&PartitionKey::whole(R::table().name))
        .await?)
}

/// The last runs. A record that was removed or damaged meanwhile is passed over: it is not what a status is for.
async fn runs(lake: &Lake) -> Result<Vec<RunRecord>, Error> {
    let names = lake.list_runs().await?;
    let last: Vec<&String> = names.iter().rev().take(RUNS).collect();
    let records: Vec<Option<RunRecord>> = stream::iter(last)
        .map(|name| async move {
            let bytes = lake.read_run(name).await?;
            Ok::<_, Error>(bytes.and_then(|bytes| RunRecord::from_json(&bytes).ok()))
        })
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    Ok(records.into_iter().flatten().collect())
}

/// Rejected records by table. What was received stays unread: it can be large.
async fn rejects(lake: &Lake, snapshot: &Snapshot) -> Result<Vec<Rejects>, Error> {
    const COLUMNS: &[&str] = &["table", "record_id", "reason"];
    let keys = snapshot
        .partitions(RejectRow::table().name)
        .map(|(key, _)| key);
    let read: Vec<Vec<RecordBatch>> = stream::iter(keys.collect::<Vec<_>>())
        .map(|key| async move { lake.read(&key, Some(COLUMNS)).await })
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    let mut tally = Tally::default();
    for batch in read.iter().flatten() {
        tally.add(batch);
    }
    Ok(tally.by_table())
}

/// Which records of a table were rejected, and how often each reason was given.
#[derive(Default)]
struct Tally(BTreeMap<String, (BTreeSet<String>, BTreeMap<String, usize>)>);

impl Tally {
    fn add(&mut self, batch: &RecordBatch) {
        let [Some(tables), Some(ids), Some(reasons)] =
            ["table", "record_id", "reason"].map(|name| texts(batch, name))
        else {
            return;
        };
        for row in 0..batch.num_rows() {
            let (records, counts) = self.0.entry(tables.value(row).to_owned()).or_default();
            records.insert(ids.value(row).to_owned());
            *counts.entry(reasons.value(row).to_owned()).or_default() += 1;
        }
    }

    fn by_table(self) -> Vec<Rejects> {
        let rejects = |(table, (records, counts)): (String, (BTreeSet<String>, BTreeMap<_, _>))| {
            // Of reasons that are as frequent, the first of the alphabet.
            let (reason, occurrences) = counts
                .into_iter()
                .rev()
                .max_by_key(|(_, count)| *count)
                .unwrap_or_default();
            Rejects {
                table,
                records: records.len(),
                most_frequent_reason: reason,
                occurrences,
            }
        };
        self.0.into_iter().map(rejects).collect()
    }
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    batch
        .column_by_name(name)?
        .as_any()
        .downcast_ref::<StringArray>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: &str, record_id: &str, reason: &str) -> RejectRow {
        RejectRow {
            table: table.to_owned(),
            record_id: record_id.to_owned(),
            json_path: "x".to_owned(),
            reason: reason.to_owned(),
            raw: "{}".to_owned(),
        }
    }

    #[test]
    fn rejects_are_told_by_table_with_the_most_frequent_reason() {
        let rows = [
            row("calls", "1", "b"),
            row("calls", "2", "b"),
            row("calls", "2", "a"),
            row("calls", "3", "a"),
            row("parties", "1", "odd"),
        ];
        let mut tally = Tally::default();
        tally.add(&RejectRow::to_batch(&rows));
        let shown: Vec<(String, usize, String, usize)> = tally
            .by_table()
            .into_iter()
            .map(|one| {
                (
                    one.table,
                    one.records,
                    one.most_frequent_reason,
                    one.occurrences,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("calls".to_owned(), 3, "a".to_owned(), 2),
                ("parties".to_owned(), 1, "odd".to_owned(), 1)
            ]
        );
    }
}
