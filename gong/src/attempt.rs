//! One attempt of a request: sent in its turn, and its answer read as far as is allowed.

use crate::answer::{Answer, Problem};
use crate::client::Inner;
use crate::endpoint::RequestParts;
use crate::pace::Permit;
use crate::retry::Trouble;
use futures::poll;
use reqwest::header::DATE;
use reqwest::{RequestBuilder, Response};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// The header under which Gong names a request.
const REQUEST_ID: &str = "x-traceid";

/// Longer ids are none.
const MAX_REQUEST_ID_CHARS: usize = 64;

impl Inner {
    /// Sends the request once, with a permit that was waited for.
    pub(crate) async fn attempt(
        &self,
        parts: &RequestParts,
        attempt: u32,
        permit: Permit<'_>,
    ) -> Result<Answer, Problem> {
        let started = self.clock.monotonic();
        let request = self.request(parts);
        self.count();
        let result = match dispatch(request, permit).await {
            Ok(response) => self.receive(response).await,
            Err(error) => Err(self.lost(error)),
        };
        let took = self.clock.monotonic().saturating_sub(started);
        log(parts, attempt, took, &result);
        result
    }

    fn request(&self, parts: &RequestParts) -> RequestBuilder {
        let request = self
            .http
            .request(parts.method.clone(), self.url(&parts.path))
            .query(&parts.query);
        let request = match &parts.body {
            Some(body) => request.json(body),
            None => request,
        };
        self.credentials.authorize(request)
    }

    async fn receive(&self, mut response: Response) -> Result<Answer, Problem> {
        self.reach.answered();
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        self.reach.told_time(headers.get(DATE), self.clock.wall());
        let good = response.status().is_success();
        let limit = if good {
            self.options.max_answer_bytes
        } else {
            self.options.max_error_bytes
        };
        let mut body = Vec::new();
        let read = read(&mut response, limit, &mut body).await;
        // The body of an error answer matters less than its status: what could be read of it will do.
        if good {
            match read {
                Ok(Read::Whole) => {}
                Ok(Read::TooLarge) => return Err(Problem::TooLarge { limit }),
                Err(error) => return Err(self.lost(error)),
            }
        }
        Ok(Answer {
            status,
            headers,
            body: body.into(),
            now: self.clock.wall(),
        })
    }

    fn lost(&self, error: reqwest::Error) -> Problem {
        let patience = self.options.retry.max_unreachable;
        let now = self.clock.monotonic();
        let trouble = self.reach.lost(&error, &self.host, now, patience);
        Problem::Lost {
            trouble,
            source: error.without_url(),
        }
    }
}

/// Sends the request. The turn is over once it was handed to its connection, so that the time to the next one counts
/// from when it really left.
async fn dispatch(request: RequestBuilder, permit: Permit<'_>) -> Result<Response, reqwest::Error> {
    let mut sending = pin!(request.send());
    let first = poll!(sending.as_mut());
    permit.used();
    match first {
        Poll::Ready(result) => result,
        Poll::Pending => sending.await,
    }
}

enum Read {
    Whole,
    TooLarge,
}

/// Reads the body, unpacked where it was packed, and stops as soon as it is too long: it may unpack without end.
async fn read(
    response: &mut Response,
    limit: usize,
    body: &mut Vec<u8>,
) -> Result<Read, reqwest::Error> {
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok(Read::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Read::Whole)
}

/// One line a request, without query, body and headers, which may hold what is not for a log.
fn log(parts: &RequestParts, attempt: u32, took: Duration, result: &Result<Answer, Problem>) {
    let answer = result.as_ref().ok();
    let request_id = answer
        .and_then(|answer| answer.headers.get(REQUEST_ID)?.to_str().ok())
        .filter(|id| id.len() <= MAX_REQUEST_ID_CHARS);
    let lost = result
        .as_ref()
        .err()
        .and_then(|problem| problem.trouble(false));
    tracing::debug!(
        method = %parts.method,
        path = parts.path,
        attempt,
        status = answer.map(|answer| answer.status),
        ms = took.as_millis() as u64,
        bytes = answer.map(|answer| answer.body.len()),
        request_id,
        trouble = lost.map(Trouble::reason),
        "request"
    );
}
