//! What a call ends with: who will do what, and when.

use std::ops::Range;

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::{Call, Sentence, Side, span};
use crate::cues::Cue;
use crate::page::Terms;
use crate::quality::language_flag;
use crate::slots::{Slot, find, find_all};
use crate::table;
use crate::table::{Row, TableInfo};
use crate::text::{FoldedText, is_boundary};

/// The dictionary of next steps.
pub(crate) const NEXT_STEPS: &str = "next_steps";
/// The list of words that say when.
const DATES: &str = "dates";
/// Names of the levels, from 0 on.
const LEVELS: [&str; 4] = ["none", "vague", "semi_specific", "specific"];

table! {
    /// The best next step at the end of one call with a transcript.
    pub struct NextStepsRow("metrics/next_steps", key: [call_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// 0 none, 1 vague, 2 semi-specific, 3 specific; null where the dictionary does not cover the call's language.
        level: Option<i64>,
        /// The same by name: none, vague, `semi_specific` or specific.
        level_name: Option<String>,
        /// Sentences at the end of the call that name a next step.
        next_steps: Option<i64>,
        /// The words that say when, as `due` of the evidence, of the sentences that have any, in order with `; ` between them;
        /// null where nothing is dated.
        due: Option<String>,
        /// From when on the call is searched, in milliseconds.
        zone_start_ms: i64,
        /// `language_not_covered` where the dictionary does not cover the call's language; else empty.
        quality_flags: String,
    }
}

table! {
    /// One row per sentence at the end of a call that names a next step.
    pub struct NextStepEvidenceRow("evidence/next_steps", key: [call_id, sentence_index], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Position of the sentence in the transcript as received.
        sentence_index: i32,
        /// Start of the sentence, in milliseconds.
        start_ms: i64,
        /// End of the sentence, in milliseconds.
        end_ms: i64,
        /// First byte of the action in the sentence.
        byte_start: i32,
        /// Byte after the last one of the action in the sentence.
        byte_end: i32,
        /// Id of the voice.
        speaker_id: Option<String>,
        /// company or customer.
        side: String,
        /// 1 vague, 2 semi-specific, 3 specific.
        level: i64,
        /// The words that say when, folded, in order with `, ` between them: `next tuesday`, `in two weeks`; null where none do.
        due: Option<String>,
    }
}

/// The next-steps analyzer.
#[derive(Debug)]
pub struct NextSteps;

impl Analyzer for NextSteps {
    fn name(&self) -> &'static str {
        "next_steps"
    }

    fn version(&self) -> u32 {
        4
    }

    fn doc(&self) -> &'static str {
        "\
The end of a call is its last `next_step_zone_percent` (20) percent of the time from the first to the last word, at least
`next_step_zone_min_ms` (180000). A sentence of a known side there names a next step when it has an action of `next_steps.toml`
(send, schedule, follow up) and no cue of `cancels` (didn't, if we, last week), which tells of what was or may not be.

* *specific* (3): somebody will do it and when: a frame before the action (I'll, let's, could you) and a date, weekday, time or
  a cue of `dates`.
* *semi-specific* (2): only one of the two.
* *vague* (1): neither, or a cue of `vague` (at some point) and no date.

The level of the call is the best of its sentences, 0 where there is none. `due` keeps the words that say when as they were said;
the rollup of deals tells the day from them, in the company's time zone. Sources: the levels follow a rubric of sales coaching;
Gong extracts next steps with a model. The lists and the zone are our choice.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![NextStepsRow::table(), NextStepEvidenceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Named(&[NEXT_STEPS])
    }

    fn parameters(&self, _table: &str) -> &'static [&'static str] {
        &["next_step_zone_min_ms", "next_step_zone_percent"]
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let (mut rows, mut evidence) = (Vec::new(), Vec::new());
        for reading in calls {
            let Some(zone_start_ms) = zone_start(reading.call, analysis) else {
                continue;
            };
            let is_covered = analysis.dictionaries.covers(NEXT_STEPS, reading.call);
            let found = if is_covered {
                evidence_rows(reading, zone_start_ms, analysis)
            } else {
                Vec::new()
            };
            let level = found.iter().map(|row| row.level).max().unwrap_or(0);
            rows.push(NextStepsRow {
                call_id: reading.call.call_id.to_owned(),
                level: is_covered.then_some(level),
                level_name: LEVELS
                    .get(level as usize)
                    .filter(|_| is_covered)
                    .map(|&name| name.to_owned()),
                next_steps: is_covered.then_some(found.len() as i64),
                due: joined(found.iter().filter_map(|row| row.due.as_deref()), "; "),
                zone_start_ms,
                quality_flags: language_flag(is_covered),
            });
            evidence.extend(found);
        }
        vec![
            NextStepsRow::to_batch(&rows),
            NextStepEvidenceRow::to_batch(&evidence),
        ]
    }
}

