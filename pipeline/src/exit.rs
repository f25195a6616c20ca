//! Exit codes: part of what scripts and cron jobs rely on, so they never change their meaning.

/// Done. Pending transcripts and private calls do not change it.
pub const DONE: u8 = 0;
/// A bug in talktrack.
pub const BUG: u8 = 1;
/// The command line, the settings or a dictionary is wrong.
pub const USAGE: u8 = 2;
/// Finished, but records were rejected or a window of days stays open.
pub const INCOMPLETE: u8 = 3;
/// Gong refused the credentials, or they lack a scope.
pub const CREDENTIALS: u8 = 4;
/// The request budget is spent; run again when the message says.
pub const BUDGET: u8 = 5;
/// Gong cannot be reached or fails; progress is kept, run again.
pub const GONG: u8 = 6;
/// The lake cannot be reached, is read-only, full, or in use by another run.
pub const LAKE: u8 = 7;
/// Interrupted by Ctrl-C or a polite kill, as shells count it; progress is kept.
pub const INTERRUPTED: u8 = 130;

/// What each code means, for `--help`.
pub const TABLE: &str = "\
Exit codes:
  0  done; pending transcripts and private calls do not change it
  1  a bug
  2  usage, settings or dictionary
  3  finished, but records were rejected or a window stays open
  4  credentials or scope
  5  request budget spent; run again when it says
  6  Gong unreachable or failing; progress kept, run again
  7  lake unreachable, read-only, full, or in use
130  interrupted; progress kept";
