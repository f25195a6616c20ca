//! Two faults that would sink or distort a whole page are mended before it is parsed: half surrogate pairs in string
//! escapes (which no UTF-8 string can hold), and whole numbers beyond 64 bits (which would turn into floats).

use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// A body that can be parsed.
pub(crate) struct Repaired<'a> {
    /// The body as text.
    pub(crate) text: Cow<'a, str>,
    /// How many half surrogates, escaped or raw, and other bytes that are not UTF-8 became U+FFFD.
    pub(crate) replaced_surrogates: u64,
}

/// What stands in for a half surrogate: as long as what it replaces.
const REPLACEMENT: &str = "\\ufffd";

/// More digits than this may not fit 64 bits.
const SAFE_DIGITS: usize = 18;

/// Makes `body` parseable, copying it only when something had to change.
pub(crate) fn repair(body: &[u8]) -> Repaired<'_> {
    let (text, invalid) = as_text(body);
    let (lone, huge) = faults(text.as_bytes());
    let replaced_surrogates = invalid + lone.len() as u64;
    if lone.is_empty() && huge.is_empty() {
        return Repaired {
            text,
            replaced_surrogates,
        };
    }
    Repaired {
        text: Cow::Owned(mend(&text, &lone, &huge)),
        replaced_surrogates,
    }
}

fn as_text(body: &[u8]) -> (Cow<'_, str>, u64) {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Ok(text) = std::str::from_utf8(body) {
        (Cow::Borrowed(text), 0)
    } else {
        let invalid = body
            .utf8_chunks()
            .filter(|chunk| !chunk.invalid().is_empty())
            .count();
        (String::from_utf8_lossy(body), invalid as u64)
    }
}

/// Where half surrogates stand (offset of the backslash), and the spans of numbers that need quotes.
fn faults(bytes: &[u8]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let (mut lone, mut huge) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(quote) = memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        huge_numbers(bytes, at, at + quote, &mut huge);
        at = lone_surrogates(bytes, at + quote + 1, &mut lone);
    }
    huge_numbers(bytes, at.min(bytes.len()), bytes.len(), &mut huge);
    (lone, huge)
}

/// Walks one string from just after its opening quote; returns the offset after its closing one.
fn lone_surrogates(bytes: &[u8], start: usize, lone: &mut Vec<usize>) -> usize {
    let mut at = start;
    while let Some(found) = memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += match (escaped_unit(bytes, at), escaped_unit(bytes, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                lone.push(at);
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    bytes.len()
}

/// The UTF-16 unit of the `\uXXXX` escape at `at`, if there is one.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let text = std::str::from_utf8(digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(text, 16).ok()
}

/// Finds whole numbers beyond 64 bits between two strings.
fn huge_numbers(bytes: &[u8], start: usize, end: usize, huge: &mut Vec<(usize, usize)>) {
    if end - start <= SAFE_DIGITS {
        return;
    }
    let mut at = start;
    while at < end {
        if !is_numeric(bytes[at]) {
            at += 1;
            continue;
        }
        let length = bytes[at..end]
            .iter()
            .take_while(|byte| is_numeric(**byte))
            .count();
        let number = &bytes[at..at + length];
        if is_huge_whole(number) {
            huge.push((at, at + length));
        }
        at += length;
    }
}

fn is_numeric(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

fn is_huge_whole(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    if digits.len() <= SAFE_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    std::str::from_utf8(number)
        .is_ok_and(|text| text.parse::<i64>().is_err() && text.parse::<u64>().is_err())
}

/// Both lists are in order and do not meet, since the ones lie in strings and the others between them.
fn mend(text: &str, lone: &[usize], huge: &[(usize, usize)]) -> String {
    let mut mended = String::with_capacity(text.len() + 2 * huge.len());
    let mut copied = 0;
    let (mut lone, mut huge) = (lone.iter().peekable(), huge.iter().peekable());
    loop {
        let surrogate_is_next = match (lone.peek(), huge.peek()) {
            (Some(at), Some((start, _))) => *at < start,
            (at, _) => at.is_some(),
        };
        if surrogate_is_next && let Some(&at) = lone.next() {
            mended.push_str(&text[copied..at]);
            mended.push_str(REPLACEMENT);
            copied = at + REPLACEMENT.len();
        } else if let Some(&(start, end)) = huge.next() {
            mended.push_str(&text[copied..start]);
            mended.extend(["\"", &text[start..end], "\""]);
            copied = end;
        } else {
            break;
        }
    }
    mended.push_str(&text[copied..]);
    mended
}

#[cfg(test)]
mod tests {
    use super::repair;

    #[test]
    fn only_what_is_broken_changes() {
        let cases = [
            (r#"{"a":"plain"}"#, r#"{"a":"plain"}"#, 0),
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#, 0),
            (r#"{"a":"x\ud800y"}"#, r#"{"a":"x\ufffdy"}"#, 1),
            (r#"{"a":"\udc00\uD83D"}"#, r#"{"a":"\ufffd\ufffd"}"#, 2),
            (
                r#"{"a":"\ud83d\ud83d\ude00"}"#,
                r#"{"a":"\ufffd\ud83d\ude00"}"#,
                1,
            ),
            (r#"{"a":"\\ud800"}"#, r#"{"a":"\\ud800"}"#, 0),
            (r#"{"a":"\"\ud800"}"#, r#"{"a":"\"\ufffd"}"#, 1),
            (
                r#"{"a":18446744073709551615}"#,
                r#"{"a":18446744073709551615}"#,
                0,
            ),
            (
                r#"{"a":18446744073709551616}"#,
                r#"{"a":"18446744073709551616"}"#,
                0,
            ),
            (
                r#"{"a":[-99999999999999999999,1.5e300]}"#,
                r#"{"a":["-99999999999999999999",1.5e300]}"#,
                0,
            ),
            (
                r#"{"a":"99999999999999999999"}"#,
                r#"{"a":"99999999999999999999"}"#,
                0,
            ),
            (
                r#"{"a":0.12345678901234567890123}"#,
                r#"{"a":0.12345678901234567890123}"#,
                0,
            ),
            (
                r#"[18446744073709551616,"\ud800",18446744073709551616,18446744073709551617,"\udc00\udc00"]"#,
                r#"["18446744073709551616","\ufffd","18446744073709551616","18446744073709551617","\ufffd\ufffd"]"#,
                3,
            ),
            (r#"{"a":"\ud8"#, r#"{"a":"\ud8"#, 0),
            ("", "", 0),
        ];
        for (body, expected, replaced) in cases {
            let repaired = repair(body.as_bytes());
            assert_eq!(
                (&*repaired.text, repaired.replaced_surrogates),
                (expected, replaced),
                "body {body}"
            );
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced_and_counted() {
        let repaired = repair(b"\xef\xbb\xbf{\"a\":\"x\xffy\"}");
        assert_eq!(
            (&*repaired.text, repaired.replaced_surrogates),
            ("{\"a\":\"x\u{fffd}y\"}", 1)
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = repair(&body);
        }

        #[test]
        fn good_json_is_left_as_it_is(text in ".*") {
            let body = serde_json::to_string(&text).map_err(|error| proptest::test_runner::TestCaseError::fail(error.to_string()))?;
            let repaired = repair(body.as_bytes());
            proptest::prop_assert_eq!(&*repaired.text, body.as_str());
        }
    }
}
