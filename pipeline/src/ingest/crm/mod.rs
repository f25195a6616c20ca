//! What the fields of a CRM mean: presets for Salesforce and HubSpot, and what a mapping makes of an object's fields.

pub mod deals;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use talktrack_analyzers::table::{Amount, FieldMap};

/// Which field of a system's deal object holds what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Object types that are deals.
    pub deal_objects: Vec<String>,
    /// Name of the deal.
    pub name: Option<String>,
    /// Stage.
    pub stage: Option<String>,
    /// Amount.
    pub amount: Option<String>,
    /// Currency of the amount.
    pub currency: Option<String>,
    /// Expected or actual close date.
    pub close_date: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// Id of the account.
    pub account: Option<String>,
    /// Whether the deal is won, where the CRM has a field for it.
    pub is_won: Option<String>,
    /// Whether the deal is closed, where the CRM has a field for it.
    pub is_closed: Option<String>,
    /// Stages that mean won.
    pub won: Vec<String>,
    /// Stages that mean lost.
    pub lost: Vec<String>,
}

/// The mappings by system, in lower case.
#[derive(Debug, Clone, Default)]
pub struct Mappings(BTreeMap<String, Mapping>);

/// What a mapping reads out of a deal's fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealFacts {
    /// Name of the deal.
    pub name: Option<String>,
    /// Stage as the CRM names it.
    pub stage: Option<String>,
    /// Amount.
    pub amount: Option<Amount>,
    /// Currency of the amount.
    pub currency: Option<String>,
    /// Close date.
    pub close_date: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// open, won or lost; nothing where the fields do not tell.
    pub outcome: Option<&'static str>,
    /// Id of the account.
    pub account_id: Option<String>,
}

impl Mappings {
    /// The presets, with `own` replacing those of the same system; the flags for won and closed stay where it names none.
    pub fn with_presets(own: impl IntoIterator<Item = (String, Mapping)>) -> Mappings {
        let mut mappings = BTreeMap::from([
            ("salesforce".to_owned(), salesforce()),
            ("hubspot".to_owned(), hubspot()),
        ]);
        for (system, mut mapping) in own {
            let system = system.to_lowercase();
            if let Some(preset) = mappings.get(&system) {
                mapping.is_won = mapping.is_won.or_else(|| preset.is_won.clone());
                mapping.is_closed = mapping.is_closed.or_else(|| preset.is_closed.clone());
            }
            mappings.insert(system, mapping);
        }
        Mappings(mappings)
    }

    /// Whether an object of a system is a deal. A system without a mapping still has deals, only their fields say nothing.
    pub fn is_deal(&self, system: &str, object_type: &str) -> bool {
        match self.0.get(&system.to_lowercase()) {
            Some(mapping) => mapping
                .deal_objects
                .iter()
                .any(|name| name.eq_ignore_ascii_case(object_type)),
            None => ["opportunity", "deal"]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(object_type)),
        }
    }

    /// What the fields of a deal say.
    pub fn read(&self, system: &str, fields: &FieldMap) -> DealFacts {
        let Some(mapping) = self.0.get(&system.to_lowercase()) else {
            return DealFacts::default();
        };
        let field = |name: &Option<String>| {
            let name = name.as_deref()?;
            value_of(fields, name).filter(|value| !value.trim().is_empty())
        };
        let stage = field(&mapping.stage);
        DealFacts {
            name: field(&mapping.name).map(str::to_owned),
            stage: stage.map(str::to_owned),
            amount: field(&mapping.amount).and_then(amount),
            currency: field(&mapping.currency).map(str::to_owned),
            close_date: field(&mapping.close_date).map(str::to_owned),
            owner: field(&mapping.owner).map(str::to_owned),
            outcome: outcome(
                mapping,
                stage,
                field(&mapping.is_won),
                field(&mapping.is_closed),
            ),
            account_id: field(&mapping.account).map(str::to_owned),
        }
    }
}

/// An amount in ten-thousandths; nothing where the text is no number or has more digits than the column.
pub fn amount(text: &str) -> Option<Amount> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | ' '))
        .collect();
    let number = Decimal::from_str_exact(&plain)
        .or_else(|_| Decimal::from_scientific(&plain))
        .ok()?;
    let scaled = number
        .checked_mul(Decimal::from(10_000))?
        .round()
        .to_i128()?;
    (scaled.unsigned_abs() < 10_u128.pow(u32::from(Amount::PRECISION))).then_some(Amount(scaled))
}

