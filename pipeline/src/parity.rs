//! Ours against theirs: where Gong delivered its own statistics for a call, how far our numbers are from them.
//!
//! Gong's formulas are closed, so a difference is no error of either side; a low rank correlation says that the two order
//! calls differently.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::metrics::interaction::{InteractionRow, InteractionVoiceRow};
use talktrack_analyzers::metrics::questions::QuestionsRow;
use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::statistics::{mean, median, spearman};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, GongStatRow};

use crate::error::Error;
use crate::ingest::window::Days;
use crate::lake::{Lake, PartitionKey};

/// Below so many calls no correlation is given.
pub const MIN_CALLS: usize = 5;
/// Calls that are named, those furthest apart first.
const WORST: usize = 3;

/// A statistic of Gong's and what we compare with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// `Talk Ratio` against the host's `talk_share`.
    TalkRatio,
    /// `Longest Monologue` against the host's `longest_monologue_strict_ms`.
    LongestMonologueStrict,
    /// `Longest Monologue` against the host's `longest_monologue_bridged_ms`.
    LongestMonologueBridged,
    /// `Longest Customer Story` against `longest_story_strict_ms`.
    LongestStoryStrict,
    /// `Longest Customer Story` against `longest_story_bridged_ms`.
    LongestStoryBridged,
    /// `Interactivity` against `interactivity_score`.
    Interactivity,
    /// `Patience` against the median wait of the host.
    Patience,
    /// `talkTime` of a person against `talk_ms`.
    TalkTime,
    /// `companyCount` against `questions` of the company's side.
    CompanyQuestions,
    /// `nonCompanyCount` against `questions` of all others.
    OtherQuestions,
}

impl Measure {
    /// Gong's name of the statistic.
    pub fn theirs(self) -> &'static str {
        match self {
            Measure::TalkRatio => "Talk Ratio",
            Measure::LongestMonologueStrict | Measure::LongestMonologueBridged => {
                "Longest Monologue"
            }
            Measure::LongestStoryStrict | Measure::LongestStoryBridged => "Longest Customer Story",
            Measure::Interactivity => "Interactivity",
            Measure::Patience => "Patience",
            Measure::TalkTime => "talkTime",
            Measure::CompanyQuestions => "companyCount",
            Measure::OtherQuestions => "nonCompanyCount",
        }
    }

    /// Our table and column.
    pub fn ours(self) -> &'static str {
        match self {
            Measure::TalkRatio => "metrics/talk talk_share of the host",
            Measure::LongestMonologueStrict => {
                "metrics/talk longest_monologue_strict_ms of the host"
            }
            Measure::LongestMonologueBridged => {
                "metrics/talk longest_monologue_bridged_ms of the host"
            }
            Measure::LongestStoryStrict => "metrics/interaction longest_story_strict_ms",
            Measure::LongestStoryBridged => "metrics/interaction longest_story_bridged_ms",
            Measure::Interactivity => "metrics/interaction interactivity_score",
            Measure::Patience => "metrics/interaction_voice patience_p50_ms of the host",
            Measure::TalkTime => "metrics/talk talk_ms",
            Measure::CompanyQuestions => "metrics/questions questions, side company",
            Measure::OtherQuestions => "metrics/questions questions, all other sides",
        }
    }

    /// Unit of both.
    pub fn unit(self) -> &'static str {
        match self {
            Measure::TalkRatio => "share",
            Measure::CompanyQuestions | Measure::OtherQuestions => "count",
            Measure::Interactivity => "0-10",
            _ => "s",
        }
    }
}

/// How the two sides of one measure agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parity {
    /// What is compared.
    pub measure: Measure,
    /// Gong's name of the statistic.
    pub theirs: &'static str,
    /// Our table and column.
    pub ours: &'static str,
    /// Unit of the numbers below.
    pub unit: &'static str,
    /// Pairs: calls, or persons on calls.
    pub n: usize,
    /// Mean of Gong's values; null where there is no pair.
    pub mean_theirs: Option<f64>,
    /// Mean of ours.
    pub mean_ours: Option<f64>,
    /// Mean absolute difference.
    pub mean_absolute_error: Option<f64>,
    /// Median absolute difference.
    pub median_absolute_error: Option<f64>,
    /// Spearman's rank correlation, -1 to 1; null below [`MIN_CALLS`] pairs.
    pub rank_correlation: Option<f64>,
    /// The calls furthest apart.
    pub worst: Vec<Pair>,
}

