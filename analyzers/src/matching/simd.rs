//! Vector code: finding words and probing their heads, each in three versions with one answer.
//!
//! All `unsafe` of this crate is here, for two reasons. A function compiled for instructions that the processor may lack must
//! only be called after asking; a [`Cpu`] is the proof of that, since only asking makes one. And gathers read through pointers;
//! what keeps each within bounds is said beside it.

use super::filter::Filter;
use super::words::{Words, head, head_hash};

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Vector instructions, from none upward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Simd {
    /// None beyond what every processor of the architecture has.
    Scalar,
    /// AVX2, BMI and POPCNT.
    Avx2,
    /// AVX-512 F, BW, DQ, VL and VBMI2.
    Avx512,
}

impl Simd {
    /// The most that this processor has.
    pub fn detected() -> Simd {
        detect()
    }

    /// What this processor has, the least first.
    pub fn available() -> impl Iterator<Item = Simd> {
        let all = [Simd::Scalar, Simd::Avx2, Simd::Avx512];
        all.into_iter().filter(|simd| *simd <= Simd::detected())
    }
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Simd {
    let has_avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt");
    let has_avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2");
    match (has_avx2, has_avx512) {
        (true, true) => Simd::Avx512,
        (true, false) => Simd::Avx2,
        (false, _) => Simd::Scalar,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Simd {
    Simd::Scalar
}

/// Instructions that this processor was found to have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cpu(Simd);

impl Cpu {
    /// At most `simd`, and less where the processor lacks it.
    pub(super) fn at_most(simd: Simd) -> Cpu {
        Cpu(simd.min(Simd::detected()))
    }

    pub(super) fn simd(self) -> Simd {
        self.0
    }

    /// Finds the words of `bytes`, which end at each bit of `breaks` (one a byte) at the latest, and the bytes that folding
    /// changes by more than case.
    pub(super) fn split(self, bytes: &[u8], breaks: &[u64], words: &mut Words) {
        words.reserve(bytes.len());
        match self.0 {
            Simd::Scalar => split_with(bytes, breaks, words, b'.', classify, emit),
            // SAFETY: a `Cpu` of this level exists only where its instructions were detected.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => unsafe { x86::split_avx2(bytes, breaks, words) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => unsafe { x86::split_avx512(bytes, breaks, words) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => split_with(bytes, breaks, words, b'.', classify, emit),
        }
    }

    /// Finds the runs of bytes that are no space, cut at each bit of `breaks`.
    pub(super) fn split_at_spaces(self, bytes: &[u8], breaks: &[u64], runs: &mut Words) {
        runs.reserve(bytes.len());
        match self.0 {
            Simd::Scalar => split_with(bytes, breaks, runs, b' ', |b| by_space(classify(b)), emit),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => unsafe { x86::split_at_spaces_avx2(bytes, breaks, runs) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => unsafe { x86::split_at_spaces_avx512(bytes, breaks, runs) },
            #[cfg(not(target_arch = "x86_64"))]
            _ => split_with(bytes, breaks, runs, b' ', |b| by_space(classify(b)), emit),
        }
    }

    /// Lists the words of `bytes` whose heads are in `heads`.
    pub(super) fn probe(self, bytes: &[u8], words: &Words, heads: &Filter, found: &mut Vec<u32>) {
        found.clear();
        found.resize(words.len + BLOCK, 0);
        let count = match self.0 {
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => unsafe { x86::probe_avx512(bytes, words, heads, found) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => unsafe { x86::probe_avx2(bytes, words, heads, found) },
            _ => probe_from(bytes, words, heads, 0, found, 0),
        };
        found.truncate(count);
    }
}

/// What the bytes of a block are, one bit a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Classes {
    /// ASCII letters and digits.
    word: u64,
    /// Control characters and parts of characters beyond ASCII.
    odd: u64,
    /// Spaces.
    space: u64,
}

/// As if all but spaces were words.
#[allow(clippy::inline_always, reason = "it is a field")]
#[inline(always)]
fn by_space(classes: Classes) -> Classes {
    Classes {
        word: !classes.space,
        ..classes
    }
}

fn classify(block: &[u8; BLOCK]) -> Classes {
    let bits = |is: fn(u8) -> bool| {
        let each = block.iter().enumerate();
        each.fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
    };
    Classes {
        word: bits(|byte| byte.is_ascii_alphanumeric()),
        odd: bits(|byte| !(b' '..0x80).contains(&byte)),
        space: bits(|byte| byte == b' '),
    }
}

/// Writes the positions of the bits of `mask`, plus `base`, and says how many there are. What follows them is arbitrary.
fn emit(mut mask: u64, base: u32, out: &mut [u32; BLOCK]) -> usize {
    let count = mask.count_ones() as usize;
    for place in &mut out[..count] {
        *place = base + mask.trailing_zeros();
        mask &= mask - 1;
    }
    count
}

#[allow(
    clippy::inline_always,
    reason = "only where it is inlined it is compiled for the caller's instructions"
)]
#[inline(always)]
fn split_with(
    bytes: &[u8],
    breaks: &[u64],
    words: &mut Words,
    filler: u8,
    classify: impl Fn(&[u8; BLOCK]) -> Classes,
    emit: impl Fn(u64, u32, &mut [u32; BLOCK]) -> usize,
) {
    let (mut starts, mut ends) = (0, 0);
    // The highest bits of the block before: whether a word or a space ended there.
    let (mut word_before, mut space_before) = (0, 0);
    let mut step = |at: usize, block: &[u8; BLOCK]| {
        let classes = classify(block);
        let goes_on = classes.word << 1 | word_before;
        let breaks = breaks[at / BLOCK];
        let doubled = classes.space & (classes.space << 1 | space_before);
        word_before = classes.word >> 63;
        space_before = classes.space >> 63;
        words.unplain.push(classes.odd | doubled);
        let base = at as u32;
        if let Some(out) = words.starts[starts..].first_chunk_mut() {
            starts += emit(classes.word & (!goes_on | breaks), base, out);
        }
        if let Some(out) = words.ends[ends..].first_chunk_mut() {
            ends += emit(goes_on & (!classes.word | breaks), base, out);
        }
    };
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        step(number * BLOCK, block);
    }
    if !rest.is_empty() {
        let mut block = [filler; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        step(blocks.len() * BLOCK, &block);
    }
    if ends < starts {
        words.ends[ends] = bytes.len() as u32;
    }
    words.len = starts;
}

#[allow(clippy::inline_always, reason = "as above")]
#[inline(always)]
fn probe_from(
    bytes: &[u8],
    words: &Words,
    heads: &Filter,
    from: usize,
    found: &mut [u32],
    mut count: usize,
) -> usize {
    let places = words.starts[..words.len]
        .iter()
        .zip(&words.ends[..words.len]);
    for (word, (start, end)) in places.enumerate().skip(from) {
        found[count] = word as u32;
        let head = head(bytes, *start as usize, *end as usize);
        count += usize::from(heads.has(head_hash(head)));
    }
    count
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "dozens of intrinsics, each with a prefix of its own"
    )]
    use std::arch::x86_64::*;

