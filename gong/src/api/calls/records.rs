//! The records of the calls family. Every field that Gong may leave out or send as null is optional or empty, and what
//! is not named stays in `extra`.

use crate::wire::{self, Dropped};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a call is: the flat record of `GET /v2/calls`, and `metaData` of an extensive call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetaData {
    /// The call's id.
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    /// Where the call can be played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The call's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was meant to start.
    #[serde(default, with = "wire::time::option", skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Timestamp>,
    /// When the recording started.
    #[serde(with = "wire::time")]
    pub started: Timestamp,
    /// Length in whole seconds.
    #[serde(default, deserialize_with = "wire::optional_whole", skip_serializing_if = "Option::is_none")]
    pub duration: Option<i64>,
    /// The host.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub primary_user_id: Option<String>,
    /// `Inbound`, `Outbound`, `Conference` or `Unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// The system that recorded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// `Internal`, `External` or `Unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// `Video` or `Audio`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// ISO 639-2/B code; also `und` and `zxx`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The workspace it belongs to.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// What the caller noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdr_disposition: Option<String>,
    /// The id given by whoever uploaded it.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub client_unique_id: Option<String>,
    /// Free text of whoever uploaded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<String>,
    /// The purpose given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Where the meeting took place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_url: Option<String>,
    /// Marked private: integrations should leave it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    /// The calendar entry.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub calendar_event_id: Option<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One item of `POST /v2/calls/extensive`. Blocks that were not asked for are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// What the call is.
    pub meta_data: MetaData,
    /// CRM objects linked to the call.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<CrmContext>,
    /// Who took part.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<PartyRecord>,
    /// What Gong made of the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Who spoke how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<Interaction>,
    /// What colleagues wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collaboration: Option<Collaboration>,
    /// Signed media links, recognised so that they are dropped and never reach `extra`.
    #[serde(default, rename = "media", skip_serializing)]
    pub(crate) media: Dropped,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One participant. Invitees who never spoke have no `speaker_id`, externals no `user_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartyRecord {
    /// The party's id, unique in its call.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The Gong user behind it.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The voice attributed to it; joins to the transcript.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub speaker_id: Option<String>,
    /// CRM objects linked to the person.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<CrmContext>,
    /// `Internal`, `External` or `Unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// `Invitee`, `Attendee`.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The objects of one CRM system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CrmContext {
    /// `Salesforce`, `HubSpot`, `MicrosoftDynamic`, `Generic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The objects.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<CrmObject>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One CRM object with its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CrmObject {
    /// `Opportunity`, `Account`, `Contact`, `User`, `Lead`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_type: Option<String>,
    /// The id in the CRM.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// `Now` or `TimeOfCall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<String>,
    /// The object's fields, named as in the CRM.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<CrmField>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One field of a CRM object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CrmField {
    /// The field's API name.
    #[serde(default, deserialize_with = "wire::null_as_default")]
    pub name: String,
    /// Any JSON; booleans often arrive as the strings `true` and `false`.
    #[serde(default)]
    pub value: Value,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What Gong made of a call's content; blocks depend on the tenant's licence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Parts of the meeting.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub structure: Vec<Structure>,
    /// Trackers; one with a count of zero was not heard.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub trackers: Vec<Tracker>,
    /// Topics; one of zero length was not discussed.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// Summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief: Option<String>,
    /// Outline.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub outline: Vec<OutlineSection>,
    /// Highlights; next steps stand here.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub highlights: Vec<HighlightSection>,
    /// Outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_outcome: Option<CallOutcome>,
    /// Key points.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub key_points: Vec<KeyPoint>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A part of the meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Structure {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seconds; zero means not discussed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A tracker and where it was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracker {
    /// Its id.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How often; may exceed the sum over phrases.
    #[serde(default, deserialize_with = "wire::optional_whole", skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// `KEYWORD` or `SMART`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Where.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<Occurrence>,
    /// Per phrase; keyword trackers only.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<Phrase>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One phrase of a keyword tracker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phrase {
    /// The phrase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phrase: Option<String>,
    /// How often.
    #[serde(default, deserialize_with = "wire::optional_whole", skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Where.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<Occurrence>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One place where a tracker was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Occurrence {
    /// Seconds from the start of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<f64>,
    /// Who; joins to the transcript.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub speaker_id: Option<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A section of the outline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlineSection {
    /// Its heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<f64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Its points.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<OutlineItem>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A point of the outline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlineItem {
    /// The point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A group of highlights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HighlightSection {
    /// Its heading, such as `Next steps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its points.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<HighlightItem>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A highlight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HighlightItem {
    /// The point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Seconds.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub start_times: Vec<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallOutcome {
    /// Such as `MEETING_BOOKED`.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Such as `Answered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Such as `Meeting booked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A key point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyPoint {
    /// The point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Who spoke how much, and what was on the screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
    /// Talk time; some tenants list company speakers only.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<Speaker>,
    /// The host's statistics.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub interaction_stats: Vec<InteractionStat>,
    /// What was on the screen.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub video: Vec<Video>,
    /// Questions per side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<Questions>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Talk time of one party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speaker {
    /// The party's id; not a speaker id.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The Gong user; null for externals.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talk_time: Option<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One statistic of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InteractionStat {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One kind of picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Video {
    /// `Browser`, `Presentation`, `WebcamPrimaryUser`, `WebcamNonCompany`, `Webcam`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Questions asked, as Gong counts them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Questions {
    /// By the company's side.
    #[serde(default, deserialize_with = "wire::optional_whole", skip_serializing_if = "Option::is_none")]
    pub company_count: Option<i64>,
    /// By the other side.
    #[serde(default, deserialize_with = "wire::optional_whole", skip_serializing_if = "Option::is_none")]
    pub non_company_count: Option<i64>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What colleagues wrote about a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collaboration {
    /// Comments that everyone may read.
    #[serde(default, deserialize_with = "wire::null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub public_comments: Vec<Comment>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// Its id.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_start_time: Option<f64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_end_time: Option<f64>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub commenter_user_id: Option<String>,
    /// The text; mentions stand as `@[name](userId)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When.
    #[serde(default, with = "wire::time::option", skip_serializing_if = "Option::is_none")]
    pub posted: Option<Timestamp>,
    /// The comment it answers.
    #[serde(default, deserialize_with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// Written during the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub during_call: Option<bool>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
