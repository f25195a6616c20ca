//! Deals: what was known of them on the as-of day, and how their customers took part in calls.

use std::collections::BTreeMap;

use polars::prelude::*;
use talktrack_analyzers::metrics::talk::{TalkCallRow, TalkRow};
use talktrack_analyzers::table::TimestampUs;
use talktrack_analyzers::tables::{CrmObjectRow, DealHistoryRow};

use super::cadence::Cadence;
use super::calls::Calls;
use super::contacts::Contacts;
use super::states::{DealKey, State, States};
use super::{AsOf, DealEngagementRow, DealWeekRow, Error, Input, calendar, frame};

/// CRM object types that are deals.
const DEAL_TYPES: [&str; 2] = ["Deal", "Opportunity"];

/// Trailing spans in days, the as-of day among them.
const SPANS: [i32; 4] = [7, 14, 30, 90];

/// A call of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealCall {
    /// CRM system.
    pub system: String,
    /// Id of the deal.
    pub deal_id: String,
    /// Gong's id of the call.
    pub call_id: String,
    /// First day of its week, ISO 8601.
    pub week: String,
    /// Speech of the customer's side, in milliseconds.
    pub customer_ms: i64,
    /// Whether both sides spoke.
    pub two_sided: bool,
    /// Persons of the customer's side, director or above, who were on the call; known for open deals where titles tell.
    pub seniors: Option<i64>,
    /// Stage of the deal when the call began, as the CRM names it, where it is known.
    pub stage: Option<String>,
}

/// `call_id system deal_id`, once each, of the calls that count.
pub(super) fn call_deals(input: &Input, calls: &Calls) -> Result<DataFrame, Error> {
    let carried = frame::read::<CrmObjectRow>(
        &input.crm_objects,
        &["call_id", "party_id", "system", "object_type", "object_id"],
    )?
    .lazy()
    .filter(col("party_id").eq(lit("")))
    .filter(
        DEAL_TYPES
            .iter()
            .map(|&kind| col("object_type").eq(lit(kind)))
            .fold(lit(false), Expr::or),
    )
    .select([
        col("call_id"),
        col("system"),
        col("object_id").alias("deal_id"),
    ]);
    let told: Vec<&DealHistoryRow> = input
        .deal_history
        .iter()
        .filter(|row| !row.call_id.is_empty())
        .collect();
    let told = df!(
        "call_id" => told.iter().map(|row| row.call_id.clone()).collect::<Vec<_>>(),
        "system" => told.iter().map(|row| row.system.clone()).collect::<Vec<_>>(),
        "deal_id" => told.iter().map(|row| row.deal_id.clone()).collect::<Vec<_>>(),
    )?;
    let by_call = [col("call_id")];
    Ok(concat([carried, told.lazy()], UnionArgs::default())?
        .unique(None, UniqueKeepStrategy::Any)
        .join(
            calls.frame.clone().lazy().select([col("call_id")]),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Semi),
        )
        .sort(
            ["system", "deal_id", "call_id"],
            SortMultipleOptions::default(),
        )
        .collect()?)
}

/// One row per deal that is known or had a call.
pub(super) fn engagement(
    input: &Input,
    calls: &Calls,
    call_deals: &DataFrame,
    states: &States,
    as_of: &AsOf,
) -> Result<Vec<DealEngagementRow>, Error> {
    let today = calendar::day_number(as_of.day);
    let age = (lit(today) - col("day")).alias("age");
    let joined = on_calls(input, calls, call_deals)?.with_column(age.clone());
    let voices = voices(input, calls, call_deals)?.with_column(age);
    let key = [col("system"), col("deal_id")];
    let within = |name: &str, days: i32| {
        col(name.to_owned())
            .filter(col("age").lt(lit(days)))
            .n_unique()
            .cast(DataType::Int64)
    };

    let mut counts: Vec<Expr> = SPANS
        .iter()
        .map(|&days| within("call_id", days).alias(format!("calls_{days}")))
        .collect();
    counts.push(len().cast(DataType::Int64).alias("calls"));
    counts.push(col("day").max().alias("last_day"));
    let counted = joined.clone().group_by(key.clone()).agg(counts);
    let buyers: Vec<Expr> = SPANS
        .iter()
        .map(|&days| within("person_key", days).alias(format!("buyers_{days}")))
        .collect();
    let buyers = voices.group_by(key.clone()).agg(buyers);
    let last = joined
        .filter(col("two_sided"))
        .sort(
            ["system", "deal_id", "started", "call_id"],
            SortMultipleOptions::default(),
        )
        .group_by_stable(key.clone())
        .agg([
            col("call_id").last().alias("last_id"),
            col("day").last().alias("last_two_sided"),
        ]);
    let table = counted
        .join(buyers, &key, &key, JoinArgs::new(JoinType::Left))
        .join(last, &key, &key, JoinArgs::new(JoinType::Left))
        .sort(["system", "deal_id"], SortMultipleOptions::default())
        .collect()?;
    let mut rows = engagement_rows(&table, as_of)?;
    for key in states.keys() {
        let row = || without_calls(key.clone());
        rows.entry(key.clone()).or_insert_with(row);
    }
    Ok(rows
        .into_iter()
        .map(|(key, row)| with_state(row, states.get(&key), as_of))
        .collect())
}

