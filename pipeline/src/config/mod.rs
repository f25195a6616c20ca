//! Settings: embedded defaults, then `talktrack.toml`, then the environment, then flags, resolved into plain structs.
//!
//! Every value remembers where it came from ([`Origin`]), so that an error points at a line and `talktrack config` can tell.
//! After [`Config::load`] nothing is optional that a command would have to guess.

mod credentials;
mod environment;
mod error;
mod file;
mod keys;
mod moment;
mod origin;
mod resolve;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use talktrack_analyzers::Parameters;
use url::Url;

use crate::rollup::{Rules, StageNames};

pub use credentials::{Secrets, credentials, owner_only_bytes};
pub use error::Error;
pub use keys::closest;
pub use moment::parse_moment;
pub use origin::Origin;
pub use resolve::parse_zone;

/// The embedded default settings, which are also their manual.
pub const DEFAULTS: &str = include_str!("../../default.toml");

/// The settings file that is read when none is named.
pub const FILE_NAME: &str = "talktrack.toml";

/// Dotted path of a setting, such as `ingest.since`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<String>);

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The value, as TOML.
    pub value: toml::Value,
    /// Where it came from.
    pub origin: Origin,
}

/// Settings by path.
pub type Settings = BTreeMap<KeyPath, Setting>;

/// What settings are taken from, beside the embedded defaults. The environment holds secrets, so it cannot be printed.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file that `--config` names; without it, [`FILE_NAME`] in the working directory, if there is one.
    pub file: Option<PathBuf>,
    /// Variables of the environment, all of them.
    pub environment: Vec<(String, String)>,
    /// Settings from flags: dotted path, flag, text.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// Every setting, resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[company]`
    pub company: CompanyConfig,
    /// `[lake]`
    pub lake: LakeConfig,
    /// `[gong]`
    pub gong: GongConfig,
    /// `[ingest]`
    pub ingest: IngestConfig,
    /// `[sides]`
    pub sides: SidesConfig,
    /// `[crm.*]`
    pub crm: CrmConfig,
    /// `[dictionaries]`
    pub dictionaries: DictionariesConfig,
    /// `[analyze]`
    pub analyze: AnalyzeConfig,
    /// `[warnings]`
    pub warnings: Rules,
    /// `[stages]`
    pub stages: StageNames,
    /// `[targets]`
    pub targets: TargetsConfig,
    /// `[report]`
    pub report: ReportConfig,
    /// `[log]`
    pub log: LogConfig,
    /// Each value in force and where it came from.
    pub settings: Settings,
}

/// How the company counts time.
#[derive(Debug, Clone)]
pub struct CompanyConfig {
    /// Zone of days, weeks and quarters on pages.
    pub time_zone: TimeZone,
    /// First day of the week.
    pub week_start: Weekday,
    /// Month in which the fiscal year starts, 1 to 12.
    pub fiscal_year_start: u8,
}

/// Where the lake is.
#[derive(Debug, Clone)]
pub struct LakeConfig {
    /// A folder, or a URL of a bucket.
    pub url: String,
}

/// How Gong is reached. Credentials are apart: see [`credentials`].
#[derive(Debug, Clone)]
pub struct GongConfig {
    /// Host of the company's API.
    pub base_url: Url,
    /// File with the access key, where it is not in the environment.
    pub credentials_file: Option<PathBuf>,
    /// Longest wait that Gong may ask for and get.
    pub max_wait: Duration,
    /// How long a host is tried that refuses connections.
    pub max_unreachable: Duration,
    /// The longest pause between two tries of a request.
    pub max_retry_delay: Duration,
}

/// What is read from Gong and how fast.
#[derive(Debug, Clone)]
pub struct IngestConfig {
    /// Oldest call start to read; `None` reads all history.
    pub since: Option<Timestamp>,
    /// Days that are always read again.
    pub look_back_days: u32,
    /// Days for which a missing transcript is asked for again.
    pub pending_days: u32,
    /// Pace.
    pub requests_per_second: f64,
    /// Budget of a rolling day.
    pub requests_per_day: u32,
    /// The part of both limits that may be used.
    pub share: f64,
    /// Names or ids of workspaces; empty means all.
    pub workspaces: Vec<String>,
    /// Calls that a window should hold.
    pub calls_per_window: u32,
    /// Whether private calls are stored.
    pub store_private: bool,
    /// Windows read side by side.
    pub concurrency: usize,
}

/// Who is on the company's side.
#[derive(Debug, Clone, Default)]
pub struct SidesConfig {
    /// The company's own e-mail domains, lower case.
    pub own_domains: Vec<String>,
    /// Side (`company`, `customer`, `unknown`) by e-mail address (lower case) or user id.
    pub overrides: BTreeMap<String, String>,
}

/// Where deals are found in what Gong passes on from the CRM.
#[derive(Debug, Clone, Default)]
pub struct CrmConfig {
    /// By the system's name as Gong writes it.
    pub systems: BTreeMap<String, CrmMapping>,
}

