//! The same name, several definitions: what each of them says of every rep, and how far a rep's rank depends on which one is
//! taken.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::statistics::{mean, ranks, spearman};
use talktrack_analyzers::tables::UserRow;

use crate::error::Error;
use crate::lake::{Lake, PartitionKey};
use crate::record::{Record, records};
use crate::report;
use crate::report::material::full_name;

/// Reps below so many used calls are not ranked.
pub const MIN_CALLS: usize = 5;

/// A definition of the talk ratio that somebody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// Short name.
    pub name: &'static str,
    /// Formula.
    pub formula: &'static str,
    /// Who uses it.
    pub used_by: &'static str,
}

/// The published definitions, ours first.
pub const TALK_RATIO: [Variant; 6] = [
    Variant {
        name: "speech, mean",
        formula: "rep's speech / everybody's speech, per call, mean over calls",
        used_by: "talktrack (talk_share_mean); Gong averages per-call ratios too",
    },
    Variant {
        name: "speech, pooled",
        formula: "sum of the rep's speech / sum of everybody's speech",
        used_by: "talktrack (talk_share_pooled)",
    },
    Variant {
        name: "call time, mean",
        formula: "rep's speech / length of the call, per call, mean over calls",
        used_by: "revenue.io, Demodesk",
    },
    Variant {
        name: "call time, pooled",
        formula: "sum of the rep's speech / sum of the calls' lengths",
        used_by: "AWS Contact Lens, over conversation time",
    },
    Variant {
        name: "words, mean",
        formula: "rep's words / everybody's words, per call, mean over calls",
        used_by: "miniti",
    },
    Variant {
        name: "rep to others",
        formula: "rep's speech / others' speech, per call, mean over calls",
        used_by: "Rafiki, times 100",
    },
];

/// What the definitions say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The last day whose calls count.
    pub as_of: Date,
    /// The definitions, in the order of the values below.
    pub variants: Vec<Variant>,
    /// Reps with at least [`MIN_CALLS`] used calls, by the first definition, highest first.
    pub reps: Vec<RepValues>,
    /// Reps with fewer, who are not ranked.
    pub reps_left_out: usize,
    /// Rank correlation of each definition with the first; null where it cannot be said.
    pub rank_correlation: Vec<Option<f64>>,
}

/// One rep under every definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepValues {
    /// Gong's id of the user.
    pub user_id: String,
    /// Name, as far as known.
    pub name: Option<String>,
    /// Calls used.
    pub calls: usize,
    /// Value under each definition; null where it cannot be computed.
    pub values: Vec<Option<f64>>,
    /// Rank under each definition, 1 for the one who talks most.
    pub ranks: Vec<Option<f64>>,
    /// Difference between the highest and the lowest rank.
    pub rank_spread: f64,
}

/// Compares the definitions of the talk ratio over the calls that scorecards use.
///
/// # Errors
///
/// The lake cannot be read, or holds no whole day.
pub async fn talk_ratio(
    lake: &Lake,
    settings: &report::Settings,
    as_of: Option<Date>,
) -> Result<Comparison, Error> {
    let (as_of, rollups) = report::rolled_up(lake, settings, as_of)
        .await?
        .ok_or_else(|| {
            Error::usage(
                "no whole day of calls was read yet",
                "run `talktrack run` first",
            )
        })?;
    let used: HashSet<(String, String)> = rollups
        .rep_calls
        .iter()
        .filter(|call| call.exclusion.is_none())
        .map(|call| (call.user_id.clone(), call.call_id.clone()))
        .collect();
    let days: BTreeSet<Date> = used
        .iter()
        .filter_map(|(_, call_id)| Some(rollups.calls.get(call_id)?.utc_day))
        .collect();
    let mut of_rep: BTreeMap<String, Vec<OnCall>> = BTreeMap::new();
    for day in days {
        let rows: Vec<TalkRow> = lake
            .read_rows(&PartitionKey::day("metrics/talk", day))
            .await?;
        for (user_id, call) in on_calls(&rows, &lengths(lake, day).await?) {
            if used.contains(&(user_id.clone(), call.call_id.clone())) {
                of_rep.entry(user_id).or_default().push(call);
            }
        }
    }
    let snapshot = lake.snapshot().await?;
    let users: Vec<UserRow> = lake.read_table(&snapshot).await?;
    Ok(compared(as_of, of_rep, &users))
}

