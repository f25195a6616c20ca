//! Rows of a batch a call at a time, and columns by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
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
    fn calls_are_found_and_texts_changed_by_call() {
        let batches = vec![topics(&[("1", "a"), ("3", "b"), ("3", "c")])];
        let calls = calls_in(&batches).expect("call ids");
        let seen: Vec<_> = calls
            .iter()
            .map(|run| (run.call_id, run.start, run.len))
            .collect();
        assert_eq!(seen, [("1", 0, 1), ("3", 1, 2)]);
        let texts = BTreeMap::from([("3".to_owned(), "z")]);
        let changed = with_text_by_call(&batches[0], "name", &texts);
        assert_eq!(
            shown(&[changed.expect("a text column")]),
            ["1a", "3z", "3z"]
        );
    }
}
