//! Rows of a batch a call at a time, and columns by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

/// The rows of one call: a range of one batch.
#[derive(Debug, Clone, Copy)]
pub struct CallRows<'a> {
    /// Gong's id of the call.
    pub call_id: &'a str,
    /// Number of the batch.
    pub batch: usize,
    /// First row.
    pub start: usize,
    /// How many rows.
    pub len: usize,
}

/// The calls of batches whose rows stand together by call.
///
/// # Errors
///
/// A batch has no text column `call_id`.
pub fn calls_in(batches: &[RecordBatch]) -> Result<Vec<CallRows<'_>>, ArrowError> {
    let mut calls = Vec::new();
    for (batch, rows) in batches.iter().enumerate() {
        let ids = text_column(rows, "call_id")?;
        let mut start = 0;
        while start < ids.len() {
            let call_id = ids.value(start);
            let len = (start..ids.len())
                .take_while(|row| ids.value(*row) == call_id)
                .count();
            calls.push(CallRows {
                call_id,
                batch,
                start,
                len,
            });
            start += len;
        }
    }
    Ok(calls)
}

/// A text column by name.
///
/// # Errors
///
/// The batch has no such column, or it is no text.
pub fn text_column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, ArrowError> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_any().downcast_ref::<StringArray>())
        .ok_or_else(|| ArrowError::SchemaError(format!("column `{name}` is missing or no text")))
}

/// Neighbours that also stand side by side in their batch become one range.
fn joined<'a>(calls: &[CallRows<'a>]) -> Vec<CallRows<'a>> {
    let mut joined: Vec<CallRows<'a>> = Vec::new();
    for rows in calls {
        match joined.last_mut() {
            Some(last) if last.batch == rows.batch && last.start + last.len == rows.start => {
                last.len += rows.len;
            }
            _ => joined.push(*rows),
        }
    }
    joined
}

/// The columns of `schema`, by name; one that an older file does not have is null.
///
/// # Errors
///
/// A column that may not be null is missing, or a column has another type.
pub fn conform(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    if batch.schema().fields() == schema.fields() {
        return RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
    }
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) => Ok(column.clone()),
            None if field.is_nullable() => Ok(new_null_array(field.data_type(), batch.num_rows())),
            None => Err(ArrowError::SchemaError(format!(
                "column `{}` is missing",
                field.name()
            ))),
        })
        .collect::<Result<Vec<ArrayRef>, _>>()?;
    RecordBatch::try_new(schema.clone(), columns)
}

/// Only the rows whose call passes.
///
/// # Errors
///
/// The batch has no text column `call_id`.
pub fn retain_calls(
    batches: Vec<RecordBatch>,
    keep: impl Fn(&str) -> bool,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let calls = calls_in(&batches)?;
    if calls.iter().all(|rows| keep(rows.call_id)) {
        return Ok(batches);
    }
    let kept: Vec<CallRows<'_>> = calls
        .into_iter()
        .filter(|rows| keep(rows.call_id))
        .collect();
    Ok(joined(&kept)
        .into_iter()
        .map(|rows| batches[rows.batch].slice(rows.start, rows.len))
        .collect())
}

/// The batch with a text column changed where `texts` has another value for the row's call.
///
/// # Errors
///
/// The batch does not have these columns.
pub fn with_text_by_call(
    batch: &RecordBatch,
    column: &str,
    texts: &BTreeMap<String, &'static str>,
) -> Result<RecordBatch, ArrowError> {
    let ids = text_column(batch, "call_id")?;
    let old = text_column(batch, column)?;
    let changed: StringArray = (0..ids.len())
        .map(|row| {
            Some(
                texts
                    .get(ids.value(row))
                    .copied()
                    .unwrap_or_else(|| old.value(row)),
            )
        })
        .collect();
    with_column(batch, column, Arc::new(changed))
}

/// The batch with one column replaced.
///
/// # Errors
///
/// The batch has no such column, or the new one does not fit.
pub fn with_column(
    batch: &RecordBatch,
    name: &str,
    column: ArrayRef,
) -> Result<RecordBatch, ArrowError> {
    let place = batch.schema().index_of(name)?;
    let mut columns = batch.columns().to_vec();
    columns[place] = column;
    RecordBatch::try_new(batch.schema(), columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use talktrack_analyzers::table::Row as _;
    use talktrack_analyzers::tables::GongTopicRow;

    fn topics(rows: &[(&str, &str)]) -> RecordBatch {
        let rows: Vec<GongTopicRow> = rows
            .iter()
            .map(|(call_id, name)| GongTopicRow {
                call_id: (*call_id).to_owned(),
                name: (*name).to_owned(),
                duration_s: 1.0,
            })
            .collect();
        GongTopicRow::to_batch(&rows)
    }

    fn shown(batches: &[RecordBatch]) -> Vec<String> {
        let rows = batches
            .iter()
            .flat_map(|batch| GongTopicRow::from_batch(batch).expect("topics"));
        rows.map(|row| format!("{}{}", row.call_id, row.name))
            .collect()
    }

    #[test]
    fn calls_are_dropped_and_texts_changed_by_call() {
        let batches = vec![topics(&[("1", "a"), ("2", "b"), ("3", "c")])];
        let kept = retain_calls(batches, |id| id != "2").expect("call ids");
        assert_eq!(shown(&kept), ["1a", "3c"]);
        let changed = with_text_by_call(&kept[1], "name", &BTreeMap::from([("3".to_owned(), "z")]));
        assert_eq!(shown(&[changed.expect("a text column")]), ["3z"]);
    }
}
