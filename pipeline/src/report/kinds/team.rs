//! One page for the reps whom the reader may see: their numbers side by side, the weeks, what customers raise, and calls
//! that a rule picks for listening.

mod review;
mod weeks;

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Date;

use super::numbers::{self, cell};
use super::scorecard::Peers;
use crate::report::document::{Block, Cell, Column, Document, Fact, Link, Section, Table, Value};
use crate::report::formats::day_label;
use crate::report::material::{
    FEW, Material, battlecard_page, last_months, month_label, scorecard_page,
};
use crate::report::number::{count, grouped, hours, share};
use crate::report::settings::Entry;
use crate::rollup::{COMPETITORS, RepCall, RepMonthRow};

/// Name of the page.
pub const PAGE: &str = "team";

/// Numbers of `rollups/rep_metric` that have a column.
const SHOWN: [&str; 6] = [
    "talk_share",
    "longest_monologue_bridged_ms",
    "patience_p50_ms",
    "questions",
    "objections_handled_share",
    "specific_next_step_share",
];

/// Months over which leaderboards count.
const LEADERBOARD_MONTHS: usize = 3;

/// The page.
pub fn page(material: &Material<'_>, peers: &Peers<'_>) -> Document {
    let mut page = Document::new("team", PAGE.to_owned(), "Team", Some(material.as_of));
    page.subtitle =
        "Reps side by side, with intervals; which calls to hear first, and why. For coaching, not for ranking.".into();
    let team = Team {
        material,
        reps: material.reps(),
        month: material.month(),
    };
    page.facts = team.facts();
    page.sections = vec![
        team.table(),
        team.distribution(peers),
        team.review(),
        team.weeks(),
        team.raised(),
        team.quality(),
    ];
    page.footer = team.footer();
    page
}

struct Team<'a> {
    material: &'a Material<'a>,
    /// Those whom the reader may see, by name.
    reps: Vec<String>,
    month: String,
}

