//! Fillers, hedges and boosters in a sentence, where they are that.

use std::ops::Range;

use crate::dictionary::Dictionary;
use crate::money;
use crate::phrases::{Phrases, Word, words};
use crate::text::Folded;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// um, uh.
    Hesitation,
    /// you know; like, where it fills.
    Discourse,
    /// I think, roughly, usually.
    Hedge,
    /// definitely, always.
    Booster,
    /// A sentence of nothing but signals of listening.
    Backchannel,
}

impl Kind {
    /// The name stored in tables.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Hesitation => "hesitation",
            Kind::Discourse => "discourse",
            Kind::Hedge => "hedge",
            Kind::Booster => "booster",
            Kind::Backchannel => "backchannel",
        }
    }

    /// Name of the dictionary that finds it.
    pub(crate) fn dictionary(self) -> &'static str {
        match self {
            Kind::Hesitation | Kind::Discourse => Delivery::FILLERS,
            Kind::Hedge | Kind::Booster => Delivery::HEDGES,
            Kind::Backchannel => Delivery::BACKCHANNELS,
        }
    }
}

/// A place in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the original sentence.
    pub bytes: Range<usize>,
}

/// The lists of `fillers.toml`, `hedges.toml` and `backchannels.toml`, ready for use.
#[derive(Debug, Default)]
pub struct Delivery {
    hesitation: Phrases,
    discourse: Phrases,
    discourse_not_after: Phrases,
    ambiguous: Phrases,
    hedges: Phrases,
    before_number: Phrases,
    boosters: Phrases,
    backchannels: Phrases,
}

impl Delivery {
    /// Name of the dictionary of fillers.
    pub const FILLERS: &'static str = "fillers";
    /// Name of the dictionary of hedges and boosters.
    pub const HEDGES: &'static str = "hedges";
    /// Name of the dictionary of signals of listening.
    pub const BACKCHANNELS: &'static str = "backchannels";

    pub(crate) fn build(dictionaries: &[Dictionary]) -> Delivery {
        let list = |dictionary: &str, ids: &[&str]| {
            let named = dictionaries.iter().filter(|known| known.name == dictionary);
            let entries = named.flat_map(|known| &known.entries);
            let meant = entries.filter(|entry| ids.contains(&entry.id.as_str()));
            Phrases::new(meant.flat_map(|entry| &entry.terms))
        };
        Delivery {
            hesitation: list(Self::FILLERS, &["hesitation"]),
            discourse: list(Self::FILLERS, &["discourse"]),
            discourse_not_after: list(Self::FILLERS, &["discourse_not_after"]),
            ambiguous: list(Self::FILLERS, &["ambiguous"]),
            hedges: list(Self::HEDGES, &["epistemic", "approximator", "shield"]),
            before_number: list(Self::HEDGES, &["approximator_before_number"]),
            boosters: list(Self::HEDGES, &["booster"]),
            backchannels: list(Self::BACKCHANNELS, &["signals"]),
        }
    }

    /// Everything in a folded sentence, in order.
    pub fn found(&self, sentence: &Folded) -> Vec<Found> {
        let words = words(sentence);
        let mut found = Vec::new();
        if let Some(bytes) = self.backchannel(&words) {
            return vec![Found {
                kind: Kind::Backchannel,
                bytes,
            }];
        }
        if self.is_hesitation_alone(&words) {
            return found;
        }
        let mut at = 0;
        while at < words.len() {
            let Some((kind, length)) = self.at(&words, at) else {
                at += 1;
                continue;
            };
            found.push(Found {
                kind,
                bytes: words[at].bytes.start..words[at + length - 1].bytes.end,
            });
            at += length;
        }
        found
    }

