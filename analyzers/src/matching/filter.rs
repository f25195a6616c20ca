//! A set of hashes as bits: it may say yes wrongly, never no.

/// Bits for each hash, so that one in sixteen strangers passes at most.
const BITS_A_HASH: usize = 16;
/// As large as a first-level cache holds easily.
const LEAST_BITS: usize = 1 << 13;

/// Some of the bits of hashes.
#[derive(Debug)]
pub(crate) struct Filter {
    /// A power of two of them.
    bits: Vec<u32>,
}

impl Filter {
    pub(crate) fn of(hashes: &[u32]) -> Filter {
        let size = (hashes.len() * BITS_A_HASH)
            .next_power_of_two()
            .max(LEAST_BITS);
        let mut bits = vec![0; size / 32];
        let mask = bits.len() - 1;
        for hash in hashes {
            bits[(*hash >> 5) as usize & mask] |= 1 << (hash & 31);
        }
        Filter { bits }
    }

    pub(crate) fn has(&self, hash: u32) -> bool {
        let word = self.bits[(hash >> 5) as usize & (self.bits.len() - 1)];
        word >> (hash & 31) & 1 == 1
    }

    /// The bits; their number is a power of two.
    pub(super) fn bits(&self) -> &[u32] {
        &self.bits
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bits.len() * size_of::<u32>()
    }
}
