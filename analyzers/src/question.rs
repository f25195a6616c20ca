//! Whether a sentence asks, and what kind of answer it asks for: by its first words, with or without punctuation.

#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

use std::ops::Range;
use std::sync::Arc;

use self::vocabulary::{IDS, Lists, UNKNOWN, Vocabulary};
use self::words::{Segment, Word, next_segment, words};
use crate::dictionary::Dictionary;
use crate::text::{FoldedText, FoldedTexts};
use crate::tokens::{self, Token, Tokens};
use crate::word_ids::WordIds;

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

/// A question told of within this many words after a word such as `said` is reported, not asked.
const REPORTING_REACH: usize = 3;

/// Words of a phrase that a question may begin with, at most.
const LONGEST_PHRASE: usize = 6;

/// The cue lists of `questions.toml`, ready for use.
#[derive(Debug, Default)]
pub struct QuestionCues {
    vocabulary: Vocabulary,
}

/// Looks for questions in one sentence after the other, with the same buffer.
#[derive(Debug)]
pub(crate) struct QuestionDetector<'q> {
    cues: &'q QuestionCues,
    fluent: Vec<Word>,
    tokens: Vec<Token>,
}

impl QuestionCues {
    /// Name of the dictionary that holds the lists.
    pub const DICTIONARY: &'static str = "questions";

