//! What a report says, before it looks like anything: a report builds a [`Document`], a format turns any document into
//! bytes. So a new report gets every format, and a new format every report.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::text::Text;

/// Version of the JSON form; raised when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// One page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which report this is: `index`, `battlecard`, `scorecard`, `team` or `deals`.
    pub kind: &'static str,
    /// File name without its extension.
    pub name: String,
    /// What the page is about.
    pub title: Text,
    /// One sentence under the title.
    pub subtitle: Text,
    /// The last day whose calls count; none in a lake that holds none.
    pub as_of: Option<Date>,
    /// What the numbers rest on.
    pub facts: Vec<Fact>,
    /// The page itself.
    pub sections: Vec<Section>,
    /// Definitions and limits, for the foot of the page.
    pub footer: Vec<Fact>,
}

/// A labelled piece of text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: Text,
    /// What it says.
    pub text: Text,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<Text>, text: impl Into<Text>) -> Self {
        Self {
            label: label.into(),
            text: text.into(),
        }
    }
}

/// A part of a page under a heading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Anchor in the page: lower-case letters and hyphens.
    pub id: &'static str,
    /// The heading.
    pub title: Text,
    /// What the section answers.
    pub intro: Text,
    /// Its content.
    pub blocks: Vec<Block>,
}

/// A piece of content.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Text(Paragraph),
    /// Something the reader should know before reading on.
    Note(Note),
    /// Text to type or to paste.
    Code(Code),
    /// The few numbers that matter most.
    Figures(Figures),
    /// A table.
    Table(Table),
    /// Bars by category.
    Bars(Bars),
    /// Where each of many stands on a line.
    Strips(Strips),
    /// A grid of numbers, coloured by size.
    Heatmap(Heatmap),
    /// What people said.
    Quotes(QuoteList),
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paragraph {
    /// Its words.
    pub text: Text,
}

/// A remark that stands out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Note {
    /// Its heading.
    pub title: Text,
    /// Its words.
    pub text: Text,
}

/// Text to type or to paste, line by line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Code {
    /// What it is for.
    pub label: Text,
    /// The lines.
    pub lines: Vec<Text>,
}

/// Headline numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The numbers.
    pub items: Vec<Figure>,
}

/// One headline number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What it counts.
    pub label: Text,
    /// The number.
    pub value: Value,
    /// What it rests on.
    pub note: Text,
    /// The sentences behind it.
    pub quotes: Vec<Quote>,
}

/// A number as people read it and as programs do.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Value {
    /// With its unit, rounded.
    pub text: Text,
    /// Unrounded, in `unit`; null where there is no number.
    pub number: Option<f64>,
    /// Unit of `number`.
    pub unit: &'static str,
    /// How many observations it rests on.
    pub n: Option<i64>,
    /// Too few observations to lean on.
    pub faint: bool,
}

impl Value {
    /// Text without a number.
    pub fn text(text: impl Into<Text>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// No value.
    pub fn none() -> Self {
        Self::text("–")
    }

    /// The same value with the number of observations behind it.
    #[must_use]
    pub fn with_n(mut self, n: i64) -> Self {
        self.n = Some(n);
        self
    }

    /// The same value, shown as weak if `faint`.
    #[must_use]
    pub fn faint_if(mut self, faint: bool) -> Self {
        self.faint = faint;
        self
    }
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: Text,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows; the first cell of a row is its head.
    pub rows: Vec<Vec<Cell>>,
    /// What to say where there are no rows.
    pub empty: Text,
    /// Whether a reader compares its columns two by two.
    pub pick: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Its heading.
    pub label: Text,
    /// Whether it holds numbers, which stand at the right.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn words(label: impl Into<Text>) -> Self {
        Self {
            label: label.into(),
            numeric: false,
        }
    }

    /// A column of numbers.
    pub fn numbers(label: impl Into<Text>) -> Self {
        Self {
            label: label.into(),
            numeric: true,
        }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Cell {
    /// What it shows.
    pub value: Value,
    /// Small print under the value.
    pub note: Text,
    /// Where the value leads.
    pub link: Option<Link>,
    /// A judgement in words.
    pub mark: Option<Mark>,
    /// The value's course, oldest first.
    pub trend: Option<Trend>,
    /// Calls to listen to.
    pub calls: Vec<CallLink>,
    /// The sentences behind it.
    pub quotes: Vec<Quote>,
}

impl Cell {
    /// A cell that shows `value`.
    pub fn new(value: Value) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }

    /// A cell of words.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::new(Value::text(text))
    }

