//! Reports over a hand-made lake: rollups with known answers, every page in every format, hostile words, an as-of day in
//! the past, an empty lake, and what happens to files that are already there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use talktrack::clock::FixedClock;
use talktrack::config::{Config, Sources};
use talktrack::lake::{Lake, PartitionKey};
use talktrack::report::settings::{Entry, Methodology};
use talktrack::report::targets::Targets;
use talktrack::report::{self, Options, ReportSummary, Settings};
use talktrack::rollup::{
    Calendar, CompetitorRow, DealEngagementRow, DealWeekRow, RepMonthRow, Rules, StageNames,
};
use talktrack_analyzers::metrics::mentions::{MentionEvidenceRow, MentionsRow};
use talktrack_analyzers::metrics::objections::{ObjectionEvidenceRow, ObjectionsRow};
use talktrack_analyzers::metrics::questions::{QuestionEvidenceRow, QuestionsRow};
use talktrack_analyzers::metrics::talk::{TalkCallRow, TalkRow};
use talktrack_analyzers::table::{Amount, FieldMap, Row, TimestampUs};
use talktrack_analyzers::tables::{
    CallRow, CoverageRow, CrmObjectRow, DealHistoryRow, PartyRow, SentenceRow, UserRow,
};

/// A call of the hand-made company, from which all its rows are made.
pub(crate) struct Call {
    pub(crate) id: &'static str,
    pub(crate) started: &'static str,
    pub(crate) minutes: i64,
    pub(crate) title: &'static str,
    pub(crate) rep: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) deal: Option<&'static str>,
    /// Seconds that the rep and the customer spoke; none where there is no transcript.
    pub(crate) spoke_s: Option<(i64, i64)>,
    pub(crate) questions: i64,
    pub(crate) said: Vec<Said>,
}

/// A sentence with a mention in it, marked by brackets.
pub(crate) struct Said {
    pub(crate) dictionary: &'static str,
    pub(crate) entry: &'static str,
    pub(crate) class: Option<&'static str>,
    pub(crate) side: &'static str,
    pub(crate) text: &'static str,
}

pub(crate) fn said(
    dictionary: &'static str,
    entry: &'static str,
    side: &'static str,
    text: &'static str,
) -> Said {
    Said {
        dictionary,
        entry,
        class: None,
        side,
        text,
    }
}

pub(crate) fn call(
    id: &'static str,
    started: &'static str,
    rep: &'static str,
    customer: &'static str,
) -> Call {
    Call {
        id,
        started,
        minutes: 30,
        title: "Weekly review",
        rep,
        customer,
        deal: None,
        spoke_s: Some((600, 600)),
        questions: 10,
        said: Vec::new(),
    }
}

/// Two reps, three deals, one competitor, seven calls from September to November 2026.
pub(crate) fn company() -> Vec<Call> {
    vec![
        Call {
            deal: Some("D1"),
            title: "Discovery with Northwind",
            said: vec![said(
                "competitors",
                "acme",
                "company",
                "You told us that you looked at [Acme] last year.",
            )],
            ..call("101", "2026-09-10T09:00:00Z", "1", "ines@northwind.example")
        },
        Call {
            deal: Some("D1"),
            title: "Demo for Northwind",
            spoke_s: Some((1200, 300)),
            questions: 4,
            said: vec![
                said(
                    "competitors",
                    "acme",
                    "customer",
                    "We have been using [Acme] for two years.",
                ),
                said(
                    "objections",
                    "price",
                    "customer",
                    "Honestly, that is [too expensive] for us.",
                ),
            ],
            ..call("102", "2026-10-05T14:00:00Z", "1", "ines@northwind.example")
        },
        Call {
            deal: Some("D2"),
            spoke_s: Some((400, 1200)),
            said: vec![said(
                "competitors",
                "acme",
                "customer",
                "Does it do what [Acme Cloud] does?",
            )],
            ..call("103", "2026-11-02T10:00:00Z", "1", "omar@contoso.example")
        },
        // 23:30 UTC on the last of October is November in Berlin.
        Call {
            deal: Some("D2"),
            minutes: 2,
            ..call("104", "2026-10-31T23:30:00Z", "1", "omar@contoso.example")
        },
        Call {
            spoke_s: None,
            ..call("105", "2026-11-04T10:00:00Z", "2", "omar@contoso.example")
        },
        Call {
            deal: Some("D2"),
            spoke_s: Some((900, 900)),
            title: "Pricing with Contoso",
            said: vec![
                said(
                    "objections",
                    "price",
                    "customer",
                    "The price is [hard to justify].",
                ),
                said("competitors", "acme", "customer", "[Acme] offered us less."),
            ],
            ..call("106", "2026-11-18T10:00:00Z", "2", "lee@contoso.example")
        },
        Call {
            deal: Some("D3"),
            spoke_s: Some((300, 0)),
            ..call("107", "2026-11-19T10:00:00Z", "2", "kim@fabrikam.example")
        },
    ]
}

