//! Spellings that a recogniser may have made of a competitor's name: they sound like one of its terms, look much like it, and
//! no dictionary has them. They are suggested and never counted by themselves: whether `ventura` is meant for `Vantora` is for
//! a person to say, who then adds it to the terms.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rphonetic::DoubleMetaphone;
use serde::Serialize;
use talktrack_analyzers::Dictionaries;
use talktrack_analyzers::names::{COMPETITORS, forms};
use talktrack_analyzers::tables::SentenceRow;
use talktrack_analyzers::text::{folded, is_word_character};

use super::{Places, Said, squeezed};

/// Letters of a name from which on a likeness of sound says something.
const LEAST_LETTERS: usize = 5;

/// Letters of a code that are compared: beyond them names differ in their endings.
const CODE_LETTERS: usize = 8;

/// One of so many letters may differ.
const LETTERS_A_CHANGE: usize = 3;

/// A spelling that may stand for a competitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SoundAlike {
    /// Entry of the competitors dictionary.
    pub entry: String,
    /// The term that it sounds like.
    pub term: String,
    /// The spelling, folded.
    pub spelling: String,
    /// Calls on which it was heard.
    pub calls: usize,
    /// Sentences in which it was.
    pub mentions: usize,
    /// The first of them.
    pub quotes: Vec<Said>,
}

/// A term to be compared with.
#[derive(Debug)]
struct Target {
    entry: String,
    term: String,
    /// Folded letters and digits alone.
    letters: String,
}

pub(super) struct SoundAlikes {
    encoder: DoubleMetaphone,
    /// Terms by the code of their sound.
    targets: HashMap<String, Vec<Target>>,
    /// Every form of every term, of which none is news.
    known: HashSet<String>,
    /// What was decided of a spelling: the code and place of its target.
    decided: HashMap<String, Option<(String, usize)>>,
    found: BTreeMap<String, Places>,
}

impl SoundAlikes {
    pub(super) fn new(dictionaries: &Dictionaries) -> SoundAlikes {
        let encoder = DoubleMetaphone::new(Some(CODE_LETTERS));
        let mut targets: HashMap<String, Vec<Target>> = HashMap::new();
        let mut known = HashSet::new();
        for dictionary in dictionaries.all() {
            for entry in &dictionary.entries {
                for term in entry.terms.iter().chain(&entry.weak) {
                    known.extend(forms(term, dictionary.variants));
                    let letters = squeezed(term);
                    if dictionary.name != COMPETITORS || !is_long(&letters) {
                        continue;
                    }
                    let target = Target {
                        entry: entry.id.clone(),
                        term: term.clone(),
                        letters: letters.clone(),
                    };
                    let code = encoder.double_metaphone(&letters).primary();
                    targets.entry(code).or_default().push(target);
                }
            }
        }
        SoundAlikes {
            encoder,
            targets,
            known,
            decided: HashMap::new(),
            found: BTreeMap::new(),
        }
    }

    pub(super) fn add_sentences(&mut self, sentences: &[SentenceRow]) {
        if self.targets.is_empty() {
            return;
        }
        for sentence in sentences {
            let text = folded(&sentence.text);
            for spelling in self.spellings(&text) {
                self.found.entry(spelling).or_default().add(sentence);
            }
        }
    }

    /// The words of a folded sentence that are like a term, and the pairs of others that are; each once.
    fn spellings(&mut self, sentence: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut before: Option<&str> = None;
        for word in words(sentence) {
            if self.is_like(word) {
                found.insert(word.to_owned());
            }
            if let Some(first) = before {
                let pair = format!("{first} {word}");
                // Beside a name that is found by itself, any short word would make a pair that sounds like it.
                let holds_name = [first, word]
                    .iter()
                    .any(|word| self.known.contains(*word) || found.contains(*word));
                if !holds_name && self.is_like(&pair) {
                    found.insert(pair);
                }
            }
            before = Some(word);
        }
        found
    }

