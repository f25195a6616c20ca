//! Parties of a call to `parties`, with their side and the key that follows a person across calls.

use std::collections::HashSet;

use talktrack_analyzers::tables::PartyRow;
use talktrack_gong::api::calls::{CallRecord, PartyRecord};

use super::{Voice, Voices, remainder};
use crate::ingest::persons::person_key;
use crate::ingest::sides::{Side, SideEvidence, SideRules};

/// The rows of a call's parties, in stored order. The CRM objects of a party stay in the record for the next step, under
/// the party's final id.
pub(super) fn take(call_id: &str, record: &mut CallRecord, sides: &SideRules) -> Vec<PartyRow> {
    give_ids(&mut record.parties);
    let mut rows: Vec<PartyRow> = record
        .parties
        .iter_mut()
        .map(|party| row(call_id, party, sides))
        .collect();
    rows.sort_by(|a, b| a.party_id.cmp(&b.party_id));
    rows
}

/// Who has which voice; the first party wins where two claim one.
pub(super) fn voices(parties: &[PartyRow]) -> Voices {
    let mut voices = Voices::new();
    for party in parties {
        if let Some(speaker_id) = &party.speaker_id {
            voices.entry(speaker_id.clone()).or_insert_with(|| Voice {
                party_id: party.party_id.clone(),
                side: Side::parse(&party.side).unwrap_or(Side::Unknown),
            });
        }
    }
    voices
}

/// A party without an id, or with one that stood before, is known by its place in the list.
fn give_ids(parties: &mut [PartyRecord]) {
    let mut seen = HashSet::new();
    for (place, party) in parties.iter_mut().enumerate() {
        let id = match party.id.take() {
            Some(id) if !seen.contains(&id) => id,
            Some(id) => format!("{id}#{place}"),
            None => format!("#{place}"),
        };
        seen.insert(id.clone());
        party.id = Some(id);
    }
}

fn row(call_id: &str, party: &mut PartyRecord, sides: &SideRules) -> PartyRow {
    let context = std::mem::take(&mut party.context);
    let party_id = party.id.take().unwrap_or_default();
    let (email, user_id) = (party.email_address.take(), party.user_id.take());
    let (phone, name) = (party.phone_number.take(), party.name.take());
    let affiliation = party.affiliation.take();
    let side = sides.side(SideEvidence {
        affiliation: affiliation.as_deref(),
        email: email.as_deref(),
        user_id: user_id.as_deref(),
        phone: phone.as_deref(),
        party_id: &party_id,
        name: name.as_deref(),
    });
    let row = PartyRow {
        call_id: call_id.to_owned(),
        speaker_id: party.speaker_id.take(),
        person_key: person_key(
            call_id,
            &party_id,
            user_id.as_deref(),
            email.as_deref(),
            phone.as_deref(),
        ),
        side: side.as_str().to_owned(),
        title: party.title.take(),
        raw: remainder(party),
        user_id,
        name,
        email,
        phone,
        affiliation,
        party_id: party_id.clone(),
    };
    party.id = Some(party_id);
    party.context = context;
    row
}
