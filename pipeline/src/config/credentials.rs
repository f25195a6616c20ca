//! The access key: from the environment or from a file that only its owner can read. Never from flags, never printed.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::{Error, GongConfig};

/// An access key and its secret.
#[derive(Debug)]
pub struct Secrets {
    /// The key.
    pub access_key: SecretString,
    /// Its secret.
    pub access_key_secret: SecretString,
}

/// The credentials of Gong: the environment first, then the file that the settings name.
///
/// # Errors
///
/// There are none, or only half of them, or others can read the file.
pub fn credentials(
    config: &GongConfig,
    environment: &[(String, String)],
) -> Result<Secrets, Error> {
    match (
        variable(environment, "GONG_ACCESS_KEY"),
        variable(environment, "GONG_ACCESS_KEY_SECRET"),
    ) {
        (Some(access_key), Some(access_key_secret)) => Ok(Secrets {
            access_key,
            access_key_secret,
        }),
        (Some(_), None) => Err(Error::NoCredentials(
            "GONG_ACCESS_KEY is set, GONG_ACCESS_KEY_SECRET is not",
        )),
        (None, Some(_)) => Err(Error::NoCredentials(
            "GONG_ACCESS_KEY_SECRET is set, GONG_ACCESS_KEY is not",
        )),
        (None, None) => config.credentials_file.as_deref().map_or(
            Err(Error::NoCredentials("no credentials for Gong")),
            from_file,
        ),
    }
}

fn variable(environment: &[(String, String)], name: &str) -> Option<SecretString> {
    environment
        .iter()
        .find(|(variable, value)| variable == name && !value.is_empty())
        .map(|(_, value)| SecretString::from(value.as_str()))
}

fn from_file(path: &Path) -> Result<Secrets, Error> {
    refuse_open(path)?;
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    // The parser's own message would quote the line, and the line may hold the secret.
    let text = SecretString::from(text);
    let table = toml::from_str::<toml::Table>(text.expose_secret()).ok();
    let field = |name: &str| {
        let value = table.as_ref()?.get(name)?.as_str()?;
        (!value.is_empty()).then(|| SecretString::from(value))
    };
    match (field("access_key"), field("access_key_secret")) {
        (Some(access_key), Some(access_key_secret)) => Ok(Secrets {
            access_key,
            access_key_secret,
        }),
        _ => Err(Error::BadCredentials {
            path: path.to_owned(),
        }),
    }
}

/// What a file holds that only its owner may read.
///
/// # Errors
///
/// It cannot be read, or others can read it.
pub fn owner_only_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    refuse_open(path)?;
    std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(unix)]
fn refuse_open(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(Error::OpenCredentials {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open(_path: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use secrecy::ExposeSecret;

    use super::credentials;
    use crate::config::{Config, GongConfig, Sources};

    fn gong(file: Option<PathBuf>) -> GongConfig {
        let mut config = Config::load(&Sources::default()).expect("defaults").gong;
        config.credentials_file = file;
        config
    }

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn the_environment_needs_both_halves() {
        let both = variables(&[("GONG_ACCESS_KEY", "k"), ("GONG_ACCESS_KEY_SECRET", "s")]);
        let secrets = credentials(&gong(None), &both).expect("both");
        assert_eq!(secrets.access_key_secret.expose_secret(), "s");
        for half in [&both[..1], &both[1..], &[]] {
            assert!(credentials(&gong(None), half).is_err());
        }
    }

    #[test]
    fn a_file_must_be_closed_to_others_and_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key.toml");
        let write = |text: &str, mode: u32| {
            std::fs::write(&path, text).expect("write");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
            credentials(&gong(Some(path.clone())), &[])
        };
        let whole = "access_key = 'k'\naccess_key_secret = 'hush'\n";
        assert_eq!(
            write(whole, 0o600)
                .expect("valid")
                .access_key
                .expose_secret(),
            "k"
        );
        let open = write(whole, 0o640).expect_err("open").to_string();
        assert!(open.contains("mode 0640"), "{open}");
        for broken in ["access_key = 'k'\n", "hush", "access_key_secret = hush"] {
            let error = write(broken, 0o600).expect_err(broken);
            assert!(!format!("{error} {error:?}").contains("hush"));
        }
    }
}
