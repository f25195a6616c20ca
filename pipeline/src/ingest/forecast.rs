//! What a run would ask for, without storing anything: `talktrack ingest --plan`.

use serde::Serialize;
use talktrack_gong::api::calls::ListCalls;

use super::error::Error;
use super::run::Run;
use super::snapshots::chosen;
use super::window::{Days, merged};

/// Records of a page, and ids of a request for transcripts: what Gong answers at most.
const PAGE: u64 = 100;

/// What a run would ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Runs of whole UTC days that would be read, in the order of reading.
    pub windows: Vec<Window>,
    /// Calls that Gong lists for them.
    pub calls: u64,
    /// Transcripts that are still awaited from earlier runs.
    pub transcripts_owed: u64,
    /// About how many requests all of it takes.
    pub requests: u64,
    /// Requests that may still go out within the day's budget; unlimited where there is none.
    pub requests_left_today: Option<u64>,
    /// Days over which the daily budget spreads the requests, today included.
    pub days: u64,
    /// About how many seconds the requests take at the permitted rate, waiting for the next day's budget left out.
    pub seconds: u64,
}

/// Days of a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Window {
    /// First day.
    pub from: String,
    /// The day after the last one.
    pub to: String,
    /// Calls that Gong lists for it.
    pub calls: u64,
}

/// The limits under which a run sends its requests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests a second; zero for no limit.
    pub requests_per_second: f64,
    /// Requests a day; zero for no limit.
    pub requests_per_day: u32,
    /// The part of both that a run may use.
    pub share: f64,
    /// Requests of the last 24 hours.
    pub spent: u64,
}

impl Run<'_> {
    /// Plans as a run would and asks Gong how many calls there are, one request for each run of days.
    pub(super) async fn forecast(mut self, limits: Limits) -> Result<Forecast, Error> {
        let records = self.read_workspaces(&mut Vec::new()).await?;
        self.workspaces = chosen(&self.settings.workspaces, &records.unwrap_or_default())?;
        let plan = self.plan().await?;
        let mut spans = merged(plan.windows());
        spans.reverse();
        let state = self.lake.snapshot().await?;
        let mut forecast = Forecast {
            transcripts_owed: state.state().pending.len() as u64,
            ..Forecast::default()
        };
        for days in spans {
            let calls = self.listed(days).await?;
            forecast.calls += calls;
            forecast.windows.push(Window {
                from: days.from.to_string(),
                to: days.to.to_string(),
                calls,
            });
        }
        // A history that nobody dated is read until this many calls came.
        forecast.calls = forecast.calls.max(plan.expected_calls);
        forecast.requests = self.requests(&forecast);
        Ok(forecast.within(limits))
    }

    /// Pages of calls and of transcripts, a window's last page being half full on average; users, workspaces and the hint;
    /// scorecards, answered ones, and for each workspace trackers and the folders of the library.
    fn requests(&self, forecast: &Forecast) -> u64 {
        let windows = forecast.windows.len() as u64
            + forecast.calls / u64::from(self.settings.calls_per_window.max(1));
        let transcripts = (forecast.calls + forecast.transcripts_owed).div_ceil(PAGE);
        let further = match self.settings.span {
            Some(_) => 0,
            None => 2 + 2 * self.workspaces.len() as u64,
        };
        forecast.calls.div_ceil(PAGE) + windows.div_ceil(2) + transcripts + 3 + further
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

impl Forecast {
    fn within(mut self, limits: Limits) -> Forecast {
        let per_day = (f64::from(limits.requests_per_day) * limits.share).floor() as u64;
        self.days = 1;
        if per_day > 0 {
            let left = per_day.saturating_sub(limits.spent);
            self.requests_left_today = Some(left);
            self.days += self.requests.saturating_sub(left).div_ceil(per_day);
        }
        if limits.requests_per_second > 0.0 {
            self.seconds =
                (self.requests as f64 / (limits.requests_per_second * limits.share)).ceil() as u64;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_tells_days_and_time() {
        let of = |requests: u64, spent: u64| {
            let forecast = Forecast {
                requests,
                ..Forecast::default()
            };
            let forecast = forecast.within(Limits {
                requests_per_second: 3.0,
                requests_per_day: 1_000,
                share: 1.0,
                spent,
            });
            (
                forecast.days,
                forecast.seconds,
                forecast.requests_left_today,
            )
        };
        assert_eq!(of(300, 0), (1, 100, Some(1_000)));
        assert_eq!(of(1_000, 0), (1, 334, Some(1_000)));
        assert_eq!(of(1_001, 0), (2, 334, Some(1_000)));
        assert_eq!(of(900, 900), (2, 300, Some(100)));
        assert_eq!(of(1, 2_000), (2, 1, Some(0)));
    }
}
