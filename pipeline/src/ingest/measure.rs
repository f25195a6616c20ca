//! Measures what a commit of one large day takes; run by hand:
//!
//! ```text
//! cargo test -p talktrack --lib ingest::measure -- --ignored --nocapture
//! ```
//!
//! `TALKTRACK_TEST_DATA` may name the number of calls and of sentences of a call, such as `50000x300`.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use talktrack_analyzers::table::{Row, TimestampUs};
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};

use super::change::Change;
use super::spool::{Spool, SpoolWriter};
use super::stored::Stored;
use super::window::Days;
use crate::clock::FixedClock;
use crate::lake::{Lake, PartitionKey};

const DAY: Date = date(2026, 5, 4);
/// Calls of a page, as they come from Gong.
const PAGE: u64 = 100;
/// Bytes of the text that a call's `raw` holds.
const RAW: usize = 4_000;

/// Text that compresses about as speech does.
struct Words(u64);

impl Words {
    fn next(&mut self) -> &'static str {
        const WORDS: &[&str] = &[
            "we ",
            "could ",
            "price ",
            "the ",
            "and ",
            "quarter ",
            "integration ",
            "think ",
            "about ",
            "security ",
            "review ",
            "that ",
            "budget ",
            "with ",
            "your ",
            "team ",
            "next ",
            "week ",
            "really ",
            "demo ",
            "contract ",
            "so ",
            "yeah ",
            "I ",
            "mean ",
            "compare ",
            "vendor ",
        ];
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        WORDS[(self.0 % WORDS.len() as u64) as usize]
    }

    fn text(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 12);
        while text.len() < bytes {
            text.push_str(self.next());
        }
        text
    }
}

/// Ids in no order of time, as Gong's are.
fn id_of(number: u64) -> String {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (1_000_000_000_000_000_000 + mixed % 8_000_000_000_000_000_000).to_string()
}

fn call(id: &str, words: &mut Words) -> CallRow {
    CallRow {
        call_id: id.to_owned(),
        url: Some(format!("https://example.com/call?id={id}")),
        title: Some(words.text(30)),
        started: TimestampUs(1_777_900_000_000_000),
        scheduled: None,
        duration_s: Some(1_800),
        primary_user_id: Some("234599484848423".to_owned()),
        direction: Some("Conference".to_owned()),
        system: Some("Zoom".to_owned()),
        scope: Some("External".to_owned()),
        media: Some("Video".to_owned()),
        language: Some("eng".to_owned()),
        workspace_id: Some("623457276584334".to_owned()),
        purpose: None,
        meeting_url: None,
        is_private: false,
        calendar_event_id: None,
        client_unique_id: None,
        transcript_state: "pending".to_owned(),
        raw: words.text(RAW),
    }
}

fn party(id: &str, number: u64, words: &mut Words) -> PartyRow {
    PartyRow {
        call_id: id.to_owned(),
        party_id: format!("{number}{id}"),
        speaker_id: Some(format!("{number}7{id}")),
        user_id: None,
        person_key: format!("person{number}@example.com"),
        name: Some(words.text(12)),
        email: Some(format!("person{number}@example.com")),
        phone: None,
        title: Some(words.text(20)),
        affiliation: Some("External".to_owned()),
        side: "customer".to_owned(),
        raw: words.text(60),
    }
}

fn sentence(id: &str, index: i32, words: &mut Words) -> SentenceRow {
    let voice = index / 3 % 4;
    SentenceRow {
        call_id: id.to_owned(),
        sentence_index: index,
        monologue_index: index / 3,
        speaker_id: Some(format!("{voice}7{id}")),
        party_id: Some(format!("{voice}{id}")),
        side: "customer".to_owned(),
        topic: None,
        start_ms: i64::from(index) * 4_000,
        end_ms: i64::from(index) * 4_000 + 3_000,
        text: words.text(80),
    }
}

/// Calls and parties of a day.
fn spooled_calls(calls: u64) -> Spool {
    let mut words = Words(7);
    let mut spool = SpoolWriter::default();
    for page in 0..calls.div_ceil(PAGE) {
        let ids: Vec<String> = (page * PAGE..calls.min((page + 1) * PAGE))
            .map(id_of)
            .collect();
        let rows: Vec<CallRow> = ids.iter().map(|id| call(id, &mut words)).collect();
        let parties: Vec<PartyRow> = ids
            .iter()
            .flat_map(|id| (0..4).map(|number| (id.clone(), number)))
            .map(|(id, number)| party(&id, number, &mut words))
            .collect();
        spool
            .write("calls", DAY, &CallRow::to_batch(&rows))
            .expect("written");
        spool
            .write("parties", DAY, &PartyRow::to_batch(&parties))
            .expect("written");
    }
    spool.finish().expect("a spool")
}

