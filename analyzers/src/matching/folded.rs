//! The word scan over texts that are folded already: the same steps, without a look at case and at what folding moves.

use memchr::memmem::Finder;

use super::anchors::Entry;
use super::fast::{Fast, Piece, Scratch};
use super::{Hit, settle};
use crate::folding::FoldedTexts;
use crate::text::is_boundary;

/// Up to so many phrases without a word are looked for one by one, faster than by an automaton.
const FEW_WORDLESS: usize = 8;

/// ASCII phrases without a letter or a digit, such as `$`.
#[derive(Debug)]
pub(super) struct Wordless {
    /// Empty where there are too many.
    finders: Vec<(u32, Finder<'static>)>,
}

impl Wordless {
    pub(super) fn of<'p>(phrases: impl Iterator<Item = (u32, &'p str)>) -> Wordless {
        let finder = |(id, phrase): (u32, &str)| (id, Finder::new(phrase).into_owned());
        Wordless {
            finders: phrases.map(finder).collect(),
        }
    }

    /// Whether there are so many that they ask for the automaton.
    pub(super) fn are_many(&self) -> bool {
        self.finders.len() > FEW_WORDLESS
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.finders.len() * size_of::<(u32, Finder<'static>)>()
    }

    fn scan(&self, texts: &FoldedTexts, hits: &mut Vec<Hit>) {
        let offsets = texts.offsets();
        for (id, finder) in &self.finders {
            let (bytes, length) = (texts.joined().as_bytes(), finder.needle().len());
            let (mut from, mut text) = (0, 0);
            while let Some(found) = finder.find(&bytes[from..]) {
                let (start, end) = (from + found, from + found + length);
                from = start + 1;
                while offsets[text + 1] as usize <= start {
                    text += 1;
                }
                let base = offsets[text] as usize;
                if end <= offsets[text + 1] as usize {
                    push_whole(texts, text, start - base..end - base, *id, hits);
                }
            }
        }
    }
}

impl Fast {
    /// Adds the places in all of `texts` where a phrase stands between word boundaries, in order.
    pub(super) fn scan_texts(&self, texts: &FoldedTexts, hits: &mut Vec<Hit>) {
        let first = hits.len();
        let mut scratch = Scratch::default();
        let (offsets, bytes) = (texts.offsets(), texts.joined().as_bytes());
        let mut from = 0;
        while from < texts.len() {
            let piece = Piece::of(bytes, offsets, from);
            from = piece.sentences.end;
            self.scan_folded_piece(texts, &piece, &mut scratch, hits);
        }
        for text in texts.beyond_ascii() {
            self.foreign.scan_text(texts, *text, hits);
        }
        if self.few_wordless.are_many() {
            for text in 0..texts.len() {
                self.wordless.scan_text(texts, text, hits);
            }
        } else {
            self.few_wordless.scan(texts, hits);
        }
        settle(hits, first);
    }

    fn scan_folded_piece(
        &self,
        texts: &FoldedTexts,
        piece: &Piece<'_, i64>,
        scratch: &mut Scratch,
        hits: &mut Vec<Hit>,
    ) {
        self.find_candidates(piece, scratch);
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
                for entry in self.anchors.entries(key) {
                    self.compare_folded_piece(texts, piece, (sentence, start), entry, hits);
                }
            }
        }
    }

    /// Adds the entry where it stands in the sentence with its anchor at the given byte of the piece.
    fn compare_folded_piece(
        &self,
        texts: &FoldedTexts,
        piece: &Piece<'_, i64>,
        (sentence, anchor): (usize, usize),
        entry: &Entry,
        hits: &mut Vec<Hit>,
    ) {
        let place = piece.sentence(sentence);
        let text = &piece.bytes[place.clone()];
        if let Some(found) = self.occurrence(entry, text, anchor - place.start) {
            push_whole(texts, sentence, found, entry.id, hits);
        }
    }
}

/// Adds a hit if both of its ends are word boundaries.
pub(super) fn push_whole(
    texts: &FoldedTexts,
    sentence: usize,
    found: std::ops::Range<usize>,
    id: u32,
    hits: &mut Vec<Hit>,
) {
    let text = texts.text(sentence);
    if is_boundary(text, found.start) && is_boundary(text, found.end) {
        hits.push(Hit::new(sentence, found, id));
    }
}
