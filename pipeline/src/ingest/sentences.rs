//! Sentences that stay while their call changes: whose voice it is, and on which side, is looked up again.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::Array as _;
use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::error::ArrowError;

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

/// The columns of `parties` that tell who has which voice.
pub(super) const VOICE_COLUMNS: &[&str] = &["call_id", "party_id", "speaker_id", "side"];

/// Adds the voices of parties of the calls that pass; the first party wins where two claim the same.
pub(super) fn add_voices(
    voices: &mut HashMap<String, Voices>,
    parties: &RecordBatch,
    keep: impl Fn(&str) -> bool,
) -> Result<(), ArrowError> {
    let call_ids = text_column(parties, "call_id")?;
    let party_ids = text_column(parties, "party_id")?;
    let speakers = text_column(parties, "speaker_id")?;
    let sides = text_column(parties, "side")?;
    for row in (0..parties.num_rows()).filter(|row| keep(call_ids.value(*row))) {
        if speakers.is_null(row) {
            continue;
        }
        let of_call = voices.entry(call_ids.value(row).to_owned()).or_default();
        of_call
            .entry(speakers.value(row).to_owned())
            .or_insert_with(|| Voice {
                party_id: party_ids.value(row).to_owned(),
                side: Side::parse(sides.value(row)).unwrap_or(Side::Unknown),
            });
    }
    Ok(())
}
