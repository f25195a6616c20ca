//! Pages of a large company: 2,000 open deals over 52 weeks and 500 reps. `TALKTRACK_HUGE_PAGES` names a folder to leave them
//! in, where `.ci/pages/huge.mjs` opens them in a browser.

use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::date;

use crate::report::{Call, call, lake_of, report, said, settings, state, user};

const DEALS: usize = 2000;
const REPS: usize = 500;
const CALLS_A_DEAL: usize = 4;

fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Calls of all deals: one in the newest weeks, the others over the year before.
fn calls() -> Vec<Call> {
    let newest = date(2026, 11, 20);
    (0..DEALS * CALLS_A_DEAL)
        .map(|at| {
            let (deal, turn) = (at % DEALS, at / DEALS);
            let back = if turn == 0 {
                deal % 20
            } else {
                (deal * 7 + turn * 97) % 360
            };
            let day = newest.checked_sub((back as i64).days()).expect("a day");
            let customer = kept(format!("buyer{}@customer{deal}.example", turn % 3));
            let quote = said(
                "competitors",
                "acme",
                "customer",
                "We compared you with [Acme].",
            );
            Call {
                deal: Some(kept(format!("D{deal}"))),
                title: kept(format!("Review with customer {deal}")),
                spoke_s: Some((300 + (deal % 900) as i64, 300 + (at % 700) as i64)),
                said: if at % 50 == 0 {
                    vec![quote]
                } else {
                    Vec::new()
                },
                ..call(
                    kept(format!("{}", 100_000 + at)),
                    kept(format!("{day}T{:02}:{:02}:00Z", 8 + deal % 10, turn * 10)),
                    kept(format!("{}", 1 + deal % REPS)),
                    customer,
                )
            }
        })
        .collect()
}

#[tokio::test]
async fn pages_of_a_large_company() {
    let folder = tempfile::tempdir().expect("a folder");
    let history: Vec<_> = (0..DEALS)
        .map(|deal| {
            let stage = ["Discovery", "Evaluation", "Proposal", "Negotiation"][deal % 4];
            let amount = Some(10_000 * (1000 + deal as i128));
            state(
                kept(format!("D{deal}")),
                "2026-11-01T00:00:00Z",
                "now",
                "open",
                stage,
                amount,
            )
        })
        .collect();
    let users: Vec<_> = (1..=REPS)
        .map(|rep| {
            let (id, last) = (kept(format!("{rep}")), kept(format!("Number {rep}")));
            user(id, "Rep", last, None)
        })
        .collect();
    let lake = lake_of(folder.path(), &calls(), &history, &users).await;
    let mut settings = settings();
    settings.heatmap_weeks = 52;
    let kept = std::env::var_os("TALKTRACK_HUGE_PAGES").map(PathBuf::from);
    let out = kept.unwrap_or_else(|| folder.path().join("pages"));
    let summary = report(&lake, &settings, None, Some(&out)).await;
    assert_eq!(summary.calls, DEALS * CALLS_A_DEAL);

    let page = |name: &str| std::fs::read_to_string(out.join(name)).expect("a page");
    let rows = |page: &str| page.matches("<tr").count();
    let deals = page("deals.html");
    assert!(rows(&deals) >= DEALS, "{} rows", rows(&deals));
    assert!(
        deals.matches("class=\"step\"").count() == 52,
        "a column a week"
    );
    let team = page("team.html");
    assert!(rows(&team) >= REPS, "{} rows", rows(&team));
    let scorecards = summary.pages.iter().filter(|page| page.kind == "scorecard");
    assert_eq!(scorecards.count(), REPS);
}
