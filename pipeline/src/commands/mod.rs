//! One file a command: settings in, summary out.

mod analyze;
mod check;
mod client;
mod compare_definitions;
mod completions;
mod config;
mod demo;
mod dictionary;
mod explain;
mod ingest;
mod init;
mod parity;
mod report;
mod run;
mod runtime;
mod sandbox;
mod schema;
mod status;
mod steps;

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::{Cli, Command, Dictionary, GlobalOptions};
use crate::clock::{Clock, SystemClock, real_time};
use crate::config::LogFormat;
use crate::config::{Config, Sources};
use crate::error::Error;
use crate::exit;
use crate::logging;
use crate::progress::Progress;
use crate::run_record::{self, Began, Recorder};

use self::runtime::block_on;

/// What every command gets: the options of every command, the settings, and the environment that credentials come from.
pub(crate) struct Context {
    /// Options of every command.
    pub(crate) global: GlobalOptions,
    /// Resolved settings.
    pub(crate) config: Config,
    /// Variables of the environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Notes for the record of the run.
    pub(crate) recorder: Recorder,
}

impl Context {
    /// A progress bar, if somebody watches.
    pub(crate) fn progress(&self) -> Progress {
        let is_for_machines = self.global.json || logging::format() == LogFormat::Json;
        Progress::new(self.global.quiet || is_for_machines)
    }

    /// Says what a command did, unless only errors are wanted.
    pub(crate) fn say(&self, text: &str) -> Result<(), Error> {
        if self.global.quiet {
            return Ok(());
        }
        print(text)
    }

    /// The one moment that counts as now in this run.
    pub(crate) fn now(&self) -> Result<Timestamp, Error> {
        match &self.global.now {
            None => Ok(SystemClock.now()),
            Some(text) => moment("--now", text, &self.config),
        }
    }
}

/// A moment from a flag.
pub(crate) fn moment(flag: &str, text: &str, config: &Config) -> Result<Timestamp, Error> {
    crate::config::parse_moment(text, &config.company.time_zone)
        .map_err(|reason| Error::usage(format!("{flag} cannot be `{text}`"), reason))
}

/// Runs one command; the exit code of one that finished.
///
/// # Errors
///
/// The command could not do what it was asked to.
pub fn run(cli: Cli) -> Result<u8, Error> {
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let flags = cli.settings();
    let load = |global: GlobalOptions| {
        let sources = Sources {
            file: global.config.clone(),
            environment: environment.clone(),
            flags: flags.clone(),
        };
        Config::load(&sources).map(|config| {
            logging::set_format(config.log.format);
            Context {
                global,
                config,
                environment,
                recorder: Recorder::default(),
            }
        })
    };
    match cli.command {
        Command::CompareDefinitions(options) => {
            compare_definitions::run(&load(cli.global)?, &options)
        }
        Command::Completions { shell } => completions::run(shell),
        Command::Config(options) if options.defaults => config::defaults(),
        Command::Config(_) => config::run(&load(cli.global)?),
        Command::Analyze(_) => analyze::run(&load(cli.global)?),
        Command::Check => check::run(&load(cli.global)?),
        Command::Dictionary(Dictionary::Check { files }) => {
            dictionary::check(&load(cli.global)?, &files)
        }
        Command::Dictionary(Dictionary::Test { sentence }) => {
            dictionary::test(&load(cli.global)?, &sentence)
        }
        Command::Dictionary(Dictionary::Eval(options)) => {
            dictionary::eval::run(&load(cli.global)?, &options)
        }
        Command::Dictionary(Dictionary::Suggest { min_calls }) => {
            dictionary::suggest::run(&load(cli.global)?, min_calls)
        }
        Command::Explain(options) => explain::run(&load(cli.global)?, &options),
        Command::Init(options) => init::run(&cli.global, &options),
        Command::Parity(options) => parity::run(&load(cli.global)?, &options.span),
        Command::Report(options) => report::run(&load(cli.global)?, &options),
        Command::Sandbox(options) => sandbox::run(&load(cli.global)?, &options),
        Command::Schema(options) => schema::run(&cli.global, &options),
        Command::Status => status::run(&load(cli.global)?),
        Command::Demo(options) => demo::run(&cli.global, &options),
        Command::Ingest(options) if options.plan => ingest::run(&load(cli.global)?, &options),
        Command::Ingest(options) => {
            let context = load(cli.global)?;
            recorded(&context, "ingest", || ingest::run(&context, &options))
        }
        Command::Run(options) => {
            let context = load(cli.global)?;
            recorded(&context, "run", || run::run(&context, &options))
        }
    }
}

/// Runs `work` and leaves a record of it in the lake, whatever came of it.
fn recorded(
    context: &Context,
    command: &str,
    work: impl FnOnce() -> Result<u8, Error>,
) -> Result<u8, Error> {
    let began = Began {
        command,
        now: context.now()?,
        started: real_time(),
    };
    let result = work();
    let outcome = match &result {
        Err(error) if error.is_closed_pipe() => Ok(exit::DONE),
        Err(error) => Err(error),
        Ok(code) => Ok(*code),
    };
    let record = async {
        run_record::write(
            began,
            real_time(),
            &context.config,
            &context.recorder,
            outcome,
        )
        .await;
        Ok(())
    };
    // Somebody who asks a second time to end does not wait for the record.
    if let Err(error) = block_on(record) {
        tracing::warn!(%error, "the record of this run was not written");
    }
    result
}

/// Writes `text` to stdout.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Error::Output)
}

/// Writes a file and the folders above it.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|source| Error::File {
            action: "write",
            path: path.to_owned(),
            source,
        })
}

/// Writes a summary for machines to stdout: one JSON document.
pub(crate) fn print_json(summary: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(summary)
        .map_err(|error| Error::Bug(format!("the summary is not JSON: {error}")))?;
    print(&format!("{text}\n"))
}

/// The exit code of a command that did all it was asked to.
pub(crate) const DONE: Result<u8, Error> = Ok(exit::DONE);
