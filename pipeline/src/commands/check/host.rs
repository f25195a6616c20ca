//! Whether the host is Gong's and lets the key in: told apart as far as an answer lets one.

use std::error::Error as StdError;

use talktrack_gong::api::users::ListUsers;
use talktrack_gong::api::workspaces::WorkspaceRecord;
use talktrack_gong::page::Page;
use talktrack_gong::{Client, Error as GongError};

use super::Tried;
use crate::exit;

/// Where a company finds its host: a wrong one and a wrong key look alike.
const WHERE_THE_HOST_IS: &str =
    "Gong shows the host beside the key, under Settings > Ecosystem > API";

/// What the first answer says of host and key.
pub(super) struct Admission {
    pub(super) tried: Vec<Tried>,
    /// Whether asking on makes sense.
    pub(super) is_let_in: bool,
}

impl Admission {
    fn let_in(host: &str, credentials: &str) -> Admission {
        Admission {
            tried: vec![
                Tried::ok(name(host), "answers as Gong does"),
                Tried::ok("credentials", credentials),
            ],
            is_let_in: true,
        }
    }

    fn kept_out(tried: Tried) -> Admission {
        Admission {
            tried: vec![tried],
            is_let_in: false,
        }
    }

    /// The host is Gong's, and it keeps us out.
    fn refused(host: &str, tried: Tried) -> Admission {
        Admission {
            tried: vec![Tried::ok(name(host), "answers as Gong does"), tried],
            is_let_in: false,
        }
    }
}

fn name(host: &str) -> String {
    format!("host {host}")
}

/// Reads the answer to the first request. Only a 401 without a reason takes a second one.
pub(super) async fn admission(
    client: &Client,
    first: &Result<Page<WorkspaceRecord>, GongError>,
) -> Admission {
    let host = client.host();
    let error = match first {
        Ok(page) if page.request_id.is_none() => {
            return Admission::kept_out(not_gong(host, "its answer has no `requestId`"));
        }
        Ok(_) => return Admission::let_in(host, "accepted"),
        Err(error) => error,
    };
    match error {
        GongError::Unauthorized { scope: Some(_), .. } => Admission::let_in(host, "accepted"),
        GongError::Unauthorized { message, .. } | GongError::Forbidden { message, .. }
            if is_a_web_page(message) =>
        {
            Admission::kept_out(not_gong(
                host,
                &format!("it answers with a page: {message}"),
            ))
        }
        GongError::Unauthorized { message, .. } => {
            if client.send(&ListUsers::default()).await.is_ok() {
                return Admission::let_in(host, "accepted, though not for workspaces");
            }
            Admission::refused(host, refused_key(host, message))
        }
        GongError::Forbidden { message, .. } => {
            Admission::refused(host, untrusted_address(message))
        }
        error => Admission::kept_out(no_answer(host, error)),
    }
}

fn refused_key(host: &str, message: &str) -> Tried {
    Tried::fail(
        "credentials",
        exit::CREDENTIALS,
        format!("`{host}` refuses the key and names no scope: {message}"),
        format!(
            "either the key or its secret is wrong (copied in part, expired, or deleted in Gong), or the key belongs to \
             another company's host than `{host}`: {WHERE_THE_HOST_IS}; set it as `gong.base_url`"
        ),
    )
}

fn untrusted_address(message: &str) -> Tried {
    Tried::fail(
        "trusted address",
        exit::CREDENTIALS,
        format!("forbidden: {message}"),
        "the key is only accepted from addresses that Gong lists as trusted for it: add the address from which this \
         machine goes out; a change takes some minutes",
    )
}

/// Why there was no answer, or none of Gong's.
fn no_answer(host: &str, error: &GongError) -> Tried {
    match error {
        GongError::Transport { source, .. } => unreachable_host(host, source),
        GongError::Redirect { location, .. } => points_elsewhere(host, location.as_deref()),
        GongError::Decode { reason, .. } => not_gong(host, reason),
        GongError::NotFound { message, .. } => {
            not_gong(host, &format!("it knows no workspaces: {message}"))
        }
        GongError::BadRequest {
            status, messages, ..
        } => not_gong(host, &format!("status {status}: {}", messages.join("; "))),
        GongError::Server {
            status, message, ..
        } => Tried::fail(
            name(host),
            exit::GONG,
            format!("fails with status {status}: {message}"),
            "Gong, or a proxy before it, fails: try again later; a run keeps trying for longer",
        ),
        error => {
            let (exit_code, hint) = (exit_code(error), error.hint().unwrap_or_default());
            Tried::fail(name(host), exit_code, error.to_string(), hint)
        }
    }
}

