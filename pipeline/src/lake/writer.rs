//! Rows to the bytes of one Parquet object: the same rows give the same bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::SCHEMA_VERSION;
use super::error::Error;

/// Calls of a row group. More compress hardly better; fewer make a reader of one call faster.
const CALLS_PER_ROW_GROUP: usize = 2_000;
/// Rows after which a row group is closed at the next call, so that memory stays bounded when calls are long.
const ROWS_PER_ROW_GROUP: usize = 500_000;
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
    let schema = first.schema();
    encode(table, &schema, batches, metadata).map_err(|error| Error::rows(table, error))
}

fn encode(
    table: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    metadata: &[(String, String)],
) -> Result<Bytes, ParquetError> {
    let properties = properties(table, schema, metadata)?;
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))?;
    for group in row_groups(batches) {
        // One batch a row group: pages would otherwise end where batches happen to end.
        writer.write(&concat_batches(schema, &group)?)?;
        writer.flush()?;
    }
    Ok(writer.into_inner()?.into())
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

/// Cuts batches into row groups: at call boundaries where the rows belong to calls.
fn row_groups(batches: &[RecordBatch]) -> Vec<Vec<RecordBatch>> {
    let mut cutter = Cutter::default();
    for batch in batches {
        match call_ids(batch) {
            Some(ids) => cutter.add_calls(batch, ids),
            None => cutter.add_rows(batch),
        }
    }
    cutter.close();
    cutter.groups
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

#[derive(Default)]
struct Cutter {
    groups: Vec<Vec<RecordBatch>>,
    open: Vec<RecordBatch>,
    rows: usize,
    calls: usize,
    last_call: Option<String>,
}

impl Cutter {
    fn add_calls(&mut self, batch: &RecordBatch, ids: &StringArray) {
        let mut start = 0;
        for row in 0..batch.num_rows() {
            if self.last_call.as_deref() == Some(ids.value(row)) {
                continue;
            }
            let rows = self.rows + row - start;
            if self.calls == CALLS_PER_ROW_GROUP || rows >= ROWS_PER_ROW_GROUP {
                self.push(batch, start, row);
                self.close();
                start = row;
            }
            self.calls += 1;
            self.last_call = Some(ids.value(row).to_owned());
        }
        self.push(batch, start, batch.num_rows());
    }

    fn add_rows(&mut self, batch: &RecordBatch) {
        let mut start = 0;
        while start < batch.num_rows() {
            let end = batch.num_rows().min(start + ROWS_PER_ROW_GROUP - self.rows);
            self.push(batch, start, end);
            if self.rows == ROWS_PER_ROW_GROUP {
                self.close();
            }
            start = end;
        }
    }

    fn push(&mut self, batch: &RecordBatch, start: usize, end: usize) {
        if start < end {
            self.open.push(batch.slice(start, end - start));
            self.rows += end - start;
        }
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.groups.push(std::mem::take(&mut self.open));
        }
        self.rows = 0;
        self.calls = 0;
    }
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

fn canonical_batch(batch: &RecordBatch) -> Result<RecordBatch, arrow::error::ArrowError> {
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
