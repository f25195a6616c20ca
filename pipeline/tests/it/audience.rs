//! Who sees what: pages for a rep, for a manager and for all, and what a reader must not find in any file.

use std::collections::BTreeSet;
use std::path::Path;

use talktrack::clock::FixedClock;
use talktrack::lake::Lake;
use talktrack::report::{
    self, Audience, Error, Format, Options, Pseudonyms, ReportSummary, Settings,
};

use super::report::{company, files, history, lake_of, settings, user};

/// The head, two managers below her, and a rep below each; the rep of the second manager is called 2.
fn users() -> Vec<talktrack_analyzers::tables::UserRow> {
    vec![
        user("1", "Ada", "Lovelace", Some("3")),
        user("2", "Grace", "Hopper", Some("4")),
        user("3", "Mary", "Somerville", Some("5")),
        user("4", "Emmy", "Noether", Some("5")),
        user("5", "Sofia", "Kovalevskaya", None),
    ]
}

async fn lake(home: &Path) -> Lake {
    lake_of(&home.join("lake"), &company(), &history(), &users()).await
}

async fn pages_for(
    lake: &Lake,
    audience: &str,
    out: Option<&Path>,
) -> Result<ReportSummary, Error> {
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let options = Options {
        out: out.map(|out| out.to_string_lossy().into_owned()),
        audience: audience.parse::<Audience>().expect("an audience"),
        ..Options::default()
    };
    report::run(lake, &settings(), &options, &clock).await
}

/// The pages that were made, by name.
fn names(summary: &ReportSummary) -> BTreeSet<&str> {
    summary
        .pages
        .iter()
        .map(|page| page.name.as_str())
        .collect()
}

const CARDS: [&str; 5] = [
    "index",
    "team",
    "deals",
    "battlecard-acme",
    "battlecard-globex",
];

fn with_cards<'a>(scorecards: &[&'a str]) -> BTreeSet<&'a str> {
    CARDS.iter().chain(scorecards).copied().collect()
}

#[tokio::test]
async fn each_reader_gets_the_own_pages_and_every_battlecard() {
    let home = tempfile::tempdir().unwrap();
    let lake = lake(home.path()).await;
    for (audience, scorecards) in [
        ("all", &["scorecard-1", "scorecard-2", "tables"][..]),
        ("rep:1", &["scorecard-1"]),
        ("rep:2", &["scorecard-2"]),
        ("manager:3", &["scorecard-1"]),
        ("manager:4", &["scorecard-2"]),
        ("manager:5", &["scorecard-1", "scorecard-2"]),
        // Nobody reports to 1: what stays is the own page.
        ("manager:1", &["scorecard-1"]),
        ("rep:5", &[]),
    ] {
        let out = home.path().join("out");
        let summary = pages_for(&lake, audience, Some(&out)).await.unwrap();
        assert_eq!(names(&summary), with_cards(scorecards), "{audience}");
    }
}

/// No file of any format names a colleague's page or deal.
#[tokio::test]
async fn nothing_of_a_colleague_is_left_in_a_file() {
    let home = tempfile::tempdir().unwrap();
    let lake = lake(home.path()).await;
    let everything = home.path().join("all");
    pages_for(&lake, "all", Some(&everything)).await.unwrap();
    let out = home.path().join("rep");
    pages_for(&lake, "rep:2", Some(&out)).await.unwrap();
    let open = |folder: &Path| files(folder).into_values().collect::<String>();
    let (all, own) = (open(&everything), open(&out));
    for (words, seen) in [
        ("scorecard-1", false),
        ("Ada Lovelace", false),
        ("scorecard-2", true),
        ("Deal D2", true),
        ("Deal D3", true),
    ] {
        assert!(all.contains(words), "{words} is on the pages for all");
        assert_eq!(own.contains(words), seen, "{words}");
    }
    assert!(own.contains("Made for Grace Hopper."));
    assert!(!all.contains("Made for"));
    let manager = home.path().join("manager");
    pages_for(&lake, "manager:3", Some(&manager)).await.unwrap();
    let team = open(&manager);
    // Ada hosted a call of deal D2; Grace alone met D3.
    assert!(team.contains("Deal D2") && !team.contains("Deal D3"));
}

/// The newest call of a deal is a colleague's: the deal names the rep whom the reader may see, from an older one.
#[tokio::test]
async fn a_shared_deal_names_the_rep_whom_the_reader_may_see() {
    let home = tempfile::tempdir().unwrap();
    let lake = lake(home.path()).await;
    let deals_for = async |audience: &str| {
        let out = home.path().join(audience.replace(':', "-"));
        pages_for(&lake, audience, Some(&out)).await.unwrap();
        let page: serde_json::Value = serde_json::from_str(&files(&out)["deals.json"]).unwrap();
        page.to_string()
    };
    assert!(deals_for("all").await.contains("Grace Hopper"));
    let own = deals_for("rep:1").await;
    assert!(
        own.contains("Ada Lovelace") && !own.contains("Grace Hopper"),
        "{own}"
    );
}

