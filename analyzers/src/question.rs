//! Whether a sentence asks, and what kind of answer it asks for: by its first words, with or without punctuation.

use std::collections::HashSet;
use std::ops::Range;

use crate::dictionary::Dictionary;
use crate::text::{folded, is_word_character, tokens};

/// How many words after a question word the verb and its subject may begin: `how many people do you ...`.
const QUESTION_WORD_REACH: usize = 4;

/// A segment of up to this many words that starts like `how much` is a question without a verb.
const SHORT_QUESTION_WORDS: usize = 4;

/// What kind of answer a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionKind {
    /// More than yes or no.
    Open,
    /// Yes or no, or a choice.
    Closed,
}

impl QuestionKind {
    /// The name stored in tables.
    pub fn name(self) -> &'static str {
        match self {
            QuestionKind::Open => "open",
            QuestionKind::Closed => "closed",
        }
    }
}

/// A question found in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What kind of answer it asks for.
    pub kind: QuestionKind,
    /// Bytes of the question in the sentence.
    pub bytes: Range<usize>,
}

/// The cue lists of `questions.toml`, ready for use.
#[derive(Debug, Default)]
pub struct QuestionCues {
    auxiliaries: HashSet<String>,
    backchannels: HashSet<String>,
    clause_subjects: HashSet<String>,
    closed_starters: HashSet<String>,
    continuations: HashSet<String>,
    fillers: HashSet<String>,
    hesitations: HashSet<String>,
    logistics: HashSet<String>,
    not_before: HashSet<String>,
    open_starters: HashSet<String>,
    prepositions: HashSet<String>,
    pronouns: HashSet<String>,
    question_words: HashSet<String>,
    question_words_with_verb: HashSet<String>,
    reporting: HashSet<String>,
    rhetorical: HashSet<String>,
    subjects: HashSet<String>,
    tags: HashSet<String>,
    verbs_after_question_words: HashSet<String>,
    verbs_also_imperative: HashSet<String>,
}

/// A question told of within this many words after a word such as `said` is reported, not asked.
const REPORTING_REACH: usize = 3;

/// A word of a sentence: folded and without punctuation, with the bytes of the token as it stands.
#[derive(Debug, Clone)]
struct Word {
    text: String,
    bytes: Range<usize>,
    /// Whether a comma follows.
    ends_clause: bool,
}

/// Words up to a mark that ends a sentence.
struct Segment {
    words: Vec<Word>,
    mark: Option<char>,
}

impl QuestionCues {
    /// Name of the dictionary that holds the lists.
    pub const DICTIONARY: &'static str = "questions";

    /// Ids of the lists.
    pub const LISTS: [&'static str; 20] = [
        "auxiliaries",
        "backchannels",
        "clause_subjects",
        "closed_starters",
        "continuations",
        "fillers",
        "hesitations",
        "logistics",
        "not_before",
        "open_starters",
        "prepositions",
        "pronouns",
        "question_words",
        "question_words_with_verb",
        "reporting",
        "rhetorical",
        "subjects",
        "tags",
        "verbs_after_question_words",
        "verbs_also_imperative",
    ];

    /// Takes the lists out of the dictionary; a list that it does not have is empty.
    pub fn build(dictionary: &Dictionary) -> QuestionCues {
        let list = |id: &str| -> HashSet<String> {
            let entries = dictionary.entries.iter().filter(|entry| entry.id == id);
            entries
                .flat_map(|entry| entry.terms.iter().map(|term| folded(term)))
                .collect()
        };
        QuestionCues {
            auxiliaries: list("auxiliaries"),
            backchannels: list("backchannels"),
            clause_subjects: list("clause_subjects"),
            closed_starters: list("closed_starters"),
            continuations: list("continuations"),
            fillers: list("fillers"),
            hesitations: list("hesitations"),
            logistics: list("logistics"),
            not_before: list("not_before"),
            open_starters: list("open_starters"),
            prepositions: list("prepositions"),
            pronouns: list("pronouns"),
            question_words: list("question_words"),
            question_words_with_verb: list("question_words_with_verb"),
            reporting: list("reporting"),
            rhetorical: list("rhetorical"),
            subjects: list("subjects"),
            tags: list("tags"),
            verbs_after_question_words: list("verbs_after_question_words"),
            verbs_also_imperative: list("verbs_also_imperative"),
        }
    }

    /// The first question in a sentence that counts: back-channels (`Really?`), tags (`..., right?`), logistics
    /// (`Can you hear me?`) and rhetorical ones do not.
    pub fn question(&self, sentence: &str) -> Option<Question> {
        segments(sentence)
            .iter()
            .find_map(|segment| self.question_in(segment))
    }

    fn question_in(&self, segment: &Segment) -> Option<Question> {
        let fluent = self.fluent(&segment.words);
        let words = self.without_fillers(&fluent);
        let asks = if segment.mark == Some('?') {
            self.counts_with_mark(words).then_some(0)
        } else {
            self.question_start(words, segment.mark)
        };
        let words = &words[asks?..];
        if self.is_excluded(words) {
            return None;
        }
        let (first, last) = (words.first()?, words.last()?);
        Some(Question {
            kind: self.kind(words),
            bytes: first.bytes.start..last.bytes.end,
        })
    }

