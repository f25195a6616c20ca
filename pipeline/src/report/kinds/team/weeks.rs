//! The reps' calls week by week.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use talktrack_analyzers::statistics::median;

use super::{Team, days_before};
use crate::report::document::{Block, Cell, Column, Section, Table, Trend, Value};
use crate::report::formats::day_label;
use crate::report::material::FEW;
use crate::report::number::{duration, mean, share};
use crate::rollup::RepCall;

/// Weeks of a trend.
const WEEKS: usize = 12;

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
            let lengths: Vec<f64> = calls.iter().map(|call| call.monologue_ms as f64).collect();
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
    pub(super) fn weeks(&self) -> Section {
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
            ..Table::default()
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
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
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
