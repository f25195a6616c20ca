//! Rows to the bytes of one Parquet object: the same rows give the same bytes.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray as _, RecordBatch, StringArray, UInt32Array, make_array,
};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::SCHEMA_VERSION;
use super::error::Error;
use super::file::temporary_error;
use super::merge::compare_ids;

const PAGE_BYTES: usize = 1024 * 1024;
/// The rows that one page may hold: out of the way, so that the size decides.
const PAGE_ROWS: usize = 1_000_000;
const ZSTD_LEVEL: i32 = 3;

/// Key of the schema version in a file's metadata.
pub const SCHEMA_VERSION_KEY: &str = "talktrack.schema_version";
/// Key of the table's name in a file's metadata.
pub const TABLE_KEY: &str = "talktrack.table";
/// Key of the metric's `name@version` in a file's metadata.
pub const METRIC_KEY: &str = "talktrack.metric";
/// Key of the hash of the dictionaries and settings that made the rows in a file's metadata.
pub const DEFINITION_KEY: &str = "talktrack.definition";

/// How a partition is cut. The defaults are those of every lake; tests use smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Calls of a row group. More compress hardly better; fewer make a reader of one call faster.
    pub calls: usize,
    /// Rows after which a row group is closed at the next call, so that memory stays bounded when calls are long.
    pub rows: usize,
    /// Bytes in memory after which a row group is closed at the next call, for rows that are long.
    pub bytes: usize,
    /// Rows that are encoded at a time.
    pub chunk_rows: usize,
    /// Bytes after which rows are encoded although they are few.
    pub chunk_bytes: usize,
    /// Chunks are a multiple of these rows, counted from the start of the row group.
    pub grid: usize,
}

impl Default for Cut {
    fn default() -> Cut {
        Cut {
            calls: 2_000,
            rows: 500_000,
            bytes: 64 * 1024 * 1024,
            chunk_rows: 8_192,
            chunk_bytes: 1024 * 1024,
            grid: 64,
        }
    }
}

/// The bytes of a Parquet object with these rows; `metadata` goes into its footer beside table and schema version.
///
/// # Errors
///
/// The batches do not have the same schema, or no batch is given.
pub fn to_parquet(
    table: &str,
    batches: &[RecordBatch],
    metadata: &[(String, String)],
) -> Result<Bytes, Error> {
    let Some(first) = batches.first() else {
        return Err(Error::rows(
            table,
            "there is no batch, so there is no schema",
        ));
    };
    let mut writer =
        PartitionWriter::new(Vec::new(), table, &first.schema(), metadata, Cut::default())?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.finish()?.into())
}

/// Writes rows as one Parquet object while they come. Where row groups and pages end depends on the rows alone, not on
/// the batches in which they come, so the same rows give the same bytes.
pub struct PartitionWriter<W: Write + Send> {
    table: String,
    schema: SchemaRef,
    out: ArrowWriter<W>,
    cut: Cut,
    order: Order,
    /// Rows that wait to be encoded, as ranges of batches.
    chunk: Vec<(RecordBatch, Range<usize>)>,
    chunk_rows: usize,
    chunk_bytes: usize,
    /// What the open row group holds, the waiting rows included.
    rows: usize,
    bytes: usize,
    calls: usize,
    /// Rows of the open row group that wait or are encoded.
    placed: usize,
}

impl<W: Write + Send> PartitionWriter<W> {
    /// Begins an object.
    ///
    /// # Errors
    ///
    /// The schema has a type that Parquet does not store, or `out` cannot be written.
    pub fn new(
        out: W,
        table: &str,
        schema: &SchemaRef,
        metadata: &[(String, String)],
        cut: Cut,
    ) -> Result<PartitionWriter<W>, Error> {
        let out = properties(table, schema, metadata)
            .and_then(|properties| ArrowWriter::try_new(out, schema.clone(), Some(properties)))
            .map_err(|error| write_error(table, error))?;
        Ok(PartitionWriter {
            table: table.to_owned(),
            schema: schema.clone(),
            out,
            cut,
            order: Order::default(),
            chunk: Vec::new(),
            chunk_rows: 0,
            chunk_bytes: 0,
            rows: 0,
            bytes: 0,
            calls: 0,
            placed: 0,
        })
    }

