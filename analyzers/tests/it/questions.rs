//! The questions analyzer on the smallest sentences that show each rule.

use talktrack_analyzers::metrics::questions::{
    QuestionEvidenceRow, QuestionIntentsRow, QuestionsRow,
};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Parameters, analyze};

use crate::notation::noted;
use crate::registry::embedded;

/// Each sentence and the kind and text of the question found in it; empty where there is none.
fn check(cases: &[(&str, &str, &str)]) {
    let dictionaries = embedded();
    let cues = dictionaries.question_cues();
    for (sentence, kind, text) in cases {
        let found = cues.question(sentence);
        let found = found.map_or(("", ""), |question| {
            (question.kind.name(), &sentence[question.bytes])
        });
        assert_eq!(found, (*kind, *text), "{sentence}");
    }
}

#[test]
fn punctuated_questions() {
    check(&[
        ("How do you do it today?", "open", "How do you do it today?"),
        ("Well, um, do you use a CRM?", "closed", "do you use a CRM?"),
        (
            "That's great. What would you change?",
            "open",
            "What would you change?",
        ),
        ("You're on Salesforce?", "closed", "You're on Salesforce?"),
        ("And your budget is what?", "open", "your budget is what?"),
        (
            "“Which plan do you have?”",
            "open",
            "“Which plan do you have?”",
        ),
        (
            "Could you walk me through it?",
            "open",
            "Could you walk me through it?",
        ),
        (
            "Do you know how it works?!",
            "closed",
            "Do you know how it works?!",
        ),
    ]);
}

#[test]
fn question_words_inside_open_a_question() {
    check(&[
        (
            "Compared to what, if I may ask?",
            "open",
            "Compared to what, if I may ask?",
        ),
        (
            "After that, what happens next?",
            "open",
            "After that, what happens next?",
        ),
        (
            "For two people, how does that work",
            "open",
            "how does that work",
        ),
    ]);
}

#[test]
fn unpunctuated_questions() {
    check(&[
        ("so what do you use today", "open", "what do you use today"),
        ("um is is there a deadline", "closed", "is there a deadline"),
        (
            "how many people are on your team",
            "open",
            "how many people are on your team",
        ),
        ("for what time is it", "open", "for what time is it"),
        (
            "that's fine what do you think about march",
            "open",
            "what do you think about march",
        ),
        (
            "what happens if you do nothing",
            "open",
            "what happens if you do nothing",
        ),
        (
            "walk me through your process",
            "open",
            "walk me through your process",
        ),
        ("any questions so far", "closed", "any questions so far"),
        ("which would you prefer", "open", "which would you prefer"),
    ]);
}

#[test]
fn statements_that_look_like_questions() {
    check(&[
        ("what we do is simple", "", ""),
        ("what happened was that the server died", "", ""),
        ("which is why we are here", "", ""),
        ("who was our manager", "", ""),
        ("what a day", "", ""),
        ("do the dishes", "", ""),
        ("have a good day", "", ""),
        ("he said what do you want", "", ""),
        ("I have no idea.", "", ""),
        ("", "", ""),
        ("?", "", ""),
        ("... -- !", "", ""),
    ]);
}

#[test]
fn what_does_not_count() {
    check(&[
        ("Really?", "", ""),
        ("Oh, really?", "", ""),
        ("Yeah?", "", ""),
        ("Do you?", "", ""),
        ("Right?", "", ""),
        ("You use it daily, right?", "", ""),
        ("You like it, don't you?", "", ""),
        (
            "Do you use it daily, right?",
            "closed",
            "Do you use it daily, right?",
        ),
        ("Can you hear me?", "", ""),
        ("So how are you doing today?", "", ""),
        ("Guess what?", "", ""),
    ]);
}

#[test]
fn a_side_that_asked_nothing_has_a_row_too() {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let lines = "0-1 R: What do you use?\n2-3 C: Excel.\n4-5 R: Is it slow?\n6-7 R: Okay.";
    let only = ["metrics/questions", "evidence/questions"];
    let tables = analyze(&noted("1", lines).inputs(), &analysis, &only).expect("a sound schema");
    let find = |name: &str| {
        &tables
            .iter()
            .find(|(info, _)| info.name == name)
            .expect("the table")
            .1
    };
    let counts = QuestionsRow::from_batch(find("metrics/questions")).expect("counts");
    let counts: Vec<_> = counts
        .iter()
        .map(|row| (row.side.as_str(), row.questions, row.open, row.closed))
        .collect();
    assert_eq!(
        counts,
        [
            ("company", Some(2), Some(1), Some(1)),
            ("customer", Some(0), Some(0), Some(0))
        ]
    );
    let evidence = QuestionEvidenceRow::from_batch(find("evidence/questions")).expect("evidence");
    let sentences: Vec<_> = evidence
        .iter()
        .map(|row| (row.sentence_index, row.kind.as_str()))
        .collect();
    assert_eq!(sentences, [(0, "open"), (2, "closed")]);
}

#[test]
fn questions_have_intents_and_forms() {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let lines = "
        0-1 R: How do you plan the day today, and who signs?
        1-2 R: What happens if a van breaks down?
        2-3 R: Is it the price or the contract?
        3-4 C: What if we wait?
        4-5 R: How do you route vans today?
        5-6 R: Your budget is fine.";
    let told = |language: Option<&str>| {
        let mut call = noted("1", lines);
        call.calls[0].language = language.map(str::to_owned);
        let only = ["evidence/questions", "metrics/question_intents"];
        let tables = analyze(&call.inputs(), &analysis, &only).expect("a sound schema");
        let evidence = QuestionEvidenceRow::from_batch(&tables[0].1).expect("evidence");
        let counts = QuestionIntentsRow::from_batch(&tables[1].1).expect("counts");
        (evidence, counts)
    };
    let (evidence, counts) = told(None);
    let evidence: Vec<(Option<&str>, Option<&str>)> = evidence
        .iter()
        .map(|row| (row.intent.as_deref(), row.form.as_deref()))
        .collect();
    assert_eq!(
        evidence,
        [
            (Some("authority"), Some("compound")),
            (Some("implication"), None),
            (None, Some("choice")),
            (None, Some("hypothetical")),
            (Some("situation"), None),
        ]
    );
    let counts: Vec<(&str, &str, i64, i64)> = counts
        .iter()
        .map(|row| {
            let (side, intent) = (row.side.as_str(), row.intent.as_str());
            (side, intent, row.questions, row.first_start_ms)
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("company", "authority", 1, 0),
            ("company", "implication", 1, 1),
            ("company", "situation", 1, 4),
        ]
    );
    let (evidence, counts) = told(Some("deu"));
    assert!(evidence.is_empty() && counts.is_empty());
}
