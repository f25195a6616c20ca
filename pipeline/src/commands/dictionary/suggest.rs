//! `talktrack dictionary suggest`: names that are in no dictionary and may be competitors.

use std::fmt::Write;

use crate::commands::runtime::block_on;
use crate::commands::{Context, DONE, print, print_json};
use crate::dictionaries;
use crate::error::{Error, escape_line};
use crate::lake::Lake;
use crate::report::number::{clock, plural};
use crate::suggest::{self, Suggestion};

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

fn shown(suggestions: &[Suggestion], min_calls: usize) -> String {
    if suggestions.is_empty() {
        return format!(
            "no name that buyers compare with, on {min_calls} calls or more, is missing from the dictionaries\n"
        );
    }
    suggestions.iter().fold(String::new(), |mut text, one| {
        let calls = plural(one.calls as i64, "call", "calls");
        let sentences = plural(one.mentions as i64, "sentence", "sentences");
        let _ = writeln!(text, "{}  {calls}, {sentences}", escape_line(&one.name));
        for quote in &one.quotes {
            let _ = writeln!(
                text,
                "  {}  {:>7}  {}",
                escape_line(&quote.call_id),
                clock(quote.start_ms),
                escape_line(&quote.text)
            );
        }
        text
    })
}
