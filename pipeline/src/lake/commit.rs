//! A commit: partitions are replaced one by one, and then one new state makes them known.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use tokio::sync::{OwnedMutexGuard, Semaphore};

use super::digest::RowDigest;
use super::error::Error;
use super::fail_point;
use super::index::Index;
use super::layout::{PartitionKey, index_path, manifest_path};
use super::lease::{COMMIT, Lease};
use super::manifest::{PartitionEntry, Snapshot, to_bytes};
use super::merge::{sort_unique, sort_unique_all};
use super::prepare::{CALLS, Prepared, PutRequest, Rewrite, Tally, prepare, rewritten};
use super::reader::conform;
use super::rows::{InMemory, Rows};
use super::state::State;
use super::store::Listed;
use super::{Lake, digest, log, run_blocking};

/// How long a commit waits for the commit of another process to end.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(200);
/// Objects that are written at the same time.
const PARALLEL: usize = 8;
/// Shares of the room that rewrites take together; a large one takes all of it.
const ROOM: u32 = 8;
/// Bytes of rows that take one share.
const BYTES_OF_ROOM: u64 = 8 * 1024 * 1024;

/// What a put did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The partition was written.
    Written,
    /// Its rows are what was there: nothing was written.
    Unchanged,
    /// No row was left, so the partition was removed, or there was none.
    Removed,
}

/// A change of the lake that is under way; it holds the `commit` lease. Partitions are replaced at once, and
/// [`Commit::finish`] makes them known to readers of the manifest. A commit that is dropped leaves partitions that no
/// manifest knows; the next commit that touches them reads them again and goes on from what is there.
#[derive(Debug)]
pub struct Commit {
    lake: Lake,
    lease: Lease,
    _turn: OwnedMutexGuard<()>,
    now: Timestamp,
    before: State,
    snapshot: Snapshot,
    index: Index,
    dirty: BTreeSet<(String, String)>,
    checked: HashSet<PartitionKey>,
    verified: HashSet<String>,
    last_table: Arc<Mutex<Option<String>>>,
}

impl Commit {
    pub(super) async fn begin(lake: &Lake, now: Timestamp) -> Result<Commit, Error> {
        // Tasks of one process queue here; other processes are waited for below.
        let turn = lake.0.turn.clone().lock_owned().await;
        let lease = patiently(lake).await?;
        if lease.follows_a_crash() {
            lake.sweep_once().await?;
        }
        let snapshot = lake.snapshot().await?;
        let index = lake.index(&snapshot).await?;
        lake.0.cache.forget_index();
        Ok(Commit {
            lake: lake.clone(),
            lease,
            _turn: turn,
            now,
            before: snapshot.state.clone(),
            snapshot,
            index,
            dirty: BTreeSet::new(),
            checked: HashSet::new(),
            verified: HashSet::new(),
            last_table: Arc::default(),
        })
    }

    /// The lake as this commit has made it so far.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The lake that is changed, for reading.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// What is remembered beside the tables.
    pub fn state(&self) -> &State {
        &self.snapshot.state
    }

