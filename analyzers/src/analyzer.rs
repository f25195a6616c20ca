//! What an analyzer is, and what it is given.

use arrow::array::RecordBatch;

use crate::call::Call;
use crate::dictionaries::Dictionaries;
use crate::lexicon::Mention;
use crate::page::CallText;
use crate::parameters::Parameters;
use crate::table::TableInfo;

/// What an analysis depends on besides the calls.
#[derive(Debug, Clone, Copy)]
pub struct Analysis<'a> {
    /// The compiled dictionaries.
    pub dictionaries: &'a Dictionaries,
    /// The thresholds.
    pub parameters: &'a Parameters,
}

/// A call, its folded text and the mentions found in it, ready for the analyzers.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    /// The call.
    pub call: &'a Call<'a>,
    /// Its folded text.
    pub text: CallText<'a>,
    /// Its mentions by dictionary, sentence and first byte; empty unless an analyzer that reads them runs.
    pub mentions: Vec<Mention>,
}

/// Which dictionaries an analyzer's rows depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DictionaryUse {
    /// None.
    None,
    /// Those named.
    Named(&'static [&'static str]),
    /// Which dictionaries there are and their languages, whatever they say.
    Languages,
    /// Every dictionary whose entries are reported as mentions, and the cue lists that shape them.
    Mentions,
    /// Mentions of those named, and the cue lists that shape them.
    MentionsOf(&'static [&'static str]),
}

/// A pure function from calls to the rows of one or more tables. It cannot fail: odd input becomes rows plus quality
/// flags. A call without sentences gives no rows, but where a table says otherwise.
pub trait Analyzer: Sync {
    /// Name, which is also its file's.
    fn name(&self) -> &'static str;

    /// Raised whenever the same input gives other rows.
    fn version(&self) -> u32;

    /// What it measures, with formulas and sources, as Markdown: a section of TABLES.md.
    fn doc(&self) -> &'static str;

    /// Its tables, in the order in which [`Analyzer::rows`] gives them.
    fn tables(&self) -> Vec<TableInfo>;

    /// The dictionaries that its rows depend on.
    fn dictionaries(&self) -> DictionaryUse {
        DictionaryUse::None
    }

    /// Names of the [`Parameters`] that the rows of `table` depend on.
    fn parameters(&self, _table: &str) -> &'static [&'static str] {
        &[]
    }

    /// The rows for `calls`, one batch a table, sorted by key within each call.
    fn rows(&self, calls: &[Reading<'_>], analysis: &Analysis<'_>) -> Vec<RecordBatch>;
}
