//! Days that were read long ago, looked at again by ids alone: calls that came late, moved, turned private or are gone.
//!
//! The cheap list tells which calls there are. It files web conferences under the time for which they were scheduled, so it
//! is asked for a day more on each side. Whatever differs from what is stored is asked for by id before anything changes.

use std::collections::{BTreeMap, HashSet};

use futures::channel::mpsc::unbounded;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use talktrack_gong::api::calls::{ListCalls, MetaData};
use talktrack_gong::page::{Item, Page};

use super::by_id::{self, CALLS_PER_REQUEST};
use super::chain::{self, End, Range, Taken};
use super::commit::Ready;
use super::convert::Context;
use super::error::Error;
use super::open_window::{OpenWindow, WindowState};
use super::reader::{Missing, Reader};
use super::refused::Stream;
use super::run::Run;
use super::summary;
use super::total::Total;
use super::transcripts::{Answers, Wanted, request};
use super::whole::PASSES;
use super::window::{Days, add_days, day_of};
use crate::lake::{Index, OpenReason};

/// Note in the state: the day from which on the next slice of the history is rechecked.
pub(super) const RECHECK_FROM: &str = "ingest.recheck_from";
/// The cheap list is the one thing that only a recheck asks for.
const RECHECK: Stream = Stream {
    name: "recheck",
    scope: "api:calls:read:basic",
};
/// A run rechecks this part of the history.
const SLICES: i64 = 30;
/// Days that are listed in one go.
const DAYS_AT_ONCE: i64 = 30;
/// How far the time by which the list files a call may lie from its start.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// A call as the list names it.
struct Listed {
    day: Date,
    is_private: bool,
}

/// How days differ from what is stored of them.
#[derive(Default)]
struct Difference {
    /// Calls to read by id: listed and not stored, listed on another day, or private now.
    look_at: Vec<String>,
    /// Calls that are stored and not listed.
    missing: Vec<String>,
    /// A call that is stored and listed.
    control: Option<String>,
}

