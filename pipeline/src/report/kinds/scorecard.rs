//! One page per rep: how the rep's calls sound, against the team, the rep's own past and a target, and what to work on.

mod calls;
mod focus;
mod methodology;
mod objections;
mod periods;
mod questions;
mod reviews;

use std::collections::{BTreeMap, BTreeSet};

use talktrack_analyzers::statistics::median;

use super::numbers;
use super::numbers::{Number, cell, judged, verdict};
use crate::report::document::{
    Block, CallLink, Cell, Column, Document, Fact, Section, Strip, StripPoint, Strips, Table, Trend,
};
use crate::report::evidence::call_link;
use crate::report::formats::day_label;
use crate::report::material::{FEW, Material, month_label, scorecard_page};
use crate::report::number::{grouped, hours, plural, share};
use crate::report::targets::Target;
use crate::rollup::rep_metric::LEAST_N;
use crate::rollup::{CallStage, OBJECTIONS, RepCall, RepMonthRow, calendar};

/// Numbers whose distribution over the reps is drawn.
const DRAWN: [&str; 4] = [
    "talk_share",
    "longest_monologue_bridged_ms",
    "questions",
    "specific_next_step_share",
];

/// What all scorecards of a month share, found once.
#[derive(Debug)]
pub struct Peers<'m> {
    /// Each rep's numbers of the month, by name, lowest first.
    values: BTreeMap<&'m str, Vec<(&'m str, f64)>>,
    /// Reps with a number of the month whom the reader may see.
    seen: BTreeSet<&'m str>,
    /// Objections that customers raised on each call.
    raised: BTreeMap<&'m str, Vec<&'m str>>,
    /// Raised and answered objections of each call and class; none answered where nobody could tell.
    answered: BTreeMap<(&'m str, &'m str), (i64, Option<i64>)>,
}

impl<'m> Peers<'m> {
    /// Of the month of the as-of day.
    pub fn of(material: &'m Material<'_>) -> Self {
        let month = material.month();
        let mut values: BTreeMap<&str, Vec<(&str, f64)>> = BTreeMap::new();
        for row in &material.rollups.rep_metrics {
            if row.month == month
                && !row.user_id.is_empty()
                && let Some(value) = row.value
            {
                let of_metric = values.entry(&row.metric).or_default();
                of_metric.push((&row.user_id, value));
            }
        }
        for of_metric in values.values_mut() {
            of_metric.sort_by(|(a, of_a), (b, of_b)| of_a.total_cmp(of_b).then(a.cmp(b)));
        }
        let mut raised: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for objection in &material.settings.objections {
            let rows = material.entry_calls(OBJECTIONS, &objection.id);
            for row in rows.filter(|row| row.customer > 0) {
                raised.entry(&row.call_id).or_default().push(&row.entry);
            }
        }
        let rows = material.rollups.objection_calls.iter();
        let answered = rows.map(|row| {
            let key = (row.call_id.as_str(), row.entry.as_str());
            (key, (row.raised, row.handled))
        });
        let users = values.values().flatten().map(|(user, _)| *user);
        let seen = users.filter(|user| material.sight.sees(user)).collect();
        Self {
            values,
            seen,
            raised,
            answered: answered.collect(),
        }
    }

    fn median(&self, metric: &str) -> (Option<f64>, i64) {
        let of_metric = self.values.get(metric).map_or(&[][..], Vec::as_slice);
        let numbers: Vec<f64> = of_metric.iter().map(|(_, value)| *value).collect();
        (median(&numbers), numbers.len() as i64)
    }

