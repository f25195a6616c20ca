//! The tables of the pages as CSV and Parquet: the same ones in both, typed, and with nothing that a spreadsheet would run.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use talktrack::clock::FixedClock;
use talktrack::report::{self, Format, Options, ReportSummary};

use super::report::{Call, call, company, files, history, lake_of, said, settings, user};
use super::support;

async fn written(home: &Path, calls: &[Call], formats: &[Format]) -> ReportSummary {
    let users = [
        user("1", "=Ada", "Lovelace", None),
        user("2", "Grace", "Hopper", None),
    ];
    let lake = lake_of(&home.join("lake"), calls, &history(), &users).await;
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let options = Options {
        out: Some(home.join("out").to_string_lossy().into_owned()),
        formats: formats.to_vec(),
        ..Options::default()
    };
    report::run(&lake, &settings(), &options, &clock)
        .await
        .expect("pages")
}

/// The pages or tables that were written in a format; the list of our own files is neither.
fn stems(home: &Path, extension: &str) -> BTreeSet<String> {
    support::files(&home.join("out"))
        .into_keys()
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .filter(|stem| stem != "talktrack-pages")
        .collect()
}

fn reader(home: &Path, name: &str) -> ParquetRecordBatchReaderBuilder<Bytes> {
    let bytes = std::fs::read(home.join("out").join(name)).expect("a file");
    ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).expect("Parquet")
}

fn batch(home: &Path, name: &str) -> RecordBatch {
    let mut batches = reader(home, name).build().expect("a reader");
    batches.next().expect("rows").expect("a batch")
}

#[tokio::test]
async fn csv_and_parquet_hold_the_same_tables() {
    let home = tempfile::tempdir().unwrap();
    let summary = written(home.path(), &company(), &[Format::Csv, Format::Parquet]).await;
    let tables = stems(home.path(), "csv");
    assert_eq!(tables, stems(home.path(), "parquet"));
    assert_eq!(summary.files_written, tables.len() * 2);
    assert_eq!(summary.first, None, "no page to open");
    for name in ["index--facts", "deals--heatmap", "scorecard-1--interaction"] {
        assert!(tables.contains(name), "{name} of {tables:?}");
    }
    for table in tables {
        let rows = reader(home.path(), &format!("{table}.parquet"))
            .metadata()
            .file_metadata()
            .num_rows();
        let csv = std::fs::read_to_string(home.path().join(format!("out/{table}.csv"))).unwrap();
        assert_eq!(csv.lines().count(), rows as usize + 1, "{table}");
    }
}

#[tokio::test]
async fn numbers_are_numbers_in_their_own_columns() {
    let home = tempfile::tempdir().unwrap();
    written(home.path(), &company(), &[Format::Parquet]).await;
    let amounts = batch(home.path(), "deals--amounts.parquet");
    let types: Vec<(String, DataType)> = amounts
        .schema()
        .fields()
        .iter()
        .map(|field| (field.name().clone(), field.data_type().clone()))
        .collect();
    let expected = [
        ("Currency", DataType::Utf8),
        ("Currency (note)", DataType::Utf8),
        ("Deals", DataType::Float64),
        ("Deals (unit)", DataType::Utf8),
        ("Deals (n)", DataType::Int64),
        ("Amount", DataType::Float64),
        ("Amount (unit)", DataType::Utf8),
        ("Amount (n)", DataType::Int64),
    ]
    .map(|(name, of)| (name.to_owned(), of));
    assert_eq!(types, expected);
}

/// Every cell of words that begins like a formula is defused; names and sentences are hostile here.
#[tokio::test]
async fn nothing_in_csv_runs_in_a_spreadsheet() {
    let home = tempfile::tempdir().unwrap();
    let mut calls = company();
    calls.push(Call {
        title: "=HYPERLINK(\"https://evil.example\",\"open\")",
        said: vec![said(
            "competitors",
            "acme",
            "customer",
            "@SUM(1+1) then [Acme], \"quoted\"",
        )],
        ..call("108", "2026-11-19T12:00:00Z", "2", "+kim@fabrikam.example")
    });
    written(home.path(), &calls, &[Format::Csv]).await;
    let all: String = files(&home.path().join("out")).into_values().collect();
    for words in [
        "\"'=HYPERLINK(\"\"https",
        "\"'@SUM(1+1) then ",
        "\"'+kim\"",
        "\"'=Ada Lovelace\"",
    ] {
        assert!(all.contains(words), "{words}");
    }
    for sign in ['=', '+', '-', '@'] {
        for before in [",\"", "\n\""] {
            let cell = format!("{before}{sign}");
            assert!(!all.contains(&cell), "{cell:?}");
        }
    }
}

#[tokio::test]
async fn the_usual_formats_need_not_be_named() {
    let home = tempfile::tempdir().unwrap();
    let summary = written(home.path(), &company(), &Options::default().formats).await;
    assert_eq!(summary.first.as_deref(), Some("index.html"));
    assert!(stems(home.path(), "csv").is_empty());
    assert_eq!(stems(home.path(), "html"), stems(home.path(), "json"));
    assert_eq!(stems(home.path(), "html"), stems(home.path(), "md"));
}

/// A field that the page on the formats does not name is a field that nobody can rely on.
#[tokio::test]
async fn every_field_of_the_json_is_documented() {
    let home = tempfile::tempdir().unwrap();
    written(home.path(), &company(), &[Format::Json]).await;
    let manual = include_str!("../../PAGES.md");
    let version = format!("schema version {}", report::document::SCHEMA_VERSION);
    assert!(manual.contains(&version));
    let mut fields = BTreeSet::new();
    for (name, text) in files(&home.path().join("out")) {
        if name != "talktrack-pages.json" {
            collect(&serde_json::from_str(&text).unwrap(), &mut fields);
        }
    }
    assert!(fields.contains("start_ms") && fields.contains("legend"));
    let silent: Vec<&String> = fields
        .iter()
        .filter(|field| !manual.contains(&format!("`{field}`")))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

/// The names of all fields of a JSON value.
fn collect(value: &serde_json::Value, fields: &mut BTreeSet<String>) {
    if let Some(object) = value.as_object() {
        fields.extend(object.keys().cloned());
    }
    let within = value
        .as_object()
        .into_iter()
        .flat_map(|object| object.values());
    let within = within.chain(value.as_array().into_iter().flatten());
    for value in within {
        collect(value, fields);
    }
}
