//! What `init` has to know: from flags, and on a terminal from questions.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};

use crate::cli::{GlobalOptions, Init};
use crate::config::{check_text, parse_zone};
use crate::error::Error;

/// What the files will say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) own_domains: Vec<String>,
    pub(super) competitors: Vec<Competitor>,
    pub(super) workspaces: Vec<String>,
    pub(super) time_zone: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) lake: Option<String>,
}

/// A competitor and how people say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Competitor {
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
}

/// Takes the flags, and asks for what they leave open where somebody can answer.
pub(super) fn collect(global: &GlobalOptions, options: &Init) -> Result<Answers, Error> {
    let mut answers = Answers {
        own_domains: options.own_domains.clone(),
        competitors: options
            .competitors
            .iter()
            .map(|text| competitor(text))
            .collect::<Result<_, _>>()?,
        workspaces: options.workspaces.clone(),
        time_zone: options.time_zone.clone(),
        base_url: options.base_url.clone(),
        lake: global.lake.clone(),
    };
    if !options.yes && std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        ask(
            &mut answers,
            &mut std::io::stdin().lock(),
            &mut std::io::stderr(),
        )?;
    }
    if let Some(zone) = &answers.time_zone {
        known_zone(zone)?;
    }
    refuse_shared_aliases(&answers.competitors)?;
    Ok(answers)
}

fn known_zone(zone: &str) -> Result<(), Error> {
    parse_zone(zone)
        .map(drop)
        .map_err(|reason| Error::usage(format!("the time zone cannot be `{zone}`"), reason))
}

fn known_host(url: &str) -> Result<(), Error> {
    check_text(&format!("[gong]\nbase_url = {}\n", toml_edit::value(url)))?;
    Ok(())
}

/// An alias that two competitors share could not say which of them is meant.
fn refuse_shared_aliases(competitors: &[Competitor]) -> Result<(), Error> {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for competitor in competitors {
        for alias in &competitor.aliases {
            let owner = owners
                .entry(alias.to_lowercase())
                .or_insert(&competitor.name);
            if *owner != competitor.name {
                return Err(Error::usage(
                    format!(
                        "`{alias}` stands for both `{owner}` and `{}`",
                        competitor.name
                    ),
                    "give it to one of them",
                ));
            }
        }
    }
    Ok(())
}

