//! The client that commands talk to Gong with.

use std::sync::Arc;

use secrecy::ExposeSecret;
use talktrack_gong::{Client, ClientOptions, Credentials, RetryPolicy};

use super::Context;
use crate::config::credentials;
use crate::error::Error;
use crate::progress::Progress;

/// A client as the settings want it; `spent_today` requests of the rolling day are gone already.
pub(crate) fn client(
    context: &Context,
    spent_today: u32,
    progress: &Progress,
) -> Result<Client, Error> {
    let client = with_patience(context, spent_today, RetryPolicy::default())?;
    let progress = progress.clone();
    client.on_request(Arc::new(move || progress.requests(1)));
    Ok(client)
}

/// A client for somebody who watches: it gives up soon.
pub(crate) fn impatient_client(context: &Context) -> Result<Client, Error> {
    let policy = RetryPolicy {
        max_retries: 2,
        max_body_retries: 1,
        ..RetryPolicy::default()
    };
    with_patience(context, 0, policy)
}

fn with_patience(context: &Context, spent_today: u32, retry: RetryPolicy) -> Result<Client, Error> {
    let secrets = credentials(&context.config.gong, &context.environment)?;
    let credentials = Credentials::basic(
        secrets.access_key.expose_secret(),
        secrets.access_key_secret.expose_secret(),
    );
    let options = ClientOptions {
        requests_per_second: context.config.ingest.requests_per_second,
        requests_per_day: context.config.ingest.requests_per_day,
        max_wait: context.config.gong.max_wait,
        spent_today,
        retry,
        ..ClientOptions::default()
    };
    Ok(Client::new(
        &context.config.gong.base_url,
        credentials,
        options,
    )?)
}
