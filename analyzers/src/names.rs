//! Names of competitors, for the slot `<competitor>` of terms; and the other ways in which a name is spaced.

use std::collections::HashMap;

use crate::dictionary::{Dictionary, Kind};
use crate::text::{folded, is_word_character, stands_alone};

/// The term, or part of one, that stands for any competitor's name.
pub const SLOT: &str = "<competitor>";

/// Name of the dictionary that holds them.
pub const COMPETITORS: &str = "competitors";

/// Names by their first word. Who says a name, vetoes and context do not matter here: the words around the slot tell.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Folded, the longest first.
    by_first: HashMap<String, Vec<String>>,
}

impl Names {
    /// The terms of the competitors among `dictionaries`.
    pub(crate) fn of(dictionaries: &[Dictionary]) -> Names {
        let competitors = dictionaries
            .iter()
            .filter(|known| known.name == COMPETITORS && known.kind == Kind::Mentions);
        let mut by_first: HashMap<String, Vec<String>> = HashMap::new();
        for dictionary in competitors {
            for term in dictionary.entries.iter().flat_map(|entry| &entry.terms) {
                for name in forms(term, dictionary.variants) {
                    by_first
                        .entry(first_word(&name).to_owned())
                        .or_default()
                        .push(name);
                }
            }
        }
        for names in by_first.values_mut() {
            names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            names.dedup();
        }
        Names { by_first }
    }

    /// End of the longest name that begins at byte `start` of a folded text.
    pub(crate) fn end_at(&self, text: &str, start: usize) -> Option<usize> {
        let rest = &text[start..];
        let names = self.by_first.get(first_word(rest))?;
        names
            .iter()
            .filter(|name| rest.starts_with(name.as_str()))
            .map(|name| start + name.len())
            .find(|end| stands_alone(text, start..*end, false))
    }

    /// Every name, in order.
    pub(crate) fn all(&self) -> Vec<&str> {
        let names = self.by_first.values().flatten();
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !is_word_character(c));
    &text[..end.unwrap_or(text.len())]
}

/// A term, folded, and with `variants` also as it looks with a space, a hyphen or nothing where it has a space, a hyphen or a
/// capital within a word: `Sales Force`, `sales-force` and `SalesForce` are found as each other.
pub fn forms(term: &str, variants: bool) -> Vec<String> {
    let plain = folded(term);
    if !variants {
        return vec![plain];
    }
    let whole = folded(&spaced(term));
    let parts: Vec<&str> = whole
        .split([' ', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    let mut forms = vec![
        plain,
        parts.join(" "),
        parts.join("-"),
        joined(&parts).unwrap_or_default(),
    ];
    forms.sort_unstable();
    forms.dedup();
    forms.retain(|form| !form.is_empty());
    forms
}

/// The parts as one word; none where that could be any word: every part must have two letters or more.
fn joined(parts: &[&str]) -> Option<String> {
    let is_long = |part: &&str| part.chars().count() > 1;
    parts.iter().all(is_long).then(|| parts.concat())
}

/// A term with a space before each capital that follows a small letter.
fn spaced(term: &str) -> String {
    let mut spaced = String::with_capacity(term.len() + 4);
    let mut after_small = false;
    for character in term.chars() {
        if after_small && character.is_uppercase() {
            spaced.push(' ');
        }
        after_small = character.is_lowercase();
        spaced.push(character);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn names_are_spaced_in_many_ways() {
        let cases: [(&str, &[&str]); 5] = [
            ("SalesForce", &["sales force", "sales-force", "salesforce"]),
            ("Sales Force", &["sales force", "sales-force", "salesforce"]),
            ("salesforce", &["salesforce"]),
            (
                "Zoho One CRM",
                &["zoho one crm", "zoho-one-crm", "zohoonecrm"],
            ),
            ("X Corp", &["x corp", "x-corp"]),
        ];
        for (term, expected) in cases {
            assert_eq!(forms(term, true), expected, "{term}");
        }
        assert_eq!(forms("Sales-Force", false), ["sales-force"]);
    }
}
