//! The command line. Help text is the doc comments; examples follow each command's options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use talktrack_fixtures::FaultRule;

use crate::exit;
use crate::report::{Audience, Format};

/// Recorded sales calls in, coaching and competitive insight out, on your own machines.
///
/// talktrack pages call data out of Gong into Parquet, measures every call, and writes battlecards, rep scorecards and a
/// deal-engagement heatmap in which every number opens to the sentences that made it.
#[derive(Debug, Parser)]
#[command(name = "talktrack", version, max_term_width = 100, after_help = format!("{EXAMPLES}\n\n{}", exit::TABLE))]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  talktrack demo                 see it work on a made-up company, no account needed
  talktrack init                 write talktrack.toml and a competitors dictionary
  talktrack check                try credentials, scopes, host and lake
  talktrack run                  read what is new, measure it, write the pages (nightly, from cron)";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct GlobalOptions {
    /// Settings file [default: talktrack.toml in the working directory, if there is one].
    #[arg(long, value_name = "FILE", global = true, help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Lake: a folder, or a URL such as `s3://bucket/prefix`.
    #[arg(
        long,
        value_name = "PATH|URL",
        global = true,
        help_heading = "Everywhere"
    )]
    pub lake: Option<String>,
    /// Write a summary for machines to stdout.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// Say more; twice for details, such as a line a request.
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = "Everywhere")]
    pub verbose: u8,
    /// Say nothing but errors.
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Everywhere"
    )]
    pub quiet: bool,
    /// Form of what is said on stderr; with json, one object a line [default: text].
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = ["text", "json"],
        global = true,
        help_heading = "Everywhere"
    )]
    pub log_format: Option<String>,
    /// The moment that counts as now, for tests.
    #[arg(long, value_name = "TIME", global = true, hide = true)]
    pub now: Option<String>,
}

/// A span of call starts.
#[derive(Debug, Clone, Default, Args)]
pub struct Span {
    /// First day, inclusive: a date in the company's zone, or a date-time.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Last day, exclusive; may lie ahead.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything on a made-up company: sandbox, ingest, analyze, report; no account, no network.
    Demo(Demo),
    /// Read what is new, measure it and write the pages: ingest, analyze and report in a row.
    Run(Run),
    /// Read calls, transcripts, users and CRM context from Gong into the lake.
    Ingest(Ingest),
    /// Measure the calls that changed, or whose dictionaries or settings changed.
    Analyze(Analyze),
    /// Write battlecards, rep scorecards and the deal-engagement heatmap.
    Report(Report),
    /// Write talktrack.toml and a competitors dictionary, asking what is not given.
    Init(Init),
    /// Try host, credentials, each scope, lake and folders, and say what to do about what fails.
    #[command(
        after_help = "Examples:\n  talktrack check\n  talktrack check --json\n\nA scope that only feeds further tables is a warning where it is missing, and does not change the exit code."
    )]
    Check,
    /// Say what is complete, pending and open, month by month, and why; what the last runs did.
    #[command(
        after_help = "Examples:\n  talktrack status\n  talktrack status -v      every month and more runs\n  talktrack status --json  all of it for machines\n\nGong is not asked, and nothing is written."
    )]
    Status,
    /// Show what made a number: its rows, the sentences behind them, and the rule.
    Explain(Explain),
    /// Compare our numbers with those that Gong delivered for the same calls.
    Parity(ParityOptions),
    /// Show what the published definitions of a metric say of each rep, and whether ranks depend on them.
    CompareDefinitions(CompareDefinitions),
    /// Print every setting in force and where it came from.
    Config(ConfigOptions),
    /// Describe the tables: columns, types, meaning.
    Schema(Schema),
    /// Check dictionaries, or try them on a sentence.
    #[command(subcommand)]
    Dictionary(Dictionary),
    /// Serve a made-up company, or a folder of files, the way Gong would.
    Sandbox(Sandbox),
    /// Print a completion script for a shell.
    #[command(
        after_help = "Examples:\n  talktrack completions bash > /etc/bash_completion.d/talktrack\n  talktrack completions zsh > ~/.zfunc/_talktrack"
    )]
    Completions {
        /// Shell.
        shell: Shell,
    },
}

