//! Calls: `GET /v2/calls`, `GET /v2/calls/{id}`, `POST /v2/calls/extensive`.

mod content;
mod interaction;
mod records;
mod selector;

pub use content::{
    CallOutcome, Content, HighlightItem, HighlightSection, KeyPoint, Occurrence, OutlineItem,
    OutlineSection, Phrase, Structure, Topic, Tracker,
};
pub use interaction::{
    Collaboration, Comment, Interaction, InteractionStat, Questions, Speaker, Video,
};
pub use records::{CallRecord, CrmContext, CrmField, CrmObject, MetaData, PartyRecord};
pub use selector::{
    CollaborationFields, ContentFields, ContentSelector, ContextLevel, ContextTiming,
    ExposedFields, InteractionFields,
};

pub use crate::wire::Dropped;

use crate::endpoint::{Endpoint, Paged, RequestParts, segment};
use crate::page::{DecodeFailure, Page, decode_page, decode_single};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Lists calls with their metadata, oldest first.
///
/// Beware: for web conferences this endpoint filters by the *scheduled* time, the extensive one by the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListCalls {
    /// First moment, inclusive.
    pub from: Option<Timestamp>,
    /// Last moment, exclusive.
    pub to: Option<Timestamp>,
    /// Only this workspace.
    pub workspace_id: Option<String>,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
}

impl Endpoint for ListCalls {
    type Response = Page<MetaData>;

    fn request(&self) -> RequestParts {
        let mut query = Vec::new();
        query.extend(self.from.map(|from| ("fromDateTime", from.to_string())));
        query.extend(self.to.map(|to| ("toDateTime", to.to_string())));
        query.extend(self.workspace_id.clone().map(|id| ("workspaceId", id)));
        query.extend(self.cursor.clone().map(|cursor| ("cursor", cursor)));
        RequestParts::get("/v2/calls", query)
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_page(body, "calls")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }

    fn doubt(&self, page: &Self::Response) -> Option<DecodeFailure> {
        page.doubt()
    }
}

impl Paged for ListCalls {
    type Record = MetaData;

    fn with_cursor(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }
}

/// Reads the metadata of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetCall {
    /// The call's id.
    pub id: String,
}

impl Endpoint for GetCall {
    type Response = MetaData;

    fn request(&self) -> RequestParts {
        RequestParts::get(format!("/v2/calls/{}", segment(&self.id)), Vec::new())
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_single(body, "call")
    }
}

/// Which calls to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallFilter {
    /// First start, inclusive.
    #[serde(rename = "fromDateTime", skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Last start, exclusive.
    #[serde(rename = "toDateTime", skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Only this workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// Only these calls, at most 100 a request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub call_ids: Vec<String>,
    /// Only calls hosted by these users; other participants do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub primary_user_ids: Vec<String>,
}

/// Reads calls with parties, CRM context, content and interaction, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtensiveCalls {
    /// Which calls.
    pub filter: CallFilter,
    /// How much of each; by default everything but media links.
    pub content_selector: ContentSelector,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
}

impl ExtensiveCalls {
    /// Everything but media links about the calls that `filter` admits.
    pub fn new(filter: CallFilter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }
}

impl Endpoint for ExtensiveCalls {
    type Response = Page<CallRecord>;

    fn request(&self) -> RequestParts {
        let mut body = json!({ "filter": self.filter, "contentSelector": self.content_selector });
        if let Some(cursor) = &self.cursor {
            body["cursor"] = json!(cursor);
        }
        RequestParts::post("/v2/calls/extensive", body)
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_page(body, "calls")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }

    fn doubt(&self, page: &Self::Response) -> Option<DecodeFailure> {
        page.doubt()
    }
}

impl Paged for ExtensiveCalls {
    type Record = CallRecord;

    fn with_cursor(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }
}
