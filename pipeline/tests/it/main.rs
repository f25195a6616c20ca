//! The one integration binary of the program: each module says what it covers.

mod analyze;
mod cli;
mod demo;
mod end_to_end;
mod failures;
mod ingest;
mod lake;
mod report;
mod rows;
