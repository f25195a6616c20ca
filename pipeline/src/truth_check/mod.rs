//! What the lake says of the made-up company, against what was planted in it.
//!
//! Times, ids, speech, deals' last calls and competitors said in the dictionary's own words must be equal. What is hard by
//! design (paraphrases, near-misses, negations) is measured: precision and recall.

mod exact;
mod measured;
mod observed;

use std::collections::BTreeSet;

use serde::Serialize;
use talktrack_fixtures::Truth;

pub use observed::Observed;
pub(crate) use observed::rows;

/// Differences that are told of each check; the rest are counted.
const TOLD: usize = 5;

/// The whole comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What must be equal.
    pub exact: Vec<Exact>,
    /// What is measured.
    pub measured: Vec<Measured>,
}

/// One thing that must be equal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exact {
    /// What was compared.
    pub name: &'static str,
    /// Values compared.
    pub compared: usize,
    /// Values that differ.
    pub different: usize,
    /// The first few of them.
    pub examples: Vec<String>,
}

/// How well one kind of planted thing is found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Kind of thing.
    pub name: &'static str,
    /// Planted ones that must count.
    pub planted: usize,
    /// Those of them that were found.
    pub found: usize,
    /// Hits in all, right and wrong.
    pub hits: usize,
    /// Right hits over hits; `None` where there were none.
    pub precision: Option<f64>,
    /// Found over planted; `None` where nothing was planted.
    pub recall: Option<f64>,
    /// Planted ones that are hard and must count.
    pub hard_planted: usize,
    /// Those of them that were found.
    pub hard_found: usize,
    /// Planted near-misses, which must not count.
    pub near_misses: usize,
    /// Those of them that counted all the same.
    pub near_misses_hit: usize,
}

impl Comparison {
    /// Whether everything that must be equal is.
    pub fn is_equal(&self) -> bool {
        self.exact
            .iter()
            .all(|check| check.different == 0 && check.compared > 0)
    }
}

/// Compares a lake with the truth.
pub fn compare(truth: &Truth, observed: &Observed) -> Comparison {
    Comparison {
        exact: exact::checks(truth, observed),
        measured: measured::kinds(truth, observed),
    }
}

impl Exact {
    /// Compares two sets of lines that should be equal; a line is a value with its place.
    fn of_sets(
        name: &'static str,
        planted: &BTreeSet<String>,
        observed: &BTreeSet<String>,
    ) -> Self {
        let missing = planted
            .difference(observed)
            .map(|line| (line, "planted, not found"));
        let extra = observed
            .difference(planted)
            .map(|line| (line, "found, not planted"));
        let mut differences: Vec<(&String, &str)> = missing.chain(extra).collect();
        // What was planted and what was found in the same place stand together.
        differences.sort_unstable();
        Self {
            name,
            compared: planted.len(),
            different: differences.len(),
            examples: differences
                .into_iter()
                .take(TOLD)
                .map(|(line, how)| format!("{how}: {line}"))
                .collect(),
        }
    }
}
