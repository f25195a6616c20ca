//! Record batches to [`Call`] views without copying text. Batches may cut a call anywhere and come in any order.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, Int32Array, Int64Array, RecordBatch, StringArray};
use foldhash::fast::FixedState;

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
        let drafts = self.drafts()?;
        Ok(drafts.iter().map(Draft::finish).collect())
    }

    /// The rows of each call, in the order of [`Inputs::calls`]: what is left to do with them can be shared among threads.
    pub(crate) fn drafts(&self) -> Result<Vec<Draft<'_>>, SchemaError> {
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
        let mut calls = drafts.calls;
        for call in &mut calls {
            call.parties.sort_by_key(|party| party.attendee.party_id);
        }
        calls.sort_by(|a, b| call_order(a.call_id, b.call_id));
        Ok(calls)
    }
}

/// The order of rows in a partition: shorter ids first, then by bytes, which is numeric order for decimal ids.
pub fn call_order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[derive(Default)]
struct Drafts<'a> {
    calls: Vec<Draft<'a>>,
    position: HashMap<&'a str, usize, FixedState>,
    last: Option<(&'a str, usize)>,
}

/// The rows of one call.
pub(crate) struct Draft<'a> {
    call_id: &'a str,
    language: Option<&'a str>,
    duration_s: Option<i64>,
    parties: Vec<Party<'a>>,
    /// Rows of sentences that stand in a row in a batch.
    sentences: Vec<(SentenceColumns<'a>, Range<usize>)>,
}

struct Party<'a> {
    speaker_id: Option<&'a str>,
    attendee: Attendee<'a>,
}

/// The columns of a batch of sentences.
#[derive(Clone, Copy)]
struct SentenceColumns<'a> {
    call_id: &'a StringArray,
    sentence_index: &'a Int32Array,
    speaker_id: &'a StringArray,
    party_id: &'a StringArray,
    side: &'a StringArray,
    start_ms: &'a Int64Array,
    end_ms: &'a Int64Array,
    text: &'a StringArray,
}

struct SentenceDraft<'a> {
    speaker_id: &'a str,
    party_id: Option<&'a str>,
    sentence: Sentence<'a>,
}

impl<'a> SentenceColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<SentenceColumns<'a>, SchemaError> {
        let read = Reader::new("sentences", batch);
        Ok(SentenceColumns {
            call_id: read.text("call_id")?,
            sentence_index: read.int("sentence_index")?,
            speaker_id: read.text("speaker_id")?,
            party_id: read.text("party_id")?,
            side: read.text("side")?,
            start_ms: read.long("start_ms")?,
            end_ms: read.long("end_ms")?,
            text: read.text("text")?,
        })
    }

    fn draft(&self, row: usize) -> SentenceDraft<'a> {
        let text = self.text.value(row);
        SentenceDraft {
            speaker_id: optional(self.speaker_id, row).unwrap_or(""),
            party_id: optional(self.party_id, row),
            sentence: Sentence {
                sentence_index: self.sentence_index.value(row),
                speaker: 0,
                side: Side::from_name(self.side.value(row)),
                start_ms: self.start_ms.value(row),
                end_ms: self.end_ms.value(row),
                text,
                words: count_tokens(text),
            },
        }
    }
}

impl<'a> SentenceDraft<'a> {
    /// Ties beyond the index (a broken table) fall back on the content, so that the order never depends on batches.
    fn order(&self, other: &SentenceDraft<'a>) -> Ordering {
        let time = |draft: &SentenceDraft<'a>| {
            let sentence = &draft.sentence;
            (sentence.start_ms, sentence.end_ms, sentence.sentence_index)
        };
        let content = |draft: &SentenceDraft<'a>| {
            let sentence = &draft.sentence;
            (draft.speaker_id, sentence.side, sentence.text)
        };
        time(self)
            .cmp(&time(other))
            .then_with(|| content(self).cmp(&content(other)))
    }
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
        let columns = SentenceColumns::of(batch)?;
        let mut row = 0;
        while row < batch.num_rows() {
            let call_id = columns.call_id.value(row);
            let first = row;
            while row < batch.num_rows() && columns.call_id.value(row) == call_id {
                row += 1;
            }
            if let Some(call) = self.find(call_id) {
                call.sentences.push((columns, first..row));
            }
        }
        Ok(())
    }
}

impl<'a> Draft<'a> {
    /// The call with its sentences in order and their voices joined to the parties.
    pub(crate) fn finish(&self) -> Call<'a> {
        let runs = self.sentences.iter();
        let mut drafts: Vec<SentenceDraft<'a>> = runs
            .flat_map(|(columns, rows)| rows.clone().map(|row| columns.draft(row)))
            .collect();
        // Most are in order as they are stored.
        if !drafts.is_sorted_by(|a, b| a.order(b).is_le()) {
            drafts.sort_by(SentenceDraft::order);
        }
        let mut positions: HashMap<&'a str, usize, FixedState> = HashMap::default();
        let mut speakers: Vec<Speaker<'a>> = Vec::new();
        let mut last: Option<(&'a str, usize)> = None;
        let sentences = drafts.iter().map(|draft| {
            let known = last.filter(|(id, _)| *id == draft.speaker_id);
            let position = known.map_or_else(
                || {
                    *positions.entry(draft.speaker_id).or_insert_with(|| {
                        speakers.push(self.speaker(draft));
                        speakers.len() - 1
                    })
                },
                |(_, position)| position,
            );
            last = Some((draft.speaker_id, position));
            Sentence {
                speaker: position,
                ..draft.sentence.clone()
            }
        });
        let sentences = sentences.collect();
        Call {
            call_id: self.call_id,
            language: self.language,
            duration_s: self.duration_s,
            attendees: self
                .parties
                .iter()
                .map(|party| party.attendee.clone())
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
