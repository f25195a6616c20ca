//! Rows of any table as names and values.

use arrow::array::{
    Array, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::util::display::array_value_to_string;
use jiff::Timestamp;
use serde_json::Value;

/// A row: values by column, in order of their names.
pub type Record = serde_json::Map<String, Value>;

/// The rows of one call.
pub(crate) fn of_call(batch: &RecordBatch, call_id: &str) -> RecordBatch {
    let column = batch.column_by_name("call_id");
    let Some(ids) = column.and_then(|column| column.as_any().downcast_ref::<StringArray>()) else {
        return batch.slice(0, 0);
    };
    let keep: BooleanArray = (0..ids.len())
        .map(|row| Some(ids.is_valid(row) && ids.value(row) == call_id))
        .collect();
    // As many marks as rows: this cannot fail.
    filter_record_batch(batch, &keep).unwrap_or_else(|_| batch.slice(0, 0))
}

/// Every row of a batch.
pub(crate) fn records(batch: &RecordBatch) -> Vec<Record> {
    let schema = batch.schema();
    let record = |row: usize| {
        let values = schema.fields().iter().zip(batch.columns());
        values
            .map(|(field, column)| (field.name().clone(), value(column.as_ref(), row)))
            .collect()
    };
    (0..batch.num_rows()).map(record).collect()
}

fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    let any = column.as_any();
    if let Some(texts) = any.downcast_ref::<StringArray>() {
        return texts.value(row).into();
    }
    if let Some(numbers) = any.downcast_ref::<Int64Array>() {
        return numbers.value(row).into();
    }
    if let Some(numbers) = any.downcast_ref::<Int32Array>() {
        return numbers.value(row).into();
    }
    if let Some(numbers) = any.downcast_ref::<Float64Array>() {
        return numbers.value(row).into();
    }
    if let Some(flags) = any.downcast_ref::<BooleanArray>() {
        return flags.value(row).into();
    }
    if let Some(instants) = any.downcast_ref::<TimestampMicrosecondArray>() {
        let instant = Timestamp::from_microsecond(instants.value(row));
        return instant.map_or(Value::Null, |instant| instant.to_string().into());
    }
    array_value_to_string(column, row).map_or(Value::Null, Value::String)
}

#[cfg(test)]
mod tests {
    use talktrack_analyzers::metrics::questions::QuestionsRow;
    use talktrack_analyzers::table::Row;

    use super::{of_call, records};

    #[test]
    fn rows_of_a_call_by_name() {
        let row = |call_id: &str, questions: i64| QuestionsRow {
            call_id: call_id.to_owned(),
            side: "company".to_owned(),
            questions: Some(questions),
            open: None,
            closed: None,
            open_share: None,
            questions_per_hour: None,
            spread: None,
            quality_flags: String::new(),
        };
        let batch = QuestionsRow::to_batch(&[row("7", 3), row("8", 2)]);
        let found = records(&of_call(&batch, "8"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["call_id"], "8");
        assert_eq!(found[0]["questions"], 2);
        assert!(records(&of_call(&batch, "9")).is_empty());
    }
}