fn micros(time: &str) -> TimestampUs {
    TimestampUs(time.parse::<Timestamp>().expect("a time").as_microsecond())
}

impl Call {
    fn day(&self) -> Date {
        TimeZone::UTC
            .to_datetime(self.started.parse::<Timestamp>().expect("a time"))
            .date()
    }

    fn row(&self) -> CallRow {
        CallRow {
            call_id: self.id.into(),
            url: Some(format!("https://app.gong.example/call?id={}", self.id)),
            title: Some(self.title.into()),
            started: micros(self.started),
            scheduled: None,
            duration_s: Some(self.minutes * 60),
            primary_user_id: Some(self.rep.into()),
            direction: None,
            system: None,
            scope: Some("External".into()),
            media: None,
            language: None,
            workspace_id: None,
            purpose: None,
            meeting_url: None,
            is_private: false,
            calendar_event_id: None,
            client_unique_id: None,
            transcript_state: if self.spoke_s.is_some() {
                "present"
            } else {
                "pending"
            }
            .into(),
            raw: "{}".into(),
        }
    }

    fn parties(&self) -> Vec<PartyRow> {
        let party = |id: &str, user: Option<&str>, name: &str, person: &str, side: &str| PartyRow {
            call_id: self.id.into(),
            party_id: id.into(),
            speaker_id: Some(format!("s-{id}")),
            user_id: user.map(str::to_owned),
            person_key: person.into(),
            name: Some(name.into()),
            email: None,
            phone: None,
            title: None,
            affiliation: None,
            side: side.into(),
            raw: "{}".into(),
        };
        vec![
            party("p1", Some(self.rep), "The Rep", self.rep, "company"),
            party(
                "p2",
                None,
                self.customer.split('@').next().unwrap_or_default(),
                self.customer,
                "customer",
            ),
        ]
    }

    fn sentences(&self) -> Vec<SentenceRow> {
        let sentence = |(at, said): (usize, &Said)| SentenceRow {
            call_id: self.id.into(),
            sentence_index: at as i32,
            monologue_index: at as i32,
            speaker_id: Some(
                if said.side == "company" {
                    "s-p1"
                } else {
                    "s-p2"
                }
                .into(),
            ),
            party_id: Some(if said.side == "company" { "p1" } else { "p2" }.into()),
            side: said.side.into(),
            topic: None,
            start_ms: 60_000 * (at as i64 + 1),
            end_ms: 60_000 * (at as i64 + 1) + 4_000,
            text: said.text.replace(['[', ']'], ""),
        };
        self.said.iter().enumerate().map(sentence).collect()
    }

    fn mention_evidence(&self) -> Vec<MentionEvidenceRow> {
        let row = |(at, said): (usize, &Said)| {
            let start = said.text.find('[').unwrap_or(0) as i32;
            let end = said
                .text
                .find(']')
                .map_or(said.text.len() as i32, |end| end as i32 - 1);
            MentionEvidenceRow {
                call_id: self.id.into(),
                dictionary: said.dictionary.into(),
                entry: said.entry.into(),
                term: said.entry.into(),
                class: said.class.map(str::to_owned),
                sentence_index: at as i32,
                start_ms: 60_000 * (at as i64 + 1),
                end_ms: 60_000 * (at as i64 + 1) + 4_000,
                byte_start: start,
                byte_end: end,
                speaker_id: None,
                side: said.side.into(),
            }
        };
        let mut rows: Vec<MentionEvidenceRow> = self.said.iter().enumerate().map(row).collect();
        rows.sort_by_key(|row| (row.dictionary.clone(), row.sentence_index));
        rows
    }

    fn mentions(&self) -> Vec<MentionsRow> {
        let mut counts: BTreeMap<(&str, &str, &str), i64> = BTreeMap::new();
        for said in &self.said {
            *counts
                .entry((said.dictionary, said.entry, said.side))
                .or_default() += 1;
        }
        let row = |((dictionary, entry, side), mentions): ((&str, &str, &str), i64)| MentionsRow {
            call_id: self.id.into(),
            dictionary: dictionary.into(),
            entry: entry.into(),
            side: side.into(),
            mentions,
            first_start_ms: 0,
            last_start_ms: 0,
        };
        counts.into_iter().map(row).collect()
    }

