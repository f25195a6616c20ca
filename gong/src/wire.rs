//! How single values arrive: ids, times, numbers and nulls, each in every form Gong has been seen to send.

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;

/// Reads `null` as the type's default, so that null and absent are alike.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// An id: a JSON string, or a whole JSON number of any length taken digit by digit, never through a float.
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with('"') {
            return serde_json::from_str(text)
                .map(Id)
                .map_err(de::Error::custom);
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Id(text.to_owned()));
        }
        let start: String = text.chars().take(SHOWN_CHARS).collect();
        Err(de::Error::custom(format_args!(
            "`{start}` is no id: expected a string or a whole number"
        )))
    }
}

/// How much is shown of what is no id.
const SHOWN_CHARS: usize = 60;

/// Serde helper for a required id.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let Id(text) = Id::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(de::Error::custom("the id is empty"));
    }
    Ok(text)
}

/// Serde helper for an id that may be null or absent; an empty string counts as absent.
pub(crate) fn optional_id<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let id = Option::<Id>::deserialize(deserializer)?;
    Ok(id.map(|Id(text)| text).filter(|text| !text.is_empty()))
}

/// Serde helper for an id that only helps people: what is none is left out instead of sinking what it stands in.
pub(crate) struct AnyId(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(
            serde_json::from_str(raw.get()).ok().map(|Id(text)| text),
        ))
    }
}

