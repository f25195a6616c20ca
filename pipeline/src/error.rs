//! The one error of the program: it knows its exit code and what to do next.

use std::fmt::Write;
use std::path::PathBuf;

use talktrack_analyzers::DictionaryError;

use crate::{analyze, config, exit, ingest, lake, report, rollup};

/// Causes that are told of one error.
const MOST_CAUSES: usize = 8;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings are wrong, or credentials are missing.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The command line asks for something that cannot be done.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do instead.
        hint: String,
    },
    /// A dictionary is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Dictionary(Vec<DictionaryError>),
    /// Gong did not answer as needed.
    #[error(transparent)]
    Gong(#[from] talktrack_gong::Error),
    /// The lake cannot be read or written.
    #[error(transparent)]
    Lake(#[from] lake::Error),
    /// Ingest stopped; what was committed before stays.
    #[error(transparent)]
    Ingest(#[from] ingest::Error),
    /// Calls cannot be measured.
    #[error(transparent)]
    Analyze(#[from] analyze::Error),
    /// Pages cannot be made.
    #[error(transparent)]
    Report(#[from] report::Error),
    /// The sandbox cannot start.
    #[error(transparent)]
    Sandbox(#[from] talktrack_fixtures::Error),
    /// A file of the user cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Output cannot be written.
    #[error("cannot write output")]
    Output(#[source] std::io::Error),
    /// Ctrl-C or a polite kill.
    #[error("interrupted; progress is kept")]
    Interrupted,
    /// Something that cannot be, was.
    #[error("{0}")]
    Bug(String),
}

impl Error {
    /// A command line that asks for something that cannot be done.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// The exit code that tells a script what happened.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(
                config::Error::NoCredentials(_)
                | config::Error::OpenCredentials { .. }
                | config::Error::BadCredentials { .. },
            ) => exit::CREDENTIALS,
            Self::Config(_)
            | Self::Usage { .. }
            | Self::Dictionary(_)
            | Self::Sandbox(_)
            | Self::Analyze(analyze::Error::Threads { .. })
            | Self::File { .. } => exit::USAGE,
            Self::Gong(error) => gong_exit_code(error),
            Self::Ingest(error) => ingest_exit_code(error),
            Self::Lake(error) | Self::Analyze(analyze::Error::Lake(error)) => lake_exit_code(error),
            Self::Analyze(analyze::Error::Schema { .. }) => exit::LAKE,
            Self::Report(error) => report_exit_code(error),
            Self::Interrupted => exit::INTERRUPTED,
            Self::Analyze(analyze::Error::Ended { .. }) | Self::Output(_) | Self::Bug(_) => {
                exit::BUG
            }
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Gong(error) => error.hint(),
            Self::Ingest(error) => error.hint(),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::File { .. } => {
                Some("check the path, its permissions and the space left".to_owned())
            }
            Self::Interrupted => Some("run the same command again to go on".to_owned()),
            Self::Bug(_) => {
                Some("this is a bug in talktrack; please report it with this message".to_owned())
            }
            Self::Dictionary(_) => {
                Some("correct the file, then try it with `talktrack dictionary check`".to_owned())
            }
            // Their messages say what to do.
            Self::Lake(_)
            | Self::Analyze(_)
            | Self::Report(_)
            | Self::Sandbox(_)
            | Self::Output(_) => None,
        }
    }

    /// What led to the error, nearest first; what a cause only repeats is left out.
    pub fn causes(&self) -> Vec<String> {
        let mut said = self.to_string();
        let causes = std::iter::successors(std::error::Error::source(self), |error| error.source());
        let mut told = Vec::new();
        for cause in causes.take(MOST_CAUSES) {
            let cause = cause.to_string();
            // Some libraries repeat a cause with every step that passed it on.
            if said.contains(first_line(&cause)) {
                continue;
            }
            told.push(cause.clone());
            said = cause;
        }
        told
    }

    /// The error, its causes and its hint, one a line; what came from outside cannot move the cursor or colour the terminal.
    pub fn report(&self) -> String {
        let mut text = format!("error: {}", escape(&self.to_string()));
        for cause in self.causes() {
            let _ = write!(text, "\n  caused by: {}", escape(&cause));
        }
        if let Some(hint) = self.hint() {
            let _ = write!(text, "\nhint: {}", escape(&hint));
        }
        text
    }

    /// Whether this is a closed pipe on our output, which is how `talktrack … | head` ends and no error.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

fn gong_exit_code(error: &talktrack_gong::Error) -> u8 {
    use talktrack_gong::Error as Gong;
    match error {
        Gong::Unauthorized { .. } | Gong::Forbidden { .. } => exit::CREDENTIALS,
        Gong::Budget { .. } => exit::BUDGET,
        // Both say that the base URL in the settings is not the one to use.
        Gong::Redirect { .. } | Gong::Setup { .. } => exit::USAGE,
        _ => exit::GONG,
    }
}

fn report_exit_code(error: &report::Error) -> u8 {
    match error {
        report::Error::Lake(error) => lake_exit_code(error),
        report::Error::Rollup(rollup::Error::Table { .. }) => exit::LAKE,
        report::Error::Folder { .. }
        | report::Error::Foreign { .. }
        | report::Error::UnknownReader { .. } => exit::USAGE,
        _ => exit::BUG,
    }
}

fn ingest_exit_code(error: &ingest::Error) -> u8 {
    match error {
        ingest::Error::Gong(error) => gong_exit_code(error),
        ingest::Error::Lake(error) => lake_exit_code(error),
        ingest::Error::UnknownWorkspace { .. } => exit::USAGE,
        // The temporary folder is full or cannot be written, as a lake would be.
        ingest::Error::Spool(_) => exit::LAKE,
    }
}

fn lake_exit_code(error: &lake::Error) -> u8 {
    match error {
        lake::Error::Address { .. } => exit::USAGE,
        error if error.is_bug() => exit::BUG,
        _ => exit::LAKE,
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Makes control characters visible, so that text from outside cannot act on the terminal.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\n  "),
            c if is_unsafe(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same on one line: for logs and tables, where a line break would begin a line that nobody wrote.
pub fn escape_line(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            c if is_unsafe(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Characters that act on a terminal or on the text around them instead of standing for themselves.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control() || is_direction(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that reorder the text around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{Error, escape, escape_line};

    #[test]
    fn text_from_outside_cannot_act_on_the_terminal() {
        assert_eq!(escape("a\u{1b}[31mb\u{7}"), "a\\u{1b}[31mb\\u{7}");
        assert_eq!(escape("two\nlines"), "two\n  lines");
        assert_eq!(escape("\u{202e}abc é ✓"), "\\u{202e}abc é ✓");
        assert_eq!(
            escape_line("a\nb\r\u{9b}2J\u{2028}c"),
            "a\\nb\\u{d}\\u{9b}2J\\u{2028}c"
        );
    }

    #[test]
    fn a_report_has_causes_and_a_hint() {
        let error = Error::File {
            action: "read",
            path: "x".into(),
            source: std::io::Error::other("it is gone"),
        };
        assert_eq!(
            error.report(),
            "error: cannot read `x`\n  caused by: it is gone\nhint: check the path, its permissions and the space left"
        );
        assert_eq!(error.exit_code(), 2);
    }
}
