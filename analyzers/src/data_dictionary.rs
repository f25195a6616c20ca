//! The data dictionary (TABLES.md), made from the declarations.

use std::fmt::Write as _;

use arrow::datatypes::{DataType, TimeUnit};

use crate::analyzer::Analyzer;
use crate::metrics::registry;
use crate::parameters::Parameters;
use crate::table::{Partition, TableInfo};
use crate::tables;

const HEAD: &str = "\
# Tables

Generated from the declarations in `src/`; edit those, and a test says how to write this file again.

Every table is Parquet. *Day* tables lie at `<table>/day=YYYY-MM-DD/part.parquet`, by the UTC day on which the call started
(the day is not repeated in the file), the others at `<table>/part.parquet`. Ids are text. Offsets in a call are milliseconds
from its start. Rows are ordered by call (length, then bytes of its id), then by key. Columns are appended, never renamed.
";

/// The whole document, as Markdown.
pub fn render() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n## Metrics\n");
    for analyzer in registry() {
        render_analyzer(&mut page, *analyzer);
    }
    page.push_str("\n## Stored tables\n");
    for info in tables::all() {
        render_table(&mut page, &info);
    }
    page
}

fn render_analyzer(page: &mut String, analyzer: &dyn Analyzer) {
    line(
        page,
        format_args!(
            "\n### {} (version {})\n",
            analyzer.name(),
            analyzer.version()
        ),
    );
    page.push_str(analyzer.doc());
    let used: Vec<String> = Parameters::default()
        .named()
        .into_iter()
        .filter(|(name, _)| {
            let tables = analyzer.tables();
            tables
                .iter()
                .any(|info| analyzer.parameters(info.name).contains(name))
        })
        .map(|(name, value)| format!("`{name}` {value}"))
        .collect();
    if !used.is_empty() {
        line(
            page,
            format_args!("\nParameters and their defaults: {}.", used.join(", ")),
        );
    }
    for info in analyzer.tables() {
        render_table(page, &info);
    }
}

fn render_table(page: &mut String, info: &TableInfo) {
    line(
        page,
        format_args!("\n### `{}`\n\n{}\n", info.name, one_line(info.doc)),
    );
    let partition = match info.partition {
        Partition::Day => "day",
        Partition::Month => "month",
        Partition::Whole => "none",
    };
    line(
        page,
        format_args!(
            "Key: `{}`. Partition: {partition}.\n",
            info.key.join("`, `")
        ),
    );
    page.push_str("| column | type | meaning |\n|---|---|---|\n");
    for column in &info.columns {
        let optional = if column.nullable { ", null" } else { "" };
        let (kind, doc) = (type_name(&column.data_type), one_line(column.doc));
        line(
            page,
            format_args!("| `{}` | {kind}{optional} | {doc} |", column.name),
        );
    }
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = writeln!(page, "{text}");
}

fn one_line(doc: &str) -> String {
    let words: Vec<&str> = doc.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// The type of a column as the data dictionary writes it.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "utf8".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => format!("timestamp us {zone}"),
        DataType::Map(..) => "map utf8 to utf8".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal128({precision},{scale})"),
        other => other.to_string().to_lowercase(),
    }
}
