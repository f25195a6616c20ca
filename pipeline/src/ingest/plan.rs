//! Which windows a run reads, and how it finds the beginning of a history that nobody dated.

use std::collections::VecDeque;

use jiff::civil::Date;
use talktrack_analyzers::tables::CoverageRow;
use talktrack_gong::api::calls::{CallFilter, CallRecord, ExtensiveCalls};
use talktrack_gong::page::Page;

use super::coverage::Coverage;
use super::error::Error;
use super::open_window::WindowRead;
use super::run::Run;
use super::summary::OpenWindow;
use super::window::{Days, add_days, day_of, window_length};
use crate::lake::{OpenReason, PartitionKey};

/// Note in the state: the first day from which on the history is known to be whole.
pub(super) const HISTORY: &str = "ingest.history_from";
/// Before this day nobody recorded calls for Gong.
const EARLIEST: Date = Date::constant(2000, 1, 1);
/// Calls that start later than this many days ahead are left alone.
const DAYS_AHEAD: i64 = 366;
/// How often the total is asked for again where fewer calls came.
const CONFIRMATIONS: u32 = 3;
/// Days that a step into an unknown past takes while nothing tells how many calls a day has.
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
    /// Calls that were listed when the last step was planned.
    listed_before: u64,
    /// Calls that a window should hold.
    calls_per_window: u32,
    /// First day that was read or is planned.
    from: Date,
    /// The day after the last that was read or is planned.
    to: Date,
    /// Length of the next step into the past.
    step: i64,
    /// Whether days ahead were planned.
    is_ahead: bool,
    /// Whether the total was asked for twice: one that was wrong once would have days searched in vain.
    is_confirmed: bool,
}

impl Plan {
    /// The next window to read. `reading` windows are being read; what they list tells how much of the history is left.
    pub(super) fn next_window(&mut self, reading: usize) -> Option<Days> {
        if self.queue.is_empty() && reading == 0 {
            self.extend_history();
        }
        self.queue.pop_front()
    }

    /// All windows that are planned so far, in order.
    pub(super) fn windows(&self) -> impl Iterator<Item = Days> {
        self.queue.iter().copied()
    }

    /// Takes note of what a window listed.
    pub(super) fn was_read(&mut self, window: &WindowRead) {
        let listed: u64 = window.counts.values().map(|counts| counts.listed).sum();
        if let Some(history) = &mut self.history {
            history.listed += listed;
        }
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

    /// When all planned windows are read and Gong has more calls than came: further into the past, or, once that is
    /// exhausted, into the future.
    fn extend_history(&mut self) {
        let Some(history) = &mut self.history else {
            return;
        };
        if history.listed >= history.total || !history.is_confirmed {
            return;
        }
        if history.from > EARLIEST {
            let windows = history.step_back();
            self.queue.extend(windows);
        } else if !history.is_ahead {
            history.is_ahead = true;
            self.queue
                .push_back(Days::new(history.to, add_days(history.to, DAYS_AHEAD)));
        }
    }

    fn push(&mut self, mut windows: Vec<Days>) {
        if self.newest_first {
            windows.reverse();
        }
        self.queue.extend(windows);
    }
}

impl History {
    /// Whether there is no day left on which calls could be.
    fn is_exhausted(&self) -> bool {
        self.from <= EARLIEST && self.is_ahead
    }

