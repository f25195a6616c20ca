//! The warnings of open deals, with the calls that show them.

use std::collections::{BTreeMap, BTreeSet};

use super::deals::head;
use crate::report::document::{Block, CallLink, Cell, Column, Fact, Section, Table};
use crate::report::evidence::call_link;
use crate::report::material::Material;
use crate::report::number::{count, grouped, money, plural};
use crate::rollup::{DealEngagementRow, DealWarningRow, Rules, Warning};

/// Deals that the page lists; every warning stands in `rollups/deal_warning`.
const ROWS: usize = 60;

/// The deals with most warnings first, and what speaks for each.
pub(super) fn section(material: &Material<'_>, open: &[&DealEngagementRow]) -> Section {
    let mut by_deal: BTreeMap<(&str, &str), Vec<&DealWarningRow>> = BTreeMap::new();
    for row in &material.rollups.deal_warnings {
        let key = (row.system.as_str(), row.deal_id.as_str());
        by_deal.entry(key).or_default().push(row);
    }
    let mut warned: Vec<(&DealEngagementRow, Vec<&DealWarningRow>)> = open
        .iter()
        .filter_map(|deal| {
            let key = (deal.system.as_str(), deal.deal_id.as_str());
            Some((*deal, by_deal.get(&key)?.clone()))
        })
        .collect();
    warned.sort_by_key(|(deal, rows)| {
        let id = (deal.system.clone(), deal.deal_id.clone());
        (std::cmp::Reverse(rows.len()), id)
    });
    let table = Table {
        caption: "Deals with most warnings first".into(),
        columns: vec![
            Column::words("Deal"),
            Column::numbers("Warnings"),
            Column::words("What calls show"),
            Column::numbers("Amount"),
        ],
        rows: warned
            .iter()
            .take(ROWS)
            .map(|(deal, rows)| row(material, deal, rows))
            .collect(),
        empty: "No open deal has a warning.".into(),
        ..Table::default()
    };
    let mut blocks = vec![Block::Table(table)];
    if warned.len() > ROWS {
        let more = plural(
            (warned.len() - ROWS) as i64,
            "more deal with warnings is",
            "more deals with warnings are",
        );
        blocks.push(Block::note(
            "Not all are shown",
            format!("{more} in the table rollups/deal_warning."),
        ));
    }
    let intro = format!(
        "{} of {} open deals have a warning. A warning is a reason to ask, not a verdict: what happened by e-mail or in unrecorded meetings is not seen.",
        grouped(warned.len() as i64),
        grouped(open.len() as i64),
    );
    Section::new("warnings", "Warnings", intro, blocks)
}

/// The warnings of each deal by their names for people, by system and id.
pub(super) fn names<'a>(material: &'a Material<'_>) -> BTreeMap<(&'a str, &'a str), Vec<String>> {
    let mut names: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for row in &material.rollups.deal_warnings {
        let key = (row.system.as_str(), row.deal_id.as_str());
        names
            .entry(key)
            .or_default()
            .push(row.warning.replace('_', " "));
    }
    names
}

fn row(material: &Material<'_>, deal: &DealEngagementRow, rows: &[&DealWarningRow]) -> Vec<Cell> {
    let words: Vec<String> = rows.iter().map(|row| words(row)).collect();
    let mut what = Cell::text(words.join(". ") + ".");
    let mut shown = BTreeSet::new();
    what.calls = rows
        .iter()
        .filter(|row| shown.insert(row.call_id.as_deref()))
        .filter_map(|row| shown_by(material, row))
        .collect();
    vec![
        head(deal),
        Cell::new(count(rows.len() as i64)),
        what,
        Cell::new(money(deal.amount, deal.currency.as_deref())),
    ]
}

fn shown_by(material: &Material<'_>, row: &DealWarningRow) -> Option<CallLink> {
    let call = material.rollups.calls.get(row.call_id.as_ref()?)?;
    Some(call_link(call, label(&row.warning), "".into()))
}

/// The warning by a name for people.
fn label(warning: &str) -> &'static str {
    match Warning::from_name(warning) {
        Some(Warning::Ghosted) => "no answer",
        Some(Warning::NoActivity) => "last call",
        Some(Warning::NoNextStep) => "no next step",
        Some(Warning::RedFlag) => "red flag",
        Some(Warning::SilentChampion) => "last heard",
        _ => "call",
    }
}

/// Why a deal is warned of, in a sentence without its full stop.
fn words(row: &DealWarningRow) -> String {
    let value = row.value.unwrap_or_default() as i64;
    let limit = row.threshold.unwrap_or_default() as i64;
    let days = |number: i64| plural(number, "day", "days");
    match Warning::from_name(&row.warning) {
        Some(Warning::Ghosted) if row.due_day.is_some() => format!(
            "A next step was promised for {}, {} ago, and both sides have not spoken since",
            row.due_day.as_deref().unwrap_or_default(),
            days(value)
        ),
        Some(Warning::Ghosted) => format!(
            "Both sides last spoke {} ago, though a later call was tried",
            days(value)
        ),
        Some(Warning::NoActivity) if row.value.is_none() => "No call yet".to_owned(),
        Some(Warning::NoActivity) => format!("No call for {}", days(value)),
        Some(Warning::NoNextStep) if value == 0 => {
            "The last call ended without a next step".to_owned()
        }
        Some(Warning::NoNextStep) => "The last call ended with a vague next step".to_owned(),
        Some(Warning::NoPower) => "No director or above was on a call".to_owned(),
        Some(Warning::NotEnoughContacts) => format!(
            "{} spoke in 90 days, where {limit} are wanted",
            plural(value, "customer", "customers")
        ),
        Some(Warning::Overdue) => format!("The close date passed {} ago", days(value)),
        Some(Warning::PricingNotMentioned) => format!(
            "Nobody mentioned a price on {}",
            plural(value, "call", "calls")
        ),
        Some(Warning::RedFlag) => format!("A customer raised a red flag {} ago", days(value)),
        Some(Warning::SilentChampion) => format!(
            "The customer who spoke most was silent on the last {}",
            plural(limit, "call", "calls")
        ),
        Some(Warning::SingleThreaded) => "One customer alone ever spoke".to_owned(),
        Some(Warning::StalledInStage) => format!(
            "{} in its stage, where up to {limit} are usual",
            days(value)
        ),
        None => row.warning.clone(),
    }
}

/// The rules, for the foot of the page.
pub(super) fn footnote(rules: &Rules) -> Fact {
    let text = format!(
        "Rules of the settings' section [warnings]: no call for {} days; no answer for {}, or {} after a promised day; fewer than {} customers in 90 days, {} for deals from {} on; stalled after {} days where fewer than {} won deals tell. They follow the names that Gong uses and the thresholds that are usual; `talktrack schema rollups/deal_warning` prints each rule. A deal known for fewer than {} days has none.",
        rules.no_activity_days,
        rules.ghosted_days,
        rules.promise_overdue_days,
        rules.min_buyers,
        rules.min_buyers_large,
        grouped(rules.large_amount),
        rules.stalled_days,
        rules.min_won_deals,
        rules.min_age_days,
    );
    Fact::new("Warnings", text)
}
