//! Answers that mean harm: nested without end, or with values of absurd length.

use std::fmt::Write as _;
use talktrack_gong::api::calls::{ExtensiveCalls, ListCalls};
use talktrack_gong::api::stats::AnsweredScorecards;
use talktrack_gong::api::transcripts::Transcripts;
use talktrack_gong::api::users::{GetUser, ListUsers};
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::endpoint::Endpoint;
use talktrack_gong::page::Page;

use crate::server::{Reply, Server};

const DEEP: usize = 100_000;

/// So many lists, one in the other, or so many objects.
fn nested(depth: usize) -> [String; 2] {
    [
        "[".repeat(depth) + &"]".repeat(depth),
        r#"{"x":"#.repeat(depth) + "1" + &"}".repeat(depth),
    ]
}

/// Every place of a page where something may stand.
fn bodies(list: &str, nested: &str) -> Vec<String> {
    let records = r#""records":{"totalRecords":1}"#;
    vec![
        nested.to_owned(),
        nested[..nested.len() / 2].to_owned(),
        format!(r#"{{{records},"{list}":[],"unknown":{nested}}}"#),
        format!(r#"{{{records},"{list}":{nested}}}"#),
        format!(r#"{{{records},"{list}":[{nested}]}}"#),
        format!(r#"{{"records":{nested},"{list}":[]}}"#),
        format!(r#"{{"records":{{"cursor":{nested}}},"{list}":[]}}"#),
        format!(r#"{{"requestId":{nested},"{list}":[]}}"#),
        format!(r#"{{{records},"{list}":[{{"id":{nested}}}]}}"#),
        format!(
            r#"{{{records},"{list}":[{{"id":"1","callId":"1","answeredScorecardId":"1","new":{nested}}}]}}"#
        ),
        format!(
            r#"{{{records},"{list}":[{{"id":"1","settings":{nested},"transcript":{nested},"answers":{nested}}}]}}"#
        ),
        format!(
            r#"{{{records},"{list}":[{{"metaData":{nested},"media":{nested},"context":{nested}}}]}}"#
        ),
    ]
}

fn survives<E: Endpoint<Response = Page<T>>, T>(endpoint: &E, list: &str) {
    for nested in nested(DEEP) {
        for body in bodies(list, &nested) {
            match endpoint.decode(body.as_bytes()) {
                Ok(page) => {
                    for reject in page.rejects() {
                        assert!(reject.reason.len() < 1500 && reject.path.len() < 1500);
                    }
                }
                Err(failure) => assert!(failure.reason.len() < 1500 && failure.path.len() < 1500),
            }
        }
    }
}

#[test]
fn no_depth_is_too_deep() {
    survives(&ExtensiveCalls::default(), "calls");
    survives(&ListCalls::default(), "calls");
    survives(&Transcripts::default(), "callTranscripts");
    survives(&ListUsers::default(), "users");
    survives(&AnsweredScorecards::default(), "answeredScorecards");
    survives(&ListWorkspaces, "workspaces");
    let user = GetUser { id: "1".to_owned() };
    for nested in nested(DEEP) {
        assert!(
            user.decode(format!(r#"{{"user":{nested}}}"#).as_bytes())
                .is_err()
        );
    }
}

#[test]
fn the_deepest_that_is_allowed_fits_the_stack() {
    for nested in nested(110) {
        let body = format!(
            r#"{{"records":{{}},"calls":[{{"metaData":{{"id":"1","started":1,"new":{nested}}},"new":{nested}}},7]}}"#
        );
        let page = ExtensiveCalls::default().decode(body.as_bytes()).unwrap();
        assert_eq!((page.records().count(), page.rejects().count()), (1, 1));
    }
}

#[test]
fn a_record_that_is_too_deep_is_rejected_and_still_known() {
    for nested in nested(DEEP) {
        let call = format!(
            r#"{{"metaData":{{"id":"7","started":"2026-03-02T11:00:00Z","isPrivate":true,"new":{nested}}},"media":{{"audioUrl":"https://media.example/x","new":{nested}}}}}"#
        );
        let body = format!(
            r#"{{"records":{{"totalRecords":2}},"calls":[{call},{{"metaData":{{"id":"8","started":1}}}}]}}"#
        );
        let page = ExtensiveCalls::default().decode(body.as_bytes()).unwrap();
        assert_eq!(page.records().count(), 1);
        let reject = page.rejects().next().unwrap();
        assert!(
            reject.reason.contains("recursion limit"),
            "{}",
            reject.reason
        );
        assert_eq!(reject.id.as_deref(), Some("7"));
        assert!(reject.is_private && reject.started.is_some());
        assert!(!reject.raw.contains("media.example") && reject.raw.contains(&nested));
    }
}

#[test]
fn what_cannot_be_understood_is_taken_for_private() {
    let cases = [
        ("true", true),
        (r#""true""#, true),
        ("1", true),
        (r#"{"since":2026}"#, true),
        ("false", false),
        ("null", false),
        (r#""false""#, false),
        ("0", false),
    ];
    for (flag, expected) in cases {
        let body = format!(
            r#"{{"records":{{}},"calls":[{{"metaData":{{"id":"7","started":"?","isPrivate":{flag}}}}}]}}"#
        );
        let page = ExtensiveCalls::default().decode(body.as_bytes()).unwrap();
        assert_eq!(
            page.rejects().next().unwrap().is_private,
            expected,
            "{flag}"
        );
    }
}

#[test]
fn a_long_value_is_not_repeated_in_what_is_said_about_it() {
    let long = "9".repeat(1 << 20);
    let mut body = r#"{"records":{},"calls":["#.to_owned();
    for call in [
        format!(r#"{{"metaData":{{"id":"1","started":"{long}"}}}}"#),
        format!(r#"{{"metaData":{{"id":{long}.5,"started":1}}}}"#),
        format!(r#"{{"metaData":{{"id":"1","started":1,"duration":"{long}x"}}}}"#),
        format!(r#"{{"metaData":{{"id":"1","started":1,"media":{{"{long}":7}}}}}}"#),
    ] {
        let _ = write!(body, "{call},");
    }
    body.push_str("7]}");
    let page = ExtensiveCalls::default().decode(body.as_bytes()).unwrap();
    assert_eq!(page.rejects().count(), 5);
    for reject in page.rejects() {
        let (path, reason) = (&reject.path, &reject.reason);
        assert!(path.len() < 1500 && reason.len() < 1500, "{path}: {reason}");
    }
}

#[tokio::test]
async fn a_deep_error_answer_is_only_an_error_answer() {
    for nested in nested(DEEP) {
        let body = format!(r#"{{"errors":[{nested}]}}"#);
        let server = Server::start([Reply::new(403, body)]).await;
        let error = server.client().send(&ListWorkspaces).await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("forbidden") && shown.len() < 400, "{shown}");
    }
}
