//! What is measured of reps, with how sure it is: one number a rep, month and metric, and the same for all reps together.

use std::collections::BTreeMap;

use polars::prelude::*;
use rayon::prelude::*;
use talktrack_analyzers::metrics::fluency::FluencyRow;
use talktrack_analyzers::metrics::interaction::{InteractionRow, InteractionVoiceRow};
use talktrack_analyzers::metrics::next_steps::NextStepsRow;
use talktrack_analyzers::metrics::objections::ObjectionsRow;
use talktrack_analyzers::statistics::wilson;

use super::interval::Statistic;
use super::{Error, Input, RepMetricRow, frame};

/// Fewer calls, or fewer trials of a share, than this say nothing: the number is left out.
pub const LEAST_N: i64 = 5;

/// Below this much speech a pace says nothing, in milliseconds.
const MIN_PACE_MS: f64 = 30_000.0;

/// Below so many words fillers a hundred words say nothing.
const MIN_WORDS: f64 = 100.0;

/// Level of a specific next step.
const SPECIFIC: f64 = 3.0;

/// Numbers of one call, with what is told of several calls.
const PER_CALL: [(&str, Statistic); 11] = [
    ("fillers_per_100_words", Statistic::Mean),
    ("interactivity_score", Statistic::Mean),
    ("longest_monologue_bridged_ms", Statistic::Median),
    ("longest_monologue_strict_ms", Statistic::Median),
    ("longest_story_bridged_ms", Statistic::Median),
    ("patience_p50_ms", Statistic::Median),
    ("question_spread", Statistic::Mean),
    ("questions", Statistic::Mean),
    ("questions_per_hour", Statistic::Mean),
    ("talk_share", Statistic::Mean),
    ("words_per_minute", Statistic::Mean),
];

/// Shares of counts over all calls.
const POOLED: [&str; 3] = [
    "objections_handled_share",
    "open_question_share",
    "specific_next_step_share",
];

/// What is measured of one used call of a rep.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measures {
    values: [Option<f64>; PER_CALL.len()],
    /// Hits and trials.
    shares: [Option<(i64, i64)>; POOLED.len()],
}

impl Measures {
    /// The number that `rollups/rep_metric` sums up under this name, of this call; none where it is not known.
    pub fn value(&self, metric: &str) -> Option<f64> {
        let at = PER_CALL.iter().position(|(name, _)| *name == metric)?;
        self.values[at]
    }

    /// Hits and trials of a share on this call; none where they are not known.
    pub fn share(&self, metric: &str) -> Option<(i64, i64)> {
        let at = POOLED.iter().position(|name| *name == metric)?;
        self.shares[at]
    }
}

/// The used calls of reps, by rep, month and time, with what is measured of each.
#[derive(Debug, Default)]
pub(super) struct UsedCalls {
    pub(super) users: Vec<String>,
    pub(super) calls: Vec<String>,
    pub(super) months: Vec<String>,
    /// Day numbers.
    pub(super) days: Vec<i64>,
    /// Day numbers of the first days of their weeks.
    pub(super) weeks: Vec<i64>,
    pub(super) measures: Vec<Measures>,
}

impl UsedCalls {
    pub(super) fn read(input: &Input, per_call: &DataFrame) -> Result<Self, Error> {
        let table = joined(input, per_call)?;
        Ok(Self {
            users: frame::words(&table, "user_id")?,
            calls: frame::words(&table, "call_id")?,
            months: frame::words(&table, "month")?,
            days: frame::numbers(&table, "day")?,
            weeks: frame::numbers(&table, "week")?,
            measures: measures(&table)?,
        })
    }
}

/// Everything of the calls that are told of together.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    values: [Vec<f64>; PER_CALL.len()],
    /// Hits, trials and calls with a trial.
    shares: [(i64, i64, i64); POOLED.len()],
}

/// One number of several calls.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub(super) metric: &'static str,
    pub(super) statistic: &'static str,
    pub(super) value: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) n: i64,
    pub(super) calls: i64,
}

/// (user id, month); an empty one stands for all.
type Key = (String, String);

/// The metrics of reps by month, of each rep over all months, and of all reps together.
pub(super) fn rollup(used: &UsedCalls) -> Vec<RepMetricRow> {
    let mut gathered: BTreeMap<Key, Gathered> = BTreeMap::new();
    for ((user, month), call) in used.users.iter().zip(&used.months).zip(&used.measures) {
        let all = String::new;
        for key in [
            (user.clone(), month.clone()),
            (user.clone(), all()),
            (all(), month.clone()),
            (all(), all()),
        ] {
            gathered.entry(key).or_default().add(call);
        }
    }
    let gathered: Vec<(Key, Gathered)> = gathered.into_iter().collect();
    // In order whatever the number of threads: each key is computed alone.
    let rows: Vec<Vec<RepMetricRow>> = gathered
        .par_iter()
        .map(|((user_id, month), gathered)| {
            let numbers = gathered.numbers(&[user_id, month]).into_iter();
            let row = |number: Number| RepMetricRow {
                user_id: user_id.clone(),
                month: month.clone(),
                metric: number.metric.to_owned(),
                statistic: number.statistic.to_owned(),
                value: number.value,
                low: number.low,
                high: number.high,
                n: number.n,
                calls: number.calls,
            };
            numbers.map(row).collect()
        })
        .collect();
    rows.into_iter().flatten().collect()
}

