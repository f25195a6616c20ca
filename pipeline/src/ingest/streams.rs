//! What Gong holds beside the calls: scorecards and trackers of the settings, the library, answered scorecards. A key that
//! may not read one of them reads the rest.

mod left_out;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{
    AnsweredScorecardRow, LibraryCallRow, RejectRow, ScorecardRow, TrackerRow,
};
use talktrack_gong::api::library::{FolderContent, FolderRecord, ListFolders};
use talktrack_gong::api::settings::{ListScorecards, ListTrackers};
use talktrack_gong::api::stats::{AnsweredScorecards, AnsweredScorecardsFilter, ReviewMethod};
use talktrack_gong::error::Error as GongError;
use talktrack_gong::page::{Item, Page};

use self::left_out::LeftOut;
use super::convert::rejected;
use super::error::Error;
use super::refused::Stream;
use super::rejects::replace_rejects;
use super::run::Run;
use super::troubles::Troubles;
use super::whole;
use super::window::{add_days, day_of};
use crate::lake::{Commit, OpenReason, PartitionKey};

/// Note in the state: when the library was last read.
const LIBRARY_READ: &str = "ingest.library_read";
/// Note in the state: until which day of the company answered scorecards were read.
const REVIEWS_READ: &str = "ingest.reviews_read";
/// The library costs a request a folder, so once a day is enough. A little less than a day, so that a nightly run that
/// begins earlier than the one before does not pass it over.
const LIBRARY_AGE: SignedDuration = SignedDuration::from_hours(20);
/// Reviews are changed for some time after they were made; so many days of them are read again.
const REVIEW_DAYS: i64 = 30;
/// No review is older than Gong itself.
const FIRST_REVIEW: Date = date(2000, 1, 1);

const SCORECARDS: Stream = Stream {
    name: "scorecards",
    scope: "api:settings:scorecards:read",
};
const TRACKERS: Stream = Stream {
    name: "trackers",
    scope: "api:settings:trackers:read",
};
const LIBRARY: Stream = Stream {
    name: "library_calls",
    scope: "api:library:read",
};
const ANSWERED: Stream = Stream {
    name: "answered_scorecards",
    scope: "api:stats:scorecards",
};

/// What Gong listed for a table.
struct Listed<R> {
    rows: Vec<R>,
    rejects: Vec<RejectRow>,
}

impl<R> Default for Listed<R> {
    fn default() -> Listed<R> {
        Listed {
            rows: Vec::new(),
            rejects: Vec::new(),
        }
    }
}

impl<R> Listed<R> {
    fn take<T>(
        &mut self,
        table: &str,
        items: impl IntoIterator<Item = Item<T>>,
        row: impl Fn(T) -> Result<R, RejectRow>,
    ) {
        for item in items {
            let row = match item {
                Item::Record(record) => row(record),
                Item::Rejected(reject) => Err(rejected(table, &reject)),
            };
            match row {
                Ok(row) => self.rows.push(row),
                Err(reject) => self.rejects.push(reject),
            }
        }
    }
}

/// Answered scorecards, and why they may not be all.
type Answered = (Listed<AnsweredScorecardRow>, Option<OpenReason>);

/// What the streams that are due and permitted listed.
#[derive(Default)]
struct Read {
    scorecards: Option<Listed<ScorecardRow>>,
    trackers: Option<Listed<TrackerRow>>,
    library: Option<Listed<LibraryCallRow>>,
    answered: Option<Answered>,
}

