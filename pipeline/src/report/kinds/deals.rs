//! Open deals by week: where customers speak, and where it has gone quiet.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use talktrack_analyzers::table::Amount;

use super::{deal_warnings, figure};
use crate::report::document::{
    Block, CallLink, Cell, Column, Document, Fact, Figures, HeatCell, HeatRow, Heatmap, Mark,
    Section, Table, Tone, Value,
};
use crate::report::evidence::call_link;
use crate::report::formats::day_label;
use crate::report::material::Material;
use crate::report::number::{count, days, duration, grouped, minutes, money, plural};
use crate::report::text::Text;
use crate::rollup::{DealCall, DealEngagementRow, DealWeekRow, RepCall};

/// Name of the page.
pub const PAGE: &str = "deals";

/// Rows that the grid shows; all deals stand in `rollups/deal_engagement`.
const ROWS: usize = 2000;

/// Customer minutes from which a cell has the next shade.
const SHADES: [i64; 3] = [5, 15, 30];

/// The page.
pub fn page(material: &Material<'_>) -> Document {
    let mut page = Document::new(
        "deals",
        PAGE.to_owned(),
        "Deal engagement",
        Some(material.as_of),
    );
    let open = open_deals(material);
    page.subtitle =
        "How much customers spoke on the calls of each open deal, week by week. Calls only: e-mail is not seen.".into();
    page.facts = vec![
        Fact::new("Open deals", grouped(open.len() as i64)),
        Fact::new("Counted", "calls only; e-mail is not seen"),
        Fact::new("Deal facts", "as known on the as-of day"),
    ];
    page.sections = if open.is_empty() {
        vec![Section::new(
            "deals",
            "No open deals",
            "",
            vec![no_deals(material)],
        )]
    } else {
        vec![
            summary(material, &open),
            heatmap(material, &open),
            deal_warnings::section(material, &open),
            amounts(&open),
        ]
    };
    page.footer = footer(material);
    page
}

/// Deals neither won nor lost: the longest silence first, those silent for longer than the grid shows last.
pub(super) fn open_deals<'a>(material: &'a Material<'_>) -> Vec<&'a DealEngagementRow> {
    let closed =
        |deal: &&DealEngagementRow| matches!(deal.outcome.as_deref(), Some("won" | "lost"));
    let mut open: Vec<&DealEngagementRow> = material
        .rollups
        .deals
        .iter()
        .filter(|deal| !closed(deal))
        .collect();
    let silence = |deal: &DealEngagementRow| deal.days_silent.unwrap_or(i64::MAX);
    open.sort_by_cached_key(|deal| {
        let quiet = silence(deal);
        let out_of_sight = quiet >= material.settings.heatmap_weeks * 7;
        (
            out_of_sight,
            std::cmp::Reverse(quiet),
            deal.system.clone(),
            deal.deal_id.clone(),
        )
    });
    open
}

/// How many of `deals` had no two-sided call for long, or never.
pub(super) fn silent(material: &Material<'_>, deals: &[&DealEngagementRow]) -> i64 {
    let limit = material.settings.rules.ghosted_days;
    deals
        .iter()
        .filter(|deal| deal.days_silent.is_none_or(|days| days >= limit))
        .count() as i64
}

fn no_deals(material: &Material<'_>) -> Block {
    let text = if material.rollups.deals.is_empty() {
        "No call carries a deal yet. Deals come with the calls when Gong is connected to your CRM; check that in Gong, then run `talktrack ingest` again."
    } else {
        "Every known deal is won or lost as of this day."
    };
    Block::note("Nothing to show", text)
}

fn summary(material: &Material<'_>, open: &[&DealEngagementRow]) -> Section {
    let rules = &material.settings.rules;
    let number = |holds: &dyn Fn(&DealEngagementRow) -> bool| {
        count(open.iter().filter(|deal| holds(deal)).count() as i64)
    };
    let of_all = format!("of {}", grouped(open.len() as i64));
    let items = vec![
        figure(
            "Open deals",
            count(open.len() as i64),
            "neither won nor lost",
        ),
        figure(
            "With a call in 14 days",
            number(&|deal| deal.calls_14 > 0),
            of_all,
        ),
        figure(
            "Silent",
            count(silent(material, open)),
            format!(
                "no two-sided call for {} days, or never",
                rules.ghosted_days
            ),
        ),
        figure(
            "Few buyers",
            number(&|deal| deal.buyers_90 < rules.min_buyers),
            format!("fewer than {} spoke in 90 days", rules.min_buyers),
        ),
        figure(
            "Overdue",
            number(&|deal| overdue(deal, material.as_of)),
            "close date has passed",
        ),
    ];
    Section::new(
        "summary",
        "At a glance",
        "",
        vec![Block::Figures(Figures { items })],
    )
}

