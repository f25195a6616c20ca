//! Words that turn a term after them into its opposite: `it's not too expensive`.

use crate::dictionary::{Dictionary, Kind};
use crate::text::{ends_clause, folded};
use crate::word_table::WordTable;

/// A negating word counts where it stands at most this many words before the term, in the same clause.
const NEGATION_REACH: usize = 3;

/// Id of the entry of a negation dictionary that lists words which negate only right before the term.
const DIRECTLY_BEFORE: &str = "directly_before";

/// Id of the entry of a negation dictionary that lists phrases which only look like negation.
const EXCEPTIONS: &str = "exceptions";

/// The negating words and phrases that concern one dictionary.
#[derive(Debug, Default)]
pub(crate) struct Negation {
    /// Folded words and phrases with a space on either side.
    cues: Vec<String>,
    directly_before: Vec<String>,
    exceptions: Vec<String>,
    /// The first words of all cues: most clauses have none of them.
    begins: WordTable<()>,
    /// Words before the term in which a cue may begin.
    reach: usize,
}

impl Negation {
    /// The negation that concerns the dictionary called `name`.
    pub(crate) fn of(name: &str, dictionaries: &[Dictionary]) -> Negation {
        let mut negation = Negation::default();
        let concerned = dictionaries
            .iter()
            .filter(|other| other.kind == Kind::Negation && other.concerns(name));
        for entry in concerned.flat_map(|dictionary| &dictionary.entries) {
            let phrases = entry.terms.iter().map(|term| format!(" {} ", folded(term)));
            match entry.id.as_str() {
                EXCEPTIONS => negation.exceptions.extend(phrases),
                DIRECTLY_BEFORE => negation.directly_before.extend(phrases),
                _ => negation.cues.extend(phrases),
            }
        }
        negation.with_begins()
    }

    fn with_begins(mut self) -> Negation {
        let mut longest = 1;
        for cue in self.cues.iter().chain(&self.directly_before) {
            if let Some(first) = cue.split_whitespace().next() {
                self.begins.entry_or_insert(first, ());
            }
            longest = longest.max(cue.split_whitespace().count());
        }
        // The last word of a phrase is what must be near.
        self.reach = NEGATION_REACH + longest - 1;
        self
    }

    /// Whether the last words of the clause `before` a term (both folded) turn it into its opposite.
    pub(crate) fn cancels(&self, before: &str, term: &str) -> bool {
        if self.begins.is_empty() {
            return false;
        }
        let clause = before.rsplit(ends_clause).next().unwrap_or("");
        let last = || clause.split_whitespace().rev().take(self.reach);
        if !last().any(|word| self.begins.get(word).is_some()) {
            return false;
        }
        let mut words: Vec<&str> = last().collect();
        words.reverse();
        let window = format!(" {} ", words.join(" "));
        let with_term = format!("{window}{term} ");
        let is_near = |cue: &String| {
            window.rfind(cue.as_str()).is_some_and(|at| {
                let between = &window[at + cue.len()..];
                between.split_whitespace().count() < NEGATION_REACH
            })
        };
        let negates = self.cues.iter().any(is_near)
            || self
                .directly_before
                .iter()
                .any(|cue| window.ends_with(cue.as_str()));
        negates
            && !self
                .exceptions
                .iter()
                .any(|phrase| with_term.contains(phrase.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::Negation;

    #[test]
    fn negation_reaches_three_words_within_the_clause() {
        let negation = Negation {
            cues: vec![" not ".to_owned(), " far from ".to_owned()],
            directly_before: vec![" no ".to_owned()],
            exceptions: vec![" not only ".to_owned(), " not sure ".to_owned()],
            ..Negation::default()
        }
        .with_begins();
        let cases = [
            ("it's not ", true),
            ("it's not a b ", true),
            ("it's not a b c ", false),
            ("it's not, ", false),
            ("it's far from ", true),
            ("it's far from a b ", true),
            ("it's far from a b c ", false),
            ("it's not only ", false),
            ("i'm not sure it's ", false),
            ("it's no ", true),
            ("no it's ", false),
            ("nothing ", false),
            ("", false),
        ];
        for (before, expected) in cases {
            assert_eq!(
                negation.cancels(before, "too expensive"),
                expected,
                "{before}"
            );
        }
    }
}
