//! The whole job as a program, to stand beside peers in other languages (`benches/peers.py`), Parquet in and Parquet out on one
//! thread: `job write FOLDER` makes tables of the texts in the folder, `job run FOLDER PHRASES` computes talk per voice and the
//! mentions of the phrases, writes both, and tells as JSON what they add up to, in how much processor time and memory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rustix::time::{ClockId, clock_gettime};
use talktrack_analyzers::arrow::array::RecordBatch;
use talktrack_analyzers::input::INPUT_COLUMNS;
use talktrack_analyzers::metrics::talk::TalkRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Dictionaries, Inputs, Parameters, analyze};
use talktrack_benches::corpus::Corpus;

/// Calls of 300 sentences a row group.
const CALLS_A_GROUP: usize = 400;
const ROUNDS: usize = 3;
const TABLES: [&str; 3] = ["metrics/talk", "metrics/mentions", "evidence/mentions"];
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let told = match arguments.as_slice() {
        [verb, folder] if verb == "write" => write(Path::new(folder)),
        [verb, folder, phrases] if verb == "run" => run(Path::new(folder), phrases),
        _ => Err("job write FOLDER | job run FOLDER PHRASES".into()),
    };
    let (text, code) = match told {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(error) => (error.to_string(), ExitCode::from(2)),
    };
    // Nobody can be told that the output is closed.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), format!("{text}\n").as_bytes());
    code
}

fn write(folder: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(folder.join("text.txt"))?;
    let texts = text.lines().map(str::to_owned).collect();
    let inputs = Corpus::of_texts(texts, Vec::new()).inputs;
    let tables = [
        ("calls", &inputs.calls[0], CALLS_A_GROUP),
        // Each call has two parties and 300 sentences.
        ("parties", &inputs.parties[0], 2 * CALLS_A_GROUP),
        ("sentences", &inputs.sentences[0], 300 * CALLS_A_GROUP),
    ];
    for (name, batch, rows) in tables {
        let mut writer = writer(&folder.join(format!("{name}.parquet")), batch)?;
        for from in (0..batch.num_rows()).step_by(rows) {
            writer.write(&batch.slice(from, rows.min(batch.num_rows() - from)))?;
            writer.flush()?;
        }
        writer.close()?;
    }
    Ok(format!("{} sentences", inputs.sentences[0].num_rows()))
}

fn writer(path: &Path, batch: &RecordBatch) -> Result<ArrowWriter<File>, Failure> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let file = File::create(path)?;
    Ok(ArrowWriter::try_new(
        file,
        batch.schema(),
        Some(properties),
    )?)
}

/// What the rows of a run add up to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Sums {
    voices: usize,
    talk_ms: i64,
    words: i64,
    sentences: i64,
    mentions: usize,
}

fn run(folder: &Path, count: &str) -> Result<String, Failure> {
    let dictionary = std::fs::read_to_string(folder.join(format!("dict_{count}.tsv")))?;
    let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    let phrases = dictionary.lines().map(first).collect();
    let source = Corpus::of_texts(vec![String::new()], phrases).dictionary;
    let dictionaries = Dictionaries::compile(&[source]).map_err(|errors| format!("{errors:?}"))?;
    let parameters = Parameters::default();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &parameters,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let mut rounds = Vec::new();
    let mut sums = Sums::default();
    for _ in 0..ROUNDS {
        let start = cpu_now();
        let job = || once(folder, &analysis).map_err(|error| error.to_string());
        sums = pool.install(job)?;
        rounds.push(cpu_now().saturating_sub(start));
    }
    rounds.sort_unstable();
    Ok(serde_json::json!({
        "voices": sums.voices,
        "talk_ms": sums.talk_ms,
        "words": sums.words,
        "sentences": sums.sentences,
        "hits": sums.mentions,
        "seconds": rounds[ROUNDS / 2].as_secs_f64(),
        "peak_mb": peak_mb()?,
    })
    .to_string())
}

fn once(folder: &Path, analysis: &Analysis<'_>) -> Result<Sums, Failure> {
    let mut sums = Sums::default();
    let mut writers: Vec<Option<ArrowWriter<File>>> = TABLES.iter().map(|_| None).collect();
    for group in 0..groups(&folder.join("sentences.parquet"))? {
        let [calls, parties, sentences] = INPUT_COLUMNS.map(|(table, columns)| {
            let path = folder.join(format!("{table}.parquet"));
            read(&path, columns, group)
        });
        let inputs = Inputs {
            calls: calls?,
            parties: parties?,
            sentences: sentences?,
        };
        for (info, batch) in analyze(&inputs, analysis, &TABLES)? {
            sums.add(info.name, &batch)?;
            let Some(at) = TABLES.iter().position(|table| *table == info.name) else {
                continue;
            };
            if writers[at].is_none() {
                let file: PathBuf = folder.join(format!("ours_{at}.parquet"));
                writers[at] = Some(writer(&file, &batch)?);
            }
            if let Some(writer) = &mut writers[at] {
                writer.write(&batch)?;
            }
        }
    }
    for writer in writers.into_iter().flatten() {
        writer.close()?;
    }
    Ok(sums)
}

impl Sums {
    fn add(&mut self, table: &str, batch: &RecordBatch) -> Result<(), Failure> {
        match table {
            "metrics/talk" => {
                let rows = TalkRow::from_batch(batch)?;
                self.voices += rows.len();
                self.talk_ms += rows.iter().map(|row| row.talk_ms_sum).sum::<i64>();
                self.words += rows.iter().map(|row| row.words).sum::<i64>();
                self.sentences += rows.iter().map(|row| row.sentences).sum::<i64>();
            }
            "evidence/mentions" => self.mentions += batch.num_rows(),
            _ => {}
        }
        Ok(())
    }
}

fn groups(path: &Path) -> Result<usize, Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    Ok(builder.metadata().num_row_groups())
}

fn read(path: &Path, columns: &[&str], group: usize) -> Result<Vec<RecordBatch>, Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let reader = builder
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(8192)
        .build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}

fn cpu_now() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The most memory that the process had, in megabytes.
fn peak_mb() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
}