/// From when on a call is near its end; none where nothing was said.
fn zone_start(call: &Call<'_>, analysis: &Analysis<'_>) -> Option<i64> {
    let (first, last) = span(call)?;
    let parameters = analysis.parameters;
    let part = (last - first) * parameters.next_step_zone_percent.clamp(0, 100) / 100;
    Some((last - part.max(parameters.next_step_zone_min_ms)).max(first))
}

fn evidence_rows(
    reading: &Reading<'_>,
    zone_start_ms: i64,
    analysis: &Analysis<'_>,
) -> Vec<NextStepEvidenceRow> {
    let call = reading.call;
    let cues = analysis.dictionaries.next_steps();
    let is_near_the_end = |(_, sentence): &(usize, &Sentence<'_>)| {
        sentence.side != Side::Unknown && sentence.interval().0 >= zone_start_ms
    };
    let mut rows: Vec<NextStepEvidenceRow> = call
        .sentences
        .iter()
        .enumerate()
        .filter(is_near_the_end)
        .filter_map(|(position, sentence)| {
            let found = cues.found_at(call, &reading.text, position, Terms::NextSteps);
            let folded = reading.text.folded(position);
            let (level, action) = level(&found, folded)?;
            let due = due(&found, sentence.text, folded);
            Some(NextStepEvidenceRow {
                call_id: call.call_id.to_owned(),
                sentence_index: sentence.sentence_index,
                start_ms: sentence.start_ms,
                end_ms: sentence.end_ms,
                byte_start: action.bytes.start as i32,
                byte_end: action.bytes.end as i32,
                speaker_id: call.speaker_id_of(sentence).map(str::to_owned),
                side: sentence.side.name().to_owned(),
                level,
                due,
            })
        })
        .collect();
    rows.sort_by_key(|row| row.sentence_index);
    rows
}

/// How specific a sentence is, and the action it names.
fn level<'c>(found: &'c [Cue<'c>], folded: FoldedText<'_>) -> Option<(i64, &'c Cue<'c>)> {
    let of = |list: &'static str| found.iter().filter(move |cue| cue.list == list);
    let action = of("actions").next()?;
    if of("cancels").next().is_some() {
        return None;
    }
    let is_owned = of("frames")
        .any(|frame| of("actions").any(|action| frame.bytes.start < action.bytes.start));
    let is_dated = of(DATES).next().is_some()
        || find(&[Slot::Date, Slot::Time, Slot::Weekday], folded.text()).is_some();
    let is_vague = of("vague").next().is_some();
    let level = match (is_owned, is_dated) {
        (true, true) => 3,
        (false, true) => 2,
        (true, false) if !is_vague => 2,
        _ => 1,
    };
    Some((level, action))
}

/// The words of a sentence that name a day: dates, weekdays and cues of `dates`, those within others left out.
fn due(found: &[Cue<'_>], original: &str, folded: FoldedText<'_>) -> Option<String> {
    let cues = found.iter().filter(|cue| cue.list == DATES);
    let read = find_all(&[Slot::Date, Slot::Weekday], folded.text())
        .into_iter()
        .map(|words| folded.original(with_determiner(folded.text(), words)));
    let mut places: Vec<Range<usize>> = cues.map(|cue| cue.bytes.clone()).chain(read).collect();
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut end = 0;
    places.retain(|place| {
        let is_outside = place.end > end;
        end = end.max(place.end);
        is_outside
    });
    let words: Vec<String> = places
        .into_iter()
        .filter_map(|place| original.get(place).map(crate::text::folded))
        .collect();
    joined(words.iter().map(String::as_str), ", ")
}

/// `next tuesday` and `this tuesday`: the word before a day that tells which.
fn with_determiner(folded: &str, words: Range<usize>) -> Range<usize> {
    let before = folded[..words.start].trim_end();
    let determiner = ["next", "this"]
        .into_iter()
        .find(|word| before.ends_with(word) && is_boundary(folded, before.len() - word.len()));
    determiner.map_or(words.clone(), |word| before.len() - word.len()..words.end)
}

fn joined<'t>(parts: impl Iterator<Item = &'t str>, between: &str) -> Option<String> {
    let parts: Vec<&str> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(between))
}
