//! Questions: who asked, how many, open or closed.

use std::collections::BTreeMap;
use std::ops::Range;

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::{Call, Side, span, speech_ms};
use crate::cues::{Cue, CueLists};
use crate::page::Terms;
use crate::parameters::Parameters;
use crate::quality::language_flag;
use crate::question::{QuestionCues, QuestionKind};
use crate::table;
use crate::table::{Row, TableInfo};

/// The dictionary of intents.
pub const INTENTS: &str = "question_intents";
/// The dictionary of forms.
pub(crate) const FORMS: &str = "question_forms";

table! {
    /// Questions of one side on one call.
    pub struct QuestionsRow("metrics/questions", key: [call_id, side], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// company, customer or unknown.
        side: String,
        /// Question sentences that count: logistics, tags and back-channels apart; null where the dictionary does not cover the
        /// call's language.
        questions: Option<i64>,
        /// Those that ask for more than yes or no.
        open: Option<i64>,
        /// Those that can be answered with yes or no.
        closed: Option<i64>,
        /// `open` over `questions`, 0 to 1; null where none was asked.
        open_share: Option<f64>,
        /// `questions` an hour of everybody's speech; null below a minute of it.
        questions_per_hour: Option<f64>,
        /// How evenly they are spread over the call, 0 to 1; null below two questions.
        spread: Option<f64>,
        /// `language_not_covered` where the dictionary does not cover the call's language; else empty.
        quality_flags: String,
    }
}

table! {
    /// One row per question that counts.
    pub struct QuestionEvidenceRow as QuestionEvidence("evidence/questions", key: [call_id, sentence_index], partition: Day) {
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
        /// What it is after: commitment, budget, authority, timeline, process, competition, champion, need-payoff, implication,
        /// problem, need or situation; null where no cue tells.
        intent: Option<String>,
        /// How it is put: hypothetical, compound or choice; null for a plain question.
        form: Option<String>,
    }
}

table! {
    /// Questions of one side on one call that are after one thing. A call without such questions has no rows.
    pub struct QuestionIntentsRow("metrics/question_intents", key: [call_id, side, intent], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// company, customer or unknown.
        side: String,
        /// The intent, as in `evidence/questions`.
        intent: String,
        /// Questions with it.
        questions: i64,
        /// Start of the first of them, in milliseconds.
        first_start_ms: i64,
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
        4
    }

    fn doc(&self) -> &'static str {
        "\
A sentence asks when it ends in `?`, or when, fillers at its start put aside, it starts like a question: a question word
and a verb (`what do you`), a verb before its subject (`could your team`), or a phrase such as `walk me through`. Text
without punctuation is read by its words alone. A sentence counts once.

Left out: back-channels (`Really?`), statements with a tag (`You use it daily, right?`), logistics (`Can you hear me?`)
and rhetorical questions (`Guess what?`). *Open* asks for more than yes or no: it starts with a question word or a phrase
that opens; all others are *closed*. The cue lists are in `questions.toml`.

* *Intent* and *form* are those of the first list of `question_intents.toml` and of `question_forms.toml` that has a cue within the
  question; in another language than theirs both are null.
* `questions_per_hour` is an hour of the sum of all voices' `talk_ms`, null below `rate_min_ms` (60000).
* `spread` = 1 − the Gini coefficient of the numbers of questions in ten equal parts of the time from the first to the last word:
  1 where each part has as many, 0.1 where one has them all. A question counts where its sentence begins. Null below two.

Sources: Gong counts questions per side; a count of question marks differs by all that is left out here. The word lists
are ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![
            QuestionsRow::table(),
            QuestionEvidenceRow::table(),
            QuestionIntentsRow::table(),
        ]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Named(&[FORMS, INTENTS, QuestionCues::DICTIONARY])
    }

    fn parameters(&self, table: &str) -> &'static [&'static str] {
        match table {
            "metrics/questions" => &["rate_min_ms"],
            _ => &[],
        }
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let cues = analysis.dictionaries.question_cues();
        let (mut counts, mut intents) = (Vec::new(), Vec::new());
        let mut evidence = Vec::new();
        for reading in calls {
            let is_covered = analysis
                .dictionaries
                .covers(QuestionCues::DICTIONARY, reading.call);
            let rows = if is_covered {
                evidence_rows(reading, cues, analysis)
            } else {
                Vec::new()
            };
            let of_call = Counted {
                call: reading.call,
                evidence: &rows,
                is_covered,
            };
            counts.extend(of_call.rows(analysis.parameters));
            intents.extend(intent_rows(&rows));
            evidence.extend(rows);
        }
        vec![
            QuestionsRow::to_batch(&counts),
            QuestionEvidence::to_batch(&evidence),
            QuestionIntentsRow::to_batch(&intents),
        ]
    }
}

