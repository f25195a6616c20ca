//! Reports: rollups and evidence in, documents out, documents to files.
//!
//! ```text
//! lake → rollups ─┐
//! lake → evidence ┴→ Material → kinds: Documents → formats: HTML, JSON, Markdown, CSV, Parquet → publish
//! ```
//!
//! A report is a file of [`kinds`], a format a file of [`formats`]; neither knows the other. Same lake, same as-of day,
//! same bytes: no page reads the clock.

pub mod audience;
pub mod document;
pub mod error;
pub mod evidence;
pub mod formats;
pub mod kinds;
mod load;
pub mod material;
pub mod number;
pub mod publish;
pub mod settings;
pub mod text;
mod wanted;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CoverageRow, UserRow};

pub use audience::Audience;
pub use error::Error;
pub use formats::Format;
pub use settings::Settings;

use self::audience::Sight;
use self::document::Document;
use self::material::{Coverage, Material};
use self::publish::File;
use crate::clock::Clock;
use crate::lake::{Lake, PartitionKey, Snapshot};
use crate::rollup::{self, AsOf, Rollups, Rules};

/// What to report on, and where to.
#[derive(Debug, Clone)]
pub struct Options {
    /// The last day whose calls count; by default the last day that was ingested completely.
    pub as_of: Option<Date>,
    /// Folder or address of the pages; by default `reports` in the lake.
    pub out: Option<String>,
    /// Formats to write.
    pub formats: Vec<Format>,
    /// Who the pages are for.
    pub audience: Audience,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            as_of: None,
            out: None,
            formats: Format::USUAL.to_vec(),
            audience: Audience::All,
        }
    }
}

/// What a run of the reports did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportSummary {
    /// The last day whose calls count; none in a lake without a whole day.
    pub as_of: Option<Date>,
    /// Where the pages are.
    pub folder: String,
    /// The file to open first; none where only tables were written.
    pub first: Option<String>,
    /// The pages, the index first.
    pub pages: Vec<PageSummary>,
    /// Files written.
    pub files_written: usize,
    /// Files of an earlier set that are no longer made.
    pub files_removed: Vec<String>,
    /// Calls that the pages count.
    pub calls: usize,
}

/// One page of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageSummary {
    /// index, battlecard, scorecard or deals.
    pub kind: &'static str,
    /// What it is about.
    pub title: String,
    /// File name without its extension.
    pub name: String,
}

/// Rolls up, makes the pages and puts them in place of the set that is there.
///
/// # Errors
///
/// The lake cannot be read or does not hold the reader, or the folder of the pages cannot be written or holds files in the
/// way.
pub async fn run(
    lake: &Lake,
    settings: &Settings,
    options: &Options,
    clock: &dyn Clock,
) -> Result<ReportSummary, Error> {
    let snapshot = lake.snapshot().await?;
    let users = load::users(lake, &snapshot).await?;
    let sight = options.audience.sight(&users)?;
    let newest = newest_day(lake, &snapshot, settings).await?;
    let as_of = options.as_of.or(newest);
    let (documents, calls) = match as_of {
        Some(day) => {
            let as_of = dated(day, newest, settings);
            let rollups = rollups(lake, &snapshot, settings, as_of).await?;
            if Some(day) == newest {
                store(lake, &rollups, &settings.rules, day, clock).await?;
            }
            let calls = rollups.calls.len();
            let documents =
                documents(lake, &snapshot, settings, day, rollups, (users, sight)).await?;
            (documents, calls)
        }
        None => (vec![kinds::index::empty_page()], 0),
    };
    let files = files(&documents, &options.formats)?;
    let folder = options
        .out
        .clone()
        .unwrap_or_else(|| default_folder(lake, &options.audience));
    let writes_lake = options.out.is_none() || (as_of.is_some() && as_of == newest);
    let removed = if writes_lake {
        publish_alone(lake, &folder, &files, clock).await
    } else {
        publish::replace(&folder, &files).await
    };
    let removed = removed.map_err(|error| match error {
        // Nobody named this folder: the lake is what cannot be used.
        Error::Folder { source, .. } if options.out.is_none() => Error::Lake(source),
        error => error,
    })?;
    Ok(ReportSummary {
        as_of,
        folder,
        first: files
            .iter()
            .map(|file| &file.name)
            .find(|name| name.starts_with("index."))
            .cloned(),
        pages: documents.iter().map(summary).collect(),
        files_written: files.len(),
        files_removed: removed,
        calls,
    })
}

/// Publishes under the lake's commit lease, so that the files of two reports at once do not mix.
async fn publish_alone(
    lake: &Lake,
    folder: &str,
    files: &[File],
    clock: &dyn Clock,
) -> Result<Vec<String>, Error> {
    let turn = lake.begin(clock).await?;
    let removed = publish::replace(folder, files).await;
    // Nothing of the lake changed, so this only gives the lease back, also where publishing failed.
    let given_back = turn.finish().await;
    let removed = removed?;
    given_back?;
    Ok(removed)
}

/// The last day of the company whose calls were all ingested; where no day was, the last one with calls. Days that are
/// always read again are not among the windows done, but their coverage says that they were read whole.
async fn newest_day(
    lake: &Lake,
    snapshot: &Snapshot,
    settings: &Settings,
) -> Result<Option<Date>, Error> {
    let coverage = load::coverage(lake, snapshot).await?;
    let whole = coverage
        .iter()
        .filter(|row| row.window_state == "done")
        .filter_map(|row| row.day.parse().ok());
    let done = whole.chain(snapshot.state().windows_done.last()).max();
    Ok(done
        .map(|day| settings.calendar.last_whole_day(day))
        .or_else(|| snapshot.days("calls").max()))
}

