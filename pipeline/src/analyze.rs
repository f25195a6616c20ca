//! Stored calls to metric tables: only what is stale is read, computed and written.
//!
//! A metric partition is stale exactly when the rows of its day's `calls`, `parties` or `sentences` changed, or its
//! definition did: the version of its metric, the thresholds it uses, the dictionaries it reads. Days are computed side by
//! side on one pool of threads and committed some at a time, so a killed run loses little.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
use talktrack_analyzers::Analysis;
use talktrack_analyzers::engine;
use talktrack_analyzers::table::SchemaError;
use talktrack_analyzers::{Dictionaries, Inputs, Parameters, input_columns, registry};

use arrow::array::RecordBatch;

use crate::clock::Clock;
use crate::lake::writer::{DEFINITION_KEY, METRIC_KEY};
use crate::lake::{self, Commit, Lake, PartitionKey, Put, PutRequest, Snapshot};

/// Tables that every metric is computed from.
const INPUTS: [&str; 3] = ["calls", "parties", "sentences"];
/// Calls after which the days computed so far are committed.
const CALLS_PER_COMMIT: u64 = 20_000;
/// Days that are in memory at the same time, at most; there are no more than threads that could work on them.
const DAYS_IN_FLIGHT: usize = 8;

/// What an analysis depends on besides the lake.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads; 0 is one a core. They never show in the result.
    pub threads: usize,
    /// The compiled dictionaries.
    pub dictionaries: Arc<Dictionaries>,
    /// The thresholds of the definitions.
    pub parameters: Parameters,
}

/// What an analysis did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AnalyzeSummary {
    /// Days of which something was computed.
    pub days: u64,
    /// Calls of these days.
    pub calls: u64,
    /// Tables of which something was computed, alphabetically.
    pub tables: BTreeSet<String>,
    /// Partitions that were read.
    pub partitions_read: u64,
    /// Partitions that were written.
    pub partitions_written: u64,
    /// Partitions that were computed again and had the same rows.
    pub partitions_unchanged: u64,
    /// Partitions that were removed, because their day has no calls any more.
    pub partitions_removed: u64,
}

/// Why an analysis ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lake could not be read or written.
    #[error(transparent)]
    Lake(#[from] lake::Error),
    /// Stored calls do not have the declared columns.
    #[error("calls of {day} cannot be analyzed; run `talktrack ingest --from {day} --to {}`", .day.tomorrow().unwrap_or(*.day))]
    Schema {
        /// Day of the partition.
        day: Date,
        /// The column that does not fit.
        source: SchemaError,
    },
    /// The threads could not be started.
    #[error("cannot start {threads} threads; set `[analyze] threads` lower")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
    /// A computation ended before its time: a bug.
    #[error("the analysis of {day} ended early")]
    Ended {
        /// Day of the partition.
        day: Date,
        /// What happened.
        source: tokio::task::JoinError,
    },
}

/// Computes every stale metric partition of the lake.
///
/// # Errors
///
/// The lake cannot be read or written, or stored calls do not have the declared columns.
pub async fn run(
    lake: &Lake,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<AnalyzeSummary, Error> {
    let work = Arc::new(Work::new(settings)?);
    let before = lake.counters();
    let mut summary = AnalyzeSummary::default();
    let mut verified = false;
    loop {
        let mut commit = lake.begin(clock).await?;
        if !verified {
            commit.verify(&work.tables_to_verify()).await?;
            verified = true;
        }
        remove_orphans(&mut commit, &work).await?;
        let (jobs, more) = work.stale(commit.snapshot());
        work_on(&mut commit, &work, jobs, &mut summary).await?;
        commit.finish().await?;
        if !more {
            break;
        }
    }
    let after = lake.counters();
    summary.partitions_read = after.partitions_read - before.partitions_read;
    summary.partitions_written = after.partitions_written - before.partitions_written;
    summary.partitions_removed = after.partitions_removed - before.partitions_removed;
    Ok(summary)
}

/// The metric tables as they should be, and the threads that make them.
struct Work {
    tables: Vec<MetricTable>,
    dictionaries: Arc<Dictionaries>,
    parameters: Parameters,
    pool: ThreadPool,
    threads: usize,
}

struct MetricTable {
    name: &'static str,
    metric: String,
    definition: String,
}

/// A day and those of its metric tables that are stale.
struct Job {
    day: Date,
    calls: u64,
    inputs: BTreeMap<String, String>,
    tables: Vec<&'static str>,
}

impl Work {
    fn new(settings: &Settings) -> Result<Work, Error> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .thread_name(|number| format!("analyze-{number}"))
            .build()
            .map_err(|source| Error::Threads {
                threads: settings.threads,
                source,
            })?;
        let analysis = Analysis {
            dictionaries: &settings.dictionaries,
            parameters: &settings.parameters,
        };
        Ok(Work {
            tables: metric_tables(&analysis),
            dictionaries: settings.dictionaries.clone(),
            parameters: settings.parameters.clone(),
            threads: pool.current_num_threads(),
            pool,
        })
    }

    fn tables_to_verify(&self) -> Vec<&'static str> {
        let metrics = self.tables.iter().map(|table| table.name);
        INPUTS.into_iter().chain(metrics).collect()
    }

    fn table(&self, name: &str) -> Option<&MetricTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The oldest stale days, up to the size of a commit, and whether there are more.
    fn stale(&self, snapshot: &Snapshot) -> (Vec<Job>, bool) {
        let mut jobs: Vec<Job> = Vec::new();
        let mut calls = 0;
        for day in snapshot.days("calls") {
            let Some(job) = self.stale_tables(snapshot, day) else {
                continue;
            };
            if calls >= CALLS_PER_COMMIT {
                return (jobs, true);
            }
            calls += job.calls;
            jobs.push(job);
        }
        (jobs, false)
    }

    fn stale_tables(&self, snapshot: &Snapshot, day: Date) -> Option<Job> {
        let inputs = input_digests(snapshot, day);
        let is_fresh = |table: &MetricTable| {
            snapshot
                .partition(&PartitionKey::day(table.name, day))
                .is_some_and(|entry| {
                    entry.inputs == inputs && entry.definition.as_ref() == Some(&table.definition)
                })
        };
        let tables: Vec<&'static str> = self
            .tables
            .iter()
            .filter(|table| !is_fresh(table))
            .map(|table| table.name)
            .collect();
        let calls = snapshot.partition(&PartitionKey::day("calls", day))?.rows;
        (!tables.is_empty()).then_some(Job {
            day,
            calls,
            inputs,
            tables,
        })
    }

    fn compute(
        &self,
        inputs: &Inputs,
        job: &Job,
    ) -> Result<Vec<(&'static str, RecordBatch)>, Error> {
        let analysis = Analysis {
            dictionaries: &self.dictionaries,
            parameters: &self.parameters,
        };
        let computed = self
            .pool
            .install(|| engine::analyze(inputs, &analysis, &job.tables));
        let tables = computed.map_err(|source| Error::Schema {
            day: job.day,
            source,
        })?;
        Ok(tables
            .into_iter()
            .map(|(info, batch)| (info.name, batch))
            .collect())
    }
}

