//! How the two sides talk with each other: who waits, who cuts in, who listens, where it is silent.

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, Reading};
use crate::call::{Call, Sentence, Side, side_ms, span, speech_ms, union_ms};
use crate::parameters::Parameters;
use crate::statistics::share;
use crate::table;
use crate::table::{Row, TableInfo};
use crate::turns::{Stretch, count_switches, floors, monologues, turns};

table! {
    /// How the sides of one call talk with each other.
    pub struct InteractionRow("metrics/interaction", key: [call_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// How often the floor went from one side to the other, a minute of speech; null below a minute of speech.
        switches_per_minute: Option<f64>,
        /// The same on a scale from 0 to 10; null below a minute of speech.
        interactivity_score: Option<f64>,
        /// Customer turns after which the company took the floor.
        patience_n: i64,
        /// Lower quartile of the company's wait after them, in milliseconds; null where there are none.
        patience_p25_ms: Option<i64>,
        /// Median of the company's wait, in milliseconds.
        patience_p50_ms: Option<i64>,
        /// 90th percentile of the company's wait, in milliseconds.
        patience_p90_ms: Option<i64>,
        /// Silences of at least five seconds between the first and the last word.
        silences: i64,
        /// Their length together, in milliseconds.
        silence_ms: i64,
        /// The longest of them, in milliseconds; null where there is none.
        longest_silence_ms: Option<i64>,
        /// `silence_ms` over the time from the first to the last word, 0 to 1; null where that is no time.
        silence_share: Option<f64>,
        /// How often the company cut into the customer's speech.
        company_cut_ins: i64,
        /// How long both spoke then, in milliseconds.
        company_cut_in_ms: i64,
        /// How often the customer cut into the company's speech.
        customer_cut_ins: i64,
        /// How long both spoke then, in milliseconds.
        customer_cut_in_ms: i64,
        /// How far cut-ins can be trusted: low, since the transcript tells times by the sentence.
        cut_in_confidence: String,
        /// Back-channels of the company within the customer's speech.
        company_listening: i64,
        /// The same a minute of the customer's speech; null below a minute of it.
        company_listening_per_minute: Option<f64>,
        /// Back-channels of the customer within the company's speech.
        customer_listening: i64,
        /// Longest stretch of one voice of the customer that any other voice or a gap ends, in milliseconds.
        longest_story_strict_ms: i64,
        /// Longest stretch of one voice of the customer through which back-channels and short remarks are bridged, in milliseconds.
        longest_story_bridged_ms: i64,
        /// The company's share of both sides' speech in the first fifth of the call, 0 to 1; null where neither spoke.
        company_share_1: Option<f64>,
        /// In the second fifth.
        company_share_2: Option<f64>,
        /// In the third fifth.
        company_share_3: Option<f64>,
        /// In the fourth fifth.
        company_share_4: Option<f64>,
        /// In the last fifth.
        company_share_5: Option<f64>,
    }
}

table! {
    /// One voice of a known side and how it deals with the other side.
    pub struct InteractionVoiceRow("metrics/interaction_voice", key: [call_id, speaker_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Id of the voice; empty where the transcript names none.
        speaker_id: String,
        /// Gong's id of the user, for people of the own company.
        user_id: Option<String>,
        /// company or customer.
        side: String,
        /// Turns of the other side after which this voice took the floor.
        patience_n: i64,
        /// Lower quartile of its wait after them, in milliseconds; null where there are none.
        patience_p25_ms: Option<i64>,
        /// Median of its wait, in milliseconds.
        patience_p50_ms: Option<i64>,
        /// 90th percentile of its wait, in milliseconds.
        patience_p90_ms: Option<i64>,
        /// How often it cut into the other side's speech.
        cut_ins: i64,
        /// How long both spoke then, in milliseconds.
        cut_in_ms: i64,
        /// Its back-channels within the other side's speech.
        listening: i64,
    }
}

table! {
    /// The stretches of a call behind the numbers of this analyzer and of the longest monologues.
    pub struct StretchEvidenceRow as StretchEvidence("evidence/stretches", key: [call_id, kind, sentence_index], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// `patience`, `cut_in`, `listening`, `silence`, `longest_monologue_strict`, `longest_monologue_bridged`,
        /// `longest_story_strict` or `longest_story_bridged`.
        kind: String,
        /// Position of the first sentence in the transcript as received; of a wait or a silence, the sentence after it.
        sentence_index: i32,
        /// Position of the last sentence.
        sentence_index_end: i32,
        /// Start of the stretch, in milliseconds.
        start_ms: i64,
        /// End of the stretch, in milliseconds.
        end_ms: i64,
        /// What counts of it, in milliseconds: the wait, the time both spoke, the length.
        value_ms: i64,
        /// Id of the voice; null where the transcript names none, and for silence.
        speaker_id: Option<String>,
        /// company or customer; null for silence.
        side: Option<String>,
    }
}

/// The kind of evidence that belongs to nobody.
const SILENCE: &str = "silence";

/// The interaction analyzer.
#[derive(Debug)]
pub struct Interaction;

impl Analyzer for Interaction {
    fn name(&self) -> &'static str {
        "interaction"
    }

    fn version(&self) -> u32 {
        1
    }

    fn doc(&self) -> &'static str {
        "\
Turns, back-channels and monologues are those of the talk analyzer. A turn *takes the floor* when its side is known and it is
more than back-channels. No word list is used, so that none of this depends on the language.

* `switches_per_minute` = changes of side from one turn that takes the floor to the next / minutes of speech (the sum of all
  voices' `talk_ms`), null below `rate_min_ms` (60000). `interactivity_score` = 10 × (1 − e^(−`switches_per_minute`/k)) with
  k = `interactivity_k_tenths`/10 (3).
* *Patience*: from the end of a turn of one side to the start of the next turn, where that is the other side's and both take the
  floor; 0 where it began before. Percentiles are nearest-rank: the smallest value that at least so many percent do not exceed.
* *Silence*: nobody speaks for at least `silence_min_ms` (5000), between the first and the last word.
* *Cut-in*: a sentence that is no back-channel begins while the other side speaks a sentence that began before, and both speak
  for at least `cut_in_min_ms` (300). Times are those of sentences, so that the first word of an answer and a real
  interruption look alike: hence `cut_in_confidence` = low.
* *Listening*: a back-channel between two sentences of the other side that are no back-channels, nothing but back-channels in
  between. `company_listening_per_minute` is a minute of the customer's speech, null below `rate_min_ms`.
* *Longest customer story*: the longest monologue of one voice of the customer. *Strict*: any other voice ends it. *Bridged*:
  back-channels, and remarks of the company of at most `story_remark_max_words` (8) words, do not.
* `company_share_1` to `_5`: the time from the first to the last word in five equal parts; in each, the union of the company's
  intervals over that of both sides' unions added.

Sources: Gong publishes interactivity on 0 to 10 and patience in seconds, and neither formula; Dynamics counts switches and the
pause before an answer; revenue.io counts an interruption from mid-sentence and leaves back-channels out, on two-channel
recordings alone; Google counts silence from 5 s on; Gong Labs bridges clarifying questions in a customer's story. The
thresholds are our choice.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![
            InteractionRow::table(),
            InteractionVoiceRow::table(),
            StretchEvidenceRow::table(),
        ]
    }

    fn parameters(&self, table: &str) -> &'static [&'static str] {
        match table {
            "metrics/interaction" => &[
                "backchannel_max_ms",
                "backchannel_max_words",
                "cut_in_min_ms",
                "interactivity_k_tenths",
                "merge_gap_ms",
                "monologue_gap_ms",
                "rate_min_ms",
                "silence_min_ms",
                "story_remark_max_words",
            ],
            "metrics/interaction_voice" => &[
                "backchannel_max_ms",
                "backchannel_max_words",
                "cut_in_min_ms",
                "merge_gap_ms",
            ],
            "evidence/stretches" => &[
                "backchannel_max_ms",
                "backchannel_max_words",
                "cut_in_min_ms",
                "merge_gap_ms",
                "monologue_gap_ms",
                "silence_min_ms",
                "story_remark_max_words",
            ],
            _ => &[],
        }
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let (mut rows, mut voices, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
        for reading in calls.iter().filter(|r| !r.call.sentences.is_empty()) {
            let seen = Seen::of(reading.call, analysis.parameters);
            rows.push(seen.row());
            voices.extend(seen.voice_rows());
            evidence.extend(seen.evidence());
        }
        vec![
            InteractionRow::to_batch(&rows),
            InteractionVoiceRow::to_batch(&voices),
            StretchEvidence::to_batch(&evidence),
        ]
    }
}

/// Something that a voice did while or after the other side spoke.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// Position of its first sentence in [`Call::sentences`].
    first: usize,
    /// Position of its last sentence.
    last: usize,
    start_ms: i64,
    end_ms: i64,
    value_ms: i64,
}

