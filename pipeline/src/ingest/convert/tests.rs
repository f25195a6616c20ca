use serde_json::{Value, json};
use talktrack_analyzers::table::Amount;

use super::*;
use crate::ingest::crm::deals::{NOW, TIME_OF_CALL};
use crate::ingest::sides::{Side, SideRules};

fn settings() -> Settings {
    Settings {
        sides: SideRules::new(["acme.example".to_owned()], []),
        ..Settings::default()
    }
}

fn convert_with(settings: &Settings, record: &Value) -> (SeenCall, PageRows) {
    let record: CallRecord = serde_json::from_value(record.clone()).expect("a call");
    let mut rows = PageRows::default();
    let now = "2026-05-01T02:00:00Z".parse().expect("a time");
    let seen = rows.add_call(record, Context { settings, now });
    (seen, rows)
}

fn convert(record: &Value) -> (SeenCall, DayRows) {
    let (seen, mut rows) = convert_with(&settings(), record);
    let day_rows = rows.0.remove(&seen.day).unwrap_or_default();
    (seen, day_rows)
}

fn call(more: &Value) -> Value {
    let mut record =
        json!({"metaData": {"id": "12345678901234567890", "started": "2026-03-01T23:30:00-02:00"}});
    for (key, value) in more.as_object().into_iter().flatten() {
        if key == "metaData" {
            for (name, field) in value.as_object().into_iter().flatten() {
                record["metaData"][name] = field.clone();
            }
        } else {
            record[key] = value.clone();
        }
    }
    record
}

#[test]
fn a_bare_call_becomes_a_row_of_its_utc_day() {
    let (seen, rows) = convert(&call(&json!({})));
    assert_eq!(seen.day, jiff::civil::date(2026, 3, 2));
    let [row] = rows.calls.as_slice() else {
        panic!("one row")
    };
    assert_eq!(row.call_id, "12345678901234567890");
    assert_eq!(row.started.0, 1_772_415_000_000_000);
    assert_eq!(
        (
            row.raw.as_str(),
            row.transcript_state.as_str(),
            row.is_private
        ),
        ("{}", "pending", false)
    );
}

#[test]
fn what_has_no_column_stays_in_raw_in_canonical_form_and_media_does_not() {
    let (_, rows) = convert(&call(&json!({
        "metaData": {"title": "T", "sdrDisposition": "Got the gatekeeper", "zNew": {"b": 1, "a": null}, "isPrivate": false},
        "content": {"brief": "B", "topics": [{"name": "Pricing", "duration": 3}], "keyPoints": [{"text": "K"}],
                    "trackers": [{"id": "1", "name": "N", "count": 2, "type": "KEYWORD",
                                  "phrases": [{"phrase": "p", "count": 2}]}]},
        "interaction": {"video": [{"name": "Browser", "duration": 218}], "questions": {"companyCount": 3}},
        "collaboration": {}, "media": {"audioUrl": "https://signed"}, "later": [1],
    })));
    assert_eq!(
        rows.calls[0].raw,
        concat!(
            r#"{"content":{"brief":"B","keyPoints":[{"text":"K"}],"#,
            r#""trackers":[{"id":"1","name":"N","phrases":[{"count":2,"phrase":"p"}]}]},"#,
            r#""interaction":{"video":[{"duration":218.0,"name":"Browser"}]},"later":[1],"#,
            r#""metaData":{"sdrDisposition":"Got the gatekeeper","zNew":{"b":1}}}"#
        )
    );
    assert_eq!(rows.gong_topics.len(), 1);
    assert_eq!(
        (
            rows.gong_trackers[0].count,
            rows.gong_stats[0].name.as_str()
        ),
        (2, "companyCount")
    );
}

