//! Which calls' sentences the pages will show: the newest ones behind each number, few enough that a report reads a
//! bounded part of the evidence however large the lake is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::evidence::Wanted;
use super::material::{MONTHS_SHOWN, last_months, outcome_calls, reps_of};
use crate::rollup::{COMPETITORS, EntryCall, OBJECTIONS, RepCall, Rollups};

/// Newest calls of a competitor whose sentences are looked up.
pub(super) const COMPETITOR_CALLS: usize = 60;

/// Newest calls of won deals with a competitor whose sentences are looked up: what worked is found there.
pub(super) const WON_CALLS: usize = 20;

/// Newest calls of a rep whose questions are looked up.
const QUESTION_CALLS: usize = 6;

/// Newest calls behind each number that opens to sentences.
const CALLS_A_NUMBER: usize = 3;

/// Counts what was taken under a heading and says when it is enough.
#[derive(Debug)]
struct Takings<K>(BTreeMap<K, usize>);

impl<K: Ord> Takings<K> {
    fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Whether one more may be taken under `key`; it then counts as taken.
    fn take(&mut self, key: K, limit: usize) -> bool {
        let taken = self.0.entry(key).or_default();
        let fits = *taken < limit;
        *taken += usize::from(fits);
        fits
    }
}

/// The calls whose sentences the pages will show.
pub(super) fn wanted(rollups: &Rollups, as_of: Date) -> Wanted {
    let mut wanted = Wanted::default();
    let raised = objections_by_call(rollups);
    of_competitors(&mut wanted, rollups, as_of, &raised);
    of_reps(&mut wanted, rollups, as_of, &raised);
    wanted
}

/// The objections that customers raised on each call.
fn objections_by_call(rollups: &Rollups) -> BTreeMap<&str, Vec<&str>> {
    let mut raised: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &rollups.entry_calls {
        if row.dictionary == OBJECTIONS && row.customer > 0 {
            raised.entry(&row.call_id).or_default().push(&row.entry);
        }
    }
    raised
}

fn of_competitors(
    wanted: &mut Wanted,
    rollups: &Rollups,
    as_of: Date,
    raised: &BTreeMap<&str, Vec<&str>>,
) {
    let months: BTreeSet<String> = last_months(as_of, MONTHS_SHOWN).into_iter().collect();
    let outcomes = outcome_calls(rollups);
    let mut newest = Takings::new();
    let mut by_side = Takings::new();
    let mut by_month = Takings::new();
    let mut by_outcome = Takings::new();
    let mut by_objection = Takings::new();
    // Rows of an entry come oldest call first.
    for row in rollups.entry_calls.iter().rev() {
        if row.dictionary != COMPETITORS {
            continue;
        }
        let entry = row.entry.as_str();
        let is_newest = newest.take(entry, COMPETITOR_CALLS);
        let mut wants = is_newest;
        if is_newest && row.customer > 0 {
            // A question of our side may have brought out what the customer said.
            wanted.questions.insert(row.call_id.clone());
        }
        for side in sides(row) {
            wants |= by_side.take((entry, side), CALLS_A_NUMBER);
            if months.contains(&row.month) {
                wants |= by_month.take((entry, row.month.as_str(), side), CALLS_A_NUMBER);
            }
        }
        for (outcome, calls) in &outcomes {
            if calls.contains(row.call_id.as_str()) {
                let limit = if *outcome == "won" {
                    WON_CALLS
                } else {
                    CALLS_A_NUMBER
                };
                wants |= by_outcome.take((entry, *outcome), limit);
            }
        }
        for objection in raised.get(row.call_id.as_str()).into_iter().flatten() {
            wants |= by_objection.take((entry, *objection), CALLS_A_NUMBER);
        }
        if wants {
            wanted.mentions.insert(row.call_id.clone());
        }
    }
}

fn sides(row: &EntryCall) -> impl Iterator<Item = &'static str> {
    [
        ("customer", row.customer),
        ("company", row.company),
        ("unknown", row.unknown),
    ]
    .into_iter()
    .filter_map(|(side, mentions)| (mentions > 0).then_some(side))
}

fn of_reps(
    wanted: &mut Wanted,
    rollups: &Rollups,
    as_of: Date,
    raised: &BTreeMap<&str, Vec<&str>>,
) {
    let reps = reps_of(rollups, as_of);
    let months: BTreeSet<String> = last_months(as_of, 2).into_iter().collect();
    let mut asked = Takings::new();
    let mut objected = Takings::new();
    let used = |call: &&RepCall| {
        call.exclusion.is_none() && reps.contains(&call.user_id) && months.contains(&call.month)
    };
    // Rows of a rep come oldest call first.
    for call in rollups.rep_calls.iter().rev().filter(used) {
        let (rep, month) = (call.user_id.as_str(), call.month.as_str());
        if call.questions.is_some_and(|count| count > 0) && asked.take((rep, month), QUESTION_CALLS)
        {
            wanted.questions.insert(call.call_id.clone());
        }
        for objection in raised.get(call.call_id.as_str()).into_iter().flatten() {
            if objected.take((rep, month, *objection), CALLS_A_NUMBER) {
                wanted.mentions.insert(call.call_id.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_as_many_as_fit_under_each_heading() {
        let mut takings = Takings::new();
        let taken = ["a", "b", "a", "a", "b"].map(|key| takings.take(key, 2));
        assert_eq!(taken, [true, true, true, false, true]);
    }
}
