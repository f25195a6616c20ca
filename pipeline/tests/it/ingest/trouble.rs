//! Gong empty, broken, or out of patience: what was stored is not harmed, and what can be kept is.

use talktrack::ingest::Error;
use talktrack_analyzers::tables::{CallRow, CoverageRow, RejectRow, SentenceRow};
use talktrack_fixtures::{Dataset, Fault, FaultKind};
use talktrack_gong::client::ClientOptions;

use super::support::{Home, asked_ids, assert_same, client_with, dataset, sandbox};

const EXTENSIVE: &str = "/v2/calls/extensive";

#[tokio::test]
async fn an_empty_tenant_is_no_error() {
    let sandbox = sandbox(Dataset::default()).await;
    let home = Home::new().await;
    let summary = home.run(&sandbox).await;
    assert_eq!((summary.calls_listed, summary.windows_open), (0, 0));
    assert!(home.rows::<CallRow>().await.is_empty());
}

#[tokio::test]
async fn a_call_that_cannot_be_decoded_is_kept_aside_until_it_can() {
    let sandbox = sandbox(dataset(10)).await;
    let good = sandbox.edit(|dataset| {
        let good = dataset.call("981").expect("a call");
        let mut bad = good.clone();
        bad["metaData"]["duration"] = "an hour".into();
        bad["media"] = serde_json::json!({"audioUrl": "https://signed.example"});
        dataset.put_call_bytes("981", &bad.to_string());
        good
    });
    let home = Home::new().await;
    let summary = home.run(&sandbox).await;
    assert_eq!(
        (summary.rejected, summary.stored, summary.is_complete()),
        (1, 9, false)
    );
    let rejects = home.rows::<RejectRow>().await;
    assert_eq!(rejects.len(), 1);
    assert_eq!(
        (rejects[0].table.as_str(), rejects[0].record_id.as_str()),
        ("calls", "981")
    );
    assert_eq!(rejects[0].json_path, "calls[].metaData.duration");
    assert!(!rejects[0].raw.contains("signed"));
    assert_eq!(
        home.whole::<CoverageRow>()
            .await
            .iter()
            .map(|row| row.rejected)
            .sum::<i64>(),
        1
    );
    sandbox.edit(|dataset| dataset.put_call(&good));
    let summary = home.run(&sandbox).await;
    assert!(summary.is_complete());
    assert!(home.rows::<RejectRow>().await.is_empty());
    assert_eq!(home.rows::<CallRow>().await.len(), 10);
    let fresh = Home::new().await;
    fresh.run(&sandbox).await;
    assert_same(
        &fresh.files(),
        &home.files(),
        "as if it had decoded at once",
    );
}

#[tokio::test]
async fn a_broken_page_ends_the_run_and_harms_nothing() {
    let sandbox = sandbox(dataset(60)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    let before = home.files();
    for _ in 0..20 {
        sandbox.inject(Fault::at(EXTENSIVE, FaultKind::MalformedPage));
    }
    let error = home
        .try_run(&sandbox)
        .await
        .expect_err("no page can be read");
    assert!(
        matches!(
            error,
            Error::Gong(talktrack_gong::error::Error::Decode { .. })
        ),
        "{error}"
    );
    assert_same(&before, &home.files(), "after a broken page");
}

#[tokio::test]
async fn an_unknown_workspace_is_named_with_those_that_are_known() {
    let sandbox = sandbox(dataset(3)).await;
    let mut home = Home::new().await;
    home.settings.workspaces = vec!["Marketing".to_owned()];
    let error = home
        .try_run(&sandbox)
        .await
        .expect_err("there is no such workspace");
    assert_eq!(
        error.to_string(),
        "workspace `Marketing` is not known to Gong"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("77")));
    assert!(home.files().is_empty());
    home.settings.workspaces = vec!["77".to_owned()];
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.stored, 3);
}

#[tokio::test]
async fn an_expired_cursor_restarts_its_window_and_then_splits_it() {
    let mut home = Home::new().await;
    home.settings.calls_per_window = 1_000;
    let sandbox = sandbox(dataset(150)).await;
    let expired = || Fault::status(EXTENSIVE, 400, "Failed to verify cursor");
    let first = Fault::at(
        EXTENSIVE,
        FaultKind::Delay(std::time::Duration::from_millis(1)),
    );
    // The unbounded request, then a first page and a refused cursor, twice.
    sandbox.inject(first.clone());
    for _ in 0..2 {
        sandbox.inject(first.clone());
        sandbox.inject(expired());
    }
    let summary = home.run(&sandbox).await;
    assert_eq!(sandbox.faults_left(), 0);
    assert_eq!(
        (summary.stored, summary.windows_done, summary.windows_open),
        (150, 2, 0)
    );
    assert_eq!(home.rows::<CallRow>().await.len(), 150);
}

