//! Calls that are stored and are not there any more, or not where they were, or not to be seen.

use jiff::SignedDuration;
use talktrack::ingest::{Recheck, Summary, window::Days};
use talktrack::lake::OpenReason;
use talktrack_analyzers::tables::{CallRow, CoverageRow, TombstoneRow};
use talktrack_fixtures::{Fault, FaultKind, Sandbox};

use super::support::{
    Home, NOW, asked_ids, assert_same, busy_dataset, call, requests_by_path, sandbox, time,
    transcript,
};

const EXTENSIVE: &str = "/v2/calls/extensive";

async fn ids(home: &Home) -> Vec<String> {
    home.rows::<CallRow>()
        .await
        .into_iter()
        .map(|call| call.call_id)
        .collect()
}

async fn like_a_fresh_lake(home: &Home, sandbox: &Sandbox, what: &str) {
    let mut fresh = Home::new().await;
    fresh.now = home.now;
    fresh.run(sandbox).await;
    // Deals are remembered as they were seen.
    let without_deals = |home: &Home| {
        let mut files = home.files();
        files.retain(|path, _| !path.starts_with("deal_history"));
        files
    };
    assert_same(&without_deals(&fresh), &without_deals(home), what);
}

fn reasons(summary: &Summary) -> Vec<OpenReason> {
    summary.open.iter().map(|window| window.reason).collect()
}

#[tokio::test]
async fn a_deleted_call_of_the_last_days_leaves_every_table_once_a_control_came_back() {
    let sandbox = sandbox(busy_dataset(40)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.edit(|dataset| dataset.remove_call("983"));
    sandbox.clear_requests();
    let summary = home.run(&sandbox).await;
    assert_eq!((summary.deleted, summary.is_complete()), (1, true));
    let asked = asked_ids(&sandbox.requests(), EXTENSIVE);
    assert!(
        asked.contains("983") && asked.len() >= 2,
        "with a control: {asked:?}"
    );
    assert!(!ids(&home).await.contains(&"983".to_owned()));
    let tombstones = home.whole::<TombstoneRow>().await;
    assert_eq!(tombstones.len(), 1);
    assert_eq!(
        (
            tombstones[0].call_id.as_str(),
            tombstones[0].reason.as_str()
        ),
        ("983", "deleted")
    );
    like_a_fresh_lake(&home, &sandbox, "after a deletion").await;
    sandbox.clear_requests();
    home.run(&sandbox).await;
    assert!(
        !asked_ids(&sandbox.requests(), EXTENSIVE).contains("983"),
        "asked for once"
    );
    assert!(sandbox.edit(|dataset| dataset.put_call(&call("983", 1))
        && dataset.put_transcript(&transcript("983"), None)));
    home.run(&sandbox).await;
    assert!(
        home.whole::<TombstoneRow>().await.is_empty(),
        "it came back"
    );
}

#[tokio::test]
async fn many_deletions_wait_for_somebody_to_accept_them() {
    let sandbox = sandbox(busy_dataset(60)).await;
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    let before = home.files();
    // Of 48 calls in the look-back, 12 go: a quarter.
    sandbox.edit(|dataset| (980..992).for_each(|id| assert!(dataset.remove_call(&id.to_string()))));
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.deleted, 0);
    assert!(
        matches!(reasons(&summary)[..], [OpenReason::DeletionsWithheld { gone, .. }] if gone <= 12),
        "{summary:?}"
    );
    let calls = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        let mut files = files.clone();
        files.retain(|path, _| path.starts_with("calls") || path.starts_with("sentences"));
        files
    };
    assert_same(&calls(&before), &calls(&home.files()), "nothing left");
    home.settings.accept_deletions = true;
    let summary = home.run(&sandbox).await;
    assert_eq!(
        (summary.deleted, summary.is_complete()),
        (12, true),
        "{summary:?}"
    );
    home.settings.accept_deletions = false;
    like_a_fresh_lake(&home, &sandbox, "after accepted deletions").await;
}

