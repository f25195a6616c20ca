//! Pure transcript analytics: a call in, rows out.

pub use arrow;

pub mod metrics;
pub mod table;
pub mod tables;
