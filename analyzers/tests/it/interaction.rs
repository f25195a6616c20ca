//! The interaction analyzer on the smallest calls that show each rule.

use talktrack_analyzers::metrics::interaction::{
    InteractionRow, InteractionVoiceRow, StretchEvidenceRow,
};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Parameters, analyze};

use crate::notation::noted;
use crate::registry::embedded;

struct Measured {
    call: InteractionRow,
    voices: Vec<InteractionVoiceRow>,
    evidence: Vec<StretchEvidenceRow>,
}

fn measured(lines: &str) -> Measured {
    let dictionaries = embedded();
    let parameters = Parameters {
        rate_min_ms: 1000,
        ..Parameters::default()
    };
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &parameters,
    };
    let only = [
        "evidence/stretches",
        "metrics/interaction",
        "metrics/interaction_voice",
    ];
    let tables = analyze(&noted("1", lines).inputs(), &analysis, &only).expect("a sound schema");
    let mut calls = InteractionRow::from_batch(&tables[0].1).expect("interaction");
    assert_eq!(calls.len(), 1, "{lines}");
    Measured {
        call: calls.remove(0),
        voices: InteractionVoiceRow::from_batch(&tables[1].1).expect("interaction_voice"),
        evidence: StretchEvidenceRow::from_batch(&tables[2].1).expect("stretches"),
    }
}

impl Measured {
    /// `(sentence_index, value_ms)` of the evidence of a kind.
    fn of(&self, kind: &str) -> Vec<(i32, i64)> {
        let rows = self.evidence.iter().filter(|row| row.kind == kind);
        rows.map(|row| (row.sentence_index, row.value_ms)).collect()
    }
}

#[test]
fn patience_is_the_wait_after_the_other_sides_turn() {
    let found = measured(
        "
        0-3000 C: we use a spreadsheet for all of that
        3400-6000 R: and how long does that take you
        6000-9000 C: about half a day each week I think
        9100-9500 R: okay
        9600-12000 C: and then it goes to finance
        13000-15000 S: who looks at it there then
        14500-17000 C: nobody really looks at it there
        16900-19000 S: that is what I thought it was",
    );
    // 400 ms, then 1000 ms after the turn that the back-channel does not end, then 0 for who began too early.
    assert_eq!(found.call.patience_n, 3);
    assert_eq!(found.call.patience_p25_ms, Some(0));
    assert_eq!(found.call.patience_p50_ms, Some(400));
    assert_eq!(found.call.patience_p90_ms, Some(1000));
    assert_eq!(
        found.of("patience"),
        [(1, 400), (2, 0), (5, 1000), (6, 0), (7, 0)]
    );
    let of_voice = |id: &str| {
        let voice = found
            .voices
            .iter()
            .find(|voice| voice.speaker_id == id)
            .expect("the voice");
        (voice.patience_n, voice.patience_p50_ms)
    };
    assert_eq!(of_voice("R"), (1, Some(400)));
    assert_eq!(of_voice("S"), (2, Some(0)));
    assert_eq!(of_voice("C"), (2, Some(0)));
}

#[test]
fn who_never_answers_has_no_patience() {
    let found = measured("0-3000 R: I will just talk to myself for a while");
    assert_eq!(
        (found.call.patience_n, found.call.patience_p50_ms),
        (0, None)
    );
    assert_eq!(found.call.longest_story_strict_ms, 0);
    assert_eq!(found.of("longest_story_strict"), []);
    assert_eq!(found.of("longest_monologue_strict"), [(0, 3000)]);
}

#[test]
fn a_cut_in_begins_while_the_other_side_speaks() {
    let found = measured(
        "
        0-6000 C: we have tried this three times by now
        4000-7000 R: let me stop you right there please
        8000-12000 R: the third version is not like that
        9000-9800 C: mhm
        11800-14000 C: it felt a lot like it to us
        13000-15000 D: yes it really felt like it to us",
    );
    // Not the back-channel, not 200 ms at the end of a sentence, not the own side.
    assert_eq!(found.of("cut_in"), [(1, 2000)]);
    assert_eq!(
        (found.call.company_cut_ins, found.call.company_cut_in_ms),
        (1, 2000)
    );
    assert_eq!(
        (found.call.customer_cut_ins, found.call.customer_cut_in_ms),
        (0, 0)
    );
    assert_eq!(found.call.cut_in_confidence, "low");
}

