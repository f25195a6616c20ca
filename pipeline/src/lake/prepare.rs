//! What is computed before a partition is written: order, digest, bytes.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Seek as _;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use talktrack_analyzers::table::{Row, TableInfo};
use tempfile::{SpooledData, SpooledTempFile};

use super::digest::{self, RowDigest, RowsDigest};
use super::error::Error;
use super::file::temporary_error;
use super::layout::PartitionKey;
use super::manifest::PartitionEntry;
use super::merge::Merged;
use super::reader::StoredRows;
use super::rows::{RowIter, Rows, without_calls};
use super::run_blocking;
use super::writer::{self, Cut, PartitionWriter, call_ids};

/// The table whose rows the index follows.
pub(super) const CALLS: &str = "calls";
/// Bytes of an object up to which it is made in memory; a larger one is made in a temporary file.
const IN_MEMORY: usize = 1024 * 1024;

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

/// Changes the rows of a batch on their way, not their number, order or keys.
pub type Edit = Arc<dyn Fn(RecordBatch) -> Result<RecordBatch, Error> + Send + Sync>;

/// Makes the rows of a partition from those stored, if any. It may be asked twice: the first time only the digest of
/// the answer is wanted.
pub type Make = Arc<dyn Fn(Option<RowIter>) -> Result<RowIter, Error> + Send + Sync>;

/// A partition that is written anew from what is stored and what is new, batch by batch, so that memory does not grow
/// with it. Where no row is left, the partition is removed.
#[derive(Clone)]
pub struct Rewrite {
    pub(super) key: PartitionKey,
    table: TableInfo,
    schema: SchemaRef,
    runs: Vec<Arc<dyn Rows>>,
    dropped: Arc<HashSet<String>>,
    edit: Option<Edit>,
    make: Option<Make>,
}

impl Rewrite {
    /// The stored rows as they are.
    pub fn of<R: Row>(key: PartitionKey) -> Rewrite {
        Rewrite {
            key,
            table: R::table(),
            schema: R::schema(),
            runs: Vec::new(),
            dropped: Arc::default(),
            edit: None,
            make: None,
        }
    }

    /// Puts whole calls in: a call of a run replaces the stored one, and one of a later run that of an earlier. Each run
    /// is ordered as a partition is.
    #[must_use]
    pub fn with(mut self, runs: impl IntoIterator<Item = Arc<dyn Rows>>) -> Rewrite {
        self.runs.extend(runs);
        self
    }

    /// Leaves the stored rows of these calls out.
    #[must_use]
    pub fn without(mut self, calls: Arc<HashSet<String>>) -> Rewrite {
        self.dropped = calls;
        self
    }

    /// Changes rows on their way out, stored and new ones.
    #[must_use]
    pub fn edited(mut self, edit: Edit) -> Rewrite {
        self.edit = Some(edit);
        self
    }

    /// Makes the rows in another way than by a merge by call; `runs` then only tell how large the partition gets.
    #[must_use]
    pub fn made(mut self, make: Make) -> Rewrite {
        self.make = Some(make);
        self
    }

    /// About how many bytes go through memory.
    pub(super) fn bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes()).sum()
    }

    fn rows(&self, stored: Option<RowIter>) -> Result<RowIter, Error> {
        if let Some(make) = &self.make {
            return make(stored);
        }
        let mut sources = Vec::with_capacity(self.runs.len() + 1);
        sources.extend(stored.map(|stored| without_calls(stored, self.dropped.clone())));
        for run in &self.runs {
            sources.push(run.open()?);
        }
        let merged = Merged::new(&self.table, &self.schema, sources)?;
        let Some(edit) = self.edit.clone() else {
            return Ok(Box::new(merged));
        };
        Ok(Box::new(merged.map(move |batch| edit(batch?))))
    }
}

/// The bytes of an object that is to be written.
#[derive(Debug)]
pub(crate) enum Body {
    /// In memory.
    Bytes(Bytes),
    /// In a temporary file, from its start; with its length.
    File(File, u64),
}

/// A partition that is ready to be written.
pub(super) struct Prepared {
    pub(super) key: PartitionKey,
    pub(super) entry: PartitionEntry,
    /// The object; `None` where the rows are what is there.
    pub(super) body: Option<Body>,
    /// Id and digest of each row, where the table is `calls` and is written.
    pub(super) index_rows: Vec<(String, RowDigest)>,
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
    let entry = PartitionEntry {
        inputs: request.inputs,
        definition: request.definition,
        ..PartitionEntry::default()
    };
    let mut tally = Tally::new(table);
    batches.iter().try_for_each(|batch| tally.add(batch))?;
    let mut prepared = tally.prepared(request.key.clone(), entry);
    if let Some(known) = known.filter(|known| known.digest == prepared.entry.digest) {
        prepared.entry.etag = known.etag;
        return Ok(prepared);
    }
    let Some(first) = batches.first() else {
        return Ok(prepared);
    };
    let out = SpooledTempFile::new(IN_MEMORY);
    let schema = first.schema();
    let cut = Cut::default();
    let mut writer = PartitionWriter::new(out, table, &schema, &request.metadata, cut)?;
    for batch in &batches {
        writer.write(batch)?;
    }
    prepared.body = Some(body(writer.finish()?)?);
    Ok(prepared)
}

