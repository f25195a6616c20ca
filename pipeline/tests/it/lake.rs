//! The lake: what is put comes back, what did not change is not written, and what a kill leaves is healed.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use talktrack::clock::FixedClock;
use talktrack::lake::merge::{compare_ids, merge_calls};
use talktrack::lake::{
    Error, Lake, PartitionKey, Put, PutRequest, Rewrite, RowIter, Rows, Snapshot, fail_point,
    writer,
};
use talktrack_analyzers::table::{Amount, FieldMap, Row, TimestampUs};
use talktrack_analyzers::tables::{CallRow, DealHistoryRow, SentenceRow};

use crate::rows::{call, sentence};

const CLOCK: FixedClock = FixedClock(Timestamp::UNIX_EPOCH);

fn day(number: i8) -> Date {
    date(2026, 5, number)
}

async fn open(folder: &Path) -> Lake {
    Lake::open(&folder.to_string_lossy()).await.expect("a lake")
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

async fn merge_calls_of(lake: &Lake, at: Date, ids: &[&str]) -> Snapshot {
    let rows: Vec<CallRow> = ids.iter().map(|id| call(id, at)).collect();
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let batch = vec![CallRow::to_batch(&rows)];
    commit
        .merge_day::<CallRow>(at, batch, HashSet::new())
        .await
        .expect("merged");
    commit.finish().await.expect("finished")
}

/// Files of a lake outside `_talktrack`, with their content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(folder)
                .expect("inside")
                .to_string_lossy()
                .into_owned();
            if name == "_talktrack" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(name, std::fs::read(path).expect("a file"));
            }
        }
    }
    found
}

#[tokio::test]
async fn calls_come_back_in_the_order_of_their_numbers() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["100", "9"]).await;
    let snapshot = merge_calls_of(&lake, day(1), &["20"]).await;
    let key = PartitionKey::day("calls", day(1));
    let rows: Vec<CallRow> = lake.read_rows(&key).await.expect("rows");
    let ids: Vec<&str> = rows.iter().map(|row| row.call_id.as_str()).collect();
    assert_eq!(ids, ["9", "20", "100"]);
    assert_eq!(rows[0], call("9", day(1)));
    assert_eq!(snapshot.partition(&key).map(|entry| entry.rows), Some(3));
    assert_eq!(snapshot.state().number, 2);

    let titles = lake
        .read(&key, Some(&["title", "unheard_of"]))
        .await
        .expect("a column");
    assert_eq!(titles[0].num_columns(), 1);
    let nothing = lake
        .read(&PartitionKey::day("calls", day(2)), None)
        .await
        .expect("nothing");
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn every_column_type_survives() {
    let deal = |id: &str, amount: Option<i128>, fields: &[(&str, &str)]| DealHistoryRow {
        system: "Salesforce".to_owned(),
        deal_id: id.to_owned(),
        timing: "now".to_owned(),
        observed_at: TimestampUs(-1),
        call_id: String::new(),
        source: "call".to_owned(),
        name: Some("Ünïcode — ✓".to_owned()),
        stage: None,
        amount: amount.map(Amount),
        currency: None,
        close_date: None,
        owner: None,
        outcome: None,
        account_id: None,
        fields: FieldMap(
            fields
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        ),
    };
    let rows = [
        deal("b", Some(-12_345), &[("Stage", "\"\""), ("Amount", "1e3")]),
        deal("a", None, &[]),
        deal("b", Some(i128::from(i64::MAX)), &[("Stage", "Won")]),
    ];
    let folder = temporary();
    let lake = open(folder.path()).await;
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    assert_eq!(commit.put_rows(&rows).await.expect("put"), Put::Written);
    assert_eq!(commit.put_rows(&rows).await.expect("put"), Put::Unchanged);
    commit.finish().await.expect("finished");
    let back: Vec<DealHistoryRow> = lake
        .read_rows(&PartitionKey::whole("deal_history"))
        .await
        .expect("rows");
    assert_eq!(
        back,
        [rows[1].clone(), rows[2].clone()],
        "ordered, and the last of a key wins"
    );
}

