//! Between stored Parquet, polars frames and rows.

use std::io::Cursor;

use bytes::Bytes;
use polars::prelude::*;
use talktrack_analyzers::arrow::datatypes::DataType as Stored;
use talktrack_analyzers::table::Row;

use super::Error;

/// The `columns` of the partitions of table `R`, one below the other; an empty frame of the same types where there are none.
pub(super) fn read<R: Row>(partitions: &[Bytes], columns: &[&str]) -> Result<DataFrame, Error> {
    let table = R::table();
    let mut whole = empty::<R>(columns)?;
    for bytes in partitions {
        let wanted = columns.iter().map(|&name| name.to_owned()).collect();
        let part = ParquetReader::new(Cursor::new(bytes.clone()))
            .with_columns(Some(wanted))
            .finish()
            .and_then(|part| part.select(columns.iter().copied()))
            .map_err(|source| Error::Table {
                table: table.name,
                source,
            })?;
        whole
            .vstack_mut_owned(part)
            .map_err(|source| Error::Table {
                table: table.name,
                source,
            })?;
    }
    Ok(whole)
}

fn empty<R: Row>(columns: &[&str]) -> Result<DataFrame, Error> {
    let table = R::table();
    let stored = |name: &str| table.columns.iter().find(|column| column.name == name);
    let made = columns.iter().map(|&name| {
        let kind = match stored(name).map(|column| &column.data_type) {
            Some(Stored::Boolean) => DataType::Boolean,
            Some(Stored::Int32) => DataType::Int32,
            Some(Stored::Int64) => DataType::Int64,
            Some(Stored::Float64) => DataType::Float64,
            Some(Stored::Timestamp(_, _)) => {
                DataType::Datetime(TimeUnit::Microseconds, Some(polars::prelude::TimeZone::UTC))
            }
            _ => DataType::String,
        };
        Column::new_empty(name.into(), &kind)
    });
    DataFrame::new(0, made.collect()).map_err(|source| Error::Table {
        table: table.name,
        source,
    })
}

/// A column of words; null is an error.
pub(super) fn words(frame: &DataFrame, name: &str) -> Result<Vec<String>, Error> {
    Ok(words_or_null(frame, name)?
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect())
}

/// A column of words.
pub(super) fn words_or_null(frame: &DataFrame, name: &str) -> Result<Vec<Option<String>>, Error> {
    let column = frame.column(name)?.cast(&DataType::String)?;
    Ok(column
        .str()?
        .iter()
        .map(|value| value.map(str::to_owned))
        .collect())
}

/// A column of numbers; flags are 0 and 1.
pub(super) fn floats_or_null(frame: &DataFrame, name: &str) -> Result<Vec<Option<f64>>, Error> {
    let column = frame.column(name)?.cast(&DataType::Float64)?;
    Ok(column.f64()?.iter().collect())
}

/// A column of whole numbers; null counts as 0.
pub(super) fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<i64>, Error> {
    Ok(numbers_or_null(frame, name)?
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect())
}

/// A column of whole numbers.
pub(super) fn numbers_or_null(frame: &DataFrame, name: &str) -> Result<Vec<Option<i64>>, Error> {
    let column = frame.column(name)?.cast(&DataType::Int64)?;
    Ok(column.i64()?.iter().collect())
}
