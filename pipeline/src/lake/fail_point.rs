//! Places where a test can kill the process, or let a write fail, to show that the next run heals what was left.
//!
//! `TALKTRACK_FAIL_AT=<name>:<n>` aborts the process the n-th time the named place is reached, and
//! `TALKTRACK_FAIL_IO=<kind>:<n>` lets the n-th write of the lake fail, as a `full` or a `read_only` disk would. Builds
//! without debug assertions do not look.

use std::io;

/// Every place, in the order in which a commit reaches them. A test iterates over this list.
pub const NAMES: &[&str] = &[
    DURING_PUT,
    AFTER_PUT,
    BETWEEN_TABLES,
    BEFORE_MANIFEST,
    BEFORE_STATE_WRITE,
    AFTER_STATE_WRITE,
];

/// A part of a large object is written, and not all of it. While this place is waited for, every partition is large.
pub const DURING_PUT: &str = "during_put";
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
pub fn reached(name: &str) {
    if is_wanted(name) && wanted::FAIL_AT.is_now() {
        std::process::abort();
    }
}

/// Whether the environment asks for this place.
pub fn is_wanted(name: &str) -> bool {
    wanted::FAIL_AT.name() == Some(name)
}

/// The failure that the environment asks for, when it is this write's turn.
pub fn failure() -> Option<io::Error> {
    let kind = match wanted::FAIL_IO.name()? {
        "full" => io::ErrorKind::StorageFull,
        "read_only" => io::ErrorKind::ReadOnlyFilesystem,
        _ => return None,
    };
    wanted::FAIL_IO.is_now().then(|| kind.into())
}

#[cfg(debug_assertions)]
mod wanted {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// What a variable of the form `<name>:<n>` asks for.
    pub(super) struct Wanted {
        name: Option<(String, u64)>,
        seen: AtomicU64,
    }

    pub(super) static FAIL_AT: LazyLock<Wanted> = LazyLock::new(|| Wanted::of("TALKTRACK_FAIL_AT"));
    pub(super) static FAIL_IO: LazyLock<Wanted> = LazyLock::new(|| Wanted::of("TALKTRACK_FAIL_IO"));

    impl Wanted {
        fn of(variable: &str) -> Wanted {
            let value = std::env::var(variable).ok();
            let name = value.and_then(|value| {
                let (name, count) = value.split_once(':')?;
                Some((name.to_owned(), count.parse().ok()?))
            });
            Wanted {
                name,
                seen: AtomicU64::new(0),
            }
        }

        pub(super) fn name(&self) -> Option<&str> {
            self.name.as_ref().map(|(name, _)| name.as_str())
        }

        /// Counts one time, and says whether it is the one.
        pub(super) fn is_now(&self) -> bool {
            let count = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
            self.name.as_ref().is_some_and(|(_, at)| *at == count)
        }
    }
}

#[cfg(not(debug_assertions))]
mod wanted {
    /// Nothing is asked for in this build.
    pub(super) struct Wanted;

    pub(super) static FAIL_AT: Wanted = Wanted;
    pub(super) static FAIL_IO: Wanted = Wanted;

    impl Wanted {
        pub(super) fn name(&self) -> Option<&str> {
            None
        }

        pub(super) fn is_now(&self) -> bool {
            false
        }
    }
}
