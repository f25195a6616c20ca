//! Calls that are asked for by id, whatever their time.

use std::pin::pin;

use futures::StreamExt as _;
use talktrack_gong::api::calls::{CallFilter, CallRecord, ExtensiveCalls};
use talktrack_gong::client::Client;
use talktrack_gong::page::Item;
use talktrack_gong::paging::pages;

use super::error::Error;

/// Calls that one request may name.
pub(super) const CALLS_PER_REQUEST: usize = 100;

/// Reads calls by id, at most [`CALLS_PER_REQUEST`]; what does not exist, or may not be seen, does not come.
pub(super) async fn read(
    client: &Client,
    call_ids: Vec<String>,
) -> Result<Vec<Item<CallRecord>>, Error> {
    let filter = CallFilter {
        call_ids,
        ..CallFilter::default()
    };
    let mut items = Vec::new();
    let mut chain = pin!(pages(client, ExtensiveCalls::new(filter)));
    while let Some(page) = chain.next().await {
        items.extend(page?.items);
    }
    Ok(items)
}
