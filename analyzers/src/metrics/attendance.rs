//! Who was on a call, how senior they are, and whether they spoke.

use std::collections::HashMap;

use arrow::array::RecordBatch;

use crate::analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
use crate::call::{Call, Sentence, talk_ms};
use crate::cues::CueLists;
use crate::table;
use crate::table::{Row, TableInfo};

/// The dictionary of titles.
pub(crate) const SENIORITY: &str = "seniority";

table! {
    /// One party of one call, with or without a transcript.
    pub struct AttendanceRow("metrics/attendance", key: [call_id, party_id], partition: Day) {
        /// Gong's id of the call.
        call_id: String,
        /// Gong's id of the party, unique within the call.
        party_id: String,
        /// One key per person across calls.
        person_key: Option<String>,
        /// Gong's id of the user, for people of the own company.
        user_id: Option<String>,
        /// company, customer or unknown.
        side: String,
        /// Level of the job title, an entry of the dictionary `seniority`: c-level, vp, director or manager; null where there is
        /// no title, or none that the dictionary knows.
        seniority: Option<String>,
        /// Its speech, in milliseconds; 0 for those who never spoke and where there is no transcript.
        talk_ms: i64,
    }
}

/// The attendance analyzer.
#[derive(Debug)]
pub struct Attendance;

impl Analyzer for Attendance {
    fn name(&self) -> &'static str {
        "attendance"
    }

    fn version(&self) -> u32 {
        1
    }

    fn doc(&self) -> &'static str {
        "\
Everybody whom Gong lists on a call, those who never speak among them. `talk_ms` is the union of the intervals of the party's own
sentences, as in the talk analyzer; voices that belong to no party are not here.

*Seniority* is the first entry of the dictionary `seniority` (the highest comes first) of which the job title holds a term, as whole
words. A term within a longer one does not count: a vice president is no president. It is what the title says, in English, and a
title may be missing or old. It serves two warnings of deals, and no number of people. The dictionary is ours.
"
    }

    fn tables(&self) -> Vec<TableInfo> {
        vec![AttendanceRow::table()]
    }

    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::Named(&[SENIORITY])
    }

    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch> {
        let levels = analysis.dictionaries.seniority();
        let rows: Vec<AttendanceRow> = calls
            .iter()
            .flat_map(|reading| call_rows(reading.call, levels))
            .collect();
        vec![AttendanceRow::to_batch(&rows)]
    }
}

/// One row per party, by id.
fn call_rows(call: &Call<'_>, levels: &CueLists) -> Vec<AttendanceRow> {
    let mut spoken: HashMap<&str, Vec<&Sentence<'_>>> = HashMap::new();
    for sentence in &call.sentences {
        if let Some(party) = call.speakers[sentence.speaker].party_id {
            spoken.entry(party).or_default().push(sentence);
        }
    }
    let mut rows: Vec<AttendanceRow> = call
        .attendees
        .iter()
        .map(|attendee| AttendanceRow {
            call_id: call.call_id.to_owned(),
            party_id: attendee.party_id.to_owned(),
            person_key: attendee.person_key.map(str::to_owned),
            user_id: attendee.user_id.map(str::to_owned),
            side: attendee.side.name().to_owned(),
            seniority: attendee.title.and_then(|title| level(title, levels)),
            talk_ms: spoken
                .get(attendee.party_id)
                .map_or(0, |sentences| talk_ms(sentences)),
        })
        .collect();
    rows.sort_by(|a, b| a.party_id.cmp(&b.party_id));
    rows.dedup_by(|a, b| a.party_id == b.party_id);
    rows
}

/// The highest level of a title, the words within longer ones apart.
fn level(title: &str, levels: &CueLists) -> Option<String> {
    let found = levels.found(title);
    let is_within = |short: &std::ops::Range<usize>| {
        found.iter().any(|long| {
            long.bytes.len() > short.len()
                && long.bytes.start <= short.start
                && short.end <= long.bytes.end
        })
    };
    let highest = found.iter().find(|cue| !is_within(&cue.bytes))?;
    Some(highest.list.to_owned())
}

#[cfg(test)]
mod tests {
    use super::level;
    use crate::dictionaries::Dictionaries;

    #[test]
    fn titles_have_levels() {
        let dictionaries =
            Dictionaries::compile(&Dictionaries::embedded()).expect("the built-in ones");
        let cases = [
            ("Chief Revenue Officer", Some("c-level")),
            ("Vice President, Sales", Some("vp")),
            ("Vice President and CFO", Some("c-level")),
            ("Sr. VP of Operations", Some("vp")),
            ("Head of RevOps", Some("director")),
            ("Chief of Staff", Some("director")),
            ("Product Owner", Some("manager")),
            ("Sales Manager", Some("manager")),
            ("Account Executive", None),
            ("Misleading", None),
            ("", None),
        ];
        for (title, expected) in cases {
            let found = level(title, dictionaries.seniority());
            assert_eq!(found.as_deref(), expected, "{title}");
        }
    }
}
