//! How often the analysis asks for memory: what makes it hold at many threads is that no sentence costs an allocation.

#![allow(
    unsafe_code,
    reason = "an allocator can only be wrapped by an unsafe implementation, which here passes everything on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use talktrack_analyzers::table::{Row, TimestampUs};
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};
use talktrack_analyzers::{Analysis, Dictionaries, Inputs, Parameters, analyze};

/// Passes on to the system's allocator, and counts.
struct Counting;

static ASKED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all calls go to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CALLS: usize = 16;

/// Speech without a cue of any list, one voice after the other every three sentences.
fn inputs(calls: usize, sentences: usize) -> Inputs {
    const SAID: [&str; 4] = [
        "The green lamp hangs over grandmother's table.",
        "Seven boats lay beside a wooden pier",
        "Rain fell while children painted windows!",
        "Nobody remembers where that old bicycle went.",
    ];
    let call = |call_id: &str| CallRow {
        call_id: call_id.to_owned(),
        url: None,
        title: None,
        started: TimestampUs(0),
        scheduled: None,
        duration_s: Some(100_000),
        primary_user_id: None,
        direction: None,
        system: None,
        scope: None,
        media: None,
        language: None,
        workspace_id: None,
        purpose: None,
        meeting_url: None,
        is_private: false,
        calendar_event_id: None,
        client_unique_id: None,
        transcript_state: "present".to_owned(),
        raw: "{}".to_owned(),
    };
    let party = |call_id: &str, side: &str| PartyRow {
        call_id: call_id.to_owned(),
        party_id: side.to_owned(),
        speaker_id: Some(side.to_owned()),
        user_id: None,
        person_key: side.to_owned(),
        name: None,
        email: None,
        phone: None,
        title: None,
        affiliation: None,
        side: side.to_owned(),
        raw: "{}".to_owned(),
    };
    let sentence = |call_id: &str, index: usize| {
        let side = if (index / 3).is_multiple_of(2) {
            "company"
        } else {
            "customer"
        };
        SentenceRow {
            call_id: call_id.to_owned(),
            sentence_index: index as i32,
            monologue_index: index as i32,
            speaker_id: Some(side.to_owned()),
            party_id: Some(side.to_owned()),
            side: side.to_owned(),
            topic: None,
            start_ms: index as i64 * 3_000,
            end_ms: index as i64 * 3_000 + 2_900,
            text: SAID[index % SAID.len()].to_owned(),
        }
    };
    let ids: Vec<String> = (0..calls).map(|call| (100 + call).to_string()).collect();
    let rows: Vec<SentenceRow> = ids
        .iter()
        .flat_map(|id| (0..sentences).map(|index| sentence(id, index)))
        .collect();
    let parties = ids
        .iter()
        .flat_map(|id| ["company", "customer"].map(|side| party(id, side)));
    Inputs {
        calls: vec![CallRow::to_batch(
            &ids.iter().map(|id| call(id)).collect::<Vec<_>>(),
        )],
        parties: vec![PartyRow::to_batch(&parties.collect::<Vec<_>>())],
        sentences: vec![SentenceRow::to_batch(&rows)],
    }
}

#[test]
fn a_sentence_costs_no_allocation() {
    let dictionaries =
        Dictionaries::compile(&Dictionaries::embedded()).expect("the dictionaries compile");
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("the pool starts");
    let asked = |inputs: &Inputs| {
        let before = ASKED.load(Ordering::Relaxed);
        let tables = pool.install(|| analyze(inputs, &analysis, &[]));
        let asked = ASKED.load(Ordering::Relaxed) - before;
        (asked, tables.expect("the batches fit"))
    };
    let (short, long) = (inputs(CALLS, 200), inputs(CALLS, 2_000));
    // What is made once is made here.
    asked(&short);
    let (of_short, _) = asked(&short);
    let (of_long, tables) = asked(&long);
    let rows_of = |name: &str| {
        let table = tables.iter().find(|(info, _)| info.name == name);
        table.map_or(0, |(_, batch)| batch.num_rows())
    };
    assert_eq!(rows_of("metrics/talk"), 2 * CALLS);
    assert_eq!(rows_of("evidence/mentions"), 0);
    let more_sentences = CALLS * 1_800;
    let more = of_long.saturating_sub(of_short);
    // Lists grow by doubling, a few times a call and analyzer.
    assert!(
        more * 5 < more_sentences,
        "{more} more allocations for {more_sentences} more sentences"
    );
}