#[tokio::test]
async fn what_did_not_change_is_not_written() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1", "2"]).await;
    let before = files(folder.path());
    let counters = lake.counters();
    let snapshot = merge_calls_of(&lake, day(1), &["2"]).await;
    assert_eq!(snapshot.state().number, 1, "no new state");
    assert_eq!(
        lake.counters().partitions_written,
        counters.partitions_written
    );
    assert_eq!(files(folder.path()), before);

    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    commit.mark_read(["1"]);
    commit
        .state_mut()
        .notes
        .insert("hint".to_owned(), "x".to_owned());
    let snapshot = commit.finish().await.expect("finished");
    assert_eq!(snapshot.state().number, 2);
    assert_eq!(snapshot.state().notes["hint"], "x");
    assert_eq!(files(folder.path()), before);
}

#[tokio::test]
async fn a_day_without_calls_has_no_object() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1"]).await;
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let dropped = HashSet::from(["1".to_owned()]);
    let put = commit
        .merge_day::<CallRow>(day(1), vec![], dropped)
        .await
        .expect("merged");
    assert_eq!(put, Put::Removed);
    assert!(commit.index().is_empty());
    let snapshot = commit.finish().await.expect("finished");
    assert_eq!(snapshot.days("calls").count(), 0);
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn the_index_follows_a_call_that_moves_and_can_be_built_again() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1", "2"]).await;
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let dropped = HashSet::from(["1".to_owned()]);
    commit
        .merge_day::<CallRow>(day(1), vec![], dropped)
        .await
        .expect("left");
    let moved = vec![CallRow::to_batch(&[call("1", day(9))])];
    commit
        .merge_day::<CallRow>(day(9), moved, HashSet::new())
        .await
        .expect("came");
    let snapshot = commit.finish().await.expect("finished");
    let index = lake.index(&snapshot).await.expect("the index");
    let days: Vec<_> = index.iter().map(|(id, entry)| (id, entry.day)).collect();
    assert_eq!(days, [("1".to_owned(), day(9)), ("2".to_owned(), day(1))]);

    std::fs::remove_dir_all(folder.path().join("_talktrack/index")).expect("removed");
    let again = open(folder.path()).await;
    let rebuilt = again.begin(&CLOCK).await.expect("begun");
    for (id, entry) in index.iter() {
        let found = rebuilt.index().get(&id).expect("the call");
        assert_eq!((found.day, found.digest), (entry.day, entry.digest));
    }
    rebuilt.finish().await.expect("finished");
    assert!(folder.path().join("_talktrack/index").exists());
}

#[tokio::test]
async fn a_dropped_commit_is_not_seen_and_is_taken_over() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1"]).await;
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let more = vec![CallRow::to_batch(&[call("2", day(1)), call("3", day(1))])];
    commit
        .merge_day::<CallRow>(day(1), more, HashSet::new())
        .await
        .expect("merged");
    drop(commit);

    let key = PartitionKey::day("calls", day(1));
    let snapshot = lake.snapshot().await.expect("a snapshot");
    assert_eq!(snapshot.partition(&key).map(|entry| entry.rows), Some(1));

    let mut commit = lake.begin(&CLOCK).await.expect("begun again at once");
    assert!(commit.index().get("3").is_none());
    commit.verify(&["calls"]).await.expect("verified");
    assert_eq!(
        commit.snapshot().partition(&key).map(|entry| entry.rows),
        Some(3)
    );
    assert!(commit.index().get("3").is_some());
    let written = lake.counters().partitions_written;
    let same = vec![CallRow::to_batch(&[call("2", day(1))])];
    let put = commit
        .merge_day::<CallRow>(day(1), same, HashSet::new())
        .await
        .expect("merged");
    assert_eq!(put, Put::Unchanged);
    assert_eq!(lake.counters().partitions_written, written);
    commit.finish().await.expect("finished");
}

#[tokio::test]
async fn a_copied_lake_is_still_fresh() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    let key = PartitionKey::whole("metrics/x");
    let inputs = BTreeMap::from([("calls".to_owned(), "d".to_owned())]);
    let batch = SentenceRow::to_batch(&[sentence("1", 0, "a", "company", "Hello.")]);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let put = commit
        .put(
            key.clone(),
            vec![batch],
            inputs.clone(),
            Some("v1".to_owned()),
            &[],
        )
        .await;
    assert_eq!(put.expect("put"), Put::Written);
    commit.finish().await.expect("finished");

    // Another inode and another time of writing, as after a copy.
    let path = folder.path().join(key.path());
    let bytes = std::fs::read(&path).expect("a file");
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(&path, bytes).expect("written");
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    commit.verify(&["metrics/x"]).await.expect("verified");
    let entry = commit.snapshot().partition(&key).expect("known");
    assert_eq!(
        (&entry.inputs, entry.definition.as_deref()),
        (&inputs, Some("v1"))
    );

    std::fs::remove_file(&path).expect("removed");
    drop(commit);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    commit.verify(&["metrics/x"]).await.expect("verified");
    assert_eq!(commit.snapshot().partition(&key), None);
}

