//! Partitions read and written by ingest and by analysis, in numbers, after one thing changed.

use talktrack::analyze::{self, Settings};
use talktrack::clock::FixedClock;
use talktrack::ingest::sides::{Side, SideRules};
use talktrack::lake::Counters;
use talktrack_fixtures::Sandbox;

use super::support::{Home, call, dataset, sandbox, transcript};
use crate::analyze::settings;

/// Partitions touched by one night.
#[derive(Debug, PartialEq, Eq)]
struct Touched {
    ingest_read: u64,
    ingest_written: u64,
    analyze_read: u64,
    analyze_written: u64,
}

async fn night(home: &Home, sandbox: &Sandbox, settings: &Settings) -> Touched {
    let start = home.lake.counters();
    home.run(sandbox).await;
    let between = home.lake.counters();
    analyze::run(&home.lake, settings, &FixedClock(home.now))
        .await
        .expect("analyzed");
    let end = home.lake.counters();
    let removed = |counters: &Counters| counters.partitions_removed;
    assert_eq!(removed(&start), removed(&end), "nothing goes");
    Touched {
        ingest_read: between.partitions_read - start.partitions_read,
        ingest_written: between.partitions_written - start.partitions_written,
        analyze_read: end.partitions_read - between.partitions_read,
        analyze_written: end.partitions_written - between.partitions_written,
    }
}

/// What a run reads for `days` days with calls in the look-back: what is stored of them (`calls`, `parties`), the tables
/// that take their rows (`parties`, `crm_objects`, `gong_stats`, `gong_topics`, `calls`), how many there are (`calls`);
/// and `users`, `workspaces`, `coverage`, and `deal_history` twice.
fn reads_of_look_back(days: u64) -> u64 {
    days * (2 + 5 + 1) + 5
}

/// Tables that an analysis makes of a day.
fn metric_tables() -> u64 {
    let analyzers = talktrack_analyzers::registry().iter();
    analyzers
        .map(|analyzer| analyzer.tables().len() as u64)
        .sum()
}

#[tokio::test]
async fn a_night_touches_what_changed_and_no_more() {
    let sandbox = sandbox(dataset(10)).await;
    let mut home = Home::new().await;
    let one_alias = settings("\"initech\"", 2);
    let first = night(&home, &sandbox, &one_alias).await;
    assert_eq!(
        (
            first.ingest_written,
            first.analyze_read,
            first.analyze_written
        ),
        (64, 30, 10 * metric_tables()),
        "10 days of 6 tables, and users, workspaces, deals, coverage; 3 inputs and the metric tables a day"
    );

    assert_eq!(
        night(&home, &sandbox, &one_alias).await,
        Touched {
            ingest_read: reads_of_look_back(3),
            ingest_written: 0,
            analyze_read: 0,
            analyze_written: 0,
        },
        "nothing changed"
    );
    assert_eq!(reads_of_look_back(3), 29);

    sandbox.edit(|dataset| {
        let mut said = transcript("2000");
        said["transcript"][0]["sentences"][0]["text"] = "We also look at Inny Tech.".into();
        assert!(dataset.put_call(&call("2000", 2)));
        assert!(dataset.put_transcript(&said, None));
    });
    assert_eq!(
        night(&home, &sandbox, &one_alias).await,
        Touched {
            ingest_read: 29,
            ingest_written: 8,
            analyze_read: 3,
            analyze_written: metric_tables(),
        },
        "one new day: its 6 tables, its deal and its coverage; its metric tables"
    );

    let two_aliases = settings("\"initech\", \"inny tech\"", 2);
    assert_eq!(
        night(&home, &sandbox, &two_aliases).await,
        Touched {
            ingest_read: reads_of_look_back(4),
            ingest_written: 0,
            analyze_read: 33,
            analyze_written: 2,
        },
        "one new alias: the words of all 11 days are read, and the one day that says it changes"
    );

    home.settings.sides = SideRules::new([], [("9842".to_owned(), Side::Company)]);
    let touched = night(&home, &sandbox, &two_aliases).await;
    let written = touched.analyze_written;
    assert!(
        (6..metric_tables()).contains(&written),
        "tables that tell sides apart change, those that have none do not: {written}"
    );
    assert_eq!(
        touched,
        Touched {
            ingest_read: reads_of_look_back(4) + 11 + 2,
            ingest_written: 2,
            analyze_read: 3,
            analyze_written: written,
        },
        "one party changes side: the parties of all days are read, those of its day and its sentences once more and written"
    );
}
