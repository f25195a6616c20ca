//! Local files under partitions: read at any place by several readers, and temporary ones that no folder shows.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::error::Error;

/// A file that several readers share: each read names its place, so none disturbs another.
#[derive(Debug, Clone)]
pub(crate) struct SharedFile {
    file: Arc<Mutex<File>>,
    length: u64,
}

impl SharedFile {
    /// Takes over an open file.
    pub(crate) fn new(file: File) -> io::Result<SharedFile> {
        let length = file.metadata()?.len();
        Ok(SharedFile {
            file: Arc::new(Mutex::new(file)),
            length,
        })
    }

    /// The bytes at a place.
    pub(crate) fn read_at(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Length for SharedFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for SharedFile {
    type T = BufReader<FromPlace>;

    fn get_read(&self, start: u64) -> Result<BufReader<FromPlace>, ParquetError> {
        Ok(BufReader::new(FromPlace {
            file: self.file.clone(),
            place: start,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        Ok(self.read_at(start, length)?.into())
    }
}

/// Reads a shared file from a place of its own.
#[derive(Debug)]
pub(crate) struct FromPlace {
    file: Arc<Mutex<File>>,
    place: u64,
}

impl Read for FromPlace {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.place))?;
        let read = file.read(buffer)?;
        self.place += read as u64;
        Ok(read)
    }
}

/// A file that vanishes with its last reader.
pub(crate) fn temporary() -> Result<File, Error> {
    tempfile::tempfile().map_err(temporary_error)
}

/// A failure of the temporary folder, which names it.
pub(crate) fn temporary_error(error: io::Error) -> Error {
    Error::temporary(&std::env::temp_dir(), error)
}
