//! One page per competitor: where it comes up, who raises it, how such deals end, and what people say.

mod answers;
mod heard;
mod near;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

pub(super) use self::heard::Heard;
use super::{by_hand, figure, ratio};
use talktrack_analyzers::statistics::wilson;
use talktrack_analyzers::table::Amount;

use crate::report::document::{
    Bars, Block, Cell, Column, Document, Fact, Figure, Figures, Quote, QuoteList, Section, Series,
    Table, Value,
};
use crate::report::formats::{day_label, side_label};
use crate::report::material::{Material, battlecard_page, month_label, spread};
use crate::report::number::{count, grouped, plural, share};
use crate::report::settings::Entry;
use crate::rollup::{COMPETITORS, CompetitorRow, calendar};

/// Below this many closed deals a win rate is not shown.
const HIDE_BELOW: i64 = 5;

/// Below this many closed deals a win rate is shown as weak.
const FAINT_BELOW: i64 = 20;

/// Sentences that a number opens to.
const SENTENCES: usize = 3;

/// Sentences that a month's number opens to.
const MONTH_SENTENCES: usize = 2;

/// What people do with the name, in the order of what a reader looks for; others follow by name.
const CLASSES: [&str; 4] = ["praise", "complaint", "switch", "comparison"];

/// Quotes shown under one heading.
const QUOTES: usize = 5;

/// The page of one competitor.
pub fn page(material: &Material<'_>, entry: &Entry) -> Document {
    let mut page = Document::new(
        "battlecard",
        battlecard_page(&entry.id),
        &entry.label,
        Some(material.as_of),
    );
    let rows = Rows::of(material, &entry.id);
    page.subtitle =
        "Where this competitor comes up in recorded calls, who raises it, and how those deals end."
            .into();
    page.facts = facts(material, &rows);
    page.sections = if rows.total.mentions == 0 {
        vec![never_heard(entry)]
    } else {
        let heard = Heard::of(material, entry);
        vec![
            glance(material, entry, &rows),
            presence(&heard, &rows),
            win_loss(material, entry),
            quotes(&heard, "customer", "customers-say", "What customers say"),
            near::axes(&heard),
            answers::objections(material, entry),
            answers::worked(&heard),
            near::landmines(&heard),
            near::prices(&heard),
            answers::proofs(&heard),
            near::reaction(&heard),
            quotes(&heard, "company", "reps-say", "What our side says"),
        ]
    };
    let limits = by_hand::section(material, &entry.id).unwrap_or_else(|| not_from_calls(entry));
    page.sections.push(limits);
    page.footer = footer(material, entry);
    page
}

pub(super) struct Rows {
    pub(super) total: CompetitorRow,
    months: BTreeMap<String, CompetitorRow>,
}

impl Rows {
    pub(super) fn of(material: &Material<'_>, entry: &str) -> Self {
        let rows = material
            .rollups
            .competitors
            .iter()
            .filter(|row| row.entry == entry);
        let mut months: BTreeMap<String, CompetitorRow> =
            rows.map(|row| (row.month.clone(), row.clone())).collect();
        let total = months.remove("").unwrap_or_else(|| nothing(entry));
        Self { total, months }
    }

    pub(super) fn month(&self, month: &str) -> CompetitorRow {
        self.months
            .get(month)
            .cloned()
            .unwrap_or_else(|| nothing(&self.total.entry))
    }
}

fn nothing(entry: &str) -> CompetitorRow {
    CompetitorRow {
        entry: entry.to_owned(),
        month: String::new(),
        mentions: 0,
        mentions_customer: 0,
        mentions_company: 0,
        mentions_unknown: 0,
        calls: 0,
        calls_customer: 0,
        calls_company: 0,
        deals: 0,
        deals_won: 0,
        deals_lost: 0,
        deals_open: 0,
        win_rate: None,
        win_rate_low: None,
        win_rate_high: None,
    }
}

fn facts(material: &Material<'_>, rows: &Rows) -> Vec<Fact> {
    let ids = calls_naming(material, &rows.total.entry);
    let last = ids
        .iter()
        .filter_map(|id| material.rollups.calls.get(*id))
        .map(|call| call.day)
        .max();
    let mut facts = vec![
        Fact::new(
            "Calls scanned",
            grouped(material.rollups.calls.len() as i64),
        ),
        Fact::new("Calls with a mention", grouped(rows.total.calls)),
    ];
    facts.extend(last.map(|day| Fact::new("Last heard", day_label(day))));
    facts
}

fn never_heard(entry: &Entry) -> Section {
    let text = format!(
        "No sentence up to this day names {} or one of its aliases. If that surprises you, add the spellings people use to the competitors dictionary and run `talktrack analyze` again.",
        entry.label
    );
    Section::new(
        "glance",
        "Not heard yet",
        "",
        vec![Block::note("No mention", text)],
    )
}

