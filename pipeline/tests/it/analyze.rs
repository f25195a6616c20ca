//! Analysis: what is read and written when nothing, a day, a dictionary or a side changed; threads never show.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use talktrack::analyze::{self, AnalyzeSummary, Settings};
use talktrack::clock::FixedClock;
use talktrack::lake::{Lake, PartitionKey};
use talktrack_analyzers::metrics::mentions::MentionsRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};
use talktrack_analyzers::{Dictionaries, DictionarySource, Parameters, registry};

use crate::rows::{call, party, sentence};

const CLOCK: FixedClock = FixedClock(Timestamp::UNIX_EPOCH);
const DAYS: u64 = 3;
/// `calls`, `parties` and `sentences` of a day.
const INPUTS_A_DAY: u64 = 3;

fn day(number: i8) -> Date {
    date(2026, 5, number)
}

async fn open(folder: &Path) -> Lake {
    Lake::open(&folder.to_string_lossy()).await.expect("a lake")
}

fn dictionaries(aliases: &str) -> Arc<Dictionaries> {
    let text = format!(
        "schema_version = 1\nname = \"competitors\"\nlanguage = \"en\"\nsaid_by = \"any\"\n\
         meaning = \"Products that customers compare us with.\"\n\
         [[entry]]\nid = \"initech\"\nlabel = \"Initech\"\nterms = [{aliases}]\n"
    );
    let file = DictionarySource {
        file: "competitors.toml".to_owned(),
        text,
    };
    Arc::new(Dictionaries::compile(&Dictionaries::layered(vec![file])).expect("dictionaries"))
}

pub(crate) fn settings(aliases: &str, threads: usize) -> Settings {
    Settings {
        threads,
        dictionaries: dictionaries(aliases),
        parameters: Parameters::default(),
    }
}

/// Metric tables in all, and those that hold mentions.
fn table_counts() -> (u64, u64) {
    let of = |mentions: bool| {
        registry()
            .iter()
            .filter(|analyzer| !mentions || analyzer.name() == "mentions")
            .map(|analyzer| analyzer.tables().len() as u64)
            .sum()
    };
    (of(false), of(true))
}

/// Two calls on a day; on the second day somebody says "Inny Tech".
async fn put_day(lake: &Lake, number: i8, customer_side: &str) {
    let at = day(number);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let mut parties = Vec::new();
    let mut sentences = Vec::new();
    let mut calls = Vec::new();
    for id in [format!("{number}1"), format!("{number}2")] {
        calls.push(call(&id, at));
        parties.push(party(&id, "rep", "company"));
        parties.push(party(&id, "buyer", customer_side));
        let said = if number == 2 {
            "We also look at Inny Tech."
        } else {
            "We also look at Initech."
        };
        sentences.push(sentence(
            &id,
            0,
            "rep",
            "company",
            "How do you do this today?",
        ));
        sentences.push(sentence(&id, 1, "buyer", customer_side, said));
    }
    let none = HashSet::new;
    let batch = vec![PartyRow::to_batch(&parties)];
    commit
        .merge_day::<PartyRow>(at, batch, none())
        .await
        .expect("parties");
    let batch = vec![SentenceRow::to_batch(&sentences)];
    commit
        .merge_day::<SentenceRow>(at, batch, none())
        .await
        .expect("sentences");
    let batch = vec![CallRow::to_batch(&calls)];
    commit
        .merge_day::<CallRow>(at, batch, none())
        .await
        .expect("calls");
    commit.finish().await.expect("finished");
}

async fn company(folder: &Path) -> Lake {
    let lake = open(folder).await;
    for number in 1..=DAYS as i8 {
        put_day(&lake, number, "customer").await;
    }
    lake
}

async fn analyzed(lake: &Lake, settings: &Settings) -> AnalyzeSummary {
    analyze::run(lake, settings, &CLOCK)
        .await
        .expect("analyzed")
}

