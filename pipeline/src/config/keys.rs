//! The list of settings: what may stand in a settings file and in the environment, and of what kind each value is.

/// What a value may be, which also decides how a text from the environment or a flag is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text; a TOML date is taken as its text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A list of texts; from the environment, separated by commas.
    List,
    /// Two numbers, from and to; from the environment, separated by a comma.
    Band,
    /// Texts by text; from the environment, an inline TOML table.
    Map,
}

/// The settings of each section, in the order of `default.toml`. `crm` is apart: its sections are named by the user.
const SECTIONS: &[(&str, &[(&str, Kind)])] = &[
    (
        "company",
        &[
            ("time_zone", Kind::Text),
            ("week_start", Kind::Text),
            ("fiscal_year_start", Kind::Integer),
        ],
    ),
    ("lake", &[("url", Kind::Text)]),
    (
        "gong",
        &[
            ("base_url", Kind::Text),
            ("credentials_file", Kind::Text),
            ("max_wait_seconds", Kind::Integer),
            ("max_unreachable_seconds", Kind::Integer),
            ("max_retry_delay_seconds", Kind::Integer),
        ],
    ),
    (
        "ingest",
        &[
            ("since", Kind::Text),
            ("look_back_days", Kind::Integer),
            ("pending_days", Kind::Integer),
            ("requests_per_second", Kind::Number),
            ("requests_per_day", Kind::Integer),
            ("share", Kind::Number),
            ("calls_per_window", Kind::Integer),
            ("concurrency", Kind::Integer),
            ("workspaces", Kind::List),
            ("store_private", Kind::Flag),
        ],
    ),
    (
        "sides",
        &[("own_domains", Kind::List), ("overrides", Kind::Map)],
    ),
    ("dictionaries", &[("folder", Kind::Text)]),
    (
        "analyze",
        &[
            ("threads", Kind::Integer),
            ("backchannel_max_ms", Kind::Integer),
            ("backchannel_max_words", Kind::Integer),
            ("cut_in_min_ms", Kind::Integer),
            ("fluency_min_words", Kind::Integer),
            ("interactivity_k_tenths", Kind::Integer),
            ("merge_gap_ms", Kind::Integer),
            ("monologue_gap_ms", Kind::Integer),
            ("next_step_zone_min_ms", Kind::Integer),
            ("next_step_zone_percent", Kind::Integer),
            ("objection_join_sentences", Kind::Integer),
            ("objection_window_sentences", Kind::Integer),
            ("pace_min_windows", Kind::Integer),
            ("pace_window_ms", Kind::Integer),
            ("rate_min_ms", Kind::Integer),
            ("silence_min_ms", Kind::Integer),
            ("story_remark_max_words", Kind::Integer),
            ("two_sided_customer_ms", Kind::Integer),
            ("words_per_minute_min_ms", Kind::Integer),
        ],
    ),
    (
        "warnings",
        &[
            ("no_activity_days", Kind::Integer),
            ("ghosted_days", Kind::Integer),
            ("promise_overdue_days", Kind::Integer),
            ("min_buyers", Kind::Integer),
            ("min_buyers_large", Kind::Integer),
            ("large_amount", Kind::Integer),
            ("stalled_days", Kind::Integer),
            ("min_won_deals", Kind::Integer),
            ("late_stages", Kind::List),
            ("red_flag_days", Kind::Integer),
            ("silent_champion_calls", Kind::Integer),
            ("min_age_days", Kind::Integer),
        ],
    ),
    (
        "stages",
        &[
            ("discovery", Kind::List),
            ("demo", Kind::List),
            ("negotiation", Kind::List),
        ],
    ),
    (
        "targets",
        &[
            ("talk_share_discovery", Kind::Band),
            ("talk_share_discovery_watch", Kind::Band),
            ("talk_share_demo", Kind::Band),
            ("talk_share_demo_watch", Kind::Band),
            ("talk_share_negotiation", Kind::Band),
            ("talk_share_negotiation_watch", Kind::Band),
            ("monologue_seconds", Kind::Band),
            ("monologue_seconds_watch", Kind::Band),
            ("questions_discovery", Kind::Band),
            ("questions_discovery_watch", Kind::Band),
            ("story_seconds_discovery", Kind::Band),
            ("story_seconds_discovery_watch", Kind::Band),
            ("patience_seconds", Kind::Band),
            ("patience_seconds_watch", Kind::Band),
            ("cooling_days", Kind::Integer),
        ],
    ),
    (
        "report",
        &[
            ("out", Kind::Text),
            ("heatmap_weeks", Kind::Integer),
            ("methodology", Kind::Text),
            ("team_folders", Kind::Flag),
            ("cards", Kind::Text),
            ("card_days", Kind::Integer),
            ("pseudonym_key_file", Kind::Text),
        ],
    ),
    ("log", &[("format", Kind::Text)]),
];