fn glance(material: &Material<'_>, entry: &Entry, rows: &Rows) -> Section {
    let this = rows.month(&material.month());
    let last = rows.month(&calendar::month_before(&material.month()));
    let total = &rows.total;
    let by_customers = share(ratio(total.calls_customer, total.calls)).with_n(total.calls);
    let naming = calls_naming(material, &entry.id);
    let heard = |side: &str, calls: &BTreeSet<&str>| {
        material.quotes(COMPETITORS, &entry.id, side, calls, SENTENCES)
    };
    let outcomes = material.calls_by_outcome();
    let on_deals = |wanted: &[&str]| {
        let calls = wanted.iter().filter_map(|outcome| outcomes.get(outcome));
        calls
            .flatten()
            .filter(|id| naming.contains(*id))
            .copied()
            .collect::<BTreeSet<&str>>()
    };
    let closed = total.deals_won + total.deals_lost;
    let (_, others) = tallies(material, entry);
    let items = vec![
        Figure {
            quotes: heard("", &calls_of_month(material, &entry.id, &material.month())),
            ..figure(
                "Calls this month",
                count(this.calls),
                format!("{} last month", grouped(last.calls)),
            )
        },
        Figure {
            quotes: heard("", &naming),
            ..figure(
                "Mentions, all time",
                count(total.mentions),
                format!("on {}", plural(total.calls, "call", "calls")),
            )
        },
        Figure {
            quotes: heard("customer", &naming),
            ..figure(
                "Customer names it",
                by_customers,
                "share of calls with a mention",
            )
        },
        Figure {
            quotes: heard("", &on_deals(&["open"])),
            ..figure(
                "Open deals",
                count(total.deals_open),
                pipeline_share(material, entry, total.deals_open),
            )
        },
        Figure {
            quotes: heard("", &on_deals(&["won", "lost"])),
            ..figure(
                "Win rate against it",
                win_rate(total.deals_won, closed),
                interval(total.deals_won, closed),
            )
        },
        figure(
            "Win rate without it",
            win_rate(others[0], others[0] + others[1]),
            interval(others[0], others[0] + others[1]),
        ),
    ];
    Section::new(
        "glance",
        "At a glance",
        "Each number opens to its newest sentences, each with the second to listen at.",
        vec![Block::Figures(Figures { items })],
    )
}

fn presence(heard: &Heard<'_>, rows: &Rows) -> Section {
    let material = heard.material;
    let months = heard_months(material, rows);
    let entry = rows.total.entry.as_str();
    let calls: Vec<BTreeSet<&str>> = months
        .iter()
        .map(|month| calls_of_month(material, entry, month))
        .collect();
    let series = |label: &str, side: &str, of: fn(&CompetitorRow) -> i64| Series {
        label: label.into(),
        values: months.iter().map(|month| of(&rows.month(month))).collect(),
        quotes: calls
            .iter()
            .map(|calls| material.quotes(COMPETITORS, entry, side, calls, MONTH_SENTENCES))
            .collect(),
    };
    let bars = Bars {
        title: "Mentions by month and by who said it".into(),
        unit: "mentions".into(),
        categories: months
            .iter()
            .map(|month| month_label(month).into())
            .collect(),
        series: vec![
            series("Customer", "customer", |row| row.mentions_customer),
            series("Our side", "company", |row| row.mentions_company),
            series("Unknown side", "unknown", |row| row.mentions_unknown),
        ],
    };
    Section::new(
        "presence",
        "When and by whom",
        "A mention is a name or alias from the competitors dictionary in a sentence of a call.",
        vec![
            Block::Bars(bars),
            Block::Table(sides(material, &rows.total)),
            Block::Table(near::seniorities(heard)),
            Block::Table(answers::first_named(heard)),
        ],
    )
}

/// The last months from the first one with a mention on, six at least.
fn heard_months(material: &Material<'_>, rows: &Rows) -> Vec<String> {
    let months = material.months();
    let first = months
        .iter()
        .position(|month| rows.month(month).mentions > 0);
    let first = first.unwrap_or(0).min(months.len().saturating_sub(6));
    months.into_iter().skip(first).collect()
}

