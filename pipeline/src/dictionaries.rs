//! The dictionaries in force: the built-in ones, with the files of the user's folder over them.

use std::path::{Path, PathBuf};

use talktrack_analyzers::{Dictionaries, DictionarySource};

use crate::config::DictionariesConfig;
use crate::error::Error;

/// Reads, checks and compiles the dictionaries in force.
///
/// # Errors
///
/// The folder or a file cannot be read, or something in a file is wrong.
pub fn load(config: &DictionariesConfig) -> Result<Dictionaries, Error> {
    Dictionaries::compile(&sources(config)?).map_err(Error::Dictionary)
}

/// The texts of the dictionaries in force.
///
/// # Errors
///
/// The folder or a file cannot be read.
pub fn sources(config: &DictionariesConfig) -> Result<Vec<DictionarySource>, Error> {
    let files = match &config.folder {
        None => Vec::new(),
        Some(folder) => toml_files(folder)?
            .iter()
            .map(|path| read(path))
            .collect::<Result<_, _>>()?,
    };
    Ok(Dictionaries::layered(files))
}

/// The text of one file.
///
/// # Errors
///
/// It cannot be read.
pub fn read(path: &Path) -> Result<DictionarySource, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| failed(path, source))?;
    let file = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    Ok(DictionarySource { file, text })
}

/// The TOML files of a folder, by name.
pub(crate) fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        let path = entry.map_err(|source| failed(folder, source))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    }
}
