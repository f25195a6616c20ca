//! What the change makes of the days' coverage.

use std::collections::HashMap;

use arrow::array::Array as _;
use futures::TryStreamExt as _;
use jiff::civil::Date;
use talktrack_analyzers::tables::CoverageRow;

use super::plan::Plan;
use super::{Change, GoneReason};
use crate::ingest::batches::text_column;
use crate::ingest::coverage::{Coverage, StoredCounts};
use crate::ingest::error::Error;
use crate::ingest::window::{Days, add_days};
use crate::lake::{Commit, PartitionKey};

impl Change {
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

    pub(super) async fn put_coverage(
        &mut self,
        commit: &mut Commit,
        plan: &Plan,
    ) -> Result<Coverage, Error> {
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
