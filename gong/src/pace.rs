//! The request budget, shared by all clones of a client: evenly spaced per second, counted per rolling day.

use crate::clock::Clock;
use crate::reserve::{BoxError, Ledger};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Queue, MutexGuard as Turn};

const DAY: Duration = Duration::from_hours(24);

/// Times between requests are longer than the rate asks for by this much, so that no sliding second ever holds one more.
const SLACK: f64 = 1.02;

/// Longer waits are told.
const TOLD_FROM: Duration = Duration::from_secs(10);

/// Requests that were reserved or sent before this client, some time ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// How long ago; 24 hours after it was made, a reservation leaves the day.
    pub age: Duration,
    /// How many.
    pub count: u32,
}

/// How fast requests may go out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Requests per second; zero or infinite when they are not limited.
    pub(crate) per_second: f64,
    /// Requests in any 24 hours; zero when they are not limited.
    pub(crate) per_day: u32,
    /// The part of both that may be used, above 0 and at most 1.
    pub(crate) share: f64,
}

/// Hands out permits, one per request, one after the other.
pub(crate) struct Pacer {
    clock: Arc<dyn Clock>,
    /// Time between two requests; zero when the rate is not limited.
    spacing: Duration,
    /// Requests in any 24 hours; zero when they are not limited.
    per_day: u32,
    /// Whoever holds it is next; the others stand in line.
    queue: Queue<Sent>,
    /// Apart from the queue, since it is set by those who are not next.
    paused_until: Mutex<Duration>,
}

/// What went out so far.
struct Sent {
    last: Option<Duration>,
    /// When how many requests leave the day, earliest first.
    leaving: VecDeque<(Duration, u32)>,
}

/// The right to send one request. It is held until the request is on its way, so that the time to the next one counts
/// from there; dropped unused, it costs nothing.
pub(crate) struct Permit<'a> {
    pacer: &'a Pacer,
    turn: Turn<'a, Sent>,
}

/// Why no request may go out.
#[derive(Debug)]
pub(crate) enum Denied {
    /// The budget is spent for longer than the caller would wait.
    Exhausted {
        /// How long until a request is allowed again.
        wait: Duration,
    },
    /// The budget could not be reserved.
    Reserve(BoxError),
}

impl Pacer {
    pub(crate) fn new(clock: Arc<dyn Clock>, pace: Pace, spent: &[Spent]) -> Self {
        let born = clock.monotonic();
        let mut leaving: Vec<(Duration, u32)> = spent
            .iter()
            .filter(|spent| spent.age < DAY && spent.count > 0)
            .map(|spent| (born + DAY.saturating_sub(spent.age), spent.count))
            .collect();
        leaving.sort_unstable();
        let before = Sent {
            last: None,
            leaving: leaving.into(),
        };
        Self {
            clock,
            spacing: pace.spacing(),
            per_day: pace.of_day(),
            queue: Queue::new(before),
            paused_until: Mutex::default(),
        }
    }

    /// Waits for the turn of one more request, but not longer than `max_wait` for the day's budget, and sees to it that
    /// the request is reserved.
    pub(crate) async fn permit(
        &self,
        max_wait: Duration,
        ledger: &Ledger,
    ) -> Result<Permit<'_>, Denied> {
        let mut turn = self.queue.lock().await;
        // Looked at again after each wait: it may have taken longer, or a pause may have been asked for meanwhile.
        loop {
            let now = self.clock.monotonic();
            turn.forget(now);
            let free_at = turn.free_at(self.per_day).unwrap_or(now);
            if free_at > now.saturating_add(max_wait) {
                return Err(Denied::Exhausted {
                    wait: free_at.saturating_sub(now),
                });
            }
            let due = self.due(&turn, free_at);
            if due > now {
                self.wait(due.saturating_sub(now), free_at == due).await;
            } else if ledger.is_reserved() {
                return Ok(Permit { pacer: self, turn });
            } else {
                let left = turn.left(self.per_day);
                ledger.reserve(left).await.map_err(Denied::Reserve)?;
            }
        }
    }

    /// No request goes out for this long: Gong's limits hold for the whole company.
    pub(crate) fn pause(&self, duration: Duration) {
        let until = self.clock.monotonic().saturating_add(duration);
        let mut paused_until = self.paused_until();
        *paused_until = paused_until.max(until);
    }

    fn due(&self, sent: &Sent, free_at: Duration) -> Duration {
        let spaced = sent.last.map_or(Duration::ZERO, |last| last + self.spacing);
        spaced.max(*self.paused_until()).max(free_at)
    }

    async fn wait(&self, wait: Duration, for_the_day: bool) {
        if for_the_day && wait > TOLD_FROM {
            tracing::warn!(
                wait_s = wait.as_secs(),
                "waiting for room in the day's request budget"
            );
        }
        self.clock.sleep(wait).await;
    }

    fn paused_until(&self) -> MutexGuard<'_, Duration> {
        self.paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    fn spacing(&self) -> Duration {
        let per_second = self.per_second * self.share;
        if per_second.is_finite() && per_second > 0.0 {
            Duration::try_from_secs_f64(SLACK / per_second).map_or(DAY, |spacing| spacing.min(DAY))
        } else {
            Duration::ZERO
        }
    }

    fn of_day(&self) -> u32 {
        match self.per_day {
            0 => 0,
            per_day => ((f64::from(per_day) * self.share).floor() as u32).max(1),
        }
    }
}

