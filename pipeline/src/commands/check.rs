//! `talktrack check`: tries settings, host, credentials, each scope, lake and folders, and says what to do about what fails.

mod host;
mod machine;
mod scopes;

use jiff::Timestamp;
use serde::Serialize;
use talktrack_gong::api::workspaces::ListWorkspaces;

use super::client::impatient_client;
use super::runtime::block_on;
use super::{Context, print, print_json};
use crate::error::{Error, escape};
use crate::exit;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Tried {
    name: String,
    /// Whether a run can do its work as far as this goes; a warning is no hindrance.
    ok: bool,
    level: Level,
    message: String,
    hint: Option<String>,
    #[serde(skip)]
    exit_code: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

impl Tried {
    fn ok(name: impl Into<String>, message: impl Into<String>) -> Tried {
        Tried {
            name: name.into(),
            ok: true,
            level: Level::Ok,
            message: message.into(),
            hint: None,
            exit_code: exit::DONE,
        }
    }

    fn warn(name: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Tried {
        Tried {
            level: Level::Warn,
            hint: Some(hint.into()),
            ..Tried::ok(name, message)
        }
    }

    fn fail(
        name: impl Into<String>,
        exit_code: u8,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Tried {
        Tried {
            ok: false,
            level: Level::Fail,
            exit_code,
            ..Tried::warn(name, message, hint)
        }
    }

    /// A failure that says itself what to do.
    fn failed(name: impl Into<String>, error: &Error) -> Tried {
        let causes = error.causes().into_iter();
        let message: Vec<String> = std::iter::once(error.to_string()).chain(causes).collect();
        Tried {
            hint: error.hint(),
            ..Tried::fail(name, error.exit_code(), message.join(": "), "")
        }
    }

    fn line(&self) -> String {
        let mark = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        };
        let hint = self.hint.as_ref().map_or(String::new(), |hint| {
            format!("      hint: {}\n", escape(hint))
        });
        format!(
            "{mark:4}  {}: {}\n{hint}",
            escape(&self.name),
            escape(&self.message)
        )
    }
}

/// Tries everything, even where something fails; the exit code is that of the first failure.
pub(crate) fn run(context: &Context) -> Result<u8, Error> {
    let now = context.now()?;
    let tried = block_on(async {
        let mut tried = vec![machine::settings(context), machine::time_zone(context, now)];
        tried.extend(machine::cards(context));
        tried.extend(gong(context, now).await);
        tried.push(machine::lake(context).await);
        tried.push(machine::temporary_folder());
        Ok(tried)
    })?;
    if context.global.json {
        print_json(&tried)?;
    } else {
        print(&tried.iter().map(Tried::line).collect::<String>())?;
    }
    Ok(tried
        .iter()
        .find(|one| !one.ok)
        .map_or(exit::DONE, |one| one.exit_code))
}

/// The host, the key, and each scope by an endpoint that needs it.
async fn gong(context: &Context, now: Timestamp) -> Vec<Tried> {
    let client = match impatient_client(context) {
        Ok(client) => client,
        Err(error) => return vec![Tried::failed("credentials", &error)],
    };
    let first = client.send(&ListWorkspaces).await;
    let admission = host::admission(&client, &first).await;
    let mut tried = admission.tried;
    tried.extend(client.clock_ahead_s().map(machine::clock));
    // Where nobody answers or nobody is let in, the rest would only say so again.
    if admission.is_let_in {
        tried.extend(scopes::all(context, &client, first, now).await);
    }
    tried
}
