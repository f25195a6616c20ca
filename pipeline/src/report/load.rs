//! From the lake to what rollups and pages are made of.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::ToSpan;
use jiff::civil::Date;
use talktrack_analyzers::table::{Row, SchemaError};
use talktrack_analyzers::tables::{AnsweredScorecardRow, CoverageRow, ScorecardRow, UserRow};

use super::error::Error;
use super::evidence::{DayRows, Evidence, Wanted};
use super::reviews::{self, Reviews};
use super::settings::Settings;
use super::utc_reach;
use crate::lake::{Lake, PartitionKey, Snapshot};
use crate::rollup::{CallFacts, Input};

/// Partitions that are fetched side by side.
const PARALLEL: usize = 8;

/// The tables whose definitions pages state.
const METRICS: [&str; 14] = [
    "metrics/attendance",
    "metrics/fluency",
    "metrics/interaction",
    "metrics/interaction_voice",
    "metrics/mentions",
    "metrics/methodology",
    "metrics/methodology_call",
    "metrics/next_steps",
    "metrics/objections",
    "metrics/pricing",
    "metrics/question_intents",
    "metrics/questions",
    "metrics/talk",
    "metrics/talk_call",
];

/// What the rollups read, up to `last`, a UTC day.
pub(super) async fn input(lake: &Lake, snapshot: &Snapshot, last: Date) -> Result<Input, Error> {
    Ok(Input {
        attendance: partitions(lake, snapshot, "metrics/attendance", last).await?,
        calls: partitions(lake, snapshot, "calls", last).await?,
        crm_objects: partitions(lake, snapshot, "crm_objects", last).await?,
        deal_history: lake.read_table(snapshot).await?,
        fluency: partitions(lake, snapshot, "metrics/fluency", last).await?,
        interaction: partitions(lake, snapshot, "metrics/interaction", last).await?,
        interaction_voice: partitions(lake, snapshot, "metrics/interaction_voice", last).await?,
        mentions: partitions(lake, snapshot, "metrics/mentions", last).await?,
        methodology: partitions(lake, snapshot, "metrics/methodology", last).await?,
        methodology_call: partitions(lake, snapshot, "metrics/methodology_call", last).await?,
        next_steps: partitions(lake, snapshot, "metrics/next_steps", last).await?,
        objections: partitions(lake, snapshot, "metrics/objections", last).await?,
        pricing: partitions(lake, snapshot, "metrics/pricing", last).await?,
        question_intents: partitions(lake, snapshot, "metrics/question_intents", last).await?,
        questions: partitions(lake, snapshot, "metrics/questions", last).await?,
        talk: partitions(lake, snapshot, "metrics/talk", last).await?,
        talk_call: partitions(lake, snapshot, "metrics/talk_call", last).await?,
    })
}

async fn partitions(
    lake: &Lake,
    snapshot: &Snapshot,
    table: &str,
    last: Date,
) -> Result<Vec<Bytes>, Error> {
    let days: Vec<Date> = snapshot.days(table).filter(|day| *day <= last).collect();
    let fetched: Vec<Option<Bytes>> = stream::iter(days)
        .map(|day| async move { lake.read_bytes(&PartitionKey::day(table, day)).await })
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    Ok(fetched.into_iter().flatten().collect())
}

/// Users by id.
pub(super) async fn users(
    lake: &Lake,
    snapshot: &Snapshot,
) -> Result<BTreeMap<String, UserRow>, Error> {
    let users: Vec<UserRow> = lake.read_table(snapshot).await?;
    Ok(users
        .into_iter()
        .map(|user| (user.user_id.clone(), user))
        .collect())
}

/// Rows of `coverage`.
pub(super) async fn coverage(lake: &Lake, snapshot: &Snapshot) -> Result<Vec<CoverageRow>, Error> {
    Ok(lake.read_table(snapshot).await?)
}

