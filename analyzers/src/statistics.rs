//! How sure a number is, and how well two agree: intervals, scores, rank correlation.

/// Quantile of the normal distribution for a two-sided 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// Wilson score interval of `hits` out of `n`, 95 %; none where `n` is 0.
///
/// Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
pub fn wilson(hits: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (n, share) = (n as f64, hits.min(n) as f64 / n as f64);
    let z = Z_95;
    let centre = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Some((
        ((centre - half) / scale).max(0.0),
        ((centre + half) / scale).min(1.0),
    ))
}

/// Hits and misses of a yes-or-no rule against labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Found and labelled.
    pub both: u64,
    /// Found and not labelled.
    pub only_found: u64,
    /// Labelled and not found.
    pub only_labelled: u64,
    /// Neither.
    pub neither: u64,
}

impl Score {
    /// Takes one case into account.
    pub fn add(&mut self, is_found: bool, is_labelled: bool) {
        match (is_found, is_labelled) {
            (true, true) => self.both += 1,
            (true, false) => self.only_found += 1,
            (false, true) => self.only_labelled += 1,
            (false, false) => self.neither += 1,
        }
    }

    /// Cases.
    pub fn cases(&self) -> u64 {
        self.found() + self.only_labelled + self.neither
    }

    /// Cases that were found.
    pub fn found(&self) -> u64 {
        self.both + self.only_found
    }

    /// Cases that are labelled.
    pub fn labelled(&self) -> u64 {
        self.both + self.only_labelled
    }

    /// Share of what was found that is labelled; none where nothing was found.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.both, self.found())
    }

    /// Share of what is labelled that was found; none where nothing is labelled.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.both, self.labelled())
    }

    /// Harmonic mean of precision and recall; none where nothing was found and nothing is labelled.
    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.both, self.found() + self.labelled())
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// `part` of `whole`, cut at 0 and 1; none where there is no whole.
pub fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64).clamp(0.0, 1.0))
}

/// Ranks from 1 on, the smallest value first; equal values share the mean of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let equal = order[first..]
            .iter()
            .take_while(|position| values[**position].total_cmp(&values[order[first]]).is_eq())
            .count();
        let shared = first as f64 + f64::midpoint(equal as f64, 1.0);
        for position in &order[first..first + equal] {
            ranks[*position] = shared;
        }
        first += equal;
    }
    ranks
}

/// Spearman's rank correlation, -1 to 1; none below two pairs, or where one side is the same throughout.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (a, b) = (ranks(&a), ranks(&b));
    let mean = f64::midpoint(pairs.len() as f64, 1.0);
    let product = |a: &[f64], b: &[f64]| -> f64 {
        let deviations = a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean));
        deviations.sum()
    };
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (pairs.len() > 1 && spread > 0.0).then(|| (product(&a, &b) / spread).clamp(-1.0, 1.0))
}

/// The middle value, the mean of both where there are two; none where there is no value.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

/// The mean; none where there is no value.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::{Score, mean, median, ranks, spearman, wilson};

    #[test]
    fn wilson_interval_of_textbook_cases() {
        let close = |interval: Option<(f64, f64)>, low: f64, high: f64| {
            let (a, b) = interval.expect("n is not 0");
            assert!((a - low).abs() < 1e-4 && (b - high).abs() < 1e-4, "{a} {b}");
        };
        close(wilson(5, 10), 0.2366, 0.7634);
        close(wilson(0, 10), 0.0, 0.2775);
        close(wilson(10, 10), 0.7225, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn scores_of_a_rule() {
        let mut score = Score::default();
        for (found, labelled) in [
            (true, true),
            (true, true),
            (true, false),
            (false, true),
            (false, false),
        ] {
            score.add(found, labelled);
        }
        assert_eq!(score.cases(), 5);
        let third = 2.0 / 3.0;
        assert_eq!(
            (score.precision(), score.recall(), score.f1()),
            (Some(third), Some(third), Some(third))
        );
        let nothing = Score::default();
        assert_eq!(
            (nothing.precision(), nothing.recall(), nothing.f1()),
            (None, None, None)
        );
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(&[10.0, 30.0, 10.0, 20.0]), [1.5, 4.0, 1.5, 3.0]);
        assert!(ranks(&[]).is_empty());
    }

    #[test]
    fn rank_correlation_sees_order_alone() {
        assert_eq!(
            spearman(&[(1.0, 10.0), (2.0, 100.0), (3.0, 1000.0)]),
            Some(1.0)
        );
        assert_eq!(spearman(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]), Some(-1.0));
        assert_eq!(spearman(&[(1.0, 5.0), (2.0, 5.0)]), None);
        assert_eq!(spearman(&[(1.0, 5.0)]), None);
        // A textbook case: sum of squared rank differences 4 of five, 1 - 6*4/(5*24).
        let tied_free = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0), (5.0, 5.0)];
        let found = spearman(&tied_free).expect("a correlation");
        assert!((found - 0.8).abs() < 1e-12);
    }

    #[test]
    fn middle_and_mean() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(
            (median(&[]), mean(&[]), mean(&[1.0, 2.0])),
            (None, None, Some(1.5))
        );
    }
}
