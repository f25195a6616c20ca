//! Words of a piece of text, and the hashes they are looked up by.
//!
//! A word here is a longest run of ASCII letters and digits within a sentence; all else separates. That is coarser than what
//! people call a word, yet exact: where a phrase stands as whole words, each run of the phrase is such a run of the text.

/// Two odd constants with well mixed bits.
const FIRST: u64 = 0x9E37_79B9_7F4A_7C15;
const SECOND: u64 = 0xD6E8_FEB8_6659_FD93;
/// Odd factors of 32 bits, because vectors multiply 32 by 32.
pub(super) const LOW_FACTOR: u32 = 0x9E37_79B1;
pub(super) const HIGH_FACTOR: u32 = 0x85EB_CA77;

/// The bit that makes ASCII letters lower case and leaves digits alone, in each byte.
pub(super) const LOWER: u64 = 0x2020_2020_2020_2020;

/// Words of a piece of text, by position; reused from piece to piece.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// First bytes. Longer than `len`, since vectors are stored whole.
    pub(crate) starts: Vec<u32>,
    /// Ends, as many as starts.
    pub(crate) ends: Vec<u32>,
    /// How many words there are.
    pub(crate) len: usize,
    /// By 64 bytes: bytes that folding changes by more than case, as bits.
    pub(super) unplain: Vec<u64>,
}

impl Words {
    /// Makes room for any words of `bytes` bytes, at most one a byte, and one block more.
    pub(super) fn reserve(&mut self, bytes: usize) {
        let room = bytes + 128;
        if self.starts.len() < room {
            self.starts.resize(room, 0);
            self.ends.resize(room, 0);
        }
        self.unplain.clear();
        self.len = 0;
    }

    /// The bytes of a word.
    pub(super) fn get(&self, word: usize) -> (usize, usize) {
        (self.starts[word] as usize, self.ends[word] as usize)
    }
}

/// The first bytes of a word in lower case, eight at most, with its length: as far as the first filter looks.
pub(crate) fn head(bytes: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    lower(load(bytes, start), length) ^ ((length as u64) << 56)
}

/// The first bytes of a word as they are, eight at most, with zeros behind them.
pub(crate) fn first_bytes(bytes: &[u8], start: usize, end: usize) -> u64 {
    load(bytes, start) & used(end - start)
}

/// The hash of a [`head`] that the first filter takes bits of.
pub(crate) fn head_hash(head: u64) -> u32 {
    let low = (head & 0xFFFF_FFFF) * u64::from(LOW_FACTOR);
    let high = (head >> 32) * u64::from(HIGH_FACTOR);
    (low.wrapping_add(high) >> 32) as u32
}

/// The hash of a word in any case, from its first and last eight bytes and its length.
pub(super) fn hash(bytes: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    let first = lower(load(bytes, start), length);
    let last = lower(load(bytes, end - length.min(8)), length);
    let mixed =
        (first ^ last.rotate_left(32).wrapping_mul(SECOND) ^ length as u64).wrapping_mul(FIRST);
    mixed ^ (mixed >> 32)
}

/// The hashes of the words of a piece.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    /// Empty where they are made on demand.
    made: Vec<u64>,
}

impl Hashes {
    /// For the words of another piece.
    pub(super) fn prepare(&mut self, bytes: &[u8], words: &Words, all: bool) {
        self.made.clear();
        if all {
            let places = words.starts[..words.len].iter().zip(&words.ends);
            let hashes = places.map(|(start, end)| hash(bytes, *start as usize, *end as usize));
            self.made.extend(hashes);
        }
    }

    /// The hash of a word.
    pub(super) fn of(&self, bytes: &[u8], words: &Words, word: usize) -> u64 {
        if let Some(made) = self.made.get(word) {
            return *made;
        }
        let (start, end) = words.get(word);
        hash(bytes, start, end)
    }
}

/// The hash of two words, one after the other.
pub(super) fn pair(first: u64, second: u64) -> u64 {
    let mixed = (first.rotate_left(23) ^ second).wrapping_mul(SECOND);
    mixed ^ (mixed >> 29)
}

/// What the eight bytes of `word` are in lower case, up to its length.
fn lower(word: u64, length: usize) -> u64 {
    (word | LOWER) & used(length)
}

/// The bits of the bytes of a word of so many, eight at most.
fn used(length: usize) -> u64 {
    u64::MAX >> (64 - 8 * length.clamp(1, 8) as u32)
}

/// Eight bytes from `start`, with zeros after the last one.
fn load(bytes: &[u8], start: usize) -> u64 {
    match bytes[start..].first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => load_end(&bytes[start..]),
    }
}

#[cold]
fn load_end(rest: &[u8]) -> u64 {
    let mut chunk = [0; 8];
    chunk[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(chunk)
}