/// Answered scorecards of the last months up to a day.
pub(super) async fn reviews(
    lake: &Lake,
    snapshot: &Snapshot,
    settings: &Settings,
    as_of: Date,
) -> Result<Reviews, Error> {
    let end = settings.calendar.end_of(as_of).as_microsecond();
    let mut rows: Vec<AnsweredScorecardRow> = Vec::new();
    let mut day = utc_reach(as_of);
    // A month of the company may begin or end in the next one of UTC.
    for _ in 0..=reviews::MONTHS {
        let key = PartitionKey::month(AnsweredScorecardRow::table().name, day);
        for batch in lake.read(&key, None).await? {
            let of_batch =
                AnsweredScorecardRow::from_batch(&batch).map_err(crate::lake::Error::from)?;
            rows.extend(of_batch);
        }
        day = day.first_of_month().saturating_sub(1.day());
    }
    let first = as_of.saturating_sub((reviews::MONTHS as i64).months());
    let first = settings.calendar.end_of(first).as_microsecond();
    rows.retain(|row| (first..end).contains(&row.reviewed.0));
    let scorecards: Vec<ScorecardRow> = lake.read_table(snapshot).await?;
    Ok(Reviews::new(rows, &scorecards))
}

/// What each metric table's partitions up to `last` say they were computed with.
pub(super) fn definitions(snapshot: &Snapshot, last: Date) -> BTreeMap<String, BTreeSet<String>> {
    let of_table = |table: &&str| {
        let partitions = snapshot
            .partitions(table)
            .filter(|(key, _)| key.day.is_none_or(|day| day <= last));
        let hashes: BTreeSet<String> = partitions
            .filter_map(|(_, entry)| entry.definition.clone())
            .collect();
        (!hashes.is_empty()).then(|| ((*table).to_owned(), hashes))
    };
    METRICS.iter().filter_map(of_table).collect()
}

/// The wanted sentences, day by day, so that memory does not grow with the lake.
pub(super) async fn evidence(
    lake: &Lake,
    wanted: &Wanted,
    calls: &BTreeMap<String, CallFacts>,
) -> Result<Evidence, Error> {
    let mut evidence = Evidence::default();
    let ids: BTreeSet<&str> = wanted
        .mentions
        .iter()
        .chain(&wanted.questions)
        .map(String::as_str)
        .collect();
    for day in wanted.days(calls) {
        let rows = DayRows {
            mentions: rows_of(lake, day, &ids).await?,
            questions: rows_of(lake, day, &ids).await?,
            objections: rows_of(lake, day, &ids).await?,
            attendance: rows_of(lake, day, &ids).await?,
            sentences: rows_of(lake, day, &ids).await?,
            parties: rows_of(lake, day, &ids).await?,
        };
        evidence.add_day(&rows, wanted, calls);
    }
    evidence.finish(calls);
    Ok(evidence)
}

async fn rows_of<R: Row>(lake: &Lake, day: Date, calls: &BTreeSet<&str>) -> Result<Vec<R>, Error> {
    let mut rows = Vec::new();
    for batch in lake
        .read(&PartitionKey::day(R::table().name, day), None)
        .await?
    {
        rows.extend(R::from_batch(&of_calls(&batch, calls)?).map_err(crate::lake::Error::from)?);
    }
    Ok(rows)
}

fn of_calls(batch: &RecordBatch, calls: &BTreeSet<&str>) -> Result<RecordBatch, Error> {
    let column = batch.column_by_name("call_id");
    let Some(ids) = column.and_then(|column| column.as_any().downcast_ref::<StringArray>()) else {
        return Ok(batch.clone());
    };
    let keep: BooleanArray = (0..ids.len())
        .map(|row| Some(calls.contains(ids.value(row))))
        .collect();
    filter_record_batch(batch, &keep).map_err(|error| {
        let schema = SchemaError {
            table: "evidence",
            column: "call_id",
            found: error.to_string(),
            expected: "rows of equal number".to_owned(),
        };
        crate::lake::Error::from(schema).into()
    })
}
