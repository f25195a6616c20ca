//! The steps that commands are made of: ingest, analyze, report.

use std::sync::Arc;

use jiff::Timestamp;

use super::Context;
use crate::analyze::{self, AnalyzeSummary};
use crate::clock::FixedClock;
use crate::dictionaries;
use crate::error::Error;
use crate::lake::Lake;

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
    Ok(analyze::run(lake, &settings, &FixedClock(now)).await?)
}