/// Digests and encodes the rows of a rewrite while they stream; `None` where no row is left.
pub(super) async fn rewritten(
    rewrite: Rewrite,
    known: Option<PartitionEntry>,
    stored: Option<StoredRows>,
) -> Result<Option<Prepared>, Error> {
    run_blocking(move || rewrite_now(rewrite, known, stored.as_ref())).await
}

fn rewrite_now(
    rewrite: Rewrite,
    known: Option<PartitionEntry>,
    stored: Option<&StoredRows>,
) -> Result<Option<Prepared>, Error> {
    let table = rewrite.key.table.as_str();
    let open = || stored.map(Rows::open).transpose();
    if let Some(known) = known {
        // Most nights bring again what is stored, and a digest is much cheaper than an object.
        let mut digest = RowsDigest::new(table);
        for batch in rewrite.rows(open()?)? {
            digest.update(&writer::canonical_batch(&batch?).map_err(|e| Error::rows(table, e))?)?;
        }
        if digest.finish() == known.digest {
            let prepared = Prepared {
                key: rewrite.key,
                entry: PartitionEntry {
                    inputs: BTreeMap::new(),
                    definition: None,
                    ..known
                },
                body: None,
                index_rows: Vec::new(),
            };
            return Ok(Some(prepared));
        }
    }
    let out = SpooledTempFile::new(IN_MEMORY);
    let cut = Cut::default();
    let mut writer = PartitionWriter::new(out, table, &rewrite.schema, &[], cut)?;
    let mut tally = Tally::new(table);
    for batch in rewrite.rows(open()?)? {
        let batch = writer::canonical_batch(&batch?).map_err(|error| Error::rows(table, error))?;
        tally.add(&batch)?;
        writer.write(&batch)?;
    }
    if tally.rows == 0 {
        return Ok(None);
    }
    let mut prepared = tally.prepared(rewrite.key, PartitionEntry::default());
    prepared.body = Some(body(writer.finish()?)?);
    Ok(Some(prepared))
}

fn body(written: SpooledTempFile) -> Result<Body, Error> {
    match written.into_inner() {
        SpooledData::InMemory(bytes) => Ok(Body::Bytes(bytes.into_inner().into())),
        SpooledData::OnDisk(mut file) => {
            let length = file.stream_position().map_err(temporary_error)?;
            file.rewind().map_err(temporary_error)?;
            Ok(Body::File(file, length))
        }
    }
}

/// What is counted while rows pass: how many, their digest and, for `calls`, what the index needs.
pub(super) struct Tally {
    digest: RowsDigest,
    is_calls: bool,
    pub(super) rows: u64,
    pub(super) index_rows: Vec<(String, RowDigest)>,
}

impl Tally {
    pub(super) fn new(table: &str) -> Tally {
        Tally {
            digest: RowsDigest::new(table),
            is_calls: table == CALLS,
            rows: 0,
            index_rows: Vec::new(),
        }
    }

    /// The tally of all rows of a stored partition.
    pub(super) fn of(table: &str, rows: RowIter) -> Result<Tally, Error> {
        let mut tally = Tally::new(table);
        for batch in rows {
            tally.add(&batch?)?;
        }
        Ok(tally)
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.rows += batch.num_rows() as u64;
        self.digest.update(batch)?;
        if self.is_calls {
            let ids = call_ids(batch)
                .ok_or_else(|| Error::rows(CALLS, "the first column is not `call_id`"))?;
            let digests = digest::of_each_row(CALLS, batch)?;
            let ids = ids.iter().flatten().map(str::to_owned);
            self.index_rows.extend(ids.zip(digests));
        }
        Ok(())
    }

    pub(super) fn digest(self) -> String {
        self.digest.finish()
    }

    /// The partition without its object.
    fn prepared(self, key: PartitionKey, entry: PartitionEntry) -> Prepared {
        Prepared {
            key,
            entry: PartitionEntry {
                digest: self.digest.finish(),
                rows: self.rows,
                ..entry
            },
            body: None,
            index_rows: self.index_rows,
        }
    }
}
