//! `talktrack dictionary`: checks dictionaries, and tries them on a sentence.

pub(super) mod eval;
pub(super) mod suggest;

use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;
use talktrack_analyzers::{Call, Dictionaries, DictionarySource, Side};

use super::{Context, DONE, print, print_json};
use crate::dictionaries;
use crate::error::Error;

#[derive(Serialize)]
struct Checked {
    name: String,
    entries: usize,
    terms: usize,
}

/// Checks `files` over the built-in dictionaries, or the dictionaries in force.
pub(crate) fn check(context: &Context, files: &[PathBuf]) -> Result<u8, Error> {
    let sources: Vec<DictionarySource> = if files.is_empty() {
        dictionaries::sources(&context.config.dictionaries)?
    } else {
        Dictionaries::layered(
            files
                .iter()
                .map(|path| dictionaries::read(path))
                .collect::<Result<_, _>>()?,
        )
    };
    let dictionaries = Dictionaries::compile(&sources).map_err(Error::Dictionary)?;
    let checked: Vec<Checked> = dictionaries
        .all()
        .iter()
        .map(|dictionary| Checked {
            name: dictionary.name.clone(),
            entries: dictionary.entries.len(),
            terms: dictionary
                .entries
                .iter()
                .map(|entry| entry.terms.len() + entry.weak.len())
                .sum(),
        })
        .collect();
    if context.global.json {
        print_json(&checked)?;
    } else {
        let lines = checked.iter().fold(String::new(), |mut text, one| {
            let _ = writeln!(
                text,
                "ok    {:14} {:4} entries {:5} terms",
                one.name, one.entries, one.terms
            );
            text
        });
        print(&lines)?;
    }
    DONE
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Found {
    dictionary: String,
    entry: String,
    label: String,
    text: String,
    class: Option<String>,
    /// On which sides it counts.
    said_by: &'static str,
}

/// Shows what the dictionaries in force find in `sentence`.
pub(crate) fn test(context: &Context, sentence: &str) -> Result<u8, Error> {
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let found = find(&dictionaries, sentence);
    if context.global.json {
        print_json(&found)?;
    } else {
        print(&shown(&found))?;
    }
    DONE
}

/// What counts when either side says it, and what counts on one side alone.
fn find(dictionaries: &Dictionaries, sentence: &str) -> Vec<Found> {
    let customer = said(dictionaries, sentence, Side::Customer, "customer");
    let company = said(dictionaries, sentence, Side::Company, "company");
    let is_same = |a: &Found, b: &Found| {
        (&a.dictionary, &a.entry, &a.text) == (&b.dictionary, &b.entry, &b.text)
    };
    let mut found: Vec<Found> = Vec::new();
    for mut one in customer {
        if company.iter().any(|other| is_same(&one, other)) {
            one.said_by = "anybody";
        }
        found.push(one);
    }
    for one in company {
        if !found.iter().any(|other| is_same(&one, other)) {
            found.push(one);
        }
    }
    found
}

fn said(
    dictionaries: &Dictionaries,
    sentence: &str,
    side: Side,
    said_by: &'static str,
) -> Vec<Found> {
    let call = Call::of_sentence(sentence, side);
    dictionaries
        .mentions(&call)
        .into_iter()
        .filter_map(|mention| {
            let dictionary = dictionaries.all().get(mention.dictionary)?;
            let entry = dictionary.entries.get(mention.entry)?;
            Some(Found {
                dictionary: dictionary.name.clone(),
                entry: entry.id.clone(),
                label: entry.label.clone(),
                text: sentence.get(mention.bytes).unwrap_or_default().to_owned(),
                class: mention.class,
                said_by,
            })
        })
        .collect()
}

fn shown(found: &[Found]) -> String {
    if found.is_empty() {
        return "nothing found\n".to_owned();
    }
    found.iter().fold(String::new(), |mut text, one| {
        let class = one
            .class
            .as_ref()
            .map_or(String::new(), |class| format!(", {class}"));
        let _ = writeln!(
            text,
            "{}/{}  `{}`  {} (counts when {} says it{class})",
            one.dictionary, one.entry, one.text, one.label, one.said_by
        );
        text
    })
}

#[cfg(test)]
mod tests {
    use talktrack_analyzers::{Dictionaries, DictionarySource};

    use super::find;

    #[test]
    fn what_counts_depends_on_who_says_it() {
        let own = DictionarySource {
            file: "competitors.toml".to_owned(),
            text: "schema_version = 1\nname = \"competitors\"\n[[entry]]\nid = \"globex\"\nterms = [\"globex\"]\n\
                   [[entry]]\nid = \"initech\"\nsaid_by = \"customer\"\nterms = [\"initech\"]\n"
                .to_owned(),
        };
        let dictionaries = Dictionaries::compile(&[own]).expect("valid");
        let found: Vec<(String, String, &str)> = find(&dictionaries, "Globex or Initech?")
            .into_iter()
            .map(|one| (one.entry, one.text, one.said_by))
            .collect();
        assert_eq!(
            found,
            [
                ("globex".to_owned(), "Globex".to_owned(), "anybody"),
                ("initech".to_owned(), "Initech".to_owned(), "customer"),
            ]
        );
        assert!(find(&dictionaries, "globexes of the world").is_empty());
    }
}
