//! Hand-written pages, one per endpoint, decoded field by field.

use serde_json::json;
use talktrack_gong::api::calls::{CallRecord, ExtensiveCalls, GetCall, ListCalls};
use talktrack_gong::api::transcripts::{Sentence, Transcripts};
use talktrack_gong::api::users::{GetUser, ListUsers};
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::endpoint::Endpoint;
use talktrack_gong::page::{Item, Page};

/// A page of the repository's `fixtures/gong`.
macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/gong/", $name, ".json"))
    };
}
pub(crate) use page;

fn read<E: Endpoint>(endpoint: &E, body: &str) -> E::Response {
    endpoint.decode(body.as_bytes()).unwrap()
}

fn records<T: Clone>(page: &Page<T>) -> Vec<T> {
    assert_eq!(page.rejects().count(), 0, "a record was rejected");
    page.records().cloned().collect()
}

#[test]
fn the_list_of_calls() {
    let page = read(&ListCalls::default(), page!("calls_list"));
    assert_eq!(
        (page.total_records, page.page_size, page.page_number),
        (Some(103), Some(3), Some(0))
    );
    assert!(
        page.cursor
            .as_deref()
            .is_some_and(|cursor| cursor.ends_with(".c2lnbmF0dXJl"))
    );
    let calls = records(&page);
    let ids: Vec<&str> = calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "7782342274025937895",
            "9007199254740993",
            "18446744073709551616"
        ]
    );
    let started: Vec<String> = calls.iter().map(|call| call.started.to_string()).collect();
    assert_eq!(
        started,
        [
            "2026-03-02T09:31:39.277Z",
            "2026-03-02T10:32:31.816562Z",
            "2026-03-02T09:31:40.5Z"
        ]
    );
    assert_eq!(
        calls.iter().map(|call| call.duration).collect::<Vec<_>>(),
        [Some(1861), Some(42), Some(7)]
    );
    assert_eq!(
        (
            calls[0].is_private,
            calls[1].is_private,
            calls[2].is_private
        ),
        (Some(false), Some(true), None)
    );
    assert_eq!((&calls[0].purpose, &calls[2].title), (&None, &None));
    // A number beyond 64 bits keeps its digits even where nothing is known about the field.
    assert_eq!(
        calls[1].extra["somethingNew"],
        json!({"since": 2026, "ticket": "18446744073709551617"})
    );
}

#[test]
fn one_call() {
    let call = read(
        &GetCall {
            id: "7782342274025937895".to_owned(),
        },
        page!("call_get"),
    );
    assert_eq!(
        (call.id.as_str(), call.duration),
        ("7782342274025937895", Some(1861))
    );
    assert!(call.extra.is_empty());
}

#[test]
fn extensive_calls() {
    let page = read(&ExtensiveCalls::default(), page!("calls_extensive"));
    assert_eq!(page.cursor, None);
    let calls = records(&page);
    let call = &calls[0];
    assert_eq!(
        call.meta_data.primary_user_id.as_deref(),
        Some("234599484848423")
    );
    let deal = &call.context[0].objects[0];
    assert_eq!(
        (deal.object_id.as_deref(), deal.timing.as_deref()),
        (Some("0063601230sV7grAAC"), Some("Now"))
    );
    let values: Vec<_> = deal
        .fields
        .iter()
        .map(|field| field.value.clone())
        .collect();
    let expected = [
        json!("Harbor: 120 seats"),
        json!("Negotiation"),
        json!(48000.5),
        json!("false"),
        json!(null),
    ];
    assert_eq!(values[..5], expected);
    assert_eq!(values[5], json!(["Core", "Insights"]));
    assert_eq!(
        call.context[0].objects[1].timing.as_deref(),
        Some("TimeOfCall")
    );
    let voices: Vec<_> = call
        .parties
        .iter()
        .map(|party| party.speaker_id.as_deref())
        .collect();
    assert_eq!(
        voices,
        [
            Some("6432345678555530067"),
            None,
            Some("13432345678555530067")
        ]
    );
    assert_eq!(call.parties[2].extra["mediaChannelId"], 1);
    assert_eq!(
        call.parties[1].context[0].objects[0].fields[0].name,
        "Title"
    );
    let content = call.content.as_ref().unwrap();
    assert_eq!(
        (content.topics[1].duration, content.trackers[1].count),
        (Some(0.0), Some(0))
    );
    assert_eq!(
        content.trackers[0].phrases[0].occurrences[0].start_time,
        Some(32.56)
    );
    assert_eq!(content.highlights[0].items[0].start_times, [1790.4, 1801.0]);
    assert_eq!(
        content.outline[0].items[0].text.as_deref(),
        Some("Introductions")
    );
    assert_eq!(
        content.call_outcome.as_ref().unwrap().id.as_deref(),
        Some("MEETING_BOOKED")
    );
    assert_eq!(content.extra["scorecardsAnswers"], json!([]));
    let interaction = call.interaction.as_ref().unwrap();
    assert_eq!(interaction.speakers[0].talk_time, Some(745.5));
    assert_eq!(interaction.interaction_stats[0].value, Some(9.23));
    assert_eq!(
        interaction.questions.as_ref().unwrap().non_company_count,
        Some(4)
    );
    let comment = &call.collaboration.as_ref().unwrap().public_comments[0];
    assert_eq!(comment.posted.unwrap().to_string(), "2026-03-02T22:00:00Z");
}