/// Everything that was seen of one call.
struct Seen<'c> {
    call: &'c Call<'c>,
    parameters: &'c Parameters,
    switches: i64,
    /// Waits before a turn of the other side.
    patience: Vec<Moment>,
    cut_ins: Vec<Moment>,
    listening: Vec<Moment>,
    silences: Vec<Moment>,
    /// By name: the longest monologue of the company and the longest story of the customer.
    longest: [(&'static str, Option<Stretch>); 4],
}

impl<'c> Seen<'c> {
    fn of(call: &'c Call<'c>, parameters: &'c Parameters) -> Seen<'c> {
        let floors = floors(call, &turns(call, parameters), parameters);
        let gap_ms = parameters.monologue_gap_ms;
        let is_backchannel = |sentence: &Sentence<'_>| sentence.is_backchannel(parameters);
        let is_remark = |sentence: &Sentence<'_>| {
            is_backchannel(sentence)
                || (sentence.side == Side::Company
                    && sentence.words <= parameters.story_remark_max_words)
        };
        let strict = monologues(call, gap_ms, |_| false);
        let bridged = monologues(call, gap_ms, is_backchannel);
        let stories = monologues(call, gap_ms, is_remark);
        Seen {
            switches: count_switches(&floors),
            patience: waits(&floors),
            cut_ins: cut_ins(call, parameters),
            listening: listening(call, parameters),
            silences: silences(call, parameters.silence_min_ms),
            longest: [
                (
                    "longest_monologue_bridged",
                    longest(call, &bridged, Side::Company),
                ),
                (
                    "longest_monologue_strict",
                    longest(call, &strict, Side::Company),
                ),
                (
                    "longest_story_bridged",
                    longest(call, &stories, Side::Customer),
                ),
                (
                    "longest_story_strict",
                    longest(call, &strict, Side::Customer),
                ),
            ],
            call,
            parameters,
        }
    }

    fn row(&self) -> InteractionRow {
        let patience = Percentiles::of(self.by(Side::Company, &self.patience));
        let span_ms = span(self.call).map_or(0, |(first, last)| last - first);
        let silence_ms = self.silences.iter().map(|silence| silence.value_ms).sum();
        let speech_ms = speech_ms(self.call);
        let per_minute = |count: i64, whole_ms: i64| {
            (whole_ms > 0 && whole_ms >= self.parameters.rate_min_ms)
                .then(|| count as f64 * 60_000.0 / whole_ms as f64)
        };
        let switches_per_minute = per_minute(self.switches, speech_ms);
        let cut_ins = |side: Side| {
            let own = self.by(side, &self.cut_ins);
            let both_ms: i64 = own.clone().map(|cut_in| cut_in.value_ms).sum();
            (own.count() as i64, both_ms)
        };
        let (company_cut_ins, company_cut_in_ms) = cut_ins(Side::Company);
        let (customer_cut_ins, customer_cut_in_ms) = cut_ins(Side::Customer);
        let company_listening = self.by(Side::Company, &self.listening).count() as i64;
        let [
            company_share_1,
            company_share_2,
            company_share_3,
            company_share_4,
            company_share_5,
        ] = company_shares(self.call);
        InteractionRow {
            call_id: self.call.call_id.to_owned(),
            switches_per_minute,
            interactivity_score: switches_per_minute.map(|rate| self.score(rate)),
            patience_n: patience.n,
            patience_p25_ms: patience.p25,
            patience_p50_ms: patience.p50,
            patience_p90_ms: patience.p90,
            silences: self.silences.len() as i64,
            silence_ms,
            longest_silence_ms: self.silences.iter().map(|silence| silence.value_ms).max(),
            silence_share: share(silence_ms, span_ms),
            company_cut_ins,
            company_cut_in_ms,
            customer_cut_ins,
            customer_cut_in_ms,
            cut_in_confidence: "low".to_owned(),
            company_listening,
            company_listening_per_minute: per_minute(
                company_listening,
                side_ms(self.call, Side::Customer),
            ),
            customer_listening: self.by(Side::Customer, &self.listening).count() as i64,
            longest_story_strict_ms: self.longest_ms("longest_story_strict"),
            longest_story_bridged_ms: self.longest_ms("longest_story_bridged"),
            company_share_1,
            company_share_2,
            company_share_3,
            company_share_4,
            company_share_5,
        }
    }

    fn score(&self, switches_per_minute: f64) -> f64 {
        let k = self.parameters.interactivity_k_tenths.max(1) as f64 / 10.0;
        10.0 * (1.0 - (-switches_per_minute / k).exp())
    }

    fn longest_ms(&self, kind: &str) -> i64 {
        let of_kind = self.longest.iter().find(|(name, _)| *name == kind);
        of_kind
            .and_then(|(_, stretch)| *stretch)
            .map_or(0, |stretch| stretch.length_ms())
    }

    /// What a side did.
    fn by<'s>(
        &'s self,
        side: Side,
        moments: &'s [Moment],
    ) -> impl Iterator<Item = &'s Moment> + Clone {
        moments
            .iter()
            .filter(move |moment| self.call.sentences[moment.first].side == side)
    }

    /// One row for each voice of a known side, by id.
    fn voice_rows(&self) -> Vec<InteractionVoiceRow> {
        let voices = self.call.speakers.iter().enumerate();
        let mut rows: Vec<InteractionVoiceRow> = voices
            .filter(|(_, speaker)| speaker.side != Side::Unknown)
            .map(|(voice, speaker)| {
                let own = |moments: &[Moment]| {
                    let own = moments.iter().copied();
                    let is_own =
                        |moment: &Moment| self.call.sentences[moment.first].speaker == voice;
                    own.filter(is_own).collect::<Vec<Moment>>()
                };
                let patience = Percentiles::of(own(&self.patience).iter());
                let cut_ins = own(&self.cut_ins);
                InteractionVoiceRow {
                    call_id: self.call.call_id.to_owned(),
                    speaker_id: speaker.speaker_id.to_owned(),
                    user_id: speaker.user_id.map(str::to_owned),
                    side: speaker.side.name().to_owned(),
                    patience_n: patience.n,
                    patience_p25_ms: patience.p25,
                    patience_p50_ms: patience.p50,
                    patience_p90_ms: patience.p90,
                    cut_ins: cut_ins.len() as i64,
                    cut_in_ms: cut_ins.iter().map(|cut_in| cut_in.value_ms).sum(),
                    listening: own(&self.listening).len() as i64,
                }
            })
            .collect();
        rows.sort_by(|a, b| a.speaker_id.cmp(&b.speaker_id));
        rows
    }

    /// Kind by kind, each in the order of the transcript.
    fn evidence(&self) -> Vec<StretchEvidence<'c>> {
        let mut rows = Vec::new();
        self.add_evidence("cut_in", &self.cut_ins, &mut rows);
        self.add_evidence("listening", &self.listening, &mut rows);
        for (kind, stretch) in &self.longest {
            let moment = stretch.map(|stretch| Moment {
                first: stretch.first,
                last: stretch.last,
                start_ms: stretch.start_ms,
                end_ms: stretch.end_ms,
                value_ms: stretch.length_ms(),
            });
            self.add_evidence(kind, moment.as_slice(), &mut rows);
        }
        self.add_evidence("patience", &self.patience, &mut rows);
        self.add_evidence(SILENCE, &self.silences, &mut rows);
        rows
    }

    fn add_evidence(
        &self,
        kind: &'static str,
        moments: &[Moment],
        rows: &mut Vec<StretchEvidence<'c>>,
    ) {
        let from = rows.len();
        rows.extend(moments.iter().map(|moment| self.evidence_row(kind, moment)));
        rows[from..].sort_by_key(|row| (row.sentence_index, row.start_ms, row.end_ms));
    }

    fn evidence_row(&self, kind: &'static str, moment: &Moment) -> StretchEvidence<'c> {
        let is_somebodys = kind != SILENCE;
        let call = self.call;
        let (first, last) = (&call.sentences[moment.first], &call.sentences[moment.last]);
        StretchEvidence {
            call_id: call.call_id,
            kind,
            sentence_index: first.sentence_index,
            sentence_index_end: last.sentence_index,
            start_ms: moment.start_ms,
            end_ms: moment.end_ms,
            value_ms: moment.value_ms,
            speaker_id: call.speaker_id_of(first).filter(|_| is_somebodys),
            side: is_somebodys.then(|| first.side.name()),
        }
    }
}

