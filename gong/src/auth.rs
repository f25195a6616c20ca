//! Credentials that cannot be printed.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// An access key with its secret, sent as Basic authentication.
#[derive(Clone)]
pub struct Credentials {
    access_key: SecretString,
    secret: SecretString,
}

impl Credentials {
    /// Credentials from an access key and its secret.
    pub fn basic(access_key: impl Into<SecretString>, secret: impl Into<SecretString>) -> Self {
        Self {
            access_key: access_key.into(),
            secret: secret.into(),
        }
    }

    /// Puts the credentials on a request; the header is marked sensitive.
    pub(crate) fn authorize(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.basic_auth(
            self.access_key.expose_secret(),
            Some(self.secret.expose_secret()),
        )
    }

    /// Removes the credentials from a text that came from outside, such as a proxy that echoes requests.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in [&self.secret, &self.access_key] {
            let secret = secret.expose_secret();
            // Very short values (a test's `key`) are words; cutting them out would only maim the text.
            if secret.len() >= 8 {
                clean = clean.replace(secret, REDACTED);
            }
        }
        scrub_header(&clean)
    }
}

/// Cuts the token after each `Basic `.
fn scrub_header(text: &str) -> String {
    let mut parts = text.split("Basic ");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let token = part
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte))
            .count();
        clean.push_str("Basic ");
        if token >= 8 {
            clean.push_str(REDACTED);
            clean.push_str(&part[token..]);
        } else {
            clean.push_str(part);
        }
    }
    clean
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("Credentials([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Credentials::basic("ACCESSKEY123", "s3cretsecret"));
        assert_eq!(shown, "Credentials([redacted])");
    }

    #[test]
    fn echoed_credentials_are_removed() {
        let credentials = Credentials::basic("ACCESSKEY123", "s3cretsecret");
        let echoed =
            "key ACCESSKEY123 secret s3cretsecret Authorization: Basic QUNDRVNTS0VZ; Basic plan";
        assert_eq!(
            credentials.scrub(echoed),
            "key [redacted] secret [redacted] Authorization: Basic [redacted]; Basic plan"
        );
    }
}
