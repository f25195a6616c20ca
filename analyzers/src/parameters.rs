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
    /// A sentence cuts in when both sides speak for at least so long, in milliseconds.
    pub cut_in_min_ms: i64,
    /// Fillers, hedges and boosters a hundred words are given from so many words on.
    pub fluency_min_words: i64,
    /// How many switches a minute make 63 % of the interactivity score, in tenths.
    pub interactivity_k_tenths: i64,
    /// The end of a call, where next steps are looked for, is at least so long, in milliseconds.
    pub next_step_zone_min_ms: i64,
    /// The end of a call is this part of it, in percent.
    pub next_step_zone_percent: i64,
    /// Mentions of one class of objections so many sentences apart are one objection.
    pub objection_join_sentences: i64,
    /// An objection is answered within so many sentences.
    pub objection_window_sentences: i64,
    /// A voice has a usual pace from so many windows on.
    pub pace_min_windows: i64,
    /// Pace is measured over windows of this length, in milliseconds.
    pub pace_window_ms: i64,
    /// Rates a minute are given from this much speech on, in milliseconds.
    pub rate_min_ms: i64,
    /// Nobody speaks for at least so long in a silence, in milliseconds.
    pub silence_min_ms: i64,
    /// A remark of the company with at most so many words does not end a customer's story.
    pub story_remark_max_words: i64,
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
            cut_in_min_ms: 300,
            fluency_min_words: 100,
            interactivity_k_tenths: 30,
            next_step_zone_min_ms: 180_000,
            next_step_zone_percent: 20,
            objection_join_sentences: 3,
            objection_window_sentences: 6,
            pace_min_windows: 3,
            pace_window_ms: 60_000,
            rate_min_ms: 60_000,
            silence_min_ms: 5000,
            story_remark_max_words: 8,
            two_sided_customer_ms: 30_000,
            words_per_minute_min_ms: 30_000,
        }
    }
}

impl Parameters {
    /// Every threshold with its name, alphabetically.
    pub fn named(&self) -> [(&'static str, i64); 18] {
        [
            ("backchannel_max_ms", self.backchannel_max_ms),
            ("backchannel_max_words", self.backchannel_max_words),
            ("cut_in_min_ms", self.cut_in_min_ms),
            ("fluency_min_words", self.fluency_min_words),
            ("interactivity_k_tenths", self.interactivity_k_tenths),
            ("merge_gap_ms", self.merge_gap_ms),
            ("monologue_gap_ms", self.monologue_gap_ms),
            ("next_step_zone_min_ms", self.next_step_zone_min_ms),
            ("next_step_zone_percent", self.next_step_zone_percent),
            ("objection_join_sentences", self.objection_join_sentences),
            (
                "objection_window_sentences",
                self.objection_window_sentences,
            ),
            ("pace_min_windows", self.pace_min_windows),
            ("pace_window_ms", self.pace_window_ms),
            ("rate_min_ms", self.rate_min_ms),
            ("silence_min_ms", self.silence_min_ms),
            ("story_remark_max_words", self.story_remark_max_words),
            ("two_sided_customer_ms", self.two_sided_customer_ms),
            ("words_per_minute_min_ms", self.words_per_minute_min_ms),
        ]
    }
}
