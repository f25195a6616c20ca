//! The records of the calls family. Every field that Gong may leave out or send as null is optional or empty, and what
//! is not named stays in `extra`.

use super::content::Content;
use super::interaction::{Collaboration, Interaction};
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
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub scheduled: Option<Timestamp>,
    /// When the recording started.
    #[serde(with = "wire::time")]
    pub started: Timestamp,
    /// Length in whole seconds.
    #[serde(
        default,
        deserialize_with = "wire::optional_whole",
        skip_serializing_if = "Option::is_none"
    )]
    pub duration: Option<i64>,
    /// The host.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
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
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub workspace_id: Option<String>,
    /// What the caller noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdr_disposition: Option<String>,
    /// The id given by whoever uploaded it.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
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
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
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
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub context: Vec<CrmContext>,
    /// Who took part.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
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
    pub media: Dropped,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One participant. Invitees who never spoke have no `speaker_id`, externals no `user_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartyRecord {
    /// The party's id, unique in its call.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
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
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_id: Option<String>,
    /// The voice attributed to it; joins to the transcript.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub speaker_id: Option<String>,
    /// CRM objects linked to the person.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub context: Vec<CrmContext>,
    /// `Internal`, `External` or `Unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// `Invitee`, `Attendee`.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
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
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
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
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub object_id: Option<String>,
    /// `Now` or `TimeOfCall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<String>,
    /// The object's fields, named as in the CRM.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
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