#[tokio::test]
async fn leftovers_of_killed_writes_are_swept() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1"]).await;
    let leftover = folder.path().join("calls/day=2026-05-01/part.parquet#1");
    let foreign = folder.path().join("calls/notes#1");
    std::fs::write(&leftover, "half").expect("written");
    std::fs::write(&foreign, "mine").expect("written");
    let commit = async |lake: &Lake| lake.begin(&CLOCK).await.expect("begun");
    let next = open(folder.path()).await;
    commit(&next).await.finish().await.expect("finished");
    assert!(leftover.exists(), "nobody was killed");
    drop(commit(&lake).await);
    let again = open(folder.path()).await;
    commit(&again).await.finish().await.expect("finished");
    assert!(!leftover.exists());
    assert!(foreign.exists());
}

#[tokio::test]
async fn a_damaged_partition_is_named() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1"]).await;
    let key = PartitionKey::day("calls", day(1));
    std::fs::write(folder.path().join(key.path()), "not parquet").expect("written");
    let error = lake.read(&key, None).await.expect_err("damaged");
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("calls/day=2026-05-01/part.parquet"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_partition_is_named() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1"]).await;
    let snapshot = merge_calls_of(&lake, day(2), &["2"]).await;
    let rows: Vec<CallRow> = lake.read_table(&snapshot).await.expect("rows");
    assert_eq!(rows, [call("1", day(1)), call("2", day(2))]);
    let path = PartitionKey::day("calls", day(2)).path();
    std::fs::remove_file(folder.path().join(&path)).expect("removed");
    let error = lake
        .read_table::<CallRow>(&snapshot)
        .await
        .expect_err("missing");
    assert!(error.to_string().contains(&path), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = temporary();
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("written");
    let error = Lake::open(&file.join("lake").to_string_lossy())
        .await
        .expect_err("no folder");
    assert!(error.to_string().contains("file"), "{error}");
}

#[tokio::test]
async fn rows_out_of_order_are_refused() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    let rows = [call("10", day(1)), call("9", day(1))];
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let key = PartitionKey::day("calls", day(1));
    let put = commit
        .put(
            key,
            vec![CallRow::to_batch(&rows)],
            BTreeMap::new(),
            None,
            &[],
        )
        .await;
    assert!(put.expect_err("refused").is_bug());
}

#[tokio::test]
async fn a_second_run_is_told_that_the_lake_is_in_use() {
    let folder = temporary();
    let (first, second) = (open(folder.path()).await, open(folder.path()).await);
    let lease = first.run_lease().await.expect("a lease");
    let error = second.run_lease().await.expect_err("in use");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    merge_calls_of(&first, day(1), &["1"]).await;
    lease.release().await.expect("released");
    second.run_lease().await.expect("free");
}

