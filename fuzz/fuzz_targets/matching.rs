//! Every engine of the matching core finds the same in any text. Lines up to the first empty one are phrases, those after it
//! sentences; a unit separator in them stands for a line break.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talktrack_analyzers::arrow::array::StringArray;
use talktrack_analyzers::matching::{Choice, Matcher, Simd, leftmost_longest};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (phrases, sentences) = text.split_once("\n\n").unwrap_or(("acme", &text));
    let phrases = lines(phrases);
    let sentences = StringArray::from(lines(sentences));
    let expected = Matcher::with(&phrases, Choice::Reference).hits(&sentences);
    for simd in Simd::available() {
        let hits = Matcher::with(&phrases, Choice::Fast(simd)).hits(&sentences);
        assert_eq!(hits, expected, "{simd:?}");
    }
    for hit in leftmost_longest(&expected) {
        assert!(
            sentences
                .value(hit.sentence as usize)
                .get(hit.bytes())
                .is_some()
        );
    }
});

fn lines(text: &str) -> Vec<String> {
    let lines = text.split('\n');
    lines.map(|line| line.replace('\u{1f}', "\n")).collect()
}
