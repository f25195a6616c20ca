//! Dictionaries: what they say once read and checked, and all of them compiled for matching.

mod parse;

use std::fmt;

use crate::call::Call;
use crate::lexicon::{Lexicon, Mention};
use crate::question::QuestionCues;

/// The text of one dictionary file. Whoever reads files hands it over; this crate reads none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DictionarySource {
    /// Name of the file without its folder, such as `competitors.toml`.
    pub file: String,
    /// Its content.
    pub text: String,
}

/// What is wrong at one place of a dictionary file, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DictionaryError {
    /// Name of the file.
    pub file: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// Id of the entry, where the trouble lies in one.
    pub entry: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub instead: String,
}

impl fmt::Display for DictionaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(entry) = &self.entry {
            write!(f, "entry `{entry}`: ")?;
        }
        write!(f, "{}; {}", self.problem, self.instead)
    }
}

/// Who must say a term for it to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidBy {
    /// Anybody.
    Any,
    /// The own company.
    Company,
    /// The customer.
    Customer,
}

impl SaidBy {
    /// The name used in dictionary files.
    pub fn name(self) -> &'static str {
        match self {
            SaidBy::Any => "any",
            SaidBy::Company => "company",
            SaidBy::Customer => "customer",
        }
    }

    fn from_name(name: &str) -> Option<SaidBy> {
        [SaidBy::Any, SaidBy::Company, SaidBy::Customer]
            .into_iter()
            .find(|said_by| said_by.name() == name)
    }
}

/// What the entries of a dictionary are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Each hit is reported as a mention.
    Mentions,
    /// Each entry is a class; its terms, in the sentence of a mention of the dictionaries in `applies_to`, put the
    /// mention into that class. The first entry that fits wins.
    Classes,
    /// Its terms, shortly before a mention of the dictionaries in `applies_to`, cancel the mention.
    Negation,
    /// Lists that an analyzer reads by the id of the entry.
    Cues,
}

impl Kind {
    /// The name used in dictionary files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Mentions => "mentions",
            Kind::Classes => "classes",
            Kind::Negation => "negation",
            Kind::Cues => "cues",
        }
    }

    fn from_name(name: &str) -> Option<Kind> {
        [Kind::Mentions, Kind::Classes, Kind::Negation, Kind::Cues]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// One dictionary file, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// Name, which is also the file's.
    pub name: String,
    /// Language of the terms.
    pub language: String,
    /// What it collects, in a sentence.
    pub meaning: String,
    /// What its entries are for.
    pub kind: Kind,
    /// Who must say its terms, unless an entry says otherwise.
    pub said_by: SaidBy,
    /// Whether a term also counts with a plural `s` or `es` at its end.
    pub plurals: bool,
    /// For classes and negation: the dictionaries whose mentions they concern.
    pub applies_to: Vec<String>,
    /// Entries in the order of the file.
    pub entries: Vec<Entry>,
}

/// One entry of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id, unique in the dictionary.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Who must say its terms.
    pub said_by: SaidBy,
    /// Whether upper and lower case must be as written.
    pub case_sensitive: bool,
    /// Terms that count alone.
    pub terms: Vec<String>,
    /// Terms that count only with a second cue of the entry in the same or an adjacent sentence of the same side.
    pub weak: Vec<String>,
    /// Terms that cancel the entry in the sentence they stand in.
    pub veto: Vec<String>,
    /// Where not empty: terms of which one must stand in the same sentence.
    pub context: Vec<String>,
}

impl Dictionary {
    /// Hash of what the file says: comments, spacing and the order of terms do not change it.
    fn digest(&self) -> String {
        let mut canonical = String::new();
        let mut put = |key: &str, value: &str| {
            let length = value.len().to_string();
            for part in [key, ":", &length, ":", value, "\n"] {
                canonical.push_str(part);
            }
        };
        put("name", &self.name);
        put("language", &self.language);
        put("kind", self.kind.name());
        put("plurals", &self.plurals.to_string());
        for name in &self.applies_to {
            put("applies_to", name);
        }
        for entry in &self.entries {
            put("entry", &entry.id);
            put("label", &entry.label);
            put("said_by", entry.said_by.name());
            put("case_sensitive", &entry.case_sensitive.to_string());
            for (key, terms) in entry.lists() {
                let mut sorted: Vec<&String> = terms.iter().collect();
                sorted.sort_unstable();
                for term in sorted {
                    put(key, term);
                }
            }
        }
        blake3::hash(canonical.as_bytes()).to_hex().to_string()
    }
}

