//! The word scan over a column's bytes.
//!
//! The column is looked at in pieces of whole sentences that fit into the first-level cache, each in four steps, of which the
//! first two are vector code: find the words; keep those that may be an anchor; keep those that may be one beside their
//! neighbours; compare phrases. Sentences with bytes that folding changes by more than case are left out of the last step, and
//! folded and searched one by one.

use std::ops::Range;

use arrow::array::{Array, StringArray};

use super::anchors::{Anchors, Entry, has_word, word_runs};
use super::boundary;
use super::reference::Reference;
use super::simd::{Cpu, Simd};
use super::words::{Words, head, head_hash};
use super::{Hit, settle};
use crate::text::{Folded, stands_alone};

/// Bytes of sentences that are looked at together.
const PIECE: usize = 8 << 10;

/// Phrases by their anchors, and the few that have none.
#[derive(Debug)]
pub(super) struct Fast {
    anchors: Anchors,
    /// Phrases without ASCII letters and digits, all of whose characters are beyond ASCII or some of them.
    foreign: Reference,
    /// Phrases of ASCII punctuation alone, which plain sentences may hold.
    wordless: Reference,
    cpu: Cpu,
}

/// What a scan reuses from piece to piece.
#[derive(Default)]
struct Scratch {
    words: Words,
    /// A bit for each byte at which a sentence starts.
    breaks: Vec<u64>,
    candidates: Vec<u32>,
    unplain: Vec<usize>,
    folded: Folded,
}

/// A piece of the column: the bytes of some sentences.
struct Piece<'a> {
    bytes: &'a [u8],
    offsets: &'a [i32],
    sentences: Range<usize>,
}

impl Piece<'_> {
    /// The bytes of a sentence of the column, counted in the piece.
    fn sentence(&self, sentence: usize) -> Range<usize> {
        let base = self.offsets[self.sentences.start];
        let place = |offset: i32| (offset - base) as usize;
        place(self.offsets[sentence])..place(self.offsets[sentence + 1])
    }
}

impl Fast {
    /// Folded phrases, which are called by their positions.
    pub(super) fn new(phrases: &[String], simd: Simd) -> Fast {
        let without_word = |is_ascii: bool| {
            let numbered = phrases.iter().enumerate();
            let wanted = numbered.filter(move |(_, p)| !has_word(p) && p.is_ascii() == is_ascii);
            Reference::of(wanted.map(|(id, phrase)| (id as u32, phrase.as_str())))
        };
        Fast {
            anchors: Anchors::new(phrases),
            foreign: without_word(false),
            wordless: without_word(true),
            cpu: Cpu::at_most(simd),
        }
    }

    pub(super) fn simd(&self) -> Simd {
        self.cpu.simd()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.anchors.heap_bytes() + self.foreign.heap_bytes() + self.wordless.heap_bytes()
    }

    /// Adds the hits in all of `sentences`, in order.
    pub(super) fn scan(&self, sentences: &StringArray, hits: &mut Vec<Hit>) {
        let offsets = sentences.value_offsets();
        let values = sentences.value_data();
        let mut scratch = Scratch::default();
        let mut from = 0;
        while from < sentences.len() {
            let to = piece_end(offsets, from);
            let piece = Piece {
                bytes: &values[offsets[from] as usize..offsets[to] as usize],
                offsets,
                sentences: from..to,
            };
            let first = hits.len();
            self.scan_piece(&piece, &mut scratch, hits);
            self.scan_unplain(sentences, &mut scratch, hits);
            self.scan_wordless(sentences, from..to, &mut scratch, hits);
            settle(hits, first);
            from = to;
        }
    }

    fn scan_piece(&self, piece: &Piece<'_>, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        mark_breaks(piece, &mut scratch.breaks);
        self.cpu
            .split(piece.bytes, &scratch.breaks, &mut scratch.words);
        let heads = &self.anchors.heads;
        self.cpu
            .probe(piece.bytes, &scratch.words, heads, &mut scratch.candidates);
        list_unplain(piece, &scratch.words.unplain, &mut scratch.unplain);
        let mut sentence = piece.sentences.start;
        let mut unplain = scratch.unplain.iter().copied().peekable();
        let words = &scratch.words;
        for candidate in &scratch.candidates {
            let word = *candidate as usize;
            let (start, end) = words.get(word);
            let previous = word.checked_sub(1).map(|previous| words.get(previous));
            let next = (word + 1 < words.len).then(|| words.get(word + 1));
            for key in self.anchors.keys(piece.bytes, (start, end), previous, next) {
                while piece.sentence(sentence).end <= start {
                    sentence += 1;
                }
                while unplain.next_if(|other| *other < sentence).is_some() {}
                if unplain.peek() != Some(&sentence) {
                    let found = self.anchors.entries(key);
                    self.compare_plain(piece, sentence, start, found, hits);
                }
            }
        }
    }

