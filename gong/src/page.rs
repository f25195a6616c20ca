//! Pages: their envelope and their items one by one.

use crate::reject::{reject, shorten};
use crate::repair::repair;
use crate::wire;
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

pub use crate::reject::Reject;

/// One page of an answer.
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named after the API's"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// Gong's id of the request, for its support.
    pub request_id: Option<String>,
    /// How many records the whole answer holds, over all its pages.
    pub total_records: Option<u64>,
    /// How many records this page says it holds.
    pub page_size: Option<u64>,
    /// The page's number, from 0.
    pub page_number: Option<u64>,
    /// Where the next page starts; none on the last page.
    pub cursor: Option<String>,
    /// The records, in Gong's order.
    pub items: Vec<Item<T>>,
    /// Whether the answer lacked the `records` that tell the total and the next page: then neither is known.
    pub records_missing: bool,
    /// How many half surrogate pairs (or bytes that are not UTF-8) in the page's text were replaced by U+FFFD.
    pub replaced_surrogates: u64,
}

impl<T> Page<T> {
    /// The page that a 404 "nothing found" stands for.
    pub fn empty() -> Self {
        Self {
            request_id: None,
            total_records: Some(0),
            page_size: Some(0),
            page_number: Some(0),
            cursor: None,
            items: Vec::new(),
            records_missing: false,
            replaced_surrogates: 0,
        }
    }

    /// A page without `records` is better asked for again: it may not be the last one.
    pub(crate) fn doubt(&self) -> Option<DecodeFailure> {
        self.records_missing.then(|| missing("records"))
    }

    /// The records that decoded, in order.
    pub fn records(&self) -> impl Iterator<Item = &T> {
        self.items.iter().filter_map(|item| match item {
            Item::Record(record) => Some(record),
            Item::Rejected(_) => None,
        })
    }

    /// The records that did not decode, in order.
    pub fn rejects(&self) -> impl Iterator<Item = &Reject> {
        self.items.iter().filter_map(|item| match item {
            Item::Record(_) => None,
            Item::Rejected(reject) => Some(reject),
        })
    }
}

/// One item of a page: a record, or what could not be read as one.
#[derive(Debug, Clone, PartialEq)]
pub enum Item<T> {
    /// A record.
    Record(T),
    /// One undecodable record; it never sinks its page.
    Rejected(Reject),
}

/// Why a body as a whole could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeFailure {
    /// Where in the body, as a JSON path; `.` is the body itself.
    pub path: String,
    /// What was found there.
    pub reason: String,
}

/// Reads a page whose items stand under `list`.
pub(crate) fn decode_page<T: DeserializeOwned>(
    body: &[u8],
    list: &'static str,
) -> Result<Page<T>, DecodeFailure> {
    decode(body, list, Shape::Page)
}

/// Reads an answer in one piece, whose items stand under `list`; it has no `records` to miss.
pub(crate) fn decode_list<T: DeserializeOwned>(
    body: &[u8],
    list: &'static str,
) -> Result<Page<T>, DecodeFailure> {
    decode(body, list, Shape::Whole)
}

/// Whether an answer is one page of many.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Page,
    Whole,
}

fn decode<T: DeserializeOwned>(
    body: &[u8],
    list: &'static str,
    shape: Shape,
) -> Result<Page<T>, DecodeFailure> {
    let repaired = repair(body);
    // Nearly every page is sound and is read in one pass; only when it is not, its items are looked at one by one.
    let (envelope, items) = if let Ok(mut envelope) = Envelope::<Vec<T>>::read(&repaired.text, list)
    {
        let records = envelope.payload.take();
        (
            envelope.head,
            records.map(|records| records.into_iter().map(Item::Record).collect()),
        )
    } else {
        let mut envelope = Envelope::<Vec<&RawValue>>::read_with_path(&repaired.text, list)?;
        let raw = envelope.payload.take();
        (envelope.head, raw.map(|raw| decode_items(&raw, list)))
    };
    let records_missing = shape == Shape::Page && envelope.records.is_none();
    let records = envelope.records.unwrap_or_default();
    let items = match items {
        Some(items) => items,
        None if records.total_records == Some(0) || records.current_page_size == Some(0) => {
            Vec::new()
        }
        None if shape == Shape::Whole && envelope.has_payload => Vec::new(),
        None => return Err(missing(list)),
    };
    Ok(Page {
        request_id: envelope.request_id,
        total_records: records.total_records,
        page_size: records.current_page_size,
        page_number: records.current_page_number,
        cursor: records.cursor,
        items,
        records_missing,
        replaced_surrogates: repaired.replaced_surrogates,
    })
}

