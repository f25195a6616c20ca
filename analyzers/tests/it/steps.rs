//! Objections and their answers, prices and next steps on the smallest calls that show each rule.

use talktrack_analyzers::metrics::methodology::{MethodologyCallRow, MethodologyRow};
use talktrack_analyzers::metrics::next_steps::{NextStepEvidenceRow, NextStepsRow};
use talktrack_analyzers::metrics::objections::{ObjectionEvidenceRow, ObjectionsRow};
use talktrack_analyzers::metrics::pricing::PricingRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Parameters, analyze};

use crate::mentions::source;
use crate::notation::noted;
use crate::registry::embedded;

fn rows_of<R: Row>(lines: &str) -> Vec<R> {
    rows_in(None, lines)
}

fn rows_in<R: Row>(language: Option<&str>, lines: &str) -> Vec<R> {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let mut call = noted("1", lines);
    call.calls[0].language = language.map(str::to_owned);
    let tables = analyze(&call.inputs(), &analysis, &[R::table().name]).expect("a sound schema");
    R::from_batch(&tables[0].1).expect("its own rows")
}

const ANSWERED: &str = "
    0-3000 C: that is too expensive for us
    3000-4000 C: it is more than we expected
    4000-6000 R: I hear you, that is a fair point
    6000-9000 R: compared to what, if I may ask
    9000-12000 C: to what we pay today
    12000-15000 R: other customers save twenty percent with it
    15000-18000 C: still, not the right time
    18000-20000 C: and so on
    20000-22000 C: and so forth";

#[test]
fn an_objection_is_answered_within_six_sentences() {
    let rows: Vec<ObjectionsRow> = rows_of(ANSWERED);
    let told: Vec<(&str, i64, Option<i64>)> = rows
        .iter()
        .map(|row| (row.entry.as_str(), row.raised, row.handled))
        .collect();
    assert_eq!(told, [("price", 1, Some(1)), ("timing", 1, Some(0))]);
    let price = &rows[0];
    assert_eq!(
        (
            price.acknowledged,
            price.clarified,
            price.evidenced,
            price.confirmed
        ),
        (Some(1), Some(1), Some(1), Some(0))
    );
    let evidence: Vec<ObjectionEvidenceRow> = rows_of(ANSWERED);
    assert_eq!(
        (
            evidence[0].sentence_index,
            evidence[0].sentence_index_end,
            evidence[0].answer_sentence_index
        ),
        (0, 1, Some(2))
    );
    assert_eq!(evidence[0].answers, "acknowledge,clarify,evidence");
    assert_eq!(
        (
            evidence[1].answers.as_str(),
            evidence[1].answer_sentence_index
        ),
        ("", None)
    );
}

#[test]
fn the_customers_own_words_answer_nothing_and_what_is_far_apart_is_another_objection() {
    let lines = "
        0-1000 C: that is too expensive
        1000-2000 C: I hear you say that it makes sense
        2000-3000 R: well
        3000-4000 R: well
        4000-5000 R: well
        5000-6000 R: well
        6000-7000 R: well
        7000-8000 R: that's fair
        8000-9000 C: too expensive I said";
    let rows: Vec<ObjectionsRow> = rows_of(lines);
    assert_eq!((rows[0].raised, rows[0].handled), (2, Some(0)));
    assert!(rows_of::<ObjectionsRow>("0-1000 R: it is not too expensive").is_empty());
}

#[test]
fn prices_are_told_by_time_and_side() {
    let lines = "
        0-10000 R: welcome to this call
        20000-25000 C: so what is the price of it
        30000-40000 R: it is $40,000 a year";
    let rows: Vec<PricingRow> = rows_of(lines);
    let row = &rows[0];
    assert_eq!(
        (row.company_mentions, row.customer_mentions),
        (Some(1), Some(1))
    );
    assert_eq!(
        (
            row.first_start_ms,
            row.first_share,
            row.raised_by.as_deref()
        ),
        (Some(20_000), Some(0.5), Some("customer"))
    );
    let none: Vec<PricingRow> = rows_of("0-1000 R: hello there");
    assert_eq!(
        (none[0].company_mentions, none[0].first_start_ms),
        (Some(0), None)
    );
    let other: Vec<PricingRow> = rows_in(Some("deu"), lines);
    assert_eq!(
        (other[0].company_mentions, other[0].quality_flags.as_str()),
        (None, "language_not_covered")
    );
}

fn level(said: &str) -> (Option<i64>, Option<String>) {
    let rows: Vec<NextStepsRow> = rows_of(&format!("0-1000 R: {said}"));
    (rows[0].level, rows[0].level_name.clone())
}

#[test]
fn a_next_step_is_as_good_as_what_it_names() {
    let cases = [
        ("I'll send you the proposal by Tuesday", 3, "specific"),
        (
            "let's schedule a demo for the twelfth of march",
            3,
            "specific",
        ),
        ("could you send us the contract in two weeks", 3, "specific"),
        ("I'll send you the proposal", 2, "semi_specific"),
        ("the follow up is next week", 2, "semi_specific"),
        ("we can follow up at some point", 1, "vague"),
        ("a demo would be nice", 1, "vague"),
        ("we didn't send it last week", 0, "none"),
        ("if we schedule a demo on Tuesday", 0, "none"),
        ("it was good to meet you", 0, "none"),
    ];
    for (said, number, name) in cases {
        assert_eq!(level(said), (Some(number), Some(name.to_owned())), "{said}");
    }
}

