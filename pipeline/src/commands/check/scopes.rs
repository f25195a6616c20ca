//! Each scope, by the cheapest request of an endpoint that needs it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use talktrack_gong::api::calls::{CallFilter, ExtensiveCalls, ListCalls};
use talktrack_gong::api::transcripts::{TranscriptFilter, Transcripts};
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::api::workspaces::WorkspaceRecord;
use talktrack_gong::endpoint::{Endpoint, RequestParts};
use talktrack_gong::page::{DecodeFailure, Page};
use talktrack_gong::{Client, Error as GongError};

use super::super::Context;
use super::Tried;
use crate::error::Error;

/// Spans in which calls are looked for, days back from now: the first that holds any will do.
const SPANS: [i64; 2] = [7, 365];

/// A scope and what it is for.
struct Scope {
    name: &'static str,
    /// What its endpoint lists.
    what: &'static str,
    /// What the lake does without; `None` where nothing works without.
    without: Option<&'static str>,
}

/// Tries every scope, one line each. To add one, add its line.
pub(super) async fn all(
    context: &Context,
    client: &Client,
    workspaces: Result<Page<WorkspaceRecord>, GongError>,
    now: Timestamp,
) -> Vec<Tried> {
    let (listed, calls) = list_calls(client, now).await;
    let asked = Asked::of(&calls, now);
    let first = workspaces.as_ref().ok().and_then(first_workspace);
    let today = now.to_zoned(context.config.company.time_zone.clone());
    let reviewed = reviewed_since(&today.time_zone().clone(), now);
    let in_first = |path| RequestParts::get(path, workspace_query(first.as_deref()));
    let count = async |parts, list| client.send(&Count { parts, list }).await;
    let mut tried = vec![known_workspaces(context, workspaces)];
    tried.push(told(
        &needed("api:users:read", "users"),
        count(ListUsers::default().request(), "users").await,
    ));
    tried.push(listed);
    tried.push(told(
        &needed("api:calls:read:extensive", asked.what),
        count(ExtensiveCalls::new(asked.calls()).request(), "calls").await,
    ));
    tried.push(told(
        &needed("api:calls:read:transcript", asked.what_transcripts),
        count(
            Transcripts::new(asked.transcripts()).request(),
            "callTranscripts",
        )
        .await,
    ));
    tried.push(told(
        &optional(
            "api:settings:scorecards:read",
            "scorecards",
            "the table `scorecards`",
        ),
        count(
            RequestParts::get("/v2/settings/scorecards", Vec::new()),
            "scorecards",
        )
        .await,
    ));
    tried.push(told(
        &optional(
            "api:settings:trackers:read",
            "trackers",
            "the table `trackers`",
        ),
        count(in_first("/v2/settings/trackers"), "keywordTrackers").await,
    ));
    tried.push(told(
        &optional(
            "api:stats:scorecards",
            "scorecards answered in the last 7 days",
            "the table `answered_scorecards`",
        ),
        count(
            RequestParts::post("/v2/stats/activity/scorecards", reviewed),
            "answeredScorecards",
        )
        .await,
    ));
    tried.push(told(
        &optional(
            "api:library:read",
            "library folders",
            "the table `library_calls`",
        ),
        count(in_first("/v2/library/folders"), "folders").await,
    ));
    tried
}

fn needed(name: &'static str, what: &'static str) -> Scope {
    Scope {
        name,
        what,
        without: None,
    }
}

fn optional(name: &'static str, what: &'static str, without: &'static str) -> Scope {
    Scope {
        name,
        what,
        without: Some(without),
    }
}

fn told(scope: &Scope, answer: Result<u64, GongError>) -> Tried {
    let name = format!("scope {}", scope.name);
    let error = match answer {
        Ok(count) => return Tried::ok(name, format!("{count} {}", scope.what)),
        Err(error) => error,
    };
    let Some(without) = scope.without else {
        return Tried::failed(name, &error.into());
    };
    let (message, hint) = match &error {
        GongError::Unauthorized { .. } => (
            format!("missing; {without} stays empty"),
            format!("give the key the scope `{}` if it is wanted", scope.name),
        ),
        error => (
            format!("cannot be tried, {without} may stay empty: {error}"),
            "try again later; nothing else depends on it".to_owned(),
        ),
    };
    Tried::warn(name, message, hint)
}

/// The workspaces of the settings must be among those that Gong lists.
fn known_workspaces(context: &Context, answer: Result<Page<WorkspaceRecord>, GongError>) -> Tried {
    let name = "scope api:workspaces:read";
    let page = match answer {
        Ok(page) => page,
        Err(error) => {
            return Tried::failed(name, &error.into());
        }
    };
    let is_known = |wanted: &String| {
        page.records()
            .any(|workspace| workspace.id == *wanted || workspace.name.as_ref() == Some(wanted))
    };
    let wanted = &context.config.ingest.workspaces;
    let Some(unknown) = wanted.iter().find(|wanted| !is_known(wanted)) else {
        return Tried::ok(name, format!("{} workspaces", page.records().count()));
    };
    let known: Vec<&str> = page
        .records()
        .map(|one| one.name.as_deref().unwrap_or(&one.id))
        .collect();
    let hint = format!(
        "set `ingest.workspaces` to names or ids out of: {}",
        known.join(", ")
    );
    Tried::failed(
        name,
        &Error::usage(format!("workspace `{unknown}` is not known to Gong"), hint),
    )
}

