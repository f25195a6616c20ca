//! The talk analyzer on the smallest calls that show each rule.

use talktrack_analyzers::metrics::talk::{TalkCallRow, TalkRow};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Inputs, Parameters, analyze};

use crate::notation::noted;
use crate::registry::embedded;

pub(crate) fn talk(inputs: &Inputs) -> (Vec<TalkRow>, Vec<TalkCallRow>) {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let tables =
        analyze(inputs, &analysis, &["metrics/talk", "metrics/talk_call"]).expect("a sound schema");
    assert_eq!(tables.len(), 2);
    (
        TalkRow::from_batch(&tables[0].1).expect("talk"),
        TalkCallRow::from_batch(&tables[1].1).expect("talk_call"),
    )
}

/// One line a voice: what `read` makes of its row.
fn check<T: std::fmt::Display>(
    lines: &str,
    read: impl Fn(&TalkRow) -> T,
    expected: &[(&str, &str)],
) {
    let (rows, _) = talk(&noted("1", lines).inputs());
    let found: Vec<(&str, String)> = rows
        .iter()
        .map(|row| (row.speaker_id.as_str(), read(row).to_string()))
        .collect();
    let expected: Vec<(&str, String)> = expected
        .iter()
        .map(|(voice, value)| (*voice, (*value).to_owned()))
        .collect();
    assert_eq!(found, expected, "{lines}");
}

fn check_call<T: PartialEq + std::fmt::Debug>(
    lines: &str,
    read: impl Fn(&TalkCallRow) -> T,
    expected: impl Into<T>,
) {
    let (_, rows) = talk(&noted("1", lines).inputs());
    assert_eq!(rows.len(), 1, "{lines}");
    assert_eq!(read(&rows[0]), expected.into(), "{lines}");
}

const INTERRUPTED: &str = "
    0-5000 R: we do it every night at ten
    5100-5600 C: right
    5700-9000 R: and then it is done
    9500-14000 C: that would suit us well I think";

#[test]
fn talk_time_is_a_union_and_a_sum() {
    let overlapping = "
        0-4000 R: one two three
        2000-6000 R: four five
        8000-9000 C: six";
    check(
        overlapping,
        |row| format!("{} {}", row.talk_ms, row.talk_ms_sum),
        &[("C", "1000 1000"), ("R", "6000 8000")],
    );
    check(
        "5000-2000 R: backwards",
        |row| format!("{} {}", row.talk_ms, row.talk_ms_sum),
        &[("R", "0 0")],
    );
}

#[test]
fn words_are_whitespace_separated() {
    check(
        "0-1000 R: it's  a well-known\u{a0}fact -- yes",
        |row| row.words,
        &[("R", "6")],
    );
}

#[test]
fn shares_divide_what_was_said() {
    let lines = "0-3000 R: a b c\n4000-5000 C: d";
    check(
        lines,
        |row| {
            format!(
                "{:?} {:?} {:?}",
                row.talk_share, row.talk_share_words, row.talk_share_call
            )
        },
        &[
            ("C", "Some(0.25) Some(0.25) Some(0.0002777777777777778)"),
            ("R", "Some(0.75) Some(0.75) Some(0.0008333333333333334)"),
        ],
    );
    check(
        "0-0 R: a",
        |row| format!("{:?} {:?}", row.talk_share, row.talk_share_words),
        &[("R", "None Some(1.0)")],
    );
}

#[test]
fn pace_needs_thirty_seconds() {
    let pace = |row: &TalkRow| format!("{:?}", row.words_per_minute);
    check("0-29999 R: one two three", pace, &[("R", "None")]);
    check("0-30000 R: one two three", pace, &[("R", "Some(6.0)")]);
}

#[test]
fn a_backchannel_does_not_break_a_turn() {
    check(INTERRUPTED, |row| row.turns, &[("C", "1"), ("R", "1")]);
    let five_words = INTERRUPTED.replace("right", "right that is very good");
    check(&five_words, |row| row.turns, &[("C", "2"), ("R", "2")]);
    let too_long = INTERRUPTED
        .replace("5100-5600", "5100-6700")
        .replace("5700", "6800");
    check(&too_long, |row| row.turns, &[("C", "2"), ("R", "2")]);
}

#[test]
fn silence_ends_a_turn() {
    check(
        "0-1000 R: a\n2000-3000 R: b",
        |row| row.turns,
        &[("R", "1")],
    );
    check(
        "0-1000 R: a\n2001-3000 R: b",
        |row| row.turns,
        &[("R", "2")],
    );
}