    fn talk(&self) -> Vec<TalkRow> {
        let Some((rep, customer)) = self.spoke_s else {
            return Vec::new();
        };
        let row =
            |speaker: &str, user: Option<&str>, person: &str, side: &str, seconds: i64| TalkRow {
                call_id: self.id.into(),
                speaker_id: speaker.into(),
                party_id: None,
                user_id: user.map(str::to_owned),
                person_key: Some(person.into()),
                side: side.into(),
                talk_ms: seconds * 1000,
                talk_ms_sum: seconds * 1000,
                talk_share: None,
                talk_share_call: None,
                talk_share_words: None,
                words: seconds * 5 / 2,
                words_per_minute: None,
                sentences: 1,
                turns: 1,
                longest_monologue_strict_ms: seconds * 100,
                longest_monologue_bridged_ms: seconds * 200,
            };
        let mut rows = vec![row("s-p1", Some(self.rep), self.rep, "company", rep)];
        if customer > 0 {
            rows.push(row("s-p2", None, self.customer, "customer", customer));
        }
        rows
    }

    fn talk_call(&self) -> Vec<TalkCallRow> {
        let Some((rep, customer)) = self.spoke_s else {
            return Vec::new();
        };
        vec![TalkCallRow {
            call_id: self.id.into(),
            speakers: 2,
            customer_speakers: i64::from(customer > 0),
            sentences: 20,
            words: (rep + customer) * 5 / 2,
            speech_ms: (rep + customer) * 1000,
            company_ms: rep * 1000,
            customer_ms: customer * 1000,
            unknown_ms: 0,
            attributed_share: Some(1.0),
            two_sided: customer >= 30,
            switches: 10,
            span_ms: self.minutes * 60_000,
            quality_flags: String::new(),
        }]
    }

    fn questions(&self) -> Vec<QuestionsRow> {
        vec![QuestionsRow {
            call_id: self.id.into(),
            side: "company".into(),
            questions: Some(self.questions),
            open: Some(self.questions / 2),
            closed: Some(self.questions - self.questions / 2),
            open_share: None,
            questions_per_hour: None,
            spread: None,
            quality_flags: String::new(),
        }]
    }

    fn question_evidence(&self) -> Vec<QuestionEvidenceRow> {
        let asked = self
            .said
            .iter()
            .enumerate()
            .filter(|(_, said)| said.side == "company");
        let row = |(at, said): (usize, &Said)| QuestionEvidenceRow {
            call_id: self.id.into(),
            sentence_index: at as i32,
            start_ms: 60_000 * (at as i64 + 1),
            end_ms: 60_000 * (at as i64 + 1) + 4_000,
            byte_start: 0,
            byte_end: said.text.len() as i32 - 2,
            speaker_id: None,
            side: said.side.into(),
            kind: "open".into(),
            intent: None,
            form: None,
        };
        asked.map(row).collect()
    }

    /// Objections of customers; the next sentence of the company answers them.
    fn objection_evidence(&self) -> Vec<ObjectionEvidenceRow> {
        let said = self.said.iter().enumerate();
        let raised =
            said.filter(|(_, said)| said.dictionary == "objections" && said.side == "customer");
        let row = |(at, said): (usize, &Said)| {
            let later = self.said.iter().enumerate().skip(at + 1);
            let answer = later.clone().find(|(_, said)| said.side == "company");
            ObjectionEvidenceRow {
                call_id: self.id.into(),
                entry: said.entry.into(),
                sentence_index: at as i32,
                sentence_index_end: at as i32,
                start_ms: 60_000 * (at as i64 + 1),
                end_ms: 60_000 * (at as i64 + 1) + 4_000,
                byte_start: 0,
                byte_end: 1,
                speaker_id: None,
                side: said.side.into(),
                answers: answer.map_or("", |_| "acknowledge").into(),
                answer_sentence_index: answer.map(|(at, _)| at as i32),
            }
        };
        raised.map(row).collect()
    }

    fn objections(&self) -> Vec<ObjectionsRow> {
        let evidence = self.objection_evidence();
        let row = |found: &ObjectionEvidenceRow| {
            let answered = i64::from(!found.answers.is_empty());
            ObjectionsRow {
                call_id: self.id.into(),
                entry: found.entry.clone(),
                raised: 1,
                handled: Some(answered),
                acknowledged: Some(answered),
                clarified: Some(0),
                evidenced: Some(0),
                confirmed: Some(0),
                first_start_ms: found.start_ms,
            }
        };
        evidence.iter().map(row).collect()
    }