    /// The bytes from the first to the last word, where there are signals of listening and hesitations only, and at least one
    /// signal.
    fn backchannel(&self, words: &[Word<'_>]) -> Option<Range<usize>> {
        let mut at = 0;
        let mut has_signal = false;
        while at < words.len() {
            let rest = &words[at..];
            let signal = self.backchannels.length_at(rest);
            has_signal |= signal.is_some();
            let is_passed = || rest[0].text.is_empty() || self.hesitation.has(rest[0].text);
            at += signal.or_else(|| is_passed().then_some(1))?;
        }
        let spoken = || words.iter().filter(|word| !word.text.is_empty());
        let (first, last) = (spoken().next()?, spoken().next_back()?);
        has_signal.then_some(first.bytes.start..last.bytes.end)
    }

    fn is_hesitation_alone(&self, words: &[Word<'_>]) -> bool {
        words
            .iter()
            .all(|word| word.text.is_empty() || self.hesitation.has(word.text))
    }

    /// What begins at a word, and how many words it takes; of several the longest.
    fn at(&self, words: &[Word<'_>], at: usize) -> Option<(Kind, usize)> {
        let rest = &words[at..];
        let before = at.checked_sub(1).map(|before| &words[before]);
        let is_literal = before.is_some_and(|before| {
            !before.ends && !before.pauses && self.discourse_not_after.has(before.text)
        });
        let discourse = self.discourse.length_at(rest).filter(|_| !is_literal);
        let is_before_number = rest.get(1).is_some_and(|next| is_number(next.text));
        let candidates = [
            (Kind::Hesitation, self.hesitation.length_at(rest)),
            (Kind::Discourse, discourse),
            (Kind::Discourse, self.fills(words, at).then_some(1)),
            (Kind::Hedge, self.hedges.length_at(rest)),
            (
                Kind::Hedge,
                self.before_number
                    .length_at(rest)
                    .filter(|_| is_before_number),
            ),
            (Kind::Booster, self.boosters.length_at(rest)),
        ];
        let known = candidates
            .into_iter()
            .filter_map(|(kind, length)| Some((kind, length?)));
        known.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// Whether an ambiguous word fills where it stands.
    fn fills(&self, words: &[Word<'_>], at: usize) -> bool {
        let word = &words[at];
        if !self.ambiguous.has(word.text) {
            return false;
        }
        let before = at.checked_sub(1).map(|before| &words[before]);
        let next = words.get(at + 1);
        let begins = before.is_none_or(|before| before.ends);
        let is_between_pauses = before.is_some_and(|before| before.pauses) && word.pauses;
        let is_said_again = next.is_some_and(|next| next.text == word.text);
        let is_before_filler = begins
            && next.is_some_and(|_| {
                let rest = &words[at + 1..];
                self.hesitation
                    .length_at(rest)
                    .or_else(|| self.discourse.length_at(rest))
                    .is_some()
            });
        is_between_pauses || is_said_again || is_before_filler
    }
}

fn is_number(word: &str) -> bool {
    // `k` and `m` are sizes behind digits, and letters that are spelled out elsewhere.
    let is_letter = word.chars().count() == 1;
    word.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        || (!is_letter && money::is_number_word(word))
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Kind};
    use crate::dictionaries::Dictionaries;
    use crate::text::Folded;

    fn found(text: &str) -> Vec<(&'static str, String)> {
        let dictionaries =
            Dictionaries::compile(&Dictionaries::embedded()).expect("the built-in ones");
        let delivery: &Delivery = dictionaries.delivery();
        let mut folded = Folded::default();
        folded.fold(text);
        let found = delivery.found(&folded).into_iter();
        found
            .map(|found| (found.kind.name(), text[found.bytes].to_owned()))
            .collect()
    }

    #[test]
    fn fillers_count_where_they_fill() {
        let cases: [(&str, &[(&str, &str)]); 18] = [
            (
                "Um, we, uh, do it by hand.",
                &[("hesitation", "Um"), ("hesitation", "uh")],
            ),
            ("Mm. Hmm.", &[("backchannel", "Mm. Hmm")]),
            ("Er, um.", &[]),
            (
                "Yeah, um, makes sense!",
                &[("backchannel", "Yeah, um, makes sense")],
            ),
            ("Yeah, we do", &[]),
            ("Definitely.", &[("backchannel", "Definitely")]),
            ("It is, you know, complicated", &[("discourse", "you know")]),
            ("do you know what it costs", &[]),
            ("what kind of plan is it", &[]),
            ("it's kind of slow", &[("discourse", "kind of")]),
            ("I would like that", &[]),
            ("it was, like, slow", &[("discourse", "like")]),
            ("it was — like — slow", &[("discourse", "like")]),
            ("talk about K K R", &[]),
            ("so so many of them", &[("discourse", "so")]),
            (
                "So um what now",
                &[("discourse", "So"), ("hesitation", "um")],
            ),
            ("So what now", &[]),
            (
                "You know what I mean?",
                &[("discourse", "You know what I mean")],
            ),
        ];
        for (text, expected) in cases {
            let expected: Vec<(&str, String)> = expected
                .iter()
                .map(|(kind, said)| (*kind, (*said).to_owned()))
                .collect();
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn hedges_and_boosters() {
        let hedge = Kind::Hedge.name();
        assert_eq!(
            found("I think it is about 40 people, about right"),
            [(hedge, "I think".to_owned()), (hedge, "about".to_owned())]
        );
        assert_eq!(found("around twenty"), [(hedge, "around".to_owned())]);
        assert_eq!(found("look around"), []);
        assert_eq!(
            found("We are definitely the best"),
            [
                ("booster", "definitely".to_owned()),
                ("booster", "the best".to_owned())
            ]
        );
    }
}
