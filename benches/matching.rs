//! The matching core: all mentions of a dictionary in all calls, beside a bare aho-corasick scan of the same text, which
//! checks no word boundary, no veto and no side, and so is a lower bound rather than a rival.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use talktrack_analyzers::Dictionaries;
use talktrack_benches::corpus::{Corpus, STANDARD, Size};

fn matching(criterion: &mut Criterion) {
    for phrases in [50, 500, 5_000] {
        let corpus = Corpus::generate(Size {
            phrases,
            ..STANDARD
        });
        let dictionaries = Dictionaries::compile(std::slice::from_ref(&corpus.dictionary))
            .expect("the dictionary compiles");
        let calls = corpus.inputs.calls().expect("the batches fit");
        let mentions = || {
            calls
                .iter()
                .map(|call| dictionaries.mentions(call).len())
                .sum::<usize>()
        };
        let bare = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .build(&corpus.phrases)
            .expect("the automaton builds");
        let scan = || {
            corpus
                .texts
                .iter()
                .map(|text| bare.find_overlapping_iter(text).count())
                .sum::<usize>()
        };
        assert_eq!(mentions(), corpus.planted);
        assert_eq!(scan(), corpus.planted);

        let mut group = criterion.benchmark_group(format!("matching/{phrases}"));
        group.throughput(Throughput::Bytes(corpus.bytes()));
        group.bench_function("mentions", |bencher| bencher.iter(mentions));
        group.bench_function("bare aho-corasick", |bencher| bencher.iter(scan));
        group.finish();
    }
}

criterion_group!(benches, matching);
criterion_main!(benches);
