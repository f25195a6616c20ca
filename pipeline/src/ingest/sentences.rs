//! Sentences that stay while their call changes: whose voice it is, and on which side, is looked up again.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::Array as _;
use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::error::ArrowError;
use talktrack_analyzers::tables::PartyRow;

use super::batches::{text_column, with_column};
use super::convert::{Voice, Voices};
use super::sides::Side;

/// Sentences with `party_id` and `side` as these voices say; calls that are not named keep theirs.
pub(super) fn with_voices(
    batch: &RecordBatch,
    voices: &HashMap<String, Voices>,
) -> Result<RecordBatch, ArrowError> {
    let call_ids = text_column(batch, "call_id")?;
    let speakers = text_column(batch, "speaker_id")?;
    let old_parties = text_column(batch, "party_id")?;
    let old_sides = text_column(batch, "side")?;
    let (mut parties, mut sides) = (StringBuilder::new(), StringBuilder::new());
    for row in 0..batch.num_rows() {
        let Some(of_call) = voices.get(call_ids.value(row)) else {
            parties.append_option(old_parties.is_valid(row).then(|| old_parties.value(row)));
            sides.append_value(old_sides.value(row));
            continue;
        };
        let voice = speakers
            .is_valid(row)
            .then(|| of_call.get(speakers.value(row)))
            .flatten();
        parties.append_option(voice.map(|voice| voice.party_id.as_str()));
        sides.append_value(voice.map_or(Side::Unknown, |voice| voice.side).as_str());
    }
    let parties: ArrayRef = Arc::new(parties.finish());
    let batch = with_column(batch, "party_id", parties)?;
    with_column(&batch, "side", Arc::new(sides.finish()))
}

/// Adds the voice of one party; the first one wins where two claim the same.
pub(super) fn add_voice(voices: &mut HashMap<String, Voices>, party: PartyRow) {
    if let Some(speaker_id) = party.speaker_id {
        let side = Side::parse(&party.side).unwrap_or(Side::Unknown);
        let of_call = voices.entry(party.call_id).or_default();
        of_call.entry(speaker_id).or_insert(Voice {
            party_id: party.party_id,
            side,
        });
    }
}
