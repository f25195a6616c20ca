//! All that pages are made of, and the questions several pages ask of it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use talktrack_analyzers::tables::{CoverageRow, UserRow};

use super::audience::Sight;
use super::document::{Fact, Quote};
use super::evidence::Evidence;
use super::formats::day_label;
use super::number::{grouped, plural};
use super::reviews::Reviews;
use super::settings::Settings;
use super::text::file_stem;
use crate::rollup::{
    EntryCall, OBJECTIONS, RepCall, RepIntentRow, RepMethodologyRow, RepMetricRow, RepMonthRow,
    RepSliceRow, Rollups, calendar,
};

/// With fewer observations a number is shown as weak and not judged.
pub const FEW: i64 = 5;

/// Months that trends and charts show.
pub(super) const MONTHS_SHOWN: usize = 12;

/// Months after which a rep without calls has no scorecard any more.
const REP_MONTHS: usize = 6;

/// All that pages are made of.
#[derive(Debug)]
pub struct Material<'a> {
    /// Settings.
    pub settings: &'a Settings,
    /// The last day whose calls count.
    pub as_of: Date,
    /// Rollups as of that day.
    pub rollups: &'a Rollups,
    /// Users by id.
    pub users: &'a BTreeMap<String, UserRow>,
    /// Coverage up to the as-of day.
    pub coverage: &'a Coverage,
    /// Definition of each metric table, as its partitions state it.
    pub definitions: &'a BTreeMap<String, BTreeSet<String>>,
    /// The sentences behind the numbers.
    pub evidence: &'a Evidence,
    /// Answered scorecards of the last months.
    pub reviews: &'a Reviews,
    /// What the reader may see.
    pub sight: &'a Sight,
}

/// What is known of the days up to the as-of day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// First day with calls, ISO 8601.
    pub first: Option<String>,
    /// Calls that Gong listed.
    pub listed: i64,
    /// Calls in the lake.
    pub stored: i64,
    /// Calls left out because they are private.
    pub private: i64,
    /// Records that could not be decoded.
    pub rejected: i64,
    /// Calls with a transcript.
    pub present: i64,
    /// Calls whose transcript is awaited.
    pub pending: i64,
    /// Calls whose transcript never came.
    pub absent: i64,
    /// Days that were not read completely.
    pub open_days: i64,
}

impl Coverage {
    /// The sum over the days up to `as_of`.
    pub fn up_to(rows: &[CoverageRow], as_of: Date) -> Self {
        let last = as_of.to_string();
        let mut sum = Self::default();
        for row in rows.iter().filter(|row| row.day <= last) {
            if row.listed > 0 && sum.first.as_ref().is_none_or(|first| row.day < *first) {
                sum.first = Some(row.day.clone());
            }
            sum.listed += row.listed;
            sum.stored += row.stored;
            sum.private += row.private;
            sum.rejected += row.rejected;
            sum.present += row.transcripts_present;
            sum.pending += row.transcripts_pending;
            sum.absent += row.transcripts_absent;
            sum.open_days += i64::from(row.window_state != "done");
        }
        sum
    }
}

/// First and last name of a user; none where neither is known.
pub fn full_name(user: &UserRow) -> Option<String> {
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.trim().is_empty()).then_some(name)
}

/// A user's name for people.
pub fn shown_name(users: &BTreeMap<String, UserRow>, user_id: &str) -> String {
    let user = users.get(user_id);
    let name = user.and_then(full_name);
    name.or_else(|| user.and_then(|user| user.email.clone()))
        .unwrap_or_else(|| format!("User {user_id}"))
}