fn points_elsewhere(host: &str, location: Option<&str>) -> Tried {
    let (what, hint) = match location {
        Some(location) if location.starts_with("https://") => (
            format!("is not this company's host: it points to `{location}`"),
            format!("set `gong.base_url` to `{location}`; {WHERE_THE_HOST_IS}"),
        ),
        location => (
            format!(
                "does not answer but points to {}",
                location.map_or_else(
                    || "another path".to_owned(),
                    |location| format!("`{location}`")
                )
            ),
            format!("set `gong.base_url` to scheme (https) and host only; {WHERE_THE_HOST_IS}"),
        ),
    };
    Tried::fail(name(host), exit::USAGE, what, hint)
}

fn exit_code(error: &GongError) -> u8 {
    match error {
        GongError::Budget { .. } => exit::BUDGET,
        _ => exit::GONG,
    }
}

fn not_gong(host: &str, reason: &str) -> Tried {
    Tried::fail(
        name(host),
        exit::GONG,
        format!("does not answer as Gong does: {reason}"),
        format!(
            "check that `gong.base_url` is a Gong API host, and that no proxy answers in its place; {WHERE_THE_HOST_IS}"
        ),
    )
}

fn is_a_web_page(message: &str) -> bool {
    message.trim_start().starts_with('<')
}

fn unreachable_host(host: &str, source: &(dyn StdError + 'static)) -> Tried {
    let (message, hint) = match trouble(source) {
        Trouble::Name => (
            "cannot be found: its name has no address",
            "check `gong.base_url` for a misspelt name, and that this machine can resolve names",
        ),
        Trouble::Refused => (
            "refuses the connection: nothing listens there",
            "check host and port in `gong.base_url`, and whether a firewall or proxy is in between",
        ),
        Trouble::Tls => (
            "cannot be reached safely: its certificate or its TLS was not accepted",
            "check that `gong.base_url` names Gong's own host; a proxy that opens TLS needs its certificate trusted on \
             this machine",
        ),
        Trouble::Late => (
            "does not answer in time",
            "check the network and any proxy, then try again",
        ),
        Trouble::Other => (
            "cannot be reached",
            "check the network, any proxy, and `gong.base_url`",
        ),
    };
    let cause = innermost(source);
    Tried::fail(name(host), exit::GONG, format!("{message}: {cause}"), hint)
}

/// What kept a request from its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Name,
    Refused,
    Tls,
    Late,
    Other,
}

/// Sorts a failure by its causes. Libraries give no types for names and TLS, so their words must do.
fn trouble(source: &(dyn StdError + 'static)) -> Trouble {
    let mut found = Trouble::Other;
    for cause in chain(source) {
        let text = cause.to_string().to_lowercase();
        let kind = cause
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["dns error", "failed to lookup address", "name resolution"]) {
            return Trouble::Name;
        }
        if kind == Some(std::io::ErrorKind::ConnectionRefused) {
            return Trouble::Refused;
        }
        if has(&["certificate", "tls", "handshake", "corrupt message"]) {
            return Trouble::Tls;
        }
        if kind == Some(std::io::ErrorKind::TimedOut) || has(&["timed out"]) {
            found = Trouble::Late;
        }
    }
    found
}

fn innermost(source: &(dyn StdError + 'static)) -> String {
    let last = chain(source).last();
    last.map_or(String::new(), ToString::to_string)
}

/// An error and what led to it, nearest first.
fn chain<'a>(
    source: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(source);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Said(&'static str, #[source] io::Error);

    #[test]
    fn what_keeps_from_a_host_is_told_apart() {
        let lost = |text, kind: io::ErrorKind, inner: &'static str| {
            trouble(&Said(text, io::Error::new(kind, inner)))
        };
        let other = io::ErrorKind::Other;
        for (text, kind, inner, expected) in [
            ("dns error", other, "no such host", Trouble::Name),
            (
                "tcp connect error",
                io::ErrorKind::ConnectionRefused,
                "refused",
                Trouble::Refused,
            ),
            (
                "client error",
                io::ErrorKind::InvalidData,
                "invalid peer certificate: UnknownIssuer",
                Trouble::Tls,
            ),
            (
                "client error",
                io::ErrorKind::InvalidData,
                "received corrupt message of type InvalidContentType",
                Trouble::Tls,
            ),
            ("operation timed out", other, "elapsed", Trouble::Late),
            ("connection reset", other, "by peer", Trouble::Other),
        ] {
            assert_eq!(lost(text, kind, inner), expected, "{text}: {inner}");
        }
    }
}
