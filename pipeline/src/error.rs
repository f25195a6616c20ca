//! The one error of the program: it knows its exit code and what to do next.

use std::path::PathBuf;

use talktrack_analyzers::DictionaryError;

use crate::{analyze, config, exit, lake};

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
    /// Calls cannot be measured.
    #[error(transparent)]
    Analyze(#[from] analyze::Error),
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
            | Self::File { .. } => exit::USAGE,
            Self::Gong(error) => gong_exit_code(error),
            Self::Lake(error) | Self::Analyze(analyze::Error::Lake(error)) => lake_exit_code(error),
            Self::Analyze(analyze::Error::Schema { .. }) => exit::LAKE,
            Self::Analyze(analyze::Error::Threads { .. }) => exit::USAGE,
            Self::Analyze(analyze::Error::Ended { .. }) => exit::BUG,
            Self::Interrupted => exit::INTERRUPTED,
            Self::Output(_) | Self::Bug(_) => exit::BUG,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Gong(error) => error.hint(),
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
            Self::Lake(_) | Self::Analyze(_) | Self::Sandbox(_) | Self::Output(_) => None,
        }
    }

    /// The error, its causes and its hint, one a line; what came from outside cannot move the cursor or colour the terminal.
    pub fn report(&self) -> String {
        let mut text = format!("error: {}", escape(&self.to_string()));
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(&format!("\n  caused by: {}", escape(&error.to_string())));
            cause = error.source();
        }
        if let Some(hint) = self.hint() {
            text.push_str(&format!("\nhint: {}", escape(&hint)));
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

fn lake_exit_code(error: &lake::Error) -> u8 {
    match error {
        lake::Error::Address { .. } => exit::USAGE,
        error if error.is_bug() => exit::BUG,
        _ => exit::LAKE,
    }
}

/// Makes control characters visible, so that text from outside cannot act on the terminal.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\n  "),
            c if c.is_control() || is_direction(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Characters that reorder the text around them.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{Error, escape};

    #[test]
    fn text_from_outside_cannot_act_on_the_terminal() {
        assert_eq!(escape("a\u{1b}[31mb\u{7}"), "a\\u{1b}[31mb\\u{7}");
        assert_eq!(escape("two\nlines"), "two\n  lines");
        assert_eq!(escape("\u{202e}abc é ✓"), "\\u{202e}abc é ✓");
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
