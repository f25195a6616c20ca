//! The history of deals: what is added to it, and which deals are read again although nobody calls any more.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::{
    Array as _, ArrayRef, MapArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::interleave_record_batch;
use arrow::error::ArrowError;
use jiff::civil::Date;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::DealHistoryRow;

use crate::ingest::batches::{conform, text_column};
use crate::ingest::window::day_number;
use crate::lake::merge::compare_ids;

/// `timing` of a state that held when it was read.
pub const NOW: &str = "now";
/// `timing` of a state that held when the call began.
pub const TIME_OF_CALL: &str = "time_of_call";
/// Rows in one batch of the table.
const ROWS_PER_BATCH: usize = 8_192;
/// Days after its last call for which an open deal is still read again.
const REFRESH_DAYS: i64 = 365;

/// What a merge into the history needs to know beside the rows.
pub struct HistoryChange<'a> {
    /// Calls whose rows leave the lake altogether.
    pub gone: &'a HashSet<&'a str>,
    /// Calls that were read again: their states at the time of the call are replaced.
    pub read_again: &'a HashSet<&'a str>,
    /// The run's now in microseconds, which is `observed_at` of what it saw.
    pub now_us: i64,
    /// The day of a call, where it is known.
    pub day_of_call: &'a dyn Fn(&str) -> Option<Date>,
}

/// A deal that was open when it was last seen, and the call that tells more about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenDeal {
    /// The newest call that carries the deal.
    pub call_id: String,
    /// CRM system.
    pub system: String,
    /// Id of the deal.
    pub deal_id: String,
}

/// One row by its key and its place.
#[derive(Clone, Copy)]
struct Entry<'a> {
    system: &'a str,
    deal_id: &'a str,
    timing: &'a str,
    observed_us: i64,
    call_id: &'a str,
    place: (usize, usize),
}

struct Columns<'a> {
    system: &'a StringArray,
    deal_id: &'a StringArray,
    timing: &'a StringArray,
    observed: &'a TimestampMicrosecondArray,
    call_id: &'a StringArray,
    source: &'a StringArray,
    outcome: &'a StringArray,
    fields: &'a MapArray,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Columns<'a>, ArrowError> {
        let typed = |name: &str| {
            let column = batch.column_by_name(name);
            column.ok_or_else(|| ArrowError::SchemaError(format!("column `{name}` is missing")))
        };
        let wrong =
            |name: &str| ArrowError::SchemaError(format!("column `{name}` has another type"));
        Ok(Columns {
            system: text_column(batch, "system")?,
            deal_id: text_column(batch, "deal_id")?,
            timing: text_column(batch, "timing")?,
            observed: typed("observed_at")?
                .as_any()
                .downcast_ref()
                .ok_or_else(|| wrong("observed_at"))?,
            call_id: text_column(batch, "call_id")?,
            source: text_column(batch, "source")?,
            outcome: text_column(batch, "outcome")?,
            fields: typed("fields")?
                .as_any()
                .downcast_ref()
                .ok_or_else(|| wrong("fields"))?,
        })
    }

    fn entry(&self, batch: usize, row: usize) -> Entry<'a> {
        Entry {
            system: self.system.value(row),
            deal_id: self.deal_id.value(row),
            timing: self.timing.value(row),
            observed_us: self.observed.value(row),
            call_id: self.call_id.value(row),
            place: (batch, row),
        }
    }
}

impl Entry<'_> {
    fn key_order(&self, other: &Entry<'_>) -> Ordering {
        self.system
            .cmp(other.system)
            .then_with(|| self.deal_id.cmp(other.deal_id))
            .then_with(|| self.timing.cmp(other.timing))
            .then_with(|| self.observed_us.cmp(&other.observed_us))
            .then_with(|| compare_ids(self.call_id, other.call_id))
    }
}

/// The history after a change.
///
/// Every state at the time of a call stays. Of the states that one run saw as of now, the one of the deal's newest call
/// stands for all, and only if it differs from what an earlier run saw. The outcome does not depend on the order in
/// which calls come, nor on how they are spread over several changes with the same now.
///
/// # Errors
///
/// Batches do not have the columns of the table.
pub fn merge_history(
    stored: Vec<RecordBatch>,
    new: Vec<RecordBatch>,
    change: &HistoryChange<'_>,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let schema = DealHistoryRow::schema();
    let kept = stored.len();
    let batches: Vec<RecordBatch> = stored
        .into_iter()
        .chain(new)
        .map(|batch| conform(&schema, &batch))
        .collect::<Result<_, _>>()?;
    let columns: Vec<Columns<'_>> = batches.iter().map(Columns::of).collect::<Result<_, _>>()?;
    let mut history: BTreeMap<(&str, &str), Vec<Entry<'_>>> = BTreeMap::new();
    for (number, of_batch) in columns.iter().enumerate() {
        for row in 0..of_batch.system.len() {
            let entry = of_batch.entry(number, row);
            let replaced = number < kept
                && entry.timing == TIME_OF_CALL
                && change.read_again.contains(entry.call_id);
            if !replaced && !change.gone.contains(entry.call_id) {
                history
                    .entry((entry.system, entry.deal_id))
                    .or_default()
                    .push(entry);
            }
        }
    }
    let mut places: Vec<Entry<'_>> = Vec::new();
    for entries in history.into_values() {
        places.extend(states_to_keep(entries, &columns, change));
    }
    places.sort_by(Entry::key_order);
    places.dedup_by(|later, earlier| later.key_order(earlier) == Ordering::Equal);
    let sources: Vec<&RecordBatch> = batches.iter().collect();
    places
        .chunks(ROWS_PER_BATCH)
        .map(|chunk| {
            let places: Vec<(usize, usize)> = chunk.iter().map(|entry| entry.place).collect();
            interleave_record_batch(&sources, &places)
        })
        .collect()
}

