//! Scorecards that people, or Gong, filled in for the rep's calls.

use std::collections::BTreeMap;

use talktrack_analyzers::statistics::mean;

use super::Rep;
use crate::report::document::{Block, Cell, Column, Section, Table};
use crate::report::evidence::call_link;
use crate::report::number;
use crate::report::number::{count, plural};
use crate::report::reviews::{MONTHS, Review};

/// Newest reviews with words that are shown.
const WORDS: usize = 5;

impl Rep<'_> {
    /// None where no scorecard of the last months can be shown.
    pub(super) fn reviews(&self) -> Option<Section> {
        let reviews = self.material.reviews.of(self.user_id);
        if reviews.shown.is_empty() {
            return None;
        }
        let mut blocks = vec![Block::Table(scores(reviews.shown))];
        let words = self.words(reviews.shown);
        if !words.rows.is_empty() {
            blocks.push(Block::Table(words));
        }
        let hidden = if reviews.hidden > 0 {
            format!(
                " {} not public in Gong and left out.",
                plural(reviews.hidden, "more is", "more are")
            )
        } else {
            String::new()
        };
        let intro = format!(
            "Answers of the last {MONTHS} months, from Gong as they are: they are somebody's judgement, or Gong's, and nothing above is computed from them.{hidden}"
        );
        Some(Section::new(
            "reviews",
            "Scorecards answered in Gong",
            intro,
            blocks,
        ))
    }

    /// What reviewers wrote, newest first.
    fn words(&self, reviews: &[Review]) -> Table {
        let written = reviews.iter().rev().flat_map(|review| {
            let answers = review.answers.iter();
            answers.filter_map(move |answer| Some((review, answer, answer.words.as_ref()?)))
        });
        let row = |(review, answer, words): (&Review, &crate::report::reviews::Answer, &String)| {
            let call = self.material.rollups.calls.get(&review.call_id);
            vec![
                Cell::text(words),
                Cell::text(&answer.question).with_note(review.scorecard.as_str()),
                Cell {
                    calls: call
                        .map(|facts| call_link(facts, "", "".into()))
                        .into_iter()
                        .collect(),
                    ..Cell::default()
                },
            ]
        };
        Table {
            caption: "What reviewers wrote, newest first".into(),
            columns: vec![
                Column::words("Words"),
                Column::words("Asked"),
                Column::words("Call"),
            ],
            rows: written.take(WORDS).map(row).collect(),
            ..Table::default()
        }
    }
}

/// Each question's mean score, by scorecard.
fn scores(reviews: &[Review]) -> Table {
    let mut scores: BTreeMap<(&str, &str, &str), Vec<f64>> = BTreeMap::new();
    let mut answered: BTreeMap<(&str, &str, &str), i64> = BTreeMap::new();
    for review in reviews {
        for answer in &review.answers {
            let by = if review.by_gong { "Gong" } else { "people" };
            let key = (review.scorecard.as_str(), answer.question.as_str(), by);
            *answered.entry(key).or_default() += 1;
            if let Some(score) = answer.score {
                scores.entry(key).or_default().push(score);
            }
        }
    }
    let row = |((scorecard, question, by), n): (&(&str, &str, &str), &i64)| {
        let values = scores.get(&(*scorecard, *question, *by));
        let mean = values.and_then(|values| mean(values));
        vec![
            Cell::text(*question).with_note(*scorecard),
            Cell::text(*by),
            Cell::new(count(*n)),
            Cell::new(number::mean(mean)),
        ]
    };
    Table {
        caption: "Questions of scorecards and how they were answered".into(),
        columns: vec![
            Column::words("Question"),
            Column::words("Answered by"),
            Column::numbers("Answers"),
            Column::numbers("Mean score"),
        ],
        rows: answered.iter().map(row).collect(),
        ..Table::default()
    }
}
