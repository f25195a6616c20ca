//! What made a number, and how ours and others' numbers compare: `explain`, `parity`, `compare-definitions`, and what is
//! asked of dictionaries.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::failures::Place;

fn measured() -> Place {
    let place = Place::new();
    let run = place.run(&["run", "-q"], &[]);
    assert!(run.starts_with("exit: 0"), "{run}");
    place
}

fn told(place: &Place, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let shown = place.run(&all, &[]);
    assert!(shown.starts_with("exit: 0"), "{shown}");
    let rest = shown.split("----- stdout -----\n").nth(1).expect("stdout");
    let json = rest.split("----- stderr").next().expect("stdout");
    serde_json::from_str(json).expect("JSON")
}

fn call_ids(place: &Place) -> BTreeSet<String> {
    place
        .sandbox
        .edit(|dataset| dataset.call_ids().into_iter().collect())
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("no list `{name}` in {value}"))
}

/// Every count of every call is the number of its sentences.
#[test]
fn counts_open_to_the_sentences_that_made_them() {
    let place = measured();
    let (mut questions, mut mentions) = (0, 0);
    for call_id in call_ids(&place).iter().take(12) {
        let shown = place.run(&["explain", call_id, "questions", "--json"], &[]);
        if shown.contains("the lake has no call") {
            continue;
        }
        let metric = &list(&told(&place, &["explain", call_id, "questions"]), "metrics")[0].clone();
        let rows = list(&list(metric, "tables")[0], "rows").clone();
        let counted: i64 = rows
            .iter()
            .filter_map(|row| row["questions"].as_i64())
            .sum();
        assert_eq!(counted, list(metric, "evidence").len() as i64, "{call_id}");
        questions += counted;
        for found in list(metric, "evidence") {
            let (text, bytes) = (found["text"].as_str().expect("a text"), &found["bytes"]);
            let (start, end) = (
                bytes[0].as_u64().expect("a byte"),
                bytes[1].as_u64().expect("a byte"),
            );
            assert!(text.get(start as usize..end as usize).is_some(), "{found}");
        }
        let metric = &list(&told(&place, &["explain", call_id, "mentions"]), "metrics")[0].clone();
        let table = &list(metric, "tables")[0];
        let counted: i64 = list(table, "rows")
            .iter()
            .filter_map(|row| row["mentions"].as_i64())
            .sum();
        assert_eq!(counted, list(metric, "evidence").len() as i64, "{call_id}");
        assert_eq!(
            (table["is_stale"].as_bool(), table["definition"].is_string()),
            (Some(false), true)
        );
        mentions += counted;
    }
    assert!(
        questions > 0 && mentions > 0,
        "{questions} questions, {mentions} mentions"
    );
}

#[test]
fn a_column_shows_itself_its_rule_and_its_settings() {
    let place = measured();
    let id = call_with_talk(&place);
    let shown = place.run(&["explain", &id, "talk_share"], &[]);
    for wanted in [
        "metrics/talk by talk@1, definition ",
        "merge_gap_ms = 1000",
        "talk_share=0.",
        "every sentence counts: ",
        "\nrule\n",
    ] {
        assert!(shown.contains(wanted), "no `{wanted}` in {shown}");
    }
    assert!(!shown.contains("words_per_minute="), "{shown}");
    let changed = [("TALKTRACK_ANALYZE_MERGE_GAP_MS", "2000")];
    let shown = place.run(&["explain", &id, "talk"], &changed);
    assert!(shown.contains("made with other settings"), "{shown}");
}

fn call_with_talk(place: &Place) -> String {
    let with_talk = |id: &String| {
        place
            .run(&["explain", id, "talk"], &[])
            .contains("talk_share=")
    };
    call_ids(place)
        .into_iter()
        .find(with_talk)
        .expect("a call with speech")
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let place = measured();
    let id = call_with_talk(&place);
    for (arguments, told) in [
        (vec!["explain", "12"], "the lake has no call `12`"),
        (
            vec!["explain", &id, "talk_shear"],
            "did you mean `talk_share`?",
        ),
        (vec!["explain"], "give a call's id, or --deal, or --rep"),
        (
            vec!["explain", "--deal", "nothing"],
            "belongs to a deal `nothing`",
        ),
        (vec!["explain", "--rep", "Nobody"], "has a rep `Nobody`"),
        (
            vec!["dictionary", "eval", "nowhere.tsv", "--find", "questions"],
            "cannot read `nowhere.tsv`",
        ),
    ] {
        let shown = place.run(&arguments, &[]);
        assert!(
            shown.starts_with("exit: 2") && shown.contains(told),
            "{arguments:?}: {shown}"
        );
    }
    let empty = Place::new().run(&["parity"], &[]);
    assert!(!empty.starts_with("exit: 0"), "{empty}");
}

