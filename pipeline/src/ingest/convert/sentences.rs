//! Transcripts to `sentences`, straight into Arrow columns: this table has most of the rows by far.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::error::ArrowError;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::SentenceRow;
use talktrack_gong::api::transcripts::TranscriptRecord;

use crate::ingest::sides::Side;

/// Who has a voice on a call: by the transcript's speaker id.
pub type Voices = HashMap<String, Voice>;

/// The party behind a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Gong's id of the party.
    pub party_id: String,
    /// The side the party is on.
    pub side: Side,
}

/// Columns of `sentences` under construction.
#[derive(Default)]
pub struct Sentences {
    call_id: StringBuilder,
    sentence_index: Int32Builder,
    monologue_index: Int32Builder,
    speaker_id: StringBuilder,
    party_id: StringBuilder,
    side: StringBuilder,
    topic: StringBuilder,
    start_ms: Int64Builder,
    end_ms: Int64Builder,
    text: StringBuilder,
}

impl Sentences {
    /// Adds one transcript, in the order received. A voice that no party carries is on no known side.
    pub fn add(&mut self, transcript: &TranscriptRecord, voices: &Voices) {
        let mut sentence_index = 0;
        for (monologue_index, monologue) in (0_i32..).zip(&transcript.transcript) {
            let voice = monologue
                .speaker_id
                .as_deref()
                .and_then(|speaker| voices.get(speaker));
            for sentence in &monologue.sentences {
                self.call_id.append_value(&transcript.call_id);
                self.sentence_index.append_value(sentence_index);
                self.monologue_index.append_value(monologue_index);
                self.speaker_id
                    .append_option(monologue.speaker_id.as_deref());
                self.party_id
                    .append_option(voice.map(|voice| voice.party_id.as_str()));
                self.side
                    .append_value(voice.map_or(Side::Unknown, |voice| voice.side).as_str());
                self.topic.append_option(monologue.topic.as_deref());
                self.start_ms.append_value(sentence.start);
                self.end_ms.append_value(sentence.end);
                self.text.append_value(&sentence.text);
                sentence_index += 1;
            }
        }
    }

    /// The rows added so far, as one batch.
    ///
    /// # Errors
    ///
    /// The columns do not fit the table, which would be a bug.
    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.call_id.finish()),
            Arc::new(self.sentence_index.finish()),
            Arc::new(self.monologue_index.finish()),
            Arc::new(self.speaker_id.finish()),
            Arc::new(self.party_id.finish()),
            Arc::new(self.side.finish()),
            Arc::new(self.topic.finish()),
            Arc::new(self.start_ms.finish()),
            Arc::new(self.end_ms.finish()),
            Arc::new(self.text.finish()),
        ];
        RecordBatch::try_new(SentenceRow::schema(), columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_keep_gongs_blocks_and_order_and_find_their_party() {
        let transcript: TranscriptRecord = serde_json::from_value(serde_json::json!({
            "callId": "7", "transcript": [
                {"speakerId": "a", "topic": "Pricing", "sentences": [
                    {"start": 5, "end": 9, "text": "One\u{0}."}, {"start": 2, "end": 4, "text": ""}]},
                {"speakerId": "b", "topic": null, "sentences": []},
                {"speakerId": null, "sentences": [{"start": 10, "end": 11, "text": "Two."}]},
            ]
        }))
        .expect("a transcript");
        let voices = Voices::from([(
            "a".to_owned(),
            Voice {
                party_id: "1".to_owned(),
                side: Side::Customer,
            },
        )]);
        let mut sentences = Sentences::default();
        sentences.add(&transcript, &voices);
        let rows =
            SentenceRow::from_batch(&sentences.finish().expect("columns fit")).expect("rows");
        let seen: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.sentence_index,
                    row.monologue_index,
                    row.party_id.as_deref(),
                    row.side.as_str(),
                    row.start_ms,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (0, 0, Some("1"), "customer", 5),
                (1, 0, Some("1"), "customer", 2),
                (2, 2, None, "unknown", 10)
            ]
        );
        assert_eq!(rows[0].text, "One\u{0}.");
        assert_eq!(rows[0].topic.as_deref(), Some("Pricing"));
    }
}
