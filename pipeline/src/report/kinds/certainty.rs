//! What is measured of a rep with how sure it is: interval, number of calls, and whether it differs from the team's.

use crate::report::document::{Block, Cell, Column, Mark, Section, Table, Tone, Value};
use crate::report::material::{Material, month_label};
use crate::report::number::{duration, grouped, mean, pace, plural, seconds, share};
use crate::rollup::RepMetricRow;
use crate::rollup::rep_metric::LEAST_N;

/// A number of `rollups/rep_metric`, for people.
pub(super) struct Number {
    pub(super) metric: &'static str,
    pub(super) label: &'static str,
    show: fn(Option<f64>) -> Value,
}

pub(super) const NUMBERS: [Number; 10] = [
    Number {
        metric: "talk_share",
        label: "Share of speech, mean of calls",
        show: share,
    },
    Number {
        metric: "longest_monologue_bridged_ms",
        label: "Longest monologue, median of calls",
        show: length,
    },
    Number {
        metric: "interactivity_score",
        label: "Interactivity, 0 to 10, mean of calls",
        show: mean,
    },
    Number {
        metric: "patience_p50_ms",
        label: "Pause before speaking after a customer, median of calls",
        show: seconds,
    },
    Number {
        metric: "words_per_minute",
        label: "Words a minute, mean of calls",
        show: pace,
    },
    Number {
        metric: "fillers_per_100_words",
        label: "Fillers in 100 words, mean of calls",
        show: mean,
    },
    Number {
        metric: "questions",
        label: "Questions of our side, mean of calls",
        show: mean,
    },
    Number {
        metric: "open_question_share",
        label: "Open ones of these questions",
        show: share,
    },
    Number {
        metric: "objections_handled_share",
        label: "Objections that were answered",
        show: share,
    },
    Number {
        metric: "specific_next_step_share",
        label: "Calls that end with a specific next step",
        show: share,
    },
];

fn length(milliseconds: Option<f64>) -> Value {
    duration(milliseconds.map(|ms| ms.round() as i64))
}

/// The rep's numbers of `month` and of all months beside all reps' of the month.
pub(super) fn section(material: &Material<'_>, user_id: &str, month: &str) -> Section {
    let row = |number: &Number| {
        let own = find(material, user_id, month, number.metric);
        let team = find(material, "", month, number.metric);
        vec![
            Cell::text(number.label),
            cell(number, own).with_mark(verdict(own, team)),
            cell(number, find(material, user_id, "", number.metric)),
            cell(number, team),
        ]
    };
    let table = Table {
        caption: "Numbers with their 95 % intervals".into(),
        columns: vec![
            Column::words("Number"),
            Column::numbers(month_label(month)),
            Column::numbers("All months"),
            Column::numbers("All reps, this month"),
        ],
        rows: NUMBERS.iter().map(row).collect(),
        empty: "Nothing is measured yet.".into(),
        ..Table::default()
    };
    let intro = format!(
        "The interval says where the number would lie if the month had brought other calls of the same kind; below {LEAST_N} calls none is shown. A number differs from the team when its interval leaves out that of all reps together."
    );
    Section::new(
        "certainty",
        "How sure the numbers are",
        intro,
        vec![Block::Table(table)],
    )
}

/// The row of one number; an empty user is all reps together, an empty month all months.
pub(super) fn find<'m>(
    material: &'m Material<'_>,
    user: &str,
    month: &str,
    metric: &str,
) -> Option<&'m RepMetricRow> {
    let mut rows = material.rollups.rep_metrics.iter();
    rows.find(|row| row.user_id == user && row.month == month && row.metric == metric)
}

pub(super) fn cell(number: &Number, row: Option<&RepMetricRow>) -> Cell {
    let Some(row) = row else {
        return Cell::new((number.show)(None)).with_note("no call");
    };
    let of = match row.statistic.as_str() {
        "share" => format!("of {}", grouped(row.n)),
        _ => plural(row.n, "call", "calls"),
    };
    let note = match row.low.zip(row.high) {
        Some((low, high)) => {
            let end = |end: f64| (number.show)(Some(end)).text.to_string();
            format!("{} to {}, {of}", end(low), end(high))
        }
        None => format!("too few: {of}"),
    };
    Cell::new((number.show)(row.value)).with_note(note)
}

/// How a rep's number stands to that of all reps; none where either is not shown.
fn verdict(own: Option<&RepMetricRow>, team: Option<&RepMetricRow>) -> Option<Mark> {
    let own = own?;
    let (low, high, team) = (own.low?, own.high?, team?.value?);
    let words = if team < low {
        "above the team"
    } else if team > high {
        "below the team"
    } else {
        "not distinguishable from the team"
    };
    Some(Mark::new(Tone::Plain, words))
}

#[cfg(test)]
mod tests {
    use super::verdict;
    use crate::rollup::RepMetricRow;

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
        assert_eq!(verdict(Some(&own), None), None);
    }
}
