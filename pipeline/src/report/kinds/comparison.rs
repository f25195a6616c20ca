//! Competitors side by side: two of them, or all.

use std::collections::{BTreeMap, BTreeSet};

use super::battlecard::{Heard, Rows, deals_naming, interval, tallies, win_rate};
use super::ratio;
use crate::report::document::{
    Block, Cell, Column, Document, Fact, Link, Section, Table, Trend, Value,
};
use crate::report::material::{Material, battlecard_page, month_label};
use crate::report::number::{count, grouped, plural, share};
use crate::report::settings::Entry;
use crate::rollup::{COMPETITORS, OBJECTIONS};

/// Name of the page.
pub const PAGE: &str = "competitors";

/// The page; none where fewer than two competitors were heard of.
pub fn page(material: &Material<'_>) -> Option<Document> {
    let mut rivals: Vec<Rival<'_>> = material
        .settings
        .competitors
        .iter()
        .map(|entry| Rival::of(material, entry))
        .filter(|rival| rival.rows.total.calls > 0)
        .collect();
    if rivals.len() < 2 {
        return None;
    }
    rivals.sort_by_key(|rival| std::cmp::Reverse(rival.rows.total.calls));
    let mut page = Document::new(
        "comparison",
        PAGE.to_owned(),
        "Competitors side by side",
        Some(material.as_of),
    );
    page.subtitle =
        "Two competitors, or all of them, by the same numbers as on their battlecards.".into();
    page.facts = vec![
        Fact::new("Competitors heard", grouped(rivals.len() as i64)),
        Fact::new(
            "Calls scanned",
            grouped(material.rollups.calls.len() as i64),
        ),
    ];
    page.sections = vec![
        Section::new(
            "side-by-side",
            "Side by side",
            "The one named on most calls comes first. Each name leads to its battlecard, where the numbers open to sentences.",
            vec![Block::Table(side_by_side(material, &rivals))],
        ),
        Section::new(
            "together",
            "Met on the same deals",
            "Deals on whose calls both were named; one alone stands where row and column meet.",
            vec![Block::Table(together(material, &rivals))],
        ),
    ];
    page.footer = material.footer();
    Some(page)
}

/// Whether two competitors were heard of.
pub(super) fn is_made(material: &Material<'_>) -> bool {
    let heard = |entry: &&Entry| Rows::of(material, &entry.id).total.calls > 0;
    material.settings.competitors.iter().filter(heard).count() > 1
}

/// One competitor and what is counted of it.
struct Rival<'m> {
    entry: &'m Entry,
    rows: Rows,
    heard: Heard<'m>,
    deals: BTreeSet<(&'m str, &'m str)>,
}

impl<'m> Rival<'m> {
    fn of(material: &'m Material<'m>, entry: &'m Entry) -> Self {
        Self {
            entry,
            rows: Rows::of(material, &entry.id),
            heard: Heard::of(material, entry),
            deals: deals_naming(material, entry),
        }
    }
}

fn side_by_side(material: &Material<'_>, rivals: &[Rival<'_>]) -> Table {
    let mut columns = vec![Column::words("Measure")];
    columns.extend(rivals.iter().map(|rival| Column::words(&rival.entry.label)));
    let row = |label: &str, note: &str, cell: &dyn Fn(&Rival<'_>) -> Cell| {
        let mut cells = vec![Cell::text(label).with_note(note)];
        cells.extend(rivals.iter().map(cell));
        cells
    };
    let closed = |[won, lost, _]: [i64; 3]| won + lost;
    let rate = |tally: [i64; 3]| {
        Cell::new(win_rate(tally[0], closed(tally))).with_note(interval(tally[0], closed(tally)))
    };
    let rows = vec![
        row("Battlecard", "", &|rival| {
            Cell::text(&rival.entry.label).with_link(Link::page(&battlecard_page(&rival.entry.id)))
        }),
        row("Calls that name it", "all time", &|rival| {
            Cell::new(count(rival.rows.total.calls))
        }),
        row("Trend", "calls that name it, by month", &|rival| {
            trend(material, rival)
        }),
        row("Calls in this month", "and in the one before", &|rival| {
            let now = rival.rows.month(&material.month());
            let before = crate::rollup::calendar::month_before(&material.month());
            let before = rival.rows.month(&before);
            Cell::new(count(now.calls)).with_note(format!("{} before", grouped(before.calls)))
        }),
        row("Customer names it", "share of these calls", &|rival| {
            let total = &rival.rows.total;
            Cell::new(share(ratio(total.calls_customer, total.calls)).with_n(total.calls))
        }),
        row("Open deals", "with a mention", &|rival| {
            Cell::new(count(rival.rows.total.deals_open))
        }),
        row(
            "Win rate against it",
            "closed deals with a mention",
            &|rival| rate(tallies(material, rival.entry).0),
        ),
        row("Win rate without it", "other closed deals", &|rival| {
            rate(tallies(material, rival.entry).1)
        }),
        row("Customers praise it", PART, &|rival| {
            classed(rival, "praise")
        }),
        row("Customers complain of it", PART, &|rival| {
            classed(rival, "complaint")
        }),
        row("Customers switch from or to it", PART, &|rival| {
            classed(rival, "switch")
        }),
        row(
            "Most frequent objection",
            "on calls that name it",
            &|rival| objection(material, rival.entry),
        ),
    ];
    Table {
        caption: "Competitors by the same measures".into(),
        columns,
        rows,
        pick: true,
        ..Table::default()
    }
}

