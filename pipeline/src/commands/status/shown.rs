//! The status for people: at most a hundred columns, but for the address of the lake.

use std::fmt::Write;

use super::open::{Open, Why};
use super::{Month, Status};
use crate::error::escape_line;
use crate::run_record::RunRecord;

/// Columns of the text.
const WIDTH: usize = 100;
/// Months that are shown one by one unless more is asked for.
const MONTHS: usize = 24;
/// Runs of open days that are shown unless more is asked for.
const OPEN: usize = 20;
/// Runs of the program that are shown unless more is asked for.
const RUNS: usize = 5;

/// The whole text.
pub(super) fn text(status: &Status, is_verbose: bool) -> String {
    if status.state == 0 {
        return empty(status, is_verbose);
    }
    let limit = |usual: usize| if is_verbose { usize::MAX } else { usual };
    let parts = [
        head(status),
        months(&status.months, limit(MONTHS)),
        open(status, limit(OPEN)),
        runs(&status.runs, limit(RUNS)),
        next(status),
        tables(status),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn empty(status: &Status, is_verbose: bool) -> String {
    let lake = escape_line(&status.lake);
    let limit = if is_verbose { usize::MAX } else { RUNS };
    let mut text = format!("{lake} is empty; `talktrack run` fills it\n");
    for part in [runs(&status.runs, limit), next(status)] {
        if !part.is_empty() {
            let _ = write!(text, "\n{part}");
        }
    }
    text
}

fn head(status: &Status) -> String {
    let lines = [
        (
            "lake",
            format!("{} (state {})", escape_line(&status.lake), status.state),
        ),
        ("days", days(status)),
        (
            "calls",
            format!(
                "{} listed, {} stored, {} private, {} rejected",
                status.calls_listed, status.calls_stored, status.calls_private, status.rejected
            ),
        ),
        ("transcripts", transcripts(status)),
        ("history", history(status)),
        ("requests", requests(status)),
        ("gone", tombstones(status)),
        ("rejects", rejects(status)),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        for (number, line) in value.lines().enumerate() {
            let name = if number == 0 { name } else { "" };
            let _ = writeln!(text, "{name:12} {line}");
        }
    }
    text
}

fn days(status: &Status) -> String {
    let Some(known) = &status.days_known else {
        return "none read".to_owned();
    };
    let count = |count: fn(&Month) -> usize| status.months.iter().map(count).sum::<usize>();
    format!(
        "{} to {}: {} complete, {} open",
        known.from,
        known.last,
        count(|month| month.days_complete),
        count(|month| month.days_open),
    )
}

fn transcripts(status: &Status) -> String {
    let since = status
        .oldest_pending
        .as_ref()
        .map_or(String::new(), |first| format!(", the oldest since {first}"));
    format!(
        "{} present, {} pending{since}, {} absent",
        status.transcripts_present, status.transcripts_pending, status.transcripts_absent
    )
}

fn history(status: &Status) -> String {
    let from = match (&status.since, &status.history_from) {
        (Some(since), _) => format!("read from {since} on, as `ingest.since` says"),
        (None, Some(from)) => format!("whole from {from} on"),
        (None, None) => "not yet known to be whole; the next runs go on with it".to_owned(),
    };
    let rechecked = status.rechecked_to.as_ref();
    rechecked.map_or(from.clone(), |day| {
        format!("{from}; rechecked up to {}", escape_line(day))
    })
}

fn requests(status: &Status) -> String {
    let budget = &status.requests;
    let free = budget.next_free_at.map_or(String::new(), |at| {
        format!("; {} free again at {at:.0}", budget.next_free)
    });
    format!(
        "{} of {} reserved in the last 24 hours{free}",
        budget.reserved, budget.per_day
    )
}

fn tombstones(status: &Status) -> String {
    let gone = &status.tombstones;
    let Some(newest) = gone.newest else {
        return "no call that was stored is gone".to_owned();
    };
    let reasons: Vec<String> = gone
        .by_reason
        .iter()
        .map(|(reason, count)| format!("{count} {}", escape_line(reason)))
        .collect();
    format!(
        "{} calls that were stored ({}), the newest {newest:.0}",
        gone.count,
        reasons.join(", ")
    )
}

fn rejects(status: &Status) -> String {
    if status.rejects.is_empty() {
        return "none".to_owned();
    }
    let lines: Vec<String> = status
        .rejects
        .iter()
        .map(|one| {
            let records = counted(one.records, "record");
            let times = counted(one.occurrences, "time");
            let line = format!(
                "{}: {records}, most often ({times}): {}",
                one.table, one.most_frequent_reason
            );
            cut(&escape_line(&line), WIDTH - 13)
        })
        .collect();
    lines.join("\n")
}

/// The months as a table, the newest last; those beyond the limit in one line.
fn months(months: &[Month], limit: usize) -> String {
    if months.is_empty() {
        return String::new();
    }
    let (earlier, shown) = months.split_at(months.len().saturating_sub(limit));
    let mut rows: Vec<Vec<String>> = Vec::new();
    if let Some(last) = earlier.last() {
        rows.push(cells(&summed(format!("to {}", last.month), earlier)));
    }
    rows.extend(shown.iter().map(cells));
    let names = [
        "month", "listed", "stored", "private", "rejected", "present", "pending", "absent",
        "complete", "open", "known",
    ];
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let longest = rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
            longest.max(name.len())
        })
        .collect();
    let mut text = groups(&widths);
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for row in std::iter::once(&names).chain(&rows) {
        text.push_str(&aligned(row, &widths));
    }
    if !earlier.is_empty() {
        let _ = writeln!(text, "`talktrack status -v` shows every month");
    }
    text
}