impl Material<'_> {
    /// The month of the as-of day.
    pub fn month(&self) -> String {
        calendar::month(self.as_of)
    }

    /// The last months, oldest first, the as-of day's last.
    pub fn months(&self) -> Vec<String> {
        last_months(self.as_of, MONTHS_SHOWN)
    }

    /// Reps who get a scorecard: those with a call in the last months whom the reader may see, by name.
    pub fn reps(&self) -> Vec<String> {
        let mut reps: Vec<String> = reps_of(self.rollups, self.as_of)
            .into_iter()
            .filter(|id| self.sight.sees(id))
            .collect();
        reps.sort_by_cached_key(|id| (self.name_of(id).to_lowercase(), id.clone()));
        reps
    }

    /// A rep's month.
    pub fn rep_month(&self, user_id: &str, month: &str) -> Option<&RepMonthRow> {
        let rows = &self.rollups.rep_months;
        let at = rows.binary_search_by(|row| {
            (row.user_id.as_str(), row.month.as_str()).cmp(&(user_id, month))
        });
        at.ok().map(|at| &rows[at])
    }

    /// One number of a rep; an empty user is all reps together, an empty month all months.
    pub fn number(&self, user_id: &str, month: &str, metric: &str) -> Option<&RepMetricRow> {
        let rows = &self.rollups.rep_metrics;
        let at = rows.binary_search_by(|row| {
            let key = (
                row.user_id.as_str(),
                row.month.as_str(),
                row.metric.as_str(),
            );
            key.cmp(&(user_id, month, metric))
        });
        at.ok().map(|at| &rows[at])
    }

    /// One number of a rep in one slice; an empty user is all reps together.
    pub fn slice(
        &self,
        user_id: &str,
        (grain, slice): (&str, &str),
        metric: &str,
    ) -> Option<&RepSliceRow> {
        let rows = &self.rollups.rep_slices;
        let at = rows.binary_search_by(|row| {
            let key = (
                row.user_id.as_str(),
                row.grain.as_str(),
                row.slice.as_str(),
                row.metric.as_str(),
            );
            key.cmp(&(user_id, grain, slice, metric))
        });
        at.ok().map(|at| &rows[at])
    }

    /// A rep's calls, oldest first.
    pub fn calls_of(&self, user_id: &str) -> &[RepCall] {
        of_key(&self.rollups.rep_calls, |call| {
            call.user_id.as_str().cmp(user_id)
        })
    }

    /// What a rep's side asked about in a month, by intent; the empty one is all questions.
    pub fn intents(&self, user_id: &str, month: &str) -> &[RepIntentRow] {
        of_key(&self.rollups.rep_intents, |row| {
            (row.user_id.as_str(), row.month.as_str()).cmp(&(user_id, month))
        })
    }

    /// Criteria of all methodologies on a rep's calls of a month.
    pub fn criteria(&self, user_id: &str, month: &str) -> &[RepMethodologyRow] {
        of_key(&self.rollups.rep_methodologies, |row| {
            (row.user_id.as_str(), row.month.as_str()).cmp(&(user_id, month))
        })
    }

    /// A user's name for people.
    pub fn name_of(&self, user_id: &str) -> String {
        shown_name(self.users, user_id)
    }

    /// Calls on which an entry of a dictionary was mentioned, oldest first.
    pub fn entry_calls<'b>(
        &'b self,
        dictionary: &'b str,
        entry: &'b str,
    ) -> std::slice::Iter<'b, EntryCall> {
        let rows = of_key(&self.rollups.entry_calls, |row| {
            (row.dictionary.as_str(), row.entry.as_str()).cmp(&(dictionary, entry))
        });
        rows.iter()
    }

    /// On how many of `calls` a customer raised an objection.
    pub fn raised(&self, objection: &str, calls: &BTreeSet<&str>) -> i64 {
        let rows = self.entry_calls(OBJECTIONS, objection);
        rows.filter(|row| row.customer > 0 && calls.contains(row.call_id.as_str()))
            .count() as i64
    }

    /// The newest quotes of an entry by one side, or by anybody where `side` is empty, among `calls`: at most `limit`, at
    /// most two a call.
    pub fn quotes(
        &self,
        dictionary: &str,
        entry: &str,
        side: &str,
        calls: &BTreeSet<&str>,
        limit: usize,
    ) -> Vec<Quote> {
        let found = self.evidence.mentions_on(calls).filter(|found| {
            found.dictionary == dictionary
                && found.entry == entry
                && (side.is_empty() || found.side == side)
        });
        spread(found.map(|found| &found.quote), limit)
    }

    /// Calls of each deal that won, lost or is still open, by that word.
    pub fn calls_by_outcome(&self) -> BTreeMap<&'static str, BTreeSet<&str>> {
        outcome_calls(self.rollups)
    }

    /// What every page says at its foot.
    pub fn footer(&self) -> Vec<Fact> {
        let coverage = self.coverage;
        let mut calls = vec![format!(
            "{} in the lake of {} that Gong listed",
            plural(coverage.stored, "call", "calls"),
            grouped(coverage.listed)
        )];
        for (number, words) in [
            (coverage.private, "private and left out"),
            (coverage.rejected, "not readable"),
            (coverage.pending, "waiting for a transcript"),
            (coverage.absent, "without a transcript"),
        ] {
            if number > 0 {
                calls.push(format!("{} {words}", grouped(number)));
            }
        }
        if coverage.open_days > 0 {
            let days = plural(coverage.open_days, "day", "days");
            calls.push(format!("{days} not read completely"));
        }
        let zone = self
            .settings
            .calendar
            .time_zone
            .iana_name()
            .unwrap_or("UTC")
            .to_owned();
        let window = match coverage
            .first
            .as_deref()
            .and_then(|day| day.parse::<Date>().ok())
        {
            Some(first) => format!(
                "{} to {}; days are days in {zone}",
                day_label(first),
                day_label(self.as_of)
            ),
            None => format!("up to {}; days are days in {zone}", day_label(self.as_of)),
        };
        let definitions: Vec<String> = self
            .definitions
            .iter()
            .map(|(table, hashes)| {
                let short: Vec<&str> = hashes
                    .iter()
                    .map(|hash| hash.get(..12).unwrap_or(hash))
                    .collect();
                format!("{table} {}", short.join(" and "))
            })
            .collect();
        let mut footer = vec![
            Fact::new("Calls scanned", calls.join("; ")),
            Fact::new("Time", window),
            Fact::new(
                "n",
                format!(
                    "The number of observations behind a value. Below {FEW} a value is shown in italics and not judged."
                ),
            ),
        ];
        footer.extend(self.sight.fact());
        if !definitions.is_empty() {
            footer.push(Fact::new("Definitions", definitions.join("; ")));
        }
        footer
    }
}

