//! Calls that a rule picks for listening, each with the rule that picked it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Team, days_before};
use crate::report::document::{Block, Cell, Column, Section, Table};
use crate::report::evidence::call_link;
use crate::report::number::{count, duration, grouped, plural, share};
use crate::report::targets::Targets;
use crate::rollup::{CallStage, DealWarningRow, RepCall};

/// Days in which a call can be picked for listening.
const REVIEW_DAYS: i32 = 14;

/// Calls picked for listening, the newest first.
const REVIEW_CALLS: usize = 40;

/// Why a call is worth listening to.
struct Pick {
    day: Date,
    people: BTreeSet<String>,
    reasons: Vec<String>,
}

impl Pick {
    fn of(day: Date) -> Self {
        Self {
            day,
            people: BTreeSet::new(),
            reasons: Vec::new(),
        }
    }
}

/// What the measures of a call say: objections left alone, few questions, an open end.
fn reasons(call: &RepCall, targets: &Targets) -> Vec<String> {
    let Some(measures) = &call.measures else {
        return Vec::new();
    };
    let mut reasons = Vec::new();
    if let Some((answered, raised)) = measures.share("objections_handled_share")
        && answered < raised
    {
        reasons.push(match raised {
            1 => "an objection was not answered".to_owned(),
            _ => format!(
                "{} of {raised} objections were not answered",
                raised - answered
            ),
        });
    }
    let questions = measures.value("questions");
    if call.stage == Some(CallStage::Discovery)
        && let Some(asked) = questions.filter(|asked| *asked < targets.questions.watch.0)
    {
        reasons.push(format!(
            "{} in a discovery call",
            plural(asked as i64, "question", "questions")
        ));
    }
    if call.stage == Some(CallStage::Negotiation)
        && measures.share("specific_next_step_share") == Some((0, 1))
    {
        reasons.push("a negotiation without a specific next step".to_owned());
    }
    reasons
}

impl Team<'_> {
    pub(super) fn review(&self) -> Section {
        let mut picked = self.picked();
        let total = picked.len();
        // The newest first; of one day in the order of their ids.
        picked.sort_by(|(a, of_a), (b, of_b)| of_b.day.cmp(&of_a.day).then_with(|| a.cmp(b)));
        picked.truncate(REVIEW_CALLS);
        let row = |(call_id, pick): (&str, Pick)| {
            let call = self.material.rollups.calls.get(call_id)?;
            Some(vec![
                Cell {
                    calls: vec![call_link(call, "", "".into())],
                    ..Cell::default()
                },
                Cell::text(pick.people.into_iter().collect::<Vec<_>>().join(", ")),
                Cell::text(pick.reasons.join("; ")),
                Cell::new(count(pick.reasons.len() as i64)),
            ])
        };
        let table = Table {
            caption: format!(
                "Calls of the last {REVIEW_DAYS} days, the newest first: {} of {}",
                grouped(picked.len() as i64),
                grouped(total as i64)
            )
            .into(),
            columns: vec![
                Column::words("Call"),
                Column::words("Rep or deal"),
                Column::words("Why"),
                Column::numbers("Reasons"),
            ],
            rows: picked.into_iter().filter_map(row).collect(),
            empty: format!("No rule picks a call of the last {REVIEW_DAYS} days.").into(),
            ..Table::default()
        };
        let targets = &self.material.settings.targets;
        let intro = format!(
            "A call stands here when a rep's monologue lasted longer than {}, a rep's share of speech was above {} (by stage where it is known), an objection was not answered, our side asked fewer than {:.0} questions in discovery, a negotiation ended without a specific next step, or a deal's warning of a red flag or a missing next step rests on it. A reason to listen, not a verdict.",
            duration(Some(targets.monologue_ms.watch.1 as i64)).text,
            share(Some(targets.talk_share(CallStage::Discovery).watch.1)).text,
            targets.questions.watch.0,
        );
        Section::new(
            "review",
            "Calls to review",
            intro,
            vec![Block::Table(table)],
        )
    }

    fn picked(&self) -> Vec<(&str, Pick)> {
        let targets = &self.material.settings.targets;
        let mut picked: BTreeMap<&str, Pick> = BTreeMap::new();
        let mut pick = |call_id, day, who: String, reason: String| {
            let pick = picked.entry(call_id).or_insert_with(|| Pick::of(day));
            pick.people.insert(who);
            pick.reasons.push(reason);
        };
        for (call, day) in self.used_calls().filter(|(_, day)| self.is_recent(*day)) {
            let who = || self.material.name_of(&call.user_id);
            if call.monologue_ms as f64 > targets.monologue_ms.watch.1 {
                let length = duration(Some(call.monologue_ms)).text;
                pick(
                    &call.call_id,
                    day,
                    who(),
                    format!("a monologue of {length}"),
                );
            }
            for reason in reasons(call, targets) {
                pick(&call.call_id, day, who(), reason);
            }
            let stage = call.stage.unwrap_or(CallStage::Discovery);
            if call.talk_share > targets.talk_share(stage).watch.1 {
                let share = share(Some(call.talk_share)).text;
                pick(&call.call_id, day, who(), format!("{share} of the speech"));
            }
        }
        for row in &self.material.rollups.deal_warnings {
            let reason = match row.warning.as_str() {
                "no_next_step" => "the deal's last call ended without a clear next step",
                "red_flag" => "a customer raised a red flag",
                _ => continue,
            };
            let Some(call_id) = row.call_id.as_deref() else {
                continue;
            };
            let Some(call) = self.material.rollups.calls.get(call_id) else {
                continue;
            };
            if self.is_recent(call.day) {
                pick(call_id, call.day, self.deal_name(row), reason.to_owned());
            }
        }
        picked.into_iter().collect()
    }

    fn deal_name(&self, of: &DealWarningRow) -> String {
        let mut deals = self.material.rollups.deals.iter();
        deals
            .find(|deal| deal.system == of.system && deal.deal_id == of.deal_id)
            .and_then(|deal| deal.name.clone())
            .unwrap_or_else(|| format!("Deal {}", of.deal_id))
    }

    fn is_recent(&self, day: Date) -> bool {
        days_before(self.material.as_of, REVIEW_DAYS.days()) < day
    }
}
