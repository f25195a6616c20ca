//! When `[sides]` changes: parties and sentences get their side anew, without asking Gong.

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::table::Row as _;
use talktrack_analyzers::tables::{PartyRow, SentenceRow};

use super::batches::conform;
use super::convert::Voices;
use super::error::Error;
use super::sentences::{add_voice, with_voices};
use super::settings::Settings;
use super::sides::{SIDES, SideEvidence, SideRules};
use crate::clock::FixedClock;
use crate::lake::{Commit, Lake, PartitionKey};

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
    let lake = commit.lake().clone();
    let mut parties = Vec::new();
    for batch in lake.read(&PartitionKey::day("parties", day), None).await? {
        parties.extend(PartyRow::from_batch(&batch).map_err(crate::lake::Error::from)?);
    }
    if !reside(&mut parties, rules) {
        return Ok(false);
    }
    let batches = vec![PartyRow::to_batch(&parties)];
    let mut voices: HashMap<String, Voices> = HashMap::new();
    for party in parties {
        add_voice(&mut voices, party);
    }
    let sentences = lake
        .read(&PartitionKey::day("sentences", day), None)
        .await?;
    if !sentences.is_empty() {
        let sentences: Vec<RecordBatch> = sentences
            .iter()
            .map(|batch| with_voices(&conform(&SentenceRow::schema(), batch)?, &voices))
            .collect::<Result<_, _>>()?;
        commit
            .put(
                PartitionKey::day("sentences", day),
                sentences,
                BTreeMap::new(),
                None,
                &[],
            )
            .await?;
    }
    commit
        .put(
            PartitionKey::day("parties", day),
            batches,
            BTreeMap::new(),
            None,
            &[],
        )
        .await?;
    Ok(true)
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
