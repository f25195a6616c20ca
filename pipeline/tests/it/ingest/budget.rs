//! The company's requests: how many a backfill takes, and that none goes out unreserved.

use std::time::Duration;

use jiff::SignedDuration;
use talktrack::ingest::{self, Error, Settings};
use talktrack::progress::Progress;
use talktrack_fixtures::{Dataset, Sandbox, SandboxOptions};
use talktrack_gong::client::ClientOptions;

use super::support::{Home, NOW, call, client_with, requests_by_path, sandbox, time, transcript};

/// `count` calls spread evenly over `days` days.
fn spread(count: i64, days: i64) -> Dataset {
    let mut dataset = Dataset::default();
    let mut calls = Vec::new();
    for number in 0..count {
        let id = (10_000 + number).to_string();
        calls.push(call(&id, 1 + number * days / count));
        assert!(dataset.put_transcript(&transcript(&id), None));
    }
    assert_eq!(dataset.put_calls(&calls), calls.len());
    dataset
}

/// At most 1.1 times two requests for a hundred calls, and six, whether they lie on a few days or on many.
#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_takes_hardly_more_requests_than_it_has_pages() {
    for (count, days, newest_first) in [
        (1, 1, false),
        (100, 10, false),
        (1_000, 400, false),
        (1_000, 400, true),
        (4_000, 10, false),
        (4_000, 400, false),
        (4_000, 400, true),
    ] {
        let sandbox = sandbox(spread(count, days)).await;
        sandbox.set_newest_first(newest_first);
        let mut home = Home::new().await;
        home.settings = Settings::default();
        let summary = home.run(&sandbox).await;
        assert!(summary.is_complete(), "{summary:?}");
        assert_eq!(summary.calls_listed, count.unsigned_abs());
        let requests = sandbox.requests();
        let by_path = requests_by_path(&requests);
        let calls = by_path["/v2/calls/extensive"] + by_path["/v2/calls/transcript"];
        let pages = usize::try_from(count).expect("a count").div_ceil(100);
        let most = (2 * pages * 11).div_ceil(10) + 6;
        assert!(
            calls <= most,
            "{count} calls on {days} days: {calls} of {most} requests, {by_path:?}"
        );
    }
}

/// However many answers are on their way, no more requests go out than Gong permits.
#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_meets_no_refusal_of_its_own_making() {
    let options = SandboxOptions {
        requests_per_second: Some(30.0),
        latency: Duration::from_millis(50),
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(spread(6_000, 60), options)
        .await
        .expect("the sandbox starts");
    // Ten times Gong's rate and a tenth of the latency: the same shape in a tenth of the time.
    let client = client_with(
        &sandbox.url(),
        ClientOptions {
            requests_per_second: 30.0,
            requests_per_day: 0,
            ..ClientOptions::default()
        },
    );
    let mut home = Home::new().await;
    home.settings = Settings::default();
    ingest::run(
        &client,
        &home.lake,
        &home.settings,
        home.now,
        &Progress::none(),
    )
    .await
    .expect("a backfill");
    let requests = sandbox.requests();
    let refused = requests
        .iter()
        .filter(|request| request.status == 429)
        .count();
    assert_eq!(refused, 0, "of {} requests", requests.len());
}

#[tokio::test]
async fn what_is_sent_was_reserved_and_a_spent_day_says_when_to_come_back() {
    let sandbox = sandbox(spread(900, 30)).await;
    let home = Home::new().await;
    let options = ClientOptions {
        requests_per_second: 0.0,
        requests_per_day: 20,
        max_wait: Duration::ZERO,
        ..ClientOptions::default()
    };
    let client = client_with(&sandbox.url(), options);
    let error = ingest::run(
        &client,
        &home.lake,
        &home.settings,
        home.now,
        &Progress::none(),
    )
    .await
    .expect_err("twenty requests are not enough");
    let Error::Gong(talktrack_gong::Error::Budget {
        resume_at_or_after, ..
    }) = error
    else {
        panic!("{error}");
    };
    assert!(resume_at_or_after > Duration::from_hours(23));
    let snapshot = home.lake.snapshot().await.expect("a snapshot");
    let spent: u32 = ingest::requests_spent(snapshot.state(), home.now)
        .iter()
        .map(|spent| spent.count)
        .sum();
    assert_eq!(
        usize::try_from(spent).expect("a count"),
        sandbox.requests().len()
    );
    assert_eq!(spent, 20);
    let tomorrow = time(NOW) + SignedDuration::from_hours(25);
    assert!(
        ingest::requests_spent(snapshot.state(), tomorrow).is_empty(),
        "the day rolls on"
    );
}
