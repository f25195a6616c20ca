//! The manifest: which partitions there are, what is in them and what they were made from.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::layout::PartitionKey;
use super::state::State;

/// What is known of a stored partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionEntry {
    /// Digest of its rows.
    pub digest: String,
    /// Number of its rows.
    pub rows: u64,
    /// The store's mark of the object's version; another one means that somebody else wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Digests of what it was computed from, by table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Hash of the metric, settings and dictionaries that it was computed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

/// The partitions of one table in one month, by day; one that is a whole month or table has no day.
pub(crate) type Month = BTreeMap<Option<Date>, PartitionEntry>;

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<Date>,
    #[serde(flatten)]
    entry: PartitionEntry,
}

/// The bytes of a month of the manifest.
pub(crate) fn to_bytes(table: &str, month: &Month) -> Result<Bytes, Error> {
    let lines: Vec<Line> = month
        .iter()
        .map(|(day, entry)| Line {
            day: *day,
            entry: entry.clone(),
        })
        .collect();
    serde_json::to_vec(&lines)
        .map(Bytes::from)
        .map_err(|error| Error::rows(table, error))
}

/// A month of the manifest from its bytes.
pub(crate) fn from_bytes(path: &str, bytes: &[u8]) -> Result<Month, Error> {
    let lines: Vec<Line> =
        serde_json::from_slice(bytes).map_err(|error| Error::corrupt(path, error))?;
    Ok(lines
        .into_iter()
        .map(|line| (line.day, line.entry))
        .collect())
}

/// The lake at one moment: a state and the manifest that it names. Readers need nothing else.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(crate) state: State,
    pub(crate) tables: BTreeMap<String, BTreeMap<String, Arc<Month>>>,
}

impl Snapshot {
    /// What is remembered beside the tables.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is known of a partition; `None` where it is not stored.
    pub fn partition(&self, key: &PartitionKey) -> Option<&PartitionEntry> {
        self.tables
            .get(&key.table)?
            .get(&key.month_text())?
            .get(&key.day)
    }

    /// The stored days of a table, ascending.
    pub fn days<'a>(&'a self, table: &str) -> impl Iterator<Item = Date> + use<'a> {
        self.lines(table).filter_map(|(_, day, _)| day)
    }

    /// The stored partitions of a table, by day.
    pub fn partitions<'a>(
        &'a self,
        table: &str,
    ) -> impl Iterator<Item = (PartitionKey, &'a PartitionEntry)> + use<'a> {
        let name = table.to_owned();
        self.lines(table)
            .map(move |(month, day, entry)| (PartitionKey::of_line(&name, month, day), entry))
    }

    /// The tables that have a partition, alphabetically.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Number of rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        self.lines(table).map(|(_, _, entry)| entry.rows).sum()
    }

    /// What is known of a table's partitions: month, day and entry.
    fn lines<'a>(
        &'a self,
        table: &str,
    ) -> impl Iterator<Item = (&'a str, Option<Date>, &'a PartitionEntry)> + use<'a> {
        self.tables
            .get(table)
            .into_iter()
            .flat_map(BTreeMap::iter)
            .flat_map(|(month, lines)| {
                lines
                    .iter()
                    .map(move |(day, entry)| (month.as_str(), *day, entry))
            })
    }

    /// Sets or removes what is known of a partition; whether that changed anything is the answer.
    pub(crate) fn set(&mut self, key: &PartitionKey, entry: Option<PartitionEntry>) -> bool {
        if self.partition(key) == entry.as_ref() {
            return false;
        }
        let months = self.tables.entry(key.table.clone()).or_default();
        let month = Arc::make_mut(months.entry(key.month_text()).or_default());
        match entry {
            Some(entry) => month.insert(key.day, entry),
            None => month.remove(&key.day),
        };
        if month.is_empty() {
            months.remove(&key.month_text());
        }
        if months.is_empty() {
            self.tables.remove(&key.table);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn entry(digest: &str) -> PartitionEntry {
        PartitionEntry {
            digest: digest.to_owned(),
            rows: 2,
            ..PartitionEntry::default()
        }
    }

    #[test]
    fn months_survive_their_bytes() {
        let mut month = Month::new();
        month.insert(Some(date(2026, 5, 1)), entry("a"));
        month.insert(None, entry("b"));
        let bytes = to_bytes("calls", &month).expect("bytes");
        assert_eq!(from_bytes("x", &bytes).expect("month"), month);
        assert!(matches!(from_bytes("x", b"{"), Err(Error::Corrupt { .. })));
    }

    #[test]
    fn partitions_are_set_and_removed() {
        let mut snapshot = Snapshot::default();
        let key = PartitionKey::day("calls", date(2026, 5, 1));
        assert!(snapshot.set(&key, Some(entry("a"))));
        assert!(!snapshot.set(&key, Some(entry("a"))));
        let users = PartitionKey::whole("users");
        assert!(snapshot.set(&users, Some(entry("u"))));
        assert_eq!(
            snapshot.days("calls").collect::<Vec<_>>(),
            [date(2026, 5, 1)]
        );
        assert_eq!(snapshot.rows("calls"), 2);
        assert_eq!(
            snapshot.partition(&users).map(|e| e.digest.as_str()),
            Some("u")
        );
        let reviews = PartitionKey::month("answered_scorecards", date(2026, 4, 9));
        assert!(snapshot.set(&reviews, Some(entry("r"))));
        let listed: Vec<PartitionKey> = snapshot
            .partitions("answered_scorecards")
            .map(|(key, _)| key)
            .collect();
        assert_eq!(listed, std::slice::from_ref(&reviews));
        assert!(snapshot.partition(&reviews).is_some());
        assert!(snapshot.set(&reviews, None));
        assert!(snapshot.set(&key, None));
        assert_eq!(snapshot.tables().collect::<Vec<_>>(), ["users"]);
    }
}
