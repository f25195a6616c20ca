//! Why an ingest did not finish.

use arrow::error::ArrowError;

use crate::lake;

/// What went wrong. What was committed before stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Gong did not answer as needed.
    #[error(transparent)]
    Gong(talktrack_gong::error::Error),
    /// The lake cannot be read or written.
    #[error(transparent)]
    Lake(#[from] lake::Error),
    /// The settings name a workspace that Gong does not list.
    #[error("workspace `{name}` is not known to Gong")]
    UnknownWorkspace {
        /// As the settings name it.
        name: String,
        /// What Gong lists: name and id.
        known: Vec<String>,
    },
    /// The temporary folder, or rows that do not fit their table.
    #[error("cannot hold rows in the temporary folder")]
    Spool(#[from] ArrowError),
}

impl From<talktrack_gong::error::Error> for Error {
    /// Where the client could not reserve requests it is the lake that failed, not Gong.
    fn from(error: talktrack_gong::error::Error) -> Error {
        match error {
            talktrack_gong::error::Error::Reserve { source } => {
                match source.downcast::<lake::Error>() {
                    Ok(lake) => Error::Lake(*lake),
                    Err(source) => Error::Gong(talktrack_gong::error::Error::Reserve { source }),
                }
            }
            error => Error::Gong(error),
        }
    }
}

impl Error {
    /// What to do next, where the cause does not say it itself.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Gong(error) => error.hint(),
            Error::Lake(_) => None,
            Error::UnknownWorkspace { known, .. } if known.is_empty() => {
                Some("Gong lists no workspaces; take `workspaces` out of `[ingest]`".to_owned())
            }
            Error::UnknownWorkspace { known, .. } => Some(format!(
                "set `workspaces` in `[ingest]` to names or ids out of: {}",
                known.join(", ")
            )),
            Error::Spool(_) => {
                Some("check the space left in the temporary folder (TMPDIR)".to_owned())
            }
        }
    }

    /// Whether nothing else that a run asks for can succeed after it.
    pub(crate) fn ends_run(&self) -> bool {
        use talktrack_gong::error::Error as Gong;
        !matches!(
            self,
            Error::Gong(
                Gong::Server { .. }
                    | Gong::Decode { .. }
                    | Gong::Cursor { .. }
                    | Gong::RepeatedCursor { .. }
                    | Gong::NotFound { .. }
                    | Gong::BadRequest { .. }
                    | Gong::Forbidden { .. }
            )
        )
    }

    /// Whether only the window that met it is affected, because its cursor stopped being valid.
    pub(crate) fn is_cursor(&self) -> bool {
        use talktrack_gong::error::Error as Gong;
        matches!(
            self,
            Error::Gong(Gong::Cursor { .. } | Gong::RepeatedCursor { .. })
        )
    }
}
