//! Any settings file and any dictionary is read or refused with a message. The first byte chooses which of the two.
#![no_main]

// From its file: the crate around it would bring everything that reads and writes tables.
#[path = "../../pipeline/src/config/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod config;

use libfuzzer_sys::fuzz_target;
use talktrack_analyzers::{Dictionaries, DictionarySource};

fuzz_target!(|data: &[u8]| {
    let Some((which, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    if which % 2 == 0 {
        if let Err(error) = config::check_text(text) {
            let shown = format!("{error} {:?}", error.hint());
            assert!(
                shown.contains(config::FILE_NAME) || shown.contains('`'),
                "{shown}"
            );
        }
    } else {
        let source = DictionarySource {
            file: "competitors.toml".to_owned(),
            text: text.to_owned(),
        };
        match Dictionaries::compile(&[source]) {
            Ok(dictionaries) => assert_eq!(dictionaries.digests().count(), 1),
            Err(errors) => assert!(errors.iter().all(|error| !error.to_string().is_empty())),
        }
    }
});