fn sides(material: &Material<'_>, total: &CompetitorRow) -> Table {
    let naming = calls_naming(material, &total.entry);
    let row = |label: &str, side: &str, mentions: i64, calls: Option<i64>| {
        let of_calls = calls.map_or_else(Value::none, |calls| share(ratio(calls, total.calls)));
        vec![
            Cell::text(label),
            Cell::new(count(mentions)),
            Cell::new(share(ratio(mentions, total.mentions))),
            Cell::new(calls.map_or_else(Value::none, count)),
            Cell::new(of_calls),
            Cell::heard(
                material.quotes(COMPETITORS, &total.entry, side, &naming, SENTENCES),
                mentions,
            ),
        ]
    };
    Table {
        caption: "Who names it, over all months; both sides can name it on one call".into(),
        columns: vec![
            Column::words("Side"),
            Column::numbers("Mentions"),
            Column::numbers("of mentions"),
            Column::numbers("Calls"),
            Column::numbers("of calls with a mention"),
            Column::words("Newest"),
        ],
        rows: vec![
            row(
                "Customer",
                "customer",
                total.mentions_customer,
                Some(total.calls_customer),
            ),
            row(
                "Our side",
                "company",
                total.mentions_company,
                Some(total.calls_company),
            ),
            row("Unknown side", "unknown", total.mentions_unknown, None),
        ],
        empty: "No mentions.".into(),
        ..Table::default()
    }
}

/// The deals on whose calls it was named.
pub(super) fn deals_naming<'m>(
    material: &'m Material<'_>,
    entry: &'m Entry,
) -> BTreeSet<(&'m str, &'m str)> {
    let deals = material.rollups.entry_deals.iter();
    deals
        .filter(|row| row.entry == entry.id)
        .map(|row| (row.system.as_str(), row.deal_id.as_str()))
        .collect()
}

/// Won, lost and open deals with a call: those that name it, and the others.
pub(super) fn tallies(material: &Material<'_>, entry: &Entry) -> ([i64; 3], [i64; 3]) {
    let naming = deals_naming(material, entry);
    let (mut named, mut others) = ([0_i64; 3], [0_i64; 3]);
    for deal in material.rollups.deals.iter().filter(|deal| deal.calls > 0) {
        let is_named = naming.contains(&(deal.system.as_str(), deal.deal_id.as_str()));
        let tally = if is_named { &mut named } else { &mut others };
        match deal.outcome.as_deref() {
            Some("won") => tally[0] += 1,
            Some("lost") => tally[1] += 1,
            _ => tally[2] += 1,
        }
    }
    (named, others)
}

/// What part of the open pipeline names it: by deals, and by amount in each currency.
fn pipeline_share(material: &Material<'_>, entry: &Entry, named: i64) -> String {
    let naming = deals_naming(material, entry);
    let mut amounts: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    let mut open = 0;
    for deal in material.rollups.deals.iter().filter(|deal| deal.calls > 0) {
        if matches!(deal.outcome.as_deref(), Some("won" | "lost")) {
            continue;
        }
        open += 1;
        if let (Some(Amount(amount)), Some(currency)) = (deal.amount, deal.currency.as_deref()) {
            let (with, all) = amounts.entry(currency).or_default();
            *all += amount;
            if naming.contains(&(deal.system.as_str(), deal.deal_id.as_str())) {
                *with += amount;
            }
        }
    }
    let part = |with: i128, all: i128| (all > 0).then(|| with as f64 / all as f64);
    let mut words = format!("{} of open deals", share(ratio(named, open)).text);
    for (currency, (with, all)) in amounts {
        // Writing to a text cannot fail.
        let _ = write!(
            words,
            ", {} of their {currency}",
            share(part(with, all)).text
        );
    }
    words
}

fn win_loss(material: &Material<'_>, entry: &Entry) -> Section {
    let (named, others) = tallies(material, entry);
    let calls = calls_naming(material, &entry.id);
    let outcomes = material.calls_by_outcome();
    let heard = |outcome: &str| {
        let on_deals = outcomes.get(outcome).into_iter().flatten();
        let both = on_deals.filter(|id| calls.contains(*id)).copied().collect();
        material.quotes(COMPETITORS, &entry.id, "", &both, SENTENCES)
    };
    let row = |label: Cell, [won, lost, open]: [i64; 3], opens: bool| {
        let cell = |number: i64, outcome: &str| {
            let quotes = if opens { heard(outcome) } else { Vec::new() };
            Cell::new(count(number)).with_quotes(quotes)
        };
        vec![
            label,
            cell(won, "won"),
            cell(lost, "lost"),
            cell(open, "open"),
            Cell::new(win_rate(won, won + lost)).with_note(interval(won, won + lost)),
        ]
    };
    let table = Table {
        caption: "Deals with at least one recorded call, as known on the as-of day".into(),
        columns: vec![
            Column::words("Deals"),
            Column::numbers("Won"),
            Column::numbers("Lost"),
            Column::numbers("Open"),
            Column::numbers("Win rate"),
        ],
        rows: vec![
            row(Cell::text(format!("{} named", entry.label)), named, true),
            row(
                Cell::text("Not named").with_note("no sentence to open: it was not said"),
                others,
                false,
            ),
        ],
        empty: "No deals.".into(),
        ..Table::default()
    };
    Section::new(
        "win-loss",
        "Win and loss",
        "Deals differ in more than the competitor, so the two rates say where to look, not why.",
        vec![Block::Table(table)],
    )
}

