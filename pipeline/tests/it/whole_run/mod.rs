//! The whole program in one command, `talktrack run`: killed anywhere, started again, and cut into other windows, it leaves
//! the same lake and the same pages; and a second one asks for no more than it must.

mod disk;
mod kills;
mod nights;

use std::path::Path;

use talktrack_fixtures::{Company, CompanySpec, Dataset, Sandbox};
use tempfile::TempDir;

use crate::support::{
    assert_done, assert_same_lake, comparable, sandbox_options, start, talktrack,
};

/// Small enough to be run many times, and large enough for several windows, commits and pages.
fn small_company() -> Company {
    Company::generate(&CompanySpec {
        calls: 40,
        days: 30,
        ..CompanySpec::default()
    })
}

/// A folder with the company's own settings and competitors, so that there is a page of every kind.
fn home(company: &Company) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("talktrack.toml"), company.settings_toml()).unwrap();
    std::fs::create_dir(home.path().join("dictionaries")).unwrap();
    std::fs::write(
        home.path().join("dictionaries/competitors.toml"),
        company.competitors_toml(),
    )
    .unwrap();
    home
}

/// Windows so small that a run of the small company commits several times.
const SMALL_WINDOWS: [(&str, &str); 2] = [
    ("TALKTRACK_INGEST_CALLS_PER_WINDOW", "5"),
    ("TALKTRACK_INGEST_CONCURRENCY", "2"),
];

fn run(home: &Path, url: &str, extra: &[(&str, &str)]) {
    assert_done(&talktrack(home, url, extra, &["run", "-q"]));
}

/// A company in a sandbox, and the home of a run that nobody disturbed.
struct Reference {
    company: Company,
    runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
    home: TempDir,
}

impl Reference {
    fn new() -> Reference {
        let company = small_company();
        let (runtime, sandbox) = start(Dataset::from_company(&company), sandbox_options());
        let home = home(&company);
        run(home.path(), &sandbox.url(), &SMALL_WINDOWS);
        let lake = comparable(&home.path().join("lake"));
        for page in ["reports/index.html", "reports/deals.html"] {
            assert!(lake.contains_key(Path::new(page)), "{page} is compared too");
        }
        Reference {
            company,
            runtime,
            sandbox,
            home,
        }
    }

    /// Runs again where a run was killed, and compares lake and pages with those of the undisturbed run.
    #[track_caller]
    fn assert_heals(&self, killed: &Path, what: &str) {
        eprintln!("{what}");
        run(killed, &self.sandbox.url(), &SMALL_WINDOWS);
        assert_same_lake(&self.home.path().join("lake"), &killed.join("lake"));
    }

    fn stop(self) {
        self.runtime.block_on(self.sandbox.stop());
    }
}

#[test]
fn neither_windows_nor_concurrency_change_a_byte_of_lake_or_pages() {
    let reference = Reference::new();
    for (calls_per_window, concurrency) in [("1", "8"), ("3", "1"), ("1000", "8"), ("11", "3")] {
        let other = home(&reference.company);
        let settings = [
            ("TALKTRACK_INGEST_CALLS_PER_WINDOW", calls_per_window),
            ("TALKTRACK_INGEST_CONCURRENCY", concurrency),
        ];
        run(other.path(), &reference.sandbox.url(), &settings);
        assert_same_lake(
            &reference.home.path().join("lake"),
            &other.path().join("lake"),
        );
    }
    reference.stop();
}
