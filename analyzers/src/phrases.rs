//! Lists of words and phrases, found word by word: for cues whose place in the sentence matters.

use std::ops::Range;

use crate::text::folded;
use crate::tokens::Token;
use crate::word_ids::{UNKNOWN, WordId, WordIds};

/// A word of a folded sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its number in the word lists.
    pub(crate) id: WordId,
    /// Its bytes, without the signs around it; none for a token of signs alone.
    pub(crate) bytes: Range<usize>,
    /// Whether a comma or a dash follows it.
    pub(crate) pauses: bool,
    /// Whether a sentence ends with it.
    pub(crate) ends: bool,
}

impl Word {
    /// Whether it is signs alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Puts the words of a folded sentence into `words`.
pub(crate) fn list_words(text: &str, tokens: &[Token], words: &mut Vec<Word>) {
    words.clear();
    words.extend(tokens.iter().map(|token| {
        let tail = token.tail(text).as_bytes();
        Word {
            id: token.word,
            bytes: token.word_start as usize..token.word_end as usize,
            pauses: tail.iter().any(|sign| matches!(sign, b',' | b'-' | b';')),
            ends: tail.iter().any(|sign| matches!(sign, b'.' | b'?' | b'!')),
        }
    }));
    // A dash with spaces around it is a token of its own, and the pause is behind the word before it.
    for at in 1..words.len() {
        if words[at].is_empty() {
            words[at - 1].pauses |= words[at].pauses;
            words[at - 1].ends |= words[at].ends;
        }
    }
}

/// Phrases by their first word.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    /// By word: the rest of each phrase that begins with it, the longest first.
    by_first: Vec<Vec<Vec<WordId>>>,
}

impl Phrases {
    /// The phrases of `terms`, all of whose words `words` numbers.
    pub(crate) fn new<'t>(terms: impl IntoIterator<Item = &'t String>, words: &WordIds) -> Phrases {
        let mut by_first: Vec<Vec<Vec<WordId>>> = vec![Vec::new(); words.len()];
        for term in terms {
            let term = folded(term);
            let mut numbers = term.split_whitespace().map(|word| words.get(word));
            if let Some(first) = numbers.next().filter(|first| *first != UNKNOWN) {
                by_first[first as usize].push(numbers.collect());
            }
        }
        for rests in &mut by_first {
            rests.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
        }
        Phrases { by_first }
    }

    /// The words that a phrase begins with.
    pub(crate) fn first_words(&self) -> impl Iterator<Item = WordId> {
        let numbered = (0..).zip(&self.by_first);
        numbered.filter_map(|(word, rests)| (!rests.is_empty()).then_some(word))
    }

    /// How many words the longest phrase takes that begins with the first of `words`; none where no phrase does.
    pub(crate) fn length_at(&self, words: &[Word]) -> Option<usize> {
        let (first, others) = words.split_first()?;
        let fits = |rest: &&Vec<WordId>| {
            let mut pairs = rest.iter().zip(others);
            rest.len() <= others.len() && pairs.all(|(wanted, word)| *wanted == word.id)
        };
        self.rests(first.id)
            .iter()
            .find(fits)
            .map(|rest| rest.len() + 1)
    }

    /// Whether `word` is a phrase by itself.
    pub(crate) fn has(&self, word: WordId) -> bool {
        self.rests(word).iter().any(Vec::is_empty)
    }

    fn rests(&self, first: WordId) -> &[Vec<WordId>] {
        self.by_first.get(first as usize).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::{Phrases, Word, list_words};
    use crate::text::FoldedTexts;
    use crate::tokens::Tokens;
    use crate::word_ids::WordIds;

    fn words(text: &str, ids: &WordIds) -> (FoldedTexts, Vec<Word>) {
        let texts = FoldedTexts::of_one(text);
        let mut words = Vec::new();
        list_words(
            texts.get(0).text(),
            Tokens::of(&texts, ids).get(0),
            &mut words,
        );
        (texts, words)
    }

    #[test]
    fn words_keep_their_bytes_and_what_follows_them() {
        let text = "Well, “Straße” — no.";
        let (texts, found) = words(text, &WordIds::default());
        let folded = texts.get(0);
        let found: Vec<(&str, bool, bool)> = found
            .into_iter()
            .map(|word| (&text[folded.original(word.bytes)], word.pauses, word.ends))
            .collect();
        assert_eq!(found[..2], [("Well", true, false), ("Straße", true, false)]);
        assert_eq!(found[2].0, "");
        assert_eq!(found[3], ("no", false, true));
    }

    #[test]
    fn the_longest_phrase_counts() {
        let terms = [
            "you know".to_owned(),
            "you know what".to_owned(),
            "um".to_owned(),
        ];
        let ids = WordIds::of(["you", "know", "what", "um"].into_iter());
        let phrases = Phrases::new(&terms, &ids);
        let length = |text: &str| phrases.length_at(&words(text, &ids).1);
        assert_eq!(length("you know, it"), Some(2));
        assert_eq!(length("You know what?"), Some(3));
        assert_eq!((length("you"), length("")), (None, None));
        assert!(phrases.has(ids.get("um")) && !phrases.has(ids.get("you")));
    }
}
