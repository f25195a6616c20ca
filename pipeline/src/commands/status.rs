//! `talktrack status`: what is complete, pending and open, month by month, and why. Gong is not asked.

mod facts;
mod gathered;
mod next;
mod open;
mod shown;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::runtime::block_on;
use super::{Context, DONE, print, print_json};
use crate::error::Error;
use crate::lake::Lake;
use crate::run_record::RunRecord;
use facts::Facts;
use open::Open;

/// Everything that `--json` gives. Names are stable.
#[derive(Debug, Default, Serialize)]
struct Status {
    lake: String,
    /// Number of the newest state; 0 where nothing was ever stored.
    state: u64,
    /// First and last day of which something is known.
    days_known: Option<Span>,
    /// Runs of days that need not be read again.
    windows_done: Vec<Span>,
    /// Days that were read and will be read again, one by one.
    days_open: Vec<String>,
    /// The same and what was not read yet, as runs of days that are open for the same reason.
    open: Vec<Open>,
    /// Oldest call start that the settings ask for.
    since: Option<String>,
    /// First day from which on the history is known to be whole, where no `since` is set.
    history_from: Option<String>,
    /// Day up to which the history was last rechecked.
    rechecked_to: Option<String>,
    months: Vec<Month>,
    calls_listed: i64,
    calls_stored: i64,
    calls_private: i64,
    rejected: i64,
    transcripts_present: i64,
    transcripts_pending: i64,
    transcripts_absent: i64,
    /// When the oldest awaited transcript was first missed.
    oldest_pending: Option<String>,
    requests: Budget,
    tombstones: Tombstones,
    rejects: Vec<Rejects>,
    /// The last runs, newest first.
    runs: Vec<RunRecord>,
    tables: Vec<Table>,
    /// What a person should do, in words.
    next: Vec<String>,
}

/// A run of days; `last` is inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Span {
    from: String,
    last: String,
}

/// What is known of the calls that started in one month, UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Month {
    /// `YYYY-MM`.
    month: String,
    listed: i64,
    stored: i64,
    private: i64,
    rejected: i64,
    transcripts_present: i64,
    transcripts_pending: i64,
    transcripts_absent: i64,
    days_complete: usize,
    days_open: usize,
    /// Days of which something is known: complete and open ones.
    days_known: usize,
}

/// The request budget of the rolling day.
#[derive(Debug, Default, Serialize)]
struct Budget {
    per_day: u32,
    /// Reserved in the last 24 hours.
    reserved: u32,
    /// When the oldest reservation is free again, and how much it is.
    next_free_at: Option<Timestamp>,
    next_free: u32,
}

/// Calls that were stored once and are gone.
#[derive(Debug, Default, Serialize)]
struct Tombstones {
    count: usize,
    by_reason: BTreeMap<String, usize>,
    newest: Option<Timestamp>,
}

/// Records of a table that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Rejects {
    table: String,
    records: usize,
    /// The reason that occurs most often.
    most_frequent_reason: String,
    /// How often it does.
    occurrences: usize,
}

#[derive(Debug, Serialize)]
struct Table {
    name: String,
    partitions: usize,
    rows: u64,
}

/// Prints the status of the lake. A lake that is not there is not made.
pub(crate) fn run(context: &Context) -> Result<u8, Error> {
    let now = context.now()?;
    let status = block_on(async {
        let Some(lake) = Lake::open_existing(&context.config.lake.url).await? else {
            return Ok(gathered::nothing(&context.config));
        };
        let facts = Facts::read(&lake).await?;
        Ok(gathered::status(&context.config, &facts, now))
    })?;
    if context.global.json {
        print_json(&status)?;
    } else {
        print(&shown::text(&status, context.global.verbose > 0))?;
    }
    DONE
}
