//! Real conversations, where the folder that `TALKTRACK_TEST_DATA` names holds them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow, UserRow};
use talktrack_fixtures::Dataset;

use super::support::{Home, assert_same, requests_by_path, sandbox};

const SETS: [&str; 6] = [
    "bt_oasis",
    "earnings22",
    "earnings21",
    "mrda",
    "craigslist",
    "p4g",
];

#[tokio::test]
async fn every_call_party_and_sentence_of_the_sets_lands_once() {
    let Ok(data) = std::env::var("TALKTRACK_TEST_DATA") else {
        // A skipped test says so; the harness shows it with --nocapture.
        #[expect(clippy::print_stderr, reason = "why nothing is tested")]
        {
            eprintln!("skipped: TALKTRACK_TEST_DATA is not set");
        }
        return;
    };
    for set in SETS {
        let folder = Path::new(&data).join(set);
        check_set(set, &folder).await;
    }
}

async fn check_set(set: &str, folder: &Path) {
    let sandbox =
        sandbox(Dataset::from_folder(folder).expect("a folder of Gong-shaped files")).await;
    let mut home = Home::new().await;
    home.settings.calls_per_window = 1_000;
    let summary = home.run(&sandbox).await;
    let calls = lines(&folder.join("calls.jsonl"));
    assert_eq!(summary.stored, calls.len() as u64, "{set}");
    let parties: usize = calls
        .iter()
        .map(|call| call["parties"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(home.rows::<CallRow>().await.len(), calls.len(), "{set}");
    assert_eq!(home.rows::<PartyRow>().await.len(), parties, "{set}");
    let users: Value = serde_json::from_str(&text(&folder.join("users.json"))).expect("users");
    assert_eq!(
        home.whole::<UserRow>().await.len(),
        users.as_array().map_or(0, Vec::len),
        "{set}"
    );
    let expected = spoken(&lines(&folder.join("transcripts.jsonl")));
    let mut stored: BTreeMap<String, Vec<(i64, i64, String)>> = BTreeMap::new();
    for row in home.rows::<SentenceRow>().await {
        stored
            .entry(row.call_id)
            .or_default()
            .push((row.start_ms, row.end_ms, row.text));
    }
    assert!(expected == stored, "{set}: sentences differ from the file");
    let before = home.files();
    sandbox.clear_requests();
    home.run(&sandbox).await;
    assert_same(&before, &home.files(), set);
    let requests = sandbox.requests();
    let counts = requests_by_path(&requests);
    assert_eq!(
        counts["/v2/calls/extensive"], 1,
        "{set}: the look-back alone"
    );
    assert_eq!(
        counts.get("/v2/calls/transcript"),
        None,
        "{set}: nothing is pending"
    );
}

fn spoken(transcripts: &[Value]) -> BTreeMap<String, Vec<(i64, i64, String)>> {
    let mut spoken: BTreeMap<String, Vec<(i64, i64, String)>> = BTreeMap::new();
    for transcript in transcripts {
        let id = transcript["callId"].as_str().expect("an id");
        for monologue in transcript["transcript"].as_array().expect("monologues") {
            for sentence in monologue["sentences"].as_array().expect("sentences") {
                let number = |key: &str| sentence[key].as_i64().expect("milliseconds");
                let text = sentence["text"].as_str().expect("text").to_owned();
                spoken.entry(id.to_owned()).or_default().push((
                    number("start"),
                    number("end"),
                    text,
                ));
            }
        }
    }
    spoken
}

fn lines(path: &Path) -> Vec<Value> {
    text(path)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record a line"))
        .collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a readable file")
}
