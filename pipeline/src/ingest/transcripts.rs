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
const CALLS_PER_REQUEST: usize = 100;
/// The table of transcripts, also in `rejects`.
pub const SENTENCES: &str = "sentences";

/// A call whose transcript is wanted.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Gong's id of the call.
    pub call_id: &'a str,
    /// UTC day of its start.
    pub day: Date,
    /// Who has which voice.
    pub voices: &'a Voices,
}

/// What Gong answered.
#[derive(Default)]
pub struct Answers {
    /// Sentences of the calls that were answered.
    pub spool: Spool,
    /// Calls whose transcript came.
    pub answered: HashSet<String>,
    /// Calls that were asked for, answered or not.
    pub asked: HashSet<String>,
    /// Transcripts that could not be decoded, by day of their call.
    pub rejects: Vec<(Date, RejectRow)>,
    /// Why asking ended early.
    pub error: Option<Error>,
}

/// Asks for the transcripts of `wanted`, with several requests side by side.
///
/// # Errors
///
/// The temporary folder cannot be written. What Gong refuses is in the answer, so that what came before is kept.
pub async fn ask(
    client: &Client,
    mut wanted: Vec<Wanted<'_>>,
    concurrency: usize,
) -> Result<Answers, Error> {
    wanted.sort_by(|a, b| {
        (a.day, a.call_id.len(), a.call_id).cmp(&(b.day, b.call_id.len(), b.call_id))
    });
    let by_id: HashMap<&str, &Wanted<'_>> =
        wanted.iter().map(|want| (want.call_id, want)).collect();
    let mut answers = Answers::default();
    let mut spool = SpoolWriter::default();
    let requests = wanted
        .chunks(CALLS_PER_REQUEST)
        .map(|chunk| request(client, chunk));
    let mut replies = pin!(stream::iter(requests).buffer_unordered(concurrency.max(1)));
    while let Some((call_ids, reply)) = replies.next().await {
        match reply {
            Ok(items) => {
                answers.asked.extend(call_ids);
                add(items, &by_id, &mut answers, &mut spool)?;
            }
            Err(error) => {
                answers.error = Some(error);
                break;
            }
        }
    }
    answers.spool = spool.finish()?;
    Ok(answers)
}

type Reply = Result<Vec<Item<TranscriptRecord>>, Error>;

async fn request(client: &Client, chunk: &[Wanted<'_>]) -> (Vec<String>, Reply) {
    let call_ids: Vec<String> = chunk.iter().map(|want| want.call_id.to_owned()).collect();
    let mut items = Vec::new();
    let mut chain = pin!(pages(client, Transcripts::of_calls(call_ids.clone())));
    while let Some(page) = chain.next().await {
        match page {
            Ok(page) => items.extend(page.items),
            Err(error) => return (call_ids, Err(error.into())),
        }
    }
    (call_ids, Ok(items))
}

fn add(
    items: Vec<Item<TranscriptRecord>>,
    wanted: &HashMap<&str, &Wanted<'_>>,
    answers: &mut Answers,
    spool: &mut SpoolWriter,
) -> Result<(), Error> {
    let mut days: BTreeMap<Date, Sentences> = BTreeMap::new();
    for item in items {
        match item {
            Item::Record(transcript) => {
                // What was not asked for, or came already, has no place.
                let Some(want) = wanted.get(transcript.call_id.as_str()) else {
                    continue;
                };
                if answers.answered.insert(transcript.call_id.clone()) {
                    days.entry(want.day)
                        .or_default()
                        .add(&transcript, want.voices);
                }
            }
            Item::Rejected(reject) => {
                let day = reject
                    .id
                    .as_deref()
                    .and_then(|id| wanted.get(id))
                    .map(|want| want.day);
                let fallback = || wanted.values().map(|want| want.day).min();
                if let Some(day) = day.or_else(fallback) {
                    answers.rejects.push((day, rejected(SENTENCES, &reject)));
                }
            }
        }
    }
    for (day, sentences) in days {
        spool.write(SENTENCES, day, &sentences.finish()?)?;
    }
    Ok(())
}
