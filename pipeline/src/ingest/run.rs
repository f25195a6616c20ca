//! One run of ingest, step by step.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_gong::client::Client;

use super::change::Change;
use super::convert::SeenCall;
use super::error::Error;
use super::ledger::{TranscriptState, Waiting, is_given_up};
use super::plan::HISTORY;
use super::reader::{Outcome, Reader, WindowRead};
use super::settings::Settings;
use super::sides::SIDES;
use super::stored::Stored;
use super::summary::Summary;
use super::transcripts::{Answers, Wanted, ask};
use super::window::{Days, add_days, day_of};
use crate::clock::FixedClock;
use crate::lake::{Commit, Lake, Pending};
use crate::progress::Progress;

/// Requests that a run reserves at a time.
const RESERVE: u64 = 200;

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
    /// Calls whose transcript this run asked for.
    pub(super) asked: HashSet<String>,
    /// Deals whose state as of now this run saw.
    pub(super) deals_seen: BTreeSet<(String, String)>,
    /// Windows that this run has read, and whether all of each came.
    pub(super) read: Vec<(Days, bool)>,
    /// Requests that were sent before this run, on the same client.
    sent_before: u64,
    reserved: u64,
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
            asked: HashSet::new(),
            deals_seen: BTreeSet::new(),
            read: Vec::new(),
            sent_before: client.requests_sent(),
            reserved: 0,
        }
    }

    /// Runs all steps; what was reserved and not used is given back even if one of them fails.
    pub(super) async fn all(mut self) -> Result<Summary, Error> {
        let outcome = self.steps().await;
        let settled = self.settle().await;
        self.summary.requests = self.sent();
        outcome?;
        settled?;
        Ok(self.summary)
    }

    async fn steps(&mut self) -> Result<(), Error> {
        self.start().await?;
        super::resides::resides(self.lake, self.settings, self.now).await?;
        self.snapshots().await?;
        let mut plan = self.plan().await?;
        self.progress.set_total_calls(plan.expected_calls);
        while let Some(windows) = plan.next_windows(self.settings.concurrency) {
            let outcome = self.read_group(windows).await;
            plan.put_back(outcome.cut);
            let read = self.commit_windows(outcome.windows).await;
            if let Some(error) = outcome.error {
                read?;
                return Err(error);
            }
            if let Some(listed) = read? {
                plan.extend_history(listed);
            }
        }
        self.close_history(&plan).await?;
        self.owed_transcripts().await?;
        self.refresh_deals().await
    }

    /// The first commit of a run: takes over what a killed run left behind, and reserves requests before the first is sent.
    async fn start(&mut self) -> Result<(), Error> {
        let mut commit = self.lake.begin(&self.clock).await?;
        let tables: Vec<&str> = talktrack_analyzers::tables::all()
            .iter()
            .map(|table| table.name)
            .collect();
        commit.verify(&tables).await?;
        self.finish(commit).await
    }

    /// Ends a commit, with what every commit of ingest remembers.
    pub(super) async fn finish(&mut self, mut commit: Commit) -> Result<(), Error> {
        let sent = self.sent();
        if sent + RESERVE / 2 > self.reserved {
            let more = sent + RESERVE - self.reserved;
            commit
                .state_mut()
                .requests
                .reserve(self.now, u32::try_from(more).unwrap_or(u32::MAX));
            self.reserved += more;
        }
        commit.finish().await?;
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Error> {
        let unused = self.reserved.saturating_sub(self.sent());
        let mut commit = self.lake.begin(&self.clock).await?;
        commit
            .state_mut()
            .requests
            .give_back(u32::try_from(unused).unwrap_or(u32::MAX));
        self.reserved -= unused;
        commit.finish().await?;
        Ok(())
    }

    fn sent(&self) -> u64 {
        self.client.requests_sent() - self.sent_before
    }

    /// Reads windows side by side. After an error no further one is started, and what was read so far is kept.
    async fn read_group(&self, windows: Vec<Days>) -> Outcome {
        let reader = Reader {
            client: self.client,
            settings: self.settings,
            workspaces: &self.workspaces,
            now: self.now,
            progress: self.progress,
        };
        let count = windows.len();
        let mut reads = stream::iter(windows.into_iter().map(|days| reader.read(days)))
            .buffer_unordered(count.max(1));
        let mut all = Outcome::default();
        while let Some(outcome) = reads.next().await {
            all.windows.extend(outcome.windows);
            all.cut.extend(outcome.cut);
            if outcome.error.is_some() {
                all.error = outcome.error;
                break;
            }
        }
        all.windows.sort_by_key(|window| window.days);
        all.cut.sort();
        all
    }

    /// Asks for the transcripts of windows that were read, and commits all of it. How many calls Gong has listed so far
    /// is the answer, if there was anything to commit.
    async fn commit_windows(&mut self, mut windows: Vec<WindowRead>) -> Result<Option<u64>, Error> {
        if windows.is_empty() {
            return Ok(None);
        }
        let older = older_duplicates(&windows);
        let snapshot = self.lake.snapshot().await?;
        let index = self.lake.index(&snapshot).await?;
        let ids = windows
            .iter()
            .flat_map(|window| window.calls.iter().map(|call| call.call_id.as_str()));
        let stored = Stored::load(self.lake, &index, ids).await?;
        let mut unchanged = HashSet::new();
        for window in &mut windows {
            unchanged.extend(stored.unchanged(&mut window.spool)?);
        }
        let mut seen: BTreeMap<String, SeenCall> = BTreeMap::new();
        for call in windows
            .iter_mut()
            .flat_map(|window| std::mem::take(&mut window.calls))
        {
            seen.insert(call.call_id.clone(), call);
        }
        let wanted = seen
            .values()
            .filter(|call| !call.private)
            .filter(|call| !unchanged.contains(&call.call_id) || is_pending(&stored, &call.call_id))
            .map(|call| Wanted {
                call_id: &call.call_id,
                day: call.day,
                voices: &call.voices,
            })
            .collect();
        let mut answers = ask(self.client, wanted, self.settings.concurrency).await?;
        let error = answers.error.take();
        self.asked.extend(answers.asked.iter().cloned());
        let listed = self
            .commit_read(windows, older, seen, &stored, &unchanged, answers)
            .await?;
        error.map_or(Ok(Some(listed)), Err)
    }

    async fn commit_read(
        &mut self,
        windows: Vec<WindowRead>,
        older: Vec<HashSet<String>>,
        seen: BTreeMap<String, SeenCall>,
        stored: &Stored,
        unchanged: &HashSet<String>,
        mut answers: Answers,
    ) -> Result<u64, Error> {
        let mut commit = self.lake.begin(&self.clock).await?;
        let mut change = Change {
            now: self.now,
            today: self.today,
            ..Change::default()
        };
        change.rejects = std::mem::take(&mut answers.rejects);
        self.summary.rejected += change.rejects.len() as u64;
        for call in seen.into_values() {
            if call.private {
                commit.state_mut().pending.remove(&call.call_id);
                change.private.insert(call.call_id, call.day);
                continue;
            }
            let state = self.transcript_state(&mut commit, &call, stored, &answers);
            change.states.insert(call.call_id.clone(), state.as_str());
            let keeps_sentences =
                state == TranscriptState::Present && !answers.answered.contains(&call.call_id);
            self.deals_seen.extend(call.deals_now);
            if keeps_sentences && !unchanged.contains(&call.call_id) {
                change.voices.insert(call.call_id.clone(), call.voices);
            }
            change.calls.insert(call.call_id, call.day);
        }
        change.answered = answers.answered;
        change.sentences = answers.spool;
        self.take_windows(&mut change, windows, older);
        change.read.clone_from(&self.read);
        let coverage = change.write(&mut commit).await?;
        self.remember_windows(&mut commit, &change.windows);
        self.summary.transcripts_pending = coverage.pending();
        let done = &commit.state().windows_done;
        let is_known = |day| done.contains(day) || self.has_read(day);
        let listed = coverage.listed_on(is_known);
        self.finish(commit).await?;
        Ok(listed)
    }

    /// Whether this run has read a day.
    fn has_read(&self, day: Date) -> bool {
        self.read.iter().any(|(days, _)| days.contains(day))
    }

    /// What a call's transcript is now, and what the ledger of awaited ones says from now on.
    fn transcript_state(
        &mut self,
        commit: &mut Commit,
        call: &SeenCall,
        stored: &Stored,
        answers: &Answers,
    ) -> TranscriptState {
        let known = stored.get(&call.call_id).map(|stored| stored.state);
        let is_asked = answers.asked.contains(&call.call_id);
        let pending = &mut commit.state_mut().pending;
        if answers.answered.contains(&call.call_id) {
            pending.remove(&call.call_id);
            self.summary.transcripts_present += 1;
            return TranscriptState::Present;
        }
        if let Some(state @ (TranscriptState::Present | TranscriptState::Absent)) = known {
            return state;
        }
        self.wait_for(commit, &call.call_id, call.day, is_asked)
    }

    /// Enters a call into the ledger, or gives it up.
    pub(super) fn wait_for(
        &mut self,
        commit: &mut Commit,
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
            self.summary.transcripts_absent += 1;
            return TranscriptState::Absent;
        }
        TranscriptState::Pending
    }

    fn take_windows(
        &mut self,
        change: &mut Change,
        windows: Vec<WindowRead>,
        older: Vec<HashSet<String>>,
    ) {
        self.summary.stored += change.calls.len() as u64;
        for (window, older) in windows.into_iter().zip(older) {
            for (day, counts) in window.counts {
                let all = change.counts.entry(day).or_default();
                all.listed += counts.listed;
                all.private += counts.private;
                all.rejected += counts.rejected;
                self.summary.calls_listed += counts.listed;
                self.summary.private += counts.private;
                self.summary.rejected += counts.rejected;
            }
            self.summary.windows_done += u64::from(window.total_met);
            self.summary.windows_open += u64::from(!window.total_met);
            change.windows.push((window.days, window.total_met));
            self.read.push((window.days, window.total_met));
            change.spools.push((window.spool, older));
        }
    }

    /// Days become done when all of them came and they are too old to be looked at again anyway.
    fn remember_windows(&self, commit: &mut Commit, windows: &[(Days, bool)]) {
        let settled = self.settled_until();
        let state = commit.state_mut();
        if state.scope != self.scope() {
            // What was read of other workspaces says nothing about these.
            state.windows_done.clear();
            state.notes.remove(HISTORY);
        }
        for (days, _) in windows.iter().filter(|(_, is_met)| *is_met) {
            let last = days.to.min(settled);
            if days.from < last {
                state.windows_done.insert(days.from, add_days(last, -1));
            }
        }
        state.scope = self.scope();
        state
            .notes
            .insert(SIDES.to_owned(), self.settings.sides.digest());
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

/// For each window, the calls that a later one of the list has as well: started at another time between two readings.
fn older_duplicates(windows: &[WindowRead]) -> Vec<HashSet<String>> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (number, window) in windows.iter().enumerate() {
        last.extend(
            window
                .calls
                .iter()
                .map(|call| (call.call_id.as_str(), number)),
        );
    }
    let older = |number: usize, window: &WindowRead| {
        let calls = window.calls.iter().map(|call| call.call_id.as_str());
        calls
            .filter(|id| last.get(id).is_some_and(|last| *last != number))
            .map(str::to_owned)
            .collect()
    };
    windows
        .iter()
        .enumerate()
        .map(|(number, window)| older(number, window))
        .collect()
}

fn is_pending(stored: &Stored, call_id: &str) -> bool {
    stored
        .get(call_id)
        .is_none_or(|call| call.state == TranscriptState::Pending)
}
