use arrow::array::{Array, StringArray};
use proptest::prelude::*;

use super::{Choice, Hit, Matcher, Simd, leftmost_longest};
use crate::text::{FoldedTexts, core, count_tokens, folded};
use crate::tokens::Tokens;
use crate::word_ids::WordIds;

/// Pieces of sentences and phrases that reach the branches: letters that fold in odd ways, endings, runs of whitespace.
const PIECES: [&str; 44] = [
    "a",
    "A",
    "s",
    "t",
    "can",
    "Can't",
    "acme",
    "ACME's",
    "acmes",
    "too",
    "expensive",
    "Too expensive",
    "not",
    "24",
    "c++",
    ".net",
    "x",
    "'",
    "\u{2019}",
    "\u{2019}s",
    "-",
    "\u{2014}",
    ".",
    "!",
    "$",
    " ",
    "  ",
    "          ",
    "\u{a0}",
    "\t",
    "\n",
    "\u{7f}",
    "é",
    "e\u{301}",
    "\u{301}",
    "ß",
    "SS",
    "ﬁ",
    "İ",
    "ſ",
    "K",
    "料金",
    "表",
    "㌔",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        3 => Just(" ".to_owned()),
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Sentences that are mostly short, now and then one that is longer than a piece of the scan.
fn sentences() -> impl Strategy<Value = Vec<String>> {
    let sentence = prop_oneof![
        20 => text(),
        4 => "[aAt.é ]{0,1}",
        1 => (text(), 1usize..900).prop_map(|(text, times)| text.repeat(times)),
    ];
    prop::collection::vec(sentence, 0..40)
}

fn folded_texts(sentences: &[String]) -> FoldedTexts {
    let mut texts = FoldedTexts::default();
    for sentence in sentences {
        texts.push(sentence);
    }
    texts
}

fn phrases() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..24)
}

fn check(phrases: &[impl AsRef<str>], sentences: &StringArray) -> Vec<Hit> {
    let expected = Matcher::with(phrases, Choice::Reference).hits(sentences);
    assert!(expected.is_sorted());
    for simd in Simd::available() {
        let matcher = Matcher::with(phrases, Choice::Fast(simd));
        assert_eq!(matcher.simd(), Some(simd));
        assert_eq!(matcher.hits(sentences), expected, "{simd:?}");
    }
    assert_eq!(Matcher::new(phrases).hits(sentences), expected);
    expected
}

/// The text of each hit.
fn found(phrases: &[&str], sentences: &[&str]) -> Vec<String> {
    let hits = check(phrases, &StringArray::from(sentences.to_vec()));
    let text = |hit: &Hit| sentences[hit.sentence as usize][hit.bytes()].to_owned();
    hits.iter().map(text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 400 }))]

    #[test]
    fn every_engine_finds_what_the_reference_finds(phrases in phrases(), sentences in sentences()) {
        check(&phrases, &StringArray::from(sentences));
    }

    #[test]
    fn phrases_cut_from_the_text_are_found_alike(sentences in sentences(), cuts in prop::collection::vec((0usize..40, 0usize..60, 1usize..30), 1..20)) {
        let cut = |(sentence, from, length): &(usize, usize, usize)| {
            let text = sentences.get(*sentence)?;
            Some(text.chars().skip(*from).take(*length).collect::<String>())
        };
        let phrases: Vec<String> = cuts.iter().filter_map(cut).collect();
        check(&phrases, &StringArray::from(sentences));
    }

    #[test]
    fn a_slice_with_nulls_is_searched_alike(phrases in phrases(), sentences in prop::collection::vec(prop::option::of(text()), 3..40), from in 0usize..3) {
        let column = StringArray::from(sentences.clone());
        let slice = column.slice(from, column.len() - from);
        let hits = check(&phrases, &slice);
        prop_assert!(hits.iter().all(|hit| slice.is_valid(hit.sentence as usize)));
    }

    #[test]
    fn places_in_folded_texts_are_those_of_the_reference(phrases in phrases(), sentences in sentences()) {
        let phrases: Vec<String> = phrases.iter().map(|phrase| folded(phrase)).collect();
        let texts = folded_texts(&sentences);
        let expected = Matcher::for_folded(&phrases, Choice::Reference).places(&texts);
        for simd in Simd::available() {
            let found = Matcher::for_folded(&phrases, Choice::Fast(simd)).places(&texts);
            prop_assert_eq!(&found, &expected, "{:?}", simd);
        }
        for hit in &expected {
            prop_assert_eq!(&texts.get(hit.sentence as usize).text()[hit.bytes()], phrases[hit.phrase as usize].as_str());
        }
    }

    #[test]
    fn tokens_are_what_stands_between_spaces(sentences in sentences()) {
        let words: Vec<String> = sentences.iter().flat_map(|text| text.split_whitespace()).map(folded).collect();
        let ids = WordIds::of(words.iter().step_by(2).map(String::as_str));
        let texts = folded_texts(&sentences);
        let tokens = Tokens::of(&texts, &ids);
        for position in 0..texts.len() {
            let text = texts.get(position).text();
            let found: Vec<&str> = tokens.get(position).iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
            let expected: Vec<&str> = text.split_whitespace().collect();
            prop_assert_eq!(found, expected);
            for token in tokens.get(position) {
                let whole = &text[token.start as usize..token.end as usize];
                let word = &text[token.word_start as usize..token.word_end as usize];
                prop_assert_eq!(word, &whole[core(whole)]);
                prop_assert_eq!(token.word, ids.get(word));
            }
        }
    }

    #[test]
    fn tokens_are_counted_as_they_are_split(text in text()) {
        prop_assert_eq!(count_tokens(&text), text.split_whitespace().count() as i64);
    }

    #[test]
    fn what_stays_of_overlapping_hits_does_not_overlap(phrases in phrases(), sentences in sentences()) {
        let hits = Matcher::new(&phrases).hits(&StringArray::from(sentences));
        let kept = leftmost_longest(&hits);
        prop_assert!(kept.is_sorted_by(|one, other| one < other && !one.overlaps(other)));
        for hit in &hits {
            prop_assert!(kept.iter().any(|one| one == hit || (one.overlaps(hit) && one.start <= hit.start)));
        }
    }
}

