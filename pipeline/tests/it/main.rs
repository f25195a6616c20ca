//! The one integration binary of the program: each module says what it covers.

mod analyze;
mod cli;
mod demo;
mod failures;
mod ingest;
mod lake;
mod rows;
mod report;
