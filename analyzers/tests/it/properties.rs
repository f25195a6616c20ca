//! What holds for any input, however odd: generated calls through all analyzers.

use std::sync::LazyLock;

use proptest::prelude::*;
use talktrack_analyzers::arrow::array::{Float64Array, RecordBatch};
use talktrack_analyzers::arrow::compute::concat_batches;
use talktrack_analyzers::arrow::util::display::array_value_to_string;
use talktrack_analyzers::metrics::mentions::MentionEvidenceRow;
use talktrack_analyzers::metrics::questions::QuestionEvidenceRow;
use talktrack_analyzers::metrics::talk::{TalkCallRow, TalkRow};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};
use talktrack_analyzers::text::folded;
use talktrack_analyzers::{Analysis, Dictionaries, Inputs, Parameters, analyze, money};

use crate::mentions;
use crate::notation::{Noted, call, party, sentence};

fn with_competitors() -> &'static Dictionaries {
    static COMPILED: LazyLock<Dictionaries> = LazyLock::new(mentions::with_competitors);
    &COMPILED
}

const VOICES: [&str; 6] = ["R", "S", "C", "D", "?", "-"];

/// Pieces of text that reach the branches: terms, cues, endings, letters that fold in odd ways.
const PIECES: [&str; 28] = [
    "$4,000",
    "forty dollars",
    "€",
    "½ pound",
    "Acme",
    "acme's",
    "Acme Cloud",
    "ACME",
    "too expensive",
    "not",
    "expensive",
    "discount",
    "budget",
    "wiki",
    "Notion",
    "Café 24",
    "what",
    "do you",
    "right?",
    "Really?",
    "um",
    ".",
    "?",
    "ﬁne",
    "İstanbul",
    "ß",
    "\u{301}",
    "日本語 ½",
];

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let gap = prop::sample::select(&[" ", "  ", "", "\u{a0}", "\n", "’"][..]);
    prop::collection::vec((piece, gap), 0..8)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, gap)| piece + gap).collect())
}

fn any_times() -> impl Strategy<Value = (i64, i64)> {
    prop_oneof![
        8 => (0..200_000i64, 0..20_000i64).prop_map(|(start, length)| (start, start + length)),
        1 => (0..9_000i64, 0..9_000i64),
        1 => any::<(i64, i64)>(),
    ]
}

fn any_call(call_id: String) -> impl Strategy<Value = Noted> {
    let spoken = (
        prop::sample::select(&VOICES[..]),
        any_times(),
        any_text(),
        any::<bool>(),
    );
    (
        prop::collection::vec(spoken, 0..14),
        any::<Option<i64>>(),
        any::<bool>(),
    )
        .prop_map(move |(spoken, duration, joined)| {
            let sentences: Vec<SentenceRow> = spoken
                .into_iter()
                .enumerate()
                .map(|(index, (voice, times, text, _))| {
                    sentence(&call_id, index as i32, voice, times, &text)
                })
                .collect();
            let mut row = call(&call_id, 0);
            row.duration_s = duration;
            let parties = VOICES.iter().filter(|voice| joined && **voice != "-");
            Noted {
                calls: vec![row],
                parties: parties.map(|voice| party(&call_id, voice)).collect(),
                sentences,
            }
        })
}

fn any_calls() -> impl Strategy<Value = Noted> {
    let ids = ["9", "10", "2", "18446744073709551616"];
    let calls: Vec<_> = ids.iter().map(|id| any_call((*id).to_owned())).collect();
    calls.prop_map(|calls| {
        let mut all = Noted {
            calls: Vec::new(),
            parties: Vec::new(),
            sentences: Vec::new(),
        };
        for call in calls {
            all.calls.extend(call.calls);
            all.parties.extend(call.parties);
            all.sentences.extend(call.sentences);
        }
        all
    })
}

fn run(dictionaries: &Dictionaries, inputs: &Inputs) -> Vec<RecordBatch> {
    let analysis = Analysis {
        dictionaries,
        parameters: &Parameters::default(),
    };
    let tables = analyze(inputs, &analysis, &[]).expect("a sound schema");
    tables.into_iter().map(|(_, batch)| batch).collect()
}

/// The batch with the columns that `R` declares.
fn rows_of<R: Row>(dictionaries: &Dictionaries, inputs: &Inputs) -> Vec<R> {
    let analysis = Analysis {
        dictionaries,
        parameters: &Parameters::default(),
    };
    let name = R::table().name;
    let tables = analyze(inputs, &analysis, &[name]).expect("a sound schema");
    R::from_batch(&tables[0].1).expect("its own rows")
}

