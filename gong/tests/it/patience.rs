//! How long a failing host is tried, and which answers are not believed at once.

use crate::clock::FakeClock;
use crate::server::{Reply, Server};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::{Client, ClientOptions, Credentials, Error};

const MINUTE: Duration = Duration::from_mins(1);

fn good() -> Reply {
    Reply::ok(r#"{"workspaces":[]}"#)
}

fn client(address: &str, clock: &FakeClock) -> Client {
    let url = format!("http://{address}").parse().unwrap();
    let credentials = Credentials::basic("ACCESSKEY123", "s3cretsecret");
    let options = ClientOptions {
        requests_per_second: 0.0,
        jitter_seed: Some(1),
        ..ClientOptions::default()
    };
    Client::with_clock(&url, credentials, options, Arc::new(clock.clone())).unwrap()
}

/// An address that nobody listens at.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_host_that_refuses_connections_is_tried_for_ten_minutes() {
    let clock = FakeClock::default();
    let address = nobody();
    let client = client(&address, &clock);
    let error = client.send(&ListWorkspaces).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport { at, .. } if at.elapsed == 10 * MINUTE),
        "{error}"
    );
    assert!(error.hint().unwrap().contains(&address));
    let source = error.source().unwrap().to_string();
    assert!(
        !error.to_string().contains(&source) && !source.contains("/v2/"),
        "{error}: {source}"
    );
    let longest = clock.sleeps().into_iter().max();
    assert_eq!(longest, Some(Duration::from_secs(15)));
    // Once it is given up, the next request does not start from anew.
    let before = client.requests_sent();
    assert!(client.send(&ListWorkspaces).await.is_err());
    assert_eq!(client.requests_sent(), before + 1);
}

#[tokio::test]
async fn a_host_that_starts_late_is_met() {
    let clock = FakeClock::default();
    let address = nobody();
    let client = client(&address, &clock);
    let asking = client.send(&ListWorkspaces);
    let starting = async {
        while client.requests_sent() < 3 {
            tokio::task::yield_now().await;
        }
        Server::start_at(&address, [good()]).await
    };
    let (answer, _server) = futures::future::join(asking, starting).await;
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test]
async fn a_host_that_answered_and_goes_away_is_tried_as_long() {
    let server = Server::start([good()]).await;
    let client = server.client();
    client.send(&ListWorkspaces).await.unwrap();
    server.stop().await;
    let error = client.send(&ListWorkspaces).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport { at, .. } if at.elapsed >= 10 * MINUTE),
        "{error}"
    );
}

#[tokio::test]
async fn a_host_that_cannot_speak_tls_is_told_soon() {
    let server = Server::start([]).await;
    let url = format!("https://{}", server.address).parse().unwrap();
    let credentials = Credentials::basic("ACCESSKEY123", "s3cretsecret");
    let options = ClientOptions::default();
    let clock = Arc::new(FakeClock::default());
    let client = Client::with_clock(&url, credentials, options, clock).unwrap();
    let error = client.send(&ListWorkspaces).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport { at, .. } if at.attempts == 3),
        "{error}"
    );
}

#[tokio::test]
async fn an_unreadable_answer_is_a_passing_trouble_only_where_a_good_one_came_before() {
    let bad = Reply::ok("<html>Maintenance</html>").header("content-type", "text/html");
    let replies = [vec![good()], vec![bad.clone(); 8], vec![good()]].concat();
    let server = Server::start(replies).await;
    let client = server.client();
    client.send(&ListWorkspaces).await.unwrap();
    assert!(
        client.send(&ListWorkspaces).await.is_ok(),
        "eight times bad"
    );
    let server = Server::start(vec![bad; 8]).await;
    let error = server.client().send(&ListWorkspaces).await.unwrap_err();
    assert!(
        matches!(&error, Error::Decode { at, .. } if at.attempts == 3),
        "{error}"
    );
}

#[tokio::test]
async fn a_good_body_may_have_any_content_type() {
    let odd = good().header("content-type", "text/html; charset=utf-16");
    let server = Server::start([odd]).await;
    assert!(server.client().send(&ListWorkspaces).await.is_ok());
}

#[tokio::test]
async fn a_storm_of_refusals_is_sat_out() {
    let busy = Reply::new(429, "{}").header("retry-after", "600");
    let server = Server::start([vec![busy; 20], vec![good()]].concat()).await;
    server.client().send(&ListWorkspaces).await.unwrap();
    let waited: Duration = server.clock.sleeps().iter().sum();
    assert_eq!(waited, 200 * MINUTE, "each wait is judged alone");
}

#[tokio::test]
async fn a_refusal_that_is_cut_off_still_says_how_long() {
    let busy = Reply::new(429, "{").header("retry-after", "5").cut();
    let server = Server::start([busy, good()]).await;
    server.client().send(&ListWorkspaces).await.unwrap();
    assert_eq!(server.clock.sleeps(), [Duration::from_secs(5)]);
}

#[tokio::test]
async fn a_page_without_records_is_asked_for_again() {
    let bare = Reply::ok(r#"{"users":[{"id":"1"}]}"#);
    let whole = Reply::ok(r#"{"records":{"totalRecords":1},"users":[{"id":"1"}]}"#);
    let server = Server::start([bare.clone(), whole]).await;
    let page = server.client().send(&ListUsers::default()).await.unwrap();
    assert_eq!((page.total_records, page.records_missing), (Some(1), false));
    // When it stays away, the page counts, but nothing is known of what follows.
    let server = Server::start(vec![bare; 9]).await;
    let page = server.client().send(&ListUsers::default()).await.unwrap();
    assert_eq!(
        (
            page.items.len(),
            page.total_records,
            page.cursor,
            page.records_missing
        ),
        (1, None, None, true)
    );
    assert_eq!(server.asked().len(), 3);
}

/// Real time: what hangs is found out by a timer of the connection's.
fn hasty() -> ClientOptions {
    ClientOptions {
        requests_per_second: 0.0,
        idle_timeout: Duration::from_millis(250),
        ..ClientOptions::default()
    }
}

#[tokio::test]
async fn a_body_that_hangs_is_asked_for_again() {
    let server = Server::start([Reply::ok(r#"{"work"#).hang(), good()]).await;
    let client = server.client_with(hasty());
    assert!(client.send(&ListWorkspaces).await.is_ok());
    assert_eq!(client.requests_sent(), 2);
}

#[tokio::test]
async fn a_slow_body_that_keeps_coming_is_read() {
    let server = Server::start([good().slow(Duration::from_millis(25))]).await;
    let client = server.client_with(hasty());
    assert!(client.send(&ListWorkspaces).await.is_ok());
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn a_share_that_is_none_is_refused() {
    for share in [0.0, -1.0, 1.1, f64::NAN] {
        let options = ClientOptions {
            share,
            ..ClientOptions::default()
        };
        let credentials = Credentials::basic("key", "secret");
        let url = "https://api.gong.io".parse().unwrap();
        let error = Client::new(&url, credentials, options).unwrap_err();
        assert!(matches!(error, Error::Setup { .. }), "{share}: {error}");
    }
}
