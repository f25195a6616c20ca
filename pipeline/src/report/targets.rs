//! What the numbers of reps are held against: a band to be in, a wider one around it, and where they come from.

use super::number::{duration, share};
use crate::config::{Band, TargetsConfig};
use crate::rollup::CallStage;

/// What the numbers are held against, each with where it comes from.
#[derive(Debug, Clone)]
pub struct Targets {
    /// Share of speech, 0 to 1, in discovery, demo and negotiation.
    talk_share: [Target; 3],
    /// Longest monologue, in milliseconds.
    pub monologue_ms: Target,
    /// Questions a call, in discovery.
    pub questions: Target,
    /// Longest story of a customer, in milliseconds, in discovery.
    pub story_ms: Target,
    /// Pause before our side speaks after a customer, in milliseconds.
    pub patience_ms: Target,
    /// Days since both sides last spoke from which a deal is cooling.
    pub cooling_days: i64,
}

/// A band to be in, and a wider one around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// As wished: from, to.
    pub good: (f64, f64),
    /// Worth a look: from, to.
    pub watch: (f64, f64),
    /// The band in words.
    pub words: String,
    /// Where it comes from, and how sure that is.
    pub source: &'static str,
}

/// An upper end from which on a band is open.
const OPEN: f64 = 86_400.0 * 1000.0;

impl Targets {
    /// Out of the settings.
    pub fn new(config: &TargetsConfig) -> Self {
        let shares = |ends: (f64, f64)| match ends {
            (from, to) if from <= 0.0 => format!("up to {}", share(Some(to)).text),
            (from, to) => format!("{:.0}–{}", from * 100.0, share(Some(to)).text),
        };
        let talk = |at: usize, source| target(config.talk_share[at], 1.0, shares, source);
        Self {
            talk_share: [
                talk(
                    0,
                    "43 % and harm above 65 %: published by Gong Labs; the band is our choice",
                ),
                talk(
                    1,
                    "50–70 % in demos: published by Demodesk; the wider band is our choice",
                ),
                talk(2, "our choice"),
            ],
            monologue_ms: target(config.monologue_seconds, 1000.0, times, "our choice"),
            questions: target(
                config.questions_discovery,
                1.0,
                |(from, to)| format!("{from:.0}–{to:.0} a call"),
                "11–14 in discovery calls: published by Gong Labs; the wider band is our choice",
            ),
            story_ms: target(
                config.story_seconds_discovery,
                1000.0,
                times,
                "4 min in won deals, below 1 min in lost ones: published by Gong Labs; the band is our choice",
            ),
            patience_ms: target(config.patience_seconds, 1000.0, times, "our choice"),
            cooling_days: config.cooling_days,
        }
    }

    /// Share of speech where a sale stands at `stage`.
    pub fn talk_share(&self, stage: CallStage) -> &Target {
        match stage {
            CallStage::Discovery => &self.talk_share[0],
            CallStage::Demo => &self.talk_share[1],
            CallStage::Negotiation => &self.talk_share[2],
        }
    }

    /// What a number of `rollups/rep_metric` is held against where a sale stands at `stage`; none where nothing is wished.
    pub fn of(&self, metric: &str, stage: CallStage) -> Option<&Target> {
        let is_discovery = stage == CallStage::Discovery;
        match metric {
            "talk_share" => Some(self.talk_share(stage)),
            "longest_monologue_bridged_ms" => Some(&self.monologue_ms),
            "patience_p50_ms" => Some(&self.patience_ms),
            "questions" => is_discovery.then_some(&self.questions),
            "longest_story_bridged_ms" => is_discovery.then_some(&self.story_ms),
            _ => None,
        }
    }
}

/// A band in other units, in words.
fn target(
    band: Band,
    scale: f64,
    words: impl Fn((f64, f64)) -> String,
    source: &'static str,
) -> Target {
    let scaled = |(from, to): (f64, f64)| (from * scale, to * scale);
    let good = scaled(band.good);
    Target {
        good,
        watch: scaled(band.watch),
        words: words(good),
        source: if band.is_default {
            source
        } else {
            "set in the settings"
        },
    }
}

/// A band of milliseconds.
fn times(ends: (f64, f64)) -> String {
    let time = |ms: f64| {
        if ms < 10_000.0 && ms % 1000.0 != 0.0 {
            format!("{:.1} s", ms / 1000.0)
        } else {
            duration(Some(ms.round() as i64)).text.to_string()
        }
    };
    match ends {
        (from, to) if from <= 0.0 => format!("up to {}", time(to)),
        (from, to) if to >= OPEN => format!("{} or more", time(from)),
        (from, to) => format!("{} to {}", time(from), time(to)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Targets;
    use crate::config::{Config, Sources};
    use crate::rollup::CallStage;

    /// Those of the default settings.
    pub(in crate::report) fn usual() -> Targets {
        let config = Config::load(&Sources::default()).expect("defaults");
        Targets::new(&config.targets)
    }

    #[test]
    fn a_band_is_told_in_words() {
        let usual = usual();
        let words: Vec<&str> = CallStage::ALL
            .map(|stage| usual.talk_share(stage).words.as_str())
            .into();
        assert_eq!(words, ["35–50 %", "50–70 %", "40–50 %"]);
        assert_eq!(usual.monologue_ms.words, "up to 1 min 30 s");
        assert_eq!(usual.questions.words, "11–14 a call");
        assert_eq!(usual.story_ms.words, "4 min or more");
        assert_eq!(usual.patience_ms.words, "0.6 s to 1 s");
    }

    #[test]
    fn some_targets_are_for_discovery_alone() {
        let usual = usual();
        assert!(usual.of("questions", CallStage::Demo).is_none());
        assert!(usual.of("questions", CallStage::Discovery).is_some());
        assert!(usual.of("talk_share", CallStage::Demo).is_some());
        assert!(usual.of("words_per_minute", CallStage::Demo).is_none());
    }
}
