//! The word scan over a column's bytes.
//!
//! The column is looked at in pieces of whole sentences that fit into the first-level cache, each in four steps, of which the
//! first two are vector code: find the words; keep those that may be an anchor; keep those that may be one beside their
//! neighbours; compare phrases. Sentences with bytes that folding changes by more than case are left out of the last step, and
//! folded and searched one by one.

use std::ops::Range;

use arrow::array::{Array, OffsetSizeTrait, StringArray};

use super::anchors::{Anchors, Entry, has_word, word_runs};
use super::boundary;
use super::folded::Wordless;
use super::reference::Reference;
use super::simd::{Cpu, Simd};
use super::words::{Hashes, Words, hash, head, head_hash};
use super::{Hit, settle};
use crate::text::{Folded, FoldedText, stands_alone};

/// Bytes of sentences that are looked at together.
const PIECE: usize = 8 << 10;

/// Where more than one word in so many may be an anchor, the hash of each word is made once, else where it is asked for.
const MANY: usize = 4;

/// Phrases by their anchors, and the few that have none.
#[derive(Debug)]
pub(super) struct Fast {
    pub(super) anchors: Anchors,
    /// Phrases without ASCII letters and digits, all of whose characters are beyond ASCII or some of them.
    pub(super) foreign: Reference,
    /// Phrases of ASCII punctuation alone, which plain sentences may hold.
    pub(super) wordless: Reference,
    /// The same, for when they are few.
    pub(super) few_wordless: Wordless,
    cpu: Cpu,
}

/// What a scan reuses from piece to piece.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) words: Words,
    /// A bit for each byte at which a sentence starts.
    breaks: Vec<u64>,
    pub(super) candidates: Vec<u32>,
    pub(super) hashes: Hashes,
    unplain: Vec<usize>,
    folded: Folded,
}

/// A piece of the column: the bytes of some sentences.
pub(super) struct Piece<'a, O> {
    pub(super) bytes: &'a [u8],
    offsets: &'a [O],
    pub(super) sentences: Range<usize>,
}

impl<'a, O: OffsetSizeTrait> Piece<'a, O> {
    /// The sentences from `from` on, as few as fill a piece.
    pub(super) fn of(values: &'a [u8], offsets: &'a [O], from: usize) -> Piece<'a, O> {
        let to = piece_end(offsets, from);
        Piece {
            bytes: &values[offsets[from].as_usize()..offsets[to].as_usize()],
            offsets,
            sentences: from..to,
        }
    }

    /// The bytes of a sentence of the column, counted in the piece.
    pub(super) fn sentence(&self, sentence: usize) -> Range<usize> {
        let base = self.offsets[self.sentences.start].as_usize();
        let place = |offset: O| offset.as_usize() - base;
        place(self.offsets[sentence])..place(self.offsets[sentence + 1])
    }
}

impl Fast {
    /// Folded phrases, which are called by their positions.
    pub(super) fn new(phrases: &[String], simd: Simd) -> Fast {
        let without_word = |is_ascii: bool| {
            let numbered = phrases.iter().enumerate();
            let is_meant =
                move |p: &String| !p.is_empty() && !has_word(p) && p.is_ascii() == is_ascii;
            let wanted = numbered.filter(move |(_, phrase)| is_meant(phrase));
            wanted.map(|(id, phrase)| (id as u32, phrase.as_str()))
        };
        Fast {
            anchors: Anchors::new(phrases),
            foreign: Reference::of(without_word(false)),
            wordless: Reference::of(without_word(true)),
            few_wordless: Wordless::of(without_word(true)),
            cpu: Cpu::at_most(simd),
        }
    }

    pub(super) fn simd(&self) -> Simd {
        self.cpu.simd()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.anchors.heap_bytes()
            + self.foreign.heap_bytes()
            + self.wordless.heap_bytes()
            + self.few_wordless.heap_bytes()
    }

    /// Adds the hits in all of `sentences`, in order.
    pub(super) fn scan(&self, sentences: &StringArray, hits: &mut Vec<Hit>) {
        let offsets = sentences.value_offsets();
        let values = sentences.value_data();
        let mut scratch = Scratch::default();
        let mut from = 0;
        while from < sentences.len() {
            let piece = Piece::of(values, offsets, from);
            let to = piece.sentences.end;
            let first = hits.len();
            self.scan_piece(&piece, &mut scratch, hits);
            self.scan_unplain(sentences, &mut scratch, hits);
            self.scan_wordless(sentences, from..to, &mut scratch, hits);
            settle(hits, first);
            from = to;
        }
    }

