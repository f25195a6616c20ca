//! The history of deals: what is added to it, and which deals are read again although nobody calls any more.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, MapArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::Schema;
use jiff::civil::Date;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::DealHistoryRow;

use crate::ingest::window::day_number;
use crate::lake::merge::{Groups, compare_ids};
use crate::lake::rows::text;
use crate::lake::{Error, RowIter};

/// `timing` of a state that held when it was read.
pub const NOW: &str = "now";
/// `timing` of a state that held when the call began.
pub const TIME_OF_CALL: &str = "time_of_call";
/// Columns of the table's key that name a deal.
const DEAL_COLUMNS: usize = 2;
/// Days after its last call for which an open deal is still read again.
const REFRESH_DAYS: i64 = 365;

/// What a merge into the history needs to know beside the rows.
pub struct HistoryChange {
    /// Calls whose rows leave the lake altogether.
    pub gone: HashSet<String>,
    /// Calls that were read again: their states at the time of the call are replaced.
    pub read_again: HashSet<String>,
    /// The run's now in microseconds, which is `observed_at` of what it saw.
    pub now_us: i64,
    /// The day of a call, where it is known.
    pub day_of_call: DayOfCall,
}

/// Finds the day of a call, where it is known.
pub type DayOfCall = Box<dyn Fn(&str) -> Option<Date> + Send + Sync>;

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
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Columns<'a>, Error> {
        Ok(Columns {
            system: text(batch, "system")?,
            deal_id: text(batch, "deal_id")?,
            timing: text(batch, "timing")?,
            observed: typed(batch, "observed_at")?,
            call_id: text(batch, "call_id")?,
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

fn typed<'a, A: 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a A, Error> {
    let column = batch.column_by_name(name);
    column
        .and_then(|column| column.as_any().downcast_ref())
        .ok_or_else(|| {
            let reason = format!("column `{name}` is missing or of another type");
            Error::rows(DealHistoryRow::table().name, reason)
        })
}

/// All rows of some batches.
fn entries<'a>(columns: &[Columns<'a>]) -> impl Iterator<Item = Entry<'a>> {
    columns.iter().enumerate().flat_map(|(number, columns)| {
        (0..columns.system.len()).map(move |row| columns.entry(number, row))
    })
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

/// The history after a change, deal by deal: stored rows and new ones are ordered and come batch by batch.
///
/// Every state at the time of a call stays. Of the states that one run saw as of now, the one of the deal's newest call
/// stands for all, and only if it differs from what an earlier run saw. The outcome does not depend on the order in
/// which calls come, nor on how they are spread over several changes with the same now.
///
/// # Errors
///
/// Batches do not have the columns of the table.
pub fn merge_history(
    stored: Option<RowIter>,
    new: Vec<RowIter>,
    change: Arc<HistoryChange>,
) -> Result<RowIter, Error> {
    let first_new = usize::from(stored.is_some());
    let sources = stored.into_iter().chain(new).collect();
    let mut deals = Groups::new(
        &DealHistoryRow::table(),
        &DealHistoryRow::schema(),
        DEAL_COLUMNS,
        sources,
    )?;
    Ok(Box::new(std::iter::from_fn(move || {
        let deal = deals.next_group().transpose()?;
        Some(deal.and_then(|deal| history_of_deal(&deal, first_new, &change)))
    })))
}

/// What stays of one deal. Rows come with the number of their source, of which those before `first_new` are stored.
fn history_of_deal(
    deal: &[(usize, RecordBatch)],
    first_new: usize,
    change: &HistoryChange,
) -> Result<RecordBatch, Error> {
    let batches: Vec<&RecordBatch> = deal.iter().map(|(_, batch)| batch).collect();
    let columns: Vec<Columns<'_>> = batches
        .iter()
        .map(|batch| Columns::of(batch))
        .collect::<Result<_, _>>()?;
    let kept = entries(&columns).filter(|entry| {
        let is_stored = deal[entry.place.0].0 < first_new;
        let is_replaced =
            is_stored && entry.timing == TIME_OF_CALL && change.read_again.contains(entry.call_id);
        !is_replaced && !change.gone.contains(entry.call_id)
    });
    let mut states = states_to_keep(kept.collect(), &batches, change)?;
    states.sort_by(Entry::key_order);
    // The sort is stable, so the last of equal keys is the last that came.
    states.reverse();
    states.dedup_by(|earlier, later| earlier.key_order(later) == Ordering::Equal);
    states.reverse();
    let places: Vec<(usize, usize)> = states.iter().map(|entry| entry.place).collect();
    interleave_record_batch(&batches, &places)
        .map_err(|error| Error::rows(DealHistoryRow::table().name, error))
}

fn states_to_keep<'a>(
    entries: Vec<Entry<'a>>,
    batches: &[&RecordBatch],
    change: &HistoryChange,
) -> Result<Vec<Entry<'a>>, Error> {
    let mut sources: Vec<&StringArray> = Vec::with_capacity(batches.len());
    let mut fields: Vec<&MapArray> = Vec::with_capacity(batches.len());
    for batch in batches {
        sources.push(text(batch, "source")?);
        fields.push(typed(batch, "fields")?);
    }
    let is_import = |entry: &Entry<'_>| sources[entry.place.0].value(entry.place.1) == "import";
    let fields = |entry: &Entry<'_>| fields[entry.place.0].value(entry.place.1).into_array();
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
        return Ok(keep);
    };
    let earlier = keep
        .iter()
        .filter(|entry| {
            entry.timing == NOW && entry.observed_us < change.now_us && !is_import(entry)
        })
        .max_by(|a, b| a.key_order(b));
    let is_news = earlier.is_none_or(|earlier| *fields(earlier) != *fields(&newest));
    if is_news {
        keep.push(newest);
    }
    Ok(keep)
}