    /// The same cell with small print.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<Text>) -> Self {
        self.note = note.into();
        self
    }

    /// The same cell, leading somewhere.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    /// The same cell with a judgement.
    #[must_use]
    pub fn with_mark(mut self, mark: Option<Mark>) -> Self {
        self.mark = mark;
        self
    }

    /// A cell that holds nothing but the sentences behind `number` of the row; where there are none it says why.
    pub fn heard(quotes: Vec<Quote>, number: i64) -> Self {
        let note = match (quotes.is_empty(), number) {
            (true, 0) => "nothing to open",
            (true, _) => "no sentence found; run `talktrack analyze` again",
            _ => "",
        };
        Self::default().with_note(note).with_quotes(quotes)
    }

    /// The same cell with sentences to open.
    #[must_use]
    pub fn with_quotes(mut self, quotes: Vec<Quote>) -> Self {
        self.quotes = quotes;
        self
    }
}

/// A judgement in words; the tone only colours it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Its tone.
    pub tone: Tone,
    /// Its words.
    pub label: Text,
}

impl Mark {
    /// A mark.
    pub fn new(tone: Tone, label: impl Into<Text>) -> Self {
        Self {
            tone,
            label: label.into(),
        }
    }
}

/// How a judgement sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As wished.
    Good,
    /// Worth a look.
    Watch,
    /// Far from what is wished.
    Poor,
    /// No judgement.
    Plain,
}

/// A course of values, oldest first; a gap is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// What it shows, in words.
    pub description: Text,
    /// The values.
    pub points: Vec<Option<f64>>,
}

/// Where a link leads. The address is private: it is another page of the set or an https address, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "to", content = "address", rename_all = "snake_case")]
pub enum Link {
    /// Another page of the set, by its name without extension.
    Page(PageName),
    /// An https address.
    Web(WebAddress),
}

/// Name of a page of the set, without extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PageName(String);

/// An https address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebAddress(String);

impl Link {
    /// To a page of the set.
    pub fn page(name: &str) -> Self {
        Self::Page(PageName(name.to_owned()))
    }

    /// To an https address; none where `url` is anything else.
    pub fn web(url: &str) -> Option<Self> {
        let parsed = url::Url::parse(url).ok()?;
        let safe = parsed.scheme() == "https"
            && parsed.host_str().is_some()
            && parsed.username().is_empty();
        safe.then(|| Self::Web(WebAddress(parsed.to_string())))
    }

    /// The address, for a set of pages whose files end in `.extension`.
    pub fn address(&self, extension: &str) -> String {
        match self {
            Self::Page(PageName(name)) => format!("{name}.{extension}"),
            Self::Web(WebAddress(url)) => url.clone(),
        }
    }
}

/// A call that one can open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallLink {
    /// Why this call, such as `best`.
    pub label: Text,
    /// Title of the call.
    pub title: Text,
    /// Day of the call in the company's time zone.
    pub date: Date,
    /// The value it stands for.
    pub value: Text,
    /// Where to open it, if Gong gave an https address.
    pub link: Option<Link>,
    /// The address as text, where it is not https.
    pub address: Text,
}

/// Quotes under one heading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuoteList {
    /// What they have in common.
    pub title: Text,
    /// How many there are in all, shown or not.
    pub total: i64,
    /// The ones shown.
    pub quotes: Vec<Quote>,
}

/// A sentence somebody said, with where to hear it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quote {
    /// Words before the mention.
    pub before: Text,
    /// The words that were counted; the whole sentence where the sentence itself was.
    pub mention: Text,
    /// Words after the mention.
    pub after: Text,
    /// Who said it.
    pub speaker: Text,
    /// company, customer or unknown.
    pub side: Text,
    /// Gong's id of the call.
    pub call_id: Text,
    /// Title of the call.
    pub call: Text,
    /// Day of the call in the company's time zone.
    pub date: Date,
    /// Start of the sentence, in milliseconds from the start of the call.
    pub start_ms: i64,
    /// End of the sentence, in milliseconds.
    pub end_ms: i64,
    /// Start as people write it, such as 12:34.
    pub at: Text,
    /// Where to hear it, if Gong gave an https address.
    pub link: Option<Link>,
    /// The call's address as text, where it is not https.
    pub address: Text,
}

