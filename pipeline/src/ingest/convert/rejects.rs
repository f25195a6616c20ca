//! Records that could not be decoded, to `rejects`, as far as they may be kept.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use talktrack_analyzers::tables::RejectRow;
use talktrack_gong::Reject;

use crate::ingest::window::day_of;

/// What becomes of a record that could not be decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejected {
    /// It says that its call is private: nothing of it is kept.
    Private(Option<String>),
    /// It is kept as it came, on the day of its call if that can be read.
    Kept(RejectRow, Option<Date>),
}

/// A record that could not be decoded, meant for `table`.
///
/// Media links are cut out, since they are secrets for a few hours, and the place in the page is left out of the path, since
/// it is another one at the next reading.
pub fn rejected(table: &str, reject: &Reject, store_private: bool) -> Rejected {
    let mut value: Option<Value> = serde_json::from_str(&reject.raw).ok();
    let is_private = match &value {
        Some(value) => meta(value).get("isPrivate") == Some(&Value::Bool(true)),
        // What is no JSON at all cannot say that it may be kept.
        None => looks_private(&reject.raw),
    };
    if is_private && !store_private {
        return Rejected::Private(reject.id.clone());
    }
    let day = value.as_ref().and_then(started).map(day_of);
    let has_media = value.as_mut().and_then(Value::as_object_mut).is_some_and(|map| map.remove("media").is_some());
    let raw = match &value {
        Some(value) if has_media => value.to_string(),
        _ => reject.raw.clone(),
    };
    let record_id = reject.id.clone().unwrap_or_else(|| blake3::hash(raw.as_bytes()).to_hex()[..32].to_owned());
    let row = RejectRow {
        table: table.to_owned(),
        record_id,
        json_path: without_place(&reject.path),
        reason: reject.reason.clone(),
        raw,
    };
    Rejected::Kept(row, day)
}

/// The metadata of an extensive call, or the record itself where it is flat.
fn meta(value: &Value) -> &Value {
    value.get("metaData").filter(|meta| meta.is_object()).unwrap_or(value)
}

fn started(value: &Value) -> Option<Timestamp> {
    meta(value).get("started")?.as_str()?.trim().parse().ok()
}

fn looks_private(raw: &str) -> bool {
    let dense: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
    dense.contains("\"isPrivate\":true")
}

/// `calls[17].metaData.started` is `calls[].metaData.started`.
fn without_place(path: &str) -> String {
    match (path.find('['), path.find(']')) {
        (Some(open), Some(close)) if open < close => format!("{}[{}", &path[..open], &path[close..]),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(raw: &str) -> Reject {
        Reject {
            id: Some("7".to_owned()),
            path: "calls[17].metaData.duration[2]".to_owned(),
            reason: "no number".to_owned(),
            raw: raw.to_owned(),
        }
    }

    #[test]
    fn what_is_kept_has_no_media_links_and_no_place_in_the_page() {
        let raw = r#"{"metaData":{"id":"7","started":"2026-03-01T23:30:00-02:00"},"media":{"audioUrl":"https://x"}}"#;
        let Rejected::Kept(row, day) = rejected("calls", &reject(raw), false) else {
            panic!("not private");
        };
        assert_eq!(day, Some(jiff::civil::date(2026, 3, 2)));
        assert_eq!(row.json_path, "calls[].metaData.duration[2]");
        assert!(!row.raw.contains("audioUrl"), "{}", row.raw);
    }

    #[test]
    fn private_records_are_not_kept_even_if_broken() {
        for raw in [r#"{"metaData":{"isPrivate":true}}"#, r#"{"isPrivate" : true, "broken"#] {
            assert_eq!(rejected("calls", &reject(raw), false), Rejected::Private(Some("7".to_owned())));
            assert!(matches!(rejected("calls", &reject(raw), true), Rejected::Kept(..)));
        }
    }

    #[test]
    fn a_record_without_an_id_is_known_by_its_digest() {
        let nameless = Reject { id: None, ..reject("[]") };
        let Rejected::Kept(row, None) = rejected("calls", &nameless, false) else {
            panic!("kept, without a day");
        };
        assert_eq!(row.record_id.len(), 32);
    }
}