    /// Whether a spelling is like a term; decided once for each.
    fn is_like(&mut self, spelling: &str) -> bool {
        if let Some(decided) = self.decided.get(spelling) {
            return decided.is_some();
        }
        let decided = self.target(spelling);
        let is_like = decided.is_some();
        self.decided.insert(spelling.to_owned(), decided);
        is_like
    }

    /// Code and place of the term that a spelling is most like.
    fn target(&self, spelling: &str) -> Option<(String, usize)> {
        let own = squeezed(spelling);
        if !is_long(&own) || self.known.contains(spelling) {
            return None;
        }
        let code = self.encoder.double_metaphone(&own).primary();
        let targets = self.targets.get(&code)?;
        let near = targets.iter().enumerate().filter_map(|(at, target)| {
            let changes = strsim::damerau_levenshtein(&own, &target.letters);
            let may_change = target.letters.len().max(own.len()) / LETTERS_A_CHANGE;
            (changes <= may_change).then_some((changes, at))
        });
        near.min().map(|(_, at)| (code, at))
    }

    pub(super) fn finish(self, min_calls: usize) -> Vec<SoundAlike> {
        let mut alikes: Vec<SoundAlike> = self
            .found
            .into_iter()
            .filter(|(_, places)| places.calls.len() >= min_calls)
            .filter_map(|(spelling, places)| {
                let (code, at) = self.decided.get(&spelling)?.as_ref()?;
                let target = self.targets.get(code)?.get(*at)?;
                Some(SoundAlike {
                    entry: target.entry.clone(),
                    term: target.term.clone(),
                    spelling,
                    calls: places.calls.len(),
                    mentions: places.mentions,
                    quotes: places.quotes,
                })
            })
            .collect();
        alikes.sort_by(|a, b| {
            (b.calls, b.mentions, &a.spelling).cmp(&(a.calls, a.mentions, &b.spelling))
        });
        alikes
    }
}

/// The words of a folded sentence, without signs and possessives.
fn words(sentence: &str) -> impl Iterator<Item = &str> {
    sentence
        .split_whitespace()
        .map(|token| token.trim_matches(|c: char| !is_word_character(c)))
        .map(|word| word.strip_suffix("'s").unwrap_or(word))
        .filter(|word| !word.is_empty())
}

fn is_long(letters: &str) -> bool {
    letters.len() >= LEAST_LETTERS && letters.is_ascii()
}

#[cfg(test)]
mod tests {
    use talktrack_analyzers::Dictionaries;
    use talktrack_analyzers::dictionary::DictionarySource;

    use super::SoundAlikes;
    use crate::suggest::names::tests::said;

    #[test]
    fn spellings_that_sound_alike_are_suggested_and_known_ones_are_not() {
        let own = DictionarySource {
            file: "competitors.toml".to_owned(),
            text: "schema_version = 1\nname = \"competitors\"\nvariants = true\n[[entry]]\nid = \"vantora\"\nterms = [\"Van Tora\"]\n"
                .to_owned(),
        };
        let dictionaries = Dictionaries::compile(&Dictionaries::layered(vec![own])).expect("valid");
        let mut found = SoundAlikes::new(&dictionaries);
        found.add_sentences(&[
            said(
                "1",
                "customer",
                "We looked at Ventora, and Ventora's price.",
            ),
            said("2", "company", "Fan Tora is what they use, Vantora I mean."),
            said("2", "customer", "Our inventory is a vendor of ours."),
        ]);
        let told: Vec<(String, String, usize)> = found
            .finish(1)
            .into_iter()
            .map(|one| (one.entry, one.spelling, one.mentions))
            .collect();
        let one = |spelling: &str| ("vantora".to_owned(), spelling.to_owned(), 1);
        assert_eq!(told, [one("fan tora"), one("ventora")]);
    }
}
