//! The words and phrases of all lists, numbered once: a sentence's words are then looked up once each, and lists are bits.

use std::collections::HashMap;
use std::sync::Arc;

use crate::dictionary::Dictionary;
use crate::text::folded;
use crate::word_ids::{WordId, WordIds};
use foldhash::fast::FixedState;

/// A set of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lists(u32);

macro_rules! lists {
    ($($name:ident = $id:literal),+ $(,)?) => {
        /// Ids of the lists in the dictionary's file.
        pub(super) const IDS: [&str; [$($id),+].len()] = [$($id),+];

        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "numbers the constants below")]
        enum Number { $($name),+ }

        impl Lists {
            $(pub(super) const $name: Lists = Lists(1 << Number::$name as u32);)+
        }
    };
}

lists! {
    AUXILIARIES = "auxiliaries",
    BACKCHANNELS = "backchannels",
    CLAUSE_SUBJECTS = "clause_subjects",
    CLOSED_STARTERS = "closed_starters",
    CONTINUATIONS = "continuations",
    FILLERS = "fillers",
    HESITATIONS = "hesitations",
    LOGISTICS = "logistics",
    NOT_BEFORE = "not_before",
    OPEN_STARTERS = "open_starters",
    PREPOSITIONS = "prepositions",
    PRONOUNS = "pronouns",
    QUESTION_WORDS = "question_words",
    QUESTION_WORDS_WITH_VERB = "question_words_with_verb",
    REPORTING = "reporting",
    RHETORICAL = "rhetorical",
    SUBJECTS = "subjects",
    TAGS = "tags",
    VERBS_AFTER_QUESTION_WORDS = "verbs_after_question_words",
    VERBS_ALSO_IMPERATIVE = "verbs_also_imperative",
}

impl Lists {
    /// Set beside the lists of a phrase that longer ones begin with.
    pub(super) const GOES_ON: Lists = Lists(1 << 31);

    /// Set beside the lists of a word that stands in a filler.
    pub(super) const IN_FILLER: Lists = Lists(1 << 29);

    /// Set beside the lists of a word with which a phrase begins that begins a question.
    pub(super) const BEGINS_STARTER: Lists = Lists(1 << 30);

    /// Set beside the lists of a word that stands second in such a phrase.
    pub(super) const SECOND_OF_STARTER: Lists = Lists(1 << 28);

    /// Those in either.
    pub(super) const fn or(self, other: Lists) -> Lists {
        Lists(self.0 | other.0)
    }

    /// Whether any of `others` is among them.
    pub(super) const fn has(self, others: Lists) -> bool {
        self.0 & others.0 != 0
    }
}

/// A place in the tree of phrases: a word, or words in a row.
pub(super) type Node = u32;

pub(super) use crate::word_ids::UNKNOWN;

/// The tree of all phrases. The node of a phrase of one word is the word's number.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Arc<WordIds>,
    /// By node: the lists in which the phrase stands.
    ends: Vec<Lists>,
    next: HashMap<(Node, Node), Node, FixedState>,
}

impl Vocabulary {
    /// Takes the lists out of the dictionary; a list that it does not have is empty.
    pub(super) fn build(dictionary: &Dictionary, words: Arc<WordIds>) -> Vocabulary {
        // Words come first, so that their numbers are those of their nodes.
        let mut vocabulary = Vocabulary {
            ends: vec![Lists::default(); words.len()],
            words,
            ..Vocabulary::default()
        };
        let phrases: Vec<(Lists, String)> = dictionary
            .entries
            .iter()
            .filter_map(|entry| {
                let number = IDS.iter().position(|id| *id == entry.id)?;
                Some((Lists(1 << number), &entry.terms))
            })
            .flat_map(|(list, terms)| terms.iter().map(move |term| (list, folded(term))))
            .collect();
        for (list, phrase) in &phrases {
            vocabulary.add(*list, phrase);
        }
        vocabulary
    }

    fn add(&mut self, list: Lists, phrase: &str) {
        let numbers: Vec<Node> = phrase
            .split_whitespace()
            .map(|word| self.words.get(word))
            .filter(|word| *word != UNKNOWN)
            .collect();
        let Some((first, rest)) = numbers.split_first() else {
            return;
        };
        if list.has(Lists::FILLERS) {
            for word in &numbers {
                self.mark(*word, Lists::IN_FILLER);
            }
        }
        if list.has(Lists::OPEN_STARTERS.or(Lists::CLOSED_STARTERS)) {
            self.mark(*first, Lists::BEGINS_STARTER);
            if let Some(second) = rest.first() {
                self.mark(*second, Lists::SECOND_OF_STARTER);
            }
        }
        let mut node = *first;
        for word in rest {
            self.mark(node, Lists::GOES_ON);
            let fresh = self.ends.len() as Node;
            node = *self.next.entry((node, *word)).or_insert(fresh);
            if node == fresh {
                self.ends.push(Lists::default());
            }
        }
        self.mark(node, list);
    }

    fn mark(&mut self, node: Node, lists: Lists) {
        let ends = &mut self.ends[node as usize];
        *ends = ends.or(lists);
    }

    /// The numbers of all words.
    pub(super) fn words(&self) -> &WordIds {
        &self.words
    }

    /// The lists in which a word stands by itself.
    pub(super) fn lists(&self, word: WordId) -> Lists {
        self.ends.get(word as usize).copied().unwrap_or_default()
    }

    /// The lists of each phrase that `words` begin with, the shortest first.
    pub(super) fn phrases(&self, words: impl Iterator<Item = Node>) -> impl Iterator<Item = Lists> {
        let mut node = None;
        let steps = words.map_while(move |word| {
            let reached = match node {
                None => (word != UNKNOWN).then_some(word),
                Some(node) if self.ends[node as usize].has(Lists::GOES_ON) => {
                    self.next.get(&(node, word)).copied()
                }
                Some(_) => None,
            };
            node = reached;
            reached
        });
        steps.map(|node| self.ends[node as usize])
    }
}
