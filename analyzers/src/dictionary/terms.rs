//! What may be written as a term, and what to write instead.

use super::Kind;
use crate::money;
use crate::names;
use crate::pattern::{GAPS, Malformed, Pattern, REACH_WORDS, is_open};
use crate::text::{folded, is_word_character};

/// What is wrong with a term, and what to write instead.
pub(super) type Fault = (String, String);

/// What a term is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// Whether its lists are looked for word by word, so that nothing can be left open.
    pub(super) word_by_word: bool,
    /// The list that it stands in: terms, weak, veto or context.
    pub(super) key: &'static str,
    pub(super) case_sensitive: bool,
}

/// Letters of a term, at most: more is a sentence pasted by mistake, which nobody says twice.
const MOST_LETTERS: usize = 120;

/// Words that say nothing by themselves.
const MEANINGLESS: [&str; 26] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "for", "i", "in", "is", "it", "of", "on",
    "or", "so", "that", "the", "they", "this", "to", "was", "we", "with", "you",
];

/// Why a term can never be found, or would be found everywhere.
pub(super) fn fault(term: &str, place: Place) -> Option<Fault> {
    let says = |problem: String, instead: &str| Some((problem, instead.to_owned()));
    if !term.chars().any(is_word_character) {
        return says(
            format!("the term `{term}` is empty"),
            "remove it, or write a term with a letter or a digit",
        );
    }
    if term.chars().count() > MOST_LETTERS {
        return says(
            format!("a term has more than {MOST_LETTERS} letters"),
            "write the few words that tell it from others",
        );
    }
    if is_open(term) {
        if let Some(instead) = may_not_be_open(place) {
            return says(format!("the term `{term}` leaves something open"), instead);
        }
        if [money::SLOT, names::SLOT].contains(&term.trim()) {
            return None;
        }
    }
    if is_stray(term) {
        return says(
            format!("the term `{term}` has a `~`, `<` or `>` within a word"),
            "put spaces around a gap `~` and around a slot such as `<duration>`",
        );
    }
    if place.kind == Kind::Mentions
        && place.key == "terms"
        && MEANINGLESS.contains(&folded(term).as_str())
    {
        return says(
            format!("the term `{term}` stands in every other sentence"),
            "write the phrase that it is part of",
        );
    }
    Pattern::parse(term).err().map(|why| malformed(term, &why))
}

/// What to write where nothing can be left open.
fn may_not_be_open(place: Place) -> Option<&'static str> {
    if place.word_by_word || place.kind == Kind::Negation {
        return Some("this list is read word by word: write the phrase out");
    }
    let counts = ["terms", "weak"].contains(&place.key);
    (counts && place.case_sensitive).then_some(
        "upper and lower case cannot be compared there: write the phrase out, or move the term to an entry without `case_sensitive`",
    )
}

fn malformed(term: &str, why: &Malformed) -> Fault {
    match why {
        Malformed::UnknownSlot(slot) => (
            format!("the term `{term}` uses the slot `{slot}`, which there is not"),
            "the slots are <competitor>, <date>, <duration>, <money>, <num>, <time> and <weekday>".to_owned(),
        ),
        Malformed::Gap => (
            format!("the term `{term}` begins or ends with a gap, or has two in a row"),
            "put words or a slot on both sides of each `~`".to_owned(),
        ),
        Malformed::NoWords => (
            format!("the term `{term}` has no word of its own"),
            "add the words that stand beside its slots; only <money> and <competitor> may stand alone".to_owned(),
        ),
        Malformed::TooOpen => (
            format!("the term `{term}` is too long, or leaves too much open"),
            format!("write at most {GAPS} gaps, and at most {REACH_WORDS} words before its longest run of words"),
        ),
    }
}

/// Whether a sign of gaps and slots stands where it is neither.
fn is_stray(term: &str) -> bool {
    let mut words = term.split_whitespace().filter(|word| !is_open(word));
    words.any(|word| word.contains(['~', '<', '>']))
}