const PART: &str = "share of customers' sentences on its newest calls";

fn trend(material: &Material<'_>, rival: &Rival<'_>) -> Cell {
    let months = material.months();
    let points: Vec<Option<f64>> = months
        .iter()
        .map(|month| Some(rival.rows.month(month).calls as f64))
        .collect();
    let words: Vec<String> = months
        .iter()
        .map(|month| {
            format!(
                "{} {}",
                month_label(month),
                grouped(rival.rows.month(month).calls)
            )
        })
        .collect();
    Cell {
        trend: Some(Trend {
            description: words.join(", ").into(),
            points,
        }),
        ..Cell::default()
    }
}

/// How many of the sentences in which customers name it are of a class, on the calls whose sentences are known.
fn classed(rival: &Rival<'_>, class: &str) -> Cell {
    let named = || {
        let names = rival.heard.names.iter();
        names.filter(|found| found.side == "customer")
    };
    let all = named().count() as i64;
    let of_class = named().filter(|found| found.class.as_deref() == Some(class));
    Cell::new(share(ratio(of_class.count() as i64, all)).with_n(all))
}

fn objection(material: &Material<'_>, entry: &Entry) -> Cell {
    let calls: BTreeSet<&str> = material
        .entry_calls(COMPETITORS, &entry.id)
        .map(|row| row.call_id.as_str())
        .collect();
    let mut raised: BTreeMap<&str, i64> = BTreeMap::new();
    let rows = material.rollups.entry_calls.iter();
    for row in rows.filter(|row| row.dictionary == OBJECTIONS && row.customer > 0) {
        if calls.contains(row.call_id.as_str()) {
            *raised.entry(&row.entry).or_default() += 1;
        }
    }
    let most = raised
        .iter()
        .max_by_key(|(id, calls)| (**calls, std::cmp::Reverse(**id)));
    let Some((id, number)) = most else {
        return Cell::new(Value::none());
    };
    let mut known = material.settings.objections.iter();
    let label = known.find(|known| known.id == **id);
    Cell::text(label.map_or("", |known| &known.label))
        .with_note(format!("on {}", plural(*number, "call", "calls")))
}

fn together(material: &Material<'_>, rivals: &[Rival<'_>]) -> Table {
    let mut columns = vec![Column::words("Competitor")];
    columns.extend(
        rivals
            .iter()
            .map(|rival| Column::numbers(&rival.entry.label)),
    );
    let row = |rival: &Rival<'_>| {
        let mut cells = vec![Cell::text(&rival.entry.label)];
        cells.extend(rivals.iter().map(|other| {
            let both = rival.deals.intersection(&other.deals).count() as i64;
            Cell::new(count(both))
        }));
        cells
    };
    Table {
        caption: format!(
            "Deals with both, of {} with a call",
            grouped(
                material
                    .rollups
                    .deals
                    .iter()
                    .filter(|deal| deal.calls > 0)
                    .count() as i64
            )
        )
        .into(),
        columns,
        rows: rivals.iter().map(row).collect(),
        empty: "No deals.".into(),
        ..Table::default()
    }
}
