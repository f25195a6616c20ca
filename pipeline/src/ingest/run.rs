//! One run of ingest, step by step.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_gong::client::Client;

use super::budget::Budget;
use super::error::Error;
use super::flow::Flowed;
use super::ledger::{TranscriptState, Waiting, is_given_up};
use super::settings::{Recheck, Settings};
use super::summary::Summary;
use super::troubles::Troubles;
use super::window::{Days, add_days, day_of};
use crate::clock::FixedClock;
use crate::lake::{Commit, Lake, Pending};
use crate::progress::Progress;

/// What a run carries from step to step.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) lake: &'a Lake,
    pub(super) settings: &'a Settings,
    pub(super) progress: &'a Progress,
    pub(super) now: Timestamp,
    pub(super) today: Date,
    pub(super) clock: FixedClock,
    pub(super) summary: Summary,
    /// Ids of the workspaces to read, or one `None` for all.
    pub(super) workspaces: Vec<Option<String>>,
    /// Ids of all workspaces that Gong lists.
    pub(super) listed_workspaces: Vec<String>,
    /// Calls whose transcript this run asked for.
    pub(super) asked: HashSet<String>,
    /// Deals whose state as of now this run saw.
    pub(super) deals_seen: BTreeSet<(String, String)>,
    /// Windows that this run has read, and whether all of each came.
    pub(super) read: Vec<(Days, bool)>,
    budget: Budget,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        client: &'a Client,
        lake: &'a Lake,
        settings: &'a Settings,
        now: Timestamp,
        progress: &'a Progress,
    ) -> Run<'a> {
        Run {
            client,
            lake,
            settings,
            progress,
            now,
            today: day_of(now),
            clock: FixedClock(now),
            summary: Summary::default(),
            workspaces: vec![None],
            listed_workspaces: Vec::new(),
            asked: HashSet::new(),
            deals_seen: BTreeSet::new(),
            read: Vec::new(),
            budget: Budget::new(client, lake, now),
        }
    }

    /// Runs all steps; what was reserved and not used is given back even if one of them fails.
    pub(super) async fn all(mut self) -> Result<Summary, Error> {
        let outcome = self.steps().await;
        let settled = self.budget.settle().await;
        self.summary.requests = self.budget.sent();
        outcome?;
        settled?;
        Ok(self.summary)
    }

    async fn steps(&mut self) -> Result<(), Error> {
        self.start().await?;
        super::resides::resides(self.lake, self.settings, self.now).await?;
        let mut troubles = Troubles::default();
        self.snapshots(&mut troubles).await?;
        if let Recheck::Range(days) = self.settings.recheck {
            return self.recheck(&[days]).await;
        }
        self.windows().await?;
        troubles.keep(self.owed_transcripts().await)?;
        troubles.keep(self.refresh_deals().await)?;
        // Who asks for a few days of calls does not ask for the rest.
        if self.settings.span.is_none() {
            troubles.keep(self.streams().await)?;
        }
        if self.settings.recheck == Recheck::Slice {
            troubles.keep(self.recheck_slice().await)?;
        }
        troubles.told()
    }

    /// The first commit of a run: takes over what a killed run left behind.
    async fn start(&mut self) -> Result<(), Error> {
        let mut commit = self.lake.begin(&self.clock).await?;
        let tables: Vec<&str> = talktrack_analyzers::tables::all()
            .iter()
            .map(|table| table.name)
            .collect();
        commit.verify(&tables).await?;
        self.finish(commit).await?;
        self.budget.open();
        Ok(())
    }

    /// Reads what is not done and the last days, newest first.
    async fn windows(&mut self) -> Result<(), Error> {
        let mut plan = self.plan().await?;
        self.progress.set_total_calls(plan.expected_calls);
        let snapshot = self.lake.snapshot().await?;
        let known = self.lake.index(&snapshot).await?;
        loop {
            let flowed = self.flow(&mut plan, &known).await;
            self.take_flowed(flowed)?;
            if !self.confirm_history(&mut plan).await? {
                return self.close_history(&plan).await;
            }
        }
    }

    /// Takes over what was committed, also where reading ended early.
    pub(super) fn take_flowed(&mut self, flowed: Flowed) -> Result<(), Error> {
        for committed in flowed.committed {
            self.summary.add(committed.summary);
            self.deals_seen.extend(committed.deals_seen);
            self.asked.extend(committed.asked);
            self.read.extend(committed.read);
        }
        flowed.error.map_or(Ok(()), Err)
    }

    /// Ends a commit, with what every commit of ingest remembers.
    pub(super) async fn finish(&self, commit: Commit) -> Result<(), Error> {
        self.budget.finish(commit).await
    }

    /// Enters a call into the ledger, or gives it up.
    pub(super) fn wait_for(
        &self,
        commit: &mut Commit,
        summary: &mut Summary,
        call_id: &str,
        day: Date,
        is_asked: bool,
    ) -> TranscriptState {
        let pending = &mut commit.state_mut().pending;
        let entry = pending
            .entry(call_id.to_owned())
            .or_insert_with(|| Pending {
                day,
                first_seen: self.now,
                asked: Vec::new(),
            });
        entry.day = day;
        if is_asked && entry.asked.last() != Some(&self.now) {
            entry.asked.push(self.now);
        }
        let asked: Vec<Date> = entry.asked.iter().map(|at| day_of(*at)).collect();
        let waiting = Waiting {
            day,
            first_seen: entry.first_seen,
            asked: &asked,
        };
        if is_asked && is_given_up(waiting, self.settings.pending_days, self.now) {
            pending.remove(call_id);
            summary.transcripts_absent += 1;
            return TranscriptState::Absent;
        }
        TranscriptState::Pending
    }

    /// The first day that is always read again.
    pub(super) fn settled_until(&self) -> Date {
        add_days(self.today, -i64::from(self.settings.look_back_days))
    }

    /// What the done windows cover: the workspaces that were read, and whether private calls were kept.
    pub(super) fn scope(&self) -> String {
        let mut ids: Vec<&str> = self
            .workspaces
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        ids.sort_unstable();
        let workspaces = ids.join(",");
        if self.settings.store_private {
            format!("{workspaces}+private")
        } else {
            workspaces
        }
    }
}
