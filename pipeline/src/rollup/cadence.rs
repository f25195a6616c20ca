//! How often both sides of a deal speak.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use talktrack_analyzers::statistics::median;

use super::states::DealKey;
use super::{DealCall, calendar};

/// A median of fewer gaps than this says nothing.
const LEAST_GAPS: usize = 3;

/// The rhythm of one deal's two-sided calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Cadence {
    /// Calls on which both sides spoke.
    pub(super) calls: i64,
    /// Median days from one day with such a call to the next; none below [`LEAST_GAPS`] gaps.
    pub(super) median_gap_days: Option<f64>,
}

/// The rhythm of each deal with a two-sided call.
pub(super) fn cadences(
    calls: &[DealCall],
    days: &BTreeMap<String, Date>,
) -> BTreeMap<DealKey, Cadence> {
    let mut by_deal: BTreeMap<DealKey, (i64, BTreeSet<Date>)> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.two_sided) {
        let key = (call.system.clone(), call.deal_id.clone());
        let (count, on) = by_deal.entry(key).or_default();
        *count += 1;
        on.extend(days.get(&call.call_id));
    }
    by_deal
        .into_iter()
        .map(|(key, (calls, days))| {
            let cadence = Cadence {
                calls,
                median_gap_days: median_gap(&days),
            };
            (key, cadence)
        })
        .collect()
}

fn median_gap(days: &BTreeSet<Date>) -> Option<f64> {
    let days: Vec<&Date> = days.iter().collect();
    let gaps: Vec<f64> = days
        .windows(2)
        .map(|pair| calendar::days_between(*pair[0], *pair[1]) as f64)
        .collect();
    (gaps.len() >= LEAST_GAPS).then(|| median(&gaps)).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::median_gap;

    #[test]
    fn a_median_of_few_gaps_is_none() {
        let days = |numbers: &[i8]| numbers.iter().map(|day| date(2026, 3, *day)).collect();
        assert_eq!(median_gap(&days(&[1, 3, 9])), None);
        assert_eq!(median_gap(&days(&[1, 3, 9, 10])), Some(2.0));
        assert_eq!(median_gap(&days(&[])), None);
    }
}
