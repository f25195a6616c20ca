//! `talktrack sandbox`: serves a made-up company, or a folder of files, the way Gong would.

use std::path::Path;

use talktrack_fixtures::{Company, CompanySpec, Dataset, Sandbox as Server, SandboxOptions};
use toml_edit::DocumentMut;

use super::runtime::{asked_to_end, block_on_to_the_end};
use super::{Context, DONE, print, print_json, write_file};
use crate::cli::Sandbox;
use crate::config::FILE_NAME;
use crate::error::Error;

/// Serves until Ctrl-C.
pub(crate) fn run(context: &Context, options: &Sandbox) -> Result<u8, Error> {
    let (dataset, company) = if let Some(folder) = &options.data {
        (Dataset::from_folder(folder)?, None)
    } else {
        let company = Company::generate(&spec(options.seed, options.calls, options.days));
        (Dataset::from_company(&company), Some(company))
    };
    block_on_to_the_end(async {
        let calls = dataset.call_count();
        let server = Server::start(dataset, server_options(options)).await?;
        if let Some(folder) = &options.settings {
            write_settings(folder, company.as_ref(), &server.url())?;
        }
        tell(context, options, &server.url(), calls)?;
        asked_to_end().await;
        server.stop().await;
        DONE
    })
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
    SandboxOptions {
        port: options.port,
        requests_per_second: if options.no_rate_limit {
            None
        } else {
            defaults.requests_per_second
        },
        ..defaults
    }
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
        with(&settings, "dictionaries", "folder", "dictionaries")?
    } else {
        settings
    };
    replace(&folder.join(FILE_NAME), &settings)?;
    if let Some(company) = company {
        replace(
            &folder.join("dictionaries").join("competitors.toml"),
            &company.competitors_toml(),
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
    use super::{replace, with};

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
