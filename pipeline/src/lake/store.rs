//! The object store under a lake: a local folder or a bucket, with the few operations that a lake needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, parse_url_opts,
};
use tokio::io::AsyncWriteExt as _;
use url::Url;

use crate::clock::real_time;

use super::error::{Error, redact};
use super::fail_point;
use super::file::{SharedFile, temporary, temporary_error};
use super::layout::LEASE;
use super::prepare::Body;

/// A lease object is written at any time by its holder, so its leftovers are only swept when they are this old.
const LEASE_LEFTOVER_AGE: SignedDuration = SignedDuration::from_mins(10);

/// Bytes of a part of a large object. Stores want at least 5 MB, and at most 10,000 parts.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// Variables of the environment that the stores may read.
const ENVIRONMENT: &[&str] = &["AWS_", "AZURE_", "GOOGLE_"];

/// An object as a listing shows it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) path: String,
    pub(crate) etag: Option<String>,
}

/// A place for objects, by paths below its root.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    inner: Arc<dyn ObjectStore>,
    root: Path,
    folder: Option<PathBuf>,
    location: String,
    /// Whether what is written must outlive a power cut: all but leases.
    is_synced: bool,
}

impl Store {
    /// Opens a path or an address; a local folder is created when it is not there.
    pub(crate) fn open(address: &str) -> Result<Store, Error> {
        if !address.contains("://") {
            return Store::open_folder(FilePath::new(address), address);
        }
        let url = Url::parse(address).map_err(|error| address_error(address, &error))?;
        if url.scheme() == "file" {
            let folder = url
                .to_file_path()
                .map_err(|()| address_error(address, &"it names no local folder"))?;
            return Store::open_folder(&folder, address);
        }
        let environment = std::env::vars()
            .filter(|(name, _)| ENVIRONMENT.iter().any(|prefix| name.starts_with(prefix)));
        let (inner, root) =
            parse_url_opts(&url, environment).map_err(|error| address_error(address, &error))?;
        Ok(Store {
            inner: inner.into(),
            root,
            folder: None,
            location: redact(address),
            is_synced: true,
        })
    }

