//! The terms of all dictionaries, found by one matcher in one scan of the text, and which of them count.
//!
//! Every place of every term is found, overlapping ones too, and only then looked at closely. The other way round
//! (leftmost-longest first) a longer place that does not hold would hide a shorter one that does.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::call::{Call, Sentence, Side};
use crate::dictionary::{Dictionary, Entry, Kind, SaidBy};
use crate::folding::FoldedTexts;
use crate::language;
use crate::matching::{Choice, Matcher};
use crate::money;
use crate::names::{self, Names};
use crate::negation::Negation;
use crate::page::{CallText, Page, Places, Terms};
use crate::pattern::Pattern;
use crate::text::{PLURAL_ENDINGS, stands_alone};
use crate::word_ids::WordIds;

/// The class of a mention whose sentence holds no cue of any class.
const NEUTRAL: &str = "neutral";

/// A term found in a sentence, which counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Position of the dictionary in [`Dictionaries::all`](crate::Dictionaries::all).
    pub dictionary: usize,
    /// Position of the entry in the dictionary.
    pub entry: usize,
    /// The dictionary's term, as its file writes it.
    pub term: String,
    /// What the mention does, where the dictionary has classes.
    pub class: Option<String>,
    /// Position of the sentence in [`Call::sentences`].
    pub sentence: usize,
    /// Bytes of the term in the sentence.
    pub bytes: Range<usize>,
}

/// Why a term that stands in a sentence does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Only the other side's words count.
    SaidBy(SaidBy),
    /// A negating word stands before it.
    Negated,
    /// A veto of its entry stands in the sentence.
    Vetoed,
    /// No context of its entry stands in the sentence.
    NoContext,
    /// It is weak, and no other term of its entry stands beside it.
    Alone,
    /// A term of the same dictionary covers it.
    Hidden,
}

/// A term that stands in a sentence and does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Position of the dictionary.
    pub dictionary: usize,
    /// Position of the entry in the dictionary.
    pub entry: usize,
    /// Position of the sentence in [`Call::sentences`].
    pub sentence: usize,
    /// Bytes of the term in the sentence.
    pub bytes: Range<usize>,
    /// Why.
    pub reason: Reason,
}

/// The compiled terms of all dictionaries.
#[derive(Debug)]
pub struct Lexicon {
    /// The forms in which terms are looked for.
    forms: Vec<String>,
    /// Compiled when a call is first searched alone; pages are searched for the forms of all lists together.
    matcher: OnceLock<Matcher>,
    /// What each form stands for.
    uses: Vec<Vec<FormUse>>,
    /// By dictionary: the negation that concerns it.
    negations: Vec<Negation>,
    /// By dictionary: positions of the class dictionaries that concern it.
    classes: Vec<Vec<usize>>,
    /// What `<competitor>` stands for.
    names: Arc<Names>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Term,
    Weak,
    Veto,
    Context,
    Class,
}

#[derive(Debug, Clone)]
struct TermUse {
    dictionary: usize,
    entry: usize,
    role: Role,
    written: String,
    /// Where the term leaves something open.
    pattern: Option<Pattern>,
}

/// A form in which a term is found.
#[derive(Debug, Clone)]
struct FormUse {
    what: Arc<TermUse>,
    /// Bytes at the end of the form that make a plural of the term.
    ending: usize,
}

impl TermUse {
    /// Whether it is what its entry is found by, not what only shapes that.
    fn counts(&self) -> bool {
        matches!(self.role, Role::Term | Role::Weak)
    }

    fn is_money(&self) -> bool {
        self.written.trim() == money::SLOT
    }

    /// The bytes of the folded `text` that this use covers where its pattern is at `found`; `None` where it does not hold.
    fn place(
        &self,
        text: &str,
        found: Range<usize>,
        plurals: bool,
        names: &Names,
    ) -> Option<Range<usize>> {
        if self.is_money() {
            return money::amount(text, found);
        }
        if let Some(pattern) = &self.pattern {
            return pattern.place(text, &found, plurals, names);
        }
        stands_alone(text, found.clone(), plurals).then_some(found)
    }
}

