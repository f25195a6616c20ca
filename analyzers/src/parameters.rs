//! The thresholds that metric definitions name, with their defaults.

use serde::{Deserialize, Serialize};

/// Thresholds of the metric definitions. Each table's definition hash holds only those that the table depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Silence up to this length does not end a turn, in milliseconds.
    pub merge_gap_ms: i64,
    /// Silence up to this length does not end a monologue, in milliseconds.
    pub monologue_gap_ms: i64,
    /// A back-channel has at most this many words.
    pub backchannel_max_words: i64,
    /// A back-channel is at most this long, in milliseconds.
    pub backchannel_max_ms: i64,
    /// A call is two-sided from this much customer speech on, in milliseconds.
    pub two_sided_customer_ms: i64,
    /// Words a minute are given from this much speech on, in milliseconds.
    pub words_per_minute_min_ms: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            merge_gap_ms: 1000,
            monologue_gap_ms: 3000,
            backchannel_max_words: 4,
            backchannel_max_ms: 1500,
            two_sided_customer_ms: 30_000,
            words_per_minute_min_ms: 30_000,
        }
    }
}

impl Parameters {
    /// Every threshold with its name, alphabetically.
    pub fn named(&self) -> [(&'static str, i64); 6] {
        [
            ("backchannel_max_ms", self.backchannel_max_ms),
            ("backchannel_max_words", self.backchannel_max_words),
            ("merge_gap_ms", self.merge_gap_ms),
            ("monologue_gap_ms", self.monologue_gap_ms),
            ("two_sided_customer_ms", self.two_sided_customer_ms),
            ("words_per_minute_min_ms", self.words_per_minute_min_ms),
        ]
    }
}