    /// Where the reps stand; those of whom `named` says nothing are there without a name.
    pub(super) fn strips(
        &self,
        title: &str,
        own: Option<&str>,
        named: impl Fn(&str) -> Option<String>,
    ) -> Option<Block> {
        let line = |metric: &str| {
            let number = numbers::find(metric)?;
            let points = self.values.get(metric)?.iter().map(|(user, value)| {
                let text = (number.show)(Some(*value)).text;
                StripPoint {
                    label: named(user).unwrap_or_default().into(),
                    number: *value,
                    text,
                    own: own == Some(*user),
                }
            });
            Some(Strip {
                label: number.label.into(),
                points: points.collect(),
            })
        };
        let lines: Vec<Strip> = DRAWN.iter().filter_map(|metric| line(metric)).collect();
        let strips = Strips {
            title: title.into(),
            lines,
        };
        (!strips.lines.is_empty()).then_some(Block::Strips(strips))
    }
}

/// The page of one rep.
pub fn page(material: &Material<'_>, peers: &Peers<'_>, user_id: &str) -> Document {
    let name = material.name_of(user_id);
    let mut page = Document::new(
        "scorecard",
        scorecard_page(user_id),
        &name,
        Some(material.as_of),
    );
    let month = material.month();
    let rep = Rep {
        material,
        peers,
        user_id,
        before: calendar::month_before(&month),
        calls: material.calls_of(user_id),
        month,
    };
    page.subtitle =
        "How this month's calls sound, beside the team, the own past and a target. For coaching, not for ranking."
            .into();
    page.facts = rep.facts();
    page.sections = vec![
        rep.focus(),
        rep.interaction(),
        rep.stages(),
        rep.questions(),
        rep.objections(),
        rep.next_steps(),
        rep.methodology(),
        rep.periods(),
        rep.standing(),
    ];
    page.sections.extend(rep.reviews());
    page.sections.push(rep.calls_used());
    page.footer = rep.footer();
    page
}

struct Rep<'a> {
    material: &'a Material<'a>,
    peers: &'a Peers<'a>,
    user_id: &'a str,
    month: String,
    before: String,
    /// The rep's calls, oldest first.
    calls: &'a [RepCall],
}

/// A number of a rep's month.
type Count = fn(&RepMonthRow) -> i64;

