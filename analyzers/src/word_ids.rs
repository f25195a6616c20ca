//! Numbers of words: what several word lists hold is looked up once a word, by millions, of which most are in no list.

use std::collections::HashSet;

use crate::matching::{Filter, first_bytes, head, head_hash};

/// Number of a word.
pub(crate) type WordId = u32;

/// A word that is in no list.
pub(crate) const UNKNOWN: WordId = WordId::MAX;

/// Folded words, numbered from 0 on in the order of their first mention.
#[derive(Debug)]
pub(crate) struct WordIds {
    /// By number.
    words: Vec<Box<str>>,
    heads: Filter,
    /// Open addressing by the hash of a word's head.
    table: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// The first eight bytes of the word, zeros behind a shorter one.
    first: u64,
    /// Bytes of the word; zero where the slot is free.
    length: u32,
    id: WordId,
}

impl Default for WordIds {
    fn default() -> Self {
        WordIds::of(std::iter::empty())
    }
}

impl WordIds {
    /// Numbers folded words; what comes twice counts once, and an empty word is none.
    pub(crate) fn of<'w>(words: impl Iterator<Item = &'w str>) -> WordIds {
        let mut known: HashSet<&str> = HashSet::new();
        let mut ids = WordIds {
            words: Vec::new(),
            heads: Filter::of(&[]),
            table: Vec::new(),
        };
        ids.words.extend(
            words
                .filter(|word| !word.is_empty() && known.insert(word))
                .map(Box::from),
        );
        let hash = |word: &str| head_hash(head(word.as_bytes(), 0, word.len()));
        let hashes: Vec<u32> = ids.words.iter().map(|word| hash(word)).collect();
        ids.heads = Filter::of(&hashes);
        ids.table = vec![Slot::default(); (ids.words.len() * 4).next_power_of_two().max(2)];
        let mask = ids.table.len() - 1;
        for (id, (word, hash)) in (0..).zip(ids.words.iter().zip(hashes)) {
            let mut slot = hash as usize & mask;
            while ids.table[slot].length != 0 {
                slot = (slot + 1) & mask;
            }
            ids.table[slot] = Slot {
                first: first_bytes(word.as_bytes(), 0, word.len()),
                length: word.len() as u32,
                id,
            };
        }
        ids
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// The number of a folded word; [`UNKNOWN`] where it is in no list.
    pub(crate) fn get(&self, word: &str) -> WordId {
        self.at(word.as_bytes(), 0, word.len())
    }

    /// Heads of the words: what has another head is in no list.
    pub(crate) fn heads(&self) -> &Filter {
        &self.heads
    }

    /// The number of the word at some bytes of a folded text.
    pub(crate) fn at(&self, text: &[u8], start: usize, end: usize) -> WordId {
        if start == end {
            return UNKNOWN;
        }
        let (first, length) = (first_bytes(text, start, end), (end - start) as u32);
        let mask = self.table.len() - 1;
        let mut slot = head_hash(head(text, start, end)) as usize & mask;
        loop {
            let known = self.table[slot];
            if known.length == 0 {
                return UNKNOWN;
            }
            // The first bytes are all of most words.
            let is_same = known.first == first
                && known.length == length
                && (length <= 8 || self.words[known.id as usize].as_bytes() == &text[start..end]);
            if is_same {
                return known.id;
            }
            slot = (slot + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, WordIds};

    #[test]
    fn words_are_told_from_those_that_look_alike() {
        let long = "x".repeat(80);
        let words = WordIds::of(["what", "who", "größe", "", &long, "what"].into_iter());
        assert_eq!(words.len(), 4);
        let found = ["what", "who", "größe", &long].map(|word| words.get(word));
        assert_eq!(found, [0, 1, 2, 3]);
        let longer = "x".repeat(81);
        for other in ["", "w", "whom", "whet", "grüße", "WHAT", &longer] {
            assert_eq!(words.get(other), UNKNOWN, "{other}");
        }
        assert_eq!(words.at(b"so what now", 3, 7), 0);
    }
}
