//! The thresholds of the warnings, and their names.

use serde::Serialize;

/// Thresholds of the warnings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// No call for so many days is no activity.
    pub no_activity_days: i64,
    /// Both sides have not spoken for so many days, though the company tried.
    pub ghosted_days: i64,
    /// Or the day of a promised next step passed so many days ago, and both sides have not spoken since.
    pub promise_overdue_days: i64,
    /// Fewer customers than this spoke in 90 days.
    pub min_buyers: i64,
    /// The same, for large deals.
    pub min_buyers_large: i64,
    /// From this amount on a deal is large, in the deal's own currency.
    pub large_amount: i64,
    /// A deal stalls after so many days in its stage, where too few won deals tell.
    pub stalled_days: i64,
    /// So many won deals tell how long a stage takes.
    pub min_won_deals: i64,
    /// Stages in which the price should have been mentioned: words of their names, in lower case.
    pub late_stages: Vec<String>,
    /// A red flag counts for so many days.
    pub red_flag_days: i64,
    /// The customer who spoke most is silent when absent from so many calls.
    pub silent_champion_calls: i64,
    /// A deal that is known for fewer days gets no warning.
    pub min_age_days: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            no_activity_days: 14,
            ghosted_days: 21,
            promise_overdue_days: 7,
            min_buyers: 2,
            min_buyers_large: 3,
            large_amount: 50_000,
            stalled_days: 30,
            min_won_deals: 8,
            late_stages: ["proposal", "negotiation", "contract", "commit"]
                .map(str::to_owned)
                .into(),
            red_flag_days: 30,
            silent_champion_calls: 2,
            min_age_days: 3,
        }
    }
}

impl Rules {
    /// Hash of all thresholds.
    pub fn digest(&self) -> String {
        // Plain fields of numbers and texts always have a JSON form.
        let text = serde_json::to_string(self).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

/// A warning, by the name that its table and pages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// Both sides have not spoken for long, though the company tried since or a next step was promised.
    Ghosted,
    /// No call for long.
    NoActivity,
    /// The last call ended without a next step, or a vague one.
    NoNextStep,
    /// Nobody of the customer's directors or above was on a call.
    NoPower,
    /// Too few customers spoke in 90 days.
    NotEnoughContacts,
    /// The close date has passed.
    Overdue,
    /// A late stage, and nobody ever mentioned a price.
    PricingNotMentioned,
    /// A customer said something that endangers the deal.
    RedFlag,
    /// The customer who spoke most was absent from the last calls.
    SilentChampion,
    /// A large deal on which one customer alone ever spoke.
    SingleThreaded,
    /// Longer in its stage than most won deals.
    StalledInStage,
}

impl Warning {
    /// Every warning, by name.
    pub const ALL: [Warning; 11] = [
        Warning::Ghosted,
        Warning::NoActivity,
        Warning::NoNextStep,
        Warning::NoPower,
        Warning::NotEnoughContacts,
        Warning::Overdue,
        Warning::PricingNotMentioned,
        Warning::RedFlag,
        Warning::SilentChampion,
        Warning::SingleThreaded,
        Warning::StalledInStage,
    ];

    /// The warning of a name stored in tables.
    pub fn from_name(name: &str) -> Option<Warning> {
        Self::ALL.into_iter().find(|warning| warning.name() == name)
    }

    /// The name stored in tables.
    pub fn name(self) -> &'static str {
        match self {
            Warning::Ghosted => "ghosted",
            Warning::NoActivity => "no_activity",
            Warning::NoNextStep => "no_next_step",
            Warning::NoPower => "no_power",
            Warning::NotEnoughContacts => "not_enough_contacts",
            Warning::Overdue => "overdue",
            Warning::PricingNotMentioned => "pricing_not_mentioned",
            Warning::RedFlag => "red_flag",
            Warning::SilentChampion => "silent_champion",
            Warning::SingleThreaded => "single_threaded",
            Warning::StalledInStage => "stalled_in_stage",
        }
    }
}
