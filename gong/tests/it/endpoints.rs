//! Scorecards, trackers and the library, decoded field by field.

use serde_json::json;
use talktrack_gong::api::library::{FolderContent, ListFolders};
use talktrack_gong::api::settings::{ListScorecards, ListTrackers};
use talktrack_gong::api::stats::{AnsweredScorecards, AnsweredScorecardsFilter};
use talktrack_gong::endpoint::{Endpoint, Paged};
use talktrack_gong::page::Page;

use crate::server::{Reply, Server};

fn records<E: Endpoint<Response = Page<T>>, T: Clone>(endpoint: &E, body: &str) -> Vec<T> {
    let page = endpoint.decode(body.as_bytes()).unwrap();
    assert_eq!(page.rejects().count(), 0, "a record was rejected");
    assert!(!page.records_missing);
    page.records().cloned().collect()
}

#[test]
fn scorecards() {
    let body = r#"{"requestId":"r","scorecards":[
        {"scorecardId":"6843152929075440037","scorecardName":"SDR Call Scorecard","workspaceId":623457276584334,
         "enabled":true,"updaterUserId":"-1","created":"2018-02-17T02:30:00-08:00","updated":1519036200.0,
         "reviewMethod":"MANUAL","colour":"green","questions":[
            {"questionId":"1","questionRevisionId":43955224753211112,"questionText":"How was it?","isOverall":true,
             "questionType":"RANGE","answerGuide":null,"minRange":"1","maxRange":5,"answerOptions":null},
            {"questionId":2,"questionType":"SINGLE","minRange":null,"answerOptions":[{"optionText":"Yes"}]}]},
        {"scorecardId":7,"questions":null}
    ]}"#;
    let scorecards = records(&ListScorecards, body);
    let first = &scorecards[0];
    assert_eq!(
        (first.scorecard_id.as_str(), first.workspace_id.as_deref()),
        ("6843152929075440037", Some("623457276584334"))
    );
    assert_eq!(
        (first.updater_user_id.as_deref(), first.enabled),
        (Some("-1"), Some(true))
    );
    assert_eq!(
        [first.created, first.updated].map(|time| time.unwrap().to_string()),
        ["2018-02-17T10:30:00Z", "2018-02-19T10:30:00Z"]
    );
    assert_eq!(first.extra["colour"], "green");
    let [range, choice] = &first.questions[..] else {
        panic!("two questions");
    };
    assert_eq!((range.min_range, range.max_range), (Some(1), Some(5)));
    assert_eq!(
        range.question_revision_id.as_deref(),
        Some("43955224753211112")
    );
    assert_eq!(
        (choice.min_range, choice.question_id.as_deref()),
        (None, Some("2"))
    );
    assert_eq!(choice.answer_options, [json!({"optionText": "Yes"})]);
    assert!(scorecards[1].questions.is_empty() && scorecards[1].extra.is_empty());
}

#[test]
fn trackers() {
    let body = r#"{"keywordTrackers":[
        {"trackerId":"6840000929075400007","trackerName":"Competitors","workspaceId":"1","affiliation":"NonCompany",
         "languageKeywords":[{"language":"ukr","keywords":["a","b"],"includeRelatedForms":true}],
         "partOfQuestion":false,"saidAt":"First","saidAtInterval":"5","saidAtUnit":"minutes","saidInTopics":null,
         "filterQuery":"{}","created":"2018-02-17T02:30:00Z","creatorUserId":null,"updated":null,"updaterUserId":9}
    ]}"#;
    let endpoint = ListTrackers {
        workspace_id: Some("1".to_owned()),
    };
    assert_eq!(endpoint.request().query, [("workspaceId", "1".to_owned())]);
    let tracker = &records(&endpoint, body)[0];
    assert_eq!(tracker.language_keywords[0].keywords, ["a", "b"]);
    assert_eq!(
        (
            tracker.said_at_interval,
            &tracker.creator_user_id,
            tracker.updater_user_id.as_deref()
        ),
        (Some(5), &None, Some("9"))
    );
    assert_eq!(tracker.filter_query.as_deref(), Some("{}"));
    assert!(tracker.said_in_topics.is_empty() && tracker.extra.is_empty());
}