/// The wait before each turn that follows one of the other side.
fn waits(floors: &[(Side, Stretch)]) -> Vec<Moment> {
    let answers = floors.windows(2).filter(|pair| pair[0].0 != pair[1].0);
    answers
        .map(|pair| {
            let (before, after) = (&pair[0].1, &pair[1].1);
            Moment {
                first: after.first,
                last: after.last,
                start_ms: before.end_ms.min(after.start_ms),
                end_ms: after.start_ms,
                value_ms: (after.start_ms - before.end_ms).max(0),
            }
        })
        .collect()
}

/// Sentences that begin while the other side speaks one that began before.
fn cut_ins(call: &Call<'_>, parameters: &Parameters) -> Vec<Moment> {
    let mut spoken_until = [i64::MIN; 2];
    let mut found = Vec::new();
    for (position, sentence) in call.sentences.iter().enumerate() {
        let (own, other) = match sentence.side {
            Side::Company => (0, 1),
            Side::Customer => (1, 0),
            Side::Unknown => continue,
        };
        let (start, end) = sentence.interval();
        // Everything before began earlier, so that what goes on past `start` covers the time up to its latest end.
        let both_until = spoken_until[other].min(end);
        let value_ms = both_until.saturating_sub(start);
        if value_ms > 0
            && value_ms >= parameters.cut_in_min_ms
            && !sentence.is_backchannel(parameters)
        {
            found.push(Moment {
                first: position,
                last: position,
                start_ms: start,
                end_ms: both_until,
                value_ms,
            });
        }
        spoken_until[own] = spoken_until[own].max(end);
    }
    found
}

