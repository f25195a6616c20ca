//! An endpoint is a value: it says what to ask and how the answer reads. Nothing here sends anything.

use crate::page::{DecodeFailure, Page};
use reqwest::Method;
use serde_json::Value;

/// Everything of a request but host and credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestParts {
    /// The HTTP method.
    pub method: Method,
    /// The path, starting with `/v2/`, with its segments percent-encoded.
    pub path: String,
    /// Query parameters, in order, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body, for a POST.
    pub body: Option<Value>,
}

impl RequestParts {
    /// A GET of `path`.
    pub fn get(path: impl Into<String>, query: Vec<(&'static str, String)>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query,
            body: None,
        }
    }

    /// A POST of `body` to `path`.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self {
            method: Method::POST,
            path: path.into(),
            query: Vec::new(),
            body: Some(body),
        }
    }
}

/// One endpoint of the API with its inputs filled in.
///
/// Every endpoint here reads, so a request may be repeated freely; one that writes must not be sent through the same retry.
pub trait Endpoint: Send + Sync {
    /// What a good answer holds.
    type Response: Send;

    /// The request this value stands for.
    fn request(&self) -> RequestParts;

    /// Reads the body of a good answer.
    ///
    /// # Errors
    ///
    /// Says where in the body and why, when the body as a whole is not what was asked for.
    fn decode(&self, body: &[u8]) -> Result<Self::Response, DecodeFailure>;

    /// The answer that a 404 saying "nothing found for this filter" stands for, for endpoints that speak so.
    fn empty_on_404(&self) -> Option<Self::Response> {
        None
    }

    /// Why an answer that could be read is better asked for once more; when it stays like this, it is taken as it is.
    fn doubt(&self, _response: &Self::Response) -> Option<DecodeFailure> {
        None
    }
}

/// An endpoint that answers in pages.
pub trait Paged: Endpoint<Response = Page<Self::Record>> + Clone {
    /// One item of a page.
    type Record: Send;

    /// The same question with the cursor of the next page: a query parameter on GET, a top-level body field on POST.
    #[must_use]
    fn with_cursor(&self, cursor: &str) -> Self;
}

/// Percent-encodes one path segment, so that an odd id cannot change the path.
pub(crate) fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
