//! Fillers, hedges and boosters in a sentence, where they are that.

use std::ops::Range;
use std::sync::Arc;

use crate::dictionary::Dictionary;
use crate::money;
use crate::phrases::{Phrases, Word, list_words};
use crate::text::{FoldedText, FoldedTexts};
use crate::tokens::{Token, Tokens};
use crate::word_ids::{WordId, WordIds};

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
    /// Every kind.
    pub const ALL: [Kind; 5] = [
        Kind::Hesitation,
        Kind::Discourse,
        Kind::Hedge,
        Kind::Booster,
        Kind::Backchannel,
    ];

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
    /// By word: which of the lists have a phrase that begins with it.
    begins: Vec<Lists>,
    words: Arc<WordIds>,
}

/// A set of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Lists(u8);

impl Lists {
    const HESITATION: Lists = Lists(1);
    const DISCOURSE: Lists = Lists(1 << 1);
    const AMBIGUOUS: Lists = Lists(1 << 2);
    const HEDGES: Lists = Lists(1 << 3);
    const BEFORE_NUMBER: Lists = Lists(1 << 4);
    const BOOSTERS: Lists = Lists(1 << 5);
    const BACKCHANNELS: Lists = Lists(1 << 6);

    fn has(self, others: Lists) -> bool {
        self.0 & others.0 != 0
    }
}

impl Delivery {
    /// Name of the dictionary of fillers.
    pub const FILLERS: &'static str = "fillers";
    /// Name of the dictionary of hedges and boosters.
    pub const HEDGES: &'static str = "hedges";
    /// Name of the dictionary of signals of listening.
    pub const BACKCHANNELS: &'static str = "backchannels";

    /// Takes the lists out of the dictionaries; `words` has all of their words.
    pub(crate) fn build(dictionaries: &[Dictionary], words: Arc<WordIds>) -> Delivery {
        let list = |dictionary: &str, ids: &[&str]| {
            let named = dictionaries.iter().filter(|known| known.name == dictionary);
            let entries = named.flat_map(|known| &known.entries);
            let meant = entries.filter(|entry| ids.contains(&entry.id.as_str()));
            Phrases::new(meant.flat_map(|entry| &entry.terms), &words)
        };
        let mut delivery = Delivery {
            begins: Vec::new(),
            hesitation: list(Self::FILLERS, &["hesitation"]),
            discourse: list(Self::FILLERS, &["discourse"]),
            discourse_not_after: list(Self::FILLERS, &["discourse_not_after"]),
            ambiguous: list(Self::FILLERS, &["ambiguous"]),
            hedges: list(Self::HEDGES, &["epistemic", "approximator", "shield"]),
            before_number: list(Self::HEDGES, &["approximator_before_number"]),
            boosters: list(Self::HEDGES, &["booster"]),
            backchannels: list(Self::BACKCHANNELS, &["signals"]),
            words,
        };
        delivery.begins = delivery.first_words();
        delivery
    }

    fn first_words(&self) -> Vec<Lists> {
        let lists = [
            (Lists::HESITATION, &self.hesitation),
            (Lists::DISCOURSE, &self.discourse),
            (Lists::AMBIGUOUS, &self.ambiguous),
            (Lists::HEDGES, &self.hedges),
            (Lists::BEFORE_NUMBER, &self.before_number),
            (Lists::BOOSTERS, &self.boosters),
            (Lists::BACKCHANNELS, &self.backchannels),
        ];
        let mut begins = vec![Lists::default(); self.words.len()];
        for (list, phrases) in lists {
            for word in phrases.first_words() {
                begins[word as usize].0 |= list.0;
            }
        }
        begins
    }

