//! Cue lists that are looked for in a sentence on request: gaps and slots included, no list hiding another's hits.

use std::ops::Range;
use std::sync::Arc;

use crate::call::{Call, Side};
use crate::dictionary::{Dictionary, Kind, SaidBy};
use crate::lexicon::{Lexicon, Mention};
use crate::names::Names;
use crate::page::{CallText, Terms};

/// The lists of a dictionary of kind `cues`, compiled.
#[derive(Debug)]
pub struct CueLists {
    /// One for each list, so that the hits of one do not hide those of another.
    lists: Vec<Dictionary>,
    lexicon: Lexicon,
}

/// A cue in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue<'c> {
    /// Id of the list.
    pub list: &'c str,
    /// Its bytes in the sentence.
    pub bytes: Range<usize>,
}

impl CueLists {
    /// The lists of `dictionary`; none where there is none. `names` are what `<competitor>` stands for.
    pub(crate) fn build(dictionary: Option<&Dictionary>, names: Arc<Names>) -> CueLists {
        let alone = |dictionary: &Dictionary| {
            let list = |entry: &crate::dictionary::Entry| {
                let mut entry = entry.clone();
                entry.said_by = SaidBy::Any;
                Dictionary {
                    name: entry.id.clone(),
                    kind: Kind::Mentions,
                    entries: vec![entry],
                    ..dictionary.clone()
                }
            };
            dictionary.entries.iter().map(list).collect::<Vec<_>>()
        };
        let lists = dictionary.map(alone).unwrap_or_default();
        CueLists {
            lexicon: Lexicon::build(&lists, names),
            lists,
        }
    }

    /// Every cue in a sentence, list by list and in order.
    pub fn found(&self, text: &str) -> Vec<Cue<'_>> {
        let call = Call::of_sentence(text, Side::Unknown);
        self.cues(self.lexicon.mentions(&self.lists, &call))
    }

    /// The same for a sentence of a call that was folded and searched already.
    pub(crate) fn found_at(
        &self,
        call: &Call<'_>,
        text: &CallText<'_>,
        sentence: usize,
        list: Terms,
    ) -> Vec<Cue<'_>> {
        let places = text.places_in(list, sentence);
        if places.is_empty() {
            return Vec::new();
        }
        let alone = Call::of_sentence(call.sentences[sentence].text, Side::Unknown);
        let text = text.sentence(sentence);
        self.cues(self.lexicon.mentions_at(&self.lists, &alone, &text, places))
    }

    /// All forms in which the cues are looked for.
    pub(crate) fn forms(&self) -> &[String] {
        self.lexicon.forms()
    }

    fn cues(&self, mentions: Vec<Mention>) -> Vec<Cue<'_>> {
        let cue = |mention: Mention| Cue {
            list: &self.lists[mention.dictionary].name,
            bytes: mention.bytes,
        };
        mentions.into_iter().map(cue).collect()
    }
}
