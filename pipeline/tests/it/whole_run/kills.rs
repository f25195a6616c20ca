//! A run that is killed anywhere is healed by the next.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use talktrack::lake::fail_point;

use super::{Reference, SMALL_WINDOWS, home, run};
use crate::support::{prepared, talktrack};

impl Reference {
    /// Kills a run the `count`-th time it comes to a place and heals it; whether it came there so often is the answer.
    #[track_caller]
    fn heals_after_kill(&self, name: &str, count: usize, settings: &[(&str, &str)]) -> bool {
        let killed = home(&self.company);
        let place = format!("{name}:{count}");
        let mut settings = settings.to_vec();
        settings.push(("TALKTRACK_FAIL_AT", &place));
        let url = self.sandbox.url();
        let output = talktrack(killed.path(), &url, &settings, &["run", "-q"]);
        if output.status.success() {
            return false;
        }
        let no_code = "killed, and no error of its own";
        assert_eq!(output.status.code(), None, "{no_code}");
        self.assert_heals(killed.path(), &format!("killed at {place}"));
        true
    }
}

#[test]
fn a_run_that_is_killed_at_any_fail_point_is_healed_by_the_next() {
    let reference = Reference::new();
    for name in fail_point::NAMES {
        // Early in ingest, and where the place is reached often enough, in the analysis after it.
        let kills = [6, 100]
            .into_iter()
            .take_while(|count| reference.heals_after_kill(name, *count, &SMALL_WINDOWS))
            .count();
        assert!(kills > 0, "`{name}` is never reached");
    }
    reference.stop();
}

#[test]
fn a_run_that_is_killed_after_each_state_write_is_healed_by_the_next() {
    let reference = Reference::new();
    // Windows of the usual size, so that the state is written a handful of times and every one can be tried.
    let kills = (1..=100)
        .take_while(|count| reference.heals_after_kill(fail_point::AFTER_STATE_WRITE, *count, &[]))
        .count();
    assert!(kills >= 3, "only {kills} state writes were reached");
    reference.stop();
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_healed_by_the_next() {
    let reference = Reference::new();
    let started = std::time::Instant::now();
    let timed = home(&reference.company);
    run(timed.path(), &reference.sandbox.url(), &SMALL_WINDOWS);
    let whole = started.elapsed();
    let mut kills = 0;
    for sixths in 1..6 {
        let killed = home(&reference.company);
        kills += u32::from(kill_after(
            killed.path(),
            &reference.sandbox.url(),
            whole * sixths / 6,
        ));
        reference.assert_heals(killed.path(), &format!("killed after {sixths}/6"));
    }
    assert!(kills >= 2, "only {kills} of 5 runs were still running");
    reference.stop();
}

/// Sends SIGKILL to a run after a while; whether it was still running is the answer.
fn kill_after(home: &Path, url: &str, after: Duration) -> bool {
    let mut command: Command = prepared(home, url, &SMALL_WINDOWS, &["run", "-q"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    // `kill` of the standard library is SIGKILL; a process that has ended already is no error.
    child.kill().unwrap();
    !child.wait().unwrap().success()
}
