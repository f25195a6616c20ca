//! What is computed before a partition is written: order, digest, bytes.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use bytes::Bytes;

use super::digest;
use super::error::Error;
use super::layout::PartitionKey;
use super::manifest::PartitionEntry;
use super::merge::compare_ids;
use super::run_blocking;
use super::writer::{self, call_ids};

/// The table whose rows the index follows.
pub(super) const CALLS: &str = "calls";

/// A partition as it should be.
#[derive(Debug, Clone)]
pub struct PutRequest {
    /// Which partition.
    pub key: PartitionKey,
    /// All its rows, in order (`call_id` by length, then bytes, then the key); without a batch it is removed, while an
    /// empty batch makes an empty object.
    pub batches: Vec<RecordBatch>,
    /// Digests of what it was computed from, by table.
    pub inputs: BTreeMap<String, String>,
    /// Hash of what it was computed with.
    pub definition: Option<String>,
    /// Entries of the file's footer.
    pub metadata: Vec<(String, String)>,
}

/// A partition that is ready to be written.
pub(super) struct Prepared {
    pub(super) key: PartitionKey,
    pub(super) entry: PartitionEntry,
    /// The object; `None` where the rows are what is there.
    pub(super) bytes: Option<Bytes>,
    /// Id and digest of each row, where the table is `calls` and is written.
    pub(super) index_rows: Vec<(String, String)>,
}

/// Checks, digests and encodes the rows; encoding is left out where `known` has the same rows.
pub(super) async fn prepare(
    request: PutRequest,
    known: Option<PartitionEntry>,
) -> Result<Prepared, Error> {
    run_blocking(move || prepare_now(request, known)).await
}

fn prepare_now(request: PutRequest, known: Option<PartitionEntry>) -> Result<Prepared, Error> {
    let table = request.key.table.as_str();
    let batches = writer::canonical(table, request.batches)?;
    check_order(table, &batches)?;
    let mut entry = PartitionEntry {
        digest: digest::of_rows(table, &batches)?,
        rows: row_count(&batches),
        etag: None,
        inputs: request.inputs,
        definition: request.definition,
    };
    let mut prepared = Prepared {
        bytes: None,
        index_rows: Vec::new(),
        entry: entry.clone(),
        key: request.key.clone(),
    };
    if let Some(known) = known.filter(|known| known.digest == entry.digest) {
        entry.etag = known.etag;
        prepared.entry = entry;
        return Ok(prepared);
    }
    if table == CALLS {
        prepared.index_rows = index_rows(&batches)?;
    }
    prepared.bytes = Some(writer::to_parquet(table, &batches, &request.metadata)?);
    Ok(prepared)
}

pub(super) fn row_count(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|batch| batch.num_rows() as u64).sum()
}

/// Id and digest of each row of `calls`.
pub(super) fn index_rows(batches: &[RecordBatch]) -> Result<Vec<(String, String)>, Error> {
    let mut rows = Vec::new();
    for batch in batches {
        let ids = call_ids(batch)
            .ok_or_else(|| Error::rows(CALLS, "the first column is not `call_id`"))?;
        let digests = digest::of_each_row(CALLS, batch)?;
        rows.extend(ids.iter().flatten().map(str::to_owned).zip(digests));
    }
    Ok(rows)
}

/// Rows of calls must stand in the order of their ids: readers rely on it.
fn check_order(table: &str, batches: &[RecordBatch]) -> Result<(), Error> {
    let mut last: Option<&str> = None;
    for ids in batches.iter().filter_map(call_ids) {
        for id in ids.iter().flatten() {
            if last.is_some_and(|last| compare_ids(last, id).is_gt()) {
                let reason = format!("call `{id}` stands after a call of a higher id");
                return Err(Error::rows(table, reason));
            }
            last = Some(id);
        }
    }
    Ok(())
}
