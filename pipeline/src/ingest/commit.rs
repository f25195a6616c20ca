//! Windows that are whole become part of the lake: one commit for all that are ready.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::change::{Change, Gone, GoneReason};
use super::convert::SeenCall;
use super::error::Error;
use super::ledger::TranscriptState;
use super::open_window::{WindowRead, WindowState};
use super::reader::add_counts;
use super::run::Run;
use super::sides::SIDES;
use super::stored::Stored;
use super::summary::Summary;
use super::transcripts::Answers;
use super::window::{Days, add_days};
use crate::lake::{Commit, OpenReason};

/// A window that was read, with its transcripts.
pub(super) struct Ready {
    pub(super) window: WindowRead,
    pub(super) answers: Answers,
}

/// What a commit brought.
#[derive(Default)]
pub(super) struct Committed {
    /// Counts of what was committed.
    pub(super) summary: Summary,
    /// Deals whose state as of now was seen.
    pub(super) deals_seen: BTreeSet<(String, String)>,
    /// Calls whose transcript was asked for.
    pub(super) asked: HashSet<String>,
    /// Windows, and whether all of each came.
    pub(super) read: Vec<(Days, bool)>,
}

impl Run<'_> {
    /// Commits windows with their transcripts. `read_before` names the windows that the run committed until now.
    pub(super) async fn commit(
        &self,
        mut ready: Vec<Ready>,
        read_before: Vec<(Days, bool)>,
    ) -> Result<Committed, Error> {
        let older = older_duplicates(&ready);
        let mut commit = self.lake.begin(&self.clock).await?;
        let mut committed = Committed::default();
        let mut change = Change {
            now: self.now,
            today: self.today,
            ..Change::default()
        };
        for (ready, older) in ready.iter_mut().zip(&older) {
            self.add_calls(&mut commit, &mut change, &mut committed, ready, older);
            add_gone(&mut commit, &mut change, &mut committed, &ready.window);
        }
        let states = ready
            .iter()
            .map(|ready| (ready.window.days, ready.window.state.clone()))
            .collect::<Vec<_>>();
        for (ready, older) in ready.into_iter().zip(older) {
            take_window(&mut change, &mut committed, ready, older)?;
        }
        change.read = read_before;
        change.read.extend(committed.read.iter().copied());
        let coverage = change.write(&mut commit).await?;
        self.remember_windows(&mut commit, &states);
        committed.summary.transcripts_pending = coverage.pending();
        self.finish(commit).await?;
        Ok(committed)
    }

    /// What becomes of the calls of a window and of their transcripts.
    fn add_calls(
        &self,
        commit: &mut Commit,
        change: &mut Change,
        committed: &mut Committed,
        ready: &mut Ready,
        older: &HashSet<String>,
    ) {
        let Ready { window, answers } = ready;
        for (call_id, call) in std::mem::take(&mut window.calls) {
            if older.contains(&call_id) {
                continue;
            }
            change.gone.remove(&call_id);
            if call.private {
                commit.state_mut().pending.remove(&call_id);
                change.gone.insert(
                    call_id,
                    Gone {
                        day: call.day,
                        reason: GoneReason::Private,
                    },
                );
                continue;
            }
            let state = self.transcript_state(
                commit,
                &mut committed.summary,
                &call,
                &window.stored,
                answers,
            );
            change.states.insert(call_id.clone(), state.as_str());
            let keeps_sentences =
                state == TranscriptState::Present && !answers.answered.contains(&call_id);
            committed.deals_seen.extend(call.deals_now);
            if keeps_sentences && !window.unchanged.contains(&call_id) {
                change.voices.insert(call_id.clone(), call.voices);
            }
            change.calls.insert(call_id, call.day);
            committed.summary.stored += 1;
        }
    }

    /// What a call's transcript is now, and what the ledger of awaited ones says from now on.
    fn transcript_state(
        &self,
        commit: &mut Commit,
        summary: &mut Summary,
        call: &SeenCall,
        stored: &Stored,
        answers: &Answers,
    ) -> TranscriptState {
        let known = stored.get(&call.call_id).map(|stored| stored.state);
        let is_asked = answers.asked.contains(&call.call_id);
        if answers.answered.contains(&call.call_id) {
            commit.state_mut().pending.remove(&call.call_id);
            summary.transcripts_present += 1;
            return TranscriptState::Present;
        }
        if let Some(state @ (TranscriptState::Present | TranscriptState::Absent)) = known {
            return state;
        }
        self.wait_for(commit, summary, &call.call_id, call.day, is_asked)
    }

    /// Days become done when all of them came and they are too old to be looked at again anyway. Why others are not is
    /// remembered too.
    fn remember_windows(&self, commit: &mut Commit, windows: &[(Days, WindowState)]) {
        let settled = self.settled_until();
        let state = commit.state_mut();
        if state.scope != self.scope() {
            // What was read of other workspaces says nothing about these.
            state.windows_done.clear();
            state.notes.remove(super::plan::HISTORY);
            state.open.clear();
        }
        for (days, window) in windows {
            let reason = match window {
                WindowState::Partial => continue,
                WindowState::Met => None,
                WindowState::Open(reason) => Some(*reason),
            };
            for day in days.iter() {
                state.open.remove(&day);
                let reason = reason.or_else(|| {
                    (settled <= day && day <= self.today).then_some(OpenReason::LookBack)
                });
                state.open.extend(reason.map(|reason| (day, reason)));
            }
            let last = days.to.min(settled);
            if *window == WindowState::Met && days.from < last {
                state.windows_done.insert(days.from, add_days(last, -1));
            }
        }
        // A day that left the look-back and was read whole since is done; its reason is history.
        let done = &state.windows_done;
        let is_open =
            |day, reason: &OpenReason| *reason != OpenReason::LookBack || !done.contains(day);
        state.open.retain(|day, reason| is_open(*day, reason));
        state.scope = self.scope();
        state
            .notes
            .insert(SIDES.to_owned(), self.settings.sides.digest());
    }
}

