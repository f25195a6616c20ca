//! The index of calls: where each call is, so that one that moved or changed is found without reading the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::layout::month_of;

/// What is known of a stored call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallIndexEntry {
    /// Day partition that holds it.
    pub day: Date,
    /// Digest of its row in `calls`.
    pub digest: String,
    /// When it was last read from Gong; unknown after the index was rebuilt from `calls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_read: Option<Timestamp>,
}

/// One month of the index, by call id.
pub(crate) type IndexMonth = BTreeMap<String, CallIndexEntry>;

/// All stored calls by id, kept by month so that a night rewrites one or two objects.
#[derive(Debug, Clone, Default)]
pub struct Index {
    months: BTreeMap<String, Arc<IndexMonth>>,
    dirty: BTreeSet<String>,
}

impl Index {
    pub(crate) fn new(months: BTreeMap<String, Arc<IndexMonth>>) -> Index {
        Index {
            months,
            dirty: BTreeSet::new(),
        }
    }

    /// The entry of a call.
    pub fn get(&self, call_id: &str) -> Option<&CallIndexEntry> {
        self.months.values().find_map(|month| month.get(call_id))
    }

    /// All entries, by month and then by id as text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CallIndexEntry)> {
        self.months
            .values()
            .flat_map(|month| month.iter())
            .map(|(id, entry)| (id.as_str(), entry))
    }

    /// Number of calls.
    pub fn len(&self) -> usize {
        self.months.values().map(|month| month.len()).sum()
    }

    /// Whether no call is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes the entries of a day those of its `calls` partition: ids with the digests of their rows.
    pub(crate) fn replace_day(
        &mut self,
        day: Date,
        rows: Vec<(String, String)>,
        now: Option<Timestamp>,
    ) {
        let name = month_of(day);
        let before = self.months.get(&name).cloned().unwrap_or_default();
        let mut month: IndexMonth = (*before).clone();
        month.retain(|_, entry| entry.day != day);
        for (id, digest) in rows {
            let known = self.get(&id).filter(|known| known.digest == digest);
            let newest_read = known.map_or(now, |known| known.newest_read);
            self.forget_elsewhere(&id, &name);
            month.insert(
                id,
                CallIndexEntry {
                    day,
                    digest,
                    newest_read,
                },
            );
        }
        self.set_month(name, month, &before);
    }

    /// Remembers that calls were read from Gong.
    pub(crate) fn mark_read<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>, now: Timestamp) {
        for id in ids {
            let found = self
                .months
                .iter_mut()
                .find(|(_, month)| month.contains_key(id));
            let Some((name, month)) = found else { continue };
            if let Some(entry) = Arc::make_mut(month).get_mut(id)
                && entry.newest_read.is_none_or(|read| read < now)
            {
                entry.newest_read = Some(now);
                self.dirty.insert(name.clone());
            }
        }
    }

    /// The months that changed; a month without calls is `None`.
    pub(crate) fn take_dirty(&mut self) -> Vec<(String, Option<Arc<IndexMonth>>)> {
        std::mem::take(&mut self.dirty)
            .into_iter()
            .map(|name| {
                let month = self.months.get(&name).cloned();
                (name, month)
            })
            .collect()
    }

    fn forget_elsewhere(&mut self, id: &str, name: &str) {
        for (other, month) in &mut self.months {
            if other != name && month.contains_key(id) {
                Arc::make_mut(month).remove(id);
                self.dirty.insert(other.clone());
            }
        }
    }

    fn set_month(&mut self, name: String, month: IndexMonth, before: &IndexMonth) {
        if month == *before {
            return;
        }
        self.dirty.insert(name.clone());
        if month.is_empty() {
            self.months.remove(&name);
        } else {
            self.months.insert(name, Arc::new(month));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rows(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
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
}
