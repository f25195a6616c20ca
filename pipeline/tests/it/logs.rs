//! What is said on stderr: in which form, and what is never said.

use talktrack_fixtures::FaultKind;

use crate::failures::Place;

fn stderr(shown: &str) -> &str {
    shown.split("----- stderr -----\n").nth(1).expect("stderr")
}

/// The lines of stderr, each of which must be an object with the names that are promised.
fn objects(shown: &str) -> Vec<serde_json::Value> {
    let objects: Vec<serde_json::Value> = stderr(shown)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for object in &objects {
        for name in ["time", "level", "target", "message"] {
            assert!(object[name].is_string(), "{object}");
        }
        assert!(object["fields"].is_object(), "{object}");
        let time = object["time"].as_str().expect("a time");
        assert!(time.ends_with('Z') && time.len() == 24, "{time}");
        let target = object["target"].as_str().expect("a target");
        let is_loud = matches!(object["level"].as_str(), Some("ERROR" | "WARN"));
        assert!(is_loud || target.starts_with("talktrack"), "{object}");
    }
    objects
}

/// A server that gives back what it got, and more.
fn echo() -> FaultKind {
    let echoed = "key my-access-key, secret hush-hush-secret, Authorization: Basic bXktYWNjZXNzLWtleTpodXNoLWh1c2gtc2VjcmV0";
    let message = format!("{echoed} \u{1b}]0;owned\u{7}\r\u{9b}2J\n ERROR forged");
    let body = serde_json::json!({"requestId": "r\u{1b}[31m", "errors": [message]});
    FaultKind::Status {
        status: 503,
        headers: Vec::new(),
        body: body.to_string(),
    }
}

const CREDENTIALS: &[(&str, &str)] = &[
    ("GONG_ACCESS_KEY", "my-access-key"),
    ("GONG_ACCESS_KEY_SECRET", "hush-hush-secret"),
];

#[test]
fn secrets_are_nowhere_and_nothing_acts_on_the_terminal() {
    for form in ["text", "json"] {
        for arguments in [
            &["check", "-vvv"][..],
            &["config"],
            &["ingest", "-vvv"],
            &["ingest", "-q"],
            &["run", "-v"],
        ] {
            let place = Place::new();
            place.fault("/v2/workspaces", &echo(), 2);
            let mut arguments = arguments.to_vec();
            arguments.extend(["--log-format", form]);
            let shown = place.run(&arguments, CREDENTIALS);
            // The secret, the key, and the header that both become.
            for secret in ["hush-hush", "my-access-key", "bXktYWNj"] {
                assert!(!shown.contains(secret), "{arguments:?}: {shown}");
            }
            let is_tame = !shown.chars().any(|c| c.is_control() && c != '\n');
            assert!(is_tame, "{arguments:?}: {shown:?}");
            if form == "json" {
                objects(&shown);
            }
        }
    }
}

#[test]
fn a_failure_is_one_object_too() {
    let place = Place::new();
    let shown = place.run(&["ingest", "--log-format", "json"], CREDENTIALS);
    let objects = objects(&shown);
    let last = objects.last().expect("a line");
    assert_eq!(last["level"], "ERROR", "{last}");
    assert_eq!(last["fields"]["exit_code"], 4, "{last}");
    assert!(last["fields"]["hint"].is_string(), "{last}");
}

/// The setting, the variable and the flag, the last one winning.
#[test]
fn the_form_is_a_setting() {
    let place = Place::new();
    let settings = place.folder.path().join("talktrack.toml");
    std::fs::write(&settings, "[log]\nformat = \"json\"\n").expect("settings");
    let from_file = place.run(&["ingest"], CREDENTIALS);
    assert_eq!(objects(&from_file).len(), 1, "{from_file}");
    let variable = ("TALKTRACK_LOG_FORMAT", "text");
    let mut changes = CREDENTIALS.to_vec();
    changes.push(variable);
    let from_environment = place.run(&["ingest"], &changes);
    assert!(
        stderr(&from_environment).starts_with("error: "),
        "{from_environment}"
    );
    let from_flag = place.run(&["ingest", "--log-format", "json"], &changes);
    assert_eq!(objects(&from_flag).len(), 1, "{from_flag}");
    std::fs::write(&settings, "[log]\nformat = \"xml\"\n").expect("settings");
    let wrong = place.run(&["ingest"], &[]);
    assert!(
        wrong.starts_with("exit: 2") && wrong.contains("it must be `text` or `json`"),
        "{wrong}"
    );
}

/// Cron writes to a file: without the time, nobody knows when.
#[test]
fn text_says_when_where_nobody_watches() {
    let place = Place::new();
    let tired = FaultKind::Status {
        status: 500,
        headers: Vec::new(),
        body: String::new(),
    };
    place.fault("/v2/workspaces", &tired, 1);
    let shown = place.run(&["ingest", "-vv"], &[]);
    let is_timed =
        regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG| INFO| WARN) ")
            .expect("a pattern");
    let lines: Vec<&str> = stderr(&shown).lines().collect();
    assert!(!lines.is_empty(), "{shown}");
    for line in lines {
        assert!(is_timed.is_match(line), "{line}");
    }
}
