//! A call in a few lines: `0-1500 C: Hello there.`, one sentence a line, in milliseconds.
//!
//! The letter before the colon is the voice. `R`, `S` and `T` belong to the company, `C`, `D` and `E` to the customer,
//! `?` to nobody known, `-` is a sentence without a voice.

use talktrack_analyzers::Inputs;
use talktrack_analyzers::table::{Row, TimestampUs};
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};

/// The rows of a call in notation, with the id `call_id`.
#[derive(Debug)]
pub(crate) struct Noted {
    pub(crate) calls: Vec<CallRow>,
    pub(crate) parties: Vec<PartyRow>,
    pub(crate) sentences: Vec<SentenceRow>,
}

impl Noted {
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs {
            calls: vec![CallRow::to_batch(&self.calls)],
            parties: vec![PartyRow::to_batch(&self.parties)],
            sentences: vec![SentenceRow::to_batch(&self.sentences)],
        }
    }
}

/// Reads a call in notation; a malformed line is the test's own mistake and panics.
pub(crate) fn noted(call_id: &str, lines: &str) -> Noted {
    let mut sentences: Vec<SentenceRow> = Vec::new();
    for (index, line) in lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .enumerate()
    {
        let (times, rest) = line.split_once(' ').expect("`start-end VOICE: text`");
        let (start, end) = times
            .split_once("..")
            .or_else(|| times.split_once('-'))
            .expect("start-end");
        let (voice, text) = rest.split_once(':').expect("VOICE: text");
        sentences.push(sentence(
            call_id,
            index as i32,
            voice,
            (start.parse().expect("start"), end.parse().expect("end")),
            text.trim(),
        ));
    }
    let mut voices: Vec<&str> = sentences
        .iter()
        .filter_map(|s| s.speaker_id.as_deref())
        .collect();
    voices.sort_unstable();
    voices.dedup();
    Noted {
        calls: vec![call(call_id, 3600)],
        parties: voices.iter().map(|voice| party(call_id, voice)).collect(),
        sentences,
    }
}

pub(crate) fn side_of(voice: &str) -> &'static str {
    match voice {
        "R" | "S" | "T" => "company",
        "C" | "D" | "E" => "customer",
        _ => "unknown",
    }
}

pub(crate) fn sentence(
    call_id: &str,
    index: i32,
    voice: &str,
    (start_ms, end_ms): (i64, i64),
    text: &str,
) -> SentenceRow {
    let named = voice != "-";
    SentenceRow {
        call_id: call_id.to_owned(),
        sentence_index: index,
        monologue_index: index,
        speaker_id: named.then(|| voice.to_owned()),
        party_id: named.then(|| format!("p{voice}")),
        side: side_of(voice).to_owned(),
        topic: None,
        start_ms,
        end_ms,
        text: text.to_owned(),
    }
}

pub(crate) fn party(call_id: &str, voice: &str) -> PartyRow {
    PartyRow {
        call_id: call_id.to_owned(),
        party_id: format!("p{voice}"),
        speaker_id: Some(voice.to_owned()),
        user_id: (side_of(voice) == "company").then(|| format!("u{voice}")),
        person_key: format!("key{voice}"),
        name: None,
        email: None,
        phone: None,
        title: None,
        affiliation: None,
        side: side_of(voice).to_owned(),
        raw: "{}".to_owned(),
    }
}

pub(crate) fn call(call_id: &str, duration_s: i64) -> CallRow {
    CallRow {
        call_id: call_id.to_owned(),
        url: None,
        title: None,
        started: TimestampUs(0),
        scheduled: None,
        duration_s: Some(duration_s),
        primary_user_id: None,
        direction: None,
        system: None,
        scope: None,
        media: None,
        language: None,
        workspace_id: None,
        purpose: None,
        meeting_url: None,
        is_private: false,
        calendar_event_id: None,
        client_unique_id: None,
        transcript_state: "present".to_owned(),
        raw: "{}".to_owned(),
    }
}
