//! One matcher for the terms of several lists, so that a text is scanned once for all of them.

use std::collections::HashMap;

use crate::folding::FoldedTexts;
use crate::matching::{Choice, Hit, Matcher};

/// The forms of all terms of some lists.
#[derive(Debug)]
pub(crate) struct Scanner {
    matcher: Matcher,
    /// By phrase of the matcher: the lists that have it, each with its number there.
    owners: Vec<Vec<(usize, u32)>>,
    lists: usize,
}

impl Scanner {
    /// Lists of folded forms; a form is called by its position in its list.
    pub(crate) fn of(lists: &[&[String]]) -> Scanner {
        let mut phrases: Vec<String> = Vec::new();
        let mut owners: Vec<Vec<(usize, u32)>> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (list, forms) in lists.iter().enumerate() {
            for (number, form) in forms.iter().enumerate() {
                let phrase = *known.entry(form).or_insert(phrases.len());
                if phrase == phrases.len() {
                    phrases.push(form.clone());
                    owners.push(Vec::new());
                }
                owners[phrase].push((list, number as u32));
            }
        }
        Scanner {
            matcher: Matcher::for_folded(&phrases, Choice::Auto),
            owners,
            lists: lists.len(),
        }
    }

    /// By list: where its forms stand between word boundaries in folded texts, by text.
    pub(crate) fn places(&self, texts: &FoldedTexts) -> Vec<Vec<Hit>> {
        let mut places = vec![Vec::new(); self.lists];
        for hit in self.matcher.places(texts) {
            for (list, number) in &self.owners[hit.phrase as usize] {
                places[*list].push(Hit {
                    phrase: *number,
                    ..hit
                });
            }
        }
        places
    }
}
