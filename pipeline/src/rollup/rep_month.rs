//! A rep's month: which calls count, how much the rep spoke, how fast, how long at a stretch, and what was asked.

use std::collections::BTreeMap;

use polars::prelude::*;
use talktrack_analyzers::metrics::questions::QuestionsRow;
use talktrack_analyzers::metrics::talk::{TalkCallRow, TalkRow};

use super::calls::Calls;
use super::rep_metric::{Measures, UsedCalls};
use super::stage::CallStage;
use super::{Error, Input, MIN_CALL_SECONDS, RepMonthRow, frame};

/// Shares are summed as millionths, because sums of floats depend on the order of threads.
pub(super) const SHARE_SCALE: f64 = 1e6;

/// Below this much speech a pace says nothing.
const MIN_PACE_MS: i64 = 30_000;

/// Why a call is left out of a rep's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// There is no transcript.
    NoTranscript,
    /// It is shorter than three minutes.
    Short,
    /// Fewer than two sides could be told apart.
    OneSided,
    /// The rep hosted and did not speak.
    Silent,
}

/// One rep on one call.
#[derive(Debug, Clone, PartialEq)]
pub struct RepCall {
    /// Gong's id of the user.
    pub user_id: String,
    /// Gong's id of the call.
    pub call_id: String,
    /// Month in the company's time zone.
    pub month: String,
    /// Why it is left out; none where it is used.
    pub exclusion: Option<Exclusion>,
    /// The rep's share of speech, 0 to 1.
    pub talk_share: f64,
    /// Speech of the rep, in milliseconds.
    pub talk_ms: i64,
    /// Words of the rep.
    pub words: i64,
    /// Longest monologue, back-channels bridged, in milliseconds.
    pub monologue_ms: i64,
    /// Questions of the company's side; none where the dictionary does not cover the call's language.
    pub questions: Option<i64>,
    /// Where the sale stood, by the stage of the call's deal; none where that says nothing.
    pub stage: Option<CallStage>,
    /// What `rollups/rep_metric` sums up, of this call; none where the call is left out.
    pub measures: Option<Measures>,
}

/// One row per call and rep: those who spoke, and the host, who may not have.
fn reps(input: &Input, calls: &Calls) -> Result<LazyFrame, Error> {
    let spoken = [
        "call_id",
        "user_id",
        "talk_ms",
        "words",
        "longest_monologue_strict_ms",
        "longest_monologue_bridged_ms",
    ];
    let spoke = frame::read::<TalkRow>(&input.talk, &spoken)?
        .lazy()
        .filter(col("user_id").is_not_null());
    let hosted = calls
        .frame
        .clone()
        .lazy()
        .filter(col("host").is_not_null())
        .select([
            col("call_id"),
            col("host").alias("user_id"),
            lit(0).cast(DataType::Int64).alias("talk_ms"),
            lit(0).cast(DataType::Int64).alias("words"),
            lit(0)
                .cast(DataType::Int64)
                .alias("longest_monologue_strict_ms"),
            lit(0)
                .cast(DataType::Int64)
                .alias("longest_monologue_bridged_ms"),
        ]);
    Ok(concat([spoke, hosted], UnionArgs::default())?
        .group_by([col("call_id"), col("user_id")])
        .agg([
            col("talk_ms").sum(),
            col("words").sum(),
            col("longest_monologue_strict_ms").max().alias("strict_ms"),
            col("longest_monologue_bridged_ms")
                .max()
                .alias("bridged_ms"),
        ]))
}

