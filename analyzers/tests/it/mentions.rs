//! Dictionaries and mentions on the smallest calls that show each rule.

use talktrack_analyzers::metrics::mentions::{MentionEvidenceRow, MentionsRow};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Dictionaries, DictionarySource, Parameters, analyze};

use crate::notation::noted;

pub(crate) fn source(file: &str, body: &str) -> DictionarySource {
    let name = file.strip_suffix(".toml").expect(".toml");
    DictionarySource {
        file: file.to_owned(),
        text: format!("schema_version = 1\nname = \"{name}\"\n{body}"),
    }
}

pub(crate) const COMPETITORS: &str = r#"
[[entry]]
id = "acme"
label = "Acme"
terms = ["Acme", "Acme Cloud", "ackme"]

[[entry]]
id = "notion"
terms = ["Notion"]
case_sensitive = true
context = ["wiki", "workspace"]
veto = ["no Notion of"]

[[entry]]
id = "cafe"
terms = ["Café 24"]
"#;

pub(crate) fn with_competitors() -> Dictionaries {
    let sources = Dictionaries::layered(vec![source("competitors.toml", COMPETITORS)]);
    Dictionaries::compile(&sources).expect("sound dictionaries")
}

pub(crate) fn mentions(
    dictionaries: &Dictionaries,
    lines: &str,
) -> (Vec<MentionsRow>, Vec<MentionEvidenceRow>) {
    let analysis = Analysis {
        dictionaries,
        parameters: &Parameters::default(),
    };
    let only = ["metrics/mentions", "evidence/mentions"];
    let tables = analyze(&noted("1", lines).inputs(), &analysis, &only).expect("a sound schema");
    let find = |name: &str| {
        &tables
            .iter()
            .find(|(info, _)| info.name == name)
            .expect("the table")
            .1
    };
    (
        MentionsRow::from_batch(find("metrics/mentions")).expect("mentions"),
        MentionEvidenceRow::from_batch(find("evidence/mentions")).expect("evidence"),
    )
}

/// Asserts what is found in `dictionary`: entry, and the text that the byte range cuts out.
fn check(dictionary: &str, lines: &str, expected: &[(&str, &str)]) {
    let dictionaries = with_competitors();
    let call = noted("1", lines);
    let (_, evidence) = mentions(&dictionaries, lines);
    let found: Vec<(&str, &str)> = evidence
        .iter()
        .filter(|row| row.dictionary == dictionary)
        .map(|row| {
            let text = &call.sentences[row.sentence_index as usize].text;
            (
                row.entry.as_str(),
                &text[row.byte_start as usize..row.byte_end as usize],
            )
        })
        .collect();
    assert_eq!(found, expected, "{lines}");
}

#[test]
fn words_must_be_whole() {
    check(
        "competitors",
        "0-1 C: We saw Acme's demo, (acme) and ACME.",
        &[("acme", "Acme"), ("acme", "acme"), ("acme", "ACME")],
    );
    check(
        "competitors",
        "0-1 C: acmes acmeworks pacme acme2 acme're 2acme",
        &[],
    );
    check("competitors", "0-1 C: l'acme", &[]);
}

#[test]
fn plurals_count_where_the_dictionary_says_so() {
    check(
        "pricing",
        "0-1 R: discounts and prices",
        &[("discount", "discount"), ("cost", "price")],
    );
    check("pricing", "0-1 R: priced to sell", &[]);
}

#[test]
fn amounts_of_money_are_pricing() {
    check(
        "pricing",
        "0-1 R: that's $40,000 a year, or forty thousand Dollars",
        &[("amount", "$40,000"), ("amount", "forty thousand Dollars")],
    );
    check("pricing", "0-1 R: forty thousand visits", &[]);
}

#[test]
fn the_longest_of_one_dictionary_stays_and_a_failed_longer_one_hides_nothing() {
    check(
        "competitors",
        "0-1 C: on Acme Cloud now",
        &[("acme", "Acme Cloud")],
    );
    check(
        "competitors",
        "0-1 C: on Acme Clouds now",
        &[("acme", "Acme")],
    );
}

#[test]
fn unicode_folds_alike() {
    check(
        "competitors",
        "0-1 C: wir sind bei CAFÉ\u{a0}24 “Acme”",
        &[("cafe", "CAFÉ\u{a0}24"), ("acme", "Acme")],
    );
    check(
        "competitors",
        "0-1 C: bei Cafe\u{301} 24 und Ａｃｍｅ",
        &[("cafe", "Cafe\u{301} 24"), ("acme", "Ａｃｍｅ")],
    );
    check("competitors", "0-1 C: the cafe 24", &[]);
}

