//! What dictionaries lack: names that buyers compare with, and spellings under which a competitor hides.

mod names;
mod sound_alikes;

use std::collections::{BTreeSet, HashMap};

use futures::TryStreamExt as _;
use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::Dictionaries;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{PartyRow, SentenceRow};
use talktrack_analyzers::text::folded;

pub use self::names::Name;
use self::names::Names;
pub use self::sound_alikes::SoundAlike;
use self::sound_alikes::SoundAlikes;
use crate::error::Error;
use crate::lake::{self, Lake, PartitionKey};

/// Quotes that are kept of a finding.
const QUOTES: usize = 3;

/// What may be added to the dictionaries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestions {
    /// Names that buyers say beside a comparison and that no dictionary has, the most frequent first.
    pub names: Vec<Name>,
    /// Words that sound like a competitor and are none of its terms, the most frequent first.
    pub sound_alikes: Vec<SoundAlike>,
}

/// A sentence that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Gong's id of the call.
    pub call_id: String,
    /// Start, in milliseconds from the start of the call.
    pub start_ms: i64,
    /// The sentence.
    pub text: String,
}

/// Where something was said.
#[derive(Debug, Default)]
struct Places {
    calls: BTreeSet<String>,
    mentions: usize,
    quotes: Vec<Said>,
}

impl Places {
    fn add(&mut self, sentence: &SentenceRow) {
        self.mentions += 1;
        self.calls.insert(sentence.call_id.clone());
        if self.quotes.len() < QUOTES {
            self.quotes.push(Said {
                call_id: sentence.call_id.clone(),
                start_ms: sentence.start_ms,
                text: sentence.text.clone(),
            });
        }
    }
}

/// What is heard on at least `min_calls` calls of the lake.
///
/// # Errors
///
/// The lake cannot be read.
pub async fn run(
    lake: &Lake,
    dictionaries: &Dictionaries,
    own_domains: &[String],
    min_calls: usize,
) -> Result<Suggestions, Error> {
    let mut names = Names::new(dictionaries, own_domains);
    let mut sound_alikes = SoundAlikes::new(dictionaries);
    let snapshot = lake.snapshot().await?;
    let days: Vec<Date> = snapshot.days("sentences").collect();
    for day in days {
        let parties: Vec<PartyRow> = lake.read_rows(&PartitionKey::day("parties", day)).await?;
        names.add_people(&parties);
        let of_calls = by_call(&parties);
        // A day of sentences may be larger than memory.
        let key = PartitionKey::day("sentences", day);
        let mut batches = lake.stream_rows(&key, None).await?;
        while let Some(batch) = batches.try_next().await? {
            let sentences = SentenceRow::from_batch(&batch).map_err(lake::Error::from)?;
            names.add_sentences(&sentences, &of_calls);
            sound_alikes.add_sentences(&sentences);
        }
    }
    Ok(Suggestions {
        names: names.finish(min_calls),
        sound_alikes: sound_alikes.finish(min_calls),
    })
}

/// Parties by call.
type Parties<'p> = HashMap<&'p str, Vec<&'p PartyRow>>;

fn by_call(parties: &[PartyRow]) -> Parties<'_> {
    let mut of_call: Parties<'_> = HashMap::new();
    for party in parties {
        of_call.entry(&party.call_id).or_default().push(party);
    }
    of_call
}

/// Letters and digits alone, folded.
fn squeezed(text: &str) -> String {
    folded(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}
