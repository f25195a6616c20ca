//! From layered values to [`Config`]: types, ranges, names, relative paths.

mod targets;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use talktrack_analyzers::Parameters;
use url::Url;

use crate::rollup::Rules;

use super::{
    AnalyzeConfig, CompanyConfig, Config, CrmConfig, CrmMapping, DictionariesConfig, Error,
    GongConfig, IngestConfig, KeyPath, LakeConfig, LogConfig, Origin, ReportConfig, Setting,
    Settings, SidesConfig, parse_moment, systems,
};

/// Resolves all settings.
pub(crate) fn config(settings: Settings) -> Result<Config, Error> {
    let values = Values(&settings);
    let company = company(&values)?;
    Ok(Config {
        lake: LakeConfig {
            url: lake_url(&values)?,
        },
        gong: gong(&values)?,
        ingest: ingest(&values, &company.time_zone)?,
        sides: sides(&values)?,
        crm: crm(&values)?,
        dictionaries: DictionariesConfig {
            folder: values.path("dictionaries.folder")?,
        },
        analyze: analyze(&values)?,
        warnings: warnings(&values)?,
        stages: targets::stages(&values)?,
        targets: targets::targets(&values)?,
        report: ReportConfig {
            out: values.location("report.out")?,
            heatmap_weeks: values.whole("report.heatmap_weeks", 1, 52)?,
            methodology: values.checked("report.methodology", |name: &String| {
                let known = talktrack_analyzers::metrics::methodology::METHODOLOGIES;
                let found = known.iter().any(|known| known == name);
                found
                    .then(|| name.clone())
                    .ok_or_else(|| format!("it must be one of {}", known.join(", ")))
            })?,
            team_folders: values.get("report.team_folders")?,
            cards: values.path("report.cards")?,
            card_days: values.whole("report.card_days", 1, 3650)?,
            pseudonym_key_file: values.path("report.pseudonym_key_file")?,
        },
        log: LogConfig {
            format: values.checked("log.format", |name: &String| name.parse())?,
        },
        company,
        settings,
    })
}

fn company(values: &Values<'_>) -> Result<CompanyConfig, Error> {
    let time_zone = values.checked("company.time_zone", |name: &String| parse_zone(name))?;
    let week_start = values.checked("company.week_start", |name: &String| weekday(name))?;
    Ok(CompanyConfig {
        time_zone,
        week_start,
        fiscal_year_start: values.whole("company.fiscal_year_start", 1, 12)? as u8,
    })
}

/// An IANA time zone.
///
/// # Errors
///
/// There is no such zone; the error says what it must be.
pub fn parse_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| "it must be an IANA time zone, such as `Europe/Berlin` or `UTC`".to_owned())
}

fn weekday(name: &str) -> Result<Weekday, String> {
    match name.to_lowercase().as_str() {
        "monday" => Ok(Weekday::Monday),
        "tuesday" => Ok(Weekday::Tuesday),
        "wednesday" => Ok(Weekday::Wednesday),
        "thursday" => Ok(Weekday::Thursday),
        "friday" => Ok(Weekday::Friday),
        "saturday" => Ok(Weekday::Saturday),
        "sunday" => Ok(Weekday::Sunday),
        _ => Err("it must be a day of the week, such as `monday`".to_owned()),
    }
}

fn lake_url(values: &Values<'_>) -> Result<String, Error> {
    let refused = "it must be a folder or a URL such as `s3://bucket/prefix`";
    values.checked("lake.url", |url: &String| {
        if url.trim().is_empty() {
            Err(refused.to_owned())
        } else {
            Ok(())
        }
    })?;
    Ok(values.location("lake.url")?.unwrap_or_default())
}