fn states_to_keep<'a>(
    entries: Vec<Entry<'a>>,
    columns: &[Columns<'_>],
    change: &HistoryChange<'_>,
) -> Vec<Entry<'a>> {
    let is_import =
        |entry: &Entry<'_>| columns[entry.place.0].source.value(entry.place.1) == "import";
    let (seen_now, mut keep): (Vec<Entry<'a>>, Vec<Entry<'a>>) =
        entries.into_iter().partition(|entry| {
            entry.timing == NOW && entry.observed_us == change.now_us && !is_import(entry)
        });
    let newest = seen_now.into_iter().max_by(|a, b| {
        let day = |entry: &Entry<'_>| (change.day_of_call)(entry.call_id);
        day(a)
            .cmp(&day(b))
            .then_with(|| compare_ids(a.call_id, b.call_id))
    });
    let Some(newest) = newest else {
        return keep;
    };
    let earlier = keep
        .iter()
        .filter(|entry| {
            entry.timing == NOW && entry.observed_us < change.now_us && !is_import(entry)
        })
        .max_by(|a, b| a.key_order(b));
    let fields = |entry: &Entry<'_>| -> ArrayRef {
        columns[entry.place.0]
            .fields
            .value(entry.place.1)
            .into_array()
    };
    let is_news = earlier.is_none_or(|earlier| *fields(earlier) != *fields(&newest));
    if is_news {
        keep.push(newest);
    }
    keep
}

/// A struct array behind the common pointer, so that two can be compared.
trait IntoArray {
    fn into_array(self) -> ArrayRef;
}

impl IntoArray for arrow::array::StructArray {
    fn into_array(self) -> ArrayRef {
        std::sync::Arc::new(self)
    }
}

/// Deals to read again: not known to be closed, last called about within a year, and not seen by this run. Ordered, and
/// each with its newest call.
///
/// # Errors
///
/// Batches do not have the columns of the table.
pub fn deals_to_refresh(
    history: &[RecordBatch],
    seen: &BTreeSet<(String, String)>,
    now_us: i64,
    today: Date,
    day_of_call: &dyn Fn(&str) -> Option<Date>,
) -> Result<Vec<OpenDeal>, ArrowError> {
    let columns: Vec<Columns<'_>> = history.iter().map(Columns::of).collect::<Result<_, _>>()?;
    let mut deals: BTreeMap<(&str, &str), Vec<Entry<'_>>> = BTreeMap::new();
    for (number, of_batch) in columns.iter().enumerate() {
        for row in 0..of_batch.system.len() {
            let entry = of_batch.entry(number, row);
            deals
                .entry((entry.system, entry.deal_id))
                .or_default()
                .push(entry);
        }
    }
    let mut open = Vec::new();
    for ((system, deal_id), states) in deals {
        // A run that was killed and goes on with the same now has stored what it saw.
        let is_seen = states
            .iter()
            .any(|state| state.timing == NOW && state.observed_us == now_us)
            || seen.contains(&(system.to_owned(), deal_id.to_owned()));
        if is_seen || is_closed(&states, &columns) {
            continue;
        }
        let newest = states
            .iter()
            .filter(|entry| !entry.call_id.is_empty())
            .filter_map(|entry| Some((day_of_call(entry.call_id)?, entry)))
            .max_by(|(day, a), (other_day, b)| {
                day.cmp(other_day)
                    .then_with(|| compare_ids(a.call_id, b.call_id))
            });
        if let Some((day, entry)) = newest
            && day_number(today) - day_number(day) <= REFRESH_DAYS
        {
            open.push(OpenDeal {
                call_id: entry.call_id.to_owned(),
                system: system.to_owned(),
                deal_id: deal_id.to_owned(),
            });
        }
    }
    open.sort();
    Ok(open)
}

