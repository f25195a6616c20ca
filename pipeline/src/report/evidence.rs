//! From a number to the sentences behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::Date;
use talktrack_analyzers::Parameters;
use talktrack_analyzers::metrics::attendance::AttendanceRow;
use talktrack_analyzers::metrics::mentions::MentionEvidenceRow;
use talktrack_analyzers::metrics::objections::ObjectionEvidenceRow;
use talktrack_analyzers::metrics::questions::QuestionEvidenceRow;
use talktrack_analyzers::tables::{PartyRow, SentenceRow};
use url::Url;

use super::document::{CallLink, Link, Quote};
use super::number;
use super::text::Text;
use crate::rollup::{COMPETITORS, CallFacts};

/// How long after a customer named a competitor it is told who speaks, in milliseconds.
pub const REPLY_MS: i64 = 60_000;

/// Calls whose evidence a page wants to show.
#[derive(Debug, Default, Clone)]
pub struct Wanted {
    /// Calls whose mentions are wanted.
    pub mentions: BTreeSet<String>,
    /// Calls whose questions are wanted.
    pub questions: BTreeSet<String>,
}

impl Wanted {
    /// The UTC days whose partitions hold the wanted calls.
    pub fn days(&self, calls: &BTreeMap<String, CallFacts>) -> BTreeSet<Date> {
        let ids = self.mentions.iter().chain(&self.questions);
        ids.filter_map(|id| calls.get(id))
            .map(|call| call.utc_day)
            .collect()
    }
}

/// Rows of one day's partitions.
#[derive(Debug, Default)]
pub struct DayRows {
    /// `evidence/mentions`.
    pub mentions: Vec<MentionEvidenceRow>,
    /// `evidence/questions`.
    pub questions: Vec<QuestionEvidenceRow>,
    /// `evidence/objections`.
    pub objections: Vec<ObjectionEvidenceRow>,
    /// `metrics/attendance`.
    pub attendance: Vec<AttendanceRow>,
    /// `sentences`.
    pub sentences: Vec<SentenceRow>,
    /// `parties`.
    pub parties: Vec<PartyRow>,
}

/// A mention, ready to be shown.
#[derive(Debug, Clone)]
pub struct FoundMention {
    /// Name of the dictionary.
    pub dictionary: String,
    /// Id of the entry.
    pub entry: String,
    /// What the mention does, where the dictionary has classes.
    pub class: Option<String>,
    /// company, customer or unknown.
    pub side: String,
    /// Gong's id of the call.
    pub call_id: String,
    /// Position of the sentence in the transcript as received.
    pub sentence: i32,
    /// Level of the speaker's job title, where it tells one.
    pub seniority: Option<String>,
    /// What came after a customer named a competitor.
    pub reply: Option<Reply>,
    /// The sentence.
    pub quote: Quote,
}

/// The minute after a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// From the end of the sentence to the next one of our side, 0 where that began before; none where there is none.
    pub pause_ms: Option<i64>,
    /// Speech of our side, in milliseconds.
    pub company_ms: i64,
    /// Speech of the customer's side, in milliseconds.
    pub customer_ms: i64,
}

/// An objection, ready to be shown.
#[derive(Debug, Clone)]
pub struct FoundObjection {
    /// Id of the entry in the dictionary of objections.
    pub entry: String,
    /// Gong's id of the call.
    pub call_id: String,
    /// How the company answered, comma-separated; empty where it did not.
    pub answers: String,
    /// The first sentence that answers.
    pub answer: Option<Quote>,
    /// The sentence that raised it.
    pub quote: Quote,
}

/// A question, ready to be shown.
#[derive(Debug, Clone)]
pub struct FoundQuestion {
    /// The user who asked, where it was one.
    pub user_id: Option<String>,
    /// company, customer or unknown.
    pub side: String,
    /// open or closed.
    pub kind: String,
    /// What it is after, where a cue tells.
    pub intent: Option<String>,
    /// Gong's id of the call.
    pub call_id: String,
    /// Position of the sentence in the transcript as received.
    pub sentence: i32,
    /// Speech of the other side until the asker's side spoke more than a back-channel again, in milliseconds.
    pub answer_ms: i64,
    /// The sentence.
    pub quote: Quote,
}

