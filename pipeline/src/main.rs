//! The program: parse, resolve, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use talktrack::cli::Cli;
use talktrack::config::LogFormat;
use talktrack::{commands, exit, logging, memory};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(tell_of_a_bug));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::start(cli.global.verbose, cli.global.quiet);
    logging::set_format(early_format(&cli));
    memory::share_heaps();
    match commands::run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_closed_pipe() => ExitCode::from(exit::DONE),
        Err(error) => {
            logging::tell_error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// The form of what is said before the settings are read, and by commands that read none.
fn early_format(cli: &Cli) -> LogFormat {
    let named = cli
        .global
        .log_format
        .clone()
        .or_else(|| std::env::var("TALKTRACK_LOG_FORMAT").ok());
    named.and_then(|name| name.parse().ok()).unwrap_or_default()
}

/// Help and version are data and no error; anything else is a wrong command line.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe on the help text is nobody's error.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() {
        exit::USAGE
    } else {
        exit::DONE
    })
}

/// The message of a panic: whatever happened, it is not the user's fault. The process then leaves with exit code 1.
fn tell_of_a_bug(panic: &std::panic::PanicHookInfo<'_>) {
    let message = format!(
        "this is a bug in talktrack {}: {panic}",
        env!("CARGO_PKG_VERSION")
    );
    logging::tell_bug(
        &message,
        "nothing already stored is harmed; please report this message and the command that you ran",
        exit::BUG,
    );
    #[expect(
        clippy::exit,
        reason = "a panic in any thread ends the program with the exit code of a bug"
    )]
    std::process::exit(i32::from(exit::BUG));
}