#[tokio::test]
async fn commits_of_one_process_queue() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    let tasks: Vec<_> = (1..=8)
        .map(|number| {
            let lake = lake.clone();
            tokio::spawn(async move {
                merge_calls_of(&lake, day(number), &[&number.to_string()]).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("merged");
    }
    let snapshot = lake.snapshot().await.expect("a snapshot");
    assert_eq!(snapshot.state().number, 8);
    assert_eq!(snapshot.rows("calls"), 8);
}

#[test]
fn row_groups_end_between_calls() {
    let rows: Vec<SentenceRow> = (0..4_500)
        .flat_map(|id| {
            let id = format!("{:06}", id + 1);
            (0..3).map(move |index| sentence(&id, index, "a", "company", "Hello there."))
        })
        .collect();
    let batch = SentenceRow::to_batch(&rows);
    let bytes = writer::to_parquet("sentences", std::slice::from_ref(&batch), &[]).expect("bytes");
    let file = SerializedFileReader::new(bytes.clone()).expect("a file");
    let groups: Vec<i64> = file
        .metadata()
        .row_groups()
        .iter()
        .map(parquet::file::metadata::RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(groups, [6_000, 6_000, 1_500]);

    for cut in [1, 5_999, 6_001, 13_499] {
        let parts = [batch.slice(0, cut), batch.slice(cut, rows.len() - cut)];
        let cut_bytes = writer::to_parquet("sentences", &parts, &[]).expect("bytes");
        assert!(cut_bytes == bytes, "cut at {cut}");
    }
}

#[tokio::test]
async fn several_partitions_are_put_side_by_side() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    merge_calls_of(&lake, day(1), &["1"]).await;
    let request = |number: i8, batches: Vec<RecordBatch>| PutRequest {
        key: PartitionKey::day("calls", day(number)),
        batches,
        inputs: BTreeMap::new(),
        definition: None,
        metadata: vec![("a".to_owned(), "b".to_owned())],
    };
    let batch = |id: &str, at: i8| vec![CallRow::to_batch(&[call(id, day(at))])];
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    commit.verify(&["calls"]).await.expect("verified");
    let requests = vec![
        request(3, batch("3", 3)),
        request(1, vec![]),
        request(2, batch("2", 2)),
        request(4, vec![]),
    ];
    let puts = commit.put_all(requests.clone()).await.expect("put");
    assert_eq!(
        puts,
        [Put::Written, Put::Removed, Put::Written, Put::Removed]
    );
    let puts = commit.put_all(requests).await.expect("put");
    assert_eq!(
        puts,
        [Put::Unchanged, Put::Removed, Put::Unchanged, Put::Removed]
    );
    let snapshot = commit.finish().await.expect("finished");
    assert_eq!(snapshot.days("calls").collect::<Vec<_>>(), [day(2), day(3)]);
    assert_eq!(lake.index(&snapshot).await.expect("the index").len(), 2);
}

#[tokio::test]
async fn months_are_partitions_too() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    let keys = [day(17), date(2026, 6, 1)].map(|day| PartitionKey::month("reviews", day));
    let batch = SentenceRow::to_batch(&[sentence("1", 0, "a", "company", "Hello.")]);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    for key in &keys {
        let put = commit.put(key.clone(), vec![batch.clone()], BTreeMap::new(), None, &[]);
        assert_eq!(put.await.expect("put"), Put::Written);
    }
    commit.finish().await.expect("finished");
    assert!(
        folder
            .path()
            .join("reviews/month=2026-05/part.parquet")
            .exists()
    );

    let again = open(folder.path()).await;
    let mut commit = again.begin(&CLOCK).await.expect("begun");
    commit.verify(&["reviews"]).await.expect("verified");
    let listed: Vec<PartitionKey> = commit
        .snapshot()
        .partitions("reviews")
        .map(|(key, _)| key)
        .collect();
    assert_eq!(listed, keys);
    assert_eq!(commit.snapshot().rows("reviews"), 2);
    assert_eq!(commit.snapshot().days("reviews").count(), 0);
    std::fs::remove_file(folder.path().join(keys[0].path())).expect("removed");
    commit.remove(&keys[1]).await.expect("removed");
    let mut next = commit.finish().await.expect("finished");
    assert_eq!(next.partitions("reviews").count(), 1);
    let mut commit = again.begin(&CLOCK).await.expect("begun");
    commit.verify(&["reviews"]).await.expect("verified");
    next = commit.finish().await.expect("finished");
    assert_eq!(next.partitions("reviews").count(), 0);
}

/// Sentences of some calls whose text does not compress.
fn noise(calls: u64, of_call: i32) -> Vec<SentenceRow> {
    let mut state = 1_u64;
    let mut word = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{state:016x}")
    };
    (0..calls)
        .flat_map(|call| (0..of_call).map(move |index| (call, index)))
        .map(|(call, index)| {
            let text: String = (0..20).map(|_| word()).collect();
            sentence(&(1_000 + call).to_string(), index, "a", "company", &text)
        })
        .collect()
}

