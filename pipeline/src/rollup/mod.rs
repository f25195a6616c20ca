//! What spans calls: metric tables in, rollup tables out. The only place that names polars.
//!
//! Polars reads bytes that the lake's reader fetched, never the storage itself. Sums are sums of integers and every table
//! ends in an explicit sort, so the bytes do not depend on the number of threads. `compute` blocks and wants a plain thread.

mod cadence;
pub mod calendar;
mod calls;
mod competitor;
mod contacts;
mod deals;
mod due;
mod frame;
mod interval;
mod on_calls;
pub mod rep_metric;
mod rep_month;
pub mod rep_slice;
mod rep_topics;
pub mod stage;
mod states;
pub mod tables;
pub mod warnings;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::civil::Date;
use talktrack_analyzers::tables::DealHistoryRow;

pub use calendar::Calendar;
pub use calls::CallFacts;
pub use competitor::{EntryCall, EntryDeal, ObjectionCall};
pub use deals::DealCall;
pub use rep_metric::Measures;
pub use rep_month::{Exclusion, RepCall};
pub use stage::{CallStage, StageNames};
pub use tables::{
    CompetitorRow, DealEngagementRow, DealWarningRow, DealWeekRow, RepIntentRow, RepMethodologyRow,
    RepMetricRow, RepMonthRow, RepSliceRow,
};
pub use warnings::{Rules, Warning};

/// Version of the rollups' formulas, for their definition in the manifest.
pub const VERSION: u32 = 4;

/// A call is used for a rep's numbers from this length on.
pub const MIN_CALL_SECONDS: i64 = 180;

pub use talktrack_analyzers::names::COMPETITORS;

/// Name of the dictionary whose entries are objections.
pub const OBJECTIONS: &str = "objections";

/// A rollup could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A partition does not hold what its table declares.
    #[error("table `{table}` cannot be read; run `talktrack analyze` again")]
    Table {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: polars::prelude::PolarsError,
    },
    /// A rollup's own steps do not fit together: a bug.
    #[error("a rollup failed; this is a bug")]
    Polars(#[from] polars::prelude::PolarsError),
}

/// The Parquet objects that rollups read, one list a table.
#[derive(Debug, Default, Clone)]
pub struct Input {
    /// Partitions of `metrics/attendance`.
    pub attendance: Vec<Bytes>,
    /// Partitions of `calls`.
    pub calls: Vec<Bytes>,
    /// Partitions of `crm_objects`.
    pub crm_objects: Vec<Bytes>,
    /// Rows of `deal_history`.
    pub deal_history: Vec<DealHistoryRow>,
    /// Partitions of `metrics/fluency`.
    pub fluency: Vec<Bytes>,
    /// Partitions of `metrics/interaction`.
    pub interaction: Vec<Bytes>,
    /// Partitions of `metrics/interaction_voice`.
    pub interaction_voice: Vec<Bytes>,
    /// Partitions of `metrics/mentions`.
    pub mentions: Vec<Bytes>,
    /// Partitions of `metrics/methodology`.
    pub methodology: Vec<Bytes>,
    /// Partitions of `metrics/methodology_call`.
    pub methodology_call: Vec<Bytes>,
    /// Partitions of `metrics/next_steps`.
    pub next_steps: Vec<Bytes>,
    /// Partitions of `metrics/objections`.
    pub objections: Vec<Bytes>,
    /// Partitions of `metrics/pricing`.
    pub pricing: Vec<Bytes>,
    /// Partitions of `metrics/question_intents`.
    pub question_intents: Vec<Bytes>,
    /// Partitions of `metrics/questions`.
    pub questions: Vec<Bytes>,
    /// Partitions of `metrics/talk`.
    pub talk: Vec<Bytes>,
    /// Partitions of `metrics/talk_call`.
    pub talk_call: Vec<Bytes>,
}

/// Up to when things count.
#[derive(Debug, Clone)]
pub struct AsOf {
    /// The last day whose calls count.
    pub day: Date,
    /// Whether this is the newest day of the lake. Then everything that is known of a deal counts; on an earlier day only
    /// what had been observed by its end.
    pub newest: bool,
    /// Days, weeks and months.
    pub calendar: Calendar,
    /// Where a sale stands, by the names of stages.
    pub stages: StageNames,
}

