//! The state log: numbered objects, of which the highest is the state.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use super::SCHEMA_VERSION;
use super::error::Error;
use super::index::{Index, IndexMonth};
use super::layout::{INDEX, MANIFEST, STATE, index_path, manifest_path, number_of, state_path};
use super::manifest::{self, Month, Snapshot};
use super::state::State;
use super::store::Store;

/// States that are kept behind the newest.
pub(crate) const KEPT_STATES: u64 = 50;
/// A sweep reads all kept states, so it is not done with every commit.
const COMMITS_PER_SWEEP: u64 = 16;
/// Objects that are read at the same time.
const PARALLEL: usize = 16;
/// Months of the index that are read at the same time.
const MONTHS_AT_ONCE: usize = 2;
/// Attempts to read a state that others replace and prune meanwhile.
const ATTEMPTS: usize = 5;

/// Manifest and index objects that were read or written: their names are their content, so they never change.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    manifests: Mutex<HashMap<String, Arc<Month>>>,
    index: Mutex<CachedIndex>,
}

/// The index as it was last read or written, and the objects that it is made of.
#[derive(Debug, Clone, Default)]
struct CachedIndex {
    objects: BTreeMap<String, String>,
    index: Index,
}

impl Cache {
    /// Remembers the index that these objects hold, by month.
    pub(crate) fn keep_index(&self, objects: BTreeMap<String, String>, index: Index) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = CachedIndex { objects, index };
    }

    fn index(&self) -> CachedIndex {
        self.index
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets the index: who is about to change it need not copy it then.
    pub(crate) fn forget_index(&self) {
        self.keep_index(BTreeMap::new(), Index::default());
    }
}

fn cached<T>(cache: &Mutex<HashMap<String, Arc<T>>>, path: &str) -> Option<Arc<T>> {
    let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.get(path).cloned()
}

fn keep<T>(cache: &Mutex<HashMap<String, Arc<T>>>, entries: HashMap<String, Arc<T>>) {
    *cache.lock().unwrap_or_else(PoisonError::into_inner) = entries;
}

/// The newest state and its manifest.
pub(crate) async fn snapshot(store: &Store, cache: &Cache) -> Result<Snapshot, Error> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_snapshot(store, cache).await {
            // Another process may have moved on and swept what this state names.
            Err(Error::Missing { .. }) if attempt < ATTEMPTS => {}
            other => return other,
        }
    }
}

async fn try_snapshot(store: &Store, cache: &Cache) -> Result<Snapshot, Error> {
    let state = newest_state(store).await?;
    let wanted: Vec<(String, String, String)> = state
        .manifests
        .iter()
        .flat_map(|(table, months)| {
            months.iter().map(move |(month, digest)| {
                let path = manifest_path(table, month, digest);
                (table.clone(), month.clone(), path)
            })
        })
        .collect();
    let loaded: Vec<(String, String, String, Arc<Month>)> = stream::iter(wanted)
        .map(|(table, month, path)| async move {
            let content = match cached(&cache.manifests, &path) {
                Some(content) => content,
                None => Arc::new(manifest::from_bytes(&path, &require(store, &path).await?)?),
            };
            Ok::<_, Error>((table, month, path, content))
        })
        .buffer_unordered(PARALLEL)
        .try_collect()
        .await?;
    let mut tables: BTreeMap<String, BTreeMap<String, Arc<Month>>> = BTreeMap::new();
    let mut fresh = HashMap::new();
    for (table, month, path, content) in loaded {
        fresh.insert(path, content.clone());
        tables.entry(table).or_default().insert(month, content);
    }
    keep(&cache.manifests, fresh);
    Ok(Snapshot { state, tables })
}

/// The index that a state names, and the months of it that are missing or damaged.
pub(crate) async fn index(
    store: &Store,
    cache: &Cache,
    state: &State,
) -> Result<(Index, BTreeSet<String>), Error> {
    let CachedIndex { objects, mut index } = cache.index();
    let changed = differing(&objects, &state.index);
    index.forget(&changed);
    let wanted: Vec<(String, String)> = changed
        .into_iter()
        .filter_map(|month| {
            let path = index_path(&month, state.index.get(&month)?);
            Some((month, path))
        })
        .collect();
    // Few at a time, since a month is large before it is taken over.
    let mut months = pin!(
        stream::iter(wanted)
            .map(|(month, path)| async move {
                let read = read_index_month(store, &path).await;
                read.map(|content| (month, content))
            })
            .buffered(MONTHS_AT_ONCE)
    );
    let mut lost = BTreeSet::new();
    while let Some((month, content)) = months.try_next().await? {
        match content {
            Some(content) => index.load(content),
            None => {
                lost.insert(month);
            }
        }
    }
    let mut found = state.index.clone();
    found.retain(|month, _| !lost.contains(month));
    cache.keep_index(found, index.clone());
    Ok((index, lost))
}

