//! Words and their boundaries in folded text (see [`crate::folding`]).
//!
//! A term counts where it is whole words. Scripts that put no spaces between words (Chinese characters, kana, Thai, Lao, Khmer,
//! Burmese) show no word boundaries, so beside a character of theirs there is always one and a term counts wherever it stands:
//! `料金` counts in `料金表`, and `Acme` in `Acmeを使う`. Only the marks that complete a character are never cut off. Gaps and
//! slots of terms count words between spaces; in these scripts they find only what is written with spaces.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

pub use crate::folding::{Folded, FoldedText, FoldedTexts, folded};

/// Whether a word goes on at `character`: letters, digits and the marks that combine with them.
pub fn is_word_character(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    character.is_alphanumeric() || is_combining_mark(character)
}

/// Whether `text` has a word boundary at byte `position`: not both neighbours belong to a word, or one is of a script that
/// shows no boundaries.
pub fn is_boundary(text: &str, position: usize) -> bool {
    // Most text is ASCII, and its bytes are its characters.
    let bytes = text.as_bytes();
    let neighbours = position
        .checked_sub(1)
        .and_then(|before| Some((bytes.get(before)?, bytes.get(position)?)));
    let Some((a, b)) = neighbours else {
        return true;
    };
    if a.is_ascii() && b.is_ascii() {
        return !(a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric());
    }
    let before = text[..position].chars().next_back();
    let after = text[position..].chars().next();
    let (Some(before), Some(after)) = (before, after) else {
        return true;
    };
    let goes_on = is_word_character(before) && is_word_character(after);
    !goes_on || (!is_combining_mark(after) && (is_unspaced(before) || is_unspaced(after)))
}

/// Whether `character` belongs to a script that puts no spaces between words.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{E00}'..='\u{EFF}'       // Thai, Lao
        | '\u{1000}'..='\u{109F}'   // Burmese
        | '\u{1780}'..='\u{17FF}'   // Khmer
        | '\u{3005}'..='\u{3007}'   // marks that stand for Chinese characters
        | '\u{3040}'..='\u{30FF}'   // kana
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'   // Chinese characters
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a clause ends at `character`.
pub(crate) fn ends_clause(character: char) -> bool {
    matches!(
        character,
        ',' | ';' | ':' | '.' | '?' | '!' | '\u{3001}' | '\u{3002}'
    )
}

/// Whether the bytes `range` of `text` are whole words. A possessive `'s` may follow, and a plural where `plurals` says so.
pub(crate) fn stands_alone(text: &str, range: Range<usize>, plurals: bool) -> bool {
    let before = &text[..range.start];
    let inside_contraction = before.strip_suffix('\'').is_some_and(ends_in_word)
        && text[range.start..].starts_with(is_word_character);
    is_boundary(text, range.start)
        && !inside_contraction
        && (ends_word(text, range.end) || (plurals && ends_plural(text, range.end)))
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(is_word_character)
}

/// Whether a word ends at `end`, where an apostrophe starts no contraction but a possessive.
fn ends_word(text: &str, end: usize) -> bool {
    let rest = &text[end..];
    let contraction = rest
        .strip_prefix('\'')
        .filter(|_| ends_in_word(&text[..end]));
    match contraction {
        Some(tail) if tail.starts_with(is_word_character) => {
            tail.starts_with('s') && is_boundary(tail, 1)
        }
        _ => is_boundary(text, end),
    }
}

/// What makes a plural of a word.
pub(crate) const PLURAL_ENDINGS: [&str; 2] = ["s", "es"];

fn ends_plural(text: &str, end: usize) -> bool {
    let rest = &text[end..];
    text[..end].ends_with(char::is_alphabetic)
        && PLURAL_ENDINGS
            .iter()
            .any(|ending| rest.starts_with(ending) && ends_word(text, end + ending.len()))
}

/// The whitespace-separated tokens of `text` with their bytes.
pub fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let base = text.as_ptr() as usize;
    text.split_whitespace().map(move |token| {
        let start = token.as_ptr() as usize - base;
        start..start + token.len()
    })
}

/// Number of whitespace-separated tokens of `text`.
pub(crate) fn count_tokens(text: &str) -> i64 {
    let shape = Shape::of(text);
    if shape.has_unusual {
        return text.split_whitespace().count() as i64;
    }
    shape.tokens
}

/// What a look at a text, eight bytes at a time, tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Whether it has control characters or any beyond ASCII.
    pub(crate) has_unusual: bool,
    /// Whether two spaces stand side by side.
    pub(crate) has_double_space: bool,
    /// Number of tokens between spaces, if nothing is unusual.
    pub(crate) tokens: i64,
}

