//! Turns and monologues: how a call falls into runs of one voice, and who holds the floor.

use crate::call::{Call, Sentence, Side};
use crate::parameters::Parameters;

/// A run of one voice's sentences: the first and last of them, and the span they cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Position of the voice in [`Call::speakers`].
    pub speaker: usize,
    /// Position of the first sentence in [`Call::sentences`].
    pub first: usize,
    /// Position of the last sentence of the same voice in [`Call::sentences`].
    pub last: usize,
    /// Start of the first sentence, in milliseconds.
    pub start_ms: i64,
    /// Latest end of the voice's sentences in the run, in milliseconds.
    pub end_ms: i64,
}

impl Stretch {
    /// From the start of the first sentence to the latest end, in milliseconds.
    pub fn length_ms(&self) -> i64 {
        self.end_ms - self.start_ms
    }
}

/// The turns of a call, in order. A silence longer than `merge_gap_ms` ends a turn; another voice ends it too, unless all
/// that the others say in between are back-channels, which belong to the turn they stand in.
pub fn turns(call: &Call<'_>, parameters: &Parameters) -> Vec<Stretch> {
    let bridges = |sentence: &Sentence<'_>| sentence.is_backchannel(parameters);
    let mut found = Vec::new();
    let mut next = 0;
    while next < call.sentences.len() {
        let stretch = stretch_from(call, next, parameters.merge_gap_ms, &bridges);
        next = stretch.last + 1;
        found.push(stretch);
    }
    found
}

/// The monologues of every voice, each voice by itself, so that what bridges another voice's monologue still counts for its
/// own. A silence longer than `gap_ms` ends one, and so does what another voice says unless it `bridges`.
pub fn monologues(
    call: &Call<'_>,
    gap_ms: i64,
    bridges: impl Fn(&Sentence<'_>) -> bool,
) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut next_of_voice = vec![0; call.speakers.len()];
    for (position, sentence) in call.sentences.iter().enumerate() {
        if position >= next_of_voice[sentence.speaker] {
            let stretch = stretch_from(call, position, gap_ms, &bridges);
            next_of_voice[sentence.speaker] = stretch.last + 1;
            found.push(stretch);
        }
    }
    found
}

fn stretch_from(
    call: &Call<'_>,
    first: usize,
    gap_ms: i64,
    bridges: &dyn Fn(&Sentence<'_>) -> bool,
) -> Stretch {
    let opening = &call.sentences[first];
    let (start_ms, end_ms) = opening.interval();
    let mut stretch = Stretch {
        speaker: opening.speaker,
        first,
        last: first,
        start_ms,
        end_ms,
    };
    // Silence is counted from the last speech of anybody, a bridged back-channel included.
    let mut heard_until = end_ms;
    for (position, sentence) in call.sentences.iter().enumerate().skip(first + 1) {
        let (start, end) = sentence.interval();
        if start.saturating_sub(heard_until) > gap_ms {
            break;
        }
        if sentence.speaker == stretch.speaker {
            stretch.last = position;
            stretch.end_ms = stretch.end_ms.max(end);
        } else if !bridges(sentence) {
            break;
        }
        heard_until = heard_until.max(end);
    }
    stretch
}

/// The turns that take the floor, with their sides: not those of voices whose side is unknown, and not those that are
/// back-channels alone.
pub fn floors(call: &Call<'_>, turns: &[Stretch], parameters: &Parameters) -> Vec<(Side, Stretch)> {
    turns
        .iter()
        .map(|turn| (call.sentences[turn.first].side, *turn))
        .filter(|(side, turn)| {
            *side != Side::Unknown && !is_only_backchannel(call, turn, parameters)
        })
        .collect()
}

/// How often the floor goes from one side to the other.
pub fn count_switches(floors: &[(Side, Stretch)]) -> i64 {
    let pairs = floors.windows(2);
    pairs.filter(|pair| pair[0].0 != pair[1].0).count() as i64
}

fn is_only_backchannel(call: &Call<'_>, turn: &Stretch, parameters: &Parameters) -> bool {
    turn.length_ms() <= parameters.backchannel_max_ms
        && call.sentences[turn.first..=turn.last]
            .iter()
            .filter(|sentence| sentence.speaker == turn.speaker)
            .map(|sentence| sentence.words)
            .sum::<i64>()
            <= parameters.backchannel_max_words
}
