//! Reading windows from Gong into spools.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;

use futures::StreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_gong::api::calls::{CallFilter, CallRecord, ExtensiveCalls};
use talktrack_gong::client::Client;
use talktrack_gong::page::{Item, Page, Reject};
use talktrack_gong::paging::pages;

use super::convert::{Context, PageRows, SeenCall, rejected};
use super::error::Error;
use super::settings::Settings;
use super::spool::{Spool, SpoolWriter};
use super::window::{Days, day_of, window_length};
use crate::progress::Progress;

/// How often a window is read whose total is not met.
const ATTEMPTS: u32 = 3;
/// A window is cut when it holds this many times the calls that it should.
const TOO_LARGE: u64 = 2;

/// Reads windows; many can read side by side.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The client, whose pacer all share.
    pub client: &'a Client,
    /// Settings of the run.
    pub settings: &'a Settings,
    /// Ids of the workspaces to read, or one `None` for all.
    pub workspaces: &'a [Option<String>],
    /// The run's now.
    pub now: Timestamp,
    /// Where progress is shown.
    pub progress: &'a Progress,
}

/// What Gong listed for a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCounts {
    /// All records.
    pub listed: u64,
    /// Private calls.
    pub private: u64,
    /// Records that could not be decoded.
    pub rejected: u64,
}

/// A window that was read.
pub struct WindowRead {
    /// Its days.
    pub days: Days,
    /// Its rows.
    pub spool: Spool,
    /// Its calls, in the order of arrival.
    pub calls: Vec<SeenCall>,
    /// What was listed, by day of call start.
    pub counts: BTreeMap<Date, DayCounts>,
    /// Whether as many records came as Gong said there are.
    pub total_met: bool,
}

/// What came of reading one window.
#[derive(Default)]
pub struct Outcome {
    /// What was read; more than one where the window had to be split.
    pub windows: Vec<WindowRead>,
    /// Windows to read instead, since this one holds too many calls.
    pub cut: Vec<Days>,
    /// Why reading ended early.
    pub error: Option<Error>,
}

enum Attempt {
    Read(Box<WindowRead>),
    TooLarge(u64),
}

#[derive(Clone, Copy)]
struct Todo {
    days: Days,
    attempts: u32,
    expired: u32,
}

impl Reader<'_> {
    /// Reads one window: again where its total is not met, cut where it holds too many calls, from the start where its
    /// cursor expires, and in halves where it expires again.
    pub async fn read(&self, days: Days) -> Outcome {
        let mut outcome = Outcome::default();
        let mut todo = vec![Todo {
            days,
            attempts: 0,
            expired: 0,
        }];
        while let Some(next) = todo.pop() {
            match self.attempt(next.days).await {
                Ok(Attempt::TooLarge(calls)) => {
                    let length =
                        window_length(next.days.len(), calls, self.settings.calls_per_window);
                    outcome.cut.extend(
                        next.days
                            .windows(next.days.from, length.min(next.days.len() - 1)),
                    );
                }
                Ok(Attempt::Read(window)) if window.total_met || next.attempts + 1 >= ATTEMPTS => {
                    outcome.windows.push(*window);
                }
                Ok(Attempt::Read(_)) => todo.push(Todo {
                    attempts: next.attempts + 1,
                    ..next
                }),
                Err(error) if error.is_cursor() => match Self::after_expiry(next) {
                    Some(again) => todo.extend(again),
                    None => outcome.error = Some(error),
                },
                Err(error) => outcome.error = Some(error),
            }
            if outcome.error.is_some() {
                break;
            }
        }
        outcome
    }

    fn after_expiry(window: Todo) -> Option<Vec<Todo>> {
        if window.expired == 0 {
            return Some(vec![Todo {
                expired: 1,
                ..window
            }]);
        }
        match window.days.halves() {
            Some((first, second)) => {
                let fresh = |days| Todo {
                    days,
                    attempts: 0,
                    expired: 0,
                };
                Some(vec![fresh(second), fresh(first)])
            }
            // A single day cannot be split; it gets as many tries as a total that is not met.
            None if window.expired < ATTEMPTS => Some(vec![Todo {
                expired: window.expired + 1,
                ..window
            }]),
            None => None,
        }
    }

    async fn attempt(&self, days: Days) -> Result<Attempt, Error> {
        let mut window = OpenWindow::new(days);
        for workspace in self.workspaces {
            if let Some(calls) = self.read_chain(workspace.as_deref(), &mut window).await? {
                return Ok(Attempt::TooLarge(calls));
            }
        }
        window
            .finish()
            .map(|window| Attempt::Read(Box::new(window)))
    }

    /// Reads all pages of a window in one workspace; gives the total up where it is too large for one window.
    async fn read_chain(
        &self,
        workspace: Option<&str>,
        window: &mut OpenWindow,
    ) -> Result<Option<u64>, Error> {
        let (from, to) = window.days.bounds();
        let endpoint = ExtensiveCalls::new(CallFilter {
            from: Some(from),
            to: Some(to),
            workspace_id: workspace.map(str::to_owned),
            ..CallFilter::default()
        });
        let limit = TOO_LARGE * u64::from(self.settings.calls_per_window);
        let context = Context {
            settings: self.settings,
            now: self.now,
        };
        let (mut total, mut records, mut is_first) = (0, 0, true);
        let mut chain = pin!(pages(self.client, endpoint));
        while let Some(page) = chain.next().await {
            let page = page?;
            total = page.total_records.unwrap_or(total);
            if is_first && total > limit && window.days.len() > 1 {
                return Ok(Some(total));
            }
            is_first = false;
            let new = window.add_page(page, context)?;
            records += new;
            self.progress.calls(new);
        }
        window.total_met &= records >= total;
        Ok(None)
    }
}