impl Run<'_> {
    /// Reads all streams that are due and permitted, and commits them together; where reading ends early, those that came.
    pub(super) async fn streams(&mut self) -> Result<(), Error> {
        let mut read = Read::default();
        let outcome = self.read_streams(&mut read).await;
        self.commit_streams(read).await?;
        outcome
    }

    async fn read_streams(&mut self, read: &mut Read) -> Result<(), Error> {
        let state = self.lake.snapshot().await?;
        let notes = &state.state().notes;
        let is_library_due = is_due(notes.get(LIBRARY_READ), self.now);
        let review_from = review_from(notes.get(REVIEWS_READ));
        let mut troubles = Troubles::default();
        let answer = self.list_scorecards().await;
        read.scorecards = self.taken(SCORECARDS, answer, &mut troubles)?;
        let answer = self.list_trackers().await;
        read.trackers = self.taken(TRACKERS, answer, &mut troubles)?;
        let answer = self.list_answered(review_from).await;
        read.answered = self.taken(ANSWERED, answer, &mut troubles)?;
        if is_library_due {
            let answer = self.list_library().await;
            read.library = self.taken(LIBRARY, answer, &mut troubles)?;
        }
        troubles.told()
    }

    fn taken<T>(
        &mut self,
        stream: Stream,
        answer: Result<T, Error>,
        troubles: &mut Troubles,
    ) -> Result<Option<T>, Error> {
        let answer = self.unless_refused(stream, answer);
        Ok(troubles.keep(answer)?.flatten())
    }

    async fn commit_streams(&mut self, read: Read) -> Result<(), Error> {
        let mut commit = self.lake.begin(&self.clock).await?;
        let mut settling = Settling::default();
        if let Some(listed) = read.scorecards {
            let is_of = |row: &ScorecardRow, id: &str| row.scorecard_id == id;
            settling.replace(&mut commit, listed, is_of).await?;
        }
        if let Some(listed) = read.trackers {
            let is_of = |row: &TrackerRow, id: &str| row.tracker_id == id;
            settling.replace(&mut commit, listed, is_of).await?;
        }
        let left_out = LeftOut::of(&commit, &self.read).await?;
        if let Some(mut listed) = read.library {
            listed
                .rows
                .retain(|row| !left_out.holds(&row.call_id, None));
            let is_of = |row: &LibraryCallRow, id: &str| row.call_id == id || row.folder_id == id;
            settling.replace(&mut commit, listed, is_of).await?;
            note(&mut commit, LIBRARY_READ, self.now.to_string());
        }
        if let Some((listed, open)) = read.answered {
            let is_whole = open.is_none();
            self.note_open(ANSWERED, open);
            settling
                .merge_answered(&mut commit, listed, &left_out)
                .await?;
            // Until all reviews came, those from then on are asked for again.
            if is_whole {
                note(&mut commit, REVIEWS_READ, self.company_today().to_string());
            }
        }
        self.summary.rejected += settling.rejects.len() as u64;
        settling.write_rejects(&mut commit, self.today).await?;
        self.finish(commit).await
    }

    async fn list_scorecards(&self) -> Result<Listed<ScorecardRow>, Error> {
        let mut listed = Listed::default();
        let page = self.client.send(&ListScorecards).await?;
        listed.take(SCORECARDS.name, page.items, |record| {
            Ok(rows::scorecard(record))
        });
        // Gong lists those of all workspaces; one that names none is of all.
        let is_chosen = |id: &String| {
            let mut chosen = self.workspaces.iter().flatten().peekable();
            chosen.peek().is_none() || chosen.any(|workspace| workspace == id)
        };
        listed
            .rows
            .retain(|row| row.workspace_id.as_ref().is_none_or(is_chosen));
        Ok(listed)
    }

    async fn list_trackers(&self) -> Result<Listed<TrackerRow>, Error> {
        let mut listed = Listed::default();
        for workspace_id in &self.workspaces {
            let list = ListTrackers {
                workspace_id: workspace_id.clone(),
            };
            let page = self.client.send(&list).await?;
            listed.take(TRACKERS.name, page.items, |record| {
                Ok(rows::tracker(record))
            });
        }
        Ok(listed)
    }

    async fn list_library(&self) -> Result<Listed<LibraryCallRow>, Error> {
        let mut listed = Listed::default();
        for folder in self.list_folders(&mut listed.rejects).await? {
            let content = FolderContent {
                folder_id: folder.id.clone(),
            };
            let page = match self.client.send(&content).await {
                // Removed since it was listed.
                Err(GongError::NotFound { .. }) => Page::empty(),
                answer => answer?,
            };
            listed.take(LIBRARY.name, page.items, |record| {
                Ok(rows::library_call(&folder, record))
            });
        }
        Ok(listed)
    }

    /// Each folder once. A company of several workspaces must name the one it asks about.
    async fn list_folders(&self, rejects: &mut Vec<RejectRow>) -> Result<Vec<FolderRecord>, Error> {
        let mut folders = BTreeMap::new();
        for workspace_id in self.named_workspaces() {
            let page = self.client.send(&ListFolders { workspace_id }).await?;
            for item in page.items {
                match item {
                    Item::Record(folder) => {
                        folders.insert(folder.id.clone(), folder);
                    }
                    Item::Rejected(reject) => rejects.push(rejected(LIBRARY.name, &reject)),
                }
            }
        }
        Ok(folders.into_values().collect())
    }

    /// The workspaces that are read, by name even where the settings mean all.
    fn named_workspaces(&self) -> Vec<Option<String>> {
        let means_all = self.workspaces.iter().all(Option::is_none);
        if means_all && !self.listed_workspaces.is_empty() {
            return self.listed_workspaces.iter().cloned().map(Some).collect();
        }
        self.workspaces.clone()
    }

    async fn list_answered(&self, from: Date) -> Result<Answered, Error> {
        // Without a last day it is today, which is included then.
        let ask = AnsweredScorecards::new(AnsweredScorecardsFilter {
            review_from: Some(from),
            review_method: ReviewMethod::Both,
            ..AnsweredScorecardsFilter::default()
        });
        let whole = whole::read(self.client, &ask, |review| &review.answered_scorecard_id).await?;
        let mut listed = Listed::default();
        listed.take(ANSWERED.name, whole.items, rows::answered);
        Ok((listed, whole.open))
    }

    fn company_today(&self) -> Date {
        self.settings.time_zone.to_datetime(self.now).date()
    }
}

