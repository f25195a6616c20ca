//! The day's requests: reserved in the state before they are used, so that a killed run does not spend the company's
//! budget twice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use talktrack_gong::client::Client;

use super::error::Error;
use crate::clock::FixedClock;
use crate::lake::{Commit, Lake};

/// Requests that are reserved at a time: a minute's worth at Gong's rate.
const BLOCK: u64 = 200;

/// What this run has reserved.
pub(super) struct Budget {
    lake: Lake,
    now: Timestamp,
    began: Instant,
    /// Requests that were sent before this run, on the same client.
    sent_before: u64,
    reserved: AtomicU64,
}

impl Budget {
    pub(super) fn new(client: &Client, lake: &Lake, now: Timestamp) -> Budget {
        Budget {
            lake: lake.clone(),
            now,
            began: Instant::now(),
            sent_before: client.requests_sent(),
            reserved: AtomicU64::new(0),
        }
    }

    /// Requests that this run has sent.
    pub(super) fn sent(&self, client: &Client) -> u64 {
        client.requests_sent() - self.sent_before
    }

    /// Reserves more within a commit that is under way, so that no commit is needed for it alone.
    pub(super) fn look_ahead(&self, client: &Client, commit: &mut Commit) {
        let (sent, reserved) = (self.sent(client), self.reserved.load(Ordering::Relaxed));
        if sent + BLOCK / 2 > reserved {
            let more = sent + BLOCK - reserved;
            let count = u32::try_from(more).unwrap_or(u32::MAX);
            commit.state_mut().requests.reserve(self.moment(), count);
            self.reserved.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// Gives back what was reserved and not used.
    pub(super) async fn settle(&self, client: &Client) -> Result<(), Error> {
        let unused = self
            .reserved
            .load(Ordering::Relaxed)
            .saturating_sub(self.sent(client));
        let mut commit = self.lake.begin(&FixedClock(self.now)).await?;
        commit
            .state_mut()
            .requests
            .give_back(u32::try_from(unused).unwrap_or(u32::MAX));
        self.reserved.fetch_sub(unused, Ordering::Relaxed);
        commit.finish().await?;
        Ok(())
    }

    /// The run's now and the time since: a reservation leaves the day 24 hours after it was made, not after the run began.
    fn moment(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or_default();
        self.now.checked_add(passed).unwrap_or(self.now)
    }
}