#[test]
fn listening_is_a_back_channel_within_the_other_sides_speech() {
    let found = measured(
        "
        0-3000 C: we lose half a day each week to it
        3000-3300 R: right
        3400-3600 C: yeah
        3600-9000 C: and nobody has the time to look at it
        9000-9400 R: sure
        9400-12000 R: that sounds like a lot of work
        12000-12300 C: yes
        12400-14000 D: it is more work than we want",
    );
    // `sure` begins the company's own turn, `yes` stands between two sides.
    assert_eq!(found.of("listening"), [(1, 300)]);
    assert_eq!(
        (found.call.company_listening, found.call.customer_listening),
        (1, 0)
    );
    // The customer speaks 3000 + 200 + 5400 + 300 + 1600 ms.
    assert_eq!(
        found.call.company_listening_per_minute,
        Some(60_000.0 / 10_500.0)
    );
}

#[test]
fn silence_is_from_five_seconds_on() {
    let found = measured(
        "
        1000-2000 R: hold on
        7000-8000 R: five seconds later
        12999-15000 C: not quite five seconds later",
    );
    assert_eq!(found.of("silence"), [(1, 5000)]);
    assert_eq!((found.call.silences, found.call.silence_ms), (1, 5000));
    assert_eq!(found.call.longest_silence_ms, Some(5000));
    // From the first word at 1 s to the last one at 15 s.
    assert_eq!(found.call.silence_share, Some(5000.0 / 14_000.0));
    let silence = found
        .evidence
        .iter()
        .find(|row| row.kind == "silence")
        .expect("the silence");
    assert_eq!(
        (silence.start_ms, silence.end_ms, silence.side.as_deref()),
        (2000, 7000, None)
    );
}

#[test]
fn a_story_goes_on_through_short_remarks() {
    let found = measured(
        "
        0-10000 C: it all began when the old system broke down
        10200-12500 R: and how long ago was that then
        12600-22000 C: that must be two years ago and since then it is paper
        22100-26000 R: what we hear from others is that they lose about a day on it
        26100-30000 C: it is more for us I would say",
    );
    assert_eq!(found.call.longest_story_strict_ms, 10_000);
    assert_eq!(found.call.longest_story_bridged_ms, 22_000);
    let story = found
        .evidence
        .iter()
        .find(|row| row.kind == "longest_story_bridged")
        .expect("the story");
    assert_eq!((story.sentence_index, story.sentence_index_end), (0, 2));
}

#[test]
fn interactivity_grows_with_changes_of_side() {
    let found = measured(
        "
        0-30000 R: a long talk about what we do here
        30000-60000 C: a long answer to what you do there",
    );
    // One change a minute.
    assert_eq!(found.call.switches_per_minute, Some(1.0));
    let score = found.call.interactivity_score.expect("a score");
    assert!(
        (score - 10.0 * (1.0 - (-1.0_f64 / 3.0).exp())).abs() < 1e-12,
        "{score}"
    );
    let short = measured("0-900 R: too short to say");
    assert_eq!(
        (
            short.call.switches_per_minute,
            short.call.interactivity_score
        ),
        (None, None)
    );
}

#[test]
fn the_curve_tells_who_speaks_when() {
    let found = measured(
        "
        0-2000 R: the first part is ours alone
        2000-3000 R: half of this is ours
        3000-4000 C: and half of it is yours
        4000-6000 ?: somebody whom nobody knows
        6000-8000 C: the fourth one is the customer's
        9000-10000 R: the last one is ours again",
    );
    let call = &found.call;
    assert_eq!(
        [
            call.company_share_1,
            call.company_share_2,
            call.company_share_3,
            call.company_share_4,
            call.company_share_5
        ],
        [Some(1.0), Some(0.5), None, Some(0.0), Some(1.0)]
    );
    assert!(found.voices.iter().all(|voice| voice.side != "unknown"));
}

#[test]
fn odd_times_make_rows_and_no_nonsense() {
    for lines in [
        "5000-2000 R: backwards",
        "0-0 R: no time at all\n 0-0 C: none here",
        "-9223372036854775808..9223372036854775807 R: for ever\n 0-1 C: and a bit",
        "3000-4000 C: later\n 0-1000 R: earlier",
    ] {
        let found = measured(lines);
        assert!(
            found
                .call
                .silence_share
                .is_none_or(|share| (0.0..=1.0).contains(&share)),
            "{lines}"
        );
        assert!(
            found.evidence.iter().all(|row| row.value_ms >= 0),
            "{lines}"
        );
    }
}
