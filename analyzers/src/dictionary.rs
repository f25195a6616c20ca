//! One dictionary: what its file says once read and checked.

pub(crate) mod parse;
mod terms;

use std::fmt;

use crate::names;
use crate::slots::Slot;

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaidBy {
    /// Anybody.
    #[default]
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
    /// Whether a term is also found with a space, a hyphen or nothing between its words.
    pub variants: bool,
    /// For classes and negation: the dictionaries whose mentions they concern.
    pub applies_to: Vec<String>,
    /// Entries in the order of the file.
    pub entries: Vec<Entry>,
}

/// One entry of a dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Where not empty: slots of which one must be filled in the same sentence for the entry to be more than vague.
    pub needs: Vec<Slot>,
}

impl Dictionary {
    /// Whether it shapes the mentions of the dictionary called `name`.
    pub(crate) fn concerns(&self, name: &str) -> bool {
        self.applies_to.iter().any(|other| other == name)
    }

    /// Whether a term leaves the name of a competitor open.
    pub(crate) fn names_competitors(&self) -> bool {
        let terms = self.entries.iter().flat_map(Entry::lists);
        let mut words =
            terms.flat_map(|(_, terms)| terms.iter().flat_map(|term| term.split_whitespace()));
        words.any(|word| word == names::SLOT)
    }

    /// Hash of what the file says: comments, spacing and the order of terms do not change it.
    pub(crate) fn digest(&self) -> String {
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
        put("variants", &self.variants.to_string());
        for name in &self.applies_to {
            put("applies_to", name);
        }
        for entry in &self.entries {
            put("entry", &entry.id);
            put("label", &entry.label);
            put("said_by", entry.said_by.name());
            put("case_sensitive", &entry.case_sensitive.to_string());
            for slot in &entry.needs {
                put("needs", slot.written());
            }
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
