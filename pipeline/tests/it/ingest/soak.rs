//! Everything at once, round after round: faults drawn by lot, SIGKILL at random moments, and somebody who reads the lake all
//! the while. Each round ends with the lake that an undisturbed run leaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use talktrack::lake::{Lake, PartitionKey, merge};
use talktrack_analyzers::arrow::compute::concat_batches;
use talktrack_fixtures::FaultSchedule;

use super::faults::paged_sandbox;
use super::kills::{LAKE, URL};
use super::support::{Home, assert_same, busy_dataset};

/// How often a round kills before it lets a run finish.
const KILLS_A_ROUND: u32 = 5;
/// A run is killed at some moment before it has lasted so long: ingest of the round's calls takes about that.
const LATEST_KILL: Duration = Duration::from_millis(1_500);
/// So many runs may stop at a fault that one may stop at, before one must finish.
const MOST_STOPPED: u32 = 3;
/// Where somebody says how many minutes the long test takes.
const MINUTES: &str = "TALKTRACK_SOAK_MINUTES";

/// What happened in some rounds.
#[derive(Debug, Default)]
struct Tally {
    rounds: u64,
    faults: BTreeMap<String, u64>,
    kills: u64,
    stopped: u64,
    partitions_read: u64,
    rows_compared: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_rounds_of_everything_at_once() {
    let mut tally = Tally::default();
    for seed in 0..4 {
        round(seed, &mut tally).await;
    }
    assert!(tally.kills > 0 && tally.partitions_read > 0, "{tally:?}");
    assert!(!tally.faults.is_empty(), "{tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "lasts as long as somebody wants"]
async fn rounds_for_as_long_as_somebody_wants() {
    let minutes = std::env::var(MINUTES).ok();
    let minutes: u64 = minutes.map_or(10, |text| text.parse().expect("whole minutes"));
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    let mut tally = Tally::default();
    // Other seeds than those of the short test.
    for seed in 1_000.. {
        if Instant::now() >= until {
            break;
        }
        round(seed, &mut tally).await;
        if tally.rounds.is_multiple_of(25) {
            eprintln!("{tally:#?}");
        }
    }
    eprintln!("{tally:#?}");
}

async fn round(seed: u64, tally: &mut Tally) {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let calls = chance.random_range(40..200);
    let expected = undisturbed(calls).await;
    let sandbox = paged_sandbox(busy_dataset(calls), |options| {
        options.newest_first = chance.random();
        options.cursor_pages = chance.random_bool(0.2).then_some(2);
    })
    .await;
    let schedule = if chance.random() {
        FaultSchedule::random_stopping(seed)
    } else {
        FaultSchedule::random(seed, chance.random())
    };
    let shown = format!("seed {seed}, {calls} calls\n{schedule}");
    sandbox.schedule(schedule);
    let home = Home::new().await;
    let reader = Reader::start(home.path());
    for _ in 0..chance.random_range(1..=KILLS_A_ROUND) {
        let after = LATEST_KILL.mul_f64(chance.random());
        tally.kills += u64::from(kill_after(&home, &sandbox.url(), after).await);
    }
    tally.stopped += finish(&home, &sandbox.url(), &shown).await;
    tally.partitions_read += reader.stop();
    assert_same(&expected, &home.files(), &shown);
    for (kind, count) in sandbox.faults_met() {
        *tally.faults.entry(kind).or_default() += count;
    }
    tally.rows_compared += count_rows(home.path());
    tally.rounds += 1;
    sandbox.stop().await;
}

async fn undisturbed(calls: i64) -> BTreeMap<String, Vec<u8>> {
    let sandbox = paged_sandbox(busy_dataset(calls), |_| {}).await;
    let home = Home::new().await;
    home.run(&sandbox).await;
    sandbox.stop().await;
    home.files()
}

fn start(home: &Home, url: &str) -> Child {
    Command::new(std::env::current_exe().expect("the test binary"))
        .args(["--exact", "ingest::kills::child", "--ignored"])
        .env(LAKE, home.path())
        .env(URL, url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child runs")
}

/// Sends SIGKILL to a run after a while; whether it was still running is the answer.
async fn kill_after(home: &Home, url: &str, after: Duration) -> bool {
    let mut child = start(home, url);
    tokio::time::sleep(after).await;
    let was_running = child.try_wait().expect("a child").is_none();
    // `kill` of the standard library is SIGKILL; a process that has ended already is no error.
    child.kill().expect("a child");
    child.wait().expect("a child");
    was_running
}

/// Runs until a run is done; the answer is how many stopped before.
async fn finish(home: &Home, url: &str, shown: &str) -> u64 {
    for stopped in 0..=MOST_STOPPED {
        let mut child = start(home, url);
        let ended = tokio::task::spawn_blocking(move || child.wait());
        if ended.await.expect("a thread").expect("a child").success() {
            return u64::from(stopped);
        }
    }
    panic!("no run of {} finishes\n{shown}", MOST_STOPPED + 1);
}

/// Somebody who reads every partition of a lake again and again, by its files alone, as notebooks do.
struct Reader {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Reader {
    fn start(lake: &Path) -> Reader {
        let is_over = Arc::new(AtomicBool::new(false));
        let (lake, told) = (lake.to_owned(), is_over.clone());
        let thread = std::thread::spawn(move || {
            let mut read = 0;
            while !told.load(Ordering::Relaxed) {
                read += read_all(&lake).len() as u64;
                assert_snapshot_is_readable(&lake);
                std::thread::sleep(Duration::from_millis(20));
            }
            read
        });
        Reader { is_over, thread }
    }

    /// Number of partitions read.
    fn stop(self) -> u64 {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("every partition was whole")
    }
}

/// The state that is current can always be read.
fn assert_snapshot_is_readable(lake: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let lake = Lake::open(lake.to_str().expect("a path")).await;
        lake.expect("a lake").snapshot().await.expect("a snapshot");
    });
}

/// Reads every partition, whole, and looks for keys that are there twice; the answer is their rows.
fn read_all(lake: &Path) -> Vec<u64> {
    let mut found = Vec::new();
    parquet_files(lake, &mut found);
    found
        .iter()
        .filter_map(|path| rows_of(lake, path))
        .collect()
}

fn count_rows(lake: &Path) -> u64 {
    read_all(lake).into_iter().sum()
}

/// What `**/*.parquet` finds; folders that vanish meanwhile are nothing to find.
fn parquet_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            parquet_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            found.push(path);
        }
    }
}

/// Number of rows; `None` where the partition was removed since it was listed.
fn rows_of(lake: &Path, path: &Path) -> Option<u64> {
    let file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        file => file.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    };
    let whole = |what: &str| format!("{} is half a partition: {what}", path.display());
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap_or_else(|e| panic!("{}", whole(&e.to_string())));
    let schema = builder.schema().clone();
    let batches: Result<Vec<_>, _> = builder.build().expect("a reader").collect();
    let batches = batches.unwrap_or_else(|error| panic!("{}", whole(&error.to_string())));
    let batch = concat_batches(&schema, &batches).expect("one schema");
    let relative = path.strip_prefix(lake).expect("in the lake");
    let Some(key) = PartitionKey::from_path(relative.to_str().expect("a path")) else {
        return Some(0);
    };
    let tables = talktrack_analyzers::tables();
    let table = tables.iter().find(|info| info.name == key.table);
    let table = table.unwrap_or_else(|| panic!("{} is no table", path.display()));
    let unique = merge::sort_unique(table, &batch).expect("keys");
    assert_eq!(
        unique,
        batch,
        "{} has keys twice or unsorted",
        path.display()
    );
    Some(batch.num_rows() as u64)
}
