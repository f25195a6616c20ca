//! Answered scorecards of the last months, as pages show them.

use std::collections::BTreeMap;

use serde::Deserialize;
use talktrack_analyzers::tables::{AnsweredScorecardRow, ScorecardRow};

/// Months of reviews that pages look back on.
pub const MONTHS: usize = 3;

/// One scorecard that was filled in for a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The user whose call it is.
    pub user_id: String,
    /// Gong's id of the call; empty where it names none.
    pub call_id: String,
    /// Name of the scorecard.
    pub scorecard: String,
    /// Whether Gong filled it in.
    pub by_gong: bool,
    /// The answers, in the order of Gong.
    pub answers: Vec<Answer>,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What was asked; its id where the scorecard is not known.
    pub question: String,
    /// The score, where it has one.
    pub score: Option<f64>,
    /// What the reviewer wrote.
    pub words: Option<String>,
}

/// Reviews by user, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Reviews {
    shown: Vec<Review>,
    /// How many of a user are not public.
    hidden: BTreeMap<String, i64>,
}

/// Reviews of one user.
#[derive(Debug)]
pub struct OfUser<'r> {
    /// Oldest first.
    pub shown: &'r [Review],
    /// Left out because they are not public in Gong.
    pub hidden: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    question_id: String,
    question_text: String,
}

#[derive(Deserialize)]
struct Questions {
    #[serde(default)]
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    question_id: Option<String>,
    score: Option<f64>,
    answer_text: Option<String>,
    #[serde(default)]
    not_applicable: bool,
}

impl Reviews {
    /// Out of the stored rows. Answers that cannot be read are left out: the row keeps them.
    pub fn new(mut rows: Vec<AnsweredScorecardRow>, scorecards: &[ScorecardRow]) -> Self {
        rows.sort_by(|a, b| {
            (a.reviewed.0, &a.answered_scorecard_id).cmp(&(b.reviewed.0, &b.answered_scorecard_id))
        });
        let texts = questions(scorecards);
        let mut reviews = Self::default();
        for row in rows {
            let Some(user_id) = row.reviewed_user_id else {
                continue;
            };
            if row.visibility.as_deref() != Some("PUBLIC") {
                *reviews.hidden.entry(user_id).or_default() += 1;
                continue;
            }
            let answers: Vec<Answered> = serde_json::from_str(&row.answers).unwrap_or_default();
            let known = answers.into_iter().filter(|answer| !answer.not_applicable);
            let answers = known.map(|answer| {
                let id = answer.question_id.unwrap_or_default();
                Answer {
                    question: texts.get(&id).cloned().unwrap_or(id),
                    score: answer.score,
                    words: answer.answer_text.filter(|words| !words.trim().is_empty()),
                }
            });
            reviews.shown.push(Review {
                user_id,
                call_id: row.call_id.unwrap_or_default(),
                scorecard: row.scorecard_name.unwrap_or_default(),
                by_gong: row.review_method.as_deref() == Some("AUTOMATIC"),
                answers: answers.collect(),
            });
        }
        // Those of a user stay in the order of time.
        reviews.shown.sort_by(|a, b| a.user_id.cmp(&b.user_id));
        reviews
    }

    /// The reviews of one user.
    pub fn of(&self, user_id: &str) -> OfUser<'_> {
        let reviews = self.shown.as_slice();
        let from = reviews.partition_point(|review| review.user_id.as_str() < user_id);
        let to = reviews.partition_point(|review| review.user_id.as_str() <= user_id);
        OfUser {
            shown: &reviews[from..to],
            hidden: self.hidden.get(user_id).copied().unwrap_or_default(),
        }
    }

    /// The same with other ids and without what was written.
    pub(super) fn hide(&mut self, person: impl Fn(&str) -> String, call: impl Fn(&str) -> String) {
        for review in &mut self.shown {
            review.user_id = person(&review.user_id);
            review.call_id = call(&review.call_id);
            review
                .answers
                .iter_mut()
                .for_each(|answer| answer.words = None);
        }
        self.shown.sort_by(|a, b| a.user_id.cmp(&b.user_id));
        let hidden = std::mem::take(&mut self.hidden).into_iter();
        self.hidden = hidden
            .map(|(user, number)| (person(&user), number))
            .collect();
    }
}

/// What each question asks, by its id.
fn questions(scorecards: &[ScorecardRow]) -> BTreeMap<String, String> {
    let known = scorecards
        .iter()
        .filter_map(|row| serde_json::from_str::<Questions>(&row.raw).ok());
    known
        .flat_map(|of_card| of_card.questions)
        .map(|question| (question.question_id, question.question_text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use talktrack_analyzers::table::TimestampUs;

    fn row(user: &str, visibility: &str, answers: &str) -> AnsweredScorecardRow {
        AnsweredScorecardRow {
            answered_scorecard_id: "1".into(),
            scorecard_id: Some("7".into()),
            scorecard_name: Some("Demo".into()),
            call_id: Some("c".into()),
            call_started: None,
            reviewed_user_id: Some(user.into()),
            reviewer_user_id: None,
            review_method: Some("AUTOMATIC".into()),
            editor_user_id: None,
            reviewed: TimestampUs(0),
            visibility: Some(visibility.into()),
            answers: answers.into(),
            raw: "{}".into(),
        }
    }

    fn card() -> ScorecardRow {
        ScorecardRow {
            scorecard_id: "7".into(),
            name: Some("Demo".into()),
            workspace_id: None,
            enabled: Some(true),
            review_method: None,
            created: None,
            updated: None,
            raw: r#"{"questions":[{"questionId":"q","questionText":"Was it good?"}]}"#.into(),
        }
    }

    #[test]
    fn answers_get_their_questions_and_private_ones_stay_out() {
        let answers = r#"[{"questionId":"q","score":4},{"questionId":"x","notApplicable":true}]"#;
        let rows = vec![
            row("2", "PUBLIC", answers),
            row("1", "PRIVATE", answers),
            row("1", "PUBLIC", "not json"),
        ];
        let reviews = Reviews::new(rows, &[card()]);
        let of = reviews.of("2");
        assert_eq!((of.shown.len(), of.hidden), (1, 0));
        assert!(of.shown[0].by_gong);
        assert_eq!(
            of.shown[0].answers,
            [Answer {
                question: "Was it good?".into(),
                score: Some(4.0),
                words: None
            }]
        );
        let of = reviews.of("1");
        assert_eq!((of.shown.len(), of.hidden), (1, 1));
        assert!(of.shown[0].answers.is_empty());
        assert!(reviews.of("3").shown.is_empty());
    }
}