/// What the columns are of, above the first of each.
fn groups(widths: &[usize]) -> String {
    let starts = |column: usize| {
        widths[..column]
            .iter()
            .map(|width| width + 2)
            .sum::<usize>()
    };
    let mut line = String::new();
    for (column, name) in [(1, "calls"), (5, "transcripts"), (8, "days")] {
        let pad = starts(column).saturating_sub(line.len());
        let _ = write!(line, "{:pad$}{name}", "");
    }
    line.push('\n');
    line
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        let _ = match column {
            0 => write!(line, "{cell:width$}"),
            _ => write!(line, "  {cell:>width$}"),
        };
    }
    line.push('\n');
    line
}

fn cells(month: &Month) -> Vec<String> {
    vec![
        month.month.clone(),
        month.listed.to_string(),
        month.stored.to_string(),
        month.private.to_string(),
        month.rejected.to_string(),
        month.transcripts_present.to_string(),
        month.transcripts_pending.to_string(),
        month.transcripts_absent.to_string(),
        month.days_complete.to_string(),
        month.days_open.to_string(),
        month.days_known.to_string(),
    ]
}

fn summed(name: String, months: &[Month]) -> Month {
    let empty = Month {
        month: name,
        ..Month::default()
    };
    months.iter().fold(empty, |mut sum, month| {
        sum.listed += month.listed;
        sum.stored += month.stored;
        sum.private += month.private;
        sum.rejected += month.rejected;
        sum.transcripts_present += month.transcripts_present;
        sum.transcripts_pending += month.transcripts_pending;
        sum.transcripts_absent += month.transcripts_absent;
        sum.days_complete += month.days_complete;
        sum.days_open += month.days_open;
        sum.days_known += month.days_known;
        sum
    })
}