/// Every rollup, and the per-call rows that lead from a number to its calls.
#[derive(Debug, Default)]
pub struct Rollups {
    /// Facts of every call up to the as-of day, by id.
    pub calls: BTreeMap<String, CallFacts>,
    /// `rollups/competitor`.
    pub competitors: Vec<CompetitorRow>,
    /// `rollups/deal_engagement`.
    pub deals: Vec<DealEngagementRow>,
    /// `rollups/deal_warning`.
    pub deal_warnings: Vec<DealWarningRow>,
    /// `rollups/deal_week`.
    pub deal_weeks: Vec<DealWeekRow>,
    /// One row per deal and call; not stored.
    pub deal_calls: Vec<DealCall>,
    /// One row per class of objection and call; not stored.
    pub objection_calls: Vec<ObjectionCall>,
    /// `rollups/rep_intent`.
    pub rep_intents: Vec<RepIntentRow>,
    /// `rollups/rep_methodology`.
    pub rep_methodologies: Vec<RepMethodologyRow>,
    /// `rollups/rep_metric`.
    pub rep_metrics: Vec<RepMetricRow>,
    /// `rollups/rep_month`.
    pub rep_months: Vec<RepMonthRow>,
    /// `rollups/rep_slice`.
    pub rep_slices: Vec<RepSliceRow>,
    /// One row per rep and call; not stored.
    pub rep_calls: Vec<RepCall>,
    /// One row per dictionary, entry and call; not stored.
    pub entry_calls: Vec<EntryCall>,
    /// One row per competitor and deal; not stored.
    pub entry_deals: Vec<EntryDeal>,
}

/// All rollups of `input` as of a day. Blocks; call it on a plain thread.
///
/// # Errors
///
/// A partition does not have the columns its table declares.
pub fn compute(input: &Input, as_of: &AsOf, rules: &Rules) -> Result<Rollups, Error> {
    let calls = calls::Calls::read(&input.calls, as_of)?;
    let states = states::states(&input.deal_history, as_of);
    let call_deals = deals::call_deals(input, &calls)?;
    let rep_calls = rep_month::per_call(input, &calls)?;
    let entry_calls = competitor::per_call(input, &calls)?;
    let entry_deals = competitor::per_deal(&entry_calls, &call_deals, &states)?;
    let mut deal_calls = deals::call_rows(input, &calls, &call_deals)?;
    let days: BTreeMap<String, Date> = calls
        .facts
        .iter()
        .map(|(id, facts)| (id.clone(), facts.day))
        .collect();
    let contacts = contacts::contacts(input, &calls, &call_deals, as_of)?;
    let cadences = cadence::cadences(&deal_calls, &days);
    let deals: Vec<DealEngagementRow> =
        deals::engagement(input, &calls, &call_deals, &states, as_of)?
            .into_iter()
            .map(|row| {
                let key = (row.system.clone(), row.deal_id.clone());
                deals::with_rhythm(row, contacts.get(&key), cadences.get(&key), as_of)
            })
            .collect();
    let entry_calls_rows = competitor::call_rows(&entry_calls)?;
    let on_calls = on_calls::of_open_deals(input, &call_deals, &deals, &entry_calls_rows)?;
    for call in &mut deal_calls {
        call.seniors = on_calls.seniors(&call.call_id);
    }
    stage::at_calls(&mut deal_calls, &input.deal_history, &calls.facts, as_of);
    let of_sale = stage::of_calls(&deal_calls, &as_of.stages);
    let used = rep_metric::UsedCalls::read(input, &rep_calls)?;
    let known = warnings::Known {
        days: &days,
        on_calls: &on_calls,
        usual_days: &states::usual_days(&input.deal_history, as_of, rules.min_won_deals),
    };
    let deal_warnings = warnings::warnings(&deals, &deal_calls, &known, rules, as_of.day);
    Ok(Rollups {
        deal_warnings,
        competitors: competitor::rollup(&entry_calls, &entry_deals)?,
        deals,
        deal_weeks: deals::weeks(input, &calls, &call_deals)?,
        deal_calls,
        objection_calls: competitor::objection_calls(input, &calls)?,
        rep_intents: rep_topics::intents(input, &rep_calls)?,
        rep_methodologies: rep_topics::methodologies(input, &rep_calls)?,
        rep_metrics: rep_metric::rollup(&used),
        rep_months: rep_month::rollup(&rep_calls)?,
        rep_slices: rep_slice::rollup(&used, &of_sale, as_of),
        rep_calls: rep_month::rows(&rep_calls, &used, &of_sale)?,
        entry_calls: entry_calls_rows,
        entry_deals: competitor::deal_rows(&entry_deals)?,
        calls: calls.facts,
    })
}