    /// Adds those of `entries` that stand in a plain sentence with their anchor at `start`.
    fn compare_plain(
        &self,
        piece: &Piece<'_>,
        sentence: usize,
        start: usize,
        entries: &[Entry],
        hits: &mut Vec<Hit>,
    ) {
        let place = piece.sentence(sentence);
        let text = &piece.bytes[place.clone()];
        for entry in entries {
            let found = self.occurrence(entry, text, start - place.start);
            if let Some(found) = found.filter(|found| boundary::stands_alone(text, found.clone())) {
                hits.push(Hit::new(sentence, found, entry.id));
            }
        }
    }

    /// The bytes of `text` that hold the entry, case aside, with its anchor at `anchor`.
    fn occurrence(&self, entry: &Entry, text: &[u8], anchor: usize) -> Option<Range<usize>> {
        let phrase = self.anchors.text(entry);
        let start = anchor.checked_sub(entry.before as usize)?;
        let found = text.get(start..start + phrase.len())?;
        found
            .eq_ignore_ascii_case(phrase)
            .then(|| start..start + phrase.len())
    }

    fn scan_unplain(&self, sentences: &StringArray, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        for sentence in &scratch.unplain {
            scratch.folded.fold(sentences.value(*sentence));
            self.scan_folded(&scratch.folded, *sentence, hits);
            self.foreign.scan_folded(&scratch.folded, *sentence, hits);
        }
    }

    /// The same steps for one folded sentence, without vectors.
    fn scan_folded(&self, folded: &Folded, sentence: usize, hits: &mut Vec<Hit>) {
        let bytes = folded.text().as_bytes();
        let mut runs = word_runs(bytes).peekable();
        let mut previous = None;
        while let Some(word) = runs.next() {
            if self
                .anchors
                .heads
                .has(head_hash(head(bytes, word.0, word.1)))
            {
                let next = runs.peek().copied();
                for key in self.anchors.keys(bytes, word, previous, next) {
                    let found = self.anchors.entries(key);
                    self.compare_folded(folded, sentence, word.0, found, hits);
                }
            }
            previous = Some(word);
        }
    }

    fn compare_folded(
        &self,
        folded: &Folded,
        sentence: usize,
        start: usize,
        entries: &[Entry],
        hits: &mut Vec<Hit>,
    ) {
        let text = folded.text();
        for entry in entries {
            let found = self.occurrence(entry, text.as_bytes(), start);
            if let Some(found) = found.filter(|found| stands_alone(text, found.clone(), false)) {
                hits.push(Hit::new(sentence, folded.original(found), entry.id));
            }
        }
    }

    fn scan_wordless(
        &self,
        sentences: &StringArray,
        which: Range<usize>,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) {
        if self.wordless.is_empty() {
            return;
        }
        for sentence in which {
            scratch.folded.fold(sentences.value(sentence));
            self.wordless.scan_folded(&scratch.folded, sentence, hits);
        }
    }
}

/// The sentence after the last one of the piece that starts with sentence `from`: as few as fill it.
fn piece_end(offsets: &[i32], from: usize) -> usize {
    let full = offsets[from] as usize + PIECE;
    let mut to = from + 1;
    while to + 1 < offsets.len() && (offsets[to] as usize) < full {
        to += 1;
    }
    to
}

fn mark_breaks(piece: &Piece<'_>, breaks: &mut Vec<u64>) {
    breaks.clear();
    breaks.resize(piece.bytes.len() / 64 + 1, 0);
    for sentence in piece.sentences.clone() {
        let start = piece.sentence(sentence).start;
        breaks[start / 64] |= 1 << (start % 64);
    }
}

/// The sentences that hold a byte marked in `marks`, once each, in order.
fn list_unplain(piece: &Piece<'_>, marks: &[u64], unplain: &mut Vec<usize>) {
    unplain.clear();
    let mut sentence = piece.sentences.start;
    // Where the sentence that was listed last ends: marks before that say nothing new.
    let mut known = 0;
    for (block, marks) in marks.iter().enumerate() {
        let mut marks = *marks;
        while marks != 0 {
            let at = block * 64 + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            if at < known {
                continue;
            }
            while piece.sentence(sentence).end <= at {
                sentence += 1;
            }
            unplain.push(sentence);
            known = piece.sentence(sentence).end;
        }
    }
}
