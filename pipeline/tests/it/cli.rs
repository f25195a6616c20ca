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
pub(crate) fn shown(output: &Output) -> String {
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

#[test]
fn init_writes_settings_that_load_and_never_overwrites() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [
        "init",
        "--yes",
        "--own-domain",
        "acme.com",
        "--competitor",
        "Globex=globex,globex cloud",
        "--time-zone",
        "Europe/Berlin",
    ];
    let mut shown_in_a_row = String::new();
    for arguments in [
        &arguments[..],
        &arguments[..],
        &["dictionary", "test", "We looked at Globex Cloud too."][..],
    ] {
        shown_in_a_row += &shown(&talktrack(folder.path(), arguments, &[]));
    }
    insta::assert_snapshot!(shown_in_a_row);
}

#[test]
fn init_refuses_what_would_not_load() {
    for (flag, value) in [
        ("--time-zone", "Berlin"),
        ("--competitor", "=globex"),
        ("--own-domain", "me@acme.com"),
        ("--base-url", "gong"),
    ] {
        let shown = run_with(&[], &["init", "--yes", flag, value], &[]);
        assert!(
            shown.starts_with("exit: 2") && shown.contains("hint: "),
            "{flag}: {shown}"
        );
    }
}

#[test]
fn a_malformed_dictionary_names_file_and_line() {
    let files = [
        (
            "talktrack.toml",
            "[dictionaries]\nfolder = \"dictionaries\"\n",
        ),
        (
            "dictionaries/competitors.toml",
            "schema_version = 1\nname = \"competitors\"\n[[entry]]\nid = \"globex\"\nterm = [\"globex\"]\n",
        ),
    ];
    insta::assert_snapshot!(run_with(&files, &["dictionary", "check"], &[]));
}

#[test]
fn a_dictionary_folder_that_is_not_there() {
    let files = [("talktrack.toml", "[dictionaries]\nfolder = \"words\"\n")];
    insta::assert_snapshot!(run_with(&files, &["dictionary", "check"], &[]));
}

#[test]
fn schema_describes_a_table() {
    insta::assert_snapshot!(run_with(&[], &["schema", "metrics/talk"], &[]));
    let json = run_with(&[], &["schema", "--json"], &[]);
    assert!(
        json.starts_with("exit: 0") && json.contains("\"metrics/mentions\""),
        "{json}"
    );
}

#[test]
fn an_unknown_table_is_answered_with_the_nearest_one() {
    insta::assert_snapshot!(run_with(&[], &["schema", "metrics/talks"], &[]));
}

#[test]
fn the_defaults_print_themselves_and_load() {
    let defaults = run_with(&[], &["config", "--defaults"], &[]);
    let text = defaults
        .split("----- stdout -----\n")
        .nth(1)
        .and_then(|rest| rest.split("----- stderr").next());
    let shown = run_with(
        &[("talktrack.toml", text.expect("a text"))],
        &["config"],
        &[],
    );
    assert!(
        shown.starts_with("exit: 0") && shown.contains("# talktrack.toml:"),
        "{shown}"
    );
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let shown = run_with(&[], &["completions", shell], &[]);
        assert!(
            shown.starts_with("exit: 0") && shown.contains("dictionary"),
            "{shell}"
        );
    }
}

/// `talktrack … | head` ends quietly: a closed pipe is nobody's error.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_talktrack"))
        .args(["config", "--defaults"])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn help_shows_examples_and_exit_codes() {
    insta::assert_snapshot!(run_with(&[], &["--help"], &[]));
}
