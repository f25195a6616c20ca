//! The index of calls: where each call is, so that one that moved or changed is found without reading the tables.
//!
//! It is stored by month, so that a night rewrites one or two objects, and held as one ordered map of small entries: a
//! million calls take about 50 MB.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::digest::RowDigest;
use super::layout::month_of;
use super::merge::compare_ids;

/// What is known of a stored call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallIndexEntry {
    /// Day partition that holds it.
    pub day: Date,
    /// Digest of its row in `calls`.
    pub digest: RowDigest,
    /// When it was last read from Gong; unknown after the index was rebuilt from `calls`.
    pub newest_read: Option<Timestamp>,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredEntry {
    day: Date,
    digest: RowDigest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest_read: Option<Timestamp>,
}

/// One month of the index as it is stored: a map by call id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IndexMonth(Vec<(CallKey, StoredEntry)>);

impl Serialize for IndexMonth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, entry)| (id.to_string(), entry)))
    }
}

impl<'de> Deserialize<'de> for IndexMonth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IndexMonth, D::Error> {
        deserializer.deserialize_map(MonthVisitor)
    }
}

/// Reads entries one by one into their compact form.
struct MonthVisitor;

impl<'de> Visitor<'de> for MonthVisitor {
    type Value = IndexMonth;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of calls by id")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<IndexMonth, A::Error> {
        let mut entries = Vec::new();
        while let Some((id, entry)) = map.next_entry::<Cow<'_, str>, StoredEntry>()? {
            entries.push((CallKey::new(&id), entry));
        }
        Ok(IndexMonth(entries))
    }
}

/// All stored calls by id.
#[derive(Debug, Clone, Default)]
pub struct Index {
    calls: Arc<Calls>,
    dirty: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct Calls {
    by_id: BTreeMap<CallKey, Compact>,
    /// Times at which calls were read: a few, so entries name them by number.
    reads: Vec<Timestamp>,
}

/// An entry as it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Compact {
    digest: RowDigest,
    day: Date,
    read: Option<NonZeroU32>,
}

/// An id in 16 bytes: Gong's ids are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallKey {
    Number(u64),
    Text(Box<str>),
}

impl CallKey {
    fn new(id: &str) -> CallKey {
        let is_plain = !id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit());
        match id.parse() {
            Ok(number) if is_plain => CallKey::Number(number),
            _ => CallKey::Text(id.into()),
        }
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallKey::Number(number) => write!(f, "{number}"),
            CallKey::Text(text) => f.write_str(text),
        }
    }
}

impl Ord for CallKey {
    fn cmp(&self, other: &CallKey) -> Ordering {
        match (self, other) {
            (CallKey::Number(a), CallKey::Number(b)) => a.cmp(b),
            (CallKey::Text(a), CallKey::Text(b)) => compare_ids(a, b),
            (a, b) => compare_ids(&a.to_string(), &b.to_string()),
        }
    }
}