    /// A question mark makes a question of anything but a statement with a tag.
    fn counts_with_mark(&self, words: &[Word]) -> bool {
        let untagged = self.without_tag(words);
        untagged.len() == words.len() || self.starts_question(untagged)
    }

    /// Without a question mark: where in the words a question begins.
    fn question_start(&self, words: &[Word], mark: Option<char>) -> Option<usize> {
        if self.starts_question(words) {
            return Some(0);
        }
        if mark.is_some() {
            return None;
        }
        (1..words.len()).find(|position| {
            self.starts_question_inside(words, *position)
                || self.starts_clause_with_question_word(words, *position)
        })
    }

    fn starts_question(&self, words: &[Word]) -> bool {
        self.starts_with_verb(words)
            || self.starts_with_question_word(words)
            || starts_with_phrase(words, &self.open_starters).is_some()
            || starts_with_phrase(words, &self.closed_starters).is_some()
    }

    /// `do you`, `is there`, `could your team`: the verb before its subject.
    fn starts_with_verb(&self, words: &[Word]) -> bool {
        let [verb, subject, ..] = words else {
            return false;
        };
        let subjects = if self.verbs_also_imperative.contains(&verb.text) {
            &self.pronouns
        } else {
            &self.subjects
        };
        self.auxiliaries.contains(&verb.text) && subjects.contains(&subject.text)
    }

    /// `what do`, `how many`, `which plan are you`, but not `what we do` or `which is`.
    fn starts_with_question_word(&self, words: &[Word]) -> bool {
        let words = self.without_preposition(words);
        let Some((first, rest)) = words.split_first() else {
            return false;
        };
        if self.question_words_with_verb.contains(&first.text) {
            return true;
        }
        if !self.question_words.contains(&first.text) {
            return false;
        }
        let Some(second) = rest.first() else {
            return true;
        };
        if self.auxiliaries.contains(&second.text) {
            let has_subject = rest
                .get(1)
                .is_some_and(|third| self.pronouns.contains(&third.text));
            return has_subject || !self.not_before.contains(&joined(&words[..2]));
        }
        if self.clause_subjects.contains(&second.text) {
            return false;
        }
        let near = &rest[1..rest.len().min(1 + QUESTION_WORD_REACH)];
        if self.verbs_after_question_words.contains(&second.text) {
            // `what happens if` asks, `what happened was` states.
            return !near
                .iter()
                .any(|word| word.text == "is" || word.text == "was");
        }
        if self.continuations.contains(&second.text) {
            return words.len() <= SHORT_QUESTION_WORDS
                || near
                    .iter()
                    .any(|word| self.auxiliaries.contains(&word.text));
        }
        (1..=near.len()).any(|from| self.starts_with_verb(&rest[from..]))
    }

