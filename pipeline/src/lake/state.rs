//! The state: what one numbered object of the log holds.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::SCHEMA_VERSION;

/// Everything that must be remembered from one run to the next and is not a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Schema version of the lake.
    pub version: u32,
    /// Number of this state in the log; 0 before the first commit.
    pub number: u64,
    /// Days whose calls, parties and CRM rows are committed and whose total was met.
    #[serde(default)]
    pub windows_done: DaySet,
    /// What the done windows cover, as ingest describes it (such as the list of workspaces); another scope starts anew.
    #[serde(default)]
    pub scope: String,
    /// Days of which not everything is known, and why.
    #[serde(default)]
    pub open: BTreeMap<Date, OpenReason>,
    /// Calls whose transcript is still awaited.
    #[serde(default)]
    pub pending: BTreeMap<String, Pending>,
    /// Requests reserved in the rolling day.
    #[serde(default)]
    pub requests: Requests,
    /// Small facts of single commands, by name.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
    /// Digest of each month of each table's manifest.
    #[serde(default)]
    pub(crate) manifests: BTreeMap<String, BTreeMap<String, String>>,
    /// Digest of each month of the index of calls.
    #[serde(default)]
    pub(crate) index: BTreeMap<String, String>,
}

impl Default for State {
    fn default() -> State {
        State {
            version: SCHEMA_VERSION,
            number: 0,
            windows_done: DaySet::default(),
            scope: String::new(),
            open: BTreeMap::new(),
            pending: BTreeMap::new(),
            requests: Requests::default(),
            notes: BTreeMap::new(),
            manifests: BTreeMap::new(),
            index: BTreeMap::new(),
        }
    }
}

/// Why not everything is known of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenReason {
    /// It was read whole, and is read again each night, because calls are processed late and change.
    LookBack,
    /// Other records came than Gong said there are, or the number changed while they were read.
    TotalNotMet {
        /// Records that came.
        listed: u64,
        /// Records that there are; unknown where no answer said so.
        total: Option<u64>,
    },
    /// Calls are stored, and Gong lists none or does not show a call that is known to exist.
    NotPermitted,
    /// Cursors were refused again and again.
    Cursor,
    /// So many stored calls are gone that nothing is removed until somebody says so.
    DeletionsWithheld {
        /// Calls that are gone.
        gone: u64,
        /// Calls that are stored.
        stored: u64,
    },
}

impl fmt::Display for OpenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenReason::LookBack => f.write_str("read whole, and read again each night"),
            OpenReason::TotalNotMet {
                listed,
                total: Some(total),
            } => write!(
                f,
                "{listed} records came and Gong says there are {total}; the next run reads them again"
            ),
            OpenReason::TotalNotMet {
                listed,
                total: None,
            } => write!(
                f,
                "{listed} records came and Gong did not say how many there are"
            ),
            OpenReason::NotPermitted => f.write_str(
                "empty or not permitted: calls are stored and Gong does not list them, which changes nothing; \
                 see whether the key may still see them, or accept it with --accept-deletions",
            ),
            OpenReason::Cursor => f.write_str("Gong refused its own cursors again and again"),
            OpenReason::DeletionsWithheld { gone, stored } => write!(
                f,
                "{gone} of {stored} stored calls are gone from Gong; they stay until a run with --accept-deletions"
            ),
        }
    }
}

/// A call whose transcript is not there yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Day partition of the call.
    pub day: Date,
    /// When the call was first seen.
    pub first_seen: Timestamp,
    /// When its transcript was asked for, oldest first.
    #[serde(default)]
    pub asked: Vec<Timestamp>,
}

/// A set of days, kept as runs: a history of years stays a few lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DaySet(Vec<(Date, Date)>);

impl DaySet {
    /// Adds the days from `first` up to and including `last`; nothing where `last` is before `first`.
    pub fn insert(&mut self, first: Date, last: Date) {
        if last < first {
            return;
        }
        self.0.push((first, last));
        self.0.sort_unstable();
        let mut runs: Vec<(Date, Date)> = Vec::with_capacity(self.0.len());
        for (first, last) in self.0.drain(..) {
            match runs.last_mut() {
                Some(run) if first <= next_day(run.1) => run.1 = run.1.max(last),
                _ => runs.push((first, last)),
            }
        }
        self.0 = runs;
    }

