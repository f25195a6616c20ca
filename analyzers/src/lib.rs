//! Pure transcript analytics: calls in, rows out.
//!
//! A *call* is sentences in order of time, each said by a *speaker* (a voice) on a *side* (company, customer or unknown). A
//! *mention* is one hit of a dictionary's term in a sentence. An *analyzer* is a function from calls and their mentions to
//! the rows of one or more tables: per-call numbers under `metrics/`, and under `evidence/` one row for each sentence that
//! made them.
//!
//! ```text
//! RecordBatch (calls, parties, sentences)
//!     │ input          borrowed views, no copies of text
//!     ▼
//! Call<'a>  ──page──▶  folded text, tokens, places of terms     one scan for all dictionaries
//!     │                    │ lexicon      which of the terms count
//!     │                    ▼
//!     │                 mentions
//!     │ metrics::registry, on rayon
//!     ▼
//! RecordBatch per table, the same at any number of threads
//! ```
//!
//! Nothing here reads files, the network, a clock or the environment, and no input makes it fail: odd input becomes rows
//! plus quality flags. Only a batch without a needed column is an error.
//!
//! ```
//! use talktrack_analyzers::metrics::talk::TalkRow;
//! use talktrack_analyzers::table::{Row, TimestampUs};
//! use talktrack_analyzers::tables::{CallRow, SentenceRow};
//! use talktrack_analyzers::{Analysis, Dictionaries, Inputs, Parameters, analyze};
//!
//! # let call = CallRow { call_id: "7".into(), url: None, title: None, started: TimestampUs(0), scheduled: None,
//! #     duration_s: Some(60), primary_user_id: None, direction: None, system: None, scope: None, media: None,
//! #     language: None, workspace_id: None, purpose: None, meeting_url: None, is_private: false,
//! #     calendar_event_id: None, client_unique_id: None, transcript_state: "present".into(), raw: "{}".into() };
//! let said = |index: i32, speaker: &str, side: &str, start_ms: i64, end_ms: i64, text: &str| SentenceRow {
//!     call_id: "7".into(),
//!     sentence_index: index,
//!     monologue_index: index,
//!     speaker_id: Some(speaker.into()),
//!     party_id: None,
//!     side: side.into(),
//!     topic: None,
//!     start_ms,
//!     end_ms,
//!     text: text.into(),
//! };
//! let sentences = [
//!     said(0, "rep", "company", 0, 6_000, "So what do you use today?"),
//!     said(1, "buyer", "customer", 6_500, 8_500, "A spreadsheet."),
//! ];
//! let inputs = Inputs {
//!     calls: vec![CallRow::to_batch(&[call])],
//!     parties: vec![],
//!     sentences: vec![SentenceRow::to_batch(&sentences)],
//! };
//!
//! let dictionaries = Dictionaries::compile(&Dictionaries::embedded()).unwrap();
//! let analysis = Analysis { dictionaries: &dictionaries, parameters: &Parameters::default() };
//! let tables = analyze(&inputs, &analysis, &["metrics/talk"]).unwrap();
//!
//! let voices = TalkRow::from_batch(&tables[0].1).unwrap();
//! assert_eq!(voices[0].speaker_id, "buyer");
//! assert_eq!(voices[0].talk_share, Some(0.25));
//! ```

pub use arrow;

pub mod analyzer;
pub mod call;
pub mod cues;
pub mod data_dictionary;
pub mod delivery;
pub mod dictionaries;
pub mod dictionary;
pub mod engine;
pub mod folding;
pub mod input;
pub mod language;
pub mod lexicon;
pub mod matching;
pub mod metrics;
pub mod money;
pub mod names;
mod negation;
pub mod page;
pub mod parameters;
mod pattern;
mod phrases;
mod quality;
pub mod question;
mod scanner;
pub mod slots;
pub mod statistics;
pub mod table;
pub mod tables;
pub mod text;
mod tokens;
pub mod turns;
mod word_ids;
mod word_table;

pub use analyzer::{Analysis, Analyzer, DictionaryUse, Reading};
pub use call::{Call, Sentence, Side, Speaker};
pub use dictionaries::Dictionaries;
pub use dictionary::{DictionaryError, DictionarySource};
pub use engine::{analyze, definition, input_columns, tables};
pub use input::Inputs;
pub use lexicon::Mention;
pub use metrics::registry;
pub use parameters::Parameters;
pub use table::{SchemaError, TableInfo};