impl Run<'_> {
    /// Rechecks the next part of the history, in turns. A key that may not list calls reads them all the same.
    pub(super) async fn recheck_slice(&mut self) -> Result<(), Error> {
        let snapshot = self.lake.snapshot().await?;
        let state = snapshot.state();
        let Some(first) = state.windows_done.first() else {
            return Ok(());
        };
        let history = Days::new(first, self.settled_until());
        let from = state
            .notes
            .get(RECHECK_FROM)
            .and_then(|day| day.parse().ok())
            .filter(|day| history.contains(*day))
            .unwrap_or(first);
        let length = history.len().div_euclid(SLICES) + i64::from(history.len() % SLICES != 0);
        let to = add_days(from, length).min(history.to);
        let read: Vec<Days> = self.read.iter().map(|(days, _)| *days).collect();
        let slice = Days::new(from, to).without(&read);
        if slice.is_empty() {
            return Ok(());
        }
        let outcome = self.recheck(&slice).await;
        if self.unless_refused(RECHECK, outcome)?.is_none() {
            return Ok(());
        }
        let mut commit = self.lake.begin(&self.clock).await?;
        commit
            .state_mut()
            .notes
            .insert(RECHECK_FROM.to_owned(), to.to_string());
        self.finish(commit).await
    }

    /// Rechecks days.
    pub(super) async fn recheck(&mut self, days: &[Days]) -> Result<(), Error> {
        let windows: Vec<Days> = days
            .iter()
            .flat_map(|days| days.windows(days.from, DAYS_AT_ONCE))
            .collect();
        for days in windows {
            self.recheck_window(days).await?;
        }
        Ok(())
    }

    async fn recheck_window(&mut self, days: Days) -> Result<(), Error> {
        let snapshot = self.lake.snapshot().await?;
        let known = self.lake.index(&snapshot).await?;
        let (wants, mut wanted) = unbounded();
        let run = &*self;
        let reader = Reader {
            client: run.client,
            lake: run.lake,
            settings: run.settings,
            workspaces: &run.workspaces,
            known: &known,
            now: run.now,
            progress: run.progress,
            wants: &wants,
        };
        let mut window = OpenWindow::new(0, days);
        window.state = WindowState::Partial;
        let open = run.compare(&reader, &mut window).await?;
        let window = reader.compared(window).await?;
        let mut transcripts: Vec<Wanted> = Vec::new();
        while let Ok(want) = wanted.try_recv() {
            transcripts.push(want);
        }
        let (answers, error) = run.answers(transcripts).await?;
        let mut committed = run
            .commit(vec![Ready { window, answers }], self.read.clone())
            .await?;
        committed.summary.days_rechecked = days.len().unsigned_abs();
        if let Some(reason) = open {
            committed.summary.windows_open += 1;
            committed
                .summary
                .open
                .push(summary::OpenWindow::new(days, reason));
        }
        self.take_flowed(super::flow::Flowed {
            committed: vec![committed],
            error,
        })
    }

    /// Puts into the window what differs; why that is not all there is to know is the answer.
    async fn compare(
        &self,
        reader: &Reader<'_>,
        window: &mut OpenWindow,
    ) -> Result<Option<OpenReason>, Error> {
        let days = window.days;
        let listed = match self.list(days).await? {
            Ok(listed) => listed,
            Err(reason) => return Ok(Some(reason)),
        };
        let stored = reader.stored_on(days).await?;
        let difference = self.difference(days, &listed, &stored, reader.known);
        let context = Context {
            settings: self.settings,
            now: self.now,
        };
        let mut open = None;
        for chunk in difference.look_at.chunks(CALLS_PER_REQUEST) {
            let answer = by_id::read(self.client, chunk.to_vec()).await?;
            open = open.or(answer.open);
            let added = window.add_by_id(answer.items, context)?;
            reader.want_new(window, &added);
        }
        let missing = Missing {
            ids: difference.missing,
            stored: stored.len(),
            is_blind: listed.is_empty(),
            control: difference.control,
        };
        let unsettled = reader.settle(window, missing).await?;
        Ok(open.or(unsettled))
    }

    fn difference(
        &self,
        days: Days,
        listed: &BTreeMap<String, Listed>,
        stored: &[String],
        known: &Index,
    ) -> Difference {
        let mut difference = Difference::default();
        for (call_id, call) in listed {
            let is_hidden = call.is_private && !self.settings.store_private;
            let differs = match known.get(call_id) {
                Some(entry) => is_hidden || entry.day != call.day,
                None => !is_hidden && days.contains(call.day),
            };
            if differs {
                difference.look_at.push(call_id.clone());
            } else if known.get(call_id).is_some() {
                difference.control.get_or_insert_with(|| call_id.clone());
            }
        }
        let is_listed: HashSet<&str> = listed.keys().map(String::as_str).collect();
        difference.missing = stored
            .iter()
            .filter(|id| !is_listed.contains(id.as_str()))
            .cloned()
            .collect();
        difference
    }

    /// All calls that Gong lists about these days; where the list is never whole, why.
    async fn list(
        &self,
        days: Days,
    ) -> Result<Result<BTreeMap<String, Listed>, OpenReason>, Error> {
        let mut reason = OpenReason::Cursor;
        let mut before: Option<BTreeMap<String, Listed>> = None;
        for _ in 0..PASSES {
            match self.list_once(days).await {
                Ok((listed, came, total)) => {
                    let came_twice = before.is_some_and(|before| before.keys().eq(listed.keys()));
                    if total.is_met(came, came_twice) {
                        return Ok(Ok(listed));
                    }
                    reason = total.not_met(came);
                    before = Some(listed);
                }
                Err(error) if error.is_cursor() => {
                    reason = OpenReason::Cursor;
                    before = None;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Err(reason))
    }

    /// Calls as listed once, how many records came, and how many there are.
    async fn list_once(&self, days: Days) -> Result<(BTreeMap<String, Listed>, u64, Total), Error> {
        let (from, to) = days.bounds();
        let range = Range {
            from: from.checked_sub(MARGIN).unwrap_or(from),
            to: to.checked_add(MARGIN).unwrap_or(to),
        };
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        let mut came = 0;
        let mut total: Option<Total> = None;
        for workspace_id in &self.workspaces {
            let ask = |range: Range| ListCalls {
                from: Some(range.from),
                to: Some(range.to),
                workspace_id: workspace_id.clone(),
                cursor: None,
            };
            let mut seen: HashSet<String> = HashSet::new();
            let take = |page: Page<MetaData>| {
                let before = seen.len();
                for item in page.items {
                    take_item(item, &mut seen, &mut listed);
                }
                Ok(Taken {
                    new: (seen.len() - before) as u64,
                    goes_on: true,
                })
            };
            if let End::Read { total: of_chain } =
                chain::read(self.client, range, ask, filed_under, take).await?
            {
                total = Some(total.map_or(of_chain, |total| total.plus(of_chain)));
            }
            came += seen.len() as u64;
        }
        Ok((listed, came, total.unwrap_or(Total::Untold)))
    }

    /// Asks for transcripts; an error that ended it early is beside what came.
    async fn answers(&self, wanted: Vec<Wanted>) -> Result<(Answers, Option<Error>), Error> {
        let mut answers = Answers::default();
        for chunk in wanted.chunks(super::transcripts::CALLS_PER_REQUEST) {
            let reply = request(self.client, chunk.to_vec()).await;
            answers.replaced_characters += reply.replaced_characters;
            match reply.result {
                Ok(items) => answers.add(&reply.wanted.iter().collect::<Vec<_>>(), &items)?,
                Err(error) => return Ok((answers, Some(error))),
            }
        }
        Ok((answers, None))
    }
}

fn take_item(
    item: Item<MetaData>,
    seen: &mut HashSet<String>,
    listed: &mut BTreeMap<String, Listed>,
) {
    match item {
        Item::Record(call) => {
            seen.insert(call.id.clone());
            let is_private = call.is_private == Some(true);
            let day = day_of(call.started);
            listed.insert(call.id, Listed { day, is_private });
        }
        // Not legible, yet there: a stored call of that id is not missing.
        Item::Rejected(reject) => {
            seen.insert(reject.id.clone().unwrap_or(reject.raw));
            if let (Some(id), Some(started)) = (reject.id, reject.started) {
                let day = day_of(started);
                let is_private = reject.is_private;
                listed.insert(id, Listed { day, is_private });
            }
        }
    }
}

/// The time by which the list orders calls.
fn filed_under(call: &MetaData) -> Timestamp {
    let is_conference = call.direction.as_deref() == Some("Conference");
    call.scheduled
        .filter(|_| is_conference)
        .unwrap_or(call.started)
}
