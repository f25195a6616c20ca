//! How well planted things are found: precision and recall, over all and over the hard ones.

use std::collections::{BTreeMap, BTreeSet};

use talktrack_fixtures::Truth;
use talktrack_fixtures::truth::{Item, TranscriptState};

use super::{Measured, Observed};

/// Where a thing was planted or found: call, sentence and which one. What has no finer name than its kind has none.
type Place<'a> = (&'a str, i64, &'a str);

/// All kinds.
pub(super) fn kinds(truth: &Truth, observed: &Observed) -> Vec<Measured> {
    let mentions = |dictionary: &str, with_entry: bool| -> BTreeSet<Place<'_>> {
        observed
            .mentions
            .iter()
            .filter(|row| row.dictionary == dictionary)
            .map(|row| {
                let entry = if with_entry { row.entry.as_str() } else { "" };
                (row.call_id.as_str(), i64::from(row.sentence_index), entry)
            })
            .collect()
    };
    let questions = observed
        .questions
        .iter()
        .map(|row| (row.call_id.as_str(), i64::from(row.sentence_index), ""))
        .collect();
    vec![
        measure(
            "competitors",
            "competitor",
            true,
            truth,
            &mentions("competitors", true),
        ),
        measure(
            "objections",
            "objection",
            true,
            truth,
            &mentions("objections", true),
        ),
        measure(
            "pricing",
            "pricing",
            false,
            truth,
            &mentions("pricing", false),
        ),
        measure("questions", "question", false, truth, &questions),
    ]
}

fn measure(
    name: &'static str,
    kind: &str,
    with_entry: bool,
    truth: &Truth,
    hits: &BTreeSet<Place<'_>>,
) -> Measured {
    // Two plantings of the same thing in one sentence are one; one that must count outweighs a near-miss.
    let mut planted: BTreeMap<Place<'_>, &Item> = BTreeMap::new();
    let calls = truth
        .calls
        .iter()
        .filter(|call| !call.private && call.transcript != TranscriptState::Never);
    for call in calls {
        for item in call.items.iter().filter(|item| item.kind == kind) {
            let entry = if with_entry { item.entry.as_str() } else { "" };
            let place = (call.call_id.as_str(), item.sentence_index, entry);
            let known = planted.entry(place).or_insert(item);
            if item.must_count {
                *known = item;
            }
        }
    }
    let count = |wanted: &dyn Fn(&Item) -> bool, hit: bool| {
        planted
            .iter()
            .filter(|(place, item)| wanted(item) && (!hit || hits.contains(*place)))
            .count()
    };
    let must = |item: &Item| item.must_count;
    let hard = |item: &Item| item.must_count && item.hard;
    let near = |item: &Item| !item.must_count;
    let (all, found) = (count(&must, false), count(&must, true));
    Measured {
        name,
        planted: all,
        found,
        hits: hits.len(),
        precision: share(found, hits.len()),
        recall: share(found, all),
        hard_planted: count(&hard, false),
        hard_found: count(&hard, true),
        near_misses: count(&near, false),
        near_misses_hit: count(&near, true),
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
