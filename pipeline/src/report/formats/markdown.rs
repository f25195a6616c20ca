//! A document as Markdown (the GitHub dialect), for wikis and chats.

use std::fmt::Write as _;

use super::{day_label, kind_label, side_label};
use crate::report::document::{
    Bars, Block, Cell, Document, Fact, Figure, HeatCell, Heatmap, Link, Quote, Section, Strip,
    StripPoint, Strips, Table, Value,
};
use crate::report::text::Text;

/// The page.
pub fn render(document: &Document) -> String {
    let mut page = String::new();
    line(&mut page, &format!("# {}", escaped(&document.title)));
    if !document.subtitle.is_blank() {
        line(&mut page, &escaped(&document.subtitle));
    }
    let day = document.as_of.map_or_else(
        || "nothing ingested yet".to_owned(),
        |day| format!("as of {}", day_label(day)),
    );
    line(
        &mut page,
        &format!("*{}, {day}*", kind_label(document.kind)),
    );
    facts(&mut page, &document.facts);
    for section in &document.sections {
        render_section(&mut page, section);
    }
    line(&mut page, "---");
    facts(&mut page, &document.footer);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn render_section(page: &mut String, section: &Section) {
    line(page, &format!("## {}", escaped(&section.title)));
    if !section.intro.is_blank() {
        line(page, &escaped(&section.intro));
    }
    for block in &section.blocks {
        render_block(page, block);
    }
}

fn render_block(page: &mut String, block: &Block) {
    match block {
        Block::Text(paragraph) => line(page, &escaped(&paragraph.text)),
        Block::Note(note) => line(
            page,
            &format!("> **{}** {}", escaped(&note.title), escaped(&note.text)),
        ),
        Block::Code(code) => {
            line(page, &escaped(&code.label));
            let lines: Vec<String> = code
                .lines
                .iter()
                .map(|text| format!("    {text}"))
                .collect();
            line(page, &lines.join("\n"));
        }
        Block::Figures(figures) => {
            let items: Vec<String> = figures.items.iter().map(figure).collect();
            line(page, &items.join("\n"));
            figures
                .items
                .iter()
                .for_each(|figure| quotes(page, &figure.quotes));
        }
        Block::Table(table) => render_table(page, table),
        Block::Bars(bars) => render_bars(page, bars),
        Block::Strips(strips) => render_strips(page, strips),
        Block::Heatmap(map) => render_heatmap(page, map),
        Block::Quotes(list) => {
            line(
                page,
                &format!(
                    "### {} ({} of {})",
                    escaped(&list.title),
                    list.quotes.len(),
                    list.total
                ),
            );
            quotes(page, &list.quotes);
        }
    }
}

fn facts(page: &mut String, facts: &[Fact]) {
    let items: Vec<String> = facts
        .iter()
        .map(|fact| format!("- **{}:** {}", escaped(&fact.label), escaped(&fact.text)))
        .collect();
    if !items.is_empty() {
        line(page, &items.join("\n"));
    }
}

fn figure(figure: &Figure) -> String {
    let note = if figure.note.is_blank() {
        String::new()
    } else {
        format!(" ({})", escaped(&figure.note))
    };
    format!(
        "- {}: **{}**{note}",
        escaped(&figure.label),
        value(&figure.value)
    )
}

fn render_table(page: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return line(page, &escaped(&table.empty));
    }
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| escaped(&column.label))
        .collect();
    let aligns: Vec<bool> = table.columns.iter().map(|column| column.numeric).collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(cell).collect())
        .collect();
    grid(page, &table.caption, &heads, &aligns, &rows);
    table
        .rows
        .iter()
        .flatten()
        .for_each(|cell| quotes(page, &cell.quotes));
}

fn render_bars(page: &mut String, bars: &Bars) {
    let mut heads = vec![String::new()];
    heads.extend(bars.series.iter().map(|series| escaped(&series.label)));
    let aligns: Vec<bool> = (0..heads.len()).map(|at| at > 0).collect();
    let rows: Vec<Vec<String>> = bars
        .categories
        .iter()
        .enumerate()
        .map(|(at, category)| {
            let values = bars
                .series
                .iter()
                .map(|series| series.values.get(at).copied().unwrap_or(0).to_string());
            std::iter::once(escaped(category)).chain(values).collect()
        })
        .collect();
    let title = Text::from(format!("{}, {}", bars.title, bars.unit));
    grid(page, &title, &heads, &aligns, &rows);
    bars.series
        .iter()
        .flat_map(|series| &series.quotes)
        .for_each(|of_category| quotes(page, of_category));
}

fn render_strips(page: &mut String, strips: &Strips) {
    let heads = ["Number", "Lowest to highest"].map(str::to_owned);
    let point = |point: &StripPoint| {
        let text = format!("{} {}", escaped(&point.label), escaped(&point.text));
        let text = text.trim();
        if point.own {
            format!("**{text}**")
        } else {
            text.to_owned()
        }
    };
    let row = |strip: &Strip| {
        let points: Vec<String> = strip.points.iter().map(point).collect();
        vec![escaped(&strip.label), points.join(", ")]
    };
    let rows: Vec<Vec<String>> = strips.lines.iter().map(row).collect();
    grid(page, &strips.title, &heads, &[false, false], &rows);
}

