//! All dictionaries of a run, compiled for matching.

use std::sync::Arc;

use crate::call::Call;
use crate::cues::CueLists;
use crate::delivery::Delivery;
use crate::dictionary::parse::parse_all;
use crate::dictionary::{Dictionary, DictionaryError, DictionarySource, Kind};
use crate::folding::FoldedTexts;
use crate::language;
use crate::lexicon::{Dropped, Lexicon, Mention};
use crate::matching::Hit;
use crate::metrics::attendance::SENIORITY;
use crate::metrics::next_steps::NEXT_STEPS;
use crate::metrics::objections::HANDLING;
use crate::metrics::questions::{FORMS, INTENTS};
use crate::names::{self, Names};
use crate::page::{CallText, Terms};
use crate::question::QuestionCues;
use crate::scanner::Scanner;
use crate::text::folded;
use crate::word_ids::WordIds;

/// All dictionaries of a run, checked and compiled into one automaton.
#[derive(Debug)]
pub struct Dictionaries {
    dictionaries: Vec<Dictionary>,
    digests: Vec<String>,
    names: Arc<Names>,
    lexicon: Lexicon,
    scanner: Scanner,
    words: Arc<WordIds>,
    questions: QuestionCues,
    delivery: Delivery,
    next_steps: CueLists,
    objection_handling: CueLists,
    seniority: CueLists,
    question_forms: CueLists,
    question_intents: CueLists,
}

impl Dictionaries {
    /// Reads, checks and compiles dictionary files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of the files, in the order of files and lines.
    pub fn compile(sources: &[DictionarySource]) -> Result<Dictionaries, Vec<DictionaryError>> {
        let mut dictionaries = parse_all(sources)?;
        dictionaries.sort_by(|a, b| a.name.cmp(&b.name));
        let names = Arc::new(Names::of(&dictionaries));
        let lexicon = Lexicon::build(&dictionaries, names.clone());
        let by_name = |name: &str| dictionaries.iter().find(|known| known.name == name);
        let cues = by_name(QuestionCues::DICTIONARY);
        let words = Arc::new(words_of(&dictionaries));
        let cue_lists = |name: &str| CueLists::build(by_name(name), names.clone());
        let [
            next_steps,
            objection_handling,
            question_forms,
            question_intents,
        ] = [NEXT_STEPS, HANDLING, FORMS, INTENTS].map(cue_lists);
        // In the order of `Terms`.
        let scanner = Scanner::of(&[
            lexicon.forms(),
            next_steps.forms(),
            objection_handling.forms(),
            question_forms.forms(),
            question_intents.forms(),
        ]);
        Ok(Dictionaries {
            digests: dictionaries.iter().map(Dictionary::digest).collect(),
            lexicon,
            scanner,
            questions: cues
                .map(|cues| QuestionCues::build(cues, words.clone()))
                .unwrap_or_default(),
            delivery: Delivery::build(&dictionaries, words.clone()),
            words,
            next_steps,
            objection_handling,
            seniority: cue_lists(SENIORITY),
            question_forms,
            question_intents,
            names,
            dictionaries,
        })
    }

    /// The dictionaries that ship with the program.
    pub fn embedded() -> Vec<DictionarySource> {
        let embed = |file: &str, text: &str| DictionarySource {
            file: file.to_owned(),
            text: text.to_owned(),
        };
        vec![
            embed(
                "backchannels.toml",
                include_str!("../../dictionaries/backchannels.toml"),
            ),
            embed("bant.toml", include_str!("../../dictionaries/bant.toml")),
            embed(
                "challenger.toml",
                include_str!("../../dictionaries/challenger.toml"),
            ),
            embed(
                "comparison.toml",
                include_str!("../../dictionaries/comparison.toml"),
            ),
            embed(
                "competitors.toml",
                include_str!("../../dictionaries/competitors.toml"),
            ),
            embed(
                "fillers.toml",
                include_str!("../../dictionaries/fillers.toml"),
            ),
            embed(
                "hedges.toml",
                include_str!("../../dictionaries/hedges.toml"),
            ),
            embed(
                "meddpicc.toml",
                include_str!("../../dictionaries/meddpicc.toml"),
            ),
            embed(
                "negation.toml",
                include_str!("../../dictionaries/negation.toml"),
            ),
            embed(
                "next_steps.toml",
                include_str!("../../dictionaries/next_steps.toml"),
            ),
            embed(
                "objection_handling.toml",
                include_str!("../../dictionaries/objection_handling.toml"),
            ),
            embed(
                "objections.toml",
                include_str!("../../dictionaries/objections.toml"),
            ),
            embed(
                "pricing.toml",
                include_str!("../../dictionaries/pricing.toml"),
            ),
            embed(
                "proof_points.toml",
                include_str!("../../dictionaries/proof_points.toml"),
            ),
            embed(
                "question_forms.toml",
                include_str!("../../dictionaries/question_forms.toml"),
            ),
            embed(
                "question_intents.toml",
                include_str!("../../dictionaries/question_intents.toml"),
            ),
            embed(
                "questions.toml",
                include_str!("../../dictionaries/questions.toml"),
            ),
            embed(
                "red_flags.toml",
                include_str!("../../dictionaries/red_flags.toml"),
            ),
            embed(
                "sandler.toml",
                include_str!("../../dictionaries/sandler.toml"),
            ),
            embed(
                "seniority.toml",
                include_str!("../../dictionaries/seniority.toml"),
            ),
            embed(
                "spiced.toml",
                include_str!("../../dictionaries/spiced.toml"),
            ),
            embed("spin.toml", include_str!("../../dictionaries/spin.toml")),
        ]
    }

