//! Disposable local files for what a window reads, so that memory does not grow with a window: one Arrow file a table,
//! found again by day.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use jiff::civil::Date;

/// Rows on their way into the lake, by table and day.
#[derive(Default)]
pub struct SpoolWriter {
    files: BTreeMap<&'static str, OpenFile>,
}

struct OpenFile {
    writer: FileWriter<BufWriter<File>>,
    days: Vec<Date>,
}

/// A finished spool; its files vanish with it.
#[derive(Default)]
pub struct Spool {
    files: BTreeMap<&'static str, SpooledTable>,
}

struct SpooledTable {
    reader: FileReader<BufReader<File>>,
    days: Vec<Date>,
}

impl SpoolWriter {
    /// Adds rows of one day.
    ///
    /// # Errors
    ///
    /// The temporary folder cannot be written.
    pub fn write(
        &mut self,
        table: &'static str,
        day: Date,
        batch: &RecordBatch,
    ) -> Result<(), ArrowError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if !self.files.contains_key(table) {
            let writer =
                FileWriter::try_new(BufWriter::new(tempfile::tempfile()?), &batch.schema())?;
            self.files.insert(
                table,
                OpenFile {
                    writer,
                    days: Vec::new(),
                },
            );
        }
        if let Some(file) = self.files.get_mut(table) {
            file.writer.write(batch)?;
            file.days.push(day);
        }
        Ok(())
    }

    /// Ends the writing.
    ///
    /// # Errors
    ///
    /// The temporary folder cannot be written.
    pub fn finish(self) -> Result<Spool, ArrowError> {
        let mut files = BTreeMap::new();
        for (table, mut file) in self.files {
            file.writer.finish()?;
            let mut written = file
                .writer
                .into_inner()?
                .into_inner()
                .map_err(|error| ArrowError::from(error.into_error()))?;
            written.rewind()?;
            let reader = FileReader::try_new(BufReader::new(written), None)?;
            files.insert(
                table,
                SpooledTable {
                    reader,
                    days: file.days,
                },
            );
        }
        Ok(Spool { files })
    }
}

impl Spool {
    /// The rows of one table and day, in the order written.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be read.
    pub fn read(&mut self, table: &str, day: Date) -> Result<Vec<RecordBatch>, ArrowError> {
        let Some(file) = self.files.get_mut(table) else {
            return Ok(Vec::new());
        };
        let mut batches = Vec::new();
        for (index, _) in file.days.iter().enumerate().filter(|(_, d)| **d == day) {
            file.reader.set_index(index)?;
            if let Some(batch) = file.reader.next() {
                batches.push(batch?);
            }
        }
        Ok(batches)
    }

    /// Days that any table has rows of.
    pub fn days(&self) -> BTreeSet<Date> {
        self.files
            .values()
            .flat_map(|file| file.days.iter().copied())
            .collect()
    }

    /// Days that one table has rows of.
    pub fn days_of(&self, table: &str) -> BTreeSet<Date> {
        self.files
            .get(table)
            .map(|file| file.days.iter().copied().collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use talktrack_analyzers::table::Row as _;
    use talktrack_analyzers::tables::WorkspaceRow;

    fn batch(id: &str) -> RecordBatch {
        WorkspaceRow::to_batch(&[WorkspaceRow {
            workspace_id: id.to_owned(),
            name: None,
            description: None,
            raw: "{}".to_owned(),
        }])
    }

    #[test]
    fn rows_come_back_by_table_and_day_in_the_order_written() {
        let (monday, tuesday) = (date(2026, 3, 2), date(2026, 3, 3));
        let mut writer = SpoolWriter::default();
        for (day, id) in [(monday, "1"), (tuesday, "2"), (monday, "3")] {
            writer
                .write("workspaces", day, &batch(id))
                .expect("a temporary file");
        }
        writer
            .write("empty", monday, &batch("x").slice(0, 0))
            .expect("nothing to write");
        let mut spool = writer.finish().expect("a temporary file");
        assert_eq!(
            spool.read("workspaces", monday).expect("readable"),
            [batch("1"), batch("3")]
        );
        assert_eq!(
            spool.read("workspaces", tuesday).expect("readable"),
            [batch("2")]
        );
        assert!(spool.read("calls", monday).expect("nothing").is_empty());
        assert_eq!(spool.days(), BTreeSet::from([monday, tuesday]));
        assert!(spool.days_of("empty").is_empty());
    }
}