/// A term that stands in a sentence at word boundaries; whether it counts is not decided yet.
#[derive(Debug, Clone)]
struct Hit<'l> {
    sentence: usize,
    what: &'l TermUse,
    bytes: Range<usize>,
    negated: bool,
}

impl Hit<'_> {
    fn is_of(&self, dictionary: usize, entry: usize) -> bool {
        self.what.dictionary == dictionary && self.what.entry == entry
    }

    fn may_count(&self) -> bool {
        self.what.counts()
    }

    fn contains(&self, other: &Hit<'_>) -> bool {
        self.bytes.start <= other.bytes.start && other.bytes.end <= self.bytes.end
    }

    fn overlaps(&self, other: &Hit<'_>) -> bool {
        self.sentence == other.sentence
            && self.bytes.start < other.bytes.end
            && other.bytes.start < self.bytes.end
    }
}

impl Lexicon {
    /// Compiles the terms of `dictionaries`; positions in the slice are the positions in the mentions. `names` are what
    /// `<competitor>` stands for.
    pub(crate) fn build(dictionaries: &[Dictionary], names: Arc<Names>) -> Lexicon {
        let mut patterns = Patterns::default();
        for (position, dictionary) in dictionaries.iter().enumerate() {
            for (entry, content) in dictionary.entries.iter().enumerate() {
                for (role, terms) in roles(dictionary.kind, content) {
                    for term in terms {
                        let what = TermUse {
                            dictionary: position,
                            entry,
                            role,
                            written: term.clone(),
                            // What is malformed was refused when the file was read.
                            pattern: Pattern::parse(term).ok().flatten(),
                        };
                        let spellings = Spellings {
                            // Other spacings are other letters, which a case-sensitive term forbids.
                            variants: dictionary.variants && !content.case_sensitive,
                            plurals: dictionary.plurals,
                        };
                        patterns.add(&Arc::new(what), spellings, &names);
                    }
                }
            }
        }
        Lexicon {
            names,
            forms: patterns.texts,
            matcher: OnceLock::new(),
            uses: patterns.uses,
            negations: dictionaries
                .iter()
                .map(|d| Negation::of(&d.name, dictionaries))
                .collect(),
            classes: dictionaries
                .iter()
                .map(|d| classes_of(&d.name, dictionaries))
                .collect(),
        }
    }

    /// The mentions in a call, by dictionary, sentence and first byte.
    pub fn mentions(&self, dictionaries: &[Dictionary], call: &Call<'_>) -> Vec<Mention> {
        self.on_its_own(call, |text, places| {
            self.mentions_at(dictionaries, call, text, places)
        })
    }

    /// Folds and searches a call for `work`.
    fn on_its_own<T>(
        &self,
        call: &Call<'_>,
        work: impl FnOnce(&CallText<'_>, Places<'_>) -> T,
    ) -> T {
        let compiled = || Matcher::for_folded(&self.forms, Choice::Auto);
        let matcher = self.matcher.get_or_init(compiled);
        let search = |texts: &FoldedTexts| vec![matcher.places(texts)];
        let words = WordIds::default();
        let page = Page::of(std::slice::from_ref(call), &words, &search);
        let text = page.call(0);
        work(&text, text.places(Terms::Mentions))
    }

    /// The same where the call's text was folded and searched already; sentences of `places` are counted as those of `text`.
    pub(crate) fn mentions_at(
        &self,
        dictionaries: &[Dictionary],
        call: &Call<'_>,
        text: &CallText<'_>,
        places: Places<'_>,
    ) -> Vec<Mention> {
        if places.is_empty() {
            return Vec::new();
        }
        let hits = self.hits(dictionaries, call, text, places);
        let counted = counted(&hits, dictionaries, call);
        let supported = supported(&counted, call);
        leftmost_longest(supported)
            .into_iter()
            .map(|hit| self.mention(hit, &hits, dictionaries))
            .collect()
    }