fn cut(batch: &RecordBatch, at: usize) -> Vec<RecordBatch> {
    let at = at.min(batch.num_rows());
    vec![batch.slice(0, at), batch.slice(at, batch.num_rows() - at)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn cutting_batches_anywhere_changes_no_row(calls in any_calls(), at in prop::array::uniform3(0..40usize)) {
        let dictionaries = with_competitors();
        let whole = calls.inputs();
        let mut parts = Inputs {
            calls: cut(&whole.calls[0], at[0]),
            parties: cut(&whole.parties[0], at[1]),
            sentences: cut(&whole.sentences[0], at[2]),
        };
        let expected = run(dictionaries, &whole);
        prop_assert_eq!(&run(dictionaries, &parts), &expected);
        parts.calls.reverse();
        parts.parties.reverse();
        parts.sentences.reverse();
        prop_assert_eq!(&run(dictionaries, &parts), &expected);
    }

    #[test]
    fn times_and_shares_are_sound(calls in any_calls()) {
        let dictionaries = with_competitors();
        let inputs = calls.inputs();
        let voices: Vec<TalkRow> = rows_of(dictionaries, &inputs);
        for row in &voices {
            prop_assert!(0 <= row.talk_ms && row.talk_ms <= row.talk_ms_sum);
            prop_assert!(row.words >= 0 && row.turns >= 0 && row.turns <= row.sentences);
            prop_assert!(row.longest_monologue_strict_ms <= row.longest_monologue_bridged_ms);
            for share in [row.talk_share, row.talk_share_call, row.talk_share_words].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share), "{share}");
            }
            prop_assert!(row.words_per_minute.is_none_or(|pace| pace.is_finite() && pace >= 0.0));
        }
        for call in rows_of::<TalkCallRow>(dictionaries, &inputs) {
            let own: Vec<&TalkRow> = voices.iter().filter(|row| row.call_id == call.call_id).collect();
            prop_assert_eq!(own.iter().map(|row| row.talk_ms).sum::<i64>(), call.speech_ms);
            prop_assert_eq!(own.iter().map(|row| row.words).sum::<i64>(), call.words);
            let shares: f64 = own.iter().filter_map(|row| row.talk_share).sum();
            prop_assert!(call.speech_ms == 0 || (shares - 1.0).abs() < 1e-9, "{shares}");
            prop_assert!(call.attributed_share.is_none_or(|share| (0.0..=1.0).contains(&share)));
            prop_assert!(call.company_ms + call.customer_ms + call.unknown_ms <= call.speech_ms);
        }
    }

    /// Of every table of every analyzer: no number without sense, no two rows with the same key.
    #[test]
    fn numbers_are_finite_shares_are_shares_and_keys_are_unique(calls in any_calls()) {
        let fault = fault(&calls.inputs());
        prop_assert!(fault.is_none(), "{fault:?}");
    }

    #[test]
    fn evidence_cuts_out_what_was_found(calls in any_calls()) {
        let dictionaries = with_competitors();
        let inputs = calls.inputs();
        let text_of = |call_id: &str, index: i32| {
            let mut own = calls.sentences.iter().filter(|s| s.call_id == call_id);
            own.find(|s| s.sentence_index == index).map(|s| s.text.as_str()).expect("the sentence")
        };
        let found: Vec<MentionEvidenceRow> = rows_of(dictionaries, &inputs);
        for row in &found {
            let text = text_of(&row.call_id, row.sentence_index);
            let cut = text.get(row.byte_start as usize..row.byte_end as usize);
            let cut = cut.expect("character boundaries");
            let is_open = row.term.contains(['~', '<']);
            if row.term != money::SLOT && !is_open {
                prop_assert_eq!(folded(cut), folded(&row.term));
            }
        }
        for pair in found.windows(2) {
            let same_place = |a: &MentionEvidenceRow, b: &MentionEvidenceRow| {
                (&a.call_id, &a.dictionary, a.sentence_index) == (&b.call_id, &b.dictionary, b.sentence_index)
            };
            prop_assert!(!same_place(&pair[0], &pair[1]) || pair[0].byte_end <= pair[1].byte_start);
        }
        for row in rows_of::<QuestionEvidenceRow>(dictionaries, &inputs) {
            let text = text_of(&row.call_id, row.sentence_index);
            let cut = text.get(row.byte_start as usize..row.byte_end as usize);
            prop_assert!(cut.is_some_and(|cut| !cut.trim().is_empty()));
        }
    }
}

/// A number without sense, or a key that two rows have, in any table of any analyzer.
fn fault(inputs: &Inputs) -> Option<String> {
    let analysis = Analysis {
        dictionaries: with_competitors(),
        parameters: &Parameters::default(),
    };
    let tables = analyze(inputs, &analysis, &[]).expect("a sound schema");
    tables.iter().find_map(|(info, batch)| {
        let senseless = info
            .columns
            .iter()
            .zip(batch.columns())
            .find_map(|(column, values)| {
                let values = values.as_any().downcast_ref::<Float64Array>()?;
                let is_share = column.name.contains("share");
                let is_sound =
                    |value: &f64| value.is_finite() && (!is_share || (0.0..=1.0).contains(value));
                let value = values.iter().flatten().find(|value| !is_sound(value))?;
                Some(format!("{} {}: {value}", info.name, column.name))
            });
        let mut keys = std::collections::BTreeSet::new();
        let twice = || {
            (0..batch.num_rows()).find_map(|row| {
                let part = |name: &&str| {
                    let column = batch.column_by_name(name).expect("a key column");
                    array_value_to_string(column, row).expect("a value")
                };
                let key: Vec<String> = info.key.iter().map(part).collect();
                let told = format!("{} has {key:?} twice", info.name);
                (!keys.insert(key)).then_some(told)
            })
        };
        senseless.or_else(twice)
    })
}

