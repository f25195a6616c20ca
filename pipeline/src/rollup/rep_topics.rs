//! What reps ask about: criteria of methodologies and intents of questions, by rep and month.

use polars::prelude::*;
use talktrack_analyzers::metrics::methodology::{MethodologyCallRow, MethodologyRow};
use talktrack_analyzers::metrics::questions::{QuestionIntentsRow, QuestionsRow};

use super::{Error, Input, RepIntentRow, RepMethodologyRow, frame};

/// One row a rep, month, methodology and criterion; an empty criterion stands for the whole methodology, an empty user for
/// all reps.
pub(super) fn methodologies(
    input: &Input,
    per_call: &DataFrame,
) -> Result<Vec<RepMethodologyRow>, Error> {
    let touched = ["call_id", "methodology", "criterion", "asked", "evidenced"];
    let touched = frame::read::<MethodologyRow>(&input.methodology, &touched)?;
    let heard = [
        "call_id",
        "methodology",
        "criteria_asked",
        "criteria_evidenced",
    ];
    let heard = frame::read::<MethodologyCallRow>(&input.methodology_call, &heard)?
        .lazy()
        .filter(col("criteria_asked").is_not_null())
        .select([
            col("call_id"),
            col("methodology"),
            lit("").alias("criterion"),
            col("criteria_asked").alias("asked"),
            col("criteria_evidenced").alias("evidenced"),
        ]);
    let had = |name: &str| col(name.to_owned()).gt(lit(0)).cast(DataType::Int64).sum();
    let newest = col("call_id")
        .filter(col("evidenced").gt(lit(0)))
        .last()
        .alias("newest");
    let table = of_reps(
        concat([touched.lazy(), heard], UnionArgs::default())?,
        per_call,
    )?
    .group_by_stable(["user_id", "month", "methodology", "criterion"].map(col))
    .agg([
        len().cast(DataType::Int64).alias("calls"),
        had("asked").alias("asked"),
        had("evidenced").alias("evidenced"),
        newest,
    ])
    .sort(
        ["user_id", "month", "methodology", "criterion"],
        SortMultipleOptions::default(),
    )
    .collect()?;
    let words = |name: &str| frame::words(&table, name);
    let (users, months) = (words("user_id")?, words("month")?);
    let (methodologies, criteria) = (words("methodology")?, words("criterion")?);
    let (calls, asked) = (
        frame::numbers(&table, "calls")?,
        frame::numbers(&table, "asked")?,
    );
    let evidenced = frame::numbers(&table, "evidenced")?;
    let newest = frame::words_or_null(&table, "newest")?;
    let row = |at: usize| RepMethodologyRow {
        user_id: users[at].clone(),
        month: months[at].clone(),
        methodology: methodologies[at].clone(),
        criterion: criteria[at].clone(),
        calls: calls[at],
        calls_asked: asked[at],
        calls_evidenced: evidenced[at],
        newest_evidenced_call_id: newest[at].clone(),
    };
    Ok((0..table.height()).map(row).collect())
}

/// One row a rep, month and intent of questions of the company's side; an empty intent stands for all questions, an empty
/// user for all reps.
pub(super) fn intents(input: &Input, per_call: &DataFrame) -> Result<Vec<RepIntentRow>, Error> {
    let columns = ["call_id", "side", "intent", "questions"];
    let intents = frame::read::<QuestionIntentsRow>(&input.question_intents, &columns)?
        .lazy()
        .filter(col("side").eq(lit("company")))
        .select(["call_id", "intent", "questions"].map(col));
    let columns = ["call_id", "side", "questions"];
    let all = frame::read::<QuestionsRow>(&input.questions, &columns)?
        .lazy()
        .filter(
            col("side")
                .eq(lit("company"))
                .and(col("questions").is_not_null()),
        )
        .select([col("call_id"), lit("").alias("intent"), col("questions")]);
    let table = of_reps(concat([intents, all], UnionArgs::default())?, per_call)?
        .group_by(["user_id", "month", "intent"].map(col))
        .agg([
            len().cast(DataType::Int64).alias("calls"),
            col("questions").sum(),
        ])
        .sort(
            ["user_id", "month", "intent"],
            SortMultipleOptions::default(),
        )
        .collect()?;
    let words = |name: &str| frame::words(&table, name);
    let (users, months, intents) = (words("user_id")?, words("month")?, words("intent")?);
    let (calls, questions) = (
        frame::numbers(&table, "calls")?,
        frame::numbers(&table, "questions")?,
    );
    let row = |at: usize| RepIntentRow {
        user_id: users[at].clone(),
        month: months[at].clone(),
        intent: intents[at].clone(),
        calls: calls[at],
        questions: questions[at],
    };
    Ok((0..table.height()).map(row).collect())
}

/// Rows of calls beside each rep who used the call, and once more beside all reps together, oldest call first.
fn of_reps(of_calls: LazyFrame, per_call: &DataFrame) -> Result<LazyFrame, Error> {
    let by_call = [col("call_id")];
    let used = per_call
        .clone()
        .lazy()
        .filter(col("used"))
        .select(["user_id", "month", "started", "call_id"].map(col));
    let of_one = used.join(of_calls, &by_call, &by_call, JoinArgs::new(JoinType::Inner));
    let of_all = of_one.clone().with_column(lit("").alias("user_id"));
    Ok(concat([of_one, of_all], UnionArgs::default())?.sort(
        ["user_id", "started", "call_id"],
        SortMultipleOptions::default(),
    ))
}
