//! From Gong's pages to the lake: windows side by side under one pacer, transcripts by id, and what is owed from
//! earlier runs.
//!
//! ```text
//! plan: the look-back, then days not done, newest first
//!   └ windows, a few side by side → spool ─┐
//!        transcripts of calls just seen ───┴→ commits → transcripts still owed → open deals → recheck
//! ```
//!
//! Conversion is pure ([`convert`], [`sides`], [`persons`], [`crm`]); so is the planning ([`window`], [`ledger`]). A chain
//! of pages is read by `chain`, a window of chains by `reader`, and `flow` does all of it at once; what is no window is read by
//! `whole`; `gone` and `recheck` find
//! out what is not there any more. What writes is in [`change`].

pub mod batches;
mod budget;
mod by_id;
pub mod canonical;
mod chain;
pub mod change;
mod commit;
pub mod convert;
pub mod coverage;
pub mod crm;
pub mod error;
mod flow;
pub mod forecast;
mod gone;
pub mod ledger;
#[cfg(test)]
mod measure;
mod open_window;
mod owed;
pub mod persons;
mod plan;
mod reader;
mod recheck;
mod refresh;
mod refused;
mod rejects;
mod resides;
mod run;
mod sentences;
pub mod settings;
pub mod sides;
mod snapshots;
pub mod spool;
pub mod stored;
mod streams;
pub mod summary;
mod total;
mod transcripts;
mod troubles;
mod whole;
pub mod window;

use std::time::Duration;

use jiff::Timestamp;
use talktrack_gong::Spent;
use talktrack_gong::client::Client;

pub use error::Error;
pub use forecast::{Forecast, Limits};
pub use resides::resides;
pub use settings::{Recheck, Settings};
pub use summary::{SkippedStream, Summary};

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
    limits: Limits,
    now: Timestamp,
) -> Result<Forecast, Error> {
    run::Run::new(client, lake, settings, now, &Progress::none())
        .forecast(limits)
        .await
}

/// Requests that runs of the last 24 hours reserved: what a new client counts as spent already.
pub fn requests_spent(state: &State, now: Timestamp) -> Vec<Spent> {
    let reservations = state.requests.blocks(now);
    reservations
        .map(|(at, count)| Spent {
            // A clock that was set back makes a reservation lie ahead; it counts as just made.
            age: Duration::try_from(now.duration_since(at)).unwrap_or_default(),
            count,
        })
        .collect()
}