    /// Ids of the lists.
    pub const LISTS: [&'static str; IDS.len()] = IDS;

    /// Takes the lists out of the dictionary; a list that it does not have is empty. `words` has all of their words.
    pub(crate) fn build(dictionary: &Dictionary, words: Arc<WordIds>) -> QuestionCues {
        QuestionCues {
            vocabulary: Vocabulary::build(dictionary, words),
        }
    }

    /// For many sentences.
    pub(crate) fn detector(&self) -> QuestionDetector<'_> {
        QuestionDetector {
            cues: self,
            fluent: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// The first question in a sentence that counts: back-channels (`Really?`), tags (`..., right?`), logistics
    /// (`Can you hear me?`) and rhetorical ones do not.
    pub fn question(&self, sentence: &str) -> Option<Question> {
        let found = self.questions(&FoldedTexts::of_one(sentence));
        found.into_iter().next().flatten()
    }

    /// The same for many sentences, which is faster for each.
    pub fn questions(&self, sentences: &FoldedTexts) -> Vec<Option<Question>> {
        let mut detector = self.detector();
        (0..sentences.len())
            .map(|at| detector.question(sentences.get(at), None))
            .collect()
    }
}

impl QuestionDetector<'_> {
    /// As [`QuestionCues::question`], of a folded sentence; the bytes are those of the original. Where its tokens are not known,
    /// they are made for sentences that may ask alone.
    pub(crate) fn question(
        &mut self,
        sentence: FoldedText<'_>,
        tokens: Option<&[Token]>,
    ) -> Option<Question> {
        if let Some(tokens) = tokens {
            return self.question_of(sentence, tokens);
        }
        let vocabulary = &self.cues.vocabulary;
        if is_statement(sentence.text(), vocabulary) {
            return None;
        }
        let mut tokens = std::mem::take(&mut self.tokens);
        Tokens::list(sentence.text(), vocabulary.words(), &mut tokens);
        let found = self.question_of(sentence, &tokens);
        self.tokens = tokens;
        found
    }

    fn question_of(&mut self, sentence: FoldedText<'_>, tokens: &[Token]) -> Option<Question> {
        let (mut from, mut rest) = (0, tokens);
        while let Some(segment) = next_segment(sentence.text(), from) {
            from = segment.bytes.end;
            // Segments end where tokens end.
            let own = rest.partition_point(|token| (token.start as usize) < from);
            let (own, others) = rest.split_at(own);
            rest = others;
            let found = self.question_in(sentence, &segment, own);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn question_in(
        &mut self,
        sentence: FoldedText<'_>,
        segment: &Segment,
        tokens: &[Token],
    ) -> Option<Question> {
        let vocabulary = &self.cues.vocabulary;
        let text = sentence.text();
        let may_ask = match segment.mark {
            Some('?') => true,
            Some(_) => may_begin_question(text, || tokens.iter().copied(), vocabulary),
            None => may_ask(text, tokens, vocabulary),
        };
        if !may_ask {
            return None;
        }
        self.fluent.clear();
        let words = words(text, tokens.iter().copied(), vocabulary);
        make_fluent(text, words, &mut self.fluent);
        let rules = Rules {
            vocabulary,
            sentence,
        };
        rules.question(&self.fluent, segment.mark)
    }
}

/// Whether a text is one segment with another mark than a question mark at its end, and begins like no question: told without its
/// tokens, but for the first ones.
fn is_statement(text: &str, vocabulary: &Vocabulary) -> bool {
    let Some(segment) = next_segment(text, 0) else {
        return true;
    };
    let is_marked = segment.mark.is_some_and(|mark| mark != '?');
    let tokens = || tokens::each(text, vocabulary.words());
    is_marked && segment.bytes.end == text.len() && !may_begin_question(text, tokens, vocabulary)
}

/// Whether a segment that another mark ends may be a question: only its first word can tell, behind what may be left out. Most
/// segments end here, after one word.
fn may_begin_question<T: Iterator<Item = Token>>(
    text: &str,
    tokens: impl Fn() -> T,
    vocabulary: &Vocabulary,
) -> bool {
    const BEGINS: Lists = Lists::AUXILIARIES
        .or(Lists::QUESTION_WORDS)
        .or(Lists::QUESTION_WORDS_WITH_VERB)
        .or(Lists::BEGINS_STARTER);
    let spoken = |word: &Word| word.length() > 0 && !word.is_in(Lists::HESITATIONS);
    let mut words = words(text, tokens(), vocabulary).filter(spoken);
    let mut next = words.next();
    while let Some(word) = next {
        next = words.next();
        if word.is_in(BEGINS) {
            return true;
        }
        if word.is_in(Lists::PREPOSITIONS) && holds_question_word(tokens(), vocabulary) {
            return true;
        }
        let is_said_again = || {
            next.is_some_and(|next| is_same(text, word, next) || is_broken_off(text, word, next))
        };
        if !word.is_in(Lists::IN_FILLER) && !is_said_again() {
            return false;
        }
    }
    false
}

fn holds_question_word(tokens: impl Iterator<Item = Token>, vocabulary: &Vocabulary) -> bool {
    const QUESTION_WORDS: Lists = Lists::QUESTION_WORDS.or(Lists::QUESTION_WORDS_WITH_VERB);
    let mut lists = tokens.map(|token| vocabulary.lists(token.word));
    lists.any(|lists| lists.has(QUESTION_WORDS))
}

/// Whether a segment without a mark may be a question: it holds a question word, or begins with a verb or a phrase that asks, behind what may be left out. Most segments end here, without a look at most words.
fn may_ask(text: &str, tokens: &[Token], vocabulary: &Vocabulary) -> bool {
    const LEFT_OUT: Lists = Lists::IN_FILLER.or(Lists::HESITATIONS);
    const ASKS: Lists = Lists::AUXILIARIES
        .or(Lists::OPEN_STARTERS)
        .or(Lists::CLOSED_STARTERS);
    let mut in_starter = false;
    for word in words(text, tokens.iter().copied(), vocabulary) {
        let is_left_out = word.is_in(LEFT_OUT) || word.length() <= MOST_BROKEN_OFF;
        let begins_starter = word.is_in(Lists::BEGINS_STARTER);
        if word.is_in(ASKS)
            || (in_starter && word.is_in(Lists::SECOND_OF_STARTER))
            || (begins_starter && !is_left_out)
        {
            return true;
        }
        if !is_left_out {
            break;
        }
        in_starter |= begins_starter;
    }
    holds_question_word(tokens.iter().copied(), vocabulary)
}

/// Without hesitations, words begun and broken off (`wh what's`) and words said again.
fn make_fluent(text: &str, words: impl Iterator<Item = Word>, fluent: &mut Vec<Word>) {
    let spoken = words.filter(|word| word.length() > 0 && !word.is_in(Lists::HESITATIONS));
    for word in spoken {
        if let Some(last) = fluent.last()
            && (is_same(text, *last, word) || is_broken_off(text, *last, word))
        {
            fluent.pop();
        }
        fluent.push(word);
        if let [.., a, b, c, d] = fluent.as_slice()
            && is_same(text, *a, *c)
            && is_same(text, *b, *d)
        {
            let second_time = fluent.len() - 2;
            fluent.drain(second_time - 2..second_time);
        }
    }
}

fn is_same(text: &str, a: Word, b: Word) -> bool {
    a.node == b.node && (a.node != UNKNOWN || a.text(text) == b.text(text))
}

/// Bytes of a word that may be broken off, at most.
const MOST_BROKEN_OFF: u32 = 3;

fn is_broken_off(text: &str, word: Word, next: Word) -> bool {
    const WHOLE: Lists = Lists::AUXILIARIES
        .or(Lists::SUBJECTS)
        .or(Lists::QUESTION_WORDS)
        .or(Lists::FILLERS);
    word.length() <= MOST_BROKEN_OFF
        && word.length() < next.length()
        && !word.is_in(WHOLE)
        && next.text(text).starts_with(word.text(text))
}

/// The rules, for one sentence.
#[derive(Clone, Copy)]
struct Rules<'s> {
    vocabulary: &'s Vocabulary,
    sentence: FoldedText<'s>,
}

impl Rules<'_> {
    fn question(self, fluent: &[Word], mark: Option<char>) -> Option<Question> {
        let words = self.without_fillers(fluent);
        let asks = if mark == Some('?') {
            self.counts_with_mark(words).then_some(0)
        } else {
            self.question_start(words, mark)
        };
        let words = &words[asks?..];
        if self.is_excluded(words) {
            return None;
        }
        let (first, last) = (words.first()?, words.last()?);
        Some(Question {
            kind: self.kind(words),
            bytes: first.to(*last, self.sentence),
        })
    }

    /// A question mark makes a question of anything but a statement with a tag.
    fn counts_with_mark(self, words: &[Word]) -> bool {
        let untagged = self.without_tag(words);
        untagged.len() == words.len() || self.starts_question(untagged)
    }

    /// Without a question mark: where in the words a question begins.
    fn question_start(self, words: &[Word], mark: Option<char>) -> Option<usize> {
        if self.starts_question(words) {
            return Some(0);
        }
        if mark.is_some() {
            return None;
        }
        (1..words.len()).find(|position| {
            starts_question_inside(words, *position)
                || self.starts_clause_with_question_word(words, *position)
        })
    }

    fn starts_question(self, words: &[Word]) -> bool {
        starts_with_verb(words)
            || self.starts_with_question_word(words)
            || self.starts_with(words, Lists::OPEN_STARTERS).is_some()
            || self.starts_with(words, Lists::CLOSED_STARTERS).is_some()
    }

    /// `what do`, `how many`, `which plan are you`, but not `what we do` or `which is`.
    fn starts_with_question_word(self, words: &[Word]) -> bool {
        let words = without_preposition(words);
        let Some((first, rest)) = words.split_first() else {
            return false;
        };
        if first.is_in(Lists::QUESTION_WORDS_WITH_VERB) {
            return true;
        }
        if !first.is_in(Lists::QUESTION_WORDS) {
            return false;
        }
        let Some(second) = rest.first() else {
            return true;
        };
        if second.is_in(Lists::AUXILIARIES) {
            let has_subject = rest
                .get(1)
                .is_some_and(|third| third.is_in(Lists::PRONOUNS));
            return has_subject || !self.is_phrase(&words[..2], Lists::NOT_BEFORE);
        }
        if second.is_in(Lists::CLAUSE_SUBJECTS) {
            return false;
        }
        let near = &rest[1..rest.len().min(1 + QUESTION_WORD_REACH)];
        if second.is_in(Lists::VERBS_AFTER_QUESTION_WORDS) {
            // `what happens if` asks, `what happened was` states.
            return !near
                .iter()
                .any(|word| ["is", "was"].contains(&word.text(self.sentence.text())));
        }
        if second.is_in(Lists::CONTINUATIONS) {
            return words.len() <= SHORT_QUESTION_WORDS
                || near.iter().any(|word| word.is_in(Lists::AUXILIARIES));
        }
        (1..=near.len()).any(|from| starts_with_verb(&rest[from..]))
    }

    /// `and after that, how does it work`: a question word and its verb after a comma.
    fn starts_clause_with_question_word(self, words: &[Word], position: usize) -> bool {
        let from = position.saturating_sub(REPORTING_REACH);
        words[position - 1].ends_clause
            && !words[from..position]
                .iter()
                .any(|word| word.is_in(Lists::REPORTING))
            && self.starts_with_question_word(&words[position..])
            && words.len() > position + 1
    }

    fn is_excluded(self, words: &[Word]) -> bool {
        const WHOLE: Lists = Lists::BACKCHANNELS.or(Lists::RHETORICAL).or(Lists::TAGS);
        words.is_empty()
            || self.is_phrase(words, WHOLE)
            || is_echo(words)
            || self.starts_with(words, Lists::LOGISTICS).is_some()
    }

    fn kind(self, words: &[Word]) -> QuestionKind {
        let opens = self.starts_with(words, Lists::OPEN_STARTERS).is_some()
            || without_preposition(words)
                .first()
                .is_some_and(is_question_word);
        let closes =
            starts_with_verb(words) || self.starts_with(words, Lists::CLOSED_STARTERS).is_some();
        let asks_inside = || {
            words.last().is_some_and(is_question_word)
                || (1..words.len()).any(|position| {
                    starts_question_inside(words, position)
                        || self.starts_clause_with_question_word(words, position)
                        || asks_after_preposition(words, position)
                })
        };
        if opens || (!closes && asks_inside()) {
            QuestionKind::Open
        } else {
            QuestionKind::Closed
        }
    }

    /// Without the words at the start that say nothing.
    fn without_fillers(self, mut words: &[Word]) -> &[Word] {
        while let Some(filler) = self.starts_with(words, Lists::FILLERS) {
            words = &words[filler..];
        }
        words
    }

    fn without_tag(self, words: &[Word]) -> &[Word] {
        let longest = (1..=words.len().min(3))
            .rev()
            .find(|length| self.is_phrase(&words[words.len() - length..], Lists::TAGS));
        &words[..words.len() - longest.unwrap_or(0)]
    }

    /// Length in words of the longest phrase of `lists` that the words start with.
    fn starts_with(self, words: &[Word], lists: Lists) -> Option<usize> {
        let nodes = words.iter().take(LONGEST_PHRASE).map(|word| word.node);
        let phrases = self.vocabulary.phrases(nodes);
        let fitting = phrases.enumerate().filter(|(_, ends)| ends.has(lists));
        fitting.last().map(|(at, _)| at + 1)
    }

    /// Whether the words together are a phrase of `lists`.
    fn is_phrase(self, words: &[Word], lists: Lists) -> bool {
        let phrases = self.vocabulary.phrases(words.iter().map(|word| word.node));
        phrases
            .enumerate()
            .any(|(at, ends)| at + 1 == words.len() && ends.has(lists))
    }
}

/// `do you`, `is there`, `could your team`: the verb before its subject.
fn starts_with_verb(words: &[Word]) -> bool {
    let [verb, subject, ..] = words else {
        return false;
    };
    let subjects = if verb.is_in(Lists::VERBS_ALSO_IMPERATIVE) {
        Lists::PRONOUNS
    } else {
        Lists::SUBJECTS
    };
    verb.is_in(Lists::AUXILIARIES) && subject.is_in(subjects)
}

/// A question word, a verb and a pronoun in this order.
fn inverts(words: &[Word]) -> bool {
    let [first, second, third, ..] = words else {
        return false;
    };
    first.is_in(Lists::QUESTION_WORDS)
        && second.is_in(Lists::AUXILIARIES)
        && third.is_in(Lists::PRONOUNS)
}

/// `do you`, `is it`, `they did`: a verb and a pronoun with nothing to ask about.
fn is_echo(words: &[Word]) -> bool {
    let [a, b] = words else {
        return false;
    };
    let is_pair = |verb: &Word, pronoun: &Word| {
        verb.is_in(Lists::AUXILIARIES) && pronoun.is_in(Lists::PRONOUNS)
    };
    is_pair(a, b) || is_pair(b, a)
}

fn is_question_word(word: &Word) -> bool {
    word.is_in(Lists::QUESTION_WORDS) || word.is_in(Lists::QUESTION_WORDS_WITH_VERB)
}

/// `compared to what`, `by when`: a question word after a preposition.
fn asks_after_preposition(words: &[Word], position: usize) -> bool {
    words[position - 1].is_in(Lists::PREPOSITIONS)
        && words[position].is_in(Lists::QUESTION_WORDS)
        && (words[position].ends_clause || position + 1 == words.len())
}

/// `for what time`, `in what way`: the question word after a preposition.
fn without_preposition(words: &[Word]) -> &[Word] {
    match words {
        [first, second, ..]
            if first.is_in(Lists::PREPOSITIONS) && second.is_in(Lists::QUESTION_WORDS) =>
        {
            &words[1..]
        }
        _ => words,
    }
}

/// Unpunctuated speech runs sentences together: `that's fine what do you think`. What somebody reports of a question
/// (`he said what do you want`) is none.
fn starts_question_inside(words: &[Word], position: usize) -> bool {
    let from = position.saturating_sub(REPORTING_REACH);
    let is_reported = || {
        let before = words[from..position].iter();
        before.clone().any(|word| word.is_in(Lists::REPORTING))
    };
    inverts(&words[position..]) && !is_reported()
}
