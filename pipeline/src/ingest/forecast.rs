//! What a run would ask for, without storing anything: `talktrack ingest --plan`.

use serde::Serialize;
use talktrack_gong::api::calls::ListCalls;

use super::error::Error;
use super::run::Run;
use super::snapshots::chosen;
use super::window::Days;

/// Records of a page, and ids of a request for transcripts: what Gong answers at most.
const PAGE: u64 = 100;

/// What a run would ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Windows of whole UTC days, in the order of reading.
    pub windows: Vec<Window>,
    /// Calls that Gong lists for them.
    pub calls: u64,
    /// Transcripts that are still awaited from earlier runs.
    pub transcripts_owed: u64,
    /// About how many requests all of it takes.
    pub requests: u64,
}

/// One window of a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Window {
    /// First day.
    pub from: String,
    /// The day after the last one.
    pub to: String,
    /// Calls that Gong lists for it.
    pub calls: u64,
}

impl Run<'_> {
    /// Plans as a run would and asks Gong how many calls each window has, one request a window.
    pub(super) async fn forecast(mut self) -> Result<Forecast, Error> {
        let records = self.read_workspaces(&mut Vec::new()).await?;
        self.workspaces = chosen(&self.settings.workspaces, &records)?;
        let planned = self
            .plan()
            .await?
            .next_windows(usize::MAX)
            .unwrap_or_default();
        let owed = self.lake.snapshot().await?.state().pending.len() as u64;
        let mut forecast = Forecast {
            transcripts_owed: owed,
            // Users and workspaces.
            requests: 2,
            ..Forecast::default()
        };
        for days in planned {
            let calls = self.listed(days).await?;
            forecast.calls += calls;
            forecast.requests += calls.div_ceil(PAGE).max(1);
            forecast.windows.push(Window {
                from: days.from.to_string(),
                to: days.to.to_string(),
                calls,
            });
        }
        forecast.requests += (forecast.calls + owed).div_ceil(PAGE);
        Ok(forecast)
    }

    async fn listed(&self, days: Days) -> Result<u64, Error> {
        let (from, to) = days.bounds();
        let mut listed = 0;
        for workspace_id in &self.workspaces {
            let list = ListCalls {
                from: Some(from),
                to: Some(to),
                workspace_id: workspace_id.clone(),
                cursor: None,
            };
            let page = self.client.send(&list).await?;
            listed += page.total_records.unwrap_or(page.items.len() as u64);
        }
        Ok(listed)
    }
}
