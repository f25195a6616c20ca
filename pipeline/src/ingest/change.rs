//! One commit of ingest: what was read goes into the partitions it belongs to, and the state says so.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use arrow::compute::concat_batches;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{
    CallRow, CoverageRow, CrmObjectRow, DealHistoryRow, GongStatRow, GongTopicRow, GongTrackerRow,
    PartyRow, RejectRow, SentenceRow, TombstoneRow,
};

use super::batches::{calls_in, text_column, with_text_by_call};
use super::convert::{Voices, stored_time};
use super::coverage::{Coverage, StoredCounts};
use super::crm::deals::{HistoryChange, merge_history};
use super::error::Error;
use super::open_window::DayCounts;
use super::rejects::{is_digest, replace_spooled};
use super::sentences::with_voices;
use super::spool::{Spool, SpoolWriter};
use super::window::{Days, add_days};
use crate::lake::rows::{InMemory, WithoutCalls};
use crate::lake::{self, Commit, Edit, PartitionKey, Rewrite, Rows};

/// What is to be written.
#[derive(Default)]
pub struct Change {
    /// Rows of each window, and the calls in it whose rows another window of the change has newer.
    pub spools: Vec<(Spool, HashSet<String>)>,
    /// New transcripts.
    pub sentences: Spool,
    /// Calls that were read, and their day.
    pub calls: HashMap<String, Date>,
    /// Calls that leave the lake.
    pub gone: HashMap<String, Gone>,
    /// Calls whose transcript came.
    pub answered: HashSet<String>,
    /// State of transcripts, of calls that were read and of others.
    pub states: BTreeMap<String, &'static str>,
    /// Voices of calls that changed while their stored transcript stays.
    pub voices: HashMap<String, Voices>,
    /// Windows that were read, and whether all of each came.
    pub windows: Vec<(Days, bool)>,
    /// Windows that the run has read so far, those of this change included.
    pub read: Vec<(Days, bool)>,
    /// What was listed, by day of call start.
    pub counts: BTreeMap<Date, DayCounts>,
    /// Transcripts that could not be decoded.
    pub rejects: Vec<(Date, RejectRow)>,
    /// More states of deals, beside those in the spools.
    pub deals: Vec<DealHistoryRow>,
    /// The run's now.
    pub now: Timestamp,
    /// First day that the run does not know whole.
    pub today: Date,
}

/// A call that leaves the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// The day on which it is listed now, or was.
    pub day: Date,
    /// Why it leaves.
    pub reason: GoneReason,
}

/// Why a call leaves the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GoneReason {
    /// Gong marks it private.
    Private,
    /// Gong lists it no more.
    Deleted,
}

impl GoneReason {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            GoneReason::Private => "private",
            GoneReason::Deleted => "deleted",
        }
    }
}

/// Days whose partitions of one table are written in one go.
const DAYS_AT_ONCE: usize = 32;

type DayCalls = HashMap<Date, Arc<HashSet<String>>>;

/// What a change does to single days, worked out once.
struct Plan {
    /// Days in the order in which they are written: those that a call leaves come first.
    days: Vec<Date>,
    /// How many of the days a call leaves.
    left: usize,
    /// Calls whose rows go, by day.
    gone: DayCalls,
    /// Calls whose sentences go, by day.
    sentences_gone: DayCalls,
    /// Days with calls of which only the transcript's state changes.
    restated: HashSet<Date>,
    /// Days with calls whose sentences stay and get other voices.
    revoiced: HashSet<Date>,
    /// Sentences that follow their call to another day.
    moved_sentences: Spool,
    /// For each spool of rows, the calls that another one has newer.
    older: Vec<Arc<HashSet<String>>>,
    /// Gives sentences the voices that changed.
    voices: Edit,
    /// Gives calls the state of their transcript.
    states: Edit,
}

impl Plan {
    /// The days in turns: what is in one turn may be written in any order.
    fn turns(&self) -> impl Iterator<Item = &[Date]> {
        let (left, other) = self.days.split_at(self.left.min(self.days.len()));
        left.chunks(DAYS_AT_ONCE).chain(other.chunks(DAYS_AT_ONCE))
    }
}

/// Calls by day, under construction.
#[derive(Default)]
struct Marks(HashMap<Date, HashSet<String>>);

impl Marks {
    fn add(&mut self, day: Date, call_id: &str) {
        self.0.entry(day).or_default().insert(call_id.to_owned());
    }