#[test]
fn deals_and_reps_lead_to_their_calls() {
    let place = measured();
    let comparison = told(&place, &["compare-definitions", "talk_ratio"]);
    let deals: Vec<talktrack::rollup::DealEngagementRow> =
        crate::support::rows(&place.folder.path().join("lake"));
    let deal = deals.iter().max_by_key(|deal| deal.calls).expect("a deal");
    let explained = told(&place, &["explain", "--deal", &deal.deal_id]);
    assert_eq!(list(&explained, "calls").len() as i64, deal.calls);
    assert_eq!(explained["deal"]["calls"].as_i64(), Some(deal.calls));

    let months: Vec<talktrack::rollup::RepMonthRow> =
        crate::support::rows(&place.folder.path().join("lake"));
    let rep = months
        .iter()
        .max_by_key(|month| month.calls_used)
        .expect("a rep");
    let of_rep = months.iter().filter(|month| month.user_id == rep.user_id);
    let (all, used) = of_rep.fold((0, 0), |(all, used), month| {
        (all + month.calls, used + month.calls_used)
    });
    let explained = told(&place, &["explain", "--rep", &rep.user_id]);
    let calls = list(&explained, "calls");
    assert_eq!(calls.len() as i64, all);
    assert_eq!(
        calls
            .iter()
            .filter(|call| call["left_out"].is_null())
            .count() as i64,
        used
    );
    let by_name = explained["name"].as_str().expect("a name").to_uppercase();
    assert_eq!(
        told(&place, &["explain", "--rep", &by_name])["user_id"],
        explained["user_id"]
    );

    // The first definition is the one that scorecards use, where a call's share is kept to six digits.
    for ranked in list(&comparison, "reps") {
        let of_rep = told(
            &place,
            &[
                "explain",
                "--rep",
                ranked["user_id"].as_str().expect("an id"),
            ],
        );
        let used: Vec<f64> = list(&of_rep, "calls")
            .iter()
            .filter(|call| call["left_out"].is_null())
            .filter_map(|call| call["talk_share"].as_f64())
            .collect();
        let mean = used.iter().sum::<f64>() / used.len() as f64;
        assert!(
            (ranked["values"][0].as_f64().expect("a value") - mean).abs() < 1e-5,
            "{ranked}"
        );
    }
}

#[test]
fn ours_and_gongs_numbers_stand_side_by_side() {
    let place = measured();
    let compared = told(&place, &["parity"]);
    let measures = compared.as_array().expect("measures");
    assert_eq!(measures.len(), 10, "{compared}");
    let of = |name: &str| {
        let found = measures.iter().find(|one| one["measure"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {compared}"))
    };
    // The sandbox's company measures speech as we do, and rounds.
    let talk = of("talk_time");
    assert!(
        talk["mean_absolute_error"]
            .as_f64()
            .is_some_and(|error| error < 0.01),
        "{talk}"
    );
    assert!(
        of("talk_ratio")["rank_correlation"]
            .as_f64()
            .is_some_and(|rho| rho > 0.95)
    );
    let shown = place.run(
        &["parity", "--from", "2031-01-01", "--to", "2031-02-01"],
        &[],
    );
    assert!(shown.contains("no call has both"), "{shown}");
}

/// The made-up company has competitors, and its settings here name none of them.
#[test]
fn buyers_names_for_others_are_suggested_until_a_dictionary_has_them() {
    let place = measured();
    let names = |place: &Place, folder: &str| -> BTreeSet<String> {
        let variables = [("TALKTRACK_DICTIONARIES_FOLDER", folder)];
        let shown = place.run(&["dictionary", "suggest", "--json"], &variables);
        let rest = shown.split("----- stdout -----\n").nth(1).expect("stdout");
        let found: Value =
            serde_json::from_str(rest.split("----- stderr").next().expect("stdout")).expect("JSON");
        let named = found["names"].as_array().expect("names").iter();
        named
            .filter_map(|one| one["name"].as_str().map(str::to_owned))
            .collect()
    };
    let folder = place.folder.path().join("own");
    std::fs::create_dir(&folder).expect("a folder");
    let address = folder.to_str().expect("a path");
    let before = names(&place, address);
    assert!(before.contains("Crewlio"), "{before:?}");
    let entry = "schema_version = 1\nname = \"competitors\"\n[[entry]]\nid = \"crewlio\"\nterms = [\"crewlio\"]\n";
    std::fs::write(folder.join("competitors.toml"), entry).expect("room");
    let after = names(&place, address);
    let gone: Vec<&String> = before.difference(&after).collect();
    assert_eq!(gone, ["Crewlio"]);
}
