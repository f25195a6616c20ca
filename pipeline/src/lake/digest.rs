//! Digests of rows: equal rows give equal digests, however they were cut into batches and whatever wrote the file.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use arrow::array::{
    Array, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array,
    Int64Array, MapArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
    UInt64Array,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, Schema, TimeUnit,
    TimestampMicrosecondType, UInt32Type, UInt64Type,
};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::SCHEMA_VERSION;
use super::error::Error;

/// Digits of a digest: 128 bits are beyond accident, and half as long to read.
const HEX_DIGITS: usize = 32;

/// Bytes that are encoded before they go into the hash.
const CHUNK: usize = 64 * 1024;

/// Digest of one row, or of a few that belong together: half the size of the text that stands for it in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowDigest([u8; HEX_DIGITS / 2]);

impl RowDigest {
    fn of(bytes: &[u8]) -> RowDigest {
        RowDigest::short(blake3::hash(bytes))
    }

    fn short(hash: blake3::Hash) -> RowDigest {
        let mut digest = [0; HEX_DIGITS / 2];
        digest.copy_from_slice(&hash.as_bytes()[..HEX_DIGITS / 2]);
        RowDigest(digest)
    }

    /// The digest of the rows that this one stands for, followed by another.
    #[must_use]
    pub fn followed_by(self, next: RowDigest) -> RowDigest {
        let mut both = [0; HEX_DIGITS];
        both[..HEX_DIGITS / 2].copy_from_slice(&self.0);
        both[HEX_DIGITS / 2..].copy_from_slice(&next.0);
        RowDigest::of(&both)
    }
}

impl fmt::Display for RowDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RowDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RowDigest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<RowDigest, &'static str> {
        const WRONG: &str = "a digest is 32 hexadecimal digits";
        if text.len() != HEX_DIGITS || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        let mut digest = [0; HEX_DIGITS / 2];
        for (at, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| WRONG)?;
        }
        Ok(RowDigest(digest))
    }
}

impl Serialize for RowDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RowDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RowDigest, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Digest of the rows of a partition, with the table's name and the schema version.
///
/// # Errors
///
/// A column has a type that tables do not use.
pub fn of_rows(table: &str, batches: &[RecordBatch]) -> Result<String, Error> {
    let mut digest = RowsDigest::new(table);
    for batch in batches {
        digest.update(batch)?;
    }
    Ok(digest.finish())
}

/// The digest of rows that come in batches, however they are cut.
pub struct RowsDigest {
    table: String,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    has_schema: bool,
}

impl RowsDigest {
    /// The digest of no row yet.
    pub fn new(table: &str) -> RowsDigest {
        let mut buffer = Vec::with_capacity(CHUNK * 2);
        put_text(&mut buffer, table);
        buffer.extend_from_slice(&SCHEMA_VERSION.to_le_bytes());
        RowsDigest {
            table: table.to_owned(),
            hasher: blake3::Hasher::new(),
            buffer,
            has_schema: false,
        }
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// A column has a type that tables do not use.
    pub fn update(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if !self.has_schema {
            put_schema(&mut self.buffer, &batch.schema());
            self.has_schema = true;
        }
        let encoder = RowEncoder::new(&self.table, batch)?;
        for row in 0..batch.num_rows() {
            encoder.encode(row, &mut self.buffer);
            if self.buffer.len() >= CHUNK {
                self.hasher.update(&self.buffer);
                self.buffer.clear();
            }
        }
        Ok(())
    }

    /// The digest of all rows added.
    pub fn finish(mut self) -> String {
        self.hasher.update(&self.buffer);
        RowDigest::short(self.hasher.finalize()).to_string()
    }
}

/// Digest of each row of a batch.
///
/// # Errors
///
/// A column has a type that tables do not use.
pub fn of_each_row(table: &str, batch: &RecordBatch) -> Result<Vec<RowDigest>, Error> {
    let encoder = RowEncoder::new(table, batch)?;
    let mut buffer = Vec::new();
    Ok((0..batch.num_rows())
        .map(|row| {
            buffer.clear();
            encoder.encode(row, &mut buffer);
            RowDigest::of(&buffer)
        })
        .collect())
}

/// Digest of bytes, as in the names of manifest and index objects.
pub fn of_bytes(bytes: &[u8]) -> String {
    RowDigest::of(bytes).to_string()
}

fn put_schema(buffer: &mut Vec<u8>, schema: &Schema) {
    for field in schema.fields() {
        put_text(buffer, field.name());
        put_text(buffer, &field.data_type().to_string());
    }
}

fn put_text(buffer: &mut Vec<u8>, text: &str) {
    buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
    buffer.extend_from_slice(text.as_bytes());
}

/// Writes rows in a form in which different rows never look alike: every value has a mark for null and, where its
/// length varies, its length.
struct RowEncoder<'a> {
    columns: Vec<Values<'a>>,
}