impl Gathered {
    pub(super) fn add(&mut self, call: &Measures) {
        for (values, value) in self.values.iter_mut().zip(call.values) {
            values.extend(value);
        }
        for (share, one) in self.shares.iter_mut().zip(call.shares) {
            let Some((hits, trials)) = one.filter(|(_, trials)| *trials > 0) else {
                continue;
            };
            *share = (share.0 + hits, share.1 + trials, share.2 + 1);
        }
    }

    /// All numbers, by name; `of` tells whose they are and decides the resamples of a bootstrap.
    pub(super) fn numbers(&self, of: &[&str]) -> Vec<Number> {
        let number = |metric, statistic, n: i64, calls: i64| Number {
            metric,
            statistic,
            value: None,
            low: None,
            high: None,
            n,
            calls,
        };
        let mut numbers = Vec::new();
        for ((metric, statistic), values) in PER_CALL.iter().zip(&self.values) {
            let n = values.len() as i64;
            let mut number = number(metric, statistic.name(), n, n);
            if n >= LEAST_N {
                let interval = statistic.interval(values, seed(of, metric));
                number.value = statistic.of(values);
                (number.low, number.high) = interval.unzip();
            }
            numbers.push(number);
        }
        for (metric, (hits, trials, calls)) in POOLED.iter().zip(self.shares) {
            let mut number = number(metric, "share", trials, calls);
            if trials >= LEAST_N {
                number.value = Some(hits as f64 / trials as f64);
                (number.low, number.high) =
                    wilson(hits.unsigned_abs(), trials.unsigned_abs()).unzip();
            }
            numbers.push(number);
        }
        numbers.retain(|number| number.n > 0);
        numbers.sort_by_key(|number| number.metric);
        numbers
    }
}