    fn open_folder(folder: &FilePath, address: &str) -> Result<Store, Error> {
        if address.is_empty() {
            return Err(address_error(address, &"it is empty"));
        }
        if let Some(found) = in_the_way(folder) {
            return Err(Error::NotFolder {
                path: address.to_owned(),
                found: found.display().to_string(),
            });
        }
        std::fs::create_dir_all(folder).map_err(|error| Error::io(address, error))?;
        let local = local(folder, address)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Store {
            inner: Arc::new(local),
            root: Path::default(),
            folder: Some(folder.to_owned()),
            location: address.to_owned(),
            is_synced: true,
        })
    }

    /// The same store without syncing to disk: for leases, which mean nothing after a power cut.
    pub(crate) fn without_sync(&self) -> Result<Store, Error> {
        let mut store = self.clone();
        store.is_synced = false;
        if let Some(folder) = &self.folder {
            store.inner = Arc::new(local(folder, &self.location)?);
        }
        Ok(store)
    }

    /// Address without credentials.
    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    /// The folder, where the lake is one.
    pub(crate) fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    fn object(&self, path: &str) -> Result<Path, Error> {
        let root = self.root.as_ref();
        let whole = if root.is_empty() {
            path.to_owned()
        } else {
            format!("{root}/{path}")
        };
        Path::parse(whole).map_err(|error| Error::store(path, &error.into()))
    }

    fn relative(&self, object: &Path) -> String {
        let root = self.root.as_ref();
        let path = object.as_ref();
        path.strip_prefix(root)
            .unwrap_or(path)
            .trim_start_matches('/')
            .to_owned()
    }

    /// The object's bytes; `None` where it is not there.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>, Error> {
        let object = self.object(path)?;
        let read = async { self.inner.get(&object).await?.bytes().await };
        absent_is_none(path, read.await)
    }

    /// The object's etag; `None` where it is not there.
    pub(crate) async fn head(&self, path: &str) -> Result<Option<Listed>, Error> {
        let object = self.object(path)?;
        let meta = absent_is_none(path, self.inner.head(&object).await)?;
        Ok(meta.map(|meta| Listed {
            path: path.to_owned(),
            etag: meta.e_tag,
        }))
    }

    /// The object as an open file; `None` where it is not there. An object of a bucket is copied into a temporary file.
    pub(crate) async fn open_file(&self, path: &str) -> Result<Option<SharedFile>, Error> {
        let Some(folder) = &self.folder else {
            return self.copied(path).await;
        };
        let place = folder.join(path);
        let opened =
            tokio::task::spawn_blocking(move || File::open(place).and_then(SharedFile::new));
        match opened.await {
            Ok(Ok(file)) => Ok(Some(file)),
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Ok(Err(error)) => Err(Error::io(path, error)),
            Err(error) => Err(Error::rows(path, error)),
        }
    }

    async fn copied(&self, path: &str) -> Result<Option<SharedFile>, Error> {
        let object = self.object(path)?;
        let Some(found) = absent_is_none(path, self.inner.get(&object).await)? else {
            return Ok(None);
        };
        let mut copy = tokio::fs::File::from_std(temporary()?);
        let mut pieces = found.into_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| Error::store(path, &error))?;
            copy.write_all(&piece).await.map_err(temporary_error)?;
        }
        copy.flush().await.map_err(temporary_error)?;
        let copy = copy.into_std().await;
        SharedFile::new(copy).map(Some).map_err(temporary_error)
    }

    /// Puts the object in place, whole and atomically; its etag is the answer. A large one goes in parts, of which
    /// nobody sees any before the last is there.
    pub(crate) async fn put_body(&self, path: &str, body: Body) -> Result<Option<String>, Error> {
        match body {
            Body::Bytes(bytes) if bytes.len() < large() => self.put(path, bytes).await,
            Body::File(file, length) if length < large() as u64 => {
                let (_, bytes) = next_part(Body::File(file, length)).await?;
                self.put(path, bytes).await
            }
            body => self.put_parts(path, body).await,
        }
    }

    async fn put_parts(&self, path: &str, body: Body) -> Result<Option<String>, Error> {
        let object = self.object(path)?;
        let begun = self.inner.put_multipart(&object).await;
        let mut upload = begun.map_err(|error| write_error(path, &error))?;
        let put = self.send_parts(path, body, upload.as_mut()).await;
        if put.is_err() {
            // What was sent so far is of no use; a store that fails here too sweeps it in its own time.
            drop(upload.abort().await);
        }
        put
    }

    async fn send_parts(
        &self,
        path: &str,
        mut body: Body,
        upload: &mut dyn MultipartUpload,
    ) -> Result<Option<String>, Error> {
        loop {
            let (rest, part) = next_part(body).await?;
            body = rest;
            if part.is_empty() {
                break;
            }
            self.may_write(path)?;
            let sent = upload.put_part(part.into()).await;
            sent.map_err(|error| write_error(path, &error))?;
            fail_point::reached(fail_point::DURING_PUT);
        }
        let put = upload.complete().await;
        put.map(|result| result.e_tag)
            .map_err(|error| write_error(path, &error))
    }

    /// The failure that a test asks for.
    fn may_write(&self, path: &str) -> Result<(), Error> {
        if !self.is_synced {
            return Ok(());
        }
        fail_point::failure().map_or(Ok(()), |error| Err(Error::io(path, error)))
    }

    /// Puts the object in place, whole and atomically; its etag is the answer.
    pub(crate) async fn put(&self, path: &str, bytes: Bytes) -> Result<Option<String>, Error> {
        let object = self.object(path)?;
        self.may_write(path)?;
        let put = self.inner.put(&object, bytes.into()).await;
        put.map(|result| result.e_tag)
            .map_err(|error| write_error(path, &error))
    }

    /// Puts the object in place unless there is one already; whether it did is the answer.
    pub(crate) async fn create(&self, path: &str, bytes: Bytes) -> Result<bool, Error> {
        let object = self.object(path)?;
        self.may_write(path)?;
        let options = PutOptions::from(PutMode::Create);
        match self.inner.put_opts(&object, bytes.into(), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(write_error(path, &error)),
        }
    }

    /// Removes the object; one that is not there is removed already.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Error> {
        let object = self.object(path)?;
        absent_is_none(path, self.inner.delete(&object).await).map(|_| ())
    }

    /// All objects in a folder and below, by path.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<Listed>, Error> {
        let object = self.object(folder)?;
        let stream = self.inner.list(Some(&object));
        let found = stream
            .map_ok(|meta| Listed {
                path: self.relative(&meta.location),
                etag: meta.e_tag,
            })
            .try_collect::<Vec<_>>()
            .await;
        let mut listed = absent_is_none(folder, found)?.unwrap_or_default();
        listed.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(listed)
    }

    /// Removes what killed writes left in a local folder: `part.parquet#1` and the like, which listings hide. Only the
    /// holder of the `commit` lease may call it.
    pub(crate) async fn sweep_leftovers(&self) -> Result<(), Error> {
        let Some(folder) = self.folder.clone() else {
            return Ok(());
        };
        self.swept(move || sweep(&folder, &folder.join(LEASE)))
            .await
    }

    /// Removes what killed writes left of the files with these names, in a local folder and in the folders that the names
    /// have: for folders that may hold files of somebody else.
    pub(crate) async fn sweep_leftovers_of(&self, names: &BTreeSet<String>) -> Result<(), Error> {
        let Some(folder) = self.folder.clone() else {
            return Ok(());
        };
        let mut by_folder: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            let path = folder.join(name);
            if let (Some(parent), Some(file)) = (path.parent(), path.file_name()) {
                let files = by_folder.entry(parent.to_owned()).or_default();
                files.insert(file.to_string_lossy().into_owned());
            }
        }
        self.swept(move || {
            let mut there = by_folder.iter().filter(|(folder, _)| folder.is_dir());
            there.try_for_each(|(folder, names)| sweep_files(folder, names))
        })
        .await
    }

    async fn swept(
        &self,
        sweep: impl FnOnce() -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), Error> {
        match tokio::task::spawn_blocking(sweep).await {
            Ok(result) => result.map_err(|error| Error::io(&self.location, error)),
            Err(error) => Err(Error::rows("leftovers", error)),
        }
    }
}

