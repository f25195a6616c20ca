//! The matching core: every occurrence of many phrases in a whole Arrow column of sentences, in one scan.
//!
//! A phrase occurs where its folded form (see [`crate::text`]) stands in the folded sentence as whole words. All occurrences
//! are found, overlapping ones too: which of them counts is the caller's matter, because a longer phrase that fails a later
//! test must not hide a shorter one that holds. [`leftmost_longest`] is the usual answer.
//!
//! Two engines give the same hits:
//!
//! - *Reference* folds each sentence and runs an Aho-Corasick automaton over it; it is exact by construction.
//! - *Fast* looks at the column's bytes as they lie. It finds all words with SIMD, keeps those that are the rarest word of a
//!   phrase, and compares phrases only there. Sentences that folding changes by more than case are folded and looked at alone.
//!
//! ```
//! use arrow::array::StringArray;
//! use talktrack_analyzers::matching::{Hit, Matcher};
//!
//! let matcher = Matcher::new(&["acme", "too expensive"]);
//! let sentences = StringArray::from(vec!["Acme's fine.", "Way TOO expensive"]);
//! let found = [Hit::new(0, 0..4, 0), Hit::new(1, 4..17, 1)];
//! assert_eq!(matcher.hits(&sentences), found);
//! ```

mod anchors;
mod boundary;
mod fast;
mod filter;
mod folded;
mod reference;
#[allow(
    unsafe_code,
    reason = "vector loads and stores go through pointers, and vector code is entered only after the processor was asked"
)]
mod simd;
mod tokens;
mod words;

use std::ops::Range;

use arrow::array::{Array, StringArray};

use crate::text::{FoldedTexts, folded};
use fast::Fast;
use reference::Reference;

pub(crate) use filter::Filter;
pub(crate) use tokens::{TokenPiece, TokenScan, word_in};
pub(crate) use words::{first_bytes, head, head_hash};

pub use simd::Simd;

/// Without SIMD the automaton is faster on text with few hits at any size measured, but from about this many phrases on it
/// takes tens of megabytes, and falls behind where hits are many.
const SCALAR_PAYS_FROM: usize = 2_000;

/// A phrase that stands in a sentence. Hits are ordered by sentence, first byte, end and phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Position of the sentence in the column.
    pub sentence: u32,
    /// First byte of the occurrence in the sentence.
    pub start: u32,
    /// The byte after the occurrence.
    pub end: u32,
    /// Position of the phrase in the list that was compiled.
    pub phrase: u32,
}

impl Hit {
    /// The hit of `phrase` at `bytes` of `sentence`. A column has fewer than 2³¹ bytes, so all of them fit.
    pub fn new(sentence: usize, bytes: Range<usize>, phrase: u32) -> Hit {
        Hit {
            sentence: sentence as u32,
            start: bytes.start as u32,
            end: bytes.end as u32,
            phrase,
        }
    }

    /// Bytes of the occurrence in its sentence.
    pub fn bytes(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    fn overlaps(&self, other: &Hit) -> bool {
        self.sentence == other.sentence && self.start < other.end && other.start < self.end
    }
}

/// Which engine is to be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Whichever is faster for these phrases on this processor.
    Auto,
    /// The automaton.
    Reference,
    /// The word scan, with at most these instructions; fewer where the processor lacks them.
    Fast(Simd),
}

/// Phrases, compiled. Ids of phrases are their positions in the list.
#[derive(Debug)]
pub struct Matcher {
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Reference(Reference),
    Fast(Box<Fast>),
}

impl Matcher {
    /// Compiles `phrases` for the engine that is faster here. Phrases are folded; one that folds to nothing is never found.
    pub fn new(phrases: &[impl AsRef<str>]) -> Matcher {
        Matcher::with(phrases, Choice::Auto)
    }

    /// Compiles `phrases` for the engine of `choice`.
    pub fn with(phrases: &[impl AsRef<str>], choice: Choice) -> Matcher {
        let phrases: Vec<String> = phrases.iter().map(|p| folded(p.as_ref())).collect();
        let engine = match resolve(choice, &phrases) {
            Some(simd) => Engine::Fast(Box::new(Fast::new(&phrases, simd))),
            None => Engine::Reference(Reference::new(&phrases)),
        };
        Matcher { engine }
    }

