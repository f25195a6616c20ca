//! Terms with something left open: `circle back in <duration>`, `must have ~ don't`, `going with <competitor>`.
//!
//! A pattern is parts in a row: words, slots, and gaps (`~`) of up to three words within a clause. The automaton looks for its
//! longest words alone; where they stand, the rest is looked for around them.

use std::ops::Range;

use memchr::memmem::Finder;

use crate::names::{self, Names};
use crate::slots::{SLOTS, Slot, end_of};
use crate::text::{ends_clause, folded, is_word_character, stands_alone};

/// Words that a gap skips, at most.
const GAP_WORDS: usize = 3;
/// How many words before its anchor a pattern may begin.
pub(crate) const REACH_WORDS: usize = 12;
/// Gaps of a pattern, at most: each is tried at four widths, within those before it.
pub(crate) const GAPS: usize = 3;

/// A part of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Folded words.
    Words(String),
    Slot(Slot),
    Competitor,
    Gap,
}

impl Part {
    /// Words that the part takes, at most; of a slot or a name, those it usually takes.
    fn most_words(&self) -> usize {
        match self {
            Part::Words(words) => words.split(' ').count(),
            Part::Slot(_) | Part::Competitor => 2,
            Part::Gap => GAP_WORDS,
        }
    }
}

/// A term with gaps or slots.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    /// Position of the part that the matcher looks for.
    anchor: usize,
    /// The words of the first and of the last part, where these are words and not the anchor.
    first: Option<Finder<'static>>,
    last: Option<Finder<'static>>,
}

/// Why a term is no pattern that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// There is no such slot.
    UnknownSlot(String),
    /// A gap at an end, or beside another.
    Gap,
    /// Nothing but slots and gaps.
    NoWords,
    /// More gaps than can be tried, or an anchor too far from the start.
    TooOpen,
}

/// Whether a term leaves something open.
pub(crate) fn is_open(term: &str) -> bool {
    term.split_whitespace()
        .any(|word| word == "~" || (word.starts_with('<') && word.ends_with('>')))
}

impl Pattern {
    /// Reads a term; none where it leaves nothing open.
    pub(crate) fn parse(term: &str) -> Result<Option<Pattern>, Malformed> {
        if !is_open(term) {
            return Ok(None);
        }
        let mut parts: Vec<Part> = Vec::new();
        for word in term.split_whitespace() {
            let part = match word {
                "~" => Part::Gap,
                names::SLOT => Part::Competitor,
                slot if slot.starts_with('<') && slot.ends_with('>') => {
                    let known = SLOTS.iter().find(|(name, _)| *name == slot);
                    let (_, slot) = known.ok_or_else(|| Malformed::UnknownSlot(slot.to_owned()))?;
                    Part::Slot(*slot)
                }
                word => Part::Words(folded(word)),
            };
            match (parts.last_mut(), part) {
                (Some(Part::Words(before)), Part::Words(word)) => {
                    before.push(' ');
                    before.push_str(&word);
                }
                (_, part) => parts.push(part),
            }
        }
        let is_gap = |part: Option<&Part>| part == Some(&Part::Gap);
        let has_two = parts
            .windows(2)
            .any(|pair| pair[0] == Part::Gap && pair[1] == Part::Gap);
        if is_gap(parts.first()) || is_gap(parts.last()) || has_two {
            return Err(Malformed::Gap);
        }
        let length = |part: &Part| match part {
            Part::Words(words) => words.len(),
            _ => 0,
        };
        let (anchor, longest) = parts
            .iter()
            .enumerate()
            .rev()
            .max_by_key(|(_, part)| length(part))
            .ok_or(Malformed::NoWords)?;
        if length(longest) == 0 {
            return Err(Malformed::NoWords);
        }
        let gaps = parts.iter().filter(|part| **part == Part::Gap).count();
        let before: usize = parts[..anchor].iter().map(Part::most_words).sum();
        if gaps > GAPS || before > REACH_WORDS {
            return Err(Malformed::TooOpen);
        }
        let finder = |at: usize| match &parts[at] {
            Part::Words(words) if at != anchor => Some(Finder::new(words).into_owned()),
            _ => None,
        };
        Ok(Some(Pattern {
            first: finder(0),
            last: finder(parts.len() - 1),
            parts,
            anchor,
        }))
    }