fn render_heatmap(page: &mut String, map: &Heatmap) {
    if map.rows.is_empty() {
        return line(page, &escaped(&map.empty));
    }
    let mut heads = vec![escaped(&map.corner)];
    heads.extend(map.columns.iter().map(escaped));
    heads.extend(map.facts.iter().map(|column| escaped(&column.label)));
    let mut aligns = vec![false];
    aligns.extend(map.columns.iter().map(|_| true));
    aligns.extend(map.facts.iter().map(|column| column.numeric));
    let rows: Vec<Vec<String>> = map
        .rows
        .iter()
        .map(|row| {
            let cells = row.cells.iter().map(heat_cell);
            std::iter::once(cell(&row.head))
                .chain(cells)
                .chain(row.facts.iter().map(cell))
                .collect()
        })
        .collect();
    grid(page, &map.caption, &heads, &aligns, &rows);
}

/// A cell of the grid, leading to the call that made most of it.
fn heat_cell(cell: &HeatCell) -> String {
    let shown = value(&cell.value);
    match cell.calls.first().and_then(|call| call.link.as_ref()) {
        Some(link) => linked(&shown, link),
        None => shown,
    }
}

fn grid(
    page: &mut String,
    caption: &Text,
    heads: &[String],
    numeric: &[bool],
    rows: &[Vec<String>],
) {
    line(page, &format!("*{}*", escaped(caption)));
    let rule: Vec<&str> = numeric
        .iter()
        .map(|&numeric| if numeric { "---:" } else { "---" })
        .collect();
    let mut text = format!("| {} |\n| {} |", heads.join(" | "), rule.join(" | "));
    for row in rows {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n| {} |", row.join(" | "));
    }
    line(page, &text);
}

fn cell(cell: &Cell) -> String {
    let mut parts = Vec::new();
    let shown = value(&cell.value);
    match &cell.link {
        Some(link) => parts.push(linked(&shown, link)),
        None => parts.push(shown),
    }
    parts.extend(
        cell.mark
            .iter()
            .map(|mark| format!("({})", escaped(&mark.label))),
    );
    if !cell.note.is_blank() {
        parts.push(escaped(&cell.note));
    }
    parts.extend(cell.calls.iter().map(|call| {
        let title = escaped(&call.title);
        let title = call
            .link
            .as_ref()
            .map_or_else(|| title.clone(), |link| linked(&title, link));
        let why = if call.label.is_blank() {
            String::new()
        } else {
            format!("{}: ", escaped(&call.label))
        };
        let value = if call.value.is_blank() {
            String::new()
        } else {
            format!("{}, ", escaped(&call.value))
        };
        format!("{why}{title} ({value}{})", day_label(call.date))
    }));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

fn value(value: &Value) -> String {
    let n = value
        .n
        .map(|n| format!(" (n = {n}{})", if value.faint { ", few" } else { "" }))
        .unwrap_or_default();
    format!("{}{n}", escaped(&value.text))
}

fn quotes(page: &mut String, quotes: &[Quote]) {
    for quote in quotes {
        let at = match &quote.link {
            Some(link) => linked(&format!("listen at {}", quote.at), link),
            None => format!("at {} {}", quote.at, escaped(&quote.address))
                .trim_end()
                .to_owned(),
        };
        let whole = quote.before.is_blank() && quote.after.is_blank();
        let mark = if whole { "" } else { "**" };
        let said = format!(
            "{}{mark}{}{mark}{}",
            escaped(&quote.before),
            escaped(&quote.mention).trim(),
            escaped(&quote.after)
        );
        let who = format!(
            "{}, {}",
            side_label(quote.side.as_str()),
            escaped(&quote.speaker)
        );
        let call = format!("{}, {}", escaped(&quote.call), day_label(quote.date));
        line(page, &format!("> {said}  \n> {who}, {call}, {at}"));
    }
}

/// Parentheses and angle brackets in an address are percent-encoded, because they would end the link.
fn linked(text: &str, link: &Link) -> String {
    let address = link
        .address("md")
        .replace('(', "%28")
        .replace(')', "%29")
        .replace('<', "%3C")
        .replace('>', "%3E");
    format!(
        "[{text}]({})",
        address.replace(' ', "%20").replace('|', "%7C")
    )
}

/// Every character that Markdown could take for markup, HTML among it, gets a backslash or an entity.
fn escaped(text: &Text) -> String {
    let mut escaped = String::with_capacity(text.as_str().len());
    for (at, character) in text.as_str().char_indices() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '#' | '+' | '-' | '=' | '!' if at == 0 => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    // A scheme would be made a link by readers that link bare addresses.
    escaped.replace("://", ":&#8203;//")
}

fn line(page: &mut String, text: &str) {
    page.push_str(text.trim_end());
    page.push_str("\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_words_stays_words() {
        for (raw, shown) in [
            ("a|b", "a\\|b"),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("[x](javascript:y)", "\\[x\\](javascript:y)"),
            ("# not a heading", "\\# not a heading"),
            ("=1+1", "\\=1+1"),
            ("5 - 3", "5 - 3"),
        ] {
            assert_eq!(escaped(&Text::from(raw)), shown);
        }
    }

    #[test]
    fn an_address_cannot_end_its_link() {
        let link = Link::web("https://x.example/a(b)?q=1|2").expect("https");
        assert_eq!(
            linked("t", &link),
            "[t](https://x.example/a%28b%29?q=1%7C2)"
        );
    }
}
