//! Which side of the table a party sits on: Gong's affiliation, corrected by the `[sides]` settings.

use std::collections::{BTreeMap, BTreeSet};

use super::persons::filled;

/// Note in the state: digest of the `[sides]` rules that the lake was written with.
pub(super) const SIDES: &str = "ingest.sides";

/// The own company, the customer, or nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The own company.
    Company,
    /// The other party.
    Customer,
    /// Neither Gong nor the settings say.
    Unknown,
}

impl Side {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Company => "company",
            Side::Customer => "customer",
            Side::Unknown => "unknown",
        }
    }

    /// From the text of a setting.
    pub fn parse(text: &str) -> Option<Side> {
        match text.trim().to_ascii_lowercase().as_str() {
            "company" => Some(Side::Company),
            "customer" => Some(Side::Customer),
            "unknown" => Some(Side::Unknown),
            _ => None,
        }
    }
}

/// What is known of a party when its side is decided.
#[derive(Debug, Clone, Copy)]
pub struct SideEvidence<'a> {
    /// Gong's word: Internal, External or Unknown.
    pub affiliation: Option<&'a str>,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Gong's id of the user.
    pub user_id: Option<&'a str>,
    /// Phone number as received.
    pub phone: Option<&'a str>,
    /// Gong's id of the party.
    pub party_id: &'a str,
    /// Name as Gong shows it.
    pub name: Option<&'a str>,
}

/// The `[sides]` settings, ready for look-ups.
#[derive(Debug, Clone, Default)]
pub struct SideRules {
    own_domains: BTreeSet<String>,
    overrides: BTreeMap<String, Side>,
}

impl SideRules {
    /// Rules from the own e-mail domains and the sides of single parties, named by e-mail, user id, phone, party id or
    /// name.
    pub fn new(
        own_domains: impl IntoIterator<Item = String>,
        overrides: impl IntoIterator<Item = (String, Side)>,
    ) -> SideRules {
        SideRules {
            own_domains: own_domains
                .into_iter()
                .map(|domain| domain.trim().trim_start_matches('@').to_lowercase())
                .filter(|domain| !domain.is_empty())
                .collect(),
            overrides: overrides
                .into_iter()
                .map(|(party, side)| (party.trim().to_lowercase(), side))
                .collect(),
        }
    }

    /// Changes exactly when the rules do; kept in the lake's state to see that they did.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for domain in &self.own_domains {
            hasher
                .update(b"domain\0")
                .update(domain.as_bytes())
                .update(b"\0");
        }
        for (party, side) in &self.overrides {
            hasher.update(b"party\0").update(party.as_bytes());
            hasher
                .update(b"\0")
                .update(side.as_str().as_bytes())
                .update(b"\0");
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// The side of one party: what the settings say of it alone, then whether its address is one of the own domains, then
    /// Gong's word, then that only people of the own company are Gong users.
    pub fn side(&self, party: SideEvidence<'_>) -> Side {
        if let Some(side) = self.override_of(party) {
            return side;
        }
        if party.email.is_some_and(|email| self.is_own_address(email)) {
            return Side::Company;
        }
        match party.affiliation.map(str::trim) {
            Some(word) if word.eq_ignore_ascii_case("internal") => Side::Company,
            Some(word) if word.eq_ignore_ascii_case("external") => Side::Customer,
            _ if filled(party.user_id).is_some() => Side::Company,
            _ => Side::Unknown,
        }
    }

    fn override_of(&self, party: SideEvidence<'_>) -> Option<Side> {
        if self.overrides.is_empty() {
            return None;
        }
        [
            party.email,
            party.user_id,
            party.phone,
            Some(party.party_id),
            party.name,
        ]
        .into_iter()
        .filter_map(filled)
        .find_map(|name| self.overrides.get(&name.to_lowercase()).copied())
    }

    fn is_own_address(&self, email: &str) -> bool {
        let Some((_, domain)) = email.trim().rsplit_once('@') else {
            return false;
        };
        let domain = domain.to_lowercase();
        self.own_domains.iter().any(|own| {
            domain == *own
                || domain
                    .strip_suffix(own.as_str())
                    .is_some_and(|sub| sub.ends_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party<'a>(affiliation: &'a str, email: &'a str, user_id: &'a str) -> SideEvidence<'a> {
        SideEvidence {
            affiliation: Some(affiliation),
            email: Some(email),
            user_id: Some(user_id),
            phone: None,
            party_id: "9",
            name: None,
        }
    }

    #[test]
    fn settings_win_over_gong_and_gong_over_guesses() {
        let rules = SideRules::new(
            ["@Acme.example".to_owned()],
            [
                ("Partner@other.example".to_owned(), Side::Customer),
                ("77".to_owned(), Side::Unknown),
            ],
        );
        let cases = [
            (party("Internal", "x@other.example", ""), Side::Company),
            (party("External", "x@other.example", ""), Side::Customer),
            (party("External", "x@ACME.example", ""), Side::Company),
            (party("External", "x@eu.acme.example", ""), Side::Company),
            (party("External", "x@notacme.example", ""), Side::Customer),
            (
                party("Internal", "partner@other.example", ""),
                Side::Customer,
            ),
            (party("Internal", "", "77"), Side::Unknown),
            (party("Unknown", "", "5"), Side::Company),
            (party("Unknown", "", ""), Side::Unknown),
        ];
        for (evidence, expected) in cases {
            assert_eq!(rules.side(evidence), expected, "{evidence:?}");
        }
    }

    #[test]
    fn the_digest_changes_with_the_rules_and_not_with_their_order() {
        let of =
            |domains: &[&str]| SideRules::new(domains.iter().map(|d| (*d).to_owned()), []).digest();
        assert_eq!(
            of(&["a.example", "b.example"]),
            of(&["b.example", "A.example"])
        );
        assert_ne!(of(&["a.example"]), of(&["a.example", "b.example"]));
        assert_ne!(
            of(&[]),
            SideRules::new([], [("a".to_owned(), Side::Company)]).digest()
        );
    }
}
