//! One page per rep: how the rep's calls sound, against the team, the rep's own last month and a target.

use std::collections::BTreeSet;

use super::{certainty, ratio};
use talktrack_analyzers::statistics::median;

use crate::report::document::{
    Block, CallLink, Cell, Column, Document, Fact, Mark, QuoteList, Section, Table, Tone, Trend,
    Value,
};
use crate::report::evidence::call_link;
use crate::report::formats::day_label;
use crate::report::material::{FEW, Material, month_label, scorecard_page, spread};
use crate::report::number::{count, duration, grouped, hours, mean, pace, plural, share};
use crate::report::targets::Target;
use crate::rollup::{CallStage, Exclusion, OBJECTIONS, RepCall, RepMonthRow, calendar};

/// The page of one rep.
pub fn page(material: &Material<'_>, user_id: &str) -> Document {
    let name = material.name_of(user_id);
    let mut page = Document::new(
        "scorecard",
        scorecard_page(user_id),
        &name,
        Some(material.as_of),
    );
    let rep = Rep {
        material,
        user_id,
        month: material.month(),
        before: calendar::month_before(&material.month()),
    };
    page.subtitle =
        "How this month's calls sound, beside the team, the month before and a target. For coaching, not for ranking."
            .into();
    page.facts = rep.facts();
    page.sections = vec![
        rep.interaction(),
        rep.questions(),
        rep.objections(),
        certainty::section(material, user_id, &rep.month),
        rep.calls_used(),
    ];
    page.footer = rep.footer();
    page
}

struct Rep<'a> {
    material: &'a Material<'a>,
    user_id: &'a str,
    month: String,
    before: String,
}

/// A metric of a rep's month.
struct Metric<'a> {
    label: &'static str,
    of_month: fn(&RepMonthRow) -> Option<f64>,
    show: fn(Option<f64>) -> Value,
    target: Option<&'a Target>,
    listen: Option<Listen>,
    /// What to say where no single call stands for the value.
    opens: &'static str,
}

/// A number of a rep's month.
type Count = fn(&RepMonthRow) -> i64;

/// How calls are picked for listening: furthest first.
struct Listen {
    /// None for a call of which it is not known.
    of_call: fn(&RepCall) -> Option<f64>,
    distance: fn(f64) -> f64,
    furthest: &'static str,
    /// None where only the furthest call matters.
    nearest: Option<&'static str>,
}

