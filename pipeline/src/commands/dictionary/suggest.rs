//! `talktrack dictionary suggest`: names that are in no dictionary and may be competitors, and spellings that may mean one.

use std::fmt::Write;

use crate::commands::runtime::block_on;
use crate::commands::{Context, DONE, print, print_json};
use crate::dictionaries;
use crate::error::{Error, escape_line};
use crate::lake::Lake;
use crate::report::number::{clock, plural};
use crate::suggest::{self, Said, Suggestions};

/// Looks through the lake and prints.
pub(crate) fn run(context: &Context, min_calls: usize) -> Result<u8, Error> {
    let dictionaries = dictionaries::load(&context.config.dictionaries)?;
    let own = &context.config.sides.own_domains;
    let suggestions = block_on(async {
        let lake = Lake::open_written(&context.config.lake.url).await?;
        suggest::run(&lake, &dictionaries, own, min_calls).await
    })?;
    if context.global.json {
        print_json(&suggestions)?;
    } else {
        print(&shown(&suggestions, min_calls))?;
    }
    DONE
}

fn shown(suggestions: &Suggestions, min_calls: usize) -> String {
    let mut text = String::new();
    if suggestions.names.is_empty() {
        let _ = writeln!(
            text,
            "no name that buyers compare with, on {min_calls} calls or more, is missing from the dictionaries"
        );
    }
    for one in &suggestions.names {
        let name = escape_line(&one.name);
        text.push_str(&heard(&name, one.calls, one.mentions, &one.quotes));
    }
    if !suggestions.sound_alikes.is_empty() {
        text.push_str(
            "\nspellings that sound like a competitor; add those that are meant to its `terms`\n",
        );
    }
    for one in &suggestions.sound_alikes {
        let name = format!(
            "{}  like {} of entry {}",
            escape_line(&one.spelling),
            escape_line(&one.term),
            escape_line(&one.entry)
        );
        text.push_str(&heard(&name, one.calls, one.mentions, &one.quotes));
    }
    text
}

fn heard(name: &str, calls: usize, mentions: usize, quotes: &[Said]) -> String {
    let calls = plural(calls as i64, "call", "calls");
    let sentences = plural(mentions as i64, "sentence", "sentences");
    let mut text = format!("{name}  {calls}, {sentences}\n");
    for quote in quotes {
        let _ = writeln!(
            text,
            "  {}  {:>7}  {}",
            escape_line(&quote.call_id),
            clock(quote.start_ms),
            escape_line(&quote.text)
        );
    }
    text
}
