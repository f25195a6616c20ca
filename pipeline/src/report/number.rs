//! Numbers as people read them: rounded, with their unit, the unrounded number kept beside.

use analyzers::table::Amount;
use talktrack_analyzers as analyzers;

use super::document::Value;

/// A count, with separators: `1,234`.
pub fn count(number: i64) -> Value {
    Value {
        text: grouped(number).into(),
        number: Some(number as f64),
        unit: "count",
        ..Value::default()
    }
}

/// A share of 0 to 1 as per cent: `43 %`.
pub fn share(number: Option<f64>) -> Value {
    measured(number, "share", |share| format!("{:.0} %", share * 100.0))
}

/// Milliseconds as minutes and seconds: `1 min 34 s`.
pub fn duration(milliseconds: Option<i64>) -> Value {
    measured(milliseconds.map(|ms| ms as f64), "ms", |ms| {
        let seconds = (ms / 1000.0).round() as i64;
        match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
            (0, 0, s) => format!("{s} s"),
            (0, m, 0) => format!("{m} min"),
            (0, m, s) => format!("{m} min {s} s"),
            (h, 0, _) => format!("{h} h"),
            (h, m, _) => format!("{h} h {m} min"),
        }
    })
}

/// Milliseconds as seconds: `1.2 s`.
pub fn seconds(milliseconds: Option<f64>) -> Value {
    measured(milliseconds.map(|ms| ms / 1000.0), "s", |seconds| {
        format!("{seconds:.1} s")
    })
}

/// Milliseconds as whole minutes, without the unit where the column names it.
pub fn minutes(milliseconds: i64) -> Value {
    let text = match milliseconds {
        0 => "·".to_owned(),
        1..60_000 => "<1".to_owned(),
        _ => grouped((milliseconds + 30_000) / 60_000),
    };
    Value {
        text: text.into(),
        number: Some(milliseconds as f64 / 60_000.0),
        unit: "min",
        ..Value::default()
    }
}

/// Seconds as hours: `12.5 h`.
pub fn hours(seconds: i64) -> Value {
    let hours = seconds as f64 / 3600.0;
    Value {
        text: format!("{hours:.1} h").into(),
        number: Some(hours),
        unit: "h",
        ..Value::default()
    }
}

/// Words a minute: `158 wpm`.
pub fn pace(number: Option<f64>) -> Value {
    measured(number, "words/min", |pace| format!("{pace:.0} wpm"))
}

/// A mean of counts: `8.3`.
pub fn mean(number: Option<f64>) -> Value {
    measured(number, "count", |mean| format!("{mean:.1}"))
}

/// A number without a unit: `0.83`.
pub fn decimal(number: Option<f64>) -> Value {
    measured(number, "", |number| format!("{number:.2}"))
}

/// Whole days: `12 days`.
pub fn days(number: Option<i64>) -> Value {
    measured(number.map(|days| days as f64), "days", |days| {
        if (days - 1.0).abs() < f64::EPSILON {
            "1 day".to_owned()
        } else {
            format!("{days:.0} days")
        }
    })
}

/// Money in one currency: `EUR 12,000`.
pub fn money(amount: Option<Amount>, currency: Option<&str>) -> Value {
    let Some(Amount(scaled)) = amount else {
        return Value::none();
    };
    let (whole, rest) = (scaled / 10_000, (scaled % 10_000).abs());
    let whole = grouped(i64::try_from(whole).unwrap_or(i64::MAX));
    let cents = if rest == 0 {
        String::new()
    } else {
        format!(".{:02}", rest / 100)
    };
    let sign = if scaled < 0 && scaled > -10_000 {
        "-"
    } else {
        ""
    };
    let text = format!("{} {sign}{whole}{cents}", currency.unwrap_or("?"));
    Value {
        text: text.trim().into(),
        number: Some(scaled as f64 / 10_000.0),
        unit: "money",
        ..Value::default()
    }
}

/// A position in a call: `12:34`, `1:02:03`.
pub fn clock(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// `1 call`, `2 calls`.
pub fn plural(number: i64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { one } else { many }
    )
}

/// Digits in groups of three.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

fn measured(number: Option<f64>, unit: &'static str, words: impl Fn(f64) -> String) -> Value {
    match number {
        Some(number) => Value {
            text: words(number).into(),
            number: Some(number),
            unit,
            ..Value::default()
        },
        None => Value {
            unit,
            ..Value::none()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (value, text) in [
            (count(1_234_567), "1,234,567"),
            (count(-12), "-12"),
            (share(Some(0.4349)), "43 %"),
            (share(None), "–"),
            (duration(Some(94_000)), "1 min 34 s"),
            (duration(Some(59_600)), "1 min"),
            (duration(Some(3_600_000)), "1 h"),
            (duration(Some(9_000_000)), "2 h 30 min"),
            (minutes(0), "·"),
            (minutes(29_000), "<1"),
            (minutes(90_000), "2"),
            (hours(45_000), "12.5 h"),
            (pace(Some(157.6)), "158 wpm"),
            (days(Some(1)), "1 day"),
            (days(Some(0)), "0 days"),
            (money(Some(Amount(120_000_000)), Some("EUR")), "EUR 12,000"),
            (money(Some(Amount(-5_000)), Some("USD")), "USD -0.50"),
            (money(None, Some("USD")), "–"),
        ] {
            assert_eq!(value.text.as_str(), text);
        }
        assert_eq!(clock(754_900), "12:34");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(clock(-5), "0:00");
    }
}