#[test]
fn null_and_absent_are_alike() {
    let calls = records(&read(&ExtensiveCalls::default(), page!("calls_extensive")));
    for call in &calls[1..] {
        assert!(call.context.is_empty() && call.parties.is_empty() && call.interaction.is_none());
        assert!(call.extra.is_empty());
    }
    assert_eq!(
        calls[1].meta_data.started.to_string(),
        "2026-03-02T11:00:00.000001Z"
    );
    assert_eq!(
        calls[2].meta_data.started.to_string(),
        "2026-03-02T12:00:00Z"
    );
}

#[test]
fn media_links_leave_no_trace() {
    let calls = records(&read(&ExtensiveCalls::default(), page!("calls_extensive")));
    let kept = format!("{}{:?}", serde_json::to_string(&calls).unwrap(), calls);
    assert!(!kept.contains("media.example"), "a signed link was kept");
}

#[test]
fn what_is_written_reads_back() {
    let calls = records(&read(&ExtensiveCalls::default(), page!("calls_extensive")));
    let written = serde_json::to_value(&calls).unwrap();
    assert_eq!(
        serde_json::from_value::<Vec<CallRecord>>(written).unwrap(),
        calls
    );
}

#[test]
fn transcripts() {
    let page = read(&Transcripts::default(), page!("transcripts"));
    assert_eq!(
        (page.cursor.as_deref(), page.replaced_surrogates),
        (None, 1)
    );
    let transcripts = records(&page);
    let said = &transcripts[0].transcript;
    assert_eq!(said[0].speaker_id.as_deref(), Some("6432345678555530067"));
    assert_eq!(
        said[0].sentences[1].text,
        "\"Café\" 😀 and a broken half: \u{fffd}."
    );
    assert_eq!(said[1].speaker_id.as_deref(), Some("13432345678555530067"));
    assert_eq!(
        said[1].sentences,
        [Sentence {
            start: 463_100,
            end: 463_900,
            text: "Fine.".to_owned()
        }]
    );
    assert_eq!(
        (&said[2].speaker_id, &said[2].topic, said[2].sentences.len()),
        (&None, &None, 0)
    );
}

#[test]
fn users() {
    let page = read(&ListUsers::default(), page!("users"));
    assert_eq!(page.cursor, None, "an empty cursor is no cursor");
    let users = records(&page);
    assert_eq!(
        users[0].created.unwrap().to_string(),
        "2023-10-17T19:21:31Z"
    );
    assert_eq!((users[0].active, &users[0].manager_id), (Some(true), &None));
    assert_eq!(users[0].extra["conferencingProviders"], json!(null));
    assert_eq!(users[1].manager_id.as_deref(), Some("563515258458745"));
    assert_eq!(
        users[1].spoken_languages[0].language.as_deref(),
        Some("es-ES")
    );
    let user = read(
        &GetUser {
            id: "234599484848423".to_owned(),
        },
        page!("user_get"),
    );
    assert_eq!(user.manager_id.as_deref(), Some("563515258458745"));
}

#[test]
fn workspaces() {
    let page = read(&ListWorkspaces, page!("workspaces"));
    let workspaces = records(&page);
    assert_eq!(workspaces[0].name.as_deref(), Some("Some Workspace"));
    assert_eq!(workspaces[1].id, "623457276584335");
}

