//! The segments of a sentence, cut where a mark ends one, and their words with the lists they stand in.

use std::ops::Range;

use memchr::{memchr, memchr3, memrchr};

use super::vocabulary::{Lists, Node, Vocabulary};
use crate::text::FoldedText;
use crate::tokens::Token;

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
    /// The word in the folded sentence.
    pub(super) fn text(self, sentence: &str) -> &str {
        &sentence[self.start as usize..self.end as usize]
    }

    /// Bytes of the folded word.
    pub(super) fn length(self) -> u32 {
        self.end - self.start
    }

    pub(super) fn is_in(self, lists: Lists) -> bool {
        self.lists.has(lists)
    }

    /// Bytes from this word's token to the end of `last`'s in the original sentence.
    pub(super) fn to(self, last: Word, sentence: FoldedText<'_>) -> Range<usize> {
        sentence.original(self.token_start as usize..last.token_end as usize)
    }
}

/// A part of a folded sentence up to a mark that ends it, or to the end.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Its bytes in the folded sentence, the mark included.
    pub(super) bytes: Range<usize>,
    /// The mark, if there is one.
    pub(super) mark: Option<char>,
}

/// The next segment of a folded text from byte `from` on; `None` where only spaces are left.
pub(super) fn next_segment(text: &str, from: usize) -> Option<Segment> {
    let bytes = text.as_bytes();
    let start = from + bytes.get(from..)?.iter().position(|byte| *byte != b' ')?;
    let mut at = start;
    while let Some(sign) = memchr3(b'?', b'.', b'!', &bytes[at..]) {
        let sign = at + sign;
        let is_last = sign + 1 == bytes.len();
        if is_last && sign > start && bytes[sign - 1].is_ascii_alphanumeric() {
            return Some(Segment {
                bytes: start..bytes.len(),
                mark: Some(char::from(bytes[sign])),
            });
        }
        let token_start =
            memrchr(b' ', &bytes[start..sign]).map_or(start, |space| start + space + 1);
        let token_end = memchr(b' ', &bytes[sign..]).map_or(bytes.len(), |space| sign + space);
        if let Some(mark) = end_mark(&text[token_start..token_end]) {
            return Some(Segment {
                bytes: start..token_end,
                mark: Some(mark),
            });
        }
        at = token_end;
    }
    Some(Segment {
        bytes: start..bytes.len(),
        mark: None,
    })
}

/// The words of tokens, one for each.
pub(super) fn words<'t>(
    text: &'t str,
    tokens: impl Iterator<Item = Token> + 't,
    vocabulary: &'t Vocabulary,
) -> impl Iterator<Item = Word> + 't {
    tokens.map(move |token| Word {
        start: token.word_start,
        end: token.word_end,
        token_start: token.start,
        token_end: token.end,
        node: token.word,
        lists: vocabulary.lists(token.word),
        ends_clause: text.as_bytes()[token.end as usize - 1] == b',',
    })
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
