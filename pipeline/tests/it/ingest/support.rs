//! A sandbox, a lake in a temporary folder, and eyes for both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use talktrack::ingest::{self, Error, Settings, Summary};
use talktrack::lake::{Lake, PartitionKey};
use talktrack::progress::Progress;
use talktrack_analyzers::table::Row;
use talktrack_fixtures::{Dataset, RequestLogEntry, Sandbox, SandboxOptions};
use talktrack_gong::auth::Credentials;
use talktrack_gong::client::{Client, ClientOptions};
use tempfile::TempDir;

/// The run's now in most tests.
pub(super) const NOW: &str = "2026-05-20T02:00:00Z";

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// A client without a pace, since the sandbox of these tests has no limit.
pub(super) fn client(url: &str) -> Client {
    let options = ClientOptions {
        requests_per_second: 0.0,
        requests_per_day: 0,
        ..ClientOptions::default()
    };
    client_with(url, options)
}

pub(super) fn client_with(url: &str, mut options: ClientOptions) -> Client {
    options.retry.first_delay = Duration::from_millis(1);
    options.retry.max_delay = Duration::from_millis(5);
    let url = url.parse().expect("a URL");
    Client::new(&url, Credentials::basic("sandbox", "sandbox"), options).expect("a client")
}

pub(super) async fn sandbox(dataset: Dataset) -> Sandbox {
    let options = SandboxOptions {
        requests_per_second: None,
        ..SandboxOptions::default()
    };
    Sandbox::start(dataset, options)
        .await
        .expect("the sandbox starts")
}

/// A lake of its own, and the settings of the runs into it.
pub(super) struct Home {
    folder: TempDir,
    pub(super) lake: Lake,
    pub(super) settings: Settings,
    pub(super) now: Timestamp,
}

