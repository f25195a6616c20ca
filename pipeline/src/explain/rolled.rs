//! Deals and reps: the rollup's rows and the calls that they rest on.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::Analysis;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::UserRow;

use super::Explanation;
use crate::error::Error;
use crate::lake::Lake;
use crate::record::{Record, records};
use crate::report;
use crate::report::material::full_name;
use crate::rollup::{
    self, CallFacts, DealEngagementRow, DealWarningRow, Exclusion, RepMonthRow, Rollups,
};

/// Metrics whose sentences tell of a deal.
const OF_DEALS: [&str; 3] = ["mentions", "objections", "next_steps"];
/// Metrics whose sentences tell of a rep.
const OF_REPS: [&str; 3] = ["questions", "objections", "next_steps"];

/// A deal and its calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DealExplained {
    /// The last day whose calls count.
    pub as_of: Date,
    /// Its row of `rollups/deal_engagement`.
    pub deal: Record,
    /// What the row means: the rollup, its version and its rules.
    pub rule: Rule,
    /// Its rows of `rollups/deal_warning`.
    pub warnings: Vec<Record>,
    /// Its calls, oldest first.
    pub calls: Vec<DealCall>,
    /// The sentences of its newest calls: competitors, objections, red flags and next steps.
    pub sentences: Vec<Explanation>,
}

/// What made a rollup's row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Name and version of the rollups' formulas.
    pub rollup: String,
    /// What the table holds, and its rules.
    pub meaning: String,
    /// The thresholds in force.
    pub parameters: serde_json::Value,
}

/// A call of a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DealCall {
    /// The call.
    #[serde(flatten)]
    pub call: RolledCall,
    /// Speech of the customer's side, in milliseconds.
    pub customer_ms: i64,
}

/// A rep, months and calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepExplained {
    /// The last day whose calls count.
    pub as_of: Date,
    /// Gong's id of the user.
    pub user_id: String,
    /// Name, as far as known.
    pub name: Option<String>,
    /// Rows of `rollups/rep_month`, oldest first.
    pub months: Vec<Record>,
    /// What the rows mean.
    pub rule: Rule,
    /// The rep's calls, oldest first.
    pub calls: Vec<RepCall>,
    /// The sentences of the newest used calls: questions, objections and next steps.
    pub sentences: Vec<Explanation>,
}

/// A call of a rep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepCall {
    /// The call.
    #[serde(flatten)]
    pub call: RolledCall,
    /// Why it is left out; none where it is used.
    pub left_out: Option<&'static str>,
    /// The rep's share of speech, 0 to 1.
    pub talk_share: f64,
    /// Longest monologue, back-channels bridged, in milliseconds.
    pub longest_monologue_bridged_ms: i64,
    /// Questions of the company's side; none where the dictionary does not cover the call's language.
    pub questions: Option<i64>,
}

/// What tells a call from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RolledCall {
    /// Gong's id of the call.
    pub call_id: String,
    /// Its day in the company's time zone.
    pub day: Date,
    /// Its title.
    pub title: Option<String>,
}

/// Explains a deal.
///
/// # Errors
///
/// No such deal had a call, or the lake cannot be read.
pub async fn deal(
    lake: &Lake,
    settings: &report::Settings,
    analysis: &Analysis<'_>,
    as_of: Option<Date>,
    (deal_id, newest): (&str, usize),
) -> Result<DealExplained, Error> {
    let (as_of, rollups) = rolled_up(lake, settings, as_of).await?;
    let rows: Vec<_> = rollups
        .deals
        .iter()
        .filter(|row| row.deal_id == deal_id)
        .cloned()
        .collect();
    let deal = described(&rows).into_iter().next().ok_or_else(|| {
        Error::usage(
            format!("no call up to {as_of} belongs to a deal `{deal_id}`"),
            "give the id as the CRM has it; the table `rollups/deal_engagement` lists all",
        )
    })?;
    let of_deal = rollups
        .deal_calls
        .iter()
        .filter(|call| call.deal_id == deal_id);
    let mut calls: Vec<DealCall> = of_deal
        .filter_map(|call| {
            Some(DealCall {
                call: told(&rollups.calls, &call.call_id)?,
                customer_ms: call.customer_ms,
            })
        })
        .collect();
    calls.sort_by(|a, b| (a.call.day, &a.call.call_id).cmp(&(b.call.day, &b.call.call_id)));
    let warnings: Vec<_> = rollups
        .deal_warnings
        .iter()
        .filter(|row| row.deal_id == deal_id)
        .cloned()
        .collect();
    let ids: Vec<&str> = calls
        .iter()
        .map(|call| call.call.call_id.as_str())
        .collect();
    let sentences = sentences(lake, analysis, &rollups, &ids, newest, &OF_DEALS).await?;
    Ok(DealExplained {
        as_of,
        deal,
        rule: Rule {
            parameters: serde_json::to_value(&settings.rules).unwrap_or_default(),
            meaning: [DealEngagementRow::table().doc, DealWarningRow::table().doc].join("\n\n"),
            ..rule::<DealEngagementRow>()
        },
        warnings: without_key(described(&warnings)),
        calls,
        sentences,
    })
}

