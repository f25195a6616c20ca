//! What can go wrong outside: each failure gives one clear message with the next step and its exit code, and harms nothing
//! that is stored.

use std::collections::BTreeMap;
use std::path::Path;

use talktrack_fixtures::{
    Company, CompanySpec, Dataset, Fault, FaultKind, Sandbox, SandboxOptions,
};
use tokio::runtime::Runtime;

use crate::cli::{shown, talktrack};

/// A sandbox over a small company, and a folder to work in.
pub(crate) struct Place {
    runtime: Runtime,
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let company = Company::generate(&CompanySpec {
            calls: 40,
            days: 20,
            ..CompanySpec::default()
        });
        let runtime = Runtime::new().expect("a runtime");
        let options = SandboxOptions {
            requests_per_second: None,
            ..SandboxOptions::default()
        };
        let sandbox = runtime
            .block_on(Sandbox::start(Dataset::from_company(&company), options))
            .expect("a sandbox");
        Self {
            runtime,
            sandbox,
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Runs the program against the sandbox; `changes` replace or add variables.
    pub(crate) fn run(&self, arguments: &[&str], changes: &[(&str, &str)]) -> String {
        self.run_at("2026-07-01T06:00:00Z", arguments, changes)
    }

    /// The same at another moment.
    pub(crate) fn run_at(&self, now: &str, arguments: &[&str], changes: &[(&str, &str)]) -> String {
        let url = self.sandbox.url();
        let mut variables: BTreeMap<&str, &str> = BTreeMap::from([
            ("GONG_ACCESS_KEY", "sandbox"),
            ("GONG_ACCESS_KEY_SECRET", "sandbox"),
            ("TALKTRACK_GONG_BASE_URL", url.as_str()),
            ("TALKTRACK_INGEST_REQUESTS_PER_SECOND", "500"),
        ]);
        variables.extend(changes.iter().copied());
        let variables: Vec<(&str, &str)> = variables.into_iter().collect();
        let mut arguments = arguments.to_vec();
        arguments.extend(["--now", now]);
        let text = shown(&talktrack(self.folder.path(), &arguments, &variables));
        self.tidy(&text)
    }

    /// Without what differs from run to run.
    fn tidy(&self, text: &str) -> String {
        let folder = self.folder.path().canonicalize().expect("a folder");
        let mut text = text.replace(&*folder.to_string_lossy(), "[folder]");
        for (pattern, word) in [
            (r"127\.0\.0\.1:\d+", "[host]"),
            (r"\d+\.\d s\)", "[time])"),
            (r"\d+ attempts?", "[n] attempts"),
            (r"\d+ requests", "[n] requests"),
            (r"[\d.]+ [GM]iB free", "[room] free"),
            (
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z +(WARN|ERROR) ",
                "[time] $1 ",
            ),
            (
                r"\d{4}-\d\d-\d\d \d\d:\d\d  (run|ingest) +\d+ s",
                "[started]  $1 [time]",
            ),
        ] {
            text = regex::Regex::new(pattern)
                .expect("a pattern")
                .replace_all(&text, word)
                .into_owned();
        }
        text
    }

    pub(crate) fn fault(&self, path: &str, kind: &FaultKind, times: usize) {
        for _ in 0..times {
            self.sandbox.inject(Fault::at(path, kind.clone()));
        }
    }

    /// The records of runs, oldest first.
    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        let mut files = BTreeMap::new();
        collect(&self.folder.path().join("lake/_talktrack/runs"), &mut files);
        files
            .values()
            .map(|bytes| serde_json::from_slice(bytes).expect("a record"))
            .collect()
    }

    /// Every file of the lake with its bytes, but for the log.
    fn lake(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.folder.path().join("lake"), &mut files);
        files.retain(|path, _| !path.contains("_talktrack"));
        files
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The sandbox stops with its runtime.
        let _guard = self.runtime.enter();
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.insert(
                path.display().to_string(),
                std::fs::read(&path).expect("a file"),
            );
        }
    }
}

#[test]
fn no_credentials() {
    insta::assert_snapshot!(Place::new().run(
        &["ingest"],
        &[("GONG_ACCESS_KEY", ""), ("GONG_ACCESS_KEY_SECRET", "")]
    ));
}