/// The sentences behind the numbers, newest call first.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Mentions of the wanted calls.
    pub mentions: Vec<FoundMention>,
    /// Questions of the wanted calls.
    pub questions: Vec<FoundQuestion>,
    /// Objections on the calls whose mentions are wanted.
    pub objections: Vec<FoundObjection>,
    /// Where the mentions of a call stand.
    mentions_of: BTreeMap<String, Range<usize>>,
    /// Where the questions of a call stand.
    questions_of: BTreeMap<String, Range<usize>>,
}

/// The newest calls first; within a call in its order.
fn of_calls<'e, T>(
    all: &'e [T],
    places: &BTreeMap<String, Range<usize>>,
    calls: &BTreeSet<&str>,
) -> impl Iterator<Item = &'e T> {
    let known = calls.iter().filter_map(|call| places.get(*call));
    let mut ranges: Vec<Range<usize>> = known.cloned().collect();
    ranges.sort_by_key(|range| range.start);
    ranges.into_iter().flat_map(|range| &all[range])
}

/// The ranges of rows of one call that stand together.
fn places<'e>(calls: impl Iterator<Item = &'e str>) -> BTreeMap<String, Range<usize>> {
    let mut places: BTreeMap<String, Range<usize>> = BTreeMap::new();
    for (at, call) in calls.enumerate() {
        let place = places.entry(call.to_owned()).or_insert(at..at);
        place.end = at + 1;
    }
    places
}

impl Evidence {
    /// Takes what is wanted from the rows of one day; call `finish` after the last day.
    pub fn add_day(
        &mut self,
        rows: &DayRows,
        wanted: &Wanted,
        calls: &BTreeMap<String, CallFacts>,
    ) {
        let day = Day::new(rows);
        for row in rows
            .mentions
            .iter()
            .filter(|row| wanted.mentions.contains(&row.call_id))
        {
            let span = (row.byte_start, row.byte_end);
            let Some((quote, party)) = day.quote(calls, &row.call_id, row.sentence_index, span)
            else {
                continue;
            };
            let is_named = row.dictionary == COMPETITORS && row.side == "customer";
            self.mentions.push(FoundMention {
                dictionary: row.dictionary.clone(),
                entry: row.entry.clone(),
                class: row.class.clone(),
                side: row.side.clone(),
                call_id: row.call_id.clone(),
                sentence: row.sentence_index,
                seniority: party.and_then(|party| day.seniority(party)),
                reply: is_named.then(|| day.reply(&row.call_id, row.sentence_index)),
                quote,
            });
        }
        for row in rows
            .objections
            .iter()
            .filter(|row| wanted.mentions.contains(&row.call_id))
        {
            let span = (row.byte_start, row.byte_end);
            let Some((quote, _)) = day.quote(calls, &row.call_id, row.sentence_index, span) else {
                continue;
            };
            let answer = row
                .answer_sentence_index
                .and_then(|at| day.quote(calls, &row.call_id, at, WHOLE));
            self.objections.push(FoundObjection {
                entry: row.entry.clone(),
                call_id: row.call_id.clone(),
                answers: row.answers.clone(),
                answer: answer.map(|(quote, _)| quote),
                quote,
            });
        }
        for row in rows
            .questions
            .iter()
            .filter(|row| wanted.questions.contains(&row.call_id))
        {
            let Some((quote, party)) = day.quote(
                calls,
                &row.call_id,
                row.sentence_index,
                (row.byte_start, row.byte_end),
            ) else {
                continue;
            };
            self.questions.push(FoundQuestion {
                user_id: party.and_then(|party| party.user_id.clone()),
                side: row.side.clone(),
                kind: row.kind.clone(),
                intent: row.intent.clone(),
                call_id: row.call_id.clone(),
                sentence: row.sentence_index,
                answer_ms: day.answer_ms(&row.call_id, row.sentence_index, &row.side),
                quote,
            });
        }
    }

    /// The mentions on some calls, newest call first.
    pub fn mentions_on(&self, calls: &BTreeSet<&str>) -> impl Iterator<Item = &FoundMention> {
        of_calls(&self.mentions, &self.mentions_of, calls)
    }

    /// The questions on some calls, newest call first.
    pub fn questions_on(&self, calls: &BTreeSet<&str>) -> impl Iterator<Item = &FoundQuestion> {
        of_calls(&self.questions, &self.questions_of, calls)
    }