fn outcome(
    mapping: &Mapping,
    stage: Option<&str>,
    is_won: Option<&str>,
    is_closed: Option<&str>,
) -> Option<&'static str> {
    let is_one_of = |stages: &[String]| {
        stage.is_some_and(|stage| {
            stages
                .iter()
                .any(|s| s.trim().eq_ignore_ascii_case(stage.trim()))
        })
    };
    let says = |field: Option<&str>| field.and_then(boolean);
    if is_one_of(&mapping.won) || says(is_won) == Some(true) {
        return Some("won");
    }
    if is_one_of(&mapping.lost) || (says(is_closed) == Some(true) && says(is_won) == Some(false)) {
        return Some("lost");
    }
    (stage.is_some() || says(is_closed) == Some(false)).then_some("open")
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn value_of<'a>(fields: &'a FieldMap, name: &str) -> Option<&'a str> {
    let exact = fields.0.iter().find(|(key, _)| key == name);
    exact
        .or_else(|| {
            fields
                .0
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
        })
        .map(|(_, value)| value.as_str())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "each field of a mapping is optional"
)]
fn named(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn salesforce() -> Mapping {
    Mapping {
        deal_objects: vec!["Opportunity".to_owned()],
        name: named("Name"),
        stage: named("StageName"),
        amount: named("Amount"),
        currency: named("CurrencyIsoCode"),
        close_date: named("CloseDate"),
        owner: named("OwnerId"),
        account: named("AccountId"),
        is_won: named("IsWon"),
        is_closed: named("IsClosed"),
        won: vec!["Closed Won".to_owned()],
        lost: vec!["Closed Lost".to_owned()],
    }
}

fn hubspot() -> Mapping {
    Mapping {
        deal_objects: vec!["Opportunity".to_owned(), "Deal".to_owned()],
        name: named("dealname"),
        stage: named("dealstage"),
        amount: named("amount"),
        currency: named("deal_currency_code"),
        close_date: named("closedate"),
        owner: named("hubspot_owner_id"),
        account: named("associatedcompanyid"),
        is_won: named("hs_is_closed_won"),
        is_closed: named("hs_is_closed"),
        won: vec!["closedwon".to_owned()],
        lost: vec!["closedlost".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> FieldMap {
        FieldMap(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn amounts_are_exact_decimals() {
        let cases = [
            ("51000", Some(510_000_000)),
            ("0.1", Some(1_000)),
            ("1,234.5678", Some(12_345_678)),
            ("1.2E+5", Some(1_200_000_000)),
            ("-3.00005", Some(-30_000)),
            ("99999999999999.9999", Some(999_999_999_999_999_999)),
            ("100000000000000", None),
            ("n/a", None),
        ];
        for (text, expected) in cases {
            assert_eq!(amount(text), expected.map(Amount), "{text}");
        }
    }

    #[test]
    fn presets_read_the_deals_of_both_systems() {
        let mappings = Mappings::with_presets([]);
        let salesforce = mappings.read(
            "Salesforce",
            &fields(&[
                ("StageName", "Negotiation"),
                ("Amount", "12.5"),
                ("Name", "Acme"),
                ("AccountId", "001"),
            ]),
        );
        assert_eq!(salesforce.outcome, Some("open"));
        assert_eq!(salesforce.amount, Some(Amount(125_000)));
        assert_eq!(salesforce.account_id.as_deref(), Some("001"));
        let hubspot = mappings.read(
            "HubSpot",
            &fields(&[("dealstage", "closedwon"), ("dealname", "Acme")]),
        );
        assert_eq!(
            (hubspot.outcome, hubspot.name.as_deref()),
            (Some("won"), Some("Acme"))
        );
        assert!(mappings.is_deal("HubSpot", "Deal") && !mappings.is_deal("Salesforce", "Account"));
    }

    #[test]
    fn outcomes_follow_stages_and_flags() {
        let mappings = Mappings::with_presets([]);
        let of = |pairs: &[(&str, &str)]| mappings.read("salesforce", &fields(pairs)).outcome;
        assert_eq!(of(&[("StageName", "closed won")]), Some("won"));
        assert_eq!(of(&[("StageName", "Closed Lost")]), Some("lost"));
        assert_eq!(
            of(&[("StageName", "Gewonnen"), ("IsWon", "true")]),
            Some("won")
        );
        assert_eq!(
            of(&[
                ("StageName", "Verloren"),
                ("IsClosed", "true"),
                ("IsWon", "false")
            ]),
            Some("lost")
        );
        assert_eq!(of(&[("Amount", "5")]), None);
    }

    #[test]
    fn a_mapping_of_ones_own_replaces_the_preset() {
        let own = Mapping {
            deal_objects: vec!["Deal__c".to_owned()],
            stage: named("Phase__c"),
            won: vec!["Done".to_owned()],
            ..Mapping::default()
        };
        let mappings = Mappings::with_presets([("Salesforce".to_owned(), own)]);
        assert!(
            mappings.is_deal("salesforce", "deal__c")
                && !mappings.is_deal("salesforce", "Opportunity")
        );
        assert_eq!(
            mappings
                .read("Salesforce", &fields(&[("phase__C", "done")]))
                .outcome,
            Some("won")
        );
    }

    #[test]
    fn a_system_without_a_mapping_has_deals_without_facts() {
        let mappings = Mappings::with_presets([]);
        assert!(mappings.is_deal("Generic", "Deal"));
        assert_eq!(
            mappings.read("Generic", &fields(&[("stage", "x")])),
            DealFacts::default()
        );
    }
}
