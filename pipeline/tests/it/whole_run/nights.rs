//! What a second run asks Gong for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use talktrack_analyzers::tables::{CallRow, DealHistoryRow};
use talktrack_fixtures::{Dataset, RequestLogEntry, Sandbox};

use super::{home, run, small_company};
use crate::support::{NOW, assert_done, comparable, prepared_at, rows, sandbox_options, start};

/// The night after [`NOW`].
const NEXT_NIGHT: &str = "2026-07-02T02:00:00Z";
/// Days that are always read again, unless the settings say otherwise.
const LOOK_BACK_DAYS: i64 = 7;

#[test]
fn later_runs_ask_only_for_what_may_have_changed() {
    let company = small_company();
    let (runtime, sandbox) = start(Dataset::from_company(&company), sandbox_options());
    let awaited = ids_of_calls_before(&sandbox, "2026-06-15")
        .pop_last()
        .unwrap();
    sandbox.edit(|dataset| dataset.remove_transcript(&awaited));
    let home = home(&company);
    run(home.path(), &sandbox.url(), &[]);
    let lake = home.path().join("lake");
    let pending = pending_calls(&lake);
    assert!(pending.contains(&awaited));
    let first = comparable(&lake);

    // The same night again: the deals were all seen, some of them just before.
    sandbox.clear_requests();
    run(home.path(), &sandbox.url(), &[]);
    assert_eq!(
        Asked::of(&sandbox.requests()),
        Asked {
            windows: look_back(NOW, NOW),
            transcripts: pending.clone(),
            deals: BTreeSet::new(),
            snapshots: snapshots(),
        }
    );
    assert_eq!(changed(&first, &comparable(&lake)), BTreeSet::new());

    // The next night: open deals that are on no call of the look-back are read by their newest call.
    sandbox.clear_requests();
    let open = newest_calls_of_open_deals(&lake);
    assert!(!open.is_empty(), "a company without an open deal");
    let mut next = prepared_at(home.path(), &sandbox.url(), NEXT_NIGHT, &[], &["run", "-q"]);
    assert_done(&next.output().unwrap());
    assert_eq!(
        Asked::of(&sandbox.requests()),
        Asked {
            windows: look_back(NOW, NEXT_NIGHT),
            transcripts: pending,
            deals: open,
            snapshots: &snapshots() | &library(),
        }
    );
    let tables: BTreeSet<String> = changed(&first, &comparable(&lake))
        .iter()
        .map(|path| path.iter().next().unwrap().to_string_lossy().into_owned())
        .collect();
    let expected = ["coverage", "reports", "rollups"].map(str::to_owned);
    assert_eq!(
        tables,
        BTreeSet::from(expected),
        "a day more is known, and the pages say so"
    );
    assert_eq!(sandbox.unknown_requests(), []);
    runtime.block_on(sandbox.stop());
}

/// What a run asked Gong for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// Start and end of every window.
    windows: Vec<(String, String)>,
    /// Calls whose transcript was asked for.
    transcripts: BTreeSet<String>,
    /// Calls that were asked for by id.
    deals: BTreeSet<String>,
    /// Everything else, each path once.
    snapshots: BTreeSet<String>,
}

impl Asked {
    fn of(requests: &[RequestLogEntry]) -> Asked {
        let mut asked = Asked {
            windows: Vec::new(),
            transcripts: BTreeSet::new(),
            deals: BTreeSet::new(),
            snapshots: BTreeSet::new(),
        };
        for request in requests {
            let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
            let filter = &body["filter"];
            let ids = filter["callIds"].as_array().into_iter().flatten();
            let ids = ids.map(|id| id.as_str().unwrap().to_owned());
            let text = |key: &str| filter[key].as_str().unwrap().to_owned();
            match request.path.as_str() {
                "/v2/calls/transcript" => asked.transcripts.extend(ids),
                "/v2/calls/extensive" if filter["callIds"].is_array() => asked.deals.extend(ids),
                "/v2/calls/extensive" => {
                    asked
                        .windows
                        .push((text("fromDateTime"), text("toDateTime")));
                }
                path => {
                    asked.snapshots.insert(format!("{} {path}", request.method));
                }
            }
        }
        asked
    }
}

