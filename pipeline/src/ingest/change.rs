//! One commit of ingest: what was read goes into the partitions it belongs to, and the state says so.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arrow::array::{Array as _, RecordBatch};
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{
    CallRow, CoverageRow, CrmObjectRow, DealHistoryRow, GongStatRow, GongTopicRow, GongTrackerRow,
    PartyRow, RejectRow, SentenceRow, TombstoneRow,
};

use super::batches::{retain_calls, text_column, with_text_by_call};
use super::convert::{Voices, stored_time};
use super::coverage::{Coverage, StoredCounts};
use super::crm::deals::{HistoryChange, merge_history};
use super::error::Error;
use super::open_window::DayCounts;
use super::rejects::{is_digest, replace_rejects};
use super::sentences::with_voices;
use super::spool::Spool;
use super::stored::by_call;
use super::window::{Days, add_days};
use crate::lake::merge::merge_calls;
use crate::lake::{Commit, PartitionKey, PutRequest};

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
    /// The day on which it is listed now, or was when it was stored.
    pub day: Date,
    /// Why it goes.
    pub reason: GoneReason,
}

/// Why a call leaves the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneReason {
    /// Gong marks it private.
    Private,
    /// Gong has it no more.
    Deleted,
}

/// Days whose partitions of one table are written side by side.
const DAYS_AT_ONCE: usize = 32;

/// What a change does to single days, worked out once.
struct Plan {
    /// Days in the order in which they are written: those that a call leaves come first.
    days: Vec<Date>,
    /// How many of the days a call leaves.
    left: usize,
    /// Calls whose rows go, by day.
    gone: HashMap<Date, HashSet<String>>,
    /// Calls whose sentences go, by day.
    sentences_gone: HashMap<Date, HashSet<String>>,
    /// Days with calls of which only the transcript's state changes.
    restated: HashMap<Date, HashSet<String>>,
    /// Sentences that follow their call to another day, or change side with it.
    moved_sentences: HashMap<Date, Vec<RecordBatch>>,
}

impl Plan {
    /// The days in turns: what is in one turn may be written in any order.
    fn turns(&self) -> impl Iterator<Item = &[Date]> {
        let (left, other) = self.days.split_at(self.left.min(self.days.len()));
        left.chunks(DAYS_AT_ONCE).chain(other.chunks(DAYS_AT_ONCE))
    }
}

impl Change {
    /// Writes everything but the state. Sentences come before the calls that say they are there; calls come last.
    pub(super) async fn write(&mut self, commit: &mut Commit) -> Result<Coverage, Error> {
        let plan = self.plan(commit).await?;
        self.put_rejects(commit).await?;
        for days in plan.turns() {
            let mut puts = Vec::new();
            for day in days {
                let mut new = self.sentences.read("sentences", *day)?;
                new.extend(self.spooled("sentences", *day)?);
                new.extend(plan.moved_sentences.get(day).into_iter().flatten().cloned());
                puts.extend(
                    merged::<SentenceRow>(commit, *day, new, plan.sentences_gone.get(day)).await?,
                );
            }
            commit.put_all(puts).await?;
        }
        self.put_table::<PartyRow>(commit, &plan).await?;
        self.put_table::<CrmObjectRow>(commit, &plan).await?;
        self.put_table::<GongStatRow>(commit, &plan).await?;
        self.put_table::<GongTrackerRow>(commit, &plan).await?;
        self.put_table::<GongTopicRow>(commit, &plan).await?;
        self.put_deals(commit).await?;
        self.put_tombstones(commit).await?;
        let coverage = self.put_coverage(commit, &plan).await?;
        for days in plan.turns() {
            let mut puts = Vec::new();
            for day in days {
                let mut new = self.restated_calls(commit, *day, &plan).await?;
                for batch in self.spooled("calls", *day)? {
                    new.push(with_text_by_call(&batch, "transcript_state", &self.states)?);
                }
                puts.extend(merged::<CallRow>(commit, *day, new, plan.gone.get(day)).await?);
            }
            commit.put_all(puts).await?;
        }
        commit.mark_read(self.calls.keys().map(String::as_str));
        Ok(coverage)
    }