/// One call's values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// Gong's id of the call.
    pub call_id: String,
    /// Gong's value.
    pub theirs: f64,
    /// Our value.
    pub ours: f64,
}

/// Compares all calls of the lake, or those of some days, for which Gong delivered statistics.
///
/// # Errors
///
/// The lake cannot be read.
pub async fn run(lake: &Lake, days: Option<Days>) -> Result<Vec<Parity>, Error> {
    let snapshot = lake.snapshot().await?;
    let with_stats: Vec<Date> = snapshot
        .days("gong_stats")
        .filter(|day| days.is_none_or(|days| days.contains(*day)))
        .collect();
    let mut pairs: BTreeMap<Measure, Vec<Pair>> = BTreeMap::new();
    for day in with_stats {
        let ours = ours_of(lake, day).await?;
        for stat in rows::<GongStatRow>(lake, day).await? {
            let theirs = stat.value.filter(|value| value.is_finite());
            let (Some(theirs), Some(of_call)) = (theirs, ours.get(&stat.call_id)) else {
                continue;
            };
            for (measure, ours) in of_call.against(&stat) {
                pairs.entry(measure).or_default().push(Pair {
                    call_id: stat.call_id.clone(),
                    theirs,
                    ours,
                });
            }
        }
    }
    Ok(pairs
        .into_iter()
        .map(|(measure, pairs)| agreement(measure, pairs))
        .collect())
}

async fn rows<R: Row>(lake: &Lake, day: Date) -> Result<Vec<R>, Error> {
    Ok(lake
        .read_rows(&PartitionKey::day(R::table().name, day))
        .await?)
}

/// What we measured of one call.
#[derive(Default)]
struct Ours {
    host: Option<String>,
    talk: Vec<TalkRow>,
    questions: Vec<QuestionsRow>,
    interaction: Option<InteractionRow>,
    voices: Vec<InteractionVoiceRow>,
}

/// Our side of a day, by call.
async fn ours_of(lake: &Lake, day: Date) -> Result<HashMap<String, Ours>, Error> {
    let mut of_call: HashMap<String, Ours> = HashMap::new();
    for row in rows::<CallRow>(lake, day).await? {
        of_call.entry(row.call_id).or_default().host = row.primary_user_id;
    }
    for row in rows::<TalkRow>(lake, day).await? {
        of_call
            .entry(row.call_id.clone())
            .or_default()
            .talk
            .push(row);
    }
    for row in rows::<QuestionsRow>(lake, day).await? {
        of_call
            .entry(row.call_id.clone())
            .or_default()
            .questions
            .push(row);
    }
    for row in rows::<InteractionRow>(lake, day).await? {
        let call_id = row.call_id.clone();
        of_call.entry(call_id).or_default().interaction = Some(row);
    }
    for row in rows::<InteractionVoiceRow>(lake, day).await? {
        of_call
            .entry(row.call_id.clone())
            .or_default()
            .voices
            .push(row);
    }
    Ok(of_call)
}

impl Ours {
    /// What we measured where Gong gives `stat`.
    fn against(&self, stat: &GongStatRow) -> Vec<(Measure, f64)> {
        let of_host = || {
            let mut voices = self.talk.iter();
            voices.find(|row| self.is_host(row.user_id.as_ref()))
        };
        let of_call = self.interaction.as_ref();
        let one = |measure: Measure, value: Option<f64>| {
            value.map(|value| (measure, value)).into_iter().collect()
        };
        match stat.name.as_str() {
            "Talk Ratio" => one(Measure::TalkRatio, of_host().and_then(|row| row.talk_share)),
            "Longest Monologue" => of_host().map_or_else(Vec::new, |row| {
                vec![
                    (
                        Measure::LongestMonologueStrict,
                        seconds(row.longest_monologue_strict_ms),
                    ),
                    (
                        Measure::LongestMonologueBridged,
                        seconds(row.longest_monologue_bridged_ms),
                    ),
                ]
            }),
            "Longest Customer Story" => of_call.map_or_else(Vec::new, |row| {
                vec![
                    (
                        Measure::LongestStoryStrict,
                        seconds(row.longest_story_strict_ms),
                    ),
                    (
                        Measure::LongestStoryBridged,
                        seconds(row.longest_story_bridged_ms),
                    ),
                ]
            }),
            "Interactivity" => one(
                Measure::Interactivity,
                of_call.and_then(|row| row.interactivity_score),
            ),
            "Patience" => {
                let mut voices = self.voices.iter();
                let host = voices.find(|row| self.is_host(row.user_id.as_ref()));
                one(
                    Measure::Patience,
                    host.and_then(|row| row.patience_p50_ms).map(seconds),
                )
            }
            "talkTime" if !stat.party_id.is_empty() => {
                let mut voices = self.talk.iter();
                let voice = voices.find(|row| row.party_id.as_ref() == Some(&stat.party_id));
                one(Measure::TalkTime, voice.map(|row| seconds(row.talk_ms)))
            }
            "companyCount" => one(
                Measure::CompanyQuestions,
                self.asked(|side| side == "company"),
            ),
            "nonCompanyCount" => one(
                Measure::OtherQuestions,
                self.asked(|side| side != "company"),
            ),
            _ => Vec::new(),
        }
    }

