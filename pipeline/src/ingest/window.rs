//! Windows: runs of whole UTC days of call starts, and how a span is cut into them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Days from the first (inclusive) to the last (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days {
    /// First day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
}

impl Days {
    /// A run of days; one that ends before it starts is empty.
    pub fn new(from: Date, to: Date) -> Days {
        Days {
            from,
            to: to.max(from),
        }
    }

    /// How many days.
    pub fn len(self) -> i64 {
        day_number(self.to) - day_number(self.from)
    }

    /// Whether there is no day in it.
    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }

    /// Whether a day is in it.
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day < self.to
    }

    /// The days in order.
    pub fn iter(self) -> impl Iterator<Item = Date> {
        (day_number(self.from)..day_number(self.to)).map(date_of_number)
    }

    /// The first half and the rest; `None` for a single day, which cannot be split.
    pub fn halves(self) -> Option<(Days, Days)> {
        if self.len() < 2 {
            return None;
        }
        let middle = date_of_number(day_number(self.from) + self.len() / 2);
        Some((Days::new(self.from, middle), Days::new(middle, self.to)))
    }

    /// Start of the first day and end of the last, UTC.
    pub fn bounds(self) -> (Timestamp, Timestamp) {
        (start_of(self.from), start_of(self.to))
    }

    /// What of these days is not in `done`.
    pub fn without(self, done: &[Days]) -> Vec<Days> {
        let mut done: Vec<Days> = done
            .iter()
            .copied()
            .filter(|days| !days.is_empty())
            .collect();
        done.sort_unstable();
        let mut left = Vec::new();
        let mut from = self.from;
        for days in done {
            if days.from > from {
                left.push(Days::new(from, days.from.min(self.to)));
            }
            from = from.max(days.to);
        }
        left.push(Days::new(from, self.to));
        left.retain(|days| !days.is_empty());
        left
    }

    /// Cuts at `anchor` plus whole multiples of `length` days, so that the cuts do not depend on where a span begins: a run
    /// that continues another one reads the same windows.
    pub fn windows(self, anchor: Date, length: i64) -> Vec<Days> {
        let length = length.max(1);
        let mut windows = Vec::new();
        let mut from = day_number(self.from);
        let (to, anchor) = (day_number(self.to), day_number(anchor));
        while from < to {
            let next = anchor + ((from - anchor).div_euclid(length) + 1) * length;
            windows.push(Days::new(
                date_of_number(from),
                date_of_number(next.min(to)),
            ));
            from = next;
        }
        windows
    }
}

/// Runs of days joined where they touch or overlap, in order.
pub fn merged(days: impl IntoIterator<Item = Days>) -> Vec<Days> {
    let mut sorted: Vec<Days> = days.into_iter().filter(|days| !days.is_empty()).collect();
    sorted.sort_unstable();
    let mut merged: Vec<Days> = Vec::with_capacity(sorted.len());
    for days in sorted {
        match merged.last_mut() {
            Some(last) if days.from <= last.to => last.to = last.to.max(days.to),
            _ => merged.push(days),
        }
    }
    merged
}

/// How many days a window takes so that it holds about `calls_per_window` calls, when `calls` fell on `days` days.
pub fn window_length(days: i64, calls: u64, calls_per_window: u32) -> i64 {
    if calls <= u64::from(calls_per_window) {
        return days.max(1);
    }
    let per_window = i128::from(days) * i128::from(calls_per_window) / i128::from(calls);
    i64::try_from(per_window).unwrap_or(i64::MAX).max(1)
}

/// The UTC day of a moment.
pub fn day_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// The first moment of a UTC day.
pub fn start_of(day: Date) -> Timestamp {
    let seconds = day_number(day).saturating_mul(86_400);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// A day some days later, or earlier where `days` is negative; the calendar's ends where it would leave it.
pub fn add_days(day: Date, days: i64) -> Date {
    let span = days.clamp(-3_000_000, 3_000_000).days();
    day.saturating_add(span)
}

/// Days since 1970-01-01.
pub fn day_number(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    day.since(epoch)
        .map_or(0, |span| i64::from(span.get_days()))
}

fn date_of_number(number: i64) -> Date {
    add_days(Date::constant(1970, 1, 1), number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(from: i8, to: i8) -> Days {
        Days::new(date(2026, 3, from), date(2026, 3, to))
    }

    #[test]
    fn what_is_done_is_not_wanted_again() {
        let cases: &[(&[Days], &[Days])] = &[
            (&[], &[days(1, 20)]),
            (&[days(1, 20)], &[]),
            (&[days(5, 8)], &[days(1, 5), days(8, 20)]),
            (&[days(8, 10), days(1, 9)], &[days(10, 20)]),
            (&[days(15, 30)], &[days(1, 15)]),
        ];
        for (done, expected) in cases {
            assert_eq!(days(1, 20).without(done), *expected, "{done:?}");
        }
    }

    #[test]
    fn cuts_fall_on_the_same_days_wherever_the_span_begins() {
        let anchor = date(2026, 2, 27);
        let whole = days(1, 20).windows(anchor, 7);
        assert_eq!(whole, [days(1, 6), days(6, 13), days(13, 20)]);
        assert_eq!(days(8, 15).windows(anchor, 7), [days(8, 13), days(13, 15)]);
        assert_eq!(
            days(1, 4).windows(date(2026, 5, 1), 1),
            [days(1, 2), days(2, 3), days(3, 4)]
        );
    }

    #[test]
    fn windows_cover_the_span_exactly() {
        for length in 1..25 {
            for from in 1..20 {
                let span = days(from, 21);
                let windows = span.windows(date(2026, 3, 9), length);
                let covered: Vec<Date> = windows.iter().flat_map(|w| w.iter()).collect();
                assert_eq!(covered, span.iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_window_holds_about_as_many_calls_as_it_should() {
        assert_eq!(window_length(1000, 500, 1000), 1000);
        assert_eq!(window_length(100, 10_000, 1000), 10);
        assert_eq!(window_length(2, 1_000_000, 1000), 1);
        assert_eq!(window_length(0, 0, 1000), 1);
    }

    #[test]
    fn halves_meet_and_touching_days_join() {
        let (first, second) = days(1, 6).halves().expect("five days split");
        assert_eq!((first, second), (days(1, 3), days(3, 6)));
        assert_eq!(days(4, 5).halves(), None);
        assert_eq!(
            merged([second, days(9, 10), first]),
            [days(1, 6), days(9, 10)]
        );
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let (from, to) = days(1, 2).bounds();
        assert_eq!(from.to_string(), "2026-03-01T00:00:00Z");
        assert_eq!(to.to_string(), "2026-03-02T00:00:00Z");
        assert_eq!(day_of(to), date(2026, 3, 2));
        assert_eq!(day_of(start_of(date(1969, 12, 31))), date(1969, 12, 31));
    }
}
