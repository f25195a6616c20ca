//! Progress on a terminal: calls, requests, rate and time left. Where stderr is no terminal, nothing.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// A cheap handle on the progress bar; clones move the same bar.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    requests: Arc<AtomicU64>,
}

impl Progress {
    /// A bar on the terminal, or none where stderr is no terminal or `quiet` asks for silence.
    pub fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self::none();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(style("{spinner} {prefix} {pos} calls · {msg}"));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            requests: Arc::default(),
        }
    }

    /// A bar that nobody sees.
    pub fn none() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            requests: Arc::default(),
        }
    }

    /// Names the step that now begins and starts its count at nothing.
    pub fn step(&self, name: &str) {
        self.bar.set_prefix(name.to_owned());
        self.bar.reset();
    }

    /// How many calls there are, once that is known: from then on the bar shows the time left.
    pub fn set_total_calls(&self, total: u64) {
        self.bar.set_length(total);
        self.bar.set_style(style(
            "{spinner} {prefix} [{bar:30}] {pos}/{len} calls · {rate} · {eta} left · {msg}",
        ));
    }

    /// `count` more calls are done.
    pub fn calls(&self, count: u64) {
        self.bar.inc(count);
    }

    /// `count` more requests went out.
    pub fn requests(&self, count: u64) {
        let sent = self.requests.fetch_add(count, Ordering::Relaxed) + count;
        let plural = if sent == 1 { "" } else { "s" };
        self.bar.set_message(format!("{sent} request{plural}"));
    }

    /// Says something above the bar; nothing where there is no bar.
    pub fn message(&self, text: &str) {
        self.bar.println(text);
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "rate",
            |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // A bar that cannot be drawn is no reason to stop.
                let _ = write!(out, "{:.0}/s", state.per_sec());
            },
        )
}
