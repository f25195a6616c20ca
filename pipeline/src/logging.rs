//! Talk on stderr: how much of it, and in which form.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to stderr: warnings by default, more with each `-v`, errors alone with `-q`. Only our own crates speak
/// above warnings: what HTTP libraries log can hold headers.
pub fn start(verbose: u8, quiet: bool) {
    let ours = match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let others = LevelFilter::WARN.min(ours);
    let targets = Targets::new()
        .with_default(others)
        .with_target("talktrack", ours)
        .with_target("talktrack_gong", ours)
        .with_target("talktrack_analyzers", ours)
        .with_target("talktrack_fixtures", ours);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .with_ansi(false);
    // A second start, as in tests, keeps the first.
    let _ = tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .try_init();
}
