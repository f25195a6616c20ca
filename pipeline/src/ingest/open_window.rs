//! A window while it is read: what came, in which pass, and the spool that holds its rows.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use talktrack_gong::api::calls::CallRecord;
use talktrack_gong::page::{Item, Page, Reject};

use super::convert::{Context, PageRows, SeenCall, rejected};
use super::error::Error;
use super::spool::{Spool, SpoolWriter};
use super::stored::Stored;
use super::window::{Days, day_of};
use crate::lake::OpenReason;

/// What Gong listed for a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCounts {
    /// All records.
    pub listed: u64,
    /// Private calls.
    pub private: u64,
    /// Records that could not be decoded.
    pub rejected: u64,
}

/// Whether a window is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WindowState {
    /// All of it came.
    Met,
    /// Something is left to find out.
    Open(OpenReason),
    /// Only some calls of it came, which says nothing about its days.
    Partial,
}

/// A window that was read.
pub(super) struct WindowRead {
    pub(super) number: usize,
    pub(super) days: Days,
    pub(super) state: WindowState,
    pub(super) spool: Spool,
    /// Its calls, by id.
    pub(super) calls: BTreeMap<String, SeenCall>,
    /// Calls with rows in the spool that are not the window's after all.
    pub(super) dropped: HashSet<String>,
    /// What was listed, by day of call start.
    pub(super) counts: BTreeMap<Date, DayCounts>,
    /// Stored calls that do not exist any more.
    pub(super) deleted: Vec<String>,
    /// What the lake holds of its calls.
    pub(super) stored: Stored,
    /// Its calls that are stored as they came.
    pub(super) unchanged: HashSet<String>,
    /// Characters that no text can hold and that were replaced.
    pub(super) replaced_characters: u64,
}