    fn shared(self) -> DayCalls {
        let days = self.0.into_iter();
        days.map(|(day, calls)| (day, Arc::new(calls))).collect()
    }
}

impl Change {
    /// Writes everything but the state. Sentences come before the calls that say they are there; calls come last.
    pub(super) async fn write(&mut self, commit: &mut Commit) -> Result<Coverage, Error> {
        let plan = self.plan(commit).await?;
        self.put_rejects(commit).await?;
        for days in plan.turns() {
            let rewrites = days
                .iter()
                .filter_map(|day| self.sentences_of_day(commit, *day, &plan));
            commit.rewrite_all(rewrites.collect()).await?;
        }
        self.put_table::<PartyRow>(commit, &plan).await?;
        self.put_table::<CrmObjectRow>(commit, &plan).await?;
        self.put_table::<GongStatRow>(commit, &plan).await?;
        self.put_table::<GongTrackerRow>(commit, &plan).await?;
        self.put_table::<GongTopicRow>(commit, &plan).await?;
        self.put_deals(commit, &plan).await?;
        self.put_tombstones(commit).await?;
        let coverage = self.put_coverage(commit, &plan).await?;
        for days in plan.turns() {
            let rewrites = days
                .iter()
                .filter_map(|day| self.calls_of_day(commit, *day, &plan));
            commit.rewrite_all(rewrites.collect()).await?;
        }
        commit.mark_read(self.calls.keys().map(String::as_str));
        Ok(coverage)
    }

    async fn plan(&mut self, commit: &Commit) -> Result<Plan, Error> {
        let (mut gone, mut sentences_gone) = (Marks::default(), Marks::default());
        let (mut restated, mut revoiced) = (HashSet::new(), HashSet::new());
        let mut left = BTreeSet::new();
        let stored_day = |call_id: &str| commit.index().get(call_id).map(|entry| entry.day);
        for (call_id, day) in &self.calls {
            gone.add(*day, call_id);
            let stored = stored_day(call_id);
            if let Some(old) = stored.filter(|old| old != day) {
                left.insert(old);
                gone.add(old, call_id);
                sentences_gone.add(old, call_id);
            }
            if stored == Some(*day) && self.voices.contains_key(call_id) {
                revoiced.insert(*day);
            }
        }
        for (call_id, Gone { day: listed, .. }) in &self.gone {
            let stored = stored_day(call_id);
            left.extend(stored);
            // A killed commit may have left rows on the day of the call although `calls` does not know it yet.
            for day in stored.into_iter().chain([*listed]) {
                gone.add(day, call_id);
                sentences_gone.add(day, call_id);
            }
        }
        for call_id in &self.answered {
            let day = self.calls.get(call_id).copied();
            if let Some(day) = day.or_else(|| stored_day(call_id)) {
                sentences_gone.add(day, call_id);
            }
        }
        let others = self.states.keys();
        for call_id in others.filter(|id| !self.calls.contains_key(*id)) {
            restated.extend(stored_day(call_id));
        }
        let touched: BTreeSet<Date> = gone
            .0
            .keys()
            .chain(sentences_gone.0.keys())
            .chain(&restated)
            .copied()
            .collect();
        let others = touched.into_iter().filter(|day| !left.contains(day));
        Ok(Plan {
            days: left.iter().copied().chain(others).collect(),
            left: left.len(),
            gone: gone.shared(),
            sentences_gone: sentences_gone.shared(),
            restated,
            revoiced,
            moved_sentences: self.moved_sentences(commit).await?,
            older: self
                .spools
                .iter_mut()
                .map(|(_, older)| Arc::new(std::mem::take(older)))
                .collect(),
            voices: revoicing(std::mem::take(&mut self.voices)),
            states: restating(self.states.clone()),
        })
    }

    /// Stored sentences of calls that began on another day than before and whose transcript was not sent again.
    async fn moved_sentences(&self, commit: &Commit) -> Result<Spool, Error> {
        let mut of_day: BTreeMap<Date, HashSet<&str>> = BTreeMap::new();
        let kept = self.calls.iter();
        for (call_id, day) in kept.filter(|(id, _)| !self.answered.contains(*id)) {
            if let Some(old) = commit.index().get(call_id).filter(|old| old.day != *day) {
                of_day.entry(old.day).or_default().insert(call_id);
            }
        }
        let mut moved = SpoolWriter::default();
        for (old_day, wanted) in of_day {
            self.move_sentences(commit, old_day, &wanted, &mut moved)
                .await?;
        }
        Ok(moved.finish()?)
    }

