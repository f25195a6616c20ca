//! A server that answers from a script, in order, and keeps what it was asked. A request too many is answered with 418
//! and its own description, so that a test that asks more than it should says so.

use crate::clock::FakeClock;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use talktrack_gong::{Client, ClientOptions, Credentials};
use tokio::net::TcpListener;

#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: false,
        }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Breaks the connection in the middle of the body.
    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) body: serde_json::Value,
    pub(crate) authorization: Option<String>,
}

#[derive(Clone, Default)]
struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub(crate) struct Server {
    script: Script,
    pub(crate) address: String,
    pub(crate) clock: FakeClock,
}

impl Server {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let script = Script {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            ..Script::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            script,
            address,
            clock: FakeClock::default(),
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(ClientOptions {
            requests_per_second: 0.0,
            requests_per_day: 0,
            ..ClientOptions::default()
        })
    }

    pub(crate) fn client_with(&self, options: ClientOptions) -> Client {
        let url = format!("http://{}", self.address).parse().unwrap();
        let credentials = Credentials::basic("ACCESSKEY123", "s3cretsecret");
        let options = ClientOptions {
            jitter_seed: Some(1),
            ..options
        };
        Client::with_clock(&url, credentials, options, Arc::new(self.clock.clone())).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    /// How many replies of the script were not asked for.
    pub(crate) fn left(&self) -> usize {
        self.script.replies.lock().unwrap().len()
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let line = format!("{} {}", parts.method, parts.uri);
    script.asked.lock().unwrap().push(Asked {
        line: line.clone(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        authorization: parts
            .headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned()),
    });
    let next = script.replies.lock().unwrap().pop_front();
    let reply =
        next.unwrap_or_else(|| Reply::new(418, format!("not in the script: {line} {body:?}")));
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let body = if reply.cut {
        broken(reply.body)
    } else {
        axum::body::Body::from(reply.body)
    };
    response.body(body).unwrap()
}

fn broken(body: Vec<u8>) -> axum::body::Body {
    let parts = [Ok(Bytes::from(body)), Err(std::io::Error::other("cut"))];
    axum::body::Body::from_stream(futures::stream::iter(parts))
}