#[test]
fn a_call_of_ten_hours_with_a_hundred_voices_is_like_any_other() {
    const SENTENCES: i64 = 12_000;
    let length = 36_000_000 / SENTENCES;
    let voices: Vec<String> = (0..100).map(|voice| format!("v{voice}")).collect();
    let side = |voice: usize| ["company", "customer", "unknown"][voice % 3];
    let sentences: Vec<SentenceRow> = (0..SENTENCES)
        .map(|index| {
            let voice = (index * 37 % 100) as usize;
            let start = index * length;
            // Every seventh sentence is spoken over by the next ones.
            let end = start + if index % 7 == 0 { 4 * length } else { length };
            let text = PIECES[(index % PIECES.len() as i64) as usize];
            let mut row = sentence("1", index as i32, "R", (start, end), text);
            row.speaker_id = Some(voices[voice].clone());
            row.party_id = None;
            side(voice).clone_into(&mut row.side);
            row
        })
        .collect();
    let parties: Vec<PartyRow> = voices
        .iter()
        .enumerate()
        .map(|(at, voice)| PartyRow {
            party_id: format!("p{at}"),
            speaker_id: Some(voice.clone()),
            side: side(at).to_owned(),
            ..party("1", "R")
        })
        .collect();
    let inputs = Noted {
        calls: vec![call("1", 36_000)],
        parties,
        sentences,
    }
    .inputs();
    assert_eq!(fault(&inputs), None);
    let rows: Vec<TalkRow> = rows_of(with_competitors(), &inputs);
    assert_eq!(rows.len(), 100);
    let calls: Vec<TalkCallRow> = rows_of(with_competitors(), &inputs);
    assert_eq!(calls[0].sentences, SENTENCES);
}

/// Enough calls for many tasks, all different.
fn many_calls() -> Inputs {
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..200_i64 {
        let id = (number * 7919 % 1000 + 1).to_string();
        all.0.push(call(&id, 600));
        all.1.extend(["R", "C"].map(|voice| party(&id, voice)));
        for index in 0..(number % 9) as i32 {
            let voice = if (number + i64::from(index)) % 2 == 0 {
                "R"
            } else {
                "C"
            };
            let start = i64::from(index) * 40_000 + number;
            let text = format!(
                "um so what do you pay Acme, {number} is too expensive, I will send it tomorrow, who signs, what do you use"
            );
            all.2
                .push(sentence(&id, index, voice, (start, start + 35_000), &text));
        }
    }
    Inputs {
        calls: vec![CallRow::to_batch(&all.0)],
        parties: vec![PartyRow::to_batch(&all.1)],
        sentences: vec![SentenceRow::to_batch(&all.2)],
    }
}

#[test]
fn the_number_of_threads_changes_no_row() {
    let dictionaries = with_competitors();
    let inputs = many_calls();
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| run(dictionaries, &inputs))
    };
    let alone = with_threads(1);
    assert!(
        alone.iter().all(|batch| batch.num_rows() > 100),
        "too small a test"
    );
    assert_eq!(with_threads(2), alone);
    assert_eq!(with_threads(7), alone);
}

#[test]
fn the_order_of_rows_is_by_length_then_bytes_of_the_call_id() {
    let rows: Vec<TalkCallRow> = rows_of(with_competitors(), &many_calls());
    let ids: Vec<u64> = rows
        .iter()
        .map(|row| row.call_id.parse().expect("a number"))
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[test]
fn asking_for_some_tables_gives_the_same_rows() {
    let dictionaries = with_competitors();
    let inputs = many_calls();
    let analysis = Analysis {
        dictionaries,
        parameters: &Parameters::default(),
    };
    for (info, batch) in analyze(&inputs, &analysis, &[]).expect("a sound schema") {
        let alone = analyze(&inputs, &analysis, &[info.name]).expect("a sound schema");
        assert_eq!(alone.len(), 1, "{}", info.name);
        assert_eq!(alone[0].1, batch, "{}", info.name);
    }
}

#[test]
fn a_missing_column_is_an_error_not_a_panic() {
    let dictionaries = with_competitors();
    let analysis = Analysis {
        dictionaries,
        parameters: &Parameters::default(),
    };
    let mut inputs = many_calls();
    let batch = &inputs.sentences[0];
    let position = batch.schema().index_of("text").expect("text");
    let without: Vec<usize> = (0..batch.num_columns())
        .filter(|column| *column != position)
        .collect();
    let narrow = batch.project(&without).expect("a projection");
    let joined = concat_batches(&narrow.schema(), [&narrow]).expect("one batch");
    inputs.sentences = vec![joined];
    let error = analyze(&inputs, &analysis, &[]).expect_err("no text");
    assert_eq!(
        error.to_string(),
        "column `text` of table `sentences` is missing, not Utf8"
    );
}
