//! Cursors, and requests as values.

use crate::server::{Reply, Server};
use futures::TryStreamExt;
use serde_json::json;
use talktrack_gong::api::calls::{CallFilter, ExtensiveCalls, GetCall, ListCalls};
use talktrack_gong::api::transcripts::{TranscriptFilter, Transcripts};
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::endpoint::{Endpoint, Paged};
use talktrack_gong::paging::pages;
use talktrack_gong::{Client, Error};

fn users(cursor: &str) -> Reply {
    Reply::ok(format!(
        r#"{{"records":{{"totalRecords":3,"cursor":{cursor}}},"users":[{{"id":"1"}}]}}"#
    ))
}

async fn read_all<E: Paged>(client: &Client, endpoint: E) -> Result<usize, Error> {
    let pages: Vec<_> = pages(client, endpoint).try_collect().await?;
    Ok(pages.iter().map(|page| page.items.len()).sum())
}

#[tokio::test]
async fn a_get_carries_its_cursor_in_the_query_and_all_else_again() {
    for last in ["null", "\"\""] {
        let server = Server::start([users("\"a+b/c=\""), users("\"second\""), users(last)]).await;
        let endpoint = ListUsers {
            include_avatars: true,
            cursor: None,
        };
        assert_eq!(read_all(&server.client(), endpoint).await.unwrap(), 3);
        let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
        assert_eq!(
            lines,
            [
                "GET /v2/users?includeAvatars=true",
                "GET /v2/users?includeAvatars=true&cursor=a%2Bb%2Fc%3D",
                "GET /v2/users?includeAvatars=true&cursor=second",
            ]
        );
    }
}

#[tokio::test]
async fn ids_of_requests_and_cursors_may_be_numbers() {
    for id in ["7", "{}", "null", "1.5"] {
        let page = |cursor: &str| {
            Reply::ok(format!(
                r#"{{"requestId":{id},"records":{{"totalRecords":2,"cursor":{cursor}}},"users":[{{"id":"1"}}]}}"#
            ))
        };
        let server = Server::start([page("12345678901234567890123"), page("null")]).await;
        let read = read_all(&server.client(), ListUsers::default()).await;
        assert_eq!(read.unwrap(), 2, "request id {id}");
        assert_eq!(
            server.asked()[1].line,
            "GET /v2/users?cursor=12345678901234567890123"
        );
    }
}

#[tokio::test]
async fn a_post_carries_its_cursor_beside_the_filter() {
    let page = |cursor: &str| {
        Reply::ok(format!(
            r#"{{"records":{{"totalRecords":2{cursor}}},"callTranscripts":[{{"callId":"1"}}]}}"#
        ))
    };
    let server = Server::start([page(r#","cursor":"next""#), page("")]).await;
    let endpoint = Transcripts::of_calls(vec!["1".to_owned(), "2".to_owned()]);
    assert_eq!(read_all(&server.client(), endpoint).await.unwrap(), 2);
    let asked = server.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.line == "POST /v2/calls/transcript")
    );
    assert_eq!(asked[0].body, json!({"filter": {"callIds": ["1", "2"]}}));
    assert_eq!(
        asked[1].body,
        json!({"filter": {"callIds": ["1", "2"]}, "cursor": "next"})
    );
}

#[tokio::test]
async fn a_cursor_that_comes_again_is_an_error_and_no_loop() {
    let server = Server::start([
        users("\"a\""),
        users("\"b\""),
        users("\"a\""),
        users("\"b\""),
    ])
    .await;
    let error = read_all(&server.client(), ListUsers::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::RepeatedCursor { pages: 3, .. }),
        "{error}"
    );
    assert_eq!(server.left(), 1);
}

#[test]
fn requests_are_plain_values() {
    let from = Some("2026-03-02T00:00:00Z".parse().unwrap());
    let to = Some("2026-03-03T00:00:00.5Z".parse().unwrap());
    let list = ListCalls {
        from,
        to,
        workspace_id: Some("7".to_owned()),
        cursor: None,
    }
    .request();
    let expected = [
        ("fromDateTime", "2026-03-02T00:00:00Z"),
        ("toDateTime", "2026-03-03T00:00:00.5Z"),
        ("workspaceId", "7"),
    ];
    assert_eq!(
        list.query,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    let transcripts = Transcripts::new(TranscriptFilter {
        from,
        to,
        ..TranscriptFilter::default()
    })
    .request();
    assert_eq!(
        transcripts.body,
        Some(
            json!({"filter": {"fromDateTime": "2026-03-02T00:00:00Z", "toDateTime": "2026-03-03T00:00:00.5Z"}})
        )
    );
    let odd = GetCall {
        id: "../users?x=1".to_owned(),
    }
    .request();
    assert_eq!(odd.path, "/v2/calls/%2E%2E%2Fusers%3Fx%3D1");
}

#[test]
fn the_extensive_request_asks_for_everything_but_media() {
    let filter = CallFilter {
        call_ids: vec!["1".to_owned()],
        ..CallFilter::default()
    };
    let request = ExtensiveCalls::new(filter).with_cursor("next").request();
    assert_eq!(
        request.body,
        Some(json!({
            "cursor": "next",
            "filter": {"callIds": ["1"]},
            "contentSelector": {
                "context": "Extended",
                "contextTiming": ["Now", "TimeOfCall"],
                "exposedFields": {
                    "parties": true,
                    "content": {
                        "structure": true, "topics": true, "trackers": true, "trackerOccurrences": true,
                        "brief": true, "outline": true, "highlights": true, "callOutcome": true, "keyPoints": true
                    },
                    "interaction": {
                        "speakers": true, "video": true, "personInteractionStats": true, "questions": true
                    },
                    "collaboration": {"publicComments": true}
                }
            }
        }))
    );
}