#[tokio::test]
async fn only_what_is_stale_is_read_and_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = company(folder.path()).await;
    let (tables, mention_tables) = table_counts();
    assert_eq!(
        mention_tables, 2,
        "the numbers below stand for these tables"
    );
    let one_alias = settings("\"initech\"", 2);

    let first = analyzed(&lake, &one_alias).await;
    assert_eq!((first.days, first.calls), (3, 6));
    assert_eq!(first.partitions_read, DAYS * INPUTS_A_DAY);
    assert_eq!(first.partitions_written, DAYS * tables);

    let nothing = analyzed(&lake, &one_alias).await;
    assert_eq!(nothing, AnalyzeSummary::default(), "nothing changed");

    put_day(&lake, 4, "customer").await;
    let new_day = analyzed(&lake, &one_alias).await;
    assert_eq!(
        (
            new_day.days,
            new_day.partitions_read,
            new_day.partitions_written
        ),
        (1, 3, tables)
    );

    let two_aliases = settings("\"initech\", \"inny tech\"", 2);
    let new_alias = analyzed(&lake, &two_aliases).await;
    // Terms of objections and of MEDDPICC leave a competitor's name open, so what rests on them is looked at again.
    assert_eq!(
        new_alias.tables.iter().collect::<Vec<_>>(),
        [
            "evidence/mentions",
            "evidence/objections",
            "evidence/pace",
            "metrics/mentions",
            "metrics/methodology",
            "metrics/methodology_call",
            "metrics/objections",
            "metrics/pace"
        ]
    );
    assert_eq!((new_alias.days, new_alias.partitions_read), (4, 12));
    assert_eq!(
        new_alias.partitions_written, 4,
        "only the second day says it: mentions, and that a competitor is known"
    );
    assert_eq!(new_alias.partitions_unchanged, 28);

    put_day(&lake, 3, "unknown").await;
    let sides = analyzed(&lake, &two_aliases).await;
    assert_eq!((sides.days, sides.partitions_read), (1, 3));
    assert_eq!(
        sides.partitions_written + sides.partitions_unchanged,
        tables
    );
    let mentions: Vec<MentionsRow> = lake
        .read_rows(&PartitionKey::day("metrics/mentions", day(3)))
        .await
        .expect("mentions");
    let of_competitors = mentions
        .iter()
        .filter(|row| row.dictionary == "competitors");
    let sides: Vec<&str> = of_competitors.map(|row| row.side.as_str()).collect();
    assert_eq!(sides, ["unknown", "unknown"]);
}

#[tokio::test]
async fn a_day_that_lost_its_calls_loses_its_metrics() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = company(folder.path()).await;
    let settings = settings("\"initech\"", 1);
    analyzed(&lake, &settings).await;
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    for table in ["sentences", "parties", "calls"] {
        commit
            .remove(&PartitionKey::day(table, day(2)))
            .await
            .expect("removed");
    }
    commit.finish().await.expect("finished");
    let summary = analyzed(&lake, &settings).await;
    assert_eq!(
        (summary.partitions_removed, summary.partitions_written),
        (table_counts().0, 0)
    );
    let days: Vec<Date> = lake
        .snapshot()
        .await
        .expect("a snapshot")
        .days("metrics/talk")
        .collect();
    assert_eq!(days, [day(1), day(3)]);
}

#[tokio::test]
async fn metrics_that_somebody_deleted_or_changed_are_made_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = company(folder.path()).await;
    let settings = settings("\"initech\"", 1);
    analyzed(&lake, &settings).await;
    let path = |table: &str, number: i8| {
        folder
            .path()
            .join(PartitionKey::day(table, day(number)).path())
    };
    let expected = std::fs::read(path("metrics/talk", 1)).expect("a file");
    std::fs::remove_file(path("metrics/talk", 1)).expect("removed");
    std::fs::copy(path("metrics/talk", 3), path("metrics/talk", 2)).expect("copied");
    let summary = analyzed(&lake, &settings).await;
    assert_eq!((summary.days, summary.partitions_written), (2, 2));
    assert_eq!(
        std::fs::read(path("metrics/talk", 1)).expect("a file"),
        expected
    );
}

#[tokio::test]
async fn threads_do_not_show() {
    let mut lakes = Vec::new();
    for threads in [1, 4] {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = company(folder.path()).await;
        analyzed(&lake, &settings("\"initech\"", threads)).await;
        lakes.push((folder, lake));
    }
    let (_, first) = &lakes[0];
    let (_, second) = &lakes[1];
    let snapshot = first.snapshot().await.expect("a snapshot");
    let mut compared = 0;
    for table in snapshot.tables() {
        for (key, _) in snapshot.partitions(table) {
            let a = first.read_bytes(&key).await.expect("read").expect("there");
            let b = second.read_bytes(&key).await.expect("read").expect("there");
            assert!(a == b, "{key}");
            compared += 1;
        }
    }
    assert_eq!(compared, DAYS * (INPUTS_A_DAY + table_counts().0));
}
