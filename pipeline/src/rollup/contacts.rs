//! The customer's people on the calls of deals: how many came, how senior they are, and when the senior ones last spoke.

use std::collections::BTreeMap;

use polars::prelude::*;
use talktrack_analyzers::metrics::attendance::AttendanceRow;
use talktrack_analyzers::metrics::talk::TalkCallRow;

use super::calls::Calls;
use super::states::DealKey;
use super::warnings::POWER;
use super::{AsOf, Error, Input, calendar, frame};

/// Levels of seniority, the highest first.
const LEVELS: [&str; 4] = ["c-level", "vp", "director", "manager"];

/// Days that count as now.
const RECENT_DAYS: i32 = 90;

/// The customer's people on one deal.
#[derive(Debug, Clone, Default)]
pub(super) struct Contacts {
    /// Persons on calls of the last 90 days, whether they spoke or not.
    pub(super) attendees_90: i64,
    /// The highest level among them; none where no title tells.
    pub(super) highest_90: Option<String>,
    /// Day of the last two-sided call on which a director or above spoke, as its number.
    pub(super) last_senior_day: Option<i64>,
}

/// The customer's people of every deal with a call.
pub(super) fn contacts(
    input: &Input,
    calls: &Calls,
    call_deals: &DataFrame,
    as_of: &AsOf,
) -> Result<BTreeMap<DealKey, Contacts>, Error> {
    let today = calendar::day_number(as_of.day);
    let recent = || (lit(today) - col("day")).lt(lit(RECENT_DAYS));
    let decides = POWER
        .iter()
        .map(|level| col("seniority").eq(lit(*level)))
        .fold(lit(false), Expr::or);
    // Lower is more senior; a title that says nothing is null.
    let rank = LEVELS.iter().enumerate().fold(
        lit(NULL).cast(DataType::Int64),
        |otherwise, (rank, level)| {
            when(col("seniority").eq(lit(*level)))
                .then(lit(rank as i64))
                .otherwise(otherwise)
        },
    );
    let spoke_senior = col("two_sided")
        .and(col("talk_ms").gt(lit(0)))
        .and(decides.fill_null(lit(false)));
    let table = people(input, calls, call_deals)?
        .with_column(rank.alias("rank"))
        .group_by([col("system"), col("deal_id")])
        .agg([
            col("person_key")
                .filter(recent())
                .n_unique()
                .cast(DataType::Int64)
                .alias("attendees"),
            col("rank").filter(recent()).min().alias("highest"),
            col("day").filter(spoke_senior).max().alias("senior_day"),
        ])
        .sort(["system", "deal_id"], SortMultipleOptions::default())
        .collect()?;
    let (systems, deals) = (
        frame::words(&table, "system")?,
        frame::words(&table, "deal_id")?,
    );
    let attendees = frame::numbers(&table, "attendees")?;
    let highest = frame::numbers_or_null(&table, "highest")?;
    let senior = frame::numbers_or_null(&table, "senior_day")?;
    let row = |at: usize| {
        let level = |rank: i64| LEVELS.get(usize::try_from(rank).ok()?).copied();
        let contacts = Contacts {
            attendees_90: attendees[at],
            highest_90: highest[at].and_then(level).map(str::to_owned),
            last_senior_day: senior[at],
        };
        ((systems[at].clone(), deals[at].clone()), contacts)
    };
    Ok((0..table.height()).map(row).collect())
}

/// One row per deal, call and person of the customer's side.
fn people(input: &Input, calls: &Calls, call_deals: &DataFrame) -> Result<LazyFrame, Error> {
    let by_call = [col("call_id")];
    let attended = of_customer(input)?;
    let sides = frame::read::<TalkCallRow>(&input.talk_call, &["call_id", "two_sided"])?;
    Ok(call_deals
        .clone()
        .lazy()
        .join(
            calls
                .frame
                .clone()
                .lazy()
                .select([col("call_id"), col("day")]),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Inner),
        )
        .join(attended, &by_call, &by_call, JoinArgs::new(JoinType::Inner))
        .join(
            sides.lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Left),
        )
        .with_column(col("two_sided").fill_null(lit(false))))
}

fn of_customer(input: &Input) -> Result<LazyFrame, Error> {
    let columns = ["call_id", "person_key", "side", "seniority", "talk_ms"];
    Ok(frame::read::<AttendanceRow>(&input.attendance, &columns)?
        .lazy()
        .filter(
            col("side")
                .eq(lit("customer"))
                .and(col("person_key").is_not_null()),
        )
        .select(["call_id", "person_key", "seniority", "talk_ms"].map(col)))
}

/// Persons of the customer's side by call.
#[derive(Debug, Default)]
pub(super) struct ByCall {
    /// Speech of those who spoke, in milliseconds.
    pub(super) buyers: BTreeMap<String, BTreeMap<String, i64>>,
    /// Levels of all of them; none for a title that says nothing.
    pub(super) levels: BTreeMap<String, Vec<Option<String>>>,
}

/// The customer's persons on the calls of `wanted`, a frame with a column `call_id`.
pub(super) fn by_call(input: &Input, wanted: &DataFrame) -> Result<ByCall, Error> {
    let key = [col("call_id")];
    // Where there is no transcript, nobody is known to have been silent.
    let heard = frame::read::<TalkCallRow>(&input.talk_call, &["call_id"])?
        .lazy()
        .with_column(lit(true).alias("heard"));
    let table = of_customer(input)?
        .join(
            wanted.clone().lazy(),
            &key,
            &key,
            JoinArgs::new(JoinType::Semi),
        )
        .join(heard, &key, &key, JoinArgs::new(JoinType::Left))
        .with_column(col("heard").fill_null(lit(false)))
        .sort(["call_id", "person_key"], SortMultipleOptions::default())
        .collect()?;
    let (calls, persons) = (
        frame::words(&table, "call_id")?,
        frame::words(&table, "person_key")?,
    );
    let levels = frame::words_or_null(&table, "seniority")?;
    let talk = frame::numbers(&table, "talk_ms")?;
    let heard = frame::numbers(&table, "heard")?;
    let mut found = ByCall::default();
    for (at, call) in calls.into_iter().enumerate() {
        if heard[at] != 0 {
            let buyers = found.buyers.entry(call.clone()).or_default();
            if talk[at] > 0 {
                *buyers.entry(persons[at].clone()).or_default() += talk[at];
            }
        }
        found
            .levels
            .entry(call)
            .or_default()
            .push(levels[at].clone());
    }
    Ok(found)
}
