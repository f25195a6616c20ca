//! Puts whole calls into an ordered partition, call by call and without touching single rows.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::row::{Row, RowConverter, Rows, SortField};
use talktrack_analyzers::table::TableInfo;

use super::error::Error;
use super::reader::conform;
use super::rows::{RowIter, without_calls};

/// Ids as strings in the order of their numbers: by length, then by bytes.
pub fn compare_ids(a: &str, b: &str) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// An ordered partition with whole calls put into it, in memory.
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
    let existing = in_memory(existing.to_vec());
    let mut sources = vec![without_calls(existing, Arc::new(dropped.clone()))];
    for batch in new {
        let sorted = sort_unique(table, &conform(table.name, batch, schema)?)?;
        sources.push(in_memory(vec![sorted]));
    }
    let merged: Vec<RecordBatch> =
        Merged::new(table, schema, sources)?.collect::<Result<_, _>>()?;
    if merged.is_empty() {
        return Ok(vec![RecordBatch::new_empty(schema.clone())]);
    }
    Ok(merged)
}

/// Batches that are there as rows that come.
pub(crate) fn in_memory(batches: Vec<RecordBatch>) -> RowIter {
    Box::new(batches.into_iter().map(Ok))
}

/// How many of the table's key columns name what is replaced whole: all rows of a call, of a record that could not be
/// decoded, or else a single row.
pub(crate) fn unit_columns(table: &TableInfo) -> usize {
    match (table.name, table.key.first()) {
        (_, Some(&"call_id")) => 1,
        ("rejects", _) => 2,
        _ => table.key.len(),
    }
}

/// Rows by the first columns of a table's key, as values that compare as the rows do: `call_id` by length, then bytes.
pub(crate) struct KeyOrder {
    table: &'static str,
    columns: &'static [&'static str],
    converter: RowConverter,
}

impl KeyOrder {
    /// The order by the first `columns` columns of the key.
    pub(crate) fn new(table: &TableInfo, columns: usize) -> Result<KeyOrder, Error> {
        let names = &table.key[..columns.min(table.key.len())];
        let mut fields = Vec::with_capacity(names.len() + 1);
        for name in names {
            let column = table.columns.iter().find(|column| column.name == *name);
            let column = column.ok_or_else(|| no_key_column(table.name, name))?;
            if *name == "call_id" {
                fields.push(SortField::new(DataType::Int32));
            }
            fields.push(SortField::new(column.data_type.clone()));
        }
        let converter =
            RowConverter::new(fields).map_err(|error| Error::rows(table.name, error))?;
        Ok(KeyOrder {
            table: table.name,
            columns: names,
            converter,
        })
    }

    /// The keys of all rows of a batch.
    pub(crate) fn keys(&self, batch: &RecordBatch) -> Result<Rows, Error> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 1);
        for name in self.columns {
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| no_key_column(self.table, name))?;
            if *name == "call_id" {
                columns.push(lengths(column));
            }
            columns.push(column.clone());
        }
        self.converter
            .convert_columns(&columns)
            .map_err(|error| Error::rows(self.table, error))
    }
}

fn no_key_column(table: &str, name: &str) -> Error {
    Error::rows(table, format!("key column `{name}` is missing"))
}

/// Several ordered sources as one. What occurs in several of them, such as a call, is taken whole from the last.
///
/// At any time one batch of each source is held.
pub(crate) struct Merged {
    order: KeyOrder,
    schema: SchemaRef,
    sources: Vec<Source>,
    is_over: bool,
}

struct Source {
    rows: RowIter,
    front: Option<Front>,
}

/// The batch of a source that is being read, and how far.
struct Front {
    batch: RecordBatch,
    keys: Rows,
    at: usize,
}

