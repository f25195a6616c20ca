//! What reports need to know besides the lake.

use std::collections::BTreeMap;

use talktrack_analyzers::Dictionaries;

use super::cards::{self, Card};
use crate::config::Config;
use crate::error::Error;
use crate::rollup::{COMPETITORS, Calendar, OBJECTIONS, Rules};

/// Settings of the reports, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Days, weeks and months of the company.
    pub calendar: Calendar,
    /// Entries of the competitors dictionary, in its order; none where no competitor is set up.
    pub competitors: Vec<Entry>,
    /// Entries of the objections dictionary, in its order.
    pub objections: Vec<Entry>,
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

/// An entry of a dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub label: String,
}

/// What the numbers are held against, each with where it comes from.
#[derive(Debug, Clone)]
pub struct Targets {
    /// Share of speech, 0 to 1.
    pub talk_share: Target,
    /// Longest monologue, in milliseconds.
    pub monologue_ms: Target,
    /// Questions per call.
    pub questions: Target,
    /// Days since both sides last spoke from which a deal is cooling.
    pub cooling_days: i64,
}

/// A band to be in, and a wider one around it.
#[derive(Debug, Clone)]
pub struct Target {
    /// As wished: from, to.
    pub good: (f64, f64),
    /// Worth a look: from, to.
    pub watch: (f64, f64),
    /// The band in words.
    pub words: &'static str,
    /// Where it comes from, and how sure that is.
    pub source: &'static str,
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            talk_share: Target {
                good: (0.35, 0.50),
                watch: (0.0, 0.65),
                words: "35–50 %",
                source: "43 % and harm above 65 %: published by Gong Labs; the band is our choice",
            },
            monologue_ms: Target {
                good: (0.0, 90_000.0),
                watch: (0.0, 150_000.0),
                words: "up to 1 min 30 s",
                source: "our choice",
            },
            questions: Target {
                good: (11.0, 14.0),
                watch: (7.0, 18.0),
                words: "11–14 a call",
                source: "11–14 in discovery calls: published by Gong Labs; the wider band is our choice",
            },
            cooling_days: 14,
        }
    }
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
            targets: Targets::default(),
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