fn add_gone(
    commit: &mut Commit,
    change: &mut Change,
    committed: &mut Committed,
    window: &WindowRead,
) {
    for call_id in &window.deleted {
        let Some(day) = commit.index().get(call_id).map(|entry| entry.day) else {
            continue;
        };
        // It may have come in another window meanwhile.
        if change.calls.contains_key(call_id) {
            continue;
        }
        commit.state_mut().pending.remove(call_id);
        let reason = GoneReason::Deleted;
        change.gone.insert(call_id.clone(), Gone { day, reason });
        committed.summary.deleted += 1;
    }
}

/// Hands the rows of a window over, and counts it.
fn take_window(
    change: &mut Change,
    committed: &mut Committed,
    ready: Ready,
    older: HashSet<String>,
) -> Result<(), Error> {
    let Ready { window, answers } = ready;
    let summary = &mut committed.summary;
    summary.replaced_characters += window.replaced_characters + answers.replaced_characters;
    summary.rejected += answers.rejects.len() as u64;
    change.rejects.extend(answers.rejects);
    change.answered.extend(answers.answered);
    committed.asked.extend(answers.asked);
    let mut dropped = older;
    dropped.extend(window.dropped);
    change.spools.push((window.spool, dropped.clone()));
    change.spools.push((answers.spool.finish()?, dropped));
    if window.state != WindowState::Partial {
        for counts in window.counts.values() {
            summary.calls_listed += counts.listed;
            summary.private += counts.private;
            summary.rejected += counts.rejected;
        }
    }
    let is_met = match &window.state {
        WindowState::Partial => return Ok(()),
        WindowState::Met => true,
        WindowState::Open(reason) => {
            summary.windows_open += 1;
            summary
                .open
                .push(super::summary::OpenWindow::new(window.days, *reason));
            // What is empty for want of permission says nothing about its days.
            if *reason == OpenReason::NotPermitted {
                return Ok(());
            }
            // All of it came; only what it means is open.
            matches!(reason, OpenReason::DeletionsWithheld { .. })
        }
    };
    summary.windows_done += u64::from(window.state == WindowState::Met);
    add_counts(&mut change.counts, &window.counts);
    change.windows.push((window.days, is_met));
    committed.read.push((window.days, is_met));
    Ok(())
}

/// For each window, the calls that a later one of the list has as well: started at another time between two readings.
fn older_duplicates(windows: &[Ready]) -> Vec<HashSet<String>> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (number, ready) in windows.iter().enumerate() {
        last.extend(ready.window.calls.keys().map(|id| (id.as_str(), number)));
    }
    let older = |number: usize, calls: &BTreeMap<String, SeenCall>| {
        calls
            .keys()
            .filter(|id| last.get(id.as_str()).is_some_and(|last| *last != number))
            .cloned()
            .collect()
    };
    windows
        .iter()
        .enumerate()
        .map(|(number, ready)| older(number, &ready.window.calls))
        .collect()
}
