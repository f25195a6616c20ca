//! What customers objected to, what was made of it, and how calls end.

use std::collections::BTreeSet;

use super::Rep;
use crate::report::document::{Block, CallLink, Cell, Column, Section, Table};
use crate::report::evidence::call_link;
use crate::report::kinds::{numbers, ratio};
use crate::report::material::month_label;
use crate::report::number::{count, share};
use crate::rollup::OBJECTIONS;

/// The number that tells how calls end.
const SPECIFIC: &str = "specific_next_step_share";

impl Rep<'_> {
    pub(super) fn objections(&self) -> Section {
        let (now, then) = (
            self.ids_of_used(&self.month),
            self.ids_of_used(&self.before),
        );
        let both: BTreeSet<&str> = now.union(&then).copied().collect();
        let mut rows: Vec<(i64, Vec<Cell>)> = Vec::new();
        for objection in &self.material.settings.objections {
            let raised = |calls: &BTreeSet<&str>| {
                let on_call = |call: &&&str| {
                    let of_call = self.peers.raised.get(**call);
                    of_call.is_some_and(|entries| entries.contains(&objection.id.as_str()))
                };
                calls.iter().filter(on_call).count() as i64
            };
            let (this, last) = (raised(&now), raised(&then));
            if this + last == 0 {
                continue;
            }
            let (raised_now, answered) = self.answered(&objection.id, &now);
            let quotes = self
                .material
                .quotes(OBJECTIONS, &objection.id, "customer", &both, 3);
            rows.push((
                this,
                vec![
                    Cell::text(&objection.label),
                    Cell::new(count(this)),
                    Cell::new(share(ratio(this, now.len() as i64))),
                    Cell::new(count(raised_now)),
                    Cell::new(count(answered)),
                    Cell::new(count(raised_now - answered)),
                    Cell::new(count(last)),
                    Cell::heard(quotes, this + last),
                ],
            ));
        }
        rows.sort_by_key(|(this, _)| std::cmp::Reverse(*this));
        let month = month_label(&self.month);
        let table = Table {
            caption: "Objections that customers raised".into(),
            columns: vec![
                Column::words("Objection"),
                Column::numbers(format!("Calls in {month}")),
                Column::numbers("of calls used"),
                Column::numbers("Raised"),
                Column::numbers("Answered"),
                Column::numbers("Not answered"),
                Column::numbers(format!("Calls in {}", month_label(&self.before))),
                Column::words("Newest"),
            ],
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            empty: "No objection was heard on this rep's calls in these two months.".into(),
            ..Table::default()
        };
        let answers = self.table("What was made of them", &numbers::OBJECTIONS);
        let intro = "What customers objected to, in their own words. Raised and answered objections are those of calls in a language whose answers are read; answered means that our side took it in, asked back, brought evidence or made sure.";
        Section::new(
            "objections",
            "Objections",
            intro,
            vec![Block::Table(answers), Block::Table(table)],
        )
    }

    /// Objections of a class on some calls, and how many of them were answered.
    fn answered(&self, entry: &str, calls: &BTreeSet<&str>) -> (i64, i64) {
        let known = calls.iter().filter_map(|call| {
            let (raised, answered) = self.peers.answered.get(&(*call, entry))?;
            Some((*raised, (*answered)?))
        });
        known.fold((0, 0), |(sum, of_sum), (raised, answered)| {
            (sum + raised, of_sum + answered)
        })
    }

    pub(super) fn next_steps(&self) -> Section {
        let newest = |wanted: i64| -> Vec<CallLink> {
            let calls = self.calls.iter().rev().filter(|call| {
                let told = call
                    .measures
                    .as_ref()
                    .and_then(|found| found.share(SPECIFIC));
                call.month == self.month && told == Some((wanted, 1))
            });
            calls
                .filter_map(|call| self.material.rollups.calls.get(&call.call_id))
                .take(3)
                .map(|facts| call_link(facts, "", "".into()))
                .collect()
        };
        let row = |label: &str, wanted: i64| {
            let calls = newest(wanted);
            let note = if calls.is_empty() { "no such call" } else { "" };
            let of_month = self.used_calls(&self.month);
            let told = of_month.filter_map(|call| call.measures.as_ref()?.share(SPECIFIC));
            let number = told.filter(|(hits, _)| *hits == wanted).count() as i64;
            vec![
                Cell::text(label),
                Cell::new(count(number)),
                Cell {
                    calls,
                    note: note.into(),
                    ..Cell::default()
                },
            ]
        };
        let table = Table {
            caption: format!("How calls of {} ended", month_label(&self.month)).into(),
            columns: vec![
                Column::words("End"),
                Column::numbers("Calls"),
                Column::words("Newest"),
            ],
            rows: vec![
                row("With a specific next step", 1),
                row("Without one, or with a vague one", 0),
            ],
            ..Table::default()
        };
        let share = self.table("How many calls end well", &numbers::NEXT_STEPS);
        Section::new(
            "next-steps",
            "Next steps",
            "Specific is a next step of which both is said at the end of the call: what will be done, and when.",
            vec![Block::Table(share), Block::Table(table)],
        )
    }
}
