//! `[targets]` and `[stages]`: what a rep's numbers are held against, and where a sale stands.

use crate::config::{Band, Error, Origin, TargetsConfig};
use crate::rollup::StageNames;

use super::Values;

/// The words of stages, in lower case.
pub(super) fn stages(values: &Values<'_>) -> Result<StageNames, Error> {
    Ok(StageNames {
        discovery: values.words("stages.discovery")?,
        demo: values.words("stages.demo")?,
        negotiation: values.words("stages.negotiation")?,
    })
}

pub(super) fn targets(values: &Values<'_>) -> Result<TargetsConfig, Error> {
    Ok(TargetsConfig {
        talk_share: [
            band(values, "talk_share_discovery", 1.0)?,
            band(values, "talk_share_demo", 1.0)?,
            band(values, "talk_share_negotiation", 1.0)?,
        ],
        monologue_seconds: band(values, "monologue_seconds", DAY)?,
        questions_discovery: band(values, "questions_discovery", 10_000.0)?,
        story_seconds_discovery: band(values, "story_seconds_discovery", DAY)?,
        patience_seconds: band(values, "patience_seconds", DAY)?,
        cooling_days: values.whole("targets.cooling_days", 1, 3650)?,
    })
}

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// A band and the wider one around it, with numbers from 0 to `most`.
fn band(values: &Values<'_>, name: &str, most: f64) -> Result<Band, Error> {
    let (inner, outer) = (format!("targets.{name}"), format!("targets.{name}_watch"));
    let ends = |key: &str| {
        values.checked(key, |ends: &Vec<f64>| match ends.as_slice() {
            [from, to] if 0.0 <= *from && from <= to && *to <= most => Ok((*from, *to)),
            _ => Err(format!(
                "it must be two numbers, from and to, between 0 and {most}"
            )),
        })
    };
    let good = ends(&inner)?;
    let watch = ends(&outer)?;
    values.checked(&outer, |_: &Vec<f64>| {
        if watch.0 <= good.0 && good.1 <= watch.1 {
            Ok(())
        } else {
            Err(format!("it must hold the whole band of `{inner}`"))
        }
    })?;
    let is_default = |key: &str| {
        values
            .find(key)
            .is_some_and(|setting| matches!(setting.origin, Origin::Default))
    };
    Ok(Band {
        good,
        watch,
        is_default: is_default(&inner) && is_default(&outer),
    })
}
