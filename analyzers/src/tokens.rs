//! The whitespace-separated tokens of folded texts: found by vector code, and each word looked up once for all word lists.

use crate::folding::FoldedTexts;
use crate::matching::{TokenPiece, TokenScan, word_in};
use crate::word_ids::{WordId, WordIds};

/// A token of a folded text; offsets are bytes of that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// First byte.
    pub(crate) start: u32,
    /// Byte after the last one.
    pub(crate) end: u32,
    /// First byte of the word in it, the signs around the word left out.
    pub(crate) word_start: u32,
    /// Byte after the last one of the word; a token of signs alone has an empty word.
    pub(crate) word_end: u32,
    /// The word's number in the word lists.
    pub(crate) word: WordId,
}

impl Token {
    /// The signs behind the word in its text.
    pub(crate) fn tail(self, text: &str) -> &str {
        &text[self.word_end as usize..self.end as usize]
    }
}

/// The tokens of some texts.
#[derive(Debug)]
pub(crate) struct Tokens {
    all: Vec<Token>,
    /// Position of the first token of each text, and behind the last one of all.
    firsts: Vec<usize>,
}

impl Tokens {
    /// The tokens of all of `texts`, with the numbers of their words in `words`.
    pub(crate) fn of(texts: &FoldedTexts, words: &WordIds) -> Tokens {
        let mut tokens = Tokens {
            all: Vec::with_capacity(texts.joined().len() / 5),
            firsts: vec![0],
        };
        let mut scan = TokenScan::default();
        let mut from = 0;
        while from < texts.len() {
            let piece = scan.piece(texts, from, words);
            from = piece.texts.end;
            tokens.add(texts, &piece);
        }
        tokens
    }

    fn add(&mut self, texts: &FoldedTexts, piece: &TokenPiece<'_>) {
        let offsets = &texts.offsets()[piece.texts.start..=piece.texts.end];
        let mut found = piece.tokens.iter().peekable();
        for ends in offsets.windows(2) {
            // A piece has fewer than 2³² bytes.
            let [start, end] = [ends[0] - offsets[0], ends[1] - offsets[0]].map(|at| at as u32);
            while let Some(token) = found.next_if(|token| token.start < end) {
                self.all.push(Token {
                    start: token.start - start,
                    end: token.end - start,
                    word_start: token.word_start - start,
                    word_end: token.word_end - start,
                    word: token.word,
                });
            }
            self.firsts.push(self.all.len());
        }
    }

    /// Puts the tokens of one folded text into `tokens`: slower for each, but without a look at other texts.
    pub(crate) fn list(text: &str, words: &WordIds, tokens: &mut Vec<Token>) {
        tokens.clear();
        tokens.extend(each(text, words));
    }

    /// The tokens of the text at `position`.
    pub(crate) fn get(&self, position: usize) -> &[Token] {
        &self.all[self.firsts[position]..self.firsts[position + 1]]
    }
}

/// The tokens of a folded text, one after the other.
pub(crate) fn each<'t>(text: &'t str, words: &'t WordIds) -> impl Iterator<Item = Token> + 't {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|byte| *byte != b' ')?;
        let rest = &bytes[start..];
        at = start + memchr::memchr(b' ', rest).unwrap_or(rest.len());
        let word = word_in(bytes, start..at);
        Some(Token {
            start: start as u32,
            end: at as u32,
            word_start: word.start as u32,
            word_end: word.end as u32,
            word: words.at(bytes, word.start, word.end),
        })
    })
}