    /// The embedded dictionaries with the user's `files` over them: a file of the same name replaces the embedded one
    /// whole, another is added.
    pub fn layered(files: Vec<DictionarySource>) -> Vec<DictionarySource> {
        let is_replaced =
            |source: &DictionarySource| files.iter().any(|own| own.file == source.file);
        let mut sources: Vec<DictionarySource> = Dictionaries::embedded()
            .into_iter()
            .filter(|source| !is_replaced(source))
            .collect();
        sources.extend(files);
        sources.sort_by(|a, b| a.file.cmp(&b.file));
        sources
    }

    /// Hash of what a dictionary says; `None` where there is no such dictionary.
    pub fn digest(&self, dictionary: &str) -> Option<&str> {
        self.digests()
            .find_map(|(name, digest)| (name == dictionary).then_some(digest))
    }

    /// Name and hash of every dictionary, by name.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.dictionaries.iter().map(|d| d.name.as_str());
        names.zip(self.digests.iter().map(String::as_str))
    }

    /// Names of the dictionaries whose entries are reported as mentions, alphabetically.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all()
            .iter()
            .filter(|dictionary| dictionary.kind == Kind::Mentions)
            .map(|dictionary| dictionary.name.as_str())
    }

    /// Id and label of each entry of a dictionary, in the order of its file; none where there is no such dictionary.
    pub fn entries(&self, dictionary: &str) -> impl Iterator<Item = (&str, &str)> {
        self.get(dictionary)
            .into_iter()
            .flat_map(|found| &found.entries)
            .map(|entry| (entry.id.as_str(), entry.label.as_str()))
    }

    /// A dictionary by name.
    pub fn get(&self, dictionary: &str) -> Option<&Dictionary> {
        self.all().iter().find(|found| found.name == dictionary)
    }

    /// Every dictionary, by name.
    pub fn all(&self) -> &[Dictionary] {
        &self.dictionaries
    }

    /// The mentions in a call, by dictionary, sentence and first byte.
    pub fn mentions(&self, call: &Call<'_>) -> Vec<Mention> {
        self.lexicon.mentions(&self.dictionaries, call)
    }

    /// The words of the lists that are found word by word.
    pub(crate) fn words(&self) -> &WordIds {
        &self.words
    }

    /// By list of terms, in the order of [`Terms`]: where their forms stand in folded texts.
    pub(crate) fn places(&self, texts: &FoldedTexts) -> Vec<Vec<Hit>> {
        self.scanner.places(texts)
    }

    /// The mentions in a call whose text is part of a page.
    pub(crate) fn mentions_at(&self, call: &Call<'_>, text: &CallText<'_>) -> Vec<Mention> {
        let places = text.places(Terms::Mentions);
        self.lexicon
            .mentions_at(&self.dictionaries, call, text, places)
    }

    /// The terms that stand in a call and do not count, by sentence.
    pub fn dropped(&self, call: &Call<'_>) -> Vec<Dropped> {
        self.lexicon.dropped(&self.dictionaries, call)
    }

    /// The cue lists of the questions analyzer.
    pub fn question_cues(&self) -> &QuestionCues {
        &self.questions
    }

    /// The lists of the fluency analyzer.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// The lists of a dictionary by name, to be looked for on request; empty where there is none.
    pub fn cue_lists(&self, dictionary: &str) -> CueLists {
        CueLists::build(self.get(dictionary), self.names.clone())
    }

    /// The lists of the next-steps analyzer.
    pub fn next_steps(&self) -> &CueLists {
        &self.next_steps
    }

    /// How questions are put.
    pub fn question_forms(&self) -> &CueLists {
        &self.question_forms
    }

    /// What questions are after.
    pub fn question_intents(&self) -> &CueLists {
        &self.question_intents
    }

    /// The words of titles, level by level.
    pub fn seniority(&self) -> &CueLists {
        &self.seniority
    }

    /// The answers to objections.
    pub fn objection_handling(&self) -> &CueLists {
        &self.objection_handling
    }

    /// Whether a dictionary is in the call's language, or either is not known.
    pub fn covers(&self, dictionary: &str, call: &Call<'_>) -> bool {
        self.get(dictionary)
            .is_none_or(|known| language::covers(&known.language, call.language))
    }

    /// Whether the dictionary called `name` shapes the mentions of one of `others`, as negation does, or competitors do where
    /// a term leaves their name open.
    pub(crate) fn shapes_any(&self, name: &str, others: &[&str]) -> bool {
        let known = self.get(name).into_iter();
        let concerns = known
            .flat_map(|shapes| &shapes.applies_to)
            .any(|concerned| others.contains(&concerned.as_str()));
        let named = || others.iter().filter_map(|other| self.get(other));
        concerns || (name == names::COMPETITORS && named().any(Dictionary::names_competitors))
    }

    /// Whether the mentions found depend on the dictionary called `name`.
    pub(crate) fn shapes_mentions(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|dictionary| dictionary.kind != Kind::Cues)
    }
}

/// All words of the lists that are found word by word.
fn words_of(dictionaries: &[Dictionary]) -> WordIds {
    const BY_WORD: [&str; 4] = [
        Delivery::BACKCHANNELS,
        Delivery::FILLERS,
        Delivery::HEDGES,
        QuestionCues::DICTIONARY,
    ];
    let lists = dictionaries
        .iter()
        .filter(|known| BY_WORD.contains(&known.name.as_str()));
    let terms = lists.flat_map(|known| known.entries.iter().flat_map(|entry| &entry.terms));
    let terms: Vec<String> = terms.map(|term| folded(term)).collect();
    WordIds::of(terms.iter().flat_map(|term| term.split_whitespace()))
}
