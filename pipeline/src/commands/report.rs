//! `talktrack report`: writes the pages.

use std::collections::BTreeSet;

use super::runtime::block_on;
use super::{Context, DONE, print_json, steps};
use crate::cli::Report;
use crate::error::Error;
use crate::lake::Lake;
use crate::report::{Format, Options, Pseudonyms, ReportSummary};

/// Writes the set of pages and says where it is.
pub(crate) fn run(context: &Context, options: &Report) -> Result<u8, Error> {
    let now = context.now()?;
    let choices = Options {
        as_of: steps::as_of(options.as_of.as_deref())?,
        audience: options.audience.clone(),
        formats: formats(options),
        out: folder(context, options),
        pseudonyms: pseudonyms(context, options)?,
    };
    let summary = block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        steps::report(context, &lake, choices, now).await
    })?;
    tell(context, &summary)?;
    DONE
}

/// The folder of the settings or of `--out`. Pages for one reader go below that of the settings, so that they do not replace
/// those for all; a folder that is named with `--out` is taken as it is.
fn folder(context: &Context, options: &Report) -> Option<String> {
    let set = context.config.report.out.clone()?;
    match (&options.out, options.audience.folder()) {
        (None, Some(own)) => Some(format!("{}/{own}", set.trim_end_matches('/'))),
        _ => Some(set),
    }
}

/// The maker of aliases, where they were asked for.
fn pseudonyms(context: &Context, options: &Report) -> Result<Option<Pseudonyms>, Error> {
    if !options.pseudonymise {
        return Ok(None);
    }
    let Some(path) = &context.config.report.pseudonym_key_file else {
        return Err(Error::usage(
            "--pseudonymise needs a key",
            "make one with `head -c 32 /dev/urandom > pseudonym.key && chmod 600 pseudonym.key`, keep it, and name it as `pseudonym_key_file` in `[report]`",
        ));
    };
    Ok(Some(Pseudonyms::from_file(path)?))
}

/// The formats that were asked for, each once; the usual ones where none was.
fn formats(options: &Report) -> Vec<Format> {
    if options.formats.is_empty() {
        return Format::USUAL.to_vec();
    }
    let asked: BTreeSet<Format> = options.formats.iter().copied().collect();
    asked.into_iter().collect()
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

/// Where the first page is; the folder where the formats have none.
pub(crate) fn index(summary: &ReportSummary) -> String {
    let folder = summary.folder.trim_end_matches('/');
    summary
        .first
        .as_ref()
        .map_or_else(|| folder.to_owned(), |first| format!("{folder}/{first}"))
}
