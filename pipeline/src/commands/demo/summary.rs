//! The demo's few numbers: calls, reps, deals, competitors, objections.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use talktrack_analyzers::Dictionaries;
use talktrack_analyzers::metrics::mentions::MentionEvidenceRow;
use talktrack_analyzers::tables::CoverageRow;

use super::super::Context;
use crate::dictionaries;
use crate::error::Error;
use crate::lake::Lake;
use crate::truth_check::{Observed, rows};

/// How many competitors and objections are named.
const NAMED: usize = 5;

#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) calls_listed: i64,
    pub(super) calls_stored: i64,
    pub(super) calls_private: i64,
    pub(super) transcripts: i64,
    pub(super) reps: usize,
    pub(super) deals: usize,
    pub(super) deals_open: usize,
    pub(super) deals_won: usize,
    pub(super) deals_lost: usize,
    pub(super) competitors: Vec<Named>,
    pub(super) objections: Vec<Named>,
}

/// Something and on how many calls it came up.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) calls: usize,
}

impl Summary {
    pub(super) async fn of(
        lake: &Lake,
        context: &Context,
        observed: &Observed,
    ) -> Result<Self, Error> {
        let coverage: Vec<CoverageRow> = rows(lake).await?;
        let sum = |count: fn(&CoverageRow) -> i64| coverage.iter().map(count).sum();
        let reps: BTreeSet<&str> = observed
            .talk
            .iter()
            .filter(|row| row.side == "company")
            .filter_map(|row| row.user_id.as_deref())
            .collect();
        let outcome = |wanted: &str| {
            observed
                .deals
                .iter()
                .filter(|deal| deal.outcome.as_deref() == Some(wanted))
                .count()
        };
        let dictionaries = dictionaries::load(&context.config.dictionaries)?;
        Ok(Self {
            calls_listed: sum(|day| day.listed),
            calls_stored: sum(|day| day.stored),
            calls_private: sum(|day| day.private),
            transcripts: sum(|day| day.transcripts_present),
            reps: reps.len(),
            deals: observed.deals.len(),
            deals_open: outcome("open"),
            deals_won: outcome("won"),
            deals_lost: outcome("lost"),
            competitors: top(&observed.mentions, "competitors", &dictionaries),
            objections: top(&observed.mentions, "objections", &dictionaries),
        })
    }
}

/// The entries of a dictionary that came up on most calls.
fn top(
    mentions: &[MentionEvidenceRow],
    dictionary: &str,
    dictionaries: &Dictionaries,
) -> Vec<Named> {
    let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in mentions.iter().filter(|row| row.dictionary == dictionary) {
        calls.entry(&row.entry).or_default().insert(&row.call_id);
    }
    let mut named: Vec<Named> = calls
        .into_iter()
        .map(|(entry, calls)| Named {
            name: dictionaries
                .entries(dictionary)
                .find(|(id, _)| *id == entry)
                .map_or(entry, |(_, label)| label)
                .to_owned(),
            calls: calls.len(),
        })
        .collect();
    named.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
    named.truncate(NAMED);
    named
}
