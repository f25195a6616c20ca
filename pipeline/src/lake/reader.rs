//! The bytes of a Parquet object to rows.

use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;

use super::SCHEMA_VERSION;
use super::error::Error;
use super::writer::SCHEMA_VERSION_KEY;

/// Rows of a batch as read: large enough that the work per batch does not show.
const BATCH_ROWS: usize = 65_536;

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
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .map_err(|error| Error::corrupt(path, error))?;
    check_version(builder.metadata().file_metadata().key_value_metadata())?;
    decode(builder, columns).map_err(|error| Error::corrupt(path, error))
}

fn decode(
    builder: ParquetRecordBatchReaderBuilder<Bytes>,
    columns: Option<&[&str]>,
) -> Result<Vec<RecordBatch>, ParquetError> {
    let schema = builder.schema().clone();
    let (builder, schema) = match columns {
        None => (builder, schema),
        Some(names) => {
            let wanted: Vec<usize> = (0..schema.fields().len())
                .filter(|i| names.contains(&schema.field(*i).name().as_str()))
                .collect();
            let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
            (
                builder.with_projection(mask),
                Arc::new(schema.project(&wanted)?),
            )
        }
    };
    let batches: Vec<RecordBatch> = builder
        .with_batch_size(BATCH_ROWS)
        .build()?
        .collect::<Result<_, _>>()?;
    if batches.is_empty() {
        return Ok(vec![RecordBatch::new_empty(schema)]);
    }
    Ok(batches)
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
