//! How well names and amounts are found on calls whose entities are tagged; skipped where `TALKTRACK_TEST_DATA` is unset.

#![expect(
    clippy::print_stdout,
    reason = "scores are printed for whoever runs the tests with --nocapture"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use talktrack_analyzers::text::folded;
use talktrack_analyzers::{Call, Dictionaries, Side};

use crate::mentions::source;
use crate::research::{Score, data_folder, read_calls};

/// A tag: call, start of its sentence, and what is tagged, folded.
type Tag = (String, i64, String);

/// The tags of some kinds, and the words tagged by call.
fn tags(
    folder: &Path,
    kinds: &[&str],
) -> (BTreeSet<Tag>, BTreeMap<String, BTreeMap<String, String>>) {
    let path = folder.join("mentions/earnings21_entities.tsv");
    let text = fs::read_to_string(path).expect("a readable table");
    let mut tags = BTreeSet::new();
    let mut words: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [call, _, _, _, start, kind, said, _] = cells[..] else {
            continue;
        };
        if !kinds.contains(&kind) || !said.chars().any(char::is_alphanumeric) {
            continue;
        }
        let start = start.parse().expect("milliseconds");
        tags.insert((call.to_owned(), start, folded(said)));
        let of_call = words.entry(call.to_owned()).or_default();
        of_call
            .entry(folded(said))
            .or_insert_with(|| said.trim().to_owned());
    }
    (tags, words)
}

/// A dictionary in which each name is an entry, its words in the order of the names.
fn dictionary(names: &BTreeMap<String, String>, keys: &str) -> Option<Dictionaries> {
    let mut body = "variants = false\n".to_owned();
    for (at, name) in names.values().enumerate() {
        let quoted = serde_json::to_string(name).expect("a text");
        let _ = writeln!(
            body,
            "[[entry]]\nid = \"n{at}\"\n{keys}\nterms = [{quoted}]"
        );
    }
    // A few tags hold no more than `it` or `the`, which no dictionary takes.
    Dictionaries::compile(&[source("competitors.toml", &body)]).ok()
}

#[test]
fn names_of_organisations_are_found_where_they_are_tagged() {
    let Some(folder) = data_folder("names_of_organisations_are_found_where_they_are_tagged") else {
        return;
    };
    let inputs = read_calls(&folder.join("earnings21"));
    let calls = inputs.calls().expect("a sound schema");
    let (tags, words) = tags(&folder, &["ORG"]);
    println!("names of organisations, each looked up in its own call");
    println!("case      precision recall F1     tags");
    for (label, keys) in [("any", ""), ("as written", "case_sensitive = true")] {
        let mut found = BTreeSet::new();
        let mut wanted: BTreeSet<&Tag> = BTreeSet::new();
        for call in &calls {
            let Some(names) = words.get(call.call_id) else {
                continue;
            };
            let Some(dictionaries) = dictionary(names, keys) else {
                continue;
            };
            wanted.extend(tags.iter().filter(|(id, _, _)| id == call.call_id));
            for mention in dictionaries.mentions(call) {
                let sentence = &call.sentences[mention.sentence];
                let said = folded(&sentence.text[mention.bytes.clone()]);
                found.insert((call.call_id.to_owned(), sentence.start_ms, said));
            }
        }
        let score = scored(&found, &wanted);
        print(label, &score, wanted.len());
        assert!(
            score.recall() > 0.9,
            "{label}: a name is lost in its own call"
        );
        assert!(score.precision() > 0.6, "{label}: {}", score.precision());
    }
}

fn scored(found: &BTreeSet<Tag>, wanted: &BTreeSet<&Tag>) -> Score {
    let mut score = Score::default();
    for tag in found {
        score.add(true, wanted.contains(tag));
    }
    for tag in wanted {
        if !found.contains(*tag) {
            score.add(false, true);
        }
    }
    score
}

fn print(label: &str, score: &Score, labelled: usize) {
    println!(
        "{label:<10} {:.3}    {:.3}  {:.3}  {labelled}",
        score.precision(),
        score.recall(),
        score.f1(),
    );
}

#[test]
fn sentences_with_amounts_are_found() {
    let Some(folder) = data_folder("sentences_with_amounts_are_found") else {
        return;
    };
    let inputs = read_calls(&folder.join("earnings21"));
    let calls = inputs.calls().expect("a sound schema");
    let (tags, _) = tags(&folder, &["MONEY"]);
    let tagged: BTreeSet<(&str, i64)> = tags
        .iter()
        .map(|(call, start, _)| (call.as_str(), *start))
        .collect();
    let body = "[[entry]]\nid = \"money\"\nterms = [\"<money>\"]\n";
    let dictionaries =
        Dictionaries::compile(&[source("amounts.toml", body)]).expect("a sound dictionary");
    let mut score = Score::default();
    for call in &calls {
        for sentence in &call.sentences {
            let one = Call::of_sentence(sentence.text, Side::Unknown);
            let ours = !dictionaries.mentions(&one).is_empty();
            score.add(ours, tagged.contains(&(call.call_id, sentence.start_ms)));
        }
    }
    println!("sentences with an amount of money\nslot       precision recall F1     tags");
    print("<money>", &score, tagged.len());
    assert!(score.f1() > 0.8, "{}", score.f1());
}
