//! Steps that do not depend on each other: one that fails does not keep the others from being taken.

use super::error::Error;

/// The first failure of several steps.
#[derive(Debug, Default)]
pub(super) struct Troubles(Option<Error>);

impl Troubles {
    /// Takes note of how a step ended: nothing came of one that failed.
    ///
    /// # Errors
    ///
    /// After this failure no other step can succeed.
    pub(super) fn keep<T>(&mut self, step: Result<T, Error>) -> Result<Option<T>, Error> {
        match step {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.ends_run() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "a step failed; the others are taken all the same");
                self.0.get_or_insert(error);
                Ok(None)
            }
        }
    }

    /// The first failure, if there was one.
    pub(super) fn told(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), Err)
    }
}