    fn crm_objects(&self) -> Vec<CrmObjectRow> {
        let object = |kind: &str, id: &str| CrmObjectRow {
            call_id: self.id.into(),
            party_id: String::new(),
            timing: "now".into(),
            system: "Salesforce".into(),
            object_type: kind.into(),
            object_id: id.into(),
            fields: FieldMap(Vec::new()),
        };
        let account = std::iter::once(object("Account", "A1"));
        account
            .chain(self.deal.map(|deal| object("Opportunity", deal)))
            .collect()
    }
}

pub(crate) fn state(
    deal: &str,
    observed_at: &str,
    timing: &str,
    outcome: &str,
    stage: &str,
    amount: Option<i128>,
) -> DealHistoryRow {
    DealHistoryRow {
        system: "Salesforce".into(),
        deal_id: deal.into(),
        timing: timing.into(),
        observed_at: micros(observed_at),
        call_id: String::new(),
        source: "call".into(),
        name: Some(format!("Deal {deal}")),
        stage: Some(stage.into()),
        amount: amount.map(|amount| Amount(amount * 10_000)),
        currency: Some(if deal == "D2" { "EUR" } else { "USD" }.into()),
        close_date: Some("2026-11-10".into()),
        owner: Some("Ada".into()),
        outcome: Some(outcome.into()),
        account_id: None,
        fields: FieldMap(Vec::new()),
    }
}

pub(crate) fn history() -> Vec<DealHistoryRow> {
    vec![
        state(
            "D1",
            "2026-11-21T02:00:00Z",
            "now",
            "won",
            "Closed Won",
            Some(12_000),
        ),
        state(
            "D1",
            "2026-10-05T14:00:00Z",
            "time_of_call",
            "open",
            "Demo",
            Some(10_000),
        ),
        state(
            "D2",
            "2026-11-18T10:00:00Z",
            "time_of_call",
            "open",
            "Negotiation",
            Some(48_000),
        ),
        state(
            "D3",
            "2026-11-19T10:00:00Z",
            "time_of_call",
            "open",
            "Discovery",
            None,
        ),
    ]
}

pub(crate) fn user(id: &str, first: &str, last: &str, manager: Option<&str>) -> UserRow {
    UserRow {
        user_id: id.into(),
        email: None,
        first_name: Some(first.into()),
        last_name: Some(last.into()),
        title: Some("Account Executive".into()),
        manager_id: manager.map(str::to_owned),
        active: true,
        created: None,
        first_seen: micros("2026-09-01T00:00:00Z"),
        last_seen: None,
        raw: "{}".into(),
    }
}

pub(crate) fn settings() -> Settings {
    let entry = |id: &str, label: &str| Entry {
        id: id.into(),
        label: label.into(),
    };
    let usual = Config::load(&Sources::default()).expect("defaults");
    Settings {
        calendar: Calendar {
            time_zone: TimeZone::get("Europe/Berlin").expect("a zone"),
            week_start: Weekday::Monday,
        },
        competitors: vec![entry("acme", "Acme Cloud"), entry("globex", "Globex")],
        objections: vec![entry("price", "Price"), entry("timing", "Timing")],
        intents: vec![entry("problem", "Problem"), entry("budget", "Budget")],
        methodology: Methodology {
            id: "meddpicc".into(),
            criteria: vec![entry("metrics", "Metrics"), entry("champion", "Champion")],
        },
        stages: StageNames::default(),
        heatmap_weeks: 12,
        targets: Targets::new(&usual.targets),
        rules: Rules::default(),
        cards: BTreeMap::new(),
        card_days: 90,
        team_folders: false,
    }
}

