//! Whole words in plain text, where a byte is a character and case is not folded yet.

use std::ops::Range;

/// Whether `range` of the plain text `bytes` is whole words: [`crate::text::stands_alone`] without plurals, for ASCII in
/// any case.
pub(super) fn stands_alone(bytes: &[u8], range: Range<usize>) -> bool {
    starts_word(bytes, range.start) && ends_word(bytes, range.end)
}

fn starts_word(bytes: &[u8], start: usize) -> bool {
    if !is_word(bytes, start) {
        return true;
    }
    let Some(before) = start.checked_sub(1) else {
        return true;
    };
    let in_contraction = bytes[before] == b'\'' && before > 0 && is_word(bytes, before - 1);
    !is_word(bytes, before) && !in_contraction
}

fn ends_word(bytes: &[u8], end: usize) -> bool {
    if end == 0 || !is_word(bytes, end - 1) {
        return true;
    }
    if bytes.get(end) != Some(&b'\'') || !is_word(bytes, end + 1) {
        return !is_word(bytes, end);
    }
    // Of contractions only the possessive leaves the word before it whole.
    bytes[end + 1].eq_ignore_ascii_case(&b's') && !is_word(bytes, end + 2)
}

fn is_word(bytes: &[u8], position: usize) -> bool {
    bytes.get(position).is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::text;

    proptest! {
        #[test]
        fn plain_boundaries_are_those_of_folded_text(before in "[aS'7 .-]{0,4}", found in "[aSs'7 .-]{1,4}", after in "[aSs'7 .-]{0,4}") {
            let text = format!("{before}{found}{after}");
            let range = before.len()..before.len() + found.len();
            let folded = text.to_ascii_lowercase();
            prop_assert_eq!(
                super::stands_alone(text.as_bytes(), range.clone()),
                text::stands_alone(&folded, range, false)
            );
        }
    }
}
