//! `talktrack status`: what the lake holds.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::CoverageRow;

use super::runtime::block_on;
use super::{Context, DONE, print, print_json};
use crate::error::Error;
use crate::lake::{Lake, PartitionKey, Snapshot};

#[derive(Serialize)]
struct Status {
    lake: String,
    /// Number of the newest state; 0 where nothing was ever stored.
    state: u64,
    /// First and last day that was read whole.
    days_read: Option<Window>,
    /// Runs of days that need not be read again.
    windows_done: Vec<Window>,
    /// Days that Gong listed calls for and that are not read whole.
    days_open: Vec<String>,
    calls_listed: i64,
    calls_stored: i64,
    calls_private: i64,
    rejected: i64,
    transcripts_present: i64,
    transcripts_pending: i64,
    transcripts_absent: i64,
    /// When the oldest awaited transcript was first missed.
    oldest_pending: Option<String>,
    requests_reserved: u32,
    requests_per_day: u32,
    tables: Vec<Table>,
}

#[derive(Serialize)]
struct Window {
    from: String,
    /// Inclusive.
    last: String,
}

#[derive(Serialize)]
struct Table {
    name: String,
    partitions: usize,
    rows: u64,
}

/// Prints the status of the lake.
pub(crate) fn run(context: &Context) -> Result<u8, Error> {
    let now = context.now()?;
    let status = block_on(async {
        let lake = Lake::open(&context.config.lake.url).await?;
        let snapshot = lake.snapshot().await?;
        let coverage: Vec<CoverageRow> = lake
            .read_rows(&PartitionKey::whole(CoverageRow::table().name))
            .await?;
        Ok(gathered(context, &snapshot, &coverage, now))
    })?;
    if context.global.json {
        print_json(&status)?;
    } else {
        print(&shown(&status))?;
    }
    DONE
}

fn gathered(
    context: &Context,
    snapshot: &Snapshot,
    coverage: &[CoverageRow],
    now: Timestamp,
) -> Status {
    let state = snapshot.state();
    let sum = |count: fn(&CoverageRow) -> i64| coverage.iter().map(count).sum();
    let whole = || {
        coverage
            .iter()
            .filter(|day| day.window_state == "done")
            .map(|day| day.day.clone())
    };
    let days_read = whole()
        .min()
        .zip(whole().max())
        .map(|(from, last)| Window { from, last });
    let window = |(from, last): (Date, Date)| Window {
        from: from.to_string(),
        last: last.to_string(),
    };
    let tables = snapshot.tables().map(|name| Table {
        name: name.to_owned(),
        partitions: snapshot.partitions(name).count(),
        rows: snapshot.rows(name),
    });
    Status {
        lake: context.config.lake.url.clone(),
        state: state.number,
        days_read,
        windows_done: state.windows_done.runs().map(window).collect(),
        days_open: coverage
            .iter()
            .filter(|day| day.window_state == "open")
            .map(|day| day.day.clone())
            .collect(),
        calls_listed: sum(|day| day.listed),
        calls_stored: sum(|day| day.stored),
        calls_private: sum(|day| day.private),
        rejected: sum(|day| day.rejected),
        transcripts_present: sum(|day| day.transcripts_present),
        transcripts_pending: sum(|day| day.transcripts_pending),
        transcripts_absent: sum(|day| day.transcripts_absent),
        oldest_pending: state
            .pending
            .values()
            .map(|pending| pending.first_seen)
            .min()
            .map(|first| first.to_string()),
        requests_reserved: state.requests.reserved(now),
        requests_per_day: context.config.ingest.requests_per_day,
        tables: tables.collect(),
    }
}

fn shown(status: &Status) -> String {
    if status.state == 0 {
        return format!("{} is empty; `talktrack run` fills it\n", status.lake);
    }
    let read = status.days_read.as_ref().map_or("none".to_owned(), |run| {
        format!("{} to {}", run.from, run.last)
    });
    let or_none = |items: &[String]| {
        if items.is_empty() {
            "none".to_owned()
        } else {
            items.join(", ")
        }
    };
    let pending = status
        .oldest_pending
        .as_ref()
        .map_or(String::new(), |first| format!(", the oldest since {first}"));
    let lines = [
        ("lake", format!("{} (state {})", status.lake, status.state)),
        ("days read", read),
        ("days open", or_none(&status.days_open)),
        (
            "calls",
            format!(
                "{} listed, {} stored, {} private, {} rejected",
                status.calls_listed, status.calls_stored, status.calls_private, status.rejected
            ),
        ),
        (
            "transcripts",
            format!(
                "{} present, {} pending{pending}, {} absent",
                status.transcripts_present, status.transcripts_pending, status.transcripts_absent
            ),
        ),
        (
            "requests",
            format!(
                "{} of {} in the last 24 hours",
                status.requests_reserved, status.requests_per_day
            ),
        ),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        let _ = writeln!(text, "{name:12} {value}");
    }
    let width = status
        .tables
        .iter()
        .map(|table| table.name.len())
        .max()
        .unwrap_or(0);
    for table in &status.tables {
        let _ = writeln!(
            text,
            "  {:width$} {:>10} rows {:>6} partitions",
            table.name, table.rows, table.partitions
        );
    }
    text
}
