//! The reports: one file each, from what is known to a document.

pub mod battlecard;
mod by_hand;
pub mod comparison;
pub mod data_dictionary;
mod deal_warnings;
pub mod deals;
pub mod index;
mod numbers;
pub mod scorecard;
pub mod team;

use super::document::{Document, Figure, Value};
use super::material::Material;
use super::text::Text;

/// The battlecards, which every reader gets and which are made of the whole company's calls.
pub fn battlecards(material: &Material<'_>) -> Vec<Document> {
    let entries = material.settings.competitors.iter();
    let cards = entries.map(|entry| battlecard::page(material, entry));
    comparison::page(material)
        .into_iter()
        .chain(cards)
        .collect()
}

/// Every page, the index first; `material` holds what the reader may see.
pub fn pages(material: &Material<'_>, battlecards: Vec<Document>) -> Vec<Document> {
    let peers = scorecard::Peers::of(material);
    let mut pages = vec![
        index::page(material),
        team::page(material, &peers),
        deals::page(material),
    ];
    pages.extend(battlecards);
    let reps = material.reps();
    pages.extend(
        reps.iter()
            .map(|user_id| scorecard::page(material, &peers, user_id)),
    );
    pages
}

fn figure(label: &str, value: Value, note: impl Into<Text>) -> Figure {
    Figure {
        label: label.into(),
        value,
        note: note.into(),
        quotes: Vec::new(),
    }
}

fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
