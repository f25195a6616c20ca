//! Mentions of what the dictionaries list: competitors, objections, pricing.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::Call;
use crate::dictionary::Dictionary;
use crate::lexicon::Mention;

use crate::table;
use crate::table::{Row, TableInfo};

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
    pub struct MentionEvidenceRow as MentionEvidence("evidence/mentions", key: [call_id, dictionary, sentence_index, byte_start, entry], partition: Day) {
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

/// The mentions analyzer.
#[derive(Debug)]
pub struct Mentions;

impl Analyzer for Mentions {
    fn name(&self) -> &'static str {
        "mentions"
    }

    fn version(&self) -> u32 {
        3
    }

    fn doc(&self) -> &'static str {
        "\
A *mention* is one hit of a dictionary's term in a sentence. Text and terms are folded alike: upper and lower case,
compatibility forms, curly quotes, dashes and runs of whitespace make no difference. A term counts as whole words only; a
possessive `'s` may follow, and a plural where the dictionary says `plurals = true`. Beside a character of a script without spaces
between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) there is always a word boundary.

* `terms` count alone. `weak` terms count only with another term of the same entry in the same or an adjacent sentence of
  the same side. `veto` terms cancel their entry in their sentence, unless they are part of one of its terms. Where an
  entry has `context`, one of those terms must stand in the same sentence. `terms` and `weak` of `case_sensitive` entries must be written as in the dictionary.
* Where the dictionary says `variants = true`, a term is also found with a space, a hyphen or nothing where it has a space, a hyphen
  or a capital within a word: `Sales Force`, `sales-force` and `salesforce` for `SalesForce`.
* A term may leave something open. `~` between two words skips up to three words of the same clause (`put ~ on hold`). `<money>`
  is a number with a currency (`$40,000`, `forty thousand dollars`), `<num>` a number, `<date>` a day or a quarter, `<weekday>`,
  `<time>` a time of day, `<duration>` a length of time (`two weeks`): `circle back in <duration>`. 
  `<competitor>` is any term of the dictionary `competitors`. Only `<money>` and `<competitor>` may stand alone. A term has at most
  three gaps.
* `said_by` is the side that must say it; an unknown side counts for `any` only.
* In the dictionaries that `negation.toml` names, a negating word at most three words before the term, in the same clause,
  cancels it; of a phrase (no longer) the last word counts.
* Where hits of one dictionary overlap, the one that starts first stays, and of those the longest. Hits of different
  dictionaries do not hide each other.
* `class`, for the dictionaries that `comparison.toml` names: the first of its entries with a term in the same sentence,
  else `neutral`.

The byte range covers the term without a possessive or plural ending. Sources: verbatim terms with a said-by filter are
how Gong's keyword trackers work; weak terms, vetoes and negation are ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![MentionsRow::table(), MentionEvidenceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Mentions
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let dictionaries = analysis.dictionaries.all();
        let mut counts = Vec::new();
        let mut evidence = Vec::new();
        for reading in calls {
            let rows = evidence_rows(reading.call, &reading.mentions, dictionaries);
            counts.extend(count_rows(&rows));
            evidence.extend(rows);
        }
        vec![
            MentionsRow::to_batch(&counts),
            MentionEvidence::to_batch(&evidence),
        ]
    }
}

fn evidence_rows<'c>(
    call: &'c Call<'_>,
    mentions: &'c [Mention],
    dictionaries: &'c [Dictionary],
) -> Vec<MentionEvidence<'c>> {
    let mut rows: Vec<MentionEvidence<'c>> = mentions
        .iter()
        .map(|mention| evidence_row(call, mention, &dictionaries[mention.dictionary]))
        .collect();
    rows.sort_by(|a, b| evidence_key(a).cmp(&evidence_key(b)));
    rows
}

fn evidence_row<'c>(
    call: &'c Call<'_>,
    mention: &'c Mention,
    dictionary: &'c Dictionary,
) -> MentionEvidence<'c> {
    let sentence = &call.sentences[mention.sentence];
    MentionEvidence {
        call_id: call.call_id,
        dictionary: &dictionary.name,
        entry: &dictionary.entries[mention.entry].id,
        term: &mention.term,
        class: mention.class.as_deref(),
        sentence_index: sentence.sentence_index,
        start_ms: sentence.start_ms,
        end_ms: sentence.end_ms,
        byte_start: mention.bytes.start as i32,
        byte_end: mention.bytes.end as i32,
        speaker_id: call.speaker_id_of(sentence),
        side: sentence.side.name(),
    }
}

fn evidence_key<'c>(row: &MentionEvidence<'c>) -> (&'c str, i32, i32, &'c str, i64, i32) {
    (
        row.dictionary,
        row.sentence_index,
        row.byte_start,
        row.entry,
        row.start_ms,
        row.byte_end,
    )
}

/// Mentions of one call, counted by dictionary, entry and side.
fn count_rows(evidence: &[MentionEvidence<'_>]) -> Vec<MentionsRow> {
    let mut counts: BTreeMap<(&str, &str, &str), MentionsRow> = BTreeMap::new();
    for found in evidence {
        let key = (found.dictionary, found.entry, found.side);
        let row = counts.entry(key).or_insert_with(|| MentionsRow {
            call_id: found.call_id.to_owned(),
            dictionary: found.dictionary.to_owned(),
            entry: found.entry.to_owned(),
            side: found.side.to_owned(),
            mentions: 0,
            first_start_ms: found.start_ms,
            last_start_ms: found.start_ms,
        });
        row.mentions += 1;
        row.first_start_ms = row.first_start_ms.min(found.start_ms);
        row.last_start_ms = row.last_start_ms.max(found.start_ms);
    }
    counts.into_values().collect()
}
