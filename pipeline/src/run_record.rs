//! What a run did, in one JSON object of the lake (`_talktrack/runs/`): for `talktrack status`, and for whoever asks on
//! Monday what happened on Saturday night.
//!
//! A record is written at the end of every `ingest` and `run`, also of one that failed or was interrupted; one that was
//! killed leaves none. It tells the time of the machine's clock, and no result depends on it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use talktrack_gong::Client;

use crate::config::Config;
use crate::error::Error;
use crate::exit;
use crate::lake::{self, Lake, digest};

/// Version of the record's form. Fields are added, never renamed; a reader takes what it knows.
pub const SCHEMA_VERSION: u32 = 1;

/// How long a run that is over waits for its record to be written.
const PATIENCE: Duration = Duration::from_secs(30);

/// The record of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// Version of this form.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// `ingest` or `run`.
    pub command: String,
    /// Digest of all settings in force; equal settings have equal digests.
    pub settings_digest: String,
    /// The moment that counted as now in the run.
    pub now: Timestamp,
    /// When the run began, by the machine's clock.
    pub started: Timestamp,
    /// When it was over.
    pub ended: Timestamp,
    /// The exit code.
    pub exit_code: u8,
    /// The message of the failure with its causes and its hint.
    pub error: Option<String>,
    /// Requests that went out to Gong, attempts that failed included.
    pub requests: u64,
    /// Attempts that met a trouble that trying again can help, by kind.
    pub troubles: BTreeMap<String, u64>,
    /// What ingest did; none where it did not come to its end.
    pub ingest: Option<Value>,
    /// What analyze did.
    pub analyze: Option<Value>,
    /// What report did.
    pub report: Option<Value>,
    /// The most memory that the process held, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// Partitions of the lake that were touched.
    pub lake: Partitions,
}

/// How many partitions a run touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Partitions {
    /// Read.
    pub partitions_read: u64,
    /// Written.
    pub partitions_written: u64,
    /// Removed.
    pub partitions_removed: u64,
}

impl RunRecord {
    /// How long the run took; nothing where the clock was set back meanwhile.
    pub fn duration(&self) -> Duration {
        Duration::try_from(self.ended.duration_since(self.started)).unwrap_or_default()
    }

    /// A record as it is stored.
    ///
    /// # Errors
    ///
    /// It is not a record.
    pub fn from_json(bytes: &[u8]) -> Result<RunRecord, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// A step of a run that has a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading from Gong.
    Ingest,
    /// Measuring.
    Analyze,
    /// Writing pages.
    Report,
}

/// Takes notes while a run goes on; clones write to the same notes.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Notes>>);

/// The client is kept rather than a count, so that a run that is cut off anywhere still tells what it sent.
#[derive(Debug, Default)]
struct Notes {
    lake: Option<Lake>,
    client: Option<Client>,
    ingest: Option<Value>,
    analyze: Option<Value>,
    report: Option<Value>,
}

impl Recorder {
    /// Notes what the run works with.
    pub fn works_with(&self, lake: &Lake, client: &Client) {
        let mut notes = self.notes();
        notes.lake = Some(lake.clone());
        notes.client = Some(client.clone());
    }