/// What is read whole each night, and the list that a part of the history is compared with.
fn snapshots() -> BTreeSet<String> {
    let asked = [
        "GET /v2/calls",
        "GET /v2/settings/scorecards",
        "GET /v2/settings/trackers",
        "GET /v2/users",
        "GET /v2/workspaces",
        "POST /v2/stats/activity/scorecards",
    ];
    asked.map(str::to_owned).into()
}

/// The library takes a request a folder, so it is read once a day.
fn library() -> BTreeSet<String> {
    let asked = ["GET /v2/library/folder-content", "GET /v2/library/folders"];
    asked.map(str::to_owned).into()
}

/// The one window that a run at `now` reads again: today, and the last days as the run before saw them. The day that has
/// left the look-back since is read this once more, and is done then.
fn look_back(before: &str, now: &str) -> Vec<(String, String)> {
    let midnight = |moment: &str| {
        let day = utc_day(moment.parse().unwrap());
        day.to_zoned(TimeZone::UTC).unwrap().timestamp()
    };
    let day = SignedDuration::from_hours(24);
    let from = midnight(before) - day * i32::try_from(LOOK_BACK_DAYS).unwrap();
    vec![(from.to_string(), (midnight(now) + day).to_string())]
}

fn utc_day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn started(call: &CallRow) -> Date {
    utc_day(Timestamp::from_microsecond(call.started.0).unwrap())
}

fn pending_calls(lake: &Path) -> BTreeSet<String> {
    rows::<CallRow>(lake)
        .into_iter()
        .filter(|call| call.transcript_state == "pending")
        .map(|call| call.call_id)
        .collect()
}

/// The newest call of each deal that was open when it was last seen, but for deals on a call of the look-back of [`NOW`].
fn newest_calls_of_open_deals(lake: &Path) -> BTreeSet<String> {
    let day_of: BTreeMap<String, Date> = rows::<CallRow>(lake)
        .iter()
        .map(|call| (call.call_id.clone(), started(call)))
        .collect();
    let settled = utc_day(NOW.parse().unwrap())
        .checked_sub(jiff::Span::new().days(LOOK_BACK_DAYS))
        .unwrap();
    let mut deals: BTreeMap<String, Vec<DealHistoryRow>> = BTreeMap::new();
    for row in rows::<DealHistoryRow>(lake) {
        deals.entry(row.deal_id.clone()).or_default().push(row);
    }
    deals
        .into_values()
        .filter(|states| {
            let is_now = |row: &&DealHistoryRow| row.timing == "now";
            let last = states
                .iter()
                .filter(is_now)
                .max_by_key(|row| row.observed_at.0);
            let outcome = last.and_then(|row| row.outcome.as_deref());
            !matches!(outcome, Some("won" | "lost"))
                && states.iter().all(|row| day_of[&row.call_id] < settled)
        })
        .filter_map(|states| {
            let newest = states.into_iter().max_by(|a, b| {
                let order = |row: &DealHistoryRow| {
                    let id = row.call_id.clone();
                    (day_of[&id], id.len(), id)
                };
                order(a).cmp(&order(b))
            });
            Some(newest?.call_id)
        })
        .collect()
}

fn ids_of_calls_before(sandbox: &Sandbox, day: &str) -> BTreeSet<String> {
    sandbox.edit(|dataset| {
        let ids = dataset.call_ids();
        let is_public = |id: &String| dataset.call(id).unwrap()["metaData"]["isPrivate"] != true;
        ids.into_iter()
            .filter(is_public)
            .filter(|id| dataset.transcript(id).is_some())
            .filter(|id| {
                let call = dataset.call(id).unwrap();
                call["metaData"]["started"].as_str().unwrap() < day
            })
            .collect()
    })
}

/// Paths that are in one of the two only, or have other bytes.
fn changed(
    before: &BTreeMap<PathBuf, Vec<u8>>,
    after: &BTreeMap<PathBuf, Vec<u8>>,
) -> BTreeSet<PathBuf> {
    before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .cloned()
        .collect()
}
