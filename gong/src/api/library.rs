//! The library: `GET /v2/library/folders` and `GET /v2/library/folder-content`, which answer in one piece. Only public
//! folders are listed.

use crate::endpoint::{Endpoint, RequestParts};
use crate::page::{DecodeFailure, Page, decode_list};
use crate::wire;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Lists the library's public folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFolders {
    /// Only this workspace; companies with more than one must name it.
    pub workspace_id: Option<String>,
}

impl Endpoint for ListFolders {
    type Response = Page<FolderRecord>;

    fn request(&self) -> RequestParts {
        let workspace = self.workspace_id.clone().map(|id| ("workspaceId", id));
        RequestParts::get("/v2/library/folders", workspace.into_iter().collect())
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_list(body, "folders")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }
}

/// Lists the calls of one folder; the same call may stand there several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderContent {
    /// The folder.
    pub folder_id: String,
}

impl Endpoint for FolderContent {
    type Response = Page<LibraryCallRecord>;

    fn request(&self) -> RequestParts {
        let folder = ("folderId", self.folder_id.clone());
        RequestParts::get("/v2/library/folder-content", vec![folder])
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_list(body, "calls")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }
}

/// One folder of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderRecord {
    /// The folder's id.
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The folder it stands in.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_folder_id: Option<String>,
    /// Who made it.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_by: Option<String>,
    /// When it was changed.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<Timestamp>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One call, or a part of it, in a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LibraryCallRecord {
    /// The call's id.
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    /// The call's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Why it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who put it there.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub added_by: Option<String>,
    /// When it was put there.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created: Option<Timestamp>,
    /// Where it can be played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which part of it; none means the whole call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A part of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    /// Start in seconds.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub from_sec: Option<i64>,
    /// End in seconds.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub to_sec: Option<i64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
