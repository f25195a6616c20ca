//! Objections of the customer, and what the company made of them.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::Side;
use crate::lexicon::Mention;
use crate::page::Terms;
use crate::table;
use crate::table::{Row, TableInfo};

/// The dictionary of objections.
pub(crate) const OBJECTIONS: &str = "objections";
/// The dictionary of answers to them.
pub(crate) const HANDLING: &str = "objection_handling";
/// Its lists, in the order of the columns.
const LISTS: [&str; 4] = ["acknowledge", "clarify", "evidence", "confirm"];

table! {
    /// Objections of one class on one call. A call without objections has no rows; `metrics/language` tells where nobody listened.
    pub struct ObjectionsRow("metrics/objections", key: [call_id, entry], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Class: id of the entry in the dictionary of objections.
        entry: String,
        /// Objections raised by the customer.
        raised: i64,
        /// Those that the company answered in one of the ways below; null where no list covers the call's language.
        handled: Option<i64>,
        /// Those that it took in.
        acknowledged: Option<i64>,
        /// Those about which it asked back.
        clarified: Option<i64>,
        /// Those that it met with evidence.
        evidenced: Option<i64>,
        /// Those after which it made sure.
        confirmed: Option<i64>,
        /// Start of the first one, in milliseconds.
        first_start_ms: i64,
    }
}

table! {
    /// One row per objection.
    pub struct ObjectionEvidenceRow("evidence/objections", key: [call_id, entry, sentence_index], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Class: id of the entry in the dictionary of objections.
        entry: String,
        /// Position of its first sentence in the transcript as received.
        sentence_index: i32,
        /// Position of its last sentence.
        sentence_index_end: i32,
        /// Start of the first sentence, in milliseconds.
        start_ms: i64,
        /// End of the last sentence, in milliseconds.
        end_ms: i64,
        /// First byte of the term in the first sentence.
        byte_start: i32,
        /// Byte after the last one of the term in the first sentence.
        byte_end: i32,
        /// Id of the voice.
        speaker_id: Option<String>,
        /// Side that raised it.
        side: String,
        /// How the company answered, comma-separated: acknowledge, clarify, evidence, confirm; empty where it did not.
        answers: String,
        /// Position of the first sentence that answers; null where there is none.
        answer_sentence_index: Option<i32>,
    }
}

/// The objections analyzer.
#[derive(Debug)]
pub struct Objections;

impl Analyzer for Objections {
    fn name(&self) -> &'static str {
        "objections"
    }

    fn version(&self) -> u32 {
        3
    }

    fn doc(&self) -> &'static str {
        "\
An *objection* is a mention of the dictionary `objections`; mentions of one class that are at most `objection_join_sentences` (3)
sentences apart are one objection.

It is *handled* where the company, in the `objection_window_sentences` (6) sentences of the call after it, says a cue of
`objection_handling.toml`: it acknowledges (I hear you), clarifies (compared to what), brings evidence (other customers, twenty
percent) or confirms (does that help). Each way is counted by itself; `handled` counts an objection once. That a cue was said does
not mean that the customer was satisfied: read the sentences.

Where the lists of answers do not cover the call's language the counts of answers are null. Sources: fourteen classes, a window of
six sentences and the four ways are our choice; Gong shows objections through trackers.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![ObjectionsRow::table(), ObjectionEvidenceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::MentionsOf(&[HANDLING, OBJECTIONS])
    }

    fn parameters(&self, _table: &str) -> &'static [&'static str] {
        &["objection_join_sentences", "objection_window_sentences"]
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let (mut rows, mut evidence) = (Vec::new(), Vec::new());
        for reading in calls {
            let found = objections(reading, analysis);
            let is_covered = analysis.dictionaries.covers(HANDLING, reading.call);
            rows.extend(count_rows(&found, is_covered));
            evidence.extend(found);
        }
        vec![
            ObjectionsRow::to_batch(&rows),
            ObjectionEvidenceRow::to_batch(&evidence),
        ]
    }
}

