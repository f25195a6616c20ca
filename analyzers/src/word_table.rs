//! Words looked up by the million, of which most are not there: those are told by their first byte and their length.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// A value for each of some words.
#[derive(Debug, Clone)]
pub(crate) struct WordTable<V> {
    /// By first byte: the lengths of the words that begin with it, a bit each.
    lengths: Vec<u64>,
    values: HashMap<String, V, FixedState>,
}

impl<V> Default for WordTable<V> {
    fn default() -> Self {
        WordTable {
            lengths: vec![0; 256],
            values: HashMap::default(),
        }
    }
}

impl<V> WordTable<V> {
    /// The value of `word`, to be changed; a fresh one where it has none.
    pub(crate) fn entry_or_insert(&mut self, word: &str, fresh: V) -> &mut V {
        if let Some(first) = word.as_bytes().first() {
            self.lengths[usize::from(*first)] |= length_bit(word);
        }
        self.values.entry(word.to_owned()).or_insert(fresh)
    }

    /// Whether it has no word.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of `word`; the empty word has none.
    pub(crate) fn get(&self, word: &str) -> Option<&V> {
        let first = word.as_bytes().first()?;
        let lengths = self.lengths[usize::from(*first)];
        if lengths & length_bit(word) == 0 {
            return None;
        }
        self.values.get(word)
    }
}

/// The bit of a word's length; all that are too long share the last.
fn length_bit(word: &str) -> u64 {
    1 << word.len().min(63)
}

#[cfg(test)]
mod tests {
    use super::WordTable;

    #[test]
    fn words_are_told_from_those_of_the_same_shape() {
        let mut table = WordTable::default();
        let long = "x".repeat(80);
        for (number, word) in ["what", "who", "größe", &long].into_iter().enumerate() {
            *table.entry_or_insert(word, 0) += number;
        }
        let found = ["what", "who", "größe", &long].map(|word| table.get(word).copied());
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(3)]);
        let longer = "x".repeat(81);
        for other in ["", "w", "whom", "whet", "grüße", &longer] {
            assert_eq!(table.get(other), None, "{other}");
        }
    }
}