impl Front {
    fn key(&self) -> Row<'_> {
        self.keys.row(self.at)
    }

    /// The first row from here on that stands at or behind a key.
    fn first_from(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (self.at, self.batch.num_rows());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.keys.row(middle).data() < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl Merged {
    /// Merges sources, of which a later one wins.
    pub(crate) fn new(
        table: &TableInfo,
        schema: &SchemaRef,
        sources: Vec<RowIter>,
    ) -> Result<Merged, Error> {
        let order = KeyOrder::new(table, unit_columns(table))?;
        let (schema, sources) = (schema.clone(), opened(sources, &order, schema)?);
        Ok(Merged {
            order,
            schema,
            sources,
            is_over: false,
        })
    }

    fn take(&mut self) -> Result<Option<RecordBatch>, Error> {
        let Some((winner, key)) = first(&self.sources) else {
            return Ok(None);
        };
        for source in &mut self.sources[..winner] {
            source.skip(&key, &self.order, &self.schema)?;
        }
        let others = self.sources.iter().enumerate();
        let bound = others
            .filter(|(number, _)| *number != winner)
            .filter_map(|(_, source)| source.front.as_ref())
            .map(|front| front.key().data())
            .min()
            .map(<[u8]>::to_vec);
        let source = &mut self.sources[winner];
        let Some(front) = source.front.as_mut() else {
            return Ok(None);
        };
        let end = bound.map_or(front.batch.num_rows(), |bound| front.first_from(&bound));
        let taken = front.batch.slice(front.at, end - front.at);
        front.at = end;
        if end == front.batch.num_rows() {
            source.load(&self.order, &self.schema)?;
        }
        Ok(Some(taken))
    }
}

/// The lowest key, and the last source that stands at it.
fn first(sources: &[Source]) -> Option<(usize, Vec<u8>)> {
    let mut first: Option<(usize, &[u8])> = None;
    for (number, source) in sources.iter().enumerate() {
        let Some(front) = &source.front else { continue };
        let key = front.keys.row(front.at).data();
        if first.is_none_or(|(_, lowest)| key <= lowest) {
            first = Some((number, key));
        }
    }
    first.map(|(number, key)| (number, key.to_vec()))
}

/// Sources at their first rows.
fn opened(
    sources: Vec<RowIter>,
    order: &KeyOrder,
    schema: &SchemaRef,
) -> Result<Vec<Source>, Error> {
    let mut opened = Vec::with_capacity(sources.len());
    for rows in sources {
        let mut source = Source { rows, front: None };
        source.load(order, schema)?;
        opened.push(source);
    }
    Ok(opened)
}

impl Source {
    /// Goes on to the next batch that has rows.
    fn load(&mut self, order: &KeyOrder, schema: &SchemaRef) -> Result<(), Error> {
        self.front = None;
        for batch in self.rows.by_ref() {
            let batch = conform(order.table, &batch?, schema)?;
            if batch.num_rows() > 0 {
                let keys = order.keys(&batch)?;
                self.front = Some(Front { batch, keys, at: 0 });
                break;
            }
        }
        Ok(())
    }

    /// Passes over the rows with this key, which stand at the front if anywhere.
    fn skip(&mut self, key: &[u8], order: &KeyOrder, schema: &SchemaRef) -> Result<(), Error> {
        while self.take_rows(key, order, schema)?.is_some() {}
        Ok(())
    }

    /// The rows with this key at the front of the batch; there may be more in the next batch.
    fn take_rows(
        &mut self,
        key: &[u8],
        order: &KeyOrder,
        schema: &SchemaRef,
    ) -> Result<Option<RecordBatch>, Error> {
        let Some(front) = &mut self.front else {
            return Ok(None);
        };
        let start = front.at;
        while front.at < front.batch.num_rows() && front.key().data() == key {
            front.at += 1;
        }
        let taken = front.batch.slice(start, front.at - start);
        if front.at == front.batch.num_rows() {
            self.load(order, schema)?;
        }
        Ok((taken.num_rows() > 0).then_some(taken))
    }
}

impl Iterator for Merged {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let taken = self.take().transpose();
        self.is_over = !matches!(taken, Some(Ok(_)));
        taken
    }
}

