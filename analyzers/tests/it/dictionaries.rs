//! What is said about dictionary files that are wrong, and what their digests depend on.

use talktrack_analyzers::{
    Analysis, Dictionaries, DictionarySource, Parameters, definition, tables,
};

use crate::mentions::{COMPETITORS, source};
use crate::registry::embedded;

fn errors(sources: &[DictionarySource]) -> String {
    let errors = Dictionaries::compile(sources).expect_err("broken dictionaries");
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn errors_in(text: &str) -> String {
    errors(&[DictionarySource {
        file: "mine.toml".to_owned(),
        text: text.to_owned(),
    }])
}

#[test]
fn every_error_of_every_file_is_told_at_once() {
    let first = DictionarySource {
        file: "mine.toml".to_owned(),
        text: r#"
schema_version = 2
name = "other"
colour = "red"
said_by = "rep"
plurals = "yes"

[[entry]]
id = "one"
terms = ["alpha", "", "beta"]
wieght = 3

[[entry]]
id = "one"
terms = ["Alpha"]

[[entry]]
id = "Bad Id"
terms = ["gamma", 7]

[[entry]]
id = "none"

[[entry]]
terms = "delta"

[[entry]]
id = "slots"
terms = ["in <duration>", "hard to ~ spend"]
"#
        .to_owned(),
    };
    let second = source(
        "yours.toml",
        "kind = \"classes\"\napplies_to = [\"nothing\"]\nentry = 3",
    );
    insta::assert_snapshot!(errors(&[first, second]));
}

#[test]
fn broken_toml_is_told_by_line() {
    insta::assert_snapshot!(errors_in(
        "schema_version = 1\nname = mine\nterms = [\"a\"\n"
    ));
}

#[test]
fn missing_keys_say_what_to_write() {
    insta::assert_snapshot!(errors_in(""));
}

#[test]
fn lists_that_nobody_reads_are_told() {
    let text = "kind = \"cues\"\n[[entry]]\nid = \"tag\"\nterms = [\"right\"]";
    let told = errors(&[source("questions.toml", text)]);
    assert!(
        told.starts_with("questions.toml:5: no analyzer reads the list `tag`; the lists are: "),
        "{told}"
    );
}

#[test]
fn references_must_lead_somewhere() {
    let text =
        "kind = \"negation\"\napplies_to = [\"nothing\"]\n[[entry]]\nid = \"a\"\nterms = [\"not\"]";
    insta::assert_snapshot!(errors(&[source("mine.toml", text)]));
}

fn digest_of(body: &str) -> String {
    let compiled = Dictionaries::compile(&[source("competitors.toml", body)]).expect("sound");
    compiled.digest("competitors").expect("a digest").to_owned()
}

#[test]
fn comments_and_order_of_terms_do_not_change_a_digest() {
    let commented = format!(
        "# mine\n{}",
        COMPETITORS.replace("label", "\n  # a comment\nlabel")
    );
    assert_eq!(digest_of(COMPETITORS), digest_of(&commented));
    let reordered = COMPETITORS.replace(r#""Acme", "Acme Cloud""#, r#""Acme Cloud", "Acme""#);
    assert_ne!(COMPETITORS, reordered);
    assert_eq!(digest_of(COMPETITORS), digest_of(&reordered));
    let other = COMPETITORS.replace("ackme", "akme");
    assert_ne!(digest_of(COMPETITORS), digest_of(&other));
}

/// Names of the tables whose definition differs between two analyses.
fn stale(before: &Analysis<'_>, after: &Analysis<'_>) -> Vec<&'static str> {
    tables()
        .into_iter()
        .map(|info| info.name)
        .filter(|table| definition(before, table) != definition(after, table))
        .collect()
}

/// Tables that the user's dictionary `file` makes stale.
fn stale_after(file: &str, body: &str) -> Vec<&'static str> {
    let parameters = Parameters::default();
    let changed =
        Dictionaries::compile(&Dictionaries::layered(vec![source(file, body)])).expect("sound");
    let plain = embedded();
    let [before, after] = [&plain, &changed].map(|dictionaries| Analysis {
        dictionaries,
        parameters: &parameters,
    });
    stale(&before, &after)
}

#[test]
fn a_dictionary_makes_stale_only_what_reads_it() {
    // Objections, and what shows that a competitor is known, leave the name open.
    assert_eq!(
        stale_after("competitors.toml", COMPETITORS),
        [
            "evidence/mentions",
            "evidence/objections",
            "evidence/pace",
            "metrics/mentions",
            "metrics/methodology",
            "metrics/methodology_call",
            "metrics/objections",
            "metrics/pace"
        ]
    );
    // A dictionary that was not there may be in another language.
    let language = "metrics/language";
    assert_eq!(
        stale_after("features.toml", COMPETITORS),
        ["evidence/mentions", language, "metrics/mentions"]
    );
    let questions = [
        "evidence/questions",
        "metrics/question_intents",
        "metrics/questions",
    ];
    assert_eq!(stale_after("questions.toml", "kind = \"cues\""), questions);
    assert_eq!(stale_after("nobodys.toml", "kind = \"cues\""), [language]);
}

#[test]
fn a_parameter_makes_stale_only_what_uses_it() {
    let dictionaries = embedded();
    let (before, after) = (
        Parameters::default(),
        Parameters {
            monologue_gap_ms: 2000,
            ..Parameters::default()
        },
    );
    let [before, after] = [&before, &after].map(|parameters| Analysis {
        dictionaries: &dictionaries,
        parameters,
    });
    assert_eq!(
        stale(&before, &after),
        ["evidence/stretches", "metrics/interaction", "metrics/talk"]
    );
}

#[test]
fn every_metric_table_has_a_definition_and_no_other() {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    for info in tables() {
        let is_computed = info.name.starts_with("metrics/") || info.name.starts_with("evidence/");
        assert_eq!(
            !definition(&analysis, info.name).is_empty(),
            is_computed,
            "{}",
            info.name
        );
    }
}
