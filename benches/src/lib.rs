//! What the benchmarks share: a seeded corpus of calls whose mentions are counted while they are planted.
//!
//! `cargo bench -p talktrack-benches` measures; `cargo test` runs every benchmark once and checks its answer.

pub mod corpus;