#[tokio::test]
async fn a_spent_budget_keeps_what_was_read_and_the_next_run_goes_on() {
    let sandbox = sandbox(dataset(120)).await;
    let home = Home::new().await;
    let options = ClientOptions {
        requests_per_second: 0.0,
        requests_per_day: 8,
        max_wait: std::time::Duration::ZERO,
        ..ClientOptions::default()
    };
    let progress = talktrack::progress::Progress::none();
    let client = client_with(&sandbox.url(), options);
    let error = talktrack::ingest::run(&client, &home.lake, &home.settings, home.now, &progress)
        .await
        .expect_err("eight requests are not enough");
    assert!(
        matches!(
            error,
            Error::Gong(talktrack_gong::error::Error::Budget { .. })
        ),
        "{error}"
    );
    let kept = home.rows::<CallRow>().await.len();
    assert!(kept > 0 && kept < 120, "{kept} calls are kept");
    let state = home.lake.snapshot().await.expect("a snapshot");
    let spent = talktrack::ingest::requests_spent(state.state(), home.now);
    assert_eq!(spent.iter().map(|spent| spent.count).sum::<u32>(), 8);
    let stored: Vec<String> = home
        .rows::<CallRow>()
        .await
        .into_iter()
        .map(|call| call.call_id)
        .collect();
    let asked_before = asked_ids(&sandbox.requests(), "/v2/calls/transcript");
    sandbox.clear_requests();
    home.run(&sandbox).await;
    let again = asked_ids(&sandbox.requests(), "/v2/calls/transcript");
    assert!(
        stored
            .iter()
            .filter(|id| asked_before.contains(*id))
            .all(|id| !again.contains(id))
    );
    let fresh = Home::new().await;
    fresh.run(&sandbox).await;
    assert_same(&fresh.files(), &home.files(), "after a spent budget");
}

#[tokio::test]
async fn private_calls_are_counted_and_left_out_and_their_transcripts_not_asked_for() {
    let sandbox = sandbox(dataset(10)).await;
    sandbox.edit(|dataset| {
        dataset.change_call("983", |call| call["metaData"]["isPrivate"] = true.into())
    });
    let home = Home::new().await;
    let summary = home.run(&sandbox).await;
    assert_eq!(
        (summary.calls_listed, summary.private, summary.stored),
        (10, 1, 9)
    );
    assert!(!asked_ids(&sandbox.requests(), "/v2/calls/transcript").contains("983"));
    assert!(
        home.rows::<SentenceRow>()
            .await
            .iter()
            .all(|row| row.call_id != "983")
    );
    assert_eq!(
        home.whole::<CoverageRow>()
            .await
            .iter()
            .map(|row| row.private)
            .sum::<i64>(),
        1
    );
}

#[tokio::test]
async fn a_record_without_an_id_is_kept_aside_once_and_until_it_decodes() {
    let sandbox = sandbox(dataset(10)).await;
    let home = Home::new().await;
    let good = sandbox.edit(|dataset| dataset.call("981").expect("a call"));
    for title in ["Once", "Twice"] {
        let mut bad = good.clone();
        bad["metaData"]["id"] = serde_json::Value::Null;
        bad["metaData"]["title"] = title.into();
        sandbox.edit(|dataset| dataset.put_call_bytes("981", &bad.to_string()));
        let summary = home.run(&sandbox).await;
        assert_eq!((summary.rejected, summary.windows_open), (1, 0));
        let rejects = home.rows::<RejectRow>().await;
        assert_eq!(rejects.len(), 1, "the record as it is now");
        assert!(rejects[0].raw.contains(title));
    }
    sandbox.edit(|dataset| dataset.put_call(&good));
    home.run(&sandbox).await;
    assert!(home.rows::<RejectRow>().await.is_empty());
    let fresh = Home::new().await;
    fresh.run(&sandbox).await;
    assert_same(
        &fresh.files(),
        &home.files(),
        "as if it had decoded at once",
    );
}