/// Options of `demo`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack demo\n  talktrack demo --out /tmp/demo --calls 200\n\nThe lake goes to OUT/lake and the pages to OUT/pages."
)]
pub struct Demo {
    /// Folder that everything goes to; it is made, or must hold an earlier demo.
    #[arg(long, value_name = "FOLDER", default_value = "talktrack-demo")]
    pub out: PathBuf,
    /// Seed of the made-up company.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Calls of the made-up company.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub calls: u32,
    /// Days over which its calls are spread.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// Options of `run`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack run\n  talktrack run --lake s3://acme-calls/talktrack --json\n  30 2 * * *  cd /srv/talktrack && talktrack run -q    (crontab)"
)]
pub struct Run {
    /// Span of call starts to read [default: what is not yet stored, and the last days again].
    #[command(flatten)]
    pub span: Span,
    /// Take stored calls out of the lake that Gong does not have any more, even where they are many of a window.
    #[arg(long)]
    pub accept_deletions: bool,
    /// Last complete day that the pages are about [default: the last complete day ingested].
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Folder that the pages go to [default: reports in the lake].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<String>,
    /// Threads that compute; 0 takes one a core.
    #[arg(long)]
    pub threads: Option<String>,
}

/// Options of `ingest`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack ingest\n  talktrack ingest --plan\n  talktrack ingest --from 2026-01-01 --to 2026-04-01\n  talktrack ingest --recheck 2025-01-01..2026-01-01"
)]
pub struct Ingest {
    /// Say what would be asked for, how many requests that takes, and how long; store nothing.
    #[arg(long)]
    pub plan: bool,
    /// Compare the calls of days read long ago with Gong's list, and ask by id for what differs: `FROM..TO`, TO
    /// exclusive, or `all`. Nothing else is read.
    #[arg(long, value_name = "RANGE", conflicts_with_all = ["plan", "from", "to"])]
    pub recheck: Option<String>,
    /// Take stored calls out of the lake that Gong does not have any more, even where they are many of a window.
    #[arg(long)]
    pub accept_deletions: bool,
    /// Span of call starts to read [default: what is not yet stored, and the last days again].
    #[command(flatten)]
    pub span: Span,
}

/// Options of `analyze`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  talktrack analyze\n  talktrack analyze --threads 2 --json")]
pub struct Analyze {
    /// Threads that compute; 0 takes one a core. Results do not depend on it.
    #[arg(long)]
    pub threads: Option<String>,
}

/// Options of `report`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack report\n  talktrack report --as-of 2026-03-31 --out pages\n  talktrack report --audience manager:4411 --out team\n  talktrack report --format html,csv --out pages\n  talktrack report --pseudonymise --out for-research"
)]
pub struct Report {
    /// Last complete day that the pages are about [default: the last complete day ingested].
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Folder that the pages go to [default: reports in the lake].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<String>,
    /// Who the pages are for: `all` (everything, and a folder for each manager's team below teams), `rep:ID` (own scorecard and
    /// deals) or `manager:ID` (those of the team); battlecards are for everybody. Without --out, a reader's pages have a folder
    /// of their own in reports.
    #[arg(long, value_name = "WHO", default_value_t)]
    pub audience: Audience,
    /// Put aliases in place of people, deals and calls, and leave out what was said; the key of the aliases is in the file
    /// that `report.pseudonym_key_file` names. Such pages go to a folder of their own.
    #[arg(long, requires = "out")]
    pub pseudonymise: bool,
    /// Formats to write, with commas between them; csv and parquet are one file a table [default: html,json,markdown].
    #[arg(
        long = "format",
        value_name = "FORMATS",
        value_enum,
        value_delimiter = ','
    )]
    pub formats: Vec<Format>,
}

/// Options of `init`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack init\n  talktrack init --yes --own-domain acme.com --competitor 'Globex=globex,globex cloud' --time-zone Europe/Berlin"
)]
pub struct Init {
    /// E-mail domain of your company; may be given again.
    #[arg(long = "own-domain", value_name = "DOMAIN")]
    pub own_domains: Vec<String>,
    /// A competitor and how people say it; may be given again.
    #[arg(long = "competitor", value_name = "NAME=ALIAS,ALIAS")]
    pub competitors: Vec<String>,
    /// Workspace to read, by name or id; may be given again [default: all].
    #[arg(long = "workspace", value_name = "NAME")]
    pub workspaces: Vec<String>,
    /// IANA time zone of the company, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Host of your company's API, shown beside the access key in Gong.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Folder that the files go to.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// Ask nothing; what is not given keeps its default.
    #[arg(short, long)]
    pub yes: bool,
    /// Replace files that are there.
    #[arg(long)]
    pub force: bool,
}

/// Options of `config`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack config\n  talktrack config --defaults > talktrack.toml"
)]
pub struct ConfigOptions {
    /// Print the defaults with their meaning instead: the manual of the settings.
    #[arg(long)]
    pub defaults: bool,
}

