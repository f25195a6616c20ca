//! A document as one self-contained page: no network, one style sheet and one script, let in by their hashes.

use std::sync::OnceLock;

use base64::Engine as _;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use sha2::{Digest, Sha256};

use super::chart;
use crate::report::document::{Bars, Document, Strips};
use crate::report::error::Error;

const STYLE: &str = include_str!("../templates/page.css");
const SCRIPT: &str = include_str!("../templates/page.js");

/// The page.
///
/// # Errors
///
/// The template does not fit the document: a bug.
pub fn render(document: &Document) -> Result<String, Error> {
    let environment = environment()
        .as_ref()
        .map_err(|error| Error::Template(error.to_string()))?;
    let page = context! {
        page => Value::from(Serde(document)),
        kind_label => super::kind_label(document.kind),
        style => STYLE,
        style_hash => hash(STYLE),
        script => SCRIPT,
        script_hash => hash(SCRIPT),
    };
    let render = environment
        .get_template("page.html")
        .and_then(|template| template.render(page));
    let mut text = render.map_err(|error| Error::Template(format!("{error:#}")))?;
    text.push('\n');
    Ok(text)
}

/// Templates are parsed once; `.html` in their names turns escaping on.
fn environment() -> &'static Result<Environment<'static>, minijinja::Error> {
    static ENVIRONMENT: OnceLock<Result<Environment<'static>, minijinja::Error>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.add_template("parts.html", include_str!("../templates/parts.html"))?;
        environment.add_template("page.html", include_str!("../templates/page.html"))?;
        environment.add_filter("bar_chart", |bars: Serde<Bars>| {
            Value::from(Serde(chart::bar_chart(&bars)))
        });
        environment.add_filter("strip_chart", |strips: Serde<Strips>| {
            Value::from(Serde(chart::strip_chart(&strips)))
        });
        environment.add_filter("sparkline", |points: Serde<Vec<Option<f64>>>| {
            Value::from(Serde(chart::sparkline(&points)))
        });
        environment.add_filter("day", |day: String| {
            day.parse().map_or_else(|_| day.clone(), super::day_label)
        });
        environment.add_filter("side_label", |side: String| super::side_label(&side));
        environment.add_filter("side_class", |side: String| match side.as_str() {
            "company" => "company",
            "customer" => "customer",
            _ => "unknown",
        });
        Ok(environment)
    })
}

/// What the content security policy lets an inlined text in by.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!(
        "sha256-{}",
        base64::engine::general_purpose::STANDARD.encode(digest)
    )
}
