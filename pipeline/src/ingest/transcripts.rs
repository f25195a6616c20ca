//! Asking for transcripts by call, a hundred a request.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::pin::pin;

use futures::StreamExt as _;
use futures::stream;
use jiff::civil::Date;
use talktrack_analyzers::tables::RejectRow;
use talktrack_gong::api::transcripts::{TranscriptRecord, Transcripts};
use talktrack_gong::client::Client;
use talktrack_gong::page::Item;
use talktrack_gong::paging::pages;

use super::convert::{Sentences, Voices, rejected};
use super::error::Error;
use super::spool::{Spool, SpoolWriter};

/// Calls that one request may name.
pub(super) const CALLS_PER_REQUEST: usize = 100;
/// How often in a row the same transcripts are asked for, and none comes, before they count as not there yet.
const ATTEMPTS: u32 = 4;
/// The table of transcripts, also in `rejects`.
pub(super) const SENTENCES: &str = "sentences";

/// A call whose transcript is wanted.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Number of the window that wants it.
    pub(super) window: usize,
    /// Gong's id of the call.
    pub(super) call_id: String,
    /// UTC day of its start.
    pub(super) day: Date,
    /// Who has which voice.
    pub(super) voices: Voices,
}

/// The answer to one request.
pub(super) struct Reply {
    /// What it asked for.
    pub(super) wanted: Vec<Wanted>,
    /// What came.
    pub(super) result: Result<Vec<Item<TranscriptRecord>>, Error>,
    /// Characters that no text can hold and that were replaced.
    pub(super) replaced_characters: u64,
}

/// What Gong answered about the calls of one window.
#[derive(Default)]
pub(super) struct Answers {
    /// Sentences of the calls that were answered.
    pub(super) spool: SpoolWriter,
    /// Calls whose transcript came.
    pub(super) answered: HashSet<String>,
    /// Calls that were asked for, answered or not.
    pub(super) asked: HashSet<String>,
    /// Transcripts that could not be decoded, by day of their call.
    pub(super) rejects: Vec<(Date, RejectRow)>,
    /// Characters that no text can hold and that were replaced.
    pub(super) replaced_characters: u64,
}

/// Asks for the transcripts of at most [`CALLS_PER_REQUEST`] calls; again for those that should have come and did not.
pub(super) async fn request(client: &Client, wanted: Vec<Wanted>) -> Reply {
    let mut left: HashSet<String> = wanted.iter().map(|want| want.call_id.clone()).collect();
    let mut reply = Reply {
        wanted,
        result: Ok(Vec::new()),
        replaced_characters: 0,
    };
    let mut items = Vec::new();
    let mut fruitless = 0;
    while fruitless < ATTEMPTS {
        let (before, left_before) = (items.len(), left.len());
        let whole = chain(client, &left, &mut items, &mut reply.replaced_characters).await;
        for item in items.iter().skip(before) {
            id_of(item).map(|id| left.remove(id));
        }
        match whole {
            Ok(is_whole) if is_whole || left.is_empty() => break,
            Err(error) if !error.is_cursor() => {
                reply.result = Err(error);
                return reply;
            }
            _ if left.len() < left_before => fruitless = 0,
            _ => fruitless += 1,
        }
    }
    reply.result = Ok(items);
    reply
}

/// Reads the pages of one question; whether as many came as there are is the answer.
async fn chain(
    client: &Client,
    call_ids: &HashSet<String>,
    items: &mut Vec<Item<TranscriptRecord>>,
    replaced_characters: &mut u64,
) -> Result<bool, Error> {
    let mut call_ids: Vec<String> = call_ids.iter().cloned().collect();
    call_ids.sort_unstable();
    let (mut total, mut came) = (0, HashSet::new());
    let mut chain = pin!(pages(client, Transcripts::of_calls(call_ids)));
    while let Some(page) = chain.next().await {
        let page = page?;
        total = page.total_records.unwrap_or(total);
        *replaced_characters += page.replaced_surrogates;
        let known = page.items.iter().filter_map(id_of);
        came.extend(known.map(str::to_owned));
        let unknown = page.items.iter().filter(|item| id_of(item).is_none());
        total = total.saturating_sub(unknown.count() as u64);
        items.extend(page.items);
    }
    Ok(came.len() as u64 >= total)
}

