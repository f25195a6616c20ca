//! Puts whole calls into an ordered partition, call by call and without touching single rows.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::row::{RowConverter, Rows, SortField};
use talktrack_analyzers::table::TableInfo;

use super::error::Error;
use super::reader::conform;
use super::writer::call_ids;

/// Ids as strings in the order of their numbers: by length, then by bytes.
pub fn compare_ids(a: &str, b: &str) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// An ordered partition with whole calls put into it.
///
/// * `existing`: the rows of the partition, ordered.
/// * `new`: whole calls. Each call that occurs here replaces the call of that id, and a later batch wins over an
///   earlier one; within a batch the rows of a call may come in any order and anywhere.
/// * `dropped`: ids of calls that leave `existing`; name here the calls that were read again and now have no rows.
///
/// The answer has at least one batch, if only an empty one.
///
/// # Errors
///
/// The batches do not have the declared columns, or the table has no `call_id`.
#[expect(
    clippy::implicit_hasher,
    reason = "every caller uses the standard hasher"
)]
pub fn merge_calls(
    table: &TableInfo,
    schema: &SchemaRef,
    existing: &[RecordBatch],
    new: &[RecordBatch],
    dropped: &HashSet<String>,
) -> Result<Vec<RecordBatch>, Error> {
    let fit = |batch: &RecordBatch| conform(table.name, batch, schema);
    let mut batches: Vec<RecordBatch> = existing.iter().map(fit).collect::<Result<_, _>>()?;
    let first_new = batches.len();
    for batch in new {
        batches.push(sort_unique(table, &fit(batch)?)?);
    }
    let runs = call_runs(table, &batches)?;
    let incoming = newest_by_call(&batches, &runs, first_new);
    let mut output = Output::new(&batches);
    let mut kept = runs
        .iter()
        .filter(|run| run.batch < first_new)
        .filter(|run| {
            let id = run.id(&batches);
            !dropped.contains(id) && !incoming.contains_key(&Id(id))
        })
        .peekable();
    for (Id(id), run) in &incoming {
        while let Some(before) = kept.next_if(|k| compare_ids(k.id(&batches), id).is_lt()) {
            output.push(before);
        }
        output.push(run);
    }
    kept.for_each(|run| output.push(run));
    Ok(output.finish(schema))
}

/// Rows in the order of the table's key (`call_id` by length, then bytes), each key once: the last row wins.
///
/// # Errors
///
/// A key column is missing or has a type that cannot be ordered.
pub fn sort_unique(table: &TableInfo, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let keys = key_rows(table, batch)?;
    let ascending = (1..batch.num_rows()).all(|row| keys.row(row - 1) < keys.row(row));
    if ascending {
        return Ok(batch.clone());
    }
    let mut order: Vec<u32> = (0..batch.num_rows() as u32).collect();
    order.sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
    // The sort is stable, so the last of equal keys is the last that came.
    let last_of_each: Vec<u32> = order
        .iter()
        .enumerate()
        .filter(|(at, row)| {
            order
                .get(at + 1)
                .is_none_or(|next| keys.row(**row as usize) != keys.row(*next as usize))
        })
        .map(|(_, row)| *row)
        .collect();
    take_record_batch(batch, &UInt32Array::from(last_of_each))
        .map_err(|error| Error::rows(table.name, error))
}

/// All batches as one, in the order of the table's key, each key once.
///
/// # Errors
///
/// As [`sort_unique`]; also when the batches do not have the declared columns.
pub fn sort_unique_all(
    table: &TableInfo,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<RecordBatch, Error> {
    let fitted: Vec<RecordBatch> = batches
        .iter()
        .map(|batch| conform(table.name, batch, schema))
        .collect::<Result<_, _>>()?;
    let whole = concat_batches(schema, &fitted).map_err(|error| Error::rows(table.name, error))?;
    sort_unique(table, &whole)
}

fn key_rows(table: &TableInfo, batch: &RecordBatch) -> Result<Rows, Error> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(table.key.len() + 1);
    for name in table.key {
        let column = batch
            .column_by_name(name)
            .ok_or_else(|| Error::rows(table.name, format!("key column `{name}` is missing")))?;
        if *name == "call_id" {
            columns.push(lengths(column));
        }
        columns.push(column.clone());
    }
    let fields = columns
        .iter()
        .map(|column| SortField::new(column.data_type().clone()))
        .collect();
    RowConverter::new(fields)
        .and_then(|converter| converter.convert_columns(&columns))
        .map_err(|error| Error::rows(table.name, error))
}

fn lengths(ids: &ArrayRef) -> ArrayRef {
    let lengths = ids.as_any().downcast_ref::<StringArray>().map_or_else(
        || Int32Array::from(vec![0; ids.len()]),
        |ids| {
            ids.iter()
                .map(|id| Some(id.map_or(0, str::len) as i32))
                .collect()
        },
    );
    Arc::new(lengths)
}

/// The rows of one call that stand together in one batch.
#[derive(Debug, Clone, Copy)]
struct Run {
    batch: usize,
    start: usize,
    end: usize,
}

impl Run {
    fn id(self, batches: &[RecordBatch]) -> &str {
        call_ids(&batches[self.batch]).map_or("", |ids| ids.value(self.start))
    }
}

fn call_runs(table: &TableInfo, batches: &[RecordBatch]) -> Result<Vec<Run>, Error> {
    let mut runs = Vec::new();
    for (batch, rows) in batches.iter().enumerate() {
        let ids = call_ids(rows)
            .ok_or_else(|| Error::rows(table.name, "the first column is not `call_id`"))?;
        let mut start = 0;
        for end in 1..=ids.len() {
            if end == ids.len() || ids.value(end) != ids.value(start) {
                runs.push(Run { batch, start, end });
                start = end;
            }
        }
    }
    Ok(runs)
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Id<'a>(&'a str);

impl Ord for Id<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_ids(self.0, other.0)
    }
}

impl PartialOrd for Id<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The run of each new call; sorted batches hold a call once, so only a later batch can bring it again.
fn newest_by_call<'a>(
    batches: &'a [RecordBatch],
    runs: &[Run],
    first_new: usize,
) -> BTreeMap<Id<'a>, Run> {
    runs.iter()
        .filter(|run| run.batch >= first_new)
        .map(|run| (Id(run.id(batches)), *run))
        .collect()
}

/// Collects runs as slices; runs that touch become one slice.
struct Output<'a> {
    batches: &'a [RecordBatch],
    runs: Vec<Run>,
}

impl<'a> Output<'a> {
    fn new(batches: &'a [RecordBatch]) -> Output<'a> {
        Output {
            batches,
            runs: Vec::new(),
        }
    }

    fn push(&mut self, run: &Run) {
        match self.runs.last_mut() {
            Some(last) if last.batch == run.batch && last.end == run.start => last.end = run.end,
            _ => self.runs.push(*run),
        }
    }

    fn finish(self, schema: &SchemaRef) -> Vec<RecordBatch> {
        if self.runs.is_empty() {
            return vec![RecordBatch::new_empty(schema.clone())];
        }
        self.runs
            .iter()
            .map(|run| self.batches[run.batch].slice(run.start, run.end - run.start))
            .collect()
    }
}