/// Names of the fields of a deal in one CRM system. An empty name means that the system has no such field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CrmMapping {
    /// Type of the object that is a deal.
    pub deal_object: String,
    /// Name of the deal.
    pub name: String,
    /// Stage.
    pub stage: String,
    /// Amount.
    pub amount: String,
    /// Currency of the amount.
    pub currency: String,
    /// Day on which it was or should be closed.
    pub close_date: String,
    /// Day on which it was made.
    pub created_date: String,
    /// Who owns it.
    pub owner: String,
    /// Account that it belongs to.
    pub account: String,
    /// Stages that mean won.
    pub won: Vec<String>,
    /// Stages that mean lost.
    pub lost: Vec<String>,
}

/// Where dictionaries are.
#[derive(Debug, Clone, Default)]
pub struct DictionariesConfig {
    /// Folder whose files replace the built-in ones of the same name.
    pub folder: Option<PathBuf>,
}

/// How calls are measured.
#[derive(Debug, Clone, Default)]
pub struct AnalyzeConfig {
    /// Threads; 0 is one a core.
    pub threads: usize,
    /// Thresholds of the metrics' definitions.
    pub parameters: Parameters,
}

/// How pages are written.
#[derive(Debug, Clone, Default)]
pub struct ReportConfig {
    /// Folder or URL of the pages; `None` is `reports` in the lake.
    pub out: Option<String>,
    /// Weeks that the heat map of deals shows.
    pub heatmap_weeks: i64,
    /// The methodology that scorecards show.
    pub methodology: String,
    /// Whether the pages for all have a folder for each manager's team.
    pub team_folders: bool,
    /// Folder of the hand-written cards of competitors.
    pub cards: Option<PathBuf>,
    /// Days after which a card is to be verified again.
    pub card_days: i64,
    /// File with the key of aliases.
    pub pseudonym_key_file: Option<PathBuf>,
}

/// What a rep's numbers are held against.
#[derive(Debug, Clone)]
pub struct TargetsConfig {
    /// Share of speech in discovery, demo and negotiation, 0 to 1.
    pub talk_share: [Band; 3],
    /// The rep's longest monologue of a call.
    pub monologue_seconds: Band,
    /// Questions of our side on a call of discovery.
    pub questions_discovery: Band,
    /// The longest a customer of a discovery call speaks at a stretch.
    pub story_seconds_discovery: Band,
    /// The pause before our side speaks after a customer.
    pub patience_seconds: Band,
    /// Days since both sides last spoke from which an open deal is cooling.
    pub cooling_days: i64,
}

/// A band to be in, and a wider one around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// As wished: from, to.
    pub good: (f64, f64),
    /// Worth a look: from, to.
    pub watch: (f64, f64),
    /// Whether nobody set it otherwise.
    pub is_default: bool,
}

/// Form of a line on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<LogFormat, String> {
        match name {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("it must be `text` or `json`".to_owned()),
        }
    }
}

/// How the program talks on stderr.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogConfig {
    /// Form of a line.
    pub format: LogFormat,
}

impl Config {
    /// Reads all layers and resolves them.
    ///
    /// # Errors
    ///
    /// A file cannot be read, a key or variable does not exist, or a value does not fit its setting.
    pub fn load(sources: &Sources) -> Result<Self, Error> {
        resolve::config(layers(sources)?)
    }
}

/// Checks the text of a settings file that is about to be written.
///
/// # Errors
///
/// It would not load.
pub fn check_text(text: &str) -> Result<(), Error> {
    let mut settings = file::parse(DEFAULTS, &|_| Origin::Default)?;
    let origin = |line| Origin::File {
        path: PathBuf::from(FILE_NAME),
        line,
    };
    settings.extend(file::parse(text, &origin)?);
    resolve::config(settings).map(|_| ())
}

/// Layers the sources; later ones win.
fn layers(sources: &Sources) -> Result<Settings, Error> {
    let mut settings = file::parse(DEFAULTS, &|_| Origin::Default)?;
    if let Some(path) = settings_file(sources) {
        settings.extend(file::read(&path)?);
    }
    let systems = systems(&settings);
    settings.extend(environment::read(&sources.environment, &systems)?);
    for (key, flag, text) in &sources.flags {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let kind = keys::all(&[]).into_iter().find(|(known, _)| *known == path);
        let kind = kind.map_or(keys::Kind::Text, |(_, kind)| kind);
        let origin = Origin::Flag(flag);
        let value = environment::value(text, kind).map_err(|reason| Error::Value {
            origin: origin.clone(),
            key: (*key).to_owned(),
            value: format!("`{text}`"),
            reason,
        })?;
        settings.insert(KeyPath(path), Setting { value, origin });
    }
    Ok(settings)
}

/// The file that `--config` names, or the one in the working directory, if there is one.
fn settings_file(sources: &Sources) -> Option<PathBuf> {
    sources.file.clone().or_else(|| {
        let path = PathBuf::from(FILE_NAME);
        path.exists().then_some(path)
    })
}

/// Names of the CRM systems that have settings.
fn systems(settings: &Settings) -> Vec<String> {
    let mut names: Vec<String> = settings
        .keys()
        .filter(|path| path.0.len() == 3 && path.0[0] == "crm")
        .map(|path| path.0[1].clone())
        .collect();
    names.dedup();
    names
}
