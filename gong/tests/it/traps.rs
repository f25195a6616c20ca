//! What Gong's API does to the unwary, over HTTP.

use crate::server::{Reply, Server};
use crate::wire::page;
use futures::TryStreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use talktrack_gong::api::calls::{ExtensiveCalls, GetCall, ListCalls};
use talktrack_gong::api::transcripts::Transcripts;
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::paging::pages;
use talktrack_gong::{Client, ClientOptions, Credentials, Error, Spent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const MINUTE: Duration = Duration::from_mins(1);

fn workspaces() -> Reply {
    Reply::ok(page!("workspaces"))
}

fn one_call() -> GetCall {
    GetCall {
        id: "894411314421502864".to_owned(),
    }
}

/// The error of a request whose every attempt gets the same reply.
async fn error_of(reply: Reply) -> (Error, Server) {
    let server = Server::start(vec![reply; 100]).await;
    let error = server.client().send(&ListWorkspaces).await.unwrap_err();
    (error, server)
}

#[tokio::test]
async fn nothing_found_is_an_empty_page() {
    let server = Server::start(vec![Reply::new(404, page!("error_no_calls")); 3]).await;
    let client = server.client();
    assert_eq!(
        client
            .send(&ListCalls::default())
            .await
            .unwrap()
            .total_records,
        Some(0)
    );
    assert_eq!(
        client
            .send(&ExtensiveCalls::default())
            .await
            .unwrap()
            .items
            .len(),
        0
    );
    let read: Vec<_> = pages(&client, Transcripts::default())
        .try_collect()
        .await
        .unwrap();
    assert_eq!((read.len(), read[0].items.len()), (1, 0));
}

#[tokio::test]
async fn a_call_that_is_not_there_is_not_found() {
    let server = Server::start([Reply::new(404, page!("error_call_not_found"))]).await;
    let error = server.client().send(&one_call()).await.unwrap_err();
    assert!(
        matches!(&error, Error::NotFound { message, .. } if message.contains("894411314421502864")),
        "{error}"
    );
}

#[tokio::test]
async fn a_404_of_something_else_is_no_empty_answer() {
    let server = Server::start([Reply::new(404, "<html>Not Found</html>")]).await;
    let error = server
        .client()
        .send(&ListCalls::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let (error, server) = error_of(Reply::new(401, page!("error_scope"))).await;
    assert!(
        matches!(&error, Error::Unauthorized { scope: Some(scope), .. } if scope == "api:calls:read:extensive")
    );
    assert!(error.hint().unwrap().contains("`api:calls:read:extensive`"));
    assert_eq!(server.asked().len(), 1, "a refusal is not tried again");
}

#[tokio::test]
async fn a_plain_401_may_be_key_or_host() {
    let (error, server) = error_of(Reply::new(401, "")).await;
    assert!(matches!(&error, Error::Unauthorized { scope: None, .. }));
    let hint = error.hint().unwrap();
    assert!(
        hint.contains(&server.address) && hint.contains("key") && hint.contains("scope"),
        "{hint}"
    );
}

#[tokio::test]
async fn errors_have_their_kind_and_their_hint() {
    let cases = [
        (
            403,
            r#"{"errors":["untrusted address"]}"#,
            "Forbidden",
            "trusted",
        ),
        (400, page!("error_cursor"), "Cursor", "without a cursor"),
        (
            400,
            r#"{"errors":["The Cursor has expired"]}"#,
            "Cursor",
            "without a cursor",
        ),
        (
            410,
            r#"{"errors":["CURSOR HAS EXPIRED"]}"#,
            "Cursor",
            "without a cursor",
        ),
        (
            408,
            r#"{"errors":["failed to verify cursor"]}"#,
            "Cursor",
            "without a cursor",
        ),
        (
            404,
            r#"{"errors":["Failed to verify cursor: no calls found"]}"#,
            "Cursor",
            "without a cursor",
        ),
        (
            500,
            r#"{"errors":["cursor has expired"]}"#,
            "Cursor",
            "without a cursor",
        ),
        (
            400,
            page!("error_validation"),
            "BadRequest",
            "1v5kqz0wbn9x2dt4mcr",
        ),
        (
            415,
            r#"{"requestId":"q","errors":["Unsupported Media Type"]}"#,
            "BadRequest",
            "`q`",
        ),
    ];
    for (status, body, kind, hint) in cases {
        let (error, server) = error_of(Reply::new(status, body)).await;
        assert!(
            format!("{error:?}").starts_with(kind),
            "{status} {body}: {error:?}"
        );
        assert!(
            error.hint().unwrap().contains(hint),
            "{status} {body}: {:?}",
            error.hint()
        );
        assert_eq!(server.asked().len(), 1, "{status} is not tried again");
    }
}

#[tokio::test]
async fn retry_after_is_waited_exactly() {
    let cases = [
        ("7", 7_000),
        ("0.5", 500),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60_000),
        ("900", 900_000),
    ];
    for (value, milliseconds) in cases {
        let server = Server::start([
            Reply::new(429, "{}").header("retry-after", value),
            workspaces(),
        ])
        .await;
        server.client().send(&ListWorkspaces).await.unwrap();
        assert_eq!(
            server.clock.sleeps(),
            [Duration::from_millis(milliseconds)],
            "`{value}`"
        );
    }
}

#[tokio::test]
async fn a_refusal_holds_back_every_clone() {
    let refusal = Reply::new(429, "{}").header("retry-after", "30");
    let server = Server::start([refusal, workspaces(), workspaces()]).await;
    let client = server.client();
    let (one, two) = (client.clone(), client.clone());
    let (one, two) =
        futures::future::join(one.send(&ListWorkspaces), two.send(&ListWorkspaces)).await;
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(client.requests_sent(), 3, "the count is shared");
}

#[tokio::test]
async fn a_long_retry_after_is_a_spent_budget() {
    let (error, server) = error_of(Reply::new(429, "{}").header("retry-after", "7200")).await;
    assert!(
        matches!(error, Error::Budget { resume_at_or_after, .. } if resume_at_or_after == 120 * MINUTE)
    );
    assert!(
        error.hint().unwrap().contains("2 hours"),
        "{:?}",
        error.hint()
    );
    assert_eq!((server.asked().len(), server.clock.sleeps().len()), (1, 0));
}

#[tokio::test]
async fn a_refusal_without_retry_after_backs_off() {
    let server = Server::start([Reply::new(429, ""), Reply::new(429, ""), workspaces()]).await;
    server.client().send(&ListWorkspaces).await.unwrap();
    let sleeps = server.clock.sleeps();
    assert!(
        sleeps.len() == 2 && sleeps[0] >= Duration::from_millis(500) && sleeps[1] > sleeps[0],
        "{sleeps:?}"
    );
}

#[tokio::test]
async fn the_days_budget_is_kept() {
    let server = Server::start([workspaces(), workspaces()]).await;
    let options = ClientOptions {
        requests_per_second: 0.0,
        requests_per_day: 10,
        spent: vec![Spent {
            age: Duration::ZERO,
            count: 9,
        }],
        ..ClientOptions::default()
    };
    let client = server.client_with(options);
    client.send(&ListWorkspaces).await.unwrap();
    let error = client.send(&ListWorkspaces).await.unwrap_err();
    assert!(matches!(error, Error::Budget { .. }), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_know_the_method_is_not_gong_and_not_asked_again() {
    let (error, server) = error_of(Reply::new(501, "<html>Unsupported method</html>")).await;
    assert_eq!(server.asked().len(), 1);
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("is a Gong API host")),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_eight_times() {
    for status in [408, 500, 502, 503, 504] {
        let server = Server::start([
            Reply::new(status, "oops"),
            Reply::new(status, ""),
            workspaces(),
        ])
        .await;
        assert!(server.client().send(&ListWorkspaces).await.is_ok());
        let (error, server) = error_of(Reply::new(
            status,
            r#"{"errors":["Internal server error occurred"]}"#,
        ))
        .await;
        assert!(
            matches!(&error, Error::Server { at, .. } if at.attempts == 9),
            "{error}"
        );
        assert_eq!((server.asked().len(), server.clock.sleeps().len()), (9, 8));
        let shown = error.to_string();
        let start = format!("status {status} for `GET /v2/workspaces` (9 attempts, ");
        assert!(
            shown.starts_with(&start) && shown.ends_with("s): Internal server error occurred"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let cut = Reply::ok(r#"{"workspaces":["#).cut();
    let server = Server::start([cut, workspaces()]).await;
    assert_eq!(
        server
            .client()
            .send(&ListWorkspaces)
            .await
            .unwrap()
            .items
            .len(),
        2
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_connection_that_is_reset_before_any_answer_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    tokio::spawn(async move {
        for turn in 0..4 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2048];
            let _ = stream.read(&mut request).await.unwrap();
            if turn == 3 {
                let body = r#"{"workspaces":[]}"#;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                stream
                    .write_all(format!("{head}{body}").as_bytes())
                    .await
                    .unwrap();
            }
        }
    });
    let credentials = Credentials::basic("ACCESSKEY123", "s3cretsecret");
    let options = ClientOptions {
        requests_per_second: 0.0,
        ..ClientOptions::default()
    };
    let clock = crate::clock::FakeClock::default();
    let client = Client::with_clock(&url, credentials, options, Arc::new(clock)).unwrap();
    assert!(client.send(&ListWorkspaces).await.unwrap().items.is_empty());
    assert_eq!(client.requests_sent(), 4);
}

#[tokio::test]
async fn a_good_status_with_a_bad_body_is_tried_again_and_then_told() {
    let cases = [
        (
            "<!DOCTYPE html><title>Maintenance</title>",
            ".",
            "found `<!DOCTYPE html>",
        ),
        ("", ".", "the body is empty"),
        (
            r#"{"workspaces":[{"id":"1"},{"id"#,
            "workspaces[1]",
            "EOF while parsing",
        ),
    ];
    for (body, path, reason) in cases {
        let server = Server::start([Reply::ok(body), workspaces()]).await;
        assert!(
            server.client().send(&ListWorkspaces).await.is_ok(),
            "body `{body}`"
        );
        let (error, server) = error_of(Reply::ok(body)).await;
        let told = matches!(&error, Error::Decode { path: at, reason: why, .. } if at == path && why.contains(reason));
        assert!(told, "body `{body}`: {error:?}");
        assert_eq!(server.asked().len(), 3, "body `{body}`");
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let elsewhere = Server::start([workspaces()]).await;
    let target = format!("http://{}/v2/workspaces?token=abc", elsewhere.address);
    let (error, server) = error_of(Reply::new(307, "").header("location", &target)).await;
    let shown = format!("{error} {:?}", error.hint());
    let named = format!("http://{}", elsewhere.address);
    assert!(
        matches!(&error, Error::Redirect { location: Some(location), .. } if *location == named),
        "{shown}"
    );
    assert!(!shown.contains("token"), "{shown}");
    assert_eq!((server.asked().len(), elsewhere.asked().len()), (1, 0));
}

#[tokio::test]
async fn a_redirect_says_which_base_url_to_set() {
    let cases = [
        (
            "https://us-42.api.gong.io/v2/workspaces",
            "set the base url to `https://us-42.api.gong.io`",
        ),
        ("/app/v2/workspaces", "scheme and host only"),
        (
            "http://us-42.api.gong.io/v2/workspaces",
            "scheme and host only",
        ),
        ("mailto:someone", "scheme and host only"),
    ];
    for (location, hint) in cases {
        let (error, _) = error_of(Reply::new(302, "").header("location", location)).await;
        let told = error.hint().unwrap();
        assert!(told.contains(hint), "{location}: {told}");
    }
}

#[tokio::test]
async fn half_a_surrogate_pair_does_not_sink_its_page() {
    let body = r#"{"workspaces":[{"id":"1","name":"a\ud800b"},{"id":"2"}]}"#;
    let server = Server::start([Reply::ok(body)]).await;
    let page = server.client().send(&ListWorkspaces).await.unwrap();
    assert_eq!((page.replaced_surrogates, page.rejects().count()), (1, 0));
    assert_eq!(
        page.records().next().unwrap().name.as_deref(),
        Some("a\u{fffd}b")
    );
}

#[tokio::test]
async fn credentials_are_sent_and_never_shown() {
    let echo = "Basic QUNDRVNTS0VZMTIzOnMzY3JldHNlY3JldA== s3cretsecret ACCESSKEY123";
    let (error, server) = error_of(Reply::new(401, echo)).await;
    let sent = server.asked()[0].authorization.clone();
    assert_eq!(
        sent.as_deref(),
        Some("Basic QUNDRVNTS0VZMTIzOnMzY3JldHNlY3JldA==")
    );
    let shown = format!("{error} {error:?} {:?} {:?}", error.hint(), server.client());
    for secret in ["QUNDRVNTS0", "s3cretsecret", "ACCESSKEY123"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// Wherever an answer repeats them: as a key of what cannot be read, as a scope, as the id of the request.
#[tokio::test]
async fn credentials_that_come_back_are_never_shown() {
    let scope = r#"{"errors":["You don't have permission to use 's3cretsecret' in your app."]}"#;
    let request_id = r#"{"requestId":"ACCESSKEY123","errors":["bad"]}"#;
    for reply in [
        Reply::new(200, r#"{"ACCESSKEY123":{"s3cretsecret":!"#),
        Reply::new(200, r#"{"workspaces":{"s3cretsecret":[]}}"#),
        Reply::new(401, scope),
        Reply::new(400, request_id),
        Reply::new(307, "").header("Location", "https://s3cretsecret.example/x"),
    ] {
        let (error, _server) = error_of(reply).await;
        let shown = format!("{error} {error:?} {:?}", error.hint());
        for secret in ["s3cretsecret", "ACCESSKEY123"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn every_attempt_is_counted() {
    let server = Server::start([Reply::new(500, ""), workspaces(), workspaces()]).await;
    let client = server.client();
    let seen = Arc::new(AtomicU64::new(0));
    let hook = Arc::clone(&seen);
    client.on_request(Arc::new(move || {
        hook.fetch_add(1, Ordering::Relaxed);
    }));
    client.send(&ListWorkspaces).await.unwrap();
    client.clone().send(&ListWorkspaces).await.unwrap();
    assert_eq!(
        (client.requests_sent(), seen.load(Ordering::Relaxed)),
        (3, 3)
    );
}

#[test]
fn a_base_url_that_cannot_work_is_refused() {
    for url in [
        "ftp://api.gong.io",
        "https://key:secret@api.gong.io",
        "https://api.gong.io?x=1",
        "data:x",
    ] {
        let credentials = Credentials::basic("key", "secret");
        let error =
            Client::new(&url.parse().unwrap(), credentials, ClientOptions::default()).unwrap_err();
        assert!(
            matches!(&error, Error::Setup { .. }) && !error.to_string().contains("secret@"),
            "{url}: {error}"
        );
    }
}

#[tokio::test]
async fn the_base_url_may_have_a_path_or_the_version() {
    for (suffix, expected) in [
        ("", "/v2/workspaces"),
        ("/", "/v2/workspaces"),
        ("/v2/", "/v2/workspaces"),
        ("/proxy", "/proxy/v2/workspaces"),
    ] {
        let server = Server::start([workspaces()]).await;
        let url = format!("http://{}{suffix}", server.address)
            .parse()
            .unwrap();
        let client = Client::new(
            &url,
            Credentials::basic("key", "secret"),
            ClientOptions::default(),
        )
        .unwrap();
        client.send(&ListWorkspaces).await.unwrap();
        assert_eq!(
            server.asked()[0].line,
            format!("GET {expected}"),
            "suffix `{suffix}`"
        );
    }
}