    /// What is remembered beside the tables, to be changed.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.snapshot.state
    }

    /// Where each stored call is. It follows each put of `calls`.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Remembers that these calls were read from Gong at this commit's time; calls that are not stored are passed over.
    pub fn mark_read<'a>(&mut self, call_ids: impl IntoIterator<Item = &'a str>) {
        self.index.mark_read(call_ids, self.now);
    }

    /// Replaces a partition, unless its rows are what is there.
    ///
    /// `batches` hold all its rows, in order (`call_id` by length, then bytes, then the key); none, or batches without a
    /// schema, remove it, while an empty batch makes an empty object. `inputs` and `definition` say what it was computed
    /// from and with; `metadata` goes into the file's footer.
    ///
    /// # Errors
    ///
    /// The lake cannot be written, the lease was lost, or the rows are not in order.
    pub async fn put(
        &mut self,
        key: PartitionKey,
        batches: Vec<RecordBatch>,
        inputs: BTreeMap<String, String>,
        definition: Option<String>,
        metadata: &[(String, String)],
    ) -> Result<Put, Error> {
        let request = PutRequest {
            key,
            batches,
            inputs,
            definition,
            metadata: metadata.to_vec(),
        };
        let puts = self.put_all(vec![request]).await?;
        Ok(puts.first().copied().unwrap_or(Put::Unchanged))
    }

    /// Replaces several partitions side by side, each as [`Commit::put`] does; the answers are in the order asked. Not for
    /// tables of which one must be there before the other.
    ///
    /// # Errors
    ///
    /// As [`Commit::put`]; some of the partitions may then be written.
    pub async fn put_all(&mut self, requests: Vec<PutRequest>) -> Result<Vec<Put>, Error> {
        let mut puts = vec![Put::Removed; requests.len()];
        let mut prepared = Vec::with_capacity(requests.len());
        let mut positions = Vec::with_capacity(requests.len());
        for (position, request) in requests.into_iter().enumerate() {
            self.check(&request.key).await?;
            if request.batches.is_empty() {
                self.remove(&request.key).await?;
                continue;
            }
            let known = self.snapshot.partition(&request.key).cloned();
            prepared.push(prepare(request, known));
            positions.push(position);
        }
        let prepared: Vec<Prepared> = stream::iter(prepared)
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        self.lease.ensure().await?;
        let writer = self.writer();
        let jobs: Vec<_> = prepared
            .into_iter()
            .map(|part| writer.write(part))
            .collect();
        let written: Vec<(Prepared, Put)> =
            stream::iter(jobs).buffered(PARALLEL).try_collect().await?;
        for (position, (part, put)) in positions.into_iter().zip(written) {
            self.record(part, put);
            puts[position] = put;
        }
        Ok(puts)
    }

    /// Writes a partition anew from what is stored and what is new, batch by batch.
    ///
    /// # Errors
    ///
    /// The lake or the temporary folder cannot be read or written, the lease was lost, or the rows do not fit the table.
    pub async fn rewrite(&mut self, rewrite: Rewrite) -> Result<Put, Error> {
        let puts = self.rewrite_all(vec![rewrite]).await?;
        Ok(puts.first().copied().unwrap_or(Put::Unchanged))
    }

    /// Writes several partitions anew; the answers are in the order asked. Small ones are written side by side, large
    /// ones alone, so that memory stays bounded. Not for tables of which one must be there before the other.
    ///
    /// # Errors
    ///
    /// As [`Commit::rewrite`]; some of the partitions may then be written.
    pub async fn rewrite_all(&mut self, rewrites: Vec<Rewrite>) -> Result<Vec<Put>, Error> {
        for rewrite in &rewrites {
            self.check(&rewrite.key).await?;
        }
        let outcomes: Vec<Rewritten> = {
            let room = Semaphore::new(ROOM as usize);
            let writer = self.writer();
            let jobs: Vec<_> = rewrites
                .into_iter()
                .map(|rewrite| {
                    let known = self.snapshot.partition(&rewrite.key).cloned();
                    rewrite_one(&self.lease, &writer, &room, rewrite, known)
                })
                .collect();
            stream::iter(jobs).buffered(PARALLEL).try_collect().await?
        };
        let mut puts = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            puts.push(match outcome {
                Rewritten::Empty(key) => {
                    self.remove(&key).await?;
                    Put::Removed
                }
                Rewritten::Put(part, put) => {
                    self.record(*part, put);
                    put
                }
            });
        }
        Ok(puts)
    }

    /// Puts whole calls into a day of a table: `new` replaces the calls that it holds (a later batch wins), calls of
    /// `dropped` leave. A partition without a row is removed.
    ///
    /// # Errors
    ///
    /// The lake cannot be read or written, the lease was lost, or the batches are not of the table.
    pub async fn merge_day<R: Row>(
        &mut self,
        day: Date,
        new: Vec<RecordBatch>,
        dropped: HashSet<String>,
    ) -> Result<Put, Error> {
        let table = R::table();
        let mut runs: Vec<Arc<dyn Rows>> = Vec::with_capacity(new.len());
        for batch in new {
            let batch = conform(table.name, &batch, &R::schema())?;
            runs.push(Arc::new(InMemory::new(sort_unique(&table, &batch)?)));
        }
        let rewrite = Rewrite::of::<R>(PartitionKey::day(table.name, day))
            .with(runs)
            .without(Arc::new(dropped));
        self.rewrite(rewrite).await
    }

    /// Replaces a table that is one object by these rows, in the order of its key, each key once (the last row wins).
    ///
    /// # Errors
    ///
    /// The lake cannot be written, or the lease was lost.
    pub async fn put_rows<R: Row>(&mut self, rows: &[R]) -> Result<Put, Error> {
        let table = R::table();
        let ordered = sort_unique_all(&table, &R::schema(), &[R::to_batch(rows)])?;
        let key = PartitionKey::whole(table.name);
        self.put(key, vec![ordered], BTreeMap::new(), None, &[])
            .await
    }

    /// As [`Commit::put_rows`], for one day of a table that has days; without a row the partition is removed.
    ///
    /// # Errors
    ///
    /// The lake cannot be written, or the lease was lost.
    pub async fn put_day_rows<R: Row>(&mut self, day: Date, rows: &[R]) -> Result<Put, Error> {
        let key = PartitionKey::day(R::table().name, day);
        self.put_some_rows(key, rows).await
    }

    /// As [`Commit::put_day_rows`], for the month in which a day falls.
    ///
    /// # Errors
    ///
    /// The lake cannot be written, or the lease was lost.
    pub async fn put_month_rows<R: Row>(&mut self, day: Date, rows: &[R]) -> Result<Put, Error> {
        let key = PartitionKey::month(R::table().name, day);
        self.put_some_rows(key, rows).await
    }

    async fn put_some_rows<R: Row>(&mut self, key: PartitionKey, rows: &[R]) -> Result<Put, Error> {
        if rows.is_empty() {
            self.remove(&key).await?;
            return Ok(Put::Removed);
        }
        let ordered = sort_unique_all(&R::table(), &R::schema(), &[R::to_batch(rows)])?;
        self.put(key, vec![ordered], BTreeMap::new(), None, &[])
            .await
    }

    /// Removes a partition; one that is not there is removed already.
    ///
    /// # Errors
    ///
    /// The lake cannot be written, or the lease was lost.
    pub async fn remove(&mut self, key: &PartitionKey) -> Result<(), Error> {
        self.check(key).await?;
        if self.snapshot.partition(key).is_none() {
            return Ok(());
        }
        self.lease.ensure().await?;
        self.writer().enter_table(&key.table);
        self.lake.0.store.delete(&key.path()).await?;
        self.lake.count_removed();
        fail_point::reached(fail_point::AFTER_PUT);
        self.set(key, None);
        if let (CALLS, Some(day)) = (key.table.as_str(), key.day) {
            self.index.replace_day(day, Vec::new(), Some(self.now));
        }
        Ok(())
    }

    /// Compares all partitions of these tables with what the manifest knows, by one listing a table, and reads again
    /// those that differ. Whoever relies on digests of partitions that it does not write calls this first.
    ///
    /// # Errors
    ///
    /// The lake cannot be read, or a partition is damaged.
    pub async fn verify(&mut self, tables: &[&str]) -> Result<(), Error> {
        for table in tables {
            let listed = self.lake.0.store.list(table).await?;
            let mut found = BTreeMap::new();
            for object in listed {
                match PartitionKey::from_path(&object.path) {
                    Some(key) if key.table == *table => found.insert(key, object),
                    _ => None,
                };
            }
            let known: Vec<PartitionKey> = self
                .snapshot
                .partitions(table)
                .map(|(key, _)| key)
                .collect();
            for key in known {
                if !found.contains_key(&key) {
                    self.heal(&key, None).await?;
                }
            }
            for (key, object) in found {
                self.heal(&key, Some(object)).await?;
            }
            self.verified.insert((*table).to_owned());
        }
        Ok(())
    }

    /// Makes what was put known: manifest, index, state. Gives the lease back; the lake as it is now is the answer.
    /// Nothing is written where nothing changed.
    ///
    /// # Errors
    ///
    /// The lake cannot be written, or the lease was lost.
    pub async fn finish(mut self) -> Result<Snapshot, Error> {
        fail_point::reached(fail_point::BEFORE_MANIFEST);
        self.write_manifest().await?;
        self.write_index().await?;
        let objects = self.snapshot.state.index.clone();
        self.lake.0.cache.keep_index(objects, self.index);
        if self.snapshot.state == self.before {
            self.lease.release().await?;
            return Ok(self.snapshot);
        }
        self.snapshot.state.number = self.before.number + 1;
        self.snapshot.state.version = super::SCHEMA_VERSION;
        fail_point::reached(fail_point::BEFORE_STATE_WRITE);
        self.lease.ensure().await?;
        log::append(&self.lake.0.store, &self.snapshot.state).await?;
        fail_point::reached(fail_point::AFTER_STATE_WRITE);
        log::prune(&self.lake.0.store, self.snapshot.state.number).await?;
        self.lease.release().await?;
        Ok(self.snapshot)
    }

    /// Remembers a partition that was put.
    fn record(&mut self, part: Prepared, put: Put) {
        if put == Put::Written {
            self.lake.count_written();
            if let (CALLS, Some(day)) = (part.key.table.as_str(), part.key.day) {
                self.index.replace_day(day, part.index_rows, Some(self.now));
            }
        }
        self.set(&part.key, Some(part.entry));
    }

    fn writer(&self) -> Writer {
        Writer {
            lake: self.lake.clone(),
            last_table: self.last_table.clone(),
        }
    }

    fn set(&mut self, key: &PartitionKey, entry: Option<PartitionEntry>) {
        if self.snapshot.set(key, entry) {
            self.dirty.insert((key.table.clone(), key.month_text()));
        }
    }

    /// Before a partition is touched for the first time: is the object the one that the manifest knows?
    async fn check(&mut self, key: &PartitionKey) -> Result<(), Error> {
        if self.checked.contains(key) || self.verified.contains(&key.table) {
            return Ok(());
        }
        let found = self.lake.0.store.head(&key.path()).await?;
        self.heal(key, found).await
    }

    /// Takes over what a killed commit, or anybody else, left in place of a partition.
    async fn heal(&mut self, key: &PartitionKey, found: Option<Listed>) -> Result<(), Error> {
        self.checked.insert(key.clone());
        let known = self.snapshot.partition(key).cloned();
        let Some(Listed { etag, .. }) = found else {
            if known.is_some() {
                tracing::warn!(partition = %key, "partition is gone");
                self.set(key, None);
                self.index_day(key, Vec::new());
            }
            return Ok(());
        };
        if known.as_ref().is_some_and(|known| known.etag == etag) {
            return Ok(());
        }
        let Some(stored) = self.lake.stored(key, None).await? else {
            return Err(Error::Missing { path: key.path() });
        };
        let table = key.table.clone();
        let mut tally = run_blocking(move || Tally::of(&table, stored.open()?)).await?;
        let index_rows = std::mem::take(&mut tally.index_rows);
        let rows = tally.rows;
        let digest = tally.digest();
        let same = known.filter(|known| known.digest == digest);
        if same.is_none() {
            tracing::info!(partition = %key, "taking over a partition that no state knows");
            self.index_day(key, index_rows);
        }
        let entry = PartitionEntry {
            digest,
            rows,
            etag,
            ..same.unwrap_or_default()
        };
        self.set(key, Some(entry));
        Ok(())
    }

    fn index_day(&mut self, key: &PartitionKey, rows: Vec<(String, RowDigest)>) {
        if let (CALLS, Some(day)) = (key.table.as_str(), key.day) {
            self.index.replace_day(day, rows, None);
        }
    }

    async fn write_manifest(&mut self) -> Result<(), Error> {
        let mut objects = Vec::new();
        for (table, month) in std::mem::take(&mut self.dirty) {
            let names = &mut self.snapshot.state.manifests;
            let Some(content) = self.snapshot.tables.get(&table).and_then(|m| m.get(&month)) else {
                if let Some(months) = names.get_mut(&table) {
                    months.remove(&month);
                }
                names.retain(|_, months| !months.is_empty());
                continue;
            };
            let bytes = to_bytes(&table, content)?;
            let digest = digest::of_bytes(&bytes);
            objects.push((manifest_path(&table, &month, &digest), bytes));
            names.entry(table).or_default().insert(month, digest);
        }
        self.write_objects(objects).await
    }

    async fn write_index(&mut self) -> Result<(), Error> {
        let mut objects = Vec::new();
        for (month, content) in self.index.take_dirty() {
            let Some(content) = content else {
                self.snapshot.state.index.remove(&month);
                continue;
            };
            let bytes = serde_json::to_vec(&content).map_err(|error| Error::rows(CALLS, error))?;
            let digest = digest::of_bytes(&bytes);
            objects.push((index_path(&month, &digest), Bytes::from(bytes)));
            self.snapshot.state.index.insert(month, digest);
        }
        self.write_objects(objects).await
    }

    async fn write_objects(&self, objects: Vec<(String, Bytes)>) -> Result<(), Error> {
        if objects.is_empty() {
            return Ok(());
        }
        self.lease.ensure().await?;
        stream::iter(objects)
            .map(|(path, bytes)| async move {
                self.lake.0.store.put(&path, bytes).await.map(|_| ())
            })
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await
    }
}

