//! Warnings of open deals: what calls alone can tell, each by a rule with a threshold.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::table::Amount;

use super::states::DealKey;
use super::{DealCall, DealEngagementRow, DealWarningRow, calendar};

/// Thresholds of the warnings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// No call for so many days is no activity.
    pub no_activity_days: i64,
    /// Both sides have not spoken for so many days, though the company tried.
    pub ghosted_days: i64,
    /// Fewer customers than this spoke in 90 days.
    pub min_buyers: i64,
    /// The same, for large deals.
    pub min_buyers_large: i64,
    /// From this amount on a deal is large, in the deal's own currency.
    pub large_amount: i64,
    /// A deal stalls after so many days in its stage, where too few won deals tell.
    pub stalled_days: i64,
    /// So many won deals tell how long a stage takes.
    pub min_won_deals: i64,
    /// Stages in which the price should have been mentioned: words of their names, in lower case.
    pub late_stages: Vec<String>,
    /// A red flag counts for so many days.
    pub red_flag_days: i64,
    /// The customer who spoke most is silent when absent from so many calls.
    pub silent_champion_calls: i64,
    /// A deal that is known for fewer days gets no warning.
    pub min_age_days: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            no_activity_days: 14,
            ghosted_days: 21,
            min_buyers: 2,
            min_buyers_large: 3,
            large_amount: 50_000,
            stalled_days: 30,
            min_won_deals: 8,
            late_stages: ["proposal", "negotiation", "contract", "commit"]
                .map(str::to_owned)
                .into(),
            red_flag_days: 30,
            silent_champion_calls: 2,
            min_age_days: 3,
        }
    }
}

impl Rules {
    /// Hash of all thresholds.
    pub fn digest(&self) -> String {
        // Plain fields of numbers and texts always have a JSON form.
        let text = serde_json::to_string(self).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

/// A warning, by the name that its table and pages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// Both sides have not spoken for long, though the company tried since.
    Ghosted,
    /// No call for long.
    NoActivity,
    /// The last call ended without a next step, or a vague one.
    NoNextStep,
    /// Nobody of the customer's directors or above was on a call.
    NoPower,
    /// Too few customers spoke in 90 days.
    NotEnoughContacts,
    /// The close date has passed.
    Overdue,
    /// A late stage, and nobody ever mentioned a price.
    PricingNotMentioned,
    /// A customer said something that endangers the deal.
    RedFlag,
    /// The customer who spoke most was absent from the last calls.
    SilentChampion,
    /// A large deal on which one customer alone ever spoke.
    SingleThreaded,
    /// Longer in its stage than most won deals.
    StalledInStage,
}

impl Warning {
    /// Every warning, by name.
    pub const ALL: [Warning; 11] = [
        Warning::Ghosted,
        Warning::NoActivity,
        Warning::NoNextStep,
        Warning::NoPower,
        Warning::NotEnoughContacts,
        Warning::Overdue,
        Warning::PricingNotMentioned,
        Warning::RedFlag,
        Warning::SilentChampion,
        Warning::SingleThreaded,
        Warning::StalledInStage,
    ];

    /// The warning of a name stored in tables.
    pub fn from_name(name: &str) -> Option<Warning> {
        Self::ALL.into_iter().find(|warning| warning.name() == name)
    }

    /// The name stored in tables.
    pub fn name(self) -> &'static str {
        match self {
            Warning::Ghosted => "ghosted",
            Warning::NoActivity => "no_activity",
            Warning::NoNextStep => "no_next_step",
            Warning::NoPower => "no_power",
            Warning::NotEnoughContacts => "not_enough_contacts",
            Warning::Overdue => "overdue",
            Warning::PricingNotMentioned => "pricing_not_mentioned",
            Warning::RedFlag => "red_flag",
            Warning::SilentChampion => "silent_champion",
            Warning::SingleThreaded => "single_threaded",
            Warning::StalledInStage => "stalled_in_stage",
        }
    }
}

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
    /// Calls on which a customer raised a red flag.
    pub(super) red_flags: BTreeSet<String>,
    /// Speech of the customer's persons by call, in milliseconds.
    pub(super) buyers: BTreeMap<String, BTreeMap<String, i64>>,
    /// Levels of the customer's persons on a call, spoken or not; none for a title that says nothing.
    pub(super) levels: BTreeMap<String, Vec<Option<String>>>,
}

