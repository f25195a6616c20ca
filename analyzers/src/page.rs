//! The text of some calls, folded once and searched once for everything that the dictionaries list.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;

use crate::call::Call;
use crate::folding::{FoldedText, FoldedTexts};
use crate::matching::Hit;
use crate::tokens::{Token, Tokens};
use crate::word_ids::WordIds;

/// A list of terms whose places are looked for in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Terms {
    /// Everything that mentions are made of.
    Mentions,
    /// Next steps.
    NextSteps,
    /// Answers to objections.
    ObjectionHandling,
    /// How questions are put.
    QuestionForms,
    /// What questions are after.
    QuestionIntents,
}

/// The sentences of some calls, folded and searched when somebody first asks. One thread has it.
pub struct Page<'c> {
    calls: &'c [Call<'c>],
    /// Position of the first sentence of each call, and behind the last one of all.
    firsts: Vec<usize>,
    texts: OnceCell<FoldedTexts>,
    words: &'c WordIds,
    tokens: OnceCell<Tokens>,
    search: &'c dyn Fn(&FoldedTexts) -> Vec<Vec<Hit>>,
    /// By list of terms, in the order of [`Terms`]: where they stand, by sentence.
    places: OnceCell<Vec<Vec<Hit>>>,
}

impl<'c> Page<'c> {
    /// The sentences of `calls`; `words` numbers their words, and `search` finds the places in their folded texts, by list of
    /// terms.
    pub(crate) fn of(
        calls: &'c [Call<'c>],
        words: &'c WordIds,
        search: &'c dyn Fn(&FoldedTexts) -> Vec<Vec<Hit>>,
    ) -> Page<'c> {
        let mut firsts = vec![0];
        let mut next = 0;
        firsts.extend(calls.iter().map(|call| {
            next += call.sentences.len();
            next
        }));
        Page {
            calls,
            firsts,
            texts: OnceCell::new(),
            words,
            tokens: OnceCell::new(),
            search,
            places: OnceCell::new(),
        }
    }

    fn texts(&self) -> &FoldedTexts {
        self.texts.get_or_init(|| {
            let sentences = || self.calls.iter().flat_map(|call| &call.sentences);
            let bytes = sentences().map(|sentence| sentence.text.len()).sum();
            let mut texts = FoldedTexts::with_capacity(bytes);
            for sentence in sentences() {
                texts.push(sentence.text);
            }
            texts
        })
    }

    fn tokens(&self) -> &Tokens {
        self.tokens
            .get_or_init(|| Tokens::of(self.texts(), self.words))
    }

    /// Empty for a list that is not looked for.
    fn places(&self, list: Terms) -> &[Hit] {
        let all = self.places.get_or_init(|| (self.search)(self.texts()));
        all.get(list as usize).map_or(&[], Vec::as_slice)
    }

    /// The part of the call at `position`.
    pub(crate) fn call(&self, position: usize) -> CallText<'_> {
        CallText {
            page: self,
            sentences: self.firsts[position]..self.firsts[position + 1],
        }
    }
}

impl fmt::Debug for Page<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Page")
            .field("calls", &self.calls.len())
            .finish_non_exhaustive()
    }
}

/// The folded sentences of one call, with the places of terms in them.
#[derive(Debug, Clone)]
pub struct CallText<'p> {
    page: &'p Page<'p>,
    sentences: Range<usize>,
}

impl<'p> CallText<'p> {
    /// The folded text of a sentence by its position in [`Call::sentences`].
    pub fn folded(&self, sentence: usize) -> FoldedText<'p> {
        self.page.texts().get(self.sentences.start + sentence)
    }

    /// The tokens of a sentence, where somebody asked for those of the page before.
    pub(crate) fn tokens_if_made(&self, sentence: usize) -> Option<&'p [Token]> {
        let made = self.page.tokens.get()?;
        Some(made.get(self.sentences.start + sentence))
    }

    /// The tokens of a sentence.
    pub(crate) fn tokens(&self, sentence: usize) -> &'p [Token] {
        self.page.tokens().get(self.sentences.start + sentence)
    }

    /// One sentence, as if it were a call.
    pub(crate) fn sentence(&self, sentence: usize) -> CallText<'p> {
        let first = self.sentences.start + sentence;
        CallText {
            page: self.page,
            sentences: first..first + 1,
        }
    }

    /// Where terms of the list `list` stand in the call, by sentence.
    pub(crate) fn places(&self, list: Terms) -> Places<'p> {
        Places {
            of: within(self.page.places(list), self.sentences.clone()),
            first: self.sentences.start,
        }
    }

    /// Where terms of the list `list` stand in one sentence.
    pub(crate) fn places_in(&self, list: Terms, sentence: usize) -> Places<'p> {
        let first = self.sentences.start + sentence;
        Places {
            of: within(self.page.places(list), first..first + 1),
            first,
        }
    }
}

/// Places of terms in some sentences in a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'p> {
    of: &'p [Hit],
    first: usize,
}

impl<'p> Places<'p> {
    pub(crate) fn is_empty(self) -> bool {
        self.of.is_empty()
    }

    /// Each place with its sentence, counted from the first one.
    pub(crate) fn iter(self) -> impl Iterator<Item = (usize, &'p Hit)> {
        let first = self.first;
        self.of
            .iter()
            .map(move |hit| (hit.sentence as usize - first, hit))
    }
}

/// Those of `places`, which are sorted by sentence, that stand in `sentences`.
fn within(places: &[Hit], sentences: Range<usize>) -> &[Hit] {
    let from = places.partition_point(|hit| (hit.sentence as usize) < sentences.start);
    let rest = &places[from..];
    &rest[..rest.partition_point(|hit| (hit.sentence as usize) < sentences.end)]
}
