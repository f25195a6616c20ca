//! What is tried again, how often and after how long: a policy over a kept backoff.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::{Duration, SystemTime};

/// How persistent the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries in a row after a server error, a broken connection, or an answer that cannot be read from a host that has
    /// given a good one before.
    pub max_retries: u32,
    /// Retries when a host that has not answered yet cannot be found by its name or shows a certificate that is not
    /// accepted: most likely it is misspelt.
    pub max_connect_retries: u32,
    /// Retries after an answer that cannot be read from a host that has given no good one yet, or after one that is too
    /// large.
    pub max_body_retries: u32,
    /// Retries after "too many requests"; each wait is bounded by the client's `max_wait`.
    pub max_refusals: u32,
    /// How long a host is tried that refuses connections.
    pub max_unreachable: Duration,
    /// The first pause, before jitter; each next one is twice as long.
    pub first_delay: Duration,
    /// The longest pause, before jitter.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 8,
            max_connect_retries: 2,
            max_body_retries: 2,
            max_refusals: 60,
            max_unreachable: Duration::from_mins(10),
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_mins(1),
        }
    }
}

/// The longest pause between two tries of a host that refuses connections: it may be back at any moment.
const MAX_UNREACHABLE_DELAY: Duration = Duration::from_secs(15);

/// What went wrong with one attempt, as far as retrying goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Too many requests.
    Refused(Option<Duration>),
    /// The server failed, or the connection broke.
    Failed(Option<Duration>),
    /// The host refuses connections, for so long now.
    Unreachable(Duration),
    /// No connection to a host that never answered.
    Unknown,
    /// The answer cannot be read; the host has shown that it can do better, or it has not.
    Unreadable { proven: bool },
}

impl Trouble {
    /// In words, for the log.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Refused(_) => "too many requests",
            Self::Failed(_) => "the server failed or the connection broke",
            Self::Unreachable(_) => "the host refuses connections",
            Self::Unknown => "the host cannot be reached",
            Self::Unreadable { .. } => "the answer cannot be read",
        }
    }

    /// The same as a name that does not change.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refused(_) => "too_many_requests",
            Self::Failed(_) => "failed",
            Self::Unreachable(_) | Self::Unknown => "unreachable",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Try again after this long.
    Wait(Duration),
    /// The server wants a longer pause than is allowed.
    TooLong(Duration),
    /// Enough.
    GiveUp,
}

/// The retries of one request.
pub(crate) struct Retries {
    policy: RetryPolicy,
    max_wait: Duration,
    backoff: ExponentialBackoff,
    failed: u32,
    unknown: u32,
    unreadable: u32,
    refused: u32,
}

impl Retries {
    pub(crate) fn new(policy: RetryPolicy, max_wait: Duration, jitter_seed: Option<u64>) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(policy.first_delay)
            .with_max_delay(policy.max_delay)
            .without_max_times()
            .with_jitter();
        let builder = match jitter_seed {
            Some(seed) => builder.with_jitter_seed(seed),
            None => builder,
        };
        let backoff = builder.build();
        Self {
            policy,
            max_wait,
            backoff,
            failed: 0,
            unknown: 0,
            unreadable: 0,
            refused: 0,
        }
    }

    pub(crate) fn decide(&mut self, trouble: Trouble) -> Decision {
        if !self.has_patience(trouble) {
            return Decision::GiveUp;
        }
        match trouble {
            Trouble::Unreachable(so_far) => {
                let left = self.policy.max_unreachable.saturating_sub(so_far);
                Decision::Wait(self.pause().min(MAX_UNREACHABLE_DELAY).min(left))
            }
            Trouble::Refused(asked) | Trouble::Failed(asked) => self.as_asked(asked),
            Trouble::Unknown | Trouble::Unreadable { .. } => Decision::Wait(self.pause()),
        }
    }

    /// Counts one more trouble, and says whether it may be followed by another try.
    fn has_patience(&mut self, trouble: Trouble) -> bool {
        let policy = self.policy;
        let (count, limit) = match trouble {
            Trouble::Unreachable(so_far) => return so_far < policy.max_unreachable,
            Trouble::Refused(_) => {
                // A server that is busy has not failed: what it did before is no longer in a row.
                self.failed = 0;
                (&mut self.refused, policy.max_refusals)
            }
            Trouble::Failed(_) => (&mut self.failed, policy.max_retries),
            Trouble::Unknown => (&mut self.unknown, policy.max_connect_retries),
            Trouble::Unreadable { proven: true } => (&mut self.unreadable, policy.max_retries),
            Trouble::Unreadable { proven: false } => {
                (&mut self.unreadable, policy.max_body_retries)
            }
        };
        *count += 1;
        *count <= limit
    }

    fn as_asked(&mut self, asked: Option<Duration>) -> Decision {
        // "Retry after zero seconds" would be a busy loop.
        match asked.filter(|asked| !asked.is_zero()) {
            Some(asked) if asked > self.max_wait => Decision::TooLong(asked),
            Some(asked) => Decision::Wait(asked),
            None => Decision::Wait(self.pause()),
        }
    }

    fn pause(&mut self) -> Duration {
        self.backoff.next().unwrap_or(self.policy.max_delay)
    }
}

