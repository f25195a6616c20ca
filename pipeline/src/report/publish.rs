//! Pages to a folder or a bucket: the set is replaced as a whole, and what talktrack did not write is left alone.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::audience::TEAMS;
use super::error::Error;
use crate::lake::store::Store;

/// The list of our own files, kept beside them.
const MANIFEST: &str = "talktrack-pages.json";

/// A file of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, below the folder of the set.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl File {
    /// The same file in a folder of the set.
    #[must_use]
    pub(super) fn below(self, folder: Option<&str>) -> File {
        match folder {
            Some(folder) => File {
                name: format!("{folder}/{}", self.name),
                ..self
            },
            None => self,
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    written_by: String,
    files: BTreeSet<String>,
}

/// Puts `files` in place of the set that is there and removes ours that are no longer made; their names are the answer.
///
/// The list is widened before the first file is written and narrowed after the last one is removed, so that a killed run
/// leaves no file that nobody owns. What a killed write left of one of our files is removed too.
pub(super) async fn replace(address: &str, files: &[File]) -> Result<Vec<String>, Error> {
    let failed = |error: crate::lake::Error| match error {
        // Another folder would not help.
        full @ crate::lake::Error::Full { .. } => Error::Lake(full),
        source => Error::Folder {
            folder: address.to_owned(),
            source,
        },
    };
    let store = Store::open(address).map_err(failed)?;
    let ours = manifest(&store).await.map_err(failed)?;
    let new: BTreeSet<String> = files.iter().map(|file| file.name.clone()).collect();
    for name in new.difference(&ours) {
        if store.get(name).await.map_err(failed)?.is_some() {
            return Err(Error::Foreign {
                file: name.clone(),
                folder: store.location().to_owned(),
            });
        }
    }
    let both: BTreeSet<String> = new.union(&ours).cloned().collect();
    if both != ours {
        store.put(MANIFEST, list(&both)?).await.map_err(failed)?;
    }
    // The index comes last: whoever opens it finds the pages it names.
    let (index, pages): (Vec<&File>, Vec<&File>) = files
        .iter()
        .partition(|file| stem_of(&file.name).starts_with("index."));
    for file in pages.into_iter().chain(index) {
        store
            .put(&file.name, file.bytes.clone())
            .await
            .map_err(failed)?;
    }
    let mut swept = both;
    swept.insert(MANIFEST.to_owned());
    store.sweep_leftovers_of(&swept).await.map_err(failed)?;
    let gone: Vec<String> = ours
        .difference(&new)
        .filter(|name| is_ours(name))
        .cloned()
        .collect();
    for name in &gone {
        store.delete(name).await.map_err(failed)?;
    }
    store.put(MANIFEST, list(&new)?).await.map_err(failed)?;
    Ok(gone)
}

/// A damaged list owns nothing: then our own pages are in the way, and the error says which.
async fn manifest(store: &Store) -> Result<BTreeSet<String>, crate::lake::Error> {
    let Some(bytes) = store.get(MANIFEST).await? else {
        return Ok(BTreeSet::new());
    };
    let manifest: Manifest = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(manifest
        .files
        .into_iter()
        .filter(|name| is_ours(name))
        .collect())
}

/// The name of a file without its folders.
fn stem_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A name that we could have made, in the folder or in that of a team; whatever else somebody wrote into the list is not touched.
fn is_ours(name: &str) -> bool {
    let letters = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let is_file = |name: &str| {
        name.split_once('.')
            .is_some_and(|(stem, extension)| letters(stem) && letters(extension))
    };
    match name
        .strip_prefix(TEAMS)
        .and_then(|rest| rest.strip_prefix('/'))
    {
        Some(rest) => rest
            .split_once('/')
            .is_some_and(|(team, file)| letters(team) && is_file(file)),
        None => is_file(name),
    }
}

fn list(files: &BTreeSet<String>) -> Result<Bytes, Error> {
    let manifest = Manifest {
        written_by: "talktrack report".to_owned(),
        files: files.clone(),
    };
    let mut text = serde_json::to_string_pretty(&manifest).map_err(Error::Json)?;
    text.push('\n');
    Ok(Bytes::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_like_ours_are_ever_removed() {
        for (name, ours) in [
            ("index.html", true),
            ("scorecard-77.json", true),
            ("../index.html", false),
            ("a/b.html", false),
            ("notes", false),
            (".html", false),
            ("Index.html", false),
            ("a.b.html", false),
        ] {
            assert_eq!(is_ours(name), ours, "{name}");
        }
    }
}