impl Rep<'_> {
    fn row(&self) -> Option<&RepMonthRow> {
        self.material.rep_month(self.user_id, &self.month)
    }

    fn row_before(&self) -> Option<&RepMonthRow> {
        self.material.rep_month(self.user_id, &self.before)
    }

    fn facts(&self) -> Vec<Fact> {
        let (calls, used, seconds) = self.row().map_or((0, 0, 0), |row| {
            (row.calls, row.calls_used, row.duration_used_s)
        });
        let attributed = self.row().and_then(|row| row.speech_attributed_share);
        let period = format!(
            "{}, up to {}",
            month_label(&self.month),
            day_label(self.material.as_of)
        );
        let mut facts = vec![
            Fact::new("Period", period),
            Fact::new(
                "Calls used",
                format!("{} of {}", grouped(used), grouped(calls)),
            ),
            Fact::new("Time on them", hours(seconds).text),
            Fact::new("Speech with a known side", share(attributed).text),
        ];
        let person = self.material.users.get(self.user_id);
        facts.extend(
            person
                .and_then(|user| user.title.as_ref())
                .map(|title| Fact::new("Title", title)),
        );
        let manager = person.and_then(|user| user.manager_id.as_deref());
        facts.extend(manager.map(|manager| Fact::new("Manager", self.material.name_of(manager))));
        facts
    }

    fn interaction(&self) -> Section {
        let metrics = self.interaction_metrics();
        let rows = metrics
            .iter()
            .map(|metric| self.metric_row(metric))
            .collect();
        let intro = match self.row().map_or(0, |row| row.calls_used) {
            0 => {
                "No call of this month can be used yet; the month before stands beside.".to_owned()
            }
            used if used < FEW => format!(
                "Only {} so far, so nothing is judged yet.",
                plural(used, "call", "calls")
            ),
            used => format!(
                "From {}. Open a call to hear what a number means.",
                plural(used, "call", "calls")
            ),
        };
        Section::new(
            "interaction",
            "Interaction",
            intro,
            vec![Block::Table(self.metric_table("How the calls sound", rows))],
        )
    }

    fn interaction_metrics(&self) -> [Metric<'_>; 5] {
        let targets = &self.material.settings.targets;
        [
            Metric {
                label: "Share of speech, mean of calls",
                of_month: |row| row.talk_share_mean,
                show: share,
                target: Some(targets.talk_share(CallStage::Discovery)),
                listen: Some(Listen {
                    of_call: |call| Some(call.talk_share),
                    distance: |share| (share - 0.43).abs(),
                    furthest: "worst",
                    nearest: Some("best"),
                }),
                opens: "",
            },
            Metric {
                label: "Share of speech, calls pooled",
                of_month: |row| row.talk_share_pooled,
                show: share,
                target: None,
                listen: None,
                opens: "made of all calls used; the newest stand at the foot",
            },
            Metric {
                label: "Longest monologue, median call",
                of_month: |row| row.median_monologue_bridged_ms.map(|ms| ms as f64),
                show: |ms| duration(ms.map(|ms| ms as i64)),
                target: Some(&targets.monologue_ms),
                listen: Some(Listen {
                    of_call: |call| Some(call.monologue_ms as f64),
                    distance: |ms| ms,
                    furthest: "worst",
                    nearest: Some("best"),
                }),
                opens: "",
            },
            Metric {
                label: "Longest monologue of the month",
                of_month: |row| row.longest_monologue_bridged_ms.map(|ms| ms as f64),
                show: |ms| duration(ms.map(|ms| ms as i64)),
                target: None,
                listen: Some(Listen {
                    of_call: |call| Some(call.monologue_ms as f64),
                    distance: |ms| ms,
                    furthest: "longest",
                    nearest: None,
                }),
                opens: "",
            },
            Metric {
                label: "Pace",
                of_month: |row| row.words_per_minute,
                show: pace,
                target: None,
                listen: Some(Listen {
                    of_call: |call| Some(call.words as f64 * 60_000.0 / call.talk_ms.max(1) as f64),
                    distance: |pace| pace,
                    furthest: "fastest",
                    nearest: Some("slowest"),
                }),
                opens: "",
            },
        ]
    }

    fn metric_table(&self, caption: &str, rows: Vec<Vec<Cell>>) -> Table {
        Table {
            caption: caption.into(),
            columns: vec![
                Column::words("Measure"),
                Column::numbers(month_label(&self.month)),
                Column::numbers("Team median"),
                Column::numbers(month_label(&self.before)),
                Column::words("Target"),
                Column::words("12 months"),
                Column::words("Listen to"),
            ],
            rows,
            empty: "No measures.".into(),
            ..Table::default()
        }
    }

    fn metric_row(&self, metric: &Metric<'_>) -> Vec<Cell> {
        let shown = |row: Option<&RepMonthRow>| {
            let n = row.map_or(0, |row| row.calls_used);
            (metric.show)(row.and_then(metric.of_month))
                .with_n(n)
                .faint_if(n > 0 && n < FEW)
        };
        let enough = self.row().is_some_and(|row| row.calls_used >= FEW);
        let value = self.row().and_then(metric.of_month).filter(|_| enough);
        let mark = metric
            .target
            .zip(value)
            .map(|(target, value)| judged(value, target));
        let (team, reps) = self.team_median(metric);
        let wish = match metric.target {
            Some(target) => Cell::text(&target.words).with_note(target.source),
            None => Cell::text("–"),
        };
        vec![
            Cell::text(metric.label),
            Cell::new(shown(self.row())).with_mark(mark),
            Cell::new((metric.show)(team)).with_note(plural(reps, "rep", "reps")),
            Cell::new(shown(self.row_before())),
            wish,
            Cell {
                trend: self.trend(metric),
                ..Cell::default()
            },
            Cell {
                calls: self.listen(metric),
                note: metric.opens.into(),
                ..Cell::default()
            },
        ]
    }

    fn team_median(&self, metric: &Metric<'_>) -> (Option<f64>, i64) {
        let rows = self.material.rollups.rep_months.iter();
        let rows = rows.filter(|row| row.month == self.month && row.calls_used > 0);
        let values: Vec<f64> = rows.filter_map(metric.of_month).collect();
        (median(&values), values.len() as i64)
    }

    fn trend(&self, metric: &Metric<'_>) -> Option<Trend> {
        let months = self.material.months();
        let value = |month: &String| {
            self.material
                .rep_month(self.user_id, month)
                .and_then(metric.of_month)
        };
        let points: Vec<Option<f64>> = months.iter().map(value).collect();
        let known = months
            .iter()
            .zip(&points)
            .filter_map(|(month, point)| Some((month, (*point)?)));
        let words: Vec<String> = known
            .map(|(month, value)| {
                format!("{} {}", month_label(month), (metric.show)(Some(value)).text)
            })
            .collect();
        (words.len() > 1).then(|| Trend {
            description: words.join(", ").into(),
            points,
        })
    }

    /// The call furthest from what is wished, the one in the middle and the nearest one.
    fn listen(&self, metric: &Metric<'_>) -> Vec<CallLink> {
        let Some(listen) = &metric.listen else {
            return Vec::new();
        };
        let valued = |call| Some((call, (listen.of_call)(call)?));
        let mut calls: Vec<(&RepCall, f64)> = self
            .used_calls(&self.month)
            .into_iter()
            .filter_map(valued)
            .collect();
        calls.sort_by(|(a, of_a), (b, of_b)| {
            (listen.distance)(*of_b)
                .total_cmp(&(listen.distance)(*of_a))
                .then_with(|| a.call_id.cmp(&b.call_id))
        });
        let picks = match (calls.len(), listen.nearest) {
            (0, _) => Vec::new(),
            (_, None) => vec![(listen.furthest, 0)],
            (1, _) => vec![("only", 0)],
            (2, Some(nearest)) => vec![(listen.furthest, 0), (nearest, 1)],
            (many, Some(nearest)) => vec![
                (listen.furthest, 0),
                ("median", many / 2),
                (nearest, many - 1),
            ],
        };
        let link = |(label, at): (&str, usize)| {
            let (call, value) = calls.get(at)?;
            let facts = self.material.rollups.calls.get(&call.call_id)?;
            Some(call_link(facts, label, (metric.show)(Some(*value)).text))
        };
        picks.into_iter().filter_map(link).collect()
    }

    fn used_calls(&self, month: &str) -> Vec<&RepCall> {
        let calls = self.material.rollups.rep_calls.iter();
        calls
            .filter(|call| {
                call.user_id == self.user_id && call.month == month && call.exclusion.is_none()
            })
            .collect()
    }

    fn ids_of_used(&self, month: &str) -> BTreeSet<&str> {
        let calls = self.used_calls(month).into_iter();
        calls.map(|call| call.call_id.as_str()).collect()
    }

    fn questions(&self) -> Section {
        let per_call = Metric {
            label: "Questions of our side a call",
            of_month: |row| row.questions_per_call,
            show: mean,
            target: Some(&self.material.settings.targets.questions),
            listen: Some(Listen {
                of_call: |call| call.questions.map(|count| count as f64),
                distance: |questions| (questions - 12.5).abs(),
                furthest: "worst",
                nearest: Some("best"),
            }),
            opens: "",
        };
        let open = Metric {
            label: "Open ones among them",
            of_month: |row| ratio(row.questions_open, row.questions),
            show: share,
            target: None,
            listen: None,
            opens: "the newest of them stand below",
        };
        let rows = vec![self.metric_row(&per_call), self.metric_row(&open)];
        let mut blocks = vec![Block::Table(self.metric_table(
            "Questions that anybody of our side asked on the rep's calls",
            rows,
        ))];
        let used: BTreeSet<&str> = self.ids_of_used(&self.month);
        let of_kind: [(&str, &str, Count); 2] = [
            ("open", "Newest open questions of our side", |row| {
                row.questions_open
            }),
            ("closed", "Newest closed questions of our side", |row| {
                row.questions_closed
            }),
        ];
        for (kind, title, total) in of_kind {
            let found = self.material.evidence.questions.iter().filter(|found| {
                found.kind == kind
                    && found.side == "company"
                    && used.contains(found.call_id.as_str())
            });
            let quotes = spread(found.map(|found| &found.quote), 4);
            if !quotes.is_empty() {
                blocks.push(Block::Quotes(QuoteList {
                    title: title.into(),
                    total: self.row().map_or(0, total),
                    quotes,
                }));
            }
        }
        let intro = "Asked by the rep or a colleague on the calls used; the speaker stands beside each. An open question asks for more than yes or no; research on large sales did not find that open questions alone win deals, so their share has no target.";
        Section::new("questions", "Questions", intro, blocks)
    }

    fn objections(&self) -> Section {
        let (now, then) = (
            self.ids_of_used(&self.month),
            self.ids_of_used(&self.before),
        );
        let both: BTreeSet<&str> = now.union(&then).copied().collect();
        let mut rows: Vec<(i64, Vec<Cell>)> = Vec::new();
        for objection in &self.material.settings.objections {
            let this = self.material.raised(&objection.id, &now);
            let last = self.material.raised(&objection.id, &then);
            if this + last > 0 {
                let quotes = self
                    .material
                    .quotes(OBJECTIONS, &objection.id, "customer", &both, 3);
                rows.push((
                    this,
                    vec![
                        Cell::text(&objection.label),
                        Cell::new(count(this)),
                        Cell::new(share(ratio(this, now.len() as i64))),
                        Cell::new(count(last)),
                        Cell::heard(quotes, this + last),
                    ],
                ));
            }
        }
        rows.sort_by_key(|(this, _)| std::cmp::Reverse(*this));
        let table = Table {
            caption: "Calls on which a customer raised it".into(),
            columns: vec![
                Column::words("Objection"),
                Column::numbers(month_label(&self.month)),
                Column::numbers("of calls used"),
                Column::numbers(month_label(&self.before)),
                Column::words("Newest"),
            ],
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            empty: "No objection was heard on this rep's calls in these two months.".into(),
            ..Table::default()
        };
        let intro = "What customers objected to, in their own words.";
        Section::new(
            "objections",
            "Objections heard",
            intro,
            vec![Block::Table(table)],
        )
    }

    fn calls_used(&self) -> Section {
        let reasons: [(&str, Option<Exclusion>, Count); 5] = [
            ("Used", None, |row| row.calls_used),
            (
                "Left out: no transcript",
                Some(Exclusion::NoTranscript),
                |row| row.excluded_no_transcript,
            ),
            (
                "Left out: shorter than 3 minutes",
                Some(Exclusion::Short),
                |row| row.excluded_short,
            ),
            (
                "Left out: fewer than two sides could be told apart",
                Some(Exclusion::OneSided),
                |row| row.excluded_one_sided,
            ),
            (
                "Left out: the rep hosted and did not speak",
                Some(Exclusion::Silent),
                |row| row.excluded_silent,
            ),
        ];
        let cell = |row: Option<&RepMonthRow>, of: Count| Cell::new(count(row.map_or(0, of)));
        let rows = reasons.map(|(label, exclusion, of)| {
            vec![
                Cell::text(label),
                cell(self.row(), of),
                cell(self.row_before(), of),
                self.newest_calls(exclusion),
            ]
        });
        let table = Table {
            caption: "Calls the rep spoke on or hosted".into(),
            columns: vec![
                Column::words("Calls"),
                Column::numbers(month_label(&self.month)),
                Column::numbers(month_label(&self.before)),
                Column::words(format!("Newest of {}", month_label(&self.month))),
            ],
            rows: rows.into(),
            empty: "No calls.".into(),
            ..Table::default()
        };
        let intro = "Each call is left out for the first reason that holds.";
        Section::new(
            "calls",
            "Calls used and left out",
            intro,
            vec![Block::Table(table)],
        )
    }

    /// The newest calls of this month that were used, or left out for one reason.
    fn newest_calls(&self, exclusion: Option<Exclusion>) -> Cell {
        let calls = self.material.rollups.rep_calls.iter().rev().filter(|call| {
            call.user_id == self.user_id && call.month == self.month && call.exclusion == exclusion
        });
        let facts = calls.filter_map(|call| self.material.rollups.calls.get(&call.call_id));
        let calls: Vec<CallLink> = facts
            .take(3)
            .map(|call| call_link(call, "", "".into()))
            .collect();
        let note = if calls.is_empty() { "no such call" } else { "" };
        Cell {
            calls,
            note: note.into(),
            ..Cell::default()
        }
    }

    fn footer(&self) -> Vec<Fact> {
        let mut footer = vec![
            Fact::new(
                "Share of speech",
                "The rep's speech over everybody's speech, silence left out. The mean gives each call the same weight, the pooled share gives each minute the same.",
            ),
            Fact::new(
                "Longest monologue",
                "The longest stretch of the rep's speech in a call; short words of assent by others do not end it. Its length is kept, not its place, so a link opens the call at its start.",
            ),
            Fact::new(
                "Questions",
                "Questions of all of our side on the call, because a question is counted per side; the sentences quoted are from the same calls and may be a colleague's.",
            ),
            Fact::new(
                "Targets",
                "Targets for speech and questions were published for discovery calls; calls are not yet told apart by stage, so read them with that in mind.",
            ),
            Fact::new(
                "Contest a number",
                "Open the calls behind it. A call whose speakers are mixed up in Gong is measured wrong here too. No emotions are inferred, and these numbers are not made for employment decisions.",
            ),
        ];
        footer.extend(self.material.footer());
        footer
    }
}

fn judged(value: f64, target: &Target) -> Mark {
    let within = |(low, high): (f64, f64)| (low..=high).contains(&value);
    let side = if value < target.good.0 {
        "below"
    } else {
        "above"
    };
    if within(target.good) {
        Mark::new(Tone::Good, "on target")
    } else if within(target.watch) {
        Mark::new(Tone::Watch, format!("{side} target"))
    } else {
        Mark::new(Tone::Poor, format!("far {side} target"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_judged_by_its_band() {
        let usual = crate::report::targets::tests::usual();
        let target = usual.talk_share(CallStage::Discovery);
        for (value, tone, words) in [
            (0.43, Tone::Good, "on target"),
            (0.20, Tone::Watch, "below target"),
            (0.60, Tone::Watch, "above target"),
            (0.70, Tone::Poor, "far above target"),
        ] {
            assert_eq!(judged(value, target), Mark::new(tone, words), "{value}");
        }
    }
}
