//! What a change does to each day, worked out before anything is written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use futures::TryStreamExt as _;
use jiff::civil::Date;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, SentenceRow};

use super::{Change, Gone};
use crate::ingest::batches::{calls_in, with_text_by_call};
use crate::ingest::convert::Voices;
use crate::ingest::error::Error;
use crate::ingest::sentences::with_voices;
use crate::ingest::spool::{Spool, SpoolWriter};
use crate::lake::{self, Commit, Edit, PartitionKey};

/// Days whose partitions of one table are written in one go.
const DAYS_AT_ONCE: usize = 32;

type DayCalls = HashMap<Date, Arc<HashSet<String>>>;

/// What a change does to single days, worked out once.
pub(super) struct Plan {
    /// Days in the order in which they are written: those that a call leaves come first.
    pub(super) days: Vec<Date>,
    /// How many of the days a call leaves.
    pub(super) left: usize,
    /// Calls whose rows go, by day.
    pub(super) gone: DayCalls,
    /// Calls whose sentences go, by day.
    pub(super) sentences_gone: DayCalls,
    /// Days with calls of which only the transcript's state changes.
    pub(super) restated: HashSet<Date>,
    /// Days with calls whose sentences stay and get other voices.
    pub(super) revoiced: HashSet<Date>,
    /// Sentences that follow their call to another day.
    pub(super) moved_sentences: Spool,
    /// For each spool of rows, the calls that another one has newer.
    pub(super) older: Vec<Arc<HashSet<String>>>,
    /// Gives sentences the voices that changed.
    pub(super) voices: Edit,
    /// Gives calls the state of their transcript.
    pub(super) states: Edit,
}

impl Plan {
    /// The days in turns: what is in one turn may be written in any order.
    pub(super) fn turns(&self) -> impl Iterator<Item = &[Date]> {
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
    pub(super) async fn plan(&mut self, commit: &Commit) -> Result<Plan, Error> {
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
