//! talktrack: recorded sales calls in, coaching and competitive insight out.
//!
//! ```text
//! Gong → ingest → lake (Parquet) → analyze → lake → rollups → report → HTML, Markdown, JSON
//! ```
//!
//! The binary is a thin shell over this library: [`cli`] reads the command line, [`config`] the settings, and each file of
//! [`commands`] is one command.

pub mod analyze;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod definitions;
pub mod dictionaries;
pub mod error;
pub mod evaluate;
pub mod exit;
pub mod explain;
pub mod ingest;
pub mod lake;
pub mod logging;
pub mod memory;
pub mod parity;
pub mod progress;
pub mod record;
pub mod report;
pub mod rollup;
pub mod run_record;
pub mod suggest;
pub mod truth_check;
