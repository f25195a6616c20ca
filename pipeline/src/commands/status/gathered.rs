//! What is made of the facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::tables::CoverageRow;

use super::facts::Facts;
use super::next;
use super::open::{Days, Open};
use super::{Budget, Month, Span, Status, Table, Tombstones};
use crate::config::Config;
use crate::ingest::window::day_of;
use crate::lake::State;

/// Note of ingest: the first day from which on the history is known to be whole.
const HISTORY_FROM: &str = "ingest.history_from";
/// Note of ingest: the day up to which the history was last rechecked.
const RECHECKED_TO: &str = "ingest.recheck_from";

/// The status of a lake that is not there.
pub(super) fn nothing(config: &Config) -> Status {
    Status {
        lake: config.lake.url.clone(),
        requests: Budget {
            per_day: per_day(config),
            ..Budget::default()
        },
        ..Status::default()
    }
}

/// The part of the company's requests that may be used.
fn per_day(config: &Config) -> u32 {
    let share = f64::from(config.ingest.requests_per_day) * config.ingest.share;
    (share.floor() as u32).max(1)
}

/// The status of a lake.
pub(super) fn status(config: &Config, facts: &Facts, now: Timestamp) -> Status {
    let state = &facts.state;
    let note = |name: &str| state.notes.get(name).cloned();
    let since = config.ingest.since.map(day_of);
    let history_from = note(HISTORY_FROM);
    let days = Days {
        state,
        coverage: &facts.coverage,
        today: day_of(now),
        look_back_days: config.ingest.look_back_days,
        wanted_from: since.or_else(|| history_from.as_ref()?.parse().ok()),
    };
    let open_days: BTreeSet<Date> = days.open().into_keys().collect();
    let sum = |count: fn(&CoverageRow) -> i64| facts.coverage.iter().map(count).sum();
    let mut status = Status {
        state: state.number,
        days_known: days_known(&facts.coverage),
        windows_done: state.windows_done.runs().map(span).collect(),
        days_open: open_days.iter().map(ToString::to_string).collect(),
        open: if state.number == 0 {
            Vec::new()
        } else {
            days.runs()
        },
        since: since.map(|day| day.to_string()),
        history_from,
        rechecked_to: note(RECHECKED_TO),
        months: months(&facts.coverage, &open_days),
        calls_listed: sum(|day| day.listed),
        calls_stored: sum(|day| day.stored),
        calls_private: sum(|day| day.private),
        rejected: sum(|day| day.rejected),
        transcripts_present: sum(|day| day.transcripts_present),
        transcripts_pending: sum(|day| day.transcripts_pending),
        transcripts_absent: sum(|day| day.transcripts_absent),
        oldest_pending: oldest_pending(state),
        requests: budget(state, per_day(config), now),
        tombstones: tombstones(facts),
        rejects: facts.rejects.clone(),
        runs: facts.runs.clone(),
        tables: facts.tables.iter().map(Table::copy).collect(),
        ..nothing(config)
    };
    status.next = next::steps(&status, now);
    status
}

impl Table {
    fn copy(&self) -> Table {
        Table {
            name: self.name.clone(),
            ..*self
        }
    }
}

impl Open {
    /// The days as people write them.
    pub(super) fn span(&self) -> String {
        if self.from == self.last {
            self.from.to_string()
        } else {
            format!("{} to {}", self.from, self.last)
        }
    }
}

fn span((from, last): (Date, Date)) -> Span {
    Span {
        from: from.to_string(),
        last: last.to_string(),
    }
}

fn days_known(coverage: &[CoverageRow]) -> Option<Span> {
    let days = || coverage.iter().map(|row| &row.day);
    days().min().zip(days().max()).map(|(from, last)| Span {
        from: from.clone(),
        last: last.clone(),
    })
}

fn months(coverage: &[CoverageRow], open_days: &BTreeSet<Date>) -> Vec<Month> {
    let mut months: BTreeMap<String, Month> = BTreeMap::new();
    for row in coverage {
        let Ok(day) = row.day.parse::<Date>() else {
            continue;
        };
        let name = day.strftime("%Y-%m").to_string();
        let month = months.entry(name.clone()).or_insert_with(|| Month {
            month: name,
            ..Month::default()
        });
        month.listed += row.listed;
        month.stored += row.stored;
        month.private += row.private;
        month.rejected += row.rejected;
        month.transcripts_present += row.transcripts_present;
        month.transcripts_pending += row.transcripts_pending;
        month.transcripts_absent += row.transcripts_absent;
        let is_open = open_days.contains(&day);
        month.days_open += usize::from(is_open);
        month.days_complete += usize::from(!is_open);
        month.days_known += 1;
    }
    months.into_values().collect()
}

fn oldest_pending(state: &State) -> Option<String> {
    let first_seen = state.pending.values().map(|pending| pending.first_seen);
    first_seen.min().map(|first| first.to_string())
}

fn budget(state: &State, per_day: u32, now: Timestamp) -> Budget {
    let oldest = state.requests.blocks(now).min();
    Budget {
        per_day,
        reserved: state.requests.reserved(now),
        next_free_at: oldest
            .and_then(|(at, _)| at.checked_add(jiff::SignedDuration::from_hours(24)).ok()),
        next_free: oldest.map_or(0, |(_, count)| count),
    }
}

fn tombstones(facts: &Facts) -> Tombstones {
    let mut by_reason: BTreeMap<String, usize> = BTreeMap::new();
    for row in &facts.tombstones {
        *by_reason.entry(row.reason.clone()).or_default() += 1;
    }
    let newest = facts.tombstones.iter().map(|row| row.seen_gone_at.0).max();
    Tombstones {
        count: facts.tombstones.len(),
        by_reason,
        newest: newest.and_then(|at| Timestamp::from_microsecond(at).ok()),
    }
}
