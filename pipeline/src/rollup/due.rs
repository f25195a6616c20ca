//! The day that was promised: what `next tuesday`, `in two weeks` and `the 12th of june` mean on the day they are said.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use talktrack_analyzers::slots::{MONTHS, ORDINALS, WEEKDAYS};

/// Months of a quarter.
const QUARTER: i64 = 3;

/// The last day that the words of a call's next steps mean, said on `day`: sentences are parted by `; `, words within a
/// sentence by `, ` (`metrics/next_steps`, column `due`). None where the words name no day for certain (`in a few weeks`).
///
/// A week ends on Sunday. `next tuesday` is the one of the next week, `tuesday` alone the first one after the day, a date
/// without a year the first such date from the day on.
pub(super) fn due_day(words: &str, day: Date) -> Option<Date> {
    words
        .split("; ")
        .filter_map(|sentence| of_sentence(sentence, day))
        .max()
}

fn of_sentence(words: &str, day: Date) -> Option<Date> {
    let parts: Vec<&str> = words.split(", ").collect();
    let weekday = parts.iter().find_map(|part| weekday(part));
    if let Some(weekday) = weekday
        && parts.contains(&"next week")
    {
        return in_next_week(weekday, day);
    }
    parts.iter().filter_map(|part| of_part(part, day)).max()
}

