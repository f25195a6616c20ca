//! Whether the company speaks faster or slower after an objection than it does otherwise.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::{Call, Sentence, Side, Speaker, span, union_ms};
use crate::metrics::objections::OBJECTIONS;
use crate::parameters::Parameters;
use crate::quality::language_flag;
use crate::statistics::median;
use crate::table;
use crate::table::{Row, TableInfo};

table! {
    /// Pace of one voice of the company on one call, and what objections make of it.
    pub struct PaceRow("metrics/pace", key: [call_id, speaker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Id of the voice; empty where the transcript names none.
        speaker_id: String,
        /// Gong's id of the user.
        user_id: Option<String>,
        /// Windows of the call in which the voice spoke enough.
        windows: i64,
        /// Median of its words a minute in them; null below three windows.
        words_per_minute_median: Option<f64>,
        /// Sentences with an objection after which the voice spoke enough; null where the dictionary does not cover the call's language.
        objections: Option<i64>,
        /// Median of its words a minute after them; null where there are none.
        words_per_minute_after: Option<f64>,
        /// `words_per_minute_after` less `words_per_minute_median`; null where either is.
        words_per_minute_change: Option<f64>,
        /// `language_not_covered` where the dictionary does not cover the call's language; else empty.
        quality_flags: String,
    }
}

table! {
    /// One row per sentence with an objection and voice of the company that spoke enough after it.
    pub struct PaceEvidenceRow("evidence/pace", key: [call_id, sentence_index, speaker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Position of the sentence with the objection in the transcript as received.
        sentence_index: i32,
        /// Id of the voice that spoke after it; empty where the transcript names none.
        speaker_id: String,
        /// Position of the first sentence of the voice in the window.
        after_sentence_index: i32,
        /// Position of the last sentence of the voice in the window.
        after_sentence_index_end: i32,
        /// Start of the former, in milliseconds.
        start_ms: i64,
        /// Latest end of the voice's sentences in the window, in milliseconds.
        end_ms: i64,
        /// Words of the voice in the window.
        words: i64,
        /// Its speech in the window, in milliseconds.
        talk_ms: i64,
        /// Words a minute of it.
        words_per_minute: f64,
    }
}

/// The pace analyzer.
#[derive(Debug)]
pub struct Pace;

impl Analyzer for Pace {
    fn name(&self) -> &'static str {
        "pace"
    }

    fn version(&self) -> u32 {
        3
    }

    fn doc(&self) -> &'static str {
        "\
Voices of the company alone. A sentence belongs whole to the window in which it begins, its words and its time; sentences
without length tell no pace and are left out. Words a minute of a window = words / minutes of the union of the voice's intervals
in it, and count where that is at least `words_per_minute_min_ms` (30000).

* `words_per_minute_median`: windows of `pace_window_ms` (60000), one after another from the first word of the call; null below
  `pace_min_windows` (3) that count, where the voice has no usual pace.
* `words_per_minute_after`: one window of `pace_window_ms` from the end of each sentence of the customer with a mention of the
  dictionary `objections`; one for a sentence with several mentions. Windows of objections close to each other overlap. Both
  medians are the mean of the middle two where the number is even.
* `words_per_minute_change` = `words_per_minute_after` − `words_per_minute_median`. What was said after objections is part of the
  usual pace too.

Who answers an objection in less than half a minute has no pace after it: few words tell little. Sources: that sellers speed up
when an objection flusters them is said of sales calls without a source that could be read; there is no target. The thresholds
are our choice.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![PaceRow::table(), PaceEvidenceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::MentionsOf(&[OBJECTIONS])
    }

    fn parameters(&self, table: &str) -> &'static [&'static str] {
        match table {
            "metrics/pace" => &[
                "pace_min_windows",
                "pace_window_ms",
                "words_per_minute_min_ms",
            ],
            "evidence/pace" => &["pace_window_ms", "words_per_minute_min_ms"],
            _ => &[],
        }
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let (mut rows, mut evidence) = (Vec::new(), Vec::new());
        for reading in calls {
            let (of_call, behind) = measured(reading, analysis);
            rows.extend(of_call);
            evidence.extend(behind);
        }
        vec![
            PaceRow::to_batch(&rows),
            PaceEvidenceRow::to_batch(&evidence),
        ]
    }
}

