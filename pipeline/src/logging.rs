//! Talk on stderr: how much of it, and in which form.
//!
//! Text is for people: a line an event, with the time where nobody watches (cron, a service). JSON is for machines: one
//! object a line with `time`, `level`, `target`, `message` and `fields`. In both, whatever came from outside cannot act
//! on a terminal or begin a line of its own.

use std::fmt::{self, Write as _};
use std::io::{IsTerminal, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock::real_time;
use crate::config::LogFormat;
use crate::error::{Error, escape, escape_line, is_unsafe};

/// The form in force. The settings may change it after logging began.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Sets the form of all further lines.
pub fn set_format(format: LogFormat) {
    IS_JSON.store(format == LogFormat::Json, Ordering::Relaxed);
}

/// The form of lines in force.
pub fn format() -> LogFormat {
    if IS_JSON.load(Ordering::Relaxed) {
        LogFormat::Json
    } else {
        LogFormat::Text
    }
}

/// Starts logging to stderr: warnings by default, more with each `-v`, errors alone with `-q`.
pub fn start(verbose: u8, quiet: bool) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .event_format(Lines {
            is_timed: !std::io::stderr().is_terminal(),
        });
    // A second start, as in tests, keeps the first.
    let _ = tracing_subscriber::registry()
        .with(targets(verbose, quiet))
        .with(lines)
        .try_init();
}

/// Only our own crates speak above warnings: what HTTP libraries log can hold headers.
fn targets(verbose: u8, quiet: bool) -> Targets {
    let ours = match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let others = LevelFilter::WARN.min(ours);
    Targets::new()
        .with_default(others)
        .with_target("talktrack", ours)
        .with_target("talktrack_gong", ours)
        .with_target("talktrack_analyzers", ours)
        .with_target("talktrack_fixtures", ours)
}

/// Says on stderr why a command failed, in the form in force.
pub fn tell_error(error: &Error) {
    if format() == LogFormat::Text {
        return say(&error.report());
    }
    let mut line = Line::error(error.to_string());
    line.fields.push(("causes", error.causes().into()));
    if let Some(hint) = error.hint() {
        line.fields.push(("hint", hint.into()));
    }
    line.fields.push(("exit_code", error.exit_code().into()));
    say(&line.json(real_time()));
}

/// Says on stderr that the program itself is at fault, in the form in force.
pub fn tell_bug(message: &str, hint: &str, exit_code: u8) {
    if format() == LogFormat::Text {
        return say(&format!("error: {}\nhint: {hint}", escape(message)));
    }
    let mut line = Line::error(message.to_owned());
    line.fields.push(("hint", hint.into()));
    line.fields.push(("exit_code", exit_code.into()));
    say(&line.json(real_time()));
}

fn say(text: &str) {
    // Where nobody can hear, there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes events as lines of the form in force.
struct Lines {
    /// Whether text says when: where somebody watches, it is now.
    is_timed: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let line = Line::of(event);
        let now = real_time();
        match format() {
            LogFormat::Json => writeln!(writer, "{}", line.json(now)),
            LogFormat::Text => writeln!(writer, "{}", line.text(self.is_timed.then_some(now))),
        }
    }
}

/// One event, ready to be written.
struct Line {
    level: &'static str,
    target: String,
    message: String,
    /// In the order in which the event names them.
    fields: Vec<(&'static str, Value)>,
}

impl Line {
    fn of(event: &Event<'_>) -> Line {
        let mut line = Line {
            level: event.metadata().level().as_str(),
            target: event.metadata().target().to_owned(),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut line);
        line
    }

    fn error(message: String) -> Line {
        Line {
            level: "ERROR",
            target: "talktrack".to_owned(),
            message,
            fields: Vec::new(),
        }
    }

