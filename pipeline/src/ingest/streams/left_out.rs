//! Calls that are not in the lake on purpose: what is said about them elsewhere stays out too.

use std::collections::HashSet;

use jiff::Timestamp;
use talktrack_analyzers::table::TimestampUs;
use talktrack_analyzers::tables::{AnsweredScorecardRow, TombstoneRow};

use super::super::error::Error;
use super::super::window::{Days, day_of};
use crate::lake::{Commit, DaySet, Index, PartitionKey};

/// Calls that are known and not in the lake: private ones, deleted ones, and those of workspaces that are not read.
pub(super) struct LeftOut {
    index: Index,
    gone: HashSet<String>,
    /// Days that were read whole, in this run or before.
    done: DaySet,
    read: Vec<Days>,
}

impl LeftOut {
    /// `read` are the windows of this run, and whether all of each came.
    pub(super) async fn of(commit: &Commit, read: &[(Days, bool)]) -> Result<LeftOut, Error> {
        let key = PartitionKey::whole("tombstones");
        let tombstones: Vec<TombstoneRow> = commit.lake().read_rows(&key).await?;
        let whole = read.iter().filter(|(_, is_met)| *is_met);
        Ok(LeftOut {
            index: commit.index().clone(),
            gone: tombstones.into_iter().map(|row| row.call_id).collect(),
            done: commit.state().windows_done.clone(),
            read: whole.map(|(days, _)| *days).collect(),
        })
    }

    /// Whether the call is left out. One that began on a day that was not read may still come.
    pub(super) fn holds(&self, call_id: &str, started: Option<TimestampUs>) -> bool {
        if self.index.get(call_id).is_some() {
            return false;
        }
        let day = started
            .and_then(|at| Timestamp::from_microsecond(at.0).ok())
            .map(day_of);
        let is_read_whole = day.is_some_and(|day| {
            self.done.contains(day) || self.read.iter().any(|days| days.contains(day))
        });
        is_read_whole || self.gone.contains(call_id)
    }

    /// Whether the call of an answered scorecard is left out.
    pub(super) fn holds_review(&self, row: &AnsweredScorecardRow) -> bool {
        let call_id = row.call_id.as_deref();
        call_id.is_some_and(|id| self.holds(id, row.call_started))
    }
}
