//! A run that is killed anywhere and started again leaves the lake that an undisturbed run leaves.

use std::process::{Command, Stdio};

use talktrack::lake::fail_point;

use super::support::{Home, NOW, assert_same, busy_dataset, dataset, hasty_client, sandbox, time};

pub(super) const LAKE: &str = "TALKTRACK_TEST_CHILD_LAKE";
pub(super) const URL: &str = "TALKTRACK_TEST_CHILD_URL";

/// Not a test: what the child process of the test below runs.
#[tokio::test]
#[ignore = "runs only as a child process"]
async fn child() {
    let (Ok(lake), Ok(url)) = (std::env::var(LAKE), std::env::var(URL)) else {
        return;
    };
    let lake = talktrack::lake::Lake::open(&lake).await.expect("a lake");
    let settings = talktrack::ingest::Settings {
        calls_per_window: 20,
        ..Default::default()
    };
    let progress = talktrack::progress::Progress::none();
    talktrack::ingest::run(&hasty_client(&url), &lake, &settings, time(NOW), &progress)
        .await
        .expect("ingest runs");
}

/// Runs ingest in a child process that aborts at a fail point; whether it did is the answer.
fn killed_at(home: &Home, url: &str, place: &str) -> bool {
    let status = Command::new(std::env::current_exe().expect("the test binary"))
        .args(["--exact", "ingest::kills::child", "--ignored"])
        .env(LAKE, home.path())
        .env(URL, url)
        .env("TALKTRACK_FAIL_AT", place)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the child runs");
    !status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_that_is_started_again_ends_like_an_undisturbed_one() {
    let sandbox = sandbox(busy_dataset(50)).await;
    sandbox.edit(|dataset| dataset.remove_transcript("990"));
    let reference = Home::new().await;
    reference.run(&sandbox).await;
    let expected = reference.files();
    for name in fail_point::NAMES {
        let mut kills = 0;
        for count in [1, 2, 3, 5, 8, 13, 40] {
            let home = Home::new().await;
            let place = format!("{name}:{count}");
            let url = sandbox.url();
            if !tokio::task::block_in_place(|| killed_at(&home, &url, &place)) {
                break;
            }
            kills += 1;
            home.run(&sandbox).await;
            assert_same(&expected, &home.files(), &format!("killed at {place}"));
        }
        assert!(kills > 0, "`{name}` is never reached");
    }
}

/// Rows of a commit that did not get as far as `calls` belong to a call that the lake does not know yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_turns_private_after_a_kill_leaves_nothing_behind() {
    for count in [2, 4, 6] {
        let sandbox = sandbox(dataset(6)).await;
        let home = Home::new().await;
        let place = format!("{}:{count}", fail_point::BETWEEN_TABLES);
        let url = sandbox.url();
        assert!(
            tokio::task::block_in_place(|| killed_at(&home, &url, &place)),
            "{place} is reached"
        );
        sandbox.edit(|dataset| {
            dataset.change_call("981", |call| call["metaData"]["isPrivate"] = true.into())
        });
        home.run(&sandbox).await;
        let fresh = Home::new().await;
        fresh.run(&sandbox).await;
        assert_same(&fresh.files(), &home.files(), &format!("killed at {place}"));
    }
}