/// Explains a rep, who is named by user id, e-mail address or name.
///
/// # Errors
///
/// No such user spoke on a call, or the lake cannot be read.
pub async fn rep(
    lake: &Lake,
    settings: &report::Settings,
    analysis: &Analysis<'_>,
    as_of: Option<Date>,
    (who, newest): (&str, usize),
) -> Result<RepExplained, Error> {
    let (as_of, rollups) = rolled_up(lake, settings, as_of).await?;
    let snapshot = lake.snapshot().await?;
    let users: Vec<UserRow> = lake.read_table(&snapshot).await?;
    let user = users.iter().find(|user| is_meant(user, who));
    let user_id = user.map_or(who, |user| user.user_id.as_str());
    let of_rep = rollups
        .rep_calls
        .iter()
        .filter(|call| call.user_id == user_id);
    let mut calls: Vec<RepCall> = of_rep
        .filter_map(|call| {
            Some(RepCall {
                call: told(&rollups.calls, &call.call_id)?,
                left_out: call.exclusion.map(reason),
                talk_share: call.talk_share,
                longest_monologue_bridged_ms: call.monologue_ms,
                questions: call.questions,
            })
        })
        .collect();
    calls.sort_by(|a, b| (a.call.day, &a.call.call_id).cmp(&(b.call.day, &b.call.call_id)));
    if calls.is_empty() {
        return Err(Error::usage(
            format!("no call up to {as_of} has a rep `{who}`"),
            "give a user's id, e-mail address or full name; the table `users` lists all",
        ));
    }
    let counted: Vec<&str> = calls
        .iter()
        .filter(|call| call.left_out.is_none())
        .map(|call| call.call.call_id.as_str())
        .collect();
    let sentences = sentences(lake, analysis, &rollups, &counted, newest, &OF_REPS).await?;
    let months: Vec<_> = rollups
        .rep_months
        .iter()
        .filter(|row| row.user_id == user_id)
        .cloned()
        .collect();
    Ok(RepExplained {
        as_of,
        user_id: user_id.to_owned(),
        name: user.and_then(full_name),
        months: described(&months),
        rule: rule::<RepMonthRow>(),
        calls,
        sentences,
    })
}

fn rule<R: Row>() -> Rule {
    let table = R::table();
    Rule {
        rollup: format!("{}@{}", table.name, rollup::VERSION),
        meaning: table.doc.to_owned(),
        parameters: serde_json::Value::Null,
    }
}

/// `metrics` of the newest ones of `calls`, which come oldest first.
async fn sentences(
    lake: &Lake,
    analysis: &Analysis<'_>,
    rollups: &Rollups,
    calls: &[&str],
    newest: usize,
    metrics: &[&str],
) -> Result<Vec<Explanation>, Error> {
    let from = calls.len().saturating_sub(newest);
    let days = calls[from..]
        .iter()
        .filter_map(|id| Some((*id, rollups.calls.get(*id)?.utc_day)));
    let days: Vec<(&str, Date)> = days.collect();
    super::of_calls(lake, analysis, &days, metrics).await
}

async fn rolled_up(
    lake: &Lake,
    settings: &report::Settings,
    as_of: Option<Date>,
) -> Result<(Date, Rollups), Error> {
    report::rolled_up(lake, settings, as_of)
        .await?
        .ok_or_else(|| {
            Error::usage(
                "no whole day of calls was read yet",
                "run `talktrack run` first",
            )
        })
}

/// Rows of the one deal, without what says which.
fn without_key(mut rows: Vec<Record>) -> Vec<Record> {
    for row in &mut rows {
        row.retain(|column, _| column != "system" && column != "deal_id");
    }
    rows
}

fn described<R: Row>(rows: &[R]) -> Vec<Record> {
    records(&R::to_batch(rows))
}

fn told(calls: &BTreeMap<String, CallFacts>, call_id: &str) -> Option<RolledCall> {
    let facts = calls.get(call_id)?;
    Some(RolledCall {
        call_id: call_id.to_owned(),
        day: facts.day,
        title: facts.title.clone(),
    })
}

fn is_meant(user: &UserRow, who: &str) -> bool {
    let is = |text: &str| text.eq_ignore_ascii_case(who.trim());
    is(&user.user_id)
        || user.email.as_deref().is_some_and(is)
        || full_name(user).as_deref().is_some_and(is)
}

fn reason(exclusion: Exclusion) -> &'static str {
    match exclusion {
        Exclusion::NoTranscript => "no transcript",
        Exclusion::Short => "shorter than three minutes",
        Exclusion::OneSided => "fewer than two sides can be told apart",
        Exclusion::Silent => "the rep hosted and did not speak",
    }
}
