//! The client that commands talk to Gong with.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use talktrack_gong::{Client, ClientOptions, Credentials, RetryPolicy, Spent};

use super::Context;
use crate::config::credentials;
use crate::error::Error;
use crate::progress::Progress;

/// Whoever watches waits this long for a host that is not there, or that wants to be left alone.
const PATIENCE_OF_A_WATCHER: Duration = Duration::from_secs(4);

/// A client as the settings want it; `spent` requests of the rolling day are gone already.
pub(crate) fn client(
    context: &Context,
    spent: Vec<Spent>,
    progress: &Progress,
) -> Result<Client, Error> {
    let options = ClientOptions {
        spent,
        ..options(context)
    };
    let client = with_options(context, options)?;
    let progress = progress.clone();
    client.on_request(Arc::new(move || progress.requests(1)));
    Ok(client)
}

/// A client for somebody who watches: it gives up soon.
pub(crate) fn impatient_client(context: &Context) -> Result<Client, Error> {
    let patient = options(context);
    let retry = RetryPolicy {
        max_retries: 2,
        max_body_retries: 1,
        max_refusals: 3,
        max_unreachable: patient.retry.max_unreachable.min(PATIENCE_OF_A_WATCHER),
        ..patient.retry
    };
    let options = ClientOptions {
        max_wait: patient.max_wait.min(PATIENCE_OF_A_WATCHER),
        retry,
        ..patient
    };
    with_options(context, options)
}

fn options(context: &Context) -> ClientOptions {
    let (gong, ingest) = (&context.config.gong, &context.config.ingest);
    ClientOptions {
        requests_per_second: ingest.requests_per_second,
        requests_per_day: ingest.requests_per_day,
        share: ingest.share,
        max_wait: gong.max_wait,
        retry: RetryPolicy {
            max_unreachable: gong.max_unreachable,
            max_delay: gong.max_retry_delay,
            ..RetryPolicy::default()
        },
        ..ClientOptions::default()
    }
}

fn with_options(context: &Context, options: ClientOptions) -> Result<Client, Error> {
    let secrets = credentials(&context.config.gong, &context.environment)?;
    let credentials = Credentials::basic(
        secrets.access_key.expose_secret(),
        secrets.access_key_secret.expose_secret(),
    );
    Ok(Client::new(
        &context.config.gong.base_url,
        credentials,
        options,
    )?)
}
