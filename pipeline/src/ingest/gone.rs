//! Calls that are stored and did not come: are they gone, have they moved, or may the key no longer see them?
//!
//! Gong answers alike for a call that was deleted and for one that the key may not see. So each question names, beside
//! the calls that are missing, one call that is known to exist: only where that control comes back does silence about
//! the others mean that they are gone.

use talktrack_gong::api::calls::CallRecord;
use talktrack_gong::client::Client;
use talktrack_gong::page::Item;

use super::by_id::{self, CALLS_PER_REQUEST};
use super::error::Error;
use super::whole::Whole;
use crate::lake::OpenReason;

/// Above this share of a window's stored calls nothing is removed unless somebody says so.
const LARGEST_SHARE_PERCENT: usize = 20;

/// What became of calls that are stored and did not come.
#[derive(Debug, Default)]
pub(super) struct Fate {
    /// They do not exist any more.
    pub(super) gone: Vec<String>,
    /// They exist: as Gong has them now, at another time perhaps.
    pub(super) exist: Vec<Item<CallRecord>>,
}

/// Asks for calls by id, each time with a control; where that tells nothing, why.
pub(super) async fn ask(
    client: &Client,
    missing: &[String],
    control: &str,
) -> Result<Result<Fate, OpenReason>, Error> {
    let mut fate = Fate::default();
    for chunk in missing.chunks(CALLS_PER_REQUEST - 1) {
        let mut call_ids = chunk.to_vec();
        call_ids.push(control.to_owned());
        let answer = by_id::read(client, call_ids).await?;
        if let Some(reason) = doubt(&answer, control) {
            return Ok(Err(reason));
        }
        let items = answer.items;
        let has_come = |id: &String| items.iter().any(|item| id_of(item) == Some(id));
        fate.gone
            .extend(chunk.iter().filter(|id| !has_come(id)).cloned());
        fate.exist.extend(
            items
                .into_iter()
                .filter(|item| id_of(item) != Some(control)),
        );
    }
    Ok(Ok(fate))
}

/// Why silence about a call does not mean that it is gone. An answer that is cut short is silent about the rest; a record
/// without a legible id may be any of the calls.
fn doubt(answer: &Whole<CallRecord>, control: &str) -> Option<OpenReason> {
    if answer.open.is_some() {
        return answer.open;
    }
    let ids = answer.items.iter().filter_map(id_of);
    let (known, came) = (ids.clone().count() as u64, answer.items.len() as u64);
    if known < came {
        return Some(OpenReason::TotalNotMet {
            listed: known,
            total: Some(came),
        });
    }
    (!ids.clone().any(|id| id == control)).then_some(OpenReason::NotPermitted)
}

/// The id of a call, as far as it can be read.
pub(super) fn id_of(item: &Item<CallRecord>) -> Option<&str> {
    match item {
        Item::Record(record) => Some(&record.meta_data.id),
        Item::Rejected(reject) => reject.id.as_deref(),
    }
}

/// Whether so many of a window's stored calls may be taken for gone without being asked to.
pub(super) fn is_plausible(gone: usize, stored: usize) -> bool {
    gone * 100 <= stored * LARGEST_SHARE_PERCENT
}

#[cfg(test)]
mod tests {
    use super::is_plausible;

    #[test]
    fn a_fifth_of_a_window_may_go_and_no_more() {
        for (gone, stored, expected) in [
            (0, 0, true),
            (1, 5, true),
            (2, 10, true),
            (3, 14, false),
            (1, 4, false),
            (10, 10, false),
        ] {
            assert_eq!(is_plausible(gone, stored), expected, "{gone} of {stored}");
        }
    }
}
