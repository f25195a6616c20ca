//! Next quarter's competitors: names that buyers say beside a comparison and that no dictionary has.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use talktrack_analyzers::cues::CueLists;
use talktrack_analyzers::slots::{MONTHS, WEEKDAYS};
use talktrack_analyzers::tables::{PartyRow, SentenceRow};
use talktrack_analyzers::text::{folded, is_word_character};
use talktrack_analyzers::{Dictionaries, Side};

use super::{Parties, Places, Said, squeezed};

/// The dictionary whose terms are the cues.
const COMPARISON: &str = "comparison";
/// Words of a name, at most.
const MOST_WORDS: usize = 3;

/// Written with a capital and no product, beside days and months: the speaker, languages and places, and what every business
/// calls by its letters.
const NO_NAMES: [&str; 33] = [
    "i",
    "i'm",
    "i'll",
    "i'd",
    "i've",
    "english",
    "german",
    "french",
    "spanish",
    "american",
    "european",
    "europe",
    "america",
    "christmas",
    "easter",
    "crm",
    "erp",
    "api",
    "ceo",
    "cfo",
    "cio",
    "cto",
    "vp",
    "hr",
    "it",
    "roi",
    "rfp",
    "sla",
    "faq",
    "pdf",
    "ok",
    "okay",
    "q4",
];

/// A name that may be a competitor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Name {
    /// As it was written most often.
    pub name: String,
    /// Calls on which a buyer said it beside a comparison.
    pub calls: usize,
    /// Sentences in which a buyer did.
    pub mentions: usize,
    /// The first of them.
    pub quotes: Vec<Said>,
}

/// A name with what was counted of it.
#[derive(Default)]
struct Found {
    spellings: BTreeMap<String, usize>,
    places: Places,
    /// Whether it was ever written with a capital where a sentence does not begin.
    is_certain: bool,
}

pub(super) struct Names {
    cues: CueLists,
    /// Folded terms of every dictionary.
    known: HashSet<String>,
    own: Vec<String>,
    /// Words of the names of everybody who was ever on a call: buyers speak of people too.
    people: HashSet<String>,
    found: BTreeMap<String, Found>,
}

impl Names {
    pub(super) fn new(dictionaries: &Dictionaries, own_domains: &[String]) -> Names {
        let entries = dictionaries
            .all()
            .iter()
            .flat_map(|dictionary| &dictionary.entries);
        let terms =
            entries.flat_map(|entry| entry.terms.iter().chain(&entry.weak).chain([&entry.label]));
        Names {
            cues: dictionaries.cue_lists(COMPARISON),
            known: terms.map(|term| folded(term)).collect(),
            own: own_domains
                .iter()
                .map(|domain| squeezed(first_label(domain)))
                .collect(),
            people: HashSet::new(),
            found: BTreeMap::new(),
        }
    }

    pub(super) fn add_people(&mut self, parties: &[PartyRow]) {
        for party in parties {
            let words = party.name.as_deref().map(folded).unwrap_or_default();
            self.people.extend(words.split(' ').map(str::to_owned));
        }
    }

    /// Sentences of calls whose parties are known.
    pub(super) fn add_sentences(&mut self, sentences: &[SentenceRow], parties: &Parties<'_>) {
        let by_buyers = sentences
            .iter()
            .filter(|sentence| sentence.side == Side::Customer.name());
        for sentence in by_buyers {
            if !self.cues.found(&sentence.text).is_empty() {
                let of_call = parties.get(sentence.call_id.as_str());
                self.add(sentence, of_call.map_or(&[][..], Vec::as_slice));
            }
        }
    }

    fn add(&mut self, sentence: &SentenceRow, parties: &[&PartyRow]) {
        let mut seen: HashSet<String> = HashSet::new();
        for (name, is_certain) in names(&sentence.text) {
            let key = folded(name);
            if self.known.contains(&key) || self.is_own(&key) || is_of_somebody(&key, parties) {
                continue;
            }
            let found = self.found.entry(key.clone()).or_default();
            found.is_certain |= is_certain;
            *found.spellings.entry(name.to_owned()).or_default() += 1;
            if !seen.insert(key) {
                continue;
            }
            found.places.add(sentence);
        }
    }

    fn is_own(&self, name: &str) -> bool {
        let name = squeezed(name);
        self.own.iter().any(|own| is_name_of(&name, own))
    }

    pub(super) fn finish(self, min_calls: usize) -> Vec<Name> {
        let is_person = |name: &str| name.split(' ').all(|word| self.people.contains(word));
        let mut suggestions: Vec<Name> = self
            .found
            .into_iter()
            .filter(|(name, found)| {
                found.is_certain && found.places.calls.len() >= min_calls && !is_person(name)
            })
            .filter_map(|(_, found)| {
                let (name, _) = found
                    .spellings
                    .into_iter()
                    .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))?;
                Some(Name {
                    name,
                    calls: found.places.calls.len(),
                    mentions: found.places.mentions,
                    quotes: found.places.quotes,
                })
            })
            .collect();
        suggestions
            .sort_by(|a, b| (b.calls, b.mentions, &a.name).cmp(&(a.calls, a.mentions, &b.name)));
        suggestions
    }
}

