//! A Parquet object to rows: all of them, or batch by batch.

use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length as _};

use super::SCHEMA_VERSION;
use super::error::Error;
use super::file::SharedFile;
use super::rows::{RowIter, Rows};
use super::writer::SCHEMA_VERSION_KEY;

/// Rows of a batch as read: large enough that the work per batch does not show.
const BATCH_ROWS: usize = 65_536;
/// Rows of a batch that streams, where rows are short.
const STREAM_ROWS: usize = 8_192;
/// Bytes of a batch that streams, about.
const STREAM_BYTES: usize = 1024 * 1024;

/// The rows of a Parquet object, in order. `columns` names those that are decoded; a column that an older file does
/// not have is left out. There is always a batch, if only an empty one that carries the schema.
///
/// # Errors
///
/// The object is damaged, or was written by a newer program.
pub(crate) fn from_parquet(
    path: &str,
    bytes: Bytes,
    columns: Option<&[&str]>,
) -> Result<Vec<RecordBatch>, Error> {
    let (builder, schema) = opened(path, bytes, columns)?;
    let batches = builder
        .with_batch_size(BATCH_ROWS)
        .build()
        .and_then(|reader| Ok(reader.collect::<Result<Vec<RecordBatch>, _>>()?))
        .map_err(|error| Error::corrupt(path, error))?;
    if batches.is_empty() {
        return Ok(vec![RecordBatch::new_empty(schema)]);
    }
    Ok(batches)
}

/// A stored partition, read batch by batch.
#[derive(Debug, Clone)]
pub(crate) struct StoredRows {
    path: String,
    file: SharedFile,
    columns: Option<Vec<String>>,
}

impl StoredRows {
    /// The partition in an open file; `columns` names those that are decoded.
    pub(crate) fn new(path: String, file: SharedFile, columns: Option<&[&str]>) -> StoredRows {
        let columns = columns.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        StoredRows {
            path,
            file,
            columns,
        }
    }
}

impl Rows for StoredRows {
    fn open(&self) -> Result<RowIter, Error> {
        let names: Option<Vec<&str>> = self
            .columns
            .as_ref()
            .map(|names| names.iter().map(String::as_str).collect());
        let (builder, schema) = opened(&self.path, self.file.clone(), names.as_deref())?;
        let size = batch_size(&builder, &schema);
        let reader = builder
            .with_batch_size(size)
            .build()
            .map_err(|error| Error::corrupt(&self.path, error))?;
        let path = self.path.clone();
        Ok(Box::new(reader.map(move |batch| {
            batch.map_err(|error| Error::corrupt(&path, error))
        })))
    }

    fn bytes(&self) -> u64 {
        /// What compression and encoding save, about.
        const PACKED: u64 = 5;
        self.file.len() * PACKED
    }
}

/// How many rows make a batch of bounded size, going by what the columns take in the file before compression.
fn batch_size<T: ChunkReader + 'static>(
    builder: &ParquetRecordBatchReaderBuilder<T>,
    schema: &SchemaRef,
) -> usize {
    let groups = builder.metadata().row_groups();
    let rows = groups.iter().map(RowGroupMetaData::num_rows).max();
    let largest = groups
        .iter()
        .map(|group| {
            let columns = group.columns().iter().filter(|column| {
                let root = column.column_path().parts().first();
                root.is_some_and(|root| schema.column_with_name(root).is_some())
            });
            columns
                .map(ColumnChunkMetaData::uncompressed_size)
                .sum::<i64>()
        })
        .max();
    let (rows, bytes) = (rows.unwrap_or(0).max(1), largest.unwrap_or(0).max(1));
    let of_row = usize::try_from(bytes / rows).unwrap_or(0).max(1);
    (STREAM_BYTES / of_row).clamp(16, STREAM_ROWS)
}

/// A reader that decodes the columns, and the schema of its batches.
fn opened<T: ChunkReader + 'static>(
    path: &str,
    object: T,
    columns: Option<&[&str]>,
) -> Result<(ParquetRecordBatchReaderBuilder<T>, SchemaRef), Error> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(object)
        .map_err(|error| Error::corrupt(path, error))?;
    check_version(builder.metadata().file_metadata().key_value_metadata())?;
    let schema = builder.schema().clone();
    let Some(names) = columns else {
        return Ok((builder, schema));
    };
    let wanted: Vec<usize> = (0..schema.fields().len())
        .filter(|i| names.contains(&schema.field(*i).name().as_str()))
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let projected = schema
        .project(&wanted)
        .map_err(|error| Error::corrupt(path, error))?;
    Ok((builder.with_projection(mask), Arc::new(projected)))
}

fn check_version(metadata: Option<&Vec<KeyValue>>) -> Result<(), Error> {
    let found = metadata
        .into_iter()
        .flatten()
        .find(|entry| entry.key == SCHEMA_VERSION_KEY)
        .and_then(|entry| entry.value.as_ref()?.parse().ok())
        .unwrap_or(SCHEMA_VERSION);
    if found > SCHEMA_VERSION {
        return Err(Error::Newer {
            found,
            known: SCHEMA_VERSION,
        });
    }
    Ok(())
}

/// A batch with the columns of `schema`, in its order: columns that an older file lacks are null, others are dropped.
///
/// # Errors
///
/// A column that may not be null is missing, or a column has another type.
pub(crate) fn conform(
    table: &str,
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, Error> {
    if batch.schema().fields() == schema.fields() {
        return RecordBatch::try_new(schema.clone(), batch.columns().to_vec())
            .map_err(|error| Error::rows(table, error));
    }
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) => column.clone(),
            None => new_null_array(field.data_type(), batch.num_rows()),
        })
        .collect();
    RecordBatch::try_new(schema.clone(), columns).map_err(|error| Error::rows(table, error))
}
