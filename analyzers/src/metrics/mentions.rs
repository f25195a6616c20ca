//! Mentions of what the dictionaries list: competitors, objections, pricing.

use crate::table;

table! {
    /// Mentions of one dictionary entry by one side on one call.
    pub struct MentionsRow("metrics/mentions", key: [call_id, dictionary, entry, side], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Name of the dictionary.
        dictionary: String,
        /// Id of the entry in the dictionary.
        entry: String,
        /// company, customer or unknown.
        side: String,
        /// Number of mentions.
        mentions: i64,
        /// Start of the sentence of the first mention, in milliseconds.
        first_start_ms: i64,
        /// Start of the sentence of the last mention, in milliseconds.
        last_start_ms: i64,
    }
}

table! {
    /// One row per mention.
    pub struct MentionEvidenceRow("evidence/mentions", key: [call_id, dictionary, sentence_index, byte_start, entry], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Name of the dictionary.
        dictionary: String,
        /// Id of the entry in the dictionary.
        entry: String,
        /// The dictionary's term that was found.
        term: String,
        /// What the mention does, where the dictionary has classes; null where it has none.
        class: Option<String>,
        /// Position of the sentence in the transcript as received.
        sentence_index: i32,
        /// Start of the sentence, in milliseconds.
        start_ms: i64,
        /// End of the sentence, in milliseconds.
        end_ms: i64,
        /// First byte of the mention in the sentence.
        byte_start: i32,
        /// Byte after the last one of the mention in the sentence.
        byte_end: i32,
        /// Id of the voice.
        speaker_id: Option<String>,
        /// company, customer or unknown.
        side: String,
    }
}
