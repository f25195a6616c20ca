//! Record batches to [`Call`] views without copying text. Batches may cut a call anywhere and come in any order.

use std::collections::HashMap;

use arrow::array::{Array, Int32Array, Int64Array, RecordBatch, StringArray};

use crate::call::{Attendee, Call, Sentence, Side, Speaker};
use crate::table::SchemaError;
use crate::text::count_tokens;

/// The rows of one day partition that analyzers read.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Batches of `calls`.
    pub calls: Vec<RecordBatch>,
    /// Batches of `parties`.
    pub parties: Vec<RecordBatch>,
    /// Batches of `sentences`.
    pub sentences: Vec<RecordBatch>,
}

/// Tables and columns that [`Inputs`] must hold.
pub const INPUT_COLUMNS: [(&str, &[&str]); 3] = [
    ("calls", &["call_id", "duration_s", "language"]),
    (
        "parties",
        &[
            "call_id",
            "party_id",
            "speaker_id",
            "user_id",
            "person_key",
            "side",
            "title",
        ],
    ),
    (
        "sentences",
        &[
            "call_id",
            "sentence_index",
            "speaker_id",
            "party_id",
            "side",
            "start_ms",
            "end_ms",
            "text",
        ],
    ),
];

impl Inputs {
    /// The calls, by length and then bytes of their id. Sentences and parties of a call that `calls` does not hold are
    /// left out: the call was withdrawn, or is not committed yet.
    ///
    /// # Errors
    ///
    /// A column of [`INPUT_COLUMNS`] is missing or has another type.
    pub fn calls(&self) -> Result<Vec<Call<'_>>, SchemaError> {
        let mut drafts = Drafts::default();
        for batch in &self.calls {
            drafts.read_calls(batch)?;
        }
        for batch in &self.parties {
            drafts.read_parties(batch)?;
        }
        for batch in &self.sentences {
            drafts.read_sentences(batch)?;
        }
        let mut calls: Vec<Call<'_>> = drafts.calls.into_iter().map(Draft::finish).collect();
        calls.sort_by(|a, b| call_order(a.call_id, b.call_id));
        Ok(calls)
    }
}

/// The order of rows in a partition: shorter ids first, then by bytes, which is numeric order for decimal ids.
pub fn call_order(a: &str, b: &str) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[derive(Default)]
struct Drafts<'a> {
    calls: Vec<Draft<'a>>,
    position: HashMap<&'a str, usize>,
    last: Option<(&'a str, usize)>,
}

struct Draft<'a> {
    call_id: &'a str,
    language: Option<&'a str>,
    duration_s: Option<i64>,
    parties: Vec<Party<'a>>,
    sentences: Vec<SentenceDraft<'a>>,
}

struct Party<'a> {
    speaker_id: Option<&'a str>,
    attendee: Attendee<'a>,
}

struct SentenceDraft<'a> {
    speaker_id: &'a str,
    party_id: Option<&'a str>,
    sentence: Sentence<'a>,
}

