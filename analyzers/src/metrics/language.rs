//! Which calls are in a language that the dictionaries speak.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::language::primary;
use crate::quality::language_flag;
use crate::table;
use crate::table::{Row, TableInfo};

table! {
    /// Which dictionaries say something about one call with a transcript.
    pub struct LanguageRow("metrics/language", key: [call_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Language of the call, in its shortest ISO 639 code; null where it is not known.
        language: Option<String>,
        /// Names of the dictionaries in another language, comma-separated and sorted; empty where all cover the call.
        not_covered_by: String,
        /// `language_not_covered` where there are any; else empty.
        quality_flags: String,
    }
}

/// The language analyzer.
#[derive(Debug)]
pub struct Language;

impl Analyzer for Language {
    fn name(&self) -> &'static str {
        "language"
    }

    fn version(&self) -> u32 {
        1
    }

    fn doc(&self) -> &'static str {
        "\
A dictionary covers a call when both are in the same language: the first part of the language tag counts (`en-US` is English),
and Gong's three letters stand for the two that dictionaries use (`eng` is `en`). Where a call's language is not known, or a
dictionary names none, it is taken to be covered.

On a call that a dictionary does not cover it finds nothing: its mentions have no rows there, and counts that rest on it are
null, never zero. Join this table to tell `nothing was said` from `nobody listened`: rates over calls leave out those whose
`not_covered_by` names the dictionary. Metrics of time do not depend on language. The rule is ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![LanguageRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Languages
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let rows: Vec<LanguageRow> = calls
            .iter()
            .filter(|reading| !reading.call.sentences.is_empty())
            .map(|reading| {
                let names = analysis
                    .dictionaries
                    .all()
                    .iter()
                    .map(|known| known.name.as_str());
                let others: Vec<&str> = names
                    .filter(|name| !analysis.dictionaries.covers(name, reading.call))
                    .collect();
                LanguageRow {
                    call_id: reading.call.call_id.to_owned(),
                    language: reading.call.language.and_then(primary),
                    quality_flags: language_flag(others.is_empty()),
                    not_covered_by: others.join(","),
                }
            })
            .collect();
        vec![LanguageRow::to_batch(&rows)]
    }
}
