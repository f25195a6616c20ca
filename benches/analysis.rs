//! The whole analysis of a day in memory, every analyzer and the embedded dictionaries, on one thread and on two.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use talktrack_analyzers::metrics::mentions::MentionEvidenceRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Dictionaries, Parameters, analyze};
use talktrack_benches::corpus::{Corpus, STANDARD};

fn analysis(criterion: &mut Criterion) {
    let corpus = Corpus::generate(STANDARD);
    let sources = Dictionaries::layered(vec![corpus.dictionary.clone()]);
    let dictionaries = Dictionaries::compile(&sources).expect("the dictionaries compile");
    let parameters = Parameters::default();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &parameters,
    };
    let competitors = || {
        let tables = analyze(&corpus.inputs, &analysis, &[]).expect("the batches fit");
        let (_, evidence) = tables
            .iter()
            .find(|(info, _)| info.name == "evidence/mentions")
            .expect("the table is made");
        let rows = MentionEvidenceRow::from_batch(evidence).expect("the columns fit");
        rows.iter()
            .filter(|row| row.dictionary == "competitors")
            .count()
    };
    assert_eq!(competitors(), corpus.planted);

    let mut group = criterion.benchmark_group("analysis");
    group.throughput(Throughput::Bytes(corpus.bytes()));
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("the pool starts");
        group.bench_function(format!("{threads} threads"), |bencher| {
            bencher.iter(|| pool.install(|| analyze(&corpus.inputs, &analysis, &[])));
        });
    }
    group.finish();
}

criterion_group!(benches, analysis);
criterion_main!(benches);
