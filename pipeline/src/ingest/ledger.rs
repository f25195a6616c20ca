//! The ledger of transcripts that Gong has not delivered yet: who is asked for again, and when the waiting ends.

use jiff::Timestamp;
use jiff::civil::Date;

use super::window::{day_number, day_of};

/// Nights on which a call is asked for that was already older than the waiting time when it was first seen.
const NIGHTS_FOR_OLD_CALLS: usize = 2;

/// A call whose transcript has not come.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    /// The day on which the call began.
    pub day: Date,
    /// When the call was first seen without a transcript.
    pub first_seen: Timestamp,
    /// Days on which it was asked for, this run included.
    pub asked: &'a [Date],
}

/// Whether the transcript counts as absent from now on.
///
/// A call is waited for until `pending_days` after it was first seen; one that was older than that already gets two
/// nights, since Gong has had its time.
pub fn is_given_up(waiting: Waiting<'_>, pending_days: u32, now: Timestamp) -> bool {
    let patience = i64::from(pending_days);
    let first_seen = day_number(day_of(waiting.first_seen));
    let was_old = first_seen - day_number(waiting.day) > patience;
    if was_old && nights(waiting.asked) >= NIGHTS_FOR_OLD_CALLS {
        return true;
    }
    day_number(day_of(now)) - first_seen >= patience
}

fn nights(asked: &[Date]) -> usize {
    let mut days = asked.to_vec();
    days.sort_unstable();
    days.dedup();
    days.len()
}

/// `present`, `pending` or `absent`: what the `calls` table says of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TranscriptState {
    /// Its sentences are in the lake, if it has any.
    Present,
    /// It is asked for again.
    Pending,
    /// It never came.
    Absent,
}

impl TranscriptState {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            TranscriptState::Present => "present",
            TranscriptState::Pending => "pending",
            TranscriptState::Absent => "absent",
        }
    }

    /// From the stored text; what is not known is awaited.
    pub fn parse(text: &str) -> TranscriptState {
        match text {
            "present" => TranscriptState::Present,
            "absent" => TranscriptState::Absent,
            _ => TranscriptState::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_recent_call_is_waited_for_thirty_days_after_it_was_first_seen() {
        let asked = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)];
        let waiting = Waiting {
            day: date(2026, 2, 27),
            first_seen: at("2026-03-01T02:00:00Z"),
            asked: &asked,
        };
        assert!(!is_given_up(waiting, 30, at("2026-03-30T23:59:59Z")));
        assert!(is_given_up(waiting, 30, at("2026-03-31T00:00:00Z")));
        assert!(is_given_up(waiting, 1, at("2026-03-02T00:00:00Z")));
    }

    #[test]
    fn an_old_call_gets_two_nights() {
        let once = [date(2026, 3, 1), date(2026, 3, 1)];
        let twice = [date(2026, 3, 1), date(2026, 3, 2)];
        let old = |asked| Waiting {
            day: date(2024, 1, 8),
            first_seen: at("2026-03-01T02:00:00Z"),
            asked,
        };
        assert!(!is_given_up(old(&once), 30, at("2026-03-01T09:00:00Z")));
        assert!(is_given_up(old(&twice), 30, at("2026-03-02T02:00:00Z")));
    }

    #[test]
    fn states_survive_storage() {
        for state in [
            TranscriptState::Present,
            TranscriptState::Pending,
            TranscriptState::Absent,
        ] {
            assert_eq!(TranscriptState::parse(state.as_str()), state);
        }
    }
}
