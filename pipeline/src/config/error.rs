//! What can be wrong with settings.

use std::path::PathBuf;

use super::origin::Origin;

/// The settings cannot be used as they are.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A settings or credentials file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A settings file is not TOML.
    #[error("{origin}: not valid TOML: {reason}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser says.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{origin}: unknown setting `{key}`")]
    UnknownKey {
        /// Where.
        origin: Origin,
        /// Dotted path of the key.
        key: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A `TALKTRACK_` variable that does not exist.
    #[error("unknown variable `{name}` in the environment")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A value that the setting cannot take.
    #[error("{origin}: setting `{key}` cannot be {value}: {reason}")]
    Value {
        /// Where.
        origin: Origin,
        /// Dotted path of the key.
        key: String,
        /// The value, as TOML.
        value: String,
        /// What it has to be.
        reason: String,
    },
    /// There are no credentials, or only half of them.
    #[error("{0}")]
    NoCredentials(&'static str),
    /// Others can read the credentials.
    #[error("`{}` can be read by others (mode {mode:04o})", path.display())]
    OpenCredentials {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The credentials file does not hold the two lines that it has to.
    #[error("`{}` is not a credentials file", path.display())]
    BadCredentials {
        /// The file.
        path: PathBuf,
    },
    /// A key from which others could be guessed.
    #[error("the key in `{}` is too short", path.display())]
    ShortKey {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let meant = |nearest: &Option<String>| {
            Some(nearest.as_ref().map_or_else(
                || "`talktrack config` lists every setting".to_owned(),
                |nearest| {
                    format!("did you mean `{nearest}`? `talktrack config` lists every setting")
                },
            ))
        };
        match self {
            Self::Read { .. } => Some(
                "check the path and its permissions, or write settings with `talktrack init`".to_owned(),
            ),
            Self::Syntax { .. } => Some("correct that line and run again".to_owned()),
            Self::UnknownKey { nearest, .. } | Self::UnknownVariable { nearest, .. } => meant(nearest),
            Self::Value { key, .. } => Some(format!(
                "correct `{key}`; `talktrack config --defaults` prints every setting with its meaning"
            )),
            Self::NoCredentials(_) => Some(
                "set GONG_ACCESS_KEY and GONG_ACCESS_KEY_SECRET, or name a file in `gong.credentials_file`; a technical \
                 administrator makes a key in Gong under Settings > Ecosystem > API"
                    .to_owned(),
            ),
            Self::OpenCredentials { path, .. } => Some(format!("run `chmod 600 {}`", path.display())),
            Self::BadCredentials { .. } => Some(
                "write two lines into it: access_key = \"...\" and access_key_secret = \"...\"".to_owned(),
            ),
            Self::ShortKey { .. } => {
                Some("it must have 16 bytes or more: `head -c 32 /dev/urandom` makes some".to_owned())
            }
        }
    }
}