impl Sent {
    fn forget(&mut self, now: Duration) {
        while self.leaving.front().is_some_and(|(at, _)| *at <= now) {
            self.leaving.pop_front();
        }
    }

    fn count(&self) -> u64 {
        self.leaving
            .iter()
            .map(|(_, count)| u64::from(*count))
            .sum()
    }

    /// Requests that the day still has room for; `None` when it has no limit.
    fn left(&self, per_day: u32) -> Option<u32> {
        (per_day > 0).then(|| u64::from(per_day).saturating_sub(self.count()) as u32)
    }

    /// When the rolling day has room for one more request; `None` when it has now.
    fn free_at(&self, per_day: u32) -> Option<Duration> {
        if per_day == 0 {
            return None;
        }
        let mut over = (self.count() + 1).saturating_sub(u64::from(per_day));
        let mut free_at = None;
        for (at, count) in &self.leaving {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(u64::from(*count));
            free_at = Some(*at);
        }
        free_at
    }
}

impl Permit<'_> {
    /// The request is on its way.
    pub(crate) fn used(mut self) {
        let now = self.pacer.clock.monotonic();
        self.turn.last = Some(now);
        if self.pacer.per_day == 0 {
            return;
        }
        match self.turn.leaving.back_mut() {
            Some((at, count)) if *at == now + DAY => *count += 1,
            _ => self.turn.leaving.push_back((now + DAY, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Denied, Pace, Pacer, Spent};
    use crate::clock::{Clock, SystemClock};
    use crate::reserve::Ledger;
    use futures::future::BoxFuture;
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, SystemTime};

    const MINUTE: Duration = Duration::from_mins(1);
    const HOUR: Duration = Duration::from_hours(1);

    fn pace(per_second: f64, per_day: u32) -> Pace {
        Pace {
            per_second,
            per_day,
            share: 1.0,
        }
    }

    fn pacer(pace: Pace, spent: &[Spent]) -> (Pacer, SystemClock) {
        let clock = SystemClock::new();
        (Pacer::new(Arc::new(clock), pace, spent), clock)
    }

    /// Takes a permit and uses it; the wait when there is none.
    async fn send(pacer: &Pacer, max_wait: Duration) -> Result<(), Duration> {
        match pacer.permit(max_wait, &Ledger::default()).await {
            Ok(permit) => {
                permit.used();
                Ok(())
            }
            Err(Denied::Exhausted { wait }) => Err(wait),
            Err(Denied::Reserve(error)) => panic!("nothing is reserved here: {error}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_evenly_spaced_without_a_burst() {
        let (pacer, clock) = pacer(pace(4.0, 0), &[]);
        let mut times = Vec::new();
        for _ in 0..4 {
            assert_eq!(send(&pacer, MINUTE).await, Ok(()));
            times.push(clock.monotonic().as_millis());
        }
        // After a pause of its own making the client may not catch up.
        tokio::time::sleep(Duration::from_secs(2)).await;
        for _ in 0..2 {
            assert_eq!(send(&pacer, MINUTE).await, Ok(()));
            times.push(clock.monotonic().as_millis());
        }
        assert_eq!(times, [0, 255, 510, 765, 2765, 3020]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_leaves_the_rest_of_both_limits() {
        let share = Pace {
            share: 0.5,
            ..pace(4.0, 5)
        };
        let (pacer, clock) = pacer(share, &[]);
        for _ in 0..2 {
            assert_eq!(send(&pacer, MINUTE).await, Ok(()));
        }
        assert_eq!(clock.monotonic(), Duration::from_millis(510));
        assert!(send(&pacer, MINUTE).await.is_err(), "half of 5 is 2");
    }

    #[tokio::test(start_paused = true)]
    async fn side_by_side_requests_share_one_rate() {
        let (pacer, clock) = pacer(pace(2.0, 0), &[]);
        let sent = futures::future::join_all((0..7).map(|_| send(&pacer, MINUTE))).await;
        assert!(sent.iter().all(Result::is_ok));
        assert_eq!(clock.monotonic(), Duration::from_millis(6 * 510));
    }

    /// Wakes later than asked, each time by another amount.
    struct Late {
        inner: SystemClock,
        by_ms: Mutex<std::iter::Cycle<std::vec::IntoIter<u64>>>,
    }

    impl Clock for Late {
        fn monotonic(&self) -> Duration {
            self.inner.monotonic()
        }

        fn wall(&self) -> SystemTime {
            self.inner.wall()
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            let late = self.by_ms.lock().unwrap().next().unwrap();
            self.inner.sleep(duration + Duration::from_millis(late))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_a_fourth_request_however_late_it_is_woken() {
        let late = vec![0, 330, 900, 5, 0, 2000, 339, 341, 0, 0, 120, 1];
        let clock = Arc::new(Late {
            inner: SystemClock::new(),
            by_ms: Mutex::new(late.into_iter().cycle()),
        });
        let pacer = Pacer::new(clock.clone(), pace(3.0, 0), &[]);
        let times = Mutex::new(Vec::new());
        let task = async || {
            for _ in 0..25 {
                assert_eq!(send(&pacer, MINUTE).await, Ok(()));
                times.lock().unwrap().push(clock.monotonic());
            }
        };
        futures::future::join_all((0..4).map(|_| task())).await;
        let times = times.into_inner().unwrap();
        assert_eq!(times.len(), 100);
        for four in times.windows(4) {
            assert!(four[3] > four[0] + Duration::from_secs(1), "{four:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_that_is_not_used_costs_nothing() {
        let (pacer, clock) = pacer(pace(1.0, 1), &[]);
        drop(pacer.permit(MINUTE, &Ledger::default()).await);
        assert_eq!(send(&pacer, MINUTE).await, Ok(()));
        assert_eq!(clock.monotonic(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn no_rate_means_no_waiting() {
        for rate in [0.0, f64::INFINITY, f64::NAN] {
            let (pacer, clock) = pacer(pace(rate, 0), &[]);
            for _ in 0..100 {
                assert_eq!(send(&pacer, MINUTE).await, Ok(()));
            }
            assert_eq!(clock.monotonic(), Duration::ZERO, "rate {rate}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_who_waits_already() {
        let (pacer, clock) = pacer(pace(1.0, 0), &[]);
        assert_eq!(send(&pacer, MINUTE).await, Ok(()));
        let late = async { pacer.pause(Duration::from_secs(10)) };
        let (sent, ()) = futures::future::join(send(&pacer, MINUTE), late).await;
        assert_eq!(sent, Ok(()));
        assert_eq!(clock.monotonic(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rolling_day_is_kept() {
        let before = Spent {
            age: Duration::ZERO,
            count: 1,
        };
        let (pacer, _clock) = pacer(pace(0.0, 3), &[before]);
        assert_eq!(send(&pacer, MINUTE).await, Ok(()));
        tokio::time::sleep(HOUR).await;
        assert_eq!(send(&pacer, MINUTE).await, Ok(()));
        assert_eq!(
            send(&pacer, MINUTE).await,
            Err(DAY.checked_sub(HOUR).unwrap())
        );
        assert_eq!(
            send(&pacer, DAY).await,
            Ok(()),
            "waits for the request made before to leave the day"
        );
        assert_eq!(
            send(&pacer, MINUTE).await,
            Ok(()),
            "the first request of this process left it too"
        );
        assert_eq!(send(&pacer, MINUTE).await, Err(HOUR));
    }

    #[tokio::test(start_paused = true)]
    async fn each_earlier_reservation_leaves_the_day_24_hours_after_it_was_made() {
        let spent = |hours, count| Spent {
            age: Duration::from_hours(hours),
            count,
        };
        let earlier = [spent(1, 4), spent(23, 3), spent(24, 100), spent(2, 0)];
        let (pacer, _clock) = pacer(pace(0.0, 6), &earlier);
        // One too many is reserved already, so that one must leave: the three of 23 hours ago do so in an hour.
        assert_eq!(send(&pacer, MINUTE).await, Err(HOUR));
        tokio::time::sleep(HOUR).await;
        for _ in 0..2 {
            assert_eq!(send(&pacer, MINUTE).await, Ok(()));
        }
        assert_eq!(send(&pacer, MINUTE).await, Err(22 * HOUR));
    }
}