impl Home {
    pub(super) async fn new() -> Home {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lake = Lake::open(folder.path().to_str().expect("a path"))
            .await
            .expect("a lake");
        let settings = Settings {
            calls_per_window: 20,
            ..Settings::default()
        };
        Home {
            folder,
            lake,
            settings,
            now: time(NOW),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) async fn try_run(&self, sandbox: &Sandbox) -> Result<Summary, Error> {
        ingest::run(
            &client(&sandbox.url()),
            &self.lake,
            &self.settings,
            self.now,
            &Progress::none(),
        )
        .await
    }

    pub(super) async fn run(&self, sandbox: &Sandbox) -> Summary {
        let summary = self.try_run(sandbox).await.expect("ingest runs");
        assert_eq!(sandbox.unknown_requests(), [], "only paths that Gong has");
        summary
    }

    pub(super) async fn rows<R: Row>(&self) -> Vec<R> {
        let snapshot = self.lake.snapshot().await.expect("a snapshot");
        self.lake.read_table(&snapshot).await.expect("a table")
    }

    pub(super) async fn whole<R: Row>(&self) -> Vec<R> {
        self.lake
            .read_rows(&PartitionKey::whole(R::table().name))
            .await
            .expect("a table")
    }

    /// Every file that must not depend on how it came about, with its bytes.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.path(), self.path(), &mut files);
        files.retain(|path, _| !path.starts_with("_talktrack") && !path.starts_with("tombstones"));
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path
                .strip_prefix(root)
                .expect("below the root")
                .to_string_lossy()
                .into_owned();
            files.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
}

/// Says which files differ, rather than showing their bytes.
pub(super) fn assert_same(
    left: &BTreeMap<String, Vec<u8>>,
    right: &BTreeMap<String, Vec<u8>>,
    what: &str,
) {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differing: Vec<&String> = names
        .into_iter()
        .filter(|name| left.get(*name) != right.get(*name))
        .collect();
    assert!(
        differing.is_empty(),
        "{what}: these files differ: {differing:?}"
    );
    assert!(!left.is_empty(), "{what}: nothing to compare");
}

/// A call `days_ago` days before [`NOW`], with two parties who both speak.
pub(super) fn call(id: &str, days_ago: i64) -> Value {
    let started = time(NOW) - SignedDuration::from_hours(24 * days_ago + 5);
    json!({
        "metaData": {
            "id": id, "url": format!("https://app.gong.io/call?id={id}"), "title": format!("Call {id}"),
            "started": started.to_string(), "duration": 60, "primaryUserId": "900", "workspaceId": "77",
            "isPrivate": false, "customData": null, "direction": "Outbound",
        },
        "context": [{"system": "Salesforce", "objects": [deal(id, "Now", "Negotiation"), deal(id, "TimeOfCall", "Discovery")]}],
        "parties": [
            {"id": format!("{id}1"), "userId": "900", "emailAddress": "rep@acme.example", "affiliation": "Internal",
             "speakerId": format!("{id}91"), "methods": ["Attendee"]},
            {"id": format!("{id}2"), "emailAddress": "buyer@other.example", "affiliation": "External",
             "speakerId": format!("{id}92"), "phoneNumber": "+1 650 555 0100"},
        ],
        "content": {"topics": [{"name": "Pricing", "duration": 12}], "brief": "They talked."},
        "interaction": {"speakers": [{"id": format!("{id}1"), "userId": "900", "talkTime": 31.5}]},
    })
}

/// Every fifth call is about the same deal.
fn deal(call_id: &str, timing: &str, stage: &str) -> Value {
    let number: u64 = call_id.parse().expect("a number");
    json!({"objectType": "Opportunity", "objectId": format!("006{}", number % 5), "timing": timing,
           "fields": [{"name": "StageName", "value": stage}, {"name": "Amount", "value": 1200.5}]})
}

pub(super) fn transcript(id: &str) -> Value {
    json!({"callId": id, "transcript": [
        {"speakerId": format!("{id}91"), "topic": null, "sentences": [{"start": 0, "end": 900, "text": "Hello there."}]},
        {"speakerId": format!("{id}92"), "topic": "Pricing", "sentences": [
            {"start": 950, "end": 1800, "text": "What does it cost?"}, {"start": 1800, "end": 2000, "text": "Roughly."}]},
        {"speakerId": "unheard-of", "topic": null, "sentences": [{"start": 2100, "end": 2200, "text": "Hm."}]},
    ]})
}

/// `count` calls, one every second day back from yesterday, each with its transcript; ids have 3 or 4 digits.
pub(super) fn dataset(count: i64) -> Dataset {
    let mut dataset = Dataset::default();
    dataset.put_user(&json!({"id": "900", "emailAddress": "rep@acme.example", "active": true, "created": "2020-01-01T00:00:00Z"}));
    for number in 0..count {
        let id = (980 + number).to_string();
        assert!(dataset.put_call(&call(&id, 1 + number * 2)));
        assert!(dataset.put_transcript(&transcript(&id), None));
    }
    dataset
}

/// The same calls, six a day.
pub(super) fn busy_dataset(count: i64) -> Dataset {
    let mut dataset = dataset(count);
    for number in 0..count {
        let id = (980 + number).to_string();
        assert!(dataset.put_call(&call(&id, 1 + number / 6)));
    }
    dataset
}

/// How often each path was asked for.
pub(super) fn requests_by_path(requests: &[RequestLogEntry]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        *counts.entry(request.path.as_str()).or_default() += 1;
    }
    counts
}

/// Call ids that requests to a path name.
pub(super) fn asked_ids(requests: &[RequestLogEntry], path: &str) -> BTreeSet<String> {
    let bodies = requests.iter().filter(|request| request.path == path);
    bodies
        .filter_map(|request| serde_json::from_str::<Value>(&request.body).ok())
        .flat_map(|body| {
            body["filter"]["callIds"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        })
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect()
}

/// Time that runs five hundred times as fast, so that waits which Gong asks for are kept without being sat through.
struct HastyClock(talktrack_gong::clock::SystemClock);

const HASTE: u32 = 500;

impl talktrack_gong::clock::Clock for HastyClock {
    fn monotonic(&self) -> Duration {
        self.0.monotonic() * HASTE
    }

    fn wall(&self) -> std::time::SystemTime {
        self.0.wall()
    }

    fn sleep(&self, duration: Duration) -> futures::future::BoxFuture<'static, ()> {
        self.0.sleep(duration / HASTE)
    }
}

/// A client with the program's own patience, in hasty time; an answer may stand still for half a second.
pub(super) fn hasty_client(url: &str) -> Client {
    let options = ClientOptions {
        requests_per_second: 0.0,
        requests_per_day: 0,
        idle_timeout: Duration::from_millis(500),
        ..ClientOptions::default()
    };
    let clock = HastyClock(talktrack_gong::clock::SystemClock::new());
    Client::with_clock(
        &url.parse().expect("a URL"),
        Credentials::basic("sandbox", "sandbox"),
        options,
        std::sync::Arc::new(clock),
    )
    .expect("a client")
}