/// Stacked bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// What they show.
    pub title: Text,
    /// Unit of the values.
    pub unit: Text,
    /// One bar each.
    pub categories: Vec<Text>,
    /// The parts of each bar, bottom first.
    pub series: Vec<Series>,
}

/// One part of every bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it counts.
    pub label: Text,
    /// One value a category.
    pub values: Vec<i64>,
    /// The newest sentences behind each value, one list a category; may be left empty.
    #[serde(skip_deserializing)]
    pub quotes: Vec<Vec<Quote>>,
}

/// Where each of many stands, one line a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strips {
    /// What they show.
    pub title: Text,
    /// One line each.
    pub lines: Vec<Strip>,
}

/// One line: where each stands by one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    /// What is measured.
    pub label: Text,
    /// Lowest first.
    pub points: Vec<StripPoint>,
}

/// One of many on a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StripPoint {
    /// Who it is; empty where that is not told.
    pub label: Text,
    /// The number.
    pub number: f64,
    /// The number with its unit, rounded.
    pub text: Text,
    /// Whether it is the one that the page is about.
    pub own: bool,
}

/// A grid of numbers between columns of facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heatmap {
    /// What it shows.
    pub caption: Text,
    /// Heading of the rows.
    pub corner: Text,
    /// Heading over the grid.
    pub grid: Text,
    /// What the cells may show: first what `value` of a cell counts, then its `others` in order.
    pub layers: Vec<Text>,
    /// What rows may be chosen by.
    pub filters: Vec<Text>,
    /// Columns of the grid.
    pub columns: Vec<Text>,
    /// Columns beside the grid.
    pub facts: Vec<Column>,
    /// Its rows.
    pub rows: Vec<HeatRow>,
    /// What to say where there are no rows.
    pub empty: Text,
    /// What a number opens.
    pub opens: Text,
    /// How the shades are cut, in words.
    pub legend: Vec<Text>,
}

/// A row of a heat map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatRow {
    /// What the row is about.
    pub head: Cell,
    /// One a grid column.
    pub cells: Vec<HeatCell>,
    /// One a fact column.
    pub facts: Vec<Cell>,
    /// What the row is, one list a filter.
    pub tags: Vec<Vec<Text>>,
}

/// A cell of a heat map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatCell {
    /// The number.
    pub value: Value,
    /// 0 (nothing) to 4 (most).
    pub level: u8,
    /// The numbers of the other layers; null where one is not known.
    pub others: Vec<Option<i64>>,
    /// The calls it is made of, the largest part first.
    pub calls: Vec<CallLink>,
}

impl Document {
    /// A page without content.
    pub fn new(
        kind: &'static str,
        name: String,
        title: impl Into<Text>,
        as_of: Option<Date>,
    ) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            kind,
            name,
            title: title.into(),
            subtitle: Text::default(),
            as_of,
            facts: Vec::new(),
            sections: Vec::new(),
            footer: Vec::new(),
        }
    }
}

impl Section {
    /// A section.
    pub fn new(
        id: &'static str,
        title: impl Into<Text>,
        intro: impl Into<Text>,
        blocks: Vec<Block>,
    ) -> Self {
        Self {
            id,
            title: title.into(),
            intro: intro.into(),
            blocks,
        }
    }
}

impl Block {
    /// A paragraph.
    pub fn paragraph(text: impl Into<Text>) -> Self {
        Self::Text(Paragraph { text: text.into() })
    }

    /// A remark.
    pub fn note(title: impl Into<Text>, text: impl Into<Text>) -> Self {
        Self::Note(Note {
            title: title.into(),
            text: text.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_becomes_a_link() {
        assert!(Link::web("https://app.gong.io/call?id=1").is_some());
        for url in [
            "http://app.gong.io/call?id=1",
            "javascript:alert(1)",
            "data:text/html,x",
            "https:",
            "//app.gong.io",
            "https://user@evil.example/",
            "",
        ] {
            assert_eq!(Link::web(url), None, "{url}");
        }
    }
}
