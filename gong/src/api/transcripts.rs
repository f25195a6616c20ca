//! Transcripts: `POST /v2/calls/transcript`. A call whose transcript is not ready is simply missing from the answer.

use crate::endpoint::{Endpoint, Paged, RequestParts};
use crate::page::{DecodeFailure, Page, decode_page};
use crate::wire;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Which transcripts to read. With both ids and dates, both must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TranscriptFilter {
    /// First start of the call, inclusive.
    #[serde(rename = "fromDateTime", skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Last start of the call, exclusive.
    #[serde(rename = "toDateTime", skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Only this workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// Only these calls, at most 100 a request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub call_ids: Vec<String>,
}

/// Reads transcripts, by call ids or by dates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcripts {
    /// Which calls.
    pub filter: TranscriptFilter,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
}

impl Transcripts {
    /// The transcripts of the calls that `filter` admits.
    pub fn new(filter: TranscriptFilter) -> Self {
        Self {
            filter,
            cursor: None,
        }
    }

    /// The transcripts of these calls.
    pub fn of_calls(call_ids: Vec<String>) -> Self {
        Self::new(TranscriptFilter {
            call_ids,
            ..TranscriptFilter::default()
        })
    }
}

impl Endpoint for Transcripts {
    type Response = Page<TranscriptRecord>;

    fn request(&self) -> RequestParts {
        let mut body = json!({ "filter": self.filter });
        if let Some(cursor) = &self.cursor {
            body["cursor"] = json!(cursor);
        }
        RequestParts::post("/v2/calls/transcript", body)
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_page(body, "callTranscripts")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }

    fn doubt(&self, page: &Self::Response) -> Option<DecodeFailure> {
        page.doubt()
    }
}

impl Paged for Transcripts {
    type Record = TranscriptRecord;

    fn with_cursor(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }
}

/// The transcript of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptRecord {
    /// The call.
    #[serde(deserialize_with = "wire::id")]
    pub call_id: String,
    /// What was said, in Gong's order.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub transcript: Vec<Monologue>,
}

/// One speaker on one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Monologue {
    /// Who; may be a voice that no party carries.
    #[serde(default, deserialize_with = "wire::optional_id")]
    pub speaker_id: Option<String>,
    /// The topic Gong heard.
    #[serde(default)]
    pub topic: Option<String>,
    /// What was said.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub sentences: Vec<Sentence>,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sentence {
    /// Start in milliseconds from the start of the call.
    #[serde(deserialize_with = "wire::whole")]
    pub start: i64,
    /// End in milliseconds from the start of the call.
    #[serde(deserialize_with = "wire::whole")]
    pub end: i64,
    /// The words.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub text: String,
}
