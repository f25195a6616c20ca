//! `status` and the records of runs that it tells of.

use talktrack_fixtures::FaultKind;

use crate::failures::Place;

/// What was printed to stdout.
fn stdout(shown: &str) -> &str {
    let rest = shown.split("----- stdout -----\n").nth(1).expect("stdout");
    rest.split("----- stderr").next().expect("stdout")
}

#[test]
fn a_lake_that_is_not_there_is_not_made() {
    let place = Place::new();
    for address in ["nowhere", "nowhere/further"] {
        let shown = place.run(&["status", "--lake", address], &[]);
        assert!(
            shown.starts_with("exit: 0") && shown.contains("is empty; `talktrack run` fills it"),
            "{shown}"
        );
        assert!(!place.folder.path().join("nowhere").exists());
    }
    let json = place.run(&["status", "--json", "--lake", "nowhere"], &[]);
    let status: serde_json::Value = serde_json::from_str(stdout(&json)).expect("JSON");
    assert_eq!(status["state"], 0);
}

/// Neither credentials nor Gong are needed.
#[test]
fn what_is_open_and_why() {
    let place = Place::new();
    place.sandbox.edit(|dataset| {
        let ids = dataset.call_ids();
        let odd = ids.first().expect("a call").clone();
        let untold = ids.get(1).expect("another").clone();
        assert!(dataset.change_call(&odd, |call| {
            call["metaData"]["duration"] = "an\u{1b}[31m hour".into();
        }));
        assert!(dataset.remove_transcript(&untold));
    });
    let run = place.run(&["run", "-q"], &[]);
    assert!(run.starts_with("exit: 3"), "{run}");
    let nobody = [
        ("GONG_ACCESS_KEY", ""),
        ("TALKTRACK_GONG_BASE_URL", "https://nowhere.invalid"),
    ];
    let shown = place.run(&["status"], &nobody);
    assert!(
        !shown.chars().any(|c| c.is_control() && c != '\n'),
        "{shown:?}"
    );
    assert!(
        shown.lines().all(|line| line.chars().count() <= 100),
        "{shown}"
    );
    insta::with_settings!({filters => vec![
        (r"\(state \d+\)", "(state [n])"),
        (r"\d+ of 10000 reserved", "[n] of 10000 reserved"),
        (r"\d+ free again", "[n] free again"),
    ]}, {
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn everything_is_told_to_machines() {
    let place = Place::new();
    assert!(place.run(&["run"], &[]).starts_with("exit: 0"));
    let shown = place.run(&["status", "--json"], &[]);
    let status: serde_json::Value = serde_json::from_str(stdout(&shown)).expect("JSON");
    let names: Vec<&String> = status.as_object().expect("an object").keys().collect();
    insta::assert_json_snapshot!(names);
    let months = status["months"].as_array().expect("months");
    let of = |name: &str| -> i64 {
        let counts = months.iter().map(|month| month[name].as_i64());
        counts.map(|count| count.expect(name)).sum()
    };
    assert_eq!(of("listed"), 40);
    assert_eq!(status["calls_listed"], 40);
    assert_eq!(of("stored") + of("private"), 40);
    assert_eq!(of("days_complete") + of("days_open"), of("days_known"));
    let open = status["days_open"].as_array().expect("days").len();
    assert_eq!(of("days_open"), i64::try_from(open).expect("few"));
    assert_eq!(status["open"][0]["reason"], "look_back");
    assert_eq!(status["runs"][0]["exit_code"], 0);
}

#[test]
fn a_night_that_was_missed_is_told() {
    let place = Place::new();
    assert!(place.run(&["ingest"], &[]).starts_with("exit: 0"));
    let shown = place.run_at("2026-07-04T06:00:00Z", &["status"], &[]);
    assert!(
        shown.contains("no run in the last 72 hours: check that it is still scheduled"),
        "{shown}"
    );
    assert!(
        shown.contains("2026-07-02 to 2026-07-04    3 days  not read yet"),
        "{shown}"
    );
}

#[test]
fn runs_that_failed_leave_a_record_and_those_that_never_began_leave_none() {
    let place = Place::new();
    let wrong = [("GONG_ACCESS_KEY_SECRET", "hush-hush-hush")];
    assert!(place.run(&["ingest"], &wrong).starts_with("exit: 4"));
    assert!(place.run(&["run"], &[]).starts_with("exit: 0"));
    for arguments in [
        &["ingest", "--plan"][..],
        &["ingest", "--from", "2026-06-05", "--to", "2026-06-05"],
        &["status"],
        &["analyze"],
    ] {
        place.run(arguments, &[]);
    }
    let records = place.records();
    let told: Vec<(&str, u64)> = records
        .iter()
        .map(|record| {
            (
                record["command"].as_str().expect("a command"),
                record["exit_code"].as_u64().expect("a code"),
            )
        })
        .collect();
    // Both may have begun in the same second.
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.contains(&("ingest", 4)) && told.contains(&("run", 0)),
        "{told:?}"
    );
    let text = serde_json::to_string(&records).expect("JSON");
    assert!(!text.contains("hush"), "{text}");
    let done = records
        .iter()
        .find(|record| record["exit_code"] == 0)
        .expect("a good run");
    assert_eq!(done["ingest"]["calls_listed"], 40);
    assert_eq!(done["requests"], done["ingest"]["requests"]);
    assert!(done["analyze"]["calls"].as_u64() > Some(0), "{done}");
    assert!(done["report"]["pages"].as_u64() > Some(0), "{done}");
    assert!(
        done["lake"]["partitions_written"].as_u64() > Some(0),
        "{done}"
    );
    #[cfg(target_os = "linux")]
    assert!(done["peak_memory_bytes"].as_u64() > Some(1 << 20), "{done}");
}

#[test]
fn the_record_tells_what_was_met_on_the_way() {
    let place = Place::new();
    let tired = FaultKind::Status {
        status: 503,
        headers: Vec::new(),
        body: String::new(),
    };
    place.fault("/v2/users", &tired, 2);
    assert!(place.run(&["ingest"], &[]).starts_with("exit: 0"));
    let records = place.records();
    assert_eq!(records[0]["troubles"], serde_json::json!({"failed": 2}));
}

/// The record is an extra: where it cannot be written, the run is what it was.
#[test]
fn a_record_that_cannot_be_written_does_not_change_the_run() {
    let place = Place::new();
    let log = place.folder.path().join("lake/_talktrack");
    std::fs::create_dir_all(&log).expect("a folder");
    std::fs::write(log.join("runs"), "in the way").expect("a file");
    let shown = place.run(&["ingest"], &[]);
    assert!(
        shown.starts_with("exit: 0")
            && shown.contains("WARN the record of this run cannot be written"),
        "{shown}"
    );
}