    /// The terms that stand in a call and do not count, by sentence, each with the first reason that holds.
    pub fn dropped(&self, dictionaries: &[Dictionary], call: &Call<'_>) -> Vec<Dropped> {
        let hits = self.on_its_own(call, |text, places| {
            self.hits(dictionaries, call, text, places)
        });
        let counted = counted(&hits, dictionaries, call);
        let supported = supported(&counted, call);
        let kept = leftmost_longest(supported.clone());
        let is_in =
            |list: &[&Hit<'_>], hit: &Hit<'_>| list.iter().any(|other| std::ptr::eq(*other, hit));
        let reason = |hit: &Hit<'_>| {
            let against = reason_against(hit, &hits, dictionaries, call);
            against
                .or_else(|| (!is_in(&supported, hit)).then_some(Reason::Alone))
                .or_else(|| (!is_in(&kept, hit)).then_some(Reason::Hidden))
        };
        let terms = hits.iter().filter(|hit| hit.may_count());
        terms
            .filter_map(|hit| {
                Some(Dropped {
                    dictionary: hit.what.dictionary,
                    entry: hit.what.entry,
                    sentence: hit.sentence,
                    bytes: hit.bytes.clone(),
                    reason: reason(hit)?,
                })
            })
            .collect()
    }

    /// All forms in which the terms are looked for.
    pub(crate) fn forms(&self) -> &[String] {
        &self.forms
    }

    /// Everything that stands in the call as whole words, by sentence.
    fn hits(
        &self,
        dictionaries: &[Dictionary],
        call: &Call<'_>,
        text: &CallText<'_>,
        places: Places<'_>,
    ) -> Vec<Hit<'_>> {
        let covered: Vec<bool> = dictionaries
            .iter()
            .map(|dictionary| language::covers(&dictionary.language, call.language))
            .collect();
        let mut hits = Vec::new();
        for (position, place) in places.iter() {
            let folded = text.folded(position);
            let uses = &self.uses[place.phrase as usize];
            for FormUse { what, ending } in uses.iter().filter(|u| covered[u.what.dictionary]) {
                let dictionary = &dictionaries[what.dictionary];
                let found = place.start as usize..place.end as usize - ending;
                let place = what.place(folded.text(), found, dictionary.plurals, &self.names);
                let Some(place) = place else {
                    continue;
                };
                let bytes = folded.original(place.clone());
                let written = &call.sentences[position].text[bytes.clone()];
                if !is_written_right(what, dictionary, written) {
                    continue;
                }
                let (before, term) = (&folded.text()[..place.start], &folded.text()[place]);
                hits.push(Hit {
                    sentence: position,
                    what,
                    bytes,
                    negated: what.counts() && self.negations[what.dictionary].cancels(before, term),
                });
            }
        }
        hits
    }

    fn mention(&self, hit: &Hit<'_>, hits: &[Hit<'_>], dictionaries: &[Dictionary]) -> Mention {
        Mention {
            dictionary: hit.what.dictionary,
            entry: hit.what.entry,
            term: hit.what.written.trim().to_owned(),
            class: self.class(hit, hits, dictionaries),
            sentence: hit.sentence,
            bytes: hit.bytes.clone(),
        }
    }

    /// The first class, in the order of the file, that has a cue in the sentence of `hit`.
    fn class(&self, hit: &Hit<'_>, hits: &[Hit<'_>], all: &[Dictionary]) -> Option<String> {
        let classes = &self.classes[hit.what.dictionary];
        if classes.is_empty() {
            return None;
        }
        let cue = in_sentence(hits, hit.sentence)
            .iter()
            .filter(|cue| cue.what.role == Role::Class && classes.contains(&cue.what.dictionary))
            .filter(|cue| !cue.overlaps(hit))
            .min_by_key(|cue| (cue.what.dictionary, cue.what.entry));
        let class = cue.map_or(NEUTRAL, |cue| {
            all[cue.what.dictionary].entries[cue.what.entry].id.as_str()
        });
        Some(class.to_owned())
    }
}