    use super::{BLOCK, Classes, by_space, probe_from, split_with};
    use crate::matching::filter::Filter;
    use crate::matching::words::{HIGH_FACTOR, LOW_FACTOR, LOWER, Words};

    const POSITIONS: [u8; BLOCK] = {
        let mut positions = [0; BLOCK];
        let mut at = 0;
        while at < BLOCK {
            positions[at] = at as u8;
            at += 1;
        }
        positions
    };

    /// By eight bits: the positions of those that are set.
    static SET_BITS: [[u8; 8]; 256] = {
        let mut table = [[0; 8]; 256];
        let mut bits = 0;
        while bits < 256 {
            let (mut at, mut count) = (0, 0);
            while at < 8 {
                if bits >> at & 1 == 1 {
                    table[bits][count] = at as u8;
                    count += 1;
                }
                at += 1;
            }
            bits += 1;
        }
        table
    };

    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    pub(super) fn split_avx512(bytes: &[u8], breaks: &[u64], words: &mut Words) {
        split_with(
            bytes,
            breaks,
            words,
            b'.',
            |block| classify_avx512(block),
            |mask, base, out| emit_avx512(mask, base, out),
        );
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn split_avx2(bytes: &[u8], breaks: &[u64], words: &mut Words) {
        split_with(
            bytes,
            breaks,
            words,
            b'.',
            |block| classify_avx2(block),
            |mask, base, out| emit_avx2(mask, base, out),
        );
    }

    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    pub(super) fn split_at_spaces_avx512(bytes: &[u8], breaks: &[u64], runs: &mut Words) {
        split_with(
            bytes,
            breaks,
            runs,
            b' ',
            |block| by_space(classify_avx512(block)),
            |mask, base, out| emit_avx512(mask, base, out),
        );
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn split_at_spaces_avx2(bytes: &[u8], breaks: &[u64], runs: &mut Words) {
        split_with(
            bytes,
            breaks,
            runs,
            b' ',
            |block| by_space(classify_avx2(block)),
            |mask, base, out| emit_avx2(mask, base, out),
        );
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn classify_avx512(block: &[u8; BLOCK]) -> Classes {
        // SAFETY: the block has 64 bytes.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
        let letter = _mm512_sub_epi8(lower, _mm512_set1_epi8(b'a' as i8));
        let digit = _mm512_sub_epi8(bytes, _mm512_set1_epi8(b'0' as i8));
        Classes {
            word: _mm512_cmplt_epu8_mask(letter, _mm512_set1_epi8(26))
                | _mm512_cmplt_epu8_mask(digit, _mm512_set1_epi8(10)),
            // As signed numbers, bytes beyond ASCII are below zero.
            odd: _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
            space: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
    pub(super) fn emit_avx512(mask: u64, base: u32, out: &mut [u32; BLOCK]) -> usize {
        // SAFETY: there are 64 positions.
        let positions = unsafe { _mm512_loadu_si512(POSITIONS.as_ptr().cast()) };
        let set = _mm512_maskz_compress_epi8(mask, positions);
        let count = mask.count_ones() as usize;
        let base = _mm512_set1_epi32(base as i32);
        let quarter = |set: __m128i| _mm512_add_epi32(base, _mm512_cvtepu8_epi32(set));
        let out = out.as_mut_ptr();
        // SAFETY: `out` has room for four quarters of 16.
        unsafe {
            _mm512_storeu_si512(out.cast(), quarter(_mm512_castsi512_si128(set)));
            if count > 16 {
                let second = quarter(_mm512_extracti32x4_epi32::<1>(set));
                _mm512_storeu_si512(out.add(16).cast(), second);
            }
            if count > 32 {
                let third = quarter(_mm512_extracti32x4_epi32::<2>(set));
                _mm512_storeu_si512(out.add(32).cast(), third);
                let fourth = quarter(_mm512_extracti32x4_epi32::<3>(set));
                _mm512_storeu_si512(out.add(48).cast(), fourth);
            }
        }
        count
    }

    /// The classes as sign bits made by saturating arithmetic: masks of comparisons that are or-ed would be taken apart byte
    /// by byte by the compiler.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn classify_avx2(block: &[u8; BLOCK]) -> Classes {
        let (first, second) = block.split_at(BLOCK / 2);
        // SAFETY: each half has 32 bytes.
        let halves = unsafe {
            [
                _mm256_loadu_si256(first.as_ptr().cast()),
                _mm256_loadu_si256(second.as_ptr().cast()),
            ]
        };
        let bits = |[first, second]: [__m256i; 2]| {
            let low = _mm256_movemask_epi8(first) as u32;
            u64::from(low) | u64::from(_mm256_movemask_epi8(second) as u32) << 32
        };
        let no_word = |bytes| {
            let lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
            let letter = _mm256_sub_epi8(lower, _mm256_set1_epi8(b'a' as i8));
            let digit = _mm256_sub_epi8(bytes, _mm256_set1_epi8(b'0' as i8));
            _mm256_and_si256(
                _mm256_adds_epu8(letter, _mm256_set1_epi8(128_u8.wrapping_sub(26) as i8)),
                _mm256_adds_epu8(digit, _mm256_set1_epi8(128_u8.wrapping_sub(10) as i8)),
            )
        };
        let odd = |bytes| _mm256_subs_epi8(bytes, _mm256_set1_epi8(0x20));
        let no_space = |bytes| {
            let difference = _mm256_xor_si256(bytes, _mm256_set1_epi8(0x20));
            _mm256_adds_epu8(difference, _mm256_set1_epi8(0x7F))
        };
        Classes {
            word: !bits(halves.map(no_word)),
            odd: bits(halves.map(odd)),
            space: !bits(halves.map(no_space)),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn emit_avx2(mask: u64, base: u32, out: &mut [u32; BLOCK]) -> usize {
        let mut count = 0;
        for (eighth, bits) in mask.to_le_bytes().into_iter().enumerate() {
            let set = &SET_BITS[bits as usize];
            let base = _mm256_set1_epi32((base + 8 * eighth as u32) as i32);
            // SAFETY: an entry has eight bytes; before each store at most eight positions an eighth were written, so eight
            // more have room.
            unsafe {
                let set = _mm256_cvtepu8_epi32(_mm_loadl_epi64(set.as_ptr().cast()));
                let place = out.as_mut_ptr().add(count);
                _mm256_storeu_si256(place.cast(), _mm256_add_epi32(set, base));
            }
            count += bits.count_ones() as usize;
        }
        count
    }

    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    pub(super) fn probe_avx512(
        bytes: &[u8],
        words: &Words,
        heads: &Filter,
        found: &mut [u32],
    ) -> usize {
        let whole = words.len / 8 * 8;
        assert!(words.starts.len() >= whole && words.ends.len() >= whole);
        assert!(found.len() >= whole + 8 && heads.bits().len().is_power_of_two());
        let last = match bytes.len().checked_sub(8) {
            Some(last) if i32::try_from(last).is_ok() => _mm256_set1_epi32(last as i32),
            _ => return probe_from(bytes, words, heads, 0, found, 0),
        };
        let mask = _mm256_set1_epi32(heads.bits().len() as i32 - 1);
        let numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        let (mut at, mut count) = (0, 0);
        while at < whole {
            // SAFETY: eight words are left, and both lists have them.
            let (starts, ends) = unsafe {
                (
                    _mm256_loadu_si256(words.starts.as_ptr().add(at).cast()),
                    _mm256_loadu_si256(words.ends.as_ptr().add(at).cast()),
                )
            };
            if _mm256_cmple_epu32_mask(starts, last) != 0xFF {
                break;
            }
            // SAFETY: as was just tested, each word has eight readable bytes from its start.
            let text = unsafe { _mm512_i32gather_epi64::<1>(starts, bytes.as_ptr().cast()) };
            let hash = hash_avx512(text, _mm256_sub_epi32(ends, starts));
            let index = _mm256_and_si256(_mm256_srli_epi32::<5>(hash), mask);
            // SAFETY: the indices are masked by the number of the filter's words less one, a power of two.
            let bits = unsafe { _mm256_i32gather_epi32::<4>(heads.bits().as_ptr().cast(), index) };
            let bit = _mm256_srlv_epi32(bits, _mm256_and_si256(hash, _mm256_set1_epi32(31)));
            let hit = _mm256_test_epi32_mask(bit, _mm256_set1_epi32(1));
            let number = _mm256_add_epi32(numbers, _mm256_set1_epi32(at as i32));
            let kept = _mm256_maskz_compress_epi32(hit, number);
            // SAFETY: at most `at` numbers were written before, and eight more than all words have room.
            unsafe { _mm256_storeu_si256(found.as_mut_ptr().add(count).cast(), kept) };
            count += hit.count_ones() as usize;
            at += 8;
        }
        probe_from(bytes, words, heads, at, found, count)
    }

    /// `head_hash` of eight heads at once.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vl")]
    fn hash_avx512(text: __m512i, lengths: __m256i) -> __m256i {
        let lengths = _mm512_cvtepu32_epi64(lengths);
        let used = _mm512_min_epu64(lengths, _mm512_set1_epi64(8));
        let unused = _mm512_sub_epi64(_mm512_set1_epi64(64), _mm512_slli_epi64::<3>(used));
        let mask = _mm512_srlv_epi64(_mm512_set1_epi64(-1), unused);
        let lower = _mm512_or_si512(text, _mm512_set1_epi64(LOWER as i64));
        let head = _mm512_xor_si512(
            _mm512_and_si512(lower, mask),
            _mm512_slli_epi64::<56>(lengths),
        );
        let low = _mm512_mul_epu32(head, _mm512_set1_epi64(i64::from(LOW_FACTOR)));
        let high = _mm512_mul_epu32(
            _mm512_srli_epi64::<32>(head),
            _mm512_set1_epi64(i64::from(HIGH_FACTOR)),
        );
        _mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(_mm512_add_epi64(low, high)))
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn probe_avx2(
        bytes: &[u8],
        words: &Words,
        heads: &Filter,
        found: &mut [u32],
    ) -> usize {
        let whole = words.len / 4 * 4;
        assert!(words.starts.len() >= whole && words.ends.len() >= whole);
        assert!(found.len() >= whole + 4 && heads.bits().len().is_power_of_two());
        let last = match bytes.len().checked_sub(8) {
            Some(last) if i32::try_from(last).is_ok() => _mm_set1_epi32(last as i32),
            _ => return probe_from(bytes, words, heads, 0, found, 0),
        };
        let mask = _mm_set1_epi32(heads.bits().len() as i32 - 1);
        let (mut at, mut count) = (0, 0);
        while at < whole {
            // SAFETY: four words are left, and both lists have them.
            let (starts, ends) = unsafe {
                (
                    _mm_loadu_si128(words.starts.as_ptr().add(at).cast()),
                    _mm_loadu_si128(words.ends.as_ptr().add(at).cast()),
                )
            };
            let is_readable = _mm_cmpeq_epi32(_mm_max_epu32(starts, last), last);
            if _mm_movemask_epi8(is_readable) != 0xFFFF {
                break;
            }
            // SAFETY: as was just tested, each word has eight readable bytes from its start.
            let text = unsafe { _mm256_i32gather_epi64::<1>(bytes.as_ptr().cast(), starts) };
            let hash = hash_avx2(text, _mm_sub_epi32(ends, starts));
            let index = _mm_and_si128(_mm_srli_epi32::<5>(hash), mask);
            // SAFETY: the indices are masked by the number of the filter's words less one, a power of two.
            let bits = unsafe { _mm_i32gather_epi32::<4>(heads.bits().as_ptr().cast(), index) };
            // The bit that counts becomes the sign.
            let bit = _mm_and_si128(hash, _mm_set1_epi32(31));
            let sign = _mm_sllv_epi32(bits, _mm_sub_epi32(_mm_set1_epi32(31), bit));
            let hit = _mm_movemask_ps(_mm_castsi128_ps(sign)) as usize;
            // SAFETY: an entry has eight bytes; at most `at` numbers were written before, and four more than all words have
            // room.
            unsafe {
                let set = _mm_cvtepu8_epi32(_mm_loadl_epi64(SET_BITS[hit].as_ptr().cast()));
                let numbers = _mm_add_epi32(set, _mm_set1_epi32(at as i32));
                _mm_storeu_si128(found.as_mut_ptr().add(count).cast(), numbers);
            }
            count += hit.count_ones() as usize;
            at += 4;
        }
        probe_from(bytes, words, heads, at, found, count)
    }

    /// `head_hash` of four heads at once.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn hash_avx2(text: __m256i, lengths: __m128i) -> __m128i {
        let used = _mm_min_epu32(lengths, _mm_set1_epi32(8));
        let unused = _mm_sub_epi32(_mm_set1_epi32(64), _mm_slli_epi32::<3>(used));
        let mask = _mm256_srlv_epi64(_mm256_set1_epi64x(-1), _mm256_cvtepu32_epi64(unused));
        let lower = _mm256_or_si256(text, _mm256_set1_epi64x(LOWER as i64));
        let head = _mm256_xor_si256(
            _mm256_and_si256(lower, mask),
            _mm256_slli_epi64::<56>(_mm256_cvtepu32_epi64(lengths)),
        );
        let low = _mm256_mul_epu32(head, _mm256_set1_epi64x(i64::from(LOW_FACTOR)));
        let high = _mm256_mul_epu32(
            _mm256_srli_epi64::<32>(head),
            _mm256_set1_epi64x(i64::from(HIGH_FACTOR)),
        );
        let sum = _mm256_add_epi64(low, high);
        let upper = _mm256_permutevar8x32_epi32(sum, _mm256_setr_epi32(1, 3, 5, 7, 1, 3, 5, 7));
        _mm256_castsi256_si128(upper)
    }
}
