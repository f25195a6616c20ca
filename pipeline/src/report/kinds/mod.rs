//! The reports: one file each, from what is known to a document.

pub mod battlecard;
mod certainty;
mod deal_warnings;
pub mod deals;
pub mod index;
pub mod scorecard;

use super::document::{Document, Figure, Value};
use super::material::Material;
use super::text::Text;

/// Every page, the index first.
pub fn pages(material: &Material<'_>) -> Vec<Document> {
    let mut pages = vec![index::page(material), deals::page(material)];
    pages.extend(
        material
            .settings
            .competitors
            .iter()
            .map(|entry| battlecard::page(material, entry)),
    );
    pages.extend(
        material
            .reps()
            .iter()
            .map(|user_id| scorecard::page(material, user_id)),
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
