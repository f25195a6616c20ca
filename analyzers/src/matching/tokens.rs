//! Runs of bytes that are no space, found as words are, and which of them are known words.

use std::ops::Range;

use super::fast::{Piece, mark_breaks};
use super::simd::{Cpu, Simd};
use super::words::Words;
use crate::folding::FoldedTexts;
use crate::text::core;
use crate::tokens::Token;
use crate::word_ids::{UNKNOWN, WordIds};

/// Finds tokens piece by piece, with the same buffers.
#[derive(Debug)]
pub(crate) struct TokenScan {
    cpu: Cpu,
    breaks: Vec<u64>,
    runs: Words,
    candidates: Vec<u32>,
    tokens: Vec<Token>,
}

/// Some texts in a row with their tokens.
#[derive(Debug)]
pub(crate) struct TokenPiece<'s> {
    /// Positions of the texts.
    pub(crate) texts: Range<usize>,
    /// By bytes from the start of the first text.
    pub(crate) tokens: &'s [Token],
}

impl Default for TokenScan {
    fn default() -> Self {
        TokenScan {
            cpu: Cpu::at_most(Simd::Avx512),
            breaks: Vec::new(),
            runs: Words::default(),
            candidates: Vec::new(),
            tokens: Vec::new(),
        }
    }
}

impl TokenScan {
    /// The texts from `from` on that fill a piece, and their tokens, whose words are numbered as in `words`.
    pub(crate) fn piece(
        &mut self,
        texts: &FoldedTexts,
        from: usize,
        words: &WordIds,
    ) -> TokenPiece<'_> {
        let piece = Piece::of(texts.joined().as_bytes(), texts.offsets(), from);
        mark_breaks(&piece, &mut self.breaks);
        self.cpu
            .split_at_spaces(piece.bytes, &self.breaks, &mut self.runs);
        self.cut_to_words(piece.bytes);
        self.cpu
            .probe(piece.bytes, &self.runs, words.heads(), &mut self.candidates);
        for candidate in &self.candidates {
            let token = &mut self.tokens[*candidate as usize];
            let (start, end) = (token.word_start as usize, token.word_end as usize);
            token.word = words.at(piece.bytes, start, end);
        }
        TokenPiece {
            texts: piece.sentences,
            tokens: &self.tokens,
        }
    }

    /// Lists the runs as tokens and leaves of each run its word.
    fn cut_to_words(&mut self, bytes: &[u8]) {
        let Words {
            starts, ends, len, ..
        } = &mut self.runs;
        self.tokens.clear();
        let runs = starts[..*len].iter_mut().zip(&mut ends[..*len]);
        self.tokens.extend(runs.map(|(start, end)| {
            let whole = (*start, *end);
            let word = word_in(bytes, *start as usize..*end as usize);
            (*start, *end) = (word.start as u32, word.end as u32);
            Token {
                start: whole.0,
                end: whole.1,
                word_start: *start,
                word_end: *end,
                word: UNKNOWN,
            }
        }));
    }
}

/// The bytes of a token without the signs around it. Most tokens are a word, or a word and a sign.
pub(crate) fn word_in(bytes: &[u8], token: Range<usize>) -> Range<usize> {
    let is_plain = |at: usize| bytes[at].is_ascii_alphanumeric();
    let last = token.end - 1;
    if is_plain(token.start) {
        if is_plain(last) {
            return token;
        }
        if last > token.start && bytes[last].is_ascii() && is_plain(last - 1) {
            return token.start..last;
        }
    }
    // Tokens are cut at spaces, so that each is text by itself.
    let text = std::str::from_utf8(&bytes[token.clone()]).unwrap_or_default();
    let word = core(text);
    token.start + word.start..token.start + word.end
}