/// A seed that depends on what is resampled alone.
fn seed(of: &[&str], metric: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in of.iter().chain([&metric]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The used calls of reps with everything measured of them.
fn joined(input: &Input, per_call: &DataFrame) -> Result<DataFrame, Error> {
    let by_call = [col("call_id")];
    let by_rep = [col("call_id"), col("user_id")];
    let left = || JoinArgs::new(JoinType::Left);
    let interaction = ["call_id", "interactivity_score", "longest_story_bridged_ms"];
    let interactivity = frame::read::<InteractionRow>(&input.interaction, &interaction)?;
    Ok(per_call
        .clone()
        .lazy()
        .filter(col("used"))
        .join(interactivity.lazy(), &by_call, &by_call, left())
        .join(objections(input)?, &by_call, &by_call, left())
        .join(
            frame::read::<NextStepsRow>(&input.next_steps, &["call_id", "level"])?.lazy(),
            &by_call,
            &by_call,
            left(),
        )
        .join(patience(input)?, &by_rep, &by_rep, left())
        .join(fillers(input)?, &by_rep, &by_rep, left())
        .sort(
            ["user_id", "month", "started", "call_id"],
            SortMultipleOptions::default(),
        )
        .collect()?)
}

/// `call_id raised handled`; only objections whose answers could be found count.
fn objections(input: &Input) -> Result<LazyFrame, Error> {
    let columns = ["call_id", "raised", "handled"];
    Ok(frame::read::<ObjectionsRow>(&input.objections, &columns)?
        .lazy()
        .filter(col("handled").is_not_null())
        .group_by([col("call_id")])
        .agg([col("raised").sum(), col("handled").sum()]))
}

/// `call_id user_id patience`: of the voice of a rep who waited most often, where there are several.
fn patience(input: &Input) -> Result<LazyFrame, Error> {
    let columns = [
        "call_id",
        "user_id",
        "speaker_id",
        "patience_n",
        "patience_p50_ms",
    ];
    let most_first =
        SortMultipleOptions::default().with_order_descending_multi([false, false, true, false]);
    Ok(
        frame::read::<InteractionVoiceRow>(&input.interaction_voice, &columns)?
            .lazy()
            .filter(col("user_id").is_not_null())
            .sort(
                ["call_id", "user_id", "patience_n", "speaker_id"],
                most_first,
            )
            .group_by_stable([col("call_id"), col("user_id")])
            .agg([col("patience_p50_ms").first().alias("patience")]),
    )
}

/// `call_id user_id fillers filler_words`.
fn fillers(input: &Input) -> Result<LazyFrame, Error> {
    let columns = [
        "call_id",
        "user_id",
        "words",
        "hesitations",
        "discourse_fillers",
    ];
    Ok(frame::read::<FluencyRow>(&input.fluency, &columns)?
        .lazy()
        .filter(
            col("user_id")
                .is_not_null()
                .and(col("hesitations").is_not_null()),
        )
        .group_by([col("call_id"), col("user_id")])
        .agg([
            (col("hesitations") + col("discourse_fillers"))
                .sum()
                .alias("fillers"),
            col("words").sum().alias("filler_words"),
        ]))
}

fn measures(table: &DataFrame) -> Result<Vec<Measures>, Error> {
    let column = |name: &str| frame::floats_or_null(table, name);
    let (share, bridged) = (column("share")?, column("bridged_ms")?);
    let (strict, story) = (column("strict_ms")?, column("longest_story_bridged_ms")?);
    let (talk, words) = (column("talk_ms")?, column("words")?);
    let (questions, counted) = (column("questions")?, column("counted")?);
    let (hourly, spread) = (column("questions_per_hour")?, column("spread")?);
    let (open, closed) = (column("open")?, column("closed")?);
    let (interactivity, patience) = (column("interactivity_score")?, column("patience")?);
    let (fillers, filler_words) = (column("fillers")?, column("filler_words")?);
    let (raised, handled) = (column("raised")?, column("handled")?);
    let level = column("level")?;
    let whole = |value: Option<f64>| value.unwrap_or_default() as i64;
    let call = |at: usize| {
        let is_counted = counted[at] == Some(1.0);
        let pace = words[at]
            .zip(talk[at])
            .filter(|(_, ms)| *ms >= MIN_PACE_MS)
            .map(|(words, ms)| words * 60_000.0 / ms);
        let filled = fillers[at]
            .zip(filler_words[at])
            .filter(|(_, words)| *words >= MIN_WORDS)
            .map(|(fillers, words)| fillers * 100.0 / words);
        Measures {
            values: [
                filled,
                interactivity[at],
                bridged[at],
                strict[at],
                story[at],
                patience[at],
                spread[at],
                questions[at].filter(|_| is_counted),
                hourly[at],
                share[at].map(|share| share / super::rep_month::SHARE_SCALE),
                pace,
            ],
            shares: [
                handled[at].map(|handled| (handled as i64, whole(raised[at]))),
                is_counted.then(|| (whole(open[at]), whole(open[at]) + whole(closed[at]))),
                level[at].map(|level| (i64::from(level >= SPECIFIC), 1)),
            ],
        }
    };
    Ok((0..table.height()).map(call).collect())
}

#[cfg(test)]
mod tests {
    use super::{Gathered, LEAST_N, Measures, PER_CALL, POOLED};

    fn call(questions: f64, open: (i64, i64)) -> Measures {
        let mut call = Measures::default();
        let place = |name: &str| PER_CALL.iter().position(|(known, _)| *known == name);
        call.values[place("questions").expect("a metric")] = Some(questions);
        let place = |name: &str| POOLED.iter().position(|known| *known == name);
        call.shares[place("open_question_share").expect("a share")] = Some(open);
        call
    }

    #[test]
    fn few_calls_say_nothing_and_more_have_an_interval() {
        let mut gathered = Gathered::default();
        for at in 1..LEAST_N {
            gathered.add(&call(at as f64, (1, 1)));
        }
        let numbers = gathered.numbers(&["u", "2026-06"]);
        let names: Vec<&str> = numbers.iter().map(|number| number.metric).collect();
        assert_eq!(names, ["open_question_share", "questions"]);
        assert!(
            numbers
                .iter()
                .all(|number| number.value.is_none() && number.n == LEAST_N - 1)
        );
        gathered.add(&call(5.0, (0, 3)));
        let numbers = gathered.numbers(&["u", "2026-06"]);
        let told: Vec<(Option<f64>, i64, i64)> = numbers
            .iter()
            .map(|number| (number.value, number.n, number.calls))
            .collect();
        assert_eq!(told, [(Some(4.0 / 7.0), 7, 5), (Some(3.0), 5, 5)]);
        for number in &numbers {
            let (low, value, high) = (number.low, number.value, number.high);
            assert!(low < value && value < high, "{number:?}");
        }
        assert_eq!(
            numbers,
            gathered.numbers(&["u", "2026-06"]),
            "the same again"
        );
    }

    #[test]
    fn a_call_tells_its_own_numbers() {
        let call = call(7.0, (2, 3));
        assert_eq!(call.value("questions"), Some(7.0));
        assert_eq!(call.value("talk_share"), None);
        assert_eq!(call.share("open_question_share"), Some((2, 3)));
        assert_eq!(call.share("unheard_of"), None);
    }
}