/// What was seen last tells: the latest state as of now, else the latest at the time of a call.
fn is_closed(states: &[Entry<'_>], columns: &[Columns<'_>]) -> bool {
    let last = states.iter().max_by(|a, b| {
        (a.timing == NOW)
            .cmp(&(b.timing == NOW))
            .then_with(|| a.observed_us.cmp(&b.observed_us))
    });
    last.is_some_and(|entry| {
        let outcome = columns[entry.place.0].outcome;
        outcome.is_valid(entry.place.1) && matches!(outcome.value(entry.place.1), "won" | "lost")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use talktrack_analyzers::table::{FieldMap, TimestampUs};

    const RUN: i64 = 1_000;

    fn state(
        deal: &str,
        timing: &str,
        observed_us: i64,
        call: &str,
        stage: &str,
    ) -> DealHistoryRow {
        DealHistoryRow {
            system: "Salesforce".to_owned(),
            deal_id: deal.to_owned(),
            timing: timing.to_owned(),
            observed_at: TimestampUs(observed_us),
            call_id: call.to_owned(),
            source: "call".to_owned(),
            name: None,
            stage: Some(stage.to_owned()),
            amount: None,
            currency: None,
            close_date: None,
            owner: None,
            outcome: Some(if stage == "Won" { "won" } else { "open" }.to_owned()),
            account_id: None,
            fields: FieldMap(vec![("StageName".to_owned(), stage.to_owned())]),
        }
    }

    fn days(call_id: &str) -> Option<Date> {
        Some(date(2026, 3, call_id.parse().ok()?))
    }

    fn merged(
        stored: &[DealHistoryRow],
        new: &[DealHistoryRow],
        gone: &[&str],
        now_us: i64,
    ) -> Vec<DealHistoryRow> {
        let read_again: HashSet<&str> = new.iter().map(|row| row.call_id.as_str()).collect();
        let change = HistoryChange {
            gone: &gone.iter().copied().collect(),
            read_again: &read_again,
            now_us,
            day_of_call: &days,
        };
        let batches = merge_history(
            vec![DealHistoryRow::to_batch(stored)],
            vec![DealHistoryRow::to_batch(new)],
            &change,
        );
        let batches = batches.expect("columns of the table");
        batches
            .iter()
            .flat_map(|batch| DealHistoryRow::from_batch(batch).expect("rows"))
            .collect()
    }

    #[test]
    fn the_newest_call_speaks_for_now_whatever_the_order() {
        let calls = [
            state("D", NOW, RUN, "1", "Demo"),
            state("D", TIME_OF_CALL, 10, "1", "Intro"),
            state("D", NOW, RUN, "2", "Won"),
            state("D", TIME_OF_CALL, 20, "2", "Demo"),
        ];
        let at_once = merged(&[], &calls, &[], RUN);
        let forward = merged(&merged(&[], &calls[..2], &[], RUN), &calls[2..], &[], RUN);
        let backward = merged(&merged(&[], &calls[2..], &[], RUN), &calls[..2], &[], RUN);
        assert_eq!(
            at_once,
            [calls[2].clone(), calls[1].clone(), calls[3].clone()]
        );
        assert_eq!(forward, at_once);
        assert_eq!(backward, at_once);
    }

    #[test]
    fn a_now_that_says_nothing_new_is_not_stored() {
        let first = merged(&[], &[state("D", NOW, RUN, "1", "Demo")], &[], RUN);
        let same = merged(
            &first,
            &[state("D", NOW, RUN + 5, "2", "Demo")],
            &[],
            RUN + 5,
        );
        assert_eq!(same, first);
        let other = merged(
            &first,
            &[state("D", NOW, RUN + 5, "2", "Won")],
            &[],
            RUN + 5,
        );
        assert_eq!(other.len(), 2);
    }

    #[test]
    fn a_call_that_leaves_takes_its_states_along() {
        let rows = [
            state("D", TIME_OF_CALL, 10, "1", "Demo"),
            state("D", TIME_OF_CALL, 20, "2", "Demo"),
        ];
        assert_eq!(merged(&rows, &[], &["2"], RUN), rows[..1]);
    }

    #[test]
    fn a_call_read_again_replaces_its_state_at_the_time() {
        let moved = state("D", TIME_OF_CALL, 30, "1", "Demo");
        let moved = std::slice::from_ref(&moved);
        assert_eq!(
            merged(
                &[state("D", TIME_OF_CALL, 10, "1", "Demo")],
                moved,
                &[],
                RUN
            ),
            moved
        );
    }

    #[test]
    fn open_deals_are_asked_for_by_their_newest_call() {
        let rows = [
            state("A", NOW, RUN, "1", "Demo"),
            state("A", TIME_OF_CALL, 20, "3", "Demo"),
            state("B", NOW, RUN, "2", "Won"),
            state("C", TIME_OF_CALL, 20, "4", "Demo"),
        ];
        let history = [DealHistoryRow::to_batch(&rows)];
        let seen = BTreeSet::from([("Salesforce".to_owned(), "C".to_owned())]);
        let open =
            deals_to_refresh(&history, &seen, RUN + 1, date(2026, 4, 1), &days).expect("columns");
        assert_eq!(
            open,
            [OpenDeal {
                call_id: "3".to_owned(),
                system: "Salesforce".to_owned(),
                deal_id: "A".to_owned()
            }]
        );
        let late =
            deals_to_refresh(&history, &seen, RUN + 1, date(2027, 4, 1), &days).expect("columns");
        assert!(late.is_empty());
    }
}
