//! The built binary against a sandbox over HTTP, and eyes for what it leaves.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use talktrack_analyzers::table::Row;
use talktrack_fixtures::{Company, CompanySpec, Dataset, Sandbox, SandboxOptions};

/// The moment that runs take for now.
pub(crate) const NOW: &str = "2026-07-01T02:00:00Z";

pub(crate) fn sandbox_options() -> SandboxOptions {
    SandboxOptions {
        requests_per_second: None,
        ..SandboxOptions::default()
    }
}

pub(crate) fn start(
    dataset: Dataset,
    options: SandboxOptions,
) -> (tokio::runtime::Runtime, Sandbox) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let sandbox = runtime.block_on(Sandbox::start(dataset, options)).unwrap();
    (runtime, sandbox)
}

pub(crate) fn company() -> Company {
    Company::generate(&CompanySpec {
        calls: 120,
        days: 60,
        ..CompanySpec::default()
    })
}

/// Runs the program in `home`, whose lake is `home/lake`.
pub(crate) fn talktrack(
    home: &Path,
    url: &str,
    extra: &[(&str, &str)],
    arguments: &[&str],
) -> Output {
    prepared(home, url, extra, arguments).output().unwrap()
}

/// The program as [`talktrack`] runs it, not started yet.
pub(crate) fn prepared(
    home: &Path,
    url: &str,
    extra: &[(&str, &str)],
    arguments: &[&str],
) -> Command {
    prepared_at(home, url, NOW, extra, arguments)
}

/// The same at another moment.
pub(crate) fn prepared_at(
    home: &Path,
    url: &str,
    now: &str,
    extra: &[(&str, &str)],
    arguments: &[&str],
) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talktrack"));
    command
        .current_dir(home)
        .args(arguments)
        .args(["--now", now])
        .env("TALKTRACK_LAKE_URL", home.join("lake"))
        .env("TALKTRACK_GONG_BASE_URL", url)
        .env("TALKTRACK_INGEST_REQUESTS_PER_SECOND", "1000")
        .env("GONG_ACCESS_KEY", "sandbox")
        .env("GONG_ACCESS_KEY_SECRET", "sandbox")
        .envs(extra.iter().copied());
    command
}

#[track_caller]
pub(crate) fn assert_done(output: &Output) {
    assert_eq!(
        output.status.code(),
        Some(0),
        "stdout:\n{}\nstderr:\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Every file below `root` by relative path.
pub(crate) fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.insert(
                    path.strip_prefix(root).unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// What must be the same however the lake came about: all but the log of progress and the tombstones.
pub(crate) fn comparable(lake: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(lake)
        .into_iter()
        .filter(|(path, _)| !path.starts_with("_talktrack") && !path.starts_with("tombstones"))
        .collect()
}

#[track_caller]
pub(crate) fn assert_same_lake(left: &Path, right: &Path) {
    let (left, right) = (comparable(left), comparable(right));
    assert!(!left.is_empty());
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&left), names(&right));
    let differing: Vec<_> = left
        .iter()
        .filter(|(path, bytes)| right[*path] != **bytes)
        .map(|(path, _)| path)
        .collect();
    assert!(differing.is_empty(), "these differ: {differing:?}");
}

/// All rows of a table of the lake.
pub(crate) fn rows<R: Row>(lake: &Path) -> Vec<R> {
    let folder = lake.join(R::table().name);
    let mut all = Vec::new();
    for path in files(&folder)
        .keys()
        .filter(|path| path.ends_with("part.parquet"))
    {
        let file = File::open(folder.join(path)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap()
        {
            all.extend(R::from_batch(&batch.unwrap()).unwrap());
        }
    }
    all
}
