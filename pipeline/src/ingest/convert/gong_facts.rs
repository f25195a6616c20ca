//! What Gong itself computed for a call: `gong_stats`, `gong_trackers` and `gong_topics`.

use std::collections::BTreeMap;

use talktrack_analyzers::tables::{GongStatRow, GongTopicRow, GongTrackerRow, PartyRow};
use talktrack_gong::api::calls::{CallRecord, Content, Interaction, Tracker};

use super::DayRows;
use crate::ingest::canonical::canonical;

/// Takes statistics, trackers and topics out of a record; parts of them that no column holds stay.
pub(super) fn take(
    call_id: &str,
    record: &mut CallRecord,
    parties: &[PartyRow],
    rows: &mut DayRows,
) {
    if let Some(content) = &mut record.content {
        rows.gong_trackers.extend(trackers(call_id, content));
        rows.gong_topics.extend(topics(call_id, content));
    }
    if let Some(interaction) = &mut record.interaction {
        rows.gong_stats.extend(stats(call_id, interaction, parties));
    }
}

fn trackers(call_id: &str, content: &mut Content) -> Vec<GongTrackerRow> {
    let mut rows: Vec<GongTrackerRow> = content
        .trackers
        .iter_mut()
        .map(|tracker| tracker_row(call_id, tracker))
        .collect();
    rows.sort_by(|a, b| a.tracker_id.cmp(&b.tracker_id));
    rows.dedup_by(|later, earlier| later.tracker_id == earlier.tracker_id);
    content
        .trackers
        .retain(|tracker| !tracker.phrases.is_empty() || !tracker.extra.is_empty());
    rows
}

fn tracker_row(call_id: &str, tracker: &mut Tracker) -> GongTrackerRow {
    let occurrences = std::mem::take(&mut tracker.occurrences);
    GongTrackerRow {
        call_id: call_id.to_owned(),
        tracker_id: tracker
            .id
            .clone()
            .or_else(|| tracker.name.clone())
            .unwrap_or_default(),
        name: tracker.name.clone(),
        tracker_type: tracker.kind.take(),
        count: tracker.count.take().unwrap_or_default(),
        occurrences: serde_json::to_value(&occurrences)
            .map_or_else(|_| "[]".to_owned(), |list| canonical(&list)),
    }
}

/// Topics by name; one that stands twice lasted as long as both.
fn topics(call_id: &str, content: &mut Content) -> Vec<GongTopicRow> {
    let mut lengths: BTreeMap<String, f64> = BTreeMap::new();
    for topic in &content.topics {
        *lengths
            .entry(topic.name.clone().unwrap_or_default())
            .or_default() += topic.duration.unwrap_or_default();
    }
    content.topics.retain(|topic| !topic.extra.is_empty());
    lengths
        .into_iter()
        .map(|(name, duration_s)| GongTopicRow {
            call_id: call_id.to_owned(),
            name,
            duration_s,
        })
        .collect()
}

fn stats(call_id: &str, interaction: &mut Interaction, parties: &[PartyRow]) -> Vec<GongStatRow> {
    let mut values: Vec<(String, String, Option<f64>)> = Vec::new();
    for speaker in &mut interaction.speakers {
        let party_id = speaker
            .id
            .clone()
            .or_else(|| party_of_user(parties, speaker.user_id.as_deref()));
        values.push((
            party_id.unwrap_or_default(),
            "talkTime".to_owned(),
            speaker.talk_time.take(),
        ));
    }
    interaction
        .speakers
        .retain(|speaker| !speaker.extra.is_empty());
    for stat in &mut interaction.interaction_stats {
        values.push((
            String::new(),
            stat.name.clone().unwrap_or_default(),
            stat.value.take(),
        ));
    }
    interaction
        .interaction_stats
        .retain(|stat| !stat.extra.is_empty());
    if let Some(questions) = &mut interaction.questions {
        let counts = [
            ("companyCount", questions.company_count.take()),
            ("nonCompanyCount", questions.non_company_count.take()),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| count.is_some()) {
            values.push((
                String::new(),
                name.to_owned(),
                count.map(|count| count as f64),
            ));
        }
        if questions.extra.is_empty() {
            interaction.questions = None;
        }
    }
    values.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    values.dedup_by(|later, earlier| later.0 == earlier.0 && later.1 == earlier.1);
    values
        .into_iter()
        .map(|(party_id, name, value)| GongStatRow {
            call_id: call_id.to_owned(),
            party_id,
            name,
            value,
        })
        .collect()
}

fn party_of_user(parties: &[PartyRow], user_id: Option<&str>) -> Option<String> {
    let user_id = user_id?;
    let party = parties
        .iter()
        .find(|party| party.user_id.as_deref() == Some(user_id))?;
    Some(party.party_id.clone())
}