/// The rows of a key in rows that are sorted by it.
fn of_key<T>(rows: &[T], order: impl Fn(&T) -> Ordering) -> &[T] {
    let from = rows.partition_point(|row| order(row) == Ordering::Less);
    let to = rows.partition_point(|row| order(row) != Ordering::Greater);
    &rows[from..to]
}

/// Calls of each deal that won, lost or is still open, by that word.
pub(super) fn outcome_calls(rollups: &Rollups) -> BTreeMap<&'static str, BTreeSet<&str>> {
    let outcomes: BTreeMap<(&str, &str), &'static str> = rollups
        .deals
        .iter()
        .map(|deal| {
            let outcome = match deal.outcome.as_deref() {
                Some("won") => "won",
                Some("lost") => "lost",
                _ => "open",
            };
            ((deal.system.as_str(), deal.deal_id.as_str()), outcome)
        })
        .collect();
    let mut calls: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rollups.deal_calls {
        if let Some(outcome) = outcomes.get(&(row.system.as_str(), row.deal_id.as_str())) {
            calls.entry(outcome).or_default().insert(&row.call_id);
        }
    }
    calls
}

/// The first `limit` quotes, at most two a call.
pub fn spread<'a>(quotes: impl Iterator<Item = &'a Quote>, limit: usize) -> Vec<Quote> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut spread: Vec<Quote> = Vec::new();
    for quote in quotes {
        let of_call = taken.entry(quote.call_id.as_str()).or_default();
        if *of_call < 2 && spread.len() < limit {
            *of_call += 1;
            spread.push(quote.clone());
        }
    }
    spread
}

/// Name of a competitor's page.
pub fn battlecard_page(entry: &str) -> String {
    file_stem("battlecard", entry)
}

/// Name of a rep's page.
pub fn scorecard_page(user_id: &str) -> String {
    file_stem("scorecard", user_id)
}

/// `2026-11` as readers see it: `Nov 2026`.
pub fn month_label(month: &str) -> String {
    calendar::first_day(month)
        .map_or_else(|| month.to_owned(), |day| day.strftime("%b %Y").to_string())
}

/// Reps with a call in the last months.
pub(super) fn reps_of(rollups: &Rollups, as_of: Date) -> BTreeSet<String> {
    let months = last_months(as_of, REP_MONTHS);
    rollups
        .rep_months
        .iter()
        .filter(|row| months.contains(&row.month))
        .map(|row| row.user_id.clone())
        .collect()
}

/// The last `count` months up to that of `as_of`, oldest first.
pub(super) fn last_months(as_of: Date, count: usize) -> Vec<String> {
    let mut months = vec![calendar::month(as_of)];
    while months.len() < count {
        let before = calendar::month_before(&months[months.len() - 1]);
        months.push(before);
    }
    months.reverse();
    months
}