/// Rows in the order of the table's key (`call_id` by length, then bytes), each key once: the last row wins.
///
/// # Errors
///
/// A key column is missing or has a type that cannot be ordered.
pub fn sort_unique(table: &TableInfo, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let keys = KeyOrder::new(table, table.key.len())?.keys(batch)?;
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

/// Several ordered sources, group by group: all rows of all sources whose first key columns are alike.
pub(crate) struct Groups {
    order: KeyOrder,
    schema: SchemaRef,
    sources: Vec<Source>,
}

impl Groups {
    /// Groups rows by the first `columns` columns of the table's key; `schema` are the columns that are needed.
    pub(crate) fn new(
        table: &TableInfo,
        schema: &SchemaRef,
        columns: usize,
        sources: Vec<RowIter>,
    ) -> Result<Groups, Error> {
        let order = KeyOrder::new(table, columns)?;
        let (schema, sources) = (schema.clone(), opened(sources, &order, schema)?);
        Ok(Groups {
            order,
            schema,
            sources,
        })
    }

    /// The next group: its rows with the number of their source, in the order of the sources.
    pub(crate) fn next_group(&mut self) -> Result<Option<Vec<(usize, RecordBatch)>>, Error> {
        let Some((_, key)) = first(&self.sources) else {
            return Ok(None);
        };
        let mut group = Vec::new();
        for (number, source) in self.sources.iter_mut().enumerate() {
            while let Some(rows) = source.take_rows(&key, &self.order, &self.schema)? {
                group.push((number, rows));
            }
        }
        Ok(Some(group))
    }
}

/// Where the rows of batches are in the order of the table's key: of a unit (such as a call) that occurs in several
/// batches only the rows of the last one, and of rows with the same key the last.
pub(crate) fn newest_places(
    table: &TableInfo,
    batches: &[RecordBatch],
) -> Result<Vec<(usize, usize)>, Error> {
    let whole = KeyOrder::new(table, table.key.len())?;
    let unit = KeyOrder::new(table, unit_columns(table))?;
    let keys: Vec<Rows> = batches
        .iter()
        .map(|batch| whole.keys(batch))
        .collect::<Result<_, _>>()?;
    let units: Vec<Rows> = batches
        .iter()
        .map(|batch| unit.keys(batch))
        .collect::<Result<_, _>>()?;
    let key = |place: &(u32, u32)| keys[place.0 as usize].row(place.1 as usize);
    let unit_of = |place: &(u32, u32)| units[place.0 as usize].row(place.1 as usize);
    let mut places: Vec<(u32, u32)> = Vec::new();
    for (number, batch) in (0_u32..).zip(batches) {
        places.extend((0..batch.num_rows() as u32).map(|row| (number, row)));
    }
    places.sort_by(|a, b| key(a).cmp(&key(b)).then(a.cmp(b)));
    let mut newest = Vec::with_capacity(places.len());
    for rows in places.chunk_by(|a, b| unit_of(a) == unit_of(b)) {
        let last = rows.iter().map(|place| place.0).max();
        let kept: Vec<&(u32, u32)> = rows.iter().filter(|place| Some(place.0) == last).collect();
        for (at, place) in kept.iter().enumerate() {
            if kept.get(at + 1).is_none_or(|next| key(next) != key(place)) {
                newest.push((place.0 as usize, place.1 as usize));
            }
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use arrow::buffer::Buffer;
    use talktrack_analyzers::table::Row as _;
    use talktrack_analyzers::tables::SentenceRow;

    use super::*;
    use crate::lake::writer::{Cut, PartitionWriter};

    /// Batches that were handed out, by one of their buffers: it has another owner for as long as somebody holds them.
    #[derive(Clone, Default)]
    struct Held(Arc<Mutex<Vec<(Buffer, usize)>>>);

    impl Held {
        fn add(&self, batch: &RecordBatch) {
            let data = batch.column(batch.num_columns() - 1).to_data();
            let buffer = data.buffers()[1].clone();
            self.batches().push((buffer, batch.num_rows()));
        }

        fn rows(&self) -> usize {
            let mut batches = self.batches();
            batches.retain(|(buffer, _)| buffer.strong_count() > 1);
            batches.iter().map(|(_, rows)| rows).sum()
        }

        fn batches(&self) -> std::sync::MutexGuard<'_, Vec<(Buffer, usize)>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    fn sentences(calls: std::ops::Range<u32>, of_call: i32, text: &str) -> RecordBatch {
        let rows: Vec<SentenceRow> = calls
            .flat_map(|call| {
                (0..of_call).map(move |index| SentenceRow {
                    call_id: (1_000_000 + call).to_string(),
                    sentence_index: index,
                    monologue_index: 0,
                    speaker_id: None,
                    party_id: None,
                    side: "unknown".to_owned(),
                    topic: None,
                    start_ms: 0,
                    end_ms: 0,
                    text: text.to_owned(),
                })
            })
            .collect();
        SentenceRow::to_batch(&rows)
    }

    /// A source that hands out batches of its own, some rows at a time.
    fn source(whole: RecordBatch, batch: usize, held: &Held) -> RowIter {
        let held = held.clone();
        let starts = (0..whole.num_rows()).step_by(batch);
        Box::new(starts.map(move |start| {
            let end = whole.num_rows().min(start + batch);
            let rows: UInt32Array = (start as u32..end as u32).collect();
            let rows = take_record_batch(&whole, &rows).expect("rows");
            held.add(&rows);
            Ok(rows)
        }))
    }

    #[test]
    fn a_merge_holds_a_batch_of_each_source_and_what_waits_to_be_encoded() {
        const BATCH: usize = 100;
        const CHUNK: usize = 512;
        let held = Held::default();
        let sources = vec![
            source(sentences(0..3_000, 200, "old"), BATCH, &held),
            source(sentences(500..1_500, 200, "new"), BATCH, &held),
            source(sentences(1_000..3_500, 150, "newer"), BATCH, &held),
        ];
        let (table, schema) = (SentenceRow::table(), SentenceRow::schema());
        let cut = Cut {
            chunk_rows: CHUNK,
            ..Cut::default()
        };
        let mut writer =
            PartitionWriter::new(std::io::sink(), table.name, &schema, &[], cut).expect("begun");
        let (mut rows, mut most) = (0, 0);
        for batch in Merged::new(&table, &schema, sources).expect("merged") {
            let batch = batch.expect("rows");
            rows += batch.num_rows();
            writer.write(&batch).expect("written");
            drop(batch);
            most = most.max(held.rows());
        }
        assert_eq!(rows, (500 + 500) * 200 + 2_500 * 150);
        assert!(
            most > 0 && most <= 3 * BATCH + CHUNK + 2 * BATCH,
            "{most} rows held"
        );
        writer.finish().expect("written");
        assert_eq!(held.rows(), 0);
    }

    #[test]
    fn groups_hold_the_rows_of_all_sources() {
        let held = Held::default();
        let sources = vec![
            source(sentences(0..3, 5, "a"), 2, &held),
            source(sentences(1..2, 4, "b"), 3, &held),
        ];
        let table = SentenceRow::table();
        let mut groups = Groups::new(&table, &SentenceRow::schema(), 1, sources).expect("groups");
        let mut seen = Vec::new();
        while let Some(group) = groups.next_group().expect("rows") {
            let rows = |source| -> usize {
                let of_source = group.iter().filter(|(number, _)| *number == source);
                of_source.map(|(_, batch)| batch.num_rows()).sum()
            };
            seen.push((rows(0), rows(1)));
        }
        assert_eq!(seen, [(5, 0), (5, 4), (5, 0)]);
    }
}