    /// Notes the summary of a step.
    pub fn summary(&self, step: Step, summary: &impl Serialize) {
        // A summary that is no JSON is left out: the record must not end the run.
        let summary = serde_json::to_value(summary).ok().map(without_lists);
        let mut notes = self.notes();
        match step {
            Step::Ingest => notes.ingest = summary,
            Step::Analyze => notes.analyze = summary,
            Step::Report => notes.report = summary,
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A summary whose lists are only counted: they hold titles of pages, and those hold names of people.
fn without_lists(mut summary: Value) -> Value {
    for value in summary
        .as_object_mut()
        .into_iter()
        .flat_map(|map| map.values_mut())
    {
        if let Some(length) = value.as_array().map(Vec::len) {
            *value = length.into();
        }
    }
    summary
}

/// One run, from its beginning to its record.
#[derive(Debug, Clone, Copy)]
pub struct Began<'a> {
    /// The command's name.
    pub command: &'a str,
    /// The moment that counts as now.
    pub now: Timestamp,
    /// When it began, by the machine's clock.
    pub started: Timestamp,
}

/// Writes the record of a run that is over. A failure to write is told and changes nothing.
pub async fn write(
    began: Began<'_>,
    ended: Timestamp,
    config: &Config,
    recorder: &Recorder,
    result: Result<u8, &Error>,
) {
    if !is_worth_a_record(result) {
        return;
    }
    let written = tokio::time::timeout(PATIENCE, put(began, ended, config, recorder, result)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the record of this run cannot be written"),
        Err(_) => {
            tracing::warn!(
                seconds = PATIENCE.as_secs(),
                "the record of this run cannot be written: the lake does not answer"
            );
        }
    }
}

/// A run that could not begin is no run, and where the lake itself failed a record would only fail again.
fn is_worth_a_record(result: Result<u8, &Error>) -> bool {
    match result {
        Ok(_) | Err(Error::Lake(lake::Error::Busy { .. })) => true,
        Err(Error::Usage { .. }) => false,
        Err(error) => error.exit_code() != exit::LAKE,
    }
}

async fn put(
    began: Began<'_>,
    ended: Timestamp,
    config: &Config,
    recorder: &Recorder,
    result: Result<u8, &Error>,
) -> Result<(), lake::Error> {
    let known = recorder.notes().lake.clone();
    let lake = match known {
        Some(lake) => lake,
        None => match Lake::open_existing(&config.lake.url).await? {
            Some(lake) => lake,
            None => return Ok(()),
        },
    };
    let record = record(began, ended, config, recorder, result);
    let bytes = serde_json::to_vec_pretty(&record)
        .map_err(|error| lake::Error::rows("the record of a run", error))?;
    lake.write_run(&name(began.started), bytes.into()).await
}

fn record(
    began: Began<'_>,
    ended: Timestamp,
    config: &Config,
    recorder: &Recorder,
    result: Result<u8, &Error>,
) -> RunRecord {
    let notes = recorder.notes();
    let touched = notes.lake.as_ref().map(Lake::counters).unwrap_or_default();
    RunRecord {
        schema_version: SCHEMA_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: began.command.to_owned(),
        settings_digest: settings_digest(config),
        now: began.now,
        started: began.started,
        ended,
        exit_code: result.unwrap_or_else(Error::exit_code),
        error: result.err().map(Error::report),
        requests: notes.client.as_ref().map_or(0, Client::requests_sent),
        troubles: notes.client.as_ref().map(troubles).unwrap_or_default(),
        ingest: notes.ingest.clone(),
        analyze: notes.analyze.clone(),
        report: notes.report.clone(),
        peak_memory_bytes: peak_memory_bytes(),
        lake: Partitions {
            partitions_read: touched.partitions_read,
            partitions_written: touched.partitions_written,
            partitions_removed: touched.partitions_removed,
        },
    }
}

fn troubles(client: &Client) -> BTreeMap<String, u64> {
    let met = client.troubles().into_iter();
    met.map(|(name, count)| (name.to_owned(), count)).collect()
}

/// Sorts by time; the process tells apart what began in the same second.
fn name(started: Timestamp) -> String {
    let process = lake::this_process();
    let unique: String = process.chars().take(8).collect();
    format!("{}-{unique}", started.strftime("%Y%m%dT%H%M%SZ"))
}

fn settings_digest(config: &Config) -> String {
    let mut lines = String::new();
    for (key, setting) in &config.settings {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{key} = {}", setting.value);
    }
    digest::of_bytes(lines.as_bytes())
}

/// What Linux calls the high-water mark of resident memory.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn began() -> Began<'static> {
        Began {
            command: "ingest",
            now: "2026-05-25T01:59:00Z".parse().expect("a time"),
            started: "2026-05-25T02:00:00Z".parse().expect("a time"),
        }
    }

    fn config(folder: &std::path::Path) -> Config {
        let lake = folder.join("lake").display().to_string();
        let sources = Sources {
            flags: vec![("lake.url", "--lake", lake)],
            ..Sources::default()
        };
        Config::load(&sources).expect("settings")
    }

    async fn written(lake: &Lake) -> Vec<RunRecord> {
        let mut records = Vec::new();
        for name in lake.list_runs().await.expect("names") {
            let bytes = lake.read_run(&name).await.expect("read").expect("there");
            records.push(RunRecord::from_json(&bytes).expect("a record"));
        }
        records
    }

    #[tokio::test]
    async fn a_run_leaves_a_record_also_when_it_failed() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let lake = Lake::open(&config.lake.url).await.expect("a lake");
        let recorder = Recorder::default();
        recorder.summary(Step::Ingest, &serde_json::json!({"stored": 3}));
        let pages = serde_json::json!({"pages": [{"title": "Jo Doe"}, {"title": "Deals"}]});
        recorder.summary(Step::Report, &pages);
        let ended = "2026-05-25T02:01:30Z".parse().expect("a time");
        let error = Error::Interrupted;
        write(began(), ended, &config, &recorder, Err(&error)).await;
        let records = written(&lake).await;
        assert_eq!(records.len(), 1);
        let record = &records[0];
        assert_eq!(record.exit_code, exit::INTERRUPTED);
        assert_eq!(record.duration(), Duration::from_secs(90));
        assert_eq!(record.ingest.as_ref().expect("a summary")["stored"], 3);
        assert_eq!(record.report, Some(serde_json::json!({"pages": 2})));
        let said = record.error.as_deref().expect("a message");
        assert!(said.contains("interrupted; progress is kept"), "{said}");
        assert_eq!(record.settings_digest, settings_digest(&config));
        assert!(lake.list_runs().await.expect("names")[0].starts_with("20260525T020000Z-"));
    }

    #[tokio::test]
    async fn a_run_that_could_not_begin_leaves_none_and_makes_no_lake() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path());
        let ended = began().started;
        for error in [Error::usage("no", "yes"), Error::Interrupted] {
            write(began(), ended, &config, &Recorder::default(), Err(&error)).await;
        }
        assert!(!folder.path().join("lake").exists());
        let lake = Lake::open(&config.lake.url).await.expect("a lake");
        let error = Error::usage("no", "yes");
        write(began(), ended, &config, &Recorder::default(), Err(&error)).await;
        assert!(written(&lake).await.is_empty());
    }

    /// A later program may write more and leave out what an earlier one knew.
    #[test]
    fn a_record_of_another_version_is_read_as_far_as_it_is_known() {
        let text = br#"{"schema_version": 9, "command": "run", "weather": "fair"}"#;
        let record = RunRecord::from_json(text).expect("a record");
        assert_eq!((record.schema_version, record.command.as_str()), (9, "run"));
        assert_eq!(record.duration(), Duration::ZERO);
    }
}