/// Why a warning holds.
#[derive(Debug, Default)]
struct Ground {
    since: Option<Date>,
    value: Option<f64>,
    limit: Option<f64>,
    call_id: Option<String>,
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
        })
    }

    fn ghosted(&self) -> Option<Ground> {
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
        let is_power = |level: &String| POWER.contains(&level.as_str());
        (levels().next().is_some() && !levels().any(is_power)).then(Ground::default)
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
        })
    }
}

/// Levels of seniority that decide.
pub(super) const POWER: [&str; 3] = ["c-level", "director", "vp"];

/// Level of a next step from which on it is one.
const SEMI_SPECIFIC: i64 = 2;

/// A day at the start of an ISO 8601 text.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::{Date, date};
    use talktrack_analyzers::table::Amount;

    use super::{Known, OnCalls, Rules, warnings};
    use crate::rollup::deals::without_calls;
    use crate::rollup::{DealCall, DealEngagementRow};

    const TODAY: Date = date(2026, 6, 30);

    /// A deal that no rule warns of, with what its rules read.
    struct Case {
        deal: DealEngagementRow,
        calls: Vec<DealCall>,
        days: BTreeMap<String, Date>,
        on_calls: OnCalls,
        usual_days: BTreeMap<(String, String), f64>,
    }

    impl Case {
        /// Calls `1` to `4` in June, two buyers on each, all well.
        fn sound() -> Self {
            let key = ("crm".to_owned(), "d".to_owned());
            let deal = DealEngagementRow {
                outcome: Some("open".to_owned()),
                stage: Some("Proposal sent".to_owned()),
                amount: Some(Amount(10_000 * Amount::ONE)),
                close_date: Some("2026-08-01".to_owned()),
                buyers_90: 2,
                last_two_sided_day: Some("2026-06-28".to_owned()),
                first_seen_day: Some("2026-06-01".to_owned()),
                stage_since: Some("2026-06-20".to_owned()),
                days_in_stage: Some(10),
                ..without_calls(key)
            };
            let mut case = Case {
                deal,
                calls: Vec::new(),
                days: BTreeMap::new(),
                on_calls: OnCalls::default(),
                usual_days: BTreeMap::new(),
            };
            for (id, day) in [("1", 1), ("2", 10), ("3", 20), ("4", 28)] {
                case.call(id, date(2026, 6, day), &[("ann", 60), ("bob", 40)]);
            }
            case
        }

        fn call(&mut self, id: &str, day: Date, buyers: &[(&str, i64)]) {
            self.calls.push(DealCall {
                system: "crm".to_owned(),
                deal_id: "d".to_owned(),
                call_id: id.to_owned(),
                week: String::new(),
                customer_ms: 1,
                two_sided: true,
            });
            let id = id.to_owned();
            self.days.insert(id.clone(), day);
            self.on_calls.priced.insert(id.clone(), true);
            self.on_calls.next_steps.insert(id.clone(), 3);
            self.on_calls
                .levels
                .insert(id.clone(), vec![Some("director".to_owned()), None]);
            let spoken = buyers.iter().map(|(who, ms)| ((*who).to_owned(), *ms));
            self.on_calls.buyers.insert(id, spoken.collect());
        }

        /// Name, value, threshold and call of each warning.
        fn told(&self) -> Vec<(String, Option<f64>, Option<f64>, String)> {
            let known = Known {
                days: &self.days,
                on_calls: &self.on_calls,
                usual_days: &self.usual_days,
            };
            let deals = [self.deal.clone()];
            let rows = warnings(&deals, &self.calls, &known, &Rules::default(), TODAY);
            let told = rows.into_iter().map(|row| {
                let call = row.call_id.unwrap_or_default();
                (row.warning, row.value, row.threshold, call)
            });
            told.collect()
        }
    }

    fn one(
        name: &str,
        value: Option<f64>,
        limit: Option<f64>,
        call: &str,
    ) -> Vec<(String, Option<f64>, Option<f64>, String)> {
        vec![(name.to_owned(), value, limit, call.to_owned())]
    }

    /// The warnings of a sound deal after one change.
    fn after(change: impl Fn(&mut Case)) -> Vec<(String, Option<f64>, Option<f64>, String)> {
        let mut case = Case::sound();
        change(&mut case);
        case.told()
    }

    #[test]
    fn a_sound_deal_a_closed_one_and_a_young_one_have_none() {
        assert_eq!(after(|_| ()), []);
        let closed = after(|case| {
            case.deal.outcome = Some("won".to_owned());
            case.deal.buyers_90 = 0;
        });
        assert_eq!(closed, []);
        let young = after(|case| {
            case.deal.buyers_90 = 0;
            case.deal.first_seen_day = Some("2026-06-28".to_owned());
            case.days.insert("1".to_owned(), date(2026, 6, 28));
        });
        assert_eq!(young, []);
    }

    #[test]
    fn silence_and_tries_without_an_answer() {
        let silent = after(|case| {
            case.days.insert("4".to_owned(), date(2026, 6, 16));
        });
        assert_eq!(silent, one("no_activity", Some(14.0), Some(14.0), "4"));
        let answered = after(|case| {
            case.days.insert("4".to_owned(), date(2026, 6, 17));
        });
        assert_eq!(answered, []);
        let ghosted = after(|case| case.deal.last_two_sided_day = Some("2026-06-09".to_owned()));
        assert_eq!(ghosted, one("ghosted", Some(21.0), Some(21.0), "4"));
        let never = after(|case| case.calls.clear());
        let names: Vec<&str> = never.iter().map(|told| told.0.as_str()).collect();
        assert_eq!(names, ["no_activity"], "what was never heard is not blamed");
    }

    #[test]
    fn what_the_crm_says() {
        let overdue = after(|case| case.deal.close_date = Some("2026-06-29T00:00:00Z".to_owned()));
        assert_eq!(overdue, one("overdue", Some(1.0), Some(1.0), ""));
        let due = after(|case| case.deal.close_date = Some("2026-06-30".to_owned()));
        assert_eq!(due, []);
        let stalled = after(|case| case.deal.days_in_stage = Some(31));
        assert_eq!(stalled, one("stalled_in_stage", Some(31.0), Some(30.0), ""));
        let slower_than_won = after(|case| {
            let key = ("crm".to_owned(), "Proposal sent".to_owned());
            case.usual_days.insert(key, 9.0);
        });
        assert_eq!(
            slower_than_won,
            one("stalled_in_stage", Some(10.0), Some(9.0), "")
        );
    }

    #[test]
    fn people_who_are_missing() {
        let few = after(|case| case.deal.buyers_90 = 1);
        assert_eq!(few, one("not_enough_contacts", Some(1.0), Some(2.0), ""));
        let large = after(|case| case.deal.amount = Some(Amount(50_000 * Amount::ONE)));
        assert_eq!(large, one("not_enough_contacts", Some(2.0), Some(3.0), ""));
        let alone = after(|case| {
            case.deal.amount = Some(Amount(50_000 * Amount::ONE));
            case.deal.buyers_90 = 3;
            for persons in case.on_calls.buyers.values_mut() {
                persons.remove("bob");
            }
        });
        assert_eq!(alone, one("single_threaded", Some(1.0), Some(2.0), ""));
        let levels = |level: Option<&str>| {
            after(|case| {
                for levels in case.on_calls.levels.values_mut() {
                    *levels = vec![level.map(str::to_owned), None];
                }
            })
        };
        assert_eq!(levels(Some("manager")), one("no_power", None, None, ""));
        assert_eq!(levels(None), [], "no title tells nothing");
        let champion = after(|case| {
            for call in ["3", "4"] {
                let persons = case.on_calls.buyers.get_mut(call).expect("the call");
                persons.remove("ann");
            }
        });
        assert_eq!(champion, one("silent_champion", Some(2.0), Some(2.0), "2"));
    }

    #[test]
    fn what_was_said_and_what_was_not() {
        let unpriced = after(|case| {
            for priced in case.on_calls.priced.values_mut() {
                *priced = false;
            }
        });
        assert_eq!(unpriced, one("pricing_not_mentioned", Some(4.0), None, ""));
        let early = after(|case| {
            case.deal.stage = Some("Discovery".to_owned());
            case.on_calls.priced.insert("1".to_owned(), false);
        });
        assert_eq!(early, []);
        let flagged = after(|case| {
            case.on_calls.red_flags.insert("3".to_owned());
        });
        assert_eq!(flagged, one("red_flag", Some(10.0), Some(30.0), "3"));
        let vague = after(|case| {
            case.on_calls.next_steps.insert("4".to_owned(), 1);
        });
        assert_eq!(vague, one("no_next_step", Some(1.0), Some(2.0), "4"));
        let unheard = after(|case| {
            case.on_calls.next_steps.remove("4");
        });
        assert_eq!(unheard, [], "the last call that was heard tells");
    }
}