/// Bytes from which an object goes in parts.
fn large() -> usize {
    if fail_point::is_wanted(fail_point::DURING_PUT) {
        return 0;
    }
    PART_BYTES
}

/// The next part of a body and what is left of it; empty at the end.
async fn next_part(body: Body) -> Result<(Body, Bytes), Error> {
    match body {
        Body::Bytes(mut bytes) => {
            let part = bytes.split_to(bytes.len().min(PART_BYTES));
            Ok((Body::Bytes(bytes), part))
        }
        Body::File(mut file, left) => {
            let size = left.min(PART_BYTES as u64);
            let read = tokio::task::spawn_blocking(move || {
                let mut part = vec![0; size as usize];
                file.read_exact(&mut part).map(|()| (file, part))
            });
            match read.await {
                Ok(Ok((file, part))) => Ok((Body::File(file, left - size), part.into())),
                Ok(Err(error)) => Err(temporary_error(error)),
                Err(error) => Err(Error::rows("a partition", error)),
            }
        }
    }
}

/// Removes what killed writes left of these files of one folder.
fn sweep_files(folder: &FilePath, names: &BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name
            .and_then(unfinished)
            .is_some_and(|object| names.contains(object))
        {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

fn remove_if_there(path: &FilePath) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn local(folder: &FilePath, address: &str) -> Result<LocalFileSystem, Error> {
    LocalFileSystem::new_with_prefix(folder).map_err(|error| Error::store(address, &error))
}

fn sweep(folder: &FilePath, leases: &FilePath) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            sweep(&path, leases)?;
        } else if is_leftover(&path) && (!path.starts_with(leases) || is_old(&entry)) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// The object's name, where a name is one that an unfinished local write has: an object's name, `#`, digits.
fn unfinished(name: &str) -> Option<&str> {
    let (object, number) = name.rsplit_once('#')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(object)
}

/// Whether the name is one that an unfinished write of an object of ours has.
fn is_leftover(path: &FilePath) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(unfinished)
        .is_some_and(|object| matches!(object.rsplit_once('.'), Some((_, "parquet" | "json"))))
}