/// One row per side and intent, by both.
fn intent_rows(evidence: &[QuestionEvidence<'_>]) -> Vec<QuestionIntentsRow> {
    let mut rows: BTreeMap<(&str, &str), QuestionIntentsRow> = BTreeMap::new();
    for question in evidence {
        let Some(intent) = question.intent else {
            continue;
        };
        let row = rows
            .entry((question.side, intent))
            .or_insert_with(|| QuestionIntentsRow {
                call_id: question.call_id.to_owned(),
                side: question.side.to_owned(),
                intent: intent.to_owned(),
                questions: 0,
                first_start_ms: question.start_ms,
            });
        row.questions += 1;
        row.first_start_ms = row.first_start_ms.min(question.start_ms);
    }
    rows.into_values().collect()
}

/// The first of `lists` that has a cue within the bytes `asked` of a sentence.
fn first_list<'d>(
    lists: Option<&'d CueLists>,
    terms: Terms,
    reading: &Reading<'_>,
    sentence: usize,
    asked: &Range<usize>,
) -> Option<&'d str> {
    let found = lists?.found_at(reading.call, &reading.text, sentence, terms);
    let is_within = |cue: &&Cue<'_>| asked.start <= cue.bytes.start && cue.bytes.end <= asked.end;
    found.iter().find(is_within).map(|cue| cue.list)
}

fn evidence_rows<'c>(
    reading: &'c Reading<'_>,
    cues: &QuestionCues,
    analysis: &Analysis<'c>,
) -> Vec<QuestionEvidence<'c>> {
    let call = reading.call;
    let dictionaries = analysis.dictionaries;
    let intents = dictionaries
        .covers(INTENTS, call)
        .then(|| dictionaries.question_intents());
    let forms = dictionaries
        .covers(FORMS, call)
        .then(|| dictionaries.question_forms());
    let mut detector = cues.detector();
    let mut rows: Vec<QuestionEvidence<'c>> = call
        .sentences
        .iter()
        .enumerate()
        .filter_map(|(position, sentence)| {
            let question = detector.question(
                reading.text.folded(position),
                reading.text.tokens_if_made(position),
            )?;
            let asked = &question.bytes;
            let first_of = |lists, terms| first_list(lists, terms, reading, position, asked);
            Some(QuestionEvidence {
                call_id: call.call_id,
                sentence_index: sentence.sentence_index,
                start_ms: sentence.start_ms,
                end_ms: sentence.end_ms,
                byte_start: question.bytes.start as i32,
                byte_end: question.bytes.end as i32,
                speaker_id: call.speaker_id_of(sentence),
                side: sentence.side.name(),
                kind: question.kind.name(),
                intent: first_of(intents, Terms::QuestionIntents),
                form: first_of(forms, Terms::QuestionForms),
            })
        })
        .collect();
    rows.sort_by_key(|row| row.sentence_index);
    rows
}

/// Parts of a call over which the spread of questions is measured.
const PARTS: usize = 10;

/// The questions of a call, to be counted.
struct Counted<'c, 'e> {
    call: &'c Call<'c>,
    evidence: &'e [QuestionEvidence<'c>],
    is_covered: bool,
}

impl Counted<'_, '_> {
    /// One row per side that spoke, a side without questions included: none asked is a finding too.
    fn rows(&self, parameters: &Parameters) -> Vec<QuestionsRow> {
        let spoke = |side: &Side| {
            self.call
                .sentences
                .iter()
                .any(|sentence| sentence.side == *side)
        };
        let speech_ms = speech_ms(self.call);
        let sides = Side::ALL.into_iter().filter(spoke);
        sides
            .map(|side| self.row(side, speech_ms, parameters))
            .collect()
    }

    fn row(&self, side: Side, speech_ms: i64, parameters: &Parameters) -> QuestionsRow {
        let of_side = || self.evidence.iter().filter(|row| row.side == side.name());
        let of_kind =
            |kind: QuestionKind| of_side().filter(|row| row.kind == kind.name()).count() as i64;
        let (open, closed) = (of_kind(QuestionKind::Open), of_kind(QuestionKind::Closed));
        let questions = open + closed;
        let has_rate = self.is_covered && speech_ms > 0 && speech_ms >= parameters.rate_min_ms;
        QuestionsRow {
            call_id: self.call.call_id.to_owned(),
            side: side.name().to_owned(),
            questions: self.is_covered.then_some(questions),
            open: self.is_covered.then_some(open),
            closed: self.is_covered.then_some(closed),
            open_share: (questions > 0).then(|| open as f64 / questions as f64),
            questions_per_hour: has_rate.then(|| questions as f64 * 3_600_000.0 / speech_ms as f64),
            spread: spread(
                self.call,
                &of_side().map(|row| row.start_ms).collect::<Vec<i64>>(),
            ),
            quality_flags: language_flag(self.is_covered),
        }
    }
}

/// How evenly moments are spread over a call.
fn spread(call: &Call<'_>, starts: &[i64]) -> Option<f64> {
    let (first, last) = span(call)?;
    if starts.len() < 2 || last <= first {
        return None;
    }
    let mut parts = [0_i64; PARTS];
    for start in starts {
        let part = (start.clamp(&first, &last) - first) * PARTS as i64 / (last - first);
        parts[(part as usize).min(PARTS - 1)] += 1;
    }
    parts.sort_unstable();
    let weighted: i64 = (1..).zip(parts).map(|(rank, count)| rank * count).sum();
    let (n, sum) = (PARTS as f64, starts.len() as f64);
    let gini = 2.0 * weighted as f64 / (n * sum) - (n + 1.0) / n;
    Some((1.0 - gini).clamp(0.0, 1.0))
}
