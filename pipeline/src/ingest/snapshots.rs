//! What is read whole each night: users and workspaces.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::tables::{RejectRow, UserRow, WorkspaceRow};
use talktrack_gong::api::users::{ListUsers, UserRecord};
use talktrack_gong::api::workspaces::{ListWorkspaces, WorkspaceRecord};
use talktrack_gong::page::Item;

use super::convert::{rejected, remainder_without_id, stored_time};
use super::error::Error;
use super::refused::Stream;
use super::rejects::replace_rejects;
use super::run::Run;
use super::troubles::Troubles;
use super::whole;
use crate::lake::{Commit, OpenReason, PartitionKey};

/// Note in the state: when users were last listed.
const USERS_LISTED: &str = "ingest.users_listed";

const WORKSPACES: Stream = Stream {
    name: "workspaces",
    scope: "api:workspaces:read",
};
const USERS: Stream = Stream {
    name: "users",
    scope: "api:users:read",
};

/// Users as listed, and why they may not be all.
type Users = (Vec<UserRecord>, Option<OpenReason>);

impl Run<'_> {
    /// Reads users and workspaces, commits both, and finds the workspaces that the settings name. Calls can be read without
    /// either.
    pub(super) async fn snapshots(&mut self, troubles: &mut Troubles) -> Result<(), Error> {
        let mut rejects = Vec::new();
        let workspaces = self.read_workspaces(&mut rejects).await?;
        let listed = workspaces.as_deref().unwrap_or_default();
        self.workspaces = chosen(&self.settings.workspaces, listed)?;
        self.listed_workspaces = listed.iter().map(|listed| listed.id.clone()).collect();
        let answer = self.read_users(&mut rejects).await;
        let answer = self.unless_refused(USERS, answer);
        let users = troubles.keep(answer)?.flatten();
        self.summary.rejected += rejects.len() as u64;
        let mut commit = self.lake.begin(&self.clock).await?;
        let mut read: HashSet<(&str, String)> = HashSet::new();
        if let Some((users, open)) = users {
            read.extend(users.iter().map(|user| (USERS.name, user.id.clone())));
            self.put_users(&mut commit, users, open.is_none()).await?;
            self.note_open(USERS, open);
        }
        if let Some(workspaces) = workspaces {
            let ids = workspaces.iter().map(|listed| listed.id.clone());
            read.extend(ids.map(|id| (WORKSPACES.name, id)));
            put_workspaces(&mut commit, workspaces).await?;
        }
        let is_settled = |_: Date, row: &RejectRow| {
            let mut tables = [USERS.name, WORKSPACES.name].into_iter();
            tables.any(|table| row.table == table && read.contains(&(table, row.record_id.clone())))
        };
        let rejects = BTreeMap::from([(self.today, rejects)]);
        replace_rejects(&mut commit, rejects, is_settled).await?;
        self.finish(commit).await
    }

    async fn put_users(
        &self,
        commit: &mut Commit,
        users: Vec<UserRecord>,
        is_whole: bool,
    ) -> Result<(), Error> {
        let notes = &commit.state().notes;
        let listed_before = notes
            .get(USERS_LISTED)
            .and_then(|at| at.parse().ok())
            .unwrap_or(self.now);
        let key = PartitionKey::whole(USERS.name);
        let stored = commit.lake().read_rows(&key).await?;
        // Who is not on a list that is cut short may well be there still.
        let last_seen = is_whole.then_some(listed_before);
        let users = merged_users(stored, users, self.now, last_seen);
        if !users.is_empty() {
            commit.put_rows(&users).await?;
        }
        if is_whole {
            let notes = &mut commit.state_mut().notes;
            notes.insert(USERS_LISTED.to_owned(), self.now.to_string());
        }
        Ok(())
    }

    async fn read_users(&self, rejects: &mut Vec<RejectRow>) -> Result<Users, Error> {
        let whole = whole::read(self.client, &ListUsers::default(), |user| &user.id).await?;
        Ok((legible(USERS.name, whole.items, rejects), whole.open))
    }

    /// The workspaces that Gong lists; nothing where it refuses to and none of them is asked for by name.
    pub(super) async fn read_workspaces(
        &mut self,
        rejects: &mut Vec<RejectRow>,
    ) -> Result<Option<Vec<WorkspaceRecord>>, Error> {
        let answer = self.client.send(&ListWorkspaces).await.map_err(Error::from);
        let page = if self.settings.workspaces.is_empty() {
            self.unless_refused(WORKSPACES, answer)?
        } else {
            Some(answer?)
        };
        Ok(page.map(|page| legible(WORKSPACES.name, page.items, rejects)))
    }
}

/// The records of a list; what is none is rejected.
fn legible<R>(table: &str, items: Vec<Item<R>>, rejects: &mut Vec<RejectRow>) -> Vec<R> {
    let mut records = Vec::new();
    for item in items {
        match item {
            Item::Record(record) => records.push(record),
            Item::Rejected(reject) => rejects.push(rejected(table, &reject)),
        }
    }
    records
}

async fn put_workspaces(
    commit: &mut Commit,
    workspaces: Vec<WorkspaceRecord>,
) -> Result<(), Error> {
    let key = PartitionKey::whole(WORKSPACES.name);
    let stored = commit.lake().read_rows(&key).await?;
    let workspaces = merged_workspaces(stored, workspaces);
    if !workspaces.is_empty() {
        commit.put_rows(&workspaces).await?;
    }
    Ok(())
}

