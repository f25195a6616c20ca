//! The records of runs: one JSON object each. Nothing that a run computes depends on them.

use std::path::Path;

use bytes::Bytes;

use super::Lake;
use super::error::Error;
use super::layout::{RUNS, run_path};

/// Records that are kept; older ones go when a new one is written.
pub const KEPT_RUNS: usize = 400;

impl Lake {
    /// Writes the record of a run. Names sort by time; beyond [`KEPT_RUNS`] the oldest records are removed.
    ///
    /// # Errors
    ///
    /// The lake cannot be written.
    pub async fn write_run(&self, name: &str, bytes: Bytes) -> Result<(), Error> {
        self.0.store.put(&run_path(name), bytes).await?;
        let names = self.list_runs().await?;
        let surplus = names.len().saturating_sub(KEPT_RUNS);
        for old in names.iter().take(surplus) {
            self.0.store.delete(&run_path(old)).await?;
        }
        Ok(())
    }

    /// The names of the records, oldest first.
    ///
    /// # Errors
    ///
    /// The lake cannot be read.
    pub async fn list_runs(&self) -> Result<Vec<String>, Error> {
        let listed = self.0.store.list(RUNS).await?;
        let mut names: Vec<String> = listed
            .iter()
            .filter_map(|object| object.path.rsplit('/').next()?.strip_suffix(".json"))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The record with this name; `None` where it is not there any more.
    ///
    /// # Errors
    ///
    /// The lake cannot be read.
    pub async fn read_run(&self, name: &str) -> Result<Option<Bytes>, Error> {
        self.0.store.get(&run_path(name)).await
    }

    /// Opens a lake without making its folder: `None` where it is one that is not there.
    ///
    /// # Errors
    ///
    /// What [`Lake::open`] says.
    pub async fn open_existing(address: &str) -> Result<Option<Lake>, Error> {
        let folder = match url::Url::parse(address) {
            Ok(url) if url.scheme() == "file" => url.to_file_path().ok(),
            _ if address.contains("://") => None,
            _ => Some(Path::new(address).to_owned()),
        };
        // What is in the way of a folder is told by opening it.
        if folder.is_some_and(|folder| is_absent(&folder)) {
            return Ok(None);
        }
        Lake::open(address).await.map(Some)
    }
}

fn is_absent(folder: &Path) -> bool {
    matches!(std::fs::metadata(folder), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_runs_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = Lake::open(&folder.path().to_string_lossy())
            .await
            .expect("a lake");
        assert!(lake.list_runs().await.expect("none").is_empty());
        for number in 0..KEPT_RUNS + 2 {
            let bytes = Bytes::from(number.to_string());
            lake.write_run(&format!("run-{number:04}"), bytes)
                .await
                .expect("written");
        }
        let names = lake.list_runs().await.expect("names");
        assert_eq!(names.len(), KEPT_RUNS);
        assert_eq!(names.first().map(String::as_str), Some("run-0002"));
        assert_eq!(lake.read_run("run-0001").await.expect("read"), None);
        let newest = lake.read_run("run-0401").await.expect("read");
        assert_eq!(newest.as_deref(), Some(&b"401"[..]));
    }

    #[tokio::test]
    async fn a_lake_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("there");
        let path = there.to_string_lossy().into_owned();
        for address in [path.clone(), format!("file://{path}")] {
            let lake = Lake::open_existing(&address).await.expect("no failure");
            assert!(lake.is_none() && !there.exists(), "{address}");
        }
        std::fs::create_dir(&there).expect("a folder");
        assert!(Lake::open_existing(&path).await.expect("opens").is_some());
        std::fs::write(folder.path().join("file"), "in the way").expect("a file");
        let blocked = folder.path().join("file").to_string_lossy().into_owned();
        assert!(Lake::open_existing(&blocked).await.is_err());
    }
}
