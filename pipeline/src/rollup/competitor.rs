//! Mentions by call, by month and by deal.

use polars::prelude::*;
use talktrack_analyzers::metrics::mentions::MentionsRow;
use talktrack_analyzers::metrics::objections::ObjectionsRow;
use talktrack_analyzers::statistics::wilson;

use super::calls::Calls;
use super::rep_metric::LEAST_N;
use super::states::States;
use super::{COMPETITORS, CompetitorRow, Error, Input, frame};

/// One dictionary entry on one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryCall {
    /// Name of the dictionary.
    pub dictionary: String,
    /// Id of the entry.
    pub entry: String,
    /// Gong's id of the call.
    pub call_id: String,
    /// Month in the company's time zone.
    pub month: String,
    /// Mentions by the customer's side.
    pub customer: i64,
    /// Mentions by the company's side.
    pub company: i64,
    /// Mentions by voices whose side is unknown.
    pub unknown: i64,
}

/// One competitor and one deal on whose calls it was mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDeal {
    /// Id of the entry.
    pub entry: String,
    /// CRM system.
    pub system: String,
    /// Id of the deal.
    pub deal_id: String,
}

/// One class of objection on one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionCall {
    /// Id of the entry in the dictionary of objections.
    pub entry: String,
    /// Gong's id of the call.
    pub call_id: String,
    /// Objections raised by the customer.
    pub raised: i64,
    /// Those that the company answered; none where no list of answers covers the call's language.
    pub handled: Option<i64>,
}

const OUTCOME: &str = "outcome";

/// One row per class of objection and call, oldest call first.
pub(super) fn objection_calls(input: &Input, calls: &Calls) -> Result<Vec<ObjectionCall>, Error> {
    let by_call = [col("call_id")];
    let columns = ["call_id", "entry", "raised", "handled"];
    let table = frame::read::<ObjectionsRow>(&input.objections, &columns)?
        .lazy()
        .join(
            calls
                .frame
                .clone()
                .lazy()
                .select([col("call_id"), col("started")]),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Inner),
        )
        .sort(
            ["started", "call_id", "entry"],
            SortMultipleOptions::default(),
        )
        .collect()?;
    let (entries, ids) = (
        frame::words(&table, "entry")?,
        frame::words(&table, "call_id")?,
    );
    let raised = frame::numbers(&table, "raised")?;
    let handled = frame::numbers_or_null(&table, "handled")?;
    let row = |at: usize| ObjectionCall {
        entry: entries[at].clone(),
        call_id: ids[at].clone(),
        raised: raised[at],
        handled: handled[at],
    };
    Ok((0..table.height()).map(row).collect())
}

/// One row per dictionary, entry and call, oldest call first.
pub(super) fn per_call(input: &Input, calls: &Calls) -> Result<DataFrame, Error> {
    let by_side = |side: &str| {
        col("mentions")
            .filter(col("side").eq(lit(side.to_owned())))
            .sum()
            .alias(side.to_owned())
    };
    let by_call = [col("call_id")];
    Ok(frame::read::<MentionsRow>(
        &input.mentions,
        &["call_id", "dictionary", "entry", "side", "mentions"],
    )?
    .lazy()
    .group_by([col("dictionary"), col("entry"), col("call_id")])
    .agg([
        by_side("customer"),
        by_side("company"),
        by_side("unknown"),
        col("mentions").sum(),
    ])
    .join(
        calls.frame.clone().lazy(),
        &by_call,
        &by_call,
        JoinArgs::new(JoinType::Inner),
    )
    .select(
        [
            "dictionary",
            "entry",
            "call_id",
            "month",
            "started",
            "customer",
            "company",
            "unknown",
            "mentions",
        ]
        .map(col),
    )
    .sort(
        ["dictionary", "entry", "started", "call_id"],
        SortMultipleOptions::default(),
    )
    .collect()?)
}

/// One row per competitor, month and deal, with what is known of the deal.
pub(super) fn per_deal(
    per_call: &DataFrame,
    call_deals: &DataFrame,
    states: &States,
) -> Result<DataFrame, Error> {
    let outcomes = states.outcomes()?;
    let (by_call, by_deal) = ([col("call_id")], [col("system"), col("deal_id")]);
    Ok(per_call
        .clone()
        .lazy()
        .filter(col("dictionary").eq(lit(COMPETITORS)))
        .join(
            call_deals.clone().lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Inner),
        )
        .select(["entry", "month", "system", "deal_id"].map(col))
        .unique(None, UniqueKeepStrategy::Any)
        .join(
            outcomes.lazy(),
            &by_deal,
            &by_deal,
            JoinArgs::new(JoinType::Left),
        )
        .sort(
            ["entry", "month", "system", "deal_id"],
            SortMultipleOptions::default(),
        )
        .collect()?)
}