fn is_old(entry: &std::fs::DirEntry) -> bool {
    let written = entry.metadata().and_then(|meta| meta.modified());
    written
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok())
        .is_some_and(|at| real_time().duration_since(at) > LEASE_LEFTOVER_AGE)
}

fn absent_is_none<T>(path: &str, result: object_store::Result<T>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(Error::store(path, &error)),
    }
}

/// A write finds nothing only where the bucket itself is not there.
fn write_error(path: &str, error: &object_store::Error) -> Error {
    match Error::store(path, error) {
        Error::Missing { path } => Error::Address {
            url: path,
            reason: "there is no such bucket or folder".to_owned(),
        },
        other => other,
    }
}

fn address_error(address: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Address {
        url: redact(address),
        reason: redact(&reason.to_string()),
    }
}

/// The nearest part of the path that exists, where that is no folder.
fn in_the_way(folder: &FilePath) -> Option<&FilePath> {
    let nearest = folder.ancestors().find(|part| part.exists())?;
    (!nearest.is_dir()).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be opened as a file is copied into one.
    #[tokio::test]
    async fn large_objects_of_a_bucket_go_in_parts_and_come_back_as_files() {
        let store = Store::open("memory:///lake").expect("a bucket");
        let whole: Vec<u8> = (0..PART_BYTES as u32 / 3)
            .flat_map(u32::to_le_bytes)
            .collect();
        let mut file = temporary().expect("a file");
        io::Write::write_all(&mut file, &whole).expect("written");
        io::Seek::rewind(&mut file).expect("rewound");
        let length = whole.len() as u64;
        for body in [Body::File(file, length), Body::Bytes(whole.clone().into())] {
            let etag = store.put_body("t/part.parquet", body).await.expect("put");
            let found = store.head("t/part.parquet").await.expect("there");
            assert_eq!(found.and_then(|found| found.etag), etag);
            let copy = store.open_file("t/part.parquet").await.expect("read");
            let copy = copy.expect("a copy").read_at(1, whole.len() - 1);
            assert!(copy.expect("bytes") == whole[1..]);
        }
        assert!(store.open_file("other").await.expect("read").is_none());
    }

    #[test]
    fn leftovers_are_known_by_their_names() {
        for (name, expected) in [
            ("part.parquet#1", true),
            ("00000042.json#12", true),
            ("part.parquet", false),
            ("notes#1", false),
            ("part.parquet#", false),
            ("part.parquet#x", false),
        ] {
            assert_eq!(is_leftover(FilePath::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn addresses_that_are_no_lake_are_refused_without_their_secrets() {
        for address in ["ftp://user:secret@host/x", "s3://", "", "nonsense://x"] {
            let error = Store::open(address).expect_err(address);
            assert!(
                matches!(error, Error::Address { .. }),
                "{address}: {error:?}"
            );
            assert!(!format!("{error:?}{error}").contains("secret"), "{error:?}");
        }
    }
}
