//! One pass of a part of the core, for counting its instructions: `instructions PART`, under `valgrind --tool=callgrind`.
//!
//! `nothing` makes what all parts need and stops there, so that its count can be taken from theirs.

use std::hint::black_box;
use std::process::ExitCode;

use talktrack_analyzers::arrow::array::StringArray;
use talktrack_analyzers::matching::Matcher;
use talktrack_analyzers::{Analysis, Dictionaries, Parameters, analyze};
use talktrack_benches::corpus::{Corpus, Size};

/// Small enough that a simulated processor is done in seconds.
const SIZE: Size = Size {
    calls: 40,
    sentences: 300,
    phrases: 500,
};

fn main() -> ExitCode {
    let part = std::env::args().nth(1).unwrap_or_default();
    let corpus = Corpus::generate(SIZE);
    let sentences = StringArray::from(corpus.texts.clone());
    let sources = Dictionaries::layered(vec![corpus.dictionary.clone()]);
    let Ok(dictionaries) = Dictionaries::compile(&sources) else {
        return ExitCode::FAILURE;
    };
    let parameters = Parameters::default();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &parameters,
    };
    // One thread, so that the count does not depend on how work is shared.
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).build() else {
        return ExitCode::FAILURE;
    };
    let of = |tables: &[&str]| {
        let made = pool.install(|| analyze(&corpus.inputs, &analysis, tables));
        black_box(made.map(|tables| tables.len())).is_ok()
    };
    let is_done = match part.as_str() {
        "nothing" => true,
        "matching" => {
            let matcher = Matcher::new(&corpus.phrases);
            black_box(matcher.hits(&sentences).len()) >= corpus.planted
        }
        "mentions" => of(&["metrics/mentions"]),
        "questions" => of(&["metrics/questions"]),
        "talk" => of(&["metrics/talk"]),
        "everything" => of(&[]),
        _ => false,
    };
    if is_done {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}
