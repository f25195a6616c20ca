//! What an answer means: its status and its text, before any retrying.

use crate::auth::Credentials;
use crate::endpoint::Endpoint;
use crate::error::{Error, Sent};
use crate::page::DecodeFailure;
use crate::retry::{Trouble, retry_after};
use bytes::Bytes;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;
use std::time::{Duration, SystemTime};
use url::Url;

/// One answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The calendar time it arrived.
    pub(crate) now: SystemTime,
}

/// Why an attempt gave no response.
pub(crate) enum Problem {
    Unauthorized(Complaint),
    Forbidden(Complaint),
    NotFound(Complaint),
    Cursor(Complaint),
    Bad {
        status: u16,
        complaint: Complaint,
    },
    Redirect {
        location: Option<String>,
    },
    Refused {
        retry_after: Option<Duration>,
    },
    Failed {
        status: u16,
        complaint: Complaint,
        retry_after: Option<Duration>,
    },
    Unreadable(DecodeFailure),
    /// It can be read, but something that should be there is not.
    Doubtful(DecodeFailure),
    TooLarge {
        limit: usize,
    },
    Lost {
        source: reqwest::Error,
        trouble: Trouble,
    },
}

impl Answer {
    /// Reads the answer as what `endpoint` asked for.
    pub(crate) fn read<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, Problem> {
        match self.status {
            200..=299 => endpoint.decode(&self.body).map_err(Problem::Unreadable),
            300..=399 => Err(Problem::Redirect {
                location: self.location(),
            }),
            404 => self.read_not_found(endpoint),
            _ => Err(self.problem()),
        }
    }

    fn read_not_found<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, Problem> {
        let complaint = self.complaint();
        if complaint.refuses_cursor() {
            return Err(Problem::Cursor(complaint));
        }
        if complaint.says_nothing_found()
            && let Some(empty) = endpoint.empty_on_404()
        {
            return Ok(empty);
        }
        Err(Problem::NotFound(complaint))
    }

    fn problem(&self) -> Problem {
        let complaint = self.complaint();
        // Whatever the status: it is the words that tell a refused cursor.
        if self.status != 429 && complaint.refuses_cursor() {
            return Problem::Cursor(complaint);
        }
        match self.status {
            401 => Problem::Unauthorized(complaint),
            403 => Problem::Forbidden(complaint),
            429 => Problem::Refused {
                retry_after: self.retry_after(),
            },
            // A server that does not know the method will not learn it: it is not Gong's.
            501 => Problem::Bad {
                status: self.status,
                complaint,
            },
            408 | 500.. => Problem::Failed {
                status: self.status,
                complaint,
                retry_after: self.retry_after(),
            },
            status => Problem::Bad { status, complaint },
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        retry_after(self.headers.get(RETRY_AFTER)?.to_str().ok()?, self.now)
    }

    /// Scheme and host that a redirect names, without path and query, which may carry tokens; `None` where it stays with
    /// the host.
    fn location(&self) -> Option<String> {
        let location = self
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let origin = Url::parse(location?).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }

    fn complaint(&self) -> Complaint {
        Complaint::read(&self.body)
    }
}

impl Problem {
    /// How far trying again can help; `None` when it cannot. A host that is `proven` has given a good answer before.
    pub(crate) fn trouble(&self, proven: bool) -> Option<Trouble> {
        match self {
            Self::Refused { retry_after } => Some(Trouble::Refused(*retry_after)),
            Self::Failed { retry_after, .. } => Some(Trouble::Failed(*retry_after)),
            Self::Unreadable(_) => Some(Trouble::Unreadable { proven }),
            // It would most likely come out the same: not many more tries are worth their requests.
            Self::Doubtful(_) | Self::TooLarge { .. } => {
                Some(Trouble::Unreadable { proven: false })
            }
            Self::Lost { source, .. } if source.is_builder() => None,
            Self::Lost { trouble, .. } => Some(*trouble),
            _ => None,
        }
    }

