//! The program as its users run it: the built binary against a sandbox over HTTP, from nothing to pages.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};
use talktrack_fixtures::{Dataset, SandboxOptions};

use crate::support::{
    assert_done, assert_same_lake, company, comparable, rows, sandbox_options, start, talktrack,
};

/// Sets of real conversations with the number of calls each holds.
const SETS: [&str; 6] = [
    "bt_oasis",
    "craigslist",
    "earnings21",
    "earnings22",
    "mrda",
    "p4g",
];

struct GoldSpeaker {
    talk_ms: i64,
    words: i64,
}

fn gold(set: &Path) -> BTreeMap<(String, String), GoldSpeaker> {
    let text = std::fs::read_to_string(set.join("gold_metrics.tsv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|found| *found == name).unwrap();
    let (call, speaker, talk, words) = (
        column("callId"),
        column("speakerId"),
        column("talk_ms"),
        column("words"),
    );
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let key = (cells[call].to_owned(), cells[speaker].to_owned());
            (
                key,
                GoldSpeaker {
                    talk_ms: cells[talk].parse().unwrap(),
                    words: cells[words].parse().unwrap(),
                },
            )
        })
        .collect()
}

/// Calls, parties and sentences as the set's own files count them: per call id.
fn counted(set: &Path) -> (HashMap<String, usize>, HashMap<String, usize>) {
    let lines = |name: &str| std::fs::read_to_string(set.join(name)).unwrap();
    let json = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let parties = lines("calls.jsonl")
        .lines()
        .map(json)
        .map(|call| {
            (
                call["metaData"]["id"].as_str().unwrap().to_owned(),
                call["parties"].as_array().map_or(0, Vec::len),
            )
        })
        .collect();
    let sentences = lines("transcripts.jsonl")
        .lines()
        .map(json)
        .map(|transcript| {
            let blocks = transcript["transcript"].as_array().unwrap();
            let count = blocks
                .iter()
                .map(|block| block["sentences"].as_array().unwrap().len())
                .sum();
            (transcript["callId"].as_str().unwrap().to_owned(), count)
        })
        .collect();
    (parties, sentences)
}

fn per_call<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for id in ids {
        *counts.entry(id.clone()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn real_conversations_land_once_and_measure_as_their_gold_says() {
    let Some(folder) = std::env::var_os("TALKTRACK_TEST_DATA").map(PathBuf::from) else {
        eprintln!("skipped: TALKTRACK_TEST_DATA names no folder of real conversations");
        return;
    };
    for name in SETS {
        let set = folder.join(name);
        let (runtime, sandbox) = start(Dataset::from_folder(&set).unwrap(), sandbox_options());
        let home = tempfile::tempdir().unwrap();
        assert_done(&talktrack(home.path(), &sandbox.url(), &[], &["run", "-q"]));
        runtime.block_on(sandbox.stop());

        let lake = home.path().join("lake");
        let (parties, mut sentences) = counted(&set);
        sentences.retain(|_, count| *count > 0);
        let stored: Vec<CallRow> = rows(&lake);
        let stored_parties: Vec<PartyRow> = rows(&lake);
        let stored_sentences: Vec<SentenceRow> = rows(&lake);
        assert_eq!(stored.len(), parties.len(), "{name}: calls");
        assert_eq!(
            per_call(stored_parties.iter().map(|row| &row.call_id)),
            parties,
            "{name}: parties"
        );
        assert_eq!(
            per_call(stored_sentences.iter().map(|row| &row.call_id)),
            sentences,
            "{name}: sentences"
        );

        let gold = gold(&set);
        let talk: Vec<TalkRow> = rows(&lake);
        assert_eq!(talk.len(), gold.len(), "{name}: voices");
        for row in talk {
            let expected = &gold[&(row.call_id.clone(), row.speaker_id.clone())];
            assert_eq!(
                row.talk_ms_sum, expected.talk_ms,
                "{name}: talk_ms_sum of {} in {}",
                row.speaker_id, row.call_id
            );
            assert_eq!(
                row.words, expected.words,
                "{name}: words of {} in {}",
                row.speaker_id, row.call_id
            );
        }
        eprintln!(
            "{name}: {} calls, {} voices, {} sentences as gold",
            parties.len(),
            gold.len(),
            stored_sentences.len()
        );
    }
}

#[test]
fn a_second_run_leaves_every_file_as_it_is() {
    let (runtime, sandbox) = start(Dataset::from_company(&company()), sandbox_options());
    let home = tempfile::tempdir().unwrap();
    assert_done(&talktrack(home.path(), &sandbox.url(), &[], &["run", "-q"]));
    let first_requests = sandbox.requests().len();
    let before = comparable(&home.path().join("lake"));
    assert_done(&talktrack(home.path(), &sandbox.url(), &[], &["run", "-q"]));
    let second_requests = sandbox.requests().len() - first_requests;
    assert!(
        second_requests < first_requests,
        "{second_requests} requests after {first_requests}"
    );
    let after = comparable(&home.path().join("lake"));
    let changed: Vec<_> = before
        .iter()
        .filter(|(path, bytes)| after.get(*path) != Some(*bytes))
        .map(|(p, _)| p)
        .collect();
    assert!(changed.is_empty(), "the second run changed {changed:?}");
    assert_eq!(before.len(), after.len());
    runtime.block_on(sandbox.stop());
}

#[test]
fn runs_from_nothing_give_the_same_bytes_at_any_thread_count_and_in_either_order() {
    let company = company();
    let mut homes = Vec::new();
    for (threads, concurrency, newest_first) in
        [("1", "1", false), ("4", "4", false), ("4", "4", true)]
    {
        let options = SandboxOptions {
            newest_first,
            ..sandbox_options()
        };
        let (runtime, sandbox) = start(Dataset::from_company(&company), options);
        let home = tempfile::tempdir().unwrap();
        let settings = [
            ("TALKTRACK_ANALYZE_THREADS", threads),
            ("TALKTRACK_INGEST_CONCURRENCY", concurrency),
        ];
        assert_done(&talktrack(
            home.path(),
            &sandbox.url(),
            &settings,
            &["run", "-q"],
        ));
        runtime.block_on(sandbox.stop());
        homes.push(home);
    }
    assert_same_lake(&homes[0].path().join("lake"), &homes[1].path().join("lake"));
    assert_same_lake(&homes[0].path().join("lake"), &homes[2].path().join("lake"));
}
