//! The demo from outside, and the proof that its comparison with the truth can fail.

use std::path::Path;

use talktrack::lake::Lake;
use talktrack::truth_check::{Comparison, Observed, compare};
use talktrack_fixtures::Truth;

use crate::cli::{shown, talktrack};

const SMALL: [&str; 7] = ["demo", "--out", "demo", "--calls", "120", "--days", "60"];

fn demo(folder: &Path) -> serde_json::Value {
    let arguments: Vec<&str> = SMALL.into_iter().chain(["--json"]).collect();
    let output = talktrack(folder, &arguments, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    serde_json::from_slice(&output.stdout).expect("JSON on stdout")
}

fn comparison(folder: &Path) -> Comparison {
    let truth: Truth =
        serde_json::from_slice(&std::fs::read(folder.join("demo/truth.json")).expect("the truth"))
            .expect("JSON");
    let lake = folder.join("demo/lake").display().to_string();
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async { Observed::read(&Lake::open(&lake).await.expect("a lake")).await })
        .map(|observed| compare(&truth, &observed))
        .expect("tables")
}

/// Measures the demo's lake again after something was changed.
fn measure_again(folder: &Path, variables: &[(&str, &str)]) {
    let demo = folder.join("demo");
    for command in ["analyze", "report"] {
        let output = talktrack(
            &demo,
            &[command, "--now", "2026-07-01T06:00:00Z"],
            variables,
        );
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    }
}

fn failing(comparison: &Comparison) -> Vec<&'static str> {
    comparison
        .exact
        .iter()
        .filter(|check| check.different > 0)
        .map(|check| check.name)
        .collect()
}

#[test]
fn the_demo_finds_what_was_planted() {
    let folder = tempfile::tempdir().expect("a folder");
    let outcome = demo(folder.path());
    assert!(comparison(folder.path()).is_equal());
    assert_eq!(outcome["summary"]["calls_listed"], 120);
    assert!(folder.path().join("demo/pages/index.html").is_file());
    // A second demo in the same folder starts anew.
    assert_eq!(demo(folder.path()), outcome);
}

/// A comparison that cannot fail proves nothing: a term taken out of a dictionary, and a threshold moved, must be seen.
#[test]
fn a_broken_dictionary_entry_and_a_broken_formula_are_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    demo(folder.path());
    let path = folder.path().join("demo/dictionaries/competitors.toml");
    let whole = std::fs::read_to_string(&path).expect("the dictionary");
    // A card of a competitor that is taken out would be refused.
    std::fs::remove_dir_all(folder.path().join("demo/cards")).expect("cards");
    std::fs::create_dir(folder.path().join("demo/cards")).expect("a folder");
    let (head, rest) = whole.split_once("[[entry]]").expect("an entry");
    let (_, rest) = rest.split_once("[[entry]]").expect("a second entry");
    std::fs::write(&path, format!("{head}[[entry]]{rest}")).expect("written");
    measure_again(folder.path(), &[]);
    assert_eq!(
        failing(&comparison(folder.path())),
        ["competitors in the dictionary's words"]
    );

    std::fs::write(&path, whole).expect("written");
    measure_again(folder.path(), &[]);
    assert!(comparison(folder.path()).is_equal());

    measure_again(
        folder.path(),
        &[("TALKTRACK_ANALYZE_TWO_SIDED_CUSTOMER_MS", "300000")],
    );
    let failing = failing(&comparison(folder.path()));
    assert!(failing.contains(&"calls: both sides spoke"), "{failing:?}");
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("demo")).expect("a folder");
    std::fs::write(folder.path().join("demo/notes.txt"), "mine").expect("a file");
    insta::assert_snapshot!(shown(&talktrack(folder.path(), &SMALL, &[])));
}
