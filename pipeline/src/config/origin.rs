//! Where a value came from.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value came from, so that an error can point there and `talktrack config` can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The embedded `default.toml`.
    Default,
    /// A line of a settings file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Origin {
    /// The folder that a relative path from here starts at; `None` is the working directory.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => path.parent().filter(|p| !p.as_os_str().is_empty()),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}