    async fn plan(&self, commit: &mut Commit) -> Result<Plan, Error> {
        let mut plan = Plan {
            days: Vec::new(),
            left: 0,
            gone: HashMap::new(),
            sentences_gone: HashMap::new(),
            restated: HashMap::new(),
            moved_sentences: HashMap::new(),
        };
        let (mut left, mut days) = (BTreeSet::new(), BTreeSet::new());
        let stored_day = |call_id: &str| commit.index().get(call_id).map(|entry| entry.day);
        let mut gone = |map: &mut HashMap<Date, HashSet<String>>, day: Date, call_id: &str| {
            map.entry(day).or_default().insert(call_id.to_owned());
            days.insert(day);
        };
        for (call_id, day) in &self.calls {
            gone(&mut plan.gone, *day, call_id);
            if let Some(old) = stored_day(call_id).filter(|old| old != day) {
                left.insert(old);
                gone(&mut plan.gone, old, call_id);
                gone(&mut plan.sentences_gone, old, call_id);
            }
        }
        for (call_id, call) in &self.gone {
            let stored = stored_day(call_id);
            left.extend(stored);
            // A killed commit may have left rows on the day of the call although `calls` does not know it yet.
            for day in stored.into_iter().chain([call.day]) {
                gone(&mut plan.gone, day, call_id);
                gone(&mut plan.sentences_gone, day, call_id);
            }
        }
        for call_id in &self.answered {
            if let Some(day) = self
                .calls
                .get(call_id)
                .copied()
                .or_else(|| stored_day(call_id))
            {
                gone(&mut plan.sentences_gone, day, call_id);
            }
        }
        for call_id in self
            .states
            .keys()
            .filter(|id| !self.calls.contains_key(*id))
        {
            if let Some(day) = stored_day(call_id) {
                gone(&mut plan.restated, day, call_id);
            }
        }
        plan.left = left.len();
        plan.days = left
            .iter()
            .copied()
            .chain(days.into_iter().filter(|day| !left.contains(day)))
            .collect();
        plan.moved_sentences = self.moved_sentences(commit).await?;
        Ok(plan)
    }

    /// Stored sentences of calls that were read again and whose transcript was not sent again.
    async fn moved_sentences(
        &self,
        commit: &Commit,
    ) -> Result<HashMap<Date, Vec<RecordBatch>>, Error> {
        let mut of_day: BTreeMap<Date, HashSet<&str>> = BTreeMap::new();
        for (call_id, day) in self
            .calls
            .iter()
            .filter(|(id, _)| !self.answered.contains(*id))
        {
            if let Some(old) = commit.index().get(call_id)
                && (old.day != *day || self.voices.contains_key(call_id))
            {
                of_day.entry(old.day).or_default().insert(call_id);
            }
        }
        let mut moved: HashMap<Date, Vec<RecordBatch>> = HashMap::new();
        for (old_day, wanted) in of_day {
            let stored = commit
                .lake()
                .read(&PartitionKey::day("sentences", old_day), None)
                .await?;
            for (call_id, rows) in by_call(&stored, |id| wanted.contains(id))? {
                if let Some(day) = self.calls.get(&call_id) {
                    moved
                        .entry(*day)
                        .or_default()
                        .push(with_voices(&rows, &self.voices)?);
                }
            }
        }
        Ok(moved)
    }

    /// New rows of a table and day, without those that another window has newer.
    fn spooled(&mut self, table: &str, day: Date) -> Result<Vec<RecordBatch>, Error> {
        let mut batches = Vec::new();
        for (spool, older) in &mut self.spools {
            let read = spool.read(table, day)?;
            batches.extend(if older.is_empty() {
                read
            } else {
                retain_calls(read, |id| !older.contains(id))?
            });
        }
        Ok(batches)
    }

