//! Who spoke, how long and how fast.

use crate::table;

table! {
    /// Speech of one voice on one call.
    pub struct TalkRow("metrics/talk", key: [call_id, speaker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Id of the voice; empty where the transcript names none.
        speaker_id: String,
        /// The party who has that voice.
        party_id: Option<String>,
        /// Gong's id of the user, for people of the own company.
        user_id: Option<String>,
        /// One key per person across calls; null where no party carries the voice.
        person_key: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// Union of the voice's sentence intervals, in milliseconds.
        talk_ms: i64,
        /// Plain sum of the voice's sentence lengths, in milliseconds.
        talk_ms_sum: i64,
        /// `talk_ms` over the sum of all voices' `talk_ms`, 0 to 1; null where nobody spoke.
        talk_share: Option<f64>,
        /// `talk_ms` over the length of the call, 0 to 1; null where the length is unknown.
        talk_share_call: Option<f64>,
        /// Words over all voices' words, 0 to 1; null where there are none.
        talk_share_words: Option<f64>,
        /// Whitespace-separated tokens.
        words: i64,
        /// Words a minute of `talk_ms`; null below 30 s of speech.
        words_per_minute: Option<f64>,
        /// Number of sentences.
        sentences: i64,
        /// Number of turns.
        turns: i64,
        /// Longest stretch that any other voice or a gap ends, in milliseconds.
        longest_monologue_strict_ms: i64,
        /// Longest stretch through which back-channels of others are bridged, in milliseconds.
        longest_monologue_bridged_ms: i64,
    }
}

table! {
    /// Speech of one call, all voices together.
    pub struct TalkCallRow("metrics/talk_call", key: [call_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Number of voices.
        speakers: i64,
        /// Number of voices on the customer's side.
        customer_speakers: i64,
        /// Number of sentences.
        sentences: i64,
        /// Whitespace-separated tokens.
        words: i64,
        /// Sum of all voices' `talk_ms`, in milliseconds.
        speech_ms: i64,
        /// Union of the company side's intervals, in milliseconds.
        company_ms: i64,
        /// Union of the customer side's intervals, in milliseconds.
        customer_ms: i64,
        /// Union of the intervals of voices whose side is unknown, in milliseconds.
        unknown_ms: i64,
        /// Share of `speech_ms` by voices whose side is known, 0 to 1; null where nobody spoke.
        attributed_share: Option<f64>,
        /// Whether the company spoke and the customer spoke at least 30 s.
        two_sided: bool,
        /// Number of times the floor went from one side to the other, back-channels apart.
        switches: i64,
        /// End of the last sentence, in milliseconds from the start of the call.
        span_ms: i64,
        /// What was odd about the input, comma-separated and sorted; empty where nothing was.
        quality_flags: String,
    }
}
