//! What can go wrong with a lake, in the terms of the person who must put it right.

use std::error::Error as StdError;
use std::io;

use jiff::Timestamp;
use talktrack_analyzers::table::SchemaError;

/// A lake could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one that a lake can have.
    #[error("`{url}` is not a lake: {reason}; give a folder or an s3://, gs:// or az:// address")]
    Address {
        /// The address, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something else than a folder is where the lake's folder should be.
    #[error(
        "the lake cannot be `{path}`: `{found}` is not a folder; name a folder with `--lake` or in `lake.url`"
    )]
    NotFolder {
        /// The address of the lake.
        path: String,
        /// What is in the way: the path itself or one above it.
        found: String,
    },
    /// Nothing was ever written there, and the caller only reads what is there.
    #[error(
        "there is no lake at `{path}`; correct `--lake` or `lake.url`, or fill it with `talktrack ingest`"
    )]
    Absent {
        /// The address, without credentials.
        path: String,
    },
    /// The store did not answer, or answered with a failure.
    #[error("lake unreachable at `{path}`; check the address and the network, then run again")]
    Unreachable {
        /// The object that was asked for.
        path: String,
        /// What the store said, without secrets.
        #[source]
        source: StoreFailure,
    },
    /// The credentials are missing or do not allow it.
    #[error("lake refuses access to `{path}`; check the storage credentials and their rights")]
    Refused {
        /// The object that was asked for.
        path: String,
        /// What the store said, without secrets.
        #[source]
        source: StoreFailure,
    },
    /// Nothing can be written there.
    #[error("`{path}` is read-only; make the folder writable for this user")]
    ReadOnly {
        /// The object that should have been written, or the temporary folder.
        path: String,
        /// What the store said.
        #[source]
        source: StoreFailure,
    },
    /// No room is left.
    #[error("no space is left at `{path}`; free some, then run again: nothing stored is harmed")]
    Full {
        /// The object that should have been written, or the temporary folder.
        path: String,
        /// What the store said.
        #[source]
        source: StoreFailure,
    },
    /// Somebody else holds a lease.
    #[error(
        "lake is in use by {holder} (`{lease}` lease) until {until}; wait until it is done, then run again"
    )]
    Busy {
        /// Name of the lease: `run` or `commit`.
        lease: String,
        /// Who holds it.
        holder: String,
        /// When it ends unless its holder prolongs it.
        until: Timestamp,
    },
    /// The lease ran out, as on a machine that slept, and another process took it.
    #[error(
        "the `{lease}` lease was lost to another process; run again to go on where this one stopped"
    )]
    LeaseLost {
        /// Name of the lease: `run` or `commit`.
        lease: String,
    },
    /// Another process wrote the state that this one was about to write.
    #[error("state {number} was written by another process; run again to go on from there")]
    Raced {
        /// Number of the state.
        number: u64,
    },
    /// A newer program wrote this lake.
    #[error("lake has schema version {found}, this program knows {known}; use a newer talktrack")]
    Newer {
        /// Version of the lake.
        found: u32,
        /// Newest version that this program reads.
        known: u32,
    },
    /// An object is not what it should be.
    #[error("`{path}` is damaged: {reason}; restore it, or delete it and read its days again")]
    Corrupt {
        /// The object.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A partition that the manifest names is not there.
    #[error("`{path}` is missing; restore it, or read its days again")]
    Missing {
        /// The object.
        path: String,
    },
    /// The temporary folder cannot hold what does not fit in memory.
    #[error("temporary folder `{folder}` cannot be used; name another one with TMPDIR")]
    Temporary {
        /// The folder.
        folder: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Rows that should be written break an invariant: a bug of the writer.
    #[error("rows of `{table}` cannot be stored: {reason}")]
    Rows {
        /// The table.
        table: String,
        /// What is wrong with them.
        reason: String,
    },
    /// Stored columns are not those that the program declares.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// What a store said, with everything cut out that could be a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreFailure(String);

impl StoreFailure {
    fn new(error: &(dyn StdError + 'static)) -> StoreFailure {
        StoreFailure(redact(&error.to_string()))
    }
}

impl Error {
    /// Whether it is a bug of the program rather than a matter of the lake.
    pub fn is_bug(&self) -> bool {
        matches!(self, Error::Rows { .. })
    }

    /// A failure of the store at `path`, sorted by what can be done about it.
    pub(crate) fn store(path: &str, error: &object_store::Error) -> Error {
        use object_store::Error as Store;
        let path = path.to_owned();
        let source = StoreFailure::new(error);
        match error {
            Store::NotFound { .. } => Error::Missing { path },
            Store::Unauthenticated { .. } => Error::Refused { path, source },
            _ => match io_kind(error) {
                Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                    Error::Full { path, source }
                }
                Some(io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied) => {
                    Error::ReadOnly { path, source }
                }
                _ if matches!(error, Store::PermissionDenied { .. }) => {
                    Error::Refused { path, source }
                }
                _ => Error::Unreachable { path, source },
            },
        }
    }

    /// A failure of the temporary folder.
    pub(crate) fn temporary(folder: &std::path::Path, error: io::Error) -> Error {
        let named = format!("temporary folder {}", folder.display());
        match Error::io(&named, io::Error::from(error.kind())) {
            error @ (Error::Full { .. } | Error::ReadOnly { .. }) => error,
            _ => Error::Temporary {
                folder: folder.display().to_string(),
                source: error,
            },
        }
    }

    /// A failure of the local disk at `path`.
    pub(crate) fn io(path: &str, error: io::Error) -> Error {
        let generic = object_store::Error::Generic {
            store: "local",
            source: Box::new(error),
        };
        Error::store(path, &generic)
    }

    /// An object whose content is not what it should be.
    pub(crate) fn corrupt(path: &str, reason: impl std::fmt::Display) -> Error {
        Error::Corrupt {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// Rows that break an invariant.
    pub(crate) fn rows(table: &str, reason: impl std::fmt::Display) -> Error {
        Error::Rows {
            table: table.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// The kind of the first I/O error in a chain.
fn io_kind(error: &object_store::Error) -> Option<io::ErrorKind> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(io) = current.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = current.source();
    }
    None
}

/// Cuts user names, passwords and query strings out of every address in a text.
pub(crate) fn redact(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split(' ') {
        words.push(match word.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}", redact_address(rest)),
            None => word.to_owned(),
        });
    }
    words.join(" ")
}

fn redact_address(rest: &str) -> String {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (plain, query) = rest.split_at(end);
    let host_end = plain.find('/').unwrap_or(plain.len());
    let shown = match plain[..host_end].rfind('@') {
        Some(at) => &plain[at + 1..],
        None => plain,
    };
    let closing = query
        .chars()
        .last()
        .filter(|c| matches!(c, ')' | '"' | '`' | '\''));
    format!("{shown}{}", closing.map(String::from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_secrets() {
        for (text, expected) in [
            ("s3://bucket/lake", "s3://bucket/lake"),
            ("s3://key:secret@bucket/lake", "s3://bucket/lake"),
            (
                "failed (https://h/p?sig=abc&x=1) now",
                "failed (https://h/p) now",
            ),
            ("az://u@c/p#frag", "az://c/p"),
            ("no address, a@b.c?d", "no address, a@b.c?d"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn the_temporary_folder_is_named() {
        for (kind, expected) in [
            (
                io::ErrorKind::StorageFull,
                "no space is left at `temporary folder /t`",
            ),
            (
                io::ErrorKind::PermissionDenied,
                "`temporary folder /t` is read-only",
            ),
            (
                io::ErrorKind::NotFound,
                "temporary folder `/t` cannot be used",
            ),
        ] {
            let error = Error::temporary(std::path::Path::new("/t"), io::Error::from(kind));
            assert!(error.to_string().starts_with(expected), "{error}");
            assert!(!error.is_bug());
        }
    }

    #[test]
    fn failures_are_sorted_by_their_remedy() {
        let of = |kind: io::ErrorKind| Error::io("calls", io::Error::from(kind));
        assert!(matches!(of(io::ErrorKind::StorageFull), Error::Full { .. }));
        assert!(matches!(
            of(io::ErrorKind::ReadOnlyFilesystem),
            Error::ReadOnly { .. }
        ));
        assert!(matches!(
            of(io::ErrorKind::PermissionDenied),
            Error::ReadOnly { .. }
        ));
        assert!(matches!(
            of(io::ErrorKind::TimedOut),
            Error::Unreachable { .. }
        ));
    }
}
