//! A record that could not be decoded: kept whole, with what can still be known of it.

use crate::wire;
use jiff::Timestamp;
use serde_json::Deserializer;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

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
    let inner = error.path().to_string();
    let path = match inner.as_str() {
        "." => format!("{list}[{index}]"),
        inner if inner.starts_with('[') => format!("{list}[{index}]{inner}"),
        inner => format!("{list}[{index}].{inner}"),
    };
    let fields = Fields::of(raw);
    Reject {
        id: fields.id(),
        path: shorten(path),
        reason: shorten(error.inner().to_string()),
        is_private: fields.is_private(),
        started: fields.started(),
        raw: fields.without_media().unwrap_or_else(|| raw.to_owned()),
    }
}

/// How much is shown of what came from outside.
const SHOWN_CHARS: usize = 300;

/// Cuts what a parser says about a value, which may repeat all of it.
pub(crate) fn shorten(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The fields of a record, each as its own text: whatever is wrong inside of one, and however deep, the others can
/// still be read.
#[derive(Default)]
struct Fields<'a> {
    own: BTreeMap<String, &'a RawValue>,
    /// Those of its `metaData`.
    meta: BTreeMap<String, &'a RawValue>,
}

impl<'a> Fields<'a> {
    fn of(raw: &'a str) -> Self {
        let own: BTreeMap<String, &RawValue> = serde_json::from_str(raw).unwrap_or_default();
        let meta = own
            .get("metaData")
            .and_then(|meta| serde_json::from_str(meta.get()).ok());
        Self {
            meta: meta.unwrap_or_default(),
            own,
        }
    }

    fn find(&self, key: &str) -> Option<&'a str> {
        let value = self.meta.get(key).or_else(|| self.own.get(key))?;
        Some(value.get())
    }

    fn id(&self) -> Option<String> {
        let text = self.find("id").or_else(|| self.find("callId"))?;
        wire::optional_id(&mut Deserializer::from_str(text)).ok()?
    }

    fn started(&self) -> Option<Timestamp> {
        wire::time::deserialize(&mut Deserializer::from_str(self.find("started")?)).ok()
    }

    /// What cannot be understood is taken for a yes: a text that should not be kept cannot be taken back.
    fn is_private(&self) -> bool {
        self.find("isPrivate")
            .is_some_and(|flag| !matches!(flag, "false" | "null" | "0" | "\"false\"" | "\"\""))
    }

    /// The record without media links, which are signed and short-lived and never kept; `None` when it has none. `media`
    /// of the metadata is a word and stays.
    fn without_media(mut self) -> Option<String> {
        if self.own.get("media")?.get().starts_with('"') {
            return None;
        }
        self.own.remove("media");
        serde_json::to_string(&self.own).ok()
    }
}