    /// Whether the day is in the set.
    pub fn contains(&self, day: Date) -> bool {
        self.0.iter().any(|run| run.0 <= day && day <= run.1)
    }

    /// The runs of days, ascending: first and last day of each.
    pub fn runs(&self) -> impl Iterator<Item = (Date, Date)> + '_ {
        self.0.iter().copied()
    }

    /// The earliest day.
    pub fn first(&self) -> Option<Date> {
        self.0.first().map(|run| run.0)
    }

    /// The latest day.
    pub fn last(&self) -> Option<Date> {
        self.0.last().map(|run| run.1)
    }

    /// Whether no day is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all days out.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn next_day(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// Requests to Gong that were reserved in the last 24 hours. A run reserves before it sends, so that a killed run
/// does not spend the company's budget twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Requests(Vec<(Timestamp, u32)>);

impl Requests {
    /// Adds a reservation and forgets those that are a day old.
    pub fn reserve(&mut self, now: Timestamp, count: u32) {
        self.0.retain(|(at, _)| is_within_a_day(*at, now));
        if count > 0 {
            self.0.push((now, count));
        }
    }

    /// Gives back what the newest reservation did not use.
    pub fn give_back(&mut self, count: u32) {
        let mut left = count;
        while let Some(last) = self.0.last_mut() {
            let taken = left.min(last.1);
            last.1 -= taken;
            left -= taken;
            if last.1 > 0 {
                break;
            }
            self.0.pop();
            if left == 0 {
                break;
            }
        }
    }

    /// The reservations of the 24 hours before `now`, oldest first. Each is free again 24 hours after it was made.
    pub fn blocks(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, u32)> + '_ {
        self.0
            .iter()
            .copied()
            .filter(move |(at, _)| is_within_a_day(*at, now))
    }

    /// Requests reserved in the 24 hours before `now`.
    pub fn reserved(&self, now: Timestamp) -> u32 {
        self.blocks(now)
            .fold(0, |sum: u32, (_, count)| sum.saturating_add(count))
    }
}

fn is_within_a_day(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < SignedDuration::from_hours(24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn may(day: i8) -> Date {
        date(2026, 5, day)
    }

    #[test]
    fn touching_and_overlapping_runs_become_one() {
        let mut days = DaySet::default();
        days.insert(may(10), may(12));
        days.insert(may(1), may(2));
        days.insert(may(3), may(4));
        days.insert(may(11), may(20));
        days.insert(may(30), may(29));
        assert_eq!(
            days.runs().collect::<Vec<_>>(),
            [(may(1), may(4)), (may(10), may(20))]
        );
        assert!(days.contains(may(4)) && !days.contains(may(5)) && days.contains(may(15)));
        assert_eq!((days.first(), days.last()), (Some(may(1)), Some(may(20))));
    }

    #[test]
    fn reservations_end_after_a_day() {
        let start: Timestamp = "2026-05-01T00:00:00Z".parse().expect("a time");
        let later = start + SignedDuration::from_hours(23);
        let next = start + SignedDuration::from_hours(24);
        let mut requests = Requests::default();
        requests.reserve(start, 100);
        requests.reserve(later, 50);
        assert_eq!(requests.reserved(later), 150);
        assert_eq!(requests.reserved(next), 50);
        let ages: Vec<_> = requests
            .blocks(later)
            .map(|(at, count)| (later.duration_since(at), count))
            .collect();
        let day_old = SignedDuration::from_hours(23);
        assert_eq!(ages, [(day_old, 100), (SignedDuration::ZERO, 50)]);
        requests.give_back(20);
        assert_eq!(requests.reserved(next), 30);
        requests.give_back(40);
        assert_eq!(requests.reserved(later), 90);
    }

    #[test]
    fn a_state_survives_json() {
        let mut state = State::default();
        state.windows_done.insert(may(1), may(3));
        state.requests.reserve(Timestamp::UNIX_EPOCH, 7);
        let short = OpenReason::TotalNotMet {
            listed: 3,
            total: Some(4),
        };
        state.open.insert(may(4), OpenReason::LookBack);
        state.open.insert(may(5), short);
        let pending = Pending {
            day: may(2),
            first_seen: Timestamp::UNIX_EPOCH,
            asked: vec![],
        };
        state.pending.insert("1".to_owned(), pending);
        let json = serde_json::to_string(&state).expect("json");
        assert_eq!(serde_json::from_str::<State>(&json).expect("state"), state);
    }
}
