//! The lake: a folder or a bucket of Parquet partitions, and the log that says what is in them.
//!
//! ```text
//! <table>/day=YYYY-MM-DD/part.parquet      one partition, replaced whole and atomically
//! <table>/month=YYYY-MM/part.parquet       the same for tables that are cut by months
//! <table>/part.parquet                     a table that is one object
//! _talktrack/state/00000042.json           the state; the highest number counts
//! _talktrack/manifest/…  _talktrack/index/…  what the state names: partitions with digests; where each call is
//! _talktrack/lease/run|commit/…            who may write
//! _talktrack/runs/20260525T020000Z-….json  what each of the last runs did
//! ```
//!
//! Readers take a [`Snapshot`] and read partitions:
//!
//! ```
//! # async fn read() -> Result<(), talktrack::lake::Error> {
//! use talktrack::lake::{Lake, PartitionKey};
//! use talktrack_analyzers::tables::CallRow;
//!
//! let lake = Lake::open("lake").await?;
//! let snapshot = lake.snapshot().await?;
//! for day in snapshot.days("calls") {
//!     let calls: Vec<CallRow> = lake.read_rows(&PartitionKey::day("calls", day)).await?;
//! }
//! # Ok(()) }
//! ```
//!
//! Writers begin a [`Commit`], put partitions (sentences of a day before the calls that say `present`; `calls` last),
//! change the [`State`] and finish. `ingest` and `run` hold the run lease around all their commits:
//!
//! ```
//! # async fn write(calls: Vec<arrow::array::RecordBatch>, day: jiff::civil::Date) -> Result<(), talktrack::lake::Error> {
//! use talktrack::clock::SystemClock;
//! use talktrack::lake::{Lake, State};
//! use talktrack_analyzers::tables::CallRow;
//!
//! let lake = Lake::open("lake").await?;
//! let lease = lake.run_lease().await?;
//! let mut commit = lake.begin(&SystemClock).await?;
//! let dropped = std::collections::HashSet::new(); // ids read again that now have no rows here
//! commit.merge_day::<CallRow>(day, calls, dropped).await?;
//! commit.state_mut().windows_done.insert(day, day);
//! commit.finish().await?;
//! lease.release().await?;
//! # Ok(()) }
//! ```
//!
//! Partitions can be larger than memory: [`Commit::rewrite`] merges what is stored with sorted runs of new rows, a batch
//! of each at a time, straight into a new object, which a temporary file holds until it is put. [`Lake::read`] and the
//! puts of batches are for tables that are known to be small.
//!
//! A killed writer leaves whole partitions that no state knows. The next commit sees by their etags that they differ
//! from the manifest, reads them, and goes on from what is there.

mod commit;
pub mod digest;
pub mod error;
pub mod fail_point;
pub(crate) mod file;
mod index;
mod layout;
mod lease;
mod log;
mod manifest;
pub mod merge;
mod prepare;
mod process;
pub(crate) mod reader;
pub mod rows;
mod runs;
mod state;
pub(crate) mod store;
pub mod writer;

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use talktrack_analyzers::table::Row;
use tokio::sync::Mutex;

use crate::clock::Clock;

use self::prepare::Tally;
use self::reader::StoredRows;

pub use self::commit::{Commit, Put};
pub use self::error::Error;
pub use self::index::{CallIndexEntry, Index};
pub use self::layout::PartitionKey;
pub use self::manifest::{PartitionEntry, Snapshot};
pub use self::prepare::{Edit, Make, PutRequest, Rewrite};
pub use self::rows::{RowIter, Rows};
pub use self::runs::KEPT_RUNS;
pub use self::state::{DaySet, OpenReason, Pending, Requests, State};

/// Version of the tables and of the state. A newer program reads every older lake; an older one refuses a newer lake.
pub const SCHEMA_VERSION: u32 = 1;

/// A lake. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Lake(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: store::Store,
    leases: store::Store,
    cache: log::Cache,
    turn: Arc<Mutex<()>>,
    swept: AtomicBool,
    read: AtomicU64,
    written: AtomicU64,
    removed: AtomicU64,
}

/// How many partitions were touched since the lake was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Partitions that were read.
    pub partitions_read: u64,
    /// Partitions that were written.
    pub partitions_written: u64,
    /// Partitions that were removed.
    pub partitions_removed: u64,
}

/// The lease that keeps out a second `ingest` or `run`; prolonged by a heartbeat until it is given back or dropped.
#[derive(Debug)]
pub struct RunLease(lease::Lease);

impl RunLease {
    /// Gives the lease back.
    ///
    /// # Errors
    ///
    /// The lake cannot be written; the lease then ends when it expires.
    pub async fn release(self) -> Result<(), Error> {
        self.0.release().await
    }
}

