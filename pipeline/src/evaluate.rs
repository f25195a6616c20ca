//! What a detector finds against labels, beside what the simplest rules find.
//!
//! A file of labels is a table with tabs between its cells and names in its first line: a text a row, and whether it is what
//! the detector looks for.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;
use talktrack_analyzers::dictionary::{Dictionary, Kind};
use talktrack_analyzers::question::QuestionCues;
use talktrack_analyzers::statistics::{Score, wilson};
use talktrack_analyzers::text::{folded, is_boundary};
use talktrack_analyzers::{Call, Dictionaries, Side};

use crate::config::closest;
use crate::error::Error;

/// What to evaluate, and which columns say what.
#[derive(Debug, Clone)]
pub struct Options {
    /// `questions`, a dictionary, or `dictionary/entry`.
    pub find: String,
    /// Column of the text.
    pub text: String,
    /// Column of the label.
    pub label: String,
    /// Column of the side; without it a text counts on whichever side it would.
    pub side: Option<String>,
    /// Only rows whose column has this value.
    pub only: Option<(String, String)>,
    /// So many wrong cases of either kind are kept.
    pub errors: usize,
}

/// Scores of the detector and of simple rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// What was looked for.
    pub find: String,
    /// Rows of the file that count.
    pub cases: u64,
    /// Rows that are labelled.
    pub labelled: u64,
    /// The detector first.
    pub rules: Vec<Scored>,
    /// Texts that the detector finds and that are not labelled.
    pub only_found: Vec<String>,
    /// Texts that are labelled and that the detector does not find.
    pub only_labelled: Vec<String>,
}

/// One rule's score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// What the rule is.
    pub rule: String,
    /// Share of what it finds that is labelled, 0 to 1; null where it finds nothing.
    pub precision: Option<f64>,
    /// Its 95 % interval (Wilson).
    pub precision_interval: Option<(f64, f64)>,
    /// Share of what is labelled that it finds, 0 to 1.
    pub recall: Option<f64>,
    /// Its 95 % interval (Wilson).
    pub recall_interval: Option<(f64, f64)>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
}

impl Scored {
    fn new(rule: &str, score: Score) -> Scored {
        Scored {
            rule: rule.to_owned(),
            precision: score.precision(),
            precision_interval: wilson(score.both, score.found()),
            recall: score.recall(),
            recall_interval: wilson(score.both, score.labelled()),
            f1: score.f1(),
        }
    }
}

/// Scores what `options` name on the labels of a file; one that ends in `.gz` is unpacked.
///
/// # Errors
///
/// The file cannot be read, lacks a column, or has a row that is no case; there is no such detector.
pub fn file(
    dictionaries: &Dictionaries,
    path: &Path,
    options: &Options,
) -> Result<Evaluation, Error> {
    let failed = |source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let is_packed = path.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn Read> = if is_packed {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let rules = rules(dictionaries, &options.find)?;
    let mut tally = Tally::new(options, rules);
    let mut columns: Option<Columns> = None;
    for (index, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(failed)?;
        let place = format!("`{}`, line {}", path.display(), index + 1);
        match &columns {
            None => columns = Some(Columns::read(&line, options, &place)?),
            Some(columns) => {
                if let Some(case) = columns.case(&line, &place)? {
                    tally.add(&case);
                }
            }
        }
    }
    Ok(tally.finish())
}

/// Where the cells of a case stand.
struct Columns {
    text: usize,
    label: usize,
    side: Option<usize>,
    only: Option<(usize, String)>,
}

/// One row.
struct Case<'l> {
    text: &'l str,
    is_labelled: bool,
    side: Option<Side>,
}

impl Columns {
    fn read(header: &str, options: &Options, place: &str) -> Result<Columns, Error> {
        let names: Vec<&str> = header.split('\t').map(str::trim).collect();
        let find = |wanted: &str| {
            names.iter().position(|name| *name == wanted).ok_or_else(|| {
                Error::usage(
                    format!("{place}: there is no column `{wanted}`"),
                    format!("the columns are {}; name others with --text, --label, --side or --only", names.join(", ")),
                )
            })
        };
        let only = options.only.as_ref();
        Ok(Columns {
            text: find(&options.text)?,
            label: find(&options.label)?,
            side: options.side.as_deref().map(find).transpose()?,
            only: only
                .map(|(column, value)| Ok::<_, Error>((find(column)?, value.clone())))
                .transpose()?,
        })
    }