fn spooled_sentences(calls: u64, of_call: i32) -> Spool {
    let mut words = Words(11);
    let mut spool = SpoolWriter::default();
    for page in 0..calls.div_ceil(PAGE) {
        let mut rows = Vec::new();
        for number in page * PAGE..calls.min((page + 1) * PAGE) {
            let id = id_of(number);
            rows.extend((0..of_call).map(|index| sentence(&id, index, &mut words)));
        }
        spool
            .write("sentences", DAY, &SentenceRow::to_batch(&rows))
            .expect("written");
    }
    spool.finish().expect("a spool")
}

/// A line of `/proc/self/status`, in MiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    let digits = line.map(|line| {
        line.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    });
    digits
        .and_then(|digits| digits.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

#[expect(clippy::print_stderr, reason = "it is run by hand for what it prints")]
fn tell(start: Instant, what: &str) {
    let (now, peak) = (memory("VmRSS:"), memory("VmHWM:"));
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{seconds:7.1} s  {now:5} MiB now  {peak:5} MiB at most  {what}");
}

/// Commits a reading of all calls, with the transcripts of the first `answered`; how many calls did not change is the
/// answer.
async fn commit(lake: &Lake, start: Instant, calls: u64, answered: u64, sentences: Spool) -> u64 {
    let spool = spooled_calls(calls);
    tell(start, "calls and parties are spooled");
    let clock = FixedClock(Timestamp::UNIX_EPOCH);
    let ids: Vec<String> = (0..calls).map(id_of).collect();
    let snapshot = lake.snapshot().await.expect("a snapshot");
    let index = lake.index(&snapshot).await.expect("the index");
    let stored = Stored::load(lake, &index, ids.iter().map(String::as_str)).await;
    let unchanged = stored.expect("stored").unchanged(&spool).expect("compared");
    drop(index);
    tell(start, "compared with what is stored");
    let mut commit = lake.begin(&clock).await.expect("begun");
    let by_id: HashMap<String, Date> = ids.iter().map(|id| (id.clone(), DAY)).collect();
    let mut change = Change {
        states: ids.iter().map(|id| (id.clone(), "present")).collect(),
        answered: (0..answered).map(id_of).collect(),
        spools: vec![(spool, HashSet::new())],
        windows: vec![(Days::new(DAY, DAY.tomorrow().expect("a day")), true)],
        calls: by_id,
        sentences,
        today: date(2026, 6, 1),
        ..Change::default()
    };
    drop(ids);
    change.write(&mut commit).await.expect("written");
    tell(start, "written");
    commit.finish().await.expect("finished");
    tell(start, "committed");
    unchanged.len() as u64
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes and gigabytes of the temporary folder"]
async fn a_large_day_takes_little_memory() {
    // As the program does.
    crate::memory::share_heaps();
    let size = std::env::var("TALKTRACK_TEST_DATA").unwrap_or_else(|_| "50000x300".to_owned());
    let (calls, of_call) = size.split_once('x').expect("calls x sentences");
    let calls: u64 = calls.parse().expect("a number of calls");
    let of_call: i32 = of_call.parse().expect("a number of sentences");
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(&folder.path().to_string_lossy())
        .await
        .expect("a lake");
    let start = Instant::now();
    tell(start, "begun");
    let sentences = spooled_sentences(calls, of_call);
    tell(start, "sentences are spooled");
    assert_eq!(commit(&lake, start, calls, calls, sentences).await, 0);
    let again = commit(&lake, start, calls, 0, Spool::default()).await;
    assert_eq!(
        again, calls,
        "the second reading finds every call unchanged"
    );
    let longer = spooled_sentences(calls / 10, of_call + 1);
    commit(&lake, start, calls, calls / 10, longer).await;
    let snapshot = lake.snapshot().await.expect("a snapshot");
    let key = PartitionKey::day("sentences", DAY);
    let rows = snapshot.partition(&key).map_or(0, |entry| entry.rows);
    assert_eq!(rows, calls * u64::from(of_call.unsigned_abs()) + calls / 10);
    let peak = memory("VmHWM:");
    assert!(peak < 200, "{peak} MiB");
}
