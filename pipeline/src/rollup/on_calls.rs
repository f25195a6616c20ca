//! What happened on the calls of open deals, for the warnings.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use talktrack_analyzers::metrics::next_steps::NextStepsRow;
use talktrack_analyzers::metrics::pricing::PricingRow;

use super::warnings::OnCalls;
use super::{DealEngagementRow, EntryCall, Error, Input, contacts, frame};

/// Name of the dictionary of red flags.
const RED_FLAGS: &str = "red_flags";

/// Prices, next steps, red flags and people on the calls of the open ones of `deals`.
pub(super) fn of_open_deals(
    input: &Input,
    call_deals: &DataFrame,
    deals: &[DealEngagementRow],
    entry_calls: &[EntryCall],
) -> Result<OnCalls, Error> {
    let wanted = calls_of_open_deals(call_deals, deals)?;
    let ids: BTreeSet<String> = frame::words(&wanted, "call_id")?.into_iter().collect();
    let people = contacts::by_call(input, &wanted)?;
    let steps = next_steps(input, &wanted)?;
    let is_flagged = |row: &&EntryCall| {
        row.dictionary == RED_FLAGS && row.customer > 0 && ids.contains(&row.call_id)
    };
    Ok(OnCalls {
        priced: priced(input, &wanted)?,
        next_steps: steps.levels,
        due: steps.due,
        red_flags: entry_calls
            .iter()
            .filter(is_flagged)
            .map(|row| row.call_id.clone())
            .collect(),
        buyers: people.buyers,
        levels: people.levels,
    })
}

/// A frame with the column `call_id`.
fn calls_of_open_deals(
    call_deals: &DataFrame,
    deals: &[DealEngagementRow],
) -> Result<DataFrame, Error> {
    let open: Vec<&DealEngagementRow> = deals
        .iter()
        .filter(|deal| deal.outcome.as_deref() == Some("open"))
        .collect();
    let open = df!(
        "system" => open.iter().map(|deal| deal.system.clone()).collect::<Vec<_>>(),
        "deal_id" => open.iter().map(|deal| deal.deal_id.clone()).collect::<Vec<_>>(),
    )?;
    let key = [col("system"), col("deal_id")];
    Ok(call_deals
        .clone()
        .lazy()
        .join(open.lazy(), &key, &key, JoinArgs::new(JoinType::Semi))
        .select([col("call_id")])
        .unique(None, UniqueKeepStrategy::Any)
        .sort(["call_id"], SortMultipleOptions::default())
        .collect()?)
}

/// Whether a price was mentioned, on calls where one would have been found.
fn priced(input: &Input, wanted: &DataFrame) -> Result<BTreeMap<String, bool>, Error> {
    let columns = ["call_id", "company_mentions", "first_start_ms"];
    let table = of_calls(frame::read::<PricingRow>(&input.pricing, &columns)?, wanted)?;
    let calls = frame::words(&table, "call_id")?;
    let covered = frame::numbers_or_null(&table, "company_mentions")?;
    let first = frame::numbers_or_null(&table, "first_start_ms")?;
    let known = calls.into_iter().zip(covered).zip(first);
    Ok(known
        .filter_map(|((call, covered), first)| covered.map(|_| (call, first.is_some())))
        .collect())
}

/// What calls end with, by call.
struct NextSteps {
    levels: BTreeMap<String, i64>,
    due: BTreeMap<String, String>,
}

/// The next steps of calls on which one would have been found.
fn next_steps(input: &Input, wanted: &DataFrame) -> Result<NextSteps, Error> {
    let columns = ["call_id", "level", "due"];
    let table = of_calls(
        frame::read::<NextStepsRow>(&input.next_steps, &columns)?,
        wanted,
    )?;
    let calls = frame::words(&table, "call_id")?;
    let levels = frame::numbers_or_null(&table, "level")?;
    let due = frame::words_or_null(&table, "due")?;
    let of_call = calls.iter().cloned();
    Ok(NextSteps {
        levels: of_call
            .zip(levels)
            .filter_map(|(call, level)| Some((call, level?)))
            .collect(),
        due: calls
            .into_iter()
            .zip(due)
            .filter_map(|(call, due)| Some((call, due?)))
            .collect(),
    })
}

fn of_calls(table: DataFrame, wanted: &DataFrame) -> Result<DataFrame, Error> {
    let key = [col("call_id")];
    let kept = table.lazy().join(
        wanted.clone().lazy(),
        &key,
        &key,
        JoinArgs::new(JoinType::Semi),
    );
    Ok(kept.collect()?)
}
