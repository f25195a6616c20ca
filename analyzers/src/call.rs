//! The borrowed view that analyzers read: a call, its voices and its sentences in order of time.

use crate::parameters::Parameters;
use crate::text::count_tokens;

/// Times beyond this many milliseconds (34 years) are cut, so that sums of them cannot overflow.
const TIME_LIMIT_MS: i64 = 1 << 40;

/// Which side of the table a person sits on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The own company.
    Company,
    /// The customer.
    Customer,
    /// Nobody knows.
    Unknown,
}

impl Side {
    /// All sides, in the order of their names.
    pub const ALL: [Side; 3] = [Side::Company, Side::Customer, Side::Unknown];

    /// The name stored in tables; anything but `company` and `customer` is unknown.
    pub fn from_name(name: &str) -> Side {
        match name {
            "company" => Side::Company,
            "customer" => Side::Customer,
            _ => Side::Unknown,
        }
    }

    /// The name stored in tables.
    pub fn name(self) -> &'static str {
        match self {
            Side::Company => "company",
            Side::Customer => "customer",
            Side::Unknown => "unknown",
        }
    }
}

/// A voice in the transcript, joined to the party that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker<'a> {
    /// Id of the voice; empty where the transcript names none.
    pub speaker_id: &'a str,
    /// The party who has that voice.
    pub party_id: Option<&'a str>,
    /// Gong's id of the user, for people of the own company.
    pub user_id: Option<&'a str>,
    /// One key per person across calls.
    pub person_key: Option<&'a str>,
    /// Side of the voice's first sentence.
    pub side: Side,
}

/// A party of the call, whether it spoke or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee<'a> {
    /// Gong's id of the party, unique within the call.
    pub party_id: &'a str,
    /// Gong's id of the user, for people of the own company.
    pub user_id: Option<&'a str>,
    /// One key per person across calls.
    pub person_key: Option<&'a str>,
    /// Which side it sits on.
    pub side: Side,
    /// Job title.
    pub title: Option<&'a str>,
}

/// One sentence of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence<'a> {
    /// Position in the transcript as received.
    pub sentence_index: i32,
    /// Position of the voice in [`Call::speakers`].
    pub speaker: usize,
    /// Which side said it.
    pub side: Side,
    /// Start, in milliseconds from the start of the call.
    pub start_ms: i64,
    /// End, in milliseconds from the start of the call.
    pub end_ms: i64,
    /// What was said.
    pub text: &'a str,
    /// Number of its whitespace-separated tokens, counted once for all analyzers.
    pub words: i64,
}

impl Sentence<'_> {
    /// Start and end fit for sums: cut at a limit no call reaches, and the end never before the start.
    pub fn interval(&self) -> (i64, i64) {
        let start = self.start_ms.clamp(-TIME_LIMIT_MS, TIME_LIMIT_MS);
        let end = self.end_ms.clamp(-TIME_LIMIT_MS, TIME_LIMIT_MS);
        (start, end.max(start))
    }

    /// Length in milliseconds; 0 where the end lies before the start.
    pub fn length_ms(&self) -> i64 {
        let (start, end) = self.interval();
        end - start
    }

    /// Whether it is so short that it does not take the floor.
    pub fn is_backchannel(&self, parameters: &Parameters) -> bool {
        self.length_ms() <= parameters.backchannel_max_ms
            && self.words <= parameters.backchannel_max_words
    }
}

/// A call: sentences sorted by start, end and index, and the voices that speak them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// Gong's id of the call.
    pub call_id: &'a str,
    /// Language of the call as Gong names it, where it is known.
    pub language: Option<&'a str>,
    /// Length of the recording in seconds, where it is known.
    pub duration_s: Option<i64>,
    /// Parties by id.
    pub attendees: Vec<Attendee<'a>>,
    /// Voices in the order of their first sentence.
    pub speakers: Vec<Speaker<'a>>,
    /// Sentences by start, end and index.
    pub sentences: Vec<Sentence<'a>>,
}