/// `Name=alias,alias`; the name alone is its own alias.
fn competitor(text: &str) -> Result<Competitor, Error> {
    let (name, aliases) = text.split_once('=').unwrap_or((text, text));
    let aliases = list(aliases);
    if name.trim().is_empty() || name.contains(',') || aliases.is_empty() {
        return Err(Error::usage(
            format!("`{text}` is not a competitor"),
            "write a name and how people say it: 'Globex=globex,globex cloud'",
        ));
    }
    Ok(Competitor {
        name: name.trim().to_owned(),
        aliases,
    })
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Asks for everything that is not yet answered; an empty line keeps the default, and what cannot be is asked again.
fn ask(
    answers: &mut Answers,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<(), Error> {
    let mut question = |text: &str| -> Result<String, Error> {
        write!(output, "{text}\n> ")
            .and_then(|()| output.flush())
            .map_err(Error::Output)?;
        let mut line = String::new();
        let read = input.read_line(&mut line).map_err(Error::Output)?;
        if read == 0 {
            return Err(Error::usage(
                "the answers ended before the questions",
                "run it again, or give the answers as flags with --yes",
            ));
        }
        Ok(line.trim().to_owned())
    };
    if answers.own_domains.is_empty() {
        answers.own_domains = list(&question(
            "E-mail domains of your company, separated by commas (acme.com, acme.de)",
        )?);
    }
    if answers.competitors.is_empty() {
        let mut complaint = String::new();
        loop {
            let text = question(&format!(
                "{complaint}A competitor and how people say it (Globex=globex,globex cloud); empty when done",
            ))?;
            complaint.clear();
            if text.is_empty() {
                break;
            }
            let with_next = competitor(&text).and_then(|next| {
                let mut all = answers.competitors.clone();
                all.push(next);
                refuse_shared_aliases(&all).map(|()| all)
            });
            match with_next {
                Ok(all) => answers.competitors = all,
                Err(error) => complaint = again(&error),
            }
        }
    }
    if answers.workspaces.is_empty() {
        answers.workspaces = list(&question(
            "Gong workspaces to read, separated by commas (empty reads all)",
        )?);
    }
    let optional: [(&mut Option<String>, &str, Check); 3] = [
        (
            &mut answers.time_zone,
            "Time zone of the company (Europe/Berlin; empty is UTC)",
            known_zone,
        ),
        (
            &mut answers.base_url,
            "Host of your company's API, shown beside the access key in Gong (empty is https://api.gong.io)",
            known_host,
        ),
        (
            &mut answers.lake,
            "Where to store everything: a folder, or s3://, gs://, az:// (empty is the folder `lake`)",
            |_| Ok(()),
        ),
    ];
    for (answer, text, check) in optional {
        let mut complaint = String::new();
        while answer.is_none() {
            let given = question(&format!("{complaint}{text}"))?;
            if given.is_empty() {
                break;
            }
            match check(&given) {
                Ok(()) => *answer = Some(given),
                Err(error) => complaint = again(&error),
            }
        }
    }
    Ok(())
}

/// Whether an answer can be.
type Check = fn(&str) -> Result<(), Error>;

/// What is wrong with an answer, before the question is put again.
fn again(error: &Error) -> String {
    format!("{}\n", error.report())
}

#[cfg(test)]
mod tests {
    use super::{Answers, Competitor, ask, competitor};

    #[test]
    fn competitors() {
        let found = competitor("Globex = globex, globex cloud").expect("valid");
        assert_eq!(
            found,
            Competitor {
                name: "Globex".into(),
                aliases: vec!["globex".into(), "globex cloud".into()]
            }
        );
        assert_eq!(competitor("Initech").expect("valid").aliases, ["Initech"]);
        for wrong in ["", "=x", "Globex=", "Globex=,", "globex, globex cloud"] {
            assert!(competitor(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn questions_are_asked_for_what_flags_left_open() {
        let mut answers = Answers {
            time_zone: Some("UTC".into()),
            ..Answers::default()
        };
        let mut input: &[u8] =
            b"acme.com, acme.de\nGlobex=globex\nInitech\n\n\n\ns3://acme/calls\n";
        let mut asked = Vec::new();
        ask(&mut answers, &mut input, &mut asked).expect("answers");
        assert_eq!(answers.own_domains, ["acme.com", "acme.de"]);
        assert_eq!(answers.competitors.len(), 2);
        assert_eq!(answers.base_url, None);
        assert_eq!(answers.lake.as_deref(), Some("s3://acme/calls"));
        assert!(!String::from_utf8_lossy(&asked).contains("Time zone"));
    }

    #[test]
    fn what_cannot_be_is_asked_again() {
        let mut answers = Answers::default();
        let mut input: &[u8] =
            b"acme.com\nGlobex=globex\nInitech=globex\nInitech\n\n\nMars/Olympus\nEurope/Berlin\n\
            http://gong.example\nhttps://gong.example\n\n";
        let mut asked = Vec::new();
        ask(&mut answers, &mut input, &mut asked).expect("answers");
        let names: Vec<&str> = answers
            .competitors
            .iter()
            .map(|competitor| competitor.name.as_str())
            .collect();
        assert_eq!(names, ["Globex", "Initech"]);
        assert_eq!(answers.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(answers.base_url.as_deref(), Some("https://gong.example"));
        let asked = String::from_utf8_lossy(&asked);
        for complaint in [
            "`globex` stands for both `Globex` and `Initech`",
            "the time zone cannot be `Mars/Olympus`",
            "it must begin with `https://`",
        ] {
            assert!(asked.contains(complaint), "{asked}");
        }
    }

    #[test]
    fn answers_that_end_too_soon_are_no_answers() {
        let mut answers = Answers::default();
        let mut input: &[u8] = b"acme.com\nGlobex\n";
        assert!(ask(&mut answers, &mut input, &mut Vec::new()).is_err());
    }
}
