//! The hand-written part of a battlecard, kept apart from what calls say.

use jiff::civil::Date;

use crate::report::cards::Card;
use crate::report::document::{Block, Cell, Column, Link, Section, Table};
use crate::report::formats::day_label;
use crate::report::material::Material;
use crate::report::number::plural;

/// The card of a competitor, where somebody wrote one.
pub(super) fn section(material: &Material<'_>, competitor: &str) -> Option<Section> {
    let settings = material.settings;
    let card = settings.cards.get(competitor)?;
    let table = Table {
        caption: "Written by people of the company, not heard on calls".into(),
        columns: vec![Column::words("About"), Column::words("Statement")],
        rows: rows(card),
        empty: "The card holds no statement yet.".into(),
        ..Table::default()
    };
    let mut blocks = Vec::new();
    blocks.extend(warning(
        card.last_verified,
        material.as_of,
        settings.card_days,
    ));
    blocks.push(Block::Table(table));
    let intro = format!(
        "From the card {competitor}.toml, last verified on {}. Nothing in this section is measured.",
        day_label(card.last_verified)
    );
    Some(Section::new("by-hand", "Written by hand", intro, blocks))
}

/// What to say of a card that nobody looked at for long, or that is younger than the page.
fn warning(verified: Date, as_of: Date, card_days: i64) -> Option<Block> {
    let age = (as_of - verified).get_days();
    if age < 0 {
        let text = "The card was verified after the day that this page is about, so it may tell what was not known then.";
        return Some(Block::note("Younger than this page", text));
    }
    (i64::from(age) > card_days).then(|| {
        Block::note(
            "Verify this card",
            format!(
                "It was last verified {} before the day of this page; cards are to be verified every {}.",
                plural(i64::from(age), "day", "days"),
                plural(card_days, "day", "days"),
            ),
        )
    })
}

fn rows(card: &Card) -> Vec<Vec<Cell>> {
    let about = |label: &'static str, statements: &[String]| -> Vec<Vec<Cell>> {
        let row = |text: &String| vec![Cell::text(label), statement(text)];
        statements.iter().map(row).collect()
    };
    let mut rows = about("Strength", &card.strengths);
    rows.extend(about("Weakness", &card.weaknesses));
    rows.extend(about("What differs", &card.differentiators));
    rows.extend(about("Question to ask", &card.landmine_questions));
    rows.extend(card.objection_responses.iter().map(|answer| {
        let to = format!("to: {}", answer.objection);
        vec![
            Cell::text("Answer to an objection"),
            Cell::text(&answer.response).with_note(to),
        ]
    }));
    rows.extend(about("Proof", &card.proof_points));
    rows.extend(card.pricing.iter().map(|price| {
        let on = format!("on {}", day_label(price.on));
        vec![Cell::text("Price"), Cell::text(&price.price).with_note(on)]
    }));
    rows.extend(about("Source", &card.sources));
    rows
}

/// The words, as a link where they are an address.
fn statement(text: &str) -> Cell {
    match Link::web(text) {
        Some(link) => Cell::text(text).with_link(link),
        None => Cell::text(text),
    }
}