    /// Finds again which rows belong to which call, after ids have changed.
    pub(super) fn index(&mut self) {
        self.mentions_of = places(self.mentions.iter().map(|found| found.call_id.as_str()));
        self.questions_of = places(self.questions.iter().map(|found| found.call_id.as_str()));
    }

    /// Puts the newest calls first; within a call the order is that of the call.
    pub fn finish(&mut self, calls: &BTreeMap<String, CallFacts>) {
        let place = |id: &str, start: i64| {
            (
                std::cmp::Reverse(calls.get(id).map(|call| call.started)),
                id.to_owned(),
                start,
            )
        };
        self.mentions.sort_by_cached_key(|found| {
            (
                place(&found.call_id, found.quote.start_ms),
                found.dictionary.clone(),
                found.entry.clone(),
            )
        });
        self.objections.sort_by_cached_key(|found| {
            (
                place(&found.call_id, found.quote.start_ms),
                found.entry.clone(),
            )
        });
        self.questions
            .sort_by_cached_key(|found| place(&found.call_id, found.quote.start_ms));
        self.index();
    }
}

/// A span that no sentence has: all of it is meant.
const WHOLE: (i32, i32) = (0, 0);

struct Day<'a> {
    sentences: BTreeMap<(&'a str, i32), &'a SentenceRow>,
    parties: BTreeMap<(&'a str, &'a str), &'a PartyRow>,
    seniorities: BTreeMap<(&'a str, &'a str), &'a str>,
}

impl<'a> Day<'a> {
    fn new(rows: &'a DayRows) -> Self {
        let sentences = rows
            .sentences
            .iter()
            .map(|row| ((row.call_id.as_str(), row.sentence_index), row));
        let parties = rows
            .parties
            .iter()
            .map(|row| ((row.call_id.as_str(), row.party_id.as_str()), row));
        let seniorities = rows.attendance.iter().filter_map(|row| {
            let party = (row.call_id.as_str(), row.party_id.as_str());
            Some((party, row.seniority.as_deref()?))
        });
        Self {
            sentences: sentences.collect(),
            parties: parties.collect(),
            seniorities: seniorities.collect(),
        }
    }

    fn seniority(&self, party: &PartyRow) -> Option<String> {
        let key = (party.call_id.as_str(), party.party_id.as_str());
        self.seniorities.get(&key).map(|&level| level.to_owned())
    }

