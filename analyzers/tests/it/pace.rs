//! The pace analyzer on the smallest calls that show each rule.

use talktrack_analyzers::metrics::pace::{PaceEvidenceRow, PaceRow};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Parameters, analyze};

use crate::notation::noted;
use crate::registry::embedded;

/// Rows and evidence of a call in windows of ten seconds, of which two make a usual pace.
fn measured(language: Option<&str>, lines: &str) -> (Vec<PaceRow>, Vec<PaceEvidenceRow>) {
    let parameters = Parameters {
        pace_min_windows: 2,
        pace_window_ms: 10_000,
        words_per_minute_min_ms: 2000,
        ..Parameters::default()
    };
    measured_with(&parameters, language, lines)
}

fn measured_with(
    parameters: &Parameters,
    language: Option<&str>,
    lines: &str,
) -> (Vec<PaceRow>, Vec<PaceEvidenceRow>) {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters,
    };
    let mut call = noted("1", lines);
    call.calls[0].language = language.map(str::to_owned);
    let only = ["evidence/pace", "metrics/pace"];
    let tables = analyze(&call.inputs(), &analysis, &only).expect("a sound schema");
    let find = |name: &str| {
        let found = tables.iter().find(|(info, _)| info.name == name);
        &found.expect("the table").1
    };
    (
        PaceRow::from_batch(find("metrics/pace")).expect("rows"),
        PaceEvidenceRow::from_batch(find("evidence/pace")).expect("evidence"),
    )
}

/// 60 words a minute, 120, an objection, 180.
const FASTER: &str = "
    0-4000 R: one two three four
    10000-12000 R: one two three four
    20000-22000 C: that is too expensive for us
    22000-24000 R: one two three four five six
    40000-42000 C: and so on";

#[test]
fn pace_after_an_objection_is_compared_with_the_usual_one() {
    let (rows, evidence) = measured(None, FASTER);
    assert_eq!(rows.len(), 1, "the company alone");
    let row = &rows[0];
    assert_eq!(
        (row.speaker_id.as_str(), row.user_id.as_deref()),
        ("R", Some("uR"))
    );
    assert_eq!((row.windows, row.words_per_minute_median), (3, Some(120.0)));
    assert_eq!(
        (
            row.objections,
            row.words_per_minute_after,
            row.words_per_minute_change
        ),
        (Some(1), Some(180.0), Some(60.0))
    );
    let [only] = &evidence[..] else {
        panic!("{evidence:?}");
    };
    assert_eq!(
        (
            only.sentence_index,
            only.after_sentence_index,
            only.after_sentence_index_end
        ),
        (2, 3, 3)
    );
    assert_eq!(
        (only.start_ms, only.end_ms, only.words, only.talk_ms),
        (22_000, 24_000, 6, 2000)
    );
}

#[test]
fn a_sentence_belongs_to_the_window_in_which_it_begins() {
    let (rows, evidence) = measured(
        None,
        "
        0-1000 C: that is too expensive for us
        500-3000 R: begun before the objection was over
        10900-14900 R: one two three four
        11000-15000 R: from here on it is too late",
    );
    assert_eq!(
        (
            evidence[0].after_sentence_index,
            evidence[0].after_sentence_index_end
        ),
        (2, 2)
    );
    assert_eq!(
        (evidence[0].end_ms, evidence[0].words_per_minute),
        (14_900, 60.0)
    );
    // In the second window both sentences count, and what they share counts once: 11 words in 4.1 s.
    let windows = [144.0, 11.0 * 60_000.0 / 4100.0];
    let median = rows[0].words_per_minute_median.expect("two windows");
    assert!(
        (median - f64::midpoint(windows[0], windows[1])).abs() < 1e-9,
        "{median}"
    );
}

#[test]
fn one_sentence_is_one_objection_and_each_voice_answers_for_itself() {
    let (rows, evidence) = measured(
        None,
        "
        0-2000 C: too expensive and not the right time
        2000-4000 R: one two
        4000-7000 S: one two three
        7000-8000 T: hardly a word",
    );
    let told: Vec<(&str, Option<i64>)> = rows
        .iter()
        .map(|row| (row.speaker_id.as_str(), row.objections))
        .collect();
    assert_eq!(told, [("R", Some(1)), ("S", Some(1)), ("T", Some(0))]);
    let behind: Vec<(i32, &str)> = evidence
        .iter()
        .map(|row| (row.sentence_index, row.speaker_id.as_str()))
        .collect();
    assert_eq!(behind, [(0, "R"), (0, "S")]);
}

#[test]
fn of_several_objections_the_median_counts() {
    let (rows, evidence) = measured(
        None,
        "
        0-1000 C: that is too expensive for us
        1000-3000 R: one two
        20000-21000 C: it is too expensive
        21000-23000 R: one two three four",
    );
    assert_eq!(evidence.len(), 2);
    assert_eq!(
        (rows[0].objections, rows[0].words_per_minute_after),
        (Some(2), Some(90.0))
    );
}

#[test]
fn too_little_to_go_by_is_null() {
    let (alone, _) = measured(
        None,
        "0-2000 C: too expensive\n 2000-4000 R: one two three four",
    );
    assert_eq!(
        (
            alone[0].windows,
            alone[0].words_per_minute_median,
            alone[0].words_per_minute_change
        ),
        (1, None, None)
    );
    assert_eq!(alone[0].words_per_minute_after, Some(120.0));
    let (short, evidence) = measured(None, "0-2000 C: too expensive\n 2000-3999 R: one two three");
    assert_eq!((short[0].windows, short[0].objections), (0, Some(0)));
    assert_eq!((short[0].words_per_minute_after, evidence.len()), (None, 0));
    let (own, _) = measured(
        None,
        "0-2000 R: that is too expensive\n 2000-4000 R: one two",
    );
    assert_eq!(own[0].objections, Some(0), "only the customer objects");
    let (unknown, _) = measured(None, "0-2000 ?: too expensive\n 2000-4000 -: one two");
    assert!(unknown.is_empty());
}

#[test]
fn in_another_language_only_the_usual_pace_is_told() {
    let (rows, evidence) = measured(Some("ger"), FASTER);
    assert_eq!(
        (rows[0].objections, rows[0].words_per_minute_after),
        (None, None)
    );
    assert_eq!(rows[0].words_per_minute_change, None);
    assert_eq!(rows[0].words_per_minute_median, Some(120.0));
    assert_eq!(rows[0].quality_flags, "language_not_covered");
    assert!(evidence.is_empty());
}

#[test]
fn odd_times_and_thresholds_make_finite_numbers() {
    let lines = "
        5000-2000 R: backwards
        0-0 C: too expensive
        0-0 R: no time at all
        -9223372036854775808..9223372036854775807 R: for ever
        9223372036854775806..9223372036854775807 C: too expensive
        1-2 S: ";
    for value in [i64::MIN, 0, 1, i64::MAX] {
        let parameters = Parameters {
            pace_min_windows: value,
            pace_window_ms: value,
            words_per_minute_min_ms: value,
            ..Parameters::default()
        };
        let (rows, evidence) = measured_with(&parameters, None, lines);
        let numbers = rows.iter().flat_map(|row| {
            [
                row.words_per_minute_median,
                row.words_per_minute_after,
                row.words_per_minute_change,
            ]
        });
        assert!(numbers.flatten().all(f64::is_finite), "{value}: {rows:?}");
        assert!(
            evidence.iter().all(|row| row.talk_ms > 0),
            "{value}: {evidence:?}"
        );
    }
}
