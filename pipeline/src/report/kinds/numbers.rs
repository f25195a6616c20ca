//! The numbers that are measured of reps, for people: name, unit, how sure they are, and which way is better.

use crate::report::document::{Cell, Mark, Tone, Value};
use crate::report::number::{decimal, duration, grouped, mean, pace, plural, seconds, share};
use crate::report::targets::Target;
use crate::rollup::{RepCall, RepMetricRow, RepSliceRow};

/// A number of `rollups/rep_metric`, for people.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) metric: &'static str,
    pub(super) label: &'static str,
    pub(super) show: fn(Option<f64>) -> Value,
    pub(super) better: Better,
}

/// Which way a number is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    /// The smaller.
    Less,
    /// The larger.
    More,
    /// Within the band of its target.
    Between,
    /// Nobody has shown that either way is.
    Neither,
}

const fn number(
    metric: &'static str,
    label: &'static str,
    show: fn(Option<f64>) -> Value,
    better: Better,
) -> Number {
    Number {
        metric,
        label,
        show,
        better,
    }
}

/// How the sides of a call talk.
pub(super) const INTERACTION: [Number; 8] = [
    number(
        "talk_share",
        "Share of speech, mean of calls",
        share,
        Better::Between,
    ),
    number(
        "longest_monologue_bridged_ms",
        "Longest monologue, median of calls",
        length,
        Better::Less,
    ),
    number(
        "longest_monologue_strict_ms",
        "The same, where any word of another ends it",
        length,
        Better::Neither,
    ),
    number(
        "longest_story_bridged_ms",
        "Longest story of a customer, median of calls",
        length,
        Better::More,
    ),
    number(
        "interactivity_score",
        "Interactivity, 0 to 10, mean of calls",
        mean,
        Better::Neither,
    ),
    number(
        "patience_p50_ms",
        "Pause before speaking after a customer, median of calls",
        seconds,
        Better::Between,
    ),
    number(
        "words_per_minute",
        "Words a minute, mean of calls",
        pace,
        Better::Neither,
    ),
    number(
        "fillers_per_100_words",
        "Fillers in 100 words, mean of calls",
        mean,
        Better::Less,
    ),
];

/// What our side asks.
pub(super) const QUESTIONS: [Number; 4] = [
    number(
        "questions",
        "Questions of our side, mean of calls",
        mean,
        Better::Between,
    ),
    number(
        "questions_per_hour",
        "The same an hour of speech",
        mean,
        Better::Neither,
    ),
    number(
        "open_question_share",
        "Open ones of these questions",
        share,
        Better::Neither,
    ),
    number(
        "question_spread",
        "How evenly they are spread over a call, 0 to 1",
        decimal,
        Better::Neither,
    ),
];

/// What our side makes of objections.
pub(super) const OBJECTIONS: [Number; 1] = [number(
    "objections_handled_share",
    "Objections that were answered",
    share,
    Better::More,
)];

/// How calls end.
pub(super) const NEXT_STEPS: [Number; 1] = [number(
    "specific_next_step_share",
    "Calls that end with a specific next step",
    share,
    Better::More,
)];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Number> {
    const EVERY: [&[Number]; 4] = [&INTERACTION, &QUESTIONS, &OBJECTIONS, &NEXT_STEPS];
    EVERY.into_iter().flatten()
}

/// One of them; none where there is no such number.
pub(super) fn find(metric: &str) -> Option<&'static Number> {
    all().find(|number| number.metric == metric)
}

impl Number {
    /// Of one call; of a share, hits of trials. None where it is not known.
    pub(super) fn of_call(&self, call: &RepCall) -> Option<f64> {
        let measures = call.measures.as_ref()?;
        let (hits, trials) = measures.share(self.metric).unwrap_or_default();
        measures
            .value(self.metric)
            .or_else(|| super::ratio(hits, trials))
    }

    /// How far a value is from what is wished; none where nothing is.
    pub(super) fn distance(&self, value: f64, target: Option<&Target>) -> Option<f64> {
        match self.better {
            Better::Less => Some(value),
            Better::More => Some(-value),
            Better::Between => {
                let (from, to) = target?.good;
                Some((from - value).max(value - to))
            }
            Better::Neither => None,
        }
    }
}

fn length(milliseconds: Option<f64>) -> Value {
    duration(milliseconds.map(|ms| ms.round() as i64))
}

/// A number with how sure it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'r> {
    pub(super) value: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) n: i64,
    statistic: &'r str,
}