    /// Adds rows, which stand behind those added before.
    ///
    /// # Errors
    ///
    /// A call stands after one of a higher id, or `out` cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let Some(ids) = call_ids(batch) else {
            return self.write_rows(batch);
        };
        let mut start = 0;
        let mut row = 0;
        while row < ids.len() {
            let id = ids.value(row);
            let end = (row + 1..ids.len())
                .find(|next| ids.value(*next) != id)
                .unwrap_or(ids.len());
            if self.order.is_next(&self.table, id)? {
                if self.is_full() {
                    self.add(batch, start..row)?;
                    self.close()?;
                    start = row;
                }
                self.calls += 1;
            }
            self.rows += end - row;
            self.bytes += bytes_of(batch, row..end);
            row = end;
        }
        self.add(batch, start..ids.len())
    }

    /// The rest of the object.
    ///
    /// # Errors
    ///
    /// `out` cannot be written.
    pub fn finish(mut self) -> Result<W, Error> {
        self.close()?;
        self.out
            .into_inner()
            .map_err(|error| write_error(&self.table, error))
    }

    fn is_full(&self) -> bool {
        self.calls == self.cut.calls || self.rows >= self.cut.rows || self.bytes >= self.cut.bytes
    }

    /// Rows of a table that is not cut by calls: a row group may end anywhere.
    fn write_rows(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let mut start = 0;
        while start < batch.num_rows() {
            let step = self.cut.grid - self.rows % self.cut.grid;
            let end = batch
                .num_rows()
                .min(start + step.min(self.cut.rows - self.rows));
            self.rows += end - start;
            self.bytes += bytes_of(batch, start..end);
            self.add(batch, start..end)?;
            let is_on_grid = self.rows.is_multiple_of(self.cut.grid);
            if self.rows == self.cut.rows || (is_on_grid && self.bytes >= self.cut.bytes) {
                self.close()?;
            }
            start = end;
        }
        Ok(())
    }

    /// Lets rows wait until a chunk is full.
    fn add(&mut self, batch: &RecordBatch, rows: Range<usize>) -> Result<(), Error> {
        let mut start = rows.start;
        while start < rows.end {
            let step = self.cut.grid - self.placed % self.cut.grid;
            let end = rows.end.min(start + step);
            self.wait(batch, start..end);
            let is_on_grid = self.placed.is_multiple_of(self.cut.grid);
            let is_enough =
                self.chunk_rows >= self.cut.chunk_rows || self.chunk_bytes >= self.cut.chunk_bytes;
            if is_on_grid && is_enough {
                self.encode()?;
            }
            start = end;
        }
        Ok(())
    }

    fn wait(&mut self, batch: &RecordBatch, rows: Range<usize>) {
        self.placed += rows.len();
        self.chunk_rows += rows.len();
        self.chunk_bytes += bytes_of(batch, rows.clone());
        match self.chunk.last_mut() {
            Some((last, range)) if range.end == rows.start && is_same(last, batch) => {
                range.end = rows.end;
            }
            _ => self.chunk.push((batch.clone(), rows)),
        }
    }

    /// Encodes the rows that wait.
    fn encode(&mut self) -> Result<(), Error> {
        self.chunk_rows = 0;
        self.chunk_bytes = 0;
        let slices: Vec<RecordBatch> = self
            .chunk
            .drain(..)
            .map(|(batch, rows)| batch.slice(rows.start, rows.len()))
            .collect();
        let chunk =
            compact(&self.schema, &slices).map_err(|error| Error::rows(&self.table, error))?;
        drop(slices);
        self.out
            .write(&chunk)
            .map_err(|error| write_error(&self.table, error))
    }

    /// Ends the row group.
    fn close(&mut self) -> Result<(), Error> {
        if !self.chunk.is_empty() {
            self.encode()?;
        }
        if self.placed > 0 {
            self.out
                .flush()
                .map_err(|error| write_error(&self.table, error))?;
        }
        self.placed = 0;
        self.rows = 0;
        self.bytes = 0;
        self.calls = 0;
        Ok(())
    }
}