    async fn put_table<R: Row>(&mut self, commit: &mut Commit, plan: &Plan) -> Result<(), Error> {
        for days in plan.turns() {
            let mut puts = Vec::new();
            for day in days {
                let new = self.spooled(R::table().name, *day)?;
                puts.extend(merged::<R>(commit, *day, new, plan.gone.get(day)).await?);
            }
            commit.put_all(puts).await?;
        }
        Ok(())
    }

    /// Stored rows of calls that were not read again but whose transcript came, or is given up.
    async fn restated_calls(
        &self,
        commit: &Commit,
        day: Date,
        plan: &Plan,
    ) -> Result<Vec<RecordBatch>, Error> {
        let Some(call_ids) = plan.restated.get(&day) else {
            return Ok(Vec::new());
        };
        let stored = commit
            .lake()
            .read(&PartitionKey::day("calls", day), None)
            .await?;
        let mut restated = Vec::new();
        for batch in retain_calls(stored, |id| call_ids.contains(id))? {
            restated.push(with_text_by_call(&batch, "transcript_state", &self.states)?);
        }
        Ok(restated)
    }

    async fn put_rejects(&mut self, commit: &mut Commit) -> Result<(), Error> {
        let mut new: BTreeMap<Date, Vec<RejectRow>> = BTreeMap::new();
        let days: BTreeSet<Date> = self
            .spools
            .iter()
            .flat_map(|(spool, _)| spool.days_of("rejects"))
            .collect();
        for day in days {
            for (spool, _) in &mut self.spools {
                for batch in spool.read("rejects", day)? {
                    new.entry(day)
                        .or_default()
                        .extend(RejectRow::from_batch(&batch).map_err(crate::lake::Error::from)?);
                }
            }
        }
        for (day, row) in std::mem::take(&mut self.rejects) {
            new.entry(day).or_default().push(row);
        }
        // What has no id is known by its content, so only a reading of its whole day tells that it is there no more.
        let is_read_whole = |day: Date| {
            self.windows
                .iter()
                .any(|(days, is_met)| *is_met && days.contains(day))
        };
        let is_settled = |day: Date, row: &RejectRow| {
            let is_private = self.gone.contains_key(&row.record_id);
            match row.table.as_str() {
                "calls" => {
                    is_private
                        || self.calls.contains_key(&row.record_id)
                        || (is_digest(&row.record_id) && is_read_whole(day))
                }
                "sentences" => is_private || self.answered.contains(&row.record_id),
                _ => false,
            }
        };
        replace_rejects(commit, new, is_settled).await
    }

    async fn put_deals(&mut self, commit: &mut Commit) -> Result<(), Error> {
        let days: BTreeSet<Date> = self
            .spools
            .iter()
            .flat_map(|(spool, _)| spool.days_of("deal_history"))
            .collect();
        let mut new = Vec::new();
        for day in days {
            new.extend(self.spooled("deal_history", day)?);
        }
        if !self.deals.is_empty() {
            new.push(DealHistoryRow::to_batch(&self.deals));
        }
        let key = PartitionKey::whole("deal_history");
        let is_stored = commit.snapshot().partition(&key).is_some();
        if new.is_empty() && (self.gone.is_empty() || !is_stored) {
            return Ok(());
        }
        let stored = commit.lake().read(&key, None).await?;
        let gone: HashSet<&str> = self.gone.keys().map(String::as_str).collect();
        let read_again: HashSet<&str> = self.calls.keys().map(String::as_str).collect();
        let day_of_call = |id: &str| {
            self.calls
                .get(id)
                .copied()
                .or_else(|| commit.index().get(id).map(|entry| entry.day))
        };
        let history = merge_history(
            stored,
            new,
            &HistoryChange {
                gone: &gone,
                read_again: &read_again,
                now_us: self.now.as_microsecond(),
                day_of_call: &day_of_call,
            },
        )?;
        commit.put(key, history, BTreeMap::new(), None, &[]).await?;
        Ok(())
    }

