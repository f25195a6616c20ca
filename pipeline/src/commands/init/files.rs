//! The two files that `init` writes.

use std::collections::BTreeSet;
use std::fmt::Write;

use talktrack_analyzers::names::forms;
use talktrack_analyzers::{Dictionaries, DictionarySource};
use toml_edit::{Array, DocumentMut, Item, value};

use super::answers::Answers;
use crate::config::{DEFAULTS, check_text};
use crate::error::Error;

const HEADER: &str = "\
# Settings of talktrack that differ from the defaults. `talktrack config --defaults` prints every setting with its meaning,
# `talktrack config` what is in force and where it came from.
";

/// The settings file: the chosen settings with the comments of `default.toml`.
pub(super) fn settings(answers: &Answers) -> Result<String, Error> {
    let list = |items: &[String]| value(items.iter().collect::<Array>());
    let text = |answer: &Option<String>| answer.as_ref().map(value);
    let mut chosen: Vec<(&str, &str, Item)> = vec![
        ("sides", "own_domains", list(&answers.own_domains)),
        ("ingest", "workspaces", list(&answers.workspaces)),
    ];
    chosen.extend(text(&answers.time_zone).map(|item| ("company", "time_zone", item)));
    chosen.extend(text(&answers.base_url).map(|item| ("gong", "base_url", item)));
    chosen.extend(text(&answers.lake).map(|item| ("lake", "url", item)));

    let mut document: DocumentMut = DEFAULTS
        .parse()
        .map_err(|error| Error::Bug(format!("the default settings are not TOML: {error}")))?;
    for (section, key, item) in &chosen {
        if let (Some(old), Some(new)) = (document[section][key].as_value_mut(), item.as_value()) {
            let decor = old.decor().clone();
            *old = new.clone();
            *old.decor_mut() = decor;
        }
    }
    let kept: BTreeSet<(&str, &str)> = chosen
        .iter()
        .map(|(section, key, _)| (*section, *key))
        .chain([
            ("company", "time_zone"),
            ("lake", "url"),
            ("gong", "base_url"),
        ])
        .collect();
    let sections: Vec<String> = document
        .iter()
        .map(|(section, _)| section.to_owned())
        .collect();
    for section in sections {
        let Some(table) = document[&section].as_table_mut() else {
            continue;
        };
        table.retain(|key, _| kept.contains(&(section.as_str(), key)));
        if table.is_empty() {
            document.remove(&section);
        }
    }
    if let Some((_, Item::Table(first))) = document.as_table_mut().iter_mut().next() {
        first.decor_mut().set_prefix(format!("{HEADER}\n"));
    }
    document.set_trailing("");
    let mut text = document.to_string();
    text.push_str("\n[dictionaries]\n# A file there replaces the built-in one of the same name whole.\nfolder = \"dictionaries\"\n\n[report]\n# What your own people know of a competitor, a file COMPETITOR.toml each (pipeline/PAGES.md shows one).\n# cards = \"cards\"\n");
    Ok(text)
}

/// The competitors dictionary.
pub(super) fn competitors(answers: &Answers) -> String {
    let mut text = String::from(
        "# Competitors and how people say them. `talktrack dictionary check` checks this file, `talktrack dictionary test\n\
         # \"a sentence\"` shows what it finds.\n#\n# An entry:\n#\n# [[entry]]\n# id = \"globex\"\n# label = \"Globex\"\n\
         # terms = [\"globex\", \"globex cloud\"]   # each counts alone\n\
         # weak = [\"gx\"]                         # counts only beside another cue of the entry\n\
         # veto = [\"globex street\"]              # cancels the entry in its sentence\n\n\
         schema_version = 1\nname = \"competitors\"\nlanguage = \"en\"\nkind = \"mentions\"\nsaid_by = \"any\"\n\
         meaning = \"Companies and products that ours is compared with.\"\n\
         # \"Glob Ex\" and \"glob-ex\" are found for \"GlobEx\"\nvariants = true\n",
    );
    let mut ids = BTreeSet::new();
    for competitor in &answers.competitors {
        let mut aliases = Array::new();
        let mut seen = BTreeSet::new();
        for alias in &competitor.aliases {
            let forms = forms(alias, true);
            if forms.iter().all(|form| !seen.contains(form)) {
                aliases.push(alias);
            }
            seen.extend(forms);
        }
        let id = unique(&id(&competitor.name), &mut ids);
        let _ = write!(
            text,
            "\n[[entry]]\nid = {}\nlabel = {}\nterms = {aliases}\n",
            value(id),
            value(&competitor.name),
        );
    }
    text
}

/// What we write must be what we read.
pub(super) fn check(settings: &str, competitors: &str) -> Result<(), Error> {
    check_text(settings)?;
    let source = DictionarySource {
        file: "competitors.toml".to_owned(),
        text: competitors.to_owned(),
    };
    Dictionaries::compile(&Dictionaries::layered(vec![source])).map_err(Error::Dictionary)?;
    Ok(())
}

/// ASCII letters in lower case, digits and underscores, which is what an id may hold.
fn id(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    if words.is_empty() {
        "competitor".to_owned()
    } else {
        words.join("_")
    }
}

fn unique(id: &str, ids: &mut BTreeSet<String>) -> String {
    let mut candidate = id.to_owned();
    let mut number = 2;
    while !ids.insert(candidate.clone()) {
        candidate = format!("{id}_{number}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::super::answers::{Answers, Competitor};
    use super::{check, competitors, settings};

    fn competitor(name: &str, aliases: &[&str]) -> Competitor {
        Competitor {
            name: name.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        }
    }

    #[test]
    fn both_files_say_what_was_answered_and_load() {
        let answers = Answers {
            own_domains: vec!["acme.com".into()],
            competitors: vec![
                competitor("Globex", &["globex", "Globex", "globex \"cloud\""]),
                competitor("Größe", &["größe"]),
            ],
            time_zone: Some("Europe/Berlin".into()),
            ..Answers::default()
        };
        let (settings, competitors) =
            (settings(&answers).expect("settings"), competitors(&answers));
        check(&settings, &competitors).expect("they load");
        insta::assert_snapshot!(format!("{settings}\n-----\n{competitors}"));
    }

    #[test]
    fn an_alias_of_two_competitors_is_refused() {
        let answers = Answers {
            competitors: vec![
                competitor("Globex", &["gx"]),
                competitor("GX Corp", &["gx"]),
            ],
            ..Answers::default()
        };
        assert!(
            check(
                &settings(&answers).expect("settings"),
                &competitors(&answers)
            )
            .is_err()
        );
    }
}
