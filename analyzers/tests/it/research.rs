//! Scores on the research data in the folder that `TALKTRACK_TEST_DATA` names; skipped where it is unset.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, SentenceRow};
use talktrack_analyzers::{Analysis, Inputs, Parameters, analyze};

use crate::notation::call;
use crate::registry::embedded;

const CALL_SETS: [&str; 6] = ["bt_oasis", "craigslist", "earnings21", "earnings22", "mrda", "p4g"];

fn data_folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TALKTRACK_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("{test} is skipped: TALKTRACK_TEST_DATA does not name the folder of research data");
    }
    folder
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read_calls(folder: &Path) -> Inputs {
    let (mut calls, mut sentences): (Vec<CallRow>, Vec<SentenceRow>) = (Vec::new(), Vec::new());
    let lines = fs::read_to_string(folder.join("transcripts.jsonl")).expect("transcripts.jsonl");
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let call_id = text_of(&record["callId"]);
        calls.push(call(&call_id, 3600));
        let first = sentences.len();
        for (block, monologue) in record["transcript"].as_array().into_iter().flatten().enumerate() {
            for spoken in monologue["sentences"].as_array().into_iter().flatten() {
                sentences.push(SentenceRow {
                    call_id: call_id.clone(),
                    sentence_index: (sentences.len() - first) as i32,
                    monologue_index: block as i32,
                    speaker_id: monologue["speakerId"].as_str().map(str::to_owned),
                    party_id: None,
                    side: "unknown".to_owned(),
                    topic: None,
                    start_ms: spoken["start"].as_i64().expect("start"),
                    end_ms: spoken["end"].as_i64().expect("end"),
                    text: text_of(&spoken["text"]),
                });
            }
        }
    }
    Inputs {
        calls: vec![CallRow::to_batch(&calls)],
        parties: Vec::new(),
        sentences: vec![SentenceRow::to_batch(&sentences)],
    }
}

/// Per call and voice: talk_ms_sum and words of the gold table.
fn read_gold(folder: &Path) -> BTreeMap<(String, String), (i64, i64)> {
    let text = fs::read_to_string(folder.join("gold_metrics.tsv")).expect("gold_metrics.tsv");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    let column = |name: &str| header.iter().position(|c| *c == name).expect("a column");
    let (call_id, speaker, talk, words) =
        (column("callId"), column("speakerId"), column("talk_ms"), column("words"));
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| {
            let key = (cells[call_id].to_owned(), cells[speaker].to_owned());
            (key, (cells[talk].parse().expect("talk_ms"), cells[words].parse().expect("words")))
        })
        .collect()
}

#[test]
fn talk_equals_the_gold_tables() {
    let Some(folder) = data_folder("talk_equals_the_gold_tables") else {
        return;
    };
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    for set in CALL_SETS {
        let folder = folder.join(set);
        let tables = analyze(&read_calls(&folder), &analysis, &["metrics/talk"]).expect("a sound schema");
        let rows = TalkRow::from_batch(&tables[0].1).expect("talk rows");
        let ours: BTreeMap<(String, String), (i64, i64)> = rows
            .into_iter()
            .map(|row| ((row.call_id, row.speaker_id), (row.talk_ms_sum, row.words)))
            .collect();
        let gold = read_gold(&folder);
        assert_eq!(ours.len(), gold.len(), "{set}: voices");
        for (key, expected) in &gold {
            assert_eq!(ours.get(key), Some(expected), "{set}: {key:?}");
        }
        println!("{set}: {} voices equal the gold table", gold.len());
    }
}
