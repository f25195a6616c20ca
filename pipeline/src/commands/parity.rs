//! `talktrack parity`: our numbers against those that Gong delivered.

use std::fmt::Write;

use super::runtime::block_on;
use super::{Context, DONE, print, print_json, steps};
use crate::cli::Span;
use crate::error::{Error, escape_line};
use crate::lake::Lake;
use crate::parity::{self, MIN_CALLS, Parity};

/// Compares and prints.
pub(crate) fn run(context: &Context, span: &Span) -> Result<u8, Error> {
    let now = context.now()?;
    let days = steps::days(context, span, now)?;
    let compared = block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        parity::run(&lake, days).await
    })?;
    if context.global.json {
        print_json(&compared)?;
    } else {
        print(&shown(&compared))?;
    }
    DONE
}

fn shown(compared: &[Parity]) -> String {
    if compared.is_empty() {
        return "no call has both statistics of Gong's and numbers of ours: Gong delivers them for some calls only, and \
                `talktrack analyze` makes ours\n"
            .to_owned();
    }
    let mut text = String::from(
        "Gong's statistic         unit       n  mean theirs  mean ours  mean |diff|  median |diff|  rank corr.  against\n",
    );
    for one in compared {
        let digits = if one.unit == "share" { 3 } else { 1 };
        let number = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let rank = one
            .rank_correlation
            .map_or_else(|| "-".to_owned(), |rho| format!("{rho:.2}"));
        let _ = writeln!(
            text,
            "{:<23}  {:<5}  {:>5}  {:>11}  {:>9}  {:>11}  {:>13}  {rank:>10}  {}",
            one.theirs,
            one.unit,
            one.n,
            number(one.mean_theirs),
            number(one.mean_ours),
            number(one.mean_absolute_error),
            number(one.median_absolute_error),
            one.ours,
        );
    }
    text.push_str("\nfurthest apart\n");
    for one in compared {
        for pair in &one.worst {
            let _ = writeln!(
                text,
                "{:<23}  {}  theirs {:.3}, ours {:.3}",
                one.theirs,
                escape_line(&pair.call_id),
                pair.theirs,
                pair.ours
            );
        }
    }
    let _ = write!(
        text,
        "\nGong's formulas are not published, so a difference is no error of either side. No rank correlation is given below \
         {MIN_CALLS} pairs.\n`talktrack explain CALL METRIC` shows what made ours.\n"
    );
    text
}