/// A whole number that may arrive as an integer, as a float (rounded) or as a string of digits.
struct Whole(i64);

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Whole, E> {
        Ok(Whole(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Whole, E> {
        i64::try_from(value)
            .map(Whole)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Whole, E> {
        // 2^53: beyond it a float no longer tells whole numbers apart.
        if value.abs() <= 9_007_199_254_740_992.0 {
            Ok(Whole(value.round() as i64))
        } else {
            Err(E::invalid_value(de::Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Whole, E> {
        value
            .trim()
            .parse()
            .map(Whole)
            .map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

/// Serde helper for a required whole number.
pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Whole::deserialize(deserializer).map(|Whole(value)| value)
}

/// Serde helper for a whole number that may be null or absent.
pub(crate) fn optional_whole<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    Ok(Option::<Whole>::deserialize(deserializer)?.map(|Whole(value)| value))
}

/// Serde helper for a count that may be null or absent; a negative one says nothing either.
pub(crate) fn optional_count<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    Ok(optional_whole(deserializer)?.and_then(|count| u64::try_from(count).ok()))
}

/// Serde helpers for times: ISO 8601 with any offset and precision, or seconds (or milliseconds) since 1970.
pub(crate) mod time {
    use jiff::Timestamp;
    use serde::de::{self, Deserializer, Visitor};
    use serde::{Deserialize, Serialize, Serializer};
    use std::fmt;

    /// Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
    const MILLISECONDS_FROM: f64 = 1e11;

    struct Time(Timestamp);

    struct TimeVisitor;

    impl Visitor<'_> for TimeVisitor {
        type Value = Time;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("an ISO 8601 date-time with an offset, or seconds since 1970")
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<Time, E> {
            parse(value)
                .map(Time)
                .ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Time, E> {
            let time = if (value as f64).abs() < MILLISECONDS_FROM {
                Timestamp::from_second(value)
            } else {
                Timestamp::from_millisecond(value)
            };
            time.map(Time)
                .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Time, E> {
            match i64::try_from(value) {
                Ok(value) => self.visit_i64(value),
                Err(_) => Err(E::invalid_value(de::Unexpected::Unsigned(value), &self)),
            }
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Time, E> {
            let seconds = if value.abs() < MILLISECONDS_FROM {
                value
            } else {
                value / 1e3
            };
            // Microseconds are what a float of today's seconds can still hold.
            Timestamp::from_microsecond((seconds * 1e6).round() as i64)
                .map(Time)
                .map_err(|_| E::invalid_value(de::Unexpected::Float(value), &self))
        }
    }

    impl<'de> Deserialize<'de> for Time {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(TimeVisitor)
        }
    }

    /// Parses a date-time; more than nine fractional digits are cut, since nothing stored is finer.
    fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        text.parse()
            .ok()
            .or_else(|| cut_fraction(text)?.parse().ok())
    }

    fn cut_fraction(text: &str) -> Option<String> {
        let (whole, rest) = text.split_once(['.', ','])?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let kept = rest.get(..digits.min(9))?;
        Some(format!("{whole}.{kept}{}", rest.get(digits..)?))
    }

    /// Reads a required time.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        Time::deserialize(deserializer).map(|Time(time)| time)
    }

    /// Writes a time as ISO 8601 in UTC.
    pub(crate) fn serialize<S: Serializer>(
        time: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.serialize(serializer)
    }

    /// The same for a time that may be null or absent.
    pub(crate) mod option {
        use super::{Deserialize, Deserializer, Serialize, Serializer, Time, Timestamp};

        /// Reads a time that may be null.
        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
        }

        /// Writes a time, or null.
        #[expect(clippy::ref_option, reason = "the signature serde asks for")]
        pub(crate) fn serialize<S: Serializer>(
            time: &Option<Timestamp>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            time.serialize(serializer)
        }
    }
}

/// A field that is recognised so that it is dropped: signed, short-lived links must not reach `extra`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Dropped;

impl<'de> Deserialize<'de> for Dropped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer).map(|_| Dropped)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::Offset};
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    struct Probe {
        #[serde(default, deserialize_with = "super::optional_id")]
        id: Option<String>,
        #[serde(default, with = "super::time::option")]
        time: Option<Timestamp>,
        #[serde(default, deserialize_with = "super::optional_whole")]
        whole: Option<i64>,
    }

    fn probe(json: &str) -> Result<Probe, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn ids_that_are_none() {
        for json in [
            r#"{"id":1.5}"#,
            r#"{"id":1e3}"#,
            r#"{"id":true}"#,
            r#"{"id":[1]}"#,
            r#"{"id":{}}"#,
        ] {
            assert!(probe(json).is_err(), "{json}");
        }
        for json in ["{}", r#"{"id":null}"#, r#"{"id":""}"#] {
            assert_eq!(probe(json).unwrap().id, None, "{json}");
        }
    }

    #[test]
    fn times_in_every_form() {
        let cases = [
            (r#""2023-10-17T21:21:31+02:00""#, "2023-10-17T19:21:31Z"),
            (
                r#""2023-10-17T21:21:31.816562+02:00""#,
                "2023-10-17T19:21:31.816562Z",
            ),
            (
                r#""2023-10-17T21:21:31.8165621234567-07:30""#,
                "2023-10-18T04:51:31.816562123Z",
            ),
            (r#""2023-10-17T21:21Z""#, "2023-10-17T21:21:00Z"),
            (r#""2018-02-17T02:30:00-0800""#, "2018-02-17T10:30:00Z"),
            ("1518863400", "2018-02-17T10:30:00Z"),
            ("1518863400.25", "2018-02-17T10:30:00.25Z"),
            ("1518863400250", "2018-02-17T10:30:00.25Z"),
        ];
        for (json, expected) in cases {
            let time = probe(&format!(r#"{{"time":{json}}}"#)).unwrap().time;
            assert_eq!(time.unwrap().to_string(), expected, "{json}");
        }
        for json in [
            r#""yesterday""#,
            r#""""#,
            r#""2023-10-17T21:21:31""#,
            "1e300",
            "true",
            "18446744073709551615",
        ] {
            assert!(probe(&format!(r#"{{"time":{json}}}"#)).is_err(), "{json}");
        }
    }

    #[test]
    fn whole_numbers_in_every_form() {
        for (json, expected) in [("7", 7), ("-7", -7), ("7.0", 7), ("6.6", 7), (r#""7""#, 7)] {
            assert_eq!(
                probe(&format!(r#"{{"whole":{json}}}"#)).unwrap().whole,
                Some(expected),
                "{json}"
            );
        }
        for json in ["1e300", "18446744073709551615", r#""seven""#, "true"] {
            assert!(probe(&format!(r#"{{"whole":{json}}}"#)).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn ids_of_any_length_keep_their_digits(digits in "[1-9][0-9]{0,19}") {
            for json in [format!(r#"{{"id":{digits}}}"#), format!(r#"{{"id":"{digits}"}}"#)] {
                prop_assert_eq!(probe(&json).unwrap().id, Some(digits.clone()));
            }
        }

        #[test]
        fn times_at_any_offset_and_precision_are_the_same_moment(
            second in 0_i64..4_102_444_800, nanosecond in 0_i32..1_000_000_000, precision in 0_u8..=9,
            minutes in -14 * 60..=14 * 60,
        ) {
            let step = 10_i32.pow(9 - u32::from(precision));
            let time = Timestamp::new(second, nanosecond / step * step).unwrap();
            let offset = Offset::from_seconds(minutes * 60).unwrap();
            let printer = jiff::fmt::temporal::DateTimePrinter::new().precision(Some(precision));
            let text = printer.timestamp_with_offset_to_string(&time, offset);
            prop_assert_eq!(probe(&format!(r#"{{"time":"{text}"}}"#)).unwrap().time, Some(time));
        }
    }
}
