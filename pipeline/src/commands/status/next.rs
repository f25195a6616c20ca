//! What a person should do: only what the next run does not do by itself.

use jiff::{SignedDuration, Timestamp};

use super::Status;
use super::open::{Open, Why};
use crate::exit;
use crate::ingest::window::add_days;

/// After so long without a run, the schedule is asked about: a night was missed.
const NIGHT_MISSED: SignedDuration = SignedDuration::from_hours(36);

/// The steps, most pressing first.
pub(super) fn steps(status: &Status, now: Timestamp) -> Vec<String> {
    let mut steps: Vec<String> = last_run(status).into_iter().collect();
    steps.extend(schedule(status, now));
    steps.extend(status.open.iter().filter_map(open));
    if !status.rejects.is_empty() {
        steps.push(
            "look at the table `rejects`: those records are kept as received, and are read again with their day; a newer \
             talktrack may understand them"
                .to_owned(),
        );
    }
    steps
}

/// What to do about the way in which the last run ended.
fn last_run(status: &Status) -> Option<String> {
    let step = match status.runs.first()?.exit_code {
        exit::DONE | exit::INCOMPLETE => return None,
        exit::BUG => "report the last run's message: it is a bug in talktrack".to_owned(),
        exit::USAGE => {
            "correct the settings as the last run's message says, then run again".to_owned()
        }
        exit::CREDENTIALS => {
            "try `talktrack check`: it says what is wrong with key, scopes or host".to_owned()
        }
        exit::BUDGET => match status.requests.next_free_at {
            Some(at) => format!("run again after {at:.0}: the budget of requests was spent"),
            None => "run again: the budget of requests was spent and is free by now".to_owned(),
        },
        exit::GONG => {
            "run again: Gong failed the last run; `talktrack check` tries the host".to_owned()
        }
        exit::LAKE => "put right what the last run said of the lake, then run again".to_owned(),
        exit::INTERRUPTED => "run again: the last run was interrupted".to_owned(),
        code => format!("the last run ended with exit code {code}: run again"),
    };
    Some(step)
}

fn schedule(status: &Status, now: Timestamp) -> Option<String> {
    let since = now.duration_since(status.runs.first()?.now);
    (since > NIGHT_MISSED).then(|| {
        format!(
            "no run in the last {} hours: check that it is still scheduled",
            since.as_hours()
        )
    })
}

fn open(open: &Open) -> Option<String> {
    let span = open.span();
    let again = || {
        let to = add_days(open.last, 1);
        format!("`talktrack ingest --from {} --to {to}`", open.from)
    };
    match open.why {
        Why::LookBack | Why::NotRead => None,
        Why::NotPermitted => Some(format!(
            "ask who manages Gong whether the key may still see the calls of {span}; what is stored stays"
        )),
        Why::DeletionsWithheld { gone, .. } => Some(format!(
            "if the {gone} calls of {span} were deleted in Gong, let them go: `talktrack ingest --accept-deletions`"
        )),
        Why::TotalNotMet { .. } | Why::Cursor | Why::Unfinished => Some(format!(
            "if {span} stays open after the next run, read it alone: {}",
            again()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_record::RunRecord;

    fn after(exit_code: u8) -> Status {
        Status {
            runs: vec![RunRecord {
                exit_code,
                now: "2026-07-01T02:00:00Z".parse().expect("a time"),
                ..RunRecord::default()
            }],
            ..Status::default()
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn every_exit_code_that_asks_for_somebody_has_a_step() {
        let now = at("2026-07-01T08:00:00Z");
        for code in [exit::DONE, exit::INCOMPLETE] {
            assert_eq!(steps(&after(code), now), Vec::<String>::new());
        }
        for code in [1, 2, 4, 5, 6, 7, 130] {
            assert_eq!(steps(&after(code), now).len(), 1, "{code}");
        }
    }

    #[test]
    fn a_missed_night_is_noticed() {
        let late = steps(&after(0), at("2026-07-03T08:00:00Z"));
        assert_eq!(late.len(), 1);
        assert!(late[0].contains("in the last 54 hours"), "{late:?}");
        assert!(steps(&Status::default(), at("2026-07-03T08:00:00Z")).is_empty());
    }
}
