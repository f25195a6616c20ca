//! The command line from outside: exit code, stdout and stderr of the built binary, in one snapshot each.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in `folder` with an environment that holds only `variables`.
pub(crate) fn talktrack(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_talktrack"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("the binary runs")
}

/// Exit code, stdout and stderr as one text.
fn shown(output: &Output) -> String {
    format!(
        "exit: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output
            .status
            .code()
            .map_or("killed".to_owned(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    )
}

/// Runs the binary in a new folder that holds `files`.
fn run_with(files: &[(&str, &str)], arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    let output = talktrack(folder.path(), arguments, variables);
    shown(&output).replace(&*folder.path().to_string_lossy(), "[folder]")
}

#[test]
fn a_wrong_command_is_exit_2() {
    insta::assert_snapshot!(run_with(&[], &["raport"], &[]));
}

#[test]
fn an_unknown_setting_names_file_line_and_the_nearest_one() {
    let files = [(
        "talktrack.toml",
        "[company]\ntime_zone = \"Europe/Berlin\"\nweek_starts = \"sunday\"\n",
    )];
    insta::assert_snapshot!(run_with(&files, &["config"], &[]));
}

#[test]
fn malformed_settings_name_file_and_line() {
    let files = [("talktrack.toml", "[lake]\nurl = lake\n")];
    insta::assert_snapshot!(run_with(&files, &["config"], &[]));
}

#[test]
fn a_settings_file_that_is_not_there() {
    insta::assert_snapshot!(run_with(&[], &["config", "--config", "other.toml"], &[]));
}

#[test]
fn an_unknown_variable_names_the_nearest_one() {
    insta::assert_snapshot!(run_with(&[], &["config"], &[("TALKTRACK_LAKE_URI", "x")]));
}

#[test]
fn config_tells_where_each_value_came_from() {
    let files = [(
        "talktrack.toml",
        "[company]\ntime_zone = \"Europe/Berlin\"\n[sides]\nown_domains = [\"acme.com\"]\n",
    )];
    let variables = [
        ("TALKTRACK_INGEST_LOOK_BACK_DAYS", "3"),
        ("GONG_ACCESS_KEY_SECRET", "hush"),
    ];
    insta::assert_snapshot!(run_with(
        &files,
        &["config", "--lake", "s3://acme/calls"],
        &variables
    ));
}
