//! One page for the reps whom the reader may see: their numbers side by side, the weeks, what customers raise, and calls
//! that a rule picks for listening.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::certainty::{NUMBERS, cell, find};
use super::scorecard::median;
use crate::report::document::{
    Block, Cell, Column, Document, Fact, Link, Section, Table, Trend, Value,
};
use crate::report::evidence::call_link;
use crate::report::formats::day_label;
use crate::report::material::{
    FEW, Material, battlecard_page, last_months, month_label, scorecard_page,
};
use crate::report::number::{count, duration, grouped, hours, mean, share};
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

/// Weeks of a trend.
const WEEKS: usize = 12;

/// Days in which a call can be picked for listening.
const REVIEW_DAYS: i32 = 14;

/// Calls picked for listening, the newest first.
const REVIEW_CALLS: usize = 40;

/// Months over which leaderboards count.
const LEADERBOARD_MONTHS: usize = 3;

/// The page.
pub fn page(material: &Material<'_>) -> Document {
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

/// A number of a week, from the calls used of all reps on the page.
struct Weekly {
    label: &'static str,
    of_calls: fn(&[&RepCall]) -> Option<f64>,
    show: fn(Option<f64>) -> Value,
}

const WEEKLY: [Weekly; 3] = [
    Weekly {
        label: "Share of speech, mean of calls",
        of_calls: |calls| average(calls.iter().map(|call| call.talk_share)),
        show: share,
    },
    Weekly {
        label: "Longest monologue, median of calls",
        of_calls: |calls| {
            let mut lengths: Vec<f64> = calls.iter().map(|call| call.monologue_ms as f64).collect();
            lengths.sort_by(f64::total_cmp);
            median(&lengths)
        },
        show: |ms| duration(ms.map(|ms| ms.round() as i64)),
    },
    Weekly {
        label: "Questions of our side, mean of calls",
        of_calls: |calls| {
            average(
                calls
                    .iter()
                    .filter_map(|call| call.questions.map(|count| count as f64)),
            )
        },
        show: mean,
    },
];

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
        let numbers = || {
            NUMBERS
                .iter()
                .filter(|number| SHOWN.contains(&number.metric))
        };
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
                    find(self.material, user_id, &self.month, number.metric),
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
        };
        let intro = "A number of fewer than five calls is not shown.";
        Section::new("reps", "Reps", intro, vec![Block::Table(table)])
    }

    fn review(&self) -> Section {
        let mut picked = self.picked();
        let total = picked.len();
        // The newest first; of one day in the order of their ids.
        picked.sort_by(|(a, of_a), (b, of_b)| of_b.day.cmp(&of_a.day).then_with(|| a.cmp(b)));
        picked.truncate(REVIEW_CALLS);
        let row = |(call_id, pick): (&str, Pick)| {
            let call = self.material.rollups.calls.get(call_id)?;
            Some(vec![
                Cell {
                    calls: vec![call_link(call, "", "".into())],
                    ..Cell::default()
                },
                Cell::text(pick.people.into_iter().collect::<Vec<_>>().join(", ")),
                Cell::text(pick.reasons.join("; ")),
                Cell::new(count(pick.reasons.len() as i64)),
            ])
        };
        let table = Table {
            caption: format!(
                "Calls of the last {REVIEW_DAYS} days, the newest first: {} of {}",
                grouped(picked.len() as i64),
                grouped(total as i64)
            )
            .into(),
            columns: vec![
                Column::words("Call"),
                Column::words("Rep or deal"),
                Column::words("Why"),
                Column::numbers("Reasons"),
            ],
            rows: picked.into_iter().filter_map(row).collect(),
            empty: format!("No rule picks a call of the last {REVIEW_DAYS} days.").into(),
        };
        let targets = &self.material.settings.targets;
        let intro = format!(
            "A call stands here when a rep's monologue lasted longer than {}, a rep's share of speech was above {}, or a deal's warning of a red flag or a missing next step rests on it. A reason to listen, not a verdict.",
            duration(Some(targets.monologue_ms.watch.1 as i64)).text,
            share(Some(targets.talk_share.watch.1)).text,
        );
        Section::new(
            "review",
            "Calls to review",
            intro,
            vec![Block::Table(table)],
        )
    }

    fn picked(&self) -> Vec<(&str, Pick)> {
        let targets = &self.material.settings.targets;
        let mut picked: BTreeMap<&str, Pick> = BTreeMap::new();
        let mut pick = |call_id, day, who: String, reason: String| {
            let pick = picked.entry(call_id).or_insert_with(|| Pick::of(day));
            pick.people.insert(who);
            pick.reasons.push(reason);
        };
        for (call, day) in self.used_calls().filter(|(_, day)| self.is_recent(*day)) {
            let who = || self.material.name_of(&call.user_id);
            if call.monologue_ms as f64 > targets.monologue_ms.watch.1 {
                let length = duration(Some(call.monologue_ms)).text;
                pick(
                    &call.call_id,
                    day,
                    who(),
                    format!("a monologue of {length}"),
                );
            }
            if call.talk_share > targets.talk_share.watch.1 {
                let share = share(Some(call.talk_share)).text;
                pick(&call.call_id, day, who(), format!("{share} of the speech"));
            }
        }
        for row in &self.material.rollups.deal_warnings {
            let reason = match row.warning.as_str() {
                "no_next_step" => "the deal's last call ended without a clear next step",
                "red_flag" => "a customer used words of the dictionary red_flags",
                _ => continue,
            };
            let Some(call_id) = row.call_id.as_deref() else {
                continue;
            };
            let Some(call) = self.material.rollups.calls.get(call_id) else {
                continue;
            };
            if self.is_recent(call.day) {
                pick(call_id, call.day, self.deal_name(row), reason.to_owned());
            }
        }
        picked.into_iter().collect()
    }

    fn deal_name(&self, of: &crate::rollup::DealWarningRow) -> String {
        let mut deals = self.material.rollups.deals.iter();
        deals
            .find(|deal| deal.system == of.system && deal.deal_id == of.deal_id)
            .and_then(|deal| deal.name.clone())
            .unwrap_or_else(|| format!("Deal {}", of.deal_id))
    }

    fn is_recent(&self, day: Date) -> bool {
        days_before(self.material.as_of, REVIEW_DAYS.days()) < day
    }

    fn weeks(&self) -> Section {
        let weeks = self.last_weeks();
        let calendar = &self.material.settings.calendar;
        let mut by_week: BTreeMap<Date, Vec<&RepCall>> = BTreeMap::new();
        for (call, day) in self.used_calls() {
            by_week.entry(calendar.week(day)).or_default().push(call);
        }
        let of_week = |week: &Date| by_week.get(week).map_or(&[][..], Vec::as_slice);
        let row = |weekly: &Weekly| {
            let value = |week: &Date| (weekly.of_calls)(of_week(week));
            let points: Vec<Option<f64>> = weeks.iter().map(value).collect();
            let newest = |back: usize| {
                let calls = of_week(&weeks[weeks.len() - 1 - back]);
                let n = calls.len() as i64;
                let shown = (weekly.show)((weekly.of_calls)(calls));
                Cell::new(shown.with_n(n).faint_if(n > 0 && n < FEW))
            };
            vec![
                Cell::text(weekly.label),
                newest(0),
                newest(1),
                Cell {
                    trend: trend(&weeks, points, weekly.show),
                    ..Cell::default()
                },
            ]
        };
        let table = Table {
            caption: "Calls used of the reps above, week by week".into(),
            columns: vec![
                Column::words("Number"),
                Column::numbers("This week"),
                Column::numbers("The week before"),
                Column::words(format!("{WEEKS} weeks")),
            ],
            rows: WEEKLY.iter().map(row).collect(),
            empty: "No calls.".into(),
        };
        let intro = format!(
            "n is the number of calls, counted once for each rep. This week goes up to {}.",
            day_label(self.material.as_of)
        );
        Section::new("weeks", "Week by week", intro, vec![Block::Table(table)])
    }

    /// First days of the last weeks, oldest first.
    fn last_weeks(&self) -> Vec<Date> {
        let newest = self.material.settings.calendar.week(self.material.as_of);
        let back = |weeks: usize| days_before(newest, (weeks as i64 * 7).days());
        (0..WEEKS).rev().map(back).collect()
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

/// Why a call is worth listening to.
struct Pick {
    day: Date,
    people: BTreeSet<String>,
    reasons: Vec<String>,
}

impl Pick {
    fn of(day: Date) -> Self {
        Self {
            day,
            people: BTreeSet::new(),
            reasons: Vec::new(),
        }
    }
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// At the first day of the calendar where there is nothing before.
fn days_before(day: Date, span: Span) -> Date {
    day.saturating_sub(span)
}

fn trend(
    weeks: &[Date],
    points: Vec<Option<f64>>,
    show: fn(Option<f64>) -> Value,
) -> Option<Trend> {
    let known = weeks
        .iter()
        .zip(&points)
        .filter_map(|(week, point)| Some((week, (*point)?)));
    let words: Vec<String> = known
        .map(|(week, value)| format!("week of {} {}", day_label(*week), show(Some(value)).text))
        .collect();
    (words.len() > 1).then(|| Trend {
        description: words.join(", ").into(),
        points,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_trend_needs_two_weeks() {
        let weeks = [date(2026, 11, 9), date(2026, 11, 16)];
        assert_eq!(trend(&weeks, vec![None, Some(0.5)], share), None);
        let two = trend(&weeks, vec![Some(0.25), Some(0.5)], share);
        let words = two.map(|trend| trend.description.to_string());
        let expected = format!(
            "week of {} 25 %, week of {} 50 %",
            day_label(weeks[0]),
            day_label(weeks[1])
        );
        assert_eq!(words, Some(expected));
    }

    #[test]
    fn nothing_has_no_average() {
        assert_eq!(average([].into_iter()), None);
        assert_eq!(average([1.0, 2.0].into_iter()), Some(1.5));
    }
}