/// The rows of a call, and the evidence behind them.
fn measured(
    reading: &Reading<'_>,
    analysis: &Analysis<'_>,
) -> (Vec<PaceRow>, Vec<PaceEvidenceRow>) {
    let call = reading.call;
    let Some((first_ms, _)) = span(call) else {
        return (Vec::new(), Vec::new());
    };
    let is_covered = analysis.dictionaries.covers(OBJECTIONS, call);
    let objections = if is_covered {
        objections(reading, analysis)
    } else {
        Vec::new()
    };
    let mut rows = Vec::new();
    let mut evidence = Vec::new();
    let voices = call.speakers.iter().enumerate();
    for (voice, speaker) in voices.filter(|(_, speaker)| speaker.side == Side::Company) {
        let own = Voice::of(call, voice, analysis.parameters);
        let after: Vec<PaceEvidenceRow> = objections
            .iter()
            .filter_map(|objection| own.evidence(call, speaker, objection))
            .collect();
        let paces = own.paces(first_ms);
        let windows = paces.len() as i64;
        let usual = median(&paces).filter(|_| windows >= analysis.parameters.pace_min_windows);
        let then = median(
            &after
                .iter()
                .map(|row| row.words_per_minute)
                .collect::<Vec<f64>>(),
        );
        rows.push(PaceRow {
            call_id: call.call_id.to_owned(),
            speaker_id: speaker.speaker_id.to_owned(),
            user_id: speaker.user_id.map(str::to_owned),
            windows,
            words_per_minute_median: usual,
            objections: is_covered.then_some(after.len() as i64),
            words_per_minute_after: then,
            words_per_minute_change: then.zip(usual).map(|(then, usual)| then - usual),
            quality_flags: language_flag(is_covered),
        });
        evidence.extend(after);
    }
    rows.sort_by(|a, b| a.speaker_id.cmp(&b.speaker_id));
    evidence
        .sort_by(|a, b| (a.sentence_index, &a.speaker_id).cmp(&(b.sentence_index, &b.speaker_id)));
    (rows, evidence)
}

/// The sentences of the customer with a mention of an objection, in order of time.
fn objections<'c>(reading: &Reading<'c>, analysis: &Analysis<'_>) -> Vec<&'c Sentence<'c>> {
    let mut dictionaries = analysis.dictionaries.all().iter();
    let position = dictionaries.position(|known| known.name == OBJECTIONS);
    let mentions = reading.mentions.iter();
    let mut sentences: Vec<usize> = mentions
        .filter(|mention| Some(mention.dictionary) == position)
        .map(|mention| mention.sentence)
        .collect();
    sentences.sort_unstable();
    sentences.dedup();
    let said = sentences.into_iter().map(|at| &reading.call.sentences[at]);
    said.filter(|sentence| sentence.side == Side::Customer)
        .collect()
}

/// The sentences of a voice that have length, in order of time.
struct Voice<'c> {
    sentences: Vec<&'c Sentence<'c>>,
    window_ms: i64,
    least_ms: i64,
}

/// How fast a voice spoke for a while.
struct Spoken {
    words: i64,
    talk_ms: i64,
    words_per_minute: f64,
}

impl<'c> Voice<'c> {
    fn of(call: &'c Call<'c>, voice: usize, parameters: &Parameters) -> Voice<'c> {
        let own = call.sentences.iter();
        Voice {
            sentences: own
                .filter(|sentence| sentence.speaker == voice && sentence.length_ms() > 0)
                .collect(),
            window_ms: parameters.pace_window_ms.max(1),
            least_ms: parameters.words_per_minute_min_ms,
        }
    }

    /// What the voice said in a window; none where that is too little.
    fn spoken(&self, sentences: &[&Sentence<'_>]) -> Option<Spoken> {
        let talk_ms = union_ms(sentences.iter().map(|sentence| sentence.interval()));
        let words = sentences.iter().map(|sentence| sentence.words).sum();
        (talk_ms > 0 && talk_ms >= self.least_ms).then(|| Spoken {
            words,
            talk_ms,
            words_per_minute: words as f64 * 60_000.0 / talk_ms as f64,
        })
    }

    /// Words a minute of each window from `first_ms` on in which the voice spoke enough.
    fn paces(&self, first_ms: i64) -> Vec<f64> {
        let window =
            |sentence: &Sentence<'_>| (sentence.interval().0 - first_ms).div_euclid(self.window_ms);
        let windows = self.sentences.chunk_by(|a, b| window(a) == window(b));
        windows
            .filter_map(|said| self.spoken(said))
            .map(|spoken| spoken.words_per_minute)
            .collect()
    }

    /// What the voice says in the window after `objection`; none where that is too little.
    fn evidence(
        &self,
        call: &Call<'_>,
        speaker: &Speaker<'_>,
        objection: &Sentence<'_>,
    ) -> Option<PaceEvidenceRow> {
        let from = objection.interval().1;
        let to = from.saturating_add(self.window_ms);
        let begin = |ms: i64| self.sentences.partition_point(|s| s.interval().0 < ms);
        let said = &self.sentences[begin(from)..begin(to)];
        let spoken = self.spoken(said)?;
        let (first, last) = (said.first()?, said.last()?);
        Some(PaceEvidenceRow {
            call_id: call.call_id.to_owned(),
            sentence_index: objection.sentence_index,
            speaker_id: speaker.speaker_id.to_owned(),
            after_sentence_index: first.sentence_index,
            after_sentence_index_end: last.sentence_index,
            start_ms: first.interval().0,
            end_ms: said.iter().map(|sentence| sentence.interval().1).max()?,
            words: spoken.words,
            talk_ms: spoken.talk_ms,
            words_per_minute: spoken.words_per_minute,
        })
    }
}
