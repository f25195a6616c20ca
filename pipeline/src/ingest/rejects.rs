//! The table of records that could not be decoded, kept to what is still true.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use futures::TryStreamExt as _;
use jiff::civil::Date;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::RejectRow;

use super::batches::text_column;
use super::convert::DIGEST_LENGTH;
use super::error::Error;
use super::spool::{Spool, SpoolWriter};
use crate::lake::merge::Merged;
use crate::lake::rows::{keep_rows, text};
use crate::lake::{Commit, PartitionKey, Rewrite, RowIter, Rows};

/// The table, which also is its name in spools.
const REJECTS: &str = "rejects";

/// Records by table and id.
type Records = HashSet<(String, String)>;

/// Whether a record is known by the digest of its JSON, because it has no legible id. Gong's ids are numbers of at most
/// twenty digits.
pub(super) fn is_digest(record_id: &str) -> bool {
    record_id.len() == DIGEST_LENGTH && record_id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts new rejects in place, of which each record has one set of rows at most, and drops those that are settled.
pub(super) async fn replace_rejects(
    commit: &mut Commit,
    new: BTreeMap<Date, Vec<RejectRow>>,
    is_settled: impl Fn(Date, &RejectRow) -> bool,
) -> Result<(), Error> {
    let mut spool = SpoolWriter::default();
    for (day, rows) in &new {
        spool.write(REJECTS, *day, &RejectRow::to_batch(rows))?;
    }
    replace_spooled(commit, &[&spool.finish()?], is_settled).await
}

/// The same for rejects in spools, of which a later one wins. `is_settled` sees the day, and of the row no more than its
/// key.
pub(super) async fn replace_spooled(
    commit: &mut Commit,
    new: &[&Spool],
    is_settled: impl Fn(Date, &RejectRow) -> bool,
) -> Result<(), Error> {
    let new_days: BTreeSet<Date> = new
        .iter()
        .flat_map(|spool| spool.days_of(REJECTS))
        .collect();
    let known = known_records(new, &new_days)?;
    let stored_days: BTreeSet<Date> = commit.snapshot().days(REJECTS).collect();
    for day in stored_days.union(&new_days) {
        let leaving = leaving(commit, *day, &known, &is_settled).await?;
        let runs: Vec<Arc<dyn Rows>> = new
            .iter()
            .flat_map(|spool| spool.runs(REJECTS, *day))
            .collect();
        if !leaving.is_empty() || !runs.is_empty() {
            commit.rewrite(rewrite_of_day(*day, runs, leaving)).await?;
        }
    }
    Ok(())
}

/// The day's partition without what leaves, with what is new.
fn rewrite_of_day(day: Date, runs: Vec<Arc<dyn Rows>>, leaving: Records) -> Rewrite {
    let (new, leaving) = (runs.clone(), Arc::new(leaving));
    let rewrite = Rewrite::of::<RejectRow>(PartitionKey::day(REJECTS, day)).with(runs);
    rewrite.made(Arc::new(move |stored| {
        let leaving = leaving.clone();
        let stays = move |batch: &_| {
            let (tables, ids) = (text(batch, "table")?, text(batch, "record_id")?);
            let records = tables.iter().zip(ids).map(|(table, id)| {
                (
                    table.unwrap_or_default().to_owned(),
                    id.unwrap_or_default().to_owned(),
                )
            });
            Ok(records.map(|record| !leaving.contains(&record)).collect())
        };
        let mut sources: Vec<RowIter> = Vec::new();
        sources.extend(stored.map(|stored| keep_rows(stored, stays)));
        for run in &new {
            sources.push(run.open()?);
        }
        let merged = Merged::new(&RejectRow::table(), &RejectRow::schema(), sources)?;
        Ok(Box::new(merged))
    }))
}

/// The records that have new rows.
fn known_records(new: &[&Spool], days: &BTreeSet<Date>) -> Result<Records, Error> {
    let mut known = Records::new();
    for day in days {
        for spool in new {
            for batch in spool.rows(REJECTS, *day)? {
                let batch = batch?;
                let records = keys(&batch)?;
                known.extend(records.into_iter().map(|row| (row.table, row.record_id)));
            }
        }
    }
    Ok(known)
}

/// Stored records of a day that are settled, or have new rows.
async fn leaving(
    commit: &Commit,
    day: Date,
    known: &Records,
    is_settled: impl Fn(Date, &RejectRow) -> bool,
) -> Result<Records, Error> {
    let mut leaving = Records::new();
    let key = PartitionKey::day(REJECTS, day);
    if commit.snapshot().partition(&key).is_none() {
        return Ok(leaving);
    }
    let columns = RejectRow::table().key;
    let mut stored = commit.lake().stream_rows(&key, Some(columns)).await?;
    while let Some(batch) = stored.try_next().await? {
        for row in keys(&batch)? {
            let is_settled = is_settled(day, &row);
            let record = (row.table, row.record_id);
            if is_settled || known.contains(&record) {
                leaving.insert(record);
            }
        }
    }
    Ok(leaving)
}

/// Rows of which nothing but the key is known.
fn keys(batch: &arrow::array::RecordBatch) -> Result<Vec<RejectRow>, Error> {
    let (tables, ids, paths) = (
        text_column(batch, "table")?,
        text_column(batch, "record_id")?,
        text_column(batch, "json_path")?,
    );
    Ok((0..batch.num_rows())
        .map(|row| RejectRow {
            table: tables.value(row).to_owned(),
            record_id: ids.value(row).to_owned(),
            json_path: paths.value(row).to_owned(),
            reason: String::new(),
            raw: String::new(),
        })
        .collect())
}
