//! The analyzers, one file each: to add one, write its file, add its `mod` line and its line in [`registry`].

pub mod attendance;
pub mod fluency;
pub mod interaction;
pub mod language;
pub mod mentions;
pub mod methodology;
pub mod next_steps;
pub mod objections;
pub mod pace;
pub mod pricing;
pub mod questions;
pub mod talk;

use crate::analyzer::Analyzer;

/// Every analyzer, alphabetically.
pub fn registry() -> &'static [&'static dyn Analyzer] {
    &[
        &attendance::Attendance, //
        &fluency::Fluency,
        &interaction::Interaction,
        &language::Language,
        &mentions::Mentions,
        &methodology::Methodology,
        &next_steps::NextSteps,
        &objections::Objections,
        &pace::Pace,
        &pricing::Pricing,
        &questions::Questions,
        &talk::Talk,
    ]
}