    async fn move_sentences(
        &self,
        commit: &Commit,
        old_day: Date,
        wanted: &HashSet<&str>,
        moved: &mut SpoolWriter,
    ) -> Result<(), Error> {
        let table = SentenceRow::table().name;
        let key = PartitionKey::day(table, old_day);
        let mut stored = commit.lake().stream_rows(&key, None).await?;
        let mut call = OpenCall::default();
        let mut take = |id: &str, rows: &RecordBatch| match self.calls.get(id) {
            Some(day) => moved.write(table, *day, rows),
            None => Ok(()),
        };
        while let Some(batch) = stored.try_next().await? {
            for run in calls_in(std::slice::from_ref(&batch))? {
                if wanted.contains(run.call_id) {
                    let rows = batch.slice(run.start, run.len);
                    call.add(run.call_id, rows, &mut take)?;
                }
            }
        }
        call.finish(&mut take)
    }

    /// The new runs of a table and day, without calls that another window has newer.
    fn runs(&self, table: &str, day: Date, plan: &Plan) -> Vec<Arc<dyn Rows>> {
        let mut runs: Vec<Arc<dyn Rows>> = Vec::new();
        for ((spool, _), older) in self.spools.iter().zip(&plan.older) {
            for run in spool.runs(table, day) {
                runs.push(if older.is_empty() {
                    run
                } else {
                    Arc::new(WithoutCalls::new(run, older.clone()))
                });
            }
        }
        runs
    }

    fn sentences_of_day(&self, commit: &Commit, day: Date, plan: &Plan) -> Option<Rewrite> {
        let table = SentenceRow::table().name;
        let mut runs = plan.moved_sentences.runs(table, day);
        runs.extend(self.sentences.runs(table, day));
        runs.extend(self.runs(table, day, plan));
        let gone = plan.sentences_gone.get(&day);
        let is_revoiced = plan.revoiced.contains(&day);
        let rewrite = rewrite_of::<SentenceRow>(commit, day, runs, gone, is_revoiced)?;
        Some(rewrite.edited(plan.voices.clone()))
    }

    fn calls_of_day(&self, commit: &Commit, day: Date, plan: &Plan) -> Option<Rewrite> {
        let runs = self.runs(CallRow::table().name, day, plan);
        let gone = plan.gone.get(&day);
        let is_restated = plan.restated.contains(&day);
        let rewrite = rewrite_of::<CallRow>(commit, day, runs, gone, is_restated)?;
        Some(rewrite.edited(plan.states.clone()))
    }

    async fn put_table<R: Row>(&self, commit: &mut Commit, plan: &Plan) -> Result<(), Error> {
        for days in plan.turns() {
            let rewrites = days.iter().filter_map(|day| {
                let runs = self.runs(R::table().name, *day, plan);
                rewrite_of::<R>(commit, *day, runs, plan.gone.get(day), false)
            });
            let rewrites = rewrites.collect();
            commit.rewrite_all(rewrites).await?;
        }
        Ok(())
    }

    async fn put_rejects(&mut self, commit: &mut Commit) -> Result<(), Error> {
        let mut transcripts = SpoolWriter::default();
        for (day, row) in std::mem::take(&mut self.rejects) {
            transcripts.write(RejectRow::table().name, day, &RejectRow::to_batch(&[row]))?;
        }
        let transcripts = transcripts.finish()?;
        let spools: Vec<&Spool> = self
            .spools
            .iter()
            .map(|(spool, _)| spool)
            .chain([&transcripts])
            .collect();
        // What has no id is known by its content, so only a reading of its whole day tells that it is there no more.
        let is_read_whole = |day: Date| {
            self.windows
                .iter()
                .any(|(days, is_met)| *is_met && days.contains(day))
        };
        let is_settled = |day: Date, row: &RejectRow| {
            let is_gone = self.gone.contains_key(&row.record_id);
            match row.table.as_str() {
                "calls" => {
                    is_gone
                        || self.calls.contains_key(&row.record_id)
                        || (is_digest(&row.record_id) && is_read_whole(day))
                }
                "sentences" => is_gone || self.answered.contains(&row.record_id),
                _ => false,
            }
        };
        replace_spooled(commit, &spools, is_settled).await
    }

