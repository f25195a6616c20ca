//! What can go wrong, in words that say what was asked, how often, and what to do next.

use crate::reserve::BoxError;
use std::fmt;
use std::time::Duration;

/// The request that failed: method, path, attempts and time, never host credentials or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// How often it was sent.
    pub attempts: u32,
    /// How long all attempts took together, waiting included.
    pub elapsed: Duration,
}

impl fmt::Display for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            method,
            path,
            attempts,
            elapsed,
        } = self;
        let plural = if *attempts == 1 { "" } else { "s" };
        write!(
            formatter,
            "`{method} {path}` ({attempts} attempt{plural}, {:.1} s)",
            elapsed.as_secs_f64()
        )
    }
}

/// Any failure of a request as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 401: bad key, bad host, or a missing scope.
    #[error("not authorized by `{host}` for {at}: {message}")]
    Unauthorized {
        /// The scope that is missing, when Gong names it.
        scope: Option<String>,
        /// The host that refused.
        host: String,
        /// What Gong said.
        message: String,
        /// The request.
        at: Box<Sent>,
    },
    /// 403: an address that is not trusted, or a seat that is missing.
    #[error("forbidden by `{host}`: {at}: {message}")]
    Forbidden {
        /// The host that refused.
        host: String,
        /// What Gong said.
        message: String,
        /// The request.
        at: Box<Sent>,
    },
    /// The request budget is spent for longer than the client may wait.
    #[error("request budget spent for another {} s at {at}", .resume_at_or_after.as_secs())]
    Budget {
        /// How long until a request is allowed again.
        resume_at_or_after: Duration,
        /// The request.
        at: Box<Sent>,
    },
    /// The request budget could not be reserved, so nothing was sent.
    #[error("cannot reserve requests before sending them")]
    Reserve {
        /// Why not.
        source: BoxError,
    },
    /// The cursor expired or was not accepted; the same cursor never works again.
    #[error("cursor refused at {at}: {message}")]
    Cursor {
        /// What Gong said.
        message: String,
        /// The request.
        at: Box<Sent>,
    },
    /// A cursor that was followed before came again.
    #[error("the cursor after page {pages} of `{path}` was followed before")]
    RepeatedCursor {
        /// The path.
        path: String,
        /// How many pages were read.
        pages: usize,
    },
    /// 404 for one thing that was asked for by name.
    #[error("not found: {at}: {message}")]
    NotFound {
        /// What Gong said.
        message: String,
        /// The request.
        at: Box<Sent>,
    },
    /// The request was not accepted.
    #[error("status {status} for {at}: {}", .messages.join("; "))]
    BadRequest {
        /// The HTTP status.
        status: u16,
        /// What Gong said.
        messages: Vec<String>,
        /// Gong's id of the request.
        request_id: Option<String>,
        /// The request.
        at: Box<Sent>,
    },
    /// The answer as a whole could not be read.
    #[error("unreadable answer to {at}, at `{path}`: {reason}")]
    Decode {
        /// Where in the body, as a JSON path.
        path: String,
        /// What was found there.
        reason: String,
        /// The request.
        at: Box<Sent>,
    },
    /// No answer.
    #[error("no answer from `{host}` to {at}")]
    Transport {
        /// The host.
        host: String,
        /// What failed, without its URL.
        source: reqwest::Error,
        /// The request.
        at: Box<Sent>,
    },
    /// The server failed.
    #[error("status {status} for {at}: {message}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// What the server said.
        message: String,
        /// The request.
        at: Box<Sent>,
    },
    /// The host points elsewhere; credentials are not carried along.
    #[error("`{host}` redirects {at} to {}, where credentials are not sent", elsewhere(location.as_deref()))]
    Redirect {
        /// The host that was asked.
        host: String,
        /// The scheme and host it names; `None` where it stays with the host.
        location: Option<String>,
        /// The request.
        at: Box<Sent>,
    },
    /// The client cannot be built.
    #[error("cannot set up the client: {reason}")]
    Setup {
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    /// What to do next, if anything can be said.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unauthorized { scope: Some(scope), .. } => {
                format!("give the credentials the scope `{scope}`, or use ones that have it")
            }
            Self::Unauthorized { host, .. } => format!(
                "either the key or its secret is wrong, or `{host}` is not this company's host \
                 (Gong shows it beside the key), or a scope is missing"
            ),
            Self::Forbidden { .. } => {
                "check that this machine's address is among the key's trusted ones; a change takes some minutes".to_owned()
            }
            Self::Budget { resume_at_or_after, .. } => {
                format!("run again in {}; what was read is kept", in_words(*resume_at_or_after))
            }
            Self::Cursor { .. } | Self::RepeatedCursor { .. } => {
                "start this window again without a cursor, or make it shorter".to_owned()
            }
            Self::Redirect { location: Some(location), .. } if location.starts_with("https://") => {
                format!("set the base url to `{location}`, if that is this company's host (Gong shows it beside the key)")
            }
            Self::Redirect { .. } => {
                "check the base url: scheme and host only, as Gong shows them beside the key".to_owned()
            }
            Self::Transport { host, .. } => format!("check the network, any proxy, and that `{host}` is the right host"),
            Self::Decode { .. } | Self::NotFound { .. } | Self::BadRequest { status: 405 | 501, .. } => "check that the base url is a Gong API host; if it is, run again later".to_owned(),
            Self::Server { .. } => "run again later".to_owned(),
            Self::BadRequest { request_id: Some(id), .. } => format!("Gong's support finds this as request `{id}`"),
            Self::BadRequest { .. } | Self::Reserve { .. } | Self::Setup { .. } => return None,
        };
        Some(hint)
    }
}

fn elsewhere(location: Option<&str>) -> String {
    location.map_or_else(
        || "another path".to_owned(),
        |location| format!("`{location}`"),
    )
}

fn in_words(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(60);
    match minutes {
        0..=1 => "a minute".to_owned(),
        2..=119 => format!("{minutes} minutes"),
        _ => format!("{} hours", minutes.div_ceil(60)),
    }
}
