//! `talktrack ingest`: reads calls, transcripts, users and CRM context from Gong into the lake.

use std::fmt::Write;

use jiff::Timestamp;

use super::runtime::{block_on, block_on_to_the_end};
use super::{Context, DONE, print, print_json, steps};
use crate::cli::Ingest;
use crate::error::Error;
use crate::exit;
use crate::ingest::window::Days;
use crate::ingest::{Forecast, Summary};
use crate::lake::Lake;

/// Reads what is new, or says what would be read.
pub(crate) fn run(context: &Context, options: &Ingest) -> Result<u8, Error> {
    let now = context.now()?;
    let span = steps::days(context, &options.span, now)?;
    if options.plan {
        return plan(context, span, now);
    }
    let summary = block_on_to_the_end(async {
        let lake = Lake::open(&context.config.lake.url).await?;
        steps::leased(&lake, steps::ingest(context, &lake, span, now)).await
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
        "{} windows, {} calls, {} transcripts awaited from earlier runs: about {} requests; nothing was stored",
        forecast.windows.len(),
        forecast.calls,
        forecast.transcripts_owed,
        forecast.requests,
    );
    text
}

/// Records that were rejected and windows that stay open are for a person to look at.
pub(crate) fn exit_code(summary: &Summary) -> u8 {
    if summary.is_complete() {
        exit::DONE
    } else {
        exit::INCOMPLETE
    }
}

/// What was read, in a line or two.
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
    if !summary.is_complete() {
        let _ = write!(
            text,
            "\ningest: {} records rejected (table `rejects`), {} windows open; they are read again by the next run",
            summary.rejected, summary.windows_open,
        );
    }
    text
}
