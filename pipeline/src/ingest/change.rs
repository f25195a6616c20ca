//! One commit of ingest: what was read goes into the partitions it belongs to, and the state says so.

mod days;
mod plan;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{
    CallRow, CrmObjectRow, DealHistoryRow, GongStatRow, GongTopicRow, GongTrackerRow, PartyRow,
    RejectRow, SentenceRow, TombstoneRow,
};

use self::plan::Plan;
use super::convert::{Voices, stored_time};
use super::coverage::Coverage;
use super::crm::deals::{HistoryChange, merge_history};
use super::error::Error;
use super::open_window::DayCounts;
use super::rejects::{is_digest, replace_spooled};
use super::spool::{Spool, SpoolWriter};
use super::window::Days;
use crate::lake::rows::{InMemory, WithoutCalls};
use crate::lake::{self, Commit, PartitionKey, Rewrite, Rows};

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