    /// The sentences of a call after one of them, as received.
    fn after(&self, call_id: &'a str, sentence: i32) -> impl Iterator<Item = &'a SentenceRow> {
        let from = (call_id, sentence.saturating_add(1));
        self.sentences
            .range(from..=(call_id, i32::MAX))
            .map(|(_, row)| *row)
    }

    fn reply(&self, call_id: &'a str, sentence: i32) -> Reply {
        let end = self
            .sentences
            .get(&(call_id, sentence))
            .map_or(0, |row| row.end_ms);
        let within = |row: &SentenceRow| {
            let last = row.end_ms.min(end.saturating_add(REPLY_MS));
            last.saturating_sub(row.start_ms.max(end)).max(0)
        };
        let mut reply = Reply {
            pause_ms: None,
            company_ms: 0,
            customer_ms: 0,
        };
        for row in self.after(call_id, sentence) {
            match row.side.as_str() {
                "company" => {
                    let pause = row.start_ms.saturating_sub(end).max(0);
                    reply.pause_ms.get_or_insert(pause);
                    reply.company_ms += within(row);
                }
                "customer" => reply.customer_ms += within(row),
                _ => {}
            }
        }
        reply
    }

    fn answer_ms(&self, call_id: &'a str, sentence: i32, asker: &str) -> i64 {
        // A back-channel is what the talk analyzer takes for one where nothing else is set.
        let usual = Parameters::default();
        let ends_answer = |row: &SentenceRow| {
            let words = row.text.split_whitespace().count() as i64;
            let is_backchannel = words <= usual.backchannel_max_words
                && row.end_ms.saturating_sub(row.start_ms) <= usual.backchannel_max_ms;
            row.side == asker && !is_backchannel
        };
        self.after(call_id, sentence)
            .take_while(|row| !ends_answer(row))
            .filter(|row| row.side != asker && row.side != "unknown")
            .map(|row| row.end_ms.saturating_sub(row.start_ms).max(0))
            .sum()
    }

    fn quote(
        &self,
        calls: &BTreeMap<String, CallFacts>,
        call_id: &str,
        sentence: i32,
        bytes: (i32, i32),
    ) -> Option<(Quote, Option<&'a PartyRow>)> {
        let call = calls.get(call_id)?;
        let sentence = *self.sentences.get(&(call_id, sentence))?;
        let party = sentence
            .party_id
            .as_deref()
            .and_then(|party| self.parties.get(&(call_id, party)).copied());
        let name = party.and_then(|party| {
            party
                .name
                .as_deref()
                .or(party.email.as_deref())
                .or(party.phone.as_deref())
        });
        let (before, mention, after) = cut(&sentence.text, bytes);
        let (link, address) = link_at(
            call.url.as_deref(),
            Some((sentence.start_ms, sentence.end_ms)),
        );
        let quote = Quote {
            before: before.into(),
            mention: mention.into(),
            after: after.into(),
            speaker: name.unwrap_or("unknown speaker").into(),
            side: sentence.side.as_str().into(),
            call_id: call_id.into(),
            call: title_of(call),
            date: call.day,
            start_ms: sentence.start_ms,
            end_ms: sentence.end_ms,
            at: number::clock(sentence.start_ms).into(),
            link,
            address,
        };
        Some((quote, party))
    }
}

/// A call's title for people.
pub fn title_of(call: &CallFacts) -> Text {
    let title = Text::from(call.title.as_deref().unwrap_or_default());
    if title.is_blank() {
        Text::from("untitled call")
    } else {
        title
    }
}

/// A call to listen to.
pub fn call_link(call: &CallFacts, label: &str, value: Text) -> CallLink {
    let (link, address) = link_at(call.url.as_deref(), None);
    CallLink {
        label: label.into(),
        title: title_of(call),
        date: call.day,
        value,
        link,
        address,
    }
}

/// The address of a call, at a sentence where one is given. An address that is not https comes back as text.
fn link_at(url: Option<&str>, span_ms: Option<(i64, i64)>) -> (Option<Link>, Text) {
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        return (None, Text::default());
    };
    let Ok(mut parsed) = Url::parse(url) else {
        return (None, url.into());
    };
    if let Some((from, to)) = span_ms {
        // The form of Gong's own links into a call; that every tenant's web app follows it is unproven.
        parsed
            .query_pairs_mut()
            .append_pair("highlights", &format!(r#"[{{"from":{from},"to":{to}}}]"#));
    }
    match Link::web(parsed.as_str()) {
        Some(link) => (Some(link), Text::default()),
        None => (None, url.into()),
    }
}

/// The text around a span of bytes; a span that does not fit the text is the whole text.
fn cut(text: &str, (start, end): (i32, i32)) -> (&str, &str, &str) {
    let span = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let parts = span.and_then(|(start, end)| {
        Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
    });
    match parts {
        Some(parts) if !parts.1.is_empty() => parts,
        _ => ("", text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_does_not_fit_is_the_whole_sentence() {
        for (bytes, parts) in [
            ((3, 6), ("We ", "use", " Käse")),
            ((0, 2), ("", "We", " use Käse")),
            ((9, 10), ("", "We use Käse", "")),
            ((-1, 4), ("", "We use Käse", "")),
            ((4, 400), ("", "We use Käse", "")),
            ((6, 3), ("", "We use Käse", "")),
        ] {
            assert_eq!(cut("We use Käse", bytes), parts, "{bytes:?}");
        }
    }

    #[test]
    fn a_quote_opens_the_call_at_its_second() {
        let (link, address) = link_at(Some("https://app.gong.io/call?id=12"), Some((1200, 3240)));
        let link = link.expect("https");
        assert_eq!(
            link.address("html"),
            "https://app.gong.io/call?id=12&highlights=%5B%7B%22from%22%3A1200%2C%22to%22%3A3240%7D%5D"
        );
        assert!(address.is_blank());
        let (link, address) = link_at(Some("javascript:alert(1)"), Some((0, 1)));
        assert_eq!((link, address.as_str()), (None, "javascript:alert(1)"));
        assert_eq!(link_at(None, None), (None, Text::default()));
        assert_eq!(link_at(Some("call 12"), None).1.as_str(), "call 12");
    }
}
