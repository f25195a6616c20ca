//! The question detector: every sentence of the corpus, folded and classified, on one thread.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use talktrack_analyzers::folding::FoldedTexts;
use talktrack_analyzers::metrics::questions::QuestionEvidenceRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Dictionaries, Parameters, analyze};
use talktrack_benches::corpus::{Corpus, STANDARD};

fn questions(criterion: &mut Criterion) {
    let corpus = Corpus::generate(STANDARD);
    let dictionaries =
        Dictionaries::compile(&Dictionaries::embedded()).expect("the dictionaries compile");
    let cues = dictionaries.question_cues();
    let found = || {
        let mut texts = FoldedTexts::with_capacity(corpus.bytes() as usize);
        for text in &corpus.texts {
            texts.push(text);
        }
        cues.questions(&texts).iter().flatten().count()
    };
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let tables =
        analyze(&corpus.inputs, &analysis, &["evidence/questions"]).expect("the batches fit");
    let evidence = QuestionEvidenceRow::from_batch(&tables[0].1).expect("the columns fit");
    assert_eq!(found(), evidence.len());
    assert!(!evidence.is_empty(), "the corpus asks nothing");

    let mut group = criterion.benchmark_group("questions");
    group.throughput(Throughput::Bytes(corpus.bytes()));
    group.bench_function("every sentence", |bencher| bencher.iter(found));
    group.finish();
}

criterion_group!(benches, questions);
criterion_main!(benches);