    /// The words that the automaton looks for.
    pub(crate) fn anchor(&self) -> &str {
        match &self.parts[self.anchor] {
            Part::Words(words) => words,
            _ => "",
        }
    }

    /// Whether those words are its last part.
    pub(crate) fn ends_with_anchor(&self) -> bool {
        self.anchor + 1 == self.parts.len()
    }

    /// The bytes of the folded `text` that the pattern covers around its anchor at `found`; none where the rest is not there.
    /// Its last word may be a plural where `plurals` says so.
    pub(crate) fn place(
        &self,
        text: &str,
        found: &Range<usize>,
        plurals: bool,
        names: &Names,
    ) -> Option<Range<usize>> {
        if !self.may_stand_around(text, found) {
            return None;
        }
        let around = Around {
            text,
            found,
            plurals,
            names,
        };
        let from = |start: usize| {
            let end = self.end_from(around, start, 0)?;
            Some(start..end)
        };
        if self.anchor == 0 {
            return from(found.start);
        }
        starts_before(text, found.start).into_iter().find_map(from)
    }

    /// Whether the words that the pattern begins and ends with stand anywhere before and behind the anchor.
    fn may_stand_around(&self, text: &str, found: &Range<usize>) -> bool {
        let before = self.first.as_ref();
        let after = self.last.as_ref();
        before.is_none_or(|words| words.find(&text.as_bytes()[..found.start]).is_some())
            && after.is_none_or(|words| words.find(&text.as_bytes()[found.end..]).is_some())
    }

    /// Where the parts from `at` on end, when they begin at `start` and the anchor stands where it was found.
    fn end_from(&self, around: Around<'_>, start: usize, at: usize) -> Option<usize> {
        let text = around.text;
        let part = self.parts.get(at)?;
        let is_last = at + 1 == self.parts.len();
        let next = |end: usize| {
            if is_last {
                return Some(end);
            }
            self.end_from(around, next_word(text, end)?, at + 1)
        };
        match part {
            Part::Words(words) => {
                let place = start..start + words.len();
                let stands = text[start..].starts_with(words.as_str())
                    && stands_alone(text, place.clone(), around.plurals && is_last)
                    && (at != self.anchor || place == *around.found);
                stands.then_some(()).and_then(|()| next(place.end))
            }
            Part::Slot(slot) => next(end_of(*slot, text, start)?),
            Part::Competitor => next(around.names.end_at(text, start)?),
            Part::Gap => {
                let mut from = start;
                for _ in 0..=GAP_WORDS {
                    if let Some(end) = self.end_from(around, from, at + 1) {
                        return Some(end);
                    }
                    from = word_after(text, from)?;
                }
                None
            }
        }
    }
}

/// Where a pattern is looked for.
#[derive(Debug, Clone, Copy)]
struct Around<'t> {
    /// Folded.
    text: &'t str,
    /// Where the automaton found the anchor.
    found: &'t Range<usize>,
    plurals: bool,
    names: &'t Names,
}

/// Starts of the words before `end`, the furthest first, and `end` itself.
fn starts_before(text: &str, end: usize) -> Vec<usize> {
    let mut starts = vec![end];
    let mut rest = &text[..end];
    for _ in 0..REACH_WORDS {
        rest = rest.trim_end();
        let Some(word) = rest.split_whitespace().next_back() else {
            break;
        };
        rest = &rest[..rest.len() - word.len()];
        let core = word.trim_start_matches(opens_no_word);
        starts.push(rest.len() + word.len() - core.len());
    }
    starts.reverse();
    starts
}

/// Whether neither a word nor an amount of money begins with `character`.
fn opens_no_word(character: char) -> bool {
    !is_word_character(character) && !['$', '€', '£'].contains(&character)
}

