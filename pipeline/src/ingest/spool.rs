//! Disposable local files for what a window reads, so that memory does not grow with a window.
//!
//! ```text
//! batches of (table, day) → buffer ──full──► sorted runs, one file ──32 files──► one file with one run each
//!                                                                     (and so on)
//! ```
//!
//! Rows wait in one buffer until it is full; then the rows of each table and day are sorted as their partition is and
//! written as a run. A run is read chunk by chunk, so a merge of many runs holds a chunk of each. Where a call, or
//! another unit that is replaced whole, occurs more than once, the last time counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;
use jiff::civil::Date;
use talktrack_analyzers::table::TableInfo;

use crate::lake::file::{SharedFile, temporary, temporary_error};
use crate::lake::merge::{Merged, newest_places};
use crate::lake::writer::bytes_of;
use crate::lake::{Error, RowIter, Rows};

/// How much a spool holds in memory. The defaults are those of every run; tests use smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolLimits {
    /// Bytes of rows that wait in memory.
    pub buffer_bytes: usize,
    /// Bytes of rows that are read back at a time, of each run.
    pub chunk_bytes: usize,
    /// Files of runs that are merged into one.
    pub fan_in: usize,
}

impl Default for SpoolLimits {
    fn default() -> SpoolLimits {
        SpoolLimits {
            buffer_bytes: 16 * 1024 * 1024,
            chunk_bytes: 512 * 1024,
            fan_in: 32,
        }
    }
}

