//! Days, weeks and months as the company counts them.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// A time zone and the first day of the week.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The company's time zone.
    pub time_zone: TimeZone,
    /// The day a week starts on.
    pub week_start: Weekday,
}

impl Calendar {
    /// The day that an instant falls on.
    pub fn day(&self, instant: Timestamp) -> Date {
        self.time_zone.to_datetime(instant).date()
    }

    /// The first day of the week of `day`.
    pub fn week(&self, day: Date) -> Date {
        let back = i64::from(day.weekday().since(self.week_start));
        day.checked_sub(back.days()).unwrap_or(day)
    }

    /// The first instant after `day`.
    pub fn end_of(&self, day: Date) -> Timestamp {
        day.tomorrow()
            .ok()
            .and_then(|next| self.time_zone.to_zoned(next.at(0, 0, 0, 0)).ok())
            .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }

    /// The last day of the company that lies wholly within the UTC days up to `utc_day`.
    pub fn last_whole_day(&self, utc_day: Date) -> Date {
        let end = Calendar {
            time_zone: TimeZone::UTC,
            week_start: self.week_start,
        }
        .end_of(utc_day);
        let day = self.day(end);
        day.yesterday().unwrap_or(day)
    }
}

/// `2026-11`.
pub fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The month before `month`; `month` itself where it is not one.
pub fn month_before(month: &str) -> String {
    first_day(month)
        .and_then(|first| first.yesterday().ok())
        .map_or_else(|| month.to_owned(), self::month)
}

/// The first month of the quarter of `day`: `2026-10`.
pub fn quarter(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), (day.month() - 1) / 3 * 3 + 1)
}

/// The quarter before one that is named by its first month.
pub fn quarter_before(quarter: &str) -> String {
    first_day(quarter)
        .and_then(|first| first.yesterday().ok())
        .map_or_else(|| quarter.to_owned(), self::quarter)
}

/// The first day of `2026-11`.
pub fn first_day(month: &str) -> Option<Date> {
    format!("{month}-01").parse().ok()
}

/// Days since 1970-01-01.
pub fn day_number(day: Date) -> i32 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    day.since(EPOCH).map_or(0, |span| span.get_days())
}

/// Days from one day to another.
pub fn days_between(from: Date, to: Date) -> i64 {
    i64::from(day_number(to)) - i64::from(day_number(from))
}

/// The day with that number.
pub fn day_of_number(number: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1)
        .checked_add(i64::from(number).days())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn calendar(zone: &str, week_start: Weekday) -> Calendar {
        Calendar {
            time_zone: TimeZone::get(zone).expect("a zone"),
            week_start,
        }
    }

    #[test]
    fn days_and_weeks_follow_the_company() {
        let berlin = calendar("Europe/Berlin", Weekday::Monday);
        let late: Timestamp = "2026-11-30T23:30:00Z".parse().expect("a time");
        assert_eq!(berlin.day(late), date(2026, 12, 1));
        assert_eq!(month(berlin.day(late)), "2026-12");
        assert_eq!(berlin.week(date(2026, 11, 22)), date(2026, 11, 16));
        assert_eq!(
            calendar("UTC", Weekday::Sunday).week(date(2026, 11, 22)),
            date(2026, 11, 22)
        );
        assert_eq!(
            berlin.end_of(date(2026, 3, 29)).to_string(),
            "2026-03-29T22:00:00Z"
        );
    }

    #[test]
    fn the_last_whole_day_depends_on_the_zone() {
        let day = date(2026, 11, 20);
        for (zone, whole) in [("UTC", 20), ("Asia/Tokyo", 20), ("America/Los_Angeles", 19)] {
            assert_eq!(
                calendar(zone, Weekday::Monday).last_whole_day(day),
                date(2026, 11, whole),
                "{zone}"
            );
        }
    }

    #[test]
    fn months_and_day_numbers() {
        assert_eq!(month_before("2026-01"), "2025-12");
        assert_eq!(
            day_of_number(day_number(date(2024, 2, 29))),
            Some(date(2024, 2, 29))
        );
        assert_eq!(day_number(date(1970, 1, 2)), 1);
    }
}