    /// `for what time`, `in what way`: the question word after a preposition.
    fn without_preposition<'w>(&self, words: &'w [Word]) -> &'w [Word] {
        match words {
            [first, second, ..]
                if self.prepositions.contains(&first.text)
                    && self.question_words.contains(&second.text) =>
            {
                &words[1..]
            }
            _ => words,
        }
    }

    /// Unpunctuated speech runs sentences together: `that's fine what do you think`. What somebody reports of a question
    /// (`he said what do you want`) is none.
    fn starts_question_inside(&self, words: &[Word], position: usize) -> bool {
        let from = position.saturating_sub(REPORTING_REACH);
        let is_reported = words[from..position]
            .iter()
            .any(|word| self.reporting.contains(&word.text));
        !is_reported && self.inverts(&words[position..])
    }

    /// `and after that, how does it work`: a question word and its verb after a comma.
    fn starts_clause_with_question_word(&self, words: &[Word], position: usize) -> bool {
        let from = position.saturating_sub(REPORTING_REACH);
        words[position - 1].ends_clause
            && !words[from..position]
                .iter()
                .any(|word| self.reporting.contains(&word.text))
            && self.starts_with_question_word(&words[position..])
            && words.len() > position + 1
    }

    /// `compared to what`, `by when`: a question word after a preposition.
    fn asks_after_preposition(&self, words: &[Word], position: usize) -> bool {
        self.prepositions.contains(&words[position - 1].text)
            && self.question_words.contains(&words[position].text)
            && (words[position].ends_clause || position + 1 == words.len())
    }

    /// A question word, a verb and a pronoun in this order.
    fn inverts(&self, words: &[Word]) -> bool {
        let [first, second, third, ..] = words else {
            return false;
        };
        self.question_words.contains(&first.text)
            && self.auxiliaries.contains(&second.text)
            && self.pronouns.contains(&third.text)
    }

    fn is_excluded(&self, words: &[Word]) -> bool {
        let whole = joined(words);
        words.is_empty()
            || self.backchannels.contains(&whole)
            || self.rhetorical.contains(&whole)
            || self.tags.contains(&whole)
            || self.is_echo(words)
            || starts_with_phrase(words, &self.logistics).is_some()
    }

    /// `do you`, `is it`, `they did`: a verb and a pronoun with nothing to ask about.
    fn is_echo(&self, words: &[Word]) -> bool {
        let [a, b] = words else {
            return false;
        };
        let is_pair = |verb: &Word, pronoun: &Word| {
            self.auxiliaries.contains(&verb.text) && self.pronouns.contains(&pronoun.text)
        };
        is_pair(a, b) || is_pair(b, a)
    }

    fn kind(&self, words: &[Word]) -> QuestionKind {
        let opens = starts_with_phrase(words, &self.open_starters).is_some()
            || self
                .without_preposition(words)
                .first()
                .is_some_and(|first| self.is_question_word(first));
        let closes = self.starts_with_verb(words)
            || starts_with_phrase(words, &self.closed_starters).is_some();
        let asks_inside = || {
            words.last().is_some_and(|last| self.is_question_word(last))
                || (1..words.len()).any(|position| {
                    self.starts_question_inside(words, position)
                        || self.starts_clause_with_question_word(words, position)
                        || self.asks_after_preposition(words, position)
                })
        };
        if opens || (!closes && asks_inside()) {
            QuestionKind::Open
        } else {
            QuestionKind::Closed
        }
    }

    fn is_question_word(&self, word: &Word) -> bool {
        self.question_words.contains(&word.text)
            || self.question_words_with_verb.contains(&word.text)
    }

    /// Without hesitations, words begun and broken off (`wh what's`) and words said again.
    fn fluent(&self, words: &[Word]) -> Vec<Word> {
        let spoken = words
            .iter()
            .filter(|word| !word.text.is_empty() && !self.hesitations.contains(&word.text));
        let mut fluent: Vec<Word> = Vec::new();
        for word in spoken {
            fluent.pop_if(|last| last.text == word.text || self.is_broken_off(last, word));
            fluent.push(word.clone());
            if let [.., a, b, c, d] = fluent.as_slice()
                && a.text == c.text
                && b.text == d.text
            {
                let second_time = fluent.len() - 2;
                fluent.drain(second_time - 2..second_time);
            }
        }
        fluent
    }

    fn is_broken_off(&self, word: &Word, next: &Word) -> bool {
        let is_whole = [
            &self.auxiliaries,
            &self.subjects,
            &self.question_words,
            &self.fillers,
        ]
        .iter()
        .any(|list| list.contains(&word.text));
        !is_whole
            && word.text.len() < next.text.len()
            && next.text.starts_with(&word.text)
            && word.text.len() <= 3
    }

    /// Without the words at the start that say nothing.
    fn without_fillers<'w>(&self, mut words: &'w [Word]) -> &'w [Word] {
        while let Some(filler) = starts_with_phrase(words, &self.fillers) {
            words = &words[filler..];
        }
        words
    }

    fn without_tag<'w>(&self, words: &'w [Word]) -> &'w [Word] {
        let longest = (1..=words.len().min(3))
            .rev()
            .find(|length| self.tags.contains(&joined(&words[words.len() - length..])));
        &words[..words.len() - longest.unwrap_or(0)]
    }
}

/// Length in words of the longest of `phrases` that the words start with.
fn starts_with_phrase(words: &[Word], phrases: &HashSet<String>) -> Option<usize> {
    const LONGEST: usize = 6;
    (1..=words.len().min(LONGEST))
        .rev()
        .find(|length| phrases.contains(&joined(&words[..*length])))
}

fn joined(words: &[Word]) -> String {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    texts.join(" ")
}

fn segments(sentence: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut words = Vec::new();
    for bytes in tokens(sentence) {
        let token = &sentence[bytes.clone()];
        let text = folded(token);
        let core = text.trim_matches(|c: char| !is_word_character(c));
        let mark = end_mark(token);
        words.push(Word {
            text: core.to_owned(),
            ends_clause: token.ends_with(','),
            bytes,
        });
        if mark.is_some() {
            let words = std::mem::take(&mut words);
            segments.push(Segment { words, mark });
        }
    }
    if !words.is_empty() {
        segments.push(Segment { words, mark: None });
    }
    segments
}

/// The mark that ends a sentence at the end of `token`, closing quotes and brackets aside.
fn end_mark(token: &str) -> Option<char> {
    let open_end = token.trim_end_matches(['"', '\'', ')', ']', '”', '’']);
    let marks = open_end.trim_start_matches(|c| !matches!(c, '?' | '.' | '!'));
    if open_end.ends_with(['?', '.', '!']) {
        let has_question = open_end
            .chars()
            .rev()
            .take_while(|c| matches!(c, '?' | '.' | '!'))
            .any(|c| c == '?');
        return if has_question {
            Some('?')
        } else {
            marks.chars().next_back()
        };
    }
    None
}
