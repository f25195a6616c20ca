//! Reading windows from Gong into spools.

use std::collections::{BTreeMap, HashSet};

use futures::channel::mpsc::UnboundedSender;
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_gong::api::calls::{CallFilter, CallRecord, ExtensiveCalls};
use talktrack_gong::client::Client;
use talktrack_gong::page::Page;

use super::chain::{self, End, Range, Taken};
use super::convert::{Context, SeenCall};
use super::error::Error;
use super::gone;
use super::open_window::{DayCounts, OpenWindow, WindowRead, WindowState};
use super::settings::Settings;
use super::stored::Stored;
use super::total::Total;
use super::transcripts::Wanted;
use super::whole::PASSES;
use super::window::{Days, window_length};
use crate::lake::{Index, Lake, OpenReason};
use crate::progress::Progress;

/// A window is cut when it holds this many times the calls that it should.
const TOO_LARGE: u64 = 2;

/// Reads windows; many can read side by side.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The client, whose pacer all share.
    pub(super) client: &'a Client,
    /// The lake, for what is stored of calls that are read again.
    pub(super) lake: &'a Lake,
    /// Settings of the run.
    pub(super) settings: &'a Settings,
    /// Ids of the workspaces to read, or one `None` for all.
    pub(super) workspaces: &'a [Option<String>],
    /// The calls that were stored when the run began.
    pub(super) known: &'a Index,
    /// The run's now.
    pub(super) now: Timestamp,
    /// Where progress is shown.
    pub(super) progress: &'a Progress,
    /// Where calls go whose transcript is wanted, as soon as that is known.
    pub(super) wants: &'a UnboundedSender<Wanted>,
}

/// Calls that are stored and did not come.
pub(super) struct Missing {
    /// Their ids.
    pub(super) ids: Vec<String>,
    /// How many calls are stored of the same days.
    pub(super) stored: usize,
    /// Whether no call came at all, as when a key may see none.
    pub(super) is_blind: bool,
    /// A call that is known to exist, where one is at hand.
    pub(super) control: Option<String>,
}

/// What came of reading one window.
pub(super) enum Outcome {
    /// It was read.
    Read(Box<WindowRead>),
    /// It holds too many calls; these are to be read instead.
    Cut(Vec<Days>),
    /// Reading ended early; what had come until then is kept.
    Failed(Box<WindowRead>, Error),
}

enum Pass {
    /// As many calls came as there are.
    Met,
    /// The total changed meanwhile, or others came than it says.
    NotMet(OpenReason),
    TooLarge(u64),
}

