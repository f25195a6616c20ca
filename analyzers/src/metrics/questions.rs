//! Questions: who asked, how many, open or closed.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::{Call, Side};

use crate::question::{QuestionCues, QuestionKind};
use crate::table;
use crate::table::{Row, TableInfo};

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

/// The questions analyzer.
#[derive(Debug)]
pub struct Questions;

impl Analyzer for Questions {
    fn name(&self) -> &'static str {
        "questions"
    }

    fn version(&self) -> u32 {
        1
    }

    fn doc(&self) -> &'static str {
        "\
A sentence asks when it ends in `?`, or when, fillers at its start put aside, it starts like a question: a question word
and a verb (`what do you`), a verb before its subject (`could your team`), or a phrase such as `walk me through`. Text
without punctuation is read by its words alone. A sentence counts once.

Left out: back-channels (`Really?`), statements with a tag (`You use it daily, right?`), logistics (`Can you hear me?`)
and rhetorical questions (`Guess what?`). *Open* asks for more than yes or no: it starts with a question word or a phrase
that opens; all others are *closed*. The cue lists are in `questions.toml`.

Sources: Gong counts questions per side; a count of question marks differs by all that is left out here. The word lists
are ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![QuestionsRow::table(), QuestionEvidenceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Named(&[QuestionCues::DICTIONARY])
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let cues = analysis.dictionaries.question_cues();
        let mut counts = Vec::new();
        let mut evidence = Vec::new();
        for reading in calls {
            let rows = evidence_rows(reading.call, cues);
            counts.extend(count_rows(reading.call, &rows));
            evidence.extend(rows);
        }
        vec![
            QuestionsRow::to_batch(&counts),
            QuestionEvidenceRow::to_batch(&evidence),
        ]
    }
}

fn evidence_rows(call: &Call<'_>, cues: &QuestionCues) -> Vec<QuestionEvidenceRow> {
    let mut rows: Vec<QuestionEvidenceRow> = call
        .sentences
        .iter()
        .filter_map(|sentence| {
            let question = cues.question(sentence.text)?;
            Some(QuestionEvidenceRow {
                call_id: call.call_id.to_owned(),
                sentence_index: sentence.sentence_index,
                start_ms: sentence.start_ms,
                end_ms: sentence.end_ms,
                byte_start: question.bytes.start as i32,
                byte_end: question.bytes.end as i32,
                speaker_id: call.speaker_id_of(sentence),
                side: sentence.side.name().to_owned(),
                kind: question.kind.name().to_owned(),
            })
        })
        .collect();
    rows.sort_by_key(|row| row.sentence_index);
    rows
}

/// One row per side that spoke, a side without questions included: none asked is a finding too.
fn count_rows(call: &Call<'_>, evidence: &[QuestionEvidenceRow]) -> Vec<QuestionsRow> {
    let spoke = |side: &Side| call.sentences.iter().any(|sentence| sentence.side == *side);
    Side::ALL
        .into_iter()
        .filter(spoke)
        .map(|side| {
            let of_kind = |kind: QuestionKind| {
                let fits =
                    |row: &&QuestionEvidenceRow| row.side == side.name() && row.kind == kind.name();
                evidence.iter().filter(fits).count() as i64
            };
            let (open, closed) = (of_kind(QuestionKind::Open), of_kind(QuestionKind::Closed));
            QuestionsRow {
                call_id: call.call_id.to_owned(),
                side: side.name().to_owned(),
                questions: open + closed,
                open,
                closed,
            }
        })
        .collect()
}