/// In which other ways than its own a term may be written.
#[derive(Debug, Clone, Copy)]
struct Spellings {
    variants: bool,
    plurals: bool,
}

#[derive(Default)]
struct Patterns {
    texts: Vec<String>,
    uses: Vec<Vec<FormUse>>,
    position: HashMap<String, usize>,
}

impl Patterns {
    fn add(&mut self, what: &Arc<TermUse>, spellings: Spellings, names: &Names) {
        if what.written.trim() == names::SLOT {
            for name in names.all() {
                self.add_text(name, spellings.plurals, what);
            }
        } else if what.is_money() {
            for anchor in money::ANCHORS {
                self.add_text(anchor, false, what);
            }
        } else if let Some(pattern) = &what.pattern {
            let plurals = spellings.plurals && pattern.ends_with_anchor();
            self.add_text(pattern.anchor(), plurals, what);
        } else {
            for form in names::forms(&what.written, spellings.variants) {
                self.add_text(&form, spellings.plurals, what);
            }
        }
    }

    fn add_text(&mut self, text: &str, plurals: bool, what: &Arc<TermUse>) {
        self.add_form(text.to_owned(), 0, what);
        if plurals && text.ends_with(char::is_alphabetic) {
            for ending in PLURAL_ENDINGS {
                self.add_form(format!("{text}{ending}"), ending.len(), what);
            }
        }
    }

    fn add_form(&mut self, text: String, ending: usize, what: &Arc<TermUse>) {
        let fresh = self.texts.len();
        let position = *self.position.entry(text.clone()).or_insert(fresh);
        if position == fresh {
            self.texts.push(text);
            self.uses.push(Vec::new());
        }
        let what = what.clone();
        self.uses[position].push(FormUse { what, ending });
    }
}

/// The lists of an entry that are looked for, and as what.
fn roles(kind: Kind, entry: &Entry) -> Vec<(Role, &[String])> {
    match kind {
        Kind::Mentions => vec![
            (Role::Term, &entry.terms),
            (Role::Weak, &entry.weak),
            (Role::Veto, &entry.veto),
            (Role::Context, &entry.context),
        ],
        Kind::Classes => vec![(Role::Class, &entry.terms)],
        Kind::Negation | Kind::Cues => Vec::new(),
    }
}

/// Whether upper and lower case are as the entry wants them.
fn is_written_right(what: &TermUse, dictionary: &Dictionary, found: &str) -> bool {
    let must_match = what.counts() && dictionary.entries[what.entry].case_sensitive;
    !must_match || what.is_money() || what.pattern.is_some() || found == what.written.trim()
}

fn classes_of(name: &str, dictionaries: &[Dictionary]) -> Vec<usize> {
    dictionaries
        .iter()
        .enumerate()
        .filter(|(_, other)| other.kind == Kind::Classes && other.concerns(name))
        .map(|(position, _)| position)
        .collect()
}

/// Hits that count as far as their own sentence tells.
fn counted<'h, 'l>(hits: &'h [Hit<'l>], all: &[Dictionary], call: &Call<'_>) -> Vec<&'h Hit<'l>> {
    let counts = |hit: &&Hit<'_>| hit.may_count() && reason_against(hit, hits, all, call).is_none();
    hits.iter().filter(counts).collect()
}

/// Those of them that are not weak, or have a second cue beside them.
fn supported<'h, 'l>(counted: &[&'h Hit<'l>], call: &Call<'_>) -> Vec<&'h Hit<'l>> {
    let is_supported =
        |hit: &&Hit<'_>| hit.what.role == Role::Term || has_second_cue(hit, counted, call);
    counted.iter().copied().filter(is_supported).collect()
}

