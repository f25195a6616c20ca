//! What the demo says at its end.

use std::fmt::Write;

use super::Outcome;
use super::summary::{Named, Summary};
use crate::truth_check::{Comparison, Exact, Measured};

/// The whole text.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut text =
        String::from("A made-up company, read over Gong's API from a sandbox on this machine:\n\n");
    numbers(&mut text, &outcome.summary);
    let _ = writeln!(
        text,
        "\nAgainst what was planted ({}):\n",
        outcome.truth.display()
    );
    comparison(&mut text, &outcome.comparison);
    let _ = writeln!(
        text,
        "\nLake:   {}\nPages:  {}",
        outcome.lake, outcome.index
    );
    text
}

fn numbers(text: &mut String, summary: &Summary) {
    let lines = [
        (
            "calls",
            format!(
                "{} listed, {} stored, {} private and left out",
                summary.calls_listed, summary.calls_stored, summary.calls_private
            ),
        ),
        ("transcripts", summary.transcripts.to_string()),
        ("reps", summary.reps.to_string()),
        (
            "deals",
            format!(
                "{} ({} open, {} won, {} lost)",
                summary.deals, summary.deals_open, summary.deals_won, summary.deals_lost
            ),
        ),
        ("competitors", named(&summary.competitors)),
        ("objections", named(&summary.objections)),
    ];
    for (name, value) in lines {
        let _ = writeln!(text, "  {name:12} {value}");
    }
}

fn named(top: &[Named]) -> String {
    if top.is_empty() {
        return "none".to_owned();
    }
    let items: Vec<String> = top
        .iter()
        .map(|one| format!("{} ({})", one.name, one.calls))
        .collect();
    format!("{}; by calls", items.join(", "))
}

fn comparison(text: &mut String, comparison: &Comparison) {
    for check in &comparison.exact {
        exact(text, check);
    }
    let _ = writeln!(
        text,
        "\n  {:12} {:>8} {:>8} {:>10} {:>8} {:>14} {:>20}",
        "measured", "planted", "found", "precision", "recall", "hard found", "near-misses counted"
    );
    for kind in &comparison.measured {
        measured(text, kind);
    }
}

fn exact(text: &mut String, check: &Exact) {
    if check.compared == 0 {
        let _ = writeln!(text, "  FAILS  {}: nothing to compare", check.name);
    } else if check.different == 0 {
        let _ = writeln!(text, "  equal  {:>6}  {}", check.compared, check.name);
    } else {
        let _ = writeln!(
            text,
            "  FAILS  {:>6}  {}: {} differ",
            check.compared, check.name, check.different
        );
        for example in &check.examples {
            let _ = writeln!(text, "                 {example}");
        }
    }
}

fn measured(text: &mut String, kind: &Measured) {
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
    let _ = writeln!(
        text,
        "  {:12} {:>8} {:>8} {:>10} {:>8} {:>14} {:>20}",
        kind.name,
        kind.planted,
        kind.found,
        share(kind.precision),
        share(kind.recall),
        format!("{} of {}", kind.hard_found, kind.hard_planted),
        format!("{} of {}", kind.near_misses_hit, kind.near_misses),
    );
}
