//! Typed slots of terms: what `<money>`, `<num>`, `<date>`, `<weekday>`, `<duration>` and `<time>` stand for, in folded text.

use std::sync::LazyLock;

use crate::money::{self, NUMBER_WORDS, is_number_word};
use crate::text::{core, is_boundary, is_word_character};
use crate::word_table::WordTable;

/// A kind of words that a term leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// An amount with a currency: `$40,000`, `forty thousand dollars`.
    Money,
    /// A number: `12`, `3.5`, `two hundred`.
    Number,
    /// A day of the calendar or a quarter: `march 12`, `the twelfth of march`, `12/3`, `2026-03-12`, `q3`.
    Date,
    /// A day of the week.
    Weekday,
    /// A length of time: `two weeks`, `a couple of months`, `half an hour`.
    Duration,
    /// A time of day: `3 pm`, `15:30`, `half past three`, `noon`.
    Time,
}

/// Each slot and how terms write it.
pub const SLOTS: [(&str, Slot); 6] = [
    ("<date>", Slot::Date),
    ("<duration>", Slot::Duration),
    (money::SLOT, Slot::Money),
    ("<num>", Slot::Number),
    ("<time>", Slot::Time),
    ("<weekday>", Slot::Weekday),
];

impl Slot {
    /// How terms write it.
    pub fn written(self) -> &'static str {
        let known = SLOTS.iter().find(|(_, slot)| *slot == self);
        known.map_or("", |(written, _)| *written)
    }
}

/// Days of the week, folded.
pub const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Months, folded.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Days of a month by their number in words, folded.
pub const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
];

const UNITS: [&str; 7] = ["minute", "hour", "day", "week", "month", "quarter", "year"];

/// Words of a slot, at most.
const MOST_WORDS: usize = 6;

/// The end of the longest run of words from byte `start` of a folded text that fills the slot.
pub fn end_of(slot: Slot, text: &str, start: usize) -> Option<usize> {
    if !may_begin(slot, text, start) {
        return None;
    }
    if slot == Slot::Money {
        return money_at(text, start);
    }
    let words = words(text, start);
    let fits = |count: &usize| fills(slot, &words[..*count]);
    let count = (1..=words.len()).rev().find(fits)?;
    let last = words[count - 1];
    Some(last.as_ptr() as usize - text.as_ptr() as usize + last.len())
}

/// The slots that a word without digits and hyphens may begin, as bits.
static BEGINS: LazyLock<WordTable<u8>> = LazyLock::new(|| {
    let mut begins = WordTable::default();
    let mut add = |slots: &[Slot], words: &[&str]| {
        for word in words {
            for slot in slots {
                *begins.entry_or_insert(word, 0) |= bit(*slot);
            }
        }
    };
    add(&[Slot::Number, Slot::Duration], &NUMBER_WORDS);
    add(&[Slot::Time], &NUMBER_WORDS);
    add(&[Slot::Weekday], &WEEKDAYS);
    add(&[Slot::Date], &MONTHS);
    add(&[Slot::Date], &MONTHS.map(|month| &month[..3]));
    add(&[Slot::Date], &ORDINALS);
    add(&[Slot::Date], &["the"]);
    add(&[Slot::Duration], &DURATION_OPENERS);
    add(&[Slot::Time], &TIME_OPENERS);
    begins
});

/// Words but numbers that a length of time may begin with.
const DURATION_OPENERS: [&str; 6] = ["a", "an", "another", "couple", "half", "several"];

/// Words but numbers that a time of day may begin with.
const TIME_OPENERS: [&str; 4] = ["half", "midnight", "noon", "quarter"];

fn bit(slot: Slot) -> u8 {
    1 << slot as u8
}

/// Whether the word from `start` on may be the first that fills the slot: nearly all are none, and need no look at what follows.
fn may_begin(slot: Slot, text: &str, start: usize) -> bool {
    let word = first_word(text, start);
    if slot == Slot::Money {
        return text[start..].starts_with(|c: char| c.is_ascii_digit() || "$€£".contains(c))
            || is_number_word(word);
    }
    let is_plain = |byte: u8| !byte.is_ascii_digit() && byte != b'-';
    // What else a slot begins with has a digit or a hyphen, and is looked at by the caller.
    !word.bytes().all(is_plain) || BEGINS.get(word).is_some_and(|slots| slots & bit(slot) != 0)
}

/// The word from `start` on, without the signs around it.
fn first_word(text: &str, start: usize) -> &str {
    let rest = text[start..].trim_start();
    let token = rest
        .find(char::is_whitespace)
        .map_or(rest, |end| &rest[..end]);
    &token[core(token)]
}

