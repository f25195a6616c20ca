//! Where a sale stands on a call: discovery, demo or negotiation, by the stage that its deal had when the call began.

use std::collections::BTreeMap;

use serde::Serialize;
use talktrack_analyzers::tables::DealHistoryRow;

use super::calls::CallFacts;
use super::states::by_deal;
use super::{AsOf, DealCall};

/// Where a sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallStage {
    /// What the customer needs.
    Discovery,
    /// What there is to buy.
    Demo,
    /// What it costs.
    Negotiation,
}

impl CallStage {
    /// All of them, in the order of a sale.
    pub const ALL: [Self; 3] = [Self::Discovery, Self::Demo, Self::Negotiation];

    /// Its name in tables and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Demo => "demo",
            Self::Negotiation => "negotiation",
        }
    }
}

/// Words of the CRM's names of stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageNames {
    /// Of stages of discovery, in lower case.
    pub discovery: Vec<String>,
    /// Of stages of demonstration, in lower case.
    pub demo: Vec<String>,
    /// Of stages of negotiation, in lower case.
    pub negotiation: Vec<String>,
}

impl Default for StageNames {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            discovery: words(&["discovery", "qualif", "needs"]),
            demo: words(&["demo", "evaluation", "validation", "trial"]),
            negotiation: words(&["proposal", "negotiation", "contract", "commit"]),
        }
    }
}

impl StageNames {
    /// A hash of the words, for the definition of what is computed with them.
    pub fn digest(&self) -> String {
        // Lists of texts always have a JSON form.
        let text = serde_json::to_string(self).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// Where a deal in a stage of this name stands: the first that has a word of it.
    pub fn of(&self, stage: &str) -> Option<CallStage> {
        let stage = stage.to_lowercase();
        CallStage::ALL.into_iter().find(|at| {
            let words = match at {
                CallStage::Discovery => &self.discovery,
                CallStage::Demo => &self.demo,
                CallStage::Negotiation => &self.negotiation,
            };
            words.iter().any(|word| stage.contains(word.as_str()))
        })
    }
}

/// Writes into each row the stage that the deal had when the call began: what the call itself carried of that time, else
/// what had last been seen by then.
pub(super) fn at_calls(
    rows: &mut [DealCall],
    history: &[DealHistoryRow],
    facts: &BTreeMap<String, CallFacts>,
    as_of: &AsOf,
) {
    let states = by_deal(history, as_of);
    for row in rows {
        let key = (row.system.clone(), row.deal_id.clone());
        let (Some(states), Some(call)) = (states.get(&key), facts.get(&row.call_id)) else {
            continue;
        };
        let carried = states
            .iter()
            .find(|state| state.timing == "time_of_call" && state.call_id == row.call_id);
        let began = call.started.as_microsecond();
        let seen = || states.iter().rfind(|state| state.observed_at.0 <= began);
        row.stage = carried.or_else(seen).and_then(|state| state.stage.clone());
    }
}

/// Where the sale stood on each call of a deal; of several deals the first that tells.
pub(super) fn of_calls(rows: &[DealCall], names: &StageNames) -> BTreeMap<String, CallStage> {
    let mut stages = BTreeMap::new();
    for row in rows {
        if let Some(stage) = row.stage.as_deref().and_then(|stage| names.of(stage)) {
            stages.entry(row.call_id.clone()).or_insert(stage);
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::{CallStage, StageNames};

    #[test]
    fn a_stage_is_told_by_the_words_of_its_name() {
        let names = StageNames::default();
        for (stage, at) in [
            ("1 - Discovery", Some(CallStage::Discovery)),
            ("Qualification", Some(CallStage::Discovery)),
            ("Technical Evaluation", Some(CallStage::Demo)),
            ("Negotiation/Review", Some(CallStage::Negotiation)),
            ("Closed Won", None),
            ("", None),
        ] {
            assert_eq!(names.of(stage), at, "{stage}");
        }
    }
}