/// The newest open days, with the reason of each run.
fn open(status: &Status, limit: usize) -> String {
    let (earlier, shown) = status
        .open
        .split_at(status.open.len().saturating_sub(limit));
    let mut lines = Vec::new();
    if !earlier.is_empty() {
        let days: usize = earlier.iter().map(|open| open.days).sum();
        lines.push(format!(
            "{days} days in {} earlier runs of days; `talktrack status -v` shows them",
            earlier.len()
        ));
    }
    lines.extend(shown.iter().map(|open| {
        let days = counted(open.days, "day");
        format!("{:24} {days:>9}  {}", open.span(), reason(open))
    }));
    section("open", &lines)
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn reason(open: &Open) -> String {
    match open.why {
        Why::LookBack => "within the look-back: read again each night".to_owned(),
        Why::TotalNotMet {
            listed,
            total: Some(total),
        } => format!("Gong's total was not met, {listed} of {total} listed: read again"),
        Why::TotalNotMet {
            listed,
            total: None,
        } => {
            format!("Gong did not say how many calls there are, {listed} listed: read again")
        }
        Why::NotPermitted => "`empty or not permitted`, although calls are stored".to_owned(),
        Why::Cursor => "Gong's cursor kept expiring: read again by the next run".to_owned(),
        Why::DeletionsWithheld { gone, stored } => {
            format!("{gone} of {stored} stored calls are gone from Gong and kept")
        }
        Why::Unfinished => "not read to its end: read again by the next run".to_owned(),
        Why::NotRead => "not read yet".to_owned(),
    }
}

fn runs(runs: &[RunRecord], limit: usize) -> String {
    let mut lines = Vec::new();
    for run in runs.iter().take(limit) {
        lines.push(cut(&run_line(run), WIDTH - 2));
        if let Some(error) = run.error.as_ref().and_then(|error| error.lines().next()) {
            lines.push(cut(&format!("  {}", escape_line(error)), WIDTH - 2));
        }
    }
    section("last runs, UTC", &lines)
}

fn run_line(run: &RunRecord) -> String {
    let read = run.ingest.as_ref().map_or(String::new(), |summary| {
        let count = |name: &str| summary.get(name).and_then(serde_json::Value::as_u64);
        format!(
            "; {} calls listed, {} stored",
            count("calls_listed").unwrap_or_default(),
            count("stored").unwrap_or_default()
        )
    });
    format!(
        "{}  {:6}  {:>10}  exit {:<3}  {} requests{read}",
        run.started.strftime("%Y-%m-%d %H:%M"),
        escape_line(&run.command),
        in_words(run.duration().as_secs()),
        run.exit_code,
        run.requests,
    )
}

fn in_words(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn next(status: &Status) -> String {
    let steps: Vec<String> = status.next.iter().map(|step| wrapped(step)).collect();
    section("next", &steps)
}

fn tables(status: &Status) -> String {
    let width = status
        .tables
        .iter()
        .map(|table| table.name.len())
        .max()
        .unwrap_or(0);
    let line = |table: &super::Table| {
        format!(
            "{:width$} {:>10} rows {:>6} partitions",
            table.name, table.rows, table.partitions
        )
    };
    section(
        "tables",
        &status.tables.iter().map(line).collect::<Vec<_>>(),
    )
}

/// A heading and its lines; nothing where there are none.
fn section(name: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("{name}\n");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// A step as an item of a list, broken between words.
fn wrapped(step: &str) -> String {
    let mut lines = vec!["-".to_owned()];
    for word in escape_line(step).split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH - 2 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("    {word}")),
        }
    }
    lines.join("\n")
}

/// At most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::status::{Rejects, Span};
    use jiff::civil::date;

    fn month(number: usize) -> Month {
        Month {
            month: format!("{}-{:02}", 2020 + number / 12, 1 + number % 12),
            listed: 12_345,
            stored: 12_000,
            private: 300,
            rejected: 45,
            transcripts_present: 11_000,
            transcripts_pending: 900,
            transcripts_absent: 100,
            days_complete: 28,
            days_open: 2,
            days_known: 30,
        }
    }

    fn long_history() -> Status {
        let run = RunRecord {
            command: "run".to_owned(),
            started: "2026-07-01T02:00:05Z".parse().expect("a time"),
            ended: "2026-07-01T03:12:09Z".parse().expect("a time"),
            exit_code: 6,
            requests: 4_321,
            error: Some(
                "error: status 503\u{1b}[2J for `POST /v2/calls/extensive`\nhint: x".to_owned(),
            ),
            ingest: Some(serde_json::json!({"calls_listed": 12_345, "stored": 12_000})),
            ..RunRecord::default()
        };
        let open = |from: i8, last: i8, why| Open {
            from: date(2026, 6, from),
            last: date(2026, 6, last),
            days: usize::from((last - from + 1).unsigned_abs()),
            why,
        };
        Status {
            lake: "lake".to_owned(),
            state: 42,
            days_known: Some(Span {
                from: "2020-01-02".to_owned(),
                last: "2026-06-30".to_owned(),
            }),
            open: vec![
                open(
                    3,
                    4,
                    Why::TotalNotMet {
                        listed: 123_456,
                        total: Some(123_457),
                    },
                ),
                open(9, 9, Why::NotPermitted),
                open(24, 30, Why::LookBack),
            ],
            months: (0..78).map(month).collect(),
            rejects: vec![Rejects {
                table: "calls".to_owned(),
                records: 7,
                most_frequent_reason: format!("invalid\ntype{}", " and so on".repeat(20)),
                occurrences: 5,
            }],
            runs: vec![run],
            next: vec!["ask who manages Gong ".repeat(9).trim_end().to_owned()],
            ..Status::default()
        }
    }

    #[test]
    fn a_long_history_fits_a_hundred_columns() {
        for is_verbose in [false, true] {
            let text = text(&long_history(), is_verbose);
            for line in text.lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            assert_eq!(text.contains("2020-01  "), is_verbose, "{text}");
        }
    }

    #[test]
    fn the_text_as_it_is() {
        insta::assert_snapshot!(text(&long_history(), false));
    }
}