/// Options of `schema`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack schema\n  talktrack schema calls\n  talktrack schema metrics/talk --json"
)]
pub struct Schema {
    /// Table; without it, all tables are listed.
    pub table: Option<String>,
}

/// What to do with dictionaries.
#[derive(Debug, Clone, Subcommand)]
pub enum Dictionary {
    /// Check dictionary files and say which line to correct.
    #[command(
        after_help = "Examples:\n  talktrack dictionary check\n  talktrack dictionary check dictionaries/competitors.toml"
    )]
    Check {
        /// Files [default: the dictionaries in force].
        files: Vec<PathBuf>,
    },
    /// Show what the dictionaries find in a sentence.
    #[command(
        after_help = "Examples:\n  talktrack dictionary test \"How do you compare with Globex on price?\""
    )]
    Test {
        /// The sentence.
        sentence: String,
    },
    /// Score what is found against labels: precision, recall and F1 beside simple rules.
    Eval(DictionaryEval),
    /// Name what buyers compare you with and no dictionary has, and what sounds like a competitor, with counts and quotes.
    #[command(
        after_help = "Examples:\n  talktrack dictionary suggest\n  talktrack dictionary suggest --min-calls 5 --json\n\nNames are words with a capital that a buyer says in a sentence with a comparison; a transcript without capitals gives none. Spellings are words, or two side by side, that sound like a competitor's term and look much like it; they are never counted unless you add them."
    )]
    Suggest {
        /// Calls on which a name must be heard.
        #[arg(long, value_name = "N", default_value_t = 2)]
        min_calls: usize,
    },
}

/// Options of `dictionary eval`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack dictionary eval labels.tsv --find questions\n  talktrack dictionary eval labels.tsv.gz --find objections/price --label is_price --side side --only side=External --errors 20\n\nThe file has tabs between cells and the columns' names in its first line; a label is 1 or 0."
)]
pub struct DictionaryEval {
    /// File of labels; one that ends in .gz is unpacked.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What to look for: questions, a dictionary, or dictionary/entry.
    #[arg(long, value_name = "WHAT")]
    pub find: String,
    /// Column of the text.
    #[arg(long, value_name = "COLUMN", default_value = "text")]
    pub text: String,
    /// Column of the label.
    #[arg(long, value_name = "COLUMN", default_value = "label")]
    pub label: String,
    /// Column of the side that spoke: company, customer, Internal or External [default: either].
    #[arg(long, value_name = "COLUMN")]
    pub side: Option<String>,
    /// Only rows whose column has this value.
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub only: Option<String>,
    /// Show so many wrong cases of either kind.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub errors: usize,
}

/// Options of `explain`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack explain 7782342274025937895\n  talktrack explain 7782342274025937895 talk_share\n  talktrack explain 7782342274025937895 questions -v\n  talktrack explain --deal 0065000000Qz1\n  talktrack explain --rep ana.berg@acme.example\n\nA metric is an analyzer (talk), a table (talk_call) or a column (talk_share)."
)]
pub struct Explain {
    /// Gong's id of a call.
    #[arg(value_name = "CALL", conflicts_with_all = ["deal", "rep"])]
    pub call: Option<String>,
    /// Only this metric, and the rule that makes it [default: all metrics].
    #[arg(value_name = "METRIC")]
    pub metric: Option<String>,
    /// Id of a deal: what it is rolled up from.
    #[arg(long, value_name = "ID", conflicts_with = "rep")]
    pub deal: Option<String>,
    /// A rep by user id, e-mail address or full name: what is rolled up, and from which calls.
    #[arg(long, value_name = "WHO")]
    pub rep: Option<String>,
    /// The last day whose calls count for deals and reps [default: the last whole day].
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
}

/// Options of `parity`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  talktrack parity\n  talktrack parity --from 2026-01-01 --json\n\nGong delivers its own statistics for some calls only, and its formulas are not published."
)]
pub struct ParityOptions {
    /// Which calls.
    #[command(flatten)]
    pub span: Span,
}

/// Options of `compare-definitions`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  talktrack compare-definitions talk_ratio")]
pub struct CompareDefinitions {
    /// Which metric.
    #[arg(value_name = "METRIC", value_parser = ["talk_ratio"])]
    pub metric: String,
    /// The last day whose calls count [default: the last whole day].
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
}

