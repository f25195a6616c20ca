//! The whole job, Parquet in and Parquet out, on one thread, beside what reading its columns alone costs.
//!
//! D is the time that arrow-rs needs to decode the columns that the job reads, ids as dictionaries. The job decodes a row group,
//! analyzes it and writes its tables, zstd on both sides. Time is processor time of the process; rounds take turns, and medians of
//! their ratios are told. Before anything is timed, the mentions of the job are held to those of the analyzers in memory.
//!
//! How well two threads share the work is told by their processor time together over that of one: what they wait for each other or do
//! twice shows in it, and other work on the machine hardly does. Analyzing alone is compared, since one thread reads and writes.
//!
//! `TALKTRACK_BENCH_CORPUS` names a folder as for `matching_engines`; without it the generated corpus serves.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rustix::time::{ClockId, clock_gettime};
use talktrack_analyzers::arrow::array::{Array, RecordBatch, StringArray, new_null_array};
use talktrack_analyzers::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use talktrack_analyzers::metrics::registry;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::SentenceRow;
use talktrack_analyzers::{Analysis, Dictionaries, Inputs, Parameters, analyze};
use talktrack_benches::corpus::{Corpus, STANDARD, Size};

/// Columns that the job reads.
const COLUMNS: [&str; 7] = [
    "call_id",
    "sentence_index",
    "speaker_id",
    "side",
    "start_ms",
    "end_ms",
    "text",
];
/// Of them, those that repeat.
const IDS: [&str; 3] = ["call_id", "speaker_id", "side"];
/// The tables of the spine: speech, questions, mentions and their sentences.
const SPINE: [&str; 5] = [
    "metrics/talk",
    "metrics/talk_call",
    "metrics/questions",
    "metrics/mentions",
    "evidence/mentions",
];
const SIZES: [usize; 3] = [50, 5_000, 20_000];
/// Text that is analyzed at most, in bytes.
const TEXT_BYTES: usize = 20_000_000;
/// Calls of 300 sentences a row group.
const CALLS_A_GROUP: usize = 400;
const ROUNDS: usize = 5;

fn cpu_now() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu_now();
    let made = work();
    let passed = cpu_now().saturating_sub(start);
    (passed.as_secs_f64() * 1000.0, made)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn corpus(phrases: usize) -> Corpus {
    let Some(folder) = std::env::var_os("TALKTRACK_BENCH_CORPUS").map(PathBuf::from) else {
        return Corpus::generate(Size {
            phrases,
            ..STANDARD
        });
    };
    let lines = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.lines().map(str::to_owned).collect()
    };
    let mut left = TEXT_BYTES;
    let fits = |text: &String| {
        let fits = text.len() <= left;
        left = left.saturating_sub(text.len());
        fits
    };
    let texts = lines(&folder.join("text.txt"));
    let texts = texts.into_iter().take_while(fits).collect();
    let phrases = lines(&folder.join(format!("dict_{phrases}.tsv")));
    let first = |line: String| line.split('\t').next().unwrap_or_default().to_owned();
    Corpus::of_texts(texts, phrases.into_iter().map(first).collect())
}

fn written(batches: &[RecordBatch]) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batches[0].schema(), Some(properties)).expect("a writer");
    for batch in batches {
        writer.write(batch).expect("a row group");
        writer.flush().expect("a row group");
    }
    writer.close().expect("a file");
    bytes
}

/// A file in memory whose row groups hold whole calls, and the calls and parties of each.
struct Stored {
    sentences: Bytes,
    groups: Vec<(RecordBatch, RecordBatch)>,
}

impl Stored {
    fn of(corpus: &Corpus) -> Stored {
        let all = &corpus.inputs.sentences[0];
        let ids = all.column_by_name("call_id").expect("ids");
        let ids = ids.as_any().downcast_ref::<StringArray>().expect("text");
        let mut cuts = vec![0];
        let mut calls = 0;
        for at in 1..ids.len() {
            if ids.value(at) != ids.value(at - 1) {
                calls += 1;
                if calls % CALLS_A_GROUP == 0 {
                    cuts.push(at);
                }
            }
        }
        cuts.push(ids.len());
        let pieces: Vec<RecordBatch> = cuts
            .windows(2)
            .map(|ends| all.slice(ends[0], ends[1] - ends[0]))
            .collect();
        let (calls, parties) = (&corpus.inputs.calls[0], &corpus.inputs.parties[0]);
        let groups = (0..pieces.len()).map(|group| {
            let from = group * CALLS_A_GROUP;
            let many = CALLS_A_GROUP.min(calls.num_rows() - from);
            // Each call has two parties.
            (calls.slice(from, many), parties.slice(2 * from, 2 * many))
        });
        Stored {
            sentences: written(&pieces).into(),
            groups: groups.collect(),
        }
    }

    /// The columns that the job reads, row group by row group; ids as dictionaries where `as_ids`.
    fn read(&self, as_ids: bool, mut group: impl FnMut(usize, Vec<RecordBatch>)) {
        for (at, _) in self.groups.iter().enumerate() {
            let options = ArrowReaderOptions::new();
            let options = if as_ids {
                options.with_schema(self.with_ids())
            } else {
                options
            };
            let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(
                self.sentences.clone(),
                options,
            )
            .expect("a reader");
            let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
            let reader = builder
                .with_projection(mask)
                .with_row_groups(vec![at])
                .with_batch_size(8192)
                .build()
                .expect("a reader");
            group(at, reader.map(|batch| batch.expect("a batch")).collect());
        }
    }