impl<'a> Drafts<'a> {
    fn find(&mut self, call_id: &'a str) -> Option<&mut Draft<'a>> {
        let position = match self.last {
            Some((id, position)) if id == call_id => position,
            _ => *self.position.get(call_id)?,
        };
        self.last = Some((call_id, position));
        self.calls.get_mut(position)
    }

    fn read_calls(&mut self, batch: &'a RecordBatch) -> Result<(), SchemaError> {
        let read = Reader::new("calls", batch);
        let (ids, durations) = (read.text("call_id")?, read.long("duration_s")?);
        let languages = read.text("language")?;
        for row in 0..batch.num_rows() {
            let call_id = ids.value(row);
            let fresh = self.calls.len();
            let position = *self.position.entry(call_id).or_insert(fresh);
            if position == fresh {
                self.calls.push(Draft {
                    call_id,
                    language: optional(languages, row),
                    duration_s: durations.is_valid(row).then(|| durations.value(row)),
                    parties: Vec::new(),
                    sentences: Vec::new(),
                });
            }
        }
        Ok(())
    }

    fn read_parties(&mut self, batch: &'a RecordBatch) -> Result<(), SchemaError> {
        let read = Reader::new("parties", batch);
        let ids = read.text("call_id")?;
        let (party_ids, speaker_ids) = (read.text("party_id")?, read.text("speaker_id")?);
        let (user_ids, person_keys) = (read.text("user_id")?, read.text("person_key")?);
        let (sides, titles) = (read.text("side")?, read.text("title")?);
        for row in 0..batch.num_rows() {
            let Some(call) = self.find(ids.value(row)) else {
                continue;
            };
            call.parties.push(Party {
                speaker_id: optional(speaker_ids, row),
                attendee: Attendee {
                    party_id: party_ids.value(row),
                    user_id: optional(user_ids, row),
                    person_key: optional(person_keys, row),
                    side: Side::from_name(sides.value(row)),
                    title: optional(titles, row),
                },
            });
        }
        Ok(())
    }

    fn read_sentences(&mut self, batch: &'a RecordBatch) -> Result<(), SchemaError> {
        let read = Reader::new("sentences", batch);
        let ids = read.text("call_id")?;
        let (speaker_ids, party_ids) = (read.text("speaker_id")?, read.text("party_id")?);
        let (sides, texts) = (read.text("side")?, read.text("text")?);
        let (starts, ends) = (read.long("start_ms")?, read.long("end_ms")?);
        let indexes = read.int("sentence_index")?;
        for row in 0..batch.num_rows() {
            let Some(call) = self.find(ids.value(row)) else {
                continue;
            };
            call.sentences.push(SentenceDraft {
                speaker_id: optional(speaker_ids, row).unwrap_or(""),
                party_id: optional(party_ids, row),
                sentence: Sentence {
                    sentence_index: indexes.value(row),
                    speaker: 0,
                    side: Side::from_name(sides.value(row)),
                    start_ms: starts.value(row),
                    end_ms: ends.value(row),
                    text: texts.value(row),
                    words: count_tokens(texts.value(row)),
                },
            });
        }
        Ok(())
    }
}

impl<'a> Draft<'a> {
    fn finish(mut self) -> Call<'a> {
        // Ties beyond the index (a broken table) fall back on the content, so that the order never depends on batches.
        self.sentences.sort_by(|a, b| {
            let key = |draft: &SentenceDraft<'a>| {
                let s = &draft.sentence;
                (
                    s.start_ms,
                    s.end_ms,
                    s.sentence_index,
                    draft.speaker_id,
                    s.side,
                    s.text,
                )
            };
            key(a).cmp(&key(b))
        });
        self.parties.sort_by_key(|party| party.attendee.party_id);
        let mut positions: HashMap<&'a str, usize> = HashMap::new();
        let mut speakers: Vec<Speaker<'a>> = Vec::new();
        let mut sentences = Vec::with_capacity(self.sentences.len());
        for draft in &self.sentences {
            let mut sentence = draft.sentence.clone();
            sentence.speaker = *positions.entry(draft.speaker_id).or_insert_with(|| {
                speakers.push(self.speaker(draft));
                speakers.len() - 1
            });
            sentences.push(sentence);
        }
        Call {
            call_id: self.call_id,
            language: self.language,
            duration_s: self.duration_s,
            attendees: self
                .parties
                .into_iter()
                .map(|party| party.attendee)
                .collect(),
            speakers,
            sentences,
        }
    }

    fn speaker(&self, draft: &SentenceDraft<'a>) -> Speaker<'a> {
        let by_id = |party: &&Party<'a>| Some(party.attendee.party_id) == draft.party_id;
        let by_voice = |party: &&Party<'a>| {
            !draft.speaker_id.is_empty() && party.speaker_id == Some(draft.speaker_id)
        };
        let party = self
            .parties
            .iter()
            .find(by_id)
            .or_else(|| self.parties.iter().find(by_voice));
        Speaker {
            speaker_id: draft.speaker_id,
            party_id: party.map(|party| party.attendee.party_id),
            user_id: party.and_then(|party| party.attendee.user_id),
            person_key: party.and_then(|party| party.attendee.person_key),
            side: draft.sentence.side,
        }
    }
}

fn optional(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

struct Reader<'a> {
    table: &'static str,
    batch: &'a RecordBatch,
}

impl<'a> Reader<'a> {
    fn new(table: &'static str, batch: &'a RecordBatch) -> Self {
        Reader { table, batch }
    }

    fn text(&self, column: &'static str) -> Result<&'a StringArray, SchemaError> {
        self.typed(column, "Utf8")
    }

    fn long(&self, column: &'static str) -> Result<&'a Int64Array, SchemaError> {
        self.typed(column, "Int64")
    }

    fn int(&self, column: &'static str) -> Result<&'a Int32Array, SchemaError> {
        self.typed(column, "Int32")
    }

    fn typed<A: Array + 'static>(
        &self,
        column: &'static str,
        expected: &str,
    ) -> Result<&'a A, SchemaError> {
        let fail = |found: String| SchemaError {
            table: self.table,
            column,
            found,
            expected: expected.to_owned(),
        };
        let array = self
            .batch
            .column_by_name(column)
            .ok_or_else(|| fail("missing".to_owned()))?;
        array
            .as_any()
            .downcast_ref::<A>()
            .ok_or_else(|| fail(array.data_type().to_string()))
    }
}
