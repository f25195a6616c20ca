//! What reports need to know besides the lake.

use std::collections::BTreeMap;

use talktrack_analyzers::Dictionaries;
use talktrack_analyzers::metrics::methodology;
use talktrack_analyzers::metrics::questions::INTENTS;

use super::cards::{self, Card};
use super::targets::Targets;
use crate::config::Config;
use crate::error::Error;
use crate::rollup::{COMPETITORS, Calendar, OBJECTIONS, Rules, StageNames};

/// Settings of the reports, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Days, weeks and months of the company.
    pub calendar: Calendar,
    /// Entries of the competitors dictionary, in its order; none where no competitor is set up.
    pub competitors: Vec<Entry>,
    /// Entries of the objections dictionary, in its order.
    pub objections: Vec<Entry>,
    /// Intents of questions, in the order of their dictionary.
    pub intents: Vec<Entry>,
    /// The methodology that scorecards show.
    pub methodology: Methodology,
    /// Where a sale stands, by the names of stages.
    pub stages: StageNames,
    /// Weeks that the heat map of deals shows.
    pub heatmap_weeks: i64,
    /// What the numbers are held against.
    pub targets: Targets,
    /// When a deal is warned of.
    pub rules: Rules,
    /// Whether the pages for all have a folder for each manager's team.
    pub team_folders: bool,
    /// Hand-written cards by the competitor's id.
    pub cards: BTreeMap<String, Card>,
    /// Days after which a card is to be verified again.
    pub card_days: i64,
}

/// A methodology and its criteria, in the order of its dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methodology {
    /// Its name in the tables.
    pub id: String,
    /// Its criteria.
    pub criteria: Vec<Entry>,
}

impl Methodology {
    /// By its name, with the criteria that its entries are about: `metrics-ask` and `metrics-evidence` are about `metrics`.
    pub fn new(id: &str, dictionaries: &Dictionaries) -> Self {
        let mut criteria: Vec<Entry> = Vec::new();
        for (entry, label) in dictionaries.entries(id) {
            let ends = [methodology::ASK, methodology::EVIDENCE];
            let criterion = ends.iter().find_map(|end| entry.strip_suffix(end));
            let criterion = criterion.unwrap_or(entry);
            if criteria.iter().all(|known| known.id != criterion) {
                // A label ends in what the entry is of it: asked or shown.
                let label = label.rsplit_once(": ").map_or(label, |(label, _)| label);
                criteria.push(Entry {
                    id: criterion.to_owned(),
                    label: label.to_owned(),
                });
            }
        }
        Self {
            id: id.to_owned(),
            criteria,
        }
    }
}

/// An entry of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub label: String,
}

impl Settings {
    /// The reports' settings out of the program's, with the dictionaries in force.
    pub fn new(config: &Config, dictionaries: &Dictionaries) -> Self {
        let company = &config.company;
        let entries = |name: &str| {
            let found = dictionaries.entries(name);
            found
                .map(|(id, label)| Entry {
                    id: id.to_owned(),
                    label: label.to_owned(),
                })
                .collect()
        };
        Self {
            calendar: Calendar {
                time_zone: company.time_zone.clone(),
                week_start: company.week_start,
            },
            competitors: entries(COMPETITORS),
            objections: entries(OBJECTIONS),
            intents: entries(INTENTS),
            methodology: Methodology::new(&config.report.methodology, dictionaries),
            stages: config.stages.clone(),
            heatmap_weeks: config.report.heatmap_weeks,
            targets: Targets::new(&config.targets),
            rules: config.warnings.clone(),
            team_folders: config.report.team_folders,
            cards: BTreeMap::new(),
            card_days: config.report.card_days,
        }
    }

    /// The same with the hand-written cards of the settings' folder.
    ///
    /// # Errors
    ///
    /// The folder or a card cannot be read, or something in a card is wrong.
    pub fn with_cards(self, config: &Config) -> Result<Self, Error> {
        let cards = cards::load(config.report.cards.as_deref(), &self.competitors)?;
        Ok(Self { cards, ..self })
    }
}
