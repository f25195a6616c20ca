//! `talktrack sandbox`: serves a made-up company, or a folder of files, the way Gong would.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::ToSpan;
use talktrack_fixtures::{
    Company, CompanySpec, CursorRefusal, Dataset, FaultSchedule, LoadSpec, Sandbox as Server,
    SandboxOptions,
};
use toml_edit::DocumentMut;

use super::runtime::{asked_to_end, block_on_to_the_end};
use super::{Context, DONE, print, print_json, write_file};
use crate::cli::Sandbox;
use crate::config::FILE_NAME;
use crate::error::Error;

/// Serves until Ctrl-C.
pub(crate) fn run(context: &Context, options: &Sandbox) -> Result<u8, Error> {
    let schedule = schedule(options)?;
    let (dataset, company) = data(options)?;
    block_on_to_the_end(async {
        let calls = dataset.call_count();
        let server = Server::start(dataset, server_options(options)).await?;
        let goes_wrong = !schedule.rules.is_empty();
        server.schedule(schedule);
        if let Some(folder) = &options.settings {
            write_settings(folder, company.as_ref(), &server.url())?;
        }
        tell(context, options, &server.url(), calls)?;
        asked_to_end().await;
        let met = server.faults_met();
        server.stop().await;
        if goes_wrong {
            tell_faults(context, &met)?;
        }
        DONE
    })
}

/// What is served, and the company behind it where there is a whole one.
fn data(options: &Sandbox) -> Result<(Dataset, Option<Company>), Error> {
    if let Some(folder) = &options.data {
        return Ok((Dataset::from_folder(folder)?, None));
    }
    let spec = spec(options.seed, options.calls, options.days);
    if options.load {
        let days_before = i64::from(options.days) - 1;
        let first_day = spec.end.saturating_sub(days_before.days());
        let load = LoadSpec {
            calls: spec.calls,
            days: spec.days,
            sentences: options.sentences as usize,
            first_day,
            seed: spec.seed,
        };
        return Ok((Dataset::load(load), None));
    }
    let company = Company::generate(&spec);
    Ok((Dataset::from_company(&company), Some(company)))
}

/// The rules of the file, then those of the command line.
fn schedule(options: &Sandbox) -> Result<FaultSchedule, Error> {
    let mut schedule = match &options.faults {
        Some(path) => FaultSchedule::from_file(path)?,
        None => FaultSchedule {
            seed: options.seed,
            ..FaultSchedule::default()
        },
    };
    schedule.rules.extend(options.fault.iter().cloned());
    Ok(schedule)
}

/// The made-up company that `seed` gives.
pub(crate) fn spec(seed: u64, calls: u32, days: u32) -> CompanySpec {
    CompanySpec {
        seed,
        calls: calls as usize,
        days,
        ..CompanySpec::default()
    }
}

fn server_options(options: &Sandbox) -> SandboxOptions {
    let defaults = SandboxOptions::default();
    let requests_per_second = options
        .requests_per_second
        .or(defaults.requests_per_second)
        .filter(|_| !options.no_rate_limit);
    SandboxOptions {
        port: options.port,
        requests_per_second,
        requests_per_day: options.requests_per_day,
        newest_first: options.newest_first,
        cursor_ttl: Duration::from_secs(options.cursor_ttl),
        cursor_pages: options.cursor_pages,
        cursor_refusal: if options.cursor_expired {
            CursorRefusal::HasExpired
        } else {
            CursorRefusal::FailedToVerify
        },
        latency: Duration::from_millis(options.latency),
        // Nobody reads it here, and it would grow for as long as the sandbox runs.
        log_requests: false,
        ..defaults
    }
}

/// Which faults were met; a schedule of which none was met tested nothing.
fn tell_faults(context: &Context, met: &BTreeMap<String, u64>) -> Result<(), Error> {
    if context.global.json {
        return print_json(&serde_json::json!({ "faults_met": met }));
    }
    if met.is_empty() {
        return print("no fault was met\n");
    }
    let lines: Vec<String> = met
        .iter()
        .map(|(name, times)| format!("  {times:>6}  {name}\n"))
        .collect();
    print(&format!("faults met:\n{}", lines.concat()))
}

fn tell(context: &Context, options: &Sandbox, url: &str, calls: usize) -> Result<(), Error> {
    if context.global.json {
        return print_json(
            &serde_json::json!({ "url": url, "calls": calls, "access_key": "sandbox" }),
        );
    }
    let next = match &options.settings {
        Some(folder) if folder == Path::new(".") => {
            "  GONG_ACCESS_KEY=sandbox GONG_ACCESS_KEY_SECRET=sandbox talktrack run".to_owned()
        }
        Some(folder) => format!(
            "  cd {} && GONG_ACCESS_KEY=sandbox GONG_ACCESS_KEY_SECRET=sandbox talktrack run",
            folder.display()
        ),
        None => format!(
            "  TALKTRACK_GONG_BASE_URL={url} GONG_ACCESS_KEY=sandbox GONG_ACCESS_KEY_SECRET=sandbox talktrack run"
        ),
    };
    print(&format!(
        "{url} serves {calls} calls; the access key is `sandbox`, its secret `sandbox`. In another terminal:\n\n{next}\n\nCtrl-C ends it.\n"
    ))
}

/// What the first line of every settings file of a sandbox says, by which it may be replaced.
const MARK: &str = "# Written by talktrack for its sandbox.\n";

