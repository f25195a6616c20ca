//! Leases: who may write, for how long, and when another may take over.
//!
//! A lease is a folder of numbered objects that are written with create-if-absent; the highest number holds. Its holder
//! overwrites its own object to prolong or to give back, so a holder that slept can never harm its successor.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use crate::clock::real_time;

use super::digest;
use super::error::Error;
use super::layout::{LEASE, number_of};
use super::process::Process;
use super::store::Store;

/// Name of the lease that keeps out a second `ingest` or `run`.
pub(crate) const RUN: &str = "run";
/// Name of the short lease of whoever writes.
pub(crate) const COMMIT: &str = "commit";

/// How long a lease holds without a heartbeat.
const TIME_TO_LIVE: SignedDuration = SignedDuration::from_secs(120);
/// What must be left of it before a put.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Attempts against others who take the same number at the same moment.
const ATTEMPTS: usize = 8;

/// Tokens of the leases that this process holds. One that is not here was dropped without being given back.
static HELD_HERE: LazyLock<SyncMutex<HashSet<String>>> = LazyLock::new(SyncMutex::default);

/// The content of a lease object.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    token: String,
    process: Process,
    acquired: Timestamp,
    expires: Timestamp,
    #[serde(default)]
    released: bool,
}

impl Record {
    fn is_held(&self, now: Timestamp) -> bool {
        !self.released && self.expires > now && !self.is_abandoned()
    }

    /// Whether its holder can be seen to be gone, so that nobody has to wait for the expiry.
    fn is_abandoned(&self) -> bool {
        if self.process.is_this() {
            return !held_here().contains(&self.token);
        }
        self.process.is_gone()
    }

    fn to_bytes(&self) -> Result<Bytes, Error> {
        serde_json::to_vec_pretty(self)
            .map(Bytes::from)
            .map_err(|error| Error::rows(LEASE, error))
    }
}

fn held_here() -> std::sync::MutexGuard<'static, HashSet<String>> {
    HELD_HERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lease that is held; a heartbeat prolongs it until it is released or dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    shared: Arc<Shared>,
    heartbeat: AbortHandle,
    /// Whether whoever held it before did not give it back, and may have left half a write.
    follows_a_crash: bool,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    name: String,
    path: String,
    number: u64,
    record: Mutex<Record>,
    token: String,
}

impl Lease {
    /// Takes the lease, or says who holds it.
    pub(crate) async fn acquire(store: &Store, name: &str) -> Result<Lease, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(lease) = Lease::try_acquire(store, name).await? {
                return Ok(lease);
            }
        }
        Err(Error::Busy {
            lease: name.to_owned(),
            holder: "several processes".to_owned(),
            until: real_time(),
        })
    }

    /// One attempt; `None` where somebody else took the number first.
    async fn try_acquire(store: &Store, name: &str) -> Result<Option<Lease>, Error> {
        let folder = format!("{LEASE}/{name}");
        let older = store.list(&folder).await?;
        let highest = older.iter().filter_map(|o| number_of(&o.path)).max();
        let before = match highest {
            Some(number) => refuse_if_held(store, name, &object_path(name, number)).await?,
            None => Before::GivenBack,
        };
        let number = highest.unwrap_or(0) + 1;
        let Some(mut lease) = Lease::create(store, name, number).await? else {
            return Ok(None);
        };
        lease.follows_a_crash = before == Before::Left;
        for object in older {
            store.delete(&object.path).await?;
        }
        Ok(Some(lease))
    }

    async fn create(store: &Store, name: &str, number: u64) -> Result<Option<Lease>, Error> {
        let now = real_time();
        let process = Process::this().clone();
        let token = new_token(&process, name, number, now);
        let record = Record {
            token: token.clone(),
            process,
            acquired: now,
            expires: now + TIME_TO_LIVE,
            released: false,
        };
        let path = object_path(name, number);
        held_here().insert(token.clone());
        match store.create(&path, record.to_bytes()?).await {
            Ok(true) => {}
            other => {
                held_here().remove(&token);
                return other.map(|_| None);
            }
        }
        let shared = Arc::new(Shared {
            store: store.clone(),
            name: name.to_owned(),
            path,
            number,
            record: Mutex::new(record),
            token,
        });
        let heartbeat = tokio::spawn(beat(shared.clone())).abort_handle();
        Ok(Some(Lease {
            shared,
            heartbeat,
            follows_a_crash: false,
        }))
    }

    /// Whether whoever held it before did not give it back, and may have left half a write.
    pub(crate) fn follows_a_crash(&self) -> bool {
        self.follows_a_crash
    }

    /// Makes sure that a minute is left: to be called before each put.
    pub(crate) async fn ensure(&self) -> Result<(), Error> {
        let left = {
            let record = self.shared.record.lock().await;
            record.expires.duration_since(real_time())
        };
        if left >= MARGIN {
            return Ok(());
        }
        self.shared.prolong().await
    }

    /// Gives the lease back.
    pub(crate) async fn release(self) -> Result<(), Error> {
        self.heartbeat.abort();
        let mut record = self.shared.record.lock().await;
        record.released = true;
        let bytes = record.to_bytes()?;
        self.shared.store.put(&self.shared.path, bytes).await?;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.heartbeat.abort();
        held_here().remove(&self.shared.token);
    }
}

