//! What our side asked on the rep's calls.

use std::collections::BTreeSet;

use talktrack_analyzers::statistics::median;

use super::{Count, Rep};
use crate::report::document::{Block, Cell, Column, QuoteList, Section, Table};
use crate::report::evidence::FoundQuestion;
use crate::report::kinds::{numbers, ratio};
use crate::report::material::{FEW, month_label, spread};
use crate::report::number::{count, duration, share};

/// Intents that qualify a deal, and those of SPIN.
const QUALIFYING: [&str; 4] = ["budget", "authority", "need", "timeline"];
const SPIN: [&str; 4] = ["situation", "problem", "implication", "need-payoff"];

impl Rep<'_> {
    pub(super) fn questions(&self) -> Section {
        let mut blocks = vec![
            Block::Table(self.table(
                "Questions that anybody of our side asked on the rep's calls",
                &numbers::QUESTIONS,
            )),
            Block::Table(self.intents()),
            Block::Table(self.answers()),
        ];
        let used = self.ids_of_used(&self.month);
        let of_kind: [(&str, &str, Count); 2] = [
            ("open", "Newest open questions of our side", |row| {
                row.questions_open
            }),
            ("closed", "Newest closed questions of our side", |row| {
                row.questions_closed
            }),
        ];
        for (kind, title, total) in of_kind {
            let found = self.asked(&used).filter(|found| found.kind == kind);
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

    /// Questions of our side whose sentences are known.
    fn asked<'s>(&'s self, calls: &'s BTreeSet<&str>) -> impl Iterator<Item = &'s FoundQuestion> {
        let found = self.material.evidence.questions_on(calls);
        found.filter(|found| found.side == "company")
    }

    /// What the questions are after, the rep's calls beside everybody's.
    fn intents(&self) -> Table {
        let own = self.material.intents(self.user_id, &self.month);
        let all = self.material.intents("", &self.month);
        let find = |rows: &[crate::rollup::RepIntentRow], intent: &str| {
            let row = rows.iter().find(|row| row.intent == intent);
            row.map_or((0, 0), |row| (row.calls, row.questions))
        };
        let ((calls, questions), (all_calls, _)) = (find(own, ""), find(all, ""));
        let used = self.ids_of_used(&self.month);
        let row = |entry: &crate::report::settings::Entry| {
            let (asked_on, asked) = find(own, &entry.id);
            let (all_on, _) = find(all, &entry.id);
            let found = self.asked(&used);
            let found = found.filter(|found| found.intent.as_deref() == Some(entry.id.as_str()));
            let quotes = spread(found.map(|found| &found.quote), 2);
            let opens = match (quotes.is_empty(), asked) {
                (true, 0) => "not asked",
                (true, _) => "older than the sentences shown",
                _ => "",
            };
            let groups = [(&QUALIFYING, "qualifying"), (&SPIN, "SPIN")];
            let groups: Vec<&str> = groups
                .iter()
                .filter(|(intents, _)| intents.contains(&entry.id.as_str()))
                .map(|(_, name)| *name)
                .collect();
            vec![
                Cell::text(&entry.label).with_note(groups.join(", ")),
                Cell::new(count(asked)),
                Cell::new(share(ratio(asked, questions))),
                Cell::new(share(ratio(asked_on, calls)).with_n(calls)),
                Cell::new(share(ratio(all_on, all_calls)).with_n(all_calls)),
                Cell::default().with_quotes(quotes).with_note(opens),
            ]
        };
        let intents = &self.material.settings.intents;
        Table {
            caption: format!(
                "What the questions of {} were after: the four that qualify a deal and the four of SPIN among them",
                month_label(&self.month)
            )
            .into(),
            columns: vec![
                Column::words("After"),
                Column::numbers("Questions"),
                Column::numbers("of questions"),
                Column::numbers("Calls with one"),
                Column::numbers("All reps' calls with one"),
                Column::words("Newest"),
            ],
            rows: intents.iter().filter(|_| calls > 0).map(row).collect(),
            empty: "No used call of this month is in a language whose questions are read.".into(),
            ..Table::default()
        }
    }

    /// How long customers answered, by kind of question.
    fn answers(&self) -> Table {
        let used = self.ids_of_used(&self.month);
        let calls: BTreeSet<&str> = self
            .asked(&used)
            .map(|found| found.call_id.as_str())
            .collect();
        let mut rows = Vec::new();
        for (kind, label) in [("open", "Open questions"), ("closed", "Closed questions")] {
            let lengths: Vec<f64> = self
                .asked(&used)
                .filter(|found| found.kind == kind)
                .map(|found| found.answer_ms as f64)
                .collect();
            let n = lengths.len() as i64;
            let middle = median(&lengths).map(|ms| ms.round() as i64);
            let longest = self
                .asked(&used)
                .filter(|found| found.kind == kind)
                .max_by_key(|found| found.answer_ms);
            let quotes = longest.map(|found| found.quote.clone()).into_iter();
            rows.push(vec![
                Cell::text(label),
                Cell::new(duration(middle.filter(|_| n >= FEW)).with_n(n)),
                Cell::new(duration(longest.map(|found| found.answer_ms)))
                    .with_quotes(quotes.collect()),
            ]);
        }
        Table {
            caption: format!(
                "How long customers spoke after a question, until our side spoke again, on the newest {} calls",
                calls.len()
            )
            .into(),
            columns: vec![
                Column::words("After"),
                Column::numbers("Median"),
                Column::numbers("Longest, with its question"),
            ],
            rows,
            ..Table::default()
        }
    }
}
