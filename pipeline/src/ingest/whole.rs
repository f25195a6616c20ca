//! Answers that are read to their end before anything is made of them: again where Gong refuses a cursor, or where other
//! records came than it says there are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::pin::pin;

use futures::StreamExt as _;
use talktrack_gong::client::Client;
use talktrack_gong::endpoint::Paged;
use talktrack_gong::page::Item;
use talktrack_gong::paging::pages;

use super::error::Error;
use super::total::Total;
use crate::lake::OpenReason;

/// How often an answer is read that is not whole: once, and up to three times again.
pub(super) const PASSES: u32 = 4;

/// All records of an answer, each once, in order of their ids.
pub(super) struct Whole<R> {
    /// Those that came: in the last reading, or in any of them where none was whole.
    pub(super) items: Vec<Item<R>>,
    /// Why there may be more.
    pub(super) open: Option<OpenReason>,
}

type Came<R> = BTreeMap<String, Item<R>>;

/// Reads all pages of an answer; `id` tells its records apart.
///
/// # Errors
///
/// Gong fails otherwise than by refusing its own cursors.
pub(super) async fn read<E: Paged>(
    client: &Client,
    ask: &E,
    id: impl Fn(&E::Record) -> &str,
) -> Result<Whole<E::Record>, Error> {
    let mut all: Came<E::Record> = BTreeMap::new();
    let mut open = OpenReason::Cursor;
    for pass in 1..=PASSES {
        let (came, total) = match read_once(client, ask, &id).await {
            Ok(read) => read,
            Err(error) if error.is_cursor() => {
                open = OpenReason::Cursor;
                continue;
            }
            Err(error) => return Err(error),
        };
        let count = came.len() as u64;
        let came_twice = pass > 1 && came.keys().eq(all.keys());
        if total.is_met(count, came_twice) {
            let items = came.into_values().collect();
            return Ok(Whole { items, open: None });
        }
        open = total.not_met(count);
        all.extend(came);
    }
    Ok(Whole {
        items: all.into_values().collect(),
        open: Some(open),
    })
}

async fn read_once<E: Paged>(
    client: &Client,
    ask: &E,
    id: impl Fn(&E::Record) -> &str,
) -> Result<(Came<E::Record>, Total), Error> {
    let mut came = BTreeMap::new();
    let mut total: Option<Total> = None;
    let mut chain = pin!(pages(client, ask.clone()));
    while let Some(page) = chain.next().await {
        let page = page?;
        let of_page = Total::of(&page);
        total = Some(total.map_or(of_page, |total| total.then(of_page)));
        for item in page.items {
            let key = match &item {
                Item::Record(record) => id(record).to_owned(),
                // What has no legible id is told apart by all of it.
                Item::Rejected(reject) => reject.id.as_ref().unwrap_or(&reject.raw).clone(),
            };
            if let Entry::Vacant(place) = came.entry(key) {
                place.insert(item);
            }
        }
    }
    Ok((came, total.unwrap_or(Total::Untold)))
}
