//! Reads and checks dictionary files, and says everything that is wrong with them at once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::terms::{self, Place};
use super::{Dictionary, DictionaryError, DictionarySource, Entry, Kind, SaidBy};
use crate::delivery::Delivery;
use crate::metrics::methodology::EVIDENCE;
use crate::names::forms;
use crate::question::QuestionCues;
use crate::slots::{SLOTS, Slot};
use crate::text::folded;

const SCHEMA_VERSION: &str = "1";

const FILE_KEYS: [&str; 10] = [
    "schema_version",
    "name",
    "language",
    "said_by",
    "meaning",
    "kind",
    "plurals",
    "variants",
    "applies_to",
    "entry",
];

const ENTRY_KEYS: [&str; 9] = [
    "id",
    "label",
    "terms",
    "weak",
    "veto",
    "context",
    "needs",
    "case_sensitive",
    "said_by",
];

/// Dictionaries whose lists are looked for word by word.
const READ_WORD_BY_WORD: [&str; 4] = [
    Delivery::BACKCHANNELS,
    Delivery::FILLERS,
    Delivery::HEDGES,
    QuestionCues::DICTIONARY,
];

pub(crate) fn parse_all(
    sources: &[DictionarySource],
) -> Result<Vec<Dictionary>, Vec<DictionaryError>> {
    let mut errors = Vec::new();
    let mut dictionaries = Vec::new();
    let mut files: HashMap<&str, usize> = HashMap::new();
    for source in sources {
        let seen = files.entry(source.file.as_str()).or_default();
        *seen += 1;
        let mut checker = Checker {
            source,
            lines: Lines::of(&source.text),
            entry: None,
            errors: Vec::new(),
        };
        if *seen == 2 {
            checker.fail(
                0..0,
                "the file is given twice".to_owned(),
                "give each file once",
            );
        }
        dictionaries.extend(checker.dictionary());
        checker.errors.sort_by_key(|error| error.line);
        errors.append(&mut checker.errors);
    }
    check_references(sources, &dictionaries, &mut errors);
    if errors.is_empty() {
        Ok(dictionaries)
    } else {
        Err(errors)
    }
}

/// `applies_to` must name dictionaries that exist and report mentions.
fn check_references(
    sources: &[DictionarySource],
    dictionaries: &[Dictionary],
    errors: &mut Vec<DictionaryError>,
) {
    let known: Vec<&str> = dictionaries
        .iter()
        .filter(|dictionary| dictionary.kind == Kind::Mentions)
        .map(|dictionary| dictionary.name.as_str())
        .collect();
    // Where a file could not be read its name is unknown, and a reference to it is not to blame.
    if dictionaries.len() < sources.len() {
        return;
    }
    for (dictionary, source) in dictionaries.iter().zip(sources) {
        for name in &dictionary.applies_to {
            if !known.contains(&name.as_str()) {
                errors.push(DictionaryError {
                    file: source.file.clone(),
                    line: Lines::of(&source.text).at(source.text.find("applies_to").unwrap_or(0)),
                    entry: None,
                    problem: format!("`applies_to` names `{name}`, which reports no mentions"),
                    instead: if known.is_empty() {
                        "remove the name, or add a dictionary of mentions".to_owned()
                    } else {
                        format!("name some of: {}", known.join(", "))
                    },
                });
            }
        }
    }
}

