//! Pure transcript analytics: calls in, rows out.

pub use arrow;

pub mod call;
pub mod dictionary;
pub mod engine;
pub mod input;
pub mod lexicon;
pub mod metrics;
pub mod parameters;
pub mod question;
pub mod table;
pub mod tables;
pub mod text;

pub use call::{Call, Sentence, Side, Speaker};
pub use dictionary::{Dictionaries, DictionaryError, DictionarySource};
pub use engine::{Analysis, Reading, analyze, definition, input_columns, tables};
pub use input::Inputs;
pub use lexicon::Mention;
pub use metrics::{Analyzer, DictionaryUse, registry};
pub use parameters::Parameters;
