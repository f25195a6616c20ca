//! What terms may leave open, other spacings of names, and what methodologies need.

use talktrack_analyzers::metrics::methodology::MethodologyRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Dictionaries, DictionarySource, Parameters, analyze};

use crate::mentions::{COMPETITORS, mentions, source};
use crate::notation::noted;

fn compiled(sources: &[DictionarySource]) -> Dictionaries {
    Dictionaries::compile(sources).expect("sound dictionaries")
}

/// Entry and text of each mention of a sentence.
fn said(dictionaries: &Dictionaries, text: &str) -> Vec<(String, String)> {
    let (_, rows) = mentions(dictionaries, &format!("0-1000 C: {text}"));
    rows.into_iter()
        .map(|row| {
            let bytes = row.byte_start as usize..row.byte_end as usize;
            (row.entry, text[bytes].to_owned())
        })
        .collect()
}

fn pair(entry: &str, text: &str) -> (String, String) {
    (entry.to_owned(), text.to_owned())
}

#[test]
fn names_are_found_with_other_spaces_and_hyphens() {
    let body = "variants = true\n[[entry]]\nid = \"one\"\nterms = [\"SalesForce\", \"hub spot\"]\n
        [[entry]]\nid = \"two\"\ncase_sensitive = true\nterms = [\"Big Sky\"]\n";
    let dictionaries = compiled(&[source("competitors.toml", body)]);
    for text in [
        "Salesforce",
        "sales force",
        "Sales-Force",
        "SALES  FORCE",
        "HubSpot",
        "hub-spot",
    ] {
        assert_eq!(said(&dictionaries, text), [pair("one", text)], "{text}");
    }
    assert_eq!(said(&dictionaries, "hub, spot"), []);
    assert_eq!(said(&dictionaries, "Big Sky"), [pair("two", "Big Sky")]);
    assert_eq!(said(&dictionaries, "BigSky and big sky"), []);
    let exact = body.replace("variants = true", "variants = false");
    let dictionaries = compiled(&[source("competitors.toml", &exact)]);
    assert_eq!(said(&dictionaries, "sales force and hub-spot"), []);
}

#[test]
fn a_competitor_may_stand_in_a_term_of_another_dictionary() {
    let own = "[[entry]]\nid = \"leaving\"\nterms = [\"going with <competitor>\", \"<competitor> ~ won\"]\n
        [[entry]]\nid = \"any\"\nterms = [\"<competitor>\"]\n";
    let dictionaries = compiled(&[
        source("competitors.toml", COMPETITORS),
        source("features.toml", own),
    ]);
    let told = |text: &str| -> Vec<(String, String)> {
        let all = said(&dictionaries, text);
        all.into_iter()
            .filter(|(entry, _)| ["leaving", "any"].contains(&entry.as_str()))
            .collect()
    };
    assert_eq!(
        told("we are going with Acme Cloud's people"),
        [pair("leaving", "going with Acme Cloud")]
    );
    assert_eq!(
        told("ackme has just won it"),
        [pair("leaving", "ackme has just won")]
    );
    assert_eq!(told("we know Café 24"), [pair("any", "Café 24")]);
    assert_eq!(told("going with acmeology"), []);
    // Without competitors nothing fills the slot.
    let dictionaries = compiled(&[source("features.toml", own)]);
    assert_eq!(said(&dictionaries, "going with Acme"), []);
}

#[test]
fn what_can_never_be_found_is_refused() {
    let error = |file: &str, body: &str| {
        let errors = Dictionaries::compile(&[source(file, body)]).expect_err("a fault");
        errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let entry = |id: &str, rest: &str| format!("[[entry]]\nid = \"{id}\"\n{rest}\n");
    let long = "word ".repeat(40);
    let cases = [
        (
            "features.toml",
            entry("a", "terms = [\"put ~ it ~ on ~ some ~ shelf\"]"),
            "at most 3 gaps",
        ),
        (
            "features.toml",
            entry("a", &format!("terms = [\"{long}\"]")),
            "more than 120 letters",
        ),
        (
            "features.toml",
            entry("a", "case_sensitive = true\nterms = [\"Going ~ Acme\"]"),
            "without `case_sensitive`",
        ),
        (
            "fillers.toml",
            format!(
                "kind = \"cues\"\n{}",
                entry("discourse", "terms = [\"sort ~ of\"]")
            ),
            "read word by word",
        ),
        (
            "features.toml",
            entry("a", "terms = [\"x y\"]\nneeds = [\"<num>\"]"),
            "end the id in `-evidence`",
        ),
        (
            "bant.toml",
            entry(
                "budget-evidence",
                "terms = [\"x y\"]\nneeds = [\"<price>\"]",
            ),
            "is no slot; name some of: <date>, <duration>",
        ),
        (
            "competitors.toml",
            format!(
                "variants = true\n{}{}",
                entry("a", "terms = [\"Sales Force\"]"),
                entry("b", "terms = [\"salesforce\"]")
            ),
            "stands on line 6 already, in entry `a`, but for spaces and hyphens",
        ),
    ];
    for (file, body, told) in cases {
        let error = error(file, &body);
        assert!(error.contains(told), "{told} is not in: {error}");
    }
}

#[test]
fn evidence_without_what_it_needs_stays_vague() {
    let body = "[[entry]]\nid = \"budget-evidence\"\nsaid_by = \"customer\"\nterms = [\"our budget is\"]\nneeds = [\"<money>\", \"<num>\"]\n";
    let dictionaries = compiled(&[source("bant.toml", body)]);
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let told = |lines: &str| -> Vec<(i64, i64, i64)> {
        let tables = analyze(
            &noted("1", lines).inputs(),
            &analysis,
            &["metrics/methodology"],
        )
        .expect("a sound schema");
        let rows = MethodologyRow::from_batch(&tables[0].1).expect("its own rows");
        rows.iter()
            .map(|row| (row.evidenced, row.substantiated, row.score))
            .collect()
    };
    assert_eq!(told("0-1 C: our budget is tight"), [(1, 0, 1)]);
    assert_eq!(told("0-1 C: our budget is $40,000"), [(1, 1, 2)]);
    assert_eq!(
        told("0-1 C: our budget is tight\n1-2 C: no, our budget is forty thousand"),
        [(2, 1, 2)]
    );
}