/// A lake whose last whole day is 20 November 2026.
pub(crate) async fn lake_of(
    folder: &Path,
    calls: &[Call],
    history: &[DealHistoryRow],
    users: &[UserRow],
) -> Lake {
    let lake = Lake::open(&folder.to_string_lossy()).await.expect("a lake");
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let mut commit = lake.begin(&clock).await.expect("a commit");
    let mut days: BTreeMap<Date, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        days.entry(call.day()).or_default().push(call);
    }
    let mut coverage = Vec::new();
    for (day, calls) in &days {
        put(&mut commit, *day, &rows(calls, Call::parties)).await;
        put(&mut commit, *day, &rows(calls, Call::sentences)).await;
        put(&mut commit, *day, &rows(calls, Call::crm_objects)).await;
        put(&mut commit, *day, &rows(calls, Call::mentions)).await;
        put(&mut commit, *day, &rows(calls, Call::mention_evidence)).await;
        put(&mut commit, *day, &rows(calls, Call::questions)).await;
        put(&mut commit, *day, &rows(calls, Call::question_evidence)).await;
        put(&mut commit, *day, &rows(calls, Call::objections)).await;
        put(&mut commit, *day, &rows(calls, Call::objection_evidence)).await;
        put(&mut commit, *day, &rows(calls, Call::talk)).await;
        put(&mut commit, *day, &rows(calls, Call::talk_call)).await;
        put(&mut commit, *day, &rows(calls, |call| vec![call.row()])).await;
        let present = calls.iter().filter(|call| call.spoke_s.is_some()).count() as i64;
        coverage.push(CoverageRow {
            day: day.to_string(),
            listed: calls.len() as i64 + 1,
            stored: calls.len() as i64,
            private: 1,
            rejected: 0,
            transcripts_present: present,
            transcripts_pending: calls.len() as i64 - present,
            transcripts_absent: 0,
            window_state: "done".into(),
        });
    }
    commit.put_rows(&coverage).await.expect("coverage");
    commit.put_rows(history).await.expect("history");
    commit.put_rows(users).await.expect("users");
    commit
        .state_mut()
        .windows_done
        .insert(date(2026, 9, 1), date(2026, 11, 20));
    commit.finish().await.expect("a state");
    lake
}

fn rows<R>(calls: &[&Call], of: impl Fn(&Call) -> Vec<R>) -> Vec<R> {
    calls.iter().flat_map(|call| of(call)).collect()
}

async fn put<R: Row>(commit: &mut talktrack::lake::Commit, day: Date, rows: &[R]) {
    let key = PartitionKey::day(R::table().name, day);
    let definition = Some(format!("{}@1", R::table().name));
    commit
        .put(
            key,
            vec![R::to_batch(rows)],
            BTreeMap::new(),
            definition,
            &[],
        )
        .await
        .expect("a partition");
}

pub(crate) fn users() -> Vec<UserRow> {
    vec![
        user("1", "Ada", "Lovelace", Some("3")),
        user("2", "Grace", "Hopper", Some("3")),
        user("3", "Mary", "Somerville", None),
    ]
}

pub(crate) async fn report(
    lake: &Lake,
    settings: &Settings,
    as_of: Option<Date>,
    out: Option<&Path>,
) -> ReportSummary {
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let out = out.map(|out| out.to_string_lossy().into_owned());
    let options = Options {
        as_of,
        out,
        ..Options::default()
    };
    report::run(lake, settings, &options, &clock)
        .await
        .expect("pages")
}

/// Every file of a folder, by name.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file());
    let read = |path: std::path::PathBuf| {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (name, std::fs::read_to_string(path).expect("a file"))
    };
    entries.map(read).collect()
}

/// A page without its style sheet and its script, which would only lengthen the snapshot, and without their hashes.
fn without_style(page: &str) -> String {
    let mut parts = page.split("'sha256-");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Escapes make a hash longer than its 51 letters, so it goes up to its closing quote.
        let (_, after) = part.split_once('\'').expect("its end");
        text += "'sha256-…'";
        text += after;
    }
    without(&without(&text, "style"), "script")
}

/// A page whose one element of this name is empty.
fn without(page: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let (head, rest) = page.split_once(&open).expect("the element");
    let (_, tail) = rest.rsplit_once(&close).expect("its end");
    format!("{head}{open}…{close}{tail}")
}

#[tokio::test]
async fn rollups_have_known_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    let summary = report(&lake, &settings(), None, None).await;
    assert_eq!(summary.as_of, Some(date(2026, 11, 20)));
    assert_eq!(summary.calls, 7);

    let months: Vec<RepMonthRow> = lake
        .read_rows(&PartitionKey::whole("rollups/rep_month"))
        .await
        .expect("rows");
    let by_key: HashMap<(&str, &str), &RepMonthRow> = months
        .iter()
        .map(|row| ((row.user_id.as_str(), row.month.as_str()), row))
        .collect();
    let november = by_key[&("1", "2026-11")];
    assert_eq!(
        (november.calls, november.calls_used, november.excluded_short),
        (2, 1, 1)
    );
    assert_eq!(november.talk_share_mean, Some(0.25));
    assert_eq!(november.longest_monologue_bridged_ms, Some(80_000));
    assert_eq!(november.words_per_minute, Some(150.0));
    let october = by_key[&("1", "2026-10")];
    assert_eq!(
        (october.talk_share_pooled, october.questions_per_call),
        (Some(0.8), Some(4.0))
    );
    let grace = by_key[&("2", "2026-11")];
    assert_eq!(
        (
            grace.calls,
            grace.calls_used,
            grace.excluded_no_transcript,
            grace.excluded_one_sided,
            grace.excluded_silent
        ),
        (3, 1, 1, 1, 0)
    );

    let competitors: Vec<CompetitorRow> = lake
        .read_rows(&PartitionKey::whole("rollups/competitor"))
        .await
        .expect("rows");
    let shown: Vec<_> = competitors
        .iter()
        .map(|row| {
            (
                row.month.as_str(),
                row.mentions,
                row.calls_customer,
                row.deals,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("", 4, 3, 2),
            ("2026-09", 1, 0, 1),
            ("2026-10", 1, 1, 1),
            ("2026-11", 2, 2, 1)
        ]
    );
    assert_eq!(
        (
            competitors[0].deals_won,
            competitors[0].deals_lost,
            competitors[0].deals_open
        ),
        (1, 0, 1)
    );
}