    fn text(&self, now: Option<Timestamp>) -> String {
        let mut text = now.map_or(String::new(), |now| format!("{} ", to_millis(now)));
        let _ = write!(text, "{:>5} {}", self.level, escape_line(&self.message));
        for (name, value) in &self.fields {
            let shown = match value {
                Value::String(value) => quoted(value),
                other => other.to_string(),
            };
            let _ = write!(text, " {name}={shown}");
        }
        text
    }

    fn json(&self, now: Timestamp) -> String {
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let object = serde_json::json!({
            "time": to_millis(now),
            "level": self.level,
            "target": self.target,
            "message": self.message,
            "fields": fields,
        });
        let mut text = String::new();
        // JSON itself escapes only what is below a space.
        for c in object.to_string().chars() {
            if is_unsafe(c) {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            } else {
                text.push(c);
            }
        }
        text
    }

    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.push((field.name(), value.into()));
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.set(field, text);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.set(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        self.set(field, text);
    }
}

/// A value of a field, in quotes where it could be taken for more than one.
fn quoted(value: &str) -> String {
    let escaped = escape_line(value);
    let is_plain = !escaped.is_empty()
        && !escaped
            .chars()
            .any(|c| c.is_whitespace() || c == '"' || c == '=');
    if is_plain {
        escaped
    } else {
        format!("\"{}\"", escaped.replace('"', "\\\""))
    }
}

/// UTC, to the millisecond, always as long.
fn to_millis(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::{Line, LogFormat, targets};
    use serde_json::{Map, Value};
    use tracing::Level;

    fn line() -> Line {
        Line {
            level: "WARN",
            target: "talktrack::ingest".to_owned(),
            message: "odd\r\u{9b}2J title".to_owned(),
            fields: vec![
                ("ms", 12.into()),
                ("title", "Q3\u{1b}]0;owned\u{7}\nERROR forged".into()),
                ("host", "us-1.api.gong.io".into()),
                ("said", "a=\"b\"".into()),
            ],
        }
    }

    #[test]
    fn text_is_one_line_that_cannot_act_on_a_terminal() {
        let now = "2026-05-25T02:00:00.5Z".parse().expect("a time");
        let text = line().text(Some(now));
        assert_eq!(
            text,
            "2026-05-25T02:00:00.500Z  WARN odd\\u{d}\\u{9b}2J title ms=12 \
             title=\"Q3\\u{1b}]0;owned\\u{7}\\nERROR forged\" host=us-1.api.gong.io said=\"a=\\\"b\\\"\""
        );
        assert!(line().text(None).starts_with(" WARN odd"));
    }

    #[test]
    fn json_is_one_object_a_line_and_reads_back_as_it_was() {
        let now = "2026-05-25T02:00:00Z".parse().expect("a time");
        let text = line().json(now);
        assert!(!text.chars().any(char::is_control), "{text}");
        let read: Map<String, Value> = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["time"], "2026-05-25T02:00:00.000Z");
        assert_eq!(read["level"], "WARN");
        assert_eq!(read["target"], "talktrack::ingest");
        assert_eq!(read["message"], "odd\r\u{9b}2J title");
        assert_eq!(read["fields"]["ms"], 12);
        assert_eq!(
            read["fields"]["title"],
            "Q3\u{1b}]0;owned\u{7}\nERROR forged"
        );
    }

    /// What HTTP libraries say of their work can hold headers.
    #[test]
    fn only_our_crates_speak_above_warnings() {
        let all = targets(9, false);
        for (target, level, speaks) in [
            ("talktrack::ingest", Level::TRACE, true),
            ("talktrack_gong::client", Level::TRACE, true),
            ("hyper_util::client", Level::INFO, false),
            ("hyper_util::client", Level::WARN, true),
            ("reqwest::connect", Level::TRACE, false),
        ] {
            assert_eq!(all.would_enable(target, &level), speaks, "{target} {level}");
        }
        assert!(!targets(0, true).would_enable("talktrack", &Level::WARN));
    }

    #[test]
    fn formats_have_names() {
        assert_eq!("json".parse(), Ok(LogFormat::Json));
        assert!("JSON".parse::<LogFormat>().is_err());
    }
}
