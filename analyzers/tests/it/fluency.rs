//! Fluency and languages on the smallest calls that show each rule.

use talktrack_analyzers::metrics::fluency::{FluencyEvidenceRow, FluencyRow};
use talktrack_analyzers::metrics::language::LanguageRow;
use talktrack_analyzers::metrics::mentions::MentionsRow;
use talktrack_analyzers::metrics::questions::QuestionsRow;
use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Inputs, Parameters, analyze};

use crate::notation::{Noted, noted};
use crate::registry::embedded;

fn rows_of<R: Row>(inputs: &Inputs, parameters: &Parameters) -> Vec<R> {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters,
    };
    let tables = analyze(inputs, &analysis, &[R::table().name]).expect("a sound schema");
    R::from_batch(&tables[0].1).expect("its own rows")
}

#[test]
fn fillers_and_hedges_are_counted_by_voice() {
    let call = noted(
        "1",
        "
        0-3000 R: um I think it is, you know, about forty dollars
        3000-4000 C: Mm.
        4000-6000 C: that is definitely more than we usually pay",
    );
    let few_words = Parameters {
        fluency_min_words: 5,
        ..Parameters::default()
    };
    let rows: Vec<FluencyRow> = rows_of(&call.inputs(), &few_words);
    let of = |id: &str| {
        rows.iter()
            .find(|row| row.speaker_id == id)
            .expect("the voice")
    };
    let rep = of("R");
    assert_eq!(
        (
            rep.hesitations,
            rep.discourse_fillers,
            rep.hedges,
            rep.boosters
        ),
        (Some(1), Some(1), Some(2), Some(0))
    );
    assert_eq!((rep.words, rep.fillers_per_100_words), (10, Some(20.0)));
    let buyer = of("C");
    assert_eq!(
        (
            buyer.hesitations,
            buyer.hedges,
            buyer.boosters,
            buyer.backchannels,
        ),
        (Some(0), Some(1), Some(1), Some(1))
    );
    let rows: Vec<FluencyRow> = rows_of(&call.inputs(), &Parameters::default());
    assert!(
        rows.iter().all(|row| row.fillers_per_100_words.is_none()),
        "too few words for a rate"
    );
    let evidence: Vec<FluencyEvidenceRow> = rows_of(&call.inputs(), &few_words);
    let shown: Vec<(&str, &str)> = evidence
        .iter()
        .map(|row| {
            let text = &call.sentences[row.sentence_index as usize].text;
            (
                row.kind.as_str(),
                &text[row.byte_start as usize..row.byte_end as usize],
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("hesitation", "um"),
            ("hedge", "I think"),
            ("discourse", "you know"),
            ("hedge", "about"),
            ("backchannel", "Mm"),
            ("booster", "definitely"),
            ("hedge", "usually")
        ]
    );
}

fn in_language(language: Option<&str>) -> Noted {
    let mut call = noted(
        "1",
        "
        0-40000 R: um what do you pay, that is too expensive
        40000-80000 C: that is too expensive for us",
    );
    call.calls[0].language = language.map(str::to_owned);
    call
}

#[test]
fn a_call_in_another_language_has_nulls_and_a_flag() {
    let parameters = Parameters::default();
    for language in [Some("eng"), Some("en-US"), Some("und"), None] {
        let inputs = in_language(language).inputs();
        let questions: Vec<QuestionsRow> = rows_of(&inputs, &parameters);
        assert_eq!(questions[0].questions, Some(1), "{language:?}");
        assert!(
            !rows_of::<MentionsRow>(&inputs, &parameters).is_empty(),
            "{language:?}"
        );
        let rows: Vec<LanguageRow> = rows_of(&inputs, &parameters);
        assert_eq!(
            (
                rows[0].not_covered_by.as_str(),
                rows[0].quality_flags.as_str()
            ),
            ("", "")
        );
    }
    let inputs = in_language(Some("deu")).inputs();
    let questions: Vec<QuestionsRow> = rows_of(&inputs, &parameters);
    assert_eq!(questions.len(), 2, "both sides spoke");
    for row in &questions {
        assert_eq!(
            (row.questions, row.open, row.questions_per_hour, row.spread),
            (None, None, None, None)
        );
        assert_eq!(row.quality_flags, "language_not_covered");
    }
    let fluency: Vec<FluencyRow> = rows_of(&inputs, &parameters);
    assert!(
        fluency
            .iter()
            .all(|row| row.hesitations.is_none() && row.words > 0)
    );
    assert!(rows_of::<MentionsRow>(&inputs, &parameters).is_empty());
    let rows: Vec<LanguageRow> = rows_of(&inputs, &parameters);
    assert_eq!(rows[0].language.as_deref(), Some("de"));
    assert!(
        rows[0].not_covered_by.contains("objections")
            && rows[0].not_covered_by.contains("questions")
    );
    // What is measured by time does not change.
    let talk = |language| rows_of::<TalkRow>(&in_language(language).inputs(), &parameters);
    assert_eq!(talk(Some("deu")), talk(Some("eng")));
}

#[test]
fn questions_are_spread_or_bunched() {
    let spread = |lines: &str| {
        let rows: Vec<QuestionsRow> = rows_of(&noted("1", lines).inputs(), &Parameters::default());
        rows[0].spread
    };
    let bunched = "
        0-1000 R: what do you use today?
        1000-2000 R: and how is that going?
        2000-100000 C: well";
    assert!(spread(bunched).is_some_and(|spread| (spread - 0.1).abs() < 1e-9));
    assert_eq!(
        spread("0-1000 R: what do you use today?\n 1000-2000 C: paper"),
        None,
        "one question"
    );
    let even: Vec<String> = (0..10)
        .map(|part| format!("{part}000-{part}999 R: what is number {part}?"))
        .collect();
    assert!(spread(&even.join("\n")).is_some_and(|spread| (spread - 1.0).abs() < 1e-9));
}
