//! Settings: `GET /v2/settings/scorecards` and `GET /v2/settings/trackers`, which answer in one piece.

use crate::endpoint::{Endpoint, RequestParts};
use crate::page::{DecodeFailure, Page, decode_list};
use crate::wire;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Lists the company's scorecards with their questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListScorecards;

impl Endpoint for ListScorecards {
    type Response = Page<ScorecardRecord>;

    fn request(&self) -> RequestParts {
        RequestParts::get("/v2/settings/scorecards", Vec::new())
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_list(body, "scorecards")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }
}

/// Lists keyword trackers. Smart trackers are not listed, though calls carry them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListTrackers {
    /// Only this workspace.
    pub workspace_id: Option<String>,
}

impl Endpoint for ListTrackers {
    type Response = Page<TrackerRecord>;

    fn request(&self) -> RequestParts {
        let workspace = self.workspace_id.clone().map(|id| ("workspaceId", id));
        RequestParts::get("/v2/settings/trackers", workspace.into_iter().collect())
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_list(body, "keywordTrackers")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }
}

/// One scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScorecardRecord {
    /// The scorecard's id.
    #[serde(deserialize_with = "wire::id")]
    pub scorecard_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scorecard_name: Option<String>,
    /// The workspace it belongs to.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub workspace_id: Option<String>,
    /// Whether it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Who changed it last; `-1` for built-in ones.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub updater_user_id: Option<String>,
    /// When it was made.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created: Option<Timestamp>,
    /// When it was changed.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<Timestamp>,
    /// `AUTOMATIC` or `MANUAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_method: Option<String>,
    /// Its questions.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub questions: Vec<ScorecardQuestion>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One question of a scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScorecardQuestion {
    /// The question's id; it stays when the question is reworded.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub question_id: Option<String>,
    /// The id of this wording.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub question_revision_id: Option<String>,
    /// The question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question_text: Option<String>,
    /// Whether it judges the call as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_overall: Option<bool>,
    /// Such as `RANGE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question_type: Option<String>,
    /// How to answer it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_guide: Option<String>,
    /// The lowest score.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub min_range: Option<i64>,
    /// The highest score.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_range: Option<i64>,
    /// What can be chosen, where that is not a range.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub answer_options: Vec<Value>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One keyword tracker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackerRecord {
    /// The tracker's id.
    #[serde(deserialize_with = "wire::id")]
    pub tracker_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracker_name: Option<String>,
    /// The workspace it belongs to.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub workspace_id: Option<String>,
    /// What it listens for, by language.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub language_keywords: Vec<LanguageKeywords>,
    /// Who must say it: `Anyone`, `Company` or `NonCompany`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
    /// Whether it only counts in a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of_question: Option<bool>,
    /// When: `Anytime`, `First` or `Last`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_at: Option<String>,
    /// The length of `First` and `Last`.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub said_at_interval: Option<i64>,
    /// Its unit, `minutes` or `percent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_at_unit: Option<String>,
    /// Only in these topics.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub said_in_topics: Vec<String>,
    /// Which calls: JSON in a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_query: Option<String>,
    /// When it was made.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created: Option<Timestamp>,
    /// Who made it; nobody, for built-in ones.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub creator_user_id: Option<String>,
    /// When it was changed.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated: Option<Timestamp>,
    /// Who changed it last.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub updater_user_id: Option<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a tracker listens for in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LanguageKeywords {
    /// ISO 639-2/B code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Words and phrases.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub keywords: Vec<String>,
    /// Whether other forms of the words count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_related_forms: Option<bool>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
