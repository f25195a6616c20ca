//! Who spoke, how long and how fast.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, Reading};
use crate::call::{Call, Sentence, Side, by_voice, side_ms, talk_ms};

use crate::parameters::Parameters;
use crate::quality;
use crate::statistics::share;
use crate::table;
use crate::table::{Row, TableInfo};
use crate::turns::{Stretch, count_switches, floors, monologues, turns};

table! {
    /// Speech of one voice on one call.
    pub struct TalkRow("metrics/talk", key: [call_id, speaker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Id of the voice; empty where the transcript names none.
        speaker_id: String,
        /// The party who has that voice.
        party_id: Option<String>,
        /// Gong's id of the user, for people of the own company.
        user_id: Option<String>,
        /// One key per person across calls; null where no party carries the voice.
        person_key: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// Union of the voice's sentence intervals, in milliseconds.
        talk_ms: i64,
        /// Plain sum of the voice's sentence lengths, in milliseconds.
        talk_ms_sum: i64,
        /// `talk_ms` over the sum of all voices' `talk_ms`, 0 to 1; null where nobody spoke.
        talk_share: Option<f64>,
        /// `talk_ms` over the length of the call, 0 to 1; null where the length is unknown.
        talk_share_call: Option<f64>,
        /// Words over all voices' words, 0 to 1; null where there are none.
        talk_share_words: Option<f64>,
        /// Whitespace-separated tokens.
        words: i64,
        /// Words a minute of `talk_ms`; null below 30 s of speech.
        words_per_minute: Option<f64>,
        /// Number of sentences.
        sentences: i64,
        /// Number of turns.
        turns: i64,
        /// Longest stretch that any other voice or a gap ends, in milliseconds.
        longest_monologue_strict_ms: i64,
        /// Longest stretch through which back-channels of others are bridged, in milliseconds.
        longest_monologue_bridged_ms: i64,
    }
}

table! {
    /// Speech of one call, all voices together.
    pub struct TalkCallRow("metrics/talk_call", key: [call_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Number of voices.
        speakers: i64,
        /// Number of voices on the customer's side.
        customer_speakers: i64,
        /// Number of sentences.
        sentences: i64,
        /// Whitespace-separated tokens.
        words: i64,
        /// Sum of all voices' `talk_ms`, in milliseconds.
        speech_ms: i64,
        /// Union of the company side's intervals, in milliseconds.
        company_ms: i64,
        /// Union of the customer side's intervals, in milliseconds.
        customer_ms: i64,
        /// Union of the intervals of voices whose side is unknown, in milliseconds.
        unknown_ms: i64,
        /// Share of `speech_ms` by voices whose side is known, 0 to 1; null where nobody spoke.
        attributed_share: Option<f64>,
        /// Whether the company spoke and the customer spoke at least 30 s.
        two_sided: bool,
        /// Number of times the floor went from one side to the other, back-channels apart.
        switches: i64,
        /// End of the last sentence, in milliseconds from the start of the call.
        span_ms: i64,
        /// What was odd about the input, comma-separated and sorted; empty where nothing was.
        quality_flags: String,
    }
}

/// The talk analyzer.
#[derive(Debug)]
pub struct Talk;

impl Analyzer for Talk {
    fn name(&self) -> &'static str {
        "talk"
    }

    fn version(&self) -> u32 {
        1
    }

    fn doc(&self) -> &'static str {
        "\
Speech is what the transcript's sentences cover; an `end` before its `start` counts as length 0.

* `talk_ms` = length of the union of a voice's sentence intervals; `talk_ms_sum` = their plain sum. The two part where a
  voice's own sentences overlap.
* `talk_share` = `talk_ms` / sum of `talk_ms` over all voices. `talk_share_call` divides by the recording's length
  instead and is cut at 1; `talk_share_words` compares words. Gong averages per-call ratios over calls; other products
  divide by call time or by words, hence all three.
* A *back-channel* has at most `backchannel_max_words` (4) words and lasts at most `backchannel_max_ms` (1500).
* A *turn* is the longest run of one voice with silences up to `merge_gap_ms` (1000); back-channels of others in it do not
  break it.
* The *longest monologue* is the longest span of one voice with silences up to `monologue_gap_ms` (3000). *Strict*: any
  other voice ends it. *Bridged*: only what is more than a back-channel ends it. Spans are cut at sentences: an
  interruption counts from the next sentence on.
* `words_per_minute` = `words` / minutes of `talk_ms`, null below `words_per_minute_min_ms` (30 s) of speech.
* `two_sided`: the company spoke and the customer spoke for at least `two_sided_customer_ms` (30 s).
* `switches`: how often the floor went from one known side to the other, turns made of back-channels alone left out.

Quality flags: `backwards` (an end before its start), `beyond_duration` (speech after the end of the recording),
`duplicate_index`, `empty_text`, `mixed_sides` (one voice on two sides), `negative_time`, `no_party` (a voice that no party
carries), `no_speaker` (a sentence without a voice), `out_of_order` (received in another order than spoken),
`overlapping` (sentences of one voice overlap), `unknown_side`, `zero_length`.

Sources: definitions of talk share and monologue by Gong, revenue.io, Demodesk and Zoom differ as said above; the
thresholds are our choice.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![TalkRow::table(), TalkCallRow::table()]
    }

    fn parameters(&self, table: &str) -> &'static [&'static str] {
        match table {
            "metrics/talk" => &[
                "backchannel_max_ms",
                "backchannel_max_words",
                "merge_gap_ms",
                "monologue_gap_ms",
                "words_per_minute_min_ms",
            ],
            "metrics/talk_call" => &[
                "backchannel_max_ms",
                "backchannel_max_words",
                "merge_gap_ms",
                "two_sided_customer_ms",
            ],
            _ => &[],
        }
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let mut voices = Vec::new();
        let mut totals = Vec::new();
        for reading in calls.iter().filter(|r| !r.call.sentences.is_empty()) {
            let turns = turns(reading.call, analysis.parameters);
            let rows = voice_rows(reading.call, &turns, analysis.parameters);
            totals.push(call_row(reading.call, &turns, &rows, analysis.parameters));
            voices.extend(rows);
        }
        vec![TalkRow::to_batch(&voices), TalkCallRow::to_batch(&totals)]
    }
}