/// Back-channels within the other side's speech.
fn listening(call: &Call<'_>, parameters: &Parameters) -> Vec<Moment> {
    let mut found = Vec::new();
    let mut before: Option<Side> = None;
    let mut waiting: Vec<usize> = Vec::new();
    for (position, sentence) in call.sentences.iter().enumerate() {
        if sentence.is_backchannel(parameters) {
            waiting.push(position);
            continue;
        }
        let side = sentence.side;
        let heard = waiting.drain(..).filter(|position| {
            let own = call.sentences[*position].side;
            before == Some(side) && ![side, Side::Unknown].contains(&own) && side != Side::Unknown
        });
        found.extend(heard.map(|position| {
            let (start_ms, end_ms) = call.sentences[position].interval();
            Moment {
                first: position,
                last: position,
                start_ms,
                end_ms,
                value_ms: end_ms - start_ms,
            }
        }));
        before = Some(side);
    }
    found
}

/// Times of at least `least_ms` in which nobody speaks, between the first and the last word.
fn silences(call: &Call<'_>, least_ms: i64) -> Vec<Moment> {
    let mut found = Vec::new();
    let mut heard_until: Option<i64> = None;
    for (position, sentence) in call.sentences.iter().enumerate() {
        let (start, end) = sentence.interval();
        if let Some(until) = heard_until
            && start - until >= least_ms.max(1)
        {
            found.push(Moment {
                first: position,
                last: position,
                start_ms: until,
                end_ms: start,
                value_ms: start - until,
            });
        }
        heard_until = Some(heard_until.map_or(end, |until| until.max(end)));
    }
    found
}

