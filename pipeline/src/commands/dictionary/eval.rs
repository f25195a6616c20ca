//! `talktrack dictionary eval`: precision, recall and F1 against labels.

use std::fmt::Write;

use crate::cli::DictionaryEval;
use crate::commands::{Context, DONE, print, print_json};
use crate::dictionaries;
use crate::error::{Error, escape_line};
use crate::evaluate::{self, Evaluation, Options};

/// Scores and prints.
pub(crate) fn run(context: &Context, asked: &DictionaryEval) -> Result<u8, Error> {
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let options = Options {
        find: asked.find.clone(),
        text: asked.text.clone(),
        label: asked.label.clone(),
        side: asked.side.clone(),
        only: asked.only.as_deref().map(only).transpose()?,
        errors: asked.errors,
    };
    let scores = evaluate::file(&dictionaries, &asked.file, &options)?;
    if context.global.json {
        print_json(&scores)?;
    } else {
        print(&shown(&scores))?;
    }
    DONE
}

fn only(text: &str) -> Result<(String, String), Error> {
    let parts = text
        .split_once('=')
        .map(|(column, value)| (column.to_owned(), value.to_owned()));
    parts.ok_or_else(|| {
        Error::usage(
            format!("--only cannot be `{text}`"),
            "it must be `COLUMN=VALUE`, such as `side=External`",
        )
    })
}

fn shown(scores: &Evaluation) -> String {
    let share = if scores.cases == 0 {
        0.0
    } else {
        scores.labelled as f64 * 100.0 / scores.cases as f64
    };
    let mut text = format!(
        "{} texts, {} labelled ({share:.1} %)\n\n",
        scores.cases, scores.labelled
    );
    let width = scores
        .rules
        .iter()
        .map(|rule| rule.rule.len())
        .max()
        .unwrap_or(0);
    let _ = writeln!(
        text,
        "{:width$}  precision (95 %)      recall (95 %)         F1",
        "rule"
    );
    for rule in &scores.rules {
        let _ = writeln!(
            text,
            "{:width$}  {:<20}  {:<20}  {}",
            rule.rule,
            with_interval(rule.precision, rule.precision_interval),
            with_interval(rule.recall, rule.recall_interval),
            number(rule.f1)
        );
    }
    for (what, texts) in [
        ("found and not labelled", &scores.only_found),
        ("labelled and not found", &scores.only_labelled),
    ] {
        if !texts.is_empty() {
            let _ = writeln!(text, "\n{what}, the first {}", texts.len());
        }
        for wrong in texts {
            let _ = writeln!(text, "  {}", escape_line(wrong));
        }
    }
    text
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

fn with_interval(value: Option<f64>, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((low, high)) => format!("{} ({low:.3}-{high:.3})", number(value)),
        None => number(value),
    }
}