#[test]
fn a_name_that_is_a_word_needs_case_and_context() {
    check(
        "competitors",
        "0-1 C: we keep our wiki in Notion",
        &[("notion", "Notion")],
    );
    check("competitors", "0-1 C: we keep it in Notion", &[]);
    check("competitors", "0-1 C: the notion of a wiki", &[]);
    check("competitors", "0-1 C: they have no Notion of a wiki", &[]);
}

#[test]
fn objections_are_the_customers() {
    check(
        "objections",
        "0-1 C: that is too expensive for us",
        &[("price", "too expensive")],
    );
    check("objections", "0-1 R: that is too expensive for us", &[]);
    check("objections", "0-1 ?: that is too expensive for us", &[]);
}

#[test]
fn negation_cancels_within_its_clause() {
    check("objections", "0-1 C: it's really not too expensive", &[]);
    check("objections", "0-1 C: I don't think it's too expensive", &[]);
    check(
        "objections",
        "0-1 C: I did not like the demo, it's too expensive",
        &[("price", "too expensive")],
    );
    check(
        "objections",
        "0-1 C: it's not only too expensive",
        &[("price", "too expensive")],
    );
    check(
        "competitors",
        "0-1 C: we do not use Acme",
        &[("acme", "Acme")],
    );
}

#[test]
fn a_negated_term_takes_the_shorter_ones_in_it_along() {
    check(
        "objections",
        "0-1 C: there was no steep learning curve",
        &[],
    );
    check(
        "objections",
        "0-1 C: it has a steep learning curve",
        &[("effort", "steep learning curve")],
    );
}

#[test]
fn a_veto_inside_a_term_does_not_cancel_it() {
    // `right time` is a veto of the same entry.
    check(
        "objections",
        "0-1 C: this is not the right time",
        &[("timing", "not the right time")],
    );
    check(
        "objections",
        "0-1 C: it's the right time, do not push this out",
        &[],
    );
}

#[test]
fn weak_terms_need_a_second_cue_beside_them() {
    check("objections", "0-1 C: it is expensive", &[]);
    check(
        "objections",
        "0-1 C: it is expensive\n2-3 C: is there a discount",
        &[("price", "expensive"), ("price", "discount")],
    );
    check(
        "objections",
        "0-1 C: it is expensive\n2-3 R: is there a discount",
        &[],
    );
    check(
        "objections",
        "0-1 C: it is expensive\n2-3 R: hm\n4-5 C: is there a discount",
        &[],
    );
    check(
        "objections",
        "0-1 C: it is expensive\n2-3 C: it is expensive",
        &[],
    );
}

#[test]
fn dictionaries_do_not_hide_each_other() {
    let lines = "0-1 C: there is no budget left";
    check("objections", lines, &[("budget", "no budget left")]);
    check("pricing", lines, &[("budget", "budget")]);
}

#[test]
fn competitors_have_classes_and_others_none() {
    let class = |text: &str| {
        let (_, evidence) = mentions(&with_competitors(), &format!("0-1 C: {text}"));
        evidence[0].class.clone()
    };
    for (text, expected) in [
        ("we use Acme", "neutral"),
        ("we switched from Acme last year", "switch"),
        ("we are unhappy with Acme", "complaint"),
        ("is it better than Acme", "comparison"),
        ("we really like Acme", "praise"),
        ("we really like Acme but are leaving", "switch"),
    ] {
        assert_eq!(class(text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(class("what about a discount"), None);
}

#[test]
fn counts_are_by_entry_and_side() {
    let lines = "1000-2000 C: Acme and Acme Cloud\n5000-6000 R: not Acme\n7000-8000 C: Acme";
    let (counts, _) = mentions(&with_competitors(), lines);
    let counts: Vec<_> = counts
        .iter()
        .filter(|row| row.dictionary == "competitors")
        .map(|row| {
            (
                row.entry.as_str(),
                row.side.as_str(),
                row.mentions,
                row.first_start_ms,
                row.last_start_ms,
            )
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("acme", "company", 1, 5000, 5000),
            ("acme", "customer", 3, 1000, 7000),
        ]
    );
}

#[test]
fn the_embedded_competitors_are_none() {
    let dictionaries = crate::registry::embedded();
    assert_eq!(dictionaries.entries("competitors").count(), 0);
    assert_eq!(dictionaries.entries("objections").count(), 14);
    assert_eq!(
        dictionaries.names().collect::<Vec<_>>(),
        [
            "bant",
            "challenger",
            "competitors",
            "meddpicc",
            "objections",
            "pricing",
            "proof_points",
            "red_flags",
            "sandler",
            "spiced",
            "spin"
        ]
    );
}