fn of_part(part: &str, day: Date) -> Option<Date> {
    let words: Vec<&str> = part.split_whitespace().collect();
    match words.as_slice() {
        ["today" | "tonight"]
        | ["later", "today"]
        | ["by", "tonight"]
        | ["this", "afternoon" | "evening"]
        | ["end", "of", "day" | "business"] => Some(day),
        ["tomorrow"] => day.tomorrow().ok(),
        ["next", name] if weekday(name).is_some() => in_next_week(weekday(name)?, day),
        [name] | ["this", name] if weekday(name).is_some() => {
            day.nth_weekday(1, weekday(name)?).ok()
        }
        ["next", unit] | ["end", "of", .., "next", unit] => end_of(unit, 1, day),
        ["this", unit] | ["end", "of", .., unit] => end_of(unit, 0, day),
        ["in" | "within", length @ ..] => day.checked_add(span(length)?).ok(),
        date => of_date(date, day),
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    let number = WEEKDAYS.iter().position(|name| *name == word)?;
    Weekday::from_monday_zero_offset(i8::try_from(number).ok()?).ok()
}

fn in_next_week(weekday: Weekday, day: Date) -> Option<Date> {
    let monday = day.nth_weekday(1, Weekday::Monday).ok()?;
    let offset = i64::from(weekday.to_monday_zero_offset());
    monday.checked_add(offset.days()).ok()
}

/// The last day of a week, month, quarter or year, so many of them after that of `day`.
fn end_of(unit: &str, ahead: i64, day: Date) -> Option<Date> {
    let month = i64::from(day.month()) - 1;
    let first = day.first_of_month();
    let next = match unit {
        "week" => {
            let monday = day.nth_weekday(1, Weekday::Monday).ok()?;
            monday.checked_add((7 * ahead).days()).ok()?
        }
        "month" => first.checked_add((1 + ahead).months()).ok()?,
        "quarter" => {
            let months = QUARTER * (1 + ahead) - month % QUARTER;
            first.checked_add(months.months()).ok()?
        }
        "year" => {
            let months = 12 * (1 + ahead) - month;
            first.checked_add(months.months()).ok()?
        }
        _ => return None,
    };
    next.yesterday().ok()
}

/// `two weeks`, `a month`, `a couple of days`, `two to three weeks` (the longer); none for `a few weeks`.
fn span(words: &[&str]) -> Option<Span> {
    let (unit, count) = words.split_last()?;
    let count = match count {
        ["a" | "an"] => 1,
        ["a", "couple"] | ["couple", "of"] | ["a", "couple", "of"] => 2,
        [number] | [_, "to", number] => count_of(number)?,
        _ => return None,
    };
    match unit.strip_suffix('s').unwrap_or(unit) {
        "minute" | "hour" => Some(Span::new()),
        "day" => Span::new().try_days(count).ok(),
        "week" => Span::new().try_weeks(count).ok(),
        "month" => Span::new().try_months(count).ok(),
        "quarter" => Span::new().try_months(count.checked_mul(QUARTER)?).ok(),
        "year" => Span::new().try_years(count).ok(),
        _ => None,
    }
}

fn count_of(word: &str) -> Option<i64> {
    const COUNTS: [&str; 12] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    let spelled = COUNTS.iter().position(|count| *count == word);
    spelled.map_or_else(|| word.parse().ok(), |place| i64::try_from(place + 1).ok())
}

/// `march 12`, `the twelfth of march`, `the 12th`, `june`, `q3`, `2026-03-12`, `25/12`.
fn of_date(words: &[&str], day: Date) -> Option<Date> {
    match words {
        [month, number] if month_of(month).is_some() => {
            next_date(month_of(month)?, day_of(number)?, day)
        }
        ["the", number] => next_of_month(day_of(number)?, day),
        [number, month] | [number, "of", month] | ["the", number, "of", month] => {
            next_date(month_of(month)?, day_of(number)?, day)
        }
        [one] => quarter_end(one, day)
            .or_else(|| month_end(one, day))
            .or_else(|| numeric(one, day)),
        _ => None,
    }
}

fn month_of(word: &str) -> Option<i8> {
    let is_named = |month: &str| month == word || (word.len() == 3 && month.starts_with(word));
    let place = MONTHS.iter().position(|month| is_named(month))?;
    i8::try_from(place + 1).ok()
}

fn day_of(word: &str) -> Option<i8> {
    if let Some(place) = ORDINALS.iter().position(|ordinal| *ordinal == word) {
        return i8::try_from(place + 1).ok();
    }
    word.trim_end_matches(char::is_alphabetic).parse().ok()
}

/// The first such date from `day` on.
fn next_date(month: i8, number: i8, day: Date) -> Option<Date> {
    let years = [day.year(), day.year() + 1];
    let dates = years.map(|year| Date::new(year, month, number).ok());
    dates.into_iter().flatten().find(|date| *date >= day)
}

fn next_of_month(number: i8, day: Date) -> Option<Date> {
    let months = [0, 1, 2].map(|ahead| day.first_of_month().checked_add(ahead.months()).ok());
    let dates = months.into_iter().flatten();
    dates
        .filter_map(|month| Date::new(month.year(), month.month(), number).ok())
        .find(|date| *date >= day)
}

fn month_end(word: &str, day: Date) -> Option<Date> {
    let month = month_of(word)?;
    let last = |year| Date::new(year, month, 1).ok().map(Date::last_of_month);
    [day.year(), day.year() + 1]
        .into_iter()
        .filter_map(last)
        .find(|date| *date >= day)
}

fn quarter_end(word: &str, day: Date) -> Option<Date> {
    let number: i8 = word.strip_prefix('q')?.parse().ok()?;
    let month = MONTHS.get(usize::try_from(3 * number - 1).ok()?)?;
    month_end(month, day)
}

/// A date in numbers. Without a year in front, only where its order is plain: `25/12`, `12/25` and `4/4`, but not `3/4`.
fn numeric(word: &str, day: Date) -> Option<Date> {
    let numbers: Vec<i16> = word
        .split(['/', '-', '.'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let small = |number: i16| i8::try_from(number).ok();
    match numbers[..] {
        [year, month, number] if year > 31 => Date::new(year, small(month)?, small(number)?).ok(),
        [a, b] => {
            let (month, number) = month_and_day(small(a)?, small(b)?)?;
            next_date(month, number, day)
        }
        [a, b, year] => {
            let (month, number) = month_and_day(small(a)?, small(b)?)?;
            let year = if year < 100 { 2000 + year } else { year };
            Date::new(year, month, number).ok()
        }
        _ => None,
    }
}

fn month_and_day(a: i8, b: i8) -> Option<(i8, i8)> {
    match (a > 12, b > 12) {
        (true, false) => Some((b, a)),
        (false, true) => Some((a, b)),
        _ => (a == b).then_some((a, b)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::due_day;

    #[test]
    fn words_mean_a_day() {
        // A Wednesday.
        let day = date(2026, 6, 10);
        let cases = [
            ("today", Some(date(2026, 6, 10))),
            ("tomorrow", Some(date(2026, 6, 11))),
            ("friday", Some(date(2026, 6, 12))),
            ("tuesday", Some(date(2026, 6, 16))),
            ("wednesday", Some(date(2026, 6, 17))),
            ("this friday", Some(date(2026, 6, 12))),
            ("next friday", Some(date(2026, 6, 19))),
            ("friday, next week", Some(date(2026, 6, 19))),
            ("this week", Some(date(2026, 6, 14))),
            ("end of the week", Some(date(2026, 6, 14))),
            ("next week", Some(date(2026, 6, 21))),
            ("end of next week", Some(date(2026, 6, 21))),
            ("end of the month", Some(date(2026, 6, 30))),
            ("next month", Some(date(2026, 7, 31))),
            ("end of quarter", Some(date(2026, 6, 30))),
            ("next quarter", Some(date(2026, 9, 30))),
            ("in two weeks", Some(date(2026, 6, 24))),
            ("within 10 days", Some(date(2026, 6, 20))),
            ("in a couple of months", Some(date(2026, 8, 10))),
            ("in two to three weeks", Some(date(2026, 7, 1))),
            ("in a few weeks", None),
            ("the 12th", Some(date(2026, 6, 12))),
            ("the 9th", Some(date(2026, 7, 9))),
            ("the 31st", Some(date(2026, 7, 31))),
            ("march 12", Some(date(2027, 3, 12))),
            ("the twelfth of june", Some(date(2026, 6, 12))),
            ("february 29", None),
            ("june", Some(date(2026, 6, 30))),
            ("q3", Some(date(2026, 9, 30))),
            ("q1", Some(date(2027, 3, 31))),
            ("2026-07-01", Some(date(2026, 7, 1))),
            ("25/12", Some(date(2026, 12, 25))),
            ("7/14/26", Some(date(2026, 7, 14))),
            ("3/4", None),
            ("first thing", None),
            ("in 99999999999 years", None),
            ("tomorrow; friday", Some(date(2026, 6, 12))),
            ("tuesday, the 16th of june", Some(date(2026, 6, 16))),
            ("", None),
        ];
        for (words, expected) in cases {
            assert_eq!(due_day(words, day), expected, "{words}");
        }
    }

    #[test]
    fn weeks_end_on_sunday() {
        let sunday = date(2026, 6, 14);
        assert_eq!(due_day("this week", sunday), Some(sunday));
        assert_eq!(due_day("next week", sunday), Some(date(2026, 6, 21)));
        assert_eq!(due_day("next monday", sunday), Some(date(2026, 6, 15)));
        assert_eq!(
            due_day("next month", date(2026, 1, 31)),
            Some(date(2026, 2, 28))
        );
        assert_eq!(due_day("end of the year", sunday), Some(date(2026, 12, 31)));
    }
}