enum Values<'a> {
    Text(&'a StringArray),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    UInt32(&'a UInt32Array),
    UInt64(&'a UInt64Array),
    Float(&'a Float64Array),
    Boolean(&'a BooleanArray),
    Date(&'a Date32Array),
    Time(&'a TimestampMicrosecondArray),
    Decimal(&'a Decimal128Array),
    TextMap {
        map: &'a MapArray,
        keys: &'a StringArray,
        values: &'a StringArray,
    },
}

impl<'a> RowEncoder<'a> {
    fn new(table: &str, batch: &'a RecordBatch) -> Result<RowEncoder<'a>, Error> {
        let columns = batch
            .columns()
            .iter()
            .zip(batch.schema().fields())
            .map(|(array, field)| {
                Values::of(array.as_ref()).ok_or_else(|| {
                    let reason = format!(
                        "column `{}` has type `{}`, which tables do not use",
                        field.name(),
                        field.data_type()
                    );
                    Error::rows(table, reason)
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(RowEncoder { columns })
    }

    fn encode(&self, row: usize, buffer: &mut Vec<u8>) {
        for column in &self.columns {
            column.encode(row, buffer);
        }
    }
}

impl<'a> Values<'a> {
    fn of(array: &'a dyn Array) -> Option<Values<'a>> {
        Some(match array.data_type() {
            DataType::Utf8 => Values::Text(array.as_string()),
            DataType::Int32 => Values::Int32(array.as_primitive::<Int32Type>()),
            DataType::Int64 => Values::Int64(array.as_primitive::<Int64Type>()),
            DataType::UInt32 => Values::UInt32(array.as_primitive::<UInt32Type>()),
            DataType::UInt64 => Values::UInt64(array.as_primitive::<UInt64Type>()),
            DataType::Float64 => Values::Float(array.as_primitive::<Float64Type>()),
            DataType::Boolean => Values::Boolean(array.as_boolean()),
            DataType::Date32 => Values::Date(array.as_primitive::<Date32Type>()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Values::Time(array.as_primitive::<TimestampMicrosecondType>())
            }
            DataType::Decimal128(_, _) => Values::Decimal(array.as_primitive::<Decimal128Type>()),
            DataType::Map(_, _) => {
                let map = array.as_map();
                Values::TextMap {
                    map,
                    keys: map.keys().as_string_opt()?,
                    values: map.values().as_string_opt()?,
                }
            }
            _ => return None,
        })
    }

    fn array(&self) -> &dyn Array {
        match self {
            Values::Text(array) => array,
            Values::Int32(array) => array,
            Values::Int64(array) => array,
            Values::UInt32(array) => array,
            Values::UInt64(array) => array,
            Values::Float(array) => array,
            Values::Boolean(array) => array,
            Values::Date(array) => array,
            Values::Time(array) => array,
            Values::Decimal(array) => array,
            Values::TextMap { map, .. } => map,
        }
    }

    fn encode(&self, row: usize, buffer: &mut Vec<u8>) {
        if self.array().is_null(row) {
            buffer.push(0);
            return;
        }
        buffer.push(1);
        match self {
            Values::Text(array) => put_text(buffer, array.value(row)),
            Values::Int32(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::Int64(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::UInt32(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::UInt64(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::Float(array) => {
                buffer.extend_from_slice(&array.value(row).to_bits().to_le_bytes());
            }
            Values::Boolean(array) => buffer.push(u8::from(array.value(row))),
            Values::Date(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::Time(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::Decimal(array) => buffer.extend_from_slice(&array.value(row).to_le_bytes()),
            Values::TextMap { map, keys, values } => {
                put_entries(buffer, entry_range(map, row), keys, values);
            }
        }
    }
}

fn entry_range(map: &MapArray, row: usize) -> std::ops::Range<usize> {
    let offsets = map.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}

fn put_entries(
    buffer: &mut Vec<u8>,
    entries: std::ops::Range<usize>,
    keys: &StringArray,
    values: &StringArray,
) {
    buffer.extend_from_slice(&(entries.len() as u64).to_le_bytes());
    for entry in entries {
        put_text(buffer, keys.value(entry));
        if values.is_null(entry) {
            buffer.push(0);
        } else {
            buffer.push(1);
            put_text(buffer, values.value(entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use talktrack_analyzers::table::{FieldMap, Row};
    use talktrack_analyzers::tables::CrmObjectRow;

    fn object(id: &str, fields: &[(&str, &str)]) -> CrmObjectRow {
        CrmObjectRow {
            call_id: id.to_owned(),
            party_id: String::new(),
            timing: "now".to_owned(),
            system: "Salesforce".to_owned(),
            object_type: "Account".to_owned(),
            object_id: "a".to_owned(),
            fields: FieldMap(
                fields
                    .iter()
                    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                    .collect(),
            ),
        }
    }

    #[test]
    fn the_cut_into_batches_does_not_matter() {
        let rows: Vec<_> = (0..10)
            .map(|i| object(&i.to_string(), &[("Name", "x"), ("Stage", "")][..i % 3]))
            .collect();
        let whole = of_rows("crm_objects", &[CrmObjectRow::to_batch(&rows)]).expect("digest");
        for cut in 0..=rows.len() {
            let batch = CrmObjectRow::to_batch(&rows);
            let parts = [batch.slice(0, cut), batch.slice(cut, rows.len() - cut)];
            assert_eq!(
                of_rows("crm_objects", &parts).expect("digest"),
                whole,
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn digests_survive_their_text() {
        let digest = RowDigest::of(b"x");
        assert_eq!(digest.to_string(), of_bytes(b"x"));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for wrong in ["", "0g", &"é".repeat(16), &"+1".repeat(16)] {
            assert!(wrong.parse::<RowDigest>().is_err(), "{wrong}");
        }
        let other = RowDigest::of(b"y");
        assert_ne!(digest.followed_by(other), other.followed_by(digest));
    }

    #[test]
    fn what_differs_differs() {
        let digest = |table: &str, rows: &[CrmObjectRow]| {
            of_rows(table, &[CrmObjectRow::to_batch(rows)]).expect("digest")
        };
        let one = digest("crm_objects", &[object("1", &[("a", "bc")])]);
        assert_ne!(one, digest("crm_objects", &[object("1", &[("ab", "c")])]));
        assert_ne!(one, digest("other", &[object("1", &[("a", "bc")])]));
        assert_ne!(
            one,
            digest("crm_objects", &[object("1", &[("a", "bc"), ("", "")])])
        );
        let two = [object("1", &[]), object("2", &[])];
        let reversed = [object("2", &[]), object("1", &[])];
        assert_ne!(
            digest("crm_objects", &two),
            digest("crm_objects", &reversed)
        );
    }
}
