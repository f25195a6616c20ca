//! The word scan over texts that are folded already: the same steps, without a look at case and at what folding moves.

use memchr::memmem::Finder;

use super::fast::{Fast, Piece, Scratch};
use super::{Hit, settle};
use crate::folding::FoldedTexts;
use crate::text::is_boundary;

/// Up to so many phrases without a word are looked for one by one, faster than by an automaton.
const FEW_WORDLESS: usize = 8;

/// ASCII phrases without a letter or a digit, such as `$`.
#[derive(Debug)]
pub(super) struct Wordless {
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
            self.find_candidates(&piece, &mut scratch);
            self.each_anchored(&piece, &scratch, |sentence, start, entries| {
                let place = piece.sentence(sentence);
                let text = &piece.bytes[place.clone()];
                for entry in entries {
                    if let Some(found) = self.occurrence(entry, text, start - place.start) {
                        push_whole(texts, sentence, found, entry.id, hits);
                    }
                }
            });
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
