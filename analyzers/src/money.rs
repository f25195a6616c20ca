//! Amounts of money in folded text: what the term `<money>` stands for.

use std::ops::Range;

use crate::text::{is_boundary, is_word_character};

/// The term that stands for any amount.
pub const SLOT: &str = "<money>";

/// What an amount is recognised by; the number is looked for beside it.
pub(crate) const ANCHORS: [&str; 14] = [
    "$", "€", "£", "dollar", "dollars", "bucks", "euro", "euros", "pound", "pounds", "usd", "eur",
    "gbp", "grand",
];

/// Words that numbers are written with.
pub(crate) const NUMBER_WORDS: [&str; 34] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
    "billion",
    "half",
    "k",
    "m",
];

/// The amount that the anchor at `anchor` belongs to; `None` where no number stands beside it.
pub(crate) fn amount(text: &str, anchor: Range<usize>) -> Option<Range<usize>> {
    let is_symbol = !text[anchor.clone()].starts_with(is_word_character);
    if is_symbol && let Some(end) = number_after(text, anchor.end) {
        return Some(anchor.start..end);
    }
    let is_whole = is_boundary(text, anchor.start) && is_boundary(text, anchor.end);
    if !is_whole {
        return None;
    }
    Some(numbers_before(text, anchor.start)?..anchor.end)
}

/// End of the number right after a currency sign, a size such as `k` or `million` included.
fn number_after(text: &str, from: usize) -> Option<usize> {
    let rest = &text[from..];
    let number = rest.strip_prefix(' ').unwrap_or(rest);
    let start = text.len() - number.len();
    let digits = number
        .find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.')
        .unwrap_or(number.len());
    let digits = number[..digits].trim_end_matches([',', '.']).len();
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = start + digits;
    let sizes = ["k", "m", "bn", " k", " thousand", " million", " billion"];
    let size = sizes
        .iter()
        .filter(|size| text[end..].starts_with(*size))
        .find(|size| is_boundary(text, end + size.len()));
    Some(end + size.map_or(0, |size| size.len()))
}

/// Start of the run of numbers right before a currency word or sign.
fn numbers_before(text: &str, to: usize) -> Option<usize> {
    let mut start = None;
    let mut rest = text[..to].trim_end();
    loop {
        let word_start = rest.rfind(' ').map_or(0, |space| space + 1);
        let word = &rest[word_start..];
        if !is_number(word.trim_start_matches(['(', '"', '\'', '-'])) {
            return start;
        }
        start = Some(rest.len() - word.trim_start_matches(['(', '"', '\'', '-']).len());
        rest = rest[..word_start].trim_end();
    }
}

/// Whether a folded word is a number written out, such as `forty` or `twenty-five`.
pub(crate) fn is_number_word(word: &str) -> bool {
    !word.is_empty() && word.split('-').all(|part| NUMBER_WORDS.contains(&part))
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_end_matches(['k', 'm']);
    let is_digits = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
    is_digits || is_number_word(word)
}

#[cfg(test)]
mod tests {
    use super::{ANCHORS, amount};

    #[test]
    fn amounts_are_a_number_and_a_currency() {
        let cases = [
            ("it is $40,000 a year", "$40,000"),
            ("about $ 1.5 million, maybe", "$ 1.5 million"),
            ("€40k.", "€40k"),
            ("40.000 € in all", "40.000 €"),
            ("forty thousand dollars a year", "forty thousand dollars"),
            ("some twenty-five bucks", "twenty-five bucks"),
            ("(100 euros)", "100 euros"),
            ("12 pounds", "12 pounds"),
            ("dollars and cents", ""),
            ("the us dollar", ""),
            ("$ sign", ""),
            ("12 poundstone", ""),
            ("twelve thousand visits", ""),
        ];
        for (text, expected) in cases {
            let anchors = ANCHORS.iter().flat_map(|anchor| text.match_indices(anchor));
            let found = anchors
                .filter_map(|(start, anchor)| amount(text, start..start + anchor.len()))
                .map(|range| &text[range])
                .max_by_key(|found| found.len());
            assert_eq!(found.unwrap_or(""), expected, "{text}");
        }
    }
}
