//! What lies beside the calls is refused, broken or cut short: calls are read all the same, and it is told.

use talktrack::ingest::{Error, Recheck, Summary, window::Days};
use talktrack_analyzers::tables::{
    CallRow, LibraryCallRow, ScorecardRow, TrackerRow, UserRow, WorkspaceRow,
};
use talktrack_fixtures::{Fault, FaultKind, Sandbox};

use super::streams::{answered_ids, company, start};
use super::support::{Home, assert_same, busy_dataset, dataset, requests_by_path, sandbox};

const USERS: &str = "/v2/users";
const TRACKERS: &str = "/v2/settings/trackers";
const REVIEWS: &str = "/v2/stats/activity/scorecards";

fn skipped(summary: &Summary) -> Vec<(&str, Option<&str>)> {
    let streams = summary.streams_skipped.iter();
    streams
        .map(|skipped| (skipped.stream, skipped.scope.as_deref()))
        .collect()
}

fn inject(sandbox: &Sandbox, path: &str, kind: &FaultKind, times: usize) {
    for _ in 0..times {
        sandbox.inject(Fault::at(path, kind.clone()));
    }
}

#[tokio::test]
async fn calls_are_read_without_users_and_workspaces() {
    let sandbox = sandbox(dataset(30)).await;
    let home = Home::new().await;
    sandbox.inject(Fault::status("/v2/workspaces", 403, "not for you"));
    sandbox.inject(Fault::status(
        USERS,
        401,
        "You don't have permission to use 'api:users:read' in your app.",
    ));
    let summary = home.run(&sandbox).await;
    assert_eq!(
        skipped(&summary),
        [
            ("workspaces", Some("api:workspaces:read")),
            ("users", Some("api:users:read"))
        ]
    );
    assert!(summary.is_complete());
    assert_eq!(home.rows::<CallRow>().await.len(), 30);
    assert!(home.whole::<UserRow>().await.is_empty());
    let summary = home.run(&sandbox).await;
    assert_eq!(skipped(&summary), []);
    assert!(!home.whole::<UserRow>().await.is_empty());
    assert!(!home.whole::<WorkspaceRow>().await.is_empty());
    // What was stored stays where the key may see it no more.
    let before = home.files();
    sandbox.inject(Fault::status(USERS, 404, "Not Found"));
    sandbox.inject(Fault::status("/v2/workspaces", 404, "Not Found"));
    let summary = home.run(&sandbox).await;
    assert_eq!(skipped(&summary), [("workspaces", None), ("users", None)]);
    assert_same(&before, &home.files(), "what may not be seen any more");
}

#[tokio::test]
async fn workspaces_that_are_asked_for_by_name_must_be_listed() {
    let sandbox = sandbox(dataset(3)).await;
    let mut home = Home::new().await;
    home.settings.workspaces = vec!["77".to_owned()];
    sandbox.inject(Fault::status("/v2/workspaces", 403, "not for you"));
    let error = home
        .try_run(&sandbox)
        .await
        .expect_err("which one is meant?");
    assert!(
        matches!(error, Error::Gong(talktrack_gong::Error::Forbidden { .. })),
        "{error}"
    );
}

/// A list that is cut short does not say who has left.
#[tokio::test]
async fn users_that_are_cut_short_are_read_again_and_told() {
    let company = company();
    let (sandbox, home) = start(&company).await;
    home.run(&sandbox).await;
    let before = home.files();
    let cut_short = FaultKind::MissingRows(2);
    for passing in [
        cut_short.clone(),
        FaultKind::TotalDrift(-3),
        FaultKind::Refusal {
            status: 400,
            retry_after: talktrack_fixtures::RetryAfter::Absent,
            message: Some("Failed to verify cursor".to_owned()),
        },
    ] {
        inject(&sandbox, USERS, &passing, 3);
        let summary = home.run(&sandbox).await;
        assert!(summary.is_complete(), "{passing:?}: {summary:?}");
        assert_same(&before, &home.files(), &format!("{passing:?}"));
    }
    inject(&sandbox, USERS, &cut_short, 4);
    let summary = home.run(&sandbox).await;
    let open: Vec<&str> = summary
        .streams_open
        .iter()
        .map(|open| open.stream)
        .collect();
    assert_eq!((open, summary.is_complete()), (vec!["users"], false));
    assert_same(&before, &home.files(), "nobody has left");
    assert!(home.run(&sandbox).await.is_complete());
}

