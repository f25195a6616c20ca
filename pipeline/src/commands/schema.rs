//! `talktrack schema`: what tables there are and what their columns mean.

use std::fmt::Write;

use serde::Serialize;
use talktrack_analyzers::table::{Partition, TableInfo};

use super::{DONE, print, print_json};
use crate::cli::{GlobalOptions, Schema};
use crate::config::closest;
use crate::error::Error;
use crate::rollup;

#[derive(Serialize)]
struct Table {
    name: &'static str,
    doc: &'static str,
    key: &'static [&'static str],
    partition: &'static str,
    columns: Vec<Column>,
}

#[derive(Serialize)]
struct Column {
    name: &'static str,
    r#type: String,
    nullable: bool,
    doc: &'static str,
}

/// Prints one table, or all of them.
pub(crate) fn run(global: &GlobalOptions, options: &Schema) -> Result<u8, Error> {
    let mut tables: Vec<Table> = talktrack_analyzers::tables()
        .into_iter()
        .chain(rollup::tables::all())
        .map(described)
        .collect();
    tables.sort_by_key(|table| table.name);
    match &options.table {
        None if global.json => print_json(&tables)?,
        None => print(&list(&tables))?,
        Some(name) => {
            let table = tables
                .iter()
                .find(|table| table.name == name)
                .ok_or_else(|| unknown(name, &tables))?;
            if global.json {
                print_json(table)?;
            } else {
                print(&columns(table))?;
            }
        }
    }
    DONE
}

fn described(table: TableInfo) -> Table {
    Table {
        name: table.name,
        doc: table.doc,
        key: table.key,
        partition: match table.partition {
            Partition::Day => "day",
            Partition::Month => "month",
            Partition::Whole => "none",
        },
        columns: table
            .columns
            .into_iter()
            .map(|column| Column {
                name: column.name,
                r#type: column.data_type.to_string(),
                nullable: column.nullable,
                doc: column.doc,
            })
            .collect(),
    }
}

fn unknown(name: &str, tables: &[Table]) -> Error {
    let hint = closest(name, tables.iter().map(|table| table.name.to_owned())).map_or_else(
        || "`talktrack schema` lists all tables".to_owned(),
        |nearest| format!("did you mean `{nearest}`? `talktrack schema` lists all tables"),
    );
    Error::usage(format!("there is no table `{name}`"), hint)
}

fn list(tables: &[Table]) -> String {
    let width = tables
        .iter()
        .map(|table| table.name.len())
        .max()
        .unwrap_or(0);
    tables.iter().fold(String::new(), |mut text, table| {
        let _ = writeln!(text, "{:width$}  {}", table.name, first_sentence(table.doc));
        text
    })
}

fn columns(table: &Table) -> String {
    let mut text = format!(
        "{}\n{}\n\nkey: {}\npartition: {}\n\n",
        table.name,
        table.doc,
        table.key.join(", "),
        table.partition
    );
    let width = table
        .columns
        .iter()
        .map(|column| column.name.len())
        .max()
        .unwrap_or(0);
    let types = table
        .columns
        .iter()
        .map(|column| shown_type(column).len())
        .max()
        .unwrap_or(0);
    for column in &table.columns {
        let shown = shown_type(column);
        let _ = writeln!(
            text,
            "{:width$}  {shown:types$}  {}",
            column.name, column.doc
        );
    }
    text
}

/// The type as people call it; a question mark where null is legal.
fn shown_type(column: &Column) -> String {
    let name = match column.r#type.as_str() {
        map if map.starts_with("Map") => "map of texts".to_owned(),
        "Utf8" => "text".to_owned(),
        other => other.to_lowercase(),
    };
    format!("{name}{}", if column.nullable { "?" } else { "" })
}

fn first_sentence(doc: &str) -> &str {
    doc.split_inclusive(". ").next().unwrap_or(doc).trim_end()
}
