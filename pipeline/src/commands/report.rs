//! `talktrack report`: writes the pages.

use super::runtime::block_on;
use super::{Context, DONE, print_json, steps};
use crate::cli::Report;
use crate::error::Error;
use crate::lake::Lake;
use crate::report::ReportSummary;

/// Writes the set of pages and says where it is.
pub(crate) fn run(context: &Context, options: &Report) -> Result<u8, Error> {
    let now = context.now()?;
    let as_of = steps::as_of(options.as_of.as_deref())?;
    let summary = block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        steps::report(context, &lake, as_of, now).await
    })?;
    tell(context, &summary)?;
    DONE
}

fn tell(context: &Context, summary: &ReportSummary) -> Result<(), Error> {
    if context.global.json {
        return print_json(summary);
    }
    context.say(&format!("{}\n", line(summary)))
}

/// What was written, in a line.
pub(crate) fn line(summary: &ReportSummary) -> String {
    let as_of = summary
        .as_of
        .map_or(", no whole day read yet".to_owned(), |day| {
            format!(" as of {day}")
        });
    let pages = summary.pages.len();
    let plural = if pages == 1 { "" } else { "s" };
    format!("report: {pages} page{plural}{as_of}, {}", index(summary))
}

/// Where the first page is.
pub(crate) fn index(summary: &ReportSummary) -> String {
    format!("{}/index.html", summary.folder.trim_end_matches('/'))
}
