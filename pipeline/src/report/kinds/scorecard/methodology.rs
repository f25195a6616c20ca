//! Which criteria of the sales methodology were asked about, and which the customer showed.

use super::Rep;
use crate::report::document::{Block, Cell, Column, Section, Table};
use crate::report::evidence::call_link;
use crate::report::kinds::ratio;
use crate::report::material::{FEW, month_label};
use crate::report::number::share;
use crate::report::settings::Entry;
use crate::rollup::RepMethodologyRow;

impl Rep<'_> {
    pub(super) fn methodology(&self) -> Section {
        let methodology = &self.material.settings.methodology;
        let own = self.criteria(self.user_id, &self.month);
        let all = self.criteria("", &self.month);
        let whole = |rows: &[&RepMethodologyRow]| {
            let row = rows.iter().find(|row| row.criterion.is_empty());
            row.map_or(0, |row| row.calls)
        };
        let (calls, all_calls) = (whole(&own), whole(&all));
        let touched = |rows: &[&RepMethodologyRow], criterion: &str| {
            let row = rows.iter().find(|row| row.criterion == criterion);
            row.map_or((0, 0), |row| (row.calls_asked, row.calls_evidenced))
        };
        let of = |part: i64, whole: i64| Cell::new(share(ratio(part, whole)).with_n(whole));
        let row = |entry: &Entry| {
            let (asked, shown) = touched(&own, &entry.id);
            let (all_asked, all_shown) = touched(&all, &entry.id);
            vec![
                Cell::text(&entry.label),
                of(asked, calls),
                of(all_asked, all_calls),
                of(shown, calls),
                of(all_shown, all_calls),
                self.example(&entry.id),
            ]
        };
        let table = Table {
            caption: format!(
                "{} on the calls of {}",
                methodology.id.to_uppercase(),
                month_label(&self.month)
            )
            .into(),
            columns: vec![
                Column::words("Criterion"),
                Column::numbers("Asked"),
                Column::numbers("Asked, all reps"),
                Column::numbers("Shown by the customer"),
                Column::numbers("Shown, all reps"),
                Column::words("A call on which a customer showed it"),
            ],
            rows: methodology
                .criteria
                .iter()
                .filter(|_| calls > 0)
                .map(row)
                .collect(),
            empty: "No used call of this month is in a language whose criteria are read.".into(),
            ..Table::default()
        };
        // The criterion that was asked about least, of those that others ask about more.
        let gap = methodology
            .criteria
            .iter()
            .filter_map(|entry| {
                let rate = ratio(touched(&own, &entry.id).0, calls)?;
                let others = ratio(touched(&all, &entry.id).0, all_calls)?;
                (others > rate).then_some((entry, others - rate))
            })
            .max_by(|(_, a), (_, b)| a.total_cmp(b));
        let mut blocks = Vec::new();
        if let Some((entry, _)) = gap.filter(|_| calls >= FEW) {
            blocks.push(Block::note(
                "Biggest gap",
                format!(
                    "{}: asked about on fewer of these calls than on those of all reps, by more than any other criterion.",
                    entry.label
                ),
            ));
        }
        blocks.push(Block::Table(table));
        Section::new(
            "methodology",
            "Methodology",
            "A word list hears that a subject was touched, not that it was settled: use it to find what to ask, not to grade. The settings choose the methodology.",
            blocks,
        )
    }

    fn criteria(&self, user_id: &str, month: &str) -> Vec<&RepMethodologyRow> {
        let methodology = &self.material.settings.methodology.id;
        let rows = self.material.criteria(user_id, month).iter();
        rows.filter(|row| row.methodology == *methodology).collect()
    }

    /// The newest call of this month on which a customer showed the criterion: a peer's whom the reader may see, else the
    /// rep's own.
    fn example(&self, criterion: &str) -> Cell {
        let newest = |user_id: &str| {
            let rows = self.criteria(user_id, &self.month);
            let row = rows.into_iter().find(|row| row.criterion == criterion)?;
            let call_id = row.newest_evidenced_call_id.as_deref()?;
            let facts = self.material.rollups.calls.get(call_id)?;
            Some((facts.started, user_id.to_owned(), facts))
        };
        let seen = self.peers.seen.iter().copied();
        let others = seen.filter(|user| *user != self.user_id);
        let of_peer = others.filter_map(newest);
        let found = of_peer
            .max_by_key(|(started, user, _)| (*started, user.clone()))
            .or_else(|| newest(self.user_id));
        let Some((_, user, facts)) = found else {
            return Cell::default().with_note("none this month");
        };
        Cell {
            calls: vec![call_link(facts, "", "".into())],
            note: self.material.name_of(&user).into(),
            ..Cell::default()
        }
    }
}