/// One row per rep and call, sorted.
pub(super) fn per_call(input: &Input, calls: &Calls) -> Result<DataFrame, Error> {
    let sides = frame::read::<TalkCallRow>(
        &input.talk_call,
        &[
            "call_id",
            "sentences",
            "speech_ms",
            "company_ms",
            "customer_ms",
            "attributed_share",
        ],
    )?;
    let asked = frame::read::<QuestionsRow>(
        &input.questions,
        &[
            "call_id",
            "side",
            "questions",
            "open",
            "closed",
            "questions_per_hour",
            "spread",
        ],
    )?
    .lazy()
    .filter(col("side").eq(lit("company")))
    .drop(cols(["side"]));
    let by_call = [col("call_id")];
    let joined = reps(input, calls)?
        .join(
            calls.frame.clone().lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Inner),
        )
        .join(
            sides.lazy(),
            &by_call,
            &by_call,
            JoinArgs::new(JoinType::Left),
        )
        .join(asked, &by_call, &by_call, JoinArgs::new(JoinType::Left));
    let share = (col("talk_ms").cast(DataType::Float64) / col("speech_ms").cast(DataType::Float64)
        * lit(SHARE_SCALE))
    .round(0, RoundMode::HalfAwayFromZero)
    .cast(DataType::Int64);
    Ok(joined
        .with_column(
            (col("attributed_share").fill_null(lit(0.0))
                * col("speech_ms").cast(DataType::Float64))
            .round(0, RoundMode::HalfAwayFromZero)
            .cast(DataType::Int64)
            .alias("attributed_ms"),
        )
        .with_column(exclusion().alias("exclusion"))
        .with_column(col("exclusion").eq(lit(0)).alias("used"))
        .with_column(
            when(col("speech_ms").gt(lit(0)))
                .then(share)
                .otherwise(lit(0_i64))
                .alias("share"),
        )
        // Where the dictionary does not cover a call's language nobody listened, which is not the same as no question.
        .with_column(col("questions").is_not_null().alias("counted"))
        .with_columns([
            col("questions").fill_null(lit(0)),
            col("open").fill_null(lit(0)),
            col("closed").fill_null(lit(0)),
            col("duration_s").fill_null(lit(0)),
        ])
        .sort(
            ["user_id", "month", "started", "call_id"],
            SortMultipleOptions::default(),
        )
        .collect()?)
}

/// 0 for a call that is used, else the reason; the first that holds.
fn exclusion() -> Expr {
    let one_sided = col("company_ms")
        .fill_null(lit(0))
        .eq(lit(0))
        .or(col("customer_ms").fill_null(lit(0)).eq(lit(0)));
    when(col("sentences").fill_null(lit(0)).eq(lit(0)))
        .then(lit(1))
        .when(
            col("duration_s")
                .fill_null(lit(0))
                .lt(lit(MIN_CALL_SECONDS)),
        )
        .then(lit(2))
        .when(one_sided)
        .then(lit(3))
        .when(col("talk_ms").eq(lit(0)))
        .then(lit(4))
        .otherwise(lit(0))
}

fn exclusion_of(code: i64) -> Option<Exclusion> {
    match code {
        1 => Some(Exclusion::NoTranscript),
        2 => Some(Exclusion::Short),
        3 => Some(Exclusion::OneSided),
        4 => Some(Exclusion::Silent),
        _ => None,
    }
}

/// The per-call frame as rows.
pub(super) fn rows(
    per_call: &DataFrame,
    used: &UsedCalls,
    stages: &BTreeMap<String, CallStage>,
) -> Result<Vec<RepCall>, Error> {
    // Both have the same order, and the used calls are some of all.
    let mut known = used.measures.iter();
    let mut measures_of = |is_used: bool| known.by_ref().take(usize::from(is_used)).next().cloned();
    let (users, calls) = (
        frame::words(per_call, "user_id")?,
        frame::words(per_call, "call_id")?,
    );
    let (months, exclusions) = (
        frame::words(per_call, "month")?,
        frame::numbers(per_call, "exclusion")?,
    );
    let (shares, talk) = (
        frame::numbers(per_call, "share")?,
        frame::numbers(per_call, "talk_ms")?,
    );
    let (words, monologues) = (
        frame::numbers(per_call, "words")?,
        frame::numbers(per_call, "bridged_ms")?,
    );
    let questions = frame::numbers(per_call, "questions")?;
    let counted = frame::numbers(per_call, "counted")?;
    let row = |at: usize| RepCall {
        user_id: users[at].clone(),
        call_id: calls[at].clone(),
        month: months[at].clone(),
        exclusion: exclusion_of(exclusions[at]),
        talk_share: shares[at] as f64 / SHARE_SCALE,
        talk_ms: talk[at],
        words: words[at],
        monologue_ms: monologues[at],
        questions: (counted[at] != 0).then_some(questions[at]),
        stage: stages.get(&calls[at]).copied(),
        measures: measures_of(exclusions[at] == 0),
    };
    Ok((0..per_call.height()).map(row).collect())
}

