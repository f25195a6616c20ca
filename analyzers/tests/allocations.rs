//! How often the analysis asks for memory: what makes it hold at many threads is that no sentence costs an allocation.

#![allow(
    unsafe_code,
    reason = "an allocator can only be wrapped by an unsafe implementation, which here passes everything on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

#[path = "it/notation.rs"]
mod notation;

use notation::noted;
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

/// Speech without a cue of any list, one side after the other every three sentences.
fn inputs(calls: usize, sentences: usize) -> Inputs {
    const SAID: [&str; 4] = [
        "The green lamp hangs over grandmother's table.",
        "Seven boats lay beside a wooden pier",
        "Rain fell while children painted windows!",
        "Nobody remembers where that old bicycle went.",
    ];
    let line = |index: usize| {
        let voice = ["R", "C"][index / 3 % 2];
        let start_ms = index * 3_000;
        let text = SAID[index % SAID.len()];
        format!("{start_ms}-{} {voice}: {text}\n", start_ms + 2_900)
    };
    let lines: String = (0..sentences).map(line).collect();
    let mut inputs = Inputs::default();
    for call in 0..calls {
        let noted = noted(&call.to_string(), &lines).inputs();
        inputs.calls.extend(noted.calls);
        inputs.parties.extend(noted.parties);
        inputs.sentences.extend(noted.sentences);
    }
    inputs
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