/// The longest stretch of a side, the first of them where several are.
fn longest(call: &Call<'_>, stretches: &[Stretch], side: Side) -> Option<Stretch> {
    let own = stretches
        .iter()
        .filter(|stretch| call.sentences[stretch.first].side == side);
    own.max_by_key(|stretch| (stretch.length_ms(), std::cmp::Reverse(stretch.first)))
        .copied()
}

/// Nearest-rank percentiles.
struct Percentiles {
    n: i64,
    p25: Option<i64>,
    p50: Option<i64>,
    p90: Option<i64>,
}

impl Percentiles {
    fn of<'m>(moments: impl Iterator<Item = &'m Moment>) -> Percentiles {
        let mut values: Vec<i64> = moments.map(|moment| moment.value_ms).collect();
        values.sort_unstable();
        let at = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100);
            values.get(rank.saturating_sub(1)).copied()
        };
        Percentiles {
            n: values.len() as i64,
            p25: at(25),
            p50: at(50),
            p90: at(90),
        }
    }
}

fn company_shares(call: &Call<'_>) -> [Option<f64>; 5] {
    let Some((first, last)) = span(call) else {
        return [None; 5];
    };
    let edge = |part: i64| first + (last - first) * part / 5;
    [0, 1, 2, 3, 4].map(|part| {
        let (from, to) = (edge(part), edge(part + 1));
        let spoken = |side: Side| {
            let own = call
                .sentences
                .iter()
                .filter(|s| s.side == side)
                .map(Sentence::interval);
            let inside = own.map(|(start, end)| (start.max(from), end.min(to)));
            union_ms(inside.filter(|(start, end)| start < end))
        };
        let company = spoken(Side::Company);
        share(company, company + spoken(Side::Customer))
    })
}