fn first_workspace(page: &Page<WorkspaceRecord>) -> Option<String> {
    page.records().next().map(|workspace| workspace.id.clone())
}

fn workspace_query(workspace: Option<&str>) -> Vec<(&'static str, String)> {
    let id = workspace.map(|id| ("workspaceId", id.to_owned()));
    id.into_iter().collect()
}

/// Scorecards answered in the last days, by any method.
fn reviewed_since(zone: &TimeZone, now: Timestamp) -> Value {
    let to = now.to_zoned(zone.clone()).date();
    let from = to.saturating_sub(jiff::Span::new().days(SPANS[0]));
    json!({"filter": {
        "reviewFromDate": from.to_string(),
        "reviewToDate": to.to_string(),
        "reviewMethod": "BOTH",
    }})
}

/// Calls of the last days, or of the last year where there are none: an empty answer alone says little.
async fn list_calls(client: &Client, now: Timestamp) -> (Tried, Vec<String>) {
    let name = "scope api:calls:read:basic";
    for days in SPANS {
        let page = match client.send(&calls_since(days, now)).await {
            Ok(page) => page,
            Err(error) => {
                let tried = Tried::failed(name, &error.into());
                return (tried, Vec::new());
            }
        };
        let ids: Vec<String> = page.records().map(|call| call.id.clone()).collect();
        let count = page.total_records.unwrap_or(page.items.len() as u64);
        if count > 0 {
            let message = format!("{count} calls in the last {days} days");
            return (Tried::ok(name, message), ids);
        }
    }
    let message = format!(
        "no calls listed in the last {} days: an empty span and a key that may see no calls look alike",
        SPANS[1]
    );
    let hint = "if Gong itself shows calls, ask who manages it whether this key may see them";
    (Tried::warn(name, message, hint), Vec::new())
}

fn calls_since(days: i64, now: Timestamp) -> ListCalls {
    ListCalls {
        from: now.checked_sub(SignedDuration::from_hours(24 * days)).ok(),
        to: Some(now),
        ..ListCalls::default()
    }
}

/// Which calls the detailed endpoints are asked for: one that was listed, since a page of them is large; or the last
/// days, where none was.
struct Asked {
    call_id: Option<String>,
    from: Option<Timestamp>,
    to: Timestamp,
    what: &'static str,
    what_transcripts: &'static str,
}

impl Asked {
    fn of(listed: &[String], now: Timestamp) -> Asked {
        let call_id = listed.first().cloned();
        let (what, what_transcripts) = match call_id {
            Some(_) => ("of 1 call read by its id", "of 1 transcript of that call"),
            None => ("calls in the last 7 days", "transcripts in the last 7 days"),
        };
        Asked {
            call_id,
            from: calls_since(SPANS[0], now).from,
            to: now,
            what,
            what_transcripts,
        }
    }

    fn calls(&self) -> CallFilter {
        match &self.call_id {
            Some(id) => CallFilter {
                call_ids: vec![id.clone()],
                ..CallFilter::default()
            },
            None => CallFilter {
                from: self.from,
                to: Some(self.to),
                ..CallFilter::default()
            },
        }
    }

    fn transcripts(&self) -> TranscriptFilter {
        match &self.call_id {
            Some(id) => TranscriptFilter {
                call_ids: vec![id.clone()],
                ..TranscriptFilter::default()
            },
            None => TranscriptFilter {
                from: self.from,
                to: Some(self.to),
                ..TranscriptFilter::default()
            },
        }
    }
}

/// A request of which only the number of records is read.
struct Count {
    parts: RequestParts,
    /// Where in the answer the records stand.
    list: &'static str,
}

impl Endpoint for Count {
    type Response = u64;

    fn request(&self) -> RequestParts {
        self.parts.clone()
    }

    fn decode(&self, body: &[u8]) -> Result<u64, DecodeFailure> {
        let failure = |path: &str, reason: String| DecodeFailure {
            path: path.to_owned(),
            reason,
        };
        let answer: Value =
            serde_json::from_slice(body).map_err(|error| failure(".", error.to_string()))?;
        let total = answer.pointer("/records/totalRecords");
        let listed = answer.get(self.list).and_then(Value::as_array);
        total
            .and_then(Value::as_u64)
            .or_else(|| listed.map(|records| records.len() as u64))
            .ok_or_else(|| failure(self.list, "missing".to_owned()))
    }

    fn empty_on_404(&self) -> Option<u64> {
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_by_the_total_or_one_by_one() {
        let count = Count {
            parts: RequestParts::get("/v2/x", Vec::new()),
            list: "things",
        };
        let read = |body: &str| count.decode(body.as_bytes()).ok();
        assert_eq!(
            read(r#"{"records":{"totalRecords":215},"things":[{}]}"#),
            Some(215)
        );
        assert_eq!(read(r#"{"requestId":"r","things":[{},{}]}"#), Some(2));
        assert_eq!(read(r#"{"requestId":"r"}"#), None);
        assert_eq!(read("<html>"), None);
    }
}
