//! `talktrack explain`: what made a number.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use talktrack_analyzers::Analysis;

use super::runtime::block_on;
use super::{Context, DONE, print, print_json, steps};
use crate::cli::Explain;
use crate::dictionaries;
use crate::error::{Error, escape_line};
use crate::explain::{
    self, DealExplained, Evidence, Explanation, Metric, RepExplained, Rule, Table,
};
use crate::lake::Lake;
use crate::record::Record;
use crate::report::{self, number};

/// Sentences that are shown of a metric unless more is asked for.
const SENTENCES: usize = 20;

/// Newest calls of a deal or rep whose sentences are shown unless more is asked for.
const CALLS: usize = 3;

/// Explains a call, a deal or a rep.
pub(crate) fn run(context: &Context, options: &Explain) -> Result<u8, Error> {
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let settings = report::Settings::new(&context.config, &dictionaries);
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &context.config.analyze.parameters,
    };
    let as_of = steps::as_of(options.as_of.as_deref())?;
    let is_verbose = context.global.verbose > 0;
    let newest = if is_verbose { usize::MAX } else { CALLS };
    let limit = if is_verbose { usize::MAX } else { SENTENCES };
    block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        if let Some(deal) = &options.deal {
            let explained =
                explain::deal(&lake, &settings, &analysis, as_of, (deal, newest)).await?;
            return tell(context, &explained, |explained| of_deal(explained, limit));
        }
        if let Some(rep) = &options.rep {
            let explained = explain::rep(&lake, &settings, &analysis, as_of, (rep, newest)).await?;
            return tell(context, &explained, |explained| of_rep(explained, limit));
        }
        let Some(call) = &options.call else {
            return Err(Error::usage(
                "nothing to explain is named",
                "give a call's id, or --deal, or --rep",
            ));
        };
        let metric = options.metric.as_deref();
        let explained = explain::call(&lake, &analysis, call, metric).await?;
        tell(context, &explained, |explained| {
            of_call(explained, metric.is_some(), limit)
        })
    })?;
    DONE
}

fn tell<T: Serialize>(
    context: &Context,
    explained: &T,
    text: impl Fn(&T) -> String,
) -> Result<(), Error> {
    if context.global.json {
        return print_json(explained);
    }
    print(&text(explained))
}

/// The rule of a metric is told where that metric alone was asked for.
fn of_call(explained: &Explanation, with_rule: bool, limit: usize) -> String {
    let call = &explained.call;
    let mut text = format!("call {}, {}", escape_line(&call.call_id), call.started);
    if let Some(seconds) = call.duration_s {
        let _ = write!(text, ", {}", number::clock(seconds.saturating_mul(1000)));
    }
    text.push('\n');
    for line in call.title.iter().chain(&call.url) {
        let _ = writeln!(text, "  {}", escape_line(line));
    }
    for metric in &explained.metrics {
        text.push('\n');
        text.push_str(&of_metric(metric, with_rule, limit));
    }
    text
}

fn of_metric(metric: &Metric, with_rule: bool, limit: usize) -> String {
    let mut text = String::new();
    for table in &metric.tables {
        text.push_str(&of_table(&metric.metric, table));
        text.push('\n');
    }
    let count = metric.evidence.len();
    let what = if metric.is_all_speech {
        "every sentence counts"
    } else {
        "sentences that count"
    };
    let _ = writeln!(text, "{what}: {count}");
    for found in metric.evidence.iter().take(limit) {
        let _ = writeln!(text, "  {}", of_sentence(found));
    }
    if count > limit {
        let _ = writeln!(text, "  … and {} more: -v shows them", count - limit);
    }
    if with_rule {
        let _ = write!(text, "\nrule\n{}", indented(metric.rule));
    }
    text
}

fn of_table(metric: &str, table: &Table) -> String {
    let mut text = format!("{} by {metric}", table.table);
    match &table.definition {
        Some(definition) => {
            let _ = write!(
                text,
                ", definition {}",
                definition.get(..12).unwrap_or(definition)
            );
        }
        None => text.push_str(", not computed yet: run `talktrack analyze`"),
    }
    if table.definition.is_some() && table.is_stale {
        text.push_str(" (made with other settings than those in force: run `talktrack analyze`)");
    }
    text.push('\n');
    let parameters = table
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} = {value}"));
    let dictionaries = table
        .dictionaries
        .iter()
        .map(|(name, digest)| format!("{name} {}", digest.get(..12).unwrap_or(digest)));
    let depends: Vec<String> = parameters.chain(dictionaries).collect();
    if !depends.is_empty() {
        let _ = writeln!(text, "  depends on {}", depends.join(", "));
    }
    if table.rows.is_empty() && table.definition.is_some() {
        text.push_str("  no row: nothing was found\n");
    }
    for row in &table.rows {
        let _ = writeln!(text, "  {}", of_row(row, table.key));
    }
    text
}