struct Checker<'s> {
    source: &'s DictionarySource,
    lines: Lines,
    entry: Option<String>,
    errors: Vec<DictionaryError>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl<'s> Checker<'s> {
    fn fail(&mut self, at: Range<usize>, problem: String, instead: impl Into<String>) {
        self.errors.push(DictionaryError {
            file: self.source.file.clone(),
            line: self.lines.at(at.start),
            entry: self.entry.clone(),
            problem,
            instead: instead.into(),
        });
    }

    /// The dictionary, as far as it can be read; `None` where it is not TOML.
    fn dictionary(&mut self) -> Option<Dictionary> {
        let (root, syntax) = DeTable::parse_recoverable(&self.source.text);
        if !syntax.is_empty() {
            for error in syntax {
                let at = error.span().unwrap_or(0..0);
                self.fail(
                    at,
                    format!("not valid TOML: {}", error.message()),
                    "correct the line",
                );
            }
            return None;
        }
        let table = root.get_ref();
        self.check_keys(table, &FILE_KEYS, "a dictionary file");
        self.check_version(table);
        let kind = self.choice(
            table,
            "kind",
            Kind::from_name,
            "mentions, classes, negation or cues",
        );
        let said_by = self.said_by(table).unwrap_or(SaidBy::Any);
        let mut dictionary = Dictionary {
            name: self.name(table),
            language: self.text(table, "language").unwrap_or("en").to_owned(),
            meaning: self.text(table, "meaning").unwrap_or_default().to_owned(),
            kind: kind.unwrap_or(Kind::Mentions),
            said_by,
            plurals: self.flag(table, "plurals").unwrap_or(false),
            variants: self.flag(table, "variants").unwrap_or(false),
            applies_to: self
                .strings(table, "applies_to")
                .into_iter()
                .map(|(s, _)| s)
                .collect(),
            entries: Vec::new(),
        };
        self.entries(table, &mut dictionary);
        Some(dictionary)
    }

    fn check_keys(&mut self, table: &DeTable<'_>, known: &[&str], place: &str) {
        for key in table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                self.fail(
                    key.span(),
                    format!("unknown key `{}`", key.get_ref()),
                    format!("the keys of {place} are: {}", known.join(", ")),
                );
            }
        }
    }

    fn check_version(&mut self, table: &DeTable<'_>) {
        let Some(value) = table.get("schema_version") else {
            let instead = format!("write `schema_version = {SCHEMA_VERSION}` at the top");
            self.fail(0..0, "`schema_version` is missing".to_owned(), instead);
            return;
        };
        if value
            .get_ref()
            .as_integer()
            .map(toml::de::DeInteger::as_str)
            != Some(SCHEMA_VERSION)
        {
            let found = self.written(value);
            self.fail(
                value.span(),
                format!("`schema_version` is `{found}`, which this program does not read"),
                format!("write `schema_version = {SCHEMA_VERSION}`"),
            );
        }
    }

    fn name(&mut self, table: &DeTable<'_>) -> String {
        let stem = self
            .source
            .file
            .strip_suffix(".toml")
            .unwrap_or(&self.source.file);
        let stem = stem.to_owned();
        let at = table.get("name").map_or(0..0, Spanned::span);
        match self.text(table, "name") {
            Some(name) if name != stem => self.fail(
                at,
                format!("`name` is `{name}`, but the file is `{}`", self.source.file),
                format!("write `name = \"{stem}\"`, or rename the file"),
            ),
            None if !table.contains_key("name") => self.fail(
                at,
                "`name` is missing".to_owned(),
                format!("write `name = \"{stem}\"`"),
            ),
            _ => {}
        }
        if !is_identifier(&stem) {
            self.fail(
                0..0,
                format!("`{stem}` cannot be the name of a dictionary"),
                "name the file with a-z, 0-9, `_` and `-` only",
            );
        }
        stem
    }

    fn entries(&mut self, table: &DeTable<'_>, dictionary: &mut Dictionary) {
        let Some(value) = table.get("entry") else {
            return;
        };
        let Some(list) = value.get_ref().as_array() else {
            let instead = "write each entry as a table under `[[entry]]`";
            return self.fail(
                value.span(),
                "`entry` is not a list of tables".to_owned(),
                instead,
            );
        };
        let mut seen = Seen::default();
        for item in list {
            if let Some(fields) = item.get_ref().as_table() {
                let entry = self.one_entry(fields, item.span(), dictionary, &mut seen);
                dictionary.entries.push(entry);
            } else {
                let instead = "write each entry as a table under `[[entry]]`";
                self.fail(item.span(), "an entry is not a table".to_owned(), instead);
            }
            self.entry = None;
        }
    }

    fn one_entry(
        &mut self,
        fields: &DeTable<'_>,
        at: Range<usize>,
        dictionary: &Dictionary,
        seen: &mut Seen,
    ) -> Entry {
        let id = self.text(fields, "id").unwrap_or_default().to_owned();
        let id_at = fields.get("id").map_or(at.clone(), Spanned::span);
        self.check_id(&id, &id_at, dictionary, seen);
        self.entry = (!id.is_empty()).then(|| id.clone());
        self.check_keys(fields, &ENTRY_KEYS, "an entry");
        let label = self
            .text(fields, "label")
            .filter(|label| !label.trim().is_empty());
        let mut entry = Entry {
            label: label.unwrap_or(&id).to_owned(),
            said_by: self.said_by(fields).unwrap_or(dictionary.said_by),
            case_sensitive: self.flag(fields, "case_sensitive").unwrap_or(false),
            needs: self.needs(fields, &id),
            id,
            ..Entry::default()
        };
        entry.terms = self.terms(fields, "terms", dictionary, &entry, seen);
        entry.weak = self.terms(fields, "weak", dictionary, &entry, seen);
        entry.veto = self.terms(fields, "veto", dictionary, &entry, seen);
        entry.context = self.terms(fields, "context", dictionary, &entry, seen);
        self.check_contradictions(fields, &entry);
        if !fields.contains_key("terms") && entry.weak.is_empty() {
            self.fail(
                at,
                "`terms` is missing".to_owned(),
                "write `terms = [\"...\"]`",
            );
        }
        entry
    }

    /// A term that counts and is its own veto never counts.
    fn check_contradictions(&mut self, fields: &DeTable<'_>, entry: &Entry) {
        let counts: HashSet<String> = entry
            .terms
            .iter()
            .chain(&entry.weak)
            .map(|term| folded(term))
            .collect();
        for (veto, at) in self.strings(fields, "veto") {
            if counts.contains(&folded(&veto)) {
                let problem = format!("`{veto}` both counts and is a veto");
                self.fail(
                    at,
                    problem,
                    "remove it from `veto`, or from `terms` and `weak`",
                );
            }
        }
    }

    fn check_id(&mut self, id: &str, at: &Range<usize>, dictionary: &Dictionary, seen: &mut Seen) {
        let line = self.lines.at(at.start);
        if !is_identifier(id) {
            let problem = if id.is_empty() {
                "an entry has no `id`".to_owned()
            } else {
                format!("`{id}` cannot be an id")
            };
            let instead = "write `id = \"...\"` with a-z, 0-9, `_` and `-` only";
            self.fail(at.clone(), problem, instead);
        } else if let Some(first) = seen.ids.get(id) {
            let problem = format!("the id `{id}` stands on line {first} already");
            self.fail(
                at.clone(),
                problem,
                "join the two entries, or give this one another id",
            );
        }
        seen.ids.entry(id.to_owned()).or_insert(line);
        if dictionary.kind == Kind::Cues
            && dictionary.name == QuestionCues::DICTIONARY
            && !QuestionCues::LISTS.contains(&id)
        {
            let problem = format!("no analyzer reads the list `{id}`");
            let instead = format!("the lists are: {}", QuestionCues::LISTS.join(", "));
            self.fail(at.clone(), problem, instead);
        }
    }

    fn terms(
        &mut self,
        fields: &DeTable<'_>,
        key: &'static str,
        dictionary: &Dictionary,
        entry: &Entry,
        seen: &mut Seen,
    ) -> Vec<String> {
        let counts = key == "terms" || key == "weak";
        let place = Place {
            kind: dictionary.kind,
            word_by_word: READ_WORD_BY_WORD.contains(&dictionary.name.as_str()),
            key,
            case_sensitive: entry.case_sensitive,
        };
        let variants = dictionary.variants && !entry.case_sensitive;
        let entry = entry.id.as_str();
        let mut terms = Vec::new();
        for (term, at) in self.strings(fields, key) {
            if let Some((problem, instead)) = terms::fault(&term, place) {
                self.fail(at, problem, instead);
                continue;
            }
            // A term that two entries share would count for either at random; in cue lists it is harmless.
            let shared = counts && dictionary.kind == Kind::Mentions;
            let scope = if shared {
                String::new()
            } else {
                format!("{entry}/{key}")
            };
            self.check_duplicate(&term, at, &scope, variants, entry, seen);
            terms.push(term);
        }
        terms
    }

    /// A term stands once in its scope. Within an entry, spellings that `variants` makes alike may stand side by side.
    fn check_duplicate(
        &mut self,
        term: &str,
        at: Range<usize>,
        scope: &str,
        variants: bool,
        entry: &str,
        seen: &mut Seen,
    ) {
        let line = self.lines.at(at.start);
        let plain = folded(term);
        for form in forms(term, variants) {
            let key = (scope.to_owned(), form);
            let is_plain = key.1 == plain;
            match seen.terms.get(&key) {
                Some(first) if first.entry != entry || (is_plain && first.plain == plain) => {
                    let problem = format!(
                        "the term `{term}` stands on line {} already, in entry `{}`{}",
                        first.line,
                        first.entry,
                        if first.plain == plain {
                            ""
                        } else {
                            ", but for spaces and hyphens, which `variants` makes alike"
                        }
                    );
                    self.fail(at, problem, "remove one of the two");
                    return;
                }
                Some(_) => {}
                None => {
                    let first = Term {
                        line,
                        entry: entry.to_owned(),
                        plain: plain.clone(),
                    };
                    seen.terms.insert(key, first);
                }
            }
        }
    }

    /// The slots of which one must be filled. Only what customers show of a methodology has a use for them.
    fn needs(&mut self, fields: &DeTable<'_>, id: &str) -> Vec<Slot> {
        let Some(key) = fields.get("needs") else {
            return Vec::new();
        };
        if !id.ends_with(EVIDENCE) {
            let problem = "`needs` says something of a methodology's evidence only".to_owned();
            let instead = format!("remove it, or end the id in `{EVIDENCE}`");
            self.fail(key.span(), problem, instead);
        }
        let mut needs = Vec::new();
        for (name, at) in self.strings(fields, "needs") {
            if let Some((_, slot)) = SLOTS.iter().find(|(written, _)| *written == name) {
                needs.push(*slot);
                continue;
            }
            let known = SLOTS.map(|(written, _)| written).join(", ");
            let problem = format!("`needs` names `{name}`, which is no slot");
            self.fail(at, problem, format!("name some of: {known}"));
        }
        needs
    }

    fn said_by(&mut self, table: &DeTable<'_>) -> Option<SaidBy> {
        self.choice(
            table,
            "said_by",
            SaidBy::from_name,
            "any, company or customer",
        )
    }

    fn choice<T>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        from_name: impl Fn(&str) -> Option<T>,
        names: &str,
    ) -> Option<T> {
        let name = self.text(table, key)?;
        let chosen = from_name(name);
        if chosen.is_none() {
            let at = table.get(key).map_or(0..0, Spanned::span);
            self.fail(at, format!("`{key}` is `{name}`"), format!("write {names}"));
        }
        chosen
    }

    fn text<'t>(&mut self, table: &'t DeTable<'_>, key: &str) -> Option<&'t str> {
        let value = table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(key, value, "a text in quotes");
        }
        text
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        flag
    }

    fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of texts, such as [\"one\", \"two\"]");
            return Vec::new();
        };
        let mut strings = Vec::new();
        for item in list {
            match item.get_ref().as_str() {
                Some(text) => strings.push((text.to_owned(), item.span())),
                None => self.wrong_type(key, item, "texts in quotes only"),
            }
        }
        strings
    }

    fn wrong_type(&mut self, key: &str, value: &Value<'_>, wanted: &str) {
        let found = self.written(value);
        let problem = format!(
            "`{key}` holds `{found}`, of type {}",
            value.get_ref().type_str()
        );
        self.fail(value.span(), problem, format!("write {wanted}"));
    }

    /// A value as it stands in the file.
    fn written(&self, value: &Value<'_>) -> &'s str {
        self.source.text.get(value.span()).unwrap_or_default()
    }
}

/// Where ids and terms were first seen in a file.
#[derive(Default)]
struct Seen {
    ids: HashMap<String, usize>,
    /// By scope and form.
    terms: HashMap<(String, String), Term>,
}

/// A term that was seen.
struct Term {
    line: usize,
    entry: String,
    /// Folded as written.
    plain: String,
}

fn is_identifier(id: &str) -> bool {
    let is_fit = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
    };
    !id.is_empty() && id.bytes().all(is_fit)
}

/// Where the lines of a file end.
struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        Lines {
            ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
        }
    }

    /// Number of the line that a byte stands in, from 1 on.
    fn at(&self, offset: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < offset)
    }
}
