//! Requests are written down before they are sent, so that a run that is killed does not spend the day's budget twice.

use futures::future::BoxFuture;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// An error of whoever reserves.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Writes down, to stay, that requests are about to be made.
pub trait Reserve: Send + Sync {
    /// Reserves `count` requests; once this returns, they count as spent whatever happens to this process.
    ///
    /// No request goes out meanwhile, so it must not itself wait for the client.
    fn reserve(&self, count: u32) -> BoxFuture<'_, Result<(), BoxError>>;
}

/// How many requests were reserved, and how many went out.
#[derive(Default)]
pub(crate) struct Ledger {
    reserver: RwLock<Option<Reserver>>,
    reserved: AtomicU64,
    sent: AtomicU64,
}

#[derive(Clone)]
struct Reserver {
    inner: Arc<dyn Reserve>,
    block: u32,
}

impl Ledger {
    /// From now on every request is reserved before it is sent, `block` at a time.
    pub(crate) fn reserve_with(&self, inner: Arc<dyn Reserve>, block: u32) {
        let mut reserver = self
            .reserver
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *reserver = Some(Reserver { inner, block });
    }

    /// Requests that somebody else reserved for this client.
    pub(crate) fn add_reserved(&self, count: u32) {
        self.reserved.fetch_add(u64::from(count), Ordering::Relaxed);
    }

    pub(crate) fn count_sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn reserved(&self) -> u64 {
        self.reserved.load(Ordering::Relaxed)
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether one more request may go out as far as reserving goes.
    pub(crate) fn is_reserved(&self) -> bool {
        self.sent() < self.reserved() || self.reserver().is_none()
    }

    /// Reserves one more block, cut to what is `left` of the day, and what went out before anybody reserved.
    pub(crate) async fn reserve(&self, left: Option<u32>) -> Result<(), BoxError> {
        let Some(reserver) = self.reserver() else {
            return Ok(());
        };
        let owed = (self.sent() + 1).saturating_sub(self.reserved());
        let owed = u32::try_from(owed).unwrap_or(u32::MAX).max(1);
        let count = reserver.block.min(left.unwrap_or(u32::MAX)).max(owed);
        reserver.inner.reserve(count).await?;
        self.add_reserved(count);
        Ok(())
    }

    fn reserver(&self) -> Option<Reserver> {
        self.reserver
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("Ledger")
            .field("reserved", &self.reserved())
            .field("sent", &self.sent())
            .finish_non_exhaustive()
    }
}