#[test]
fn next_steps_are_looked_for_at_the_end() {
    let lines = "
        0-1000 R: I'll send you the proposal by Tuesday
        400000-401000 R: let's follow up
        1000000-1001000 C: could you share it with me
        1100000-1101000 ?: I'll send it tomorrow";
    let rows: Vec<NextStepsRow> = rows_of(lines);
    // A fifth of eighteen minutes is more than three.
    assert_eq!(
        (rows[0].zone_start_ms, rows[0].level, rows[0].next_steps),
        (880_800, Some(2), Some(1))
    );
    let evidence: Vec<NextStepEvidenceRow> = rows_of(lines);
    let places: Vec<(i32, i64)> = evidence
        .iter()
        .map(|row| (row.sentence_index, row.level))
        .collect();
    assert_eq!(places, [(2, 2)]);
    let other: Vec<NextStepsRow> = rows_in(Some("deu"), lines);
    assert_eq!((other[0].level, other[0].next_steps), (None, None));
}

#[test]
fn next_steps_keep_the_words_that_say_when() {
    let cases = [
        ("I'll send the contract next Tuesday", Some("next tuesday")),
        (
            "let's meet again on Tuesday, the 12th of June",
            Some("tuesday, the 12th of june"),
        ),
        (
            "we'll follow up in two weeks, on a Friday",
            Some("in two weeks, friday"),
        ),
        (
            "I'll send it\u{a0}by the END of the week",
            Some("end of the week"),
        ),
        ("I'll send it at 3 pm", None),
        ("I'll send it", None),
    ];
    for (said, due) in cases {
        let lines = format!("0-1000 R: {said}");
        let evidence: Vec<NextStepEvidenceRow> = rows_of(&lines);
        assert_eq!(evidence[0].due.as_deref(), due, "{said}");
        let rows: Vec<NextStepsRow> = rows_of(&lines);
        assert_eq!(rows[0].due, evidence[0].due, "{said}");
    }
    let lines = "
        0-1000 R: I'll send the offer tomorrow
        1000-2000 C: great, could you also send it to Ann by Friday";
    let rows: Vec<NextStepsRow> = rows_of(lines);
    assert_eq!(rows[0].due.as_deref(), Some("tomorrow; friday"));
}

#[test]
fn methodologies_tell_what_was_asked_and_what_was_shown() {
    let lines = "
        0-3000 R: how do you measure that
        3000-6000 C: our target is 40 hours less
        6000-9000 R: who signs in the end
        9000-12000 R: and what happens if nothing changes
        12000-15000 C: who signs, you ask";
    let rows: Vec<MethodologyRow> = rows_of(lines);
    let told: Vec<(&str, &str, i64, i64, i64)> = rows
        .iter()
        .filter(|row| ["meddpicc", "spin"].contains(&row.methodology.as_str()))
        .map(|row| {
            (
                row.methodology.as_str(),
                row.criterion.as_str(),
                row.asked,
                row.evidenced,
                row.score,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("meddpicc", "economic-buyer", 1, 0, 1),
            ("meddpicc", "metrics", 1, 1, 2),
            ("spin", "implication", 1, 0, 1)
        ]
    );
    let calls: Vec<MethodologyCallRow> = rows_of(lines);
    let meddpicc = calls
        .iter()
        .find(|row| row.methodology == "meddpicc")
        .expect("a row");
    assert_eq!(
        (
            meddpicc.criteria,
            meddpicc.criteria_asked,
            meddpicc.criteria_evidenced,
            meddpicc.score
        ),
        (8, Some(2), Some(1), Some(3))
    );
    assert_eq!(calls.len(), 6);
    let other: Vec<MethodologyCallRow> = rows_in(Some("deu"), lines);
    assert!(
        other
            .iter()
            .all(|row| row.score.is_none() && row.quality_flags == "language_not_covered")
    );
}

#[test]
fn terms_may_leave_something_open_and_malformed_ones_are_told() {
    let body =
        "[[entry]]\nid = \"a\"\nterms = [\"circle back in <duration>\", \"put ~ on hold\"]\n";
    let own = source("features.toml", body);
    let compiled = talktrack_analyzers::Dictionaries::compile(&[own]).expect("sound");
    let call = noted(
        "1",
        "0-1 C: We put the whole thing on hold, circle back in two weeks.",
    )
    .inputs();
    let calls = call.calls().expect("a call");
    let found = compiled.mentions(&calls[0]);
    let said: Vec<&str> = found
        .iter()
        .map(|mention| &calls[0].sentences[0].text[mention.bytes.clone()])
        .collect();
    assert_eq!(
        said,
        ["put the whole thing on hold", "circle back in two weeks"]
    );
    for (term, told) in [
        ("in <weeks>", "the slots are <competitor>, <date>"),
        ("~ too much", "on both sides of each `~`"),
        ("<num> <date>", "has no word of its own"),
        ("the", "stands in every other sentence"),
        ("a~b", "within a word"),
    ] {
        let wrong = source(
            "features.toml",
            &format!("[[entry]]\nid = \"a\"\nterms = [\"{term}\"]\n"),
        );
        let errors = talktrack_analyzers::Dictionaries::compile(&[wrong]).expect_err("malformed");
        assert!(
            errors[0].to_string().contains(told),
            "{term}: {}",
            errors[0]
        );
    }
    let own = source(
        "features.toml",
        "[[entry]]\nid = \"a\"\nterms = [\"Acme\"]\nveto = [\"acme\"]\n",
    );
    let errors = talktrack_analyzers::Dictionaries::compile(&[own]).expect_err("a contradiction");
    assert!(
        errors[0].to_string().contains("both counts and is a veto"),
        "{}",
        errors[0]
    );
}
