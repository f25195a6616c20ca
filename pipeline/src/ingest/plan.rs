//! Which windows a run reads, and how it finds the beginning of a history that nobody dated.

use std::collections::VecDeque;

use jiff::civil::Date;
use talktrack_gong::api::calls::{CallFilter, ExtensiveCalls};

use super::error::Error;
use super::run::Run;
use super::window::{Days, add_days, day_of, window_length};

/// Note in the state: the first day from which on the history is known to be whole.
pub(super) const HISTORY: &str = "ingest.history_from";
/// Before this day nobody recorded calls for Gong.
const EARLIEST: Date = Date::constant(2000, 1, 1);
/// Calls that start later than this many days ahead are left alone.
const DAYS_AHEAD: i64 = 366;
/// Days that the first step into an unknown past takes; each further one takes twice as many.
const FIRST_STEP: i64 = 90;

/// The windows that are left to read.
#[derive(Debug, Default)]
pub(super) struct Plan {
    queue: VecDeque<Days>,
    newest_first: bool,
    /// Calls that the windows should hold, as far as known.
    pub(super) expected_calls: u64,
    history: Option<History>,
}

/// A history whose beginning is not known yet.
#[derive(Debug, Clone, Copy)]
struct History {
    /// Calls that Gong says there are.
    total: u64,
    /// Calls of them that the lake has listed.
    listed: u64,
    /// First day that was read or is planned.
    from: Date,
    /// The day after the last that was read or is planned.
    to: Date,
    /// Length of the next step into the past.
    step: i64,
}

impl Plan {
    /// The next windows to read side by side; `None` when all are read.
    pub(super) fn next_windows(&mut self, count: usize) -> Option<Vec<Days>> {
        let count = count.clamp(1, self.queue.len().max(1));
        (!self.queue.is_empty()).then(|| self.queue.drain(..count).collect())
    }

    /// Windows that take the place of one that held too many calls.
    pub(super) fn put_back(&mut self, mut windows: Vec<Days>) {
        if !self.newest_first {
            windows.reverse();
        }
        // The last one put in front is the first one read.
        for days in windows {
            self.queue.push_front(days);
        }
    }

    /// When all planned windows are read and Gong has more calls than came: one more step into the past, or, once that
    /// is exhausted, one into the future.
    pub(super) fn extend_history(&mut self, listed: u64) {
        let Some(history) = &mut self.history else {
            return;
        };
        history.listed = listed;
        if !self.queue.is_empty() || listed >= history.total {
            return;
        }
        if history.from > EARLIEST {
            let from = add_days(history.from, -history.step).max(EARLIEST);
            self.queue.push_back(Days::new(from, history.from));
            history.from = from;
            history.step *= 2;
        } else if history.step > 0 {
            let to = add_days(history.to, DAYS_AHEAD);
            self.queue.push_back(Days::new(history.to, to));
            history.to = to;
            history.step = 0;
        }
    }

    fn push(&mut self, mut windows: Vec<Days>) {
        if self.newest_first {
            windows.reverse();
        }
        self.queue.extend(windows);
    }
}

