//! At most two behaviours to work on, chosen by how far they are from the team's and how steadily.

use talktrack_analyzers::statistics::mean;

use super::Rep;
use crate::report::document::{Block, CallLink, Cell, Column, Section, Table};
use crate::report::kinds::numbers::{self, Number, cell};
use crate::report::material::month_label;
use crate::rollup::CallStage;
use crate::rollup::rep_metric::LEAST_N;

/// Behaviours shown.
const MOST: usize = 2;

/// Fewer reps than this have no spread to compare with.
const LEAST_REPS: usize = 3;

/// Calls to hear for each.
const CALLS: usize = 3;

/// On which side of all reps' number a number is worth work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worry {
    Above,
    Below,
}

use Worry::{Above, Below};

/// What a rep can do about a number that lies above or below, in one sentence.
const ADVICE: [(&str, Worry, &str); 8] = [
    (
        "talk_share",
        Above,
        "Before you explain, ask; after the answer, count to two before you go on.",
    ),
    (
        "longest_monologue_bridged_ms",
        Above,
        "Cut the longest explanation in three, and end each part with a question.",
    ),
    (
        "longest_story_bridged_ms",
        Below,
        "Ask for an example of last week, then let the customer finish.",
    ),
    (
        "patience_p50_ms",
        Below,
        "Let a customer's last word stand for a second before you speak.",
    ),
    (
        "fillers_per_100_words",
        Above,
        "Replace the filler by a pause: hear one call, and say its opening once more without.",
    ),
    (
        "questions",
        Below,
        "Write down three questions for the next call, and ask them.",
    ),
    (
        "objections_handled_share",
        Below,
        "Take the objection in, ask what is behind it, and make sure at the end that it is settled.",
    ),
    (
        "specific_next_step_share",
        Below,
        "Name who does what by which day before the call ends.",
    ),
];

/// A behaviour that differs from the team's to the worse.
struct Focus {
    number: &'static Number,
    advice: &'static str,
    /// Distance to all reps' number in standard deviations of the reps' numbers.
    effect: f64,
}

impl Rep<'_> {
    pub(super) fn focus(&self) -> Section {
        let mut found: Vec<Focus> = ADVICE
            .iter()
            .filter_map(|(metric, worry, advice)| {
                let number = numbers::find(metric)?;
                let effect = self.effect(number, *worry)?;
                Some(Focus {
                    number,
                    advice,
                    effect,
                })
            })
            .collect();
        found.sort_by(|a, b| b.effect.total_cmp(&a.effect));
        found.truncate(MOST);
        let row = |focus: &Focus| {
            let own = self
                .material
                .number(self.user_id, &self.month, focus.number.metric);
            let all = self.material.number("", &self.month, focus.number.metric);
            vec![
                Cell::text(focus.number.label).with_note(focus.advice),
                cell(focus.number, own),
                cell(focus.number, all),
                Cell::new(crate::report::number::mean(Some(focus.effect))),
                Cell {
                    calls: self.worst(focus.number),
                    ..Cell::default()
                },
            ]
        };
        let table = Table {
            caption: "What stands out most".into(),
            columns: vec![
                Column::words("Behaviour and what to try"),
                Column::numbers(month_label(&self.month)),
                Column::numbers("All reps"),
                Column::numbers("Distance, in standard deviations of the reps"),
                Column::words("Listen to"),
            ],
            rows: found.iter().map(row).collect(),
            empty: "Nothing stands out: no number is clearly and steadily worse than that of all reps together.".into(),
            ..Table::default()
        };
        let intro = format!(
            "At most {MOST}: numbers of at least {LEAST_N} calls whose interval lies on the worse side of all reps' number, and that lay there in the month before too, if that month had enough calls. The furthest come first. Where a target says that the number is fine, it is not here."
        );
        Section::new("focus", "What to work on", intro, vec![Block::Table(table)])
    }

    /// How far the number is on the side of worry from that of all reps; none where it is not, not surely, or not steadily.
    fn effect(&self, number: &Number, worry: Worry) -> Option<f64> {
        let material = self.material;
        let own = material.number(self.user_id, &self.month, number.metric)?;
        let all = material.number("", &self.month, number.metric)?.value?;
        let (low, high, value) = (own.low?, own.high?, own.value?);
        let is_sure = match worry {
            Above => all < low,
            Below => all > high,
        };
        let before = material.number(self.user_id, &self.before, number.metric);
        let all_before = material.number("", &self.before, number.metric);
        let is_steady = before
            .and_then(|row| row.value)
            .zip(all_before.and_then(|row| row.value))
            .is_none_or(|(own, all)| (own > all) == (worry == Above));
        if !is_sure || !is_steady || self.is_fine(number, value, worry) {
            return None;
        }
        let spread = self.spread(number.metric)?;
        Some((value - all).abs() / spread)
    }

    /// Whether the targets of all stages say that the value is not too far on the side of worry.
    fn is_fine(&self, number: &Number, value: f64, worry: Worry) -> bool {
        self.any_target(number)
            .is_some_and(|(from, to)| match worry {
                Above => value <= to,
                Below => value >= from,
            })
    }

    /// The widest band that any stage allows.
    fn any_target(&self, number: &Number) -> Option<(f64, f64)> {
        let targets = &self.material.settings.targets;
        let known = CallStage::ALL.iter();
        let bands = known.filter_map(|stage| Some(targets.of(number.metric, *stage)?.good));
        bands.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Standard deviation of the reps' numbers; none where too few have one, or all are alike.
    fn spread(&self, metric: &str) -> Option<f64> {
        let values: Vec<f64> = self
            .peers
            .values
            .get(metric)?
            .iter()
            .map(|(_, value)| *value)
            .collect();
        if values.len() < LEAST_REPS {
            return None;
        }
        let middle = mean(&values)?;
        let squares: Vec<f64> = values
            .iter()
            .map(|value| (value - middle).powi(2))
            .collect();
        mean(&squares).map(f64::sqrt).filter(|spread| *spread > 0.0)
    }

    /// Calls of this month that are furthest from what is wished.
    fn worst(&self, number: &Number) -> Vec<CallLink> {
        let ordered = self.furthest_first(number, self.used_calls(&self.month));
        let calls = ordered.into_iter().take(CALLS);
        calls
            .filter_map(|call| self.link(number, "", call))
            .collect()
    }
}
