//! The words of a sentence with the lists they stand in, cut where a mark ends a sentence. Buffers are kept from one sentence
//! to the next.

use std::ops::Range;

use super::vocabulary::{Lists, Node, Vocabulary};
use crate::text::{Folded, is_word_character};

/// A word of a sentence, without punctuation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// Bytes of the word in the folded sentence.
    start: u32,
    end: u32,
    /// Bytes of the token that holds it, signs included, in the folded sentence.
    token_start: u32,
    token_end: u32,
    /// Its number in the vocabulary.
    pub(super) node: Node,
    /// The lists that it stands in by itself.
    pub(super) lists: Lists,
    /// Whether a comma follows.
    pub(super) ends_clause: bool,
}

impl Word {
    /// Folded.
    pub(super) fn text(self, sentence: &Folded) -> &str {
        &sentence.text()[self.start as usize..self.end as usize]
    }

    /// Bytes of the folded word.
    pub(super) fn length(self) -> u32 {
        self.end - self.start
    }

    pub(super) fn is_in(self, lists: Lists) -> bool {
        self.lists.has(lists)
    }

    /// Bytes from this word's token to the end of `last`'s in the original sentence.
    pub(super) fn to(self, last: Word, sentence: &Folded) -> Range<usize> {
        sentence.original(self.token_start as usize..last.token_end as usize)
    }
}

/// Reads the words of a folded sentence up to the next mark that ends a sentence into `words`; gives the mark, if there is
/// one, and where to read on. `None` where nothing is left.
pub(super) fn next_segment(
    sentence: &Folded,
    from: usize,
    vocabulary: &Vocabulary,
    words: &mut Vec<Word>,
) -> Option<(Option<char>, usize)> {
    words.clear();
    let text = sentence.text();
    let mut rest = from;
    for token in tokens(text, from) {
        rest = token.end;
        let whole = &text[token.clone()];
        let core = core(whole);
        let (start, end) = (token.start + core.start, token.start + core.end);
        let (node, lists) = vocabulary.word(&text[start..end]);
        words.push(Word {
            start: start as u32,
            end: end as u32,
            token_start: token.start as u32,
            token_end: token.end as u32,
            node,
            lists,
            ends_clause: whole.ends_with(','),
        });
        // Most tokens end in a letter, and then no mark ends them.
        let mark = if core.end == whole.len() {
            None
        } else {
            end_mark(whole)
        };
        if mark.is_some() {
            return Some((mark, rest));
        }
    }
    (!words.is_empty()).then_some((None, rest))
}

/// The tokens of a folded text, which are parted by spaces, from byte `from` on.
fn tokens(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = from;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let start = at + rest.iter().position(|byte| *byte != b' ')?;
        let rest = &bytes[start..];
        let length = rest.iter().position(|byte| *byte == b' ');
        at = length.map_or(bytes.len(), |length| start + length);
        Some(start..at)
    })
}

/// The token without the signs around it.
fn core(token: &str) -> Range<usize> {
    let bytes = token.as_bytes();
    let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if is_plain(bytes.first()) && is_plain(bytes.last()) {
        return 0..token.len();
    }
    let core = token.trim_matches(|c: char| !is_word_character(c));
    let start = core.as_ptr() as usize - token.as_ptr() as usize;
    start..start + core.len()
}

/// The mark that ends a sentence at the end of `token`, closing quotes and brackets aside.
fn end_mark(token: &str) -> Option<char> {
    let open_end = token.trim_end_matches(['"', '\'', ')', ']']);
    let marks = || {
        let ending = open_end.chars().rev();
        ending.take_while(|c| matches!(c, '?' | '.' | '!'))
    };
    let last = marks().next()?;
    Some(if marks().any(|c| c == '?') { '?' } else { last })
}
