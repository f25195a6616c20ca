//! What must hold for every analyzer and every table.

use std::collections::BTreeSet;
use std::path::Path;

use talktrack_analyzers::{Analysis, Dictionaries, Inputs, Parameters, analyze, registry, tables};

use crate::notation::noted;

pub(crate) fn embedded() -> Dictionaries {
    Dictionaries::compile(&Dictionaries::embedded()).expect("the embedded dictionaries are sound")
}

#[test]
fn names_are_unique_alphabetical_and_documented() {
    let names: Vec<&str> = registry().iter().map(|analyzer| analyzer.name()).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for analyzer in registry() {
        assert!(
            analyzer.doc().len() > 100,
            "{} says too little",
            analyzer.name()
        );
        assert!(analyzer.version() > 0);
    }
}

#[test]
fn the_folder_holds_the_registered_analyzers_and_no_others() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metrics");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("src/metrics")
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .into_string()
                .expect("utf-8")
        })
        .filter_map(|file| file.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect();
    let names: BTreeSet<String> = registry().iter().map(|a| a.name().to_owned()).collect();
    assert_eq!(files, names);
}

#[test]
fn tables_are_unique_documented_and_have_their_keys() {
    let all = tables();
    let names: Vec<&str> = all.iter().map(|info| info.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for info in &all {
        assert!(!info.doc.is_empty(), "{} is not documented", info.name);
        assert!(!info.key.is_empty(), "{} has no key", info.name);
        for key in info.key {
            let column = info.columns.iter().find(|column| column.name == *key);
            let column = column.unwrap_or_else(|| panic!("{} lacks its key `{key}`", info.name));
            assert!(
                !column.nullable,
                "the key `{key}` of {} may be null",
                info.name
            );
        }
        for column in &info.columns {
            assert!(
                column.doc.len() > 3,
                "{}.{} is not documented",
                info.name,
                column.name
            );
            let unit = column.name.rsplit('_').next().unwrap_or_default();
            if unit == "ms" {
                assert!(
                    column.doc.contains("millisecond"),
                    "{}.{}: which unit?",
                    info.name,
                    column.name
                );
            }
        }
    }
}

#[test]
fn every_analyzer_is_silent_on_an_empty_call() {
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    for inputs in [Inputs::default(), noted("1", "").inputs()] {
        for (info, batch) in analyze(&inputs, &analysis, &[]).expect("a sound schema") {
            assert_eq!(batch.num_rows(), 0, "{}", info.name);
            assert_eq!(batch.num_columns(), info.columns.len(), "{}", info.name);
        }
    }
}
