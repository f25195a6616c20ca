//! Users: `GET /v2/users`, `GET /v2/users/{id}`.

use crate::endpoint::{Endpoint, Paged, RequestParts, segment};
use crate::page::{DecodeFailure, Page, decode_page, decode_single};
use crate::wire;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Lists the company's users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListUsers {
    /// Also list the shadow users that Gong's own staff act through.
    pub include_avatars: bool,
    /// Where the page before this one ended.
    pub cursor: Option<String>,
}

impl Endpoint for ListUsers {
    type Response = Page<UserRecord>;

    fn request(&self) -> RequestParts {
        let mut query = Vec::new();
        if self.include_avatars {
            query.push(("includeAvatars", "true".to_owned()));
        }
        query.extend(self.cursor.clone().map(|cursor| ("cursor", cursor)));
        RequestParts::get("/v2/users", query)
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_page(body, "users")
    }

    fn empty_on_404(&self) -> Option<Self::Response> {
        Some(Page::empty())
    }

    fn doubt(&self, page: &Self::Response) -> Option<DecodeFailure> {
        page.doubt()
    }
}

impl Paged for ListUsers {
    type Record = UserRecord;

    fn with_cursor(&self, cursor: &str) -> Self {
        Self {
            cursor: Some(cursor.to_owned()),
            ..self.clone()
        }
    }
}

/// Reads one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetUser {
    /// The user's id.
    pub id: String,
}

impl Endpoint for GetUser {
    type Response = UserRecord;

    fn request(&self) -> RequestParts {
        RequestParts::get(format!("/v2/users/{}", segment(&self.id)), Vec::new())
    }

    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure> {
        decode_single(body, "user")
    }
}

/// One Gong user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRecord {
    /// The user's id.
    #[serde(deserialize_with = "wire::id")]
    pub id: String,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// When the user was created.
    #[serde(
        default,
        with = "wire::time::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created: Option<Timestamp>,
    /// Whether the user is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Further addresses.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub email_aliases: Vec<String>,
    /// The address single sign-on trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_email_address: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Personal meeting rooms.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub personal_meeting_urls: Vec<String>,
    /// What is recorded and imported for the user: a map of switches that grows without notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// The manager's user id.
    #[serde(
        default,
        deserialize_with = "wire::optional_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub manager_id: Option<String>,
    /// Consent page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_consent_page_url: Option<String>,
    /// Languages.
    #[serde(
        default,
        deserialize_with = "wire::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub spoken_languages: Vec<SpokenLanguage>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A language a user speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpokenLanguage {
    /// Tag such as `es-ES`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whether it is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
    /// Fields this record does not name.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
