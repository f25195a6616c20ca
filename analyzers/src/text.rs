//! Folding: the form of a text in which the same words look the same, with the way back to the original bytes.
//!
//! Letters are compatibility-decomposed and lower-cased, curly quotes become straight ones, dashes become hyphens and a
//! run of whitespace becomes one space. A word that is plain ASCII already is only lower-cased, so its offsets are its own.
//!
//! A term counts where it is whole words. Scripts that put no spaces between words (Chinese characters, kana, Thai, Lao, Khmer,
//! Burmese) show no word boundaries, so beside a character of theirs there is always one and a term counts wherever it stands:
//! `料金` counts in `料金表`, and `Acme` in `Acmeを使う`. Only the marks that complete a character are never cut off. Gaps and
//! slots of terms count words between spaces; in these scripts they find only what is written with spaces.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A folded text. Made once and reused for many texts, so that it allocates rarely.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    /// For each folded byte, where the original character that it comes from starts and ends; empty where the folded
    /// text has the offsets of the original.
    origin: Vec<(u32, u32)>,
}

impl Folded {
    /// Folds `original` into this buffer.
    pub fn fold(&mut self, original: &str) {
        self.text.clear();
        self.origin.clear();
        if keeps_offsets(original) {
            self.text.push_str(original);
            self.text.make_ascii_lowercase();
            return;
        }
        let mut in_space = false;
        for (start, character) in original.char_indices() {
            let span = (start as u32, (start + character.len_utf8()) as u32);
            if character.is_whitespace() {
                if !in_space {
                    self.push(' ', span);
                }
                in_space = true;
                continue;
            }
            in_space = false;
            // Nothing to decompose: what most of a text is, even of one with a curly quote in it.
            if character.is_ascii() {
                self.push(character.to_ascii_lowercase(), span);
                continue;
            }
            for part in std::iter::once(character).nfkd() {
                self.push_lower(part, span);
            }
        }
    }

    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that `folded` (bytes of the folded text) comes from.
    pub fn original(&self, folded: Range<usize>) -> Range<usize> {
        if folded.is_empty() || self.origin.is_empty() {
            return folded;
        }
        let start = self.origin.get(folded.start).map_or(0, |span| span.0);
        let end = self.origin.get(folded.end - 1).map_or(start, |span| span.1);
        start as usize..end as usize
    }

    fn push_lower(&mut self, character: char, span: (u32, u32)) {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{02BC}' => self.push('\'', span),
            '\u{201C}' | '\u{201D}' => self.push('"', span),
            '\u{2010}'..='\u{2014}' => self.push('-', span),
            'ß' | 'ẞ' => {
                self.push('s', span);
                self.push('s', span);
            }
            'ς' => self.push('σ', span),
            _ => {
                for lower in character.to_lowercase() {
                    self.push(lower, span);
                }
            }
        }
    }

    fn push(&mut self, character: char, span: (u32, u32)) {
        self.text.push(character);
        for _ in 0..character.len_utf8() {
            self.origin.push(span);
        }
    }
}

/// `text` folded, for terms: trimmed as well.
pub fn folded(text: &str) -> String {
    let mut buffer = Folded::default();
    buffer.fold(text.trim());
    buffer.text
}

fn keeps_offsets(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Looked at to the end and kept in a byte, so that many are looked at in one step.
    let others = bytes.iter().fold(0, |found, byte| {
        found | u8::from(!byte.is_ascii() || *byte < b' ')
    });
    let neighbours = bytes.iter().zip(bytes.iter().skip(1));
    let doubled = neighbours.fold(0, |found, (a, b)| {
        found | u8::from(*a == b' ' && *b == b' ')
    });
    others | doubled == 0
}

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

fn ends_plural(text: &str, end: usize) -> bool {
    let rest = &text[end..];
    text[..end].ends_with(char::is_alphabetic)
        && ["s", "es"]
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

/// Bytes in which fewer than 256 tokens can begin.
const TOKEN_CHUNK: usize = 128;

/// Number of whitespace-separated tokens of `text`.
pub(crate) fn count_tokens(text: &str) -> i64 {
    if !text.is_ascii() {
        return text.split_whitespace().count() as i64;
    }
    // The white space of `char::is_whitespace` among the ASCII characters.
    let is_space = |byte: u8| byte.wrapping_sub(b'\t') < 5 || byte == b' ';
    let bytes = text.as_bytes();
    let begins = bytes.first().is_some_and(|byte| !is_space(*byte));
    let (before, after) = (bytes, bytes.get(1..).unwrap_or_default());
    // Counted in a byte, chunk by chunk, so that many bytes are looked at in one step.
    let in_chunk = |(before, after): (&[u8], &[u8])| {
        let starts = before.iter().zip(after);
        let count = starts.fold(0_u8, |count, (a, b)| {
            count + u8::from(is_space(*a) & !is_space(*b))
        });
        i64::from(count)
    };
    let chunks = before.chunks(TOKEN_CHUNK).zip(after.chunks(TOKEN_CHUNK));
    i64::from(begins) + chunks.map(in_chunk).sum::<i64>()
}

/// The tokens of a part of a folded text, in which every white space is one kind of space.
pub(crate) fn folded_tokens(
    text: &str,
    part: Range<usize>,
) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = &text.as_bytes()[..part.end];
    let mut at = part.start;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let start = at + rest.iter().position(|byte| *byte != b' ')?;
        let rest = &bytes[start..];
        let length = rest.iter().position(|byte| *byte == b' ');
        at = length.map_or(bytes.len(), |length| start + length);
        Some(start..at)
    })
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
    use super::{Folded, folded, is_boundary, stands_alone, tokens};

    #[test]
    fn what_looks_alike_folds_alike() {
        let cases = [
            ("Plain Text", "plain text"),
            ("  two \n lines\t", "two lines"),
            ("“Don’t” – he said", "\"don't\" - he said"),
            ("CAFÉ", "cafe\u{301}"),
            ("Cafe\u{301}", "cafe\u{301}"),
            ("STRASSE Straße", "strasse strasse"),
            ("ΣΊΣΥΦΟΣ Σίσυφος", "σι\u{301}συφοσ σι\u{301}συφοσ"),
            ("Ａｃｍｅ ﬁne", "acme fine"),
            ("İ", "i\u{307}"),
        ];
        for (text, expected) in cases {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn offsets_lead_back_to_the_original() {
        let cases = [
            ("we use Acme", "acme", "Acme"),
            ("wir  nutzen  CAFÉ 24", "cafe\u{301} 24", "CAFÉ 24"),
            ("die ﬁrma", "firma", "ﬁrma"),
            ("a\u{a0}\u{a0}b", "a b", "a\u{a0}\u{a0}b"),
            ("die Straße!", "strasse", "Straße"),
        ];
        let mut buffer = Folded::default();
        for (text, term, expected) in cases {
            buffer.fold(text);
            let start = buffer.text().find(term).expect("the term");
            assert_eq!(
                &text[buffer.original(start..start + term.len())],
                expected,
                "{text}"
            );
        }
    }

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