/// Takes the `commit` lease; commits are short, so another holder is waited for.
async fn patiently(lake: &Lake) -> Result<Lease, Error> {
    let start = std::time::Instant::now();
    loop {
        match Lease::acquire(&lake.0.leases, COMMIT).await {
            Err(Error::Busy { .. }) if start.elapsed() < PATIENCE => {
                tokio::time::sleep(POLL).await;
            }
            other => return other,
        }
    }
}

/// What came of a rewrite.
enum Rewritten {
    /// No row is left.
    Empty(PartitionKey),
    /// The partition is as it should be.
    Put(Box<Prepared>, Put),
}

/// Makes and writes one partition, once there is room for it.
async fn rewrite_one(
    lease: &Lease,
    writer: &Writer,
    room: &Semaphore,
    rewrite: Rewrite,
    known: Option<PartitionEntry>,
) -> Result<Rewritten, Error> {
    let key = rewrite.key.clone();
    let stored = match known {
        Some(_) => writer.lake.stored(&key, None).await?,
        None => None,
    };
    let bytes = rewrite.bytes() + stored.as_ref().map_or(0, Rows::bytes);
    let share = u32::try_from(bytes / BYTES_OF_ROOM).unwrap_or(ROOM);
    let _room = room.acquire_many(share.clamp(1, ROOM)).await;
    let Some(prepared) = rewritten(rewrite, known, stored).await? else {
        return Ok(Rewritten::Empty(key));
    };
    lease.ensure().await?;
    let (part, put) = writer.write(prepared).await?;
    Ok(Rewritten::Put(Box::new(part), put))
}

/// What writes partitions, several at a time.
#[derive(Clone)]
struct Writer {
    lake: Lake,
    last_table: Arc<Mutex<Option<String>>>,
}

impl Writer {
    /// Writes a partition unless its rows are what is there.
    fn write(
        &self,
        mut part: Prepared,
    ) -> impl Future<Output = Result<(Prepared, Put), Error>> + use<> {
        let writer = self.clone();
        async move {
            let Some(body) = part.body.take() else {
                return Ok((part, Put::Unchanged));
            };
            writer.enter_table(&part.key.table);
            let store = &writer.lake.0.store;
            part.entry.etag = store.put_body(&part.key.path(), body).await?;
            fail_point::reached(fail_point::AFTER_PUT);
            Ok((part, Put::Written))
        }
    }

    fn enter_table(&self, table: &str) {
        let mut last = self
            .last_table
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.as_deref().is_some_and(|last| last != table) {
            fail_point::reached(fail_point::BETWEEN_TABLES);
        }
        *last = Some(table.to_owned());
    }
}
