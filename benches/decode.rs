//! Pages of Gong's JSON to typed records: extensive calls and transcripts of the synthetic company, 100 a page.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use talktrack_fixtures::{Company, CompanySpec};
use talktrack_gong::api::calls::ExtensiveCalls;
use talktrack_gong::api::transcripts::Transcripts;
use talktrack_gong::endpoint::Endpoint;

fn page(name: &str, records: &[Value]) -> Vec<u8> {
    let size = records.len();
    let page = json!({
        "requestId": "4al018gzaztcr8nbukw",
        "records": { "totalRecords": size, "currentPageSize": size, "currentPageNumber": 0 },
        name: records,
    });
    serde_json::to_vec(&page).expect("a value serialises")
}

fn decode(criterion: &mut Criterion) {
    let company = Company::generate(&CompanySpec {
        calls: 100,
        ..CompanySpec::default()
    });
    let calls = page("calls", &company.calls);
    let transcripts = page("callTranscripts", &company.transcripts);
    let (of_calls, of_transcripts) = (ExtensiveCalls::default(), Transcripts::default());
    let decoded = of_calls.decode(&calls).expect("the page decodes");
    assert_eq!(
        (decoded.records().count(), decoded.rejects().count()),
        (company.calls.len(), 0)
    );
    let decoded = of_transcripts
        .decode(&transcripts)
        .expect("the page decodes");
    assert_eq!(
        (decoded.records().count(), decoded.rejects().count()),
        (company.transcripts.len(), 0)
    );

    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Bytes(calls.len() as u64));
    group.bench_function("calls", |bencher| bencher.iter(|| of_calls.decode(&calls)));
    group.throughput(Throughput::Bytes(transcripts.len() as u64));
    group.bench_function("transcripts", |bencher| {
        bencher.iter(|| of_transcripts.decode(&transcripts));
    });
    group.bench_function("transcripts to a tree", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Value>(&transcripts));
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
