//! What is tried again, how often and after how long: a policy over a kept backoff.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::{Duration, SystemTime};

/// How persistent the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries in a row after a server error or a broken connection.
    pub max_retries: u32,
    /// Retries when no connection can be made to a host that has not answered yet: most likely it is misspelt.
    pub max_connect_retries: u32,
    /// Retries after an answer whose body cannot be read as a whole.
    pub max_body_retries: u32,
    /// Retries after "too many requests"; the waiting itself is bounded by the client's `max_wait`.
    pub max_refusals: u32,
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
            max_body_retries: 3,
            max_refusals: 60,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_mins(1),
        }
    }
}

/// What went wrong with one attempt, as far as retrying goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Too many requests.
    Refused(Option<Duration>),
    /// The server failed, or the connection broke.
    Failed(Option<Duration>),
    /// No connection to a host that never answered.
    Unreachable,
    /// The answer cannot be read.
    Unreadable,
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
    unreachable: u32,
    unreadable: u32,
    refused: u32,
    waited: Duration,
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
            unreachable: 0,
            unreadable: 0,
            refused: 0,
            waited: Duration::ZERO,
        }
    }

    pub(crate) fn decide(&mut self, trouble: Trouble) -> Decision {
        let (count, limit, asked) = match trouble {
            Trouble::Refused(asked) => (&mut self.refused, self.policy.max_refusals, asked),
            Trouble::Failed(asked) => (&mut self.failed, self.policy.max_retries, asked),
            Trouble::Unreachable => (&mut self.unreachable, self.policy.max_connect_retries, None),
            Trouble::Unreadable => (&mut self.unreadable, self.policy.max_body_retries, None),
        };
        *count += 1;
        if *count > limit {
            return Decision::GiveUp;
        }
        // "Retry after zero seconds" would be a busy loop.
        match asked.filter(|asked| !asked.is_zero()) {
            Some(asked) if self.waited + asked > self.max_wait => Decision::TooLong(asked),
            Some(asked) => {
                self.waited += asked;
                Decision::Wait(asked)
            }
            None => Decision::Wait(self.backoff.next().unwrap_or(self.policy.max_delay)),
        }
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
            (Trouble::Unreachable, 2),
            (Trouble::Unreadable, 3),
            (Trouble::Refused(None), 60),
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
    fn what_the_server_asks_for_is_kept_exactly_until_it_adds_up_to_too_much() {
        let mut retries = retries(1);
        let ask = |seconds| Trouble::Refused(Some(Duration::from_secs(seconds)));
        assert_eq!(
            retries.decide(ask(50)),
            Decision::Wait(Duration::from_secs(50))
        );
        assert_eq!(
            retries.decide(ask(10)),
            Decision::Wait(Duration::from_secs(10))
        );
        assert_eq!(
            retries.decide(ask(1)),
            Decision::TooLong(Duration::from_secs(1))
        );
    }

    #[test]
    fn zero_seconds_is_no_invitation_to_loop() {
        let decision = retries(1).decide(Trouble::Refused(Some(Duration::ZERO)));
        assert!(matches!(decision, Decision::Wait(delay) if delay >= Duration::from_millis(500)));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let cases = [
            ("7", Some(7)),
            (" 86400 ", Some(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("inf", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "`{value}`"
            );
        }
    }
}