/// Ids of the workspaces that the settings name by id or name; one `None` where they name none.
pub(super) fn chosen(
    names: &[String],
    workspaces: &[WorkspaceRecord],
) -> Result<Vec<Option<String>>, Error> {
    if names.is_empty() {
        return Ok(vec![None]);
    }
    let find = |name: &String| {
        let by_id = workspaces.iter().find(|workspace| workspace.id == *name);
        let is_named = |workspace: &&WorkspaceRecord| {
            workspace
                .name
                .as_deref()
                .is_some_and(|known| known.trim().eq_ignore_ascii_case(name.trim()))
        };
        let found = by_id.or_else(|| workspaces.iter().find(is_named));
        found
            .map(|workspace| Some(workspace.id.clone()))
            .ok_or_else(|| Error::UnknownWorkspace {
                name: name.clone(),
                known: workspaces
                    .iter()
                    .map(|workspace| {
                        format!(
                            "`{}` ({})",
                            workspace.name.as_deref().unwrap_or_default(),
                            workspace.id
                        )
                    })
                    .collect(),
            })
    };
    let mut ids: Vec<Option<String>> = names.iter().map(find).collect::<Result<_, _>>()?;
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// Users as listed now, and those that are listed no more, who stay. `last_seen` is when the latter were there at last;
/// `None` where that cannot be said.
fn merged_users(
    stored: Vec<UserRow>,
    listed: Vec<UserRecord>,
    now: Timestamp,
    last_seen: Option<Timestamp>,
) -> Vec<UserRow> {
    let mut users: BTreeMap<String, UserRow> = stored
        .into_iter()
        .map(|mut row| {
            row.last_seen = row.last_seen.or(last_seen.map(stored_time));
            (row.user_id.clone(), row)
        })
        .collect();
    for user in listed {
        let first_seen = users
            .get(&user.id)
            .map_or(stored_time(now), |row| row.first_seen);
        users.insert(user.id.clone(), user_row(user, first_seen));
    }
    users.into_values().collect()
}

fn user_row(mut user: UserRecord, first_seen: talktrack_analyzers::table::TimestampUs) -> UserRow {
    let mut row = UserRow {
        user_id: std::mem::take(&mut user.id),
        email: user.email_address.take(),
        first_name: user.first_name.take(),
        last_name: user.last_name.take(),
        title: user.title.take(),
        manager_id: user.manager_id.take(),
        active: user.active.take().unwrap_or(true),
        created: user.created.take().map(stored_time),
        first_seen,
        last_seen: None,
        raw: String::new(),
    };
    row.raw = remainder_without_id(&user);
    row
}

fn merged_workspaces(stored: Vec<WorkspaceRow>, listed: Vec<WorkspaceRecord>) -> Vec<WorkspaceRow> {
    let mut workspaces: BTreeMap<String, WorkspaceRow> = stored
        .into_iter()
        .map(|row| (row.workspace_id.clone(), row))
        .collect();
    for mut workspace in listed {
        let mut row = WorkspaceRow {
            workspace_id: std::mem::take(&mut workspace.id),
            name: workspace.name.take(),
            description: workspace.description.take(),
            raw: String::new(),
        };
        row.raw = remainder_without_id(&workspace);
        workspaces.insert(row.workspace_id.clone(), row);
    }
    workspaces.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use talktrack_analyzers::table::TimestampUs;

    fn user(id: &str, title: &str) -> UserRecord {
        serde_json::from_value(serde_json::json!({"id": id, "title": title, "extension": "12"}))
            .expect("a user")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn users_stay_when_they_are_listed_no_more_and_come_back_as_they_were() {
        let first = merged_users(
            Vec::new(),
            vec![user("1", "AE"), user("2", "SDR")],
            at(10),
            Some(at(10)),
        );
        assert_eq!(first[0].raw, r#"{"extension":"12"}"#);
        let second = merged_users(first, vec![user("1", "Manager")], at(20), Some(at(10)));
        assert_eq!(second[0].title.as_deref(), Some("Manager"));
        assert_eq!(
            (second[0].first_seen, second[0].last_seen),
            (TimestampUs(10_000_000), None)
        );
        assert_eq!(second[1].last_seen, Some(TimestampUs(10_000_000)));
        let third = merged_users(
            second.clone(),
            vec![user("1", "Manager")],
            at(30),
            Some(at(20)),
        );
        assert_eq!(third, second);
        let back = merged_users(third, vec![user("2", "SDR")], at(40), Some(at(30)));
        assert_eq!(
            (back[1].first_seen, back[1].last_seen),
            (TimestampUs(10_000_000), None)
        );
        assert_eq!(back[0].last_seen, Some(TimestampUs(30_000_000)));
    }

    #[test]
    fn workspaces_are_found_by_id_or_name() {
        let known: Vec<WorkspaceRecord> = serde_json::from_value(
            serde_json::json!([{"id": "7", "name": "Sales"}, {"id": "8", "name": "CS"}]),
        )
        .expect("workspaces");
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(&[], &known).expect("all"), [None]);
        assert_eq!(
            chosen(&names(&["8", "sales", "7"]), &known).expect("both"),
            [Some("7".into()), Some("8".into())]
        );
        let error = chosen(&names(&["Marketing"]), &known).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "workspace `Marketing` is not known to Gong"
        );
        assert!(error.hint().expect("a hint").contains("`Sales` (7)"));
    }
}
