//! `talktrack compare-definitions`: what one name means to whom, and what that does to a rep's rank.

use std::fmt::Write;

use super::runtime::block_on;
use super::{Context, DONE, print, print_json, steps};
use crate::cli::CompareDefinitions;
use crate::definitions::{self, Comparison, MIN_CALLS, RepValues};
use crate::dictionaries;
use crate::error::{Error, escape_line};
use crate::lake::Lake;
use crate::report;

/// Compares and prints.
pub(crate) fn run(context: &Context, options: &CompareDefinitions) -> Result<u8, Error> {
    let as_of = steps::as_of(options.as_of.as_deref())?;
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let settings = report::Settings::new(&context.config, &dictionaries);
    let compared = block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        definitions::talk_ratio(&lake, &settings, as_of).await
    })?;
    if context.global.json {
        print_json(&compared)?;
    } else {
        print(&shown(&compared))?;
    }
    DONE
}

fn shown(compared: &Comparison) -> String {
    let mut text = format!(
        "talk ratio as of {}, one name and {} definitions\n\n",
        compared.as_of,
        compared.variants.len()
    );
    for (position, variant) in compared.variants.iter().enumerate() {
        let letter = letter(position);
        let correlation = compared.rank_correlation.get(position).copied().flatten();
        let _ = writeln!(text, "{letter}  {:<18} {}", variant.name, variant.formula);
        let _ = writeln!(
            text,
            "   {:<18} {}; order of reps against A: {}",
            "",
            variant.used_by,
            correlation.map_or_else(|| "-".to_owned(), |rho| format!("{rho:.2}"))
        );
    }
    let letters: Vec<String> = (0..compared.variants.len())
        .map(|position| format!("{:>12}", letter(position)))
        .collect();
    let _ = writeln!(
        text,
        "\n{:<24} calls{}  ranks apart",
        "value (rank)",
        letters.concat()
    );
    for rep in &compared.reps {
        text.push_str(&of_rep(rep));
    }
    let _ = writeln!(
        text,
        "\n{} reps with fewer than {MIN_CALLS} used calls are not ranked. Rank 1 talks most.",
        compared.reps_left_out
    );
    text
}

fn of_rep(rep: &RepValues) -> String {
    let name = rep.name.as_deref().unwrap_or(&rep.user_id);
    let shown = |(value, rank): (&Option<f64>, &Option<f64>)| match (value, rank) {
        (Some(value), Some(rank)) => format!("{:>12}", format!("{value:.3} ({rank})")),
        _ => format!("{:>12}", "-"),
    };
    let cells: Vec<String> = rep.values.iter().zip(&rep.ranks).map(shown).collect();
    format!(
        "{:<24} {:>5}{}  {:>11}\n",
        escape_line(name),
        rep.calls,
        cells.concat(),
        rep.rank_spread
    )
}

fn letter(position: usize) -> char {
    char::from(b'A' + u8::try_from(position).unwrap_or(25).min(25))
}
