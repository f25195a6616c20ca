//! Where the time comes from: one `now` a run, so that the same input gives the same bytes.

use jiff::Timestamp;

/// Tells the time. A command asks once and passes the answer down.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        real_time()
    }
}

/// What the machine's clock says: for leases and the age of leftovers, which other processes judge by real time, never for
/// what is stored in tables.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine"
)]
pub(crate) fn real_time() -> Timestamp {
    Timestamp::now()
}

/// A clock that stands still: `--now`, and tests.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