#[test]
fn a_wrong_key() {
    let shown = Place::new().run(&["ingest"], &[("GONG_ACCESS_KEY_SECRET", "hush-hush")]);
    assert!(!shown.contains("hush"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_wrong_host_answers_with_a_web_page() {
    let place = Place::new();
    let page = FaultKind::Status {
        status: 200,
        headers: Vec::new(),
        body: "<html>Welcome</html>".to_owned(),
    };
    place.fault("/v2/workspaces", &page, 20);
    insta::assert_snapshot!(place.run(&["ingest"], &[]));
}

#[test]
fn a_wrong_host_points_elsewhere() {
    let place = Place::new();
    let headers = vec![(
        "Location".to_owned(),
        "https://us-1.api.gong.io/v2/workspaces".to_owned(),
    )];
    place.fault(
        "/v2/workspaces",
        &FaultKind::Status {
            status: 307,
            headers,
            body: String::new(),
        },
        20,
    );
    insta::assert_snapshot!(place.run(&["ingest"], &[]));
}

#[test]
fn an_unreachable_host() {
    // Nobody listens on port 1.
    insta::assert_snapshot!(Place::new().run(
        &["ingest"],
        &[
            ("TALKTRACK_GONG_BASE_URL", "http://127.0.0.1:1"),
            ("TALKTRACK_GONG_MAX_UNREACHABLE_SECONDS", "1"),
        ]
    ));
}

#[test]
fn an_unwritable_lake() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("file"), "in the way").expect("a file");
    insta::assert_snapshot!(place.run(&["ingest", "--lake", "file/lake"], &[]));
}

/// Under cron, what is printed is mail.
#[test]
fn a_quiet_run_that_went_well_prints_nothing() {
    let shown = Place::new().run(&["run", "-q"], &[]);
    assert_eq!(shown, "exit: 0\n----- stdout -----\n----- stderr -----\n");
}

#[test]
fn an_unknown_workspace() {
    insta::assert_snapshot!(
        Place::new().run(&["ingest"], &[("TALKTRACK_INGEST_WORKSPACES", "Atlantis")])
    );
}

/// A page that is not JSON ends the run; what was stored before is as it was, and the next run goes on.
#[test]
fn a_broken_page_harms_nothing() {
    let place = Place::new();
    let first = place.run(&["ingest"], &[]);
    assert!(first.starts_with("exit: 0"), "{first}");
    let stored = place.lake();
    assert!(!stored.is_empty());
    place.fault("/v2/calls/extensive", &FaultKind::MalformedPage, 50);
    let hurried = [("TALKTRACK_GONG_MAX_RETRY_DELAY_SECONDS", "1")];
    // Quietly: how long it waits between its tries is drawn by lot, and told.
    insta::assert_snapshot!(place.run(&["ingest", "-q"], &hurried));
    assert_eq!(place.lake(), stored);
}

/// Ctrl-C and a polite kill end a run cleanly: the lease is given back, and the next run goes on at once.
#[cfg(unix)]
#[test]
fn an_interrupted_run_gives_its_lease_back() {
    let place = Place::new();
    let answer_late = FaultKind::Delay(std::time::Duration::from_secs(20));
    place.fault("/v2/calls/extensive", &answer_late, 1);
    let url = place.sandbox.url();
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_talktrack"))
        .args(["ingest", "--now", "2026-07-01T06:00:00Z"])
        .current_dir(place.folder.path())
        .env_clear()
        .envs([
            ("GONG_ACCESS_KEY", "sandbox"),
            ("GONG_ACCESS_KEY_SECRET", "sandbox"),
            ("TALKTRACK_GONG_BASE_URL", url.as_str()),
            ("TALKTRACK_INGEST_REQUESTS_PER_SECOND", "500"),
        ])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // The run is where it waits for Gong once the fault is taken.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while place.sandbox.faults_left() > 0 {
        assert!(
            std::time::Instant::now() < deadline,
            "the run never asked for calls"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    insta::assert_snapshot!(shown(&output));
    let records = place.records();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["exit_code"], 130);
    assert_eq!(records[0]["ingest"], serde_json::Value::Null);
    assert!(records[0]["requests"].as_u64() > Some(0), "{records:?}");
    let next = place.run(&["ingest"], &[]);
    assert!(next.starts_with("exit: 0"), "{next}");
}

#[test]
fn a_spent_budget_says_when_to_come_back_and_what_is_stored_is_reported() {
    let place = Place::new();
    let spent = [("TALKTRACK_INGEST_REQUESTS_PER_DAY", "3")];
    let shown = place.run(&["run"], &spent);
    assert!(
        shown.starts_with("exit: 5") && shown.contains("hint: run again in"),
        "{shown}"
    );
    assert!(
        shown.contains("report: ")
            && place
                .folder
                .path()
                .join("lake/reports/index.html")
                .is_file(),
        "{shown}"
    );
}

#[test]
fn a_record_that_cannot_be_read_is_told_by_the_exit_code() {
    let place = Place::new();
    place.sandbox.edit(|dataset| {
        let ids = dataset.call_ids();
        let id = ids.first().expect("a call");
        assert!(dataset.change_call(id, |call| call["metaData"]["duration"] = "an hour".into()));
    });
    let shown = place.run(&["ingest"], &[]);
    assert!(
        shown.starts_with("exit: 3") && shown.contains("1 records rejected"),
        "{shown}"
    );
}

/// A demo must not mix made-up calls with real ones.
#[test]
fn a_demo_leaves_a_lake_with_calls_alone() {
    let place = Place::new();
    assert!(place.run(&["ingest"], &[]).starts_with("exit: 0"));
    let stored = place.lake();
    let shown = place.run(
        &["demo", "--calls", "20", "--days", "20", "--lake", "lake"],
        &[],
    );
    assert!(
        shown.starts_with("exit: 2") && shown.contains("already holds calls"),
        "{shown}"
    );
    assert_eq!(place.lake(), stored);
}

#[test]
fn a_plan_stores_nothing() {
    let place = Place::new();
    let shown = place.run(&["ingest", "--plan"], &[]);
    assert!(
        shown.starts_with("exit: 0")
            && shown.contains("40 calls")
            && shown.contains("nothing was stored"),
        "{shown}"
    );
    assert!(place.lake().is_empty());
    let wrong = place.run(
        &["ingest", "--from", "2026-06-05", "--to", "2026-06-05"],
        &[],
    );
    assert!(
        wrong.starts_with("exit: 2") && wrong.contains("--to is exclusive"),
        "{wrong}"
    );
}

#[test]
fn a_mistyped_lake_is_told_and_not_made() {
    let place = Place::new();
    for command in ["analyze", "report"] {
        let text = place.run(&[command, "--lake", "nowhere"], &[]);
        assert!(text.contains("exit: 7"), "{text}");
        assert!(text.contains("there is no lake at `nowhere`"), "{text}");
        assert!(!place.folder.path().join("nowhere").exists(), "{command}");
    }
}