impl Shared {
    async fn prolong(&self) -> Result<(), Error> {
        let mut record = self.record.lock().await;
        if record.released {
            return Ok(());
        }
        record.expires = real_time() + TIME_TO_LIVE;
        self.store.put(&self.path, record.to_bytes()?).await?;
        let listed = self.store.list(&format!("{LEASE}/{}", self.name)).await?;
        let highest = listed.iter().filter_map(|o| number_of(&o.path)).max();
        if highest == Some(self.number) {
            return Ok(());
        }
        record.expires = Timestamp::UNIX_EPOCH;
        Err(Error::LeaseLost {
            lease: self.name.clone(),
        })
    }
}

/// Prolongs until the lease is lost. Other failures pass: the holder meets them at its next put.
async fn beat(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(Error::LeaseLost { lease }) = shared.prolong().await {
            tracing::warn!(lease, "lease lost to another process");
            return;
        }
    }
}

/// How the holder before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    GivenBack,
    Left,
}

async fn refuse_if_held(store: &Store, name: &str, path: &str) -> Result<Before, Error> {
    let Some(bytes) = store.get(path).await? else {
        return Ok(Before::Left);
    };
    // Objects are written whole, so one that cannot be read was not written by a holder.
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else {
        return Ok(Before::Left);
    };
    if record.is_held(real_time()) {
        return Err(Error::Busy {
            lease: name.to_owned(),
            holder: record.process.to_string(),
            until: record.expires,
        });
    }
    Ok(if record.released {
        Before::GivenBack
    } else {
        Before::Left
    })
}

fn object_path(name: &str, number: u64) -> String {
    format!("{LEASE}/{name}/{number:08}.json")
}

fn new_token(process: &Process, name: &str, number: u64, now: Timestamp) -> String {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    digest::of_bytes(format!("{process} {} {name} {number} {now} {count}", process.id).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().to_string_lossy()).expect("a store");
        (folder, store)
    }

    async fn write_record(store: &Store, change: impl FnOnce(&mut Record)) {
        let now = real_time();
        let mut record = Record {
            token: "other".to_owned(),
            process: Process::elsewhere("backup-host", 77),
            acquired: now,
            expires: now + TIME_TO_LIVE,
            released: false,
        };
        change(&mut record);
        let bytes = record.to_bytes().expect("json");
        assert!(
            store
                .create(&object_path(RUN, 5), bytes)
                .await
                .expect("created")
        );
    }

    #[tokio::test]
    async fn a_second_holder_is_told_who_and_until_when() {
        let (_folder, store) = store();
        let first = Lease::acquire(&store, RUN).await.expect("first");
        let error = Lease::acquire(&store, RUN).await.expect_err("second");
        assert!(
            matches!(&error, Error::Busy { until, .. } if *until > real_time()),
            "{error}"
        );
        assert!(
            error.to_string().contains(&std::process::id().to_string()),
            "{error}"
        );
        Lease::acquire(&store, COMMIT).await.expect("another lease");
        first.release().await.expect("released");
        Lease::acquire(&store, RUN).await.expect("free again");
    }

    #[tokio::test]
    async fn a_dropped_lease_is_free_at_once() {
        let (_folder, store) = store();
        drop(Lease::acquire(&store, RUN).await.expect("first"));
        Lease::acquire(&store, RUN).await.expect("second");
    }

    #[tokio::test]
    async fn a_holder_elsewhere_keeps_it_until_it_expires() {
        let (_folder, held) = store();
        write_record(&held, |_| {}).await;
        let error = Lease::acquire(&held, RUN).await.expect_err("held");
        assert!(error.to_string().contains("backup-host"), "{error}");

        let (_folder, expired) = store();
        write_record(&expired, |record| record.expires = real_time()).await;
        Lease::acquire(&expired, RUN).await.expect("expired");

        let (_folder, released) = store();
        write_record(&released, |record| record.released = true).await;
        Lease::acquire(&released, RUN).await.expect("released");
    }

    #[tokio::test]
    async fn a_holder_that_died_here_does_not_block() {
        let (_folder, store) = store();
        let mut child = std::process::Command::new("true")
            .spawn()
            .expect("a process");
        let process = Process::other_here(child.id());
        child.wait().expect("it ends");
        write_record(&store, |record| record.process = process).await;
        Lease::acquire(&store, RUN).await.expect("taken over");
    }

    #[tokio::test]
    async fn a_holder_that_slept_sees_that_it_lost() {
        let (_folder, store) = store();
        let slept = Lease::acquire(&store, RUN).await.expect("first");
        slept.shared.record.lock().await.expires = Timestamp::UNIX_EPOCH;
        let next = Lease::create(&store, RUN, slept.shared.number + 1).await;
        let next = next.expect("created").expect("free number");
        let error = slept.ensure().await.expect_err("lost");
        assert!(matches!(error, Error::LeaseLost { .. }), "{error}");
        next.ensure().await.expect("the successor is not harmed");
    }
}
