//! `check`: what works and what does not, each with what to do about it.

use talktrack_fixtures::FaultKind;

use crate::failures::Place;

fn status(status: u16, body: &str) -> FaultKind {
    FaultKind::Status {
        status,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

fn refusal(status_code: u16, message: &str) -> FaultKind {
    let body = serde_json::json!({"requestId": "r", "errors": [message]});
    status(status_code, &body.to_string())
}

#[test]
fn check_names_each_thing_that_works() {
    insta::assert_snapshot!(without_optional(&Place::new().run(&["check"], &[])));
}

/// Without the scopes that only feed further tables.
fn without_optional(shown: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut is_left_out = false;
    for line in shown.lines() {
        let is_optional = OPTIONAL.iter().any(|(scope, _)| line.contains(scope));
        is_left_out = is_optional || is_left_out && line.starts_with("      hint");
        if !is_left_out {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Scopes that only feed further tables, with the path that needs each.
const OPTIONAL: &[(&str, &str)] = &[
    ("api:settings:scorecards:read", "/v2/settings/scorecards"),
    ("api:settings:trackers:read", "/v2/settings/trackers"),
    ("api:stats:scorecards", "/v2/stats/activity/scorecards"),
    ("api:library:read", "/v2/library/folders"),
];

/// Scopes that nothing works without.
const NEEDED: &[(&str, &str)] = &[
    ("api:workspaces:read", "/v2/workspaces"),
    ("api:users:read", "/v2/users"),
    ("api:calls:read:basic", "/v2/calls"),
    ("api:calls:read:extensive", "/v2/calls/extensive"),
    ("api:calls:read:transcript", "/v2/calls/transcript"),
];

#[test]
fn every_missing_scope_is_named_by_itself() {
    for (scopes, exit) in [(NEEDED, 4), (OPTIONAL, 0)] {
        for (scope, path) in scopes {
            let place = Place::new();
            let refused = format!("You don't have permission to use '{scope}' in your app.");
            place.fault(path, &refusal(401, &refused), 20);
            let shown = place.run(&["check"], &[]);
            assert!(shown.starts_with(&format!("exit: {exit}\n")), "{shown}");
            let failed: Vec<&str> = shown
                .lines()
                .filter(|line| line.starts_with("fail"))
                .collect();
            let mark = if exit == 0 { "warn" } else { "fail" };
            assert_eq!(failed.len(), usize::from(exit != 0), "{shown}");
            assert!(
                shown.contains(&format!("{mark}  scope {scope}: ")),
                "{shown}"
            );
            assert!(shown.contains("give the "), "{shown}");
        }
    }
}

#[test]
fn a_missing_scope_names_the_scope() {
    let place = Place::new();
    let message = "You don't have permission to use 'api:calls:read:transcript' in your app.";
    place.fault("/v2/calls/transcript", &refusal(401, message), 20);
    let message = "You don't have permission to use 'api:library:read' in your app.";
    place.fault("/v2/library/folders", &refusal(401, message), 20);
    let shown = place.run(&["check"], &[]);
    let lines: Vec<&str> = shown
        .lines()
        .skip_while(|line| !line.contains("read:transcript"))
        .take(2)
        .chain(
            shown
                .lines()
                .skip_while(|line| !line.contains("library:read"))
                .take(2),
        )
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// A key that lacks every scope but one is still let in.
#[test]
fn a_401_without_a_reason_is_asked_about_once_more() {
    let place = Place::new();
    place.fault("/v2/workspaces", &refusal(401, "Unauthorized"), 1);
    let shown = place.run(&["check"], &[]);
    assert!(
        shown.starts_with("exit: 4") && shown.contains("accepted, though not for workspaces"),
        "{shown}"
    );
    assert!(shown.contains("fail  scope api:workspaces:read"), "{shown}");
    assert!(shown.contains("ok    scope api:users:read"), "{shown}");
}

#[test]
fn a_wrong_key_or_the_wrong_companys_host() {
    let changes = [("GONG_ACCESS_KEY_SECRET", "hush-hush-hush")];
    let shown = Place::new().run(&["check"], &changes);
    assert!(!shown.contains("hush"), "{shown}");
    insta::assert_snapshot!(shown);
}

/// A host that is not Gong's is found out at once, and nothing else is tried there.
#[test]
fn a_host_that_is_not_gongs() {
    let page = "<html>\n  <h1>Not here</h1>\n</html>";
    for (code, body) in [
        (404, page),
        (401, page),
        (403, page),
        (200, page),
        (200, r#"{"workspaces": []}"#),
        (405, "no"),
    ] {
        let place = Place::new();
        place.fault("/v2/workspaces", &status(code, body), 20);
        let shown = place.run(&["check"], &[]);
        assert!(
            shown.starts_with("exit: 6") && shown.contains("does not answer as Gong does"),
            "{code} {body}: {shown}"
        );
        assert!(!shown.contains("scope"), "{shown}");
    }
}

#[test]
fn a_host_that_points_elsewhere_is_named() {
    let place = Place::new();
    let headers = vec![(
        "Location".to_owned(),
        "https://us-1.api.gong.io/v2/workspaces".to_owned(),
    )];
    let elsewhere = FaultKind::Status {
        status: 301,
        headers,
        body: String::new(),
    };
    place.fault("/v2/workspaces", &elsewhere, 20);
    insta::assert_snapshot!(place.run(&["check"], &[]));
}

#[test]
fn nobody_listens() {
    let changes = [("TALKTRACK_GONG_BASE_URL", "http://127.0.0.1:1")];
    insta::assert_snapshot!(Place::new().run(&["check"], &changes));
}

/// The sandbox speaks no TLS, as a proxy might not.
#[test]
fn a_host_that_speaks_no_tls() {
    let place = Place::new();
    let url = place.sandbox.url().replace("http://", "https://");
    let shown = place.run(&["check"], &[("TALKTRACK_GONG_BASE_URL", &url)]);
    assert!(
        shown.starts_with("exit: 6") && shown.contains("its TLS was not accepted"),
        "{shown}"
    );
}

#[test]
fn an_address_that_is_not_trusted() {
    let place = Place::new();
    let message = "Access from this IP address is not allowed";
    place.fault("/v2/workspaces", &refusal(403, message), 20);
    insta::assert_snapshot!(place.run(&["check"], &[]));
}

#[test]
fn a_host_that_fails() {
    let place = Place::new();
    place.fault("/v2/workspaces", &refusal(503, "Service Unavailable"), 20);
    let shown = place.run(&["check"], &[]);
    assert!(
        shown.starts_with("exit: 6") && shown.contains("fails with status 503"),
        "{shown}"
    );
}

/// Nothing in a week is usual for a small company; nothing in a year is either an empty company or a blind key.
#[test]
fn an_empty_answer_is_not_taken_for_a_fact() {
    let place = Place::new();
    let quiet = place.run_at("2026-08-20T06:00:00Z", &["check"], &[]);
    assert!(
        quiet.starts_with("exit: 0") && quiet.contains("calls in the last 365 days"),
        "{quiet}"
    );
    let blind = place.run_at("2031-07-01T06:00:00Z", &["check"], &[]);
    assert!(
        blind.starts_with("exit: 0")
            && blind.contains("an empty span and a key that may see no calls look alike"),
        "{blind}"
    );
}

#[test]
fn a_temporary_folder_that_is_not_there() {
    let shown = Place::new().run(&["check"], &[("TMPDIR", "/nowhere")]);
    assert!(
        shown.starts_with("exit: 7")
            && shown.contains("fail  temporary folder /nowhere: cannot be written"),
        "{shown}"
    );
}

#[test]
fn what_was_tried_is_told_to_machines() {
    let shown = Place::new().run(&["check", "--json"], &[]);
    let json = shown
        .split("----- stdout -----\n")
        .nth(1)
        .and_then(|rest| rest.split("----- stderr").next())
        .expect("stdout");
    let tried: Vec<serde_json::Value> = serde_json::from_str(json).expect("JSON");
    for one in &tried {
        let is_failure = one["level"] == "fail";
        assert_eq!(one["ok"], !is_failure, "{one}");
        assert!(
            one["name"].is_string() && one["message"].is_string(),
            "{one}"
        );
    }
    for (scope, _) in NEEDED.iter().chain(OPTIONAL) {
        let name = format!("scope {scope}");
        assert!(tried.iter().any(|one| one["name"] == name), "{scope}");
    }
}