    async fn put_tombstones(&self, commit: &mut Commit) -> Result<(), Error> {
        let key = PartitionKey::whole("tombstones");
        let is_stored = commit.snapshot().partition(&key).is_some();
        let gone: BTreeMap<&str, Date> = self
            .gone
            .keys()
            .filter_map(|id| Some((id.as_str(), commit.index().get(id)?.day)))
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
        rows.extend(gone.iter().map(|(call_id, day)| TombstoneRow {
            call_id: (*call_id).to_owned(),
            day: day.to_string(),
            seen_gone_at: stored_time(self.now),
            reason: match self.gone.get(*call_id).map(|gone| gone.reason) {
                Some(GoneReason::Deleted) => "deleted".to_owned(),
                _ => "private".to_owned(),
            },
        }));
        if rows.is_empty() {
            commit.remove(&key).await?;
        } else {
            commit.put_rows(&rows).await?;
        }
        Ok(())
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
        for day in &plan.days {
            let counts = self.counts_after(commit, *day, plan).await?;
            if counts != StoredCounts::default() || coverage.has(*day) {
                coverage.set_stored(*day, counts);
            }
        }
        if self.windows.is_empty() {
            // No window counts these calls, so they change from stored to private one by one.
            for (call_id, _) in self
                .gone
                .iter()
                .filter(|(_, gone)| gone.reason == GoneReason::Private)
            {
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

    /// How many calls of a day will be in the lake, by the state of their transcript.
    async fn counts_after(
        &mut self,
        commit: &Commit,
        day: Date,
        plan: &Plan,
    ) -> Result<StoredCounts, Error> {
        let mut counts = StoredCounts::default();
        let key = PartitionKey::day("calls", day);
        if commit.snapshot().partition(&key).is_some() {
            let gone = plan.gone.get(&day);
            for batch in commit
                .lake()
                .read(&key, Some(&["call_id", "transcript_state"]))
                .await?
            {
                let (ids, states) = (
                    text_column(&batch, "call_id")?,
                    text_column(&batch, "transcript_state")?,
                );
                for row in (0..ids.len())
                    .filter(|row| gone.is_none_or(|gone| !gone.contains(ids.value(*row))))
                {
                    counts.add(
                        self.states
                            .get(ids.value(row))
                            .copied()
                            .unwrap_or_else(|| states.value(row)),
                    );
                }
            }
        }
        for batch in self.spooled("calls", day)? {
            let ids = text_column(&batch, "call_id")?;
            for row in 0..ids.len() {
                counts.add(
                    self.states
                        .get(ids.value(row))
                        .copied()
                        .unwrap_or("pending"),
                );
            }
        }
        Ok(counts)
    }
}

/// One day of a table with its new rows in place of what calls had before; nothing where there is nothing to do.
async fn merged<R: Row>(
    commit: &Commit,
    day: Date,
    new: Vec<RecordBatch>,
    gone: Option<&HashSet<String>>,
) -> Result<Option<PutRequest>, Error> {
    let key = PartitionKey::day(R::table().name, day);
    let is_stored = commit.snapshot().partition(&key).is_some();
    if new.is_empty() && (!is_stored || gone.is_none_or(HashSet::is_empty)) {
        return Ok(None);
    }
    let stored = if is_stored {
        commit.lake().read(&key, None).await?
    } else {
        Vec::new()
    };
    let nobody = HashSet::new();
    let mut batches = merge_calls(
        &R::table(),
        &R::schema(),
        &stored,
        &new,
        gone.unwrap_or(&nobody),
    )?;
    // Without a row there is no partition.
    if batches.iter().all(|batch| batch.num_rows() == 0) {
        batches.clear();
    }
    Ok(Some(PutRequest {
        key,
        batches,
        inputs: BTreeMap::new(),
        definition: None,
        metadata: Vec::new(),
    }))
}
