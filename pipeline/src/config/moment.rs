//! Dates and date-times as people write them in settings and flags.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A date (its first moment in `zone`), a date-time in `zone`, or a date-time with an offset.
///
/// # Errors
///
/// `text` is none of these; the error says what it must be.
pub fn parse_moment(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    // A civil date-time parses from a date alone too; a date in a zone begins when its first moment is there.
    let civil = if let Ok(date) = text
        .parse::<Date>()
        .and_then(|date| only_a_date(text, date))
    {
        date.to_zoned(zone.clone())
    } else {
        text.parse::<DateTime>()
            .and_then(|time| time.to_zoned(zone.clone()))
    };
    civil.map(|zoned| zoned.timestamp()).map_err(|_| {
        "it must be a date such as `2026-01-31` or a date-time such as `2026-01-31T09:00:00Z`"
            .to_owned()
    })
}

fn only_a_date(text: &str, date: Date) -> Result<Date, jiff::Error> {
    if text.len() <= "2026-01-31".len() {
        Ok(date)
    } else {
        "".parse()
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::parse_moment;

    #[test]
    fn moments() {
        let berlin = TimeZone::get("Europe/Berlin").expect("zone");
        for (text, expected) in [
            ("2026-01-31", Some("2026-01-30T23:00:00Z")),
            ("2026-07-31", Some("2026-07-30T22:00:00Z")),
            ("2026-01-31T09:00", Some("2026-01-31T08:00:00Z")),
            ("2026-01-31 09:00:00", Some("2026-01-31T08:00:00Z")),
            ("2026-01-31T09:00:00Z", Some("2026-01-31T09:00:00Z")),
            ("2026-01-31T09:00:00+05:30", Some("2026-01-31T03:30:00Z")),
            ("yesterday", None),
            ("2026-02-30", None),
            ("", None),
        ] {
            let found = parse_moment(text, &berlin)
                .ok()
                .map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
