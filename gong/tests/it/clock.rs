//! Time that passes only when slept; every sleep is written down.

use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use talktrack_gong::clock::Clock;

/// 1994-11-06T08:49:37Z, the date that HTTP's standard uses in its examples.
pub(crate) const START_SECONDS: u64 = 784_111_777;

#[derive(Default, Clone)]
pub(crate) struct FakeClock {
    sleeps: Arc<Mutex<Vec<Duration>>>,
}

impl FakeClock {
    pub(crate) fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn monotonic(&self) -> Duration {
        self.sleeps.lock().unwrap().iter().sum()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(START_SECONDS) + self.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleeps.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }
}