impl Team<'_> {
    fn rows(&self) -> impl Iterator<Item = &RepMonthRow> {
        let rows = self.reps.iter();
        rows.filter_map(move |user_id| self.material.rep_month(user_id, &self.month))
    }

    /// Calls that count, oldest first, of the reps on the page.
    fn used_calls(&self) -> impl Iterator<Item = (&RepCall, Date)> {
        let reps: BTreeSet<&str> = self.reps.iter().map(String::as_str).collect();
        let calls = self.material.rollups.rep_calls.iter();
        calls
            .filter(move |call| call.exclusion.is_none() && reps.contains(call.user_id.as_str()))
            .filter_map(move |call| {
                let facts = self.material.rollups.calls.get(&call.call_id)?;
                Some((call, facts.day))
            })
    }

    fn facts(&self) -> Vec<Fact> {
        let sum = |of: fn(&RepMonthRow) -> i64| self.rows().map(of).sum::<i64>();
        vec![
            Fact::new(
                "Period",
                format!(
                    "{}, up to {}",
                    month_label(&self.month),
                    day_label(self.material.as_of)
                ),
            ),
            Fact::new("Reps", grouped(self.reps.len() as i64)),
            Fact::new(
                "Calls used",
                format!(
                    "{} of {}, counted once for each rep",
                    grouped(sum(|row| row.calls_used)),
                    grouped(sum(|row| row.calls))
                ),
            ),
        ]
    }

    fn table(&self) -> Section {
        let numbers = || numbers::all().filter(|number| SHOWN.contains(&number.metric));
        let mut columns = vec![
            Column::words("Rep"),
            Column::numbers("Calls used"),
            Column::numbers("Time on them"),
        ];
        columns.extend(numbers().map(|number| Column::numbers(number.label)));
        let row = |user_id: &str, head: Cell, used: Value, time: Value| {
            let mut cells = vec![head, Cell::new(used), Cell::new(time)];
            cells.extend(numbers().map(|number| {
                cell(
                    number,
                    self.material.number(user_id, &self.month, number.metric),
                )
            }));
            cells
        };
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for user_id in &self.reps {
            let (used, seconds) = self
                .material
                .rep_month(user_id, &self.month)
                .map_or((0, 0), |row| (row.calls_used, row.duration_used_s));
            let head = Cell::text(self.material.name_of(user_id))
                .with_link(Link::page(&scorecard_page(user_id)));
            rows.push(row(
                user_id,
                head,
                count(used).faint_if(used < FEW),
                hours(seconds),
            ));
        }
        if !rows.is_empty() {
            let head = Cell::text("All reps of the company");
            rows.push(row("", head, Value::none(), Value::none()));
        }
        let table = Table {
            caption: format!(
                "Reps in {}, by name, with 95 % intervals",
                month_label(&self.month)
            )
            .into(),
            columns,
            rows,
            empty: "No rep had a call in the last 6 months.".into(),
            ..Table::default()
        };
        let intro = "A number of fewer than five calls is not shown.";
        Section::new("reps", "Reps", intro, vec![Block::Table(table)])
    }

    /// Where the reps of the page stand among all.
    fn distribution(&self, peers: &Peers<'_>) -> Section {
        let seen: BTreeSet<&str> = self.reps.iter().map(String::as_str).collect();
        let named = |user: &str| {
            let may_be_named = seen.contains(user);
            may_be_named.then(|| self.material.name_of(user))
        };
        let title = format!("All reps with numbers in {}", month_label(&self.month));
        let block = peers.strips(&title, None, named).unwrap_or_else(|| {
            Block::paragraph("No rep has enough calls of this month for a number.")
        });
        let intro = "Each circle is a rep, the dashed line is the median; those outside this page have no name.";
        Section::new("distribution", "Distributions", intro, vec![block])
    }

    fn raised(&self) -> Section {
        let months = last_months(self.material.as_of, LEADERBOARD_MONTHS);
        let since = months.first().map_or("", String::as_str);
        let of_reps = self
            .used_calls()
            .filter(|(call, _)| call.month.as_str() >= since);
        let calls: BTreeSet<&str> = of_reps.map(|(call, _)| call.call_id.as_str()).collect();
        let settings = self.material.settings;
        let competitor = |entry: &Entry| {
            Cell::text(&entry.label).with_link(Link::page(&battlecard_page(&entry.id)))
        };
        let of = format!("of {}", grouped(calls.len() as i64));
        let blocks = [
            self.leaders(
                "Competitors that customers named",
                COMPETITORS,
                &settings.competitors,
                &calls,
                competitor,
            ),
            self.leaders(
                "Objections that customers raised",
                crate::rollup::OBJECTIONS,
                &settings.objections,
                &calls,
                |entry| Cell::text(&entry.label),
            ),
        ];
        let intro = format!(
            "Calls used since the start of {}, {of}, on which the customer's side said it.",
            month_label(since)
        );
        Section::new(
            "raised",
            "What customers raise",
            intro,
            blocks.map(Block::Table).into(),
        )
    }

    fn leaders(
        &self,
        caption: &str,
        dictionary: &str,
        entries: &[Entry],
        calls: &BTreeSet<&str>,
        head: impl Fn(&Entry) -> Cell,
    ) -> Table {
        let mut rows: Vec<(i64, Vec<Cell>)> = Vec::new();
        for entry in entries {
            let named = self
                .material
                .entry_calls(dictionary, &entry.id)
                .filter(|row| row.customer > 0 && calls.contains(row.call_id.as_str()))
                .count() as i64;
            if named == 0 {
                continue;
            }
            let part = super::ratio(named, calls.len() as i64);
            let quotes = self
                .material
                .quotes(dictionary, &entry.id, "customer", calls, 2);
            let opens = Cell {
                note: if quotes.is_empty() {
                    "older than the sentences shown"
                } else {
                    ""
                }
                .into(),
                quotes,
                ..Cell::default()
            };
            rows.push((
                named,
                vec![
                    head(entry),
                    Cell::new(count(named)),
                    Cell::new(share(part)),
                    opens,
                ],
            ));
        }
        rows.sort_by_key(|(named, _)| std::cmp::Reverse(*named));
        Table {
            caption: caption.into(),
            columns: vec![
                Column::words("Entry"),
                Column::numbers("Calls"),
                Column::numbers("Share of calls"),
                Column::words("Newest"),
            ],
            rows: rows.into_iter().map(|(_, cells)| cells).collect(),
            empty: "None in these calls.".into(),
            ..Table::default()
        }
    }

    fn quality(&self) -> Section {
        let sum = |of: fn(&RepMonthRow) -> i64| Cell::new(count(self.rows().map(of).sum()));
        let known = self.material.coverage;
        let company = |number: i64| Cell::new(count(number));
        let rows = [
            (
                "Calls without a transcript",
                sum(|row| row.excluded_no_transcript),
                OWN,
            ),
            (
                "Calls shorter than 3 minutes",
                sum(|row| row.excluded_short),
                OWN,
            ),
            (
                "Calls on which fewer than two sides could be told apart",
                sum(|row| row.excluded_one_sided),
                OWN,
            ),
            (
                "Calls that the rep hosted in silence",
                sum(|row| row.excluded_silent),
                OWN,
            ),
            (
                "Calls used in a language whose questions are not counted",
                sum(|row| row.calls_used - row.calls_questions),
                OWN,
            ),
            (
                "Speech whose side is not known",
                Cell::new(share(self.unattributed())),
                OWN,
            ),
            (
                "Calls waiting for a transcript",
                company(known.pending),
                COMPANY,
            ),
            ("Private calls, left out", company(known.private), COMPANY),
            (
                "Days not read completely, to which calls may still come",
                company(known.open_days),
                COMPANY,
            ),
        ];
        let table = Table {
            caption: "What the numbers leave out or do not know".into(),
            columns: vec![
                Column::words("What"),
                Column::numbers("Number"),
                Column::words("Counted over"),
            ],
            rows: rows
                .map(|(label, number, over)| vec![Cell::text(label), number, Cell::text(over)])
                .into(),
            empty: "Nothing.".into(),
            ..Table::default()
        };
        Section::new(
            "quality",
            "Quality of the data",
            "",
            vec![Block::Table(table)],
        )
    }

    /// Weighted by speech, so that a short month counts for little.
    fn unattributed(&self) -> Option<f64> {
        let known = self
            .rows()
            .filter_map(|row| Some((row.speech_attributed_share?, row.speech_ms as f64)));
        let (attributed, speech) = known.fold((0.0, 0.0), |(sum, all), (share, speech)| {
            (sum + share * speech, all + speech)
        });
        (speech > 0.0).then(|| 1.0 - attributed / speech)
    }

    fn footer(&self) -> Vec<Fact> {
        let mut footer = vec![
            Fact::new(
                "Questions",
                "Questions of all of our side on the rep's calls; a question is counted per side.",
            ),
            Fact::new(
                "Contest a number",
                "Open the calls behind it. A call whose speakers are mixed up in Gong is measured wrong here too. No emotions are inferred, and these numbers are not made for employment decisions.",
            ),
        ];
        footer.extend(self.material.footer());
        footer
    }
}

const OWN: &str = "the reps above, this month, once for each rep";
const COMPANY: &str = "the whole company, all days";

/// At the first day of the calendar where there is nothing before.
fn days_before(day: Date, span: Span) -> Date {
    day.saturating_sub(span)
}
