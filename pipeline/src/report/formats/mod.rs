//! Documents to bytes: one file a format.

pub mod chart;
pub mod html;
pub mod json;
pub mod markdown;

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::error::Error;

/// A form that a document can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One self-contained page.
    Html,
    /// The document itself, for programs.
    Json,
    /// For wikis and chats.
    Markdown,
}

impl Format {
    /// Every format, alphabetically.
    pub const ALL: [Self; 3] = [Self::Html, Self::Json, Self::Markdown];

    /// Extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }

    /// The document in this format.
    ///
    /// # Errors
    ///
    /// The page template does not fit the document: a bug.
    pub fn render(self, document: &Document) -> Result<String, Error> {
        match self {
            Self::Html => html::render(document),
            Self::Json => json::render(document),
            Self::Markdown => Ok(markdown::render(document)),
        }
    }
}

/// `battlecard` as readers see it.
pub(crate) fn kind_label(kind: &str) -> &'static str {
    match kind {
        "battlecard" => "Battlecard",
        "deals" => "Deal engagement",
        "scorecard" => "Rep scorecard",
        _ => "Overview",
    }
}

/// `customer` as readers see it.
pub(crate) fn side_label(side: &str) -> &'static str {
    match side {
        "company" => "Rep side",
        "customer" => "Customer",
        _ => "Unknown side",
    }
}

/// A day as readers see it: `20 Nov 2026`.
pub(crate) fn day_label(day: jiff::civil::Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}
