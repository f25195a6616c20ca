//! What is said close to a competitor's name: what it is compared by, prices, and questions that bring out complaints.

use std::collections::{BTreeMap, BTreeSet};

use talktrack_analyzers::statistics::median;

use super::{Heard, SENTENCES};
use crate::report::document::{Block, Cell, Column, Figure, Figures, Quote, Section, Table, Value};
use crate::report::evidence::{FoundMention, FoundQuestion, REPLY_MS};
use crate::report::formats::day_label;
use crate::report::kinds::figure;
use crate::report::material::{FEW, spread};
use crate::report::number::{count, plural, seconds, share};
use crate::rollup::OBJECTIONS;

/// Sentences before or after a name that are close to it.
const NEAR: i32 = 2;

/// Sentences before a complaint in which the question that brought it out may stand.
const ASKED_BEFORE: i32 = 6;

/// Rows of a list of sentences.
const ROWS: usize = 10;

/// The dictionary of prices, and its entry for amounts of money.
const PRICING: &str = "pricing";
const AMOUNT: &str = "amount";

/// What customers object to, and whether prices come up, within two sentences of the name.
pub(super) fn axes(heard: &Heard<'_>) -> Section {
    let mut axes: BTreeMap<&str, Vec<&FoundMention>> = BTreeMap::new();
    for found in heard.near_names(NEAR) {
        if found.dictionary == OBJECTIONS && found.side == "customer" {
            axes.entry(&found.entry).or_default().push(found);
        } else if found.dictionary == PRICING {
            axes.entry(PRICING).or_default().push(found);
        }
    }
    // That a competitor is there is not what it is compared by.
    axes.remove("competitor");
    let settings = heard.material.settings;
    let label = |axis: &str| {
        let entry = settings.objections.iter().find(|entry| entry.id == axis);
        entry.map_or("Prices and amounts, by anybody", |entry| &entry.label)
    };
    let mut rows: Vec<(usize, Vec<Cell>)> = Vec::new();
    for (axis, found) in axes {
        let calls: BTreeSet<&str> = found.iter().map(|found| found.call_id.as_str()).collect();
        rows.push((
            calls.len(),
            vec![
                Cell::text(label(axis)),
                Cell::new(count(calls.len() as i64)),
                Cell::new(share(super::ratio(
                    calls.len() as i64,
                    heard.calls.len() as i64,
                ))),
                Cell::default()
                    .with_quotes(spread(found.iter().map(|found| &found.quote), SENTENCES)),
            ],
        ));
    }
    rows.sort_by_key(|(calls, _)| std::cmp::Reverse(*calls));
    let table = Table {
        caption: "What comes up within two sentences of the name".into(),
        columns: vec![
            Column::words("About"),
            Column::numbers("Calls"),
            Column::numbers("of these calls"),
            Column::words("Newest"),
        ],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        empty: "No objection and no price stands close to the name.".into(),
        ..Table::default()
    };
    let intro = format!(
        "Classes of objections by customers, and prices by anybody, at most {NEAR} sentences before or after the name. {}",
        heard.counted()
    );
    Section::new(
        "axes",
        "What it is compared by",
        intro,
        vec![Block::Table(table)],
    )
}

/// Amounts of money that customers said close to the name, each with its day.
pub(super) fn prices(heard: &Heard<'_>) -> Section {
    let amounts: Vec<&FoundMention> = heard
        .near_names(NEAR)
        .filter(|found| {
            found.dictionary == PRICING && found.entry == AMOUNT && found.side == "customer"
        })
        .collect();
    let row = |found: &&FoundMention| {
        vec![
            Cell::text(found.quote.mention.to_string()),
            Cell::text(day_label(found.quote.date)),
            Cell::default().with_quotes(vec![found.quote.clone()]),
        ]
    };
    let table = Table {
        caption: format!(
            "Amounts said by customers: the newest {} of {}",
            amounts.len().min(ROWS),
            amounts.len()
        )
        .into(),
        columns: vec![
            Column::words("Said"),
            Column::words("On"),
            Column::words("Sentence"),
        ],
        rows: amounts.iter().take(ROWS).map(row).collect(),
        empty: "No customer said an amount of money close to the name.".into(),
        ..Table::default()
    };
    let intro = format!(
        "Amounts of money at most {NEAR} sentences before or after the name, as customers said them: whose price it is the sentence must tell, and nothing is averaged. {}",
        heard.counted()
    );
    Section::new("prices", "Prices heard", intro, vec![Block::Table(table)])
}

