//! Calls that are asked for by id, whatever their time.

use talktrack_gong::api::calls::{CallFilter, CallRecord, ExtensiveCalls};
use talktrack_gong::client::Client;

use super::error::Error;
use super::whole::{self, Whole};

/// Calls that one request may name.
pub(super) const CALLS_PER_REQUEST: usize = 100;

/// Reads calls by id, at most [`CALLS_PER_REQUEST`]; what does not exist, or may not be seen, does not come.
pub(super) async fn read(
    client: &Client,
    call_ids: Vec<String>,
) -> Result<Whole<CallRecord>, Error> {
    let filter = CallFilter {
        call_ids,
        ..CallFilter::default()
    };
    let ask = ExtensiveCalls::new(filter);
    whole::read(client, &ask, |call| &call.meta_data.id).await
}
