//! `talktrack analyze`: measures the calls that changed, or whose dictionaries or settings changed.

use super::runtime::block_on;
use super::{Context, DONE, print_json, steps};
use crate::analyze::AnalyzeSummary;
use crate::error::Error;
use crate::lake::Lake;

/// Brings every metric table up to date.
pub(crate) fn run(context: &Context) -> Result<u8, Error> {
    let now = context.now()?;
    let summary = block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        steps::reside(context, &lake, now).await?;
        steps::analyze(context, &lake, now).await
    })?;
    if context.global.json {
        print_json(&summary)?;
    } else {
        context.say(&format!("{}\n", line(&summary)))?;
    }
    DONE
}

/// What was done, in a line.
pub(crate) fn line(summary: &AnalyzeSummary) -> String {
    if summary.days == 0 {
        return "analyze: nothing changed".to_owned();
    }
    format!(
        "analyze: {} calls of {} days measured, {} partitions written",
        summary.calls, summary.days, summary.partitions_written
    )
}
