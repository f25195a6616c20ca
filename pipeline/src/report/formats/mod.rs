//! Documents to bytes: one file a format, or one a table where a format holds tables only.

pub mod chart;
pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
pub mod parquet;
pub mod tables;

use bytes::Bytes;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::document::Document;
use super::error::Error;
use super::publish::File;

/// A form that a document can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Its tables for spreadsheets, one file each.
    Csv,
    /// One self-contained page.
    Html,
    /// The document itself, for programs.
    Json,
    /// For wikis and chats.
    Markdown,
    /// Its tables, typed, for notebooks, one file each.
    Parquet,
}

impl Format {
    /// Every format, alphabetically.
    pub const ALL: [Self; 5] = [
        Self::Csv,
        Self::Html,
        Self::Json,
        Self::Markdown,
        Self::Parquet,
    ];

    /// The formats that are written unless others are asked for.
    pub const USUAL: [Self; 3] = [Self::Html, Self::Json, Self::Markdown];

    /// Extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Parquet => "parquet",
        }
    }

    /// The document's files in this format.
    ///
    /// # Errors
    ///
    /// A template, or a table, does not fit the document: a bug.
    pub fn files(self, document: &Document) -> Result<Vec<File>, Error> {
        let page = |text: String| vec![self.file(&document.name, text)];
        match self {
            Self::Html => Ok(page(html::render(document)?)),
            Self::Json => Ok(page(json::render(document)?)),
            Self::Markdown => Ok(page(markdown::render(document))),
            Self::Csv => {
                let tables = tables::tables(document);
                Ok(tables
                    .iter()
                    .map(|table| self.file(&table.name, csv::render(table)))
                    .collect())
            }
            Self::Parquet => {
                let tables = tables::tables(document);
                let file = |table: &tables::FlatTable| {
                    Ok(self.file(&table.name, parquet::render(document, table)?))
                };
                tables.iter().map(file).collect()
            }
        }
    }

    fn file(self, stem: &str, bytes: impl Into<Bytes>) -> File {
        File {
            name: format!("{stem}.{}", self.extension()),
            bytes: bytes.into(),
        }
    }
}

/// `battlecard` as readers see it.
pub(crate) fn kind_label(kind: &str) -> &'static str {
    match kind {
        "battlecard" => "Battlecard",
        "comparison" => "Competitors",
        "deals" => "Deal engagement",
        "scorecard" => "Rep scorecard",
        "tables" => "Data",
        "team" => "Team",
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
