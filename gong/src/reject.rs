//! A record that could not be decoded: kept whole, with what can still be known of it.

use jiff::Timestamp;
use serde_json::Value;

/// One record that could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its id, where that much could be read.
    pub id: Option<String>,
    /// Where in the page it went wrong, such as `calls[3].metaData.started`.
    pub path: String,
    /// What was found there.
    pub reason: String,
    /// The record's own JSON, without media links.
    pub raw: String,
    /// Whether it says it is private: then its text must not be stored either.
    pub is_private: bool,
    /// When the call started, where that much could be read.
    pub started: Option<Timestamp>,
}

pub(crate) fn reject(
    list: &str,
    index: usize,
    raw: &str,
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> Reject {
    let mut value: Value = serde_json::from_str(raw).unwrap_or_default();
    let inner = error.path().to_string();
    let path = match inner.as_str() {
        "." => format!("{list}[{index}]"),
        inner if inner.starts_with('[') => format!("{list}[{index}]{inner}"),
        inner => format!("{list}[{index}].{inner}"),
    };
    Reject {
        id: find_id(&value),
        path,
        reason: error.inner().to_string(),
        is_private: find(&value, "isPrivate")
            .is_some_and(|flag| flag.as_bool() == Some(true) || flag == "true"),
        started: find(&value, "started")
            .and_then(|started| crate::wire::time::deserialize(started).ok()),
        raw: if remove_media(&mut value) {
            value.to_string()
        } else {
            raw.to_owned()
        },
    }
}

/// A field of the record itself, or of its `metaData`.
fn find<'a>(record: &'a Value, key: &str) -> Option<&'a Value> {
    record
        .get("metaData")
        .and_then(|meta_data| meta_data.get(key))
        .or_else(|| record.get(key))
}

fn find_id(record: &Value) -> Option<String> {
    match find(record, "id").or_else(|| find(record, "callId"))? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) if !id.is_f64() => Some(id.to_string()),
        _ => None,
    }
}

/// Media links are signed and short-lived: they are never kept. `media` of the metadata is a word and stays.
fn remove_media(record: &mut Value) -> bool {
    let Some(record) = record.as_object_mut() else {
        return false;
    };
    if record.get("media").is_some_and(Value::is_string) {
        return false;
    }
    record.remove("media").is_some()
}