impl Reader<'_> {
    /// Reads one window: again where its total is not met, cut where it holds too many calls. Afterwards it is known
    /// which of its calls are unchanged, and what became of stored calls that did not come.
    pub(super) async fn read(&self, number: usize, days: Days) -> Outcome {
        let mut window = OpenWindow::new(number, days);
        let result = match self.passes(&mut window).await {
            Ok(Some(calls)) => return self.cut(days, calls),
            Ok(None) => self.look_for_missing(&mut window).await,
            Err(error) => Err(error),
        };
        if result.is_err() {
            window.state = WindowState::Partial;
        }
        match (self.compared(window).await, result) {
            (Ok(window), Ok(())) => Outcome::Read(Box::new(window)),
            (Ok(window), Err(error)) => Outcome::Failed(Box::new(window), error),
            (Err(error), _) => Outcome::Failed(Box::new(WindowRead::nothing(number, days)), error),
        }
    }

    fn cut(&self, days: Days, calls: u64) -> Outcome {
        let length = window_length(days.len(), calls, self.settings.calls_per_window);
        Outcome::Cut(days.windows(days.from, length.min(days.len() - 1)))
    }

    /// Reads all pages until the total is met; gives the total up where it is too large for one window.
    async fn passes(&self, window: &mut OpenWindow) -> Result<Option<u64>, Error> {
        for pass in 1..=PASSES {
            window.begin_pass();
            let open = match self.pass(window).await {
                Ok(Pass::Met) => {
                    window.end_passes();
                    return Ok(None);
                }
                Ok(Pass::TooLarge(calls)) => return Ok(Some(calls)),
                Ok(Pass::NotMet(reason)) => reason,
                Err(error) if error.is_cursor() => OpenReason::Cursor,
                Err(error) => return Err(error),
            };
            tracing::info!(
                from = %window.days.from, to = %window.days.to, pass, reason = ?open, "a window is not whole"
            );
            window.state = WindowState::Open(open);
        }
        Ok(None)
    }

    async fn pass(&self, window: &mut OpenWindow) -> Result<Pass, Error> {
        let mut total: Option<Total> = None;
        for workspace in self.workspaces {
            match self.chain(workspace.as_deref(), window).await? {
                (End::Stopped, calls) => return Ok(Pass::TooLarge(calls)),
                (End::Read { total: of_chain }, _) => {
                    total = Some(total.map_or(of_chain, |total| total.plus(of_chain)));
                }
            }
        }
        let total = total.unwrap_or(Total::Untold);
        let came = window.came_in_pass();
        if total.is_met(came, window.came_as_before()) {
            return Ok(Pass::Met);
        }
        Ok(Pass::NotMet(total.not_met(came)))
    }

    /// Reads all pages of a window in one workspace; where it is stopped, the number is its total.
    async fn chain(
        &self,
        workspace: Option<&str>,
        window: &mut OpenWindow,
    ) -> Result<(End, u64), Error> {
        let (from, to) = window.days.bounds();
        let limit = TOO_LARGE * u64::from(self.settings.calls_per_window);
        let may_cut = window.is_first_pass() && window.days.len() > 1;
        let ask = |range: Range| {
            ExtensiveCalls::new(CallFilter {
                from: Some(range.from),
                to: Some(range.to),
                workspace_id: workspace.map(str::to_owned),
                ..CallFilter::default()
            })
        };
        let (mut calls, mut is_first) = (0, true);
        let take = |page: Page<CallRecord>| {
            if std::mem::take(&mut is_first) {
                calls = page.total_records.unwrap_or_default();
                if may_cut && calls > limit {
                    return Ok(Taken {
                        new: 0,
                        goes_on: false,
                    });
                }
            }
            let new = self.take_page(window, page)?;
            Ok(Taken { new, goes_on: true })
        };
        let moment = |record: &CallRecord| record.meta_data.started;
        let end = chain::read(self.client, Range { from, to }, ask, moment, take).await?;
        Ok((end, calls))
    }

    fn take_page(&self, window: &mut OpenWindow, page: Page<CallRecord>) -> Result<u64, Error> {
        let added = window.add_page(page, self.context())?;
        self.progress.calls(added.unseen);
        self.want_new(window, &added.call_ids);
        Ok(added.new_in_pass)
    }

    fn context(&self) -> Context<'_> {
        Context {
            settings: self.settings,
            now: self.now,
        }
    }

    /// Calls that the lake has not seen need no comparison: their transcripts are wanted at once.
    pub(super) fn want_new(&self, window: &mut OpenWindow, call_ids: &[String]) {
        for call_id in call_ids {
            if self.known.get(call_id).is_none()
                && let Some(call) = window.calls.get_mut(call_id).filter(|call| !call.private)
            {
                let voices = std::mem::take(&mut call.voices);
                self.want(window.number, call_id, call.day, voices);
            }
        }
    }

    fn want(&self, window: usize, call_id: &str, day: Date, voices: super::convert::Voices) {
        let wanted = Wanted {
            window,
            call_id: call_id.to_owned(),
            day,
            voices,
        };
        // The other end is gone only when the run has ended.
        let _ = self.wants.unbounded_send(wanted);
    }

    /// Finds out what became of stored calls of these days that did not come.
    async fn look_for_missing(&self, window: &mut OpenWindow) -> Result<(), Error> {
        if window.state != WindowState::Met {
            return Ok(());
        }
        let stored = self.stored_on(window.days).await?;
        let missing: Vec<String> = stored
            .iter()
            .filter(|id| !window.has_come(id))
            .cloned()
            .collect();
        let missing = Missing {
            ids: missing,
            stored: stored.len(),
            is_blind: window.came_in_pass() == 0,
            control: None,
        };
        if let Some(reason) = self.settle(window, missing).await? {
            tracing::warn!(
                from = %window.days.from, to = %window.days.to, %reason, "stored calls are not listed any more"
            );
            window.state = WindowState::Open(reason);
        }
        Ok(())
    }

    /// Takes over what became of stored calls that are missing; where that cannot be said, why.
    pub(super) async fn settle(
        &self,
        window: &mut OpenWindow,
        missing: Missing,
    ) -> Result<Option<OpenReason>, Error> {
        if missing.ids.is_empty() {
            return Ok(None);
        }
        let is_blind = missing.is_blind && !self.settings.accept_deletions;
        let control = missing.control.or_else(|| self.control(window));
        let Some(control) = control.filter(|_| !is_blind) else {
            return Ok(Some(OpenReason::NotPermitted));
        };
        let fate = match gone::ask(self.client, &missing.ids, &control).await? {
            Ok(fate) => fate,
            Err(reason) => return Ok(Some(reason)),
        };
        let added = window.add_by_id(fate.exist, self.context())?;
        self.want_new(window, &added);
        if self.settings.accept_deletions || gone::is_plausible(fate.gone.len(), missing.stored) {
            window.deleted = fate.gone;
            return Ok(None);
        }
        Ok(Some(OpenReason::DeletionsWithheld {
            gone: fate.gone.len() as u64,
            stored: missing.stored as u64,
        }))
    }

    /// Stored calls of these days, of the workspaces that are read.
    pub(super) async fn stored_on(&self, days: Days) -> Result<Vec<String>, Error> {
        let stored: Vec<String> = self
            .known
            .iter()
            .filter(|(_, entry)| days.contains(entry.day))
            .map(|(id, _)| id)
            .collect();
        let wanted: HashSet<&str> = self
            .workspaces
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if wanted.is_empty() || stored.is_empty() {
            return Ok(stored);
        }
        super::stored::in_workspaces(self.lake, self.known, stored, &wanted).await
    }

    /// A call that exists: one that just came, or else the stored one that was read last.
    fn control(&self, window: &OpenWindow) -> Option<String> {
        let came = window
            .calls
            .values()
            .find(|call| !call.private && window.has_come(&call.call_id));
        if let Some(call) = came {
            return Some(call.call_id.clone());
        }
        let elsewhere = self
            .known
            .iter()
            .filter(|(_, entry)| !window.days.contains(entry.day));
        elsewhere
            .max_by(|a, b| (a.1.newest_read, &a.0).cmp(&(b.1.newest_read, &b.0)))
            .map(|(id, _)| id)
    }

    /// The window with what is known of its calls: which are stored already, and unchanged.
    pub(super) async fn compared(&self, window: OpenWindow) -> Result<WindowRead, Error> {
        let mut read = window.finish()?;
        let again: Vec<String> = read
            .calls
            .keys()
            .filter(|id| self.known.get(id).is_some())
            .cloned()
            .collect();
        if again.is_empty() {
            return Ok(read);
        }
        let ids = again.iter().map(String::as_str);
        read.stored = Stored::load(self.lake, self.known, ids).await?;
        read.unchanged = read.stored.unchanged(&read.spool)?;
        for call in again.iter().filter_map(|id| read.calls.get(id)) {
            if !call.private && wants_again(&read, call) {
                self.want(read.number, &call.call_id, call.day, call.voices.clone());
            }
        }
        Ok(read)
    }
}

/// A stored call's transcript is asked for again where the call changed or the transcript is still awaited.
fn wants_again(read: &WindowRead, call: &SeenCall) -> bool {
    !read.unchanged.contains(&call.call_id) || read.stored.is_pending(&call.call_id)
}

/// What Gong listed, summed over windows.
pub(super) fn add_counts(all: &mut BTreeMap<Date, DayCounts>, window: &BTreeMap<Date, DayCounts>) {
    for (day, counts) in window {
        let sum = all.entry(*day).or_default();
        sum.listed += counts.listed;
        sum.private += counts.private;
        sum.rejected += counts.rejected;
    }
}