#[tokio::test]
async fn deals_have_known_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    report(&lake, &settings(), None, None).await;

    let deals: Vec<DealEngagementRow> = lake
        .read_rows(&PartitionKey::whole("rollups/deal_engagement"))
        .await
        .expect("rows");
    let second = &deals[1];
    assert_eq!(
        (second.deal_id.as_str(), second.days_silent),
        ("D2", Some(2))
    );
    assert_eq!(
        [
            second.calls_7,
            second.calls_14,
            second.calls_30,
            second.calls_90
        ],
        [1, 1, 3, 3]
    );
    assert_eq!(
        [
            second.buyers_7,
            second.buyers_14,
            second.buyers_30,
            second.buyers_90
        ],
        [1, 1, 2, 2]
    );
    assert_eq!(
        (deals[0].outcome.as_deref(), deals[0].days_silent),
        (Some("won"), Some(46))
    );
    assert_eq!(
        (deals[2].days_silent, deals[2].last_call_day.as_deref()),
        (None, Some("2026-11-19"))
    );

    let weeks: Vec<DealWeekRow> = lake
        .read_rows(&PartitionKey::whole("rollups/deal_week"))
        .await
        .expect("rows");
    let of_second: Vec<_> = weeks
        .iter()
        .filter(|row| row.deal_id == "D2")
        .map(|row| (row.week.as_str(), row.customer_ms))
        .collect();
    assert_eq!(
        of_second,
        [
            ("2026-10-26", 600_000),
            ("2026-11-02", 1_200_000),
            ("2026-11-16", 900_000)
        ]
    );
}

#[tokio::test]
async fn pages_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    let summary = report(&lake, &settings(), None, None).await;
    let pages = files(&folder.path().join("reports"));
    let mut names: Vec<&str> = pages
        .keys()
        .map(String::as_str)
        .filter(|name| name.ends_with("html"))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "battlecard-acme.html",
            "battlecard-globex.html",
            "deals.html",
            "index.html",
            "scorecard-1.html",
            "scorecard-2.html",
            "tables.html",
            "team.html"
        ]
    );
    assert_eq!(summary.files_written, 24);

    insta::assert_snapshot!(
        "battlecard.html",
        without_style(&pages["battlecard-acme.html"])
    );
    insta::assert_snapshot!("battlecard.md", pages["battlecard-acme.md"]);
    insta::assert_snapshot!("battlecard.json", pages["battlecard-acme.json"]);
    insta::assert_snapshot!("scorecard.md", pages["scorecard-1.md"]);
    insta::assert_snapshot!("team.md", pages["team.md"]);
    insta::assert_snapshot!("deals.html", without_style(&pages["deals.html"]));
    insta::assert_snapshot!("index.md", pages["index.md"]);
}

#[tokio::test]
async fn the_same_lake_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    report(&lake, &settings(), None, None).await;
    let rollup = folder.path().join("rollups/rep_month/part.parquet");
    let (pages, bytes) = (
        files(&folder.path().join("reports")),
        std::fs::read(&rollup).expect("a rollup"),
    );
    report(&lake, &settings(), Some(date(2026, 11, 20)), None).await;
    assert_eq!(files(&folder.path().join("reports")), pages);
    assert_eq!(std::fs::read(&rollup).expect("a rollup"), bytes);
}

