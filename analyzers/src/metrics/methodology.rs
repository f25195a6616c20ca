//! Sales methodologies: which of their criteria were asked about, and which the customer showed.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::dictionary::{Dictionary, Entry};
use crate::lexicon::Mention;
use crate::quality::language_flag;
use crate::slots;
use crate::table;
use crate::table::{Row, TableInfo};
use crate::text::folded;

/// The dictionaries that are methodologies.
pub const METHODOLOGIES: [&str; 6] = [
    "bant",
    "challenger",
    "meddpicc",
    "sandler",
    "spiced",
    "spin",
];
/// End of the ids of what the company asks.
pub const ASK: &str = "-ask";
/// End of the ids of what the customer shows.
pub const EVIDENCE: &str = "-evidence";

table! {
    /// One criterion of a methodology on one call on which it was touched.
    pub struct MethodologyRow("metrics/methodology", key: [call_id, methodology, criterion], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// bant, challenger, meddpicc, sandler, spiced or spin.
        methodology: String,
        /// The criterion, such as metrics or economic-buyer.
        criterion: String,
        /// Mentions with which the company asked.
        asked: i64,
        /// Mentions with which the customer showed it.
        evidenced: i64,
        /// 2 where the customer showed it and the entry needs no more or has it, 1 where it was only asked or vague.
        score: i64,
        /// Start of the first of them, in milliseconds; they are in `evidence/mentions`, dictionary `methodology`.
        first_start_ms: i64,
        /// Mentions among `evidenced` with what the entry needs beside them: a number, an amount, a date.
        substantiated: i64,
    }
}

table! {
    /// One methodology on one call with a transcript.
    pub struct MethodologyCallRow("metrics/methodology_call", key: [call_id, methodology], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// bant, challenger, meddpicc, sandler, spiced or spin.
        methodology: String,
        /// Criteria of the methodology.
        criteria: i64,
        /// Those that were asked about; null where the dictionary does not cover the call's language.
        criteria_asked: Option<i64>,
        /// Those that the customer showed.
        criteria_evidenced: Option<i64>,
        /// Sum of the criteria's scores, 0 to twice `criteria`.
        score: Option<i64>,
        /// `language_not_covered` where the dictionary does not cover the call's language; else empty.
        quality_flags: String,
    }
}

/// The methodology analyzer.
#[derive(Debug)]
pub struct Methodology;

impl Analyzer for Methodology {
    fn name(&self) -> &'static str {
        "methodology"
    }

    fn version(&self) -> u32 {
        4
    }

    fn doc(&self) -> &'static str {
        "\
Each methodology is a dictionary: `meddpicc`, `bant`, `spin`, `spiced`, `challenger`, `sandler`. Its entries end in `-ask`, said by
the company, and `-evidence`, said by the customer; what stands before is the criterion. SPIN has questions only: its criteria are
the kinds of questions, and `asked` counts them (situation, problem, implication, need-payoff).

A criterion *scores* 2 where the customer showed it; where the entry has `needs`, only with one of these slots filled in the same
sentence (a number or an amount, say). It scores 1 where the company only asked, or what the customer
said stays vague; it has no row where neither happened. `metrics/methodology_call` adds the scores up, so that MEDDPICC goes from 0
to 16.

A word list hears that a subject was touched, not that it was settled: use it to find gaps to ask about, not to grade people.
Sources: 0, 1, 2 and a total of 16 are how MEDDPICC is commonly scored; the lists are ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![MethodologyRow::table(), MethodologyCallRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::MentionsOf(&METHODOLOGIES)
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let (mut rows, mut totals) = (Vec::new(), Vec::new());
        let with_speech = calls
            .iter()
            .filter(|reading| !reading.call.sentences.is_empty());
        for reading in with_speech {
            for (position, dictionary) in analysis.dictionaries.all().iter().enumerate() {
                if METHODOLOGIES.contains(&dictionary.name.as_str()) {
                    let of_call = criteria_rows(reading, position, dictionary);
                    let is_covered = analysis.dictionaries.covers(&dictionary.name, reading.call);
                    totals.push(call_row(
                        reading.call.call_id,
                        dictionary,
                        &of_call,
                        is_covered,
                    ));
                    rows.extend(of_call);
                }
            }
        }
        vec![
            MethodologyRow::to_batch(&rows),
            MethodologyCallRow::to_batch(&totals),
        ]
    }
}

/// The criterion of an entry, and whether the entry asks; none for an entry that is neither.
fn criterion(id: &str) -> Option<(&str, bool)> {
    let asks = id.strip_suffix(ASK).map(|criterion| (criterion, true));
    asks.or_else(|| {
        id.strip_suffix(EVIDENCE)
            .map(|criterion| (criterion, false))
    })
}

fn criteria_rows(
    reading: &Reading<'_>,
    position: usize,
    dictionary: &Dictionary,
) -> Vec<MethodologyRow> {
    let mut rows: BTreeMap<&str, MethodologyRow> = BTreeMap::new();
    let own = |mention: &&Mention| mention.dictionary == position;
    for mention in reading.mentions.iter().filter(own) {
        let entry = &dictionary.entries[mention.entry];
        let Some((name, asks)) = criterion(&entry.id) else {
            continue;
        };
        let sentence = &reading.call.sentences[mention.sentence];
        let start_ms = sentence.start_ms;
        let row = rows.entry(name).or_insert_with(|| MethodologyRow {
            call_id: reading.call.call_id.to_owned(),
            methodology: dictionary.name.clone(),
            criterion: name.to_owned(),
            asked: 0,
            evidenced: 0,
            score: 0,
            first_start_ms: start_ms,
            substantiated: 0,
        });
        row.asked += i64::from(asks);
        row.evidenced += i64::from(!asks);
        row.substantiated += i64::from(!asks && is_substantiated(entry, sentence.text));
        row.score = if row.substantiated > 0 { 2 } else { 1 };
        row.first_start_ms = row.first_start_ms.min(start_ms);
    }
    rows.into_values().collect()
}

/// Whether a sentence holds what the entry needs; anything does where it needs nothing.
fn is_substantiated(entry: &Entry, sentence: &str) -> bool {
    entry.needs.is_empty() || slots::find(&entry.needs, &folded(sentence)).is_some()
}

fn call_row(
    call_id: &str,
    dictionary: &Dictionary,
    rows: &[MethodologyRow],
    is_covered: bool,
) -> MethodologyCallRow {
    let mut criteria: Vec<&str> = dictionary
        .entries
        .iter()
        .filter_map(|entry| criterion(&entry.id))
        .map(|(criterion, _)| criterion)
        .collect();
    criteria.sort_unstable();
    criteria.dedup();
    let count = |is_meant: &dyn Fn(&MethodologyRow) -> bool| {
        is_covered.then(|| rows.iter().filter(|row| is_meant(row)).count() as i64)
    };
    MethodologyCallRow {
        call_id: call_id.to_owned(),
        methodology: dictionary.name.clone(),
        criteria: criteria.len() as i64,
        criteria_asked: count(&|row| row.asked > 0),
        criteria_evidenced: count(&|row| row.evidenced > 0),
        score: is_covered.then(|| rows.iter().map(|row| row.score).sum()),
        quality_flags: language_flag(is_covered),
    }
}