/// One row per deal and week with a call.
pub(super) fn weeks(
    input: &Input,
    calls: &Calls,
    call_deals: &DataFrame,
) -> Result<Vec<DealWeekRow>, Error> {
    let key = [col("system"), col("deal_id"), col("week")];
    let spoken = on_calls(input, calls, call_deals)?
        .group_by(key.clone())
        .agg([
            len().cast(DataType::Int64).alias("calls"),
            col("customer_ms").fill_null(lit(0)).sum(),
        ]);
    let buyers = voices(input, calls, call_deals)?
        .group_by(key.clone())
        .agg([col("person_key")
            .n_unique()
            .cast(DataType::Int64)
            .alias("buyers")]);
    let table = spoken
        .join(buyers, &key, &key, JoinArgs::new(JoinType::Left))
        .sort(
            ["system", "deal_id", "week"],
            SortMultipleOptions::default(),
        )
        .collect()?;
    let (systems, deals) = (
        frame::words(&table, "system")?,
        frame::words(&table, "deal_id")?,
    );
    let (weeks, calls) = (
        frame::numbers(&table, "week")?,
        frame::numbers(&table, "calls")?,
    );
    let (customer, buyers) = (
        frame::numbers(&table, "customer_ms")?,
        frame::numbers(&table, "buyers")?,
    );
    let row = |at: usize| DealWeekRow {
        system: systems[at].clone(),
        deal_id: deals[at].clone(),
        week: day_text(Some(weeks[at])).unwrap_or_default(),
        calls: calls[at],
        customer_ms: customer[at],
        buyers: buyers[at],
    };
    Ok((0..table.height()).map(row).collect())
}

/// One row per deal and call, oldest call first.
pub(super) fn call_rows(
    input: &Input,
    calls: &Calls,
    call_deals: &DataFrame,
) -> Result<Vec<DealCall>, Error> {
    let table = on_calls(input, calls, call_deals)?
        .with_column(col("customer_ms").fill_null(lit(0)))
        .sort(
            ["system", "deal_id", "started", "call_id"],
            SortMultipleOptions::default(),
        )
        .collect()?;
    let systems = frame::words(&table, "system")?;
    let deals = frame::words(&table, "deal_id")?;
    let ids = frame::words(&table, "call_id")?;
    let weeks = frame::numbers(&table, "week")?;
    let customer = frame::numbers(&table, "customer_ms")?;
    let two_sided = frame::numbers(&table, "two_sided")?;
    let row = |at: usize| DealCall {
        system: systems[at].clone(),
        deal_id: deals[at].clone(),
        call_id: ids[at].clone(),
        week: day_text(Some(weeks[at])).unwrap_or_default(),
        customer_ms: customer[at],
        two_sided: two_sided[at] != 0,
        seniors: None,
        stage: None,
    };
    Ok((0..table.height()).map(row).collect())
}

/// Deals with their calls: one row a deal and call, with day, week, `customer_ms` and `two_sided`.
fn on_calls(input: &Input, calls: &Calls, call_deals: &DataFrame) -> Result<LazyFrame, Error> {
    let by_call = [col("call_id")];
    let sides =
        frame::read::<TalkCallRow>(&input.talk_call, &["call_id", "customer_ms", "two_sided"])?;
    Ok(call_deals
        .clone()
        .lazy()
        .join(
            calls.frame.clone().lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Inner),
        )
        .join(
            sides.lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Left),
        )
        .with_column(col("two_sided").fill_null(lit(false))))
}

/// Deals with the persons of the customer's side who spoke: one row a deal, call and person.
fn voices(input: &Input, calls: &Calls, call_deals: &DataFrame) -> Result<LazyFrame, Error> {
    let by_call = [col("call_id")];
    let spoke = frame::read::<TalkRow>(&input.talk, &["call_id", "person_key", "side", "talk_ms"])?
        .lazy()
        .filter(
            col("side")
                .eq(lit("customer"))
                .and(col("talk_ms").gt(lit(0)))
                .and(col("person_key").is_not_null()),
        )
        .select([col("call_id"), col("person_key")]);
    Ok(call_deals
        .clone()
        .lazy()
        .join(
            calls.frame.clone().lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Inner),
        )
        .join(spoke, &by_call, &by_call, JoinArgs::new(JoinType::Inner)))
}

