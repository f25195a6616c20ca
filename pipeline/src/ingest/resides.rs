//! When `[sides]` changes: parties and sentences get their side anew, without asking Gong.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::{PartyRow, SentenceRow};

use super::convert::Voices;
use super::error::Error;
use super::sentences::{add_voices, with_voices};
use super::settings::Settings;
use super::sides::{SIDES, SideEvidence, SideRules};
use crate::clock::FixedClock;
use crate::lake::merge::compare_ids;
use crate::lake::reader::conform;
use crate::lake::rows::text;
use crate::lake::{self, Commit, Lake, PartitionKey, Rewrite, RowIter, run_blocking};

/// Rewrites `parties` and `sentences` where the settings now put somebody on another side. Reads nothing where the
/// settings are those that the lake was written with; days without a change keep their bytes. How many days changed is
/// the answer.
///
/// # Errors
///
/// The lake cannot be read or written.
pub async fn resides(lake: &Lake, settings: &Settings, now: Timestamp) -> Result<u64, Error> {
    let snapshot = lake.snapshot().await?;
    let digest = settings.sides.digest();
    let is_known = snapshot.state().notes.get(SIDES) == Some(&digest);
    let days: Vec<Date> = snapshot.days("parties").collect();
    if is_known || days.is_empty() {
        return Ok(0);
    }
    let mut commit = lake.begin(&FixedClock(now)).await?;
    let mut changed = 0;
    for day in days {
        changed += u64::from(reside_day(&mut commit, day, &settings.sides).await?);
    }
    commit.state_mut().notes.insert(SIDES.to_owned(), digest);
    commit.finish().await?;
    Ok(changed)
}

async fn reside_day(commit: &mut Commit, day: Date, rules: &SideRules) -> Result<bool, Error> {
    let key = PartitionKey::day(PartyRow::table().name, day);
    let Some(parties) = commit.lake().open_rows(&key, None).await? else {
        return Ok(false);
    };
    let (read, of_day) = (parties.clone(), rules.clone());
    if !run_blocking(move || is_changed(read.open()?, &of_day)).await? {
        return Ok(false);
    }
    let rules = Arc::new(rules.clone());
    let sentences = PartitionKey::day(SentenceRow::table().name, day);
    if commit.snapshot().partition(&sentences).is_some() {
        let of_sentences = rules.clone();
        let rewrite = Rewrite::of::<SentenceRow>(sentences).made(Arc::new(move |stored| {
            let voices = VoicesInOrder::new(parties.open()?, of_sentences.clone());
            let stored = stored.unwrap_or_else(|| Box::new(std::iter::empty()));
            Ok(revoiced(stored, voices))
        }));
        commit.rewrite(rewrite).await?;
    }
    let reside = move |batch: RecordBatch| resided(&batch, &rules).map(|(batch, _)| batch);
    let rewrite = Rewrite::of::<PartyRow>(key).edited(Arc::new(reside));
    commit.rewrite(rewrite).await?;
    Ok(true)
}

fn is_changed(parties: RowIter, rules: &SideRules) -> Result<bool, lake::Error> {
    for batch in parties {
        if resided(&batch?, rules)?.1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Parties on the sides that the rules give them, and whether any changed.
fn resided(batch: &RecordBatch, rules: &SideRules) -> Result<(RecordBatch, bool), lake::Error> {
    let mut parties = PartyRow::from_batch(batch)?;
    let is_changed = reside(&mut parties, rules);
    Ok((PartyRow::to_batch(&parties), is_changed))
}

/// Sentences with the voices of the parties of their call.
fn revoiced(sentences: RowIter, mut voices: VoicesInOrder) -> RowIter {
    Box::new(sentences.map(move |batch| {
        let batch = conform("sentences", &batch?, &SentenceRow::schema())?;
        let ids = text(&batch, "call_id")?;
        let Some(last) = ids.len().checked_sub(1).map(|last| ids.value(last)) else {
            return Ok(batch);
        };
        let voices = voices.up_to(last)?;
        with_voices(&batch, voices).map_err(|error| lake::Error::corrupt("sentences", error))
    }))
}

/// The voices of calls that come in order, so that no more is held than the sentences at hand need.
struct VoicesInOrder {
    parties: RowIter,
    rules: Arc<SideRules>,
    voices: HashMap<String, Voices>,
    /// The highest call whose parties were read.
    read_to: Option<String>,
    /// The last call that was asked for: those before it are not asked for again.
    passed: Option<String>,
}

impl VoicesInOrder {
    fn new(parties: RowIter, rules: Arc<SideRules>) -> VoicesInOrder {
        VoicesInOrder {
            parties,
            rules,
            voices: HashMap::new(),
            read_to: None,
            passed: None,
        }
    }

    /// The voices of all calls up to this one that were not passed already. The call itself may go on in later
    /// sentences.
    fn up_to(&mut self, call_id: &str) -> Result<&HashMap<String, Voices>, lake::Error> {
        let is_behind = |read: &Option<String>| {
            let read = read.as_deref();
            read.is_none_or(|read| compare_ids(read, call_id).is_le())
        };
        if let Some(passed) = self.passed.replace(call_id.to_owned()) {
            self.voices.retain(|id, _| compare_ids(id, &passed).is_ge());
        }
        while is_behind(&self.read_to) {
            let Some(batch) = self.parties.next() else {
                break;
            };
            let (batch, _) = resided(&batch?, &self.rules)?;
            let ids = text(&batch, "call_id")?;
            if let Some(last) = ids.len().checked_sub(1) {
                self.read_to = Some(ids.value(last).to_owned());
            }
            add_voices(&mut self.voices, &batch, |_| true)
                .map_err(|error| lake::Error::corrupt("parties", error))?;
        }
        Ok(&self.voices)
    }
}

/// Sets the sides of parties; whether any changed is the answer.
fn reside(parties: &mut [PartyRow], rules: &SideRules) -> bool {
    let mut is_changed = false;
    for party in parties {
        let side = rules.side(SideEvidence {
            affiliation: party.affiliation.as_deref(),
            email: party.email.as_deref(),
            user_id: party.user_id.as_deref(),
            phone: party.phone.as_deref(),
            party_id: &party.party_id,
            name: party.name.as_deref(),
        });
        if party.side != side.as_str() {
            side.as_str().clone_into(&mut party.side);
            is_changed = true;
        }
    }
    is_changed
}
