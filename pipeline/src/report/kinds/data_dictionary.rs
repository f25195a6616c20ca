//! The data dictionary: every table of the lake with its columns, and the definition of every metric.

use jiff::civil::Date;
use talktrack_analyzers::metrics::registry;
use talktrack_analyzers::table::{Partition, TableInfo};

use crate::report::document::{Block, Cell, Column, Document, Fact, Section, Table};
use crate::report::number::grouped;
use crate::rollup;

/// Name of the page.
pub const PAGE: &str = "tables";

/// Prefixes of tables, with the section that they stand in and what it says; the last takes all others.
const GROUPS: [(&str, &str, &str, &str); 4] = [
    (
        "metrics/",
        "metrics",
        "Metrics",
        "Numbers of one call, or of one voice on it.",
    ),
    (
        "evidence/",
        "evidence",
        "Evidence",
        "The sentences that made the numbers, one row each.",
    ),
    (
        "rollups/",
        "rollups",
        "Rollups",
        "Numbers over many calls, as of the newest whole day of the lake.",
    ),
    (
        "",
        "stored",
        "Stored tables",
        "What came from Gong, and what is known of how it came.",
    ),
];

/// The page.
pub fn page(as_of: Option<Date>) -> Document {
    let mut tables: Vec<TableInfo> = talktrack_analyzers::tables()
        .into_iter()
        .chain(rollup::tables::all())
        .collect();
    tables.sort_by_key(|table| table.name);
    let mut page = Document::new("tables", PAGE.to_owned(), "Data dictionary", as_of);
    page.subtitle =
        "Every table of the lake with its columns, made from the declarations that the program writes them by.".into();
    page.facts = vec![Fact::new("Tables", grouped(tables.len() as i64))];
    page.sections.push(definitions());
    for (at, (_, id, title, intro)) in GROUPS.iter().enumerate() {
        let of_group = tables.iter().filter(|table| group(table.name) == at);
        let blocks = of_group.flat_map(described).collect();
        page.sections.push(Section::new(id, *title, *intro, blocks));
    }
    page.footer = vec![
        Fact::new(
            "Where a table lies",
            "Tables by day at <table>/day=YYYY-MM-DD/part.parquet, by the UTC day on which the call started; by month at <table>/month=YYYY-MM/part.parquet; the others at <table>/part.parquet.",
        ),
        Fact::new(
            "Units",
            "Ids are text. Offsets in a call are milliseconds from its start, byte offsets count bytes of UTF-8.",
        ),
        Fact::new("Changes", "Columns are appended, never renamed."),
    ];
    page
}

fn group(table: &str) -> usize {
    let place = GROUPS
        .iter()
        .position(|(prefix, ..)| table.starts_with(prefix));
    place.unwrap_or(GROUPS.len() - 1)
}

/// What every analyzer measures, in the words of its own definition.
fn definitions() -> Section {
    let blocks = registry().iter().map(|analyzer| {
        let title = format!("{}, version {}", analyzer.name(), analyzer.version());
        Block::note(title, plain(analyzer.doc()))
    });
    Section::new(
        "definitions",
        "Definitions",
        "How each metric is counted, and where that comes from.",
        blocks.collect(),
    )
}

fn described(table: &TableInfo) -> [Block; 2] {
    let partition = match table.partition {
        Partition::Day => "a file a day",
        Partition::Month => "a file a month",
        Partition::Whole => "one file",
    };
    let words = format!(
        "{} Key: {}; {partition}.",
        plain(table.doc),
        table.key.join(", ")
    );
    let row = |column: &talktrack_analyzers::table::ColumnInfo| {
        let nullable = if column.nullable { "may be null" } else { "" };
        vec![
            Cell::text(column.name),
            Cell::text(talktrack_analyzers::data_dictionary::type_name(
                &column.data_type,
            ))
            .with_note(nullable),
            Cell::text(plain(column.doc)),
        ]
    };
    [
        Block::paragraph(words),
        Block::Table(Table {
            caption: table.name.into(),
            columns: vec![
                Column::words("Column"),
                Column::words("Type"),
                Column::words("Meaning"),
            ],
            rows: table.columns.iter().map(row).collect(),
            ..Table::default()
        }),
    ]
}

/// Documentation without the marks of its markup.
fn plain(doc: &str) -> String {
    let words: Vec<&str> = doc.split_whitespace().collect();
    let text = words.join(" ").replace('`', "");
    // A star opens an item of a list, or stands around a term that is defined.
    text.replace(" * ", " • ").replace('*', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_column_is_told() {
        let page = page(None);
        let mut tables = 0;
        for section in &page.sections {
            for block in &section.blocks {
                if let Block::Table(table) = block {
                    tables += 1;
                    assert!(!table.rows.is_empty(), "{}", table.caption);
                    for row in &table.rows {
                        let meaning = &row[2].value.text;
                        assert!(
                            !meaning.is_blank(),
                            "{} {}",
                            table.caption,
                            row[0].value.text
                        );
                    }
                }
            }
        }
        let known = talktrack_analyzers::tables().len() + rollup::tables::all().len();
        assert_eq!(tables, known);
    }

    #[test]
    fn marks_of_markup_go() {
        assert_eq!(plain("A *turn* is\n* one `x`"), "A turn is • one x");
    }
}
