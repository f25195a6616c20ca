//! What is logged of a request, and what is not.

use crate::server::{Reply, Server};
use std::io::Write;
use std::sync::{Arc, Mutex};
use talktrack_gong::api::transcripts::{TranscriptFilter, Transcripts};
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::endpoint::Paged;
use tracing_subscriber::filter::LevelFilter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Takes down what this thread logs from here on.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let lines = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || lines.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// The lines of our own crate.
    fn ours(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let ours = text.lines().filter(|line| line.contains("talktrack_gong"));
        ours.map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_request_is_one_line_without_query_body_and_credentials() {
    let page = r#"{"records":{},"users":[],"callTranscripts":[{"callId":"1","transcript":[{"sentences":[{"start":1,"end":2,"text":"hush"}]}]}]}"#;
    let server = Server::start([
        Reply::new(503, "s3cretsecret hush"),
        Reply::ok(page).header("x-traceid", "4al018gzaztcr8nbukw"),
        Reply::ok(page),
        Reply::new(401, "Basic QUNDRVNTS0VZMTIzOnMzY3JldHNlY3JldA=="),
    ])
    .await;
    let client = server.client();
    let lines = Lines::default();
    let guard = lines.listen();
    let users = ListUsers::default().with_cursor("cursor-hush");
    client.send(&users).await.unwrap();
    let filter = TranscriptFilter {
        call_ids: vec!["id-hush".to_owned()],
        ..TranscriptFilter::default()
    };
    client.send(&Transcripts::new(filter)).await.unwrap();
    assert!(client.send(&users).await.is_err());
    drop(guard);
    let ours = lines.ours();
    let requests: Vec<&String> = ours
        .iter()
        .filter(|line| line.contains(": request "))
        .collect();
    assert_eq!(requests.len(), 4, "{ours:#?}");
    for (line, expected) in requests.iter().zip([
        "method=GET path=\"/v2/users\" attempt=1 status=503 ms=",
        "method=GET path=\"/v2/users\" attempt=2 status=200 ms=",
        "method=POST path=\"/v2/calls/transcript\" attempt=1 status=200 ms=",
        "method=GET path=\"/v2/users\" attempt=1 status=401 ms=",
    ]) {
        assert!(line.contains(expected) && line.contains("DEBUG"), "{line}");
    }
    assert!(requests[1].contains("request_id=\"4al018gzaztcr8nbukw\""));
    assert!(requests[1].contains(&format!("bytes={}", page.len())));
    let all = ours.join("\n");
    for secret in ["hush", "s3cret", "ACCESSKEY", "QUNDRVNT"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[tokio::test]
async fn a_long_wait_is_told_with_its_reason() {
    let busy = |seconds| Reply::new(429, "").header("retry-after", seconds);
    let good = Reply::ok(r#"{"records":{},"users":[]}"#);
    let server = Server::start([busy("9"), busy("11"), good]).await;
    let client = server.client();
    let lines = Lines::default();
    let guard = lines.listen();
    client.send(&ListUsers::default()).await.unwrap();
    drop(guard);
    let ours = lines.ours();
    let told: Vec<&String> = ours.iter().filter(|line| line.contains("WARN")).collect();
    assert_eq!(told.len(), 1, "{ours:#?}");
    assert!(
        told[0].contains("wait_s=11") && told[0].contains("too many requests"),
        "{}",
        told[0]
    );
}
