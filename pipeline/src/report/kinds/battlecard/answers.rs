//! What customers object to where the competitor is named, what our side answered, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use super::near::said;
use super::{Heard, SENTENCES};
use crate::report::document::{Block, Cell, Column, QuoteList, Section, Table};
use crate::report::evidence::FoundObjection;
use crate::report::material::{Material, spread};
use crate::report::number::{count, plural, share};
use crate::report::settings::Entry;
use crate::rollup::OBJECTIONS;

/// Answers shown under what worked.
const ANSWERS: usize = 8;

/// Proof points shown.
const PROOFS: usize = 8;

/// The dictionary of what sellers tell of other customers.
const PROOF_POINTS: &str = "proof_points";

/// Objections on the calls that name it, and how many of them were answered.
pub(super) fn objections(material: &Material<'_>, entry: &Entry) -> Section {
    let calls = super::calls_naming(material, &entry.id);
    let all = calls.len() as i64;
    // Of calls on which answers could be found: raised, and answered.
    let mut tallies: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in &material.rollups.objection_calls {
        if let Some(answered) = row.handled
            && calls.contains(row.call_id.as_str())
        {
            let (covered, handled) = tallies.entry(&row.entry).or_default();
            *covered += row.raised;
            *handled += answered;
        }
    }
    let mut rows: Vec<(i64, Vec<Cell>)> = Vec::new();
    for objection in &material.settings.objections {
        let raised = material.raised(&objection.id, &calls);
        if raised == 0 {
            continue;
        }
        let tally = tallies.get(objection.id.as_str()).copied();
        let (covered, handled) = tally.unwrap_or_default();
        let quotes = material.quotes(OBJECTIONS, &objection.id, "customer", &calls, 4);
        rows.push((
            raised,
            vec![
                Cell::text(&objection.label),
                Cell::new(count(raised)),
                Cell::new(share(super::ratio(raised, all))),
                Cell::new(share(super::ratio(handled, covered)).with_n(covered)),
                Cell::heard(quotes, raised),
            ],
        ));
    }
    rows.sort_by_key(|(raised, _)| std::cmp::Reverse(*raised));
    let table = Table {
        caption: format!(
            "Objections by customers on the {} that name it",
            plural(all, "call", "calls")
        )
        .into(),
        columns: vec![
            Column::words("Objection"),
            Column::numbers("Calls"),
            Column::numbers("of these calls"),
            Column::numbers("Answered"),
            Column::words("Heard"),
        ],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        empty: "No objection was heard on calls that name it.".into(),
        ..Table::default()
    };
    Section::new(
        "objections",
        "Objections on the same calls",
        "Raised on a call that names the competitor; not necessarily about it. An objection counts as answered where our side took it in, asked back, brought evidence or made sure within six sentences.",
        vec![Block::Table(table)],
    )
}

/// Answers to objections after which the call ended well or the deal was won.
pub(super) fn worked(heard: &Heard<'_>) -> Section {
    let known = heard.calls_and_won();
    let agreed = ended_well(heard.material);
    let mut rows: Vec<(bool, bool, &FoundObjection)> = heard
        .material
        .evidence
        .objections
        .iter()
        .filter(|found| found.answer.is_some() && known.contains(found.call_id.as_str()))
        .map(|found| {
            let call = found.call_id.as_str();
            (heard.won.contains(call), agreed.contains(call), found)
        })
        .filter(|(is_won, is_agreed, _)| *is_won || *is_agreed)
        .collect();
    let total = rows.len();
    // Evidence comes newest call first; a stable sort keeps that.
    rows.sort_by_key(|(is_won, is_agreed, _)| std::cmp::Reverse((*is_won, *is_agreed)));
    rows.truncate(ANSWERS);
    let row = |(is_won, is_agreed, found): (bool, bool, &FoundObjection)| {
        let answer = found.answer.as_ref()?;
        let mut then = Vec::new();
        if is_won {
            then.push("the deal was won");
        }
        if is_agreed {
            then.push("the call ended with a specific next step");
        }
        Some(vec![
            Cell::text(heard.objection_label(&found.entry)).with_quotes(vec![found.quote.clone()]),
            Cell::text(said(answer)).with_quotes(vec![answer.clone()]),
            Cell::text(found.answers.replace(',', ", ")),
            Cell::text(then.join("; ")),
        ])
    };
    let table = Table {
        caption: format!("Observed, not proven: {} of {total}", rows.len()).into(),
        columns: vec![
            Column::words("Objection"),
            Column::words("First sentence of our answer"),
            Column::words("Way"),
            Column::words("Then"),
        ],
        rows: rows.into_iter().filter_map(row).collect(),
        empty: "No answered objection on these calls was followed by a specific next step or a won deal.".into(),
            ..Table::default()
        };
    let intro = format!(
        "Answers to objections on calls that name it, where the deal was won or the call ended with a specific next step. Other deals may have heard the same answers and been lost. {}",
        heard.counted_with_won()
    );
    Section::new("worked", "What worked", intro, vec![Block::Table(table)])
}