/// Options of `sandbox`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SANDBOX_HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Sandbox {
    /// Seed of the made-up company.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Calls of the made-up company.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub calls: u32,
    /// Days over which its calls are spread.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Serve users.json, calls.jsonl and transcripts.jsonl of this folder instead.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["seed", "calls", "days"])]
    pub data: Option<PathBuf>,
    /// Make calls up as they are asked for, so that any number of them costs no memory.
    #[arg(long, conflicts_with = "data")]
    pub load: bool,
    /// Sentences of each call made up so.
    #[arg(long, default_value_t = 300, requires = "load", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub sentences: u32,
    /// Port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Write the settings and the competitors dictionary that fit this company to a folder, as `init` would.
    #[arg(long, value_name = "FOLDER")]
    pub settings: Option<PathBuf>,
    /// Page newest calls first; Gong pages oldest first.
    #[arg(long)]
    pub newest_first: bool,
    /// Answer as fast as possible, without Gong's rate limit.
    #[arg(long, conflicts_with = "requests_per_second")]
    pub no_rate_limit: bool,
    /// Requests in any second before 429 [default: 3].
    #[arg(long, value_name = "R", value_parser = rate)]
    pub requests_per_second: Option<f64>,
    /// Requests in any 24 hours before 429 [default: no limit].
    #[arg(long, value_name = "N")]
    pub requests_per_day: Option<u32>,
    /// Pages after which a cursor is refused [default: never].
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    pub cursor_pages: Option<u64>,
    /// Seconds after which a cursor is refused.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub cursor_ttl: u64,
    /// Say `cursor has expired` of such a cursor in place of `Failed to verify cursor`.
    #[arg(long)]
    pub cursor_expired: bool,
    /// Milliseconds by which each answer is late.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    /// Go wrong as this schedule says.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Go wrong as this rule says; may be given again.
    #[arg(long = "fault", value_name = "RULE")]
    pub fault: Vec<FaultRule>,
}

const SANDBOX_HELP: &str = "\
Examples:
  talktrack sandbox --port 8080
  talktrack sandbox --data exported-calls/ --port 8080
  talktrack sandbox --settings demo/ --seed 7    then: cd demo && talktrack run
  talktrack sandbox --load --calls 50000 --days 1 --sentences 300
  talktrack sandbox --fault status=429,retry_after=2,every=7,times=3 \\
                    --fault reset_amid,path=/v2/calls/extensive,share=0.05
  talktrack sandbox --faults storm.toml --requests-per-day 50

It takes the key `sandbox` and the secret `sandbox`.

A rule is KEY=VALUE with commas between:
  what       status=NNN, with retry_after=SECONDS or date:SECONDS, message=TEXT
             or the name of a fault, and its own keys in brackets:
             reset, reset_amid, refuse (pause_ms), hang_up (connections),
             truncated, garbled, html, empty, wrong_type, gzip, delay (pause_ms),
             slow (pieces, pause_ms), hang (at=nothing|headers|half),
             refuse_cursor (message=verify|expired), forged_cursor, null_cursor,
             no_records, drift (by), numeric_ids, unknown_fields, lone_surrogates,
             duplicates, missing_rows, late_rows (rows)
  which      path=/v2/calls or path=/v2/calls*, method=POST; any when left out
  when       nth=N, every=N, first=N or share=0.05 of the requests it is for;
             all of them when left out
  how often  run=N in a row or lasting_ms=MS each time, times=N in all

A schedule holds the same keys as TOML, one `[[rule]]` each; above them it may
say `seed = 7` and `most_in_a_row = 5`, of strikes at the same request:
  [[rule]]
  status = 503
  every = 4
  times = 10";

/// A rate above nothing.
fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("give a number above 0, such as 3 or 0.5".to_owned()),
    }
}

impl Cli {
    /// The flags that are settings: dotted path, flag, text.
    pub fn settings(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut settings = Vec::new();
        let mut add = |key, flag, value: &Option<String>| {
            if let Some(text) = value {
                settings.push((key, flag, text.clone()));
            }
        };
        add("lake.url", "--lake", &self.global.lake);
        add("log.format", "--log-format", &self.global.log_format);
        match &self.command {
            Command::Run(run) => {
                add("report.out", "--out", &run.out);
                add("analyze.threads", "--threads", &run.threads);
            }
            Command::Analyze(analyze) => add("analyze.threads", "--threads", &analyze.threads),
            Command::Report(report) => add("report.out", "--out", &report.out),
            _ => {}
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Every command that does something shows how it is called.
    #[test]
    fn every_command_has_examples() {
        let without: Vec<String> = Cli::command()
            .get_subcommands()
            .filter(|command| !command.has_subcommands())
            .filter(|command| {
                !command
                    .get_after_help()
                    .is_some_and(|help| help.to_string().contains("Examples:"))
            })
            .map(|command| command.get_name().to_owned())
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