    /// For many sentences.
    pub(crate) fn detector(&self) -> DeliveryDetector<'_> {
        DeliveryDetector {
            delivery: self,
            words: Vec::new(),
        }
    }

    /// Everything in a sentence, in order.
    pub fn found(&self, sentence: &str) -> Vec<Found> {
        let texts = FoldedTexts::of_one(sentence);
        let tokens = Tokens::of(&texts, &self.words);
        let mut found = Vec::new();
        let mut detector = self.detector();
        detector.find(texts.get(0), tokens.get(0), |what| found.push(what));
        found
    }

    fn begins_with(&self, word: WordId) -> Lists {
        self.begins.get(word as usize).copied().unwrap_or_default()
    }

    /// The bytes from the first to the last word, where there are signals of listening and hesitations only, and at least one
    /// signal.
    fn backchannel(&self, words: &[Word]) -> Option<Range<usize>> {
        let mut at = 0;
        let mut has_signal = false;
        while at < words.len() {
            let rest = &words[at..];
            let may_signal = self.begins_with(rest[0].id).has(Lists::BACKCHANNELS);
            let signal = may_signal
                .then(|| self.backchannels.length_at(rest))
                .flatten();
            has_signal |= signal.is_some();
            let is_passed = || rest[0].is_empty() || self.hesitation.has(rest[0].id);
            at += signal.or_else(|| is_passed().then_some(1))?;
        }
        let spoken = || words.iter().filter(|word| !word.is_empty());
        let (first, last) = (spoken().next()?, spoken().next_back()?);
        has_signal.then_some(first.bytes.start..last.bytes.end)
    }

    fn is_hesitation_alone(&self, words: &[Word]) -> bool {
        words
            .iter()
            .all(|word| word.is_empty() || self.hesitation.has(word.id))
    }

    /// What begins at a word, and how many words it takes; of several the longest.
    fn at(&self, text: &str, words: &[Word], at: usize) -> Option<(Kind, usize)> {
        let lists = self.begins_with(words[at].id);
        if lists == Lists::default() {
            return None;
        }
        let rest = &words[at..];
        let before = at.checked_sub(1).map(|before| &words[before]);
        let is_literal = || {
            before.is_some_and(|before| {
                !before.ends && !before.pauses && self.discourse_not_after.has(before.id)
            })
        };
        let is_before_number = || {
            rest.get(1)
                .is_some_and(|next| is_number(&text[next.bytes.clone()]))
        };
        let length = |list: Lists, phrases: &Phrases| {
            lists.has(list).then(|| phrases.length_at(rest)).flatten()
        };
        let fills = lists.has(Lists::AMBIGUOUS) && self.fills(words, at);
        let candidates = [
            (
                Kind::Hesitation,
                length(Lists::HESITATION, &self.hesitation),
            ),
            (
                Kind::Discourse,
                length(Lists::DISCOURSE, &self.discourse).filter(|_| !is_literal()),
            ),
            (Kind::Discourse, fills.then_some(1)),
            (Kind::Hedge, length(Lists::HEDGES, &self.hedges)),
            (
                Kind::Hedge,
                length(Lists::BEFORE_NUMBER, &self.before_number).filter(|_| is_before_number()),
            ),
            (Kind::Booster, length(Lists::BOOSTERS, &self.boosters)),
        ];
        let known = candidates
            .into_iter()
            .filter_map(|(kind, length)| Some((kind, length?)));
        known.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// Whether an ambiguous word fills where it stands.
    fn fills(&self, words: &[Word], at: usize) -> bool {
        let word = &words[at];
        if !self.ambiguous.has(word.id) {
            return false;
        }
        let before = at.checked_sub(1).map(|before| &words[before]);
        let next = words.get(at + 1);
        let begins = before.is_none_or(|before| before.ends);
        let is_between_pauses = before.is_some_and(|before| before.pauses) && word.pauses;
        let is_said_again = next.is_some_and(|next| next.id == word.id);
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

/// Looks through one sentence after the other, with the same buffer.
#[derive(Debug)]
pub(crate) struct DeliveryDetector<'d> {
    delivery: &'d Delivery,
    words: Vec<Word>,
}

impl DeliveryDetector<'_> {
    /// Gives everything in a folded sentence to `take`, in order.
    pub(crate) fn find(
        &mut self,
        sentence: FoldedText<'_>,
        tokens: &[Token],
        mut take: impl FnMut(Found),
    ) {
        let delivery = self.delivery;
        let begins_none = |token: &Token| delivery.begins_with(token.word) == Lists::default();
        if tokens.iter().all(begins_none) {
            return;
        }
        let text = sentence.text();
        list_words(text, tokens, &mut self.words);
        let words = self.words.as_slice();
        let mut found = |kind: Kind, folded: Range<usize>| {
            let bytes = sentence.original(folded);
            take(Found { kind, bytes });
        };
        if let Some(bytes) = delivery.backchannel(words) {
            return found(Kind::Backchannel, bytes);
        }
        if delivery.is_hesitation_alone(words) {
            return;
        }
        let mut at = 0;
        while at < words.len() {
            let Some((kind, length)) = delivery.at(text, words, at) else {
                at += 1;
                continue;
            };
            let last = &words[at + length - 1];
            found(kind, words[at].bytes.start..last.bytes.end);
            at += length;
        }
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

    fn found(text: &str) -> Vec<(&'static str, String)> {
        let dictionaries =
            Dictionaries::compile(&Dictionaries::embedded()).expect("the built-in ones");
        let delivery: &Delivery = dictionaries.delivery();
        let found = delivery.found(text).into_iter();
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
