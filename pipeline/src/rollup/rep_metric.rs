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
const PER_CALL: [(&str, Statistic); 7] = [
    ("fillers_per_100_words", Statistic::Mean),
    ("interactivity_score", Statistic::Mean),
    ("longest_monologue_bridged_ms", Statistic::Median),
    ("patience_p50_ms", Statistic::Median),
    ("questions", Statistic::Mean),
    ("talk_share", Statistic::Mean),
    ("words_per_minute", Statistic::Mean),
];

/// Shares of counts over all calls.
const POOLED: [&str; 3] = [
    "objections_handled_share",
    "open_question_share",
    "specific_next_step_share",
];

/// Everything of one rep and month, or of all of them.
#[derive(Debug, Clone, Default)]
struct Gathered {
    values: [Vec<f64>; PER_CALL.len()],
    /// Hits, trials and calls with a trial.
    shares: [(i64, i64, i64); POOLED.len()],
}

/// One used call of a rep.
#[derive(Debug, Default)]
struct OneCall {
    values: [Option<f64>; PER_CALL.len()],
    /// Hits and trials.
    shares: [Option<(i64, i64)>; POOLED.len()],
}

/// (user id, month); an empty one stands for all.
type Key = (String, String);

/// The metrics of reps by month, of each rep over all months, and of all reps together, from the used calls of `per_call`.
pub(super) fn rollup(input: &Input, per_call: &DataFrame) -> Result<Vec<RepMetricRow>, Error> {
    let table = joined(input, per_call)?;
    let users = frame::words(&table, "user_id")?;
    let months = frame::words(&table, "month")?;
    let calls = one_calls(&table)?;
    let mut gathered: BTreeMap<Key, Gathered> = BTreeMap::new();
    for ((user, month), call) in users.into_iter().zip(months).zip(&calls) {
        let all = String::new;
        for key in [
            (user.clone(), month.clone()),
            (user, all()),
            (all(), month),
            (all(), all()),
        ] {
            gathered.entry(key).or_default().add(call);
        }
    }
    let gathered: Vec<(Key, Gathered)> = gathered.into_iter().collect();
    // In order whatever the number of threads: each key is computed alone.
    let rows: Vec<Vec<RepMetricRow>> = gathered
        .par_iter()
        .map(|(key, gathered)| gathered.rows(key))
        .collect();
    Ok(rows.into_iter().flatten().collect())
}

impl Gathered {
    fn add(&mut self, call: &OneCall) {
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

    fn rows(&self, (user_id, month): &Key) -> Vec<RepMetricRow> {
        let row = |metric: &str, statistic: &str, n: i64, calls: i64| RepMetricRow {
            user_id: user_id.clone(),
            month: month.clone(),
            metric: metric.to_owned(),
            statistic: statistic.to_owned(),
            value: None,
            low: None,
            high: None,
            n,
            calls,
        };
        let mut rows = Vec::new();
        for ((metric, statistic), values) in PER_CALL.iter().zip(&self.values) {
            let n = values.len() as i64;
            let mut row = row(metric, statistic.name(), n, n);
            if n >= LEAST_N {
                let interval = statistic.interval(values, seed(user_id, month, metric));
                row.value = statistic.of(values);
                (row.low, row.high) = interval.unzip();
            }
            rows.push(row);
        }
        for (metric, (hits, trials, calls)) in POOLED.iter().zip(self.shares) {
            let mut row = row(metric, "share", trials, calls);
            if trials >= LEAST_N {
                row.value = Some(hits as f64 / trials as f64);
                (row.low, row.high) = wilson(hits.unsigned_abs(), trials.unsigned_abs()).unzip();
            }
            rows.push(row);
        }
        rows.retain(|row| row.n > 0);
        rows.sort_by(|a, b| a.metric.cmp(&b.metric));
        rows
    }
}

/// A seed that depends on what is resampled alone.
fn seed(user_id: &str, month: &str, metric: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in [user_id, month, metric] {
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
    let interactivity =
        frame::read::<InteractionRow>(&input.interaction, &["call_id", "interactivity_score"])?;
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

fn one_calls(table: &DataFrame) -> Result<Vec<OneCall>, Error> {
    let column = |name: &str| frame::floats_or_null(table, name);
    let (share, bridged) = (column("share")?, column("bridged_ms")?);
    let (talk, words) = (column("talk_ms")?, column("words")?);
    let (questions, counted) = (column("questions")?, column("counted")?);
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
        OneCall {
            values: [
                filled,
                interactivity[at],
                bridged[at],
                patience[at],
                questions[at].filter(|_| is_counted),
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
    use super::{Gathered, LEAST_N, OneCall, PER_CALL, POOLED};

    fn call(questions: f64, open: (i64, i64)) -> OneCall {
        let mut call = OneCall::default();
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
        let key = ("u".to_owned(), "2026-06".to_owned());
        let rows = gathered.rows(&key);
        let names: Vec<&str> = rows.iter().map(|row| row.metric.as_str()).collect();
        assert_eq!(names, ["open_question_share", "questions"]);
        assert!(
            rows.iter()
                .all(|row| row.value.is_none() && row.n == LEAST_N - 1)
        );
        gathered.add(&call(5.0, (0, 3)));
        let rows = gathered.rows(&key);
        let told: Vec<(Option<f64>, i64, i64)> = rows
            .iter()
            .map(|row| (row.value, row.n, row.calls))
            .collect();
        assert_eq!(told, [(Some(4.0 / 7.0), 7, 5), (Some(3.0), 5, 5)]);
        for row in &rows {
            let (low, value, high) = (row.low, row.value, row.high);
            assert!(low < value && value < high, "{row:?}");
        }
        assert_eq!(rows, gathered.rows(&key), "the same again");
    }
}
