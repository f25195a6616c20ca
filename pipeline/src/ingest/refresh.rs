//! Open deals whose newest call is not read again anyway: what they look like now.

use std::collections::{HashMap, HashSet};
use std::pin::pin;

use futures::StreamExt as _;
use futures::stream;
use talktrack_gong::api::calls::CallRecord;
use talktrack_gong::page::Item;

use super::by_id::{self, CALLS_PER_REQUEST};
use super::change::{Change, Gone, GoneReason};
use super::convert::{Context, deal_states};
use super::crm::deals::{NOW, OpenDeal, REFRESH_COLUMNS, deals_to_refresh};
use super::error::Error;
use super::run::Run;
use super::window::day_of;
use crate::lake::{PartitionKey, run_blocking};

impl Run<'_> {
    /// Reads the newest call of each open deal again and adds to the history of deals what changed; nothing else.
    pub(super) async fn refresh_deals(&mut self) -> Result<(), Error> {
        let snapshot = self.lake.snapshot().await?;
        let key = PartitionKey::whole("deal_history");
        if snapshot.partition(&key).is_none() {
            return Ok(());
        }
        let index = self.lake.index(&snapshot).await?;
        let Some(history) = self.lake.open_rows(&key, Some(REFRESH_COLUMNS)).await? else {
            return Ok(());
        };
        let (seen, now_us, today) = (
            self.deals_seen.clone(),
            self.now.as_microsecond(),
            self.today,
        );
        let open = run_blocking(move || {
            let day_of_call = |call_id: &str| index.get(call_id).map(|entry| entry.day);
            deals_to_refresh(history.open()?, &seen, now_us, today, &day_of_call)
        })
        .await?;
        if open.is_empty() {
            return Ok(());
        }
        let (records, error) = self.read_calls(&open).await;
        self.commit_states(&open, records).await?;
        error.map_or(Ok(()), Err)
    }

    async fn read_calls(&self, open: &[OpenDeal]) -> (Vec<CallRecord>, Option<Error>) {
        let mut call_ids: Vec<String> = open.iter().map(|deal| deal.call_id.clone()).collect();
        call_ids.dedup();
        let requests = call_ids
            .chunks(CALLS_PER_REQUEST)
            .map(|chunk| by_id::read(self.client, chunk.to_vec()));
        let mut replies =
            pin!(stream::iter(requests).buffer_unordered(self.settings.concurrency.max(1)));
        let mut records = Vec::new();
        while let Some(reply) = replies.next().await {
            match reply {
                // What did not come, or cannot be decoded any more, is told by the next reading of its window.
                Ok(read) => records.extend(read.items.into_iter().filter_map(|item| match item {
                    Item::Record(record) => Some(record),
                    Item::Rejected(_) => None,
                })),
                Err(error) => return (records, Some(error)),
            }
        }
        (records, None)
    }

    async fn commit_states(
        &mut self,
        open: &[OpenDeal],
        records: Vec<CallRecord>,
    ) -> Result<(), Error> {
        let mut of_call: HashMap<&str, HashSet<(&str, &str)>> = HashMap::new();
        for deal in open {
            of_call
                .entry(&deal.call_id)
                .or_default()
                .insert((&deal.system, &deal.deal_id));
        }
        let mut change = Change {
            now: self.now,
            today: self.today,
            ..Change::default()
        };
        let context = Context {
            settings: self.settings,
            now: self.now,
        };
        for record in records {
            let Some(deals) = of_call.get(record.meta_data.id.as_str()) else {
                continue;
            };
            if record.meta_data.is_private == Some(true) && !self.settings.store_private {
                let gone = Gone {
                    day: day_of(record.meta_data.started),
                    reason: GoneReason::Private,
                };
                change.gone.insert(record.meta_data.id.clone(), gone);
                continue;
            }
            for mut state in deal_states(record, context) {
                if state.timing == NOW
                    && deals.contains(&(state.system.as_str(), state.deal_id.as_str()))
                {
                    "refresh".clone_into(&mut state.source);
                    change.deals.push(state);
                }
            }
        }
        self.summary.deals_refreshed += change.deals.len() as u64;
        let mut commit = self.lake.begin(&self.clock).await?;
        for call_id in change.gone.keys() {
            commit.state_mut().pending.remove(call_id);
        }
        change.write(&mut commit).await?;
        self.finish(commit).await
    }
}
