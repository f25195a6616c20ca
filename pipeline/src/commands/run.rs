//! `talktrack run`: ingest, analyze and report in a row; what cron calls each night.

use serde::Serialize;

use super::runtime::block_on_to_the_end;
use super::{Context, analyze, ingest, print_json, report, steps};
use crate::analyze::AnalyzeSummary;
use crate::cli::Run;
use crate::error::Error;
use crate::exit;
use crate::ingest::{Recheck, Summary};
use crate::lake::Lake;
use crate::report::{Options, ReportSummary};

/// What the three steps did; ingest is left out where it was cut short.
#[derive(Serialize)]
struct Outcome {
    ingest: Option<Summary>,
    analyze: AnalyzeSummary,
    report: ReportSummary,
}

/// Reads, measures and reports. Where Gong fails or the budget is spent, what is stored is measured and reported all the
/// same, and the failure is told at the end.
pub(crate) fn run(context: &Context, options: &Run) -> Result<u8, Error> {
    let now = context.now()?;
    let span = steps::days(context, &options.span, now)?;
    let reading = steps::Reading {
        span,
        recheck: Recheck::Slice,
        accept_deletions: options.accept_deletions,
    };
    let pages = Options {
        as_of: steps::as_of(options.as_of.as_deref())?,
        ..Options::default()
    };
    let (outcome, cut_short) = block_on_to_the_end(async {
        let lake = Lake::open(&context.config.lake.url).await?;
        let work = async {
            let (ingest, cut_short) = match steps::ingest(context, &lake, reading, now).await {
                Ok(summary) => (Some(summary), None),
                Err(error) if keeps_going(&error) => (None, Some(error)),
                Err(error) => return Err(error),
            };
            let analyze = steps::analyze(context, &lake, now).await?;
            let report = steps::report(context, &lake, pages, now).await?;
            Ok((
                Outcome {
                    ingest,
                    analyze,
                    report,
                },
                cut_short,
            ))
        };
        steps::leased(&lake, work).await
    })?;
    tell(context, &outcome)?;
    match cut_short {
        Some(error) => Err(error),
        None => Ok(outcome
            .ingest
            .as_ref()
            .map_or(exit::DONE, ingest::exit_code)),
    }
}

/// Whether what is already stored is worth measuring although ingest failed.
fn keeps_going(error: &Error) -> bool {
    matches!(error.exit_code(), exit::BUDGET | exit::GONG)
}

fn tell(context: &Context, outcome: &Outcome) -> Result<(), Error> {
    if context.global.json {
        return print_json(outcome);
    }
    let mut lines: Vec<String> = outcome.ingest.iter().map(ingest::line).collect();
    lines.push(analyze::line(&outcome.analyze));
    lines.push(report::line(&outcome.report));
    context.say(&format!("{}\n", lines.join("\n")))
}
