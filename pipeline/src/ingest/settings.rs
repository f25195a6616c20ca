//! What ingest needs to know of the settings, ready for use.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::crm::{Mapping, Mappings};
use super::sides::{Side, SideRules};
use super::window::Days;
use crate::config::{Config, CrmMapping};

/// Settings of one ingest.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Oldest call start to read; `None` reads all history.
    pub since: Option<Timestamp>,
    /// Only these days, read again even where they are done; `None` reads what is not done and the last days.
    pub span: Option<Days>,
    /// Days that are always read again.
    pub look_back_days: u32,
    /// Days for which a missing transcript is asked for again.
    pub pending_days: u32,
    /// Names or ids of workspaces; empty means all.
    pub workspaces: Vec<String>,
    /// Calls that a window should hold.
    pub calls_per_window: u32,
    /// Whether private calls are stored.
    pub store_private: bool,
    /// Windows read side by side.
    pub concurrency: usize,
    /// Newest windows first, or oldest first; what ends up in the lake is the same.
    pub newest_first: bool,
    /// Whether stored calls that are gone leave the lake even where they are many of a window.
    pub accept_deletions: bool,
    /// Which days read long ago are compared with Gong's list again.
    pub recheck: Recheck,
    /// The zone in which the company counts its days.
    pub time_zone: TimeZone,
    /// Who sits on which side.
    pub sides: SideRules,
    /// What CRM fields mean.
    pub crm: Mappings,
}

/// Which days read long ago are compared with Gong's list again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recheck {
    /// None.
    No,
    /// The next thirtieth of the history, after everything else.
    Slice,
    /// These days, and nothing else is read.
    Range(Days),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            since: None,
            span: None,
            look_back_days: 7,
            pending_days: 30,
            workspaces: Vec::new(),
            calls_per_window: 1_000,
            store_private: false,
            concurrency: 4,
            newest_first: true,
            accept_deletions: false,
            recheck: Recheck::No,
            time_zone: TimeZone::UTC,
            sides: SideRules::default(),
            crm: Mappings::with_presets([]),
        }
    }
}

impl Settings {
    /// The part of the program's settings that ingest uses.
    pub fn from_config(config: &Config) -> Settings {
        let overrides = config
            .sides
            .overrides
            .iter()
            .filter_map(|(party, side)| Some((party.clone(), Side::parse(side)?)));
        Settings {
            since: config.ingest.since,
            span: None,
            look_back_days: config.ingest.look_back_days,
            pending_days: config.ingest.pending_days,
            workspaces: config.ingest.workspaces.clone(),
            calls_per_window: config.ingest.calls_per_window.max(1),
            store_private: config.ingest.store_private,
            concurrency: config.ingest.concurrency.max(1),
            newest_first: true,
            accept_deletions: false,
            recheck: Recheck::No,
            time_zone: config.company.time_zone.clone(),
            sides: SideRules::new(config.sides.own_domains.iter().cloned(), overrides),
            crm: Mappings::with_presets(
                config
                    .crm
                    .systems
                    .iter()
                    .map(|(system, mapping)| (system.clone(), mapping_of(mapping))),
            ),
        }
    }
}

/// A mapping as the settings state it. Gong calls a deal an opportunity whatever the CRM calls it.
fn mapping_of(mapping: &CrmMapping) -> Mapping {
    let named = |name: &String| (!name.is_empty()).then(|| name.clone());
    let mut deal_objects: Vec<String> = mapping
        .deal_object
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if deal_objects
        .iter()
        .any(|name| name.eq_ignore_ascii_case("deal"))
    {
        deal_objects.push("Opportunity".to_owned());
    }
    Mapping {
        deal_objects,
        name: named(&mapping.name),
        stage: named(&mapping.stage),
        amount: named(&mapping.amount),
        currency: named(&mapping.currency),
        close_date: named(&mapping.close_date),
        owner: named(&mapping.owner),
        account: named(&mapping.account),
        is_won: None,
        is_closed: None,
        won: mapping.won.clone(),
        lost: mapping.lost.clone(),
    }
}
