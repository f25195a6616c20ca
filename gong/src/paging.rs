//! The stream that follows an answer's cursors from page to page.

use crate::client::Client;
use crate::endpoint::Paged;
use crate::error::Error;
use crate::page::Page;
use futures::Stream;
use futures::stream::try_unfold;
use std::collections::HashSet;

/// Follows an answer from page to page.
///
/// Ends after the page that names no cursor. A cursor that was seen before is an error, since following it would never
/// end; after any error the stream ends.
pub fn pages<E: Paged>(
    client: &Client,
    endpoint: E,
) -> impl Stream<Item = Result<Page<E::Record>, Error>> + use<E> {
    let start = Chain {
        client: client.clone(),
        endpoint,
        seen: HashSet::new(),
    };
    try_unfold(Some(start), |chain| async move {
        let Some(mut chain) = chain else {
            return Ok(None);
        };
        let page = chain.client.send(&chain.endpoint).await?;
        let Some(cursor) = &page.cursor else {
            return Ok(Some((page, None)));
        };
        if !chain.seen.insert(cursor.clone()) {
            return Err(Error::RepeatedCursor {
                path: chain.endpoint.request().path,
                pages: chain.seen.len() + 1,
            });
        }
        chain.endpoint = chain.endpoint.with_cursor(cursor);
        Ok(Some((page, Some(chain))))
    })
}

struct Chain<E> {
    client: Client,
    endpoint: E,
    seen: HashSet<String>,
}