#[test]
fn folders_and_their_calls() {
    let endpoint = ListFolders {
        workspace_id: Some("7".to_owned()),
    };
    assert_eq!(endpoint.request().query, [("workspaceId", "7".to_owned())]);
    let body = r#"{"folders":[{"id":1,"name":"Onboarding","parentFolderId":null,"createdBy":null,"updated":"2020-03-14T14:30:00Z"}]}"#;
    let folder = &records(&endpoint, body)[0];
    assert_eq!((folder.id.as_str(), &folder.parent_folder_id), ("1", &None));
    let content = FolderContent {
        folder_id: "1".to_owned(),
    };
    assert_eq!(content.request().query, [("folderId", "1".to_owned())]);
    let body = r#"{"id":"1","name":"Onboarding","createdBy":"2","updated":null,"calls":[
        {"id":"7782342274025937895","title":"A","note":null,"addedBy":3,"created":1578868200.0,"url":"https://app.example/call",
         "snippet":{"fromSec":21,"toSec":132.0}},
        {"id":"7782342274025937895"}
    ]}"#;
    let calls = records(&content, body);
    let snippet = calls[0].snippet.as_ref().unwrap();
    assert_eq!((snippet.from_sec, snippet.to_sec), (Some(21), Some(132)));
    assert_eq!(calls[0].added_by.as_deref(), Some("3"));
    assert_eq!(
        (calls[1].id.as_str(), &calls[1].snippet),
        ("7782342274025937895", &None)
    );
    assert!(records(&content, r#"{"id":"1","calls":null}"#).is_empty());
    assert!(content.decode(br#"{"id":"1"}"#).is_err());
}

#[test]
fn answered_scorecards() {
    let filter = AnsweredScorecardsFilter {
        review_from: Some("2026-03-01".parse().unwrap()),
        review_to: Some("2026-04-01".parse().unwrap()),
        ..AnsweredScorecardsFilter::default()
    };
    let endpoint = AnsweredScorecards::new(filter);
    let asked = json!({
        "filter": {"reviewFromDate": "2026-03-01", "reviewToDate": "2026-04-01", "reviewMethod": "BOTH"},
        "cursor": "next",
    });
    assert_eq!(endpoint.with_cursor("next").request().body, Some(asked));
    let body = r#"{"records":{"totalRecords":1},"answeredScorecards":[
        {"answeredScorecardId":563515258458745,"scorecardId":"6843152929075440037","scorecardName":"SDR","callId":18446744073709551616,
         "callStartTime":1518863400.0,"reviewedUserId":"2","reviewerUserId":null,"reviewMethod":"AUTOMATIC",
         "editorUserId":null,"reviewTime":"2026-03-02T10:00:00+02:00","visibilityType":"PUBLIC","answers":[
            {"questionId":1,"questionRevisionId":"2","isOverall":true,"score":null,"answerText":null,"notApplicable":true,"selectedOptions":null},
            {"questionId":"3","score":"4","selectedOptions":["1","3"],"weight":2}]}
    ]}"#;
    let answered = &records(&endpoint, body)[0];
    assert_eq!(
        (
            answered.answered_scorecard_id.as_str(),
            answered.call_id.as_deref()
        ),
        ("563515258458745", Some("18446744073709551616"))
    );
    assert_eq!(
        (
            &answered.reviewer_user_id,
            answered.review_time.unwrap().to_string()
        ),
        (&None, "2026-03-02T08:00:00Z".to_owned())
    );
    assert_eq!(
        answered
            .answers
            .iter()
            .map(|answer| answer.score)
            .collect::<Vec<_>>(),
        [None, Some(4)]
    );
    assert_eq!(answered.answers[1].selected_options, ["1", "3"]);
    assert_eq!(answered.answers[1].extra["weight"], 2);
}

#[tokio::test]
async fn nothing_found_is_empty_for_folders_and_answers_too() {
    let folders = Reply::new(404, r#"{"errors":["No folders found"]}"#);
    let answers = Reply::new(
        404,
        r#"{"errors":["No answered scorecards found corresponding to the provided filters"]}"#,
    );
    let server = Server::start([folders, answers]).await;
    let client = server.client();
    let folders = client.send(&ListFolders::default()).await.unwrap();
    let answers = client.send(&AnsweredScorecards::default()).await.unwrap();
    assert_eq!((folders.items.len(), answers.items.len()), (0, 0));
}
