//! What changes after it was read: transcripts that come late, calls that turn private or move.

use jiff::SignedDuration;
use talktrack::ingest::{Error, Settings, sides::SideRules};
use talktrack_analyzers::tables::{CallRow, CoverageRow, PartyRow, SentenceRow, TombstoneRow};
use talktrack_fixtures::{Sandbox, SandboxOptions};
use talktrack_gong::client::ClientOptions;

use super::support::{
    Home, NOW, asked_ids, assert_same, call, client_with, dataset, sandbox, time, transcript,
};

async fn states(home: &Home, call_id: &str) -> Vec<String> {
    let calls = home.rows::<CallRow>().await;
    calls
        .into_iter()
        .filter(|call| call.call_id == call_id)
        .map(|call| call.transcript_state)
        .collect()
}

#[tokio::test]
async fn a_late_transcript_is_asked_for_until_it_comes() {
    let sandbox = sandbox(dataset(30)).await;
    sandbox.edit(|dataset| dataset.remove_transcript("990"));
    let mut home = Home::new().await;
    let summary = home.run(&sandbox).await;
    assert_eq!(
        (summary.transcripts_present, summary.transcripts_pending),
        (29, 1)
    );
    assert_eq!(states(&home, "990").await, ["pending"]);
    sandbox.edit(|dataset| dataset.put_transcript(&transcript("990"), None));
    home.now = time(NOW) + SignedDuration::from_hours(24);
    let summary = home.run(&sandbox).await;
    assert_eq!(
        (summary.transcripts_present, summary.transcripts_pending),
        (1, 0)
    );
    assert_eq!(states(&home, "990").await, ["present"]);
    let sentences = home.rows::<SentenceRow>().await;
    let sides: Vec<String> = sentences
        .into_iter()
        .filter(|row| row.call_id == "990")
        .map(|row| row.side)
        .collect();
    assert_eq!(sides, ["company", "customer", "customer", "unknown"]);
    let day = home
        .whole::<CoverageRow>()
        .await
        .into_iter()
        .find(|row| row.day == "2026-04-28");
    assert_eq!(
        day.map(|row| (row.transcripts_present, row.transcripts_pending)),
        Some((1, 0))
    );
}

#[tokio::test]
async fn waiting_ends_after_thirty_days_and_for_old_calls_after_two_nights() {
    let sandbox = sandbox(dataset(60)).await;
    sandbox.edit(|dataset| {
        dataset.remove_transcript("982");
        dataset.remove_transcript("1030");
    });
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    home.now = time(NOW) + SignedDuration::from_hours(24);
    home.run(&sandbox).await;
    assert_eq!(states(&home, "982").await, ["pending"]);
    assert_eq!(
        states(&home, "1030").await,
        ["absent"],
        "it was 101 days old when first seen"
    );
    home.now = time(NOW) + SignedDuration::from_hours(24 * 30);
    sandbox.clear_requests();
    home.run(&sandbox).await;
    assert_eq!(states(&home, "982").await, ["absent"]);
    assert_eq!(
        asked_ids(&sandbox.requests(), "/v2/calls/transcript"),
        ["982".to_owned()].into()
    );
    sandbox.clear_requests();
    home.run(&sandbox).await;
    assert!(asked_ids(&sandbox.requests(), "/v2/calls/transcript").is_empty());
}

#[tokio::test]
async fn a_call_that_turns_private_leaves_every_table() {
    let sandbox = sandbox(dataset(10)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.edit(|dataset| {
        dataset.change_call("981", |call| call["metaData"]["isPrivate"] = true.into())
    });
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.private, 1);
    for (name, bytes) in home.files() {
        let batches = parquet_rows(&bytes);
        assert!(!batches.contains("981"), "`{name}` still names the call");
    }
    let tombstones = home.whole::<TombstoneRow>().await;
    assert_eq!(tombstones.len(), 1);
    assert_eq!(
        (
            tombstones[0].call_id.as_str(),
            tombstones[0].reason.as_str()
        ),
        ("981", "private")
    );
    sandbox.edit(|dataset| {
        dataset.change_call("981", |call| call["metaData"]["isPrivate"] = false.into())
    });
    home.run(&sandbox).await;
    assert_eq!(states(&home, "981").await, ["present"]);
    assert!(home.whole::<TombstoneRow>().await.is_empty());
    let fresh = Home::new().await;
    fresh.run(&sandbox).await;
    assert_same(&fresh.files(), &home.files(), "back to where it was");
}

fn parquet_rows(bytes: &[u8]) -> String {
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes)
        .expect("Parquet");
    let batches: Vec<_> = reader
        .build()
        .expect("a reader")
        .map(|batch| batch.expect("rows"))
        .collect();
    format!("{batches:?}")
}

