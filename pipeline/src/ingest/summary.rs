//! What an ingest did, for people and for `--json`.

use serde::Serialize;

use super::window::{Days, add_days};
use crate::lake::OpenReason;

/// Counts of one ingest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Calls that Gong listed in the windows that were read.
    pub calls_listed: u64,
    /// Calls of these windows that are in the lake.
    pub stored: u64,
    /// Calls of these windows that are left out because they are private.
    pub private: u64,
    /// Stored calls that do not exist any more and left the lake.
    pub deleted: u64,
    /// Records that could not be decoded.
    pub rejected: u64,
    /// Calls asked for in this run whose transcript is there.
    pub transcripts_present: u64,
    /// Calls in the whole lake whose transcript is awaited.
    pub transcripts_pending: u64,
    /// Calls asked for in this run whose transcript is given up.
    pub transcripts_absent: u64,
    /// Characters that no text can hold (half surrogate pairs) and that were replaced by U+FFFD.
    pub replaced_characters: u64,
    /// Deals whose state was read again.
    pub deals_refreshed: u64,
    /// Days that were read long ago and whose calls were compared with Gong's list.
    pub days_rechecked: u64,
    /// Windows that were read whole.
    pub windows_done: u64,
    /// Windows of which not everything is known, although they were read again.
    pub windows_open: u64,
    /// These windows, and why.
    pub open: Vec<OpenWindow>,
    /// Streams beside the calls that Gong refuses to give; their tables stay as they are.
    pub streams_skipped: Vec<SkippedStream>,
    /// Streams beside the calls of which not all came.
    pub streams_open: Vec<OpenStream>,
    /// Requests that went out.
    pub requests: u64,
}

/// A stream beside the calls that Gong refuses to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkippedStream {
    /// The table that it would fill; `recheck` for the comparison of older days.
    pub stream: &'static str,
    /// The scope that it takes; `None` where Gong refuses for another reason.
    pub scope: Option<String>,
    /// What Gong said.
    pub reason: String,
}

/// A stream beside the calls of which not all came; what came is stored, and the next run reads it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenStream {
    /// The table that it fills.
    pub stream: &'static str,
    /// Why.
    pub reason: OpenReason,
}

/// A window of which not everything is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenWindow {
    /// First day.
    pub from: String,
    /// Last day.
    pub last: String,
    /// Why.
    pub reason: OpenReason,
}

impl OpenWindow {
    /// An open window of whole days.
    pub fn new(days: Days, reason: OpenReason) -> OpenWindow {
        OpenWindow {
            from: days.from.to_string(),
            last: add_days(days.to, -1).to_string(),
            reason,
        }
    }
}

impl Summary {
    /// Whether something is left that a person should look at.
    pub fn is_complete(&self) -> bool {
        self.rejected == 0 && self.windows_open == 0 && self.streams_open.is_empty()
    }

    /// Adds what a part of the run did. What is awaited is counted over the whole lake, so the newest count stands.
    pub(super) fn add(&mut self, part: Summary) {
        self.calls_listed += part.calls_listed;
        self.stored += part.stored;
        self.private += part.private;
        self.deleted += part.deleted;
        self.rejected += part.rejected;
        self.transcripts_present += part.transcripts_present;
        self.transcripts_pending = part.transcripts_pending;
        self.transcripts_absent += part.transcripts_absent;
        self.replaced_characters += part.replaced_characters;
        self.deals_refreshed += part.deals_refreshed;
        self.days_rechecked += part.days_rechecked;
        self.windows_done += part.windows_done;
        self.windows_open += part.windows_open;
        self.open.extend(part.open);
        self.streams_skipped.extend(part.streams_skipped);
        self.streams_open.extend(part.streams_open);
        self.requests += part.requests;
    }
}
