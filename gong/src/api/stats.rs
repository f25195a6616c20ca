//! Statistics: `POST /v2/stats/activity/scorecards`.

use crate::endpoint::{Endpoint, Paged, RequestParts};
use crate::page::{DecodeFailure, Page, decode_page};
use crate::wire;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Which answered scorecards to read. Days are the company's; the last one is not included and may not lie ahead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AnsweredScorecardsFilter {
    /// First day of the call, inclusive.
    #[serde(rename = "callFromDate", skip_serializing_if = "Option::is_none")]
    pub call_from: Option<Date>,
    /// Last day of the call, exclusive.
    #[serde(rename = "callToDate", skip_serializing_if = "Option::is_none")]
    pub call_to: Option<Date>,
    /// First day of the review, inclusive.
    #[serde(rename = "reviewFromDate", skip_serializing_if = "Option::is_none")]
    pub review_from: Option<Date>,
    /// Last day of the review, exclusive.
    #[serde(rename = "reviewToDate", skip_serializing_if = "Option::is_none")]
    pub review_to: Option<Date>,
    /// Who reviewed. Gong's own default leaves automatic reviews out; ours does not.
    pub review_method: ReviewMethod,
    /// Only calls of these users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviewed_user_ids: Vec<String>,
    /// Only these scorecards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scorecard_ids: Vec<String>,
}

/// Who reviewed a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReviewMethod {
    /// Gong itself.
    Automatic,
    /// A person.
    Manual,
    /// Either.
    #[default]
    Both,
}

/// Reads answered scorecards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnsweredScorecards {
    /// Which of them.
    pub filter: AnsweredScorecardsFilter,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
}

impl AnsweredScorecards {
    /// The answered scorecards that `filter` admits.
    pub fn new(filter: AnsweredScorecardsFilter) -> Self {
        Self {
            filter,
            cursor: None,
        }
    }
}

impl Endpoint for AnsweredScorecards {
    type Response = Page<AnsweredScorecardRecord>;

    fn request(&self) -> RequestParts {
        let mut body = json!({ "filter": self.filter });
        if let Some(cursor) = &self.cursor {
            body["cursor"] = json!(cursor);
        }
        RequestParts::post("/v2/stats/activity/scorecards", body)
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_page(body, "answeredScorecards")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }

    fn doubt(&self, page: &Self::Response) -> Option<DecodeFailure> {
        page.doubt()
    }
}

impl Paged for AnsweredScorecards {
    type Record = AnsweredScorecardRecord;

    fn with_cursor(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }
}

/// One scorecard filled in for one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredScorecardRecord {
    /// Its id.
    #[serde(deserialize_with = "wire::id")]
    pub answered_scorecard_id: String,
    /// The scorecard.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub scorecard_id: Option<String>,
    /// The scorecard's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scorecard_name: Option<String>,
    /// The call.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub call_id: Option<String>,
    /// When the call started.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub call_start_time: Option<Timestamp>,
    /// Whose call it is.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub reviewed_user_id: Option<String>,
    /// Who filled it in; nobody, where Gong did.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub reviewer_user_id: Option<String>,
    /// `AUTOMATIC` or `MANUAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_method: Option<String>,
    /// Who changed it afterwards.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub editor_user_id: Option<String>,
    /// When it was filled in.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub review_time: Option<Timestamp>,
    /// `PUBLIC`, `PRIVATE` or `OPT_IN_USERS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility_type: Option<String>,
    /// The answers.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub answers: Vec<ScorecardAnswer>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScorecardAnswer {
    /// The question.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub question_id: Option<String>,
    /// Its wording.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub question_revision_id: Option<String>,
    /// Whether it judges the call as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_overall: Option<bool>,
    /// The score, where the question has a range.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub score: Option<i64>,
    /// What was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_text: Option<String>,
    /// Whether the question did not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<bool>,
    /// What was chosen.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub selected_options: Vec<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