#[tokio::test]
async fn a_large_partition_goes_in_parts_and_comes_back_in_batches() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    let rows = noise(500, 120);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let batch = vec![SentenceRow::to_batch(&rows)];
    let put = commit.merge_day::<SentenceRow>(day(1), batch, HashSet::new());
    assert_eq!(put.await.expect("put"), Put::Written);
    let key = PartitionKey::day("sentences", day(1));
    let folder_of_day = folder.path().join("sentences/day=2026-05-01");
    let object = std::fs::metadata(folder_of_day.join("part.parquet")).expect("the object");
    assert!(object.len() > 9_000_000, "{} bytes", object.len());
    assert_eq!(
        std::fs::read_dir(&folder_of_day)
            .expect("the folder")
            .count(),
        1
    );

    let parts = commit.lake().open_rows(&key, None).await.expect("read");
    let parts = parts.expect("a partition");
    for _ in 0..2 {
        let mut read = Vec::new();
        for batch in parts.open().expect("opened") {
            let batch = batch.expect("rows");
            assert!(batch.num_rows() <= 8_192);
            read.extend(SentenceRow::from_batch(&batch).expect("rows"));
        }
        assert!(read == rows);
    }
    let mut ids = 0;
    let columns: &[&str] = &["call_id"];
    let mut stream = lake.stream_rows(&key, Some(columns)).await.expect("opened");
    while let Some(batch) = futures::StreamExt::next(&mut stream).await {
        let batch = batch.expect("rows");
        assert_eq!(batch.num_columns(), 1);
        ids += batch.num_rows();
    }
    assert_eq!(ids, rows.len());
    let nothing = PartitionKey::day("sentences", day(2));
    assert!(
        lake.open_rows(&nothing, None)
            .await
            .expect("nothing")
            .is_none()
    );

    let dropped = HashSet::from(["1000".to_owned()]);
    let put = commit.merge_day::<SentenceRow>(day(1), vec![], dropped.clone());
    assert_eq!(put.await.expect("put"), Put::Written);
    let put = commit.merge_day::<SentenceRow>(day(1), vec![], dropped);
    assert_eq!(put.await.expect("put"), Put::Unchanged);
    let snapshot = commit.finish().await.expect("finished");
    assert_eq!(snapshot.rows("sentences"), 499 * 120);
}

#[tokio::test]
async fn a_bucket_streams_as_a_folder_does() {
    let lake = Lake::open("memory:///lake").await.expect("a lake");
    let rows = noise(40, 30);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let batch = vec![SentenceRow::to_batch(&rows)];
    let put = commit.merge_day::<SentenceRow>(day(1), batch, HashSet::new());
    assert_eq!(put.await.expect("put"), Put::Written);
    let dropped = HashSet::from(["1000".to_owned()]);
    let put = commit.merge_day::<SentenceRow>(day(1), vec![], dropped);
    assert_eq!(put.await.expect("put"), Put::Written);
    commit.finish().await.expect("finished");
    let key = PartitionKey::day("sentences", day(1));
    let read: Vec<SentenceRow> = lake.read_rows(&key).await.expect("rows");
    assert!(read == rows[30..]);
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    commit.verify(&["sentences"]).await.expect("verified");
    assert_eq!(commit.snapshot().rows("sentences"), 39 * 30);
}

const FAILING_LAKE: &str = "TALKTRACK_TEST_FAILING_LAKE";

/// The process that the next test lets fail; without its variable it has nothing to do.
#[tokio::test]
async fn failing_process() {
    let Some(folder) = std::env::var_os(FAILING_LAKE) else {
        return;
    };
    let lake = open(Path::new(&folder)).await;
    let mut commit = lake.begin(&CLOCK).await.expect("begun");
    let batch = vec![SentenceRow::to_batch(&noise(500, 130))];
    let put = commit.merge_day::<SentenceRow>(day(1), batch, HashSet::new());
    let error = put.await.expect_err("it fails");
    let kind = std::env::var("TALKTRACK_FAIL_IO").expect("a kind");
    if kind.starts_with("full") {
        assert!(matches!(error, Error::Full { .. }), "{error}");
    } else {
        assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    }
    assert!(
        error.to_string().contains("sentences/day=2026-05-01"),
        "{error}"
    );
}

#[tokio::test]
async fn a_put_that_fails_midway_leaves_the_old_partition_whole() {
    for place in ["full:1", "full:2", "read_only:1"] {
        let folder = temporary();
        let lake = open(folder.path()).await;
        let mut commit = lake.begin(&CLOCK).await.expect("begun");
        let batch = vec![SentenceRow::to_batch(&noise(500, 120))];
        let put = commit.merge_day::<SentenceRow>(day(1), batch, HashSet::new());
        put.await.expect("put");
        commit.finish().await.expect("finished");
        let before = files(folder.path());
        let status = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "lake::failing_process"])
            .env(FAILING_LAKE, folder.path())
            .env("TALKTRACK_FAIL_IO", place)
            .stdout(std::process::Stdio::null())
            .status()
            .expect("it ran");
        assert!(status.success(), "{place}");
        assert!(files(folder.path()) == before, "{place}");
    }
}

