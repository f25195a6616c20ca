//! Where phrases are looked for: at one word each, the one that is likely to be the rarest.
//!
//! Long words are rare words, in any language and without a list of frequencies, so the longest word of a phrase is its
//! anchor, unless many phrases share it. Phrases that begin with the same common words (`too`, `not a`, `can't`) then cost nothing at those words. Where the
//! anchor has a neighbour in the phrase, both together are looked up, which leaves few strangers to be compared.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::filter::Filter;
use super::words::{hash, head, head_hash, pair};

/// A word that more phrases share is no good anchor: each of them would be compared wherever it stands.
const FEW: u32 = 16;

/// Tells a pair that is looked up by its second word from one that is looked up by its first.
const BACKWARD: u64 = 0x5851_F42D_4C95_7F2D;

/// A phrase as it is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The phrase's position in the compiled list.
    pub(super) id: u32,
    /// Bytes before the anchor.
    pub(super) before: u32,
    text_start: u32,
    text_len: u32,
}

/// Phrases by their anchors.
#[derive(Debug)]
pub(super) struct Anchors {
    /// Heads of anchors.
    pub(super) heads: Filter,
    /// Keys of the table.
    keys: Filter,
    /// Open addressing by key: where its entries start, plus one, and how many there are; zero is free.
    table: Vec<(u64, u32, u32)>,
    /// Phrases in the order of their keys.
    entries: Vec<Entry>,
    /// Their folded texts, one after the other.
    texts: Vec<u8>,
}

/// Whether a folded phrase has no word to anchor it although plain text may hold it.
pub(super) fn is_wordless(phrase: &str) -> bool {
    !phrase.is_empty() && phrase.is_ascii() && !has_word(phrase)
}

/// Whether a folded phrase has a run of ASCII letters or digits.
pub(super) fn has_word(phrase: &str) -> bool {
    phrase.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

impl Anchors {
    /// The folded phrases of `phrases` that have a word, with their positions as ids.
    pub(super) fn new(phrases: &[String]) -> Anchors {
        let mut heads = Vec::new();
        let mut keyed: Vec<(u64, u32, u32)> = Vec::new();
        let mut runs = Vec::new();
        let uses = uses(phrases);
        for (id, phrase) in phrases.iter().enumerate() {
            runs.clear();
            runs.extend(word_runs(phrase.as_bytes()));
            let Some(anchor) = anchor(phrase.as_bytes(), &runs, &uses) else {
                continue;
            };
            let (start, end) = runs[anchor];
            heads.push(head_hash(head(phrase.as_bytes(), start, end)));
            keyed.push((
                key_of(phrase.as_bytes(), &runs, anchor),
                id as u32,
                start as u32,
            ));
        }
        heads.sort_unstable();
        heads.dedup();
        keyed.sort_unstable();
        Anchors::of_sorted(phrases, &heads, &keyed)
    }

    fn of_sorted(phrases: &[String], heads: &[u32], keyed: &[(u64, u32, u32)]) -> Anchors {
        let mut texts = Vec::new();
        let mut entries = Vec::with_capacity(keyed.len());
        for (_, id, before) in keyed {
            let phrase = phrases[*id as usize].as_bytes();
            entries.push(Entry {
                id: *id,
                before: *before,
                text_start: texts.len() as u32,
                text_len: phrase.len() as u32,
            });
            texts.extend_from_slice(phrase);
        }
        let hashes: Vec<u32> = keyed.iter().map(|(key, ..)| key_hash(*key)).collect();
        Anchors {
            heads: Filter::of(heads),
            keys: Filter::of(&hashes),
            table: table(keyed),
            entries,
            texts,
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.heads.heap_bytes()
            + self.keys.heap_bytes()
            + self.table.len() * size_of::<(u64, u32, u32)>()
            + self.entries.len() * size_of::<Entry>()
            + self.texts.len()
    }

    /// The keys under which phrases may stand that are anchored at the word with the hash `own`, by the hashes of the words
    /// around it.
    pub(super) fn keys(
        &self,
        own: u64,
        previous: Option<u64>,
        next: Option<u64>,
    ) -> impl Iterator<Item = u64> {
        let has = |key: &u64| self.keys.has(key_hash(*key));
        let forward = next.map(|next| pair(own, next)).filter(has);
        let backward = previous.map(|previous| pair(previous, own) ^ BACKWARD);
        let alone = Some(own).filter(has).into_iter();
        alone.chain(forward).chain(backward.filter(has))
    }

    /// The phrases that stand under `key`.
    pub(super) fn entries(&self, key: u64) -> &[Entry] {
        let mask = self.table.len() - 1;
        let mut slot = key as usize & mask;
        loop {
            let (found, start, count) = self.table[slot];
            if count == 0 {
                return &[];
            }
            if found == key {
                return &self.entries[start as usize..(start + count) as usize];
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The folded text of an entry.
    pub(super) fn text(&self, entry: &Entry) -> &[u8] {
        let start = entry.text_start as usize;
        &self.texts[start..start + entry.text_len as usize]
    }
}

/// The bits of a key that the filter looks at; the table's slots come from the lower ones.
fn key_hash(key: u64) -> u32 {
    (key >> 32) as u32
}

fn key_of(phrase: &[u8], runs: &[(usize, usize)], anchor: usize) -> u64 {
    let hash_of = |run: usize| hash(phrase, runs[run].0, runs[run].1);
    let length = |run: usize| runs[run].1 - runs[run].0;
    let next = (anchor + 1 < runs.len()).then_some(anchor + 1);
    let own = hash_of(anchor);
    match (anchor.checked_sub(1), next) {
        (None, None) => own,
        (Some(previous), Some(next)) if length(next) >= length(previous) => {
            pair(own, hash_of(next))
        }
        (None, Some(next)) => pair(own, hash_of(next)),
        (Some(previous), _) => pair(hash_of(previous), own) ^ BACKWARD,
    }
}

/// The longest run that few phrases share, else the one that the fewest share; the first of equals.
fn anchor(phrase: &[u8], runs: &[(usize, usize)], uses: &HashMap<u64, u32>) -> Option<usize> {
    let rank = |run: &usize| {
        let (start, end) = runs[*run];
        let shared_by = uses.get(&hash(phrase, start, end)).map_or(0, |uses| *uses);
        (shared_by.max(FEW), Reverse(end - start))
    };
    (0..runs.len()).min_by_key(rank)
}

/// How many runs of all phrases have each hash.
fn uses(phrases: &[String]) -> HashMap<u64, u32> {
    let mut uses = HashMap::new();
    for phrase in phrases {
        for (start, end) in word_runs(phrase.as_bytes()) {
            *uses.entry(hash(phrase.as_bytes(), start, end)).or_insert(0) += 1;
        }
    }
    uses
}

/// The runs of ASCII letters and digits in `bytes`, by first byte and end.
pub(super) fn word_runs(bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(u8::is_ascii_alphanumeric)?;
        let rest = &bytes[start..];
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
        at = start + length.unwrap_or(rest.len());
        Some((start, at))
    })
}

fn table(keyed: &[(u64, u32, u32)]) -> Vec<(u64, u32, u32)> {
    let size = (keyed.len() * 2).next_power_of_two().max(2);
    let mut table = vec![(0, 0, 0); size];
    let mut start = 0;
    for group in keyed.chunk_by(|one, other| one.0 == other.0) {
        let key = group[0].0;
        let mut slot = key as usize & (size - 1);
        while table[slot].2 != 0 {
            slot = (slot + 1) & (size - 1);
        }
        table[slot] = (key, start, group.len() as u32);
        start += group.len() as u32;
    }
    table
}