fn heatmap(material: &Material<'_>, open: &[&DealEngagementRow]) -> Section {
    let weeks = weeks(material);
    let mut spoken: BTreeMap<(&str, &str, &str), &DealWeekRow> = BTreeMap::new();
    for row in &material.rollups.deal_weeks {
        spoken.insert((&row.system, &row.deal_id, &row.week), row);
    }
    let mut calls: BTreeMap<(&str, &str, &str), Vec<&DealCall>> = BTreeMap::new();
    for call in &material.rollups.deal_calls {
        let key = (
            call.system.as_str(),
            call.deal_id.as_str(),
            call.week.as_str(),
        );
        calls.entry(key).or_default().push(call);
    }
    let reps = reps(material);
    let warnings = deal_warnings::names(material);
    let row = |deal: &&DealEngagementRow| {
        let cell = |week: &Date| {
            let week = week.to_string();
            let key = (deal.system.as_str(), deal.deal_id.as_str(), week.as_str());
            let of_week = spoken.get(&key).copied();
            let customer_ms = of_week.map_or(0, |row| row.customer_ms);
            let calls = calls.get(&key).map(Vec::as_slice).unwrap_or_default();
            HeatCell {
                value: minutes(customer_ms),
                level: level(customer_ms),
                others: other_layers(of_week, calls),
                calls: calls_of_cell(material, calls),
            }
        };
        let key = (deal.system.as_str(), deal.deal_id.as_str());
        let rep = reps.get(&key).map_or("no rep known", String::as_str);
        let warned = warnings.get(&key).map(Vec::as_slice).unwrap_or_default();
        HeatRow {
            head: head(deal),
            cells: weeks.iter().map(cell).collect(),
            facts: facts(material, deal, rep, warned),
            tags: tags(material, deal, rep, warned),
        }
    };
    let map = Heatmap {
        caption: "Customer minutes by week; the longest silence first, deals silent for all these weeks last".into(),
        corner: "Deal".into(),
        grid: "Minutes the customer spoke, by week beginning".into(),
        layers: [
            "Minutes the customer spoke",
            "Calls",
            "Customers who spoke",
            "Directors or above on one call",
        ]
        .map(Into::into)
        .into(),
        filters: ["Rep", "Stage", "Amount", "Warning"].map(Into::into).into(),
        columns: weeks
            .iter()
            .map(|week| week.strftime("%-d %b").to_string().into())
            .collect(),
        facts: fact_columns(),
        rows: open.iter().take(ROWS).map(row).collect(),
        empty: "No open deals.".into(),
        opens: "A number opens its call in Gong; where a week had several, the one on which the customer spoke most. A dot means that no customer spoke, so there is nothing to open.".into(),
        legend: [
            "nothing",
            "under 5 min",
            "5–15 min",
            "15–30 min",
            "30 min and more",
        ]
        .map(Into::into)
        .into(),
    };
    let mut blocks = vec![Block::Heatmap(map)];
    if open.len() > ROWS {
        let more = plural(
            (open.len() - ROWS) as i64,
            "more open deal is",
            "more open deals are",
        );
        blocks.push(Block::note(
            "Not all are shown",
            format!("{more} in the table rollups/deal_engagement."),
        ));
    }
    let intro = "Each cell is the time people of the customer's side spoke on calls of the deal in that week. Darker is more; the number says how much.";
    Section::new("heatmap", "Week by week", intro, blocks)
}

/// The numbers of the layers behind the minutes: calls, customers who spoke, and those of director level or above on one call
/// of the week, at most.
fn other_layers(of_week: Option<&DealWeekRow>, calls: &[&DealCall]) -> Vec<Option<i64>> {
    let seniors = if calls.is_empty() {
        Some(0)
    } else {
        calls.iter().filter_map(|call| call.seniors).max()
    };
    vec![
        Some(of_week.map_or(0, |row| row.calls)),
        Some(of_week.map_or(0, |row| row.buyers)),
        seniors,
    ]
}

/// What a row may be chosen by: rep, stage, amount and warnings.
fn tags(
    material: &Material<'_>,
    deal: &DealEngagementRow,
    rep: &str,
    warnings: &[String],
) -> Vec<Vec<Text>> {
    let large = material.settings.rules.large_amount;
    let amount = match deal.amount {
        None => "no amount".to_owned(),
        Some(Amount(amount)) if amount >= i128::from(large) * Amount::ONE => {
            format!("{} and more", grouped(large))
        }
        Some(_) => format!("below {}", grouped(large)),
    };
    let warned = if warnings.is_empty() {
        vec!["none".into()]
    } else {
        warnings.iter().map(|name| name.as_str().into()).collect()
    };
    vec![
        vec![rep.into()],
        vec![deal.stage.as_deref().unwrap_or("no stage").into()],
        vec![amount.as_str().into()],
        warned,
    ]
}