impl PartialOrd for CallKey {
    fn partial_cmp(&self, other: &CallKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Calls {
    fn entry(&self, compact: &Compact) -> CallIndexEntry {
        CallIndexEntry {
            day: compact.day,
            digest: compact.digest,
            newest_read: self.read_at(compact),
        }
    }

    fn read_at(&self, compact: &Compact) -> Option<Timestamp> {
        let number = compact.read?.get() as usize;
        self.reads.get(number - 1).copied()
    }

    /// The number of a time, which is new or one of the last: calls are read in the order of runs.
    fn number_of(&mut self, read: Option<Timestamp>) -> Option<NonZeroU32> {
        let read = read?;
        let known = self.reads.iter().rposition(|at| *at == read);
        let place = known.unwrap_or_else(|| {
            self.reads.push(read);
            self.reads.len() - 1
        });
        NonZeroU32::new(u32::try_from(place + 1).ok()?)
    }
}

impl Index {
    /// The entry of a call.
    pub fn get(&self, call_id: &str) -> Option<CallIndexEntry> {
        let compact = self.calls.by_id.get(&CallKey::new(call_id))?;
        Some(self.calls.entry(compact))
    }

    /// All entries, in the order of the ids: by length, then bytes.
    pub fn iter(&self) -> impl Iterator<Item = (String, CallIndexEntry)> {
        self.calls
            .by_id
            .iter()
            .map(|(id, compact)| (id.to_string(), self.calls.entry(compact)))
    }

    /// Number of calls.
    pub fn len(&self) -> usize {
        self.calls.by_id.len()
    }

    /// Whether no call is stored.
    pub fn is_empty(&self) -> bool {
        self.calls.by_id.is_empty()
    }

    /// Takes over a stored month.
    pub(crate) fn load(&mut self, month: IndexMonth) {
        let calls = Arc::make_mut(&mut self.calls);
        for (id, stored) in month.0 {
            let compact = Compact {
                digest: stored.digest,
                day: stored.day,
                read: calls.number_of(stored.newest_read),
            };
            calls.by_id.insert(id, compact);
        }
    }

    /// Makes the entries of a day those of its `calls` partition: ids with the digests of their rows.
    pub(crate) fn replace_day(
        &mut self,
        day: Date,
        rows: Vec<(String, RowDigest)>,
        now: Option<Timestamp>,
    ) {
        let rows: BTreeMap<CallKey, RowDigest> = rows
            .into_iter()
            .map(|(id, digest)| (CallKey::new(&id), digest))
            .collect();
        if self.is_day(day, &rows) {
            return;
        }
        let calls = Arc::make_mut(&mut self.calls);
        self.dirty.insert(month_of(day));
        calls
            .by_id
            .retain(|id, entry| entry.day != day || rows.contains_key(id));
        let now = calls.number_of(now);
        for (id, digest) in rows {
            let before = calls.by_id.get(&id).copied();
            if let Some(moved) = before.filter(|before| before.day != day) {
                self.dirty.insert(month_of(moved.day));
            }
            let same = before.filter(|before| before.digest == digest);
            let read = same.map_or(now, |same| same.read);
            calls.by_id.insert(id, Compact { digest, day, read });
        }
    }

    /// Whether the entries of a day are these rows already.
    fn is_day(&self, day: Date, rows: &BTreeMap<CallKey, RowDigest>) -> bool {
        let mut of_day = self
            .calls
            .by_id
            .iter()
            .filter(|(_, entry)| entry.day == day);
        let mut rows = rows.iter();
        loop {
            match (of_day.next(), rows.next()) {
                (None, None) => return true,
                (Some((id, entry)), Some((row, digest)))
                    if id == row && entry.digest == *digest => {}
                _ => return false,
            }
        }
    }

    /// Remembers that calls were read from Gong.
    pub(crate) fn mark_read<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>, now: Timestamp) {
        for id in ids {
            let key = CallKey::new(id);
            let Some(known) = self.calls.by_id.get(&key) else {
                continue;
            };
            if self.calls.read_at(known).is_some_and(|read| read >= now) {
                continue;
            }
            let calls = Arc::make_mut(&mut self.calls);
            let read = calls.number_of(Some(now));
            if let Some(entry) = calls.by_id.get_mut(&key) {
                entry.read = read;
                self.dirty.insert(month_of(entry.day));
            }
        }
    }

    /// The months that changed, as they are stored; a month without calls is `None`.
    pub(crate) fn take_dirty(&mut self) -> Vec<(String, Option<IndexMonth>)> {
        let dirty = std::mem::take(&mut self.dirty);
        dirty
            .into_iter()
            .map(|month| {
                let content = self.month(&month);
                (month, Some(content).filter(|content| !content.0.is_empty()))
            })
            .collect()
    }

    fn month(&self, month: &str) -> IndexMonth {
        let calls = self.calls.by_id.iter();
        let of_month = calls.filter(|(_, entry)| month_of(entry.day) == month);
        let stored = of_month.map(|(id, entry)| {
            let stored = StoredEntry {
                day: entry.day,
                digest: entry.digest,
                newest_read: self.calls.read_at(entry),
            };
            (id.clone(), stored)
        });
        IndexMonth(stored.collect())
    }

    /// Forgets the calls of these months, which are to be loaded anew.
    pub(crate) fn forget(&mut self, months: &BTreeSet<String>) {
        if !months.is_empty() {
            Arc::make_mut(&mut self.calls)
                .by_id
                .retain(|_, entry| !months.contains(&month_of(entry.day)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn digest(text: &str) -> RowDigest {
        super::super::digest::of_bytes(text.as_bytes())
            .parse()
            .expect("a digest")
    }

    fn rows(list: &[(&str, &str)]) -> Vec<(String, RowDigest)> {
        list.iter()
            .map(|(id, text)| ((*id).to_owned(), digest(text)))
            .collect()
    }

    #[test]
    fn a_call_is_in_one_place_and_only_changed_months_are_dirty() {
        let (may, june) = (date(2026, 5, 31), date(2026, 6, 1));
        let now = Timestamp::UNIX_EPOCH;
        let mut index = Index::default();
        index.replace_day(may, rows(&[("1", "a"), ("2", "b")]), Some(now));
        assert_eq!(index.take_dirty().len(), 1);
        index.replace_day(may, rows(&[("1", "a"), ("2", "b")]), Some(now));
        assert!(index.take_dirty().is_empty());
        index.replace_day(june, rows(&[("2", "c")]), None);
        assert_eq!(index.get("2").map(|entry| entry.day), Some(june));
        assert_eq!(index.len(), 2);
        let dirty: Vec<_> = index
            .take_dirty()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(dirty, ["2026-05", "2026-06"]);
        index.replace_day(june, vec![], None);
        assert!(matches!(index.take_dirty().as_slice(), [(_, None)]));
    }

    #[test]
    fn reading_again_is_remembered_once() {
        let now = Timestamp::UNIX_EPOCH;
        let mut index = Index::default();
        index.replace_day(date(2026, 5, 1), rows(&[("1", "a")]), None);
        index.take_dirty();
        index.mark_read(["1", "unknown"], now);
        assert_eq!(index.take_dirty().len(), 1);
        index.mark_read(["1"], now);
        assert!(index.take_dirty().is_empty());
        assert_eq!(
            index.get("1").and_then(|entry| entry.newest_read),
            Some(now)
        );
    }

    #[test]
    fn every_id_keeps_its_text_and_its_place() {
        let ids = [
            "",
            "0",
            "7",
            "07",
            "10",
            "99",
            "+1",
            "abc",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999",
            "000000000000000000001",
        ];
        let day = date(2026, 5, 1);
        let mut index = Index::default();
        let all: Vec<(&str, &str)> = ids.iter().map(|id| (*id, *id)).collect();
        index.replace_day(day, rows(&all), None);
        for id in ids {
            assert_eq!(
                index.get(id).map(|entry| entry.digest),
                Some(digest(id)),
                "{id}"
            );
        }
        let listed: Vec<String> = index.iter().map(|(id, _)| id).collect();
        assert_eq!(listed.len(), ids.len());
        assert!(
            listed.is_sorted_by(|a, b| compare_ids(a, b).is_lt()),
            "{listed:?}"
        );
    }

    #[test]
    fn a_month_survives_storage_and_a_damaged_one_is_refused() {
        let day = date(2026, 5, 1);
        let mut index = Index::default();
        index.replace_day(
            day,
            rows(&[("1", "a"), ("x", "b")]),
            Some(Timestamp::UNIX_EPOCH),
        );
        let (_, month) = index.take_dirty().remove(0);
        let json = serde_json::to_string(&month).expect("json");
        let stored: IndexMonth = serde_json::from_str(&json).expect("a month");
        let mut again = Index::default();
        again.load(stored);
        assert!(again.iter().eq(index.iter()));
        let damaged = json.replacen("digest\":\"", "digest\":\"x", 1);
        assert_ne!(damaged, json);
        assert!(serde_json::from_str::<IndexMonth>(&damaged).is_err());
    }

    #[test]
    fn an_entry_is_small() {
        assert_eq!(size_of::<CallKey>(), 16);
        assert!(size_of::<Compact>() <= 24);
    }
}
