//! How a table is stated once: the [`table!`](crate::table!) macro turns one declaration into the row struct, its Arrow
//! schema, the way to and from record batches, and the text of the data dictionary.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Decimal128Array, Decimal128Builder,
    Float64Array, Float64Builder, Int32Array, Int32Builder, Int64Array, Int64Builder, MapArray,
    MapBuilder, MapFieldNames, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields as ArrowFields, Schema, SchemaRef, TimeUnit};

/// How a table is cut into Parquet objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// One object a UTC day of call start: `<table>/day=YYYY-MM-DD/part.parquet`.
    Day,
    /// One object a month: `<table>/month=YYYY-MM/part.parquet`.
    Month,
    /// One object: `<table>/part.parquet`.
    Whole,
}

/// One column of a table: its name, type and the sentence of the data dictionary.
#[derive(Debug, Clone)]
pub struct ColumnInfo {
    /// Name, with its unit where it has one.
    pub name: &'static str,
    /// Arrow type.
    pub data_type: DataType,
    /// Whether null is a legal value.
    pub nullable: bool,
    /// What it means.
    pub doc: &'static str,
}

/// A table as declared: everything but its rows.
#[derive(Debug, Clone)]
pub struct TableInfo {
    /// Path in the lake without the partition, such as `calls` or `metrics/talk`.
    pub name: &'static str,
    /// Names of the key columns, in order.
    pub key: &'static [&'static str],
    /// How it is partitioned.
    pub partition: Partition,
    /// What one row is.
    pub doc: &'static str,
    /// Columns in stored order.
    pub columns: Vec<ColumnInfo>,
}

/// A batch does not have the columns that a row type declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` of table `{table}` is {found}, not {expected}")]
pub struct SchemaError {
    /// Table that was read.
    pub table: &'static str,
    /// Column that does not fit.
    pub column: &'static str,
    /// Type in the batch, or `missing`.
    pub found: String,
    /// Declared type.
    pub expected: String,
}

/// A row of a declared table.
pub trait Row: Sized + Send + Sync + 'static {
    /// The declaration.
    fn table() -> TableInfo;

    /// Rows to one batch with [`Row::schema`].
    fn to_batch(rows: &[Self]) -> RecordBatch;

    /// A batch to rows; columns are found by name, so appended columns and another order do no harm.
    ///
    /// # Errors
    ///
    /// A declared column is missing (and not nullable) or has another type.
    fn from_batch(batch: &RecordBatch) -> Result<Vec<Self>, SchemaError>;

    /// Arrow schema of the stored columns.
    fn schema() -> SchemaRef {
        let fields: Vec<Field> = Self::table()
            .columns
            .iter()
            .map(|c| Field::new(c.name, c.data_type.clone(), c.nullable))
            .collect();
        Arc::new(Schema::new(fields))
    }
}

/// A Rust type that can be a stored column.
pub trait Column: Sized {
    /// Arrow array of this column.
    type Array: Array + Clone + 'static;
    /// The value without owning text: what rows that are only written hold.
    type Borrowed<'a>: Copy
    where
        Self: 'a;
    /// Whether null is a legal value.
    const NULLABLE: bool;
    /// Arrow type.
    fn data_type() -> DataType;
    /// The value, borrowed.
    fn borrow(&self) -> Self::Borrowed<'_>;
    /// Values to an array.
    fn to_array<'a>(values: impl Iterator<Item = Self::Borrowed<'a>>) -> ArrayRef
    where
        Self: 'a;
    /// The value at `row`; `None` where a value that may not be null is null.
    fn get(array: &Self::Array, row: usize) -> Option<Self>;
    /// The value of a column that an older file does not have.
    fn missing() -> Option<Self> {
        None
    }
}

