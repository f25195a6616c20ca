//! The same numbers by week and quarter, and by where the sale stood.

use jiff::ToSpan;

use super::{Rep, trend};
use crate::report::document::{Block, Cell, Column, Section, Table};
use crate::report::formats::day_label;
use crate::report::kinds::numbers::{self, Number, cell, judged};
use crate::report::number::plural;
use crate::rollup::rep_slice::{STAGE_DAYS, WEEKS};
use crate::rollup::{CallStage, calendar};

/// `2026-10` as `Oct–Dec 2026`.
fn quarter_label(quarter: &str) -> String {
    let Some(first) = calendar::first_day(quarter) else {
        return quarter.to_owned();
    };
    let last = first.saturating_add(2.months());
    format!("{}–{}", first.strftime("%b"), last.strftime("%b %Y"))
}

impl Rep<'_> {
    pub(super) fn periods(&self) -> Section {
        let as_of = self.material.as_of;
        let newest = self.material.settings.calendar.week(as_of);
        let weeks: Vec<String> = (0..WEEKS)
            .rev()
            .map(|back| newest.saturating_sub((7 * back).days()).to_string())
            .collect();
        let quarter = calendar::quarter(as_of);
        let before = calendar::quarter_before(&quarter);
        let slice = |number: &Number, grain: &str, slice: &str| {
            let row = self
                .material
                .slice(self.user_id, (grain, slice), number.metric);
            cell(number, row)
        };
        let of_week = |number: &Number, back: usize| {
            let week = weeks
                .len()
                .checked_sub(1 + back)
                .and_then(|at| weeks.get(at));
            slice(number, "week", week.map_or("", String::as_str))
        };
        let row = |number: &'static Number| {
            let value = |week: &String| {
                let row = self
                    .material
                    .slice(self.user_id, ("week", week), number.metric);
                row?.value
            };
            let label = |week: &str| {
                let day = week.parse().map(day_label);
                format!("week of {}", day.unwrap_or_default())
            };
            vec![
                Cell::text(number.label),
                of_week(number, 0),
                of_week(number, 1),
                Cell {
                    trend: trend(&weeks, value, label, number),
                    ..Cell::default()
                },
                slice(number, "quarter", &quarter),
                slice(number, "quarter", &before),
            ]
        };
        let table = Table {
            caption: "Weeks and quarters with their 95 % intervals".into(),
            columns: vec![
                Column::words("Measure"),
                Column::numbers(format!("Week of {}", newest.strftime("%-d %b"))),
                Column::numbers("The week before"),
                Column::words(format!("{WEEKS} weeks")),
                Column::numbers(quarter_label(&quarter)),
                Column::numbers(quarter_label(&before)),
            ],
            rows: numbers::all().map(row).collect(),
            ..Table::default()
        };
        let intro = "A week with few calls says little: read the line, not its last point. Weeks with fewer than five calls have no number.";
        Section::new(
            "periods",
            "Week by week and quarter by quarter",
            intro,
            vec![Block::Table(table)],
        )
    }

    /// The numbers that have a target, told apart by stage, since what is wished differs.
    pub(super) fn stages(&self) -> Section {
        let targets = &self.material.settings.targets;
        let slice = |user: &str, stage: CallStage, number: &Number| {
            let slice = ("stage", stage.name());
            self.material.slice(user, slice, number.metric)
        };
        let of_stage = |number: &Number, stage: CallStage| {
            let own = slice(self.user_id, stage, number);
            let told = cell(number, own);
            let mut notes = vec![told.note.to_string()];
            let all = slice("", stage, number).and_then(|row| row.value);
            notes.extend(all.map(|all| format!("all reps {}", (number.show)(Some(all)).text)));
            let target = targets.of(number.metric, stage);
            notes.extend(target.map(|target| format!("wished {}", target.words)));
            let value = own.and_then(|row| row.value);
            let mark = value
                .zip(target)
                .map(|(value, target)| judged(value, target));
            told.with_mark(mark).with_note(notes.join("; "))
        };
        let row = |number: &'static Number| {
            let mut cells = vec![Cell::text(number.label)];
            cells.extend(CallStage::ALL.map(|stage| of_stage(number, stage)));
            cells
        };
        let calls = |stage: CallStage| {
            let talk = numbers::find("talk_share");
            talk.and_then(|number| slice(self.user_id, stage, number))
                .map_or(0, |row| row.calls)
        };
        let heads = CallStage::ALL.map(|stage| {
            let name = match stage {
                CallStage::Discovery => "Discovery",
                CallStage::Demo => "Demo",
                CallStage::Negotiation => "Negotiation",
            };
            Column::numbers(format!("{name}, {}", plural(calls(stage), "call", "calls")))
        });
        let is_known = CallStage::ALL.iter().any(|stage| calls(*stage) > 0);
        let mut columns = vec![Column::words("Measure")];
        columns.extend(heads);
        let table = Table {
            caption: format!("Calls used of the last {STAGE_DAYS} days, by the stage of their deal").into(),
            columns,
            rows: numbers::all().filter(|_| is_known).map(row).collect(),
            empty: "No call of these days belongs to a deal whose stage is known: connect the CRM in Gong, and name its stages in [stages] of the settings.".into(),
            ..Table::default()
        };
        Section::new(
            "stages",
            "By stage of the sale",
            "What is wished of a call depends on where the sale stands, so targets are held against the calls of each stage.",
            vec![Block::Table(table)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::quarter_label;

    #[test]
    fn a_quarter_is_told_by_its_months() {
        assert_eq!(quarter_label("2026-10"), "Oct–Dec 2026");
        assert_eq!(quarter_label("x"), "x");
    }
}