/// Words from `start` on without the signs around them, up to the end of the clause.
fn words(text: &str, start: usize) -> Vec<&str> {
    let mut words = Vec::new();
    for token in text[start..].split_whitespace().take(MOST_WORDS) {
        let word = &token[core(token)];
        if word.is_empty() {
            break;
        }
        words.push(word);
        if !token.ends_with(is_word_character) {
            break;
        }
    }
    words
}

fn money_at(text: &str, start: usize) -> Option<usize> {
    let window = text[start..]
        .char_indices()
        .nth(48)
        .map_or(text.len(), |(length, _)| start + length);
    let anchors = money::ANCHORS.iter().flat_map(|anchor| {
        let places = text[start..window].match_indices(anchor);
        places.map(move |(at, found)| start + at..start + at + found.len())
    });
    let amounts = anchors.filter_map(|anchor| money::amount(text, anchor));
    amounts
        .filter(|amount| amount.start == start)
        .map(|amount| amount.end)
        .max()
}

fn fills(slot: Slot, words: &[&str]) -> bool {
    match slot {
        Slot::Money => false,
        Slot::Number => is_number(words),
        Slot::Weekday => matches!(words, [day] if is_weekday(day)),
        Slot::Date => is_date(words),
        Slot::Duration => is_duration(words),
        Slot::Time => is_time(words),
    }
}

/// `k` and `m` are sizes behind a number; alone they are letters, as in `i'm`.
fn is_number(words: &[&str]) -> bool {
    words
        .first()
        .is_some_and(|first| !["k", "m"].contains(first))
        && words
            .iter()
            .all(|word| is_digits(word) || is_number_word(word))
}

fn is_digits(word: &str) -> bool {
    let number = word.trim_end_matches(['%', 'k', 'm']);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b',' || byte == b'.')
}

fn is_weekday(word: &str) -> bool {
    WEEKDAYS.contains(&word)
}

fn is_month(word: &str) -> bool {
    // `may` alone is a verb far more often; with a day beside it it is a month.
    MONTHS.contains(&word)
        || MONTHS
            .iter()
            .any(|month| word.len() == 3 && month.starts_with(word))
}

fn is_day(word: &str) -> bool {
    let number = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .unwrap_or(word);
    ORDINALS.contains(&word)
        || number
            .parse::<u8>()
            .is_ok_and(|day| (1..=31).contains(&day))
}

fn is_date(words: &[&str]) -> bool {
    match words {
        [one] => {
            (is_month(one) && one.len() > 3 && !["march", "may"].contains(one))
                || is_quarter(one)
                || is_numeric_date(one)
        }
        ["the", day] => {
            // `the second` is a day beside a month only.
            is_day(day) && !ORDINALS.contains(day) && day.ends_with(char::is_alphabetic)
        }
        [month, day] if is_month(month) => is_day(day),
        [day, month] | [day, "of", month] | ["the", day, "of", month] => {
            is_day(day) && is_month(month)
        }
        _ => false,
    }
}

fn is_quarter(word: &str) -> bool {
    ["q1", "q2", "q3", "q4"].contains(&word)
}

/// `12/3`, `12.3.2026`, `2026-03-12`.
fn is_numeric_date(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['/', '-', '.']).collect();
    let numbers: Vec<u16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let is_slashed = word.contains('/') || parts.len() == 3;
    is_slashed
        && numbers.len() == parts.len()
        && match numbers[..] {
            [a, b] => (1..=31).contains(&a) && (1..=31).contains(&b),
            [a, b, c] => {
                let small = |number: u16| (1..=31).contains(&number);
                (small(a) && small(b)) || (a > 31 && small(b) && small(c))
            }
            _ => false,
        }
}

fn is_duration(words: &[&str]) -> bool {
    let Some((unit, count)) = words.split_last() else {
        return false;
    };
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    UNITS.contains(&singular)
        && match count {
            [] => false,
            ["a" | "an" | "several"]
            | ["half", "a" | "an"]
            | ["a" | "another", "few"]
            | ["a", "couple"]
            | ["a", "couple", "of"]
            | ["couple", "of"] => true,
            ["one" | "two" | "three" | "four", "to", last] => is_number(&[last]),
            number => is_number(number),
        }
}

