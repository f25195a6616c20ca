//! What is known of each day: how much Gong listed and what became of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use talktrack_analyzers::tables::CoverageRow;

use super::open_window::DayCounts;

/// Calls of a day that are in the lake, by the state of their transcript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredCounts {
    /// Transcript is there.
    pub present: i64,
    /// Transcript is awaited.
    pub pending: i64,
    /// Transcript never came.
    pub absent: i64,
}

impl StoredCounts {
    /// Counts one call.
    pub fn add(&mut self, transcript_state: &str) {
        match transcript_state {
            "present" => self.present += 1,
            "absent" => self.absent += 1,
            _ => self.pending += 1,
        }
    }
}

/// The table, by day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coverage(BTreeMap<Date, CoverageRow>);

impl Coverage {
    /// From the stored rows; what is no day is dropped.
    pub fn new(rows: Vec<CoverageRow>) -> Coverage {
        Coverage(
            rows.into_iter()
                .filter_map(|row| Some((row.day.parse().ok()?, row)))
                .collect(),
        )
    }

    /// Sets what Gong listed on a day whose window was read, and whether all of it came.
    pub fn set_listed(&mut self, day: Date, counts: DayCounts, is_done: bool) {
        let row = self.row(day);
        row.listed = counts.listed.cast_signed();
        row.private = counts.private.cast_signed();
        row.rejected = counts.rejected.cast_signed();
        row.window_state = window_state(is_done);
    }

    /// Counts more calls of a day as listed, or fewer.
    pub fn add_listed(&mut self, day: Date, by: i64) {
        self.row(day).listed += by;
    }

    /// Counts a call of a day as private that was stored until now.
    pub fn add_private(&mut self, day: Date) {
        self.row(day).private += 1;
    }

    /// Whether there is a row of a day.
    pub fn has(&self, day: Date) -> bool {
        self.0.contains_key(&day)
    }

    /// Sets how many calls of a day are in the lake.
    pub fn set_stored(&mut self, day: Date, counts: StoredCounts) {
        let row = self.row(day);
        row.stored = counts.present + counts.pending + counts.absent;
        row.transcripts_present = counts.present;
        row.transcripts_pending = counts.pending;
        row.transcripts_absent = counts.absent;
    }

    /// Gives a row to each day that was read and on which nothing was.
    pub fn fill(&mut self, days: impl Iterator<Item = Date>, is_done: impl Fn(Date) -> bool) {
        for day in days {
            if !self.0.contains_key(&day) {
                self.row(day).window_state = window_state(is_done(day));
            }
        }
    }

    /// All records that Gong listed on these days.
    pub fn listed_on(&self, is_known: impl Fn(Date) -> bool) -> u64 {
        self.0
            .iter()
            .filter(|(day, _)| is_known(**day))
            .map(|(_, row)| row.listed.unsigned_abs())
            .sum()
    }

    /// Calls whose transcript is awaited.
    pub fn pending(&self) -> u64 {
        self.0
            .values()
            .map(|row| row.transcripts_pending.unsigned_abs())
            .sum()
    }

    /// The rows by day, from the first day on which there was anything: how far back quiet days were looked through is
    /// not kept.
    pub fn into_rows(self) -> Vec<CoverageRow> {
        self.0
            .into_values()
            .skip_while(|row| row.listed == 0 && row.stored == 0)
            .collect()
    }

    fn row(&mut self, day: Date) -> &mut CoverageRow {
        self.0.entry(day).or_insert_with(|| CoverageRow {
            day: day.to_string(),
            listed: 0,
            stored: 0,
            private: 0,
            rejected: 0,
            transcripts_present: 0,
            transcripts_pending: 0,
            transcripts_absent: 0,
            window_state: "open".to_owned(),
        })
    }
}

fn window_state(is_done: bool) -> String {
    let text = if is_done { "done" } else { "open" };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn quiet_days_are_known_once_something_was_heard() {
        let day = |number| date(2026, 3, number);
        let mut coverage = Coverage::default();
        coverage.set_listed(
            day(3),
            DayCounts {
                listed: 5,
                private: 1,
                rejected: 1,
            },
            true,
        );
        let mut counts = StoredCounts::default();
        for state in ["present", "pending", "present"] {
            counts.add(state);
        }
        coverage.set_stored(day(3), counts);
        coverage.fill((1..6).map(day), |d| d < day(5));
        let rows = coverage.clone().into_rows();
        let seen: Vec<(&str, i64, &str)> = rows
            .iter()
            .map(|row| (row.day.as_str(), row.listed, row.window_state.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("2026-03-03", 5, "done"),
                ("2026-03-04", 0, "done"),
                ("2026-03-05", 0, "open")
            ]
        );
        assert_eq!(
            (rows[0].stored, rows[0].transcripts_present, rows[0].private),
            (3, 2, 1)
        );
        assert_eq!((coverage.listed_on(|_| true), coverage.pending()), (5, 1));
        assert_eq!(coverage.listed_on(|d| d != day(3)), 0);
    }
}