/// Rejects of the streams that were read, and which older ones that settles.
#[derive(Default)]
struct Settling {
    rejects: Vec<RejectRow>,
    /// Tables that were read whole, so that nothing older is true of them.
    whole: HashSet<&'static str>,
    /// Answered scorecards that were read.
    answered: HashSet<String>,
}

impl Settling {
    /// Replaces a table by what Gong lists. What is stored of a record that can no longer be decoded stays.
    async fn replace<R: Row>(
        &mut self,
        commit: &mut Commit,
        mut listed: Listed<R>,
        is_of: impl Fn(&R, &str) -> bool,
    ) -> Result<(), Error> {
        let table = R::table().name;
        let key = PartitionKey::whole(table);
        if !listed.rejects.is_empty() {
            let stored: Vec<R> = commit.lake().read_rows(&key).await?;
            let is_rejected = |row: &R| {
                let mut rejects = listed.rejects.iter();
                rejects.any(|reject| is_of(row, &reject.record_id))
            };
            let mut rows: Vec<R> = stored.into_iter().filter(is_rejected).collect();
            // Of equal keys the later row stands, so what was read comes last.
            rows.append(&mut listed.rows);
            listed.rows = rows;
        }
        if listed.rows.is_empty() {
            commit.remove(&key).await?;
        } else {
            commit.put_rows(&listed.rows).await?;
        }
        self.whole.insert(table);
        self.rejects.append(&mut listed.rejects);
        Ok(())
    }