/// Writes the settings and the competitors dictionary that fit the company, as `init` would.
pub(crate) fn write_settings(
    folder: &Path,
    company: Option<&Company>,
    url: &str,
) -> Result<(), Error> {
    let settings = company.map_or_else(String::new, Company::settings_toml);
    let settings = with(&settings, "gong", "base_url", url)?;
    let settings = if company.is_some() {
        let settings = with(&settings, "dictionaries", "folder", "dictionaries")?;
        with(&settings, "report", "cards", "cards")?
    } else {
        settings
    };
    replace(&folder.join(FILE_NAME), &settings)?;
    if let Some(company) = company {
        replace(
            &folder.join("dictionaries").join("competitors.toml"),
            &company.competitors_toml(),
        )?;
        let (competitor, card) = company.card_toml();
        replace(
            &folder.join("cards").join(format!("{competitor}.toml")),
            &card,
        )?;
    }
    Ok(())
}

/// Writes a file, unless somebody else wrote the one that is there.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let is_foreign = std::fs::read_to_string(path).is_ok_and(|old| !old.starts_with(MARK));
    if is_foreign {
        return Err(Error::usage(
            format!("`{}` is there already and not of a sandbox", path.display()),
            "name another folder",
        ));
    }
    write_file(path, &format!("{MARK}{text}"))
}

/// `settings` with one more.
fn with(settings: &str, section: &str, key: &str, value: &str) -> Result<String, Error> {
    let mut document: DocumentMut = settings
        .parse()
        .map_err(|error| Error::Bug(format!("the company's settings are not TOML: {error}")))?;
    document.entry(section).or_insert_with(toml_edit::table)[key] = toml_edit::value(value);
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{data, replace, schedule, server_options, with};
    use crate::cli::{Cli, Command, Sandbox};

    fn options(flags: &[&str]) -> Result<Sandbox, String> {
        let line = ["talktrack", "sandbox"].iter().chain(flags);
        let cli = Cli::try_parse_from(line).map_err(|error| error.to_string())?;
        match cli.command {
            Command::Sandbox(options) => Ok(options),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn flags_become_limits_cursors_and_rules() {
        let flags = [
            "--requests-per-second=0.5",
            "--requests-per-day=9",
            "--cursor-pages=2",
            "--cursor-ttl=30",
            "--cursor-expired",
            "--latency=40",
            "--newest-first",
            "--fault=status=429,retry_after=2,every=7",
            "--fault=reset_amid",
        ];
        let options = options(&flags).expect("valid");
        let told = format!("{:?}", server_options(&options));
        for part in [
            "requests_per_second: Some(0.5)",
            "requests_per_day: Some(9)",
            "newest_first: true",
            "cursor_ttl: 30s",
            "cursor_pages: Some(2)",
            "cursor_refusal: HasExpired",
            "latency: 40ms",
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(schedule(&options).expect("valid").rules.len(), 2);
    }

    #[test]
    fn rules_of_the_file_come_before_those_of_the_line() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("text");
        let read = |text: &str| {
            std::fs::write(path, text).expect("written");
            let flags = ["--faults", path, "--fault", "reset"];
            schedule(&options(&flags).expect("valid"))
        };
        let both = read("seed = 5\n[[rule]]\nstatus = 503\n").expect("valid");
        let names: Vec<String> = both.rules.iter().map(|rule| rule.kind.name()).collect();
        assert_eq!(
            (both.seed, names),
            (5, vec!["status_503".into(), "reset".into()])
        );
        let error = read("[[rule]]\nstatus = 7\n").expect_err("no status");
        assert!(
            error
                .to_string()
                .contains("line 2, rule 1: `status` cannot be `7`"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_rule_or_rate_is_refused_with_what_would_be_right() {
        let error = options(&["--fault", "rest"]).expect_err("no fault");
        assert!(
            error.contains("`rest` is no fault; there are delay, "),
            "{error}"
        );
        let error = options(&["--requests-per-second", "0"]).expect_err("no rate");
        assert!(error.contains("give a number above 0"), "{error}");
        assert!(options(&["--load", "--data", "x"]).is_err());
    }

    #[test]
    fn a_load_has_as_many_calls_as_asked_for_and_no_company() {
        let flags = ["--load", "--calls=321", "--days=2", "--sentences=5"];
        let (dataset, company) = data(&options(&flags).expect("valid")).expect("a data set");
        assert!(dataset.call_count() == 321 && company.is_none());
    }

    #[test]
    fn the_host_is_set_and_the_rest_stays() {
        let set = |text: &str, url: &str| with(text, "gong", "base_url", url).expect("valid");
        let text = set(
            "# why\n[company]\ntime_zone = \"UTC\"\n",
            "http://127.0.0.1:1",
        );
        assert_eq!(
            text,
            "# why\n[company]\ntime_zone = \"UTC\"\n\n[gong]\nbase_url = \"http://127.0.0.1:1\"\n"
        );
        let again = set(&text, "http://127.0.0.1:2");
        assert!(again.contains("127.0.0.1:2") && !again.contains("127.0.0.1:1\""));
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("talktrack.toml");
        replace(&path, "a = 1\n").expect("a new file");
        replace(&path, "a = 2\n").expect("our own file");
        std::fs::write(&path, "[lake]\n").expect("written by hand");
        assert!(replace(&path, "a = 3\n").is_err());
    }
}
