//! `talktrack dictionary`: checks dictionaries, and tries them on a sentence.

pub(super) mod eval;
pub(super) mod suggest;

use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;
use talktrack_analyzers::lexicon::Reason;
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

/// A term that stands in the sentence and counts on no side.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct NotCounted {
    dictionary: String,
    entry: String,
    text: String,
    /// Why not.
    reason: &'static str,
}

/// What a sentence is to the dictionaries.
#[derive(Debug, Serialize)]
struct Tested {
    found: Vec<Found>,
    not_counted: Vec<NotCounted>,
    /// open or closed where the sentence asks.
    question: Option<&'static str>,
}

/// Shows what the dictionaries in force find in `sentence`.
pub(crate) fn test(context: &Context, sentence: &str) -> Result<u8, Error> {
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let found = find(&dictionaries, sentence);
    let question = dictionaries.question_cues().question(sentence);
    let tested = Tested {
        not_counted: not_counted(&dictionaries, sentence, &found),
        found,
        question: question.map(|question| question.kind.name()),
    };
    if context.global.json {
        print_json(&tested)?;
    } else {
        print(&shown(&tested))?;
    }
    DONE
}

/// What stands in the sentence and counts whoever says it for nothing.
fn not_counted(dictionaries: &Dictionaries, sentence: &str, found: &[Found]) -> Vec<NotCounted> {
    let mut terms: Vec<NotCounted> = Vec::new();
    for side in [Side::Customer, Side::Company] {
        for dropped in dictionaries.dropped(&Call::of_sentence(sentence, side)) {
            let (Some(reason), Some(dictionary)) = (
                reason(dropped.reason),
                dictionaries.all().get(dropped.dictionary),
            ) else {
                continue;
            };
            let term = NotCounted {
                dictionary: dictionary.name.clone(),
                entry: dictionary.entries[dropped.entry].id.clone(),
                text: sentence.get(dropped.bytes).unwrap_or_default().to_owned(),
                reason,
            };
            // A shorter term of an entry that was found tells nothing new.
            let is_part = dropped.reason == Reason::Hidden;
            let counts = found.iter().any(|one| {
                (&one.dictionary, &one.entry) == (&term.dictionary, &term.entry)
                    && (is_part || one.text == term.text)
            });
            if !counts && !terms.contains(&term) {
                terms.push(term);
            }
        }
    }
    terms
}

/// In words; none where only the side is wrong, which `counts when … says it` tells.
fn reason(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::SaidBy(_) => None,
        Reason::Negated => Some("a negating word stands before it"),
        Reason::Vetoed => Some("a veto of its entry stands in the sentence"),
        Reason::NoContext => Some("no context of its entry stands in the sentence"),
        Reason::Alone => Some("it is weak, and no other term of its entry stands beside it"),
        Reason::Hidden => Some("a longer or earlier term of its dictionary covers it"),
    }
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

fn shown(tested: &Tested) -> String {
    let mut text = String::new();
    for one in &tested.found {
        let class = one.class.as_ref();
        let class = class.map_or(String::new(), |class| format!(", {class}"));
        let _ = writeln!(
            text,
            "{}/{}  `{}`  {} (counts when {} says it{class})",
            one.dictionary, one.entry, one.text, one.label, one.said_by
        );
    }
    for one in &tested.not_counted {
        let _ = writeln!(
            text,
            "{}/{}  `{}`  does not count: {}",
            one.dictionary, one.entry, one.text, one.reason
        );
    }
    if let Some(kind) = tested.question {
        let _ = writeln!(text, "questions  {kind}");
    }
    if text.is_empty() {
        text.push_str("nothing found\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use talktrack_analyzers::{Dictionaries, DictionarySource};

    use super::{find, not_counted};

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

    #[test]
    fn what_does_not_count_says_why() {
        let sources = Dictionaries::layered(Vec::new());
        let dictionaries = Dictionaries::compile(&sources).expect("valid");
        let why = |sentence: &str| -> Vec<(String, &'static str)> {
            let found = find(&dictionaries, sentence);
            let terms = not_counted(&dictionaries, sentence, &found).into_iter();
            let of_objections = terms.filter(|term| term.dictionary == "objections");
            of_objections.map(|term| (term.text, term.reason)).collect()
        };
        let told = why("it is not too expensive");
        assert!(
            told.iter()
                .any(|(text, why)| text == "too expensive" && why.contains("negating")),
            "{told:?}"
        );
        let told = why("what about the roadmap");
        assert!(
            told.iter()
                .any(|(text, why)| text == "roadmap" && why.contains("weak")),
            "{told:?}"
        );
        let told = why("we looked at the price point, no budget for it");
        assert!(
            !told.iter().any(|(text, _)| text == "no budget"),
            "{told:?}"
        );
    }
}
