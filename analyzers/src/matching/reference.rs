//! The reference: fold a sentence, run an automaton over it, check word boundaries.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use arrow::array::{Array, StringArray};

use super::folded::push_whole;
use super::{Hit, settle};
use crate::text::{Folded, FoldedText, FoldedTexts, stands_alone};

/// Up to this many bytes of phrases the automaton is a DFA (some 70 MB at most), several times faster than the alternative.
const DFA_PHRASE_BYTES: usize = 400_000;

/// An automaton over folded text.
#[derive(Debug)]
pub(super) struct Reference {
    /// `None` where there is nothing to find.
    automaton: Option<AhoCorasick>,
    /// What each pattern of the automaton is called.
    ids: Vec<u32>,
}

impl Reference {
    /// The automaton of folded phrases, which are called by their positions.
    pub(super) fn new(phrases: &[String]) -> Reference {
        let numbered = phrases.iter().enumerate();
        Reference::of(numbered.map(|(id, phrase)| (id as u32, phrase.as_str())))
    }

    /// The automaton of folded phrases with their ids.
    pub(super) fn of<'p>(phrases: impl Iterator<Item = (u32, &'p str)>) -> Reference {
        let (ids, texts): (Vec<u32>, Vec<&str>) = phrases.filter(|(_, p)| !p.is_empty()).unzip();
        Reference {
            automaton: automaton(&texts),
            ids,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.automaton.is_none()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let automaton = self.automaton.as_ref().map_or(0, AhoCorasick::memory_usage);
        automaton + self.ids.len() * size_of::<u32>()
    }

    /// Adds the hits in all of `sentences`, in order.
    pub(super) fn scan(&self, sentences: &StringArray, hits: &mut Vec<Hit>) {
        let mut buffer = Folded::default();
        for sentence in 0..sentences.len() {
            let from = hits.len();
            buffer.fold(sentences.value(sentence));
            self.scan_folded(buffer.view(), sentence, hits);
            settle(hits, from);
        }
    }

    /// Adds the places in all of `texts` where a phrase stands between word boundaries, in order.
    pub(super) fn scan_texts(&self, texts: &FoldedTexts, hits: &mut Vec<Hit>) {
        let first = hits.len();
        for text in 0..texts.len() {
            self.scan_text(texts, text, hits);
        }
        settle(hits, first);
    }

    /// The same for one of them, in no order.
    pub(super) fn scan_text(&self, texts: &FoldedTexts, text: usize, hits: &mut Vec<Hit>) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        for found in automaton.find_overlapping_iter(texts.text(text)) {
            let id = self.ids[found.pattern().as_usize()];
            push_whole(texts, text, found.range(), id, hits);
        }
    }

    /// Adds the hits in one folded sentence, in no order.
    pub(super) fn scan_folded(&self, buffer: FoldedText<'_>, sentence: usize, hits: &mut Vec<Hit>) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        for found in automaton.find_overlapping_iter(buffer.text()) {
            if stands_alone(buffer.text(), found.range(), false) {
                let id = self.ids[found.pattern().as_usize()];
                hits.push(Hit::new(sentence, buffer.original(found.range()), id));
            }
        }
    }
}

fn automaton(phrases: &[&str]) -> Option<AhoCorasick> {
    if phrases.is_empty() {
        return None;
    }
    let bytes: usize = phrases.iter().map(|phrase| phrase.len()).sum();
    let mut builder = AhoCorasick::builder();
    builder.match_kind(MatchKind::Standard);
    if bytes <= DFA_PHRASE_BYTES {
        builder.kind(Some(AhoCorasickKind::DFA));
    }
    // Building fails only beyond two thousand million states.
    builder.build(phrases).ok()
}
