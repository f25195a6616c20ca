//! Warnings of open deals: what calls alone can tell, each by a rule with a threshold.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use talktrack_analyzers::table::Amount;

pub use self::rules::{Rules, Warning};
use super::due::due_day;
use super::states::DealKey;
use super::{DealCall, DealEngagementRow, DealWarningRow, calendar};

/// What the rules read beside the deals and their calls.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// The day of each call.
    pub(super) days: &'a BTreeMap<String, Date>,
    /// What happened on them.
    pub(super) on_calls: &'a OnCalls,
    /// Days in a stage of three quarters of the won deals, by system and stage, where enough are known.
    pub(super) usual_days: &'a BTreeMap<(String, String), f64>,
}

/// What the rules read of the calls of open deals.
#[derive(Debug, Default)]
pub(super) struct OnCalls {
    /// Calls with a transcript in a language that the dictionary of prices covers: whether anybody mentioned one.
    pub(super) priced: BTreeMap<String, bool>,
    /// Calls with a transcript in a language that the dictionary of next steps covers: the level at their end.
    pub(super) next_steps: BTreeMap<String, i64>,
    /// The words that say when, of calls whose next steps have any.
    pub(super) due: BTreeMap<String, String>,
    /// Calls on which a customer raised a red flag.
    pub(super) red_flags: BTreeSet<String>,
    /// Speech of the customer's persons by call with a transcript, in milliseconds.
    pub(super) buyers: BTreeMap<String, BTreeMap<String, i64>>,
    /// Levels of the customer's persons on a call, spoken or not; none for a title that says nothing.
    pub(super) levels: BTreeMap<String, Vec<Option<String>>>,
}

impl OnCalls {
    /// How many of the customer's persons on a call decide; none where no title tells.
    pub(super) fn seniors(&self, call_id: &str) -> Option<i64> {
        let levels = self.levels.get(call_id)?.iter().flatten();
        let known: Vec<&String> = levels.collect();
        let seniors = known.iter().filter(|level| is_power(level));
        (!known.is_empty()).then(|| seniors.count() as i64)
    }
}

/// Why a warning holds.
#[derive(Debug, Default)]
struct Ground {
    since: Option<Date>,
    value: Option<f64>,
    limit: Option<f64>,
    call_id: Option<String>,
    due: Option<Date>,
}

/// One deal and everything that its rules read.
struct Deal<'a> {
    row: &'a DealEngagementRow,
    /// Oldest first.
    calls: &'a [&'a DealCall],
    days: &'a BTreeMap<String, Date>,
    on_calls: &'a OnCalls,
    /// Days in this stage of three quarters of the won deals, where enough are known.
    usual_days: Option<f64>,
    rules: &'a Rules,
    today: Date,
}

/// The warnings of all open deals, by deal and name.
pub(super) fn warnings(
    deals: &[DealEngagementRow],
    calls: &[DealCall],
    known: &Known<'_>,
    rules: &Rules,
    today: Date,
) -> Vec<DealWarningRow> {
    let mut by_deal: BTreeMap<DealKey, Vec<&DealCall>> = BTreeMap::new();
    for call in calls {
        let key = (call.system.clone(), call.deal_id.clone());
        by_deal.entry(key).or_default().push(call);
    }
    let open = deals
        .iter()
        .filter(|deal| deal.outcome.as_deref() == Some("open"));
    let mut rows = Vec::new();
    for row in open {
        let key = (row.system.clone(), row.deal_id.clone());
        let deal = Deal {
            row,
            calls: by_deal.get(&key).map(Vec::as_slice).unwrap_or_default(),
            days: known.days,
            on_calls: known.on_calls,
            usual_days: row.stage.as_ref().and_then(|stage| {
                let key = (row.system.clone(), stage.clone());
                known.usual_days.get(&key).copied()
            }),
            rules,
            today,
        };
        rows.extend(deal.warnings());
    }
    rows
}