/// Start of the next word of the clause after byte `end`; none where the clause ends there.
fn next_word(text: &str, end: usize) -> Option<usize> {
    let rest = &text[end..];
    let space = rest.find(char::is_whitespace)?;
    let word = rest[space..].trim_start_matches(opens_no_word);
    // A closing quote or a possessive may stand between, the end of a clause may not.
    let between = &rest[..rest.len() - word.len()];
    (!word.is_empty() && !between.contains(ends_clause)).then(|| text.len() - word.len())
}

/// Start of the word after the one at `start`.
fn word_after(text: &str, start: usize) -> Option<usize> {
    let word = text[start..].split_whitespace().next()?;
    let length = word.trim_end_matches(|c: char| !is_word_character(c)).len();
    next_word(text, start + length)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Pattern};
    use crate::names::Names;

    fn found<'t>(term: &str, text: &'t str) -> &'t str {
        let pattern = Pattern::parse(term)
            .expect("well-formed")
            .expect("something open");
        let mut places = text.match_indices(pattern.anchor());
        let place = places.find_map(|(at, anchor)| {
            pattern.place(text, &(at..at + anchor.len()), false, &Names::default())
        });
        place.map_or("", |place| &text[place])
    }

    #[test]
    fn gaps_skip_up_to_three_words_of_a_clause() {
        let cases = [
            (
                "put ~ on hold",
                "we put this whole project on hold",
                "put this whole project on hold",
            ),
            ("put ~ on hold", "we put on hold", "put on hold"),
            ("put ~ on hold", "we put one two three four on hold", ""),
            ("put ~ on hold", "we put it, and it is on hold", ""),
            (
                "hard to justify ~ spend",
                "hard to justify that spend now",
                "hard to justify that spend",
            ),
            ("sharpen ~ pencil", "could you sharpen your pencils", ""),
            ("put ~ on hold", "we put it (on hold)", "put it (on hold"),
            ("put ~ on hold", "we put it , then on hold", ""),
            ("can ~ afford", "we can't really afford that", ""),
            (
                "can ~ afford",
                "we can really afford that",
                "can really afford",
            ),
        ];
        for (term, text, expected) in cases {
            assert_eq!(found(term, text), expected, "{term} in {text}");
        }
    }

    #[test]
    fn slots_stand_anywhere() {
        let cases = [
            (
                "circle back in <duration>",
                "let's circle back in two weeks or so",
                "circle back in two weeks",
            ),
            (
                "<money> ~ too much",
                "i think $40,000 is way too much for us",
                "$40,000 is way too much",
            ),
            ("save ~ a <duration>", "it may save two of us a week", ""),
            (
                "<num> percent",
                "we lose twenty five percent of it",
                "twenty five percent",
            ),
            (
                "by <date>",
                "by the twelfth of march, please",
                "by the twelfth of march",
            ),
            ("next <weekday>", "not next tuesday", "next tuesday"),
            (
                "<num> to <num> people",
                "we are 40 to 50 people",
                "40 to 50 people",
            ),
        ];
        for (term, text, expected) in cases {
            assert_eq!(found(term, text), expected, "{term} in {text}");
        }
    }

    #[test]
    fn what_cannot_be_found_is_malformed() {
        let parse = |term: &str| Pattern::parse(term).map(|pattern| pattern.is_some());
        assert_eq!(parse("plain words"), Ok(false));
        assert_eq!(
            parse("in <weeks>"),
            Err(Malformed::UnknownSlot("<weeks>".to_owned()))
        );
        for term in ["~ too much", "too much ~", "too ~ ~ much"] {
            assert_eq!(parse(term), Err(Malformed::Gap), "{term}");
        }
        assert_eq!(parse("<num> <date>"), Err(Malformed::NoWords));
        let open = "put ~ it ~ on ~ some ~ shelf";
        assert_eq!(parse(open), Err(Malformed::TooOpen));
        let far = "one ~ two three ~ four five six seven eight ~ the anchor of it all together";
        assert_eq!(parse(far), Err(Malformed::TooOpen));
    }
}