#[tokio::test]
async fn an_earlier_day_shows_what_was_known_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    report(&lake, &settings(), None, None).await;
    let newest: Vec<DealEngagementRow> = lake
        .read_rows(&PartitionKey::whole("rollups/deal_engagement"))
        .await
        .expect("rows");

    let past = tempfile::tempdir().expect("a folder");
    let summary = report(
        &lake,
        &settings(),
        Some(date(2026, 10, 20)),
        Some(past.path()),
    )
    .await;
    assert_eq!(summary.calls, 2);
    let pages = files(past.path());
    let deals = &pages["deals.md"];
    assert!(deals.contains("as of 20 Oct 2026"), "{deals}");
    // On that day the deal was open, in its demo stage; the win was seen a month later.
    assert!(
        deals.contains("Deal D1") && deals.contains("Demo") && deals.contains("USD 10,000"),
        "{deals}"
    );
    assert!(
        !deals.contains("Closed Won") && !deals.contains("Deal D2"),
        "{deals}"
    );
    assert!(
        !pages.contains_key("scorecard-2.html"),
        "the second rep had no call yet"
    );

    let stored: Vec<DealEngagementRow> = lake
        .read_rows(&PartitionKey::whole("rollups/deal_engagement"))
        .await
        .expect("rows");
    assert_eq!(
        stored.len(),
        newest.len(),
        "the lake keeps the rollups of the default day"
    );
}

#[tokio::test]
async fn hostile_words_stay_words() {
    let mut calls = company();
    calls[2].title = "</title><script>alert(1)</script>";
    calls[2].said = vec![said(
        "competitors",
        "acme",
        "customer",
        "=HYPERLINK(1) <img src=x onerror=alert(1)> [Acme] | x `y` \u{202e}evil \0\u{1b}[2J\u{7}",
    )];
    let endless: &str = Box::leak(format!("[Acme] {}", "wörds ".repeat(25_000)).into_boxed_str());
    calls[0]
        .said
        .push(said("competitors", "acme", "customer", endless));
    calls[2].customer = "\"><script>@x.example";
    let mut settings = settings();
    settings.competitors.push(Entry {
        id: "../../../etc/passwd".into(),
        label: "<b>Evil</b> & \u{202e}Co".into(),
    });
    let mut users = users();
    users[0].first_name = Some("<script>alert('name')</script>".into());
    let mut history = history();
    history[2].name = Some("{{ 7 * 7 }} <svg onload=alert(1)>".into());
    history[2].amount = Some(Amount(-1));

    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &calls, &history, &users).await;
    report(&lake, &settings, None, None).await;
    let pages = files(&folder.path().join("reports"));
    for (name, page) in &pages {
        assert!(!name.contains("..") && !name.contains('/'), "{name}");
        assert!(!page.contains('\u{202e}'), "{name} turns text around");
        for control in ["\0", "\u{1b}", "\u{7}", "\\u0000", "\\u001b", "\\u0007"] {
            assert!(!page.contains(control), "{name} holds {control:?}");
        }
        if name.ends_with("html") {
            assert_eq!(
                page.matches("<script").count(),
                1,
                "{name} has one script, ours"
            );
            for tag in [
                "<img",
                "<svg onload",
                "<b>Evil",
                " onload=\"",
                " onerror=\"",
                "javascript:",
            ] {
                assert!(!page.contains(tag), "{name} holds {tag}");
            }
            assert!(
                !page.contains("49 &lt;svg"),
                "{name} evaluates what a CRM says"
            );
        }
        if name.ends_with("md") {
            assert!(
                !page.contains("<script") && !page.contains("<img"),
                "{name} holds markup"
            );
        }
    }
    assert!(pages["battlecard-acme.html"].contains("&lt;img src=x onerror=alert(1)&gt;"));
    assert!(
        pages
            .keys()
            .any(|name| name.starts_with("battlecard-etc-passwd-")),
        "{:?}",
        pages.keys()
    );
}

#[tokio::test]
async fn an_address_that_is_not_https_is_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company()[2..3], &[], &users()).await;
    let mut row = company()[2].row();
    row.url = Some("javascript:alert(document.domain)".into());
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let mut commit = lake.begin(&clock).await.expect("a commit");
    put(&mut commit, date(2026, 11, 2), &[row]).await;
    commit.finish().await.expect("a state");
    report(&lake, &settings(), None, None).await;
    let page = &files(&folder.path().join("reports"))["battlecard-acme.html"];
    assert!(
        !page.contains("href=\"javascript") && page.contains("javascript:alert(document.domain)")
    );
}

#[tokio::test]
async fn an_empty_lake_says_how_to_fill_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(&folder.path().to_string_lossy())
        .await
        .expect("a lake");
    let summary = report(&lake, &settings(), None, None).await;
    assert_eq!(
        (summary.as_of, summary.pages.len(), summary.calls),
        (None, 1, 0)
    );
    insta::assert_snapshot!(
        "empty.md",
        files(&folder.path().join("reports"))["index.md"]
    );
    // A day that is asked for on an empty lake gives pages without rows, not a failure.
    let summary = report(&lake, &settings(), Some(date(2026, 11, 20)), None).await;
    assert_eq!(summary.calls, 0);
}

