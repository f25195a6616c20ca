//! The one integration binary of the program: each module says what it covers.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says what it skips"
)]

mod analyze;
mod audience;
mod battlecards;
mod cards;
mod check;
mod cli;
mod demo;
mod end_to_end;
mod explain;
mod failures;
mod formats;
mod huge;
mod ingest;
mod lake;
mod logs;
mod report;
mod rows;
mod status;
mod support;
mod whole_run;
