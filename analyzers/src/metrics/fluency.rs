//! How fluent and how sure a voice sounds: fillers, hedges, boosters.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::Call;
use crate::delivery::{Delivery, Kind};
use crate::quality::language_flag;
use crate::table;
use crate::table::{Row, TableInfo};

table! {
    /// Fillers, hedges, boosters and signals of listening of one voice on one call.
    pub struct FluencyRow("metrics/fluency", key: [call_id, speaker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Id of the voice; empty where the transcript names none.
        speaker_id: String,
        /// Gong's id of the user, for people of the own company.
        user_id: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// Whitespace-separated tokens.
        words: i64,
        /// Hesitations such as um; null where the dictionary does not cover the call's language.
        hesitations: Option<i64>,
        /// Discourse fillers such as you know, and words such as like where they fill.
        discourse_fillers: Option<i64>,
        /// Both a hundred words; null below a hundred words.
        fillers_per_100_words: Option<f64>,
        /// Hedges; null where the dictionary does not cover the call's language.
        hedges: Option<i64>,
        /// The same a hundred words; null below a hundred words.
        hedges_per_100_words: Option<f64>,
        /// Boosters; null where the dictionary does not cover the call's language.
        boosters: Option<i64>,
        /// The same a hundred words; null below a hundred words.
        boosters_per_100_words: Option<f64>,
        /// `language_not_covered` where a dictionary does not cover the call's language; else empty.
        quality_flags: String,
        /// Sentences of nothing but signals of listening; null where the dictionary does not cover the call's language.
        backchannels: Option<i64>,
    }
}

table! {
    /// One row per filler, hedge, booster and back-channel.
    pub struct FluencyEvidenceRow as FluencyEvidence("evidence/fluency", key: [call_id, sentence_index, byte_start], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Position of the sentence in the transcript as received.
        sentence_index: i32,
        /// Start of the sentence, in milliseconds.
        start_ms: i64,
        /// End of the sentence, in milliseconds.
        end_ms: i64,
        /// First byte of the words in the sentence.
        byte_start: i32,
        /// Byte after the last one of the words in the sentence.
        byte_end: i32,
        /// Id of the voice.
        speaker_id: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// hesitation, discourse, hedge, booster or backchannel.
        kind: String,
    }
}

/// The fluency analyzer.
#[derive(Debug)]
pub struct Fluency;

impl Analyzer for Fluency {
    fn name(&self) -> &'static str {
        "fluency"
    }

    fn version(&self) -> u32 {
        3
    }

    fn doc(&self) -> &'static str {
        "\
Words are whitespace-separated tokens; lists are those of `fillers.toml`, `hedges.toml` and
`backchannels.toml`. Where two phrases begin with the same
word the longest counts, and words of one phrase count once.

* *Back-channels in words*: sentences made of nothing but signals of listening (yeah, makes sense) and hesitations. Nothing else
  in them counts. The talk and interaction analyzers tell back-channels by their length, in every language.
* *Hesitations* (um, uh) count wherever they stand, unless the sentence is made of hesitations alone.
* *Discourse fillers* (you know, kind of) count unless a word of `discourse_not_after` stands right before them, with no pause or
  end of a sentence between (do you know, what kind of). *Ambiguous* words (like, right, so) count as such only where they fill:
  between two pauses (commas, semicolons or dashes), said twice in a row (the first of the two), or at the start of a sentence, also
  after a mark within it, right before a hesitation or a discourse filler.
* *Hedges* are doubt (I think, probably), approximation (roughly; about and around only right before a number) and shields
  (usually). *Boosters* are their opposite (definitely, always).
* Rates are a hundred words, null below `fluency_min_words` (100) words. Where a dictionary is in another language than the call,
  its counts are null and `quality_flags` is `language_not_covered`.

A transcript that was cleaned of hesitations shows none: compare a voice with itself over time, or with others on the same
recogniser. There is no target for hedges. Sources: Gong flags only an excessive use of fillers; Zoom removes false positives
before it counts. The lists and rules are ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![FluencyRow::table(), FluencyEvidenceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Named(&[Delivery::BACKCHANNELS, Delivery::FILLERS, Delivery::HEDGES])
    }

    fn parameters(&self, table: &str) -> &'static [&'static str] {
        match table {
            "metrics/fluency" => &["fluency_min_words"],
            _ => &[],
        }
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let (mut rows, mut evidence) = (Vec::new(), Vec::new());
        for reading in calls {
            let found = evidence_rows(reading, analysis);
            rows.extend(voice_rows(reading.call, &found, analysis));
            evidence.extend(found.into_iter().map(|found| found.row));
        }
        vec![
            FluencyRow::to_batch(&rows),
            FluencyEvidence::to_batch(&evidence),
        ]
    }
}