fn engagement_rows(
    table: &DataFrame,
    as_of: &AsOf,
) -> Result<BTreeMap<DealKey, DealEngagementRow>, Error> {
    let (systems, deals) = (
        frame::words(table, "system")?,
        frame::words(table, "deal_id")?,
    );
    let number = |name: &str| frame::numbers(table, name);
    let (calls, last_day) = (number("calls")?, frame::numbers_or_null(table, "last_day")?);
    let last_id = frame::words_or_null(table, "last_id")?;
    let last_two_sided = frame::numbers_or_null(table, "last_two_sided")?;
    let (calls_7, calls_14) = (number("calls_7")?, number("calls_14")?);
    let (calls_30, calls_90) = (number("calls_30")?, number("calls_90")?);
    let (buyers_7, buyers_14) = (number("buyers_7")?, number("buyers_14")?);
    let (buyers_30, buyers_90) = (number("buyers_30")?, number("buyers_90")?);
    let today = i64::from(calendar::day_number(as_of.day));
    let row = |at: usize| {
        let key = (systems[at].clone(), deals[at].clone());
        let row = DealEngagementRow {
            calls: calls[at],
            last_call_day: day_text(last_day[at]),
            last_two_sided_call_id: last_id[at].clone(),
            last_two_sided_day: day_text(last_two_sided[at]),
            days_silent: last_two_sided[at].map(|day| today - day),
            calls_7: calls_7[at],
            calls_14: calls_14[at],
            calls_30: calls_30[at],
            calls_90: calls_90[at],
            buyers_7: buyers_7[at],
            buyers_14: buyers_14[at],
            buyers_30: buyers_30[at],
            buyers_90: buyers_90[at],
            ..without_calls(key.clone())
        };
        (key, row)
    };
    Ok((0..table.height()).map(row).collect())
}

/// A deal of which nothing is known but its id.
pub(super) fn without_calls((system, deal_id): DealKey) -> DealEngagementRow {
    DealEngagementRow {
        system,
        deal_id,
        name: None,
        stage: None,
        amount: None,
        currency: None,
        close_date: None,
        owner: None,
        outcome: None,
        observed_at: None,
        calls: 0,
        last_call_day: None,
        last_two_sided_call_id: None,
        last_two_sided_day: None,
        days_silent: None,
        calls_7: 0,
        calls_14: 0,
        calls_30: 0,
        calls_90: 0,
        buyers_7: 0,
        buyers_14: 0,
        buyers_30: 0,
        buyers_90: 0,
        two_sided_calls: 0,
        median_gap_days: None,
        gap_ratio: None,
        attendees_90: 0,
        highest_seniority_90: None,
        last_senior_day: None,
        days_since_senior: None,
        first_seen_day: None,
        stage_since: None,
        days_in_stage: None,
    }
}

/// With the customer's people and the rhythm of calls.
pub(super) fn with_rhythm(
    row: DealEngagementRow,
    contacts: Option<&Contacts>,
    cadence: Option<&Cadence>,
    as_of: &AsOf,
) -> DealEngagementRow {
    let contacts = contacts.cloned().unwrap_or_default();
    let cadence = cadence.cloned().unwrap_or_default();
    let today = i64::from(calendar::day_number(as_of.day));
    let gap_ratio = row
        .days_silent
        .zip(cadence.median_gap_days)
        .filter(|(_, gap)| *gap > 0.0)
        .map(|(silent, gap)| silent as f64 / gap);
    DealEngagementRow {
        two_sided_calls: cadence.calls,
        median_gap_days: cadence.median_gap_days,
        gap_ratio,
        attendees_90: contacts.attendees_90,
        highest_seniority_90: contacts.highest_90,
        days_since_senior: contacts.last_senior_day.map(|day| today - day),
        last_senior_day: day_text(contacts.last_senior_day),
        ..row
    }
}

fn with_state(row: DealEngagementRow, state: Option<&State>, as_of: &AsOf) -> DealEngagementRow {
    let Some(known) = state else {
        return row;
    };
    let state = &known.row;
    DealEngagementRow {
        name: state.name.clone(),
        stage: state.stage.clone(),
        amount: state.amount,
        currency: state.currency.clone(),
        close_date: state.close_date.clone(),
        owner: state.owner.clone(),
        outcome: state.outcome.clone(),
        observed_at: Some(TimestampUs(state.observed_at.0)),
        first_seen_day: Some(known.first_seen.to_string()),
        stage_since: Some(known.stage_since.to_string()),
        days_in_stage: Some(calendar::days_between(known.stage_since, as_of.day)),
        ..row
    }
}

fn day_text(number: Option<i64>) -> Option<String> {
    let number = i32::try_from(number?).ok()?;
    calendar::day_of_number(number).map(|day| day.to_string())
}