/// One row per voice, by id.
fn voice_rows(call: &Call<'_>, turns: &[Stretch], parameters: &Parameters) -> Vec<TalkRow> {
    let gap_ms = parameters.monologue_gap_ms;
    let strict = longest(call, &monologues(call, gap_ms, |_| false));
    let bridged = longest(
        call,
        &monologues(call, gap_ms, |sentence| sentence.is_backchannel(parameters)),
    );
    let by_voice = by_voice(call);
    let talk: Vec<i64> = by_voice.iter().map(|own| talk_ms(own)).collect();
    let words: Vec<i64> = by_voice.iter().map(|own| count_words(own)).collect();
    let (all_talk, all_words) = (talk.iter().sum(), words.iter().sum());
    let mut rows: Vec<TalkRow> = call
        .speakers
        .iter()
        .enumerate()
        .map(|(voice, speaker)| TalkRow {
            call_id: call.call_id.to_owned(),
            speaker_id: speaker.speaker_id.to_owned(),
            party_id: speaker.party_id.map(str::to_owned),
            user_id: speaker.user_id.map(str::to_owned),
            person_key: speaker.person_key.map(str::to_owned),
            side: speaker.side.name().to_owned(),
            talk_ms: talk[voice],
            talk_ms_sum: by_voice[voice].iter().map(|s| s.length_ms()).sum(),
            talk_share: share(talk[voice], all_talk),
            talk_share_call: call.duration_ms().and_then(|ms| share(talk[voice], ms)),
            talk_share_words: share(words[voice], all_words),
            words: words[voice],
            words_per_minute: (talk[voice] > 0
                && talk[voice] >= parameters.words_per_minute_min_ms)
                .then(|| words[voice] as f64 * 60_000.0 / talk[voice] as f64),
            sentences: by_voice[voice].len() as i64,
            turns: turns.iter().filter(|turn| turn.speaker == voice).count() as i64,
            longest_monologue_strict_ms: strict[voice],
            longest_monologue_bridged_ms: bridged[voice],
        })
        .collect();
    rows.sort_by(|a, b| a.speaker_id.cmp(&b.speaker_id));
    rows
}

fn call_row(
    call: &Call<'_>,
    turns: &[Stretch],
    voices: &[TalkRow],
    parameters: &Parameters,
) -> TalkCallRow {
    let [company_ms, customer_ms, unknown_ms] = Side::ALL.map(|side| side_ms(call, side));
    let speech_ms = voices.iter().map(|row| row.talk_ms).sum();
    let attributed_ms = voices
        .iter()
        .filter(|row| row.side != Side::Unknown.name())
        .map(|row| row.talk_ms)
        .sum();
    TalkCallRow {
        call_id: call.call_id.to_owned(),
        speakers: voices.len() as i64,
        customer_speakers: voices
            .iter()
            .filter(|row| row.side == Side::Customer.name())
            .count() as i64,
        sentences: call.sentences.len() as i64,
        words: voices.iter().map(|row| row.words).sum(),
        speech_ms,
        company_ms,
        customer_ms,
        unknown_ms,
        attributed_share: share(attributed_ms, speech_ms),
        two_sided: company_ms > 0
            && customer_ms > 0
            && customer_ms >= parameters.two_sided_customer_ms,
        switches: count_switches(&floors(call, turns, parameters)),
        span_ms: span_ms(call),
        quality_flags: quality::flags(call).join(","),
    }
}

fn count_words(sentences: &[&Sentence<'_>]) -> i64 {
    sentences.iter().map(|sentence| sentence.words).sum()
}

fn span_ms(call: &Call<'_>) -> i64 {
    let ends = call.sentences.iter().map(|s| s.interval().1);
    ends.max().unwrap_or(0).max(0)
}

/// The longest of `runs` for each voice, in milliseconds.
fn longest(call: &Call<'_>, runs: &[Stretch]) -> Vec<i64> {
    let mut longest = vec![0; call.speakers.len()];
    for run in runs {
        longest[run.speaker] = run.length_ms().max(longest[run.speaker]);
    }
    longest
}
