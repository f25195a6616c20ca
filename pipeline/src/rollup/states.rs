//! What was known of deals on the as-of day: their newest state, and how long they were in each stage.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use polars::prelude::*;
use talktrack_analyzers::tables::DealHistoryRow;

use super::{AsOf, Error, calendar};

/// (system, deal id).
pub(super) type DealKey = (String, String);

/// The newest known state of every deal.
#[derive(Debug, Default)]
pub(super) struct States(BTreeMap<DealKey, State>);

impl States {
    /// The state of a deal, where anything is known.
    pub(super) fn get(&self, key: &DealKey) -> Option<&State> {
        self.0.get(key)
    }

    /// Every deal of which something is known.
    pub(super) fn keys(&self) -> impl Iterator<Item = &DealKey> {
        self.0.keys()
    }

    /// `system deal_id outcome` of the deals that have one.
    pub(super) fn outcomes(&self) -> Result<DataFrame, Error> {
        let (mut systems, mut ids, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        for ((system, id), state) in &self.0 {
            systems.push(system.clone());
            ids.push(id.clone());
            outcomes.push(state.row.outcome.clone());
        }
        Ok(df!("system" => systems, "deal_id" => ids, "outcome" => outcomes)?)
    }
}

/// A deal as it was last known.
#[derive(Debug)]
pub(super) struct State {
    /// The newest row that counts.
    pub(super) row: DealHistoryRow,
    /// The first day on which anything was known of it.
    pub(super) first_seen: Date,
    /// The day from which on it was seen in its stage without a change.
    pub(super) stage_since: Date,
}

/// The newest state of each deal that counts. Of states observed at the same time an import wins over a reading of now,
/// and that over the time of a call.
pub(super) fn states(history: &[DealHistoryRow], as_of: &AsOf) -> States {
    let mut states = BTreeMap::new();
    for (key, rows) in by_deal(history, as_of) {
        let stays = stays(&rows, as_of);
        if let (Some(row), Some(first), Some(last)) = (rows.last(), stays.first(), stays.last()) {
            let state = State {
                row: (*row).clone(),
                first_seen: first.since,
                stage_since: last.since,
            };
            states.insert(key, state);
        }
    }
    States(states)
}

/// Days that three quarters of the won deals spent in a stage before the next one was seen, by system and stage; only where
/// at least `least` of them are known.
pub(super) fn usual_days(
    history: &[DealHistoryRow],
    as_of: &AsOf,
    least: i64,
) -> BTreeMap<(String, String), f64> {
    let mut spent: BTreeMap<(String, String), Vec<i64>> = BTreeMap::new();
    for ((system, _), rows) in by_deal(history, as_of) {
        if rows.last().and_then(|row| row.outcome.as_deref()) != Some("won") {
            continue;
        }
        for pair in stays(&rows, as_of).windows(2) {
            if let Some(stage) = pair[0].stage {
                let key = (system.clone(), stage.to_owned());
                let days = calendar::days_between(pair[0].since, pair[1].since);
                spent.entry(key).or_default().push(days);
            }
        }
    }
    spent.retain(|_, days| days.len() as i64 >= least.max(1));
    spent
        .into_iter()
        .map(|(key, days)| (key, third_quartile(days)))
        .collect()
}

/// The smallest value that at least three quarters of the values do not exceed (nearest rank).
fn third_quartile(mut values: Vec<i64>) -> f64 {
    values.sort_unstable();
    let rank = (values.len() * 3).div_ceil(4).max(1);
    values.get(rank - 1).map_or(0.0, |value| *value as f64)
}

/// A run of rows of one deal with the same stage.
#[derive(Debug)]
struct Stay<'h> {
    stage: Option<&'h str>,
    since: Date,
}

fn stays<'h>(rows: &[&'h DealHistoryRow], as_of: &AsOf) -> Vec<Stay<'h>> {
    let mut stays: Vec<Stay<'h>> = Vec::new();
    for row in rows {
        let stage = row.stage.as_deref();
        if stays.last().is_none_or(|last| last.stage != stage) {
            let instant = Timestamp::from_microsecond(row.observed_at.0);
            let since = as_of.calendar.day(instant.unwrap_or(Timestamp::UNIX_EPOCH));
            stays.push(Stay { stage, since });
        }
    }
    stays
}

/// The rows that count, by deal, the newest last.
pub(super) fn by_deal<'h>(
    history: &'h [DealHistoryRow],
    as_of: &AsOf,
) -> BTreeMap<DealKey, Vec<&'h DealHistoryRow>> {
    let end = as_of.calendar.end_of(as_of.day).as_microsecond();
    let mut deals: BTreeMap<DealKey, Vec<&DealHistoryRow>> = BTreeMap::new();
    let known = |row: &&DealHistoryRow| as_of.newest || row.observed_at.0 < end;
    for row in history.iter().filter(known) {
        let key = (row.system.clone(), row.deal_id.clone());
        deals.entry(key).or_default().push(row);
    }
    for rows in deals.values_mut() {
        rows.sort_by(|a, b| rank(a).cmp(&rank(b)));
    }
    deals
}

fn rank(row: &DealHistoryRow) -> (i64, bool, bool, &str) {
    (
        row.observed_at.0,
        row.source == "import",
        row.timing == "now",
        &row.call_id,
    )
}

#[cfg(test)]
mod tests {
    use super::third_quartile;

    #[test]
    fn three_quarters_do_not_exceed_the_quartile() {
        let cases: [(&[i64], f64); 4] = [
            (&[], 0.0),
            (&[7], 7.0),
            (&[4, 1, 3, 2], 3.0),
            (&[1, 2, 3, 4, 5], 4.0),
        ];
        for (values, expected) in cases {
            let found = third_quartile(values.to_vec());
            assert!((found - expected).abs() < 1e-9, "{values:?}: {found}");
        }
    }
}
