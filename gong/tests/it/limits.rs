//! Answers that are too large, packed or not.

use crate::server::{Reply, Server};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::{ClientOptions, Error};

fn small() -> ClientOptions {
    ClientOptions {
        requests_per_second: 0.0,
        max_answer_bytes: 1 << 20,
        max_error_bytes: 1 << 10,
        ..ClientOptions::default()
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn good() -> Reply {
    Reply::ok(r#"{"workspaces":[{"id":"1"}]}"#)
}

/// Every attempt gets the same reply; the error, and how many attempts there were.
async fn error_of(reply: Reply) -> (Error, usize) {
    let server = Server::start(vec![reply; 20]).await;
    let error = server.client_with(small()).send(&ListWorkspaces).await;
    (error.unwrap_err(), server.asked().len())
}

fn is_too_large(error: &Error) -> bool {
    matches!(error, Error::Decode { reason, .. } if reason == "answer larger than 1 MiB")
}

#[tokio::test]
async fn a_packed_answer_is_unpacked() {
    let body = gzip(br#"{"workspaces":[{"id":"1"}]}"#);
    let server = Server::start([Reply::ok(body).header("content-encoding", "gzip")]).await;
    let page = server.client().send(&ListWorkspaces).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_after_three_tries() {
    let (error, asked) = error_of(Reply::ok(vec![b' '; 1 << 16]).endless()).await;
    assert!(is_too_large(&error), "{error}");
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn what_unpacks_to_too_much_is_given_up_while_unpacking() {
    // 16 MiB of blanks in some kilobytes.
    let bomb = gzip(&vec![b' '; 16 << 20]);
    assert!(bomb.len() < 1 << 16, "{}", bomb.len());
    let (error, asked) = error_of(Reply::ok(bomb).header("content-encoding", "gzip")).await;
    assert!(is_too_large(&error), "{error}");
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn a_good_host_that_sends_too_much_is_not_asked_more_often() {
    let large = Reply::ok(vec![b' '; 2 << 20]);
    let server = Server::start([vec![good()], vec![large; 20]].concat()).await;
    let client = server.client_with(small());
    client.send(&ListWorkspaces).await.unwrap();
    let error = client.send(&ListWorkspaces).await.unwrap_err();
    assert!(is_too_large(&error), "{error}");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn what_is_packed_twice_or_oddly_is_no_json_and_no_crash() {
    let once = gzip(br#"{"workspaces":[]}"#);
    let twice = gzip(&once);
    for (encoding, body) in [("gzip, gzip", &twice), ("gzip", &twice), ("br", &once)] {
        let reply = Reply::ok(body.clone()).header("content-encoding", encoding);
        let (error, asked) = error_of(reply).await;
        assert!(
            matches!(&error, Error::Decode { reason, .. } if reason.starts_with("expected a JSON object")),
            "{encoding}: {error}"
        );
        assert_eq!(asked, 3, "{encoding}");
    }
}

#[tokio::test]
async fn a_packed_answer_that_is_broken_is_asked_for_again() {
    let mut body = gzip(br#"{"workspaces":[{"id":"1"}]}"#);
    body.truncate(body.len() - 9);
    let broken = Reply::ok(body).header("content-encoding", "gzip");
    let server = Server::start([broken, good()]).await;
    assert!(server.client().send(&ListWorkspaces).await.is_ok());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn an_error_answer_keeps_its_meaning_however_long_it_is() {
    let server = Server::start([Reply::new(401, "no ").endless()]).await;
    let error = server.client_with(small()).send(&ListWorkspaces).await;
    let shown = error.unwrap_err().to_string();
    assert!(
        shown.contains("not authorized") && shown.len() < 400,
        "{shown}"
    );
    assert_eq!(server.asked().len(), 1);
}