impl Lake {
    /// Opens a folder (created when it is not there) or an `s3://`, `gs://` or `az://` address, whose credentials come
    /// from the environment.
    ///
    /// # Errors
    ///
    /// The address is not one of a lake, or the folder cannot be made.
    #[expect(
        clippy::unused_async,
        reason = "a store that must be asked first would need it"
    )]
    pub async fn open(url: &str) -> Result<Lake, Error> {
        let store = store::Store::open(url)?;
        Ok(Lake(Arc::new(Inner {
            leases: store.without_sync()?,
            store,
            cache: log::Cache::default(),
            turn: Arc::default(),
            swept: AtomicBool::new(false),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            removed: AtomicU64::new(0),
        })))
    }

    /// Opens a lake that somebody has written to: a mistyped address is told, and no folder is made there.
    ///
    /// # Errors
    ///
    /// [`Error::Absent`] where nothing was ever written, and what [`Lake::open`] and [`Lake::snapshot`] say.
    pub async fn open_written(url: &str) -> Result<Lake, Error> {
        let absent = |path: &str| Error::Absent {
            path: path.to_owned(),
        };
        if !url.contains("://") && !Path::new(url).exists() {
            return Err(absent(url));
        }
        let lake = Lake::open(url).await?;
        if lake.snapshot().await?.state().number == 0 {
            return Err(absent(lake.location()));
        }
        Ok(lake)
    }

    /// Address of the lake, without credentials.
    pub fn location(&self) -> &str {
        self.0.store.location()
    }

    /// The folder, where the lake is one.
    pub fn folder(&self) -> Option<&Path> {
        self.0.store.folder()
    }

    /// The newest state with its manifest. Readers need no lease.
    ///
    /// # Errors
    ///
    /// The lake cannot be read, a newer program wrote it, or an object is damaged.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        log::snapshot(&self.0.store, &self.0.cache).await
    }

    /// The index of calls. A month that is missing or damaged is built again from `calls`.
    ///
    /// # Errors
    ///
    /// The lake cannot be read.
    pub async fn index(&self, snapshot: &Snapshot) -> Result<Index, Error> {
        let (mut index, lost) = log::index(&self.0.store, &self.0.cache, &snapshot.state).await?;
        for day in snapshot.days("calls") {
            let month = layout::month_of(day);
            if lost.contains(&month) || !snapshot.state.index.contains_key(&month) {
                tracing::warn!(%day, "building the index of calls again");
                let Some(stored) = self.stored(&PartitionKey::day("calls", day), None).await?
                else {
                    continue;
                };
                let tally = run_blocking(move || Tally::of("calls", stored.open()?)).await?;
                index.replace_day(day, tally.index_rows, None);
            }
        }
        Ok(index)
    }

    /// The rows of a partition, batch by batch and as often as needed; `columns` names those that are needed. `None`
    /// where there is no partition. A bucket's object is copied into a temporary file first.
    ///
    /// # Errors
    ///
    /// The lake cannot be read, or the temporary folder cannot be written.
    pub async fn open_rows(
        &self,
        key: &PartitionKey,
        columns: Option<&[&str]>,
    ) -> Result<Option<Arc<dyn Rows>>, Error> {
        let stored = self.stored(key, columns).await?;
        Ok(stored.map(|rows| Arc::new(rows) as Arc<dyn Rows>))
    }

    /// The same as a stream, for those who wait: decoding holds up no other task. Empty where there is no partition.
    ///
    /// # Errors
    ///
    /// As [`Lake::open_rows`]; in the stream, also where the partition is damaged.
    pub async fn stream_rows(
        &self,
        key: &PartitionKey,
        columns: Option<&[&str]>,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<RecordBatch, Error>> + Send>>, Error> {
        let Some(stored) = self.stored(key, columns).await? else {
            return Ok(Box::pin(stream::empty()));
        };
        let rows = run_blocking(move || stored.open()).await?;
        Ok(Box::pin(rows::streamed(rows)))
    }

    async fn stored(
        &self,
        key: &PartitionKey,
        columns: Option<&[&str]>,
    ) -> Result<Option<StoredRows>, Error> {
        let path = key.path();
        let Some(file) = self.0.store.open_file(&path).await? else {
            return Ok(None);
        };
        self.0.read.fetch_add(1, Ordering::Relaxed);
        Ok(Some(StoredRows::new(path, file, columns)))
    }

    /// The rows of a partition, in order; `columns` names those that are needed. No batch where there is no partition.
    ///
    /// # Errors
    ///
    /// The lake cannot be read, or the partition is damaged.
    pub async fn read(
        &self,
        key: &PartitionKey,
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, Error> {
        let Some(bytes) = self.read_bytes(key).await? else {
            return Ok(Vec::new());
        };
        let path = key.path();
        let columns: Option<Vec<String>> =
            columns.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        run_blocking(move || {
            let names: Option<Vec<&str>> = columns
                .as_ref()
                .map(|names| names.iter().map(String::as_str).collect());
            reader::from_parquet(&path, bytes, names.as_deref())
        })
        .await
    }

    /// The Parquet object of a partition as it is; `None` where there is none.
    ///
    /// # Errors
    ///
    /// The lake cannot be read.
    pub async fn read_bytes(&self, key: &PartitionKey) -> Result<Option<Bytes>, Error> {
        let bytes = self.0.store.get(&key.path()).await?;
        if bytes.is_some() {
            self.0.read.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes)
    }

    /// The rows of a partition as structs; none where there is no partition.
    ///
    /// # Errors
    ///
    /// The lake cannot be read, or the partition does not have the declared columns.
    pub async fn read_rows<R: Row>(&self, key: &PartitionKey) -> Result<Vec<R>, Error> {
        let mut rows = Vec::new();
        for batch in self.read(key, None).await? {
            rows.extend(R::from_batch(&batch)?);
        }
        Ok(rows)
    }

    /// The rows of all partitions of a table that a snapshot knows, by day.
    ///
    /// # Errors
    ///
    /// The lake cannot be read, a partition is missing, or one does not have the declared columns.
    pub async fn read_table<R: Row>(&self, snapshot: &Snapshot) -> Result<Vec<R>, Error> {
        const PARALLEL: usize = 8;
        let keys: Vec<PartitionKey> = snapshot
            .partitions(R::table().name)
            .map(|(key, _)| key)
            .collect();
        let parts: Vec<Vec<R>> = stream::iter(keys)
            .map(|key| async move { self.read_known::<R>(&key).await })
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// The rows of a partition that must be there.
    async fn read_known<R: Row>(&self, key: &PartitionKey) -> Result<Vec<R>, Error> {
        let batches = self.read(key, None).await?;
        if batches.is_empty() {
            return Err(Error::Missing { path: key.path() });
        }
        let mut rows = Vec::new();
        for batch in &batches {
            rows.extend(R::from_batch(batch)?);
        }
        Ok(rows)
    }

    /// Takes the lease that keeps out a second `ingest` or `run`.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where another process holds it; the lake cannot be written.
    pub async fn run_lease(&self) -> Result<RunLease, Error> {
        lease::Lease::acquire(&self.0.leases, lease::RUN)
            .await
            .map(RunLease)
    }

    /// Begins a change of the lake; commits of this process queue, one of another process is waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where another process does not end its commit; the lake cannot be read or written.
    pub async fn begin(&self, clock: &dyn Clock) -> Result<Commit, Error> {
        Commit::begin(self, clock.now()).await
    }

    /// How many partitions were touched since the lake was opened.
    pub fn counters(&self) -> Counters {
        Counters {
            partitions_read: self.0.read.load(Ordering::Relaxed),
            partitions_written: self.0.written.load(Ordering::Relaxed),
            partitions_removed: self.0.removed.load(Ordering::Relaxed),
        }
    }

    fn count_written(&self) {
        self.0.written.fetch_add(1, Ordering::Relaxed);
    }

    fn count_removed(&self) {
        self.0.removed.fetch_add(1, Ordering::Relaxed);
    }

    /// Removes leftovers of killed writes, once; the caller holds the `commit` lease. Walks the whole lake, and so only where
    /// somebody may have left any.
    async fn sweep_once(&self) -> Result<(), Error> {
        if self.0.swept.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.0.store.sweep_leftovers().await
    }
}

/// What tells this process apart from any other on any machine.
pub(crate) fn this_process() -> &'static str {
    &process::Process::this().id
}

/// Runs what computes on a thread where it holds up no waiting task.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::rows("a table", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_send<T: Send>(_: T) {}

    /// Whoever holds a lake may wait for it on any thread.
    #[expect(dead_code, reason = "that it compiles is the test")]
    fn commits_move_between_threads(lake: &Lake, mut commit: Commit, rewrites: Vec<Rewrite>) {
        let clock = crate::clock::FixedClock(jiff::Timestamp::UNIX_EPOCH);
        is_send(lake.begin(&clock));
        is_send(lake.write_run("", Bytes::new()));
        is_send(commit.rewrite_all(rewrites));
        is_send(commit.verify(&[]));
        is_send(commit.put_all(Vec::new()));
        is_send(commit.finish());
    }
}