/// Competitors by month, and all months together under the empty month.
pub(super) fn rollup(
    per_call: &DataFrame,
    per_deal: &DataFrame,
) -> Result<Vec<CompetitorRow>, Error> {
    let calls = per_call
        .clone()
        .lazy()
        .filter(col("dictionary").eq(lit(COMPETITORS)));
    let deals = per_deal.clone().lazy();
    let whole = |frame: &LazyFrame| frame.clone().with_column(lit("").alias("month"));
    let calls = concat([calls.clone(), whole(&calls)], UnionArgs::default())?;
    let deals = concat(
        [
            deals.clone(),
            whole(&deals).unique(None, UniqueKeepStrategy::Any),
        ],
        UnionArgs::default(),
    )?;

    let key = [col("entry"), col("month")];
    let had = |side: &str| col(side.to_owned()).gt(lit(0)).cast(DataType::Int64).sum();
    let calls = calls.group_by(key.clone()).agg([
        col("mentions").sum(),
        had("customer").alias("calls_customer"),
        had("company").alias("calls_company"),
        col("customer").sum(),
        col("company").sum(),
        col("unknown").sum(),
        len().cast(DataType::Int64).alias("calls"),
    ]);
    let ended = |outcome: &str| {
        col(OUTCOME)
            .eq(lit(outcome.to_owned()))
            .cast(DataType::Int64)
            .sum()
    };
    let deals = deals.group_by(key.clone()).agg([
        len().cast(DataType::Int64).alias("deals"),
        ended("won").alias("won"),
        ended("lost").alias("lost"),
    ]);
    let table = calls
        .join(deals, &key, &key, JoinArgs::new(JoinType::Left))
        .sort(["entry", "month"], SortMultipleOptions::default())
        .collect()?;
    rows(&table)
}

fn rows(table: &DataFrame) -> Result<Vec<CompetitorRow>, Error> {
    let (entries, months) = (frame::words(table, "entry")?, frame::words(table, "month")?);
    let number = |name: &str| frame::numbers(table, name);
    let (mentions, calls, deals) = (number("mentions")?, number("calls")?, number("deals")?);
    let (customer, company, unknown) =
        (number("customer")?, number("company")?, number("unknown")?);
    let (calls_customer, calls_company) = (number("calls_customer")?, number("calls_company")?);
    let (won, lost) = (number("won")?, number("lost")?);
    let row = |at: usize| CompetitorRow {
        entry: entries[at].clone(),
        month: months[at].clone(),
        mentions: mentions[at],
        mentions_customer: customer[at],
        mentions_company: company[at],
        mentions_unknown: unknown[at],
        calls: calls[at],
        calls_customer: calls_customer[at],
        calls_company: calls_company[at],
        deals: deals[at],
        deals_won: won[at],
        deals_lost: lost[at],
        deals_open: deals[at] - won[at] - lost[at],
        win_rate: rate(won[at], lost[at]),
        win_rate_low: interval(won[at], lost[at]).map(|ends| ends.0),
        win_rate_high: interval(won[at], lost[at]).map(|ends| ends.1),
    };
    Ok((0..table.height()).map(row).collect())
}

/// Won of won and lost deals; none where too few are closed.
fn rate(won: i64, lost: i64) -> Option<f64> {
    (won + lost >= LEAST_N).then(|| won as f64 / (won + lost) as f64)
}

fn interval(won: i64, lost: i64) -> Option<(f64, f64)> {
    rate(won, lost).and_then(|_| wilson(won.unsigned_abs(), (won + lost).unsigned_abs()))
}

/// The per-call frame as rows.
pub(super) fn call_rows(per_call: &DataFrame) -> Result<Vec<EntryCall>, Error> {
    let (dictionaries, entries) = (
        frame::words(per_call, "dictionary")?,
        frame::words(per_call, "entry")?,
    );
    let (calls, months) = (
        frame::words(per_call, "call_id")?,
        frame::words(per_call, "month")?,
    );
    let (customer, company) = (
        frame::numbers(per_call, "customer")?,
        frame::numbers(per_call, "company")?,
    );
    let unknown = frame::numbers(per_call, "unknown")?;
    let row = |at: usize| EntryCall {
        dictionary: dictionaries[at].clone(),
        entry: entries[at].clone(),
        call_id: calls[at].clone(),
        month: months[at].clone(),
        customer: customer[at],
        company: company[at],
        unknown: unknown[at],
    };
    Ok((0..per_call.height()).map(row).collect())
}

/// The per-deal frame as rows, months apart.
pub(super) fn deal_rows(per_deal: &DataFrame) -> Result<Vec<EntryDeal>, Error> {
    let entries = frame::words(per_deal, "entry")?;
    let (systems, deals) = (
        frame::words(per_deal, "system")?,
        frame::words(per_deal, "deal_id")?,
    );
    let row = |at: usize| EntryDeal {
        entry: entries[at].clone(),
        system: systems[at].clone(),
        deal_id: deals[at].clone(),
    };
    let mut rows: Vec<EntryDeal> = (0..per_deal.height()).map(row).collect();
    rows.sort_by(|a, b| (&a.entry, &a.system, &a.deal_id).cmp(&(&b.entry, &b.system, &b.deal_id)));
    rows.dedup();
    Ok(rows)
}