#[test]
fn one_bad_record_never_sinks_its_page() {
    let body = r#"{"records":{"totalRecords":4},"calls":[
        {"metaData":{"id":"1","started":"2026-03-02T11:00:00Z"}},
        {"metaData":{"id":"2","started":"yesterday","isPrivate":true},"media":{"audioUrl":"https://media.example/x"}},
        {"metaData":{"started":"2026-03-02T11:00:00Z"}},
        7
    ]}"#;
    let page = read(&ExtensiveCalls::default(), body);
    let [
        Item::Record(_),
        Item::Rejected(time),
        Item::Rejected(id),
        Item::Rejected(number),
    ] = &page.items[..]
    else {
        panic!("unexpected items: {:?}", page.items);
    };
    assert_eq!(
        (time.path.as_str(), time.id.as_deref()),
        ("calls[1].metaData.started", Some("2"))
    );
    assert!(time.reason.contains("yesterday"), "{}", time.reason);
    assert!(
        time.is_private && !time.raw.contains("media.example") && time.raw.contains("yesterday")
    );
    assert_eq!((id.path.as_str(), &id.id), ("calls[2].metaData", &None));
    assert_eq!(id.started.unwrap().to_string(), "2026-03-02T11:00:00Z");
    assert_eq!(
        (number.path.as_str(), number.raw.as_str()),
        ("calls[3]", "7")
    );
}

#[test]
fn a_page_that_is_none_says_what_was_found() {
    let cases = [
        ("", ".", "the body is empty"),
        (
            "<html>Sign in</html>",
            ".",
            "expected a JSON object, found `<html>Sign in</html>`",
        ),
        ("[]", ".", "expected a JSON object, found `[]`"),
        ("{}", "calls", "`calls` is missing"),
        (r#"{"calls":{}}"#, "calls", "invalid type: map"),
        (
            r#"{"calls":[{"id":"1","started":"2026-"#,
            "calls[0]",
            "EOF while parsing",
        ),
    ];
    for (body, path, reason) in cases {
        let failure = ListCalls::default().decode(body.as_bytes()).unwrap_err();
        assert!(
            failure.path == path && failure.reason.starts_with(reason),
            "body `{body}`: {failure:?}"
        );
    }
}

#[test]
fn records_may_be_missing_and_that_is_told() {
    let page = read(
        &ListCalls::default(),
        r#"{"calls":[{"id":"1","started":"2026-03-02T11:00:00Z"}]}"#,
    );
    assert_eq!(
        (page.items.len(), page.total_records, page.cursor),
        (1, None, None)
    );
    assert!(page.records_missing);
    let page = read(
        &ListCalls::default(),
        r#"{"records":{"totalRecords":0},"calls":null}"#,
    );
    assert_eq!((page.items.len(), page.records_missing), (0, false));
    // An answer in one piece has none to miss.
    assert!(!read(&ListWorkspaces, r#"{"workspaces":[]}"#).records_missing);
}

#[test]
fn the_records_of_a_page_in_every_form() {
    let cases = [
        (r#"{"totalRecords":7,"cursor":"x"}"#, Some(7), Some("x")),
        (r#"{"totalRecords":7.0,"cursor":""}"#, Some(7), None),
        (r#"{"totalRecords":"7","cursor":null}"#, Some(7), None),
        (r#"{"cursor":7}"#, None, Some("7")),
        (r#"{"totalRecords":-1}"#, None, None),
        (r#"{"totalRecords":null}"#, None, None),
        ("{}", None, None),
    ];
    for (records, total, cursor) in cases {
        let body = format!(r#"{{"records":{records},"users":[]}}"#);
        let page = read(&ListUsers::default(), &body);
        assert_eq!(
            (page.total_records, page.cursor.as_deref()),
            (total, cursor),
            "{records}"
        );
        assert!(!page.records_missing, "{records}");
    }
    for records in [r#"{"cursor":7.5}"#, r#"{"totalRecords":"many"}"#, "7"] {
        let body = format!(r#"{{"records":{records},"users":[]}}"#);
        let failure = ListUsers::default().decode(body.as_bytes()).unwrap_err();
        assert!(
            failure.path.starts_with("records"),
            "{records}: {failure:?}"
        );
    }
}
