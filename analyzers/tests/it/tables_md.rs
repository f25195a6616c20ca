//! TABLES.md says what the declarations say.

use std::path::Path;

#[test]
fn the_data_dictionary_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("TABLES.md");
    let expected = talktrack_analyzers::data_dictionary::render();
    if std::env::var_os("TALKTRACK_BLESS").is_some() {
        std::fs::write(&path, &expected).expect("a writable TABLES.md");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "analyzers/TABLES.md is out of date: rewrite it with \
         `TALKTRACK_BLESS=1 cargo test -p talktrack-analyzers data_dictionary` and look at the difference"
    );
}