#[test]
fn parties_get_a_side_a_person_and_a_voice() {
    let (seen, rows) = convert(&call(&json!({"parties": [
        {"id": "20", "emailAddress": "Ann@Acme.example", "affiliation": "External", "speakerId": "s1", "methods": ["Attendee"]},
        {"id": "3", "name": "Phone Caller #4", "affiliation": "Unknown", "speakerId": "s2"},
        {"id": "3", "name": "Twin", "affiliation": "External", "speakerId": null},
        {"name": "Nobody", "phoneNumber": "+1 650 555 0100", "speakerId": "s1"},
    ]})));
    let seen_parties: Vec<(&str, &str, &str)> = rows
        .parties
        .iter()
        .map(|row| {
            (
                row.party_id.as_str(),
                row.person_key.as_str(),
                row.side.as_str(),
            )
        })
        .collect();
    assert_eq!(
        seen_parties,
        [
            ("#3", "+16505550100", "unknown"),
            ("20", "ann@acme.example", "company"),
            ("3", "12345678901234567890:3", "unknown"),
            ("3#2", "12345678901234567890:3#2", "customer"),
        ]
    );
    assert_eq!(rows.parties[1].raw, r#"{"methods":["Attendee"]}"#);
    assert_eq!(
        seen.voices["s2"],
        Voice {
            party_id: "3".to_owned(),
            side: Side::Unknown
        }
    );
}

#[test]
fn crm_objects_keep_every_field_and_deals_get_a_history() {
    let deal = |timing: &str, stage: &str| {
        json!({"objectType": "Opportunity", "objectId": "006", "timing": timing, "fields": [
            {"name": "StageName", "value": stage}, {"name": "Amount", "value": 51000.25}, {"name": "Nothing", "value": null},
            {"name": "Tags", "value": ["b", {"z": 1, "a": 2}]}]})
    };
    let account =
        json!({"objectType": "Account", "objectId": "001", "timing": "Now", "fields": []});
    let contact = json!({"objectType": "Contact", "objectId": "003", "fields": [{"name": "Email", "value": "x@y.z"}]});
    let (seen, rows) = convert(&call(&json!({
        "context": [{"system": "Salesforce", "objects": [deal("TimeOfCall", "Demo"), deal("Now", "Closed Won"), account]}],
        "parties": [{"id": "5", "context": [{"system": "Salesforce", "objects": [contact]}]}],
    })));
    let keys: Vec<String> = rows
        .crm_objects
        .iter()
        .map(|row| {
            format!(
                "{}/{}/{}/{}",
                row.party_id, row.timing, row.object_type, row.object_id
            )
        })
        .collect();
    assert_eq!(
        keys,
        [
            "/now/Account/001",
            "/now/Opportunity/006",
            "/time_of_call/Opportunity/006",
            "5/now/Contact/003"
        ]
    );
    assert_eq!(
        rows.crm_objects[1].fields.0,
        [
            ("Amount", "51000.25"),
            ("StageName", "Closed Won"),
            ("Tags", r#"["b",{"a":2,"z":1}]"#)
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let [now, then] = rows.deal_history.as_slice() else {
        panic!("two states")
    };
    assert_eq!(
        (
            now.timing.as_str(),
            now.outcome.as_deref(),
            now.account_id.as_deref()
        ),
        (NOW, Some("won"), Some("001"))
    );
    assert_eq!(
        now.observed_at,
        stored_time("2026-05-01T02:00:00Z".parse().expect("a time"))
    );
    assert_eq!(
        (then.timing.as_str(), then.outcome.as_deref()),
        (TIME_OF_CALL, Some("open"))
    );
    assert_eq!(then.amount, Some(Amount(510_002_500)));
    assert_eq!(then.observed_at, rows.calls[0].started);
    assert_eq!(
        seen.deals_now,
        [("Salesforce".to_owned(), "006".to_owned())]
    );
    assert_eq!(rows.calls[0].raw, "{}");
    assert_eq!(rows.parties[0].raw, "{}");
}

#[test]
fn private_calls_leave_no_rows_unless_the_settings_keep_them() {
    let record = call(
        &json!({"metaData": {"isPrivate": true, "title": "secret"}, "parties": [{"id": "1"}]}),
    );
    let (seen, rows) = convert_with(&settings(), &record);
    assert!(seen.private && rows.0.is_empty());
    let keeping = Settings {
        store_private: true,
        ..settings()
    };
    let (seen, rows) = convert_with(&keeping, &record);
    assert!(!seen.private && rows.0[&seen.day].calls[0].is_private);
}