    fn with_ids(&self) -> SchemaRef {
        let builder = ParquetRecordBatchReaderBuilder::try_new(self.sentences.clone());
        let stored = builder.expect("a reader").schema().clone();
        let field = |field: &Arc<Field>| {
            if IDS.contains(&field.name().as_str()) {
                let ids = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
                Field::new(field.name(), ids, field.is_nullable())
            } else {
                field.as_ref().clone()
            }
        };
        let fields: Vec<Field> = stored.fields().iter().map(field).collect();
        Arc::new(Schema::new(fields))
    }

    /// Reads, analyzes and writes; the answer is the rows of each table.
    fn job(&self, analysis: &Analysis<'_>, tables: &[&str]) -> Vec<(String, usize)> {
        let mut rows: Vec<(String, usize)> = Vec::new();
        self.read(false, |at, sentences| {
            let (calls, parties) = self.groups[at].clone();
            let inputs = Inputs {
                calls: vec![calls],
                parties: vec![parties],
                sentences: sentences.iter().map(whole).collect(),
            };
            for (info, batch) in analyze(&inputs, analysis, tables).expect("the batches fit") {
                std::hint::black_box(written(std::slice::from_ref(&batch)));
                match rows.iter_mut().find(|(name, _)| name == info.name) {
                    Some((_, known)) => *known += batch.num_rows(),
                    None => rows.push((info.name.to_owned(), batch.num_rows())),
                }
            }
        });
        rows
    }
}

/// A batch with the columns that no analyzer reads, as nulls and copies that cost nothing.
fn whole(batch: &RecordBatch) -> RecordBatch {
    let schema = SentenceRow::to_batch(&[]).schema();
    let columns = schema.fields().iter().map(|field| {
        let known = batch.column_by_name(field.name()).cloned();
        known.unwrap_or_else(|| match field.name().as_str() {
            "monologue_index" => batch
                .column_by_name("sentence_index")
                .expect("read")
                .clone(),
            _ => new_null_array(field.data_type(), batch.num_rows()),
        })
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).expect("the schema fits")
}

fn rows_of(rows: &[(String, usize)], table: &str) -> usize {
    let found = rows.iter().find(|(name, _)| name == table);
    found.map_or(0, |(_, rows)| *rows)
}

fn main() {
    // `cargo test` runs this too, and times nothing.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let threads = |count: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
        pool.expect("the pool starts")
    };
    let (pool, two) = (threads(1), threads(2));
    for phrases in SIZES {
        let corpus = corpus(phrases);
        let stored = Stored::of(&corpus);
        let sources = Dictionaries::layered(vec![corpus.dictionary.clone()]);
        let dictionaries = Dictionaries::compile(&sources).expect("the dictionaries compile");
        let parameters = Parameters::default();
        let analysis = Analysis {
            dictionaries: &dictionaries,
            parameters: &parameters,
        };
        let in_memory = analyze(&corpus.inputs, &analysis, &["evidence/mentions"]);
        let in_memory = in_memory.expect("the batches fit")[0].1.num_rows();
        let spine = pool.install(|| stored.job(&analysis, &SPINE));
        assert_eq!(rows_of(&spine, "evidence/mentions"), in_memory);
        if !is_bench {
            continue;
        }
        let decode = || {
            let mut rows = 0;
            stored.read(true, |_, batches| {
                rows += batches.iter().map(RecordBatch::num_rows).sum::<usize>();
            });
            assert_eq!(rows, corpus.inputs.sentences[0].num_rows());
        };
        let analyzed = |pool: &rayon::ThreadPool| {
            let tables = pool.install(|| analyze(&corpus.inputs, &analysis, &[]));
            tables.expect("the batches fit").len()
        };
        let (mut floor, mut of_spine, mut of_all) = (Vec::new(), Vec::new(), Vec::new());
        let mut of_two = Vec::new();
        for _ in 0..ROUNDS {
            let d = timed(decode).0;
            let spine = timed(|| pool.install(|| stored.job(&analysis, &SPINE))).0;
            let all = timed(|| pool.install(|| stored.job(&analysis, &[]))).0;
            floor.push(d);
            of_spine.push(spine / d);
            of_all.push(all / d);
            let (one, tables) = timed(|| analyzed(&pool));
            let (both, tables_of_both) = timed(|| analyzed(&two));
            assert_eq!(tables, tables_of_both);
            of_two.push(both / one);
        }
        println!(
            "{phrases:>6} phrases, {:.1} MB of text: D {:.1} ms; spine {:.1} D; every analyzer {:.1} D; two threads take {:.2} \
             times the processor time of one",
            corpus.bytes() as f64 / 1e6,
            median(floor.clone()),
            median(of_spine),
            median(of_all),
            median(of_two)
        );
        if phrases != SIZES[1] {
            continue;
        }
        for analyzer in registry() {
            let tables: Vec<&str> = analyzer.tables().iter().map(|info| info.name).collect();
            let alone = (0..ROUNDS).map(|_| {
                let d = timed(decode).0;
                timed(|| pool.install(|| stored.job(&analysis, &tables))).0 / d
            });
            println!(
                "        {:<14} alone {:>5.1} D",
                analyzer.name(),
                median(alone.collect())
            );
        }
    }
}
