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
pub mod cards;
pub mod document;
pub mod error;
pub mod evidence;
pub mod formats;
pub mod kinds;
mod load;
pub mod material;
pub mod number;
pub mod pseudonyms;
pub mod publish;
pub mod reviews;
pub mod settings;
pub mod targets;
pub mod text;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CoverageRow, UserRow};

pub use audience::Audience;
pub use error::Error;
pub use formats::Format;
pub use pseudonyms::Pseudonyms;
pub use settings::Settings;

use self::audience::Sight;
use self::document::Document;
use self::material::{Coverage, Material, shown_name};
use self::publish::File;
use crate::clock::Clock;
use crate::lake::{Lake, PartitionKey, Snapshot};
use crate::rollup::{self, AsOf, Rollups};

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
    /// Aliases in place of names, and no sentence.
    pub pseudonyms: Option<Pseudonyms>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            as_of: None,
            out: None,
            formats: Format::USUAL.to_vec(),
            audience: Audience::All,
            pseudonyms: None,
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
    /// Folders of managers' teams below, each a set of pages of its own.
    pub team_folders: usize,
    /// Files written, in all folders.
    pub files_written: usize,
    /// Files of an earlier set that are no longer made.
    pub files_removed: Vec<String>,
    /// Calls that the pages count.
    pub calls: usize,
}

/// One page of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageSummary {
    /// index, team, battlecard, scorecard or deals.
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
    options.audience.sight(&users)?;
    let newest = newest_day(lake, &snapshot, settings).await?;
    let as_of = options.as_of.or(newest);
    let (sets, calls) = match as_of {
        Some(day) => {
            let as_of = dated(day, newest, settings);
            let rollups = rollups(lake, &snapshot, settings, as_of).await?;
            if Some(day) == newest {
                store(lake, &rollups, settings, day, clock).await?;
            }
            let calls = rollups.calls.len();
            let sets = sets(lake, &snapshot, settings, day, rollups, (users, options)).await?;
            (sets, calls)
        }
        None => (vec![empty_set()], 0),
    };
    let mut files = Vec::new();
    for set in &sets {
        let of_set = self::files(&set.documents, &options.formats)?;
        files.extend(
            of_set
                .into_iter()
                .map(|file| file.below(set.folder.as_deref())),
        );
    }
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
        pages: sets[0].documents.iter().map(summary).collect(),
        team_folders: sets.len() - 1,
        files_written: files.len(),
        files_removed: removed,
        calls,
    })
}