/// Reads a `Retry-After` header: seconds, or a date.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::{Decision, Retries, RetryPolicy, Trouble, retry_after};
    use std::time::{Duration, SystemTime};

    const MINUTE: Duration = Duration::from_mins(1);

    fn retries(seed: u64) -> Retries {
        Retries::new(RetryPolicy::default(), MINUTE, Some(seed))
    }

    fn delays(seed: u64, trouble: Trouble) -> Vec<Duration> {
        let mut retries = retries(seed);
        std::iter::from_fn(|| match retries.decide(trouble) {
            Decision::Wait(delay) => Some(delay),
            Decision::TooLong(_) | Decision::GiveUp => None,
        })
        .collect()
    }

    #[test]
    fn each_trouble_has_its_limit() {
        let counts = [
            (Trouble::Failed(None), 8),
            (Trouble::Unknown, 2),
            (Trouble::Unreadable { proven: false }, 2),
            (Trouble::Unreadable { proven: true }, 8),
            (Trouble::Refused(None), 60),
            (Trouble::Refused(Some(MINUTE)), 60),
        ];
        for (trouble, expected) in counts {
            assert_eq!(delays(1, trouble).len(), expected, "{trouble:?}");
        }
    }

    #[test]
    fn pauses_double_with_a_jitter_that_the_seed_decides() {
        let first = delays(7, Trouble::Failed(None));
        assert_eq!(first, delays(7, Trouble::Failed(None)));
        assert_ne!(first, delays(8, Trouble::Failed(None)));
        for (turn, delay) in first.iter().enumerate() {
            let base = Duration::from_millis(500) * 2_u32.pow(turn as u32);
            let base = base.min(Duration::from_mins(1));
            assert!(
                *delay >= base && *delay <= base * 2,
                "pause {turn} is {delay:?}"
            );
        }
    }

    #[test]
    fn what_the_server_asks_for_is_kept_exactly_each_time_it_is_not_too_much() {
        let mut retries = retries(1);
        let ask = |seconds| Trouble::Refused(Some(Duration::from_secs(seconds)));
        for _ in 0..10 {
            assert_eq!(retries.decide(ask(60)), Decision::Wait(MINUTE));
        }
        assert_eq!(
            retries.decide(ask(61)),
            Decision::TooLong(Duration::from_secs(61))
        );
    }

    #[test]
    fn zero_seconds_is_no_invitation_to_loop() {
        let decision = retries(1).decide(Trouble::Refused(Some(Duration::ZERO)));
        assert!(matches!(decision, Decision::Wait(delay) if delay >= Duration::from_millis(500)));
    }

    #[test]
    fn failures_are_counted_in_a_row() {
        let mut retries = retries(1);
        for _ in 0..3 {
            for _ in 0..8 {
                assert!(matches!(
                    retries.decide(Trouble::Failed(None)),
                    Decision::Wait(_)
                ));
            }
            let busy = retries.decide(Trouble::Refused(None));
            assert!(matches!(busy, Decision::Wait(_)));
        }
    }

    #[test]
    fn a_host_that_refuses_is_tried_until_its_time_is_over() {
        let mut retries = retries(1);
        let mut so_far = Duration::ZERO;
        let mut tries = 0;
        while let Decision::Wait(pause) = retries.decide(Trouble::Unreachable(so_far)) {
            assert!(
                pause <= Duration::from_secs(15) && !pause.is_zero(),
                "{pause:?}"
            );
            so_far += pause;
            tries += 1;
        }
        assert_eq!(
            so_far,
            Duration::from_mins(10),
            "the last try is at the end"
        );
        assert!((40..60).contains(&tries), "{tries} tries");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let cases = [
            ("7", Some(7_000)),
            ("0.25", Some(250)),
            (" 86400 ", Some(86_400_000)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("inf", None),
            ("NaN", None),
            ("1e300", None),
        ];
        for (value, milliseconds) in cases {
            assert_eq!(
                retry_after(value, now),
                milliseconds.map(Duration::from_millis),
                "`{value}`"
            );
        }
    }
}
