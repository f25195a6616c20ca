//! Ingest over HTTP from the sandbox: what lands, what a second run asks for, and that neither order nor kills matter.

mod budget;
mod data_sets;
mod faults;
mod gone;
mod kills;
mod late;
mod partitions;
mod refused;
mod same_bytes;
mod soak;
mod streams;
mod support;
mod trouble;
