//! The table of records that could not be decoded, kept to what is still true.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::RejectRow;

use super::convert::DIGEST_LENGTH;
use super::error::Error;
use crate::lake::{Commit, PartitionKey};

/// Whether a record is known by the digest of its JSON, because it has no legible id. Gong's ids are numbers of at most
/// twenty digits.
pub(super) fn is_digest(record_id: &str) -> bool {
    record_id.len() == DIGEST_LENGTH && record_id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts new rejects in place, of which each record has one set of rows at most, and drops those that are settled.
pub(super) async fn replace_rejects(
    commit: &mut Commit,
    mut new: BTreeMap<Date, Vec<RejectRow>>,
    is_settled: impl Fn(Date, &RejectRow) -> bool,
) -> Result<(), Error> {
    let known: BTreeSet<(String, String)> = new
        .values()
        .flatten()
        .map(|row| (row.table.clone(), row.record_id.clone()))
        .collect();
    let stored_days: Vec<Date> = commit.snapshot().days("rejects").collect();
    let days: BTreeSet<Date> = stored_days.into_iter().chain(new.keys().copied()).collect();
    for day in days {
        let key = PartitionKey::day("rejects", day);
        let stored: Vec<RejectRow> = match commit.snapshot().partition(&key) {
            Some(_) => commit.lake().read_rows(&key).await?,
            None => Vec::new(),
        };
        let mut rows: Vec<RejectRow> = stored
            .into_iter()
            .filter(|row| {
                !is_settled(day, row)
                    && !known.contains(&(row.table.clone(), row.record_id.clone()))
            })
            .chain(new.remove(&day).into_iter().flatten())
            .collect();
        rows.sort_by(|a, b| {
            (&a.table, &a.record_id, &a.json_path).cmp(&(&b.table, &b.record_id, &b.json_path))
        });
        rows.dedup_by(|a, b| {
            a.table == b.table && a.record_id == b.record_id && a.json_path == b.json_path
        });
        if rows.is_empty() {
            commit.remove(&key).await?;
        } else {
            commit
                .put(
                    key,
                    vec![RejectRow::to_batch(&rows)],
                    BTreeMap::new(),
                    None,
                    &[],
                )
                .await?;
        }
    }
    Ok(())
}