#[tokio::test]
async fn a_call_that_moves_to_another_day_is_there_once() {
    let sandbox = sandbox(dataset(10)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.edit(|dataset| {
        let mut moved = call("981", 5);
        moved["metaData"]["title"] = "Moved".into();
        dataset.put_call(&moved);
        dataset.remove_transcript("981");
    });
    home.run(&sandbox).await;
    let calls = home.rows::<CallRow>().await;
    let found: Vec<&CallRow> = calls.iter().filter(|call| call.call_id == "981").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title.as_deref(), Some("Moved"));
    assert_eq!(found[0].transcript_state, "present", "what was there stays");
    let sentences = home.rows::<SentenceRow>().await;
    assert_eq!(
        sentences.iter().filter(|row| row.call_id == "981").count(),
        4
    );
    sandbox.edit(|dataset| dataset.put_transcript(&transcript("981"), None));
    let fresh = Home::new().await;
    fresh.run(&sandbox).await;
    assert_same(
        &fresh.files(),
        &home.files(),
        "as if it had always been there",
    );
}

#[tokio::test]
async fn changed_sides_are_applied_without_asking_gong() {
    let sandbox = sandbox(dataset(10)).await;
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.clear_requests();
    home.settings = Settings {
        sides: SideRules::new(["other.example".to_owned()], []),
        ..home.settings.clone()
    };
    let changed = talktrack::ingest::resides(&home.lake, &home.settings, home.now)
        .await
        .expect("a lake");
    assert_eq!(changed, 10, "one day a call");
    assert!(sandbox.requests().is_empty());
    assert!(
        home.rows::<PartyRow>()
            .await
            .iter()
            .all(|party| party.side == "company")
    );
    let sides: Vec<String> = home
        .rows::<SentenceRow>()
        .await
        .into_iter()
        .map(|row| row.side)
        .take(4)
        .collect();
    assert_eq!(sides, ["company", "company", "company", "unknown"]);
    let again = talktrack::ingest::resides(&home.lake, &home.settings, home.now)
        .await
        .expect("a lake");
    assert_eq!(again, 0);
    let mut fresh = Home::new().await;
    fresh.settings = home.settings.clone();
    fresh.run(&sandbox).await;
    assert_same(
        &fresh.files(),
        &home.files(),
        "as if the settings had always been so",
    );
}

#[tokio::test]
async fn a_call_found_private_when_its_deal_is_read_again_is_counted_as_private() {
    let sandbox = sandbox(dataset(40)).await;
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.edit(|dataset| {
        dataset.change_call("984", |call| call["metaData"]["isPrivate"] = true.into())
    });
    home.now = time("2026-06-20T02:00:00Z");
    home.run(&sandbox).await;
    assert!(states(&home, "984").await.is_empty());
    let coverage = home.whole::<CoverageRow>().await;
    for row in &coverage {
        let found = row.stored + row.private + row.rejected;
        assert_eq!(row.listed, found, "{}", row.day);
    }
    assert_eq!(coverage.iter().map(|row| row.private).sum::<i64>(), 1);
}

#[tokio::test]
async fn private_calls_follow_the_settings_also_where_they_were_read_long_ago() {
    let sandbox = sandbox(dataset(60)).await;
    sandbox.edit(|dataset| {
        dataset.change_call("1030", |call| call["metaData"]["isPrivate"] = true.into())
    });
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    let without = home.files();
    home.settings.store_private = true;
    home.run(&sandbox).await;
    assert_eq!(states(&home, "1030").await, ["present"]);
    home.settings.store_private = false;
    home.run(&sandbox).await;
    assert_same(&without, &home.files(), "as if it had never been stored");
}

#[tokio::test]
async fn another_workspace_is_read_from_its_beginning_although_the_first_run_is_cut_short() {
    let mut both = dataset(120);
    for number in (0..120).step_by(2) {
        let id = (980 + number).to_string();
        both.change_call(&id, |call| call["metaData"]["workspaceId"] = "88".into());
    }
    let options = SandboxOptions {
        requests_per_second: None,
        newest_first: true,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(both, options).await.expect("a sandbox");
    let mut home = Home::new().await;
    home.settings.workspaces = vec!["77".to_owned()];
    home.run(&sandbox).await;
    assert_eq!(home.rows::<CallRow>().await.len(), 60);
    home.settings.workspaces = vec!["88".to_owned()];
    home.settings.concurrency = 1;
    let options = ClientOptions {
        requests_per_second: 0.0,
        requests_per_day: 6,
        max_wait: std::time::Duration::ZERO,
        ..ClientOptions::default()
    };
    let client = client_with(&sandbox.url(), options);
    let progress = talktrack::progress::Progress::none();
    let error = talktrack::ingest::run(&client, &home.lake, &home.settings, home.now, &progress)
        .await
        .expect_err("six requests are not enough");
    assert!(matches!(error, Error::Gong(_)), "{error}");
    let kept = home.rows::<CallRow>().await.len();
    assert!(kept > 60 && kept < 120, "{kept} calls are kept");
    let summary = home.run(&sandbox).await;
    assert_eq!(home.rows::<CallRow>().await.len(), 120);
    assert!(summary.is_complete());
}