    fn scan_piece(&self, piece: &Piece<'_, i32>, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        self.find_candidates(piece, scratch);
        list_unplain(piece, &scratch.words.unplain, &mut scratch.unplain);
        let mut unplain = scratch.unplain.iter().copied().peekable();
        self.each_anchored(piece, scratch, |sentence, start, found| {
            while unplain.next_if(|other| *other < sentence).is_some() {}
            if unplain.peek() != Some(&sentence) {
                self.compare_plain(piece, sentence, start, found, hits);
            }
        });
    }

    /// Gives to `take`, by sentence, the entries that may stand with their anchor at a byte of the piece.
    pub(super) fn each_anchored<O: OffsetSizeTrait>(
        &self,
        piece: &Piece<'_, O>,
        scratch: &Scratch,
        mut take: impl FnMut(usize, usize, &[Entry]),
    ) {
        let words = &scratch.words;
        let mut sentence = piece.sentences.start;
        for candidate in &scratch.candidates {
            let word = *candidate as usize;
            let (start, _) = words.get(word);
            let hash = |word: usize| scratch.hashes.of(piece.bytes, words, word);
            let previous = word.checked_sub(1).map(hash);
            let next = (word + 1 < words.len).then(|| hash(word + 1));
            for key in self.anchors.keys(hash(word), previous, next) {
                while piece.sentence(sentence).end <= start {
                    sentence += 1;
                }
                take(sentence, start, self.anchors.entries(key));
            }
        }
    }

    /// The words of a piece, and those of them that may be anchors.
    pub(super) fn find_candidates<O: OffsetSizeTrait>(
        &self,
        piece: &Piece<'_, O>,
        scratch: &mut Scratch,
    ) {
        mark_breaks(piece, &mut scratch.breaks);
        self.cpu
            .split(piece.bytes, &scratch.breaks, &mut scratch.words);
        let heads = &self.anchors.heads;
        self.cpu
            .probe(piece.bytes, &scratch.words, heads, &mut scratch.candidates);
        let are_many = scratch.candidates.len() > scratch.words.len / MANY;
        scratch
            .hashes
            .prepare(piece.bytes, &scratch.words, are_many);
    }

    /// Adds those of `entries` that stand in a plain sentence with their anchor at `start`.
    fn compare_plain(
        &self,
        piece: &Piece<'_, i32>,
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
    pub(super) fn occurrence(
        &self,
        entry: &Entry,
        text: &[u8],
        anchor: usize,
    ) -> Option<Range<usize>> {
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
            self.scan_folded(scratch.folded.view(), *sentence, hits);
            self.foreign
                .scan_folded(scratch.folded.view(), *sentence, hits);
        }
    }

    /// The same steps for one folded sentence, without vectors.
    fn scan_folded(&self, folded: FoldedText<'_>, sentence: usize, hits: &mut Vec<Hit>) {
        let bytes = folded.text().as_bytes();
        let mut runs = word_runs(bytes).peekable();
        let mut previous: Option<(usize, usize)> = None;
        while let Some(word) = runs.next() {
            if self
                .anchors
                .heads
                .has(head_hash(head(bytes, word.0, word.1)))
            {
                let hash = |(start, end): (usize, usize)| hash(bytes, start, end);
                let next = runs.peek().copied().map(hash);
                for key in self.anchors.keys(hash(word), previous.map(hash), next) {
                    let found = self.anchors.entries(key);
                    self.compare_folded(folded, sentence, word.0, found, hits);
                }
            }
            previous = Some(word);
        }
    }

    fn compare_folded(
        &self,
        folded: FoldedText<'_>,
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
            self.wordless
                .scan_folded(scratch.folded.view(), sentence, hits);
        }
    }
}

/// The sentence after the last one of the piece that starts with sentence `from`: as few as fill it.
fn piece_end<O: OffsetSizeTrait>(offsets: &[O], from: usize) -> usize {
    let full = offsets[from].as_usize() + PIECE;
    let mut to = from + 1;
    while to + 1 < offsets.len() && offsets[to].as_usize() < full {
        to += 1;
    }
    to
}

pub(super) fn mark_breaks<O: OffsetSizeTrait>(piece: &Piece<'_, O>, breaks: &mut Vec<u64>) {
    breaks.clear();
    breaks.resize(piece.bytes.len() / 64 + 1, 0);
    for sentence in piece.sentences.clone() {
        let start = piece.sentence(sentence).start;
        breaks[start / 64] |= 1 << (start % 64);
    }
}

/// The sentences that hold a byte marked in `marks`, once each, in order.
fn list_unplain(piece: &Piece<'_, i32>, marks: &[u64], unplain: &mut Vec<usize>) {
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
