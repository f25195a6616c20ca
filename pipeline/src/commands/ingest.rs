//! `talktrack ingest`: reads calls, transcripts, users and CRM context from Gong into the lake.

use std::fmt::Write;

use jiff::Timestamp;

use super::runtime::{block_on, block_on_to_the_end};
use super::{Context, DONE, print, print_json, steps};
use crate::cli::Ingest;
use crate::error::{Error, escape_line};
use crate::exit;
use crate::ingest::window::Days;
use crate::ingest::{Forecast, Recheck, Summary};
use crate::lake::Lake;

/// Reads what is new, or says what would be read.
pub(crate) fn run(context: &Context, options: &Ingest) -> Result<u8, Error> {
    let now = context.now()?;
    let span = steps::days(context, &options.span, now)?;
    if options.plan {
        return plan(context, span, now);
    }
    let recheck = match &options.recheck {
        Some(range) => Recheck::Range(steps::recheck(context, range, now)?),
        None => Recheck::No,
    };
    let reading = steps::Reading {
        span,
        recheck,
        accept_deletions: options.accept_deletions,
    };
    let summary = block_on_to_the_end(async {
        let lake = Lake::open(&context.config.lake.url).await?;
        steps::leased(&lake, steps::ingest(context, &lake, reading, now)).await
    })?;
    if context.global.json {
        print_json(&summary)?;
    } else {
        context.say(&format!("{}\n", line(&summary)))?;
    }
    Ok(exit_code(&summary))
}

/// Says what would be asked for, and stores nothing.
fn plan(context: &Context, span: Option<Days>, now: Timestamp) -> Result<u8, Error> {
    let forecast = block_on(async {
        let lake = Lake::open(&context.config.lake.url).await?;
        steps::forecast(context, &lake, span, now).await
    })?;
    if context.global.json {
        print_json(&forecast)?;
    } else {
        print(&planned(&forecast))?;
    }
    DONE
}

fn planned(forecast: &Forecast) -> String {
    let mut text = String::new();
    for window in &forecast.windows {
        let _ = writeln!(
            text,
            "{} to {} (exclusive)  {:>6} calls",
            window.from, window.to, window.calls
        );
    }
    let _ = writeln!(
        text,
        "{} calls, {} transcripts awaited from earlier runs: about {} requests, {} at the permitted rate; nothing was stored",
        forecast.calls,
        forecast.transcripts_owed,
        forecast.requests,
        in_words(forecast.seconds),
    );
    if let Some(left) = forecast.requests_left_today.filter(|_| forecast.days > 1) {
        let _ = writeln!(
            text,
            "{left} requests are left of the day's budget: it takes {} days, each run goes on where the last one stopped",
            forecast.days
        );
    }
    text
}

fn in_words(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

/// Records that were rejected and windows that stay open are for a person to look at.
pub(crate) fn exit_code(summary: &Summary) -> u8 {
    if summary.is_complete() {
        exit::DONE
    } else {
        exit::INCOMPLETE
    }
}

/// What was read, in a line or a few.
pub(crate) fn line(summary: &Summary) -> String {
    let mut text = format!(
        "ingest: {} calls listed, {} stored, {} private; transcripts: {} present, {} pending, {} absent; {} requests",
        summary.calls_listed,
        summary.stored,
        summary.private,
        summary.transcripts_present,
        summary.transcripts_pending,
        summary.transcripts_absent,
        summary.requests,
    );
    if summary.days_rechecked > 0 {
        let _ = write!(text, "; {} days rechecked", summary.days_rechecked);
    }
    if summary.deleted > 0 {
        let _ = write!(
            text,
            "\ningest: {} calls are gone from Gong and left the lake (table `tombstones`)",
            summary.deleted
        );
    }
    if summary.replaced_characters > 0 {
        let _ = write!(
            text,
            "\ningest: {} characters that no text can hold came as U+FFFD",
            summary.replaced_characters
        );
    }
    if summary.rejected > 0 {
        let _ = write!(
            text,
            "\ningest: {} records rejected (table `rejects`); they are read again by the next run",
            summary.rejected
        );
    }
    for skipped in &summary.streams_skipped {
        let reason = escape_line(&skipped.reason);
        let _ = write!(
            text,
            "\ningest: {} not read: Gong says: {reason}",
            skipped.stream
        );
        if let Some(scope) = &skipped.scope {
            let _ = write!(text, " (it takes the scope `{}`)", escape_line(scope));
        }
    }
    for open in &summary.streams_open {
        let _ = write!(text, "\ningest: open: {}: {}", open.stream, open.reason);
    }
    for window in &summary.open {
        let _ = write!(
            text,
            "\ningest: open: {} to {}: {}",
            window.from, window.last, window.reason
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::ingest::Summary;
    use crate::ingest::summary::{OpenStream, SkippedStream};
    use crate::lake::OpenReason;

    use super::{exit, exit_code, line};

    #[test]
    fn what_is_left_out_or_open_is_told_in_gongs_words() {
        let skipped = |stream, scope: Option<&str>, reason: &str| SkippedStream {
            stream,
            scope: scope.map(str::to_owned),
            reason: reason.to_owned(),
        };
        let summary = Summary {
            streams_skipped: vec![
                skipped(
                    "users",
                    Some("api:users:read"),
                    "untrusted\u{1b}[2J address",
                ),
                skipped("trackers", None, "status 405"),
            ],
            ..Summary::default()
        };
        assert_eq!(exit_code(&summary), exit::DONE);
        let told = line(&summary);
        let lines: Vec<&str> = told.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "ingest: users not read: Gong says: untrusted\\u{1b}[2J address (it takes the scope `api:users:read`)",
                "ingest: trackers not read: Gong says: status 405"
            ]
        );
        let open = Summary {
            streams_open: vec![OpenStream {
                stream: "users",
                reason: OpenReason::TotalNotMet {
                    listed: 99,
                    total: Some(100),
                },
            }],
            ..Summary::default()
        };
        assert_eq!(exit_code(&open), exit::INCOMPLETE);
        assert!(
            line(&open)
                .contains("ingest: open: users: 99 records came and Gong says there are 100")
        );
    }
}
