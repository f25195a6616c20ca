//! What an ingest did, for people and for `--json`.

use serde::Serialize;

/// Counts of one ingest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Calls that Gong listed in the windows that were read.
    pub calls_listed: u64,
    /// Calls of these windows that are in the lake.
    pub stored: u64,
    /// Calls of these windows that are left out because they are private.
    pub private: u64,
    /// Records that could not be decoded.
    pub rejected: u64,
    /// Calls asked for in this run whose transcript is there.
    pub transcripts_present: u64,
    /// Calls in the whole lake whose transcript is awaited.
    pub transcripts_pending: u64,
    /// Calls asked for in this run whose transcript is given up.
    pub transcripts_absent: u64,
    /// Deals whose state was read again.
    pub deals_refreshed: u64,
    /// Windows that were read whole.
    pub windows_done: u64,
    /// Windows whose total was not met, although they were read again.
    pub windows_open: u64,
    /// Requests that went out.
    pub requests: u64,
}

impl Summary {
    /// Whether something is left that a person should look at.
    pub fn is_complete(&self) -> bool {
        self.rejected == 0 && self.windows_open == 0
    }
}
