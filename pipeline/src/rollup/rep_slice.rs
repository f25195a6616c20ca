//! The numbers of `rollups/rep_metric` cut otherwise: by week, by quarter and by the stage of the sale.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rayon::prelude::*;

use super::rep_metric::{Gathered, Number, UsedCalls};
use super::stage::CallStage;
use super::{AsOf, RepSliceRow, calendar};

/// Weeks up to that of the as-of day.
pub const WEEKS: i64 = 13;

/// Quarters up to that of the as-of day.
const QUARTERS: usize = 5;

/// Days up to the as-of day whose calls are told apart by stage.
pub const STAGE_DAYS: i64 = 90;

/// (user id, grain, slice); an empty user stands for all.
type Key = (String, &'static str, String);

/// One row a rep, slice and number, and the same of all reps.
pub(super) fn rollup(
    used: &UsedCalls,
    stages: &BTreeMap<String, CallStage>,
    as_of: &AsOf,
) -> Vec<RepSliceRow> {
    let first = FirstDays::of(as_of);
    let mut gathered: BTreeMap<Key, Gathered> = BTreeMap::new();
    for (at, measures) in used.measures.iter().enumerate() {
        let stage = stages.get(&used.calls[at]).copied();
        for (grain, slice) in first.slices(used.days[at], used.weeks[at], stage) {
            for user in [used.users[at].clone(), String::new()] {
                let key = (user, grain, slice.clone());
                gathered.entry(key).or_default().add(measures);
            }
        }
    }
    let gathered: Vec<(Key, Gathered)> = gathered.into_iter().collect();
    // In order whatever the number of threads: each key is computed alone.
    let rows: Vec<Vec<RepSliceRow>> = gathered.par_iter().map(rows).collect();
    rows.into_iter().flatten().collect()
}

fn rows(((user_id, grain, slice), gathered): &(Key, Gathered)) -> Vec<RepSliceRow> {
    let row = |number: Number| RepSliceRow {
        user_id: user_id.clone(),
        grain: (*grain).to_owned(),
        slice: slice.clone(),
        metric: number.metric.to_owned(),
        statistic: number.statistic.to_owned(),
        value: number.value,
        low: number.low,
        high: number.high,
        n: number.n,
        calls: number.calls,
    };
    let numbers = gathered.numbers(&[user_id, grain, slice]).into_iter();
    numbers.map(row).collect()
}

/// From which days on calls count, as day numbers.
struct FirstDays {
    week: i64,
    quarter: String,
    stage: i64,
}

impl FirstDays {
    fn of(as_of: &AsOf) -> Self {
        let number = |day: Date| i64::from(calendar::day_number(day));
        let mut quarter = calendar::quarter(as_of.day);
        for _ in 1..QUARTERS {
            quarter = calendar::quarter_before(&quarter);
        }
        Self {
            week: number(as_of.calendar.week(as_of.day)) - 7 * (WEEKS - 1),
            quarter,
            stage: number(as_of.day) - (STAGE_DAYS - 1),
        }
    }

    /// The slices that a call of this day and week belongs to.
    fn slices(
        &self,
        day: i64,
        week: i64,
        stage: Option<CallStage>,
    ) -> impl Iterator<Item = (&'static str, String)> {
        let date = |number: i64| calendar::day_of_number(i32::try_from(number).ok()?);
        let of_week = date(week).filter(|_| week >= self.week);
        let quarter = date(day).map(calendar::quarter);
        let of_quarter = quarter.filter(|quarter| *quarter >= self.quarter);
        let of_stage = stage.filter(|_| day >= self.stage);
        [
            of_week.map(|first| ("week", first.to_string())),
            of_quarter.map(|quarter| ("quarter", quarter)),
            of_stage.map(|stage| ("stage", stage.name().to_owned())),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::Calendar;
    use jiff::civil::{Weekday, date};
    use jiff::tz::TimeZone;

    #[test]
    fn a_call_belongs_to_the_newest_slices_alone() {
        let as_of = AsOf {
            day: date(2026, 11, 20),
            newest: true,
            calendar: Calendar {
                time_zone: TimeZone::UTC,
                week_start: Weekday::Monday,
            },
            stages: crate::rollup::StageNames::default(),
        };
        let first = FirstDays::of(&as_of);
        let slices = |day: Date, stage| -> Vec<String> {
            let number = |day: Date| i64::from(calendar::day_number(day));
            let week = number(as_of.calendar.week(day));
            let found = first.slices(number(day), week, stage);
            found
                .map(|(grain, slice)| format!("{grain} {slice}"))
                .collect()
        };
        assert_eq!(
            slices(date(2026, 11, 18), Some(CallStage::Demo)),
            ["week 2026-11-16", "quarter 2026-10", "stage demo"]
        );
        assert_eq!(
            slices(date(2026, 8, 24), None),
            ["week 2026-08-24", "quarter 2026-07"]
        );
        assert_eq!(slices(date(2026, 8, 23), None), ["quarter 2026-07"]);
        assert_eq!(
            slices(date(2025, 10, 1), Some(CallStage::Demo)),
            ["quarter 2025-10"]
        );
        assert!(slices(date(2025, 9, 30), None).is_empty());
    }
}
