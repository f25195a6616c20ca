//! The way in: every page, and what the numbers rest on.

use super::{battlecard, comparison, data_dictionary, deals, figure, team};
use crate::report::document::{
    Block, Cell, Code, Column, Document, Fact, Figures, Link, Quote, Section, Table, Value,
};
use crate::report::formats::day_label;
use crate::report::material::{FEW, Material, battlecard_page, month_label, scorecard_page};
use crate::report::number::{count, duration, grouped, mean, plural, share};
use crate::report::text::Text;
use crate::rollup::{COMPETITORS, CompetitorRow, calendar};

/// Name of the page.
pub const PAGE: &str = "index";

/// The page.
pub fn page(material: &Material<'_>) -> Document {
    let mut page = Document::new(
        "index",
        PAGE.to_owned(),
        "What your calls say",
        Some(material.as_of),
    );
    page.subtitle =
        "Competitors, reps and deals, measured from recorded calls. Numbers open to the sentences behind them.".into();
    page.sections = vec![
        summary(material),
        competitors(material),
        reps(material),
        deal_section(material),
        coverage(material),
    ];
    page.footer = material.footer();
    page
}

/// Where each manager finds the pages of the own team: name, folder and number of reps.
pub fn teams(teams: &[(String, String, usize)]) -> Section {
    let row = |(manager, folder, reps): &(String, String, usize)| {
        vec![
            Cell::text(manager.as_str()).with_link(Link::page(&format!("{folder}/{PAGE}"))),
            Cell::new(count(*reps as i64)),
        ]
    };
    let table = Table {
        caption: "Managers whose people were on calls".into(),
        columns: vec![Column::words("Manager"), Column::numbers("Reps with calls")],
        rows: teams.iter().map(row).collect(),
        empty: Text::default(),
        ..Table::default()
    };
    let intro = "A folder for each manager: scorecards and deals of the own people, battlecards for all. It can be handed over alone; nothing in it leads out.";
    Section::new("teams", "Teams", intro, vec![Block::Table(table)])
}

/// Where analysts find what the tables hold.
pub fn data() -> Section {
    let row = vec![
        Cell::text("Data dictionary").with_link(Link::page(data_dictionary::PAGE)),
        Cell::text("Every table of the lake, its columns, and how each metric is counted"),
    ];
    let table = Table {
        caption: "For analysts".into(),
        columns: vec![Column::words("Page"), Column::words("Answers")],
        rows: vec![row],
        ..Table::default()
    };
    Section::new("data", "Data", "", vec![Block::Table(table)])
}

/// The page of a lake without calls.
pub fn empty_page() -> Document {
    let mut page = Document::new("index", PAGE.to_owned(), "Nothing here yet", None);
    page.subtitle =
        "No whole day of calls has been ingested, so there is nothing to report.".into();
    let code = Code {
        label: "Check the connection, then ingest, analyze and report:".into(),
        lines: ["talktrack check", "talktrack run"].map(Into::into).into(),
    };
    page.sections = vec![Section::new(
        "start",
        "How to get calls in",
        "",
        vec![Block::Code(code)],
    )];
    page.footer = vec![Fact::new(
        "As of",
        "Pages count the calls up to the last day that was ingested completely.",
    )];
    page
}

fn summary(material: &Material<'_>) -> Section {
    let month = material.month();
    let this_month = material
        .rollups
        .calls
        .values()
        .filter(|call| calendar::month(call.day) == month)
        .count();
    let open = deals::open_deals(material);
    let silent = format!(
        "{} silent for {} days or more",
        grouped(deals::silent(material, &open)),
        material.settings.rules.ghosted_days
    );
    let items = vec![
        figure(
            "Calls",
            count(material.rollups.calls.len() as i64),
            format!("{} in {}", grouped(this_month as i64), month_label(&month)),
        ),
        figure(
            "Reps on calls",
            count(material.reps().len() as i64),
            "in the last 6 months",
        ),
        figure(
            "Competitors watched",
            count(material.settings.competitors.len() as i64),
            "from the competitors dictionary",
        ),
        figure("Open deals", count(open.len() as i64), silent),
    ];
    Section::new(
        "summary",
        "At a glance",
        "",
        vec![Block::Figures(Figures { items })],
    )
}

fn competitors(material: &Material<'_>) -> Section {
    if material.settings.competitors.is_empty() {
        return no_competitors();
    }
    let month = material.month();
    let rows = &material.rollups.competitors;
    let find = |entry: &str, month: &str| {
        rows.iter()
            .find(|row| row.entry == entry && row.month == month)
    };
    let mut lines: Vec<(i64, Vec<Cell>)> = Vec::new();
    for entry in &material.settings.competitors {
        let total = find(&entry.id, "");
        let number = |of: fn(&CompetitorRow) -> i64| Cell::new(count(total.map_or(0, of)));
        let (won, lost) = total.map_or((0, 0), |row| (row.deals_won, row.deals_lost));
        lines.push((
            total.map_or(0, |row| row.calls),
            vec![
                Cell::text(&entry.label).with_link(Link::page(&battlecard_page(&entry.id))),
                Cell::new(count(find(&entry.id, &month).map_or(0, |row| row.calls))),
                number(|row| row.calls),
                number(|row| row.mentions),
                number(|row| row.deals),
                Cell::new(battlecard::win_rate(won, won + lost)),
                Cell::heard(
                    newest(material, &entry.id),
                    total.map_or(0, |row| row.mentions),
                ),
            ],
        ));
    }
    lines.sort_by_key(|(calls, _)| std::cmp::Reverse(*calls));
    let table = Table {
        caption: "Competitors, the most heard first".into(),
        columns: vec![
            Column::words("Battlecard"),
            Column::numbers(format!("Calls in {}", month_label(&month))),
            Column::numbers("Calls"),
            Column::numbers("Mentions"),
            Column::numbers("Deals"),
            Column::numbers("Win rate"),
            Column::words("Newest"),
        ],
        rows: lines.into_iter().map(|(_, cells)| cells).collect(),
        empty: "No competitors.".into(),
        ..Table::default()
    };
    let mut blocks = vec![Block::Table(table)];
    blocks.extend(comparison::is_made(material).then(|| Block::Table(side_by_side())));
    Section::new("battlecards", "Battlecards", "", blocks)
}