#[tokio::test]
async fn another_reader_replaces_the_set_and_pages_for_all_stay() {
    let home = tempfile::tempdir().unwrap();
    let lake = lake(home.path()).await;
    let out = home.path().join("out");
    pages_for(&lake, "all", Some(&out)).await.unwrap();
    let summary = pages_for(&lake, "rep:2", Some(&out)).await.unwrap();
    assert_eq!(
        summary.files_removed,
        [
            "scorecard-1.html",
            "scorecard-1.json",
            "scorecard-1.md",
            "tables.html",
            "tables.json",
            "tables.md"
        ]
    );
    pages_for(&lake, "all", None).await.unwrap();
    let narrow = pages_for(&lake, "rep:2", None).await.unwrap();
    assert!(
        narrow.folder.ends_with("reports/rep-2"),
        "{}",
        narrow.folder
    );
    assert!(home.path().join("lake/reports/scorecard-1.html").exists());
}

/// The folders of managers belong to the set: each can be handed over alone, and that of a manager who left goes with it.
#[tokio::test]
async fn each_manager_has_a_folder_in_the_set_for_all() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("out");
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let options = Options {
        out: Some(out.to_string_lossy().into_owned()),
        ..Options::default()
    };
    let with_teams = Settings {
        team_folders: true,
        ..settings()
    };
    let lake = lake(home.path()).await;
    let summary = report::run(&lake, &with_teams, &options, &clock)
        .await
        .unwrap();
    assert_eq!(summary.team_folders, 3);
    let team = files(&out.join("teams/manager-3"));
    let alone = home.path().join("alone");
    pages_for(&lake, "manager:3", Some(&alone)).await.unwrap();
    let mut asked_for = files(&alone);
    asked_for.remove("talktrack-pages.json");
    assert!(team == asked_for, "the folder is not what the manager gets");
    let index = &files(&out)["index.html"];
    assert!(index.contains("teams&#x2f;manager-5&#x2f;index.html"));

    let gone = lake_of(
        &home.path().join("later"),
        &company(),
        &history(),
        &users()[..3],
    )
    .await;
    let summary = report::run(&gone, &with_teams, &options, &clock)
        .await
        .unwrap();
    assert_eq!(summary.team_folders, 1);
    assert!(!out.join("teams/manager-5/index.html").exists());
    assert!(out.join("teams/manager-3/index.html").exists());
}

#[tokio::test]
async fn managers_who_manage_each_other_end() {
    let home = tempfile::tempdir().unwrap();
    let circle = [
        user("1", "Ada", "Lovelace", Some("2")),
        user("2", "Grace", "Hopper", Some("1")),
    ];
    let lake = lake_of(&home.path().join("lake"), &company(), &history(), &circle).await;
    let summary = pages_for(&lake, "manager:1", None).await.unwrap();
    assert_eq!(names(&summary), with_cards(&["scorecard-1", "scorecard-2"]));
}

#[tokio::test]
async fn a_reader_whom_nobody_knows_is_an_error_of_usage() {
    let home = tempfile::tempdir().unwrap();
    let lake = lake(home.path()).await;
    let out = home.path().join("out");
    let error = pages_for(&lake, "rep:99", Some(&out)).await.unwrap_err();
    let error = talktrack::error::Error::from(error);
    assert_eq!(error.exit_code(), 2);
    assert!(error.report().contains("no user for `--audience rep:99`"));
    assert!(!out.exists());
}

/// No file of any format holds a name, an address, a title, an id that names a call or deal, or a word of what was said.
#[tokio::test]
async fn pages_with_aliases_name_nobody() {
    let home = tempfile::tempdir().unwrap();
    let lake = lake(home.path()).await;
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let with_teams = Settings {
        team_folders: true,
        ..settings()
    };
    let mut options = Options {
        out: Some(home.path().join("plain").to_string_lossy().into_owned()),
        formats: vec![Format::Html, Format::Json, Format::Markdown, Format::Csv],
        ..Options::default()
    };
    report::run(&lake, &with_teams, &options, &clock)
        .await
        .unwrap();
    options.out = Some(home.path().join("alias").to_string_lossy().into_owned());
    options.pseudonyms = Pseudonyms::new(b"a key of sixteen bytes or more");
    report::run(&lake, &with_teams, &options, &clock)
        .await
        .unwrap();
    let (plain, alias) = (
        all_below(&home.path().join("plain")),
        all_below(&home.path().join("alias")),
    );
    for name in [
        "Ada Lovelace",
        "Grace Hopper",
        "Sofia",
        "scorecard-1.",
        "manager-3",
        "Deal D2",
        "Deal D3",
        "Demo for Northwind",
        "Acme</mark> offered us less",
        "app.gong.example",
    ] {
        assert!(plain.contains(name), "{name} is on the plain pages");
        assert!(!alias.contains(name), "{name} is left");
    }
    assert!(alias.contains("[sentence withheld]") && alias.contains("Withheld"));
    // The same key gives the same aliases.
    options.out = Some(home.path().join("again").to_string_lossy().into_owned());
    report::run(&lake, &with_teams, &options, &clock)
        .await
        .unwrap();
    assert!(all_below(&home.path().join("again")) == alias);
}

/// Names and contents of all files below a folder.
fn all_below(folder: &Path) -> String {
    let mut text = String::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        text += &path.file_name().expect("a name").to_string_lossy();
        text += &if path.is_dir() {
            all_below(&path)
        } else {
            std::fs::read_to_string(&path).expect("a file")
        };
    }
    text
}
