//! A settings file taken apart: every setting with its line.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::error::Error;
use super::keys::{self, Kind, Place};
use super::origin::Origin;
use super::{KeyPath, Setting, Settings};

/// Takes apart the text of a settings file. `origin` makes the origin of a line.
pub(crate) fn parse(text: &str, origin: &dyn Fn(usize) -> Origin) -> Result<Settings, Error> {
    let document = DeTable::parse(text).map_err(|error| Error::Syntax {
        origin: origin(line_of(text, error.span().map_or(0, |span| span.start))),
        reason: error.message().replace('\n', ", "),
    })?;
    let mut settings = Settings::new();
    let mut walk = Walk {
        text,
        origin,
        settings: &mut settings,
    };
    walk.table(&mut Vec::new(), document.get_ref())?;
    Ok(settings)
}

/// Reads and takes apart the settings file at `path`.
pub(crate) fn read(path: &Path) -> Result<Settings, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, &|line| Origin::File {
        path: path.to_owned(),
        line,
    })
}

struct Walk<'a> {
    text: &'a str,
    origin: &'a dyn Fn(usize) -> Origin,
    settings: &'a mut Settings,
}

impl Walk<'_> {
    fn table(&mut self, path: &mut Vec<String>, table: &DeTable<'_>) -> Result<(), Error> {
        for (key, value) in table {
            let origin = (self.origin)(line_of(self.text, key.span().start));
            path.push(key.get_ref().to_string());
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            match (keys::place(&parts), value.get_ref()) {
                (Place::Unknown, _) => {
                    return Err(Error::UnknownKey {
                        origin,
                        key: path.join("."),
                        nearest: keys::nearest(&parts),
                    });
                }
                (Place::Section, DeValue::Table(inner)) => self.table(path, inner)?,
                (Place::Section, other) => {
                    return Err(Error::Value {
                        origin,
                        key: path.join("."),
                        value: format!("`{}`", plain(other)),
                        reason: format!("it is a section, written `[{}]`", path.join(".")),
                    });
                }
                (Place::Setting(kind), value) => {
                    let value = fitted(plain(value), kind);
                    self.settings
                        .insert(KeyPath(path.clone()), Setting { value, origin });
                }
            }
            path.pop();
        }
        Ok(())
    }
}

/// A TOML date where a text is wanted is its text; a whole number where a number is wanted is that number, also in a band.
fn fitted(value: toml::Value, kind: Kind) -> toml::Value {
    match (kind, value) {
        (Kind::Text, toml::Value::Datetime(moment)) => toml::Value::String(moment.to_string()),
        (Kind::Number, toml::Value::Integer(number)) => toml::Value::Float(number as f64),
        (Kind::Band, toml::Value::Array(ends)) => toml::Value::Array(
            ends.into_iter()
                .map(|end| fitted(end, Kind::Number))
                .collect(),
        ),
        (_, value) => value,
    }
}

/// The value without its spans. Numbers that do not fit become their text, which then is refused as the wrong type.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(
                |_| toml::Value::String(number.to_string()),
                toml::Value::Integer,
            ),
        DeValue::Float(number) => number.as_str().parse().map_or_else(
            |_| toml::Value::String(number.to_string()),
            toml::Value::Float,
        ),
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        DeValue::Datetime(moment) => toml::Value::Datetime(*moment),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    1 + before.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Origin, parse};

    fn check(text: &str) -> String {
        let origin = |line| Origin::File {
            path: PathBuf::from("talktrack.toml"),
            line,
        };
        match parse(text, &origin) {
            Ok(settings) => {
                let lines = settings.iter().map(|(key, setting)| {
                    format!("{key} = {} ({})\n", setting.value, setting.origin)
                });
                lines.collect::<Vec<_>>().concat()
            }
            Err(error) => format!("{error}\nhint: {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn settings_come_with_their_lines() {
        insta::assert_snapshot!(check("[ingest]\nsince = 2025-01-01\n\nrequests_per_second = 2\n[sides.overrides]\n'a.b@c.d' = 'company'\n"), @r#"
        ingest.requests_per_second = 2.0 (talktrack.toml:4)
        ingest.since = "2025-01-01" (talktrack.toml:2)
        sides.overrides = { "a.b@c.d" = "company" } (talktrack.toml:5)
        "#);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
        insta::assert_snapshot!(check("\n[company]\ntimezone = 'UTC'\n"), @"
        talktrack.toml:3: unknown setting `company.timezone`
        hint: did you mean `company.time_zone`? `talktrack config` lists every setting
        ");
    }

    #[test]
    fn a_section_that_is_a_value_is_refused() {
        insta::assert_snapshot!(check("lake = 'here'\n"), @r#"
        talktrack.toml:1: setting `lake` cannot be `"here"`: it is a section, written `[lake]`
        hint: correct `lake`; `talktrack config --defaults` prints every setting with its meaning
        "#);
    }

    #[test]
    fn broken_toml_is_named_with_its_line() {
        insta::assert_snapshot!(check("[lake]\nurl = \n"), @"
        talktrack.toml:2: not valid TOML: string values must be quoted, expected literal string
        hint: correct that line and run again
        ");
    }
}