/// Every objection of a call, by class and place.
fn objections(reading: &Reading<'_>, analysis: &Analysis<'_>) -> Vec<ObjectionEvidenceRow> {
    let dictionaries = analysis.dictionaries.all();
    let Some(position) = dictionaries
        .iter()
        .position(|known| known.name == OBJECTIONS)
    else {
        return Vec::new();
    };
    let mut of_entry: BTreeMap<&str, Vec<&Mention>> = BTreeMap::new();
    for mention in reading
        .mentions
        .iter()
        .filter(|mention| mention.dictionary == position)
    {
        let entry = dictionaries[position].entries[mention.entry].id.as_str();
        of_entry.entry(entry).or_default().push(mention);
    }
    let apart = usize::try_from(analysis.parameters.objection_join_sentences).unwrap_or(0);
    let mut rows = Vec::new();
    for (entry, mentions) in of_entry {
        let one = mentions.chunk_by(|a, b| b.sentence - a.sentence <= apart);
        let of_class = one.filter_map(|mentions| row(reading, entry, mentions, analysis));
        rows.extend(of_class);
    }
    rows.sort_by(|a, b| {
        (&a.entry, a.sentence_index, a.start_ms).cmp(&(&b.entry, b.sentence_index, b.start_ms))
    });
    rows
}

fn row(
    reading: &Reading<'_>,
    entry: &str,
    mentions: &[&Mention],
    analysis: &Analysis<'_>,
) -> Option<ObjectionEvidenceRow> {
    let call = reading.call;
    let (first, last) = (mentions.first()?, mentions.last()?);
    let (opens, ends) = (
        &call.sentences[first.sentence],
        &call.sentences[last.sentence],
    );
    let (answers, answer) = answers(reading, last.sentence, analysis);
    Some(ObjectionEvidenceRow {
        call_id: call.call_id.to_owned(),
        entry: entry.to_owned(),
        sentence_index: opens.sentence_index,
        sentence_index_end: ends.sentence_index,
        start_ms: opens.start_ms,
        end_ms: ends.end_ms,
        byte_start: first.bytes.start as i32,
        byte_end: first.bytes.end as i32,
        speaker_id: call.speaker_id_of(opens).map(str::to_owned),
        side: opens.side.name().to_owned(),
        answers: answers.join(","),
        answer_sentence_index: answer,
    })
}

/// The lists of which the company said a cue after a sentence, and where the first of them stands.
fn answers(
    reading: &Reading<'_>,
    after: usize,
    analysis: &Analysis<'_>,
) -> (Vec<&'static str>, Option<i32>) {
    let call = reading.call;
    let window = usize::try_from(analysis.parameters.objection_window_sentences).unwrap_or(0);
    if !analysis.dictionaries.covers(HANDLING, call) {
        return (Vec::new(), None);
    }
    let cues = analysis.dictionaries.objection_handling();
    let next = call.sentences.iter().enumerate();
    let next = next.skip(after + 1).take(window);
    let mut lists = Vec::new();
    let mut first = None;
    for (position, sentence) in next.filter(|(_, sentence)| sentence.side == Side::Company) {
        let found = cues.found_at(call, &reading.text, position, Terms::ObjectionHandling);
        if !found.is_empty() {
            first = first.or(Some(sentence.sentence_index));
        }
        lists.extend(
            LISTS
                .into_iter()
                .filter(|list| found.iter().any(|cue| cue.list == *list)),
        );
    }
    let said: Vec<&str> = LISTS
        .into_iter()
        .filter(|list| lists.contains(list))
        .collect();
    (said, first)
}

fn count_rows(found: &[ObjectionEvidenceRow], is_covered: bool) -> Vec<ObjectionsRow> {
    let of_class = found.chunk_by(|a, b| a.entry == b.entry);
    let row = |objections: &[ObjectionEvidenceRow]| {
        let first = objections.first()?;
        let count = |is_meant: &dyn Fn(&str) -> bool| {
            let answered = objections
                .iter()
                .filter(|row| is_meant(&row.answers))
                .count() as i64;
            is_covered.then_some(answered)
        };
        let with = |list: &'static str| {
            count(&move |answers: &str| answers.split(',').any(|answer| answer == list))
        };
        let [acknowledge, clarify, evidence, confirm] = LISTS;
        Some(ObjectionsRow {
            call_id: first.call_id.clone(),
            entry: first.entry.clone(),
            raised: objections.len() as i64,
            handled: count(&|answers| !answers.is_empty()),
            acknowledged: with(acknowledge),
            clarified: with(clarify),
            evidenced: with(evidence),
            confirmed: with(confirm),
            first_start_ms: objections
                .iter()
                .map(|row| row.start_ms)
                .min()
                .unwrap_or(first.start_ms),
        })
    };
    of_class.filter_map(row).collect()
}