#[test]
fn monologues_strict_and_bridged() {
    let both = |row: &TalkRow| {
        format!(
            "{} {}",
            row.longest_monologue_strict_ms, row.longest_monologue_bridged_ms
        )
    };
    check(INTERRUPTED, both, &[("C", "4500 4500"), ("R", "5000 9000")]);
    check("0-1000 R: a\n4000-5000 R: b", both, &[("R", "5000 5000")]);
    check("0-1000 R: a\n4001-5000 R: b", both, &[("R", "1000 1000")]);
    // A bridged monologue ends with its own voice, not with the back-channel after it.
    check(
        "0-5000 R: a\n5100-5600 C: yes\n5700-6000 R: b",
        both,
        &[("C", "500 500"), ("R", "5000 6000")],
    );
    check(
        "0-5000 R: a\n5100-5600 C: yes",
        both,
        &[("C", "500 500"), ("R", "5000 5000")],
    );
}

#[test]
fn a_call_is_two_sided_from_thirty_seconds_of_customer_speech() {
    check_call("0-1 R: a\n1000-31000 C: b", |row| row.two_sided, true);
    check_call("0-1 R: a\n1000-30999 C: b", |row| row.two_sided, false);
    check_call("1000-91000 C: b", |row| row.two_sided, false);
    check_call("0-9 R: a\n1000-91000 ?: b", |row| row.two_sided, false);
}

#[test]
fn switches_leave_backchannels_and_unknown_sides_out() {
    check_call(INTERRUPTED, |row| row.switches, 1);
    let with_unknown =
        "0-2000 R: a\n3000-5000 ?: b\n6000-8000 R: c\n9000-12000 C: d\n13000-14000 R: ok";
    check_call(with_unknown, |row| row.switches, 1);
}

#[test]
fn sides_add_up() {
    let lines = "0-4000 R: a\n2000-6000 S: b\n7000-8000 C: c\n9000-9500 ?: d";
    check_call(
        lines,
        |row| (row.company_ms, row.customer_ms, row.unknown_ms),
        (6000, 1000, 500),
    );
    check_call(
        lines,
        |row| (row.speech_ms, row.speakers, row.customer_speakers),
        (9500, 4, 1),
    );
    check_call(
        lines,
        |row| row.attributed_share.map(|share| (share * 1000.0).round()),
        Some(947.0),
    );
    check_call(lines, |row| row.span_ms, 9500);
}

#[test]
fn oddities_become_flags() {
    let cases = [
        ("0-1000 R: fine", ""),
        ("1000-500 R: a", "backwards"),
        ("0-3600001 R: a", "beyond_duration"),
        ("0-1000 R:", "empty_text"),
        ("-5..1000 R: a", "negative_time"),
        ("0-1000 -: a", "no_speaker,unknown_side"),
        ("2000-3000 R: a\n0-1000 R: b", "out_of_order"),
        ("0-3000 R: a\n2000-4000 R: b", "overlapping"),
        ("0-3000 R: a\n2000-4000 C: b", ""),
        ("0-1000 ?: a", "unknown_side"),
        ("0-0 R: a", "zero_length"),
    ];
    for (lines, expected) in cases {
        check_call(lines, |row| row.quality_flags.clone(), expected.to_owned());
    }
    let mut unjoined = noted("1", "0-1000 R: a");
    unjoined.parties.clear();
    let (_, rows) = talk(&unjoined.inputs());
    assert_eq!(rows[0].quality_flags, "no_party");
    let mut doubled = noted("1", "0-1000 R: a\n1000-2000 R: b");
    doubled.sentences[1].sentence_index = 0;
    doubled.sentences[1].side = "customer".to_owned();
    let (_, rows) = talk(&doubled.inputs());
    assert_eq!(rows[0].quality_flags, "duplicate_index,mixed_sides");
}

#[test]
fn voices_are_joined_to_their_party() {
    let mut call = noted("1", "0-1000 R: a\n1000-2000 C: b");
    // Where the sentence names no party, the party that carries the voice is taken.
    call.sentences[1].party_id = None;
    let (rows, _) = talk(&call.inputs());
    let people: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.party_id.as_deref(),
                row.user_id.as_deref(),
                row.person_key.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        people,
        [
            (Some("pC"), None, Some("keyC")),
            (Some("pR"), Some("uR"), Some("keyR")),
        ]
    );
}

#[test]
fn sentences_of_an_unknown_call_are_left_out() {
    let mut call = noted("1", "0-1000 R: a");
    call.calls[0].call_id = "2".to_owned();
    assert_eq!(talk(&call.inputs()), (vec![], vec![]));
}
