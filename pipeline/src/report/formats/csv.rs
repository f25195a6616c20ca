//! Tables as comma-separated values (RFC 4180), safe to open in a spreadsheet.
//!
//! Words are always quoted; words that a spreadsheet could take for a formula begin with an apostrophe. Numbers are never
//! quoted and never changed, so that -5 stays a number.

use std::fmt::Write;

use super::tables::{FlatTable, Values};

/// The table, with a line of headings.
pub fn render(table: &FlatTable) -> String {
    let mut text = String::new();
    line(
        &mut text,
        table.columns.iter().map(|column| quoted(&column.name)),
    );
    for row in 0..table.rows() {
        line(
            &mut text,
            table.columns.iter().map(|column| cell(&column.values, row)),
        );
    }
    text
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    let _ = write!(text, "{}\r\n", cells.join(","));
}

fn cell(values: &Values, row: usize) -> String {
    match values {
        Values::Words(words) => words.get(row).map_or_else(String::new, |word| quoted(word)),
        Values::Numbers(numbers) => shown(numbers.get(row).copied().flatten()),
        Values::Counts(counts) => shown(counts.get(row).copied().flatten()),
    }
}

/// A number; nothing where it is not known.
fn shown(number: Option<impl ToString>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn quoted(words: &str) -> String {
    let apostrophe = if is_formula(words) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", words.replace('"', "\"\""))
}

/// Whether a spreadsheet could take `words` for a formula: the signs that begin one, their full-width forms, tabs and
/// carriage returns, with or without spaces before them.
fn is_formula(words: &str) -> bool {
    let first = |text: &str| text.chars().next();
    let sign =
        |character: char| matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    matches!(first(words), Some('\t' | '\r' | '\n')) || first(words.trim_start()).is_some_and(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::formats::tables::FlatColumn;

    #[test]
    fn words_never_become_a_formula() {
        for words in [
            "=HYPERLINK(\"https://evil.example\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1+1",
            "＝1",
        ] {
            assert!(quoted(words).starts_with("\"'"), "{words:?}");
        }
        for words in ["plain", "a=b", "1-2", "", "'=1", "é"] {
            assert_eq!(quoted(words), format!("\"{words}\""));
        }
    }

    #[test]
    fn numbers_stay_numbers_and_words_stay_in_their_cell() {
        let column = |name: &str, values| FlatColumn {
            name: name.to_owned(),
            values,
        };
        let table = FlatTable {
            name: "t".to_owned(),
            columns: vec![
                column(
                    "=who",
                    Values::Words(vec!["a \"b\", c".into(), "two\nlines".into()]),
                ),
                column("change", Values::Numbers(vec![Some(-5.25), None])),
                column("n", Values::Counts(vec![Some(-3), None])),
            ],
        };
        assert_eq!(
            render(&table),
            "\"'=who\",\"change\",\"n\"\r\n\"a \"\"b\"\", c\",-5.25,-3\r\n\"two\nlines\",,\r\n"
        );
    }
}