/// What was found, with the voice that said it.
struct Said<'c> {
    /// Position of the voice in [`Call::speakers`].
    voice: usize,
    kind: Kind,
    row: FluencyEvidence<'c>,
}

/// Everything that was found in a call.
fn evidence_rows<'c>(reading: &'c Reading<'_>, analysis: &Analysis<'_>) -> Vec<Said<'c>> {
    let call = reading.call;
    let delivery = analysis.dictionaries.delivery();
    let covered: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| analysis.dictionaries.covers(kind.dictionary(), call))
        .collect();
    let mut detector = delivery.detector();
    let mut rows = Vec::new();
    for (position, sentence) in call.sentences.iter().enumerate() {
        let (folded, tokens) = (reading.text.folded(position), reading.text.tokens(position));
        detector.find(folded, tokens, |found| {
            if !covered.contains(&found.kind) {
                return;
            }
            let row = FluencyEvidence {
                call_id: call.call_id,
                sentence_index: sentence.sentence_index,
                start_ms: sentence.start_ms,
                end_ms: sentence.end_ms,
                byte_start: found.bytes.start as i32,
                byte_end: found.bytes.end as i32,
                speaker_id: call.speaker_id_of(sentence),
                side: sentence.side.name(),
                kind: found.kind.name(),
            };
            rows.push(Said {
                voice: sentence.speaker,
                kind: found.kind,
                row,
            });
        });
    }
    rows.sort_by_key(|found| (found.row.sentence_index, found.row.byte_start));
    rows
}

/// One row per voice, by id.
fn voice_rows(call: &Call<'_>, evidence: &[Said<'_>], analysis: &Analysis<'_>) -> Vec<FluencyRow> {
    let covers = |kind: Kind| analysis.dictionaries.covers(kind.dictionary(), call);
    let (fillers_covered, hedges_covered) = (covers(Kind::Hesitation), covers(Kind::Hedge));
    let backchannels_covered = covers(Kind::Backchannel);
    let mut counts = vec![[0_i64; Kind::ALL.len()]; call.speakers.len()];
    for found in evidence {
        counts[found.voice][found.kind as usize] += 1;
    }
    let mut words = vec![0; call.speakers.len()];
    for sentence in &call.sentences {
        words[sentence.speaker] += sentence.words;
    }
    let mut rows: Vec<FluencyRow> = call
        .speakers
        .iter()
        .enumerate()
        .map(|(voice, speaker)| {
            let count = |kind: Kind| counts[voice][kind as usize];
            let words = words[voice];
            let rate = |count: i64| {
                (words > 0 && words >= analysis.parameters.fluency_min_words)
                    .then(|| count as f64 * 100.0 / words as f64)
            };
            let (hesitations, discourse) = (count(Kind::Hesitation), count(Kind::Discourse));
            let (hedges, boosters) = (count(Kind::Hedge), count(Kind::Booster));
            FluencyRow {
                call_id: call.call_id.to_owned(),
                speaker_id: speaker.speaker_id.to_owned(),
                user_id: speaker.user_id.map(str::to_owned),
                side: speaker.side.name().to_owned(),
                words,
                hesitations: fillers_covered.then_some(hesitations),
                discourse_fillers: fillers_covered.then_some(discourse),
                fillers_per_100_words: rate(hesitations + discourse).filter(|_| fillers_covered),
                hedges: hedges_covered.then_some(hedges),
                hedges_per_100_words: rate(hedges).filter(|_| hedges_covered),
                boosters: hedges_covered.then_some(boosters),
                boosters_per_100_words: rate(boosters).filter(|_| hedges_covered),
                quality_flags: language_flag(
                    fillers_covered && hedges_covered && backchannels_covered,
                ),
                backchannels: backchannels_covered.then_some(count(Kind::Backchannel)),
            }
        })
        .collect();
    rows.sort_by(|a, b| a.speaker_id.cmp(&b.speaker_id));
    rows
}
