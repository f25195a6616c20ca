//! Workspaces: `GET /v2/workspaces`, which answers in one piece.

use crate::endpoint::{Endpoint, RequestParts};
use crate::page::{DecodeFailure, Page, decode_list};
use crate::wire;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Lists the company's workspaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListWorkspaces;

impl Endpoint for ListWorkspaces {
    type Response = Page<WorkspaceRecord>;

    fn request(&self) -> RequestParts {
        RequestParts::get("/v2/workspaces", Vec::new())
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_list(body, "workspaces")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }
}

/// One workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceRecord {
    /// The workspace's id.
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