    /// Puts answered scorecards into the months of their reviews; one that moved leaves the month where it was.
    async fn merge_answered(
        &mut self,
        commit: &mut Commit,
        mut listed: Listed<AnsweredScorecardRow>,
        left_out: &LeftOut,
    ) -> Result<(), Error> {
        let mut months: BTreeMap<Date, HashMap<String, AnsweredScorecardRow>> = BTreeMap::new();
        for row in listed.rows {
            self.answered.insert(row.answered_scorecard_id.clone());
            if left_out.holds_review(&row) {
                continue;
            }
            let of_month = months.entry(month_of(&row)).or_default();
            of_month.insert(row.answered_scorecard_id.clone(), row);
        }
        let mut touched: BTreeSet<Date> = months.keys().copied().collect();
        touched.extend(months_with(commit, &self.answered, left_out).await?);
        for month in touched {
            let key = PartitionKey::month(ANSWERED.name, month);
            let mut rows: Vec<AnsweredScorecardRow> = commit.lake().read_rows(&key).await?;
            rows.retain(|row| {
                !self.answered.contains(&row.answered_scorecard_id) && !left_out.holds_review(row)
            });
            rows.extend(months.remove(&month).unwrap_or_default().into_values());
            commit.put_month_rows(month, &rows).await?;
        }
        self.rejects.append(&mut listed.rejects);
        Ok(())
    }

    async fn write_rejects(self, commit: &mut Commit, today: Date) -> Result<(), Error> {
        let Settling {
            rejects,
            whole,
            answered,
        } = self;
        let is_settled = |_: Date, row: &RejectRow| {
            whole.contains(row.table.as_str())
                || (row.table == ANSWERED.name && answered.contains(&row.record_id))
        };
        replace_rejects(commit, BTreeMap::from([(today, rejects)]), is_settled).await
    }
}

/// Stored months that hold any of these answered scorecards, or one that must go.
async fn months_with(
    commit: &Commit,
    ids: &HashSet<String>,
    left_out: &LeftOut,
) -> Result<Vec<Date>, Error> {
    let keys: Vec<PartitionKey> = commit
        .snapshot()
        .partitions(ANSWERED.name)
        .map(|(key, _)| key)
        .collect();
    let mut found = Vec::new();
    for key in keys {
        let Some(month) = key.month else { continue };
        let stored: Vec<AnsweredScorecardRow> = commit.lake().read_rows(&key).await?;
        let is_touched = |row: &AnsweredScorecardRow| {
            ids.contains(&row.answered_scorecard_id) || left_out.holds_review(row)
        };
        if stored.iter().any(is_touched) {
            found.push(month);
        }
    }
    Ok(found)
}

fn month_of(row: &AnsweredScorecardRow) -> Date {
    let reviewed = Timestamp::from_microsecond(row.reviewed.0).unwrap_or_default();
    day_of(reviewed).first_of_month()
}

fn note(commit: &mut Commit, name: &str, value: String) {
    commit.state_mut().notes.insert(name.to_owned(), value);
}

/// Whether the library was not read lately. A reading that lies ahead, after a clock was set back, counts as none.
fn is_due(last: Option<&String>, now: Timestamp) -> bool {
    let last = last.and_then(|at| at.parse::<Timestamp>().ok());
    last.is_none_or(|last| last > now || now.duration_since(last) >= LIBRARY_AGE)
}

/// From which day of the company reviews are asked for: all of them, the first time.
fn review_from(last: Option<&String>) -> Date {
    let last = last.and_then(|day| day.parse::<Date>().ok());
    last.map_or(FIRST_REVIEW, |last| add_days(last, -REVIEW_DAYS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_read_once_a_night() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let last = "2026-05-20T02:00:00Z".to_owned();
        assert!(is_due(None, at("2026-05-20T02:00:00Z")));
        assert!(!is_due(Some(&last), at("2026-05-20T21:00:00Z")));
        assert!(is_due(Some(&last), at("2026-05-21T01:55:00Z")));
        assert!(is_due(Some(&last), at("2026-05-19T02:00:00Z")));
    }

    #[test]
    fn reviews_are_read_again_from_a_month_before_the_last_reading() {
        assert_eq!(review_from(None), FIRST_REVIEW);
        let last = "2026-05-31".to_owned();
        assert_eq!(review_from(Some(&last)), date(2026, 5, 1));
    }
}