#[test]
fn words_end_at_the_edges_of_sentences() {
    assert_eq!(
        found(&["budget too"], &["our budget", "too"]),
        Vec::<String>::new()
    );
    assert_eq!(
        found(&["budget", "too"], &["our budget", "Too"]),
        ["budget", "Too"]
    );
    assert_eq!(
        found(&["a"], &["a", "", "A", "b", "", "", "a"]),
        ["a", "A", "a"]
    );
    assert_eq!(found(&["é"], &["caf", "é", "é"]), ["é", "é"]);
}

#[test]
fn any_number_of_sentences_of_one_character_is_searched() {
    let sentences = vec!["a"; 9000];
    assert_eq!(found(&["a"], &sentences).len(), 9000);
}

#[test]
fn words_around_the_edges_of_blocks_and_pieces_are_found() {
    for before in (0..140).chain(8150..8260) {
        let text = format!("{}acme, too expensive", ".".repeat(before));
        let sentences = [text.as_str(), "acme", &text];
        assert_eq!(
            found(&["Acme", "too  expensive"], &sentences).len(),
            5,
            "{before}"
        );
    }
}

#[test]
fn whitespace_of_any_length_and_kind_is_one_space() {
    let text = format!("too{}expensive", " \u{a0}\t\n".repeat(3000));
    assert_eq!(found(&["too expensive"], &[&text]), [text.as_str()]);
}

#[test]
fn overlapping_phrases_are_all_found() {
    let phrases = [
        "not",
        "not a",
        "not a priority",
        "a priority",
        "priority",
        "priority!",
        "a",
        "a",
    ];
    assert_eq!(
        found(&phrases, &["NOT a priority!"]),
        [
            "NOT",
            "NOT a",
            "NOT a priority",
            "a",
            "a",
            "a priority",
            "priority",
            "priority!"
        ]
    );
}

#[test]
fn any_number_of_phrases_may_share_an_anchor() {
    let phrases: Vec<String> = (0..5000).map(|n| format!("incomprehensibly {n}")).collect();
    let sentences = StringArray::from(vec![
        "Incomprehensibly 7",
        "incomprehensibly 4999 incomprehensibly",
    ]);
    assert_eq!(
        check(&phrases, &sentences),
        [Hit::new(0, 0..18, 7), Hit::new(1, 0..21, 4999)]
    );
    assert_eq!(found(&["acme"; 300], &["acme"]).len(), 300);
}

#[test]
fn boundaries_and_folding_are_those_of_the_rest() {
    let cases: [(&str, &str, &[&str]); 12] = [
        ("acme", "Acme’s and ACME'S, acmes", &["Acme", "ACME"]),
        ("t", "don't", &[]),
        ("don't", "Don’t", &["Don’t"]),
        ("can't pay", "we can’t\u{a0}pay", &["can’t\u{a0}pay"]),
        ("cafe", "café", &[]),
        ("café", "CAFÉ", &["CAFÉ"]),
        ("strasse", "Straße", &["Straße"]),
        ("acme", "Acmeを使う", &["Acme"]),
        ("料金", "料金表", &["料金"]),
        ("c++", "C++ or c+++", &["C++", "c++"]),
        ("++", "c++", &["++"]),
        (" ", "a  b", &[]),
    ];
    for (phrase, text, expected) in cases {
        assert_eq!(found(&[phrase], &[text]), expected, "{phrase} in {text}");
    }
}

#[test]
fn nothing_is_found_where_there_is_nothing() {
    assert_eq!(found(&[], &["acme"]), Vec::<String>::new());
    assert_eq!(found(&["", "  "], &["acme", ""]), Vec::<String>::new());
    assert_eq!(found(&["acme"], &[]), Vec::<String>::new());
}

#[test]
fn phrases_without_words_are_left_to_the_reference() {
    assert_eq!(Matcher::new(&["acme", "?!"]).simd(), None);
    assert_eq!(found(&["acme", "?!"], &["Acme ?!"]), ["Acme", "?!"]);
}

#[test]
fn of_overlapping_hits_the_leftmost_and_longest_stays() {
    let hit = |sentence, bytes, phrase| Hit::new(sentence, bytes, phrase);
    let hits = [
        hit(0, 0..3, 0),
        hit(0, 0..9, 1),
        hit(0, 4..12, 2),
        hit(0, 9..12, 3),
        hit(1, 2..4, 0),
        hit(1, 2..4, 5),
    ];
    assert_eq!(leftmost_longest(&hits), [hits[1], hits[3], hits[4]]);
}