/// Calls of one cell on which the customer spoke, the largest part first.
fn calls_of_cell(material: &Material<'_>, calls: &[&DealCall]) -> Vec<CallLink> {
    let mut calls: Vec<&&DealCall> = calls.iter().filter(|call| call.customer_ms > 0).collect();
    calls.sort_by(|a, b| {
        b.customer_ms
            .cmp(&a.customer_ms)
            .then_with(|| a.call_id.cmp(&b.call_id))
    });
    let link = |call: &&DealCall| {
        let facts = material.rollups.calls.get(&call.call_id)?;
        let spoken = duration(Some(call.customer_ms)).text;
        Some(call_link(facts, "", spoken))
    };
    calls.into_iter().filter_map(link).collect()
}

fn fact_columns() -> Vec<Column> {
    vec![
        Column::numbers("Since both sides spoke"),
        Column::numbers("Calls in 7/14/ 30/90 days"),
        Column::numbers("Buyers in 7/14/ 30/90 days"),
        Column::words("Stage and rep"),
        Column::numbers("Amount and close date"),
        Column::numbers("Warnings"),
    ]
}

fn weeks(material: &Material<'_>) -> Vec<Date> {
    let last = material.settings.calendar.week(material.as_of);
    (0..material.settings.heatmap_weeks)
        .rev()
        .filter_map(|back| last.checked_sub((back * 7).days()).ok())
        .collect()
}

fn level(customer_ms: i64) -> u8 {
    if customer_ms == 0 {
        return 0;
    }
    1 + SHADES
        .iter()
        .filter(|&&shade| customer_ms >= shade * 60_000)
        .count() as u8
}

pub(super) fn head(deal: &DealEngagementRow) -> Cell {
    let name = deal.name.as_deref().filter(|name| !name.trim().is_empty());
    Cell::text(name.unwrap_or("unnamed deal")).with_note(deal.deal_id.as_str())
}

fn facts(
    material: &Material<'_>,
    deal: &DealEngagementRow,
    rep: &str,
    warnings: &[String],
) -> Vec<Cell> {
    let (targets, rules) = (&material.settings.targets, &material.settings.rules);
    let (tone, words) = match deal.days_silent {
        None => (Tone::Poor, "never two-sided"),
        Some(days) if days >= rules.ghosted_days => (Tone::Poor, "silent"),
        Some(days) if days >= targets.cooling_days => (Tone::Watch, "cooling"),
        Some(_) => (Tone::Good, "active"),
    };
    let last = deal
        .last_two_sided_call_id
        .as_ref()
        .and_then(|id| material.rollups.calls.get(id));
    let few = (deal.buyers_90 < rules.min_buyers).then(|| Mark::new(Tone::Watch, "few"));
    let close = deal.close_date.as_deref().map_or_else(
        || "no close date".to_owned(),
        |date| format!("close {}", close_label(date)),
    );
    let since = Cell {
        link: last.and_then(|call| call_link(call, "", "".into()).link),
        note: last.map_or_else(Text::default, |call| day_label(call.day).into()),
        ..Cell::new(days(deal.days_silent)).with_mark(Some(Mark::new(tone, words)))
    };
    let late = overdue(deal, material.as_of).then(|| Mark::new(Tone::Poor, "overdue"));
    vec![
        since,
        Cell::new(spans([
            deal.calls_7,
            deal.calls_14,
            deal.calls_30,
            deal.calls_90,
        ])),
        Cell::new(spans([
            deal.buyers_7,
            deal.buyers_14,
            deal.buyers_30,
            deal.buyers_90,
        ]))
        .with_mark(few),
        Cell::text(deal.stage.as_deref().unwrap_or("no stage")).with_note(rep),
        Cell::new(money(deal.amount, deal.currency.as_deref()))
            .with_mark(late)
            .with_note(close),
        Cell::new(count(warnings.len() as i64)),
    ]
}

/// The rep who spoke most on each call, of those whom the reader may see.
fn voices<'a>(material: &'a Material<'_>) -> BTreeMap<&'a str, &'a RepCall> {
    let mut voices: BTreeMap<&str, &RepCall> = BTreeMap::new();
    let calls = material.rollups.rep_calls.iter();
    for call in calls.filter(|call| material.sight.sees(&call.user_id)) {
        let kept = voices.entry(&call.call_id).or_insert(call);
        if call.talk_ms > kept.talk_ms {
            *kept = call;
        }
    }
    voices
}

