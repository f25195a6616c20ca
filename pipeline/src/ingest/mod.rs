//! From Gong's pages to the lake: windows side by side under one pacer, transcripts by id, and what is owed from
//! earlier runs.
//!
//! ```text
//! plan: days not done, and the look-back
//!   └ windows, a few side by side → spool ─┐
//!        transcripts of calls just seen ───┴→ one commit → … → transcripts still owed → open deals
//! ```
//!
//! Conversion is pure ([`convert`], [`sides`], [`persons`], [`crm`]); so is the planning ([`window`], [`ledger`]). What
//! waits for Gong is in [`reader`] and [`transcripts`], what writes in [`change`].

pub mod batches;
pub mod canonical;
pub mod change;
pub mod convert;
pub mod coverage;
pub mod crm;
pub mod error;
pub mod forecast;
pub mod ledger;
mod owed;
pub mod persons;
mod plan;
pub mod reader;
mod refresh;
mod rejects;
mod resides;
mod run;
mod sentences;
pub mod settings;
pub mod sides;
mod snapshots;
pub mod spool;
pub mod stored;
pub mod summary;
pub mod transcripts;
pub mod window;

use jiff::Timestamp;
use talktrack_gong::client::Client;

pub use error::Error;
pub use forecast::Forecast;
pub use resides::resides;
pub use settings::Settings;
pub use summary::Summary;

use crate::lake::{Lake, State};
use crate::progress::Progress;

/// Reads what is new from Gong into the lake.
///
/// The caller holds the run lease. What was committed stays when an error ends the run; the next one goes on from there.
///
/// # Errors
///
/// Gong or the lake cannot be used, or the settings name an unknown workspace.
pub async fn run(
    client: &Client,
    lake: &Lake,
    settings: &Settings,
    now: Timestamp,
    progress: &Progress,
) -> Result<Summary, Error> {
    run::Run::new(client, lake, settings, now, progress)
        .all()
        .await
}

/// What a run would ask for; nothing is stored.
///
/// # Errors
///
/// Gong or the lake cannot be used, or the settings name an unknown workspace.
pub async fn forecast(
    client: &Client,
    lake: &Lake,
    settings: &Settings,
    now: Timestamp,
) -> Result<Forecast, Error> {
    run::Run::new(client, lake, settings, now, &Progress::none())
        .forecast()
        .await
}

/// Requests that runs of the last 24 hours reserved: what a new client counts as spent already.
pub fn requests_spent(state: &State, now: Timestamp) -> u32 {
    state.requests.reserved(now)
}
