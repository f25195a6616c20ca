//! What must be equal: ids, times, speech, deals' last calls, and competitors in the dictionary's own words.

use std::collections::{BTreeMap, BTreeSet};

use talktrack_fixtures::Truth;
use talktrack_fixtures::truth::{CallTruth, DealTruth, TranscriptState};

use super::{Exact, Observed};

/// All checks.
pub(super) fn checks(truth: &Truth, observed: &Observed) -> Vec<Exact> {
    vec![
        calls(truth, observed),
        transcripts(truth, observed),
        speech(truth, observed),
        two_sided(truth, observed),
        deals(truth, observed),
        literal_aliases(truth, observed),
    ]
}

/// Calls that a lake must hold: all that are not private.
fn stored(truth: &Truth) -> impl Iterator<Item = &CallTruth> {
    truth.calls.iter().filter(|call| !call.private)
}

/// Whether both sides spoke, as the metric counts it: the customer long enough, which the truth says, and the company at
/// all. Voices that no party carries belong to neither.
fn is_two_sided(call: &CallTruth) -> bool {
    let company_spoke = call
        .speakers
        .iter()
        .any(|voice| voice.side == "company" && voice.talk_ms > 0);
    call.transcript != TranscriptState::Never && call.two_sided && company_spoke
}

/// Calls whose words a lake must hold.
fn heard(truth: &Truth) -> impl Iterator<Item = &CallTruth> {
    stored(truth).filter(|call| call.transcript != TranscriptState::Never)
}

fn calls(truth: &Truth, observed: &Observed) -> Exact {
    let planted = stored(truth)
        .map(|call| {
            format!(
                "call {} started {} us, {:?} s, host {:?}, workspace {:?}",
                call.call_id,
                call.started.as_microsecond(),
                Some(call.duration_s),
                Some(&call.host_user_id),
                Some(&call.workspace_id),
            )
        })
        .collect();
    let found = observed
        .calls
        .iter()
        .map(|call| {
            format!(
                "call {} started {} us, {:?} s, host {:?}, workspace {:?}",
                call.call_id,
                call.started.0,
                call.duration_s,
                call.primary_user_id.as_ref(),
                call.workspace_id.as_ref(),
            )
        })
        .collect();
    Exact::of_sets("calls: ids, times, hosts", &planted, &found)
}

fn transcripts(truth: &Truth, observed: &Observed) -> Exact {
    let planted = heard(truth).map(|call| call.call_id.clone()).collect();
    let found = observed
        .calls
        .iter()
        .filter(|call| call.transcript_state == "present")
        .map(|call| call.call_id.clone())
        .collect();
    Exact::of_sets("transcripts: which calls have one", &planted, &found)
}

fn speech(truth: &Truth, observed: &Observed) -> Exact {
    let planted = heard(truth)
        .flat_map(|call| {
            call.speakers.iter().map(|voice| {
                format!(
                    "call {} voice {} party {:?} side {} talk_ms {} talk_ms_sum {} words {} sentences {}",
                    call.call_id,
                    voice.speaker_id,
                    voice.party_id,
                    voice.side,
                    voice.talk_ms,
                    voice.talk_ms_sum,
                    voice.words,
                    voice.sentences,
                )
            })
        })
        .collect();
    let found = observed
        .talk
        .iter()
        .map(|row| {
            format!(
                "call {} voice {} party {:?} side {} talk_ms {} talk_ms_sum {} words {} sentences {}",
                row.call_id,
                row.speaker_id,
                row.party_id,
                row.side,
                row.talk_ms,
                row.talk_ms_sum,
                row.words,
                row.sentences,
            )
        })
        .collect();
    Exact::of_sets("speech: talk_ms, words by voice", &planted, &found)
}

fn two_sided(truth: &Truth, observed: &Observed) -> Exact {
    let planted = heard(truth)
        .filter(|call| !call.speakers.is_empty())
        .map(|call| {
            format!(
                "call {} customer_ms {} two_sided {}",
                call.call_id,
                call.customer_ms,
                is_two_sided(call)
            )
        })
        .collect();
    let found = observed
        .talk_calls
        .iter()
        .filter(|row| row.speakers > 0)
        .map(|row| {
            format!(
                "call {} customer_ms {} two_sided {}",
                row.call_id, row.customer_ms, row.two_sided
            )
        })
        .collect();
    Exact::of_sets("calls: both sides spoke", &planted, &found)
}

fn deals(truth: &Truth, observed: &Observed) -> Exact {
    let calls: BTreeMap<&str, &CallTruth> = stored(truth)
        .map(|call| (call.call_id.as_str(), call))
        .collect();
    let last_two_sided = |deal: &DealTruth| {
        deal.calls
            .iter()
            .filter_map(|id| calls.get(id.as_str()))
            .filter(|call| is_two_sided(call))
            .max_by_key(|call| call.started)
            .map(|call| call.call_id.clone())
    };
    let line = |deal: &str, calls: usize, last: Option<&String>| {
        format!("deal {deal} calls {calls} last two-sided {last:?}")
    };
    let planted = truth
        .deals
        .iter()
        .filter(|deal| !deal.calls.is_empty())
        .map(|deal| {
            line(
                &deal.deal_id,
                deal.calls.len(),
                last_two_sided(deal).as_ref(),
            )
        })
        .collect();
    let found = observed
        .deals
        .iter()
        .filter(|row| row.calls > 0)
        .map(|row| {
            line(
                &row.deal_id,
                row.calls as usize,
                row.last_two_sided_call_id.as_ref(),
            )
        })
        .collect();
    Exact::of_sets("deals: calls, last two-sided call", &planted, &found)
}

/// Each competitor that was said in the dictionary's own words is found in its sentence. Other hits are measured, not
/// compared: they may be the hard ones.
fn literal_aliases(truth: &Truth, observed: &Observed) -> Exact {
    let line = |call_id: &str, sentence: i64, entry: &str| {
        format!("call {call_id} sentence {sentence}: {entry}")
    };
    let planted: BTreeSet<String> = heard(truth)
        .flat_map(|call| {
            call.items
                .iter()
                .filter(|item| {
                    item.kind == "competitor" && item.literal && !item.hard && item.must_count
                })
                .map(|item| line(&call.call_id, item.sentence_index, &item.entry))
        })
        .collect();
    let found = observed
        .mentions
        .iter()
        .filter(|row| row.dictionary == "competitors")
        .map(|row| line(&row.call_id, i64::from(row.sentence_index), &row.entry))
        .filter(|line| planted.contains(line))
        .collect();
    Exact::of_sets("competitors in the dictionary's words", &planted, &found)
}
