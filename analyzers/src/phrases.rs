//! Lists of words and phrases, found word by word: for cues whose place in the sentence matters.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

use crate::text::{Folded, core, folded, folded_tokens};

/// A word of a sentence, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    /// The word without the signs around it; empty for a token of signs alone.
    pub(crate) text: &'t str,
    /// Its bytes in the original sentence.
    pub(crate) bytes: Range<usize>,
    /// Whether a comma or a dash follows it.
    pub(crate) pauses: bool,
    /// Whether a sentence ends with it.
    pub(crate) ends: bool,
}

/// The words of a folded sentence.
pub(crate) fn words(sentence: &Folded) -> Vec<Word<'_>> {
    let text = sentence.text();
    let word = |token: Range<usize>| {
        let whole = &text[token.clone()];
        let core = core(whole);
        let (start, end) = (token.start + core.start, token.start + core.end);
        let tail = &text[end..token.end];
        Word {
            text: &text[start..end],
            bytes: sentence.original(start..end),
            pauses: tail.bytes().any(|sign| matches!(sign, b',' | b'-' | b';')),
            ends: tail.bytes().any(|sign| matches!(sign, b'.' | b'?' | b'!')),
        }
    };
    let mut words: Vec<Word<'_>> = folded_tokens(text, 0..text.len()).map(word).collect();
    // A dash with spaces around it is a token of its own, and the pause is behind the word before it.
    for at in 1..words.len() {
        if words[at].text.is_empty() {
            words[at - 1].pauses |= words[at].pauses;
            words[at - 1].ends |= words[at].ends;
        }
    }
    words
}

/// Phrases by their first word.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    /// The rest of each phrase that begins with the word, the longest first.
    by_first: HashMap<String, Vec<Vec<String>>, FixedState>,
}

impl Phrases {
    pub(crate) fn new<'t>(terms: impl IntoIterator<Item = &'t String>) -> Phrases {
        let mut by_first: HashMap<String, Vec<Vec<String>>, FixedState> = HashMap::default();
        for term in terms {
            let term = folded(term);
            let mut words = term.split_whitespace().map(str::to_owned);
            if let Some(first) = words.next() {
                by_first.entry(first).or_default().push(words.collect());
            }
        }
        for rests in by_first.values_mut() {
            rests.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
        }
        Phrases { by_first }
    }

    /// The words that a phrase begins with.
    pub(crate) fn first_words(&self) -> impl Iterator<Item = &str> {
        self.by_first.keys().map(String::as_str)
    }

    /// How many words the longest phrase takes that begins with the first of `words`; none where no phrase does.
    pub(crate) fn length_at(&self, words: &[Word<'_>]) -> Option<usize> {
        let (first, others) = words.split_first()?;
        let rests = self.by_first.get(first.text)?;
        let fits = |rest: &&Vec<String>| {
            rest.len() <= others.len()
                && rest
                    .iter()
                    .zip(others)
                    .all(|(wanted, word)| wanted == word.text)
        };
        rests.iter().find(fits).map(|rest| rest.len() + 1)
    }

    /// Whether `word` is a phrase by itself.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.by_first
            .get(word)
            .is_some_and(|rests| rests.iter().any(Vec::is_empty))
    }
}

#[cfg(test)]
mod tests {
    use super::{Phrases, words};
    use crate::text::Folded;

    #[test]
    fn words_keep_their_bytes_and_what_follows_them() {
        let text = "Well, “Straße” — no.";
        let mut folded = Folded::default();
        folded.fold(text);
        let found: Vec<(&str, &str, bool, bool)> = words(&folded)
            .into_iter()
            .map(|word| (word.text, &text[word.bytes.clone()], word.pauses, word.ends))
            .collect();
        assert_eq!(
            found,
            [
                ("well", "Well", true, false),
                ("strasse", "Straße", true, false),
                ("", "", true, false),
                ("no", "no", false, true)
            ]
        );
    }

    #[test]
    fn the_longest_phrase_counts() {
        let terms = [
            "you know".to_owned(),
            "you know what".to_owned(),
            "um".to_owned(),
        ];
        let phrases = Phrases::new(&terms);
        let length = |text: &str| {
            let mut folded = Folded::default();
            folded.fold(text);
            phrases.length_at(&words(&folded))
        };
        assert_eq!(length("you know, it"), Some(2));
        assert_eq!(length("You know what?"), Some(3));
        assert_eq!((length("you"), length("")), (None, None));
        assert!(phrases.has("um") && !phrases.has("you"));
    }
}