/// Length of each call of a day, in seconds, where it is known.
async fn lengths(lake: &Lake, day: Date) -> Result<HashMap<String, i64>, Error> {
    let key = PartitionKey::day("calls", day);
    let batches = lake.read(&key, Some(&["call_id", "duration_s"])).await?;
    let length = |row: Record| {
        let call_id = row.get("call_id")?.as_str()?.to_owned();
        let seconds = row.get("duration_s")?.as_i64()?;
        (seconds > 0).then_some((call_id, seconds))
    };
    Ok(batches
        .iter()
        .flat_map(records)
        .filter_map(length)
        .collect())
}

/// A rep's part of one call.
#[derive(Debug, Clone, Default, PartialEq)]
struct OnCall {
    call_id: String,
    rep_ms: i64,
    speech_ms: i64,
    call_ms: Option<f64>,
    rep_words: i64,
    words: i64,
}

/// One for each user who spoke on a call; several voices of one user count together.
fn on_calls(rows: &[TalkRow], lengths: &HashMap<String, i64>) -> Vec<(String, OnCall)> {
    let mut totals: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut of_user: BTreeMap<(&str, &str), OnCall> = BTreeMap::new();
    for row in rows {
        let total = totals.entry(&row.call_id).or_default();
        total.0 += row.talk_ms;
        total.1 += row.words;
        let Some(user_id) = &row.user_id else {
            continue;
        };
        let call = of_user.entry((user_id, &row.call_id)).or_default();
        call.rep_ms += row.talk_ms;
        call.rep_words += row.words;
    }
    let with_totals = |((user_id, call_id), call): ((&str, &str), OnCall)| {
        let (speech_ms, words) = totals.get(call_id).copied().unwrap_or_default();
        let call = OnCall {
            call_ms: lengths.get(call_id).map(|seconds| *seconds as f64 * 1000.0),
            call_id: call_id.to_owned(),
            speech_ms,
            words,
            ..call
        };
        (user_id.to_owned(), call)
    };
    of_user.into_iter().map(with_totals).collect()
}

fn compared(as_of: Date, of_rep: BTreeMap<String, Vec<OnCall>>, users: &[UserRow]) -> Comparison {
    let all = of_rep.len();
    let mut reps: Vec<RepValues> = of_rep
        .into_iter()
        .filter(|(_, calls)| calls.len() >= MIN_CALLS)
        .map(|(user_id, calls)| RepValues {
            name: users
                .iter()
                .find(|user| user.user_id == user_id)
                .and_then(full_name),
            calls: calls.len(),
            values: values(&calls),
            ranks: Vec::new(),
            rank_spread: 0.0,
            user_id,
        })
        .collect();
    let of_variant: Vec<Vec<Option<f64>>> = (0..TALK_RATIO.len())
        .map(|variant| reps.iter().map(|rep| rep.values[variant]).collect())
        .collect();
    let ranked: Vec<Vec<Option<f64>>> = of_variant
        .iter()
        .map(|values| highest_first(values))
        .collect();
    for (position, rep) in reps.iter_mut().enumerate() {
        rep.ranks = ranked.iter().map(|ranks| ranks[position]).collect();
        let known = || rep.ranks.iter().flatten().copied();
        let (low, high) = (
            known().fold(f64::MAX, f64::min),
            known().fold(0.0, f64::max),
        );
        rep.rank_spread = (high - low).max(0.0);
    }
    reps.sort_by(|a, b| {
        let value = |rep: &RepValues| rep.values[0].unwrap_or(f64::MIN);
        value(b)
            .total_cmp(&value(a))
            .then_with(|| a.user_id.cmp(&b.user_id))
    });
    Comparison {
        as_of,
        variants: TALK_RATIO.to_vec(),
        reps_left_out: all - reps.len(),
        rank_correlation: of_variant
            .iter()
            .map(|values| correlation(&of_variant[0], values))
            .collect(),
        reps,
    }
}