/// What tells the row from others comes first.
fn of_row(row: &Record, key: &[&str]) -> String {
    let (first, rest): (Vec<_>, Vec<_>) = row
        .iter()
        .partition(|(column, _)| key.contains(&column.as_str()));
    let all = first.into_iter().chain(rest);
    let values = all.map(|(column, value)| format!("{column}={}", of_value(value)));
    values.collect::<Vec<_>>().join("  ")
}

fn of_value(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => escape_line(text),
        Value::Number(number) if number.is_f64() => {
            format!("{:.4}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

fn of_sentence(found: &Evidence) -> String {
    let side = found.side.as_deref().unwrap_or("-");
    let speaker = found.speaker.as_deref().unwrap_or("-");
    let mut text = format!(
        "{:>8}  {side:<8}  {}: {}",
        number::clock(found.start_ms),
        escape_line(speaker),
        marked(found)
    );
    let said = found.said.iter().filter(|(_, value)| !value.is_null());
    let said: Vec<String> = said
        .map(|(column, value)| format!("{column}={}", of_value(value)))
        .collect();
    if !said.is_empty() {
        let _ = write!(text, "  ({})", said.join(", "));
    }
    text
}

/// The sentence with square brackets around what counts.
fn marked(found: &Evidence) -> String {
    let text = found.text.as_str();
    let parts = found
        .bytes
        .filter(|bytes| *bytes != (0, text.len()))
        .and_then(|(start, end)| {
            Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
        });
    match parts {
        Some((before, inside, after)) => escape_line(&format!("{before}[{inside}]{after}")),
        None => escape_line(text),
    }
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "  {line}");
        all
    })
}

fn of_deal(explained: &DealExplained, limit: usize) -> String {
    let mut text = format!("rollups/deal_engagement as of {}\n", explained.as_of);
    for (column, value) in &explained.deal {
        let _ = writeln!(text, "  {column:24}  {}", of_value(value));
    }
    let _ = writeln!(text, "\nwarnings: {}", explained.warnings.len());
    for warning in &explained.warnings {
        let _ = writeln!(text, "  {}", of_row(warning, &["warning"]));
    }
    let _ = writeln!(text, "\ncalls: {}", explained.calls.len());
    for call in &explained.calls {
        let _ = writeln!(
            text,
            "  {}  {}  customer spoke {}  {}",
            call.call.day,
            escape_line(&call.call.call_id),
            number::clock(call.customer_ms),
            escape_line(call.call.title.as_deref().unwrap_or_default())
        );
    }
    text.push_str(&of_sentences(&explained.sentences, limit));
    text.push_str(&of_rule(&explained.rule));
    text
}

/// The sentences of the newest calls.
fn of_sentences(calls: &[Explanation], limit: usize) -> String {
    let mut text = String::new();
    for call in calls {
        text.push('\n');
        text.push_str(&of_call(call, false, limit));
    }
    text.push_str(
        "\n-v shows every call; `talktrack explain CALL` shows all that was measured of one\n",
    );
    text
}

fn of_rule(rule: &Rule) -> String {
    let mut text = format!(
        "\nrule of {}\n{}",
        escape_line(&rule.rollup),
        indented(&rule.meaning)
    );
    if let Some(parameters) = rule.parameters.as_object() {
        let named = parameters
            .iter()
            .map(|(name, value)| format!("{name} = {}", of_value(value)));
        let _ = writeln!(
            text,
            "  depends on {}",
            named.collect::<Vec<_>>().join(", ")
        );
    }
    text
}

fn of_rep(explained: &RepExplained, limit: usize) -> String {
    let name = explained.name.as_deref().unwrap_or_default();
    let mut text = format!(
        "rep {} {}\nrollups/rep_month as of {}\n",
        escape_line(&explained.user_id),
        escape_line(name),
        explained.as_of
    );
    for month in &explained.months {
        let _ = writeln!(text, "  {}", of_row(month, &["month"]));
    }
    let used = explained
        .calls
        .iter()
        .filter(|call| call.left_out.is_none())
        .count();
    let _ = writeln!(
        text,
        "\ncalls: {used} used, {} left out",
        explained.calls.len() - used
    );
    for call in &explained.calls {
        let numbers = match call.left_out {
            Some(reason) => format!("left out: {reason}"),
            None => format!(
                "talk_share={:.4}  longest_monologue_bridged_ms={}  questions={}",
                call.talk_share,
                call.longest_monologue_bridged_ms,
                call.questions
                    .map_or_else(|| "-".to_owned(), |count| count.to_string())
            ),
        };
        let _ = writeln!(
            text,
            "  {}  {}  {numbers}  {}",
            call.call.day,
            escape_line(&call.call.call_id),
            escape_line(call.call.title.as_deref().unwrap_or_default())
        );
    }
    text.push_str(&of_sentences(&explained.sentences, limit));
    text.push_str(&of_rule(&explained.rule));
    text
}
