//! Which calls the numbers rest on, and which were left out.

use super::{Count, Rep};
use crate::report::document::{Block, CallLink, Cell, Column, Section, Table};
use crate::report::evidence::call_link;
use crate::report::material::month_label;
use crate::report::number::count;
use crate::rollup::{Exclusion, RepMonthRow};

impl Rep<'_> {
    pub(super) fn calls_used(&self) -> Section {
        let reasons: [(&str, Option<Exclusion>, Count); 5] = [
            ("Used", None, |row| row.calls_used),
            (
                "Left out: no transcript",
                Some(Exclusion::NoTranscript),
                |row| row.excluded_no_transcript,
            ),
            (
                "Left out: shorter than 3 minutes",
                Some(Exclusion::Short),
                |row| row.excluded_short,
            ),
            (
                "Left out: fewer than two sides could be told apart",
                Some(Exclusion::OneSided),
                |row| row.excluded_one_sided,
            ),
            (
                "Left out: the rep hosted and did not speak",
                Some(Exclusion::Silent),
                |row| row.excluded_silent,
            ),
        ];
        let cell = |row: Option<&RepMonthRow>, of: Count| Cell::new(count(row.map_or(0, of)));
        let rows = reasons.map(|(label, exclusion, of)| {
            vec![
                Cell::text(label),
                cell(self.row(), of),
                cell(self.row_before(), of),
                self.newest_calls(exclusion),
            ]
        });
        let table = Table {
            caption: "Calls the rep spoke on or hosted".into(),
            columns: vec![
                Column::words("Calls"),
                Column::numbers(month_label(&self.month)),
                Column::numbers(month_label(&self.before)),
                Column::words(format!("Newest of {}", month_label(&self.month))),
            ],
            rows: rows.into(),
            empty: "No calls.".into(),
            ..Table::default()
        };
        let intro = "Each call is left out for the first reason that holds.";
        Section::new(
            "calls",
            "Calls used and left out",
            intro,
            vec![Block::Table(table)],
        )
    }

    /// The newest calls of this month that were used, or left out for one reason.
    fn newest_calls(&self, exclusion: Option<Exclusion>) -> Cell {
        let calls = self
            .calls
            .iter()
            .rev()
            .filter(|call| call.month == self.month && call.exclusion == exclusion);
        let facts = calls.filter_map(|call| self.material.rollups.calls.get(&call.call_id));
        let calls: Vec<CallLink> = facts
            .take(3)
            .map(|call| call_link(call, "", "".into()))
            .collect();
        let note = if calls.is_empty() { "no such call" } else { "" };
        Cell {
            calls,
            note: note.into(),
            ..Cell::default()
        }
    }
}
