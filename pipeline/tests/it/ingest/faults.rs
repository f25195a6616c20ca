//! Gong at its worst: whatever one answer does, the run finishes, and the lake is the one that an undisturbed run leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use talktrack::ingest::{self, Error, Summary};
use talktrack::progress::Progress;
use talktrack_analyzers::tables::{CallRow, SentenceRow};
use talktrack_fixtures::{Dataset, FaultSchedule, Sandbox, SandboxOptions};

use super::support::{Home, assert_same, busy_dataset, hasty_client};

/// So many calls on so few days that windows have several pages of [`PAGE`].
const CALLS: i64 = 150;
const PAGE: usize = 10;

pub(super) async fn paged_sandbox(
    dataset: Dataset,
    change: impl FnOnce(&mut SandboxOptions),
) -> Sandbox {
    let mut options = SandboxOptions {
        requests_per_second: None,
        page_size: PAGE,
        ..SandboxOptions::default()
    };
    change(&mut options);
    Sandbox::start(dataset, options)
        .await
        .expect("the sandbox starts")
}

pub(super) async fn try_run(home: &Home, sandbox: &Sandbox) -> Result<Summary, Error> {
    ingest::run(
        &hasty_client(&sandbox.url()),
        &home.lake,
        &home.settings,
        home.now,
        &Progress::none(),
    )
    .await
}

async fn undisturbed() -> BTreeMap<String, Vec<u8>> {
    let sandbox = paged_sandbox(busy_dataset(CALLS), |_| {}).await;
    let home = Home::new().await;
    let summary = try_run(&home, &sandbox).await.expect("nothing disturbs it");
    assert!(summary.is_complete(), "{summary:?}");
    home.files()
}

/// Runs once under a schedule, and compares.
async fn recovers(expected: &BTreeMap<String, Vec<u8>>, schedule: FaultSchedule) -> u64 {
    let shown = schedule.to_string();
    let sandbox = paged_sandbox(busy_dataset(CALLS), |_| {}).await;
    sandbox.schedule(schedule);
    let home = Home::new().await;
    let summary = try_run(&home, &sandbox)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{shown}"));
    assert!(summary.is_complete(), "{summary:?}\n{shown}");
    assert_same(expected, &home.files(), &shown);
    sandbox.faults_met().values().sum()
}

/// A schedule from rules of one line each, with semicolons between.
fn schedule(rules: &str) -> FaultSchedule {
    let rules = rules.split(';').map(|rule| {
        rule.parse()
            .unwrap_or_else(|error| panic!("{error}\n{rule}"))
    });
    FaultSchedule {
        rules: rules.collect(),
        ..FaultSchedule::default()
    }
}

/// Each fault by itself, as often as a run must bear it.
#[tokio::test(flavor = "multi_thread")]
async fn each_fault_by_itself_is_survived() {
    let expected = undisturbed().await;
    for rules in [
        "status=429,retry_after=1,every=3,times=20",
        "status=429,retry_after=date:1,every=4,times=10",
        "status=429,every=5,times=10",
        "status=429,retry_after=1,nth=6,run=20",
        "status=429,retry_after=900,nth=6",
        "status=500,nth=3,run=5;status=502,nth=12,run=5;status=503,nth=25,run=5;status=504,nth=40,run=5",
        "status=503,retry_after=2,every=6,times=8",
        "reset,every=5,times=10",
        "reset_amid,every=5,times=10",
        "truncated,every=4,times=10",
        "garbled,every=4,times=10",
        "html,every=4,times=10",
        "empty,every=4,times=10",
        "html,nth=9,run=5",
        "wrong_type,every=2",
        "gzip,every=2",
        "slow,pieces=6,pause_ms=5,every=9,times=5",
        "hang,at=nothing,nth=8",
        "hang,at=half,nth=9",
        "refuse,pause_ms=400,nth=10",
        "hang_up,connections=3,nth=7",
        "refuse_cursor,message=verify,every=3,times=12",
        "refuse_cursor,message=expired,every=2,times=12",
        "forged_cursor,every=3,times=6",
        "null_cursor,every=5,times=3",
        "duplicates,rows=3,every=2",
        "missing_rows,rows=2,path=/v2/calls/extensive,nth=5,times=1",
        "drift,by=2,path=/v2/calls/extensive,nth=4,times=2",
        "drift,by=-1,path=/v2/calls/extensive,nth=1",
        "drift,by=3,path=/v2/calls/extensive,nth=1",
        "no_records,every=6,times=3",
        "unknown_fields,every=2",
    ] {
        let met = recovers(&expected, schedule(rules)).await;
        assert!(met > 0, "no request was struck by {rules}");
    }
}

