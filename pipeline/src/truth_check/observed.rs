//! What a lake holds of the things that were planted.

use talktrack_analyzers::metrics::mentions::MentionEvidenceRow;
use talktrack_analyzers::metrics::questions::QuestionEvidenceRow;
use talktrack_analyzers::metrics::talk::{TalkCallRow, TalkRow};
use talktrack_analyzers::table::Row;
use talktrack_analyzers::tables::CallRow;

use crate::error::Error;
use crate::lake::Lake;
use crate::rollup::DealEngagementRow;

/// The rows that are compared with the truth.
#[derive(Debug, Default)]
pub struct Observed {
    /// Calls.
    pub calls: Vec<CallRow>,
    /// Speech by voice.
    pub talk: Vec<TalkRow>,
    /// Speech by call.
    pub talk_calls: Vec<TalkCallRow>,
    /// Mentions.
    pub mentions: Vec<MentionEvidenceRow>,
    /// Questions.
    pub questions: Vec<QuestionEvidenceRow>,
    /// Deals.
    pub deals: Vec<DealEngagementRow>,
}

impl Observed {
    /// Reads everything that is compared.
    ///
    /// # Errors
    ///
    /// The lake cannot be read.
    pub async fn read(lake: &Lake) -> Result<Self, Error> {
        Ok(Self {
            calls: rows(lake).await?,
            talk: rows(lake).await?,
            talk_calls: rows(lake).await?,
            mentions: rows(lake).await?,
            questions: rows(lake).await?,
            deals: rows(lake).await?,
        })
    }
}

/// All rows of a table.
pub(crate) async fn rows<R: Row>(lake: &Lake) -> Result<Vec<R>, Error> {
    Ok(lake.read_table(&lake.snapshot().await?).await?)
}
