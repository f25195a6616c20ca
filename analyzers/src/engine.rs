//! All analyzers over all calls of a partition: side by side on rayon's threads, in the same order at any number of them.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema};
use rayon::prelude::*;
use std::sync::Arc;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::Call;
use crate::dictionaries::Dictionaries;
use crate::folding::FoldedTexts;
use crate::input::{Draft, INPUT_COLUMNS, Inputs};
use crate::metrics::registry;
use crate::page::Page;
use crate::table::{SchemaError, TableInfo};

/// Calls that one task takes at a time: enough to keep the cost of a task small, few enough to share the work evenly.
const CALLS_A_CHUNK: usize = 16;

/// Computes the tables named in `only` (all where it is empty) for the calls of `inputs`, in the caller's rayon pool.
/// Rows are sorted by call id (length, then bytes) and then key; the number of threads never shows in them.
///
/// # Errors
///
/// An input batch lacks a column, or has one of another type.
pub fn analyze(
    inputs: &Inputs,
    analysis: &Analysis<'_>,
    only: &[&str],
) -> Result<Vec<(TableInfo, RecordBatch)>, SchemaError> {
    let drafts = inputs.drafts()?;
    let chosen = chosen(only);
    let chunks: Vec<Vec<RecordBatch>> = drafts
        .par_chunks(CALLS_A_CHUNK)
        .map(|chunk| {
            let calls: Vec<Call<'_>> = chunk.iter().map(Draft::finish).collect();
            analyze_chunk(&calls, analysis, &chosen)
        })
        .collect();
    let infos = chosen.iter().flat_map(|analyzer| analyzer.tables());
    Ok(infos
        .enumerate()
        .filter(|(_, info)| is_wanted(info.name, only))
        .map(|(position, info)| {
            let parts = chunks.iter().filter_map(|chunk| chunk.get(position));
            let batch = joined(&info, parts);
            (info, batch)
        })
        .collect())
}

/// Columns of the stored tables that must be in [`Inputs`] to compute the tables named in `only`.
pub fn input_columns(_only: &[&str]) -> [(&'static str, &'static [&'static str]); 3] {
    INPUT_COLUMNS
}

/// Every stored table: those that ingest writes and those of the analyzers, alphabetically.
pub fn tables() -> Vec<TableInfo> {
    let mut all = crate::tables::all();
    all.extend(registry().iter().flat_map(|analyzer| analyzer.tables()));
    all.sort_by_key(|info| info.name);
    all
}

/// What the rows of a table depend on besides the calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The analyzer's name and version, `talk@1`.
    pub metric: String,
    /// The thresholds it reads, alphabetically.
    pub parameters: Vec<(&'static str, i64)>,
    /// The dictionaries it uses, with the hash of what each says, alphabetically.
    pub dictionaries: Vec<(String, String)>,
}

impl Definition {
    /// One hash of all of it.
    pub fn hash(&self) -> String {
        let mut lines = vec![self.metric.clone()];
        lines.extend(
            self.parameters
                .iter()
                .map(|(name, value)| format!("{name} = {value}")),
        );
        lines.extend(
            self.dictionaries
                .iter()
                .map(|(name, digest)| format!("{name}: {digest}")),
        );
        blake3::hash(lines.join("\n").as_bytes())
            .to_hex()
            .to_string()
    }
}

/// What the rows of `table` depend on besides the calls; none for a table that no analyzer makes.
pub fn definition_of(analysis: &Analysis<'_>, table: &str) -> Option<Definition> {
    let makes = |analyzer: &&&dyn Analyzer| analyzer.tables().iter().any(|info| info.name == table);
    let analyzer = registry().iter().find(makes)?;
    let read = analyzer.parameters(table);
    let mut parameters = Vec::from(analysis.parameters.named());
    parameters.retain(|(name, _)| read.contains(name));
    let used = used_dictionaries(analysis.dictionaries, analyzer.dictionaries());
    Some(Definition {
        metric: format!("{}@{}", analyzer.name(), analyzer.version()),
        parameters,
        dictionaries: used
            .into_iter()
            .map(|(name, digest)| (name.to_owned(), digest.to_owned()))
            .collect(),
    })
}

/// Hash of everything but the calls that the rows of `table` depend on: the analyzer's name and version, the thresholds
/// it reads and the dictionaries it uses. Empty for a table that no analyzer makes.
pub fn definition(analysis: &Analysis<'_>, table: &str) -> String {
    definition_of(analysis, table)
        .map(|definition| definition.hash())
        .unwrap_or_default()
}

/// Name and hash of each dictionary that is used; of one whose language alone matters, name and language.
fn used_dictionaries(dictionaries: &Dictionaries, used: DictionaryUse) -> Vec<(&str, &str)> {
    let with_digests = |is_wanted: &dyn Fn(&str) -> bool| {
        let all = dictionaries.digests();
        all.filter(|(name, _)| is_wanted(name)).collect()
    };
    match used {
        DictionaryUse::None => Vec::new(),
        DictionaryUse::Named(names) => with_digests(&|name| names.contains(&name)),
        DictionaryUse::Mentions => with_digests(&|name| dictionaries.shapes_mentions(name)),
        DictionaryUse::MentionsOf(names) => {
            with_digests(&|name| names.contains(&name) || dictionaries.shapes_any(name, names))
        }
        DictionaryUse::Languages => {
            let all = dictionaries.all().iter();
            all.map(|known| (known.name.as_str(), known.language.as_str()))
                .collect()
        }
    }
}

fn chosen(only: &[&str]) -> Vec<&'static dyn Analyzer> {
    registry()
        .iter()
        .copied()
        .filter(|analyzer| {
            let tables = analyzer.tables();
            tables.iter().any(|info| is_wanted(info.name, only))
        })
        .collect()
}

fn is_wanted(table: &str, only: &[&str]) -> bool {
    only.is_empty() || only.contains(&table)
}

fn analyze_chunk(
    calls: &[Call<'_>],
    analysis: &Analysis<'_>,
    chosen: &[&'static dyn Analyzer],
) -> Vec<RecordBatch> {
    let with_mentions = chosen.iter().any(|analyzer| {
        matches!(
            analyzer.dictionaries(),
            DictionaryUse::Mentions | DictionaryUse::MentionsOf(_)
        )
    });
    let search = |texts: &FoldedTexts| analysis.dictionaries.places(texts);
    let page = Page::of(calls, analysis.dictionaries.words(), &search);
    let readings: Vec<Reading<'_>> = calls
        .iter()
        .enumerate()
        .map(|(position, call)| {
            let text = page.call(position);
            Reading {
                mentions: if with_mentions {
                    analysis.dictionaries.mentions_at(call, &text)
                } else {
                    Vec::new()
                },
                text,
                call,
            }
        })
        .collect();
    chosen
        .iter()
        .flat_map(|analyzer| analyzer.rows(&readings, analysis))
        .collect()
}

fn joined<'a>(info: &TableInfo, parts: impl Iterator<Item = &'a RecordBatch>) -> RecordBatch {
    let fields: Vec<Field> = info
        .columns
        .iter()
        .map(|column| Field::new(column.name, column.data_type.clone(), column.nullable))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    // All parts come from the same declaration as the schema, so joining them cannot fail.
    concat_batches(&schema, parts).unwrap_or_else(|_| RecordBatch::new_empty(schema.clone()))
}
