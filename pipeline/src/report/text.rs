//! Words on a page: cleaned once, when they enter a document, so that no format has to trust what people typed.

use serde::{Deserialize, Serialize};

/// Text that is safe to put before people: one line, without control characters and without characters that reorder
/// what is read. Escaping for a format (HTML, Markdown) is the format's own affair.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Text(String);

impl Text {
    /// Cleans `raw`.
    pub fn new(raw: &str) -> Self {
        let mut clean = String::with_capacity(raw.len());
        for character in raw.chars() {
            if character.is_whitespace() || matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}')
            {
                clean.push(' ');
            } else if !character.is_control() && !is_invisible(character) {
                clean.push(character);
            }
        }
        Self(clean)
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing but spaces is left.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl From<&String> for Text {
    fn from(raw: &String) -> Self {
        Self::new(raw)
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Direction marks, embeddings, overrides and isolates turn text around; zero-width characters, tags and the byte order
/// mark hide it. The zero-width joiner stays, because emoji and several scripts need it.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A file name's stem made from an id: lower-case letters, digits and hyphens only. An id that had to be changed, or cut,
/// gets a digest of itself appended, so that two ids never meet in one file.
pub fn file_stem(prefix: &str, id: &str) -> String {
    let mut slug = String::new();
    for character in id.chars() {
        let next = if character.is_ascii_alphanumeric() {
            character.to_ascii_lowercase()
        } else {
            '-'
        };
        if next != '-' || !slug.ends_with('-') {
            slug.push(next);
        }
    }
    let slug = slug.trim_matches('-');
    let cut: String = slug.chars().take(60).collect();
    if cut == id || id.replace('_', "-") == cut {
        return format!("{prefix}-{cut}");
    }
    let digest = blake3::hash(id.as_bytes()).to_hex();
    let digest = digest.get(..8).unwrap_or_default();
    if cut.is_empty() {
        format!("{prefix}-{digest}")
    } else {
        format!("{prefix}-{cut}-{digest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_do_not_reach_a_page() {
        for (raw, clean) in [
            ("plain", "plain"),
            ("two\nlines\tand tabs", "two lines and tabs"),
            (
                "bell\u{7}, escape\u{1b}[31m, nul\u{0}",
                "bell, escape[31m, nul",
            ),
            ("abc\u{202e}cba\u{202c}", "abccba"),
            ("\u{2066}isolated\u{2069}\u{200f}", "isolated"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("line\u{2028}separator\u{85}", "line separator "),
            ("👩\u{200d}💻 stays", "👩\u{200d}💻 stays"),
        ] {
            assert_eq!(Text::new(raw).as_str(), clean, "{raw:?}");
        }
    }

    #[test]
    fn an_id_never_becomes_a_path() {
        for (id, stem) in [
            ("acme", "x-acme"),
            ("zeta_cloud", "x-zeta-cloud"),
            ("7782342274025937895", "x-7782342274025937895"),
        ] {
            assert_eq!(file_stem("x", id), stem);
        }
        for id in [
            "../../etc/passwd",
            "a/b",
            "..",
            "",
            "CON",
            "a\0b",
            "a:b",
            "Ünïcode",
            &"long".repeat(80),
        ] {
            let stem = file_stem("x", id);
            assert!(stem.starts_with("x-") && stem.len() < 80, "{stem}");
            assert!(
                stem.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{stem}"
            );
        }
        assert_ne!(file_stem("x", "a/b"), file_stem("x", "a.b"));
        assert_ne!(file_stem("x", "ACME"), file_stem("x", "acme"));
        assert_ne!(file_stem("x", "a_b"), file_stem("x", "a b"));
    }
}
