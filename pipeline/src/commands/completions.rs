//! `talktrack completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{DONE, print};
use crate::cli::Cli;
use crate::error::Error;

/// Writes the script to stdout.
pub(crate) fn run(shell: Shell) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "talktrack", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    DONE
}