#[tokio::test]
async fn what_runs_say_is_kept_by_name() {
    let folder = temporary();
    let lake = open(folder.path()).await;
    assert!(lake.list_runs().await.expect("listed").is_empty());
    for name in ["2026-05-02.json", "2026-05-01.json"] {
        lake.write_run(name, name.into()).await.expect("written");
    }
    let names = lake.list_runs().await.expect("listed");
    assert_eq!(names, ["2026-05-01.json", "2026-05-02.json"]);
    let run = lake.read_run("2026-05-01.json").await.expect("read");
    assert_eq!(run.as_deref(), Some(b"2026-05-01.json".as_slice()));
    assert!(lake.read_run("x").await.expect("read").is_none());
}

/// Commits two tables of two days; the kill tests run it in a process of its own.
async fn write_two_days(folder: &Path) {
    let lake = open(folder).await;
    let _run = lake
        .run_lease()
        .await
        .expect("the lease of a killed process does not block");
    for number in [1, 2] {
        let at = day(number);
        let mut commit = lake.begin(&CLOCK).await.expect("begun");
        let ids = [format!("{number}1"), format!("{number}2")];
        let sentences: Vec<SentenceRow> = ids
            .iter()
            .map(|id| sentence(id, 0, "a", "company", "Hello."))
            .collect();
        let calls: Vec<CallRow> = ids.iter().map(|id| call(id, at)).collect();
        let none = HashSet::new;
        let batch = vec![SentenceRow::to_batch(&sentences)];
        commit
            .merge_day::<SentenceRow>(at, batch, none())
            .await
            .expect("sentences");
        let batch = vec![CallRow::to_batch(&calls)];
        commit
            .merge_day::<CallRow>(at, batch, none())
            .await
            .expect("calls");
        commit.state_mut().windows_done.insert(at, at);
        commit.finish().await.expect("finished");
    }
}

const KILLED_LAKE: &str = "TALKTRACK_TEST_KILLED_LAKE";

/// The process that the next test kills; without its variable it has nothing to do.
#[tokio::test]
async fn killed_process() {
    if let Some(folder) = std::env::var_os(KILLED_LAKE) {
        write_two_days(Path::new(&folder)).await;
    }
}

#[tokio::test]
async fn a_kill_at_any_point_is_healed_by_the_next_run() {
    let whole = temporary();
    write_two_days(whole.path()).await;
    let expected = files(whole.path());
    let mut kills = 0;
    for name in fail_point::NAMES {
        for count in 1..=2 {
            let folder = temporary();
            let program = std::env::current_exe().expect("this program");
            let status = Command::new(program)
                .args(["--exact", "lake::killed_process"])
                .env(KILLED_LAKE, folder.path())
                .env("TALKTRACK_FAIL_AT", format!("{name}:{count}"))
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .status()
                .expect("it ran");
            assert!(!status.success(), "{name}:{count} was not reached");
            kills += 1;
            write_two_days(folder.path()).await;
            assert_eq!(files(folder.path()), expected, "{name}:{count}");
            let lake = open(folder.path()).await;
            let snapshot = lake.snapshot().await.expect("a snapshot");
            assert_eq!(
                lake.index(&snapshot).await.expect("the index").len(),
                4,
                "{name}:{count}"
            );
            assert_eq!(snapshot.state().windows_done.last(), Some(day(2)));
            assert_eq!(snapshot.rows("calls"), 4);
        }
    }
    assert_eq!(kills, 2 * fail_point::NAMES.len());
}

type Model = BTreeMap<(usize, String), BTreeMap<i32, SentenceRow>>;

fn model_key(row: &SentenceRow) -> (usize, String) {
    (row.call_id.len(), row.call_id.clone())
}

/// What a merge should do, row by row.
fn naive(
    existing: &[SentenceRow],
    new: &[Vec<SentenceRow>],
    dropped: &HashSet<String>,
) -> Vec<SentenceRow> {
    let mut model = Model::new();
    for row in existing {
        if !dropped.contains(&row.call_id) {
            model
                .entry(model_key(row))
                .or_default()
                .insert(row.sentence_index, row.clone());
        }
    }
    for batch in new {
        for row in batch {
            model.remove(&model_key(row));
        }
        for row in batch {
            model
                .entry(model_key(row))
                .or_default()
                .insert(row.sentence_index, row.clone());
        }
    }
    model
        .into_values()
        .flat_map(BTreeMap::into_values)
        .collect()
}