/// The value of each variant of [`TALK_RATIO`].
fn values(calls: &[OnCall]) -> Vec<Option<f64>> {
    let of = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let per_call = |ratio: &dyn Fn(&OnCall) -> Option<f64>| {
        let ratios: Vec<f64> = calls.iter().filter_map(ratio).collect();
        mean(&ratios)
    };
    let sum = |value: &dyn Fn(&OnCall) -> f64| calls.iter().map(value).sum::<f64>();
    let timed = || {
        calls
            .iter()
            .filter_map(|call| Some((call.rep_ms as f64, call.call_ms?)))
    };
    let others = |call: &OnCall| (call.speech_ms - call.rep_ms) as f64;
    vec![
        per_call(&|call| of(call.rep_ms as f64, call.speech_ms as f64)),
        of(
            sum(&|call| call.rep_ms as f64),
            sum(&|call| call.speech_ms as f64),
        ),
        per_call(&|call| of(call.rep_ms as f64, call.call_ms?)),
        of(
            timed().map(|(rep, _)| rep).sum(),
            timed().map(|(_, whole)| whole).sum(),
        ),
        per_call(&|call| of(call.rep_words as f64, call.words as f64)),
        per_call(&|call| of(call.rep_ms as f64, others(call))),
    ]
}

/// Ranks from the highest value on; none where there is no value.
fn highest_first(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let known: Vec<f64> = values.iter().flatten().map(|value| -value).collect();
    let mut ranked = ranks(&known).into_iter();
    values
        .iter()
        .map(|value| value.and_then(|_| ranked.next()))
        .collect()
}

fn correlation(first: &[Option<f64>], other: &[Option<f64>]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = first
        .iter()
        .zip(other)
        .filter_map(|(a, b)| a.zip(*b))
        .collect();
    spearman(&pairs)
}

#[cfg(test)]
mod tests {
    use super::{OnCall, compared, values};
    use std::collections::BTreeMap;

    fn call(rep_ms: i64, speech_ms: i64, call_ms: f64, rep_words: i64, words: i64) -> OnCall {
        OnCall {
            call_id: "1".to_owned(),
            rep_ms,
            speech_ms,
            call_ms: Some(call_ms),
            rep_words,
            words,
        }
    }

    #[test]
    fn each_definition_by_hand() {
        let calls = [call(10, 40, 100.0, 1, 2), call(60, 80, 100.0, 3, 4)];
        let found: Vec<f64> = values(&calls).into_iter().flatten().collect();
        // (1/4 + 3/4)/2, 70/120, (.1 + .6)/2, 70/200, (1/2 + 3/4)/2, (1/3 + 3)/2
        let expected = [0.5, 70.0 / 120.0, 0.35, 0.35, 0.625, 5.0 / 3.0];
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert!(values(&[]).iter().all(Option::is_none));
    }

    #[test]
    fn ranks_may_depend_on_the_definition() {
        let chatty = vec![call(50, 100, 1000.0, 1, 2); 5];
        let quiet = vec![call(40, 100, 100.0, 1, 2); 5];
        let few = vec![call(1, 2, 3.0, 1, 2); 4];
        let of_rep = BTreeMap::from([
            ("a".to_owned(), chatty),
            ("b".to_owned(), quiet),
            ("c".to_owned(), few),
        ]);
        let day = "2026-05-01".parse().expect("a day");
        let found = compared(day, of_rep, &[]);
        assert_eq!((found.reps.len(), found.reps_left_out), (2, 1));
        assert_eq!(found.reps[0].user_id, "a");
        assert_eq!(
            (found.reps[0].ranks[0], found.reps[0].ranks[2]),
            (Some(1.0), Some(2.0))
        );
        assert!((found.reps[0].rank_spread - 1.0).abs() < 1e-12);
        assert_eq!(found.rank_correlation[0], Some(1.0));
        assert_eq!(found.rank_correlation[2], Some(-1.0));
        assert_eq!(found.rank_correlation[4], None, "equal words");
    }
}