    pub(crate) fn into_error(
        self,
        host: &str,
        credentials: &Credentials,
        at: Box<Sent>,
        pause: Duration,
    ) -> Error {
        let host = host.to_owned();
        let text = |complaint: &Complaint| credentials.scrub(&complaint.text());
        match self {
            Self::Unauthorized(complaint) => Error::Unauthorized {
                scope: complaint.scope().map(|scope| credentials.scrub(&scope)),
                host,
                message: text(&complaint),
                at,
            },
            Self::Forbidden(complaint) => Error::Forbidden {
                host,
                message: text(&complaint),
                at,
            },
            Self::NotFound(complaint) => Error::NotFound {
                message: text(&complaint),
                at,
            },
            Self::Cursor(complaint) => Error::Cursor {
                message: text(&complaint),
                at,
            },
            Self::Bad { status, complaint } => Error::BadRequest {
                status,
                messages: complaint
                    .messages
                    .iter()
                    .map(|message| credentials.scrub(message))
                    .collect(),
                request_id: complaint.request_id.map(|id| credentials.scrub(&id)),
                at,
            },
            Self::Redirect { location } => Error::Redirect {
                host,
                location: location.map(|location| credentials.scrub(&location)),
                at,
            },
            Self::Refused { retry_after } => Error::Budget {
                resume_at_or_after: retry_after.unwrap_or(pause),
                at,
            },
            Self::Failed {
                status, complaint, ..
            } => Error::Server {
                status,
                message: text(&complaint),
                at,
            },
            Self::Unreadable(failure) | Self::Doubtful(failure) => Error::Decode {
                path: credentials.scrub(&failure.path),
                reason: credentials.scrub(&failure.reason),
                at,
            },
            Self::TooLarge { limit } => Error::Decode {
                path: ".".to_owned(),
                reason: format!("answer larger than {}", in_words(limit)),
                at,
            },
            Self::Lost { source, .. } => Error::Transport { host, source, at },
        }
    }
}

fn in_words(bytes: usize) -> String {
    const MEBIBYTE: usize = 1 << 20;
    if bytes >= MEBIBYTE && bytes.is_multiple_of(MEBIBYTE) {
        format!("{} MiB", bytes / MEBIBYTE)
    } else {
        format!("{bytes} bytes")
    }
}

/// What an error answer says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    messages: Vec<String>,
    request_id: Option<String>,
}

/// How much is shown of an error answer that is not Gong's JSON.
const SHOWN_CHARS: usize = 200;

impl Complaint {
    fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
            return Self {
                messages: snippet(body),
                request_id: None,
            };
        };
        let errors = match body.get("errors") {
            Some(Value::Array(errors)) => errors.iter().map(message_of).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(error) => vec![message_of(error)],
        };
        let request_id = body
            .get("requestId")
            .and_then(Value::as_str)
            .map(str::to_owned);
        Self {
            messages: errors,
            request_id,
        }
    }

    fn text(&self) -> String {
        if self.messages.is_empty() {
            "no reason given".to_owned()
        } else {
            self.messages.join("; ")
        }
    }

    fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        self.messages
            .iter()
            .any(|message| test(&message.to_lowercase()))
    }

    /// "No calls found corresponding to the provided filters" and its kin mean an empty answer.
    fn says_nothing_found(&self) -> bool {
        self.any(|message| {
            message.contains("found corresponding to the provided filters")
                || (message.starts_with("no ") && message.contains(" found"))
        })
    }

    fn refuses_cursor(&self) -> bool {
        self.any(|message| {
            message.contains("failed to verify cursor") || message.contains("cursor has expired")
        })
    }

    /// The scope in "You don't have permission to use '<scope>' in your app."
    fn scope(&self) -> Option<String> {
        self.messages.iter().find_map(|message| {
            let (_, rest) = message.split_once("permission to use '")?;
            let (scope, _) = rest.split_once('\'')?;
            (!scope.is_empty()).then(|| scope.to_owned())
        })
    }
}

fn message_of(error: &Value) -> String {
    match error {
        Value::String(message) => message.clone(),
        Value::Object(fields) => match fields.get("message") {
            Some(Value::String(message)) => message.clone(),
            _ => error.to_string(),
        },
        error => error.to_string(),
    }
}

fn snippet(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    vec![words.join(" ").chars().take(SHOWN_CHARS).collect()]
}

#[cfg(test)]
mod tests {
    use super::Complaint;

    #[test]
    fn error_bodies_are_read_in_every_shape() {
        let cases: [(&str, &str); 7] = [
            (r#"{"requestId":"a","errors":["one","two"]}"#, "one; two"),
            (r#"{"errors":[{"message":"inner"}]}"#, "inner"),
            (r#"{"errors":"bare"}"#, "bare"),
            (r#"{"errors":null}"#, "no reason given"),
            ("", "no reason given"),
            (
                "<html>\n   Bad\u{7} Gateway</html>\n",
                "<html> Bad Gateway</html>",
            ),
            ("[1]", "[1]"),
        ];
        for (body, expected) in cases {
            assert_eq!(
                Complaint::read(body.as_bytes()).text(),
                expected,
                "body {body}"
            );
        }
    }

    #[test]
    fn only_gongs_own_words_mean_empty() {
        let says = |message: &str| {
            Complaint {
                messages: vec![message.to_owned()],
                request_id: None,
            }
            .says_nothing_found()
        };
        assert!(says("No calls found corresponding to the provided filters"));
        assert!(says("No folders found"));
        assert!(!says("Call ID 894411314421502864 was not found"));
        assert!(!says("Not Found"));
    }
}
