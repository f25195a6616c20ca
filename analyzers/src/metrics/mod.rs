//! The analyzers, one file each: to add one, write its file, add its `mod` line and its line in [`registry`].

pub mod mentions;
pub mod questions;
pub mod talk;

use crate::analyzer::Analyzer;

/// Every analyzer, alphabetically.
pub fn registry() -> &'static [&'static dyn Analyzer] {
    &[
        &mentions::Mentions, //
        &questions::Questions,
        &talk::Talk,
    ]
}
