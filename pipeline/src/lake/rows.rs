//! Rows that come batch by batch, in order, so that nobody has to hold all of them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array as _, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use futures::{Stream, stream};

use super::error::Error;
use super::run_blocking;
use super::writer::bytes_of;

/// Rows batch by batch; after an error nothing more comes.
pub type RowIter = Box<dyn Iterator<Item = Result<RecordBatch, Error>> + Send>;

/// Ordered rows that can be read as often as needed: a stored partition, or a run of a spool.
pub trait Rows: Send + Sync {
    /// The rows from the start.
    ///
    /// # Errors
    ///
    /// What holds the rows cannot be read.
    fn open(&self) -> Result<RowIter, Error>;

    /// About how many bytes the rows take in memory.
    fn bytes(&self) -> u64;
}

/// Ordered rows that are in memory anyway.
pub struct InMemory(RecordBatch);

impl InMemory {
    /// The rows of a batch, which are in order.
    pub fn new(batch: RecordBatch) -> InMemory {
        InMemory(batch)
    }
}

impl Rows for InMemory {
    fn open(&self) -> Result<RowIter, Error> {
        Ok(Box::new(std::iter::once(Ok(self.0.clone()))))
    }

    fn bytes(&self) -> u64 {
        bytes_of(&self.0, 0..self.0.num_rows()) as u64
    }
}

/// Rows without those of some calls.
pub struct WithoutCalls {
    rows: Arc<dyn Rows>,
    calls: Arc<HashSet<String>>,
}

impl WithoutCalls {
    /// The rows of all other calls.
    pub fn new(rows: Arc<dyn Rows>, calls: Arc<HashSet<String>>) -> WithoutCalls {
        WithoutCalls { rows, calls }
    }
}

impl Rows for WithoutCalls {
    fn open(&self) -> Result<RowIter, Error> {
        Ok(without_calls(self.rows.open()?, self.calls.clone()))
    }

    fn bytes(&self) -> u64 {
        self.rows.bytes()
    }
}

/// Leaves out the rows of some calls.
pub(crate) fn without_calls(rows: RowIter, calls: Arc<HashSet<String>>) -> RowIter {
    if calls.is_empty() {
        return rows;
    }
    keep_rows(rows, move |batch| {
        let ids = text(batch, "call_id")?;
        Ok((0..ids.len())
            .map(|row| !calls.contains(ids.value(row)))
            .collect())
    })
}

/// Leaves out the rows for which `keep` says no.
pub(crate) fn keep_rows(
    rows: RowIter,
    keep: impl Fn(&RecordBatch) -> Result<Vec<bool>, Error> + Send + 'static,
) -> RowIter {
    Box::new(rows.map(move |batch| {
        let batch = batch?;
        let kept = keep(&batch)?;
        if kept.iter().all(|kept| *kept) {
            return Ok(batch);
        }
        filter_record_batch(&batch, &BooleanArray::from(kept))
            .map_err(|error| Error::rows("a table", error))
    }))
}

/// A text column that must be there.
pub(crate) fn text<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, Error> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_any().downcast_ref())
        .ok_or_else(|| {
            Error::rows(
                "a table",
                format!("column `{name}` is missing or not of text"),
            )
        })
}

/// Rows as a stream, each batch of which is made where it holds up no waiting task.
pub(crate) fn streamed(rows: RowIter) -> impl Stream<Item = Result<RecordBatch, Error>> + Send {
    stream::try_unfold(rows, |mut rows| {
        run_blocking(move || {
            let batch = rows.next().transpose()?;
            Ok(batch.map(|batch| (batch, rows)))
        })
    })
}