fn some_rows(longest: usize) -> impl Strategy<Value = Vec<SentenceRow>> {
    let row = (1_u32..130, 0_i32..4, "[a-c ]{0,4}")
        .prop_map(|(id, index, text)| sentence(&id.to_string(), index, "a", "company", &text));
    prop::collection::vec(row, 0..longest)
}

fn deal(id: &str, is_known: bool, fields: Vec<(String, String)>) -> DealHistoryRow {
    DealHistoryRow {
        system: "Salesforce".to_owned(),
        deal_id: id.to_owned(),
        timing: "now".to_owned(),
        observed_at: TimestampUs(7),
        call_id: String::new(),
        source: "call".to_owned(),
        name: is_known.then(|| format!("Deal {id}")),
        stage: None,
        amount: is_known.then_some(Amount(5)),
        currency: None,
        close_date: None,
        owner: None,
        outcome: None,
        account_id: None,
        fields: FieldMap(fields),
    }
}

fn encoded(table: &str, batches: &[RecordBatch], cut: writer::Cut) -> Vec<u8> {
    let Some(first) = batches.first() else {
        return Vec::new();
    };
    let schema = first.schema();
    let mut writer =
        writer::PartitionWriter::new(Vec::new(), table, &schema, &[], cut).expect("begun");
    for batch in batches {
        writer.write(batch).expect("written");
    }
    writer.finish().expect("finished")
}

/// The batch in slices of these lengths, again and again; the batch itself where it is empty.
fn slices(whole: &RecordBatch, lengths: &[usize]) -> Vec<RecordBatch> {
    let mut slices = vec![whole.slice(0, 0)];
    let mut start = 0;
    for length in lengths.iter().cycle() {
        if start == whole.num_rows() {
            break;
        }
        let end = whole.num_rows().min(start + length);
        slices.push(whole.slice(start, end - start));
        start = end;
    }
    slices
}

fn read_back(object: &[u8], rows: usize) -> Vec<RecordBatch> {
    let bytes = bytes::Bytes::copy_from_slice(object);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("an object");
    let schema = Arc::new(arrow::datatypes::Schema::new(
        builder.schema().fields().clone(),
    ));
    let reader = builder.with_batch_size(rows).build().expect("a reader");
    let read = reader.map(|batch| {
        let batch = batch.expect("rows");
        RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).expect("a batch")
    });
    std::iter::once(RecordBatch::new_empty(schema.clone()))
        .chain(read)
        .collect()
}

/// A run that is in memory.
struct Cuts(Vec<RecordBatch>);

impl Rows for Cuts {
    fn open(&self) -> Result<RowIter, Error> {
        Ok(Box::new(self.0.clone().into_iter().map(Ok)))
    }

    fn bytes(&self) -> u64 {
        0
    }
}

fn cut(batch: &RecordBatch, at: usize) -> Vec<RecordBatch> {
    let at = at.min(batch.num_rows());
    vec![batch.slice(0, at), batch.slice(at, batch.num_rows() - at)]
}