impl Deal<'_> {
    fn warnings(&self) -> Vec<DealWarningRow> {
        if self.is_young() {
            return Vec::new();
        }
        let row = |warning: &Warning| {
            let ground = self.ground(*warning)?;
            Some(DealWarningRow {
                system: self.row.system.clone(),
                deal_id: self.row.deal_id.clone(),
                warning: warning.name().to_owned(),
                since: ground.since.map(|day| day.to_string()),
                value: ground.value,
                threshold: ground.limit,
                call_id: ground.call_id,
                due_day: ground.due.map(|day| day.to_string()),
            })
        };
        Warning::ALL.iter().filter_map(row).collect()
    }

    /// Why `warning` holds; none where it does not.
    fn ground(&self, warning: Warning) -> Option<Ground> {
        match warning {
            Warning::Ghosted => self.ghosted(),
            Warning::NoActivity => self.no_activity(),
            Warning::NoNextStep => self.no_next_step(),
            Warning::NoPower => self.no_power(),
            Warning::NotEnoughContacts => self.not_enough_contacts(),
            Warning::Overdue => self.overdue(),
            Warning::PricingNotMentioned => self.pricing_not_mentioned(),
            Warning::RedFlag => self.red_flag(),
            Warning::SilentChampion => self.silent_champion(),
            Warning::SingleThreaded => self.single_threaded(),
            Warning::StalledInStage => self.stalled_in_stage(),
        }
    }

    fn day_of(&self, call: &DealCall) -> Option<Date> {
        self.days.get(&call.call_id).copied()
    }

    fn days_since(&self, day: Date) -> i64 {
        calendar::days_between(day, self.today)
    }

    fn after(day: Date, days: i64) -> Option<Date> {
        day.checked_add(jiff::Span::new().days(days)).ok()
    }

    fn is_large(&self) -> bool {
        let Some(Amount(amount)) = self.row.amount else {
            return false;
        };
        amount >= i128::from(self.rules.large_amount) * Amount::ONE
    }

    fn is_young(&self) -> bool {
        let first_call = self.calls.first().and_then(|call| self.day_of(call));
        let first_seen = self.row.first_seen_day.as_deref().and_then(date);
        let known = [first_call, first_seen].into_iter().flatten().min();
        known.is_none_or(|day| self.days_since(day) < self.rules.min_age_days)
    }

    fn no_activity(&self) -> Option<Ground> {
        let limit = self.rules.no_activity_days;
        let Some(last) = self.calls.last() else {
            return Some(Ground {
                limit: Some(limit as f64),
                ..Ground::default()
            });
        };
        let day = self.day_of(last)?;
        self.holds_from(day, limit, Some(last.call_id.clone()))
    }

    /// A warning that holds once `limit` days have passed since `day`.
    fn holds_from(&self, day: Date, limit: i64, call_id: Option<String>) -> Option<Ground> {
        let passed = self.days_since(day);
        (passed >= limit).then(|| Ground {
            since: Self::after(day, limit),
            value: Some(passed as f64),
            limit: Some(limit as f64),
            call_id,
            due: None,
        })
    }

    /// Silence after an attempt, or after a promise; where both hold, what held first.
    fn ghosted(&self) -> Option<Ground> {
        let grounds = [self.unanswered(), self.promise_broken()];
        grounds
            .into_iter()
            .flatten()
            .min_by_key(|ground| ground.since)
    }

    fn unanswered(&self) -> Option<Ground> {
        let answered = self.row.last_two_sided_day.as_deref().and_then(date)?;
        let last = self.calls.last()?;
        let was_tried = self.day_of(last)? > answered;
        let ground = self.holds_from(
            answered,
            self.rules.ghosted_days,
            Some(last.call_id.clone()),
        )?;
        was_tried.then_some(ground)
    }

    /// The day promised on the last call with both sides has passed, and they have not spoken since.
    fn promise_broken(&self) -> Option<Ground> {
        let call = self.calls.iter().rev().find(|call| call.two_sided)?;
        let words = self.on_calls.due.get(&call.call_id)?;
        let due = due_day(words, self.day_of(call)?)?;
        let limit = self.rules.promise_overdue_days;
        let ground = self.holds_from(due, limit, Some(call.call_id.clone()))?;
        Some(Ground {
            due: Some(due),
            ..ground
        })
    }

    fn overdue(&self) -> Option<Ground> {
        let close = self.row.close_date.as_deref().and_then(date)?;
        self.holds_from(close, 1, None)
    }

    fn not_enough_contacts(&self) -> Option<Ground> {
        let limit = if self.is_large() {
            self.rules.min_buyers_large
        } else {
            self.rules.min_buyers
        };
        (self.row.buyers_90 < limit).then(|| Ground {
            value: Some(self.row.buyers_90 as f64),
            limit: Some(limit as f64),
            ..Ground::default()
        })
    }

    /// Only where titles tell at all: a title that nobody filled in is no sign of anything.
    fn no_power(&self) -> Option<Ground> {
        let levels = || {
            let of_calls = self
                .calls
                .iter()
                .filter_map(|call| self.on_calls.levels.get(&call.call_id));
            of_calls.flatten().flatten()
        };
        (levels().next().is_some() && !levels().any(|level| is_power(level))).then(Ground::default)
    }

    fn pricing_not_mentioned(&self) -> Option<Ground> {
        let stage = self.row.stage.as_deref()?.to_lowercase();
        let is_late = self
            .rules
            .late_stages
            .iter()
            .any(|words| stage.contains(words.as_str()));
        let heard = || {
            let calls = self.calls.iter();
            calls.filter_map(|call| self.on_calls.priced.get(&call.call_id))
        };
        let calls = heard().count();
        (is_late && calls > 0 && !heard().any(|priced| *priced)).then(|| Ground {
            value: Some(calls as f64),
            ..Ground::default()
        })
    }

    fn red_flag(&self) -> Option<Ground> {
        let flagged = |call: &&&DealCall| self.on_calls.red_flags.contains(&call.call_id);
        let call = self.calls.iter().rev().find(flagged)?;
        let day = self.day_of(call)?;
        let passed = self.days_since(day);
        (passed < self.rules.red_flag_days).then(|| Ground {
            since: Some(day),
            value: Some(passed as f64),
            limit: Some(self.rules.red_flag_days as f64),
            call_id: Some(call.call_id.clone()),
            ..Ground::default()
        })
    }

    fn stalled_in_stage(&self) -> Option<Ground> {
        let days = self.row.days_in_stage?;
        let limit = self.usual_days.unwrap_or(self.rules.stalled_days as f64);
        (days as f64 > limit).then(|| Ground {
            since: self.row.stage_since.as_deref().and_then(date),
            value: Some(days as f64),
            limit: Some(limit),
            call_id: None,
            ..Ground::default()
        })
    }

    fn single_threaded(&self) -> Option<Ground> {
        let speakers: BTreeSet<&String> = self
            .calls
            .iter()
            .filter_map(|call| self.on_calls.buyers.get(&call.call_id))
            .flat_map(|persons| persons.keys())
            .collect();
        (self.is_large() && speakers.len() == 1).then(|| Ground {
            value: Some(1.0),
            limit: Some(2.0),
            ..Ground::default()
        })
    }

    fn no_next_step(&self) -> Option<Ground> {
        let heard = |call: &&DealCall| {
            let level = self.on_calls.next_steps.get(&call.call_id)?;
            Some((*level, call.call_id.clone(), self.day_of(call)))
        };
        let (level, call_id, day) = self.calls.iter().rev().find_map(heard)?;
        (level < SEMI_SPECIFIC).then_some(Ground {
            since: day,
            value: Some(level as f64),
            limit: Some(SEMI_SPECIFIC as f64),
            call_id: Some(call_id),
            ..Ground::default()
        })
    }

    /// The person of the customer's side who spoke most before the last calls, and was on none of them.
    fn silent_champion(&self) -> Option<Ground> {
        let spoken: Vec<(&DealCall, &BTreeMap<String, i64>)> = self
            .calls
            .iter()
            .filter_map(|call| Some((*call, self.on_calls.buyers.get(&call.call_id)?)))
            .collect();
        let last = usize::try_from(self.rules.silent_champion_calls).ok()?;
        // With fewer calls before than after, who spoke most says little.
        let before = spoken.len().checked_sub(last)?;
        if last == 0 || before < last {
            return None;
        }
        let mut talk: BTreeMap<&str, i64> = BTreeMap::new();
        for (_, persons) in &spoken[..before] {
            for (person, ms) in *persons {
                *talk.entry(person).or_default() += ms;
            }
        }
        let (champion, _) = talk
            .into_iter()
            .max_by_key(|(person, ms)| (*ms, std::cmp::Reverse(*person)))?;
        let is_silent = spoken[before..]
            .iter()
            .all(|(_, persons)| !persons.contains_key(champion));
        let heard = spoken[..before]
            .iter()
            .rev()
            .find(|(_, persons)| persons.contains_key(champion))?;
        is_silent.then(|| Ground {
            since: self.day_of(spoken[before].0),
            value: Some(last as f64),
            limit: Some(last as f64),
            call_id: Some(heard.0.call_id.clone()),
            ..Ground::default()
        })
    }
}

/// Levels of seniority that decide.
pub(super) const POWER: [&str; 3] = ["c-level", "director", "vp"];

fn is_power(level: &str) -> bool {
    POWER.contains(&level)
}

/// Level of a next step from which on it is one.
const SEMI_SPECIFIC: i64 = 2;

/// A day at the start of an ISO 8601 text.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests;
