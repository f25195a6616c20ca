//! What is known of the host: whether it ever answered, and since when it refuses connections. Shared by all clones,
//! so that a host that is down is given up once, not once a request.

use crate::retry::Trouble;
use reqwest::header::HeaderValue;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

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
    /// By how many seconds this machine's clock was ahead of the host's at its last answer.
    ahead_s: Option<i64>,
    /// How often each trouble was met.
    troubles: BTreeMap<&'static str, u64>,
}

impl Reach {
    /// The host answered.
    pub(crate) fn answered(&self) {
        let mut state = self.lock();
        state.answered = true;
        state.down_since = None;
    }

    /// What the host takes for the present time, where it says so.
    pub(crate) fn told_time(&self, date: Option<&HeaderValue>, now: SystemTime) {
        let told = date
            .and_then(|date| date.to_str().ok())
            .and_then(|date| httpdate::parse_http_date(date).ok());
        if let Some(told) = told {
            self.lock().ahead_s = Some(ahead_s(now, told));
        }
    }

    pub(crate) fn ahead_s(&self) -> Option<i64> {
        self.lock().ahead_s
    }

    /// An attempt met this trouble.
    pub(crate) fn met(&self, trouble: Trouble) {
        *self.lock().troubles.entry(trouble.name()).or_default() += 1;
    }

    pub(crate) fn troubles(&self) -> BTreeMap<&'static str, u64> {
        self.lock().troubles.clone()
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
        let mut state = self.lock();
        if !error.is_connect() {
            // There was a connection, so that the host is not down.
            state.down_since = None;
            return Trouble::Failed(None);
        }
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

fn ahead_s(now: SystemTime, told: SystemTime) -> i64 {
    let seconds = |difference: Duration| difference.as_secs().cast_signed();
    match now.duration_since(told) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => -seconds(behind.duration()),
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

#[cfg(test)]
mod tests {
    use super::Reach;
    use crate::retry::Trouble;
    use reqwest::header::HeaderValue;
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_hosts_time_is_compared_with_ours() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let told = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        let reach = Reach::default();
        reach.told_time(None, told);
        reach.told_time(Some(&HeaderValue::from_static("noon")), told);
        assert_eq!(reach.ahead_s(), None);
        reach.told_time(Some(&date), told + Duration::from_secs(90));
        assert_eq!(reach.ahead_s(), Some(90));
        reach.told_time(Some(&date), told - Duration::from_mins(5));
        assert_eq!(reach.ahead_s(), Some(-300));
    }

    #[test]
    fn troubles_are_counted_by_kind() {
        let reach = Reach::default();
        for trouble in [
            Trouble::Failed(None),
            Trouble::Refused(Some(Duration::from_secs(1))),
            Trouble::Refused(None),
        ] {
            reach.met(trouble);
        }
        let counted: Vec<(&str, u64)> = reach.troubles().into_iter().collect();
        assert_eq!(counted, [("failed", 1), ("too_many_requests", 2)]);
    }
}
