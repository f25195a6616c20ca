//! Settings from the environment: `TALKTRACK_<SECTION>_<KEY>`.

use super::error::Error;
use super::keys::{self, Kind};
use super::origin::Origin;
use super::{KeyPath, Setting, Settings};

/// Variables with our prefix that are not settings: a secret, and two that only tests use.
const NOT_SETTINGS: &[&str] = &[
    "TALKTRACK_TEST_DATA",
    "TALKTRACK_FAIL_AT",
    "TALKTRACK_FAIL_IO",
    "TALKTRACK_NOTIFY_URL",
];

/// The settings among `variables`; `systems` are the CRM systems known so far.
pub(crate) fn read(variables: &[(String, String)], systems: &[String]) -> Result<Settings, Error> {
    let known: Vec<(String, KeyPath, Kind)> = keys::all(systems)
        .into_iter()
        .map(|(path, kind)| (variable_name(&path), KeyPath(path), kind))
        .collect();
    let mut settings = Settings::new();
    for (name, text) in variables {
        if !name.starts_with("TALKTRACK_") || NOT_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        let Some((_, path, kind)) = known.iter().find(|(variable, _, _)| variable == name) else {
            return Err(Error::UnknownVariable {
                name: name.clone(),
                nearest: keys::closest(name, known.iter().map(|(variable, _, _)| variable.clone())),
            });
        };
        let origin = Origin::Environment(name.clone());
        let value = value(text, *kind).map_err(|reason| Error::Value {
            origin: origin.clone(),
            key: path.to_string(),
            value: format!("`{text}`"),
            reason,
        })?;
        settings.insert(path.clone(), Setting { value, origin });
    }
    Ok(settings)
}

/// The variable of the setting at `path`.
fn variable_name(path: &[String]) -> String {
    let words: Vec<String> = path
        .iter()
        .map(|part| {
            part.chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_uppercase()
                    } else {
                        '_'
                    }
                })
                .collect()
        })
        .collect();
    format!("TALKTRACK_{}", words.join("_"))
}

/// A text as the kind of value that the setting takes.
pub(crate) fn value(text: &str, kind: Kind) -> Result<toml::Value, String> {
    let text = text.trim();
    match kind {
        Kind::Text => Ok(toml::Value::String(text.to_owned())),
        Kind::Integer => text
            .parse()
            .map(toml::Value::Integer)
            .map_err(|_| "it must be a whole number".to_owned()),
        Kind::Number => text
            .parse()
            .map(toml::Value::Float)
            .map_err(|_| "it must be a number".to_owned()),
        Kind::Flag => text
            .parse()
            .map(toml::Value::Boolean)
            .map_err(|_| "it must be `true` or `false`".to_owned()),
        Kind::List => Ok(toml::Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| toml::Value::String(item.to_owned()))
                .collect(),
        )),
        Kind::Band => text
            .split(',')
            .map(|number| number.trim().parse().map(toml::Value::Float))
            .collect::<Result<Vec<_>, _>>()
            .map(toml::Value::Array)
            .map_err(|_| "it must be two numbers, such as `0.35, 0.5`".to_owned()),
        Kind::Map => toml::from_str::<toml::Table>(&format!("value = {text}"))
            .ok()
            .and_then(|mut table| table.remove("value"))
            .filter(toml::Value::is_table)
            .ok_or_else(|| {
                "it must be an inline table, such as `{ \"a@b.c\" = \"company\" }`".to_owned()
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn check(name: &str, text: &str) -> String {
        let variables = [
            (name.to_owned(), text.to_owned()),
            ("HOME".to_owned(), "x".to_owned()),
        ];
        match read(&variables, &["Salesforce".to_owned()]) {
            Ok(settings) => {
                let lines = settings
                    .iter()
                    .map(|(key, setting)| format!("{key} = {}", setting.value));
                lines.collect::<Vec<_>>().concat()
            }
            Err(error) => format!("{error}; {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn variables_become_settings() {
        for (name, text, expected) in [
            ("TALKTRACK_LAKE_URL", "s3://x/y", "lake.url = 's3://x/y'"),
            ("TALKTRACK_LAKE_URL", "7", "lake.url = '7'"),
            (
                "TALKTRACK_INGEST_REQUESTS_PER_SECOND",
                "2",
                "ingest.requests_per_second = 2.0",
            ),
            (
                "TALKTRACK_INGEST_STORE_PRIVATE",
                "true",
                "ingest.store_private = true",
            ),
            (
                "TALKTRACK_SIDES_OWN_DOMAINS",
                "a.com, b.com",
                "sides.own_domains = ['a.com', 'b.com']",
            ),
            (
                "TALKTRACK_CRM_SALESFORCE_STAGE",
                "Phase__c",
                "crm.Salesforce.stage = 'Phase__c'",
            ),
            ("TALKTRACK_FAIL_AT", "x:1", ""),
        ] {
            assert_eq!(check(name, text).replace('"', "'"), expected, "{name}");
        }
    }

    #[test]
    fn an_unknown_variable_is_an_error_with_the_nearest_one() {
        let message = check("TALKTRACK_LAKE_URI", "x");
        assert!(
            message.contains("`TALKTRACK_LAKE_URI`") && message.contains("`TALKTRACK_LAKE_URL`"),
            "{message}"
        );
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_an_error() {
        let message = check("TALKTRACK_INGEST_PENDING_DAYS", "many");
        assert!(
            message.contains("`many`") && message.contains("whole number"),
            "{message}"
        );
    }
}