    /// The case on a line; none where `only` leaves it out.
    fn case<'l>(&self, line: &'l str, place: &str) -> Result<Option<Case<'l>>, Error> {
        let cells: Vec<&str> = line.trim_end_matches('\r').split('\t').collect();
        let cell = |position: usize| {
            cells.get(position).copied().ok_or_else(|| {
                Error::usage(
                    format!(
                        "{place}: the row has {} cells and cell {} is wanted",
                        cells.len(),
                        position + 1
                    ),
                    "put a tab between cells and none into a text",
                )
            })
        };
        if let Some((column, value)) = &self.only
            && cell(*column)? != value
        {
            return Ok(None);
        }
        let label = cell(self.label)?;
        let is_labelled = truth(label).ok_or_else(|| {
            Error::usage(
                format!("{place}: the label `{label}` says neither yes nor no"),
                "write 1 or 0, or name another column with --label",
            )
        })?;
        let side = self.side.map(|column| cell(column).map(side)).transpose()?;
        Ok(Some(Case {
            text: cell(self.text)?,
            is_labelled,
            side,
        }))
    }
}

fn truth(label: &str) -> Option<bool> {
    match label.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" | "" => Some(false),
        _ => None,
    }
}

/// A side as we call it, or as Gong does.
fn side(name: &str) -> Side {
    match name.trim().to_ascii_lowercase().as_str() {
        "external" => Side::Customer,
        "internal" => Side::Company,
        other => Side::from_name(other),
    }
}

/// A rule's name, and whether it finds something in a text of a side.
type Rule<'d> = (String, Box<dyn Fn(&str, Option<Side>) -> bool + 'd>);

/// The detector that `find` names, and the simple rules beside it.
fn rules<'d>(dictionaries: &'d Dictionaries, find: &str) -> Result<Vec<Rule<'d>>, Error> {
    let mut rules: Vec<Rule<'d>> = if find == QuestionCues::DICTIONARY {
        question_rules(dictionaries)
    } else {
        mention_rules(dictionaries, find)?
    };
    rules.push(("everything".to_owned(), Box::new(|_, _| true)));
    Ok(rules)
}

fn question_rules(dictionaries: &Dictionaries) -> Vec<Rule<'_>> {
    let cues = dictionaries.question_cues();
    let words = |ids: &[&str]| {
        let entries = dictionaries
            .get(QuestionCues::DICTIONARY)
            .into_iter()
            .flat_map(|found| &found.entries);
        let meant = entries.filter(|entry| ids.contains(&entry.id.as_str()));
        meant
            .flat_map(|entry| &entry.terms)
            .map(|term| folded(term))
            .collect::<Vec<String>>()
    };
    let openers = words(&["question_words", "question_words_with_verb"]);
    let auxiliaries = words(&["auxiliaries"]);
    let subjects = words(&["pronouns", "subjects"]);
    let fillers = words(&["fillers", "hesitations"]);
    let first = [openers.clone(), auxiliaries.clone()].concat();
    vec![
        (
            "talktrack: questions".to_owned(),
            Box::new(|text, _| cues.question(text).is_some()),
        ),
        (
            "contains `?`".to_owned(),
            Box::new(|text, _| text.contains('?')),
        ),
        (
            "first word is a question word or auxiliary".to_owned(),
            Box::new(move |text, _| {
                let text = folded(text);
                let words = bare_words(&text);
                words.first().is_some_and(|word| is_one_of(word, &first))
            }),
        ),
        (
            "fillers left out, then a question word, or an auxiliary and a subject".to_owned(),
            Box::new(move |text, _| {
                let text = folded(text);
                let words = without(&fillers, &bare_words(&text));
                let is = |at: usize, list: &[String]| {
                    words.get(at).is_some_and(|word| is_one_of(word, list))
                };
                is(0, &openers) || (is(0, &auxiliaries) && is(1, &subjects))
            }),
        ),
    ]
}

