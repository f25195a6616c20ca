//! Where things are: the paths of a lake, built and taken apart in one place.

use std::fmt;

use jiff::civil::Date;

/// The folder of everything that is not a table.
pub(crate) const PRIVATE: &str = "_talktrack";
/// The folder of the state log.
pub(crate) const STATE: &str = "_talktrack/state";
/// The folder of the manifests.
pub(crate) const MANIFEST: &str = "_talktrack/manifest";
/// The folder of the index of calls.
pub(crate) const INDEX: &str = "_talktrack/index";
/// The folder of the leases.
pub(crate) const LEASE: &str = "_talktrack/lease";
/// The folder of the records of runs.
pub(crate) const RUNS: &str = "_talktrack/runs";

const PART: &str = "part.parquet";

/// One partition: one Parquet object, which is always replaced whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey {
    /// Table, such as `calls` or `metrics/talk`.
    pub table: String,
    /// UTC day of call start; `None` where the table is not cut by days.
    pub day: Option<Date>,
    /// First day of the month; `None` where the table is not cut by months.
    pub month: Option<Date>,
}

impl PartitionKey {
    /// The partition of one day.
    pub fn day(table: &str, day: Date) -> PartitionKey {
        PartitionKey {
            table: table.to_owned(),
            day: Some(day),
            month: None,
        }
    }

    /// The partition of the month in which a day falls.
    pub fn month(table: &str, day: Date) -> PartitionKey {
        PartitionKey {
            table: table.to_owned(),
            day: None,
            month: Some(day.first_of_month()),
        }
    }

    /// The only partition of a table that is one object.
    pub fn whole(table: &str) -> PartitionKey {
        PartitionKey {
            table: table.to_owned(),
            day: None,
            month: None,
        }
    }

    /// Path in the lake.
    pub fn path(&self) -> String {
        match (self.day, self.month) {
            (Some(day), _) => format!("{}/day={day}/{PART}", self.table),
            (None, Some(month)) => format!("{}/month={}/{PART}", self.table, month_of(month)),
            (None, None) => format!("{}/{PART}", self.table),
        }
    }

    /// The partition at a path; `None` where the path is not one of a partition.
    pub fn from_path(path: &str) -> Option<PartitionKey> {
        let folder = path.strip_suffix(PART)?.strip_suffix('/')?;
        if folder.is_empty() || folder.starts_with(PRIVATE) {
            return None;
        }
        if let Some((table, day)) = folder.rsplit_once("/day=") {
            return Some(PartitionKey::day(table, day.parse().ok()?));
        }
        match folder.rsplit_once("/month=") {
            Some((table, month)) => Some(PartitionKey::month(table, first_of(month)?)),
            None => Some(PartitionKey::whole(folder)),
        }
    }

    /// The partition that a line of the manifest is about: the month of the object that holds the line, and its day.
    pub(crate) fn of_line(table: &str, month: &str, day: Option<Date>) -> PartitionKey {
        PartitionKey {
            table: table.to_owned(),
            day,
            month: if day.is_none() { first_of(month) } else { None },
        }
    }

    /// Month of the partition, `YYYY-MM`; empty where the table is one object. Manifest and index are cut by it.
    pub(crate) fn month_text(&self) -> String {
        self.day.or(self.month).map(month_of).unwrap_or_default()
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// `YYYY-MM` of a day.
pub(crate) fn month_of(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The first day of a month `YYYY-MM`.
fn first_of(month: &str) -> Option<Date> {
    let is_month = month.len() == "YYYY-MM".len();
    is_month.then(|| format!("{month}-01").parse().ok())?
}

/// Path of the state with this number.
pub(crate) fn state_path(number: u64) -> String {
    format!("{STATE}/{number:08}.json")
}

/// Path of one month of a table's manifest.
pub(crate) fn manifest_path(table: &str, month: &str, digest: &str) -> String {
    if month.is_empty() {
        format!("{MANIFEST}/{table}/{digest}.json")
    } else {
        format!("{MANIFEST}/{table}/month={month}/{digest}.json")
    }
}

/// Path of one month of the index of calls.
pub(crate) fn index_path(month: &str, digest: &str) -> String {
    format!("{INDEX}/month={month}/{digest}.json")
}

/// Path of the record of a run.
pub(crate) fn run_path(name: &str) -> String {
    format!("{RUNS}/{name}.json")
}

/// The number in the name of a state or lease object.
pub(crate) fn number_of(path: &str) -> Option<u64> {
    let name = path.rsplit('/').next()?;
    name.strip_suffix(".json")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn partition_paths_are_taken_apart_as_they_were_built() {
        for (key, path) in [
            (
                PartitionKey::day("calls", date(2026, 5, 1)),
                "calls/day=2026-05-01/part.parquet",
            ),
            (
                PartitionKey::day("metrics/talk", date(2026, 12, 31)),
                "metrics/talk/day=2026-12-31/part.parquet",
            ),
            (PartitionKey::whole("users"), "users/part.parquet"),
            (
                PartitionKey::month("answered_scorecards", date(2026, 5, 17)),
                "answered_scorecards/month=2026-05/part.parquet",
            ),
            (
                PartitionKey::whole("rollups/rep_month"),
                "rollups/rep_month/part.parquet",
            ),
        ] {
            assert_eq!(key.path(), path);
            assert_eq!(PartitionKey::from_path(path), Some(key));
        }
    }

    #[test]
    fn other_paths_are_no_partitions() {
        for path in [
            "part.parquet",
            "calls/day=someday/part.parquet",
            "answered_scorecards/month=2026-13/part.parquet",
            "answered_scorecards/month=2026-05-01/part.parquet",
            "calls/day=2026-05-01/part.parquet#1",
            "_talktrack/state/00000001.json",
            "reports/index.html",
        ] {
            assert_eq!(PartitionKey::from_path(path), None, "{path}");
        }
    }

    #[test]
    fn numbers_are_read_from_names() {
        assert_eq!(number_of(&state_path(42)), Some(42));
        assert_eq!(number_of("_talktrack/state/notes.txt"), None);
    }
}
