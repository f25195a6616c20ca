//! A document as JSON, for programs.

use crate::report::document::Document;
use crate::report::error::Error;

/// The document, indented, with a line end.
///
/// # Errors
///
/// A number that JSON does not have: a bug.
pub fn render(document: &Document) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(document).map_err(Error::Json)?;
    text.push('\n');
    Ok(text)
}
