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
            seniors: None,
            stage: None,
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

#[test]
fn a_promised_day_that_passes_in_silence_ghosts() {
    let promised = |words: &'static str| {
        after(move |case| {
            case.on_calls.due.insert("4".to_owned(), words.to_owned());
        })
    };
    // Call 4 was on Sunday the 28th, two days ago.
    assert_eq!(promised("in two weeks"), []);
    assert_eq!(promised("today"), []);
    let earlier = |case: &mut Case| {
        case.calls.retain(|call| call.call_id != "4");
        case.deal.last_two_sided_day = Some("2026-06-20".to_owned());
        case.on_calls
            .due
            .insert("3".to_owned(), "tuesday".to_owned());
    };
    assert_eq!(after(earlier), one("ghosted", Some(7.0), Some(7.0), "3"));
    let spoken_since = |case: &mut Case| {
        case.on_calls
            .due
            .insert("3".to_owned(), "tuesday".to_owned());
    };
    assert_eq!(after(spoken_since), []);
}