impl Run<'_> {
    /// Days that are not done and days that are always read again, cut into windows.
    pub(super) async fn plan(&mut self) -> Result<Plan, Error> {
        if let Some(span) = self.settings.span {
            return Ok(self.plan_of_span(span));
        }
        let snapshot = self.lake.snapshot().await?;
        let state = snapshot.state();
        let mut done: Vec<Days> = Vec::new();
        let mut history_from = None;
        if state.scope == self.scope() {
            let settled = self.settled_until();
            done.extend(
                state
                    .windows_done
                    .runs()
                    .map(|(first, last)| Days::new(first, add_days(last, 1).min(settled))),
            );
            history_from = state
                .notes
                .get(HISTORY)
                .and_then(|day| day.parse::<Date>().ok());
        }
        let mut plan = Plan {
            newest_first: self.settings.newest_first,
            ..Plan::default()
        };
        let end = add_days(self.today, 1);
        let (from, calls) = match (self.settings.since, history_from) {
            (Some(since), _) => (day_of(since), 0),
            (None, Some(from)) => (from, 0),
            (None, None) => self.start_of_history(&mut plan, end).await?,
        };
        let span = Days::new(from.min(self.settled_until()), end);
        let length = window_length(
            Days::new(from, end).len(),
            calls,
            self.settings.calls_per_window,
        );
        let mut windows = Vec::new();
        for days in span.without(&done) {
            windows.extend(days.windows(from, length));
        }
        plan.push(windows);
        Ok(plan)
    }

    /// The days that were asked for, done or not.
    fn plan_of_span(&self, span: Days) -> Plan {
        let mut plan = Plan {
            newest_first: self.settings.newest_first,
            ..Plan::default()
        };
        let length = window_length(span.len(), 0, self.settings.calls_per_window);
        plan.push(span.windows(span.from, length));
        plan
    }

    /// One request without dates tells how many calls there are, and about when they began.
    async fn start_of_history(&mut self, plan: &mut Plan, end: Date) -> Result<(Date, u64), Error> {
        let (mut total, mut first) = (0, self.settled_until());
        for workspace_id in self.workspaces.clone() {
            let filter = CallFilter {
                workspace_id,
                ..CallFilter::default()
            };
            let page = self.client.send(&ExtensiveCalls::new(filter)).await?;
            total += page.total_records.unwrap_or(page.items.len() as u64);
            let days = page
                .records()
                .map(|record| day_of(record.meta_data.started));
            first = days.fold(first, Date::min);
        }
        let from = first.max(EARLIEST);
        plan.expected_calls = total;
        plan.history = Some(History {
            total,
            listed: 0,
            from,
            to: end,
            step: FIRST_STEP,
        });
        Ok((from, total))
    }

    /// Remembers from which day on the history is whole, or reports that some of it did not come.
    pub(super) async fn close_history(&mut self, plan: &Plan) -> Result<(), Error> {
        let Some(history) = plan.history else {
            return Ok(());
        };
        if history.listed < history.total {
            self.summary.windows_open += 1;
            return Ok(());
        }
        if self.summary.windows_open == 0 {
            let mut commit = self.lake.begin(&self.clock).await?;
            let from = commit
                .state()
                .windows_done
                .first()
                .map_or(history.from, |first| first.min(history.from));
            commit
                .state_mut()
                .notes
                .insert(HISTORY.to_owned(), from.to_string());
            self.finish(commit).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(from: i8, to: i8) -> Days {
        Days::new(date(2026, 3, from), date(2026, 3, to))
    }

    #[test]
    fn what_was_cut_is_read_next_in_the_same_direction() {
        for newest_first in [true, false] {
            let mut plan = Plan {
                newest_first,
                ..Plan::default()
            };
            plan.push(vec![days(1, 5), days(5, 9)]);
            let first = plan.next_windows(1).expect("two are planned");
            let (early, late) = first[0].halves().expect("four days");
            plan.put_back(vec![early, late]);
            let next = plan.next_windows(9).expect("three are left");
            let expected = if newest_first {
                [late, early, days(1, 5)]
            } else {
                [early, late, days(5, 9)]
            };
            assert_eq!(next, expected);
            assert_eq!(plan.next_windows(9), None);
        }
    }

    #[test]
    fn the_past_is_searched_in_growing_steps_until_the_total_is_met() {
        let history = History {
            total: 10,
            listed: 0,
            from: date(2026, 3, 1),
            to: date(2026, 5, 1),
            step: 90,
        };
        let mut plan = Plan {
            history: Some(history),
            ..Plan::default()
        };
        plan.extend_history(4);
        let first = plan.next_windows(9).expect("a step back");
        assert_eq!(first, [Days::new(date(2025, 12, 1), date(2026, 3, 1))]);
        plan.extend_history(4);
        assert_eq!(plan.next_windows(9).expect("another")[0].len(), 180);
        plan.extend_history(10);
        assert_eq!(plan.next_windows(9), None);
        let mut steps = 0;
        loop {
            plan.extend_history(9);
            if plan.next_windows(9).is_none() {
                break;
            }
            steps += 1;
        }
        assert_eq!(steps, 6, "five more steps to 2000, one into the future");
    }
}
