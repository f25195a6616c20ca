//! A document as typed tables, from which the formats for spreadsheets and notebooks are made.
//!
//! | content | its table |
//! |---|---|
//! | a table | a column of words and its small print, or a column of numbers with unit and n, for each column |
//! | headline numbers | `label`, `value`, `unit`, `n`, `note` |
//! | bars | `category` and a column of counts for each series |
//! | strips | `number`, `who`, `value`, `own`: one row a point |
//! | a heat map | the head, a column of numbers for each grid column, then the columns beside it |
//! | quotes | one row a sentence |
//! | facts and foot of the page | `part`, `label`, `text` |
//!
//! A number that is not known is null, never a dash.

use std::collections::BTreeSet;

use crate::report::document::{
    Bars, Block, Cell, Column as Heading, Document, Fact, Figures, Heatmap, QuoteList, Strips,
    Table,
};

/// A table of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct FlatTable {
    /// File name without its extension: page, section and, from the second table of a section on, its place.
    pub name: String,
    /// Its columns, all of one length; names are unique.
    pub columns: Vec<FlatColumn>,
}

/// A column of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct FlatColumn {
    /// Its heading.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Text.
    Words(Vec<String>),
    /// Unrounded numbers.
    Numbers(Vec<Option<f64>>),
    /// Whole numbers.
    Counts(Vec<Option<i64>>),
}

impl FlatTable {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.columns
            .first()
            .map_or(0, |column| match &column.values {
                Values::Words(words) => words.len(),
                Values::Numbers(numbers) => numbers.len(),
                Values::Counts(counts) => counts.len(),
            })
    }
}

/// The tables of a document, in its order; the facts come first.
pub fn tables(document: &Document) -> Vec<FlatTable> {
    let mut tables = vec![named(format!("{}--facts", document.name), facts(document))];
    for section in &document.sections {
        let found = section.blocks.iter().filter_map(columns);
        for (place, columns) in found.enumerate() {
            let place = match place {
                0 => String::new(),
                place => format!("-{}", place + 1),
            };
            // Ids of sections have no double hyphen, so two pages never meet in one file.
            tables.push(named(
                format!("{}--{}{place}", document.name, section.id),
                columns,
            ));
        }
    }
    tables
}

fn named(name: String, mut columns: Vec<FlatColumn>) -> FlatTable {
    let mut taken = BTreeSet::new();
    for column in &mut columns {
        let plain = column.name.clone();
        let mut place = 2;
        while !taken.insert(column.name.clone()) {
            column.name = format!("{plain} {place}");
            place += 1;
        }
    }
    FlatTable { name, columns }
}

/// The columns of what is a table; none for prose.
fn columns(block: &Block) -> Option<Vec<FlatColumn>> {
    match block {
        Block::Figures(figures) => Some(of_figures(figures)),
        Block::Table(table) => Some(of_table(table)),
        Block::Bars(bars) => Some(of_bars(bars)),
        Block::Strips(strips) => Some(of_strips(strips)),
        Block::Heatmap(map) => Some(of_heatmap(map)),
        Block::Quotes(quotes) => Some(of_quotes(quotes)),
        Block::Text(_) | Block::Note(_) | Block::Code(_) => None,
    }
}

fn words(name: &str, values: impl Iterator<Item = impl ToString>) -> FlatColumn {
    FlatColumn {
        name: name.to_owned(),
        values: Values::Words(values.map(|value| value.to_string()).collect()),
    }
}

fn numbers(name: &str, values: impl Iterator<Item = Option<f64>>) -> FlatColumn {
    FlatColumn {
        name: name.to_owned(),
        values: Values::Numbers(values.collect()),
    }
}

fn counts(name: &str, values: impl Iterator<Item = Option<i64>>) -> FlatColumn {
    FlatColumn {
        name: name.to_owned(),
        values: Values::Counts(values.collect()),
    }
}

fn facts(document: &Document) -> Vec<FlatColumn> {
    let title = Fact::new("Page", document.title.clone());
    let as_of = document
        .as_of
        .map(|day| Fact::new("As of", day.to_string()));
    let head = std::iter::once(&title).chain(&as_of).chain(&document.facts);
    let all: Vec<(&str, &Fact)> = head
        .map(|fact| ("head", fact))
        .chain(document.footer.iter().map(|fact| ("foot", fact)))
        .collect();
    vec![
        words("part", all.iter().map(|(part, _)| part)),
        words("label", all.iter().map(|(_, fact)| &fact.label)),
        words("text", all.iter().map(|(_, fact)| &fact.text)),
    ]
}

