//! `talktrack check`: tries credentials, scopes, host and lake, and says what to do about what fails.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use talktrack_gong::api::calls::{CallFilter, ExtensiveCalls};
use talktrack_gong::api::transcripts::{TranscriptFilter, Transcripts};
use talktrack_gong::api::users::ListUsers;
use talktrack_gong::api::workspaces::ListWorkspaces;
use talktrack_gong::page::{Item, Page};
use talktrack_gong::{Client, Error as GongError};

use super::client::impatient_client;
use super::runtime::block_on;
use super::{Context, print, print_json};
use crate::dictionaries;
use crate::error::{Error, escape};
use crate::exit;
use crate::lake::Lake;

/// One thing that was tried.
#[derive(Serialize)]
struct Tried {
    name: String,
    ok: bool,
    message: String,
    hint: Option<String>,
    #[serde(skip)]
    exit_code: u8,
}

/// Tries everything, even where something fails; the exit code is that of the first failure.
pub(crate) fn run(context: &Context) -> Result<u8, Error> {
    let now = context.now()?;
    let tried = block_on(async {
        let mut tried = vec![settings(context)];
        tried.extend(gong(context, now).await);
        tried.push(lake(context).await);
        Ok(tried)
    })?;
    if context.global.json {
        print_json(&tried)?;
    } else {
        print(&tried.iter().map(line).collect::<String>())?;
    }
    Ok(tried
        .iter()
        .find(|one| !one.ok)
        .map_or(exit::DONE, |one| one.exit_code))
}

fn line(tried: &Tried) -> String {
    let mark = if tried.ok { "ok  " } else { "fail" };
    let hint = tried.hint.as_ref().map_or(String::new(), |hint| {
        format!("      hint: {}\n", escape(hint))
    });
    format!("{mark}  {}: {}\n{hint}", tried.name, escape(&tried.message))
}

fn ok(name: &str, message: impl Into<String>) -> Tried {
    Tried {
        name: name.to_owned(),
        ok: true,
        message: message.into(),
        hint: None,
        exit_code: exit::DONE,
    }
}

fn failed(name: &str, error: &Error) -> Tried {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Tried {
        name: name.to_owned(),
        ok: false,
        message,
        hint: error.hint(),
        exit_code: error.exit_code(),
    }
}

fn settings(context: &Context) -> Tried {
    match dictionaries::load(&context.config.dictionaries) {
        Ok(dictionaries) => {
            let competitors = dictionaries.entries("competitors").count();
            ok(
                "settings and dictionaries",
                format!("{competitors} competitors set up"),
            )
        }
        Err(error) => failed("settings and dictionaries", &error),
    }
}

/// Each endpoint once, since each has a scope of its own.
async fn gong(context: &Context, now: Timestamp) -> Vec<Tried> {
    let client = match impatient_client(context) {
        Ok(client) => client,
        Err(error) => return vec![failed("credentials", &error)],
    };
    let workspaces = client.send(&ListWorkspaces).await;
    let is_let_in = !matches!(
        workspaces,
        Err(GongError::Transport { .. }
            | GongError::Redirect { .. }
            | GongError::Forbidden { .. }
            | GongError::NotFound { .. }
            | GongError::Decode { .. }
            | GongError::Unauthorized { scope: None, .. })
    );
    let mut tried = vec![match workspaces {
        Ok(page) => known_workspaces(context, &page),
        Err(error) => failed(&format!("host {}", client.host()), &error.into()),
    }];
    // Where nobody answers or nobody is let in, the rest would only say so again.
    if is_let_in {
        tried.extend(endpoints(&client, now).await);
    }
    tried
}

/// The workspaces of the settings must be among those that Gong lists.
fn known_workspaces(
    context: &Context,
    page: &Page<talktrack_gong::api::workspaces::WorkspaceRecord>,
) -> Tried {
    let name = "scope api:workspaces:read";
    let records = || {
        page.items.iter().filter_map(|item| match item {
            Item::Record(workspace) => Some(workspace),
            Item::Rejected(_) => None,
        })
    };
    let is_known = |wanted: &String| {
        records()
            .any(|workspace| workspace.id == *wanted || workspace.name.as_ref() == Some(wanted))
    };
    match context
        .config
        .ingest
        .workspaces
        .iter()
        .find(|wanted| !is_known(wanted))
    {
        None => ok(name, format!("{} workspaces", records().count())),
        Some(unknown) => {
            let known: Vec<&str> = records()
                .map(|one| one.name.as_deref().unwrap_or(&one.id))
                .collect();
            let hint = format!(
                "set `ingest.workspaces` to names or ids out of: {}",
                known.join(", ")
            );
            failed(
                name,
                &Error::usage(format!("workspace `{unknown}` is not known to Gong"), hint),
            )
        }
    }
}

async fn endpoints(client: &Client, now: Timestamp) -> Vec<Tried> {
    let from = now.checked_sub((7 * 24).hours()).ok();
    let calls = ExtensiveCalls::new(CallFilter {
        from,
        to: Some(now),
        ..CallFilter::default()
    });
    let transcripts = Transcripts::new(TranscriptFilter {
        from,
        to: Some(now),
        ..TranscriptFilter::default()
    });
    vec![
        scope(
            "api:users:read",
            "users",
            client.send(&ListUsers::default()).await,
        ),
        scope(
            "api:calls:read:extensive",
            "calls in the last 7 days",
            client.send(&calls).await,
        ),
        scope(
            "api:calls:read:transcript",
            "transcripts in the last 7 days",
            client.send(&transcripts).await,
        ),
    ]
}

fn scope<T>(name: &str, what: &str, answer: Result<Page<T>, GongError>) -> Tried {
    let name = format!("scope {name}");
    match answer {
        Ok(page) => {
            let count = page.total_records.unwrap_or(page.items.len() as u64);
            ok(&name, format!("{count} {what}"))
        }
        Err(error) => failed(&name, &error.into()),
    }
}

/// Takes and gives back the lease of a run, which is an object written with create-if-absent.
async fn lake(context: &Context) -> Tried {
    let url = &context.config.lake.url;
    let name = format!("lake {url}");
    let probe = async {
        let lake = Lake::open(url).await?;
        let snapshot = lake.snapshot().await?;
        lake.run_lease().await?.release().await?;
        Ok::<u64, Error>(snapshot.rows("calls"))
    };
    match probe.await {
        Ok(calls) => ok(&name, format!("writable, {calls} calls")),
        Err(error) => failed(&name, &error),
    }
}