    fn is_host(&self, user_id: Option<&String>) -> bool {
        user_id.is_some() && user_id == self.host.as_ref()
    }

    /// Questions of some sides; none where the call has no transcript, or the dictionary does not cover its language.
    fn asked(&self, is_meant: impl Fn(&str) -> bool) -> Option<f64> {
        if self.questions.is_empty() {
            return None;
        }
        let meant = self.questions.iter().filter(|row| is_meant(&row.side));
        let asked: Option<i64> = meant.map(|row| row.questions).sum();
        asked.map(|asked| asked as f64)
    }
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn agreement(measure: Measure, mut pairs: Vec<Pair>) -> Parity {
    let column = |value: fn(&Pair) -> f64| pairs.iter().map(value).collect::<Vec<f64>>();
    let apart = column(|pair| (pair.ours - pair.theirs).abs());
    let both: Vec<(f64, f64)> = pairs.iter().map(|pair| (pair.theirs, pair.ours)).collect();
    let parity = Parity {
        measure,
        theirs: measure.theirs(),
        ours: measure.ours(),
        unit: measure.unit(),
        n: pairs.len(),
        mean_theirs: mean(&column(|pair| pair.theirs)),
        mean_ours: mean(&column(|pair| pair.ours)),
        mean_absolute_error: mean(&apart),
        median_absolute_error: median(&apart),
        rank_correlation: spearman(&both).filter(|_| pairs.len() >= MIN_CALLS),
        worst: Vec::new(),
    };
    pairs.sort_by(|a, b| {
        let apart = |pair: &Pair| (pair.ours - pair.theirs).abs();
        apart(b)
            .total_cmp(&apart(a))
            .then_with(|| a.call_id.cmp(&b.call_id))
    });
    pairs.retain(|pair| pair.ours.to_bits() != pair.theirs.to_bits());
    pairs.truncate(WORST);
    Parity {
        worst: pairs,
        ..parity
    }
}

#[cfg(test)]
mod tests {
    use super::{Measure, Pair, agreement};

    fn pair(call_id: &str, theirs: f64, ours: f64) -> Pair {
        Pair {
            call_id: call_id.to_owned(),
            theirs,
            ours,
        }
    }

    #[test]
    fn agreement_tells_distance_and_order() {
        let pairs = vec![
            pair("1", 0.4, 0.5),
            pair("2", 0.5, 0.5),
            pair("3", 0.6, 0.9),
            pair("4", 0.2, 0.2),
            pair("5", 0.1, 0.1),
        ];
        let found = agreement(Measure::TalkRatio, pairs.clone());
        assert_eq!(found.n, 5);
        assert!(
            found
                .mean_absolute_error
                .is_some_and(|error| (error - 0.08).abs() < 1e-12)
        );
        assert_eq!(found.median_absolute_error, Some(0.0));
        assert!(
            found
                .rank_correlation
                .is_some_and(|rho| rho > 0.97 && rho < 1.0)
        );
        let worst: Vec<&str> = found
            .worst
            .iter()
            .map(|pair| pair.call_id.as_str())
            .collect();
        assert_eq!(worst, ["3", "1"], "those that differ");
        let few = agreement(Measure::TalkRatio, pairs[..4].to_vec());
        assert_eq!(few.rank_correlation, None, "too few calls");
    }
}
