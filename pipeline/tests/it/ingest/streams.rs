//! What Gong holds beside the calls: settings, the library and answered scorecards.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde_json::Value;
use talktrack_analyzers::tables::{AnsweredScorecardRow, LibraryCallRow, ScorecardRow, TrackerRow};
use talktrack_fixtures::{Company, CompanySpec, Dataset, Fault, Sandbox};

use super::support::{Home, assert_same, requests_by_path, sandbox, time};

pub(super) fn company() -> Company {
    Company::generate(&CompanySpec {
        calls: 120,
        days: 90,
        ..CompanySpec::default()
    })
}

pub(super) async fn start(company: &Company) -> (Sandbox, Home) {
    let sandbox = sandbox(Dataset::from_company(company)).await;
    let mut home = Home::new().await;
    home.now = time("2026-07-30T02:00:00Z");
    home.settings.time_zone = TimeZone::get(company.time_zone()).expect("a zone");
    (sandbox, home)
}

fn texts(records: &[Value], field: &str) -> BTreeSet<String> {
    let text = |record: &Value| match &record[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let texts: BTreeSet<String> = records.iter().map(text).collect();
    assert!(!texts.is_empty(), "a company without {field}");
    texts
}

pub(super) async fn answered_ids(home: &Home) -> BTreeSet<String> {
    let rows = home.rows::<AnsweredScorecardRow>().await;
    let ids: BTreeSet<String> = rows
        .iter()
        .map(|row| row.answered_scorecard_id.clone())
        .collect();
    assert_eq!(ids.len(), rows.len(), "each in one month");
    ids
}

#[tokio::test]
async fn all_streams_land_whole_and_a_second_run_writes_nothing() {
    let company = company();
    let (sandbox, home) = start(&company).await;
    let summary = home.run(&sandbox).await;
    assert!(summary.is_complete() && summary.streams_skipped.is_empty());

    let scorecards = home.whole::<ScorecardRow>().await;
    let ids: BTreeSet<String> = scorecards.into_iter().map(|row| row.scorecard_id).collect();
    assert_eq!(ids, texts(&company.scorecards, "scorecardId"));
    let trackers = home.whole::<TrackerRow>().await;
    let ids: BTreeSet<String> = trackers.into_iter().map(|row| row.tracker_id).collect();
    assert_eq!(ids, texts(&company.trackers, "trackerId"));
    assert_eq!(
        answered_ids(&home).await,
        texts(&company.answered_scorecards, "answeredScorecardId")
    );
    let mut shown: Vec<(String, String)> = Vec::new();
    for folder in &company.library {
        for call in folder["calls"].as_array().into_iter().flatten() {
            let text = |value: &Value| value.as_str().expect("an id").to_owned();
            shown.push((text(&folder["id"]), text(&call["id"])));
        }
    }
    let rows = home.whole::<LibraryCallRow>().await;
    let mut stored: Vec<(String, String)> = rows
        .into_iter()
        .map(|row| (row.folder_id, row.call_id))
        .collect();
    shown.sort();
    stored.sort();
    assert_eq!(stored, shown);
    assert!(!stored.is_empty(), "a company without a library");

    let before = home.files();
    sandbox.clear_requests();
    home.run(&sandbox).await;
    assert_same(&before, &home.files(), "a second run");
    let requests = sandbox.requests();
    let counts = requests_by_path(&requests);
    assert!(!counts.contains_key("/v2/library/folders"), "{counts:?}");
}

#[tokio::test]
async fn a_missing_scope_is_told_and_the_rest_is_read() {
    let company = company();
    let (sandbox, home) = start(&company).await;
    let message = "You don't have permission to use 'api:library:read' in your app.";
    sandbox.inject(Fault::status("/v2/library/folders", 401, message));
    let summary = home.run(&sandbox).await;
    assert!(summary.is_complete());
    let skipped = &summary.streams_skipped;
    assert_eq!(
        skipped
            .iter()
            .map(|skipped| (skipped.stream, skipped.scope.as_deref()))
            .collect::<Vec<_>>(),
        [("library_calls", Some("api:library:read"))]
    );
    assert!(home.whole::<LibraryCallRow>().await.is_empty());
    assert_eq!(
        answered_ids(&home).await.len(),
        company.answered_scorecards.len()
    );
    // Once the key may, the next run reads it.
    let summary = home.run(&sandbox).await;
    assert!(summary.streams_skipped.is_empty());
    assert!(!home.whole::<LibraryCallRow>().await.is_empty());
}

#[tokio::test]
async fn what_changes_is_followed_and_a_review_stands_in_one_month() {
    let company = company();
    let (sandbox, mut home) = start(&company).await;
    home.run(&sandbox).await;
    let mut moved = company.answered_scorecards[0].clone();
    let id = texts(&[moved.clone()], "answeredScorecardId")
        .pop_first()
        .expect("an id");
    moved["reviewTime"] = "2026-07-29T10:00:00Z".into();
    let gone = texts(&company.scorecards, "scorecardId")
        .pop_first()
        .expect("an id");
    sandbox.edit(|dataset| {
        assert!(dataset.put_answered_scorecard(&moved));
        assert!(dataset.remove_scorecard(&gone));
    });
    home.now = time("2026-07-31T01:50:00Z");
    sandbox.clear_requests();
    home.run(&sandbox).await;
    assert_eq!(
        answered_ids(&home).await,
        texts(&company.answered_scorecards, "answeredScorecardId")
    );
    let rows = home.rows::<AnsweredScorecardRow>().await;
    let row = rows.iter().find(|row| row.answered_scorecard_id == id);
    assert_eq!(
        row.map(|row| row.reviewed.0),
        Some(time("2026-07-29T10:00:00Z").as_microsecond())
    );
    let scorecards = home.whole::<ScorecardRow>().await;
    assert!(scorecards.iter().all(|row| row.scorecard_id != gone));
    let asked = sandbox.requests();
    let counts = requests_by_path(&asked);
    assert!(counts.contains_key("/v2/library/folders"), "a night later");
    let review = asked
        .iter()
        .find(|asked| asked.path == "/v2/stats/activity/scorecards");
    let body: Value = serde_json::from_str(&review.expect("asked").body).expect("JSON");
    // 02:00 UTC on the 30th may be the 29th where the company is.
    let last = home
        .settings
        .time_zone
        .to_datetime(time("2026-07-30T02:00:00Z"))
        .date();
    let from = last.saturating_sub(jiff::Span::new().days(30));
    assert_eq!(body["filter"]["reviewFromDate"], from.to_string());
    assert_eq!(body["filter"]["reviewMethod"], "BOTH");
}

#[tokio::test]
async fn what_is_said_about_a_call_that_turns_private_goes_with_it() {
    let company = company();
    let (sandbox, mut home) = start(&company).await;
    home.run(&sandbox).await;
    let reviews = home.rows::<AnsweredScorecardRow>().await;
    let newest = reviews
        .iter()
        .max_by_key(|row| row.call_started.map(|at| at.0));
    let call_id = newest.and_then(|row| row.call_id.clone()).expect("a call");
    let about = |rows: &[AnsweredScorecardRow]| {
        let of_call = |row: &&AnsweredScorecardRow| row.call_id.as_ref() == Some(&call_id);
        rows.iter().filter(of_call).count()
    };
    assert!(about(&reviews) > 0);
    sandbox.edit(|dataset| {
        assert!(dataset.change_call(&call_id, |call| call["metaData"]["isPrivate"] = true.into()));
    });
    home.settings.look_back_days = 60;
    home.run(&sandbox).await;
    let left = home.rows::<AnsweredScorecardRow>().await;
    assert_eq!(about(&left), 0);
    assert_eq!(left.len(), reviews.len() - about(&reviews));
}

#[tokio::test]
async fn scorecards_of_workspaces_that_are_not_read_stay_out() {
    let company = company();
    let (sandbox, mut home) = start(&company).await;
    home.run(&sandbox).await;
    let all = home.whole::<ScorecardRow>().await;
    let chosen = all.iter().find_map(|row| row.workspace_id.clone());
    let chosen = chosen.expect("a workspace");
    let is_other = |row: &ScorecardRow| row.workspace_id.as_ref().is_some_and(|id| *id != chosen);
    home.settings.workspaces = vec![chosen.clone()];
    home.run(&sandbox).await;
    let kept = home.whole::<ScorecardRow>().await;
    assert!(!kept.is_empty() && !kept.iter().any(is_other));
    assert_eq!(kept.len(), all.iter().filter(|row| !is_other(row)).count());
}
