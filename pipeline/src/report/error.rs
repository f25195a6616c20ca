//! What can go wrong while reports are made.

/// A report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A table of the lake could not be read or written.
    #[error(transparent)]
    Lake(#[from] crate::lake::Error),
    /// A rollup failed.
    #[error("the metrics could not be rolled up")]
    Rollup(#[from] crate::rollup::Error),
    /// The thread that rolls up ended early.
    #[error("the rollup ended early: {0}; this is a bug")]
    Thread(String),
    /// A page did not fit its template.
    #[error("a page does not fit its template: {0}; this is a bug")]
    Template(String),
    /// A page could not be written as JSON.
    #[error("a page does not fit JSON")]
    Json(#[source] serde_json::Error),
    /// A table of a page could not be written as Parquet.
    #[error("a page does not fit Parquet: {0}; this is a bug")]
    Parquet(String),
    /// The folder for the pages cannot be used.
    #[error("cannot use `{folder}` for the pages; name a folder that can be written with `--out`")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: crate::lake::Error,
    },
    /// The pages are to be made for a user whom the lake does not hold.
    #[error(
        "no user for `--audience {audience}`; ids are those of the table `users`, which `talktrack ingest` reads from Gong"
    )]
    UnknownReader {
        /// The reader, as asked for.
        audience: String,
    },
    /// A file that talktrack did not write is in the way.
    #[error(
        "`{file}` in `{folder}` was not written by talktrack and would be replaced; move it away or name another folder with `--out`"
    )]
    Foreign {
        /// The file.
        file: String,
        /// The folder.
        folder: String,
    },
}