    /// The instructions that the word scan uses; `None` where the engine is the automaton.
    pub fn simd(&self) -> Option<Simd> {
        match &self.engine {
            Engine::Reference(_) => None,
            Engine::Fast(fast) => Some(fast.simd()),
        }
    }

    /// Bytes on the heap that the compiled phrases take.
    pub fn heap_bytes(&self) -> usize {
        match &self.engine {
            Engine::Reference(reference) => reference.heap_bytes(),
            Engine::Fast(fast) => fast.heap_bytes(),
        }
    }

    /// All hits in `sentences`, in order. A null holds none.
    pub fn hits(&self, sentences: &StringArray) -> Vec<Hit> {
        let mut hits = Vec::new();
        match &self.engine {
            Engine::Reference(reference) => reference.scan(sentences, &mut hits),
            Engine::Fast(fast) => fast.scan(sentences, &mut hits),
        }
        if sentences.null_count() > 0 {
            hits.retain(|hit| sentences.is_valid(hit.sentence as usize));
        }
        hits
    }

    /// Compiles phrases that are folded already, for [`Matcher::places`].
    pub(crate) fn for_folded(phrases: &[String], choice: Choice) -> Matcher {
        let simd = match choice {
            // In folded texts a few phrases without a word cost little.
            Choice::Auto => that_pay(phrases.len()),
            other => resolve(other, phrases),
        };
        let engine = match simd {
            Some(simd) => Engine::Fast(Box::new(Fast::new(phrases, simd))),
            None => Engine::Reference(Reference::new(phrases)),
        };
        Matcher { engine }
    }

    /// All places in folded texts where a phrase stands between word boundaries, in order; offsets are those of the folded
    /// texts. Whether a place is whole words (a contraction may go on behind it) is for the caller to tell.
    pub(crate) fn places(&self, texts: &FoldedTexts) -> Vec<Hit> {
        let mut hits = Vec::new();
        match &self.engine {
            Engine::Reference(reference) => reference.scan_texts(texts, &mut hits),
            Engine::Fast(fast) => fast.scan_texts(texts, &mut hits),
        }
        hits
    }
}

/// The instructions for the word scan where it is faster than the automaton for so many phrases.
fn that_pay(phrases: usize) -> Option<Simd> {
    let simd = Simd::detected();
    (simd > Simd::Scalar || phrases >= SCALAR_PAYS_FROM).then_some(simd)
}

/// The instructions for the word scan, or `None` for the automaton.
fn resolve(choice: Choice, phrases: &[String]) -> Option<Simd> {
    match choice {
        Choice::Reference => None,
        Choice::Fast(simd) => Some(simd),
        Choice::Auto => {
            // Such phrases need the automaton over all text anyway.
            let has_wordless = phrases.iter().any(|phrase| anchors::is_wordless(phrase));
            that_pay(phrases.len()).filter(|_| !has_wordless)
        }
    }
}

/// Puts the hits of one sentence or of several, found in any order, in order; what is found twice counts once.
fn settle(hits: &mut Vec<Hit>, from: usize) {
    let fresh = &mut hits[from..];
    if fresh.is_sorted_by(|one, other| one < other) {
        return;
    }
    if fresh.is_sorted_by_key(|hit| hit.sentence) {
        // A sentence has few hits, which are sorted faster than all of them together.
        for of_sentence in fresh.chunk_by_mut(|one, other| one.sentence == other.sentence) {
            of_sentence.sort_unstable();
        }
    } else {
        fresh.sort_unstable();
    }
    if fresh.is_sorted_by(|one, other| one < other) {
        return;
    }
    let mut sorted = hits.split_off(from);
    sorted.dedup();
    hits.append(&mut sorted);
}

/// Of hits that overlap, the one that starts first stays, and of those the longest; of equal ones the first phrase.
///
/// `hits` are in order, as [`Matcher::hits`] gives them.
pub fn leftmost_longest(hits: &[Hit]) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits {
        match kept.last_mut() {
            Some(last) if last.overlaps(hit) => {
                if last.start == hit.start && last.end < hit.end {
                    *last = *hit;
                }
            }
            _ => kept.push(*hit),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