/// Months of reps.
pub(super) fn rollup(per_call: &DataFrame) -> Result<Vec<RepMonthRow>, Error> {
    let used = |name: &str| col(name).filter(col("used"));
    let left_out = |code: i32| col("exclusion").eq(lit(code)).cast(DataType::Int64).sum();
    let months = per_call
        .clone()
        .lazy()
        .group_by([col("user_id"), col("month")])
        .agg([
            len().cast(DataType::Int64).alias("calls"),
            col("used").cast(DataType::Int64).sum().alias("calls_used"),
            used("counted")
                .cast(DataType::Int64)
                .sum()
                .alias("calls_questions"),
            left_out(1).alias("no_transcript"),
            left_out(2).alias("short"),
            left_out(3).alias("one_sided"),
            left_out(4).alias("silent"),
            used("duration_s").sum(),
            used("talk_ms").sum(),
            used("speech_ms").sum(),
            used("attributed_ms").sum(),
            used("share").sum(),
            used("words").sum(),
            used("strict_ms").max(),
            used("bridged_ms").max(),
            used("bridged_ms").median().alias("bridged_median"),
            used("questions").sum(),
            used("open").sum(),
            used("closed").sum(),
        ])
        .with_column(
            col("bridged_median")
                .round(0, RoundMode::HalfAwayFromZero)
                .cast(DataType::Int64),
        )
        .sort(["user_id", "month"], SortMultipleOptions::default())
        .collect()?;
    month_rows(&months)
}

fn month_rows(months: &DataFrame) -> Result<Vec<RepMonthRow>, Error> {
    let (users, names) = (
        frame::words(months, "user_id")?,
        frame::words(months, "month")?,
    );
    let number = |name: &str| frame::numbers(months, name);
    let (calls, used) = (number("calls")?, number("calls_used")?);
    let (no_transcript, short) = (number("no_transcript")?, number("short")?);
    let (one_sided, silent) = (number("one_sided")?, number("silent")?);
    let (duration, talk, speech) = (
        number("duration_s")?,
        number("talk_ms")?,
        number("speech_ms")?,
    );
    let (shares, words) = (number("share")?, number("words")?);
    let attributed = number("attributed_ms")?;
    let strict = frame::numbers_or_null(months, "strict_ms")?;
    let bridged = frame::numbers_or_null(months, "bridged_ms")?;
    let median = frame::numbers_or_null(months, "bridged_median")?;
    let counted = number("calls_questions")?;
    let (questions, open, closed) = (number("questions")?, number("open")?, number("closed")?);
    let row = |at: usize| RepMonthRow {
        user_id: users[at].clone(),
        month: names[at].clone(),
        calls: calls[at],
        calls_used: used[at],
        excluded_no_transcript: no_transcript[at],
        excluded_short: short[at],
        excluded_one_sided: one_sided[at],
        excluded_silent: silent[at],
        duration_used_s: duration[at],
        talk_ms: talk[at],
        speech_ms: speech[at],
        talk_share_mean: ratio(shares[at], used[at]).map(|mean| mean / SHARE_SCALE),
        talk_share_pooled: ratio(talk[at], speech[at]),
        words: words[at],
        words_per_minute: ratio(words[at] * 60_000, talk[at]).filter(|_| talk[at] >= MIN_PACE_MS),
        longest_monologue_strict_ms: strict[at],
        longest_monologue_bridged_ms: bridged[at],
        median_monologue_bridged_ms: median[at],
        calls_questions: counted[at],
        questions: questions[at],
        questions_open: open[at],
        questions_closed: closed[at],
        questions_per_call: ratio(questions[at], counted[at]),
        speech_attributed_share: ratio(attributed[at], speech[at]),
    };
    Ok((0..months.height()).map(row).collect())
}

fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