fn metric_tables(analysis: &Analysis<'_>) -> Vec<MetricTable> {
    registry()
        .iter()
        .flat_map(|analyzer| {
            let metric = format!("{}@{}", analyzer.name(), analyzer.version());
            analyzer.tables().into_iter().map(move |info| MetricTable {
                name: info.name,
                metric: metric.clone(),
                definition: engine::definition(analysis, info.name),
            })
        })
        .collect()
}

/// Digests of a day's inputs; a table without a partition has none.
fn input_digests(snapshot: &Snapshot, day: Date) -> BTreeMap<String, String> {
    INPUTS
        .into_iter()
        .filter_map(|table| {
            let entry = snapshot.partition(&PartitionKey::day(table, day))?;
            Some((table.to_owned(), entry.digest.clone()))
        })
        .collect()
}

/// Removes metric partitions of days that have no calls any more.
async fn remove_orphans(commit: &mut Commit, work: &Work) -> Result<(), Error> {
    let days: BTreeSet<Date> = commit.snapshot().days("calls").collect();
    let orphans: Vec<PartitionKey> = work
        .tables
        .iter()
        .flat_map(|table| commit.snapshot().partitions(table.name))
        .map(|(key, _)| key)
        .filter(|key| key.day.is_none_or(|day| !days.contains(&day)))
        .collect();
    for key in orphans {
        commit.remove(&key).await?;
    }
    Ok(())
}

/// Reads and computes days side by side, and puts day after day in their order.
async fn work_on(
    commit: &mut Commit,
    work: &Arc<Work>,
    jobs: Vec<Job>,
    summary: &mut AnalyzeSummary,
) -> Result<(), Error> {
    let lake = commit.lake().clone();
    let in_flight = work.threads.clamp(2, DAYS_IN_FLIGHT);
    let mut computed = stream::iter(jobs)
        .map(|job| compute_day(lake.clone(), work.clone(), job))
        .buffered(in_flight);
    while let Some((job, tables)) = computed.try_next().await? {
        summary.days += 1;
        summary.calls += job.calls;
        summary
            .tables
            .extend(tables.iter().map(|(table, _)| (*table).to_owned()));
        let requests = tables
            .into_iter()
            .filter_map(|(table, batch)| request(work, &job, table, batch))
            .collect();
        let puts = commit.put_all(requests).await?;
        summary.partitions_unchanged +=
            puts.iter().filter(|put| **put == Put::Unchanged).count() as u64;
    }
    Ok(())
}

async fn compute_day(
    lake: Lake,
    work: Arc<Work>,
    job: Job,
) -> Result<(Job, Vec<(&'static str, RecordBatch)>), Error> {
    let inputs = read_inputs(&lake, &job).await?;
    let day = job.day;
    let task = tokio::task::spawn_blocking(move || {
        let tables = work.compute(&inputs, &job)?;
        Ok((job, tables))
    });
    match task.await {
        Ok(result) => result,
        Err(source) => Err(Error::Ended { day, source }),
    }
}

async fn read_inputs(lake: &Lake, job: &Job) -> Result<Inputs, Error> {
    let mut inputs = Inputs::default();
    for (table, columns) in input_columns(&job.tables) {
        let batches = lake
            .read(&PartitionKey::day(table, job.day), Some(columns))
            .await?;
        match table {
            "calls" => inputs.calls = batches,
            "parties" => inputs.parties = batches,
            _ => inputs.sentences = batches,
        }
    }
    Ok(inputs)
}

fn request(work: &Work, job: &Job, name: &str, batch: RecordBatch) -> Option<PutRequest> {
    let table = work.table(name)?;
    Some(PutRequest {
        key: PartitionKey::day(name, job.day),
        batches: vec![batch],
        inputs: job.inputs.clone(),
        definition: Some(table.definition.clone()),
        metadata: vec![
            (METRIC_KEY.to_owned(), table.metric.clone()),
            (DEFINITION_KEY.to_owned(), table.definition.clone()),
        ],
    })
}
