//! The sentences around a competitor's name that its page knows, and what they were counted on.

use std::collections::{BTreeMap, BTreeSet};

use super::calls_naming;
use crate::report::document::Quote;
use crate::report::evidence::FoundMention;
use crate::report::material::{Material, spread};
use crate::report::number::plural;
use crate::report::settings::Entry;
use crate::report::wanted::{COMPETITOR_CALLS, WON_CALLS};
use crate::rollup::COMPETITORS;

/// The sentences around the name that the page knows: those of the newest calls that name it.
pub(in crate::report::kinds) struct Heard<'m> {
    pub(super) material: &'m Material<'m>,
    pub(super) entry: &'m Entry,
    /// The newest calls that name it.
    pub(super) calls: BTreeSet<&'m str>,
    /// Mentions of it on them, newest call first.
    pub(in crate::report::kinds) names: Vec<&'m FoundMention>,
    /// The newest calls of won deals that name it.
    pub(super) won: BTreeSet<&'m str>,
}

impl<'m> Heard<'m> {
    pub(in crate::report::kinds) fn of(material: &'m Material<'m>, entry: &'m Entry) -> Self {
        let calls = newest_calls(material, &entry.id);
        let is_name =
            |found: &&FoundMention| found.dictionary == COMPETITORS && found.entry == entry.id;
        let names = material.evidence.mentions_on(&calls);
        let names = names.filter(is_name).collect();
        Self {
            material,
            entry,
            calls,
            names,
            won: newest_won_calls(material, &entry.id),
        }
    }

    /// The newest calls that name it, and those of won deals.
    pub(super) fn calls_and_won(&self) -> BTreeSet<&'m str> {
        self.calls.union(&self.won).copied().collect()
    }

    /// What a section was counted on that looks at won deals too.
    pub(super) fn counted_with_won(&self) -> String {
        format!(
            "{} Calls of won deals count as well: the newest {}.",
            self.counted(),
            plural(self.won.len() as i64, "call", "calls")
        )
    }

    /// Mentions of any dictionary at most `sentences` before or after the name, newest call first.
    pub(super) fn near_names(&self, sentences: i32) -> impl Iterator<Item = &'m FoundMention> {
        let mut places: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for found in &self.names {
            places
                .entry(&found.call_id)
                .or_default()
                .push(found.sentence);
        }
        let is_near = move |found: &&FoundMention| {
            let of_call = places.get(found.call_id.as_str());
            of_call.is_some_and(|places| {
                let near = |place: &i32| (place - found.sentence).abs() <= sentences;
                places.iter().any(near)
            })
        };
        let found = self.material.evidence.mentions_on(&self.calls);
        found.filter(is_near)
    }

    /// The newest sentences in which one side names it.
    pub(super) fn quotes(&self, side: &str, limit: usize) -> Vec<Quote> {
        let of_side = self.names.iter().filter(|found| found.side == side);
        spread(of_side.map(|found| &found.quote), limit)
    }

    pub(super) fn objection_label(&self, id: &str) -> &str {
        let mut known = self.material.settings.objections.iter();
        let entry = known.find(|entry| entry.id == id);
        entry.map_or("Objection", |entry| &entry.label)
    }

    /// What a section was counted on.
    pub(super) fn counted(&self) -> String {
        let all = calls_naming(self.material, &self.entry.id).len();
        if self.calls.len() < all {
            format!(
                "Counted on the newest {} of {} that name it.",
                self.calls.len(),
                plural(all as i64, "call", "calls")
            )
        } else {
            format!(
                "Counted on {}.",
                match all {
                    1 => "the only call that names it".to_owned(),
                    _ => format!("all {} that name it", plural(all as i64, "call", "calls")),
                }
            )
        }
    }
}

/// The newest calls that name a competitor: those whose sentences are all known to the page.
fn newest_calls<'a>(material: &'a Material<'_>, entry: &'a str) -> BTreeSet<&'a str> {
    let calls: Vec<&str> = material
        .entry_calls(COMPETITORS, entry)
        .map(|row| row.call_id.as_str())
        .collect();
    calls.into_iter().rev().take(COMPETITOR_CALLS).collect()
}

/// The newest calls of won deals that name it, whose sentences are known as well.
fn newest_won_calls<'a>(material: &'a Material<'_>, entry: &'a str) -> BTreeSet<&'a str> {
    let won = material.calls_by_outcome().remove("won");
    let won = won.unwrap_or_default();
    let newest = material.entry_calls(COMPETITORS, entry).rev();
    newest
        .map(|row| row.call_id.as_str())
        .filter(|call| won.contains(call))
        .take(WON_CALLS)
        .collect()
}
