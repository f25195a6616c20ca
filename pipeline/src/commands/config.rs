//! `talktrack config`: every setting in force and where it came from.

use serde::Serialize;

use super::{Context, DONE, print, print_json};
use crate::config::DEFAULTS;
use crate::error::Error;

#[derive(Serialize)]
struct Line {
    key: String,
    value: toml::Value,
    origin: String,
}

/// Prints each setting, its value and its origin.
pub(crate) fn run(context: &Context) -> Result<u8, Error> {
    let lines: Vec<Line> = context
        .config
        .settings
        .iter()
        .map(|(key, setting)| Line {
            key: key.to_string(),
            value: setting.value.clone(),
            origin: setting.origin.to_string(),
        })
        .collect();
    if context.global.json {
        print_json(&lines)?;
    } else {
        print(&table(&lines))?;
    }
    DONE
}

/// Prints the defaults with their meaning.
pub(crate) fn defaults() -> Result<u8, Error> {
    print(DEFAULTS)?;
    DONE
}

fn table(lines: &[Line]) -> String {
    let settings: Vec<String> = lines
        .iter()
        .map(|line| format!("{} = {}", line.key, line.value))
        .collect();
    let width = settings
        .iter()
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    let shown: Vec<String> = settings
        .iter()
        .zip(lines)
        .map(|(setting, line)| format!("{setting:width$}  # {}\n", line.origin))
        .collect();
    shown.concat()
}