/// The share of closed deals that were won: hidden below five, weak below twenty.
pub(super) fn win_rate(won: i64, closed: i64) -> Value {
    if closed < HIDE_BELOW {
        return Value::text("too few").with_n(closed);
    }
    share(ratio(won, closed))
        .with_n(closed)
        .faint_if(closed < FAINT_BELOW)
}

pub(super) fn interval(won: i64, closed: i64) -> String {
    match wilson(won.unsigned_abs(), closed.unsigned_abs()) {
        Some((low, high)) if closed >= HIDE_BELOW => {
            format!("95 % interval {:.0}–{:.0} %", low * 100.0, high * 100.0)
        }
        _ => format!("shown from {HIDE_BELOW} closed deals on"),
    }
}

fn quotes(heard: &Heard<'_>, side: &str, id: &'static str, title: &str) -> Section {
    let mut classes: BTreeMap<&str, Vec<&Quote>> = BTreeMap::new();
    for mention in heard.names.iter().filter(|found| found.side == side) {
        classes
            .entry(mention.class.as_deref().unwrap_or_default())
            .or_default()
            .push(&mention.quote);
    }
    let place = |class: &str| {
        let at = CLASSES.iter().position(|known| *known == class);
        at.unwrap_or(CLASSES.len())
    };
    let mut classes: Vec<(&str, Vec<&Quote>)> = classes.into_iter().collect();
    classes.sort_by_key(|(class, _)| place(class));
    let mut blocks: Vec<Block> = Vec::new();
    for (class, quotes) in classes {
        blocks.push(Block::Quotes(QuoteList {
            title: class_label(class).into(),
            total: quotes.len() as i64,
            quotes: spread(quotes.into_iter(), QUOTES),
        }));
    }
    if blocks.is_empty() {
        blocks.push(Block::paragraph(format!(
            "Nothing heard from this side ({}).",
            side_label(side).to_lowercase()
        )));
    }
    let intro = format!(
        "Newest first, at most two sentences a call. {}",
        heard.counted()
    );
    Section::new(id, title, intro, blocks)
}

/// `in_use` as `In use`.
fn class_label(class: &str) -> String {
    let words = class.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Mentions".to_owned(),
    }
}

fn not_from_calls(entry: &Entry) -> Section {
    let text = format!(
        "Company facts, roadmap, funding and list prices are not heard in calls. What people of your company know of them can stand here: write a card {}.toml into the folder that cards in [report] of the settings names.",
        entry.id
    );
    Section::new(
        "limits",
        "What calls cannot tell",
        "",
        vec![Block::paragraph(text)],
    )
}

fn footer(material: &Material<'_>, entry: &Entry) -> Vec<Fact> {
    let win_rate = format!(
        "Won deals of won and lost ones, with the Wilson score interval. Hidden below {HIDE_BELOW} closed deals, in italics below {FAINT_BELOW}."
    );
    let mut footer = vec![
        Fact::new(
            "Competitor",
            format!("Entry {} of the competitors dictionary.", entry.id),
        ),
        Fact::new("Win rate", win_rate),
        Fact::new(
            "Links",
            "A quote opens the call in Gong and asks it to mark the sentence; that Gong marks it has not been proven for every tenant.",
        ),
    ];
    footer.extend(material.footer());
    footer
}

fn calls_of_month<'a>(
    material: &'a Material<'_>,
    entry: &'a str,
    month: &str,
) -> BTreeSet<&'a str> {
    material
        .entry_calls(COMPETITORS, entry)
        .filter(|row| row.month == month)
        .map(|row| row.call_id.as_str())
        .collect()
}

fn calls_naming<'a>(material: &'a Material<'_>, entry: &'a str) -> BTreeSet<&'a str> {
    material
        .entry_calls(COMPETITORS, entry)
        .map(|row| row.call_id.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_win_rate_is_hidden_then_faint_then_plain() {
        for (won, closed, text, faint) in [
            (2, 4, "too few", false),
            (0, 0, "too few", false),
            (3, 5, "60 %", true),
            (9, 19, "47 %", true),
            (10, 20, "50 %", false),
        ] {
            let value = win_rate(won, closed);
            assert_eq!(
                (value.text.as_str(), value.faint, value.n),
                (text, faint, Some(closed))
            );
        }
        assert_eq!(interval(5, 10), "95 % interval 24–76 %");
        assert_eq!(interval(1, 4), "shown from 5 closed deals on");
    }

    #[test]
    fn a_class_reads_as_words() {
        assert_eq!(class_label("in_use"), "In use");
        assert_eq!(class_label(""), "Mentions");
    }
}