/// Faults that change what is stored: nothing of it is lost.
#[tokio::test(flavor = "multi_thread")]
async fn odd_values_are_stored_and_told() {
    for (rules, replaces) in [
        ("numeric_ids", false),
        ("lone_surrogates", true),
        ("unknown_fields,rows=true", false),
    ] {
        let sandbox = paged_sandbox(busy_dataset(60), |_| {}).await;
        sandbox.schedule(schedule(rules));
        let home = Home::new().await;
        let summary = try_run(&home, &sandbox)
            .await
            .expect("odd values are no failure");
        assert!(summary.is_complete(), "{rules}: {summary:?}");
        assert_eq!(summary.replaced_characters > 0, replaces, "{rules}");
        let calls: BTreeSet<String> = home
            .rows::<CallRow>()
            .await
            .into_iter()
            .map(|call| call.call_id)
            .collect();
        let expected: BTreeSet<String> = sandbox
            .edit(|dataset| dataset.call_ids())
            .into_iter()
            .collect();
        assert_eq!(calls, expected, "{rules}");
        let sentences = home.rows::<SentenceRow>().await;
        assert_eq!(sentences.len(), 60 * 4, "{rules}");
        assert_eq!(
            sentences.iter().any(|row| row.text.contains('\u{fffd}')),
            replaces,
            "{rules}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_that_live_for_a_page_only_lose_nothing() {
    let expected = undisturbed().await;
    for (pages, newest_first) in [(1, false), (1, true), (2, false)] {
        let sandbox = paged_sandbox(busy_dataset(CALLS), |options| {
            options.cursor_pages = Some(pages);
            options.newest_first = newest_first;
        })
        .await;
        let home = Home::new().await;
        let summary = try_run(&home, &sandbox).await.expect("cursors are mended");
        assert!(summary.is_complete(), "{summary:?}");
        assert_same(
            &expected,
            &home.files(),
            &format!("{pages} pages, newest first: {newest_first}"),
        );
    }
}

/// A total that never holds still ends after a few readings, says so, and harms nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_total_that_keeps_drifting_leaves_its_window_open() {
    let sandbox = paged_sandbox(busy_dataset(40), |_| {}).await;
    let mut home = Home::new().await;
    home.settings.calls_per_window = 1_000;
    home.settings.since = Some(home.now - jiff::SignedDuration::from_hours(24 * 40));
    sandbox.schedule(schedule("drift,by=1,path=/v2/calls/extensive,every=2"));
    let summary = try_run(&home, &sandbox).await.expect("it finishes");
    assert!(
        summary.windows_open > 0 && !summary.is_complete(),
        "{summary:?}"
    );
    assert_eq!(home.rows::<CallRow>().await.len(), 40, "what came is kept");
    let state = home.lake.snapshot().await.expect("a snapshot");
    assert!(!state.state().open.is_empty());
    sandbox.schedule(FaultSchedule::default());
    let summary = try_run(&home, &sandbox).await.expect("it finishes");
    assert!(summary.is_complete(), "{summary:?}");
}

/// Schedules drawn from seeds: recovered from in one run.
#[tokio::test(flavor = "multi_thread")]
async fn any_schedule_of_passing_faults_is_survived_in_one_run() {
    let expected = undisturbed().await;
    let mut met = 0;
    for seed in seeds() {
        met += recovers(
            &expected,
            FaultSchedule::random(seed, 0.2 + (seed % 5) as f64 / 5.0),
        )
        .await;
    }
    assert!(met > 0, "no request was struck");
}

/// Faults after which a run may stop: the next one finishes.
#[tokio::test(flavor = "multi_thread")]
async fn what_stops_a_run_does_not_stop_the_next() {
    let expected = undisturbed().await;
    let mut stopped = 0;
    for seed in seeds() {
        let schedule = FaultSchedule::random_stopping(seed);
        let shown = schedule.to_string();
        let sandbox = paged_sandbox(busy_dataset(CALLS), |_| {}).await;
        sandbox.schedule(schedule);
        let home = Home::new().await;
        if let Err(error) = try_run(&home, &sandbox).await {
            stopped += 1;
            assert!(matches!(error, Error::Gong(_)), "{error}\n{shown}");
            let summary = try_run(&home, &sandbox)
                .await
                .unwrap_or_else(|error| panic!("the second run: {error}\n{shown}"));
            assert!(summary.is_complete(), "{summary:?}\n{shown}");
        }
        assert_same(&expected, &home.files(), &shown);
    }
    assert!(stopped > 0, "no schedule stopped a run");
}

/// Seeds of the random schedules: a few, unless somebody asks for more.
fn seeds() -> std::ops::Range<u64> {
    let count = std::env::var("TALKTRACK_FAULT_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(12);
    0..count
}

/// A host that refuses connections for longer than a run is patient: what came is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stays_away_ends_the_run_resumably() {
    let expected = undisturbed().await;
    let sandbox = paged_sandbox(busy_dataset(CALLS), |_| {}).await;
    sandbox.schedule(schedule("refuse,pause_ms=3000,nth=14"));
    let home = Home::new().await;
    let error = try_run(&home, &sandbox)
        .await
        .expect_err("ten minutes pass in a second");
    assert!(
        matches!(error, Error::Gong(talktrack_gong::Error::Transport { .. })),
        "{error}"
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    let summary = try_run(&home, &sandbox).await.expect("the host is back");
    assert!(summary.is_complete());
    assert_same(&expected, &home.files(), "after the host came back");
}
