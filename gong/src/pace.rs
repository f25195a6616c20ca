//! The request budget, shared by all clones of a client: evenly spaced per second, counted per rolling day.

use crate::clock::Clock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// Hands out permits, one per request.
pub(crate) struct Pacer {
    clock: Arc<dyn Clock>,
    /// Time between two requests; zero when the rate is not limited.
    spacing: Duration,
    /// Requests in any 24 hours; zero when they are not limited.
    per_day: u32,
    /// Requests of the rolling day that were made before this pacer; their times are not known.
    spent_before: u32,
    born: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next_slot: Duration,
    paused_until: Duration,
    /// When each request of the last 24 hours was granted.
    granted: VecDeque<Duration>,
}

/// The budget is spent for longer than the caller would wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exhausted {
    /// How long until a request is allowed again.
    pub(crate) wait: Duration,
}

impl Pacer {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        per_second: f64,
        per_day: u32,
        spent_before: u32,
    ) -> Self {
        let limited = per_second.is_finite() && per_second > 0.0;
        let spacing = if limited {
            Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(DAY)
        } else {
            Duration::ZERO
        };
        let born = clock.monotonic();
        Self {
            clock,
            spacing,
            per_day,
            spent_before,
            born,
            state: Mutex::default(),
        }
    }

    /// Waits for the turn of one more request, but not longer than `max_wait` for the day's budget.
    pub(crate) async fn permit(&self, max_wait: Duration) -> Result<(), Exhausted> {
        loop {
            let now = self.clock.monotonic();
            let slot = self.reserve(now, max_wait)?;
            if slot > now {
                self.clock.sleep(slot.saturating_sub(now)).await;
            }
            // Another clone may have been told to wait meanwhile; that holds for all.
            if self.lock().paused_until <= slot {
                return Ok(());
            }
            self.give_back(slot);
        }
    }

    /// No request goes out for this long: Gong's limits hold for the whole company.
    pub(crate) fn pause(&self, duration: Duration) {
        let until = self.clock.monotonic() + duration;
        let mut state = self.lock();
        state.paused_until = state.paused_until.max(until);
    }

    fn reserve(&self, now: Duration, max_wait: Duration) -> Result<Duration, Exhausted> {
        let mut state = self.lock();
        while state
            .granted
            .front()
            .is_some_and(|granted| *granted + DAY <= now)
        {
            state.granted.pop_front();
        }
        let free_at = self.free_at(&state, now);
        if free_at > now + max_wait {
            return Err(Exhausted {
                wait: free_at.saturating_sub(now),
            });
        }
        let slot = now
            .max(state.next_slot)
            .max(state.paused_until)
            .max(free_at);
        state.next_slot = slot + self.spacing;
        if self.per_day > 0 {
            state.granted.push_back(slot);
        }
        Ok(slot)
    }

    /// When the rolling day has room for one more request.
    fn free_at(&self, state: &State, now: Duration) -> Duration {
        if self.per_day == 0 {
            return now;
        }
        let before_ends = self.born + DAY;
        let before = if now < before_ends {
            self.spent_before as usize
        } else {
            0
        };
        let spent = state.granted.len() + before;
        let Some(over) = spent.checked_sub(self.per_day as usize) else {
            return now;
        };
        // `over + 1` requests must have left the day; those from before leave it first, all at once.
        if over < before {
            return before_ends;
        }
        state
            .granted
            .get(over - before)
            .map_or(before_ends, |granted| *granted + DAY)
    }

    /// A granted request that was not made does not count.
    fn give_back(&self, slot: Duration) {
        let mut state = self.lock();
        if let Some(at) = state.granted.iter().rposition(|granted| *granted == slot) {
            state.granted.remove(at);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Exhausted, Pacer};
    use crate::clock::{Clock, SystemClock};
    use std::sync::Arc;
    use std::time::Duration;

    const MINUTE: Duration = Duration::from_mins(1);

    fn pacer(per_second: f64, per_day: u32, spent_before: u32) -> (Pacer, SystemClock) {
        let clock = SystemClock::new();
        (
            Pacer::new(Arc::new(clock), per_second, per_day, spent_before),
            clock,
        )
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_evenly_spaced_without_a_burst() {
        let (pacer, clock) = pacer(4.0, 0, 0);
        let mut times = Vec::new();
        for _ in 0..4 {
            assert_eq!(pacer.permit(MINUTE).await, Ok(()));
            times.push(clock.monotonic().as_millis());
        }
        // After a pause of its own making the client may not catch up.
        tokio::time::sleep(Duration::from_secs(2)).await;
        for _ in 0..2 {
            assert_eq!(pacer.permit(MINUTE).await, Ok(()));
            times.push(clock.monotonic().as_millis());
        }
        assert_eq!(times, [0, 250, 500, 750, 2750, 3000]);
    }

    #[tokio::test(start_paused = true)]
    async fn side_by_side_requests_share_one_rate() {
        let (pacer, clock) = pacer(2.0, 0, 0);
        let permits = futures::future::join_all((0..7).map(|_| pacer.permit(MINUTE))).await;
        assert!(permits.iter().all(Result::is_ok));
        assert_eq!(clock.monotonic(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn no_rate_means_no_waiting() {
        for rate in [0.0, f64::INFINITY, f64::NAN] {
            let (pacer, clock) = pacer(rate, 0, 0);
            for _ in 0..100 {
                assert_eq!(pacer.permit(MINUTE).await, Ok(()));
            }
            assert_eq!(clock.monotonic(), Duration::ZERO, "rate {rate}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_who_waits_already() {
        let (pacer, clock) = pacer(1.0, 0, 0);
        assert_eq!(pacer.permit(MINUTE).await, Ok(()));
        let late = async { pacer.pause(Duration::from_secs(10)) };
        let (permit, ()) = futures::future::join(pacer.permit(MINUTE), late).await;
        assert_eq!(permit, Ok(()));
        assert_eq!(clock.monotonic(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rolling_day_is_kept() {
        let (pacer, _clock) = pacer(0.0, 3, 1);
        assert_eq!(pacer.permit(MINUTE).await, Ok(()));
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert_eq!(pacer.permit(MINUTE).await, Ok(()));
        let hour = Duration::from_hours(1);
        assert_eq!(
            pacer.permit(MINUTE).await,
            Err(Exhausted {
                wait: DAY.checked_sub(hour).unwrap()
            })
        );
        assert_eq!(
            pacer.permit(DAY).await,
            Ok(()),
            "waits for the requests made before to leave the day"
        );
        assert_eq!(
            pacer.permit(MINUTE).await,
            Ok(()),
            "the first request of this process left it too"
        );
        assert_eq!(pacer.permit(MINUTE).await, Err(Exhausted { wait: hour }));
    }
}