fn empty_set() -> Set {
    Set {
        folder: None,
        documents: vec![kinds::index::empty_page()],
    }
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
        stages: settings.stages.clone(),
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

/// Pages of one folder: those of the reader at the top, and those of a manager below.
struct Set {
    /// Folder below the top.
    folder: Option<String>,
    documents: Vec<Document>,
}

/// The pages of the reader and, where everything may be seen, of each manager's team.
async fn sets(
    lake: &Lake,
    snapshot: &Snapshot,
    settings: &Settings,
    as_of: Date,
    mut rollups: Rollups,
    (mut users, options): (BTreeMap<String, UserRow>, &Options),
) -> Result<Vec<Set>, Error> {
    let wanted = wanted::wanted(&rollups, as_of);
    let coverage: Vec<CoverageRow> = load::coverage(lake, snapshot).await?;
    let mut evidence = load::evidence(lake, &wanted, &rollups.calls).await?;
    let mut reviews = load::reviews(lake, snapshot, settings, as_of).await?;
    let mut audience = options.audience.clone();
    if let Some(pseudonyms) = &options.pseudonyms {
        pseudonyms.hide(&mut rollups, &mut users, &mut evidence);
        pseudonyms.hide_reviews(&mut reviews);
        audience = pseudonyms.audience(&audience);
    }
    let users = &users;
    let known = Known {
        settings,
        as_of,
        users,
        coverage: Coverage::up_to(&coverage, as_of),
        definitions: load::definitions(snapshot, utc_reach(as_of)),
        evidence,
        reviews,
    };
    let sight = audience.sight(users)?;
    let mut top = known.pages(&mut rollups, &sight);
    let mut sets = Vec::new();
    if audience == Audience::All {
        top.iter_mut()
            .filter(|page| page.name == kinds::index::PAGE)
            .for_each(|page| page.sections.push(kinds::index::data()));
        top.push(kinds::data_dictionary::page(Some(as_of)));
    }
    if audience == Audience::All && settings.team_folders {
        let mut teams = Vec::new();
        for manager in audience::managers(users) {
            let reader = Audience::Manager(manager.clone());
            let sight = reader.sight(users)?;
            let reps = known.material(&rollups, &sight).reps();
            // Those whose people have no calls need no pages.
            let Some(folder) = reader.team_folder().filter(|_| !reps.is_empty()) else {
                continue;
            };
            let documents = known.pages(&mut rollups, &sight);
            teams.push((shown_name(users, &manager), folder.clone(), reps.len()));
            sets.push(Set {
                folder: Some(folder),
                documents,
            });
        }
        top.iter_mut()
            .filter(|page| page.name == kinds::index::PAGE && !teams.is_empty())
            .for_each(|page| page.sections.push(kinds::index::teams(&teams)));
    }
    sets.insert(
        0,
        Set {
            folder: None,
            documents: top,
        },
    );
    if options.pseudonyms.is_some() {
        let documents = sets.iter_mut().flat_map(|set| &mut set.documents);
        documents.for_each(pseudonyms::tell);
    }
    Ok(sets)
}

/// What all readers' pages are made of.
struct Known<'k> {
    settings: &'k Settings,
    as_of: Date,
    users: &'k BTreeMap<String, UserRow>,
    coverage: Coverage,
    definitions: BTreeMap<String, BTreeSet<String>>,
    evidence: evidence::Evidence,
    reviews: reviews::Reviews,
}

impl Known<'_> {
    fn material<'m>(&'m self, rollups: &'m Rollups, sight: &'m Sight) -> Material<'m> {
        Material {
            settings: self.settings,
            as_of: self.as_of,
            rollups,
            users: self.users,
            coverage: &self.coverage,
            definitions: &self.definitions,
            evidence: &self.evidence,
            reviews: &self.reviews,
            sight,
        }
    }

    /// The pages of one reader; `rollups` are as before when this returns.
    fn pages(&self, rollups: &mut Rollups, sight: &Sight) -> Vec<Document> {
        // Battlecards are of the whole company, so they are made before deals are taken out.
        let battlecards = kinds::battlecards(&self.material(rollups, sight));
        let hidden = sight.take_deals(rollups, self.users);
        let pages = kinds::pages(&self.material(rollups, sight), battlecards);
        if let Some(all) = hidden {
            all.put_back(rollups);
        }
        pages
    }
}

/// Writes the rollups of the default as-of day into the lake.
async fn store(
    lake: &Lake,
    rollups: &Rollups,
    settings: &Settings,
    as_of: Date,
    clock: &dyn Clock,
) -> Result<(), Error> {
    let rules = settings.rules.digest();
    let mut commit = lake.begin(clock).await?;
    put(&mut commit, &rollups.competitors, "", as_of).await?;
    put(&mut commit, &rollups.deals, "", as_of).await?;
    put(&mut commit, &rollups.deal_warnings, &rules, as_of).await?;
    put(&mut commit, &rollups.deal_weeks, "", as_of).await?;
    put(&mut commit, &rollups.rep_intents, "", as_of).await?;
    put(&mut commit, &rollups.rep_methodologies, "", as_of).await?;
    put(&mut commit, &rollups.rep_metrics, "", as_of).await?;
    put(&mut commit, &rollups.rep_months, "", as_of).await?;
    put(
        &mut commit,
        &rollups.rep_slices,
        &settings.stages.digest(),
        as_of,
    )
    .await?;
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
