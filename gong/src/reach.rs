//! What is known of the host: whether it ever answered, and since when it refuses connections. Shared by all clones,
//! so that a host that is down is given up once, not once a request.

use crate::retry::Trouble;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Reach {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// It answered, with whatever.
    answered: bool,
    /// It gave an answer that could be read.
    proven: bool,
    /// Since when it refuses connections.
    down_since: Option<Duration>,
}

impl Reach {
    /// The host answered.
    pub(crate) fn answered(&self) {
        let mut state = self.lock();
        state.answered = true;
        state.down_since = None;
    }

    /// The host gave a good answer.
    pub(crate) fn proven(&self) {
        self.lock().proven = true;
    }

    /// Whether an answer that cannot be read is most likely a passing trouble.
    pub(crate) fn is_proven(&self) -> bool {
        self.lock().proven
    }

    /// What it means that `error` came instead of an answer. Until the host answers, a connection that fails most likely
    /// means a misspelt name; one that is refused means that it is there and starting, at any time.
    pub(crate) fn lost(
        &self,
        error: &reqwest::Error,
        host: &str,
        now: Duration,
        patience: Duration,
    ) -> Trouble {
        if !error.is_connect() {
            return Trouble::Failed(None);
        }
        let mut state = self.lock();
        if !state.answered && !is_refusal(error) {
            return Trouble::Unknown;
        }
        if state.down_since.is_none() {
            tracing::warn!(
                "`{host}` cannot be reached; trying again for up to {} s",
                patience.as_secs()
            );
        }
        let since = *state.down_since.get_or_insert(now);
        Trouble::Unreachable(now.saturating_sub(since))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody is there who does not want the connection now.
fn is_refusal(error: &reqwest::Error) -> bool {
    let first: Option<&(dyn Error + 'static)> = error.source();
    std::iter::successors(first, |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| {
            matches!(
                error.kind(),
                ErrorKind::ConnectionRefused
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::UnexpectedEof
            )
        })
}
