//! The depth of battlecards: what stands close to a name, what was answered, and two competitors side by side.

use std::path::Path;

use serde_json::Value;
use talktrack::report::settings::Entry;

use crate::report::{
    Call, Said, call, company, files, history, lake_of, report, said, settings, users,
};

/// A won deal's call on which everything stands close to the name.
fn rich() -> Call {
    let complaint = Said {
        class: Some("complaint"),
        ..said("competitors", "acme", "customer", "[Acme] keeps crashing.")
    };
    Call {
        deal: Some("D1"),
        said: vec![
            said("", "", "company", "What made you look around?"),
            complaint,
            said(
                "pricing",
                "amount",
                "customer",
                "They want [$40,000] a year.",
            ),
            said("pricing", "amount", "company", "We never charge [$1]."),
            said(
                "objections",
                "price",
                "customer",
                "That is [too expensive] for us.",
            ),
            said(
                "proof_points",
                "story",
                "company",
                "[One of our customers] saved half of that.",
            ),
            // Too far from the name to be compared by.
            said(
                "objections",
                "timing",
                "customer",
                "And [not this year], please.",
            ),
        ],
        ..call("201", "2026-11-10T10:00:00Z", "1", "ines@northwind.example")
    }
}

async fn pages(folder: &Path, calls: &[Call], others: &[(&str, &str)]) -> Vec<(String, Value)> {
    let lake = lake_of(folder, calls, &history(), &users()).await;
    let mut settings = settings();
    settings
        .competitors
        .extend(others.iter().map(|(id, label)| Entry {
            id: (*id).to_owned(),
            label: (*label).to_owned(),
        }));
    report(&lake, &settings, None, None).await;
    files(&folder.join("reports"))
        .into_iter()
        .filter(|(name, _)| name.ends_with("json"))
        .map(|(name, text)| (name, serde_json::from_str(&text).expect("JSON")))
        .collect()
}

fn page<'p>(pages: &'p [(String, Value)], name: &str) -> &'p Value {
    let found = pages.iter().find(|(known, _)| known == name);
    &found.expect(name).1
}

/// The first table of a section, a line a row: the text of each cell, with its sentences in brackets.
fn table(page: &Value, section: &str) -> Vec<String> {
    let sections = page["sections"].as_array().expect("sections");
    let section = sections.iter().find(|known| known["id"] == section);
    let blocks = section.expect("the section")["blocks"]
        .as_array()
        .expect("blocks");
    let table = blocks.iter().find(|block| block["type"] == "table");
    let rows = table.expect("a table")["rows"].as_array().expect("rows");
    let cell = |cell: &Value| {
        let quotes = cell["quotes"].as_array().expect("quotes").iter();
        let quotes: Vec<String> = quotes
            .map(|quote| {
                let part = |name: &str| quote[name].as_str().unwrap_or_default().to_owned();
                format!("[{}{}{}]", part("before"), part("mention"), part("after"))
            })
            .collect();
        format!(
            "{}{}",
            cell["value"]["text"].as_str().unwrap_or_default(),
            quotes.concat()
        )
    };
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row.as_array().expect("cells").iter().map(cell).collect();
            cells.join(" | ")
        })
        .collect()
}

#[tokio::test]
async fn what_stands_close_to_a_name_is_told_with_its_sentences() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = pages(folder.path(), &[rich()], &[]).await;
    let card = page(&pages, "battlecard-acme.json");
    assert_eq!(
        table(card, "axes"),
        [
            "Prices and amounts, by anybody | 1 | 100 % | [They want $40,000 a year.][We never charge $1.]"
        ]
    );
    assert_eq!(
        table(card, "prices"),
        ["$40,000 | 10 Nov 2026 | [They want $40,000 a year.]"]
    );
    assert_eq!(
        table(card, "landmines"),
        [
            "What made you look around?[What made you look around?] | Acme keeps crashing.[Acme keeps crashing.]"
        ]
    );
    assert_eq!(
        table(card, "worked"),
        [
            "Price[That is too expensive for us.] | One of our customers saved half of that.[One of our customers saved half of that.] | acknowledge | the deal was won"
        ]
    );
    let answered: Vec<String> = table(card, "objections");
    assert_eq!(answered.len(), 2, "{answered:?}");
    assert!(
        answered[0].starts_with("Price | 1 | 100 % | 100 %"),
        "{answered:?}"
    );
    assert!(
        answered[1].starts_with("Timing | 1 | 100 % | 0 %"),
        "{answered:?}"
    );
    let text = card.to_string();
    assert!(text.contains("Told of other customers on calls of won deals"));
}

#[tokio::test]
async fn two_competitors_stand_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut calls = company();
    calls[1].said.push(said(
        "competitors",
        "initech",
        "customer",
        "[Initech] is cheaper.",
    ));
    let both = pages(folder.path(), &calls, &[("initech", "Initech")]).await;
    let comparison = page(&both, "competitors.json");
    let rows = table(comparison, "side-by-side");
    assert_eq!(rows[0], "Battlecard | Acme Cloud | Initech");
    assert_eq!(rows[1], "Calls that name it | 4 | 1");
    // The only deal that names the second names the first as well.
    let rows = table(comparison, "together");
    assert_eq!(rows[1], "Initech | 1 | 1");

    let folder = tempfile::tempdir().expect("a folder");
    let one = pages(folder.path(), &company(), &[]).await;
    assert!(one.iter().all(|(name, _)| name != "competitors.json"));
}

/// What worked is found on calls of won deals, however many newer calls name the competitor.
#[tokio::test]
async fn a_won_deal_is_looked_at_behind_many_newer_calls() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut calls = vec![rich()];
    calls.extend((0..65).map(|at| {
        let id: &str = Box::leak(format!("{}", 300 + at).into_boxed_str());
        Call {
            said: vec![said(
                "competitors",
                "acme",
                "customer",
                "We know [Acme] too.",
            )],
            ..call(id, "2026-11-18T10:00:00Z", "2", "lee@contoso.example")
        }
    }));
    let pages = pages(folder.path(), &calls, &[]).await;
    let card = page(&pages, "battlecard-acme.json");
    assert!(
        table(card, "landmines").is_empty(),
        "the newest calls hold none"
    );
    assert_eq!(table(card, "worked").len(), 1);
    let text = card.to_string();
    assert!(text.contains("Told of other customers on calls of won deals"));
    assert!(text.contains("Counted on the newest 60 of 66 calls that name it. Calls of won deals count as well: the newest 1 call."));
}
