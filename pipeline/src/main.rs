//! The program: parse, resolve, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use talktrack::cli::Cli;
use talktrack::{commands, exit, logging};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(tell_of_a_bug));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logging::start(cli.global.verbose, cli.global.quiet);
    match commands::run(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.is_closed_pipe() => ExitCode::from(exit::DONE),
        Err(error) => {
            say(&error.report());
            ExitCode::from(error.exit_code())
        }
    }
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
    say(&format!(
        "error: this is a bug in talktrack {}: {panic}\nhint: nothing already stored is harmed; please report this message \
         and the command that you ran",
        env!("CARGO_PKG_VERSION"),
    ));
    #[expect(
        clippy::exit,
        reason = "a panic in any thread ends the program with the exit code of a bug"
    )]
    std::process::exit(i32::from(exit::BUG));
}

#[expect(clippy::print_stderr, reason = "the one place that prints errors")]
fn say(text: &str) {
    eprintln!("{text}");
}
