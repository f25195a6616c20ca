//! The analyzers, one file each.

pub mod mentions;
pub mod questions;
pub mod talk;
