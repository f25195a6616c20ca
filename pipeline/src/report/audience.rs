//! Who the pages are for, and what that reader may see.
//!
//! | reader | scorecards | deals | battlecards |
//! |---|---|---|---|
//! | a rep | the rep's own | with a call of the rep, or owned by the rep | all |
//! | a manager | of the manager and of everybody below | theirs | all |
//! | all | all | all | all |
//!
//! The set for all also holds a folder for each manager, `teams/manager-ID`, that can be handed over alone.
//!
//! Who is below whom is what Gong says (`users.manager_id`). What a reader may not see is taken out before a page is made,
//! so no format can show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use talktrack_analyzers::tables::UserRow;

use super::document::Fact;
use super::error::Error;
use super::material::shown_name;
use super::text::file_stem;
use crate::rollup::{DealCall, DealEngagementRow, DealWarningRow, DealWeekRow, Rollups};

/// The folder that holds those of managers' teams.
pub(super) const TEAMS: &str = "teams";

/// Who the pages are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Audience {
    /// Whoever may see everything.
    #[default]
    All,
    /// A manager, by Gong's id of the user.
    Manager(String),
    /// A rep, by Gong's id of the user.
    Rep(String),
}

impl FromStr for Audience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "all" => Ok(Self::All),
            Some(("rep", id)) if !id.is_empty() => Ok(Self::Rep(id.to_owned())),
            Some(("manager", id)) if !id.is_empty() => Ok(Self::Manager(id.to_owned())),
            _ => Err(
                "it must be `all`, `rep:ID` or `manager:ID`, with Gong's id of the user".to_owned(),
            ),
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("all"),
            Self::Manager(id) => write!(formatter, "manager:{id}"),
            Self::Rep(id) => write!(formatter, "rep:{id}"),
        }
    }
}

impl Audience {
    /// The folder of this reader's pages below that of everybody's; none for all.
    pub(crate) fn folder(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Manager(id) => Some(file_stem("manager", id)),
            Self::Rep(id) => Some(file_stem("rep", id)),
        }
    }

    /// The folder of a manager's team in the set for all.
    pub(super) fn team_folder(&self) -> Option<String> {
        self.folder().map(|folder| format!("{TEAMS}/{folder}"))
    }

    /// What this reader may see.
    ///
    /// # Errors
    ///
    /// The lake holds no such user.
    pub(super) fn sight(&self, users: &BTreeMap<String, UserRow>) -> Result<Sight, Error> {
        let id = match self {
            Self::All => return Ok(Sight::default()),
            Self::Manager(id) | Self::Rep(id) => id,
        };
        if !users.contains_key(id) {
            return Err(Error::UnknownReader {
                audience: self.to_string(),
            });
        }
        let name = shown_name(users, id);
        let (reps, whose) = if matches!(self, Self::Manager(_)) {
            let whose = "of this person and of everybody below: deals with a call that one of them hosted or spoke on, or that one of them owns in the CRM";
            (team(users, id), whose)
        } else {
            let whose = "of this person alone: deals with a call that the person hosted or spoke on, or that the person owns in the CRM";
            (BTreeSet::from([id.clone()]), whose)
        };
        let words = format!(
            "Made for {name}. Scorecards and deals are those {whose}. Battlecards, the team's medians and the counts of calls cover the whole company."
        );
        Ok(Sight {
            reps: Some(reps),
            words,
        })
    }
}

/// Active users whom somebody reports to, by id.
pub(super) fn managers(users: &BTreeMap<String, UserRow>) -> BTreeSet<String> {
    let named = users.values().filter_map(|user| user.manager_id.clone());
    let is_active = |id: &String| users.get(id).is_some_and(|user| user.active);
    named.filter(is_active).collect()
}

/// The deals of everybody, while a reader's own are shown.
pub(super) struct AllDeals {
    deals: Vec<DealEngagementRow>,
    warnings: Vec<DealWarningRow>,
    weeks: Vec<DealWeekRow>,
    calls: Vec<DealCall>,
}

impl AllDeals {
    /// Puts them back.
    pub(super) fn put_back(self, rollups: &mut Rollups) {
        rollups.deals = self.deals;
        rollups.deal_warnings = self.warnings;
        rollups.deal_weeks = self.weeks;
        rollups.deal_calls = self.calls;
    }
}

