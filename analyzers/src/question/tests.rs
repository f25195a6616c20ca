use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::dictionaries::Dictionaries;
use crate::text::FoldedTexts;
use crate::tokens::Tokens;

/// What makes a question, what may stand before it, and what is begun and broken off.
const PIECES: [&str; 26] = [
    "so",
    "um",
    "well",
    "the",
    "le",
    "let's",
    "sh-",
    "shouldn't",
    "wh",
    "what",
    "for",
    "do",
    "you",
    "can",
    "it",
    "is",
    "walk",
    "me",
    "through",
    "plan",
    "-",
    "\u{2014}",
    "we",
    "said",
    "v2.0",
    "okay",
];
const ENDS: [&str; 8] = ["", "", ",", ".", "?", "!", "\"", ".\u{a0}"];

fn sentence() -> impl Strategy<Value = String> {
    let word = (
        prop::sample::select(&PIECES[..]),
        prop::sample::select(&ENDS[..]),
    );
    prop::collection::vec(word, 0..9).prop_map(|words| {
        let words: Vec<String> = words
            .iter()
            .map(|(word, end)| format!("{word}{end}"))
            .collect();
        words.join(" ")
    })
}

#[test]
fn a_sentence_asks_the_same_with_tokens_and_without() {
    let dictionaries = Dictionaries::compile(&Dictionaries::embedded()).expect("the built-in ones");
    let mut detector = dictionaries.question_cues().detector();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..20_000 {
        let text = sentence()
            .new_tree(&mut runner)
            .expect("a sentence")
            .current();
        let folded = FoldedTexts::of_one(&text);
        let tokens = Tokens::of(&folded, dictionaries.words());
        let with = detector.question(folded.get(0), Some(tokens.get(0)));
        let without = detector.question(folded.get(0), None);
        assert_eq!(with, without, "{text}");
    }
}