struct OpenWindow {
    days: Days,
    spool: SpoolWriter,
    calls: Vec<SeenCall>,
    counts: BTreeMap<Date, DayCounts>,
    ids: HashSet<String>,
    total_met: bool,
}

impl OpenWindow {
    fn new(days: Days) -> OpenWindow {
        OpenWindow {
            days,
            spool: SpoolWriter::default(),
            calls: Vec::new(),
            counts: BTreeMap::new(),
            ids: HashSet::new(),
            total_met: true,
        }
    }

    /// Adds the records of a page that did not come before, and says how many these were.
    fn add_page(&mut self, page: Page<CallRecord>, context: Context<'_>) -> Result<u64, Error> {
        let mut rows = PageRows::default();
        let mut new = 0;
        let mut nearby = nearby_day(&page).unwrap_or(self.days.from);
        for item in page.items {
            match item {
                Item::Record(record) => {
                    if !self.ids.insert(record.meta_data.id.clone()) {
                        continue;
                    }
                    let seen = rows.add_call(record, context);
                    nearby = seen.day;
                    let counts = self.counts.entry(seen.day).or_default();
                    counts.listed += 1;
                    counts.private += u64::from(seen.private);
                    self.calls.push(seen);
                }
                Item::Rejected(reject) => {
                    let row = rejected("calls", &reject);
                    if !self.ids.insert(row.record_id.clone()) {
                        continue;
                    }
                    let day = reject.started.map_or(nearby, day_of);
                    let is_kept = !reject.is_private || context.settings.store_private;
                    self.count_reject(day, &reject, is_kept);
                    if is_kept {
                        rows.add_reject(day, row);
                    }
                }
            }
            new += 1;
        }
        rows.spool(&mut self.spool)?;
        Ok(new)
    }

    fn count_reject(&mut self, day: Date, reject: &Reject, is_kept: bool) {
        let counts = self.counts.entry(day).or_default();
        counts.listed += 1;
        counts.rejected += u64::from(is_kept);
        counts.private += u64::from(!is_kept);
        if let (false, Some(call_id)) = (is_kept, &reject.id) {
            // A private call leaves the lake even if no more can be read of it than that.
            self.calls.push(SeenCall::private(call_id.clone(), day));
        }
    }

    fn finish(self) -> Result<WindowRead, Error> {
        Ok(WindowRead {
            days: self.days,
            spool: self.spool.finish()?,
            calls: self.calls,
            counts: self.counts,
            total_met: self.total_met,
        })
    }
}

/// The day of the page's first call: pages are in order of time, so what has no legible start began about then.
fn nearby_day(page: &Page<CallRecord>) -> Option<Date> {
    page.records()
        .next()
        .map(|record| day_of(record.meta_data.started))
}
