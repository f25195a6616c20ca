//! What fuzzing reaches that nobody else needs.

use crate::answer::Answer;
use crate::auth::Credentials;
use crate::endpoint::Endpoint;
use crate::error::{Error, Sent};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// What an answer with this status, `Retry-After` and body means, as the client would tell it.
///
/// # Errors
///
/// The error that the client would give once trying again no longer helps.
pub fn read_answer<E: Endpoint>(
    endpoint: &E,
    status: u16,
    retry_after: &[u8],
    body: &[u8],
    credentials: &Credentials,
) -> Result<E::Response, Error> {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(retry_after) {
        headers.insert(RETRY_AFTER, value);
    }
    let answer = Answer {
        status,
        headers,
        body: Bytes::copy_from_slice(body),
        now: SystemTime::UNIX_EPOCH,
    };
    answer.read(endpoint).map_err(|problem| {
        let at = Sent {
            method: "GET".to_owned(),
            path: "/v2/calls".to_owned(),
            attempts: 1,
            elapsed: Duration::ZERO,
        };
        problem.into_error("host", credentials, at.into(), Duration::ZERO)
    })
}
