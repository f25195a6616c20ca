//! The same input gives the same lake, in whatever order and however often it is read.

use talktrack_analyzers::tables::{CallRow, CoverageRow, DealHistoryRow, PartyRow, SentenceRow};
use talktrack_fixtures::SandboxOptions;

use super::support::{
    Home, asked_ids, assert_same, busy_dataset, dataset, requests_by_path, sandbox,
};

#[tokio::test]
async fn every_call_party_and_sentence_lands_once() {
    let sandbox = sandbox(dataset(150)).await;
    let home = Home::new().await;
    let summary = home.run(&sandbox).await;
    assert_eq!(
        (
            summary.calls_listed,
            summary.stored,
            summary.transcripts_present
        ),
        (150, 150, 150)
    );
    assert_eq!(
        (
            summary.windows_open,
            summary.rejected,
            summary.transcripts_pending
        ),
        (0, 0, 0)
    );
    let calls = home.rows::<CallRow>().await;
    assert_eq!(calls.len(), 150);
    assert!(calls.iter().all(|call| call.transcript_state == "present"));
    assert_eq!(home.rows::<PartyRow>().await.len(), 300);
    let sentences = home.rows::<SentenceRow>().await;
    assert_eq!(sentences.len(), 600);
    let sides: Vec<&str> = sentences[..4].iter().map(|row| row.side.as_str()).collect();
    assert_eq!(sides, ["company", "customer", "customer", "unknown"]);
    let coverage = home.whole::<CoverageRow>().await;
    assert_eq!(coverage.iter().map(|row| row.listed).sum::<i64>(), 150);
    assert_eq!(
        coverage
            .iter()
            .filter(|row| row.window_state == "open")
            .count(),
        1,
        "today is not over"
    );
    let deals = home.whole::<DealHistoryRow>().await;
    assert_eq!(deals.iter().filter(|row| row.timing == "now").count(), 5);
    assert_eq!(
        deals
            .iter()
            .filter(|row| row.timing == "time_of_call")
            .count(),
        150
    );
}

#[tokio::test]
async fn a_second_run_asks_for_no_more_than_it_must_and_changes_nothing() {
    let sandbox = sandbox(dataset(150)).await;
    sandbox.edit(|dataset| dataset.remove_transcript("1000"));
    let home = Home::new().await;
    home.run(&sandbox).await;
    let before = home.files();
    sandbox.clear_requests();
    let summary = home.run(&sandbox).await;
    assert_same(&before, &home.files(), "a second run");
    let requests = sandbox.requests();
    let counts = requests_by_path(&requests);
    assert_eq!(
        counts["/v2/calls/extensive"], 1,
        "the look-back; every open deal was seen in it or just before"
    );
    assert_eq!(counts["/v2/calls/transcript"], 1);
    assert_eq!(
        asked_ids(&requests, "/v2/calls/transcript"),
        ["1000".to_owned()].into()
    );
    assert_eq!((counts["/v2/users"], counts["/v2/workspaces"]), (1, 1));
    assert_eq!(summary.requests, requests.len() as u64);
}

#[tokio::test]
async fn neither_order_nor_concurrency_changes_a_byte() {
    let reference = Home::new().await;
    reference.run(&sandbox(busy_dataset(130)).await).await;
    let expected = reference.files();
    for (concurrency, newest_first, page_size, served_newest_first) in [
        (1, true, 100, false),
        (4, false, 100, false),
        (3, true, 7, false),
        (2, true, 20, true),
    ] {
        let options = SandboxOptions {
            requests_per_second: None,
            page_size,
            newest_first: served_newest_first,
            ..SandboxOptions::default()
        };
        let sandbox = talktrack_fixtures::Sandbox::start(busy_dataset(130), options)
            .await
            .expect("a sandbox");
        let mut home = Home::new().await;
        home.settings.concurrency = concurrency;
        home.settings.newest_first = newest_first;
        home.settings.calls_per_window = if concurrency == 1 { 1_000 } else { 15 };
        home.run(&sandbox).await;
        let what = format!(
            "{concurrency} windows, newest first {newest_first}, pages of {page_size}, served newest first {served_newest_first}"
        );
        assert_same(&expected, &home.files(), &what);
    }
}

#[tokio::test]
async fn open_deals_are_read_again_by_their_newest_call() {
    let sandbox = sandbox(dataset(40)).await;
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    let ids: Vec<String> = (980..1020).map(|id| id.to_string()).collect();
    sandbox.edit(|dataset| {
        for id in &ids {
            dataset.change_call(id, |call| {
                call["context"][0]["objects"][0]["fields"][0]["value"] = "Closed Won".into();
            });
        }
    });
    home.now = super::support::time("2026-06-20T02:00:00Z");
    sandbox.clear_requests();
    let summary = home.run(&sandbox).await;
    // The newest calls of the other three were in the look-back of the run before, and so are read by window once more.
    assert_eq!(summary.deals_refreshed, 2);
    assert_eq!(
        asked_ids(&sandbox.requests(), "/v2/calls/extensive"),
        ["983".to_owned(), "984".to_owned()].into()
    );
    let deals = home.whole::<DealHistoryRow>().await;
    let won = |source: &str| {
        let rows = deals
            .iter()
            .filter(|row| row.outcome.as_deref() == Some("won") && row.source == source);
        rows.filter(|row| row.timing == "now").count()
    };
    assert_eq!((won("refresh"), won("call")), (2, 3));
    sandbox.clear_requests();
    home.now = super::support::time("2026-06-21T02:00:00Z");
    home.run(&sandbox).await;
    assert!(
        asked_ids(&sandbox.requests(), "/v2/calls/extensive").is_empty(),
        "won deals are left alone"
    );
}
