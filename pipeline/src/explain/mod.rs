//! What made a number: the rows of a metric, the sentences behind them, and the rule that made them.
//!
//! For a call, everything comes from the lake as stored: the metric's rows, its evidence, the text of the sentences. For a
//! deal or a rep, the rollup's row and the calls it rests on, which lead on to `explain CALL`.

mod asked;
mod rolled;

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use talktrack_analyzers::Analysis;
use talktrack_analyzers::engine::{Definition, definition_of};
use talktrack_analyzers::table::{Row, TableInfo};
use talktrack_analyzers::tables::{CallRow, PartyRow, SentenceRow};

use crate::error::Error;
use crate::lake::{Lake, PartitionKey, Snapshot};
use crate::record::{self, Record};

pub use self::rolled::{DealExplained, RepExplained, Rule, deal, rep};

/// A call and what was measured of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The call.
    pub call: CallHead,
    /// One for each metric that was asked for.
    pub metrics: Vec<Metric>,
}

/// What identifies a call for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallHead {
    /// Gong's id of the call.
    pub call_id: String,
    /// Its title.
    pub title: Option<String>,
    /// When it began.
    pub started: Timestamp,
    /// Length of the recording, in seconds.
    pub duration_s: Option<i64>,
    /// Its address in Gong.
    pub url: Option<String>,
}

/// One metric of the call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// Name and version, `talk@1`.
    pub metric: String,
    /// What it measures, with formulas and sources, as Markdown.
    pub rule: &'static str,
    /// Its tables and what they hold of the call.
    pub tables: Vec<Table>,
    /// The sentences that made the numbers.
    pub evidence: Vec<Evidence>,
    /// Whether that is every sentence of the call, because all of them count.
    pub is_all_speech: bool,
}

/// What one table holds of the call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Name of the table.
    pub table: &'static str,
    /// Columns that tell its rows apart.
    #[serde(skip)]
    pub key: &'static [&'static str],
    /// Hash of the definition that made the stored rows; none where nothing was computed yet.
    pub definition: Option<String>,
    /// Whether the settings in force define it otherwise, so that `analyze` would compute it again.
    pub is_stale: bool,
    /// The thresholds that it depends on, as in force now.
    pub parameters: BTreeMap<&'static str, i64>,
    /// The dictionaries that it depends on, with the hash of each, as in force now.
    pub dictionaries: BTreeMap<String, String>,
    /// Its rows.
    pub rows: Vec<Record>,
}

/// A sentence that counts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// Table of the evidence; `sentences` where all speech counts.
    pub table: &'static str,
    /// Position of the sentence in the transcript as received.
    pub sentence_index: i64,
    /// Start, in milliseconds from the start of the call.
    pub start_ms: i64,
    /// End, in milliseconds from the start of the call.
    pub end_ms: i64,
    /// Who said it, as far as known.
    pub speaker: Option<String>,
    /// company, customer or unknown.
    pub side: Option<String>,
    /// The sentence.
    pub text: String,
    /// The bytes of it that count; all of them where that is not said.
    pub bytes: Option<(usize, usize)>,
    /// What else the table says of it.
    pub said: Record,
}

/// Explains `metric` (an analyzer, a table or a column) of a call, or all of its metrics.
///
/// # Errors
///
/// There is no such call or metric, or the lake cannot be read.
pub async fn call(
    lake: &Lake,
    analysis: &Analysis<'_>,
    call_id: &str,
    metric: Option<&str>,
) -> Result<Explanation, Error> {
    let asked = asked::metrics(metric)?;
    let snapshot = lake.snapshot().await?;
    let index = lake.index(&snapshot).await?;
    let entry = index.get(call_id).ok_or_else(|| unknown_call(call_id))?;
    let stored = Stored {
        lake,
        snapshot: &snapshot,
        analysis,
        call_id,
        day: entry.day,
    };
    stored.explanation(asked).await
}