impl<'a> Call<'a> {
    /// A call in which one side says one sentence.
    pub fn of_sentence(text: &'a str, side: Side) -> Call<'a> {
        Call {
            call_id: "",
            language: None,
            duration_s: None,
            attendees: Vec::new(),
            speakers: vec![Speaker {
                speaker_id: "",
                party_id: None,
                user_id: None,
                person_key: None,
                side,
            }],
            sentences: vec![Sentence {
                sentence_index: 0,
                speaker: 0,
                side,
                start_ms: 0,
                end_ms: 1000,
                text,
                words: count_tokens(text),
            }],
        }
    }
}

impl Call<'_> {
    /// The voice that speaks `sentence`.
    pub fn speaker_of(&self, sentence: &Sentence<'_>) -> Option<&Speaker<'_>> {
        self.speakers.get(sentence.speaker)
    }

    /// Id of the voice that speaks `sentence`, as evidence tables store it: null where the transcript names none.
    pub fn speaker_id_of(&self, sentence: &Sentence<'_>) -> Option<&str> {
        self.speaker_of(sentence)
            .map(|speaker| speaker.speaker_id)
            .filter(|id| !id.is_empty())
    }

    /// Length of the recording in milliseconds, where it is known and positive.
    pub fn duration_ms(&self) -> Option<i64> {
        self.duration_s
            .filter(|seconds| *seconds > 0)
            .map(|seconds| seconds.saturating_mul(1000).min(TIME_LIMIT_MS))
    }
}

/// Length of the union of `intervals`, each a start and an end not before it.
pub fn union_ms(intervals: impl Iterator<Item = (i64, i64)>) -> i64 {
    let mut sorted: Vec<(i64, i64)> = intervals.collect();
    sorted.sort_unstable();
    let mut covered = 0;
    let mut reached = i64::MIN;
    for (start, end) in sorted {
        let from = start.max(reached);
        if end > from {
            covered += end - from;
            reached = end;
        }
    }
    covered
}

/// The sentences of each voice, in order of time.
pub fn by_voice<'c>(call: &'c Call<'_>) -> Vec<Vec<&'c Sentence<'c>>> {
    let mut by_voice = vec![Vec::new(); call.speakers.len()];
    for sentence in &call.sentences {
        by_voice[sentence.speaker].push(sentence);
    }
    by_voice
}

/// Length of the union of the intervals of some sentences, in milliseconds.
pub fn talk_ms(sentences: &[&Sentence<'_>]) -> i64 {
    union_ms(sentences.iter().map(|sentence| sentence.interval()))
}

/// Speech of all voices together: the sum of their `talk_ms`, in milliseconds.
pub fn speech_ms(call: &Call<'_>) -> i64 {
    by_voice(call).iter().map(|own| talk_ms(own)).sum()
}

/// Union of a side's intervals, in milliseconds.
pub fn side_ms(call: &Call<'_>, side: Side) -> i64 {
    let own = call.sentences.iter().filter(|s| s.side == side);
    union_ms(own.map(Sentence::interval))
}

/// The start of the first and the end of the last word, in milliseconds; none where nothing was said.
pub fn span(call: &Call<'_>) -> Option<(i64, i64)> {
    let intervals = || call.sentences.iter().map(Sentence::interval);
    let first = intervals().map(|(start, _)| start).min()?;
    let last = intervals().map(|(_, end)| end).max()?;
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::{Side, union_ms};

    #[test]
    fn a_union_counts_what_is_covered_once() {
        let cases: [(&[(i64, i64)], i64); 6] = [
            (&[], 0),
            (&[(5, 5)], 0),
            (&[(0, 10), (20, 30)], 20),
            (&[(20, 30), (0, 25)], 30),
            (&[(0, 100), (10, 20), (90, 110)], 110),
            (&[(-10, 0), (0, 10)], 20),
        ];
        for (intervals, expected) in cases {
            assert_eq!(
                union_ms(intervals.iter().copied()),
                expected,
                "{intervals:?}"
            );
        }
    }

    #[test]
    fn sides_keep_their_names() {
        for side in Side::ALL {
            assert_eq!(Side::from_name(side.name()), side);
        }
        assert_eq!(Side::from_name("Internal"), Side::Unknown);
    }
}