/// A struct array behind the common pointer, so that two can be compared.
trait IntoArray {
    fn into_array(self) -> ArrayRef;
}

impl IntoArray for arrow::array::StructArray {
    fn into_array(self) -> ArrayRef {
        Arc::new(self)
    }
}

/// The columns that [`deals_to_refresh`] needs.
pub const REFRESH_COLUMNS: &[&str] = &[
    "system",
    "deal_id",
    "timing",
    "observed_at",
    "call_id",
    "outcome",
];

/// Deals to read again: not known to be closed, last called about within a year, and not seen by this run. Ordered, and
/// each with its newest call. The history comes ordered and batch by batch.
///
/// # Errors
///
/// Batches do not have the columns of the table.
pub fn deals_to_refresh(
    history: RowIter,
    seen: &BTreeSet<(String, String)>,
    now_us: i64,
    today: Date,
    day_of_call: &dyn Fn(&str) -> Option<Date>,
) -> Result<Vec<OpenDeal>, Error> {
    let table = DealHistoryRow::table();
    let whole = DealHistoryRow::schema();
    let needed = whole
        .fields()
        .iter()
        .filter(|field| REFRESH_COLUMNS.contains(&field.name().as_str()));
    let schema = Arc::new(Schema::new(needed.cloned().collect::<Vec<_>>()));
    let mut deals = Groups::new(&table, &schema, DEAL_COLUMNS, vec![history])?;
    let mut open = Vec::new();
    while let Some(deal) = deals.next_group()? {
        let batches: Vec<RecordBatch> = deal.into_iter().map(|(_, batch)| batch).collect();
        let columns: Vec<Columns<'_>> =
            batches.iter().map(Columns::of).collect::<Result<_, _>>()?;
        let states: Vec<Entry<'_>> = entries(&columns).collect();
        let Some(first) = states.first() else {
            continue;
        };
        // A run that was killed and goes on with the same now has stored what it saw.
        let is_seen = states
            .iter()
            .any(|state| state.timing == NOW && state.observed_us == now_us)
            || seen.contains(&(first.system.to_owned(), first.deal_id.to_owned()));
        if is_seen || is_closed(&states, &batches)? {
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
                system: entry.system.to_owned(),
                deal_id: entry.deal_id.to_owned(),
            });
        }
    }
    open.sort();
    Ok(open)
}

/// What was seen last tells: the latest state as of now, else the latest at the time of a call.
fn is_closed(states: &[Entry<'_>], batches: &[RecordBatch]) -> Result<bool, Error> {
    let last = states.iter().max_by(|a, b| {
        (a.timing == NOW)
            .cmp(&(b.timing == NOW))
            .then_with(|| a.observed_us.cmp(&b.observed_us))
    });
    let Some(last) = last else {
        return Ok(false);
    };
    let outcome: &StringArray = text(&batches[last.place.0], "outcome")?;
    Ok(outcome.is_valid(last.place.1) && matches!(outcome.value(last.place.1), "won" | "lost"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::merge::newest_places;
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

    /// Rows in the order of the table, a row a batch.
    fn rows(rows: &[DealHistoryRow]) -> RowIter {
        let table = DealHistoryRow::table();
        let whole = DealHistoryRow::to_batch(rows);
        let places = newest_places(&table, std::slice::from_ref(&whole)).expect("keys");
        let ordered = places
            .into_iter()
            .map(move |(_, row)| Ok(whole.slice(row, 1)));
        Box::new(ordered)
    }

    fn merged(
        stored: &[DealHistoryRow],
        new: &[DealHistoryRow],
        gone: &[&str],
        now_us: i64,
    ) -> Vec<DealHistoryRow> {
        let change = HistoryChange {
            gone: gone.iter().map(|id| (*id).to_owned()).collect(),
            read_again: new.iter().map(|row| row.call_id.clone()).collect(),
            now_us,
            day_of_call: Box::new(days),
        };
        let history = merge_history(Some(rows(stored)), vec![rows(new)], Arc::new(change));
        let batches: Vec<RecordBatch> = history
            .and_then(Iterator::collect)
            .expect("columns of the table");
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
        let states = [
            state("A", NOW, RUN, "1", "Demo"),
            state("A", TIME_OF_CALL, 20, "3", "Demo"),
            state("B", NOW, RUN, "2", "Won"),
            state("C", TIME_OF_CALL, 20, "4", "Demo"),
        ];
        let seen = BTreeSet::from([("Salesforce".to_owned(), "C".to_owned())]);
        let open = deals_to_refresh(rows(&states), &seen, RUN + 1, date(2026, 4, 1), &days)
            .expect("columns");
        assert_eq!(
            open,
            [OpenDeal {
                call_id: "3".to_owned(),
                system: "Salesforce".to_owned(),
                deal_id: "A".to_owned()
            }]
        );
        let late = deals_to_refresh(rows(&states), &seen, RUN + 1, date(2027, 4, 1), &days)
            .expect("columns");
        assert!(late.is_empty());
    }
}