/// Explains `metrics` of several calls, each with its UTC day; a call that is gone meanwhile is left out.
pub(crate) async fn of_calls(
    lake: &Lake,
    analysis: &Analysis<'_>,
    calls: &[(&str, Date)],
    metrics: &[&str],
) -> Result<Vec<Explanation>, Error> {
    let snapshot = lake.snapshot().await?;
    let mut explained = Vec::new();
    for &(call_id, day) in calls {
        let stored = Stored {
            lake,
            snapshot: &snapshot,
            analysis,
            call_id,
            day,
        };
        let mut asked = Vec::new();
        for metric in metrics {
            asked.extend(asked::metrics(Some(metric))?);
        }
        match stored.explanation(asked).await {
            Ok(explanation) => explained.push(explanation),
            Err(Error::Usage { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(explained)
}

fn unknown_call(call_id: &str) -> Error {
    Error::usage(
        format!("the lake has no call `{call_id}`"),
        "give the id as the tables and pages show it; a private or removed call is not stored",
    )
}

/// The partitions that hold a call.
struct Stored<'a> {
    lake: &'a Lake,
    snapshot: &'a Snapshot,
    analysis: &'a Analysis<'a>,
    call_id: &'a str,
    day: Date,
}

impl Stored<'_> {
    async fn explanation(&self, asked: Vec<asked::Asked>) -> Result<Explanation, Error> {
        let heads: Vec<CallRow> = self.rows().await?;
        let head = heads
            .into_iter()
            .next()
            .ok_or_else(|| unknown_call(self.call_id))?;
        let speech = Speech::of(self.rows().await?, self.rows().await?);
        let mut metrics = Vec::new();
        for one in asked {
            metrics.push(self.metric(&one, &speech).await?);
        }
        Ok(Explanation {
            call: CallHead {
                call_id: head.call_id,
                title: head.title,
                started: Timestamp::from_microsecond(head.started.0).unwrap_or_default(),
                duration_s: head.duration_s,
                url: head.url,
            },
            metrics,
        })
    }

    /// The rows of the call, picked from its day batch by batch: a day may be larger than memory.
    async fn batches(&self, table: &str) -> Result<Vec<RecordBatch>, Error> {
        let key = PartitionKey::day(table, self.day);
        let mut stored = self.lake.stream_rows(&key, None).await?;
        let mut of_call = Vec::new();
        while let Some(batch) = stored.try_next().await? {
            let rows = record::of_call(&batch, self.call_id);
            if rows.num_rows() > 0 {
                of_call.push(rows);
            }
        }
        Ok(of_call)
    }

    async fn rows<R: Row>(&self) -> Result<Vec<R>, Error> {
        let mut rows = Vec::new();
        for batch in self.batches(R::table().name).await? {
            rows.extend(R::from_batch(&batch).map_err(crate::lake::Error::from)?);
        }
        Ok(rows)
    }

    async fn metric(&self, asked: &asked::Asked, speech: &Speech) -> Result<Metric, Error> {
        let analyzer = asked.analyzer;
        let infos = analyzer.tables();
        let (of_evidence, of_numbers): (Vec<TableInfo>, Vec<TableInfo>) = infos
            .into_iter()
            .partition(|info| info.name.starts_with("evidence/"));
        let mut tables = Vec::new();
        for info in of_numbers.iter().filter(|info| asked.wants(info)) {
            tables.push(self.table(info, asked).await?);
        }
        let mut evidence = Vec::new();
        for info in &of_evidence {
            for batch in self.batches(info.name).await? {
                let found = record::records(&batch);
                evidence.extend(found.into_iter().map(|row| speech.evidence(info.name, row)));
            }
        }
        evidence.sort_by_key(|found| (found.start_ms, found.sentence_index));
        let is_all_speech = of_evidence.is_empty();
        if is_all_speech {
            evidence = speech.all();
        }
        Ok(Metric {
            metric: format!("{}@{}", analyzer.name(), analyzer.version()),
            rule: analyzer.doc(),
            tables,
            evidence,
            is_all_speech,
        })
    }

    async fn table(&self, info: &TableInfo, asked: &asked::Asked) -> Result<Table, Error> {
        let mut rows = Vec::new();
        for batch in self.batches(info.name).await? {
            rows.extend(record::records(&batch));
        }
        for row in &mut rows {
            row.retain(|column, _| column != "call_id" && asked.shows(info, column));
        }
        let key = PartitionKey::day(info.name, self.day);
        let entry = self.snapshot.partition(&key);
        let definition = entry.and_then(|entry| entry.definition.clone());
        let in_force = definition_of(self.analysis, info.name);
        Ok(Table {
            table: info.name,
            key: info.key,
            is_stale: definition.as_deref() != in_force.as_ref().map(Definition::hash).as_deref(),
            definition,
            parameters: in_force
                .iter()
                .flat_map(|it| it.parameters.clone())
                .collect(),
            dictionaries: in_force
                .into_iter()
                .flat_map(|it| it.dictionaries)
                .collect(),
            rows,
        })
    }
}

/// What was said on the call, and by whom.
struct Speech {
    sentences: BTreeMap<i64, SentenceRow>,
    names: HashMap<String, String>,
}

impl Speech {
    fn of(sentences: Vec<SentenceRow>, parties: Vec<PartyRow>) -> Speech {
        let named = |party: PartyRow| Some((party.speaker_id?, party.name?));
        Speech {
            sentences: sentences
                .into_iter()
                .map(|sentence| (i64::from(sentence.sentence_index), sentence))
                .collect(),
            names: parties.into_iter().filter_map(named).collect(),
        }
    }

    fn name(&self, speaker_id: Option<&str>) -> Option<String> {
        let name = self.names.get(speaker_id?);
        name.cloned().or_else(|| speaker_id.map(str::to_owned))
    }

    /// The sentence that a row of an evidence table points to.
    fn evidence(&self, table: &'static str, mut row: Record) -> Evidence {
        let mut number = |column: &str| row.remove(column).and_then(|value| value.as_i64());
        let sentence_index = number("sentence_index").unwrap_or_default();
        let (start_ms, end_ms) = (number("start_ms"), number("end_ms"));
        let bytes = number("byte_start").zip(number("byte_end"));
        let mut text = |column: &str| {
            let value = row.remove(column)?;
            value.as_str().map(str::to_owned)
        };
        let speaker = self.name(text("speaker_id").as_deref());
        let side = text("side");
        row.remove("call_id");
        Evidence {
            table,
            sentence_index,
            start_ms: start_ms.unwrap_or_default(),
            end_ms: end_ms.unwrap_or_default(),
            speaker,
            side,
            text: self
                .sentences
                .get(&sentence_index)
                .map(|sentence| sentence.text.clone())
                .unwrap_or_default(),
            bytes: bytes
                .and_then(|(start, end)| Some((start.try_into().ok()?, end.try_into().ok()?))),
            said: row,
        }
    }

    fn all(&self) -> Vec<Evidence> {
        let mut all: Vec<Evidence> = self
            .sentences
            .iter()
            .map(|(index, sentence)| Evidence {
                table: "sentences",
                sentence_index: *index,
                start_ms: sentence.start_ms,
                end_ms: sentence.end_ms,
                speaker: self.name(sentence.speaker_id.as_deref()),
                side: Some(sentence.side.clone()),
                text: sentence.text.clone(),
                bytes: None,
                said: Record::new(),
            })
            .collect();
        all.sort_by_key(|said| (said.start_ms, said.end_ms, said.sentence_index));
        all
    }
}