/// The months whose objects are not the same.
fn differing(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> BTreeSet<String> {
    let months = a.keys().chain(b.keys());
    months
        .filter(|month| a.get(*month) != b.get(*month))
        .cloned()
        .collect()
}

async fn read_index_month(store: &Store, path: &str) -> Result<Option<IndexMonth>, Error> {
    let bytes = store.get(path).await?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

async fn require(store: &Store, path: &str) -> Result<Bytes, Error> {
    let bytes = store.get(path).await?;
    bytes.ok_or_else(|| Error::Missing {
        path: path.to_owned(),
    })
}

async fn newest_state(store: &Store) -> Result<State, Error> {
    let listed = store.list(STATE).await?;
    let Some(number) = listed.iter().filter_map(|o| number_of(&o.path)).max() else {
        return Ok(State::default());
    };
    read_state(store, number).await
}

async fn read_state(store: &Store, number: u64) -> Result<State, Error> {
    let path = state_path(number);
    let bytes = require(store, &path).await?;
    check_version(&path, &bytes)?;
    serde_json::from_slice(&bytes).map_err(|error| Error::corrupt(&path, error))
}

/// The version is read first and alone, since nothing else of a newer state can be relied upon.
fn check_version(path: &str, bytes: &[u8]) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let found: Versioned =
        serde_json::from_slice(bytes).map_err(|error| Error::corrupt(path, error))?;
    if found.version > SCHEMA_VERSION {
        return Err(Error::Newer {
            found: found.version,
            known: SCHEMA_VERSION,
        });
    }
    Ok(())
}

/// Writes the next state; fails where another process wrote that number.
pub(crate) async fn append(store: &Store, state: &State) -> Result<(), Error> {
    let bytes = serde_json::to_vec_pretty(state).map_err(|error| Error::rows("state", error))?;
    if store
        .create(&state_path(state.number), bytes.into())
        .await?
    {
        return Ok(());
    }
    Err(Error::Raced {
        number: state.number,
    })
}

/// Removes states, and now and then manifest and index objects, that no kept state needs. Only the holder of the
/// `commit` lease may call it.
pub(crate) async fn prune(store: &Store, newest: u64) -> Result<(), Error> {
    let sweeps = newest.is_multiple_of(COMMITS_PER_SWEEP);
    if !sweeps {
        if newest > KEPT_STATES {
            store.delete(&state_path(newest - KEPT_STATES)).await?;
        }
        return Ok(());
    }
    let mut kept = Vec::new();
    for object in store.list(STATE).await? {
        match number_of(&object.path) {
            Some(number) if number + KEPT_STATES > newest => kept.push(number),
            Some(_) => store.delete(&object.path).await?,
            None => {}
        }
    }
    sweep_unreferenced(store, &kept).await
}

async fn sweep_unreferenced(store: &Store, kept: &[u64]) -> Result<(), Error> {
    let states: Vec<State> = stream::iter(kept.to_vec())
        .map(|number| read_state(store, number))
        .buffer_unordered(PARALLEL)
        .try_collect()
        .await?;
    let named: HashSet<String> = states.iter().flat_map(named_objects).collect();
    for folder in [MANIFEST, INDEX] {
        for object in store.list(folder).await? {
            if !named.contains(&object.path) {
                store.delete(&object.path).await?;
            }
        }
    }
    Ok(())
}

fn named_objects(state: &State) -> impl Iterator<Item = String> + '_ {
    let manifests = state.manifests.iter().flat_map(|(table, months)| {
        months
            .iter()
            .map(move |(month, digest)| manifest_path(table, month, digest))
    });
    let index = state
        .index
        .iter()
        .map(|(month, digest)| index_path(month, digest));
    manifests.chain(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().to_string_lossy()).expect("a store");
        (folder, store)
    }

    #[tokio::test]
    async fn of_two_racing_writers_one_wins() {
        let (_folder, store) = store();
        let state = State {
            number: 1,
            ..State::default()
        };
        let (a, b) = tokio::join!(append(&store, &state), append(&store, &state));
        assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1);
        let lost = a.err().or(b.err()).expect("one lost");
        assert!(matches!(lost, Error::Raced { number: 1 }), "{lost}");
    }

    #[tokio::test]
    async fn a_newer_or_damaged_state_is_refused() {
        let (_folder, store) = store();
        let newer = br#"{"version": 99, "number": 1, "unheard_of": []}"#;
        store
            .put(&state_path(1), Bytes::from_static(newer))
            .await
            .expect("put");
        let error = newest_state(&store).await.expect_err("newer");
        assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
        store
            .put(&state_path(2), Bytes::from_static(b"{"))
            .await
            .expect("put");
        let error = newest_state(&store).await.expect_err("damaged");
        assert!(error.to_string().contains("00000002.json"), "{error}");
    }

    #[tokio::test]
    async fn fifty_states_are_kept_and_unnamed_objects_go() {
        let (_folder, store) = store();
        let named = manifest_path("calls", "2026-05", "named");
        let unnamed = manifest_path("calls", "2026-05", "unnamed");
        for path in [&named, &unnamed] {
            store
                .put(path, Bytes::from_static(b"[]"))
                .await
                .expect("put");
        }
        for number in 1..=64 {
            let mut state = State {
                number,
                ..State::default()
            };
            let months = BTreeMap::from([("2026-05".to_owned(), "named".to_owned())]);
            state.manifests.insert("calls".to_owned(), months);
            append(&store, &state).await.expect("state");
            prune(&store, number).await.expect("pruned");
        }
        assert_eq!(
            store.list(STATE).await.expect("states").len() as u64,
            KEPT_STATES
        );
        let left: Vec<String> = store
            .list(MANIFEST)
            .await
            .expect("list")
            .into_iter()
            .map(|o| o.path)
            .collect();
        assert_eq!(left, [named]);
    }
}