impl Rep<'_> {
    fn row(&self) -> Option<&RepMonthRow> {
        self.material.rep_month(self.user_id, &self.month)
    }

    fn row_before(&self) -> Option<&RepMonthRow> {
        self.material.rep_month(self.user_id, &self.before)
    }

    fn facts(&self) -> Vec<Fact> {
        let (calls, used, seconds) = self.row().map_or((0, 0, 0), |row| {
            (row.calls, row.calls_used, row.duration_used_s)
        });
        let attributed = self.row().and_then(|row| row.speech_attributed_share);
        let period = format!(
            "{}, up to {}",
            month_label(&self.month),
            day_label(self.material.as_of)
        );
        let mut facts = vec![
            Fact::new("Period", period),
            Fact::new(
                "Calls used",
                format!("{} of {}", grouped(used), grouped(calls)),
            ),
            Fact::new("Time on them", hours(seconds).text),
            Fact::new("Speech with a known side", share(attributed).text),
        ];
        let person = self.material.users.get(self.user_id);
        facts.extend(
            person
                .and_then(|user| user.title.as_ref())
                .map(|title| Fact::new("Title", title)),
        );
        let manager = person.and_then(|user| user.manager_id.as_deref());
        facts.extend(manager.map(|manager| Fact::new("Manager", self.material.name_of(manager))));
        facts
    }

    fn interaction(&self) -> Section {
        let intro = match self.row().map_or(0, |row| row.calls_used) {
            0 => {
                "No call of this month can be used yet; the month before stands beside.".to_owned()
            }
            used if used < FEW => format!(
                "Only {} so far, so nothing is told of this month yet.",
                plural(used, "call", "calls")
            ),
            used => format!(
                "From {}. The interval says where a number would lie had the month brought other calls of the same kind; it differs from the team when its interval leaves out that of all reps together. Below {LEAST_N} calls no number is told. Open a call to hear what one means.",
                plural(used, "call", "calls")
            ),
        };
        let table = self.table("How the calls sound", &numbers::INTERACTION);
        Section::new(
            "interaction",
            "Interaction",
            intro,
            vec![Block::Table(table)],
        )
    }

    /// Numbers of this month beside the team's, the month before, a target, the past year, and calls to hear.
    fn table(&self, caption: &str, numbers: &[Number]) -> Table {
        Table {
            caption: caption.into(),
            columns: vec![
                Column::words("Measure"),
                Column::numbers(month_label(&self.month)),
                Column::numbers("Team median"),
                Column::numbers(month_label(&self.before)),
                Column::words("Target"),
                Column::words("12 months"),
                Column::words("Listen to"),
            ],
            rows: numbers
                .iter()
                .map(|number| self.number_row(number))
                .collect(),
            empty: "No measures.".into(),
            ..Table::default()
        }
    }

    fn number_row(&self, number: &Number) -> Vec<Cell> {
        let material = self.material;
        let own = material.number(self.user_id, &self.month, number.metric);
        let all = material.number("", &self.month, number.metric);
        let before = material.number(self.user_id, &self.before, number.metric);
        let (middle, reps) = self.peers.median(number.metric);
        let calls = self.listen(number);
        let note = if calls.is_empty() {
            "no call stands out"
        } else {
            ""
        };
        vec![
            Cell::text(number.label),
            cell(number, own).with_mark(verdict(own, all)),
            Cell::new((number.show)(middle)).with_note(plural(reps, "rep", "reps")),
            cell(number, before),
            self.target_cell(number, own.and_then(|row| row.value)),
            Cell {
                trend: self.trend(number),
                ..Cell::default()
            },
            Cell {
                calls,
                note: note.into(),
                ..Cell::default()
            },
        ]
    }

    /// What a number of the whole month is held against: targets that depend on the stage are held against stages below,
    /// where the stage of the rep's calls is known.
    fn target_of(&self, metric: &str) -> Option<&Target> {
        let targets = &self.material.settings.targets;
        let of = |stage| targets.of(metric, stage);
        let discovery = of(CallStage::Discovery);
        let is_one = CallStage::ALL.iter().all(|stage| of(*stage) == discovery);
        discovery.filter(|_| is_one || !self.knows_stages())
    }

    fn knows_stages(&self) -> bool {
        self.calls.iter().any(|call| call.stage.is_some())
    }

    fn target_cell(&self, number: &Number, value: Option<f64>) -> Cell {
        let by_stage = self
            .material
            .settings
            .targets
            .of(number.metric, CallStage::Discovery);
        match (self.target_of(number.metric), by_stage) {
            (Some(target), _) => Cell::text(target.words.as_str())
                .with_note(target.source)
                .with_mark(value.map(|value| judged(value, target))),
            (None, Some(_)) => Cell::text("by stage, below"),
            (None, None) => Cell::text("–"),
        }
    }

    fn trend(&self, number: &Number) -> Option<Trend> {
        let months = self.material.months();
        let value = |month: &String| {
            let row = self.material.number(self.user_id, month, number.metric)?;
            row.value
        };
        trend(&months, value, month_label, number)
    }

    /// The call furthest from what is wished, the one in the middle and the nearest one.
    fn listen(&self, number: &Number) -> Vec<CallLink> {
        let ordered = self.furthest_first(number, self.used_calls(&self.month));
        let picks = match ordered.len() {
            0 => Vec::new(),
            1 => vec![("only", 0)],
            2 => vec![("worst", 0), ("best", 1)],
            many => vec![("worst", 0), ("median", many / 2), ("best", many - 1)],
        };
        picks
            .into_iter()
            .filter_map(|(label, at)| self.link(number, label, ordered[at]))
            .collect()
    }

    fn link(
        &self,
        number: &Number,
        label: &str,
        (call, value): (&RepCall, f64),
    ) -> Option<CallLink> {
        let facts = self.material.rollups.calls.get(&call.call_id)?;
        Some(call_link(facts, label, (number.show)(Some(value)).text))
    }

    /// Calls with their values, the one furthest from what is wished first; none where nothing is.
    fn furthest_first<'c>(
        &self,
        number: &Number,
        calls: impl Iterator<Item = &'c RepCall>,
    ) -> Vec<(&'c RepCall, f64)> {
        let targets = &self.material.settings.targets;
        let mut ordered: Vec<(&RepCall, f64, f64)> = calls
            .filter_map(|call| {
                let value = number.of_call(call)?;
                let stage = call.stage.unwrap_or(CallStage::Discovery);
                let target = targets.of(number.metric, stage);
                Some((call, value, number.distance(value, target)?))
            })
            .collect();
        ordered.sort_by(|(a, _, of_a), (b, _, of_b)| {
            of_b.total_cmp(of_a).then_with(|| a.call_id.cmp(&b.call_id))
        });
        let values = ordered.into_iter().map(|(call, value, _)| (call, value));
        values.collect()
    }

    fn used_calls<'s>(&'s self, month: &'s str) -> impl Iterator<Item = &'s RepCall> {
        let calls = self.calls.iter();
        calls.filter(move |call| call.month == month && call.exclusion.is_none())
    }

    fn ids_of_used(&self, month: &str) -> BTreeSet<&str> {
        let calls = self.calls.iter();
        calls
            .filter(|call| call.month == month && call.exclusion.is_none())
            .map(|call| call.call_id.as_str())
            .collect()
    }

    /// Where the rep stands among the others, who stay without a name unless the reader may see them.
    fn standing(&self) -> Section {
        let named = |user: &str| {
            let sees = user == self.user_id;
            sees.then(|| self.material.name_of(user))
        };
        let strips = self.peers.strips(
            &format!("All reps with numbers in {}", month_label(&self.month)),
            Some(self.user_id),
            named,
        );
        let block = strips.unwrap_or_else(|| {
            Block::paragraph("No rep has enough calls of this month for a number.")
        });
        Section::new(
            "standing",
            "Among all reps",
            "Each circle is a rep, the diamond is this one, the dashed line is the median. Reps differ in the calls they get.",
            vec![block],
        )
    }

    fn footer(&self) -> Vec<Fact> {
        let mut footer = vec![
            Fact::new(
                "Share of speech",
                "The rep's speech over everybody's speech, silence left out; each call has the same weight.",
            ),
            Fact::new(
                "Longest monologue",
                "The longest stretch of the rep's speech in a call; short words of assent by others do not end it. A link opens the call at its start; evidence/stretches has the place.",
            ),
            Fact::new(
                "Questions",
                "Questions of all of our side on the call, because a question is counted per side; the sentences quoted are from the same calls and may be a colleague's.",
            ),
            Fact::new(
                "Stage",
                "Where the sale stood when the call began, by the stage of the call's deal; [stages] of the settings names them.",
            ),
            Fact::new(
                "Contest a number",
                "Open the calls behind it. A call whose speakers are mixed up in Gong is measured wrong here too. No emotions are inferred, and these numbers are not made for employment decisions.",
            ),
        ];
        footer.extend(self.material.footer());
        footer
    }
}

/// The course of a number over periods, oldest first; none where fewer than two are known.
fn trend(
    periods: &[String],
    value: impl Fn(&String) -> Option<f64>,
    label: impl Fn(&str) -> String,
    number: &Number,
) -> Option<Trend> {
    let points: Vec<Option<f64>> = periods.iter().map(value).collect();
    let known = periods
        .iter()
        .zip(&points)
        .filter_map(|(period, point)| Some((period, (*point)?)));
    let words: Vec<String> = known
        .map(|(period, value)| format!("{} {}", label(period), (number.show)(Some(value)).text))
        .collect();
    (words.len() > 1).then(|| Trend {
        description: words.join(", ").into(),
        points,
    })
}