/// Whether two batches are the same one, not merely equal.
fn is_same(a: &RecordBatch, b: &RecordBatch) -> bool {
    let columns = a.columns().iter().zip(b.columns());
    a.num_rows() == b.num_rows() && columns.into_iter().all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Slices as one batch that holds nothing else. The encoder looks at whether a column could hold a null, so that must
/// not depend on where the rows come from.
fn compact(schema: &SchemaRef, slices: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let whole = match slices {
        [one] if has_maps(schema) => {
            let rows: UInt32Array = (0..one.num_rows() as u32).collect();
            take_record_batch(one, &rows)?
        }
        [one] => one.clone(),
        many => concat_batches(schema, many)?,
    };
    let columns = whole
        .columns()
        .iter()
        .map(|column| {
            let is_plain = column.nulls().is_none() && column.to_data().child_data().is_empty();
            if is_plain {
                return Ok(column.clone());
            }
            Ok(make_array(without_idle_nulls(column.to_data())?))
        })
        .collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
    RecordBatch::try_new(schema.clone(), columns)
}

fn has_maps(schema: &Schema) -> bool {
    let mut types = schema.fields().iter().map(|field| field.data_type());
    types.any(|data_type| matches!(data_type, DataType::Map(_, _)))
}

/// The data without marks for nulls where there is no null.
fn without_idle_nulls(data: ArrayData) -> Result<ArrayData, ArrowError> {
    let children = data
        .child_data()
        .iter()
        .map(|child| without_idle_nulls(child.clone()))
        .collect::<Result<Vec<ArrayData>, _>>()?;
    let nulls = data.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
    data.into_builder()
        .nulls(nulls)
        .child_data(children)
        .build()
}

/// About how many bytes rows take in memory.
pub(crate) fn bytes_of(batch: &RecordBatch, rows: Range<usize>) -> usize {
    let columns = batch.columns().iter();
    columns.map(|column| bytes_in(column, &rows)).sum()
}

fn bytes_in(column: &ArrayRef, rows: &Range<usize>) -> usize {
    /// What a row costs beside its text.
    const OFFSET: usize = size_of::<i32>();
    let span = |offsets: &[i32]| {
        let (start, end) = (offsets[rows.start] as usize, offsets[rows.end] as usize);
        start..end
    };
    match column.data_type() {
        DataType::Utf8 => {
            span(column.as_string::<i32>().value_offsets()).len() + rows.len() * OFFSET
        }
        DataType::Map(_, _) => {
            let map = column.as_map();
            let entries = span(map.value_offsets());
            bytes_in(map.keys(), &entries) + bytes_in(map.values(), &entries) + rows.len() * OFFSET
        }
        other => rows.len() * other.primitive_width().unwrap_or(1),
    }
}

/// Rows of calls must stand in the order of their ids: readers rely on it.
#[derive(Default)]
struct Order {
    last: Option<String>,
}

impl Order {
    /// Whether the id begins another call.
    fn is_next(&mut self, table: &str, id: &str) -> Result<bool, Error> {
        match self.last.as_deref().map(|last| compare_ids(last, id)) {
            Some(Ordering::Equal) => return Ok(false),
            Some(Ordering::Greater) => {
                let reason = format!("call `{id}` stands after a call of a higher id");
                return Err(Error::rows(table, reason));
            }
            Some(Ordering::Less) | None => {}
        }
        let last = self.last.get_or_insert_default();
        last.clear();
        last.push_str(id);
        Ok(true)
    }
}

/// What a failing write means: the temporary folder, unless the rows themselves cannot be stored.
fn write_error(table: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => temporary_error(*error),
            Err(other) => Error::rows(table, other),
        },
        other => Error::rows(table, other),
    }
}

fn properties(
    table: &str,
    schema: &Schema,
    metadata: &[(String, String)],
) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_max_row_group_row_count(None)
        .set_created_by("talktrack".to_owned())
        .set_key_value_metadata(Some(footer(table, metadata)));
    for field in schema.fields() {
        let column = || ColumnPath::from(field.name().as_str());
        match field.data_type() {
            DataType::Utf8 if has_few_values(field) => {
                builder = builder.set_column_dictionary_enabled(column(), true);
            }
            DataType::Int32
            | DataType::Int64
            | DataType::UInt32
            | DataType::UInt64
            | DataType::Date32
            | DataType::Timestamp(_, _) => {
                builder = builder.set_column_encoding(column(), Encoding::DELTA_BINARY_PACKED);
            }
            _ => {}
        }
    }
    Ok(builder.build())
}

/// Whether a text column repeats its values: ids, keys and enumerations do; text, names and raw JSON do not.
fn has_few_values(field: &Field) -> bool {
    const ENUMERATIONS: &[&str] = &[
        "side",
        "timing",
        "system",
        "object_type",
        "dictionary",
        "entry",
        "class",
        "direction",
        "scope",
        "media",
        "language",
        "affiliation",
        "transcript_state",
        "topic",
        "person_key",
        "source",
        "outcome",
        "currency",
        "stage",
    ];
    let name = field.name().as_str();
    name.ends_with("_id") || ENUMERATIONS.contains(&name)
}

fn footer(table: &str, metadata: &[(String, String)]) -> Vec<KeyValue> {
    let mut entries: BTreeMap<String, String> = metadata.iter().cloned().collect();
    entries.insert(SCHEMA_VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string());
    entries.insert(TABLE_KEY.to_owned(), table.to_owned());
    entries
        .into_iter()
        .map(|(key, value)| KeyValue::new(key, value))
        .collect()
}

/// The `call_id` column, where the table has one first.
pub(crate) fn call_ids(batch: &RecordBatch) -> Option<&StringArray> {
    let schema = batch.schema();
    let first = schema.fields().first()?;
    if first.name() != "call_id" {
        return None;
    }
    batch.column(0).as_any().downcast_ref()
}

/// Batches as they are stored: text as plain utf8, whatever string type an engine made it, and no schema metadata.
///
/// # Errors
///
/// A column cannot be converted.
pub fn canonical(table: &str, batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, Error> {
    batches
        .into_iter()
        .map(|batch| canonical_batch(&batch).map_err(|error| Error::rows(table, error)))
        .collect()
}

pub(crate) fn canonical_batch(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let (data_type, column) = match field.data_type() {
            DataType::LargeUtf8 | DataType::Utf8View => {
                (DataType::Utf8, cast(column, &DataType::Utf8)?)
            }
            other => (other.clone(), column.clone()),
        };
        fields.push(Field::new(field.name(), data_type, field.is_nullable()));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}