#[tokio::test]
async fn reviews_that_are_cut_short_are_asked_for_again_from_the_same_day() {
    let company = company();
    let (sandbox, mut home) = start(&company).await;
    inject(&sandbox, REVIEWS, &FaultKind::MissingRows(1), 4);
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.streams_open.len(), 1, "{summary:?}");
    // So much later, that reviews of today would not be asked for again.
    home.now += jiff::SignedDuration::from_hours(24 * 90);
    let summary = home.run(&sandbox).await;
    assert!(summary.is_complete());
    assert_eq!(
        answered_ids(&home).await.len(),
        company.answered_scorecards.len()
    );
}

#[tokio::test]
async fn whatever_becomes_of_one_stream_the_others_are_read() {
    let company = company();
    for (status, message) in [
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (501, "Not Implemented"),
        (400, "Validation error"),
    ] {
        let (sandbox, home) = start(&company).await;
        sandbox.inject(Fault::status(TRACKERS, status, message));
        let summary = home.run(&sandbox).await;
        assert_eq!(skipped(&summary), [("trackers", None)], "{status}");
        assert!(summary.streams_skipped[0].reason.contains(message));
        assert!(home.whole::<TrackerRow>().await.is_empty());
        assert!(!home.whole::<LibraryCallRow>().await.is_empty());
        assert!(!answered_ids(&home).await.is_empty());
    }
}

/// A stream that fails for good is told at the end; until then everything else is done.
#[tokio::test]
async fn a_stream_that_fails_again_and_again_keeps_nothing_else_from_being_done() {
    let company = company();
    let (sandbox, mut home) = start(&company).await;
    home.run(&sandbox).await;
    home.settings.recheck = Recheck::Slice;
    inject(&sandbox, "/v2/settings/scorecards", &FaultKind::Html, 20);
    sandbox.clear_requests();
    let error = home.try_run(&sandbox).await.expect_err("told at the end");
    assert!(
        matches!(error, Error::Gong(talktrack_gong::Error::Decode { .. })),
        "{error}"
    );
    let requests = sandbox.requests();
    let counts = requests_by_path(&requests);
    assert!(
        counts.contains_key(REVIEWS) && counts.contains_key("/v2/calls"),
        "{counts:?}"
    );
    assert!(!home.whole::<ScorecardRow>().await.is_empty());
}

#[tokio::test]
async fn a_folder_that_is_removed_while_the_library_is_read_leaves_the_rest() {
    let company = company();
    let (sandbox, home) = start(&company).await;
    home.run(&sandbox).await;
    let all = home.whole::<LibraryCallRow>().await.len();
    let (sandbox, home) = start(&company).await;
    sandbox.inject(Fault::status(
        "/v2/library/folder-content",
        404,
        "Folder not found",
    ));
    let summary = home.run(&sandbox).await;
    assert!(summary.is_complete() && summary.streams_skipped.is_empty());
    let rest = home.whole::<LibraryCallRow>().await.len();
    assert!(0 < rest && rest < all, "{rest} of {all}");
}

#[tokio::test]
async fn a_key_that_may_not_list_calls_reads_them_and_is_told_that_older_days_are_not_compared() {
    let sandbox = sandbox(busy_dataset(120)).await;
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    home.settings.recheck = Recheck::Slice;
    sandbox.inject(Fault::status(
        "/v2/calls",
        401,
        "You don't have permission to use 'api:calls:read:basic' in your app.",
    ));
    let summary = home.run(&sandbox).await;
    assert_eq!(
        skipped(&summary),
        [("recheck", Some("api:calls:read:basic"))]
    );
    // Who asks for it is not served by less.
    let days = |text: &str| text.parse().expect("a day");
    home.settings.recheck = Recheck::Range(Days::new(days("2026-05-01"), days("2026-05-09")));
    sandbox.inject(Fault::status("/v2/calls", 403, "not for you"));
    assert!(home.try_run(&sandbox).await.is_err());
}

#[tokio::test]
async fn a_gong_that_wants_dates_is_given_them() {
    let sandbox = sandbox(dataset(30)).await;
    let home = Home::new().await;
    sandbox.inject(Fault::status(
        "/v2/calls/extensive",
        400,
        "fromDateTime is required",
    ));
    let summary = home.run(&sandbox).await;
    assert_eq!((summary.stored, summary.is_complete()), (30, true));
}
