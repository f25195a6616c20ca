//! A disk that is full or cannot be written to: exit 7, nothing lost, and a run with room finishes what was begun.

use std::path::Path;
use std::process::{Command, Output};

use super::{Reference, SMALL_WINDOWS, home};
use crate::support::{NOW, assert_same_lake, files, prepared, talktrack};

#[test]
fn a_write_that_fails_anywhere_is_told_and_healed_by_the_next_run() {
    let reference = Reference::new();
    for (kind, says) in [("full", "no space is left"), ("read_only", "read-only")] {
        // The first writes, some amid ingest, some of the analysis after it.
        for count in [1, 2, 3, 10, 40, 200] {
            let failed = home(&reference.company);
            let place = format!("{kind}:{count}");
            let mut settings = SMALL_WINDOWS.to_vec();
            settings.push(("TALKTRACK_FAIL_IO", &place));
            let url = reference.sandbox.url();
            let output = talktrack(failed.path(), &url, &settings, &["run", "-q"]);
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(7), "{place}: {told}");
            assert!(told.contains(says), "{place}: {told}");
            reference.assert_heals(failed.path(), &place);
        }
    }
    reference.stop();
}

/// A small disk that runs full, grows, turns read-only and is itself again; `$1` is its size in KiB, `$2` the
/// moment that counts as now. It is seen by this shell alone and is gone with it.
const ON_A_SMALL_DISK: &str = r#"
mount -t tmpfs -o "size=${1}k" none lake
"$0" run -q --now "$2"; echo "full $?"
mount -o remount,ro lake
"$0" run -q --now "$2"; echo "read-only $?"
mount -o remount,rw,size=64m lake
"$0" run -q --now "$2"; echo "itself $?"
mkdir kept && cp -a lake/. kept/
"#;

#[test]
fn a_real_disk_that_runs_full_and_turns_read_only_loses_nothing() {
    if !may_mount() {
        eprintln!("skipped: this system does not let a test mount a disk of its own");
        return;
    }
    let reference = Reference::new();
    let whole_kib = disk_kib(&reference.home.path().join("lake"));
    for eighths in [1, 3, 6] {
        let size = (whole_kib * eighths / 8).to_string();
        let small = home(&reference.company);
        std::fs::create_dir(small.path().join("lake")).unwrap();
        let output = on_a_small_disk(small.path(), &reference.sandbox.url(), &size);
        let told = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            told.lines().collect::<Vec<_>>(),
            ["full 7", "read-only 7", "itself 0"],
            "{size} KiB of {whole_kib}: {stderr}"
        );
        assert_same_lake(
            &reference.home.path().join("lake"),
            &small.path().join("kept"),
        );
    }
    reference.stop();
}

fn on_a_small_disk(home: &Path, url: &str, size: &str) -> Output {
    let mut shell = Command::new("unshare");
    shell
        .args(["-rm", "sh", "-c", ON_A_SMALL_DISK])
        .args([env!("CARGO_BIN_EXE_talktrack"), size, NOW])
        .current_dir(home);
    for (name, value) in prepared(home, url, &SMALL_WINDOWS, &[]).get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell.output().unwrap()
}

fn may_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /tmp"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

/// What a folder takes on a disk with blocks of 4 KiB, in KiB.
fn disk_kib(folder: &Path) -> u64 {
    let blocks = files(folder)
        .into_values()
        .map(|bytes| bytes.len().div_ceil(4096));
    4 * blocks.sum::<usize>() as u64
}