impl WindowRead {
    /// A window of which nothing came.
    pub(super) fn nothing(number: usize, days: Days) -> WindowRead {
        WindowRead {
            number,
            days,
            state: WindowState::Partial,
            spool: Spool::default(),
            calls: BTreeMap::new(),
            dropped: HashSet::new(),
            counts: BTreeMap::new(),
            deleted: Vec::new(),
            stored: Stored::default(),
            unchanged: HashSet::new(),
            replaced_characters: 0,
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Stored,
    Private,
    Rejected,
}

/// A record that came, known by its id or a digest of it.
struct Came {
    day: Date,
    kind: Kind,
    pass: u32,
}

/// What a page added.
#[derive(Default)]
pub(super) struct Added {
    /// Records that had not come in this pass.
    pub(super) new_in_pass: u64,
    /// Records that had not come in any pass.
    pub(super) unseen: u64,
    /// Calls that had not come in any pass.
    pub(super) call_ids: Vec<String>,
}

/// A window that is being read.
pub(super) struct OpenWindow {
    pub(super) number: usize,
    pub(super) days: Days,
    pub(super) state: WindowState,
    pub(super) calls: BTreeMap<String, SeenCall>,
    pub(super) deleted: Vec<String>,
    spool: SpoolWriter,
    came: HashMap<String, Came>,
    pass: u32,
    in_pass: u64,
    in_pass_before: u64,
    replaced_characters: u64,
}

impl OpenWindow {
    pub(super) fn new(number: usize, days: Days) -> OpenWindow {
        OpenWindow {
            number,
            days,
            state: WindowState::Met,
            calls: BTreeMap::new(),
            deleted: Vec::new(),
            spool: SpoolWriter::default(),
            came: HashMap::new(),
            pass: 0,
            in_pass: 0,
            in_pass_before: 0,
            replaced_characters: 0,
        }
    }

    /// A reading of the whole window begins; what came in earlier ones stays until one is whole.
    pub(super) fn begin_pass(&mut self) {
        self.pass += 1;
        self.in_pass_before = std::mem::take(&mut self.in_pass);
        self.state = WindowState::Met;
    }

    pub(super) fn is_first_pass(&self) -> bool {
        self.pass <= 1
    }

    /// Records that came in this pass, each once.
    pub(super) fn came_in_pass(&self) -> u64 {
        self.in_pass
    }

    /// Whether the same records came in this pass as in the one before.
    pub(super) fn came_as_before(&self) -> bool {
        let before = self.pass.saturating_sub(1);
        before > 0
            && self.in_pass == self.in_pass_before
            && self.came.values().all(|came| came.pass != before)
    }

    /// Whether a call is among the window's.
    pub(super) fn has_come(&self, call_id: &str) -> bool {
        self.came.contains_key(call_id)
    }

    /// The last pass was whole: only what came in it belongs to the window.
    pub(super) fn end_passes(&mut self) {
        let last = self.pass;
        self.came.retain(|_, came| came.pass == last);
    }

    /// Adds the records of a page.
    pub(super) fn add_page(
        &mut self,
        page: Page<CallRecord>,
        context: Context<'_>,
    ) -> Result<Added, Error> {
        self.replaced_characters += page.replaced_surrogates;
        let nearby = nearby_day(&page).unwrap_or(self.days.from);
        self.add_items(page.items, nearby, context)
    }

    /// Adds calls that were asked for by id; the ids of those that are new are the answer.
    pub(super) fn add_by_id(
        &mut self,
        items: Vec<Item<CallRecord>>,
        context: Context<'_>,
    ) -> Result<Vec<String>, Error> {
        Ok(self.add_items(items, self.days.from, context)?.call_ids)
    }

    fn add_items(
        &mut self,
        items: Vec<Item<CallRecord>>,
        mut nearby: Date,
        context: Context<'_>,
    ) -> Result<Added, Error> {
        let mut rows = PageRows::default();
        let mut added = Added::default();
        for item in items {
            match item {
                Item::Record(record) => {
                    let id = record.meta_data.id.clone();
                    nearby = day_of(record.meta_data.started);
                    let is_private = record.meta_data.is_private == Some(true)
                        && !context.settings.store_private;
                    let kind = if is_private {
                        Kind::Private
                    } else {
                        Kind::Stored
                    };
                    if self.note(&id, nearby, kind, &mut added) {
                        let seen = rows.add_call(record, context);
                        self.calls.insert(id, seen);
                    }
                }
                Item::Rejected(reject) => {
                    self.add_reject(reject, nearby, context, &mut rows, &mut added);
                }
            }
        }
        rows.spool(&mut self.spool)?;
        Ok(added)
    }

    fn add_reject(
        &mut self,
        reject: Reject,
        nearby: Date,
        context: Context<'_>,
        rows: &mut PageRows,
        added: &mut Added,
    ) {
        let row = rejected("calls", &reject);
        let day = reject.started.map_or(nearby, day_of);
        let is_kept = !reject.is_private || context.settings.store_private;
        let kind = if is_kept {
            Kind::Rejected
        } else {
            Kind::Private
        };
        if !self.note(&row.record_id, day, kind, added) {
            return;
        }
        if is_kept {
            rows.add_reject(day, row);
        } else if let Some(call_id) = reject.id {
            // A private call leaves the lake even if no more can be read of it than that.
            self.calls
                .insert(call_id.clone(), SeenCall::private(call_id, day));
        }
    }

    /// Remembers a record; whether it had not come in this pass is the answer.
    fn note(&mut self, id: &str, day: Date, kind: Kind, added: &mut Added) -> bool {
        let pass = self.pass;
        let came = Came { day, kind, pass };
        match self.came.entry(id.to_owned()) {
            Entry::Occupied(before) if before.get().pass == pass => return false,
            Entry::Occupied(mut before) => {
                before.insert(came);
            }
            Entry::Vacant(place) => {
                place.insert(came);
                added.unseen += 1;
                if !matches!(kind, Kind::Rejected) {
                    added.call_ids.push(id.to_owned());
                }
            }
        }
        self.in_pass += 1;
        added.new_in_pass += 1;
        true
    }

    /// Ends the reading.
    pub(super) fn finish(mut self) -> Result<WindowRead, Error> {
        let mut counts: BTreeMap<Date, DayCounts> = BTreeMap::new();
        for came in self.came.values() {
            let of_day = counts.entry(came.day).or_default();
            of_day.listed += 1;
            match came.kind {
                Kind::Stored => {}
                Kind::Private => of_day.private += 1,
                Kind::Rejected => of_day.rejected += 1,
            }
        }
        let mut dropped = HashSet::new();
        let came = &self.came;
        self.calls.retain(|id, call| {
            let stays = came.contains_key(id);
            // A call that turned private between two passes has rows from the first.
            if !stays || call.private {
                dropped.insert(id.clone());
            }
            stays
        });
        Ok(WindowRead {
            number: self.number,
            days: self.days,
            state: self.state,
            spool: self.spool.finish()?,
            calls: self.calls,
            dropped,
            counts,
            deleted: self.deleted,
            stored: Stored::default(),
            unchanged: HashSet::new(),
            replaced_characters: self.replaced_characters,
        })
    }
}

/// The day of the page's first call: pages are in order of time, so what has no legible start began about then.
fn nearby_day(page: &Page<CallRecord>) -> Option<Date> {
    page.records()
        .next()
        .map(|record| day_of(record.meta_data.started))
}
