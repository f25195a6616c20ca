//! Questions: who asked, how many, open or closed.

use crate::table;

table! {
    /// Questions of one side on one call.
    pub struct QuestionsRow("metrics/questions", key: [call_id, side], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// company, customer or unknown.
        side: String,
        /// Question sentences that count: logistics, tags and back-channels apart.
        questions: i64,
        /// Those that ask for more than yes or no.
        open: i64,
        /// Those that can be answered with yes or no.
        closed: i64,
    }
}

table! {
    /// One row per question that counts.
    pub struct QuestionEvidenceRow("evidence/questions", key: [call_id, sentence_index], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Position of the sentence in the transcript as received.
        sentence_index: i32,
        /// Start of the sentence, in milliseconds.
        start_ms: i64,
        /// End of the sentence, in milliseconds.
        end_ms: i64,
        /// First byte of the question in the sentence.
        byte_start: i32,
        /// Byte after the last one of the question in the sentence.
        byte_end: i32,
        /// Id of the voice.
        speaker_id: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// open or closed.
        kind: String,
    }
}