#[tokio::test]
async fn without_competitors_the_index_says_how_to_set_them_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    let settings = Settings {
        competitors: Vec::new(),
        ..settings()
    };
    report(&lake, &settings, None, None).await;
    let pages = files(&folder.path().join("reports"));
    assert!(
        pages["index.html"].contains("No competitors are set up")
            && pages["index.html"].contains("talktrack init")
    );
    assert!(!pages.keys().any(|name| name.starts_with("battlecard")));
}

#[tokio::test]
async fn the_set_is_replaced_and_foreign_files_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    std::fs::write(out.path().join("mine.html"), "mine").expect("a file");
    report(&lake, &settings(), None, Some(out.path())).await;
    // What a write leaves that is killed half-way, and a file of somebody else.
    for name in ["index.html#1", "mine.html#1"] {
        std::fs::write(out.path().join(name), "half").expect("a file");
    }
    let fewer = Settings {
        competitors: settings().competitors[..1].to_vec(),
        ..settings()
    };
    let summary = report(&lake, &fewer, None, Some(out.path())).await;
    assert_eq!(
        summary.files_removed,
        [
            "battlecard-globex.html",
            "battlecard-globex.json",
            "battlecard-globex.md"
        ]
    );
    let left = files(out.path());
    assert!(
        !left.contains_key("battlecard-globex.html") && left.contains_key("battlecard-acme.html")
    );
    assert_eq!(left["mine.html"], "mine");
    assert!(!left.contains_key("index.html#1") && left.contains_key("mine.html#1"));
}

#[tokio::test]
async fn a_file_in_the_way_is_not_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    std::fs::write(out.path().join("index.html"), "my own site").expect("a file");
    let options = Options {
        out: Some(out.path().to_string_lossy().into_owned()),
        ..Options::default()
    };
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let error = report::run(&lake, &settings(), &options, &clock)
        .await
        .expect_err("a file is in the way");
    assert!(error.to_string().starts_with("`index.html` in "), "{error}");
    assert_eq!(files(out.path()).len(), 1);
}

#[tokio::test]
async fn pages_wait_for_whoever_writes_the_lake() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    let clock = FixedClock("2026-11-21T02:00:00Z".parse().expect("a time"));
    let turn = lake.begin(&clock).await.expect("a commit");
    let (settings, past) = (settings(), Some(date(2026, 10, 31)));
    let waiting = report(&lake, &settings, past, None);
    tokio::pin!(waiting);
    let soon = std::time::Duration::from_secs(2);
    assert!(tokio::time::timeout(soon, &mut waiting).await.is_err());
    assert!(!folder.path().join("reports").exists());
    turn.finish().await.expect("a state");
    waiting.await;
    assert!(folder.path().join("reports/index.html").exists());
}

#[tokio::test]
async fn two_reports_at_once_leave_one_whole_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    let other = Lake::open(&folder.path().to_string_lossy())
        .await
        .expect("a lake");
    let settings = settings();
    tokio::join!(
        report(&lake, &settings, None, None),
        report(&other, &settings, Some(date(2026, 10, 31)), None)
    );
    let days: std::collections::BTreeSet<String> = files(&folder.path().join("reports"))
        .into_values()
        .filter_map(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .filter_map(|page| Some(page.get("as_of")?.to_string()))
        .collect();
    assert_eq!(days.len(), 1, "{days:?}");
}

#[tokio::test]
async fn numbers_open_to_what_made_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake_of(folder.path(), &company(), &history(), &users()).await;
    report(&lake, &settings(), None, None).await;
    let pages = files(&folder.path().join("reports"));
    let page =
        |name: &str| -> serde_json::Value { serde_json::from_str(&pages[name]).expect("a page") };
    let deals = page("deals.json");
    for row in deals["sections"][1]["blocks"][0]["rows"]
        .as_array()
        .expect("rows")
    {
        for cell in row["cells"].as_array().expect("cells") {
            let spoken = cell["value"]["number"].as_f64().expect("a number") > 0.0;
            let calls = cell["calls"].as_array().expect("calls");
            assert_eq!(spoken, !calls.is_empty(), "{cell}");
        }
    }
    let card = page("battlecard-acme.json");
    let bars = &card["sections"][1]["blocks"][0];
    for series in bars["series"].as_array().expect("series") {
        let values = series["values"].as_array().expect("values").iter();
        for (value, quotes) in values.zip(series["quotes"].as_array().expect("quotes")) {
            let quotes = quotes.as_array().expect("a list").len() as i64;
            assert_eq!(value.as_i64().expect("a count").min(2), quotes, "{series}");
        }
    }
}