/// The rollups of a day, by default of the newest whole one; none in a lake without a whole day. Nothing is stored.
///
/// # Errors
///
/// The lake cannot be read.
pub async fn rolled_up(
    lake: &Lake,
    settings: &Settings,
    as_of: Option<Date>,
) -> Result<Option<(Date, Rollups)>, Error> {
    let snapshot = lake.snapshot().await?;
    let newest = newest_day(lake, &snapshot, settings).await?;
    let Some(day) = as_of.or(newest) else {
        return Ok(None);
    };
    let as_of = dated(day, newest, settings);
    Ok(Some((
        day,
        rollups(lake, &snapshot, settings, as_of).await?,
    )))
}

fn dated(day: Date, newest: Option<Date>, settings: &Settings) -> AsOf {
    AsOf {
        day,
        newest: newest.is_none_or(|newest| day >= newest),
        calendar: settings.calendar.clone(),
    }
}

/// Polars starts threads of its own and must not run inside the program's runtime.
async fn rollups(
    lake: &Lake,
    snapshot: &Snapshot,
    settings: &Settings,
    as_of: AsOf,
) -> Result<Rollups, Error> {
    let rules = settings.rules.clone();
    let input = load::input(lake, snapshot, utc_reach(as_of.day)).await?;
    let computed = tokio::task::spawn_blocking(move || rollup::compute(&input, &as_of, &rules));
    Ok(computed
        .await
        .map_err(|error| Error::Thread(error.to_string()))??)
}

/// The last UTC day that a day of any time zone can reach into.
fn utc_reach(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

async fn documents(
    lake: &Lake,
    snapshot: &Snapshot,
    settings: &Settings,
    as_of: Date,
    mut rollups: Rollups,
    (users, sight): (BTreeMap<String, UserRow>, Sight),
) -> Result<Vec<Document>, Error> {
    let wanted = wanted::wanted(&rollups, as_of);
    let coverage: Vec<CoverageRow> = load::coverage(lake, snapshot).await?;
    let material = Material {
        settings,
        as_of,
        rollups: &rollups,
        users,
        coverage: Coverage::up_to(&coverage, as_of),
        definitions: load::definitions(snapshot, utc_reach(as_of)),
        evidence: load::evidence(lake, &wanted, &rollups.calls).await?,
        sight,
    };
    let battlecards = kinds::battlecards(&material);
    let Material {
        users,
        coverage,
        definitions,
        evidence,
        sight,
        ..
    } = material;
    sight.narrow_deals(&mut rollups, &users);
    let narrowed = Material {
        settings,
        as_of,
        rollups: &rollups,
        users,
        coverage,
        definitions,
        evidence,
        sight,
    };
    Ok(kinds::pages(&narrowed, battlecards))
}

/// Writes the rollups of the default as-of day into the lake.
async fn store(
    lake: &Lake,
    rollups: &Rollups,
    rules: &Rules,
    as_of: Date,
    clock: &dyn Clock,
) -> Result<(), Error> {
    let rules = rules.digest();
    let mut commit = lake.begin(clock).await?;
    put(&mut commit, &rollups.competitors, "", as_of).await?;
    put(&mut commit, &rollups.deals, "", as_of).await?;
    put(&mut commit, &rollups.deal_warnings, &rules, as_of).await?;
    put(&mut commit, &rollups.deal_weeks, "", as_of).await?;
    put(&mut commit, &rollups.rep_metrics, "", as_of).await?;
    put(&mut commit, &rollups.rep_months, "", as_of).await?;
    commit.finish().await?;
    Ok(())
}

async fn put<R: Row>(
    commit: &mut crate::lake::Commit,
    rows: &[R],
    rules: &str,
    as_of: Date,
) -> Result<(), Error> {
    let table = R::table().name;
    let definition = format!(
        "{}@{}{}{rules}",
        table.trim_start_matches("rollups/"),
        rollup::VERSION,
        if rules.is_empty() { "" } else { " " }
    );
    let metadata = [("talktrack.as_of".to_owned(), as_of.to_string())];
    let batches = vec![R::to_batch(rows)];
    let inputs = BTreeMap::new();
    commit
        .put(
            PartitionKey::whole(table),
            batches,
            inputs,
            Some(definition),
            &metadata,
        )
        .await?;
    Ok(())
}

/// Every document in every format, by file name.
///
/// # Errors
///
/// A document does not fit a template: a bug.
pub fn files(documents: &[Document], formats: &[Format]) -> Result<Vec<File>, Error> {
    let mut files = Vec::with_capacity(documents.len() * formats.len());
    for document in documents {
        for format in formats {
            files.extend(format.files(document)?);
        }
    }
    Ok(files)
}

/// Pages for one reader never replace those for all: they have a folder of their own, which can be shared alone.
fn default_folder(lake: &Lake, audience: &Audience) -> String {
    let all = match lake.folder() {
        Some(folder) => Path::new(folder)
            .join("reports")
            .to_string_lossy()
            .into_owned(),
        None => format!("{}/reports", lake.location().trim_end_matches('/')),
    };
    match audience.folder() {
        Some(folder) => format!("{all}/{folder}"),
        None => all,
    }
}

fn summary(document: &Document) -> PageSummary {
    PageSummary {
        kind: document.kind,
        title: document.title.to_string(),
        name: document.name.clone(),
    }
}