/// Questions of our side shortly before a customer complained about the competitor.
pub(super) fn landmines(heard: &Heard<'_>) -> Section {
    let mut asked: BTreeMap<&str, Vec<&FoundQuestion>> = BTreeMap::new();
    for found in heard.material.evidence.questions_on(&heard.calls) {
        if found.side == "company" {
            asked.entry(&found.call_id).or_default().push(found);
        }
    }
    let complaints = heard
        .names
        .iter()
        .filter(|found| found.side == "customer" && found.class.as_deref() == Some("complaint"));
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for complaint in complaints {
        let before = complaint.sentence - ASKED_BEFORE..=complaint.sentence;
        let of_call = asked.get(complaint.call_id.as_str());
        let last = of_call
            .into_iter()
            .flatten()
            .filter(|question| before.contains(&question.sentence))
            .max_by_key(|question| question.sentence);
        if let Some(question) = last
            && seen.insert((question.call_id.as_str(), question.sentence))
        {
            rows.push(vec![
                Cell::text(said(&question.quote)).with_quotes(vec![question.quote.clone()]),
                Cell::text(said(&complaint.quote)).with_quotes(vec![complaint.quote.clone()]),
            ]);
        }
    }
    let total = rows.len();
    rows.truncate(ROWS);
    let table = Table {
        caption: format!("The newest {} of {total}", rows.len()).into(),
        columns: vec![
            Column::words("Our question"),
            Column::words("The complaint that followed"),
        ],
        rows,
        empty: "No question of our side stands shortly before a complaint.".into(),
        ..Table::default()
    };
    let intro = format!(
        "The last question of our side in the {ASKED_BEFORE} sentences before a customer complained. That the question brought it out is for you to judge. {}",
        heard.counted()
    );
    Section::new(
        "landmines",
        "Questions before complaints",
        intro,
        vec![Block::Table(table)],
    )
}

/// What our side does in the minute after a customer names the competitor.
pub(super) fn reaction(heard: &Heard<'_>) -> Section {
    let replies: Vec<_> = heard.names.iter().filter_map(|found| found.reply).collect();
    let pauses: Vec<f64> = replies
        .iter()
        .filter_map(|reply| reply.pause_ms)
        .map(|ms| ms as f64)
        .collect();
    let shares: Vec<f64> = replies
        .iter()
        .filter_map(|reply| super::ratio(reply.company_ms, reply.company_ms + reply.customer_ms))
        .collect();
    let told = |values: &[f64], show: fn(Option<f64>) -> Value| {
        let n = values.len() as i64;
        let enough = n >= FEW;
        let value = median(values).filter(|_| enough);
        show(value).with_n(n)
    };
    let quotes = heard.quotes("customer", SENTENCES);
    let items = vec![
        Figure {
            quotes: quotes.clone(),
            ..figure(
                "Pause before our side speaks",
                told(&pauses, seconds),
                "median, after a customer named it",
            )
        },
        Figure {
            quotes,
            ..figure(
                "Our share of speech in the minute after",
                told(&shares, share),
                format!("median, within {} s of the sentence", REPLY_MS / 1000),
            )
        },
    ];
    Section::new(
        "reaction",
        "When a customer names it",
        heard.counted(),
        vec![Block::Figures(Figures { items })],
    )
}

/// The whole sentence of a quote.
pub(super) fn said(quote: &Quote) -> String {
    format!("{}{}{}", quote.before, quote.mention, quote.after)
}

/// Job titles of those of the customer's side who name it.
pub(super) fn seniorities(heard: &Heard<'_>) -> Table {
    const LEVELS: [(&str, &str); 4] = [
        ("c-level", "C-level"),
        ("vp", "Vice presidents"),
        ("director", "Directors"),
        ("manager", "Managers"),
    ];
    let by_customers = || heard.names.iter().filter(|found| found.side == "customer");
    let total = by_customers().count() as i64;
    let row = |label: &str, level: Option<&str>| {
        let found = || by_customers().filter(move |found| found.seniority.as_deref() == level);
        let mentions = found().count() as i64;
        let calls: BTreeSet<&str> = found().map(|found| found.call_id.as_str()).collect();
        vec![
            Cell::text(label),
            Cell::new(count(mentions)),
            Cell::new(share(super::ratio(mentions, total))),
            Cell::new(count(calls.len() as i64)),
            Cell::heard(
                spread(found().map(|found| &found.quote), SENTENCES),
                mentions,
            ),
        ]
    };
    let mut rows: Vec<Vec<Cell>> = LEVELS
        .iter()
        .map(|(level, label)| row(label, Some(level)))
        .collect();
    rows.push(row("Other or unknown titles", None));
    Table {
        caption: format!(
            "Who of the customer's side names it, by job title, on the newest {}",
            plural(heard.calls.len() as i64, "call", "calls")
        )
        .into(),
        columns: vec![
            Column::words("Title"),
            Column::numbers("Mentions"),
            Column::numbers("of mentions"),
            Column::numbers("Calls"),
            Column::words("Newest"),
        ],
        rows,
        empty: "No mentions.".into(),
        ..Table::default()
    }
}