fn is_time(words: &[&str]) -> bool {
    let is_hour = |word: &str| {
        word.parse::<u8>().is_ok_and(|hour| hour <= 24)
            || (is_number_word(word) && !word.contains("hundred"))
    };
    match words {
        ["noon" | "midnight"] => true,
        [clock] => is_clock(clock),
        [hour, "am" | "pm" | "o'clock"] => is_hour(hour) || is_clock(hour),
        ["half" | "quarter", "past" | "to", hour] => is_hour(hour),
        _ => false,
    }
}

/// `15:30`, `3pm`.
fn is_clock(word: &str) -> bool {
    let short = word.strip_suffix("am").or_else(|| word.strip_suffix("pm"));
    if let Some(hour) = short {
        return hour
            .parse::<u8>()
            .is_ok_and(|hour| (1..=12).contains(&hour))
            || is_clock(hour);
    }
    word.split_once(':').is_some_and(|(hour, minute)| {
        hour.parse::<u8>().is_ok_and(|hour| hour <= 24)
            && minute.len() == 2
            && minute.parse::<u8>().is_ok_and(|minute| minute < 60)
    })
}

/// The first place of any of `slots` in a folded text.
pub fn find(slots: &[Slot], text: &str) -> Option<std::ops::Range<usize>> {
    let starts = text
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| is_boundary(text, *at));
    let at = |start: usize| {
        let ends = slots.iter().filter_map(|slot| end_of(*slot, text, start));
        ends.max().map(|end| start..end)
    };
    starts
        .filter(|start| text[*start..].starts_with(|c: char| !c.is_whitespace()))
        .find_map(at)
}

/// Every place of any of `slots` in a folded text, none within another.
pub fn find_all(slots: &[Slot], text: &str) -> Vec<std::ops::Range<usize>> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(place) = text.get(from..).and_then(|rest| find(slots, rest)) {
        let place = from + place.start..from + place.end;
        from = place.end;
        places.push(place);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{SLOTS, Slot, end_of, find, find_all};

    #[test]
    fn slots_are_filled_by_the_longest_run() {
        let cases = [
            (Slot::Number, "two hundred people", "two hundred"),
            (Slot::Number, "12, maybe", "12"),
            (Slot::Number, "many", ""),
            (Slot::Number, "m going", ""),
            (Slot::Number, "two k or so", "two k"),
            (Slot::Weekday, "tuesday morning", "tuesday"),
            (Slot::Weekday, "tuesdays", ""),
            (Slot::Date, "march 12th at noon", "march 12th"),
            (Slot::Date, "the twelfth of march", "the twelfth of march"),
            (Slot::Date, "the 12th, then", "the 12th"),
            (Slot::Date, "2026-03-12 or so", "2026-03-12"),
            (Slot::Date, "12/3.", "12/3"),
            (Slot::Date, "q3 would suit", "q3"),
            (Slot::Date, "june", "june"),
            (Slot::Date, "may be", ""),
            (Slot::Date, "march on", ""),
            (Slot::Date, "3.5", ""),
            (Slot::Date, "the second", ""),
            (Slot::Date, "the second of may", "the second of may"),
            (Slot::Duration, "two weeks from now", "two weeks"),
            (Slot::Duration, "a couple of months", "a couple of months"),
            (Slot::Duration, "half an hour", "half an hour"),
            (Slot::Duration, "two to three weeks", "two to three weeks"),
            (Slot::Duration, "weeks", ""),
            (Slot::Time, "3 pm works", "3 pm"),
            (Slot::Time, "15:30, then", "15:30"),
            (Slot::Time, "half past three", "half past three"),
            (Slot::Time, "three people", ""),
            (Slot::Money, "$40,000 a year", "$40,000"),
            (
                Slot::Money,
                "forty thousand dollars",
                "forty thousand dollars",
            ),
            (Slot::Money, "forty people pay dollars", ""),
        ];
        for (slot, text, expected) in cases {
            let found = end_of(slot, text, 0).map_or("", |end| &text[..end]);
            assert_eq!(found, expected, "{slot:?} in {text}");
        }
    }

    #[test]
    fn the_first_of_several_is_found() {
        let text = "let's talk on tuesday the 12th of june";
        let found = find(&[Slot::Date, Slot::Weekday], text).expect("a day");
        assert_eq!(&text[found], "tuesday");
        let all = find_all(&[Slot::Date, Slot::Weekday], text);
        let all: Vec<&str> = all.into_iter().map(|place| &text[place]).collect();
        assert_eq!(all, ["tuesday", "the 12th of june"]);
        assert_eq!(find(&[Slot::Date], "let's talk soon"), None);
        assert!(SLOTS.is_sorted_by_key(|(name, _)| *name));
    }
}