fn side_by_side() -> Table {
    let row = vec![
        Cell::text("Competitors side by side").with_link(Link::page(comparison::PAGE)),
        Cell::text("Two of them, or all, by the same numbers, and on which deals they meet"),
    ];
    Table {
        caption: "The competitors together".into(),
        columns: vec![Column::words("Page"), Column::words("Answers")],
        rows: vec![row],
        ..Table::default()
    }
}

/// The newest sentences that name a competitor.
fn newest(material: &Material<'_>, entry: &str) -> Vec<Quote> {
    let calls = material
        .entry_calls(COMPETITORS, entry)
        .map(|row| row.call_id.as_str())
        .collect();
    material.quotes(COMPETITORS, entry, "", &calls, 2)
}

fn no_competitors() -> Section {
    let code = Code {
        label: "Name them with their aliases, or edit competitors.toml in your dictionaries folder; then:".into(),
        lines: ["talktrack init --help", "talktrack analyze", "talktrack report"].map(Into::into).into(),
    };
    let note = Block::note(
        "No competitors are set up",
        "talktrack does not guess whom you compete with. Name them once, with the spellings people use, and every call already in the lake is searched for them.",
    );
    Section::new(
        "battlecards",
        "Battlecards",
        "",
        vec![note, Block::Code(code)],
    )
}

fn reps(material: &Material<'_>) -> Section {
    let month = material.month();
    let row = |user_id: &String| {
        let row = material.rep_month(user_id, &month);
        let used = row.map_or(0, |row| row.calls_used);
        let cell = |value: Value| {
            let known = value.number.is_some();
            Cell::new(value.faint_if(known && used < FEW))
        };
        vec![
            Cell::text(material.name_of(user_id)).with_link(Link::page(&scorecard_page(user_id))),
            Cell::new(count(row.map_or(0, |row| row.calls))),
            Cell::new(count(used)),
            cell(share(row.and_then(|row| row.talk_share_mean))),
            cell(duration(
                row.and_then(|row| row.median_monologue_bridged_ms),
            )),
            cell(mean(row.and_then(|row| row.questions_per_call))),
        ]
    };
    let table = Table {
        caption: format!(
            "Reps in {}, by name; this is not a ranking",
            month_label(&month)
        )
        .into(),
        columns: vec![
            Column::words("Scorecard"),
            Column::numbers("Calls"),
            Column::numbers("Used"),
            Column::numbers("Share of speech"),
            Column::numbers("Longest monologue, median"),
            Column::numbers("Our side's questions a call"),
        ],
        rows: material.reps().iter().map(row).collect(),
        empty: "No user of your company has spoken on or hosted a call in the last 6 months."
            .into(),
        ..Table::default()
    };
    let blocks = vec![Block::Table(team_page(material)), Block::Table(table)];
    Section::new("scorecards", "Scorecards", "", blocks)
}

fn team_page(material: &Material<'_>) -> Table {
    let row = vec![
        Cell::text("Team").with_link(Link::page(team::PAGE)),
        Cell::new(count(material.reps().len() as i64)),
        Cell::text("Reps side by side with intervals, calls to review, week by week"),
    ];
    Table {
        caption: "The reps together".into(),
        columns: vec![
            Column::words("Page"),
            Column::numbers("Reps"),
            Column::words("Answers"),
        ],
        rows: vec![row],
        empty: Text::default(),
        ..Table::default()
    }
}

fn deal_section(material: &Material<'_>) -> Section {
    let row = vec![
        Cell::text("Deal engagement").with_link(Link::page(deals::PAGE)),
        Cell::new(count(deals::open_deals(material).len() as i64)),
        Cell::text("Where customers speak, week by week, and which deals have gone quiet"),
    ];
    let table = Table {
        caption: "Deals of the CRM that calls carry".into(),
        columns: vec![
            Column::words("Page"),
            Column::numbers("Open deals"),
            Column::words("Answers"),
        ],
        rows: vec![row],
        empty: Text::default(),
        ..Table::default()
    };
    Section::new("deals", "Deals", "", vec![Block::Table(table)])
}

fn coverage(material: &Material<'_>) -> Section {
    let known = material.coverage;
    let rows: [(&str, i64); 7] = [
        ("Listed by Gong", known.listed),
        ("In the lake", known.stored),
        ("Private, left out", known.private),
        ("Not readable", known.rejected),
        ("With a transcript", known.present),
        ("Waiting for a transcript", known.pending),
        ("Transcript never came", known.absent),
    ];
    let table = Table {
        caption: format!("Calls up to {}", day_label(material.as_of)).into(),
        columns: vec![Column::words("Calls"), Column::numbers("Number")],
        rows: rows
            .map(|(label, number)| vec![Cell::text(label), Cell::new(count(number))])
            .into(),
        empty: Text::default(),
        ..Table::default()
    };
    let mut blocks = vec![Block::Table(table)];
    if known.open_days > 0 {
        let days = plural(known.open_days, "day has", "days have");
        blocks.push(Block::note(
            "Not complete",
            format!("{days} not been read completely; run `talktrack ingest` again."),
        ));
    }
    Section::new("coverage", "What the numbers rest on", "", blocks)
}
