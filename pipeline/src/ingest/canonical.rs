//! Canonical JSON: what the `raw` columns and the values of CRM fields are written in, so that equal content is equal
//! bytes whatever order Gong sent the keys in.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// JSON text with sorted keys and no white space; fields that are null are left out, since Gong means the same by both.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

/// Canonical JSON of one object.
pub fn canonical_object(map: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(&mut text, map);
    text
}

/// A CRM value as it is stored: a string unquoted, null left out, anything else as its JSON text.
pub fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(canonical(other)),
    }
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(map) => write_object(text, map),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, item);
            }
            text.push(']');
        }
        scalar => {
            // Writing to a string cannot fail.
            let _ = write!(text, "{scalar}");
        }
    }
}

fn write_object(text: &mut String, map: &Map<String, Value>) {
    let mut fields: Vec<(&String, &Value)> =
        map.iter().filter(|(_, value)| !value.is_null()).collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (index, (name, value)) in fields.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let _ = write!(text, "{}:", Value::from(name.as_str()));
        write_value(text, value);
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth_and_nulls_left_out() {
        let value =
            json!({"b": [ {"z": 1, "a": null, "y": "\u{1}\""} ], "a": {"d": false, "c": 2.50}});
        assert_eq!(
            canonical(&value),
            r#"{"a":{"c":2.5,"d":false},"b":[{"y":"\u0001\"","z":1}]}"#
        );
    }

    #[test]
    fn nulls_inside_lists_keep_their_place() {
        assert_eq!(canonical(&json!([null, 1])), "[null,1]");
    }

    #[test]
    fn crm_values_are_plain_where_they_are_strings() {
        assert_eq!(plain_text(&json!("Closed Won")), Some("Closed Won".into()));
        assert_eq!(plain_text(&json!(12000.5)), Some("12000.5".into()));
        assert_eq!(plain_text(&json!(true)), Some("true".into()));
        assert_eq!(plain_text(&json!(["b", "a"])), Some(r#"["b","a"]"#.into()));
        assert_eq!(plain_text(&Value::Null), None);
    }
}