/// The words of a folded text without the signs around them.
fn bare_words(text: &str) -> Vec<&str> {
    let words = text.split_whitespace();
    words
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_one_of(word: &str, list: &[String]) -> bool {
    list.iter().any(|known| known == word)
}

/// The words that are left when those of the list at the start are skipped.
fn without<'w>(fillers: &[String], words: &[&'w str]) -> Vec<&'w str> {
    let filler = |words: &[&str]| {
        (1..=words.len().min(3))
            .rev()
            .find(|length| fillers.contains(&words[..*length].join(" ")))
    };
    let mut rest = words;
    while let Some(length) = filler(rest) {
        rest = &rest[length..];
    }
    rest.to_vec()
}

fn mention_rules<'d>(dictionaries: &'d Dictionaries, find: &str) -> Result<Vec<Rule<'d>>, Error> {
    let (name, entry) = match find.split_once('/') {
        Some((name, entry)) => (name, Some(entry.to_owned())),
        None => (find, None),
    };
    let position = dictionaries
        .all()
        .iter()
        .position(|known| known.name == name && known.kind == Kind::Mentions)
        .ok_or_else(|| unknown(dictionaries, find))?;
    let dictionary = &dictionaries.all()[position];
    if let Some(id) = &entry
        && !dictionary.entries.iter().any(|known| known.id == *id)
    {
        return Err(unknown(dictionaries, find));
    }
    let terms = terms(dictionary, entry.as_deref());
    let is_meant = move |text: &str, side: Option<Side>| {
        let sides = side.map_or_else(|| vec![Side::Customer, Side::Company], |side| vec![side]);
        sides.into_iter().any(|side| {
            let found = dictionaries.mentions(&Call::of_sentence(text, side));
            let mut own = found
                .iter()
                .filter(|mention| mention.dictionary == position);
            own.any(|mention| {
                let id = &dictionary.entries[mention.entry].id;
                entry.as_ref().is_none_or(|wanted| wanted == id)
            })
        })
    };
    Ok(vec![
        (format!("talktrack: {find}"), Box::new(is_meant)),
        (
            "any of its terms, whatever stands around them".to_owned(),
            Box::new(move |text, _| has_any(&folded(text), &terms)),
        ),
    ])
}

fn terms(dictionary: &Dictionary, entry: Option<&str>) -> Vec<String> {
    let meant = dictionary
        .entries
        .iter()
        .filter(|known| entry.is_none_or(|id| known.id == id));
    let terms = meant.flat_map(|known| known.terms.iter().chain(&known.weak));
    terms.map(|term| folded(term)).collect()
}

fn has_any(text: &str, terms: &[String]) -> bool {
    terms.iter().any(|term| {
        let mut places = text.match_indices(term.as_str());
        places.any(|(start, found)| {
            is_boundary(text, start) && is_boundary(text, start + found.len())
        })
    })
}

