//! What is read whole each night: users and workspaces.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;

use futures::StreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use talktrack_analyzers::tables::{RejectRow, UserRow, WorkspaceRow};
use talktrack_gong::api::users::{ListUsers, UserRecord};
use talktrack_gong::api::workspaces::{ListWorkspaces, WorkspaceRecord};
use talktrack_gong::page::Item;
use talktrack_gong::paging::pages;

use super::convert::{rejected, remainder_without_id, stored_time};
use super::error::Error;
use super::rejects::replace_rejects;
use super::run::Run;
use crate::lake::PartitionKey;

/// Note in the state: when users were last listed.
const USERS_LISTED: &str = "ingest.users_listed";

impl Run<'_> {
    /// Reads users and workspaces, commits both, and finds the workspaces that the settings name.
    pub(super) async fn snapshots(&mut self) -> Result<(), Error> {
        let mut rejects = Vec::new();
        let workspaces = self.read_workspaces(&mut rejects).await?;
        self.workspaces = chosen(&self.settings.workspaces, &workspaces)?;
        self.listed_workspaces = workspaces
            .iter()
            .map(|workspace| workspace.id.clone())
            .collect();
        let users = self.read_users(&mut rejects).await?;
        self.summary.rejected += rejects.len() as u64;
        let mut commit = self.lake.begin(&self.clock).await?;
        let listed_before = commit
            .state()
            .notes
            .get(USERS_LISTED)
            .and_then(|at| at.parse().ok())
            .unwrap_or(self.now);
        let user_ids: HashSet<String> = users.iter().map(|user| user.id.clone()).collect();
        let workspace_ids: HashSet<String> = workspaces
            .iter()
            .map(|workspace| workspace.id.clone())
            .collect();
        let stored = commit
            .lake()
            .read_rows(&PartitionKey::whole("users"))
            .await?;
        let users = merged_users(stored, users, self.now, listed_before);
        if !users.is_empty() {
            commit.put_rows(&users).await?;
        }
        let stored = commit
            .lake()
            .read_rows(&PartitionKey::whole("workspaces"))
            .await?;
        let workspaces = merged_workspaces(stored, workspaces);
        if !workspaces.is_empty() {
            commit.put_rows(&workspaces).await?;
        }
        let is_settled = |_: Date, row: &RejectRow| match row.table.as_str() {
            "users" => user_ids.contains(&row.record_id),
            "workspaces" => workspace_ids.contains(&row.record_id),
            _ => false,
        };
        replace_rejects(
            &mut commit,
            BTreeMap::from([(self.today, rejects)]),
            is_settled,
        )
        .await?;
        commit
            .state_mut()
            .notes
            .insert(USERS_LISTED.to_owned(), self.now.to_string());
        self.finish(commit).await
    }

    async fn read_users(&self, rejects: &mut Vec<RejectRow>) -> Result<Vec<UserRecord>, Error> {
        let mut users = Vec::new();
        let mut chain = pin!(pages(self.client, ListUsers::default()));
        while let Some(page) = chain.next().await {
            for item in page?.items {
                match item {
                    Item::Record(user) => users.push(user),
                    Item::Rejected(reject) => rejects.push(rejected("users", &reject)),
                }
            }
        }
        Ok(users)
    }

    pub(super) async fn read_workspaces(
        &self,
        rejects: &mut Vec<RejectRow>,
    ) -> Result<Vec<WorkspaceRecord>, Error> {
        let mut workspaces = Vec::new();
        for item in self.client.send(&ListWorkspaces).await?.items {
            match item {
                Item::Record(workspace) => workspaces.push(workspace),
                Item::Rejected(reject) => rejects.push(rejected("workspaces", &reject)),
            }
        }
        Ok(workspaces)
    }
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

/// Users as listed now, and those that are listed no more, who stay.
fn merged_users(
    stored: Vec<UserRow>,
    listed: Vec<UserRecord>,
    now: Timestamp,
    listed_before: Timestamp,
) -> Vec<UserRow> {
    let mut users: BTreeMap<String, UserRow> = stored
        .into_iter()
        .map(|mut row| {
            row.last_seen = row.last_seen.or(Some(stored_time(listed_before)));
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
            at(10),
        );
        assert_eq!(first[0].raw, r#"{"extension":"12"}"#);
        let second = merged_users(first, vec![user("1", "Manager")], at(20), at(10));
        assert_eq!(second[0].title.as_deref(), Some("Manager"));
        assert_eq!(
            (second[0].first_seen, second[0].last_seen),
            (TimestampUs(10_000_000), None)
        );
        assert_eq!(second[1].last_seen, Some(TimestampUs(10_000_000)));
        let third = merged_users(second.clone(), vec![user("1", "Manager")], at(30), at(20));
        assert_eq!(third, second);
        let back = merged_users(third, vec![user("2", "SDR")], at(40), at(30));
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