fn of_figures(figures: &Figures) -> Vec<FlatColumn> {
    let items = || figures.items.iter();
    vec![
        words("label", items().map(|item| &item.label)),
        numbers("value", items().map(|item| item.value.number)),
        words("unit", items().map(|item| item.value.unit)),
        counts("n", items().map(|item| item.value.n)),
        words("note", items().map(|item| &item.note)),
    ]
}

fn of_table(table: &Table) -> Vec<FlatColumn> {
    let mut columns = Vec::new();
    for (at, heading) in table.columns.iter().enumerate() {
        let cells: Vec<Option<&Cell>> = table.rows.iter().map(|row| row.get(at)).collect();
        columns.extend(of_cells(heading, &cells));
    }
    columns
}

/// The columns that one column of cells becomes; a row that is too short has an empty cell.
fn of_cells(heading: &Heading, cells: &[Option<&Cell>]) -> Vec<FlatColumn> {
    let label = heading.label.as_str();
    let cells: Vec<Cell> = cells
        .iter()
        .map(|cell| cell.cloned().unwrap_or_default())
        .collect();
    let values = || cells.iter().map(|cell| &cell.value);
    if heading.numeric {
        return vec![
            numbers(label, values().map(|value| value.number)),
            words(&format!("{label} (unit)"), values().map(|value| value.unit)),
            counts(&format!("{label} (n)"), values().map(|value| value.n)),
        ];
    }
    vec![
        words(label, values().map(|value| &value.text)),
        words(
            &format!("{label} (note)"),
            cells.iter().map(|cell| &cell.note),
        ),
    ]
}

fn of_bars(bars: &Bars) -> Vec<FlatColumn> {
    let categories = std::iter::once(words("category", bars.categories.iter()));
    let series = bars.series.iter().map(|series| {
        let values = (0..bars.categories.len()).map(|at| series.values.get(at).copied());
        counts(series.label.as_str(), values)
    });
    categories.chain(series).collect()
}

fn of_strips(strips: &Strips) -> Vec<FlatColumn> {
    let points = || {
        let lines = strips.lines.iter();
        lines.flat_map(|strip| strip.points.iter().map(move |point| (strip, point)))
    };
    vec![
        words("number", points().map(|(strip, _)| &strip.label)),
        words("who", points().map(|(_, point)| &point.label)),
        numbers("value", points().map(|(_, point)| Some(point.number))),
        counts("own", points().map(|(_, point)| Some(i64::from(point.own)))),
    ]
}

fn of_heatmap(map: &Heatmap) -> Vec<FlatColumn> {
    let heads: Vec<Option<&Cell>> = map.rows.iter().map(|row| Some(&row.head)).collect();
    let mut columns = of_cells(&Heading::words(map.corner.clone()), &heads);
    for (at, label) in map.columns.iter().enumerate() {
        let cells = map.rows.iter().map(|row| row.cells.get(at));
        columns.push(numbers(
            label.as_str(),
            cells.map(|cell| cell.and_then(|cell| cell.value.number)),
        ));
    }
    for (at, heading) in map.facts.iter().enumerate() {
        let cells: Vec<Option<&Cell>> = map.rows.iter().map(|row| row.facts.get(at)).collect();
        columns.extend(of_cells(heading, &cells));
    }
    columns
}

fn of_quotes(list: &QuoteList) -> Vec<FlatColumn> {
    let quotes = || list.quotes.iter();
    vec![
        words("call_id", quotes().map(|quote| &quote.call_id)),
        words("call", quotes().map(|quote| &quote.call)),
        words("date", quotes().map(|quote| quote.date)),
        counts("start_ms", quotes().map(|quote| Some(quote.start_ms))),
        counts("end_ms", quotes().map(|quote| Some(quote.end_ms))),
        words("side", quotes().map(|quote| &quote.side)),
        words("speaker", quotes().map(|quote| &quote.speaker)),
        words("before", quotes().map(|quote| &quote.before)),
        words("mention", quotes().map(|quote| &quote.mention)),
        words("after", quotes().map(|quote| &quote.after)),
    ]
}
