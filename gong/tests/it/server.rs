//! A server that answers from a script, in order, and keeps what it was asked. A request too many is answered with 418
//! and its own description, so that a test that asks more than it should says so.

use crate::clock::FakeClock;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures::{StreamExt, stream};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use talktrack_gong::{Client, ClientOptions, Credentials};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    end: End,
}

/// How a body is sent.
#[derive(Clone, Copy)]
enum End {
    Whole,
    /// Breaks the connection after it.
    Cut,
    /// Says nothing more after it, for ever.
    Hang,
    /// Byte by byte, with a pause before each.
    Slow(Duration),
    /// Again and again, for ever.
    Endless,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            end: End::Whole,
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
        self.end = End::Cut;
        self
    }

    /// Never ends the body.
    pub(crate) fn hang(mut self) -> Self {
        self.end = End::Hang;
        self
    }

    /// Sends the body byte by byte, with a pause before each.
    pub(crate) fn slow(mut self, pause: Duration) -> Self {
        self.end = End::Slow(pause);
        self
    }

    /// Repeats the body without end.
    pub(crate) fn endless(mut self) -> Self {
        self.end = End::Endless;
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
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::start_at("127.0.0.1:0", replies).await
    }

    pub(crate) async fn start_at(address: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        let script = Script {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            ..Script::default()
        };
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new().fallback(answer).with_state(script.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            script,
            address,
            clock: FakeClock::default(),
            task,
        }
    }

    /// Takes no more connections, and closes those that are open.
    pub(crate) async fn stop(&self) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
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
    response.body(body_of(reply)).unwrap()
}

fn body_of(reply: Reply) -> Body {
    let body = Bytes::from(reply.body);
    let first = stream::iter([Ok(body.clone())]);
    match reply.end {
        End::Whole => Body::from(body),
        End::Cut => {
            // What came before is on its way first.
            let cut = stream::once(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(std::io::Error::other("cut"))
            });
            Body::from_stream(first.chain(cut))
        }
        End::Hang => Body::from_stream(first.chain(stream::pending())),
        End::Slow(pause) => Body::from_stream(stream::iter(body).then(move |byte| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![byte]))
        })),
        End::Endless => Body::from_stream(stream::repeat_with(move || {
            Ok::<_, std::io::Error>(body.clone())
        })),
    }
}