impl Shape {
    pub(crate) fn of(text: &str) -> Shape {
        const EACH: u64 = 0x0101_0101_0101_0101;
        // The highest bit of a byte tells what the byte is.
        const HIGH: u64 = 0x80 * EACH;
        const SPACES: u64 = b' ' as u64 * EACH;
        let (mut unusual, mut doubled, mut tokens) = (0, 0, 0);
        // What stands before the first byte counts as a space for tokens, and as none for doubled spaces.
        let (mut space_before, mut token_before) = (0, 0);
        let mut look = |bytes: u64| {
            // Bytes beyond ASCII, and those that have no bit beyond those of control characters.
            unusual |= bytes | !(bytes.wrapping_add(0x60 * EACH));
            let token = (bytes ^ SPACES).wrapping_add(0x7F * EACH) & HIGH;
            let space = token ^ HIGH;
            doubled |= space & (space << 8 | space_before);
            tokens += i64::from((token & !(token << 8 | token_before)).count_ones());
            (space_before, token_before) = (space >> 56, token >> 56);
        };
        let (chunks, rest) = text.as_bytes().as_chunks();
        for chunk in chunks {
            look(u64::from_le_bytes(*chunk));
        }
        if !rest.is_empty() {
            // Filled up with letters, which begin a token too many behind a space.
            let mut chunk = [b'a'; 8];
            chunk[..rest.len()].copy_from_slice(rest);
            look(u64::from_le_bytes(chunk));
            tokens -= i64::from(rest.last() == Some(&b' '));
        }
        Shape {
            has_unusual: unusual & HIGH != 0,
            has_double_space: doubled != 0,
            tokens,
        }
    }
}

/// The bytes of a token without the signs around it.
pub(crate) fn core(token: &str) -> Range<usize> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric();
    // Most tokens are a word, or a word and a sign.
    match token.as_bytes() {
        [first, .., last] if is_plain(first) && is_plain(last) => return 0..token.len(),
        [first, .., last, sign] if is_plain(first) && is_plain(last) && sign.is_ascii() => {
            return 0..token.len() - 1;
        }
        _ => {}
    }
    let core = token.trim_matches(|c: char| !is_word_character(c));
    let start = core.as_ptr() as usize - token.as_ptr() as usize;
    start..start + core.len()
}

#[cfg(test)]
mod tests {
    use super::{is_boundary, stands_alone, tokens};

    #[test]
    fn words_end_where_no_letter_digit_or_mark_goes_on() {
        let text = "ab1 e\u{301}-x";
        let boundaries: Vec<usize> = text
            .char_indices()
            .map(|(position, _)| position)
            .filter(|position| is_boundary(text, *position))
            .collect();
        assert_eq!(boundaries, [0, 3, 4, 7, 8]);
    }

    #[test]
    fn a_term_is_whole_words() {
        let cases = [
            ("acme", "acme", false, true),
            ("acme's app", "acme", false, true),
            ("acmes app", "acme", false, false),
            ("acmes app", "acme", true, true),
            ("acmes' app", "acme", true, true),
            ("acmesx", "acme", true, false),
            ("can't", "can", false, false),
            ("don't", "t", false, false),
            ("(acme)", "acme", false, true),
            ("acme'", "acme", false, true),
            ("'acme'", "acme", false, true),
            ("x-acme-y", "acme", false, true),
            ("soc 2s", "soc 2", true, false),
        ];
        for (text, term, plurals, expected) in cases {
            let start = text.find(term).expect("the term");
            let found = stands_alone(text, start..start + term.len(), plurals);
            assert_eq!(found, expected, "{term} in {text}, plurals: {plurals}");
        }
    }

    #[test]
    fn scripts_without_spaces_have_boundaries_everywhere() {
        let cases = [
            ("料金表です", "料金", true),
            ("acmeを使う", "acme", true),
            ("ราคาแพงมาก", "แพง", true),
            ("acme社", "acme", true),
            ("か\u{3099}", "か", false),
            ("pacmeを", "acme", false),
            ("아크메는", "아크메", false),
        ];
        for (text, term, expected) in cases {
            let start = text.find(term).expect("the term");
            let found = stands_alone(text, start..start + term.len(), false);
            assert_eq!(found, expected, "{term} in {text}");
        }
    }

    #[test]
    fn tokens_keep_their_bytes() {
        let text = " é  b\u{a0}c ";
        let found: Vec<&str> = tokens(text).map(|bytes| &text[bytes]).collect();
        assert_eq!(found, ["é", "b", "c"]);
        for text in [text, "", " ", "a", " a\u{b}b\u{1c}c ", "a\u{a0}b \u{2003}c"] {
            let tokens = text.split_whitespace().count() as i64;
            assert_eq!(super::count_tokens(text), tokens, "{text:?}");
        }
    }
}