/// What our side told of other customers on calls of won deals.
pub(super) fn proofs(heard: &Heard<'_>) -> Section {
    let found: Vec<_> = heard
        .material
        .evidence
        .mentions_on(&heard.won)
        .filter(|found| found.dictionary == PROOF_POINTS && found.side == "company")
        .collect();
    let quotes = spread(found.iter().map(|found| &found.quote), PROOFS);
    let block = if quotes.is_empty() {
        Block::paragraph("Our side told nothing of other customers on these calls.")
    } else {
        Block::Quotes(QuoteList {
            title: "Told of other customers on calls of won deals".into(),
            total: found.len() as i64,
            quotes,
        })
    };
    let intro = format!(
        "Sentences of our side with words of the dictionary {PROOF_POINTS}, on the newest calls of won deals that name it ({}).",
        plural(heard.won.len() as i64, "call", "calls")
    );
    Section::new("proofs", "Proof points", intro, vec![block])
}

/// The stage of each deal when the competitor was first named on its calls, and how those deals stand.
pub(super) fn first_named(heard: &Heard<'_>) -> Table {
    let material = heard.material;
    let naming = super::calls_naming(material, &heard.entry.id);
    let outcomes: BTreeMap<(&str, &str), &str> = material
        .rollups
        .deals
        .iter()
        .map(|deal| {
            let key = (deal.system.as_str(), deal.deal_id.as_str());
            (key, deal.outcome.as_deref().unwrap_or("open"))
        })
        .collect();
    let mut seen = BTreeSet::new();
    // By stage: won, lost, open, and the calls.
    let mut stages: BTreeMap<&str, ([i64; 3], BTreeSet<&str>)> = BTreeMap::new();
    // Rows of a deal come oldest call first.
    for row in &material.rollups.deal_calls {
        let key = (row.system.as_str(), row.deal_id.as_str());
        if !naming.contains(row.call_id.as_str()) || !seen.insert(key) {
            continue;
        }
        let stage = row.stage.as_deref().unwrap_or("not known");
        let (tally, calls) = stages.entry(stage).or_default();
        tally[match outcomes.get(&key) {
            Some(&"won") => 0,
            Some(&"lost") => 1,
            _ => 2,
        }] += 1;
        calls.insert(&row.call_id);
    }
    let mut rows: Vec<(i64, Vec<Cell>)> = stages
        .into_iter()
        .map(|(stage, ([won, lost, open], calls))| {
            let deals = won + lost + open;
            let quotes = heard
                .names
                .iter()
                .filter(|found| calls.contains(found.call_id.as_str()))
                .map(|found| &found.quote);
            let opens = Cell {
                quotes: spread(quotes, SENTENCES),
                ..Cell::default()
            };
            let note = if opens.quotes.is_empty() {
                "older than the sentences shown"
            } else {
                ""
            };
            let cells = vec![
                Cell::text(stage),
                Cell::new(count(deals)),
                Cell::new(count(won)),
                Cell::new(count(lost)),
                Cell::new(count(open)),
                opens.with_note(note),
            ];
            (deals, cells)
        })
        .collect();
    rows.sort_by_key(|(deals, _)| std::cmp::Reverse(*deals));
    Table {
        caption: "Stage of the deal when it was first named on a call".into(),
        columns: vec![
            Column::words("Stage"),
            Column::numbers("Deals"),
            Column::numbers("Won"),
            Column::numbers("Lost"),
            Column::numbers("Open"),
            Column::words("Newest"),
        ],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        empty: "No deal names it.".into(),
        ..Table::default()
    }
}

/// Calls that ended with a specific next step.
fn ended_well<'m>(material: &'m Material<'_>) -> BTreeSet<&'m str> {
    let calls = material.rollups.rep_calls.iter();
    calls
        .filter(|call| {
            let measures = call.measures.as_ref();
            measures.and_then(|found| found.share("specific_next_step_share")) == Some((1, 1))
        })
        .map(|call| call.call_id.as_str())
        .collect()
}