/// The settings of one `[crm.<system>]`.
const CRM: &[(&str, Kind)] = &[
    ("deal_object", Kind::Text),
    ("name", Kind::Text),
    ("stage", Kind::Text),
    ("amount", Kind::Text),
    ("currency", Kind::Text),
    ("close_date", Kind::Text),
    ("created_date", Kind::Text),
    ("owner", Kind::Text),
    ("account", Kind::Text),
    ("won", Kind::List),
    ("lost", Kind::List),
];

/// What stands at a path of the settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A section: its value is a table of further keys.
    Section,
    /// A setting.
    Setting(Kind),
    /// Nothing.
    Unknown,
}

/// What may stand at `path`.
pub(crate) fn place(path: &[&str]) -> Place {
    match path {
        [] | ["crm"] | ["crm", _] => Place::Section,
        [section] if keys(section).is_some() => Place::Section,
        ["crm", _, key] => find(CRM, key),
        [section, key] => keys(section).map_or(Place::Unknown, |keys| find(keys, key)),
        _ => Place::Unknown,
    }
}

fn find(keys: &[(&str, Kind)], key: &str) -> Place {
    keys.iter()
        .find(|(name, _)| *name == key)
        .map_or(Place::Unknown, |(_, kind)| Place::Setting(*kind))
}

fn keys(section: &str) -> Option<&'static [(&'static str, Kind)]> {
    SECTIONS
        .iter()
        .find(|(name, _)| *name == section)
        .map(|(_, keys)| *keys)
}

/// Every setting as a path, with `crm` expanded for `systems`.
pub(crate) fn all(systems: &[String]) -> Vec<(Vec<String>, Kind)> {
    let plain = SECTIONS.iter().flat_map(|(section, keys)| {
        keys.iter()
            .map(|(key, kind)| (vec![(*section).to_owned(), (*key).to_owned()], *kind))
    });
    let crm = systems.iter().flat_map(|system| {
        CRM.iter().map(|(key, kind)| {
            let path = vec!["crm".to_owned(), system.clone(), (*key).to_owned()];
            (path, *kind)
        })
    });
    plain.chain(crm).collect()
}

/// The setting or section that an unknown `path` most likely meant.
pub(crate) fn nearest(path: &[&str]) -> Option<String> {
    let wanted = path.join(".");
    let sections = SECTIONS
        .iter()
        .map(|(section, _)| (*section).to_owned())
        .chain(std::iter::once("crm".to_owned()));
    let systems: Vec<String> = match path {
        ["crm", system, _] => vec![(*system).to_owned()],
        _ => Vec::new(),
    };
    let settings = all(&systems).into_iter().map(|(path, _)| path.join("."));
    closest(&wanted, sections.chain(settings))
        // A right key in the wrong section, or in none.
        .or_else(|| {
            let last = path.last()?;
            all(&systems)
                .into_iter()
                .find(|(path, _)| path.last().is_some_and(|key| key == last))
                .map(|(path, _)| path.join("."))
        })
}

/// The candidate nearest to `wanted`, if it is near enough to be what was meant.
pub fn closest(wanted: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(wanted, &candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 1 + wanted.chars().count() / 5)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Place, nearest, place};

    #[test]
    fn places() {
        for (path, expected) in [
            (&["company"][..], Place::Section),
            (&["crm"], Place::Section),
            (&["crm", "Pipedrive"], Place::Section),
            (&["crm", "Pipedrive", "won"], Place::Setting(Kind::List)),
            (&["crm", "Pipedrive", "wom"], Place::Unknown),
            (&["ingest", "since"], Place::Setting(Kind::Text)),
            (&["ingest", "until"], Place::Unknown),
            (&["ingest", "since", "x"], Place::Unknown),
            (&["time_zone"], Place::Unknown),
        ] {
            assert_eq!(place(path), expected, "{path:?}");
        }
    }

    #[test]
    fn the_nearest_key_is_suggested() {
        for (path, expected) in [
            (&["compny"][..], Some("company")),
            (&["company", "timezone"], Some("company.time_zone")),
            (&["ingest", "lookback_days"], Some("ingest.look_back_days")),
            (&["time_zone"], Some("company.time_zone")),
            (&["gong", "url"], Some("lake.url")),
            (&["crm", "Odoo", "ammount"], Some("crm.Odoo.amount")),
            (&["weather"], None),
        ] {
            assert_eq!(nearest(path).as_deref(), expected, "{path:?}");
        }
    }
}