    async fn put_deals(&mut self, commit: &mut Commit, plan: &Plan) -> Result<(), Error> {
        let table = DealHistoryRow::table().name;
        let days: BTreeSet<Date> = self
            .spools
            .iter()
            .flat_map(|(spool, _)| spool.days_of(table))
            .collect();
        let mut runs: Vec<Arc<dyn Rows>> = Vec::new();
        for day in days {
            runs.extend(self.runs(table, day, plan));
        }
        if !self.deals.is_empty() {
            let rows = DealHistoryRow::to_batch(&self.deals);
            let sorted = lake::merge::sort_unique(&DealHistoryRow::table(), &rows)?;
            runs.push(Arc::new(InMemory::new(sorted)));
        }
        let key = PartitionKey::whole(table);
        let is_stored = commit.snapshot().partition(&key).is_some();
        if runs.is_empty() && (self.gone.is_empty() || !is_stored) {
            return Ok(());
        }
        let (calls, index) = (self.calls.clone(), commit.index().clone());
        let day_of_call = move |id: &str| {
            let stored = || index.get(id).map(|entry| entry.day);
            calls.get(id).copied().or_else(stored)
        };
        let change = Arc::new(HistoryChange {
            gone: self.gone.keys().cloned().collect(),
            read_again: self.calls.keys().cloned().collect(),
            now_us: self.now.as_microsecond(),
            day_of_call: Box::new(day_of_call),
        });
        let new = runs.clone();
        let rewrite = Rewrite::of::<DealHistoryRow>(key)
            .with(runs)
            .made(Arc::new(move |stored| {
                let new = new.iter().map(|run| run.open()).collect::<Result<_, _>>()?;
                merge_history(stored, new, change.clone())
            }));
        commit.rewrite(rewrite).await?;
        Ok(())
    }

    async fn put_tombstones(&self, commit: &mut Commit) -> Result<(), Error> {
        let key = PartitionKey::whole("tombstones");
        let is_stored = commit.snapshot().partition(&key).is_some();
        let gone: BTreeMap<&str, (Date, GoneReason)> = self
            .gone
            .iter()
            .filter_map(|(id, gone)| {
                let stored = commit.index().get(id)?;
                Some((id.as_str(), (stored.day, gone.reason)))
            })
            .collect();
        if gone.is_empty() && !is_stored {
            return Ok(());
        }
        let mut rows: Vec<TombstoneRow> = commit.lake().read_rows(&key).await?;
        let before = rows.len();
        rows.retain(|row| {
            !self.calls.contains_key(&row.call_id) && !gone.contains_key(row.call_id.as_str())
        });
        if rows.len() == before && gone.is_empty() {
            return Ok(());
        }
        rows.extend(gone.iter().map(|(call_id, (day, reason))| TombstoneRow {
            call_id: (*call_id).to_owned(),
            day: day.to_string(),
            seen_gone_at: stored_time(self.now),
            reason: reason.as_str().to_owned(),
        }));
        if rows.is_empty() {
            commit.remove(&key).await?;
        } else {
            commit.put_rows(&rows).await?;
        }
        Ok(())
    }

    /// No window counted calls that were asked for by id: each that is new, moved or gone changes what its day lists.
    fn adjust_listed(&self, commit: &Commit, coverage: &mut Coverage) {
        let stored_day = |call_id: &str| commit.index().get(call_id).map(|entry| entry.day);
        for (call_id, day) in &self.calls {
            let before = stored_day(call_id);
            if before != Some(*day) {
                coverage.add_listed(*day, 1);
                if let Some(before) = before {
                    coverage.add_listed(before, -1);
                }
            }
        }
        for (call_id, gone) in &self.gone {
            if gone.reason == GoneReason::Deleted
                && let Some(day) = stored_day(call_id)
            {
                coverage.add_listed(day, -1);
            }
        }
    }

