//! What is odd about a transcript, or missing for it, by name.

use crate::call::{Call, Sentence, Side, by_voice, talk_ms};

/// The quality flag of rows that rest on a dictionary: set where it is in another language than the call.
pub(crate) fn language_flag(is_covered: bool) -> String {
    let flag = if is_covered {
        ""
    } else {
        "language_not_covered"
    };
    flag.to_owned()
}

/// Names of what is odd about the input, alphabetically.
pub(crate) fn flags(call: &Call<'_>) -> Vec<&'static str> {
    let any = |test: &dyn Fn(&Sentence<'_>) -> bool| call.sentences.iter().any(test);
    let ends_late = |s: &Sentence<'_>| call.duration_ms().is_some_and(|ms| s.interval().1 > ms);
    let unnamed = |s: &Sentence<'_>| call.speakers[s.speaker].speaker_id.is_empty();
    let named_without_party =
        |s: &Sentence<'_>| !unnamed(s) && call.speakers[s.speaker].party_id.is_none();
    let found = [
        ("backwards", any(&|s| s.end_ms < s.start_ms)),
        ("beyond_duration", any(&ends_late)),
        ("duplicate_index", has_duplicate_index(call)),
        ("empty_text", any(&|s| s.text.trim().is_empty())),
        (
            "mixed_sides",
            any(&|s| s.side != call.speakers[s.speaker].side),
        ),
        ("negative_time", any(&|s| s.start_ms < 0 || s.end_ms < 0)),
        ("no_party", any(&named_without_party)),
        ("no_speaker", any(&unnamed)),
        ("out_of_order", is_out_of_order(call)),
        ("overlapping", has_overlap(call)),
        ("unknown_side", any(&|s| s.side == Side::Unknown)),
        ("zero_length", any(&|s| s.end_ms == s.start_ms)),
    ];
    found
        .into_iter()
        .filter_map(|(flag, holds)| holds.then_some(flag))
        .collect()
}

/// Whether each sentence was received behind the ones that were spoken before it: most transcripts need no closer look.
fn is_received_in_order(call: &Call<'_>) -> bool {
    let indexes = call.sentences.iter().map(|s| s.sentence_index);
    indexes.is_sorted_by(|a, b| a < b)
}

fn has_duplicate_index(call: &Call<'_>) -> bool {
    if is_received_in_order(call) {
        return false;
    }
    let mut indexes: Vec<i32> = call.sentences.iter().map(|s| s.sentence_index).collect();
    indexes.sort_unstable();
    indexes.windows(2).any(|pair| pair[0] == pair[1])
}

fn is_out_of_order(call: &Call<'_>) -> bool {
    if is_received_in_order(call) {
        return false;
    }
    let mut received: Vec<(i32, i64)> = call
        .sentences
        .iter()
        .map(|s| (s.sentence_index, s.start_ms))
        .collect();
    received.sort_unstable();
    received.windows(2).any(|pair| pair[0].1 > pair[1].1)
}

fn has_overlap(call: &Call<'_>) -> bool {
    by_voice(call)
        .iter()
        .any(|own| talk_ms(own) < own.iter().map(|s| s.length_ms()).sum())
}
