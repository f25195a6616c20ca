//! Requests that are reserved before they are sent.

use crate::server::{Reply, Server};
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::{BoxError, Client, ClientOptions, Error, Reserve, Spent};

/// Writes down each block and how many requests had gone out before it.
#[derive(Default)]
struct Book {
    blocks: Mutex<Vec<(u32, u64)>>,
    client: Mutex<Option<Client>>,
    fails: bool,
}

impl Reserve for Book {
    fn reserve(&self, count: u32) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move {
            let client = self.client.lock().unwrap().clone().unwrap();
            let before = client.requests_sent();
            // Others must wait meanwhile.
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(client.requests_sent(), before, "a request overtook");
            if self.fails {
                return Err("the disk is full".into());
            }
            self.blocks.lock().unwrap().push((count, before));
            Ok(())
        })
    }
}

fn options(requests_per_day: u32, spent: u32) -> ClientOptions {
    ClientOptions {
        requests_per_second: 0.0,
        requests_per_day,
        spent: vec![Spent {
            age: Duration::ZERO,
            count: spent,
        }],
        ..ClientOptions::default()
    }
}

async fn server(replies: usize) -> Server {
    Server::start(vec![Reply::ok(r#"{"workspaces":[]}"#); replies]).await
}

fn book(client: &Client, block: u32, fails: bool) -> Arc<Book> {
    let book = Arc::new(Book {
        fails,
        ..Book::default()
    });
    *book.client.lock().unwrap() = Some(client.clone());
    client.reserve_with(book.clone(), block);
    book
}

async fn send_all(client: &Client, count: usize) -> Vec<Result<(), Error>> {
    let send = async || client.send(&ListWorkspaces).await.map(|_| ());
    futures::future::join_all((0..count).map(|_| send())).await
}

#[tokio::test]
async fn a_block_is_reserved_before_its_first_request() {
    let server = server(7).await;
    let client = server.client_with(options(0, 0));
    let book = book(&client, 3, false);
    assert!(send_all(&client, 7).await.iter().all(Result::is_ok));
    assert_eq!(*book.blocks.lock().unwrap(), [(3, 0), (3, 3), (3, 6)]);
    assert_eq!((client.reserved(), client.requests_sent()), (9, 7));
}

#[tokio::test]
async fn the_last_block_of_the_day_is_cut() {
    let server = server(10).await;
    let client = server.client_with(options(20, 12));
    let book = book(&client, 5, false);
    let results = send_all(&client, 9).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 8);
    assert!(
        results
            .iter()
            .any(|result| matches!(result, Err(Error::Budget { .. }))),
        "{results:?}"
    );
    assert_eq!(*book.blocks.lock().unwrap(), [(5, 0), (3, 5)]);
    assert_eq!(client.reserved(), client.requests_sent());
}

#[tokio::test]
async fn what_others_reserved_is_used_first() {
    let server = server(5).await;
    let client = server.client_with(options(0, 0));
    let book = book(&client, 10, false);
    client.add_reserved(4);
    assert!(send_all(&client, 5).await.iter().all(Result::is_ok));
    assert_eq!(*book.blocks.lock().unwrap(), [(10, 4)]);
    assert_eq!(client.reserved(), 14);
}

#[tokio::test]
async fn requests_sent_before_anybody_reserved_are_made_up_for() {
    let server = server(4).await;
    let client = server.client_with(options(0, 0));
    assert!(send_all(&client, 3).await.iter().all(Result::is_ok));
    assert_eq!(
        client.reserved(),
        0,
        "without a reserver nothing is reserved"
    );
    let book = book(&client, 2, false);
    assert!(send_all(&client, 1).await.iter().all(Result::is_ok));
    assert_eq!(*book.blocks.lock().unwrap(), [(4, 3)]);
}

#[tokio::test]
async fn what_cannot_be_reserved_is_not_sent() {
    let server = server(1).await;
    let client = server.client_with(options(0, 0));
    let _book = book(&client, 2, true);
    let error = client.send(&ListWorkspaces).await.unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert!(matches!(error, Error::Reserve { .. }), "{error}");
    assert_eq!(source.as_deref(), Some("the disk is full"));
    assert_eq!((server.asked().len(), client.requests_sent()), (0, 0));
}