proptest! {
    #[test]
    fn a_merge_is_what_a_naive_one_would_be(
        existing in some_rows(60),
        new in prop::collection::vec(some_rows(20), 0..4),
        dropped in prop::collection::hash_set(1_u32..130, 0..20),
        at in 0_usize..60,
    ) {
        let none = HashSet::new();
        let existing = naive(&[], &[existing], &none);
        let dropped: HashSet<String> = dropped.iter().map(u32::to_string).collect();
        let batches: Vec<RecordBatch> = new.iter().map(|rows| SentenceRow::to_batch(rows)).collect();
        let merged = merge_calls(
            &SentenceRow::table(),
            &SentenceRow::schema(),
            &cut(&SentenceRow::to_batch(&existing), at),
            &batches,
            &dropped,
        ).expect("merged");
        let rows: Vec<SentenceRow> = merged
            .iter()
            .flat_map(|batch| SentenceRow::from_batch(batch).expect("rows"))
            .collect();
        prop_assert_eq!(&rows, &naive(&existing, &new, &dropped));
        prop_assert!(rows.is_sorted_by(|a, b| compare_ids(&a.call_id, &b.call_id).is_le()));
    }

    /// Row groups, pages and bytes follow from the rows, however they come.
    #[test]
    fn bytes_are_the_same_for_any_cut(
        lengths in prop::collection::vec((0_usize..40, any::<bool>()), 0..60),
        cuts in prop::collection::vec(1_usize..70, 1..20),
        calls in 1_usize..8,
        most_rows in 1_usize..60,
        most_bytes in 1_usize..4_000,
        grid in 1_usize..9,
        chunk_rows in 1_usize..40,
        chunk_bytes in 1_usize..2_000,
    ) {
        let rows: Vec<SentenceRow> = lengths
            .iter()
            .enumerate()
            .map(|(number, (length, is_known))| {
                let id = 100 + number / 5;
                let text = "x".repeat(*length);
                let mut row = sentence(&id.to_string(), number as i32, "a", "company", &text);
                row.party_id = is_known.then(|| "a".to_owned());
                row
            })
            .collect();
        let deals: Vec<DealHistoryRow> = lengths
            .iter()
            .enumerate()
            .map(|(number, (length, is_known))| {
                let fields = (0..*length % 3).map(|field| (field.to_string(), "y".repeat(*length)));
                deal(&number.to_string(), *is_known, fields.collect())
            })
            .collect();
        let cut = writer::Cut {
            calls, rows: most_rows, bytes: most_bytes, chunk_rows, chunk_bytes, grid,
        };
        let sentences = SentenceRow::to_batch(&rows);
        let deals = DealHistoryRow::to_batch(&deals);
        for (table, whole) in [("sentences", sentences), ("deal_history", deals)] {
            let expected = encoded(table, std::slice::from_ref(&whole), cut);
            prop_assert!(encoded(table, &slices(&whole, &cuts), cut) == expected);
            // Read back, as a merge does: its batches have other buffers, and may mark nulls where there are none.
            let read = read_back(&expected, cuts[0]);
            prop_assert!(encoded(table, &read, cut) == expected);
        }
    }

    /// What is stored, whatever the new calls are spread over, is what a merge at once would store.
    #[test]
    fn a_rewrite_is_what_a_naive_one_would_be(
        existing in some_rows(60),
        runs in prop::collection::vec(some_rows(20), 0..5),
        dropped in prop::collection::hash_set(1_u32..130, 0..20),
        at in 0_usize..20,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let none = HashSet::new();
        let existing = naive(&[], &[existing], &none);
        let runs: Vec<Vec<SentenceRow>> = runs.iter().map(|rows| naive(&[], std::slice::from_ref(rows), &none)).collect();
        let dropped: HashSet<String> = dropped.iter().map(u32::to_string).collect();
        let expected = naive(&existing, &runs, &dropped);
        runtime.block_on(async {
            let folder = temporary();
            let lake = open(folder.path()).await;
            let key = PartitionKey::day("sentences", day(1));
            let mut commit = lake.begin(&CLOCK).await.expect("begun");
            commit.put_day_rows(day(1), &existing).await.expect("put");
            let of = |rows: &Vec<SentenceRow>| -> Arc<dyn Rows> {
                Arc::new(Cuts(cut(&SentenceRow::to_batch(rows), at)))
            };
            let rewrite = Rewrite::of::<SentenceRow>(key.clone())
                .with(runs.iter().map(of))
                .without(Arc::new(dropped));
            let put = commit.rewrite(rewrite.clone()).await.expect("rewritten");
            let again = commit.rewrite(rewrite).await.expect("rewritten");
            assert_eq!(put == Put::Removed, expected.is_empty(), "{put:?}");
            assert!(again != Put::Written);
            let rows: Vec<SentenceRow> = lake.read_rows(&key).await.expect("rows");
            assert_eq!(rows, expected);
            commit.put_day_rows(day(2), &expected).await.expect("put");
            commit.finish().await.expect("finished");
            let written = files(folder.path());
            assert_eq!(
                written.get("sentences/day=2026-05-01/part.parquet"),
                written.get("sentences/day=2026-05-02/part.parquet"),
                "one writer for all"
            );
        });
    }

    #[test]
    fn bytes_and_digest_do_not_depend_on_the_cut(rows in some_rows(40), at in 0_usize..40) {
        let rows = naive(&[], &[rows], &HashSet::new());
        let batch = SentenceRow::to_batch(&rows);
        let parts = cut(&batch, at);
        let whole = std::slice::from_ref(&batch);
        let digest = talktrack::lake::digest::of_rows;
        prop_assert_eq!(
            digest("sentences", whole).expect("digest"),
            digest("sentences", &parts).expect("digest")
        );
        prop_assert_eq!(
            writer::to_parquet("sentences", whole, &[]).expect("bytes"),
            writer::to_parquet("sentences", &parts, &[]).expect("bytes")
        );
    }
}