/// A manager and everybody below, at any depth. Managers who manage each other are counted once.
fn team(users: &BTreeMap<String, UserRow>, manager: &str) -> BTreeSet<String> {
    let mut reports: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for user in users.values() {
        if let Some(above) = user.manager_id.as_deref() {
            reports.entry(above).or_default().push(&user.user_id);
        }
    }
    let mut team = BTreeSet::new();
    let mut open = vec![manager];
    while let Some(id) = open.pop() {
        if team.insert(id.to_owned()) {
            open.extend(reports.get(id).into_iter().flatten());
        }
    }
    team
}

/// What a reader may see; by default everything.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// Users whose scorecards and deals may be seen; none where all may.
    reps: Option<BTreeSet<String>>,
    words: String,
}

impl Sight {
    /// Whether a user's scorecard may be seen.
    pub(super) fn sees(&self, user_id: &str) -> bool {
        self.reps.as_ref().is_none_or(|reps| reps.contains(user_id))
    }

    /// What the pages leave out, for their foot; none where they leave nothing out.
    pub(super) fn fact(&self) -> Option<Fact> {
        self.reps
            .is_some()
            .then(|| Fact::new("Audience", &self.words))
    }

    /// Takes the deals out that may not be seen; all of them, to be put back, are the answer, or none where all may be seen.
    pub(super) fn take_deals(
        &self,
        rollups: &mut Rollups,
        users: &BTreeMap<String, UserRow>,
    ) -> Option<AllDeals> {
        let kept = own_deals(rollups, self.reps.as_ref()?, users);
        let keep = |system: &str, deal: &str| kept.contains(&(system.to_owned(), deal.to_owned()));
        let all = AllDeals {
            deals: rollups.deals.clone(),
            warnings: rollups.deal_warnings.clone(),
            weeks: rollups.deal_weeks.clone(),
            calls: rollups.deal_calls.clone(),
        };
        rollups.deals.retain(|row| keep(&row.system, &row.deal_id));
        rollups
            .deal_warnings
            .retain(|row| keep(&row.system, &row.deal_id));
        rollups
            .deal_weeks
            .retain(|row| keep(&row.system, &row.deal_id));
        rollups
            .deal_calls
            .retain(|row| keep(&row.system, &row.deal_id));
        Some(all)
    }
}

/// Deals with a call that one of `reps` hosted or spoke on, and those whose CRM owner is one of them.
fn own_deals(
    rollups: &Rollups,
    reps: &BTreeSet<String>,
    users: &BTreeMap<String, UserRow>,
) -> BTreeSet<(String, String)> {
    let calls: BTreeSet<&str> = rollups
        .rep_calls
        .iter()
        .filter(|call| reps.contains(&call.user_id))
        .map(|call| call.call_id.as_str())
        .collect();
    let owners: BTreeSet<String> = reps
        .iter()
        .flat_map(|id| [Some(id), users.get(id).and_then(|user| user.email.as_ref())])
        .flatten()
        .map(|owner| owner.to_lowercase())
        .collect();
    let owned = |deal: &&DealEngagementRow| {
        let owner = deal.owner.as_deref();
        owner.is_some_and(|owner| owners.contains(&owner.to_lowercase()))
    };
    let of_calls = rollups
        .deal_calls
        .iter()
        .filter(|row| calls.contains(row.call_id.as_str()))
        .map(|row| (row.system.clone(), row.deal_id.clone()));
    let of_owners = rollups
        .deals
        .iter()
        .filter(owned)
        .map(|deal| (deal.system.clone(), deal.deal_id.clone()));
    of_calls.chain(of_owners).collect()
}

#[cfg(test)]
mod tests {
    use super::Audience;

    #[test]
    fn an_audience_reads_back_as_it_was_written() {
        for text in ["all", "rep:12", "manager:77", "rep:a:b"] {
            assert_eq!(
                text.parse().map(|audience: Audience| audience.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in ["", "rep", "rep:", "manager:", "everybody", "team:1", "ALL"] {
            assert!(text.parse::<Audience>().is_err(), "{text}");
        }
    }
}
