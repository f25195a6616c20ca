//! Scores on the research data in the folder that `TALKTRACK_TEST_DATA` names; skipped where it is unset.

#![expect(
    clippy::print_stdout,
    reason = "scores are printed for whoever runs the tests with --nocapture"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, SentenceRow};
use talktrack_analyzers::{
    Analysis, Call, Dictionaries, Inputs, Mention, Parameters, Side, analyze,
};

use crate::notation::call;
use crate::registry::embedded;

const CALL_SETS: [&str; 6] = [
    "bt_oasis",
    "craigslist",
    "earnings21",
    "earnings22",
    "mrda",
    "p4g",
];

pub(crate) fn data_folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TALKTRACK_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!(
            "{test} is skipped: TALKTRACK_TEST_DATA does not name the folder of research data"
        );
    }
    folder
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn read_calls(folder: &Path) -> Inputs {
    let (mut calls, mut sentences): (Vec<CallRow>, Vec<SentenceRow>) = (Vec::new(), Vec::new());
    let lines = fs::read_to_string(folder.join("transcripts.jsonl")).expect("transcripts.jsonl");
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let call_id = text_of(&record["callId"]);
        calls.push(call(&call_id, 3600));
        let first = sentences.len();
        for (block, monologue) in record["transcript"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
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

/// Per call and voice: `talk_ms_sum` and words of the gold table.
fn read_gold(folder: &Path) -> BTreeMap<(String, String), (i64, i64)> {
    let text = fs::read_to_string(folder.join("gold_metrics.tsv")).expect("gold_metrics.tsv");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    let column = |name: &str| header.iter().position(|c| *c == name).expect("a column");
    let (call_id, speaker, talk, words) = (
        column("callId"),
        column("speakerId"),
        column("talk_ms"),
        column("words"),
    );
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| {
            let key = (cells[call_id].to_owned(), cells[speaker].to_owned());
            (
                key,
                (
                    cells[talk].parse().expect("talk_ms"),
                    cells[words].parse().expect("words"),
                ),
            )
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
        let tables =
            analyze(&read_calls(&folder), &analysis, &["metrics/talk"]).expect("a sound schema");
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

/// Hits and misses of a yes-or-no rule against labels.
#[derive(Default)]
pub(crate) struct Score {
    both: u32,
    only_ours: u32,
    only_theirs: u32,
}

impl Score {
    pub(crate) fn add(&mut self, ours: bool, theirs: bool) {
        match (ours, theirs) {
            (true, true) => self.both += 1,
            (true, false) => self.only_ours += 1,
            (false, true) => self.only_theirs += 1,
            (false, false) => {}
        }
    }

    pub(crate) fn precision(&self) -> f64 {
        f64::from(self.both) / f64::from((self.both + self.only_ours).max(1))
    }

    pub(crate) fn recall(&self) -> f64 {
        f64::from(self.both) / f64::from((self.both + self.only_theirs).max(1))
    }

    pub(crate) fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)
    }
}

/// The lines of a gzipped table, cut into cells, without its header.
fn gzipped_rows(path: &Path) -> Vec<Vec<String>> {
    let file = fs::File::open(path).expect("a readable table");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text)
        .expect("gzip");
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

/// Column of the text as transcribed and of the lower-case text without punctuation.
const AS_TRANSCRIBED: usize = 3;
const WITHOUT_PUNCTUATION: usize = 4;

/// Set, column and the best F1 that a simple rule reaches there (README of the data).
const QUESTION_SETS: [(&str, usize, f64); 4] = [
    ("bt_oasis", WITHOUT_PUNCTUATION, 0.816),
    ("mrda", WITHOUT_PUNCTUATION, 0.505),
    ("swda", WITHOUT_PUNCTUATION, 0.644),
    ("swda", AS_TRANSCRIBED, 0.729),
];

#[test]
fn questions_beat_the_simple_rules() {
    let Some(folder) = data_folder("questions_beat_the_simple_rules") else {
        return;
    };
    let dictionaries = embedded();
    let cues = dictionaries.question_cues();
    println!("set       text         precision recall F1    simple rule's F1");
    let show_errors = std::env::var_os("TALKTRACK_SHOW_ERRORS").is_some();
    let mut behind = Vec::new();
    for (set, column, simple) in QUESTION_SETS {
        let mut score = Score::default();
        for row in gzipped_rows(&folder.join(format!("questions/{set}.tsv.gz"))) {
            let (ours, theirs) = (cues.question(&row[column]).is_some(), row[6] == "1");
            score.add(ours, theirs);
            if show_errors && ours != theirs {
                println!(
                    "{set}{column}\t{}\t{}\t{}",
                    if ours { "FP" } else { "FN" },
                    row[5],
                    row[column]
                );
            }
        }
        let text = if column == AS_TRANSCRIBED {
            "transcribed"
        } else {
            "unpunctuated"
        };
        println!(
            "{set:<9} {text:<12} {:.3}     {:.3}  {:.3} {simple:.3}",
            score.precision(),
            score.recall(),
            score.f1()
        );
        if score.f1() <= simple {
            behind.push(format!("{set}, {text}: {:.3}", score.f1()));
        }
    }
    assert!(behind.is_empty(), "not above the simple rule on {behind:?}");
}

/// Resisting strategies are close to objections but not the same, so the scores are printed and the only bar is that
/// something is found.
#[test]
fn objections_find_some_resistance() {
    let Some(folder) = data_folder("objections_find_some_resistance") else {
        return;
    };
    let dictionaries = embedded();
    println!("set        precision recall F1   (share of customers' sentences labelled)");
    for set in ["craigslist", "p4g"] {
        let path = folder.join(format!("objections/{set}_resisting.tsv"));
        let text = fs::read_to_string(path).expect("a readable table");
        let mut score = Score::default();
        let mut labelled = 0;
        let rows = text
            .lines()
            .skip(1)
            .map(|line| line.split('\t').collect::<Vec<_>>());
        let customers: Vec<Vec<&str>> = rows.filter(|cells| cells[4] == "External").collect();
        for cells in &customers {
            let found = objections(&dictionaries, cells[5]);
            labelled += u32::from(cells[7] == "1");
            score.add(found, cells[7] == "1");
        }
        println!(
            "{set:<10} {:.3}     {:.3}  {:.3} ({:.3})",
            score.precision(),
            score.recall(),
            score.f1(),
            f64::from(labelled) / customers.len() as f64
        );
        assert!(score.both > 0, "{set}: nothing found");
    }
}

fn objections(dictionaries: &Dictionaries, text: &str) -> bool {
    let call = Call::of_sentence(text, Side::Customer);
    let mentions = dictionaries.mentions(&call);
    let is_objection =
        |mention: &Mention| dictionaries.all()[mention.dictionary].name == "objections";
    mentions.iter().any(is_objection)
}
