//! Hand-written cards: what the company itself knows of a competitor, a TOML file each, named after the competitor's id.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use super::settings::Entry;
use crate::config::closest;
use crate::dictionaries::toml_files;
use crate::error::Error;

/// What somebody wrote about a competitor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Day on which somebody last made sure that all of it holds.
    #[serde(deserialize_with = "day")]
    pub last_verified: Date,
    /// What it does well.
    #[serde(default)]
    pub strengths: Vec<String>,
    /// What it does badly.
    #[serde(default)]
    pub weaknesses: Vec<String>,
    /// What we do differently.
    #[serde(default)]
    pub differentiators: Vec<String>,
    /// Questions whose honest answer speaks for us.
    #[serde(default)]
    pub landmine_questions: Vec<String>,
    /// What to answer to what buyers bring up.
    #[serde(default)]
    pub objection_responses: Vec<Response>,
    /// Customers and figures that can be named.
    #[serde(default)]
    pub proof_points: Vec<String>,
    /// Prices, each with its day.
    #[serde(default)]
    pub pricing: Vec<Price>,
    /// Where it was read.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// An answer to an objection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// What buyers say.
    pub objection: String,
    /// What to answer.
    pub response: String,
}

/// A price as it was on a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What is sold at which price.
    pub price: String,
    /// The day on which that was so.
    #[serde(deserialize_with = "day")]
    pub on: Date,
}

/// The cards of a folder by the competitor's id; none where no folder is set.
///
/// # Errors
///
/// The folder or a card cannot be read, a card is not as it has to be, or it is about no competitor of the dictionary.
pub fn load(folder: Option<&Path>, competitors: &[Entry]) -> Result<BTreeMap<String, Card>, Error> {
    let Some(folder) = folder else {
        return Ok(BTreeMap::new());
    };
    let mut cards = BTreeMap::new();
    for path in toml_files(folder)? {
        let id = competitor(&path, competitors)?;
        let text = std::fs::read_to_string(&path).map_err(|source| Error::File {
            action: "read",
            path: path.clone(),
            source,
        })?;
        cards.insert(id, parse(&path, &text)?);
    }
    Ok(cards)
}

/// The competitor that the name of a file means.
fn competitor(path: &Path, competitors: &[Entry]) -> Result<String, Error> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if let Some(entry) = competitors.iter().find(|entry| entry.id == stem) {
        return Ok(entry.id.clone());
    }
    let hint = match closest(&stem, competitors.iter().map(|entry| entry.id.clone())) {
        Some(nearest) => format!("did you mean `{nearest}.toml`?"),
        None => "name the file after the id of an entry of the competitors dictionary".to_owned(),
    };
    Err(Error::usage(
        format!("`{}`: no competitor has the id `{stem}`", path.display()),
        hint,
    ))
}

fn parse(path: &Path, text: &str) -> Result<Card, Error> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = 1 + text
            .bytes()
            .take(start)
            .filter(|byte| *byte == b'\n')
            .count();
        Error::usage(
            format!(
                "{}:{line}: {}",
                path.display(),
                error.message().replace('\n', ", ")
            ),
            "correct the card; pipeline/PAGES.md shows a whole one",
        )
    })
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    let day = written.to_string().parse().ok();
    day.filter(|_| written.time.is_none())
        .ok_or_else(|| serde::de::Error::custom("it must be a day such as 2026-01-31"))
}