/// Why a hit does not count: the wrong side says it, something cancels it, or its context is not there.
fn reason_against(
    hit: &Hit<'_>,
    hits: &[Hit<'_>],
    dictionaries: &[Dictionary],
    call: &Call<'_>,
) -> Option<Reason> {
    let around = in_sentence(hits, hit.sentence);
    let (dictionary, entry) = (hit.what.dictionary, hit.what.entry);
    let content = &dictionaries[dictionary].entries[entry];
    if !is_said_by(&call.sentences[hit.sentence], content.said_by) {
        return Some(Reason::SaidBy(content.said_by));
    }
    if is_negated(hit, around) {
        return Some(Reason::Negated);
    }
    let own = || around.iter().filter(|other| other.is_of(dictionary, entry));
    // `right time` must not cancel `not the right time`, which it stands in.
    let is_vetoed = own().any(|veto| {
        veto.what.role == Role::Veto
            && !own().any(|term| term.what.role == Role::Term && term.contains(veto))
    });
    if is_vetoed {
        return Some(Reason::Vetoed);
    }
    let has_context = || own().any(|other| other.what.role == Role::Context);
    (!content.context.is_empty() && !has_context()).then_some(Reason::NoContext)
}

/// Whether the hit, or a longer one of the same entry around it, stands after a negating word.
fn is_negated(hit: &Hit<'_>, around: &[Hit<'_>]) -> bool {
    hit.negated
        || around.iter().any(|longer| {
            longer.negated
                && longer.may_count()
                && longer.is_of(hit.what.dictionary, hit.what.entry)
                && longer.contains(hit)
        })
}

fn is_said_by(sentence: &Sentence<'_>, said_by: SaidBy) -> bool {
    match said_by {
        SaidBy::Any => true,
        SaidBy::Company => sentence.side == Side::Company,
        SaidBy::Customer => sentence.side == Side::Customer,
    }
}

/// Whether another term of the same entry stands in the same or an adjacent sentence of the same side.
fn has_second_cue(hit: &Hit<'_>, counted: &[&Hit<'_>], call: &Call<'_>) -> bool {
    let side = call.sentences[hit.sentence].side;
    let near = hit.sentence.saturating_sub(1)..=hit.sentence + 1;
    let from = counted.partition_point(|other| other.sentence < *near.start());
    counted[from..]
        .iter()
        .take_while(|other| near.contains(&other.sentence))
        .any(|other| {
            other.is_of(hit.what.dictionary, hit.what.entry)
                && other.what.written != hit.what.written
                && !other.overlaps(hit)
                && call.sentences[other.sentence].side == side
        })
}

/// The hits of one sentence; `hits` are sorted by sentence.
fn in_sentence<'h, 'l>(hits: &'h [Hit<'l>], sentence: usize) -> &'h [Hit<'l>] {
    let from = hits.partition_point(|hit| hit.sentence < sentence);
    let to = hits.partition_point(|hit| hit.sentence <= sentence);
    &hits[from..to]
}

/// Where hits of one dictionary overlap, the one that starts first stays, and of those the longest. Hits of different
/// dictionaries never hide each other.
fn leftmost_longest<'h, 'l>(mut hits: Vec<&'h Hit<'l>>) -> Vec<&'h Hit<'l>> {
    hits.sort_by_key(|hit| {
        let longest_first = std::cmp::Reverse(hit.bytes.end);
        (
            hit.what.dictionary,
            hit.sentence,
            hit.bytes.start,
            longest_first,
            hit.what.entry,
        )
    });
    let mut kept: Vec<&Hit<'_>> = Vec::new();
    for hit in hits {
        let hidden = kept
            .last()
            .is_some_and(|last| last.what.dictionary == hit.what.dictionary && last.overlaps(hit));
        if !hidden {
            kept.push(hit);
        }
    }
    kept
}
