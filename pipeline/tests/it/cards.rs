//! Hand-written cards: what a card may hold, what is refused and where, and how it shows on a battlecard.

use std::path::Path;

use jiff::civil::date;
use talktrack::error::Error;
use talktrack::report::Settings;
use talktrack::report::cards::load;

use super::report::{company, files, history, lake_of, report, settings, user};

/// The card that the documentation shows.
fn shown_card() -> &'static str {
    let pages = include_str!("../../PAGES.md");
    let (_, rest) = pages
        .split_once("<!-- ci:card -->\n```toml\n")
        .expect("a card");
    rest.split_once("```").expect("its end").0
}

fn refused(folder: &Path, file: &str, text: &str) -> (String, Option<String>) {
    std::fs::write(folder.join(file), text).unwrap();
    let error = load(Some(folder), &settings().competitors).unwrap_err();
    std::fs::remove_file(folder.join(file)).unwrap();
    assert_eq!(error.exit_code(), 2);
    let place = format!("{}/", folder.display());
    (error.to_string().replace(&place, ""), Error::hint(&error))
}

#[test]
fn what_a_card_may_not_hold_is_told_with_file_and_line() {
    let home = tempfile::tempdir().unwrap();
    for (text, start) in [
        (
            "last_verified = 2026-01-31\nstrength = []\n",
            "acme.toml:2: unknown field `strength`, expected one of",
        ),
        (
            "strengths = []\n",
            "acme.toml:1: missing field `last_verified`",
        ),
        (
            "\nlast_verified = 2026-01-31T10:00:00\n",
            "acme.toml:2: it must be a day such as 2026-01-31",
        ),
        ("\nlast_verified = \"soon\"\n", "acme.toml:2: invalid type"),
        (
            "last_verified = 2026-01-31\n[[pricing]]\nprice = \"1 USD\"\n",
            "acme.toml:2: missing field `on`",
        ),
        ("last_verified = 2026-01-31\nstrengths = [\n", "acme.toml:"),
    ] {
        let (message, _) = refused(home.path(), "acme.toml", text);
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn a_card_for_nobody_names_the_nearest_competitor() {
    let home = tempfile::tempdir().unwrap();
    let (message, hint) = refused(home.path(), "globx.toml", shown_card());
    assert_eq!(message, "`globx.toml`: no competitor has the id `globx`");
    assert_eq!(hint.as_deref(), Some("did you mean `globex.toml`?"));
    let (_, hint) = refused(home.path(), "somebody.toml", shown_card());
    assert!(hint.unwrap().contains("the id of an entry"));
}

#[tokio::test]
async fn a_card_is_a_section_marked_as_written_by_hand() {
    let home = tempfile::tempdir().unwrap();
    let cards = home.path().join("cards");
    std::fs::create_dir(&cards).unwrap();
    std::fs::write(cards.join("acme.toml"), shown_card()).unwrap();
    let settings = Settings {
        cards: load(Some(&cards), &settings().competitors).unwrap(),
        ..settings()
    };
    let users = [user("1", "Ada", "Lovelace", None)];
    let lake = lake_of(&home.path().join("lake"), &company(), &history(), &users).await;
    let out = home.path().join("out");
    report(&lake, &settings, None, Some(&out)).await;
    let pages = files(&out);
    let (acme, globex) = (&pages["battlecard-acme.md"], &pages["battlecard-globex.md"]);
    for words in [
        "Written by hand",
        "last verified on 31 Jan 2026",
        "Ready in a day",
        "No audit log",
        "to: They cost less",
        "on 15 Jan 2026",
        "https://example.com/pricing",
        // As of 20 November 2026.
        "It was last verified 293 days before the day of this page",
    ] {
        assert!(acme.contains(words), "{words}");
    }
    assert!(!globex.contains("Written by hand") && globex.contains("globex.toml"));
    let earlier = home.path().join("earlier");
    report(&lake, &settings, Some(date(2026, 1, 20)), Some(&earlier)).await;
    assert!(files(&earlier)["battlecard-acme.md"].contains("Younger than this page"));
}

#[tokio::test]
async fn a_hostile_card_stays_words() {
    let home = tempfile::tempdir().unwrap();
    let text = "last_verified = 2026-11-01\nstrengths = [\"<script>alert(1)</script>\"]\nsources = [\"javascript:alert(1)\"]\n";
    std::fs::write(home.path().join("acme.toml"), text).unwrap();
    let settings = Settings {
        cards: load(Some(home.path()), &settings().competitors).unwrap(),
        ..settings()
    };
    let lake = lake_of(&home.path().join("lake"), &company(), &history(), &[]).await;
    let out = home.path().join("out");
    report(&lake, &settings, None, Some(&out)).await;
    let page = &files(&out)["battlecard-acme.html"];
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"));
    assert!(page.contains("javascript:alert(1)") && !page.contains("href=\"javascript"));
    assert!(!page.contains("Verify this card"));
}
