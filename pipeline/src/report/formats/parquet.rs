//! Tables as Parquet, typed, for notebooks and other programs.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::tables::{FlatTable, Values};
use crate::report::document::{Document, SCHEMA_VERSION};
use crate::report::error::Error;

/// The table of a document. Its footer tells the page, its day and the version of the schema.
///
/// # Errors
///
/// The table does not fit Parquet: a bug.
pub fn render(document: &Document, table: &FlatTable) -> Result<Vec<u8>, Error> {
    encode(document, table).map_err(|error| Error::Parquet(error.to_string()))
}

fn encode(document: &Document, table: &FlatTable) -> Result<Vec<u8>, ParquetError> {
    let batch = batch(table)?;
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties(document)?))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn batch(table: &FlatTable) -> Result<RecordBatch, ParquetError> {
    let mut fields = Vec::with_capacity(table.columns.len());
    let mut arrays = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let array = array(&column.values);
        fields.push(Field::new(&column.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn array(values: &Values) -> ArrayRef {
    match values {
        Values::Words(words) => Arc::new(StringArray::from_iter_values(words)),
        Values::Numbers(numbers) => Arc::new(Float64Array::from(numbers.clone())),
        Values::Counts(counts) => Arc::new(Int64Array::from(counts.clone())),
    }
}

fn properties(document: &Document) -> Result<WriterProperties, ParquetError> {
    let about = [
        ("talktrack.page", document.name.clone()),
        ("talktrack.schema_version", SCHEMA_VERSION.to_string()),
        (
            "talktrack.as_of",
            document
                .as_of
                .map(|day| day.to_string())
                .unwrap_or_default(),
        ),
    ];
    let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value));
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by("talktrack".to_owned())
        .set_key_value_metadata(Some(about.into()))
        .build())
}