/// Reads an answer whose one record stands under `key`.
pub(crate) fn decode_single<T: DeserializeOwned>(
    body: &[u8],
    key: &'static str,
) -> Result<T, DecodeFailure> {
    let repaired = repair(body);
    let envelope = Envelope::<T>::read_with_path(&repaired.text, key)?;
    envelope.payload.ok_or_else(|| missing(key))
}

fn missing(key: &str) -> DecodeFailure {
    DecodeFailure {
        path: key.to_owned(),
        reason: format!("`{key}` is missing"),
    }
}

fn decode_items<T: DeserializeOwned>(raw: &[&RawValue], list: &str) -> Vec<Item<T>> {
    let decode = |(index, raw): (usize, &&RawValue)| {
        let deserializer = &mut serde_json::Deserializer::from_str(raw.get());
        match serde_path_to_error::deserialize(deserializer) {
            Ok(record) => Item::Record(record),
            Err(error) => Item::Rejected(reject(list, index, raw.get(), &error)),
        }
    };
    raw.iter().enumerate().map(decode).collect()
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named as in the API"
)]
struct Records {
    #[serde(default, deserialize_with = "wire::optional_count")]
    total_records: Option<u64>,
    #[serde(default, deserialize_with = "wire::optional_count")]
    current_page_size: Option<u64>,
    #[serde(default, deserialize_with = "wire::optional_count")]
    current_page_number: Option<u64>,
    #[serde(default, deserialize_with = "wire::optional_id")]
    cursor: Option<String>,
}

#[derive(Default)]
struct Head {
    request_id: Option<String>,
    records: Option<Records>,
    /// Whether the payload's name is there, even where it is null.
    has_payload: bool,
}

/// What every answer is wrapped in; the payload stands under a name of its own in each family.
struct Envelope<P> {
    head: Head,
    payload: Option<P>,
}

impl<'de, P: Deserialize<'de>> Envelope<P> {
    fn read(text: &'de str, key: &'static str) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let envelope = EnvelopeSeed::<P>::new(key).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(envelope)
    }

    fn read_with_path(text: &'de str, key: &'static str) -> Result<Self, DecodeFailure> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
        let read = EnvelopeSeed::<P>::new(key).deserialize(tracked);
        let path = track.path().to_string();
        read.and_then(|envelope| deserializer.end().map(|()| envelope))
            .map_err(|error| DecodeFailure {
                path: shorten(path),
                reason: shorten(describe(text, &error)),
            })
    }
}

/// How much of an unexpected body is shown.
const SHOWN_CHARS: usize = 60;

/// Says what was found when it was no JSON object; otherwise what the parser says.
fn describe(text: &str, error: &serde_json::Error) -> String {
    let body = text.trim_start();
    if body.is_empty() {
        return "the body is empty".to_owned();
    }
    if body.starts_with('{') {
        return format!("{error}, in a body of {} bytes", text.len());
    }
    let start: String = body
        .chars()
        .take(SHOWN_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("expected a JSON object, found `{start}`")
}

struct EnvelopeSeed<P> {
    key: &'static str,
    payload: PhantomData<P>,
}

impl<P> EnvelopeSeed<P> {
    fn new(key: &'static str) -> Self {
        Self {
            key,
            payload: PhantomData,
        }
    }
}

impl<'de, P: Deserialize<'de>> DeserializeSeed<'de> for EnvelopeSeed<P> {
    type Value = Envelope<P>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, P: Deserialize<'de>> Visitor<'de> for EnvelopeSeed<P> {
    type Value = Envelope<P>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "an object with `{}`", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope {
            head: Head::default(),
            payload: None,
        };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "requestId" => envelope.head.request_id = map.next_value::<wire::AnyId>()?.0,
                "records" => envelope.head.records = map.next_value()?,
                key if key == self.key => {
                    envelope.head.has_payload = true;
                    envelope.payload = map.next_value()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(envelope)
    }
}