/// Reads one declared column out of a batch: what the [`table!`](crate::table!) macro calls.
///
/// # Errors
///
/// The column is missing and may not be null, or has another type, or holds a null where none is legal.
pub fn read_column<C: Column>(
    batch: &RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<Vec<C>, SchemaError> {
    let fail = |found: String| SchemaError {
        table,
        column,
        found,
        expected: C::data_type().to_string(),
    };
    let Some(array) = batch.column_by_name(column) else {
        return (0..batch.num_rows())
            .map(|_| C::missing().ok_or_else(|| fail("missing".to_owned())))
            .collect();
    };
    let typed = array
        .as_any()
        .downcast_ref::<C::Array>()
        .ok_or_else(|| fail(array.data_type().to_string()))?;
    (0..batch.num_rows())
        .map(|row| C::get(typed, row).ok_or_else(|| fail("null".to_owned())))
        .collect()
}

/// Microseconds since 1970-01-01 UTC: how times are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimestampUs(pub i64);

/// A decimal with four digits after the point, counted in ten-thousandths: how amounts are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(pub i128);

impl Amount {
    /// Digits before and after the point together.
    pub const PRECISION: u8 = 18;
    /// Digits after the point.
    pub const SCALE: i8 = 4;
    /// One unit of the currency.
    pub const ONE: i128 = 10_i128.pow(Self::SCALE as u32);
}

/// Named values whose names the source decides, such as CRM fields; in the order they should be stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldMap(pub Vec<(String, String)>);

macro_rules! primitive_column {
    ($rust:ty, $borrowed:ty, $array:ty, $builder:ty, $data_type:expr, $borrow:expr, $store:expr, $load:expr) => {
        impl Column for $rust {
            type Array = $array;
            type Borrowed<'a> = $borrowed;
            const NULLABLE: bool = false;
            fn data_type() -> DataType {
                $data_type
            }
            fn borrow(&self) -> Self::Borrowed<'_> {
                $borrow(self)
            }
            fn to_array<'a>(values: impl Iterator<Item = Self::Borrowed<'a>>) -> ArrayRef {
                let mut builder = <$builder>::new().with_data_type_of($data_type);
                for value in values {
                    builder.append_value($store(value));
                }
                Arc::new(builder.finish())
            }
            fn get(array: &Self::Array, row: usize) -> Option<Self> {
                array.is_valid(row).then(|| $load(array.value(row)))
            }
        }

        impl Column for Option<$rust> {
            type Array = $array;
            type Borrowed<'a> = Option<$borrowed>;
            const NULLABLE: bool = true;
            fn data_type() -> DataType {
                $data_type
            }
            fn borrow(&self) -> Self::Borrowed<'_> {
                self.as_ref().map($borrow)
            }
            fn to_array<'a>(values: impl Iterator<Item = Self::Borrowed<'a>>) -> ArrayRef {
                let mut builder = <$builder>::new().with_data_type_of($data_type);
                for value in values {
                    builder.append_option(value.map($store));
                }
                Arc::new(builder.finish())
            }
            fn get(array: &Self::Array, row: usize) -> Option<Self> {
                Some(array.is_valid(row).then(|| $load(array.value(row))))
            }
            fn missing() -> Option<Self> {
                Some(None)
            }
        }
    };
}

/// Builders of parametric types must be told their parameters; the others need nothing.
trait WithDataTypeOf: Sized {
    fn with_data_type_of(self, data_type: DataType) -> Self;
}

macro_rules! plain_builder {
    ($($builder:ty),*) => { $(impl WithDataTypeOf for $builder {
        fn with_data_type_of(self, _: DataType) -> Self { self }
    })* };
}
plain_builder!(
    StringBuilder,
    Int64Builder,
    Int32Builder,
    Float64Builder,
    BooleanBuilder
);

impl WithDataTypeOf for TimestampMicrosecondBuilder {
    fn with_data_type_of(self, data_type: DataType) -> Self {
        self.with_data_type(data_type)
    }
}

impl WithDataTypeOf for Decimal128Builder {
    fn with_data_type_of(self, data_type: DataType) -> Self {
        self.with_data_type(data_type)
    }
}

fn utc_microseconds() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

primitive_column!(
    String,
    &'a str,
    StringArray,
    StringBuilder,
    DataType::Utf8,
    String::as_str,
    |v: &'a str| v,
    str::to_owned
);
primitive_column!(
    i64,
    i64,
    Int64Array,
    Int64Builder,
    DataType::Int64,
    |v: &i64| *v,
    |v: i64| v,
    |v| v
);
primitive_column!(
    i32,
    i32,
    Int32Array,
    Int32Builder,
    DataType::Int32,
    |v: &i32| *v,
    |v: i32| v,
    |v| v
);
primitive_column!(
    f64,
    f64,
    Float64Array,
    Float64Builder,
    DataType::Float64,
    |v: &f64| *v,
    |v: f64| v,
    |v| v
);
primitive_column!(
    bool,
    bool,
    BooleanArray,
    BooleanBuilder,
    DataType::Boolean,
    |v: &bool| *v,
    |v: bool| v,
    |v| v
);
primitive_column!(
    TimestampUs,
    TimestampUs,
    TimestampMicrosecondArray,
    TimestampMicrosecondBuilder,
    utc_microseconds(),
    |v: &TimestampUs| *v,
    |v: TimestampUs| v.0,
    TimestampUs
);
primitive_column!(
    Amount,
    Amount,
    Decimal128Array,
    Decimal128Builder,
    DataType::Decimal128(Amount::PRECISION, Amount::SCALE),
    |v: &Amount| *v,
    |v: Amount| v.0,
    Amount
);