    async fn put_coverage(&mut self, commit: &mut Commit, plan: &Plan) -> Result<Coverage, Error> {
        let key = PartitionKey::whole("coverage");
        let mut coverage = Coverage::new(commit.lake().read_rows::<CoverageRow>(&key).await?);
        for (days, is_met) in &self.windows {
            for day in days.iter() {
                let counts = self.counts.get(&day).copied();
                if counts.is_some() || coverage.has(day) {
                    coverage.set_listed(
                        day,
                        counts.unwrap_or_default(),
                        *is_met && day < self.today,
                    );
                }
            }
        }
        let mut read: HashMap<Date, StoredCounts> = HashMap::new();
        for (call_id, day) in &self.calls {
            let state = self.states.get(call_id).copied().unwrap_or("pending");
            read.entry(*day).or_default().add(state);
        }
        for day in &plan.days {
            let read = read.get(day).copied().unwrap_or_default();
            let counts = self.counts_after(commit, *day, plan, read).await?;
            if counts != StoredCounts::default() || coverage.has(*day) {
                coverage.set_stored(*day, counts);
            }
        }
        if self.windows.is_empty() {
            self.adjust_listed(commit, &mut coverage);
            // No window counts these calls, so they change from stored to private one by one.
            let gone = self.gone.iter();
            let private = gone.filter(|(_, gone)| gone.reason == GoneReason::Private);
            for (call_id, _) in private {
                if let Some(entry) = commit.index().get(call_id) {
                    coverage.add_private(entry.day);
                }
            }
        }
        let done = commit
            .state()
            .windows_done
            .runs()
            .map(|(first, last)| Days::new(first, add_days(last, 1)));
        for (days, is_met) in self
            .read
            .iter()
            .copied()
            .chain(done.map(|days| (days, true)))
        {
            coverage.fill(days.iter(), |day| is_met && day < self.today);
        }
        let rows = coverage.clone().into_rows();
        if !rows.is_empty() {
            commit.put_rows(&rows).await?;
        }
        Ok(coverage)
    }

    /// How many calls of a day will be in the lake, by the state of their transcript: those read, and those that stay.
    async fn counts_after(
        &self,
        commit: &Commit,
        day: Date,
        plan: &Plan,
        read: StoredCounts,
    ) -> Result<StoredCounts, Error> {
        let mut counts = read;
        let key = PartitionKey::day("calls", day);
        if commit.snapshot().partition(&key).is_none() {
            return Ok(counts);
        }
        let gone = plan.gone.get(&day);
        let columns = ["call_id", "transcript_state"];
        let mut stored = commit.lake().stream_rows(&key, Some(&columns)).await?;
        while let Some(batch) = stored.try_next().await? {
            let (ids, states) = (
                text_column(&batch, "call_id")?,
                text_column(&batch, "transcript_state")?,
            );
            let rows = 0..ids.len();
            for row in rows.filter(|row| gone.is_none_or(|gone| !gone.contains(ids.value(*row)))) {
                let state = self.states.get(ids.value(row)).copied();
                counts.add(state.unwrap_or_else(|| states.value(row)));
            }
        }
        Ok(counts)
    }
}

/// The rows of the call that is being read; it may go on in the next batch.
#[derive(Default)]
struct OpenCall {
    call_id: String,
    rows: Vec<RecordBatch>,
}

impl OpenCall {
    fn add(
        &mut self,
        call_id: &str,
        rows: RecordBatch,
        take: impl FnMut(&str, &RecordBatch) -> Result<(), lake::Error>,
    ) -> Result<(), Error> {
        if self.call_id != call_id {
            self.finish(take)?;
            call_id.clone_into(&mut self.call_id);
        }
        self.rows.push(rows);
        Ok(())
    }

    fn finish(
        &mut self,
        mut take: impl FnMut(&str, &RecordBatch) -> Result<(), lake::Error>,
    ) -> Result<(), Error> {
        let rows = std::mem::take(&mut self.rows);
        if let Some(first) = rows.first() {
            take(&self.call_id, &concat_batches(&first.schema(), &rows)?)?;
        }
        Ok(())
    }
}

/// One day of a table with its new rows in place of what calls had before; nothing where there is nothing to do.
fn rewrite_of<R: Row>(
    commit: &Commit,
    day: Date,
    runs: Vec<Arc<dyn Rows>>,
    gone: Option<&Arc<HashSet<String>>>,
    is_edited: bool,
) -> Option<Rewrite> {
    let key = PartitionKey::day(R::table().name, day);
    let is_stored = commit.snapshot().partition(&key).is_some();
    if runs.is_empty() && (!is_stored || (gone.is_none() && !is_edited)) {
        return None;
    }
    let rewrite = Rewrite::of::<R>(key).with(runs);
    Some(rewrite.without(gone.cloned().unwrap_or_default()))
}

fn revoicing(voices: HashMap<String, Voices>) -> Edit {
    Arc::new(move |batch| {
        with_voices(&batch, &voices)
            .map_err(|error| lake::Error::corrupt(SentenceRow::table().name, error))
    })
}

fn restating(states: BTreeMap<String, &'static str>) -> Edit {
    Arc::new(move |batch| {
        with_text_by_call(&batch, "transcript_state", &states)
            .map_err(|error| lake::Error::corrupt(CallRow::table().name, error))
    })
}
