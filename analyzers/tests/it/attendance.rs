//! Who was on a call.

use talktrack_analyzers::metrics::attendance::AttendanceRow;
use talktrack_analyzers::table::Row;
use talktrack_analyzers::{Analysis, Inputs, Parameters, analyze};

use crate::notation::{noted, party};
use crate::registry::embedded;

#[test]
fn everybody_listed_is_there_with_a_level_and_the_time_spoken() {
    let mut call = noted(
        "1",
        "
        0-3000 R: hello
        3000-5000 C: hello
        4000-6000 C: again",
    );
    call.parties[0].title = Some("Vice President".to_owned());
    let mut silent = party("1", "D");
    silent.speaker_id = None;
    silent.title = Some("CFO".to_owned());
    call.parties.push(silent);
    let dictionaries = embedded();
    let analysis = Analysis {
        dictionaries: &dictionaries,
        parameters: &Parameters::default(),
    };
    let told = |inputs: &Inputs| -> Vec<(String, String, Option<String>, i64)> {
        let tables = analyze(inputs, &analysis, &["metrics/attendance"]).expect("a sound schema");
        let rows = AttendanceRow::from_batch(&tables[0].1).expect("its own rows");
        let row = |row: AttendanceRow| (row.party_id, row.side, row.seniority, row.talk_ms);
        rows.into_iter().map(row).collect()
    };
    let row = |party: &str, side: &str, level: Option<&str>, ms: i64| {
        (
            party.to_owned(),
            side.to_owned(),
            level.map(str::to_owned),
            ms,
        )
    };
    let buyer = row("pC", "customer", Some("vp"), 3000);
    let others = [
        row("pD", "customer", Some("c-level"), 0),
        row("pR", "company", None, 3000),
    ];
    assert_eq!(told(&call.inputs())[0], buyer);
    assert_eq!(told(&call.inputs())[1..], others);
    // Without a transcript they are still on the call.
    call.sentences.clear();
    let quiet = told(&call.inputs());
    assert_eq!(quiet.len(), 3);
    assert!(quiet.iter().all(|(_, _, _, ms)| *ms == 0));
}
