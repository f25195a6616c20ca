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
pub(super) struct Words {
    /// First bytes. Longer than `len`, since vectors are stored whole.
    pub(super) starts: Vec<u32>,
    /// Ends, as many as starts.
    pub(super) ends: Vec<u32>,
    /// How many words there are.
    pub(super) len: usize,
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
pub(super) fn head(bytes: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    lower(load(bytes, start), length) ^ ((length as u64) << 56)
}

/// The hash of a [`head`] that the first filter takes bits of.
pub(super) fn head_hash(head: u64) -> u32 {
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

/// The hash of two words, one after the other.
pub(super) fn pair(first: u64, second: u64) -> u64 {
    let mixed = (first.rotate_left(23) ^ second).wrapping_mul(SECOND);
    mixed ^ (mixed >> 29)
}

/// What the eight bytes of `word` are in lower case, up to its length.
fn lower(word: u64, length: usize) -> u64 {
    let unused = 64 - 8 * length.clamp(1, 8) as u32;
    (word | LOWER) & (u64::MAX >> unused)
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