fn unknown(dictionaries: &Dictionaries, find: &str) -> Error {
    let known: Vec<String> = std::iter::once(QuestionCues::DICTIONARY.to_owned())
        .chain(dictionaries.names().flat_map(|name| {
            let entries = dictionaries
                .entries(name)
                .map(move |(id, _)| format!("{name}/{id}"));
            std::iter::once(name.to_owned())
                .chain(entries)
                .collect::<Vec<_>>()
        }))
        .collect();
    let names: Vec<&String> = known.iter().filter(|name| !name.contains('/')).collect();
    let hint = match closest(find, known.iter().cloned()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!(
            "give one of {}, or an entry of it such as `objections/price`",
            names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    Error::usage(format!("nothing looks for `{find}`"), hint)
}

/// Scores in the making.
struct Tally<'d> {
    find: String,
    most: usize,
    rules: Vec<(Rule<'d>, Score)>,
    wrong: HashMap<bool, Vec<String>>,
}

impl<'d> Tally<'d> {
    fn new(options: &Options, rules: Vec<Rule<'d>>) -> Tally<'d> {
        Tally {
            find: options.find.clone(),
            most: options.errors,
            rules: rules
                .into_iter()
                .map(|rule| (rule, Score::default()))
                .collect(),
            wrong: HashMap::new(),
        }
    }

    fn add(&mut self, case: &Case<'_>) {
        for (position, ((_, finds), score)) in self.rules.iter_mut().enumerate() {
            let is_found = finds(case.text, case.side);
            score.add(is_found, case.is_labelled);
            if position == 0 && is_found != case.is_labelled {
                let wrong = self.wrong.entry(is_found).or_default();
                if wrong.len() < self.most {
                    wrong.push(case.text.to_owned());
                }
            }
        }
    }

    fn finish(mut self) -> Evaluation {
        let first = self
            .rules
            .first()
            .map(|(_, score)| *score)
            .unwrap_or_default();
        Evaluation {
            find: self.find,
            cases: first.cases(),
            labelled: first.labelled(),
            rules: self
                .rules
                .iter()
                .map(|((rule, _), score)| Scored::new(rule, *score))
                .collect(),
            only_found: self.wrong.remove(&true).unwrap_or_default(),
            only_labelled: self.wrong.remove(&false).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use talktrack_analyzers::Dictionaries;

    use super::{Evaluation, Options, file};
    use crate::error::Error;

    fn evaluated(text: &str, options: &Options) -> Result<Evaluation, Error> {
        let dictionaries =
            Dictionaries::compile(&Dictionaries::embedded()).expect("the built-in ones");
        let mut labels = tempfile::NamedTempFile::new().expect("a file");
        labels.write_all(text.as_bytes()).expect("room");
        file(&dictionaries, labels.path(), options)
    }

    fn options(find: &str) -> Options {
        Options {
            find: find.to_owned(),
            text: "text".to_owned(),
            label: "label".to_owned(),
            side: None,
            only: None,
            errors: 5,
        }
    }

    #[test]
    fn a_detector_is_scored_beside_simple_rules() {
        let labels = "text\tlabel\nWhat do you use today?\t1\nReally?\t0\nSo tell me about your team\t1\nFine.\t0\n";
        let found = evaluated(labels, &options("questions")).expect("scores");
        assert_eq!((found.cases, found.labelled), (4, 2));
        let f1: Vec<Option<f64>> = found.rules.iter().map(|rule| rule.f1).collect();
        assert_eq!(f1[0], Some(1.0), "{found:?}");
        assert_eq!(
            (found.rules[1].precision, found.rules[1].recall),
            (Some(0.5), Some(0.5))
        );
        assert_eq!(
            (found.rules[3].precision, found.rules[3].recall),
            (Some(1.0), Some(0.5)),
            "it strips `so` and knows no phrases"
        );
        assert_eq!(
            (found.rules[4].precision, found.rules[4].recall),
            (Some(0.5), Some(1.0))
        );
        assert!(found.only_found.is_empty() && found.only_labelled.is_empty());
    }

    #[test]
    fn sides_and_filters_are_columns() {
        let labels = "who\tsaid\tset\tis\nExternal\tThat is too expensive.\ta\t1\nInternal\tThat is too expensive.\ta\t0\n\
                      External\tIt is not too expensive\tb\tmaybe\n";
        let options = Options {
            text: "said".to_owned(),
            label: "is".to_owned(),
            side: Some("who".to_owned()),
            only: Some(("set".to_owned(), "a".to_owned())),
            ..options("objections/price")
        };
        let found = evaluated(labels, &options).expect("scores");
        assert_eq!((found.cases, found.rules[0].f1), (2, Some(1.0)));
        // The plain terms do not know who speaks.
        assert_eq!(found.rules[1].precision, Some(0.5));
        let all = Options {
            only: None,
            ..options
        };
        let error = evaluated(labels, &all).expect_err("neither yes nor no");
        assert!(
            error.to_string().contains("line 4: the label `maybe`"),
            "{error}"
        );
    }

    /// Other dictionaries have more entries than the one that is asked about.
    #[test]
    fn what_other_dictionaries_find_is_nothing() {
        let found = evaluated(
            "text\tlabel\nWho else are you looking at, other vendors?\t0\nWhat does it cost?\t1\n",
            &options("pricing"),
        );
        let found = found.expect("scores");
        assert_eq!(
            (found.cases, found.rules[0].f1),
            (2, Some(1.0)),
            "{found:?}"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = evaluated("text\tlabels\n", &options("questions")).expect_err("no label");
        assert!(
            error
                .to_string()
                .contains("line 1: there is no column `label`"),
            "{error}"
        );
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("text, labels"))
        );
        let error =
            evaluated("text\tlabel\n", &options("objection")).expect_err("no such detector");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("`objections`"))
        );
        let error =
            evaluated("text\tlabel\nalone\n", &options("questions")).expect_err("a short row");
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