impl<'r> From<&'r RepMetricRow> for Told<'r> {
    fn from(row: &'r RepMetricRow) -> Self {
        Self {
            value: row.value,
            low: row.low,
            high: row.high,
            n: row.n,
            statistic: &row.statistic,
        }
    }
}

impl<'r> From<&'r RepSliceRow> for Told<'r> {
    fn from(row: &'r RepSliceRow) -> Self {
        Self {
            value: row.value,
            low: row.low,
            high: row.high,
            n: row.n,
            statistic: &row.statistic,
        }
    }
}

/// A value with its interval and what it rests on.
pub(super) fn cell<'r>(number: &Number, row: Option<impl Into<Told<'r>>>) -> Cell {
    let Some(told) = row.map(Into::into) else {
        return Cell::new((number.show)(None)).with_note("no call");
    };
    let of = match told.statistic {
        "share" => format!("of {}", grouped(told.n)),
        _ => plural(told.n, "call", "calls"),
    };
    let note = match told.low.zip(told.high) {
        Some((low, high)) => {
            let end = |end: f64| (number.show)(Some(end)).text.to_string();
            format!("{} to {}, {of}", end(low), end(high))
        }
        None => format!("too few: {of}"),
    };
    Cell::new((number.show)(told.value)).with_note(note)
}

/// How a rep's number stands to that of all reps; none where either is not shown.
pub(super) fn verdict<'r>(
    own: Option<impl Into<Told<'r>>>,
    team: Option<impl Into<Told<'r>>>,
) -> Option<Mark> {
    let (own, team) = (own?.into(), team?.into());
    let (low, high, team) = (own.low?, own.high?, team.value?);
    let words = if team < low {
        "above the team"
    } else if team > high {
        "below the team"
    } else {
        "not distinguishable from the team"
    };
    Some(Mark::new(Tone::Plain, words))
}

/// How a value stands to what is wished.
pub(super) fn judged(value: f64, target: &Target) -> Mark {
    let within = |(low, high): (f64, f64)| (low..=high).contains(&value);
    let side = if value < target.good.0 {
        "below"
    } else {
        "above"
    };
    if within(target.good) {
        Mark::new(Tone::Good, "on target")
    } else if within(target.watch) {
        Mark::new(Tone::Watch, format!("{side} target"))
    } else {
        Mark::new(Tone::Poor, format!("far {side} target"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::CallStage;

    fn row(value: f64, low: f64, high: f64) -> RepMetricRow {
        RepMetricRow {
            user_id: String::new(),
            month: String::new(),
            metric: String::new(),
            statistic: "mean".to_owned(),
            value: Some(value),
            low: Some(low),
            high: Some(high),
            n: 9,
            calls: 9,
        }
    }

    #[test]
    fn a_number_differs_where_its_interval_leaves_out_the_teams() {
        let words = |own: &RepMetricRow, team: &RepMetricRow| {
            verdict(Some(own), Some(team)).map(|mark| mark.label.to_string())
        };
        let own = row(0.5, 0.4, 0.6);
        for (team, expected) in [
            (0.39, "above the team"),
            (0.45, "not distinguishable from the team"),
            (0.61, "below the team"),
        ] {
            assert_eq!(words(&own, &row(team, 0.0, 1.0)).as_deref(), Some(expected));
        }
        assert_eq!(verdict(Some(&own), None::<&RepMetricRow>), None);
    }

    #[test]
    fn a_value_is_judged_by_its_band() {
        let usual = crate::report::targets::tests::usual();
        let target = usual.talk_share(CallStage::Discovery);
        for (value, tone, words) in [
            (0.43, Tone::Good, "on target"),
            (0.20, Tone::Watch, "below target"),
            (0.60, Tone::Watch, "above target"),
            (0.70, Tone::Poor, "far above target"),
        ] {
            assert_eq!(judged(value, target), Mark::new(tone, words), "{value}");
        }
    }

    #[test]
    fn what_is_wished_decides_which_call_is_furthest() {
        let usual = crate::report::targets::tests::usual();
        let target = Some(usual.talk_share(CallStage::Discovery));
        let distance = |metric: &str, value| find(metric)?.distance(value, target);
        assert!(distance("talk_share", 0.7) > distance("talk_share", 0.2));
        assert!(distance("talk_share", 0.2) > distance("talk_share", 0.4));
        assert!(distance("fillers_per_100_words", 4.0) > distance("fillers_per_100_words", 3.0));
        assert_eq!(distance("words_per_minute", 150.0), None);
    }
}