/// A blind key and an empty tenant answer alike: nothing changes, and it is told.
#[tokio::test]
async fn a_window_that_was_full_and_is_empty_changes_nothing() {
    let sandbox = sandbox(busy_dataset(40)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    let before = home.files();
    for _ in 0..20 {
        sandbox.inject(Fault::status(
            EXTENSIVE,
            404,
            "No calls found corresponding to the provided filters",
        ));
    }
    let summary = home.run(&sandbox).await;
    assert_eq!(reasons(&summary), [OpenReason::NotPermitted], "{summary:?}");
    assert!(!summary.is_complete());
    assert_same(&before, &home.files(), "after an empty answer");
}

/// The windows of a night are read as they are: what is injected next strikes the question by id.
async fn let_windows_pass(sandbox: &Sandbox) {
    let probe = Home::new().await;
    probe.run(sandbox).await;
    sandbox.clear_requests();
    probe.run(sandbox).await;
    let windows = requests_by_path(&sandbox.requests())[EXTENSIVE];
    sandbox.clear_requests();
    for _ in 0..windows {
        let a_moment = FaultKind::Delay(std::time::Duration::from_millis(1));
        sandbox.inject(Fault::at(EXTENSIVE, a_moment));
    }
}

/// One call is gone and one has moved out of the look-back: whichever of them an answer by id leaves out, only the first
/// is gone.
#[tokio::test]
async fn an_answer_by_id_that_is_cut_short_says_nothing_about_the_rest() {
    let cut_short = || FaultKind::MissingRows(1);
    let expired = || FaultKind::Refusal {
        status: 404,
        retry_after: talktrack_fixtures::RetryAfter::Absent,
        message: Some("cursor has expired".to_owned()),
    };
    let passing: [Vec<FaultKind>; 4] = [
        vec![cut_short()],
        vec![cut_short(), cut_short(), cut_short()],
        vec![
            FaultKind::TotalDrift(1),
            FaultKind::NoRecords,
            FaultKind::NoRecords,
            FaultKind::NoRecords,
        ],
        vec![expired(), expired()],
    ];
    for faults in passing {
        let (sandbox, home) = one_gone_and_one_moved().await;
        let met = format!("{faults:?}");
        for fault in faults {
            sandbox.inject(Fault::at(EXTENSIVE, fault));
        }
        let summary = home.run(&sandbox).await;
        assert_eq!((summary.deleted, summary.is_complete()), (1, true), "{met}");
        let ids = ids(&home).await;
        assert!(
            !ids.contains(&"983".to_owned()) && ids.contains(&"984".to_owned()),
            "{met}"
        );
    }
    let (sandbox, home) = one_gone_and_one_moved().await;
    for _ in 0..4 {
        sandbox.inject(Fault::at(EXTENSIVE, cut_short()));
    }
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.deleted, 0);
    let total_not_met = OpenReason::TotalNotMet {
        listed: 1,
        total: Some(2),
    };
    assert_eq!(reasons(&summary), [total_not_met]);
    let ids = ids(&home).await;
    assert!(ids.contains(&"983".to_owned()) && ids.contains(&"984".to_owned()));
}

async fn one_gone_and_one_moved() -> (Sandbox, Home) {
    let sandbox = sandbox(busy_dataset(40)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.edit(|dataset| {
        assert!(dataset.remove_call("983"));
        assert!(dataset.change_call("984", |call| {
            call["metaData"]["started"] = "2026-03-02T10:00:00Z".into();
        }));
    });
    let_windows_pass(&sandbox).await;
    (sandbox, home)
}

/// A record without a legible id may be the call that is missing.
#[tokio::test]
async fn a_nameless_record_among_those_asked_for_by_id_blocks_the_removal() {
    let (sandbox, home) = one_gone_and_one_moved().await;
    sandbox.edit(|dataset| {
        let mut nameless = dataset.call("984").expect("a call");
        nameless["metaData"]["id"] = serde_json::json!({});
        dataset.put_call_bytes("984", &nameless.to_string());
    });
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.deleted, 0, "{summary:?}");
    assert!(
        matches!(
            reasons(&summary)[..],
            [OpenReason::TotalNotMet {
                listed: 1,
                total: Some(2)
            }]
        ),
        "{summary:?}"
    );
    assert!(ids(&home).await.contains(&"983".to_owned()));
}