fn gong(values: &Values<'_>) -> Result<GongConfig, Error> {
    let base_url = values.checked("gong.base_url", |text: &String| {
        let url = Url::parse(text).map_err(|error| format!("it is not a URL: {error}"))?;
        match (url.scheme(), url.has_host()) {
            ("https" | "http", true) => {}
            _ => return Err("it must be like `https://us-12345.api.gong.io`".to_owned()),
        }
        // The key would travel readable by everyone on the way.
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(
                "it must begin with `https://`, since the access key is sent to it".to_owned(),
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not hold credentials; set GONG_ACCESS_KEY instead".to_owned());
        }
        Ok(url)
    })?;
    let seconds = |key, least| {
        let seconds = values.whole(key, least, 86_400)?;
        Ok::<_, Error>(Duration::from_secs(seconds.unsigned_abs()))
    };
    Ok(GongConfig {
        base_url,
        credentials_file: values.path("gong.credentials_file")?,
        max_wait: seconds("gong.max_wait_seconds", 0)?,
        max_unreachable: seconds("gong.max_unreachable_seconds", 0)?,
        max_retry_delay: seconds("gong.max_retry_delay_seconds", 1)?,
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn ingest(values: &Values<'_>, zone: &TimeZone) -> Result<IngestConfig, Error> {
    let since = match values.find("ingest.since") {
        None => None,
        Some(_) => Some(values.checked("ingest.since", |text: &String| parse_moment(text, zone))?),
    };
    let requests_per_second = values.checked("ingest.requests_per_second", |number: &f64| {
        if *number > 0.0 && *number <= 1000.0 {
            Ok(*number)
        } else {
            Err("it must be above 0 and at most 1000".to_owned())
        }
    })?;
    let share = values.checked("ingest.share", |number: &f64| {
        if *number > 0.0 && *number <= 1.0 {
            Ok(*number)
        } else {
            Err("it must be above 0 and at most 1".to_owned())
        }
    })?;
    Ok(IngestConfig {
        since,
        look_back_days: values.whole("ingest.look_back_days", 0, 3650)? as u32,
        pending_days: values.whole("ingest.pending_days", 0, 3650)? as u32,
        requests_per_second,
        requests_per_day: values.whole("ingest.requests_per_day", 1, 100_000_000)? as u32,
        share,
        workspaces: values.get("ingest.workspaces")?,
        calls_per_window: values.whole("ingest.calls_per_window", 1, 1_000_000)? as u32,
        store_private: values.get("ingest.store_private")?,
        concurrency: values.whole("ingest.concurrency", 1, 64)? as usize,
    })
}

fn sides(values: &Values<'_>) -> Result<SidesConfig, Error> {
    let own_domains = values.checked("sides.own_domains", |domains: &Vec<String>| {
        domains.iter().map(|domain| self::domain(domain)).collect()
    })?;
    let overrides = values.checked("sides.overrides", |overrides: &BTreeMap<String, String>| {
        overrides
            .iter()
            .map(|(who, side)| match side.as_str() {
                "company" | "customer" | "unknown" => Ok((who.trim().to_lowercase(), side.clone())),
                other => Err(format!(
                    "`{other}` is not a side; it must be `company`, `customer` or `unknown`"
                )),
            })
            .collect()
    })?;
    Ok(SidesConfig {
        own_domains,
        overrides,
    })
}

fn domain(text: &str) -> Result<String, String> {
    let domain = text.trim().trim_start_matches('@').to_lowercase();
    if domain.is_empty() || domain.contains('@') || domain.contains('/') || domain.contains(' ') {
        return Err(format!(
            "`{text}` is not a domain; it must be like `example.com`"
        ));
    }
    Ok(domain)
}

fn crm(values: &Values<'_>) -> Result<CrmConfig, Error> {
    systems(values.0)
        .into_iter()
        .map(|system| Ok((system.clone(), mapping(values, &system)?)))
        .collect::<Result<_, Error>>()
        .map(|systems| CrmConfig { systems })
}

fn mapping(values: &Values<'_>, system: &str) -> Result<CrmMapping, Error> {
    let text = |key: &str| values.at_or_default(&["crm", system, key]);
    let list = |key: &str| values.at_or_default(&["crm", system, key]);
    Ok(CrmMapping {
        deal_object: values.at(&["crm", system, "deal_object"])?,
        name: text("name")?,
        stage: text("stage")?,
        amount: text("amount")?,
        currency: text("currency")?,
        close_date: text("close_date")?,
        created_date: text("created_date")?,
        owner: text("owner")?,
        account: text("account")?,
        won: list("won")?,
        lost: list("lost")?,
    })
}

fn analyze(values: &Values<'_>) -> Result<AnalyzeConfig, Error> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let threshold = |key: &str| values.whole(key, 0, DAY_MS);
    Ok(AnalyzeConfig {
        threads: values.whole("analyze.threads", 0, 1024)? as usize,
        parameters: Parameters {
            backchannel_max_ms: threshold("analyze.backchannel_max_ms")?,
            backchannel_max_words: threshold("analyze.backchannel_max_words")?,
            cut_in_min_ms: threshold("analyze.cut_in_min_ms")?,
            fluency_min_words: threshold("analyze.fluency_min_words")?,
            interactivity_k_tenths: values.whole("analyze.interactivity_k_tenths", 1, 1000)?,
            merge_gap_ms: threshold("analyze.merge_gap_ms")?,
            monologue_gap_ms: threshold("analyze.monologue_gap_ms")?,
            next_step_zone_min_ms: threshold("analyze.next_step_zone_min_ms")?,
            next_step_zone_percent: values.whole("analyze.next_step_zone_percent", 0, 100)?,
            objection_join_sentences: threshold("analyze.objection_join_sentences")?,
            objection_window_sentences: threshold("analyze.objection_window_sentences")?,
            pace_min_windows: threshold("analyze.pace_min_windows")?,
            pace_window_ms: values.whole("analyze.pace_window_ms", 1, DAY_MS)?,
            rate_min_ms: threshold("analyze.rate_min_ms")?,
            silence_min_ms: threshold("analyze.silence_min_ms")?,
            story_remark_max_words: threshold("analyze.story_remark_max_words")?,
            two_sided_customer_ms: threshold("analyze.two_sided_customer_ms")?,
            words_per_minute_min_ms: threshold("analyze.words_per_minute_min_ms")?,
        },
    })
}

fn warnings(values: &Values<'_>) -> Result<Rules, Error> {
    let days = |key: &str| values.whole(key, 1, 3650);
    let count = |key: &str| values.whole(key, 1, 1000);
    let late_stages = values.words("warnings.late_stages")?;
    Ok(Rules {
        no_activity_days: days("warnings.no_activity_days")?,
        ghosted_days: days("warnings.ghosted_days")?,
        promise_overdue_days: days("warnings.promise_overdue_days")?,
        min_buyers: count("warnings.min_buyers")?,
        min_buyers_large: count("warnings.min_buyers_large")?,
        large_amount: values.whole("warnings.large_amount", 0, 10_000_000_000)?,
        stalled_days: days("warnings.stalled_days")?,
        min_won_deals: count("warnings.min_won_deals")?,
        late_stages,
        red_flag_days: days("warnings.red_flag_days")?,
        silent_champion_calls: count("warnings.silent_champion_calls")?,
        min_age_days: values.whole("warnings.min_age_days", 0, 3650)?,
    })
}

/// Typed access to layered values; a wrong one is an error that points at its origin.
struct Values<'a>(&'a Settings);

impl Values<'_> {
    fn find(&self, key: &str) -> Option<&Setting> {
        self.find_at(&key.split('.').collect::<Vec<_>>())
    }

    fn find_at(&self, path: &[&str]) -> Option<&Setting> {
        self.0.get(&KeyPath(
            path.iter().map(|part| (*part).to_owned()).collect(),
        ))
    }

    fn get<T: DeserializeOwned>(&self, key: &str) -> Result<T, Error> {
        self.at(&key.split('.').collect::<Vec<_>>())
    }

    fn at<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Error> {
        let key = path.join(".");
        let setting = self.find_at(path).ok_or_else(|| Error::Value {
            origin: Origin::Default,
            key: key.clone(),
            value: "left out".to_owned(),
            reason: "it has no default".to_owned(),
        })?;
        T::deserialize(setting.value.clone()).map_err(|error| wrong(&key, setting, error.message()))
    }

    fn at_or_default<T: DeserializeOwned + Default>(&self, path: &[&str]) -> Result<T, Error> {
        match self.find_at(path) {
            Some(_) => self.at(path),
            None => Ok(T::default()),
        }
    }

    fn checked<T: DeserializeOwned, U>(
        &self,
        key: &str,
        check: impl Fn(&T) -> Result<U, String>,
    ) -> Result<U, Error> {
        let value: T = self.get(key)?;
        check(&value).map_err(|reason| match self.find(key) {
            Some(setting) => wrong(key, setting, &reason),
            None => Error::Value {
                origin: Origin::Default,
                key: key.to_owned(),
                value: "left out".to_owned(),
                reason,
            },
        })
    }

    /// Words of the names of stages, in lower case.
    fn words(&self, key: &str) -> Result<Vec<String>, Error> {
        self.checked(key, |words: &Vec<String>| {
            let lower: Vec<String> = words
                .iter()
                .map(|word| word.trim().to_lowercase())
                .collect();
            if lower.iter().any(String::is_empty) {
                return Err("a stage must not be empty".to_owned());
            }
            Ok(lower)
        })
    }

    fn whole(&self, key: &str, least: i64, most: i64) -> Result<i64, Error> {
        self.checked(key, |number: &i64| {
            if (least..=most).contains(number) {
                Ok(*number)
            } else {
                Err(format!("it must be from {least} to {most}"))
            }
        })
    }

    /// A folder, relative to the folder of the file that names it, or a URL.
    fn location(&self, key: &str) -> Result<Option<String>, Error> {
        if self.find(key).is_none() {
            return Ok(None);
        }
        let text: String = self.get(key)?;
        if text.contains("://") {
            return Ok(Some(text));
        }
        Ok(self.path(key)?.map(|path| path.display().to_string()))
    }

    /// A path, relative to the folder of the file that names it.
    fn path(&self, key: &str) -> Result<Option<PathBuf>, Error> {
        let Some(setting) = self.find(key) else {
            return Ok(None);
        };
        let path = PathBuf::from(self.get::<String>(key)?);
        Ok(Some(
            setting
                .origin
                .folder()
                .map_or(path.clone(), |folder| folder.join(&path)),
        ))
    }
}

fn wrong(key: &str, setting: &Setting, reason: &str) -> Error {
    Error::Value {
        origin: setting.origin.clone(),
        key: key.to_owned(),
        value: format!("`{}`", setting.value),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::config::{Config, DEFAULTS, Origin, Sources, file, keys, layers, systems};

    fn load(text: &str) -> Result<Config, crate::config::Error> {
        let mut settings = file::parse(DEFAULTS, &|_| Origin::Default)?;
        settings.extend(file::parse(text, &|line| Origin::File {
            path: PathBuf::from("conf/talktrack.toml"),
            line,
        })?);
        super::config(settings)
    }

    #[test]
    fn defaults_are_a_config() {
        let config = load("").expect("defaults");
        assert_eq!(config.lake.url, "lake");
        assert_eq!(
            config.analyze.parameters,
            talktrack_analyzers::Parameters::default()
        );
        assert_eq!(config.stages, crate::rollup::StageNames::default());
        assert_eq!(config.ingest.requests_per_day, 10_000);
        assert_eq!(
            config.crm.systems.keys().collect::<Vec<_>>(),
            ["HubSpot", "Salesforce"]
        );
        assert_eq!(config.crm.systems["HubSpot"].won, ["closedwon"]);
    }

    /// The defaults file is the manual: each setting stands in it, those without a default as a comment.
    #[test]
    fn the_defaults_file_documents_every_setting() {
        let settings = layers(&Sources::default()).expect("defaults");
        for (path, _) in keys::all(&systems(&settings)) {
            let key = path.last().expect("a path has a key");
            let section = format!("[{}]", path[..path.len() - 1].join("."));
            let text = DEFAULTS
                .split(&format!("\n{section}\n"))
                .nth(1)
                .expect(&section);
            let text = text.split("\n[").next().unwrap_or_default();
            let stands = text.lines().any(|line| {
                let line = line.strip_prefix("# ").unwrap_or(line);
                line.starts_with(&format!("{key} = "))
            });
            assert!(stands, "{section} {key}");
        }
    }

    /// Settings without a default stand in the manual as comments; uncommented they must load.
    #[test]
    fn the_commented_examples_of_the_defaults_file_are_valid() {
        let lines: Vec<&str> = DEFAULTS
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest
                        .split(" = ")
                        .next()
                        .is_some_and(|key| !key.contains(' '))
                        && rest.contains(" = ") =>
                {
                    rest
                }
                _ => line,
            })
            .collect();
        let config = load(&lines.join("\n")).expect("examples");
        assert!(config.ingest.since.is_some() && config.report.out.is_some());
    }

    #[test]
    fn relative_paths_follow_the_file_that_names_them() {
        let config = load("[lake]\nurl = 'data'\n[report]\nout = '/srv/pages'\n").expect("valid");
        assert_eq!(config.lake.url, "conf/data");
        assert_eq!(config.report.out.as_deref(), Some("/srv/pages"));
    }

    #[test]
    fn a_new_crm_system_needs_only_its_deal_object() {
        let config = load("[crm.Pipedrive]\ndeal_object = 'deal'\nwon = ['won']\n").expect("valid");
        assert_eq!(config.crm.systems["Pipedrive"].won, ["won"]);
        assert!(load("[crm.Pipedrive]\nwon = ['won']\n").is_err());
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_its_line() {
        for (text, expected) in [
            (
                "[company]\ntime_zone = 'Berlin'",
                "conf/talktrack.toml:2: setting `company.time_zone` cannot be `\"Berlin\"`",
            ),
            ("[company]\nweek_start = 'mon'", "day of the week"),
            ("[company]\nfiscal_year_start = 13", "from 1 to 12"),
            ("[ingest]\nrequests_per_second = 0", "above 0"),
            ("[ingest]\nshare = 0.0", "at most 1"),
            ("[ingest]\nshare = 1.5", "at most 1"),
            ("[ingest]\nsince = 'yesterday'", "a date"),
            ("[ingest]\nlook_back_days = '7'", "invalid type"),
            ("[gong]\nbase_url = 'api.gong.io'", "not a URL"),
            ("[gong]\nbase_url = 'http://api.gong.io'", "https://"),
            (
                "[gong]\nbase_url = 'https://me:pw@api.gong.io'",
                "must not hold credentials",
            ),
            (
                "[targets]\ntalk_share_demo = [0.5]",
                "two numbers, from and to, between 0 and 1",
            ),
            ("[targets]\ntalk_share_demo = [0.5, 1.5]", "between 0 and 1"),
            ("[targets]\nmonologue_seconds = [200, 90]", "from and to"),
            (
                "[targets]\nquestions_discovery = [5, 14]",
                "it must hold the whole band of `targets.questions_discovery`",
            ),
            ("[stages]\ndemo = ['']", "must not be empty"),
            ("[report]\nmethodology = 'bantt'", "one of bant, challenger"),
            ("[report]\nheatmap_weeks = 53", "from 1 to 52"),
            ("[log]\nformat = 'xml'", "it must be `text` or `json`"),
            ("[sides]\nown_domains = ['a@b.c']", "is not a domain"),
            ("[sides.overrides]\n'a@b.c' = 'us'", "is not a side"),
        ] {
            let message = load(text).expect_err(text).to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
