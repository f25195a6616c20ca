//! Which days are open, and why.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::tables::CoverageRow;

use crate::ingest::window::add_days;
use crate::lake::{OpenReason, State};

/// A run of days that are open for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Open {
    pub(super) from: Date,
    /// Inclusive.
    pub(super) last: Date,
    pub(super) days: usize,
    #[serde(flatten)]
    pub(super) why: Why,
}

/// Why a day is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(super) enum Why {
    /// Among the last days, which are read again each night.
    LookBack,
    /// Gong's total was not met.
    TotalNotMet { listed: u64, total: Option<u64> },
    /// Gong answered that there is nothing or nothing permitted, although calls are stored.
    NotPermitted,
    /// The cursor stopped being valid before the end.
    Cursor,
    /// Many stored calls are gone from Gong, and nobody has said that they may go.
    DeletionsWithheld { gone: u64, stored: u64 },
    /// Read and not done, and no reason was kept.
    Unfinished,
    /// Not read yet.
    NotRead,
}

impl From<OpenReason> for Why {
    fn from(reason: OpenReason) -> Why {
        match reason {
            OpenReason::LookBack => Why::LookBack,
            OpenReason::TotalNotMet { listed, total } => Why::TotalNotMet { listed, total },
            OpenReason::NotPermitted => Why::NotPermitted,
            OpenReason::Cursor => Why::Cursor,
            OpenReason::DeletionsWithheld { gone, stored } => {
                Why::DeletionsWithheld { gone, stored }
            }
        }
    }
}

/// What decides whether a day is open.
pub(super) struct Days<'a> {
    pub(super) state: &'a State,
    pub(super) coverage: &'a [CoverageRow],
    pub(super) today: Date,
    pub(super) look_back_days: u32,
    /// The first day that should be in the lake, where that is known.
    pub(super) wanted_from: Option<Date>,
}

impl Days<'_> {
    /// Every day that was read and is not done, with the reason.
    pub(super) fn open(&self) -> BTreeMap<Date, Why> {
        let kept = self
            .state
            .open
            .iter()
            .map(|(day, why)| (*day, (*why).into()));
        let known: BTreeMap<Date, Why> = kept.collect();
        let read = self.coverage.iter().filter_map(|row| row.day.parse().ok());
        read.chain(known.keys().copied())
            .filter(|day| !self.state.windows_done.contains(*day))
            .map(|day| (day, known.get(&day).copied().unwrap_or(self.usual(day))))
            .collect()
    }

    /// The same and the days that nobody read yet, as runs.
    pub(super) fn runs(&self) -> Vec<Open> {
        let mut days = self.open();
        for day in self.not_read(&days) {
            days.insert(day, Why::NotRead);
        }
        let mut runs: Vec<Open> = Vec::new();
        for (day, why) in days {
            match runs.last_mut() {
                Some(run) if run.why == why && add_days(run.last, 1) == day => {
                    run.last = day;
                    run.days += 1;
                }
                _ => runs.push(Open {
                    from: day,
                    last: day,
                    days: 1,
                    why,
                }),
            }
        }
        runs
    }

    /// The reason where none was kept, as by an earlier program.
    fn usual(&self, day: Date) -> Why {
        if day >= add_days(self.today, -i64::from(self.look_back_days)) {
            Why::LookBack
        } else {
            Why::Unfinished
        }
    }

    fn not_read(&self, open: &BTreeMap<Date, Why>) -> Vec<Date> {
        let Some(from) = self.wanted_from else {
            return Vec::new();
        };
        let is_read = |day| self.state.windows_done.contains(day) || open.contains_key(&day);
        from.series(jiff::Span::new().days(1))
            .take_while(|day| *day <= self.today)
            .filter(|day| !is_read(*day))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn june(day: i8) -> Date {
        date(2026, 6, day)
    }

    fn row(day: Date) -> CoverageRow {
        CoverageRow {
            day: day.to_string(),
            listed: 1,
            stored: 1,
            private: 0,
            rejected: 0,
            transcripts_present: 1,
            transcripts_pending: 0,
            transcripts_absent: 0,
            window_state: "done".to_owned(),
        }
    }

    fn state() -> State {
        let mut state = State::default();
        state.windows_done.insert(june(5), june(12));
        state.windows_done.insert(june(16), june(22));
        let short = OpenReason::TotalNotMet {
            listed: 8,
            total: Some(9),
        };
        state.open.insert(june(13), short);
        state.open.insert(june(14), short);
        state.open.insert(june(15), OpenReason::Cursor);
        state
    }

    #[test]
    fn every_open_day_has_a_reason() {
        let state = state();
        let coverage: Vec<CoverageRow> = (4..=29).map(|day| row(june(day))).collect();
        let days = Days {
            state: &state,
            coverage: &coverage,
            today: june(30),
            look_back_days: 7,
            wanted_from: Some(june(2)),
        };
        let runs: Vec<(Date, Date, usize, Why)> = days
            .runs()
            .into_iter()
            .map(|run| (run.from, run.last, run.days, run.why))
            .collect();
        let short = Why::TotalNotMet {
            listed: 8,
            total: Some(9),
        };
        assert_eq!(
            runs,
            [
                (june(2), june(3), 2, Why::NotRead),
                (june(4), june(4), 1, Why::Unfinished),
                (june(13), june(14), 2, short),
                (june(15), june(15), 1, Why::Cursor),
                (june(23), june(29), 7, Why::LookBack),
                (june(30), june(30), 1, Why::NotRead),
            ]
        );
        assert_eq!(days.open().len(), 11);
    }

    #[test]
    fn a_day_that_is_done_is_not_open_whatever_is_remembered_of_it() {
        let mut state = state();
        state.open.insert(june(6), OpenReason::NotPermitted);
        let days = Days {
            state: &state,
            coverage: &[],
            today: june(30),
            look_back_days: 7,
            wanted_from: None,
        };
        assert!(days.runs().iter().all(|run| run.from != june(6)));
    }
}
