//! `talktrack demo`: everything on a made-up company, in one process, and a comparison with what was planted.

mod shown;
mod summary;

use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use talktrack_fixtures::{Company, CompanySpec, Dataset, Sandbox as Server, SandboxOptions};

use super::runtime::block_on;
use super::sandbox::{spec, write_settings};
use super::{Context, print, print_json, report, steps, write_file};
use crate::cli::{Demo, GlobalOptions};
use crate::config::{Config, FILE_NAME, Sources};
use crate::error::Error;
use crate::exit;
use crate::lake::Lake;
use crate::report::Options;
use crate::run_record::Recorder;
use crate::truth_check::{Comparison, Observed, compare};
use summary::Summary;

/// The file that marks a folder as an earlier demo's, and holds what was planted.
const TRUTH: &str = "truth.json";

/// What a demo made.
#[derive(Serialize)]
struct Outcome {
    index: String,
    lake: String,
    truth: PathBuf,
    summary: Summary,
    comparison: Comparison,
}

/// Makes the company, serves it, reads, measures and reports it, and compares.
pub(crate) fn run(global: &GlobalOptions, options: &Demo) -> Result<u8, Error> {
    clear_earlier_demo(&options.out)?;
    let spec = spec(options.seed, options.calls, options.days);
    let company = Company::generate(&spec);
    write_file(&options.out.join(TRUTH), &company.truth.to_json())?;
    let outcome = block_on(make(global, options, &spec, &company))?;
    if global.json {
        print_json(&outcome)?;
    } else {
        print(&shown::text(&outcome))?;
    }
    if outcome.comparison.is_equal() {
        Ok(exit::DONE)
    } else {
        Err(Error::Bug(
            "the numbers are not those that were planted".to_owned(),
        ))
    }
}

async fn make(
    global: &GlobalOptions,
    options: &Demo,
    spec: &CompanySpec,
    company: &Company,
) -> Result<Outcome, Error> {
    let server = Server::start(
        Dataset::from_company(company),
        SandboxOptions {
            requests_per_second: None,
            ..SandboxOptions::default()
        },
    )
    .await?;
    write_settings(&options.out, Some(company), &server.url())?;
    let context = context(global, options, spec)?;
    let lake = Lake::open(&context.config.lake.url).await?;
    refuse_real_data(&lake, &context.config.lake.url).await?;
    let now = context.now()?;
    steps::leased(
        &lake,
        steps::ingest(&context, &lake, steps::Reading::WHAT_IS_NEW, now),
    )
    .await?;
    steps::analyze(&context, &lake, now).await?;
    let pages = steps::report(&context, &lake, Options::default(), now).await?;
    server.stop().await;
    let observed = Observed::read(&lake).await?;
    Ok(Outcome {
        index: report::index(&pages),
        lake: context.config.lake.url.clone(),
        truth: options.out.join(TRUTH),
        summary: Summary::of(&lake, &context, &observed).await?,
        comparison: compare(&company.truth, &observed),
    })
}

/// Settings as a user of the made-up company would have them; what is in the environment stays out, so that the demo is
/// the same everywhere.
fn context(global: &GlobalOptions, options: &Demo, spec: &CompanySpec) -> Result<Context, Error> {
    let mut flags = vec![("report.out", "--out", text(&options.out.join("pages")))];
    let lake = global
        .lake
        .clone()
        .unwrap_or_else(|| text(&options.out.join("lake")));
    flags.push(("lake.url", "--lake", lake));
    let sources = Sources {
        file: Some(options.out.join(FILE_NAME)),
        environment: Vec::new(),
        flags,
    };
    let mut config = Config::load(&sources)?;
    // The sandbox of a demo has no limit to respect.
    config.ingest.requests_per_second = 1000.0;
    config.ingest.requests_per_day = 1_000_000;
    let credentials = ["GONG_ACCESS_KEY", "GONG_ACCESS_KEY_SECRET"];
    let mut global = global.clone();
    global
        .now
        .get_or_insert(the_morning_after(spec)?.to_string());
    Ok(Context {
        global,
        config,
        environment: credentials
            .iter()
            .map(|name| ((*name).to_owned(), "sandbox".to_owned()))
            .collect(),
        recorder: Recorder::default(),
    })
}

/// The demo's night: everything has happened, the last day is whole in the company's zone too, and it is the same moment
/// on every machine.
fn the_morning_after(spec: &CompanySpec) -> Result<Timestamp, Error> {
    spec.end
        .checked_add(2.days())
        .and_then(|day| day.at(6, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC))
        .map(|zoned| zoned.timestamp())
        .map_err(|error| Error::Bug(format!("the company's last day is out of range: {error}")))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Empties the folder of an earlier demo; leaves any other folder alone.
fn clear_earlier_demo(folder: &Path) -> Result<(), Error> {
    let failed = |action, source| Error::File {
        action,
        path: folder.to_owned(),
        source,
    };
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed("read", error)),
    };
    if is_empty {
        return Ok(());
    }
    if !folder.join(TRUTH).is_file() {
        return Err(Error::usage(
            format!(
                "`{}` holds something else than an earlier demo",
                folder.display()
            ),
            "name another folder with --out",
        ));
    }
    for part in ["cards", "dictionaries", "lake", "pages"] {
        match std::fs::remove_dir_all(folder.join(part)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed("write", error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Made-up calls must not mix with real ones.
async fn refuse_real_data(lake: &Lake, url: &str) -> Result<(), Error> {
    if lake.snapshot().await?.days("calls").next().is_none() {
        return Ok(());
    }
    Err(Error::usage(
        format!("the lake `{url}` already holds calls"),
        "give the demo an empty one, or leave --lake out",
    ))
}
