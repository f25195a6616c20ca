//! The day's requests: reserved in the state before they are used, so that a killed run does not spend the company's
//! budget twice.

use std::sync::Arc;
use std::time::Instant;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use talktrack_gong::client::Client;
use talktrack_gong::reserve::{BoxError, Reserve};

use super::error::Error;
use crate::clock::FixedClock;
use crate::lake::{Commit, Lake};

/// Requests that are reserved at a time: about a minute's worth at Gong's rate.
const BLOCK: u32 = 200;

/// What this run reserves and sends.
pub(super) struct Budget {
    client: Client,
    book: Arc<Book>,
    /// Requests that were sent before this run, on the same client.
    sent_before: u64,
}

/// Writes reservations into the lake's state.
struct Book {
    lake: Lake,
    now: Timestamp,
    began: Instant,
}

impl Budget {
    /// From now on the client sends nothing that is not reserved.
    pub(super) fn new(client: &Client, lake: &Lake, now: Timestamp) -> Budget {
        let book = Arc::new(Book {
            lake: lake.clone(),
            now,
            began: Instant::now(),
        });
        Budget {
            client: client.clone(),
            book,
            sent_before: client.requests_sent(),
        }
    }

    /// Makes the client reserve before it sends.
    pub(super) fn open(&self) {
        self.client.reserve_with(self.book.clone(), BLOCK);
    }

    /// Requests that this run has sent.
    pub(super) fn sent(&self) -> u64 {
        self.client.requests_sent() - self.sent_before
    }

    /// Ends a commit, and reserves more with it where little is left, so that no commit is needed for that alone.
    pub(super) async fn finish(&self, mut commit: Commit) -> Result<(), Error> {
        let left = self
            .client
            .reserved()
            .saturating_sub(self.client.requests_sent());
        let is_short = left < u64::from(BLOCK / 2) && left > 0;
        if is_short {
            commit
                .state_mut()
                .requests
                .reserve(self.book.moment(), BLOCK);
        }
        commit.finish().await?;
        if is_short {
            self.client.add_reserved(BLOCK);
        }
        Ok(())
    }

    /// Gives back what was reserved and not used.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let unused = self
            .client
            .reserved()
            .saturating_sub(self.client.requests_sent());
        if unused == 0 {
            return Ok(());
        }
        let mut commit = self.book.begin().await?;
        commit
            .state_mut()
            .requests
            .give_back(u32::try_from(unused).unwrap_or(u32::MAX));
        commit.finish().await?;
        Ok(())
    }
}

impl Book {
    async fn begin(&self) -> Result<Commit, crate::lake::Error> {
        self.lake.begin(&FixedClock(self.now)).await
    }

    /// The run's now and the time since: a reservation leaves the day 24 hours after it was made, not after the run began.
    fn moment(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or_default();
        self.now.checked_add(passed).unwrap_or(self.now)
    }
}

impl Reserve for Book {
    fn reserve(&self, count: u32) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move {
            let mut commit = self.begin().await?;
            commit.state_mut().requests.reserve(self.moment(), count);
            commit.finish().await?;
            Ok(())
        })
    }
}