/// Runs of words with a capital, and whether one is a name for certain: a sentence begins with a capital anyway.
fn names(text: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut run: Option<(usize, usize, usize, bool)> = None;
    let mut begins = true;
    for token in text.split_whitespace() {
        let start = token.as_ptr() as usize - text.as_ptr() as usize;
        let core = core(token);
        let from = start + (core.as_ptr() as usize - token.as_ptr() as usize);
        let is_name = looks_like_a_name(core);
        let continues = run.is_some_and(|(_, _, words, _)| words < MOST_WORDS) && from == start;
        run = match (run, is_name) {
            (Some((first, _, words, certain)), true) if continues => {
                Some((first, from + core.len(), words + 1, certain))
            }
            (previous, _) => {
                found.extend(previous);
                is_name.then_some((from, from + core.len(), 1, !begins))
            }
        };
        // What stands behind a word parts it from the next one.
        if core.len() + (from - start) < token.len() {
            found.extend(run.take());
        }
        begins = token.ends_with(['.', '?', '!', ':']);
    }
    found.extend(run);
    found
        .into_iter()
        .filter_map(|(start, end, _, certain)| Some((text.get(start..end)?, certain)))
        .collect()
}

/// A word without the signs around it and without a possessive.
fn core(token: &str) -> &str {
    let core = token.trim_matches(|c: char| !is_word_character(c));
    let possessive = core.strip_suffix("'s").or_else(|| core.strip_suffix("’s"));
    possessive.unwrap_or(core)
}

fn looks_like_a_name(word: &str) -> bool {
    word.chars().count() > 1 && word.starts_with(char::is_uppercase) && !is_no_name(&folded(word))
}

fn is_no_name(folded: &str) -> bool {
    let lists: [&[&str]; 3] = [&NO_NAMES, &WEEKDAYS, &MONTHS];
    lists.iter().any(|list| list.contains(&folded))
}

/// Whether somebody on the call works there.
fn is_of_somebody(name: &str, parties: &[&PartyRow]) -> bool {
    let name = squeezed(name);
    let domains = parties
        .iter()
        .filter_map(|party| Some(party.email.as_deref()?.split_once('@')?.1));
    let mut labels = domains.map(|domain| squeezed(first_label(domain)));
    labels.any(|label| is_name_of(&name, &label))
}

/// Whether a company of this domain may be called so: `Larkfield`, and `Larkfield Labs`, of `larkfield`.
fn is_name_of(squeezed_name: &str, label: &str) -> bool {
    !label.is_empty() && (label.starts_with(squeezed_name) || squeezed_name.starts_with(label))
}

fn first_label(domain: &str) -> &str {
    domain.split('.').next().unwrap_or(domain)
}

#[cfg(test)]
pub(super) mod tests {
    use talktrack_analyzers::Dictionaries;
    use talktrack_analyzers::dictionary::DictionarySource;
    use talktrack_analyzers::tables::{PartyRow, SentenceRow};

    use super::{Names, names};
    use crate::suggest::by_call;

    pub(in crate::suggest) fn said(call_id: &str, side: &str, text: &str) -> SentenceRow {
        SentenceRow {
            call_id: call_id.to_owned(),
            sentence_index: 0,
            monologue_index: 0,
            speaker_id: None,
            party_id: None,
            side: side.to_owned(),
            topic: None,
            start_ms: 0,
            end_ms: 1,
            text: text.to_owned(),
        }
    }

    fn party(call_id: &str, name: &str, email: &str) -> PartyRow {
        PartyRow {
            call_id: call_id.to_owned(),
            party_id: name.to_owned(),
            speaker_id: None,
            user_id: None,
            person_key: email.to_owned(),
            name: Some(name.to_owned()),
            email: Some(email.to_owned()),
            phone: None,
            title: None,
            affiliation: None,
            side: "customer".to_owned(),
            raw: "{}".to_owned(),
        }
    }

    #[test]
    fn names_are_words_with_a_capital() {
        let cases: [(&str, &[(&str, bool)]); 6] = [
            (
                "It is cheaper than Northwind Pro, they say",
                &[("Northwind Pro", true)],
            ),
            (
                "Hooli's support beats Globex's",
                &[("Hooli", false), ("Globex", true)],
            ),
            (
                "On Monday I'll compare it with SAP.",
                &[("On", false), ("SAP", true)],
            ),
            (
                "we use (Hooli) today. Hooli works",
                &[("Hooli", true), ("Hooli", false)],
            ),
            ("nothing here", &[]),
            ("versus Émile Data", &[("Émile Data", true)]),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn what_buyers_compare_and_no_dictionary_has_is_suggested() {
        let own = DictionarySource {
            file: "competitors.toml".to_owned(),
            text: "schema_version = 1\nname = \"competitors\"\n[[entry]]\nid = \"globex\"\nterms = [\"globex\"]\n".to_owned(),
        };
        let sources = Dictionaries::layered(vec![own]);
        let dictionaries = Dictionaries::compile(&sources).expect("valid");
        let mut found = Names::new(&dictionaries, &["larkfield.example".to_owned()]);
        let sentences = [
            said("1", "customer", "You are cheaper than Hooli and Globex."),
            said(
                "1",
                "customer",
                "Compared to Hooli it is slow, and Hooli is better than Larkfield there.",
            ),
            said("2", "customer", "Hooli is easier than yours."),
            said("2", "company", "We are better than Initech."),
            said("3", "customer", "We met Vandelay on a fair."),
            said("3", "customer", "It is better than Vandelay."),
            said(
                "3",
                "customer",
                "I prefer that Hiro decides, rather than Initrode.",
            ),
        ];
        let parties = [
            party("9", "Hiro Sato", "a@b.example"),
            party("3", "Ann", "ann@initrode-inc.example"),
        ];
        found.add_people(&parties);
        found.add_sentences(&sentences, &by_call(&parties));
        let suggestions = found.finish(1);
        let told: Vec<(&str, usize, usize)> = suggestions
            .iter()
            .map(|one| (one.name.as_str(), one.calls, one.mentions))
            .collect();
        assert_eq!(told, [("Hooli", 2, 3), ("Vandelay", 1, 1)]);
        assert_eq!(suggestions[0].quotes.len(), 3);
    }
}