/// The rep who spoke most on the newest call of each deal.
fn reps<'a>(material: &'a Material<'_>) -> BTreeMap<(&'a str, &'a str), String> {
    let voices = voices(material);
    // Calls of a deal come oldest first, so the newest one with a rep stays.
    let calls = material.rollups.deal_calls.iter();
    let known = calls.filter_map(|call| {
        let rep = voices.get(call.call_id.as_str())?;
        let deal = (call.system.as_str(), call.deal_id.as_str());
        Some((deal, material.name_of(&rep.user_id)))
    });
    known.collect()
}

/// Counts of the four trailing spans; the number that programs read is that of 90 days.
fn spans(counts: [i64; 4]) -> Value {
    let text = counts.map(|count| count.to_string()).join("/");
    Value {
        text: text.into(),
        number: Some(counts[3] as f64),
        unit: "count in 90 days",
        ..Value::default()
    }
}

fn close_label(date: &str) -> String {
    date_of(date).map_or_else(|| date.to_owned(), day_label)
}

fn overdue(deal: &DealEngagementRow, as_of: Date) -> bool {
    deal.close_date
        .as_deref()
        .and_then(date_of)
        .is_some_and(|close| close < as_of)
}

fn date_of(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

fn amounts(open: &[&DealEngagementRow]) -> Section {
    let mut by_currency: BTreeMap<&str, (i64, i128)> = BTreeMap::new();
    let mut unknown = 0;
    for deal in open {
        let Some(Amount(amount)) = deal.amount else {
            unknown += 1;
            continue;
        };
        let sum = by_currency
            .entry(deal.currency.as_deref().unwrap_or_default())
            .or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(amount));
    }
    let row = |(currency, (number, sum)): (&str, (i64, i128))| {
        let label = if currency.is_empty() {
            "no currency given"
        } else {
            currency
        };
        vec![
            Cell::text(label),
            Cell::new(count(number)),
            Cell::new(money(Some(Amount(sum)), Some(currency))),
        ]
    };
    let table = Table {
        caption: "Open amount by currency; currencies are not added".into(),
        columns: vec![
            Column::words("Currency"),
            Column::numbers("Deals"),
            Column::numbers("Amount"),
        ],
        rows: by_currency.into_iter().map(row).collect(),
        empty: "No open deal has an amount.".into(),
        ..Table::default()
    };
    let mut blocks = vec![Block::Table(table)];
    if unknown > 0 {
        blocks.push(Block::paragraph(format!(
            "{} no amount.",
            plural(unknown, "deal has", "deals have")
        )));
    }
    Section::new("amounts", "Amounts", "", blocks)
}

fn footer(material: &Material<'_>) -> Vec<Fact> {
    let (targets, rules) = (&material.settings.targets, &material.settings.rules);
    let states = format!(
        "Cooling from {} days without a two-sided call, silent from {}: our choice.",
        targets.cooling_days, rules.ghosted_days
    );
    let mut footer = vec![
        Fact::new(
            "Calls only",
            "Meetings that were not recorded, chats and e-mail are not seen. A deal that looks silent may be alive in a mailbox.",
        ),
        Fact::new(
            "Two-sided call",
            "Our side spoke, and the customer's side spoke for at least 30 seconds.",
        ),
        Fact::new(
            "Buyers",
            "Different persons of the customer's side who spoke on calls of the deal; somebody without an e-mail address or phone number counts once a call.",
        ),
        Fact::new("Active, cooling, silent", states),
        Fact::new(
            "Counts at the top",
            "Counted over the open deals; the rows show which they are, and their cells open the calls.",
        ),
        Fact::new(
            "Deal facts",
            "Stage, amount and close date are what the CRM said when it was last seen up to the as-of day; the small print under a deal is its id there. The rep is the one who spoke most on the newest call of the deal.",
        ),
    ];
    footer.push(deal_warnings::footnote(&material.settings.rules));
    footer.extend(material.footer());
    footer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_by_minutes() {
        for (ms, shade) in [
            (0, 0),
            (1, 1),
            (299_999, 1),
            (300_000, 2),
            (900_000, 3),
            (1_799_999, 3),
            (1_800_000, 4),
        ] {
            assert_eq!(level(ms), shade, "{ms}");
        }
    }

    #[test]
    fn close_dates_of_any_form() {
        assert_eq!(close_label("2026-11-05T00:00:00Z"), "5 Nov 2026");
        assert_eq!(close_label("soon"), "soon");
        assert_eq!(close_label("äöüäöüäöü"), "äöüäöüäöü");
    }
}