    /// The next windows into the past, newest first. What is left fits into one window at last; until then the number of
    /// calls on the days before tells how long windows should be.
    fn step_back(&mut self) -> Vec<Days> {
        let left = self.total - self.listed;
        let new = self.listed - self.listed_before;
        let step = self.step;
        self.listed_before = self.listed;
        let (length, count) = if left <= u64::from(self.calls_per_window) {
            (i64::MAX, 1)
        } else if new == 0 {
            (step * 2, 1)
        } else {
            let length = window_length(step, new, self.calls_per_window).min(step * 2);
            (
                length,
                left.div_ceil(u64::from(self.calls_per_window)).min(4),
            )
        };
        let mut windows = Vec::new();
        for _ in 0..count {
            let from = add_days(self.from, -length).max(EARLIEST);
            windows.push(Days::new(from, self.from));
            self.from = from;
        }
        windows.retain(|days| !days.is_empty());
        self.step = windows.iter().map(|days| days.len()).sum();
        windows
    }
}

impl Run<'_> {
    /// The days that are always read again, and before them those that are not done, cut into windows.
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
            (None, None) => self.start_of_history(&mut plan, end, &done).await?,
        };
        let settled = self.settled_until();
        let length = window_length(
            Days::new(from, end).len(),
            calls,
            self.settings.calls_per_window,
        );
        let mut spans = Days::new(from.min(settled), end).without(&done);
        let newest = spans.pop().unwrap_or(Days::new(settled, end));
        // A few days that have just left the look-back are read with it, for no request more.
        let is_short = newest.len() <= 2 * Days::new(settled, end).len();
        let tonight = Days::new(if is_short { newest.from } else { settled }, end);
        spans.push(Days::new(newest.from, tonight.from));
        let mut windows = Vec::new();
        for days in spans.into_iter().filter(|days| !days.is_empty()) {
            windows.extend(days.windows(from, length));
        }
        if self.settings.newest_first {
            windows.push(tonight);
        } else {
            windows.insert(0, tonight);
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
    async fn start_of_history(
        &mut self,
        plan: &mut Plan,
        end: Date,
        done: &[Days],
    ) -> Result<(Date, u64), Error> {
        let (total, first) = self.all_there_is().await?;
        let from = first.unwrap_or(end).min(self.settled_until()).max(EARLIEST);
        let key = PartitionKey::whole("coverage");
        let coverage = Coverage::new(self.lake.read_rows::<CoverageRow>(&key).await?);
        let listed = coverage.listed_on(|day| done.iter().any(|days| days.contains(day)));
        plan.expected_calls = total;
        plan.history = Some(History {
            total,
            listed,
            listed_before: listed,
            calls_per_window: self.settings.calls_per_window.max(1),
            from,
            to: end,
            step: Days::new(from, end).len().max(FIRST_STEP),
            is_ahead: false,
            is_confirmed: false,
        });
        Ok((from, total))
    }

    /// How many calls there are, and the first day of those that Gong names first.
    async fn all_there_is(&self) -> Result<(u64, Option<Date>), Error> {
        let (mut total, mut first) = (0, None);
        for workspace_id in self.workspaces.clone() {
            let filter = CallFilter {
                workspace_id,
                ..CallFilter::default()
            };
            let page = self.first_page(filter).await?;
            total += page.total_records.unwrap_or(page.items.len() as u64);
            let days = page
                .records()
                .map(|record| day_of(record.meta_data.started));
            first = days.chain(first).min();
        }
        Ok((total, first))
    }

    /// The first page of all calls. A Gong that wants dates is given wide ones.
    async fn first_page(&self, filter: CallFilter) -> Result<Page<CallRecord>, Error> {
        match self.client.send(&ExtensiveCalls::new(filter.clone())).await {
            Err(talktrack_gong::Error::BadRequest { .. }) => {}
            answer => return Ok(answer?),
        }
        let (from, to) = Days::new(EARLIEST, add_days(self.today, DAYS_AHEAD)).bounds();
        let dated = CallFilter {
            from: Some(from),
            to: Some(to),
            ..filter
        };
        Ok(self.client.send(&ExtensiveCalls::new(dated)).await?)
    }

    /// A total that was read once may have been wrong, so it is asked for again before a history counts as whole. Whether
    /// there is more to read is the answer.
    pub(super) async fn confirm_history(&self, plan: &mut Plan) -> Result<bool, Error> {
        let Some(history) = &mut plan.history else {
            return Ok(false);
        };
        for _ in 0..CONFIRMATIONS {
            (history.total, _) = self.all_there_is().await?;
            if history.listed >= history.total {
                return Ok(false);
            }
            history.is_confirmed = true;
            if !history.is_exhausted() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Remembers from which day on the history is whole, or reports that some of it did not come.
    pub(super) async fn close_history(&mut self, plan: &Plan) -> Result<(), Error> {
        let Some(history) = plan.history else {
            return Ok(());
        };
        if history.listed < history.total {
            self.summary.windows_open += 1;
            self.summary.open.push(OpenWindow::new(
                Days::new(history.from, history.to),
                OpenReason::TotalNotMet {
                    listed: history.listed,
                    total: Some(history.total),
                },
            ));
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
            let first = plan.next_window(0).expect("two are planned");
            let (early, late) = first.halves().expect("four days");
            plan.put_back(vec![early, late]);
            let next: Vec<Days> = std::iter::from_fn(|| plan.next_window(0)).collect();
            let expected = if newest_first {
                [late, early, days(1, 5)]
            } else {
                [early, late, days(5, 9)]
            };
            assert_eq!(next, expected);
        }
    }

    fn history(total: u64) -> Plan {
        let history = History {
            total,
            listed: 0,
            listed_before: 0,
            calls_per_window: 1_000,
            from: date(2026, 3, 1),
            to: date(2026, 5, 1),
            step: 90,
            is_ahead: false,
            is_confirmed: true,
        };
        Plan {
            history: Some(history),
            ..Plan::default()
        }
    }

    fn list(plan: &mut Plan, listed: u64) {
        if let Some(history) = &mut plan.history {
            history.listed += listed;
        }
    }

    #[test]
    fn the_past_is_searched_in_windows_as_long_as_the_calls_on_known_days_suggest() {
        let mut plan = history(10_000);
        list(&mut plan, 3_000);
        assert_eq!(plan.next_window(1), None, "what is being read may tell");
        // 3,000 calls on 90 days make 1,000 on 30.
        let steps: Vec<i64> =
            std::iter::from_fn(|| plan.next_window(1).or_else(|| plan.next_window(0)))
                .take(4)
                .map(Days::len)
                .collect();
        assert_eq!(steps, [30, 30, 30, 30]);
        // None on 120 days: twice as many at a time.
        assert_eq!(plan.next_window(0).map(Days::len), Some(240));
        assert_eq!(plan.next_window(0).map(Days::len), Some(480));
    }

    #[test]
    fn what_is_left_is_looked_for_in_all_of_the_past_and_then_ahead() {
        let mut plan = history(10);
        list(&mut plan, 4);
        let past = Days::new(EARLIEST, date(2026, 3, 1));
        assert_eq!(plan.next_window(0), Some(past));
        let ahead = plan.next_window(0).expect("one into the future");
        assert_eq!((ahead.from, ahead.len()), (date(2026, 5, 1), DAYS_AHEAD));
        assert_eq!(plan.next_window(0), None);
        let mut plan = history(10);
        list(&mut plan, 10);
        assert_eq!(plan.next_window(0), None, "all of it came");
    }
}
