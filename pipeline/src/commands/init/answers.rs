//! What `init` has to know: from flags, and on a terminal from questions.

use std::io::{BufRead, IsTerminal, Write};

use crate::cli::{GlobalOptions, Init};
use crate::config::parse_zone;
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
        parse_zone(zone)
            .map_err(|reason| Error::usage(format!("--time-zone cannot be `{zone}`"), reason))?;
    }
    Ok(answers)
}

/// `Name=alias,alias`; the name alone is its own alias.
fn competitor(text: &str) -> Result<Competitor, Error> {
    let (name, aliases) = text.split_once('=').unwrap_or((text, text));
    let aliases = list(aliases);
    if name.trim().is_empty() || aliases.is_empty() {
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

/// Asks for everything that is not yet answered; an empty line keeps the default.
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
        input.read_line(&mut line).map_err(Error::Output)?;
        Ok(line.trim().to_owned())
    };
    if answers.own_domains.is_empty() {
        answers.own_domains = list(&question(
            "E-mail domains of your company, separated by commas (acme.com, acme.de)",
        )?);
    }
    if answers.competitors.is_empty() {
        loop {
            let text = question(
                "A competitor and how people say it (Globex=globex,globex cloud); empty when done",
            )?;
            if text.is_empty() {
                break;
            }
            answers.competitors.push(competitor(&text)?);
        }
    }
    if answers.workspaces.is_empty() {
        answers.workspaces = list(&question(
            "Gong workspaces to read, separated by commas (empty reads all)",
        )?);
    }
    let optional = [
        (
            &mut answers.time_zone,
            "Time zone of the company (Europe/Berlin; empty is UTC)",
        ),
        (
            &mut answers.base_url,
            "Host of your company's API, shown beside the access key in Gong (empty is https://api.gong.io)",
        ),
        (
            &mut answers.lake,
            "Where to store everything: a folder, or s3://, gs://, az:// (empty is the folder `lake`)",
        ),
    ];
    for (answer, text) in optional {
        if answer.is_none() {
            *answer = Some(question(text)?).filter(|text| !text.is_empty());
        }
    }
    Ok(())
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
        for wrong in ["", "=x", "Globex=", "Globex=,"] {
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
}
