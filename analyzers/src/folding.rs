//! Folding: the form of a text in which the same words look the same, with the way back to the original bytes.
//!
//! Letters are compatibility-decomposed and lower-cased, curly quotes become straight ones, dashes become hyphens and a
//! run of whitespace becomes one space. A text that is plain ASCII already is only lower-cased, so its offsets are its own.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::text::Shape;

/// Where the original character that a folded byte comes from starts and ends.
type Origin = (u32, u32);

/// A folded text.
#[derive(Debug, Clone, Copy)]
pub struct FoldedText<'t> {
    text: &'t str,
    /// For each folded byte; empty where the folded text has the offsets of the original.
    origin: &'t [Origin],
}

impl<'t> FoldedText<'t> {
    /// The text.
    pub fn text(self) -> &'t str {
        self.text
    }

    /// The bytes of the original that `folded` (bytes of the folded text) comes from.
    pub fn original(self, folded: Range<usize>) -> Range<usize> {
        if folded.is_empty() || self.origin.is_empty() {
            return folded;
        }
        let start = self.origin.get(folded.start).map_or(0, |span| span.0);
        let end = self.origin.get(folded.end - 1).map_or(start, |span| span.1);
        start as usize..end as usize
    }
}

/// A folded text that is folded again and again for one original after the other, so that it allocates rarely.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    origin: Vec<Origin>,
}

impl Folded {
    /// Folds `original` into this buffer.
    pub fn fold(&mut self, original: &str) {
        self.text.clear();
        self.origin.clear();
        fold_onto(original, &mut self.text, &mut self.origin);
    }

    /// What was folded last.
    pub fn view(&self) -> FoldedText<'_> {
        FoldedText {
            text: &self.text,
            origin: &self.origin,
        }
    }

    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Folded texts one after the other, such as all sentences of some calls: folded once for everybody who looks at them.
#[derive(Debug)]
pub struct FoldedTexts {
    text: String,
    /// Where each text starts, and where the last one ends.
    offsets: Vec<i64>,
    /// Of the texts whose offsets are not those of the original: position, and where their origins start, in order.
    moved: Vec<(usize, usize)>,
    origins: Vec<Origin>,
    /// Positions of the texts that hold more than ASCII characters.
    beyond_ascii: Vec<usize>,
}

impl Default for FoldedTexts {
    fn default() -> Self {
        FoldedTexts::with_capacity(0)
    }
}

impl FoldedTexts {
    /// No text, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> FoldedTexts {
        FoldedTexts {
            text: String::with_capacity(bytes),
            offsets: vec![0],
            moved: Vec::new(),
            origins: Vec::new(),
            beyond_ascii: Vec::new(),
        }
    }

    /// One text.
    pub fn of_one(text: &str) -> FoldedTexts {
        let mut texts = FoldedTexts::with_capacity(text.len());
        texts.push(text);
        texts
    }

    /// Folds a text behind the others.
    pub fn push(&mut self, original: &str) {
        let (from, origins) = (self.text.len(), self.origins.len());
        fold_onto(original, &mut self.text, &mut self.origins);
        if self.origins.len() > origins {
            self.moved.push((self.len(), origins));
            if !self.text.as_bytes()[from..].is_ascii() {
                self.beyond_ascii.push(self.len());
            }
        }
        self.offsets.push(self.text.len() as i64);
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text at `position`, without the way back to the original.
    pub fn text(&self, position: usize) -> &str {
        &self.text[self.offsets[position] as usize..self.offsets[position + 1] as usize]
    }

    /// The text at `position`.
    pub fn get(&self, position: usize) -> FoldedText<'_> {
        let text = self.text(position);
        let origin = match self
            .moved
            .binary_search_by_key(&position, |(moved, _)| *moved)
        {
            Ok(found) => &self.origins[self.moved[found].1..][..text.len()],
            Err(_) => &[],
        };
        FoldedText { text, origin }
    }

    /// All texts, one directly behind the other.
    pub(crate) fn joined(&self) -> &str {
        &self.text
    }

    /// Where each text starts in all of them, and where the last one ends.
    pub(crate) fn offsets(&self) -> &[i64] {
        &self.offsets
    }

    /// Positions of the texts that hold more than ASCII characters, in order.
    pub(crate) fn beyond_ascii(&self) -> &[usize] {
        &self.beyond_ascii
    }
}

/// `text` folded, for terms: trimmed as well.
pub fn folded(text: &str) -> String {
    let mut buffer = Folded::default();
    buffer.fold(text.trim());
    buffer.text
}

/// Puts `original`, folded, behind `text`. Where offsets change, the origins of its bytes are put behind `origins`, else none.
fn fold_onto(original: &str, text: &mut String, origins: &mut Vec<Origin>) {
    if keeps_offsets(original) {
        let from = text.len();
        text.push_str(original);
        text[from..].make_ascii_lowercase();
        return;
    }
    let mut fold = Fold { text, origins };
    let mut in_space = false;
    for (start, character) in original.char_indices() {
        let span = (start as u32, (start + character.len_utf8()) as u32);
        if character.is_whitespace() {
            if !in_space {
                fold.push(' ', span);
            }
            in_space = true;
            continue;
        }
        in_space = false;
        // Nothing to decompose: what most of a text is, even of one with a curly quote in it.
        if character.is_ascii() {
            fold.push(character.to_ascii_lowercase(), span);
            continue;
        }
        for part in std::iter::once(character).nfkd() {
            fold.push_lower(part, span);
        }
    }
}

struct Fold<'b> {
    text: &'b mut String,
    origins: &'b mut Vec<Origin>,
}

impl Fold<'_> {
    fn push_lower(&mut self, character: char, span: Origin) {
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

    fn push(&mut self, character: char, span: Origin) {
        self.text.push(character);
        for _ in 0..character.len_utf8() {
            self.origins.push(span);
        }
    }
}

fn keeps_offsets(text: &str) -> bool {
    let shape = Shape::of(text);
    !shape.has_unusual && !shape.has_double_space
}

#[cfg(test)]
mod tests {
    use super::{Folded, FoldedTexts, folded};

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
                &text[buffer.view().original(start..start + term.len())],
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn texts_folded_together_are_those_folded_alone() {
        let texts = [
            "",
            "We use ACME",
            "die  Straße",
            "a\u{a0}b",
            " x ",
            "CAFÉ 24",
            "plain",
        ];
        let mut together = FoldedTexts::default();
        for text in texts {
            together.push(text);
        }
        let mut alone = Folded::default();
        assert_eq!(together.len(), texts.len());
        for (position, text) in texts.into_iter().enumerate() {
            alone.fold(text);
            let (one, other) = (together.get(position), alone.view());
            assert_eq!(one.text(), other.text(), "{text}");
            let places = one.text().char_indices();
            for (at, character) in places {
                let bytes = at..at + character.len_utf8();
                assert_eq!(one.original(bytes.clone()), other.original(bytes), "{text}");
            }
        }
        assert_eq!(together.beyond_ascii(), [5]);
    }
}
