//! The steps that commands are made of: ingest, analyze, report.

use std::future::Future;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::client::client;
use super::runtime::asked_to_end;
use super::{Context, moment};
use crate::analyze::{self, AnalyzeSummary};
use crate::cli::Span;
use crate::clock::FixedClock;
use crate::dictionaries;
use crate::error::Error;
use crate::ingest::window::{Days, add_days, day_of};
use crate::ingest::{self, Recheck};
use crate::lake::Lake;
use crate::progress::Progress;
use crate::report::{self, ReportSummary};
use crate::run_record::Step;

/// Before this day nobody recorded calls for Gong.
const HISTORY_BEGINS: Date = Date::constant(2000, 1, 1);

/// Runs `work` under the lease that keeps out a second run, which is given back also when somebody asks the program to end.
pub(crate) async fn leased<T>(
    lake: &Lake,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let lease = lake.run_lease().await?;
    let result = tokio::select! {
        result = work => result,
        () = asked_to_end() => Err(Error::Interrupted),
    };
    let released = lease.release().await;
    let done = result?;
    released?;
    Ok(done)
}

/// What to read of Gong, beside what the settings say.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    /// Only these days.
    pub(crate) span: Option<Days>,
    /// Which days read long ago are compared again.
    pub(crate) recheck: Recheck,
    /// Whether many calls of a window may be taken for gone.
    pub(crate) accept_deletions: bool,
}

impl Reading {
    /// What is not done, and the last days again.
    pub(crate) const WHAT_IS_NEW: Reading = Reading {
        span: None,
        recheck: Recheck::No,
        accept_deletions: false,
    };
}

/// Reads what is new, or what `reading` names; the caller holds the lease.
pub(crate) async fn ingest(
    context: &Context,
    lake: &Lake,
    reading: Reading,
    now: Timestamp,
) -> Result<ingest::Summary, Error> {
    let snapshot = lake.snapshot().await?;
    let progress = context.progress();
    progress.step("ingest");
    let client = client(
        context,
        ingest::requests_spent(snapshot.state(), now),
        &progress,
    )?;
    context.recorder.works_with(lake, &client);
    let settings = ingest::Settings {
        recheck: reading.recheck,
        accept_deletions: reading.accept_deletions,
        ..ingest_settings(context, reading.span)
    };
    // The future of a whole ingest is large, and is moved about by those who wait for it.
    let result = Box::pin(ingest::run(&client, lake, &settings, now, &progress)).await;
    progress.finish();
    let summary = result?;
    context.recorder.summary(Step::Ingest, &summary);
    Ok(summary)
}

/// Says what would be read.
pub(crate) async fn forecast(
    context: &Context,
    lake: &Lake,
    span: Option<Days>,
    now: Timestamp,
) -> Result<ingest::Forecast, Error> {
    let snapshot = lake.snapshot().await?;
    let spent = ingest::requests_spent(snapshot.state(), now);
    let limits = ingest::Limits {
        requests_per_second: context.config.ingest.requests_per_second,
        requests_per_day: context.config.ingest.requests_per_day,
        share: context.config.ingest.share,
        spent: spent.iter().map(|spent| u64::from(spent.count)).sum(),
    };
    let client = client(context, spent, &Progress::none())?;
    let settings = ingest_settings(context, span);
    Ok(ingest::forecast(&client, lake, &settings, limits, now).await?)
}

fn ingest_settings(context: &Context, span: Option<Days>) -> ingest::Settings {
    ingest::Settings {
        span,
        ..ingest::Settings::from_config(&context.config)
    }
}

/// The days that `--from` and `--to` name: calls are read by whole UTC days.
pub(crate) fn days(context: &Context, span: &Span, now: Timestamp) -> Result<Option<Days>, Error> {
    let (from, to) = match (&span.from, &span.to) {
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            return Err(Error::usage(
                "--to needs --from",
                "name the first day with --from",
            ));
        }
        (Some(from), None) => (moment("--from", from, &context.config)?, now),
        (Some(from), Some(to)) => (
            moment("--from", from, &context.config)?,
            moment("--to", to, &context.config)?,
        ),
    };
    let last = to.checked_sub(1.microsecond()).unwrap_or(to);
    if last < from {
        return Err(Error::usage(
            "--from is not before --to",
            "--to is exclusive: name the day after the last one",
        ));
    }
    Ok(Some(Days::new(day_of(from), add_days(day_of(last), 1))))
}

/// The days that `--recheck` names.
pub(crate) fn recheck(context: &Context, range: &str, now: Timestamp) -> Result<Days, Error> {
    if range.trim() == "all" {
        return Ok(Days::new(HISTORY_BEGINS, add_days(day_of(now), 1)));
    }
    let Some((from, to)) = range.split_once("..") else {
        return Err(Error::usage(
            format!("--recheck cannot be `{range}`"),
            "it must be `FROM..TO`, such as `2025-01-01..2026-01-01`, or `all`",
        ));
    };
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let span = Span {
        from: named(from),
        to: named(to),
    };
    let days = days(context, &span, now)?;
    days.ok_or_else(|| {
        Error::usage(
            "--recheck names no day",
            "give at least the first day: `2025-01-01..`",
        )
    })
}

/// Applies changed `[sides]` to what is stored; Gong is not asked.
pub(crate) async fn reside(context: &Context, lake: &Lake, now: Timestamp) -> Result<(), Error> {
    ingest::resides(lake, &ingest_settings(context, None), now).await?;
    Ok(())
}

/// Measures what changed.
pub(crate) async fn analyze(
    context: &Context,
    lake: &Lake,
    now: Timestamp,
) -> Result<AnalyzeSummary, Error> {
    let settings = analyze::Settings {
        threads: context.config.analyze.threads,
        dictionaries: Arc::new(dictionaries::load(&context.config.dictionaries)?),
        parameters: context.config.analyze.parameters.clone(),
    };
    let summary = analyze::run(lake, &settings, &FixedClock(now)).await?;
    context.recorder.summary(Step::Analyze, &summary);
    Ok(summary)
}

/// Writes the pages, into the folder of the settings where no other is named.
pub(crate) async fn report(
    context: &Context,
    lake: &Lake,
    options: report::Options,
    now: Timestamp,
) -> Result<ReportSummary, Error> {
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let settings = report::Settings::new(&context.config, &dictionaries);
    // A card is free text, and may name anybody.
    let settings = if options.pseudonyms.is_some() {
        settings
    } else {
        settings.with_cards(&context.config)?
    };
    let options = report::Options {
        out: options.out.or_else(|| context.config.report.out.clone()),
        ..options
    };
    let summary = report::run(lake, &settings, &options, &FixedClock(now)).await?;
    context.recorder.summary(Step::Report, &summary);
    Ok(summary)
}

/// The last day of the pages, from a flag.
pub(crate) fn as_of(text: Option<&str>) -> Result<Option<Date>, Error> {
    text.map(|text| {
        text.parse().map_err(|_| {
            Error::usage(
                format!("--as-of cannot be `{text}`"),
                "it must be a date such as `2026-01-31`",
            )
        })
    })
    .transpose()
}