impl Column for FieldMap {
    type Array = MapArray;
    type Borrowed<'a> = &'a FieldMap;
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        let entries = ArrowFields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Utf8, true),
        ]);
        DataType::Map(
            Arc::new(Field::new("key_value", DataType::Struct(entries), false)),
            false,
        )
    }

    fn borrow(&self) -> &FieldMap {
        self
    }

    fn to_array<'a>(values: impl Iterator<Item = &'a FieldMap>) -> ArrayRef {
        let names = MapFieldNames {
            entry: "key_value".to_owned(),
            key: "key".to_owned(),
            value: "value".to_owned(),
        };
        let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
        for FieldMap(fields) in values {
            for (key, value) in fields {
                builder.keys().append_value(key);
                builder.values().append_value(value);
            }
            // Fails only where keys and values differ in number, which the loop above rules out.
            let _ = builder.append(true);
        }
        Arc::new(builder.finish())
    }

    fn get(array: &Self::Array, row: usize) -> Option<Self> {
        let entries = array.value(row);
        let keys = entries.column(0).as_any().downcast_ref::<StringArray>()?;
        let values = entries.column(1).as_any().downcast_ref::<StringArray>()?;
        Some(FieldMap(
            (0..entries.len())
                .map(|i| (keys.value(i).to_owned(), values.value(i).to_owned()))
                .collect(),
        ))
    }
}

/// Declares a table: the row struct with public fields and its [`Row`] implementation.
///
/// The doc comments become the data dictionary, so each says what the value is and in which unit.
///
/// ```
/// talktrack_analyzers::table! {
///     /// One row per greeting.
///     pub struct GreetingRow("greetings", key: [call_id], partition: Day) {
///         /// Gong's id of the call.
///         call_id: String,
///         /// How long it took, in milliseconds.
///         length_ms: Option<i64>,
///     }
/// }
/// use talktrack_analyzers::table::Row;
/// let batch = GreetingRow::to_batch(&[GreetingRow { call_id: "1".into(), length_ms: None }]);
/// assert_eq!(GreetingRow::from_batch(&batch).unwrap().len(), 1);
/// ```
///
/// `pub struct GreetingRow as Greeting(...)` declares beside it the same row with borrowed text, for tables of which many rows are
/// written.
#[macro_export]
macro_rules! table {
    (
        $(#[doc = $table_doc:literal])+
        $vis:vis struct $row:ident as $borrowed:ident($($declared:tt)+) {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $crate::table! {
            $(#[doc = $table_doc])+
            $vis struct $row($($declared)+) {
                $( $(#[doc = $doc])+ $field: $type ),+
            }
        }

        /// The row as it is written, without owning text.
        #[derive(Debug, Clone, Copy, PartialEq)]
        $vis struct $borrowed<'a> {
            $( $(#[doc = $doc])+ pub $field: <$type as $crate::table::Column>::Borrowed<'a>, )+
        }

        impl $borrowed<'_> {
            /// Rows to one batch with the table's schema.
            $vis fn to_batch(rows: &[Self]) -> $crate::arrow::array::RecordBatch {
                let columns = vec![$(
                    <$type as $crate::table::Column>::to_array(rows.iter().map(|row| row.$field))
                ),+];
                $crate::table::batch_of(<$row as $crate::table::Row>::schema(), columns)
            }
        }
    };
    (
        $(#[doc = $table_doc:literal])+
        $vis:vis struct $row:ident($name:literal, key: [$($key:ident),+ $(,)?], partition: $partition:ident) {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $(#[doc = $table_doc])+
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $row {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl $crate::table::Row for $row {
            fn table() -> $crate::table::TableInfo {
                $crate::table::TableInfo {
                    name: $name,
                    key: &[$(stringify!($key)),+],
                    partition: $crate::table::Partition::$partition,
                    doc: concat!($($table_doc, "\n"),+).trim(),
                    columns: vec![$(
                        $crate::table::ColumnInfo {
                            name: stringify!($field),
                            data_type: <$type as $crate::table::Column>::data_type(),
                            nullable: <$type as $crate::table::Column>::NULLABLE,
                            doc: concat!($($doc, "\n"),+).trim(),
                        }
                    ),+],
                }
            }

            fn to_batch(rows: &[Self]) -> $crate::arrow::array::RecordBatch {
                let columns = vec![$(
                    <$type as $crate::table::Column>::to_array(
                        rows.iter().map(|row| $crate::table::Column::borrow(&row.$field))
                    )
                ),+];
                $crate::table::batch_of(<Self as $crate::table::Row>::schema(), columns)
            }

            fn from_batch(
                batch: &$crate::arrow::array::RecordBatch,
            ) -> Result<Vec<Self>, $crate::table::SchemaError> {
                $( let mut $field =
                    $crate::table::read_column::<$type>(batch, $name, stringify!($field))?.into_iter(); )+
                let mut rows = Vec::with_capacity(batch.num_rows());
                while let ($(Some($field)),+ ,) = ($($field.next()),+ ,) {
                    rows.push(Self { $($field),+ });
                }
                Ok(rows)
            }
        }
    };
}

/// Columns that were made from `schema` itself, as one batch: what the [`table!`](crate::table!) macro calls.
#[doc(hidden)]
pub fn batch_of(schema: SchemaRef, columns: Vec<ArrayRef>) -> RecordBatch {
    let empty = RecordBatch::new_empty(schema.clone());
    RecordBatch::try_new(schema, columns).unwrap_or(empty)
}
