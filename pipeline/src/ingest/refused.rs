//! Questions that Gong will not answer however often they are asked: the key lacks a scope, or the company has no such
//! thing. A run is about calls: what lies beside them is left out, and told.

use talktrack_gong::error::Error as GongError;

use super::error::Error;
use super::run::Run;
use super::summary::{OpenStream, SkippedStream};
use crate::lake::OpenReason;

/// What a run reads beside the calls, and what a key needs for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    /// The table that it fills, or what else it is for.
    pub(super) name: &'static str,
    /// The scope.
    pub(super) scope: &'static str,
}

impl Run<'_> {
    /// The answer, or nothing where Gong refuses to give it.
    pub(super) fn unless_refused<T>(
        &mut self,
        stream: Stream,
        answer: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let (scope, reason) = match answer {
            Ok(answer) => return Ok(Some(answer)),
            Err(Error::Gong(error)) => match refusal(stream, error) {
                Ok(refusal) => refusal,
                Err(error) => return Err(Error::Gong(error)),
            },
            Err(error) => return Err(error),
        };
        tracing::info!(stream = stream.name, scope, reason, "not read: refused");
        self.summary.streams_skipped.push(SkippedStream {
            stream: stream.name,
            scope,
            reason,
        });
        Ok(None)
    }

    /// Takes note of a stream that did not come as a whole.
    pub(super) fn note_open(&mut self, stream: Stream, open: Option<OpenReason>) {
        self.summary
            .streams_open
            .extend(open.map(|reason| OpenStream {
                stream: stream.name,
                reason,
            }));
    }
}

/// The scope that Gong names, or that such a question takes, and what Gong said; no scope where it is not for want of one.
fn refusal(stream: Stream, error: GongError) -> Result<(Option<String>, String), GongError> {
    let stated = || Some(stream.scope.to_owned());
    match error {
        GongError::Unauthorized { scope, message, .. } => Ok((scope.or_else(stated), message)),
        GongError::Forbidden { message, .. } => Ok((stated(), message)),
        error @ (GongError::NotFound { .. } | GongError::BadRequest { .. }) => {
            Ok((None, error.to_string()))
        }
        error => Err(error),
    }
}
