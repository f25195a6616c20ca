//! Places where a test can kill the process, to show that the next run heals what was left.
//!
//! `TALKTRACK_FAIL_AT=<name>:<n>` aborts the process the n-th time the named place is reached. Builds without debug
//! assertions do not look.

/// Every place, in the order in which a commit reaches them. A test iterates over this list.
pub const NAMES: &[&str] = &[
    AFTER_PUT,
    BETWEEN_TABLES,
    BEFORE_MANIFEST,
    BEFORE_STATE_WRITE,
    AFTER_STATE_WRITE,
];

/// A partition was replaced, and no manifest knows it yet.
pub const AFTER_PUT: &str = "after_put";
/// A commit is about to write another table than the one before.
pub const BETWEEN_TABLES: &str = "between_tables";
/// All partitions are written, none of the manifest and index objects.
pub const BEFORE_MANIFEST: &str = "before_manifest";
/// Manifest and index objects are written, the state that names them is not.
pub const BEFORE_STATE_WRITE: &str = "before_state_write";
/// The state is written; older objects are not swept and the lease is not given back.
pub const AFTER_STATE_WRITE: &str = "after_state_write";

/// Marks a place; aborts the process when the environment asks for it.
#[cfg(debug_assertions)]
pub fn reached(name: &str) {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static WANTED: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let value = std::env::var("TALKTRACK_FAIL_AT").ok()?;
        let (name, count) = value.split_once(':')?;
        Some((name.to_owned(), count.parse().ok()?))
    });
    static SEEN: LazyLock<Mutex<HashMap<String, u64>>> = LazyLock::new(Mutex::default);

    let Some((wanted, at)) = WANTED.as_ref() else {
        return;
    };
    if wanted != name {
        return;
    }
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let count = seen.entry(name.to_owned()).or_default();
    *count += 1;
    if *count == *at {
        std::process::abort();
    }
}

/// Marks a place; does nothing in this build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn reached(_name: &str) {}