fn id_of(item: &Item<TranscriptRecord>) -> Option<&str> {
    match item {
        Item::Record(transcript) => Some(&transcript.call_id),
        Item::Rejected(reject) => reject.id.as_deref(),
    }
}

impl Answers {
    /// Adds what came of an answer for the calls of one window.
    pub(super) fn add(
        &mut self,
        wanted: &[&Wanted],
        items: &[Item<TranscriptRecord>],
    ) -> Result<(), Error> {
        let by_id: HashMap<&str, &Wanted> = wanted
            .iter()
            .map(|want| (want.call_id.as_str(), *want))
            .collect();
        self.asked
            .extend(wanted.iter().map(|want| want.call_id.clone()));
        let mut days: BTreeMap<Date, Sentences> = BTreeMap::new();
        for item in items {
            match item {
                // What was not asked for, or came already, has no place.
                Item::Record(transcript) => {
                    if let Some(want) = by_id.get(transcript.call_id.as_str())
                        && self.answered.insert(transcript.call_id.clone())
                    {
                        days.entry(want.day)
                            .or_default()
                            .add(transcript, &want.voices);
                    }
                }
                Item::Rejected(reject) => {
                    let want = reject.id.as_deref().and_then(|id| by_id.get(id));
                    let is_nobodys = reject.id.is_none();
                    let fallback = || wanted.first().filter(|_| is_nobodys);
                    if let Some(want) = want.or_else(fallback) {
                        self.rejects.push((want.day, rejected(SENTENCES, reject)));
                    }
                }
            }
        }
        for (day, sentences) in days {
            self.spool.write(SENTENCES, day, &sentences.finish()?)?;
        }
        Ok(())
    }
}

/// What came of several requests about calls that the lake knows already.
#[derive(Default)]
pub(super) struct Asked {
    /// Sentences of the calls that were answered.
    pub(super) spool: Spool,
    /// Calls whose transcript came.
    pub(super) answered: HashSet<String>,
    /// Calls that were asked for, answered or not.
    pub(super) asked: HashSet<String>,
    /// Transcripts that could not be decoded, by day of their call.
    pub(super) rejects: Vec<(Date, RejectRow)>,
    /// Characters that no text can hold and that were replaced.
    pub(super) replaced_characters: u64,
    /// Why asking ended early; what came before is kept.
    pub(super) error: Option<Error>,
}

/// Asks for the transcripts of `wanted`, with several requests side by side.
///
/// # Errors
///
/// The temporary folder cannot be written. What Gong refuses is in the answer, so that what came before is kept.
pub(super) async fn ask(
    client: &Client,
    mut wanted: Vec<Wanted>,
    concurrency: usize,
) -> Result<Asked, Error> {
    wanted.sort_by(|a, b| {
        (a.day, a.call_id.len(), &a.call_id).cmp(&(b.day, b.call_id.len(), &b.call_id))
    });
    let mut answers = Answers::default();
    let mut asked = Asked::default();
    let requests: Vec<Vec<Wanted>> = wanted
        .chunks(CALLS_PER_REQUEST)
        .map(<[Wanted]>::to_vec)
        .collect();
    let requests = requests.into_iter().map(|chunk| request(client, chunk));
    let mut replies = pin!(stream::iter(requests).buffer_unordered(concurrency.max(1)));
    while let Some(reply) = replies.next().await {
        asked.replaced_characters += reply.replaced_characters;
        match reply.result {
            Ok(items) => answers.add(&reply.wanted.iter().collect::<Vec<_>>(), &items)?,
            Err(error) => {
                asked.error = Some(error);
                break;
            }
        }
    }
    asked.spool = answers.spool.finish()?;
    asked.answered = answers.answered;
    asked.asked = answers.asked;
    asked.rejects = answers.rejects;
    Ok(asked)
}