type Place = (&'static str, Date);

/// Rows on their way into the lake, by table and day.
#[derive(Default)]
pub struct SpoolWriter {
    limits: SpoolLimits,
    buffer: BTreeMap<Place, Vec<RecordBatch>>,
    buffered: usize,
    /// Files of runs by how often their rows were merged, oldest first.
    levels: Vec<Vec<RunFile>>,
    tables: BTreeMap<&'static str, (TableInfo, SchemaRef)>,
}

/// The runs of one file.
type RunFile = BTreeMap<Place, Arc<Run>>;

/// A finished spool; its files vanish with it.
#[derive(Default)]
pub struct Spool {
    runs: BTreeMap<Place, Vec<Arc<Run>>>,
    tables: BTreeMap<&'static str, (TableInfo, SchemaRef)>,
}

/// Sorted rows of one table and day in a file.
struct Run {
    file: SharedFile,
    chunks: Vec<(u64, usize)>,
    bytes: u64,
}

impl Rows for Run {
    fn open(&self) -> Result<RowIter, Error> {
        let file = self.file.clone();
        let chunks = self.chunks.clone();
        Ok(Box::new(chunks.into_iter().map(move |(start, length)| {
            let bytes = file.read_at(start, length).map_err(temporary_error)?;
            decoded(bytes).map_err(|error| Error::rows("a spool", error))
        })))
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// One chunk of a run: a stream of one batch.
fn decoded(bytes: Vec<u8>) -> Result<RecordBatch, ArrowError> {
    let mut buffer = Buffer::from_vec(bytes);
    let batch = StreamDecoder::new().decode(&mut buffer)?;
    batch.ok_or_else(|| ArrowError::IpcError("a chunk of the spool has no rows".to_owned()))
}

impl SpoolWriter {
    /// An empty spool that holds as much in memory as told.
    pub fn with_limits(limits: SpoolLimits) -> SpoolWriter {
        SpoolWriter {
            limits,
            ..SpoolWriter::default()
        }
    }

    /// Adds rows of one day, whole calls in any order. A call that came before is replaced.
    ///
    /// # Errors
    ///
    /// The temporary folder cannot be written, or the table is not declared.
    pub fn write(
        &mut self,
        table: &'static str,
        day: Date,
        batch: &RecordBatch,
    ) -> Result<(), Error> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if !self.tables.contains_key(table) {
            let declared = talktrack_analyzers::tables::all();
            let info = declared.into_iter().find(|info| info.name == table);
            let info = info.ok_or_else(|| Error::rows(table, "the table is not declared"))?;
            self.tables.insert(table, (info, batch.schema()));
        }
        self.buffered += bytes_of(batch, 0..batch.num_rows());
        let waiting = self.buffer.entry((table, day)).or_default();
        waiting.push(batch.clone());
        if self.buffered >= self.limits.buffer_bytes {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends the writing.
    ///
    /// # Errors
    ///
    /// The temporary folder cannot be written.
    pub fn finish(mut self) -> Result<Spool, Error> {
        self.flush()?;
        let mut runs: BTreeMap<Place, Vec<Arc<Run>>> = BTreeMap::new();
        // What was merged most often is oldest.
        for file in self.levels.into_iter().rev().flatten() {
            for (place, run) in file {
                runs.entry(place).or_default().push(run);
            }
        }
        Ok(Spool {
            runs,
            tables: self.tables,
        })
    }

    /// Writes what waits as one file of runs.
    fn flush(&mut self) -> Result<(), Error> {
        self.buffered = 0;
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut out = RunWriter::new()?;
        // Taken out one by one, so that what is written makes room.
        while let Some((place, batches)) = self.buffer.pop_first() {
            let Some((table, _)) = self.tables.get(place.0) else {
                continue;
            };
            out.begin(place);
            write_sorted(&mut out, table, &batches, self.limits.chunk_bytes)?;
        }
        self.add(0, out.finish()?)
    }

    /// Adds a file; where there are enough of its kind they become one.
    fn add(&mut self, level: usize, file: RunFile) -> Result<(), Error> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        self.levels[level].push(file);
        if self.levels[level].len() < self.limits.fan_in {
            return Ok(());
        }
        let files = std::mem::take(&mut self.levels[level]);
        let merged = self.merged(files)?;
        self.add(level + 1, merged)
    }

    fn merged(&self, files: Vec<RunFile>) -> Result<RunFile, Error> {
        let mut runs: BTreeMap<Place, Vec<Arc<Run>>> = BTreeMap::new();
        for (place, run) in files.into_iter().flatten() {
            runs.entry(place).or_default().push(run);
        }
        let mut out = RunWriter::new()?;
        for (place, runs) in runs {
            let Some((table, schema)) = self.tables.get(place.0) else {
                continue;
            };
            out.begin(place);
            let mut chunk = Chunk::default();
            for batch in merge(table, schema, &runs)? {
                chunk.add(batch?);
                if chunk.bytes >= self.limits.chunk_bytes {
                    out.write(&chunk.take(schema)?)?;
                }
            }
            if chunk.bytes > 0 {
                out.write(&chunk.take(schema)?)?;
            }
        }
        out.finish()
    }
}

fn merge(table: &TableInfo, schema: &SchemaRef, runs: &[Arc<Run>]) -> Result<RowIter, Error> {
    let sources = runs.iter().map(|run| run.open());
    let sources = sources.collect::<Result<Vec<RowIter>, Error>>()?;
    Ok(Box::new(Merged::new(table, schema, sources)?))
}

/// Sorts rows and writes them, a chunk at a time.
fn write_sorted(
    out: &mut RunWriter,
    table: &TableInfo,
    batches: &[RecordBatch],
    chunk_bytes: usize,
) -> Result<(), Error> {
    let places = newest_places(table, batches)?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let bytes: usize = batches
        .iter()
        .map(|batch| bytes_of(batch, 0..batch.num_rows()))
        .sum();
    let rows_of_chunk = (chunk_bytes / (bytes / rows.max(1)).max(1)).max(1);
    let sources: Vec<&RecordBatch> = batches.iter().collect();
    for chunk in places.chunks(rows_of_chunk) {
        let sorted = interleave_record_batch(&sources, chunk)
            .map_err(|error| Error::rows(table.name, error))?;
        out.write(&sorted)?;
    }
    Ok(())
}

/// Slices that become one chunk.
#[derive(Default)]
struct Chunk {
    slices: Vec<RecordBatch>,
    bytes: usize,
}

impl Chunk {
    fn add(&mut self, slice: RecordBatch) {
        self.bytes += bytes_of(&slice, 0..slice.num_rows());
        self.slices.push(slice);
    }

    fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch, Error> {
        self.bytes = 0;
        let slices = std::mem::take(&mut self.slices);
        concat_batches(schema, &slices).map_err(|error| Error::rows("a spool", error))
    }
}

/// Writes runs one behind another into a file.
struct RunWriter {
    file: BufWriter<File>,
    end: u64,
    runs: Vec<OpenRun>,
}

/// A run that is being written.
struct OpenRun {
    place: Place,
    chunks: Vec<(u64, usize)>,
    bytes: u64,
}

impl RunWriter {
    fn new() -> Result<RunWriter, Error> {
        Ok(RunWriter {
            file: BufWriter::new(temporary()?),
            end: 0,
            runs: Vec::new(),
        })
    }

    /// What is written from now on is the run of a table and day.
    fn begin(&mut self, place: Place) {
        self.runs.push(OpenRun {
            place,
            chunks: Vec::new(),
            bytes: 0,
        });
    }

    fn write(&mut self, chunk: &RecordBatch) -> Result<(), Error> {
        let encoded = encoded(chunk).map_err(|error| Error::rows("a spool", error))?;
        self.file.write_all(&encoded).map_err(temporary_error)?;
        if let Some(run) = self.runs.last_mut() {
            run.chunks.push((self.end, encoded.len()));
            run.bytes += bytes_of(chunk, 0..chunk.num_rows()) as u64;
        }
        self.end += encoded.len() as u64;
        Ok(())
    }

    fn finish(self) -> Result<RunFile, Error> {
        let file = self.file.into_inner();
        let file = file.map_err(|error| temporary_error(error.into_error()))?;
        let file = SharedFile::new(file).map_err(temporary_error)?;
        let runs = self.runs.into_iter().map(|run| {
            let file = file.clone();
            let written = Run {
                file,
                chunks: run.chunks,
                bytes: run.bytes,
            };
            (run.place, Arc::new(written))
        });
        Ok(runs.collect())
    }
}

fn encoded(chunk: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &chunk.schema())?;
    writer.write(chunk)?;
    writer.into_inner()
}

impl Spool {
    /// The runs of one table and day: what a partition is merged with. A later one wins.
    pub fn runs(&self, table: &str, day: Date) -> Vec<Arc<dyn Rows>> {
        self.of(table, day)
            .iter()
            .map(|run| run.clone() as Arc<dyn Rows>)
            .collect()
    }

    /// The rows of one table and day, ordered, a batch at a time.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be read.
    pub fn rows(&self, table: &str, day: Date) -> Result<RowIter, Error> {
        match self.tables.get(table) {
            Some((info, schema)) => merge(info, schema, self.of(table, day)),
            None => Ok(Box::new(std::iter::empty())),
        }
    }

    /// The rows of one table and day at once, ordered: for tables that are known to be small.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be read.
    pub fn read(&self, table: &str, day: Date) -> Result<Vec<RecordBatch>, Error> {
        self.rows(table, day)?.collect()
    }

    fn of(&self, table: &str, day: Date) -> &[Arc<Run>] {
        let name = self.tables.get_key_value(table).map(|(name, _)| *name);
        name.and_then(|name| self.runs.get(&(name, day)))
            .map_or(&[], Vec::as_slice)
    }

    /// Days that any table has rows of.
    pub fn days(&self) -> BTreeSet<Date> {
        self.runs.keys().map(|(_, day)| *day).collect()
    }

    /// Days that one table has rows of.
    pub fn days_of(&self, table: &str) -> BTreeSet<Date> {
        let places = self.runs.keys().filter(|(name, _)| *name == table);
        places.map(|(_, day)| *day).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use talktrack_analyzers::table::Row as _;
    use talktrack_analyzers::tables::{GongTopicRow, WorkspaceRow};

    const TINY: SpoolLimits = SpoolLimits {
        buffer_bytes: 300,
        chunk_bytes: 60,
        fan_in: 3,
    };

    fn workspace(id: &str) -> RecordBatch {
        WorkspaceRow::to_batch(&[WorkspaceRow {
            workspace_id: id.to_owned(),
            name: None,
            description: None,
            raw: "{}".to_owned(),
        }])
    }

    #[test]
    fn rows_come_back_by_table_and_day_in_the_order_of_their_keys() {
        let (monday, tuesday) = (date(2026, 3, 2), date(2026, 3, 3));
        let mut writer = SpoolWriter::default();
        for (day, id) in [(monday, "3"), (tuesday, "2"), (monday, "1")] {
            writer
                .write("workspaces", day, &workspace(id))
                .expect("a temporary file");
        }
        writer
            .write("empty", monday, &workspace("x").slice(0, 0))
            .expect("nothing to write");
        let spool = writer.finish().expect("a temporary file");
        let read = |day| {
            let batches = spool.read("workspaces", day).expect("readable");
            let rows = batches
                .iter()
                .flat_map(|batch| WorkspaceRow::from_batch(batch).expect("rows"));
            rows.map(|row| row.workspace_id).collect::<Vec<_>>()
        };
        assert_eq!(read(monday), ["1", "3"]);
        assert_eq!(read(tuesday), ["2"]);
        assert!(spool.read("calls", monday).expect("nothing").is_empty());
        assert_eq!(spool.days(), BTreeSet::from([monday, tuesday]));
        assert!(spool.days_of("empty").is_empty());
        assert!(spool.days_of("calls").is_empty());
    }

    #[test]
    fn many_days_share_one_file() {
        let mut writer = SpoolWriter::default();
        for number in 0..2_000 {
            let day = crate::ingest::window::add_days(date(2020, 1, 1), number);
            writer
                .write("workspaces", day, &workspace("1"))
                .expect("a temporary file");
        }
        writer.flush().expect("written");
        assert_eq!(writer.levels.iter().map(Vec::len).sum::<usize>(), 1);
        assert_eq!(writer.finish().expect("a spool").days().len(), 2_000);
    }

    #[test]
    fn runs_are_merged_so_that_few_files_stay_open() {
        let day = date(2026, 3, 2);
        let mut writer = SpoolWriter::with_limits(TINY);
        for number in 0..200 {
            let rows = topics(&[(number, 0), (number, 1)]);
            writer.write("gong_topics", day, &rows).expect("written");
            assert!(writer.buffered < TINY.buffer_bytes + 200);
            let files = writer.levels.iter().map(Vec::len).max().unwrap_or(0);
            assert!(files < TINY.fan_in, "{files} files of one level");
        }
        let spool = writer.finish().expect("a spool");
        assert!(spool.runs("gong_topics", day).len() < 20);
        let rows: usize = spool
            .rows("gong_topics", day)
            .expect("readable")
            .map(|batch| batch.expect("rows").num_rows())
            .sum();
        assert_eq!(rows, 400);
    }

    fn topics(rows: &[(u32, u32)]) -> RecordBatch {
        let rows: Vec<GongTopicRow> = rows
            .iter()
            .map(|(call, name)| GongTopicRow {
                call_id: call.to_string(),
                name: name.to_string(),
                duration_s: 0.0,
            })
            .collect();
        GongTopicRow::to_batch(&rows)
    }

    proptest! {
        /// However the buffer fills and runs are merged, the last batch that holds a call has it.
        #[test]
        fn the_last_reading_of_a_call_counts(
            batches in prop::collection::vec(
                prop::collection::vec((0_u32..30, 0_u32..4), 1..12), 0..60),
            buffer_bytes in 1_usize..2_000,
            chunk_bytes in 1_usize..200,
            fan_in in 2_usize..5,
        ) {
            let day = date(2026, 3, 2);
            let limits = SpoolLimits { buffer_bytes, chunk_bytes, fan_in };
            let mut writer = SpoolWriter::with_limits(limits);
            let mut expected: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            for rows in &batches {
                writer.write("gong_topics", day, &topics(rows)).expect("written");
                for (call, _) in rows {
                    expected.remove(call);
                }
                for (call, name) in rows {
                    expected.entry(*call).or_default().insert(*name);
                }
            }
            let spool = writer.finish().expect("a spool");
            let mut seen = Vec::new();
            for batch in spool.rows("gong_topics", day).expect("readable") {
                let rows = GongTopicRow::from_batch(&batch.expect("rows")).expect("rows");
                seen.extend(rows.into_iter().map(|row| (row.call_id, row.name)));
            }
            let expected: Vec<(String, String)> = expected
                .iter()
                .flat_map(|(call, names)| names.iter().map(|name| (call.to_string(), name.to_string())))
                .collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
