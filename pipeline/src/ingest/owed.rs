//! Transcripts that earlier runs waited for in vain: asked for again.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::TryStreamExt as _;
use jiff::civil::Date;

use super::change::Change;
use super::convert::Voices;
use super::error::Error;
use super::ledger::TranscriptState;
use super::run::Run;
use super::sentences::{VOICE_COLUMNS, add_voices};
use super::summary::Summary;
use super::transcripts::{Wanted, ask};
use crate::lake::{Lake, PartitionKey};

/// Calls that one commit takes.
const CALLS_PER_COMMIT: usize = 2_000;

impl Run<'_> {
    /// Asks for every awaited transcript that this run has not asked for yet.
    pub(super) async fn owed_transcripts(&mut self) -> Result<(), Error> {
        let snapshot = self.lake.snapshot().await?;
        let index = self.lake.index(&snapshot).await?;
        let mut owed: Vec<(Date, String)> = snapshot
            .state()
            .pending
            .keys()
            .filter(|call_id| !self.asked.contains(*call_id))
            .filter_map(|call_id| Some((index.get(call_id)?.day, call_id.clone())))
            .collect();
        owed.sort_by(|a, b| (a.0, a.1.len(), &a.1).cmp(&(b.0, b.1.len(), &b.1)));
        for chunk in owed.chunks(CALLS_PER_COMMIT) {
            self.ask_for_owed(chunk).await?;
        }
        Ok(())
    }

    async fn ask_for_owed(&mut self, owed: &[(Date, String)]) -> Result<(), Error> {
        let voices = stored_voices(self.lake, owed).await?;
        let wanted = owed
            .iter()
            .map(|(day, call_id)| Wanted {
                window: 0,
                call_id: call_id.clone(),
                day: *day,
                voices: voices.get(call_id).cloned().unwrap_or_default(),
            })
            .collect();
        let answers = ask(self.client, wanted, self.settings.concurrency).await?;
        self.asked.extend(answers.asked.iter().cloned());
        let mut commit = self.lake.begin(&self.clock).await?;
        let mut change = Change {
            now: self.now,
            today: self.today,
            ..Change::default()
        };
        let mut summary = Summary {
            rejected: answers.rejects.len() as u64,
            replaced_characters: answers.replaced_characters,
            ..Summary::default()
        };
        for (day, call_id) in owed
            .iter()
            .filter(|(_, call_id)| answers.asked.contains(call_id))
        {
            let state = if answers.answered.contains(call_id) {
                commit.state_mut().pending.remove(call_id);
                summary.transcripts_present += 1;
                TranscriptState::Present
            } else {
                self.wait_for(&mut commit, &mut summary, call_id, *day, true)
            };
            if state != TranscriptState::Pending {
                change.states.insert(call_id.clone(), state.as_str());
            }
        }
        change.rejects = answers.rejects;
        change.answered = answers.answered;
        change.sentences = answers.spool;
        let coverage = change.write(&mut commit).await?;
        summary.transcripts_pending = coverage.pending();
        self.summary.add(summary);
        self.finish(commit).await?;
        answers.error.map_or(Ok(()), Err)
    }
}

/// Who has which voice on stored calls.
async fn stored_voices(
    lake: &Lake,
    calls: &[(Date, String)],
) -> Result<HashMap<String, Voices>, Error> {
    let mut of_day: BTreeMap<Date, HashSet<&str>> = BTreeMap::new();
    for (day, call_id) in calls {
        of_day.entry(*day).or_default().insert(call_id);
    }
    let mut voices: HashMap<String, Voices> = HashMap::new();
    for (day, call_ids) in of_day {
        let key = PartitionKey::day("parties", day);
        let mut parties = lake.stream_rows(&key, Some(VOICE_COLUMNS)).await?;
        while let Some(batch) = parties.try_next().await? {
            add_voices(&mut voices, &batch, |id| call_ids.contains(id))?;
        }
    }
    Ok(voices)
}