impl Entry {
    /// The lists of terms by their key.
    fn lists(&self) -> [(&'static str, &[String]); 4] {
        [
            ("terms", &self.terms),
            ("weak", &self.weak),
            ("veto", &self.veto),
            ("context", &self.context),
        ]
    }
}

/// All dictionaries of a run, checked and compiled into one automaton.
#[derive(Debug)]
pub struct Dictionaries {
    dictionaries: Vec<Dictionary>,
    digests: Vec<String>,
    lexicon: Lexicon,
    questions: QuestionCues,
}

impl Dictionaries {
    /// Reads, checks and compiles dictionary files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of the files, in the order of files and lines.
    pub fn compile(sources: &[DictionarySource]) -> Result<Dictionaries, Vec<DictionaryError>> {
        let mut dictionaries = parse::parse_all(sources)?;
        dictionaries.sort_by(|a, b| a.name.cmp(&b.name));
        let lexicon = Lexicon::build(&dictionaries);
        let cues = dictionaries
            .iter()
            .find(|d| d.name == QuestionCues::DICTIONARY);
        Ok(Dictionaries {
            digests: dictionaries.iter().map(Dictionary::digest).collect(),
            lexicon,
            questions: cues.map(QuestionCues::build).unwrap_or_default(),
            dictionaries,
        })
    }

    /// The dictionaries that ship with the program.
    pub fn embedded() -> Vec<DictionarySource> {
        let embed = |file: &str, text: &str| DictionarySource {
            file: file.to_owned(),
            text: text.to_owned(),
        };
        vec![
            embed(
                "comparison.toml",
                include_str!("../../dictionaries/comparison.toml"),
            ),
            embed(
                "competitors.toml",
                include_str!("../../dictionaries/competitors.toml"),
            ),
            embed(
                "negation.toml",
                include_str!("../../dictionaries/negation.toml"),
            ),
            embed(
                "objections.toml",
                include_str!("../../dictionaries/objections.toml"),
            ),
            embed(
                "pricing.toml",
                include_str!("../../dictionaries/pricing.toml"),
            ),
            embed(
                "questions.toml",
                include_str!("../../dictionaries/questions.toml"),
            ),
        ]
    }

    /// The embedded dictionaries with the user's `files` over them: a file of the same name replaces the embedded one
    /// whole, another is added.
    pub fn layered(files: Vec<DictionarySource>) -> Vec<DictionarySource> {
        let is_replaced =
            |source: &DictionarySource| files.iter().any(|own| own.file == source.file);
        let mut sources: Vec<DictionarySource> = Dictionaries::embedded()
            .into_iter()
            .filter(|source| !is_replaced(source))
            .collect();
        sources.extend(files);
        sources.sort_by(|a, b| a.file.cmp(&b.file));
        sources
    }

    /// Hash of what a dictionary says; `None` where there is no such dictionary.
    pub fn digest(&self, dictionary: &str) -> Option<&str> {
        self.digests()
            .find_map(|(name, digest)| (name == dictionary).then_some(digest))
    }

    /// Name and hash of every dictionary, by name.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.dictionaries.iter().map(|d| d.name.as_str());
        names.zip(self.digests.iter().map(String::as_str))
    }

    /// Names of the dictionaries whose entries are reported as mentions, alphabetically.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all()
            .iter()
            .filter(|dictionary| dictionary.kind == Kind::Mentions)
            .map(|dictionary| dictionary.name.as_str())
    }

    /// Id and label of each entry of a dictionary, in the order of its file; none where there is no such dictionary.
    pub fn entries(&self, dictionary: &str) -> impl Iterator<Item = (&str, &str)> {
        self.get(dictionary)
            .into_iter()
            .flat_map(|found| &found.entries)
            .map(|entry| (entry.id.as_str(), entry.label.as_str()))
    }

    /// A dictionary by name.
    pub fn get(&self, dictionary: &str) -> Option<&Dictionary> {
        self.all().iter().find(|found| found.name == dictionary)
    }

    /// Every dictionary, by name.
    pub fn all(&self) -> &[Dictionary] {
        &self.dictionaries
    }

    /// The mentions in a call, by dictionary, sentence and first byte.
    pub fn mentions(&self, call: &Call<'_>) -> Vec<Mention> {
        self.lexicon.mentions(&self.dictionaries, call)
    }

    /// The cue lists of the questions analyzer.
    pub fn question_cues(&self) -> &QuestionCues {
        &self.questions
    }

    /// Whether the mentions found depend on the dictionary called `name`.
    pub(crate) fn shapes_mentions(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|dictionary| dictionary.kind != Kind::Cues)
    }
}