/// Calls vanish from the list and from questions by id, and the control with them: the key sees less than before.
#[tokio::test]
async fn without_its_control_nothing_is_gone() {
    let sandbox = sandbox(busy_dataset(40)).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.edit(|dataset| dataset.remove_call("983"));
    let_windows_pass(&sandbox).await;
    sandbox.inject(Fault::status(
        EXTENSIVE,
        404,
        "No calls found corresponding to the provided filters",
    ));
    let summary = home.run(&sandbox).await;
    assert_eq!(summary.deleted, 0);
    assert_eq!(reasons(&summary), [OpenReason::NotPermitted], "{summary:?}");
    assert!(ids(&home).await.contains(&"983".to_owned()));
}

/// What happened to calls of long ago is found by a recheck, and by nothing else.
#[tokio::test]
async fn a_recheck_finds_what_came_late_moved_turned_private_or_is_gone() {
    let sandbox = sandbox(busy_dataset(120)).await;
    let mut home = Home::new().await;
    home.run(&sandbox).await;
    let old = "2026-05-06";
    sandbox.edit(|dataset| {
        assert!(dataset.remove_call("1060"));
        assert!(dataset.change_call("1061", |call| call["metaData"]["isPrivate"] = true.into()));
        assert!(dataset.change_call("1062", |call| {
            call["metaData"]["started"] = format!("{old}T10:00:00Z").into();
        }));
        assert!(dataset.put_call(&call("2001", 13)));
        assert!(dataset.put_transcript(&transcript("2001"), None));
    });
    let before = home.files();
    home.run(&sandbox).await;
    let still = home.files();
    assert_eq!(
        before.get("calls/day=2026-05-06/part.parquet"),
        still.get("calls/day=2026-05-06/part.parquet")
    );
    home.settings.recheck = Recheck::Range(Days::new(
        "2026-04-01".parse().expect("a day"),
        "2026-05-11".parse().expect("a day"),
    ));
    sandbox.clear_requests();
    let summary = home.run(&sandbox).await;
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!((summary.deleted, summary.days_rechecked), (1, 40));
    let asked = asked_ids(&sandbox.requests(), EXTENSIVE);
    for id in ["1060", "1061", "1062", "2001"] {
        assert!(asked.contains(id), "{id} is asked for by id: {asked:?}");
    }
    assert!(
        asked.len() <= 6,
        "only what differs, and a control: {asked:?}"
    );
    home.settings.recheck = Recheck::No;
    let mut counted = home.whole::<CoverageRow>().await;
    counted.retain(|row| row.day.as_str() == "2026-05-06");
    like_a_fresh_lake(&home, &sandbox, "after a recheck").await;
}

/// Each run looks at the next part of the history again, and begins anew at its end.
#[tokio::test]
async fn runs_recheck_the_history_in_turns() {
    let sandbox = sandbox(busy_dataset(400)).await;
    let mut home = Home::new().await;
    home.settings.calls_per_window = 1_000;
    home.settings.recheck = Recheck::Slice;
    sandbox.clear_requests();
    let first = home.run(&sandbox).await;
    assert_eq!(first.days_rechecked, 0, "everything was just read");
    sandbox.edit(|dataset| assert!(dataset.remove_call("1300")));
    let mut nights = 0;
    while ids(&home).await.contains(&"1300".to_owned()) {
        nights += 1;
        assert!(nights <= 31, "found within thirty nights");
        home.now = time(NOW) + SignedDuration::from_hours(24 * nights);
        let summary = home.run(&sandbox).await;
        assert!(summary.is_complete(), "{summary:?}");
        assert!(summary.days_rechecked > 0);
    }
}
