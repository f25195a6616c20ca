//! How sure a number is: 95 % intervals of means and medians.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use talktrack_analyzers::statistics::{mean, median};

/// Resamples of a bootstrap: the ends of its interval then rest on a dozen of them each.
const RESAMPLES: usize = 500;

/// Beyond so many values the interval of a mean is that of the normal distribution, from which the bootstrap's no longer differs.
const MOST_RESAMPLED: usize = 1000;

/// Standard deviations to either side that hold 95 % of a normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// What is told of several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistic {
    Mean,
    Median,
}

impl Statistic {
    pub(super) fn name(self) -> &'static str {
        match self {
            Statistic::Mean => "mean",
            Statistic::Median => "median",
        }
    }

    pub(super) fn of(self, values: &[f64]) -> Option<f64> {
        match self {
            Statistic::Mean => mean(values),
            Statistic::Median => median(values),
        }
    }

    /// Its 95 % interval; none where there is no value. `seed` decides the resamples, so that equal input gives equal ends.
    pub(super) fn interval(self, values: &[f64], seed: u64) -> Option<(f64, f64)> {
        match self {
            Statistic::Mean if values.len() > MOST_RESAMPLED => normal(values),
            Statistic::Mean => bootstrap(values, seed),
            Statistic::Median => of_ranks(values),
        }
    }
}

/// Percentile bootstrap of the mean.
///
/// Source: B. Efron, Bootstrap methods: another look at the jackknife, 1979.
fn bootstrap(values: &[f64], seed: u64) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| values[random.random_range(0..values.len())]);
            drawn.sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let tail = RESAMPLES / 40;
    Some((means[tail], means[RESAMPLES - 1 - tail]))
}

/// The mean and what lies 1.96 standard errors to either side.
fn normal(values: &[f64]) -> Option<(f64, f64)> {
    let center = mean(values)?;
    let n = values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
    let error = (squares / (n - 1.0).max(1.0) / n).sqrt();
    Some((center - Z * error, center + Z * error))
}

/// The two values between which the median of the whole lies in 95 of 100 samples, whatever the distribution: those at the
/// ranks n/2 - 0.98 √n and n/2 + 1 + 0.98 √n.
///
/// Source: W. J. Conover, Practical nonparametric statistics, section 3.2.
fn of_ranks(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let n = sorted.len() as f64;
    let reach = Z / 2.0 * n.sqrt();
    let low = (n / 2.0 - reach).round().max(1.0) as usize - 1;
    let high = (n / 2.0 + 1.0 + reach).round().max(1.0) as usize - 1;
    Some((sorted[low.min(last)], sorted[high.min(last)]))
}

#[cfg(test)]
mod tests {
    use super::{Statistic, bootstrap, normal, of_ranks};

    #[test]
    fn intervals_hold_their_statistic_and_repeat_themselves() {
        let values: Vec<f64> = (0..40).map(|at| f64::from(at * at % 23)).collect();
        for statistic in [Statistic::Mean, Statistic::Median] {
            let center = statistic.of(&values).expect("values");
            let (low, high) = statistic.interval(&values, 7).expect("values");
            assert!(low < center && center < high, "{statistic:?}");
            assert_eq!(statistic.interval(&values, 7), Some((low, high)));
            assert_eq!(statistic.interval(&[], 7), None);
        }
    }

    #[test]
    fn a_bootstrap_is_close_to_the_normal_where_both_hold() {
        let values: Vec<f64> = (0..900).map(|at| f64::from(at % 30)).collect();
        let (low, high) = bootstrap(&values, 1).expect("values");
        let (from, to) = normal(&values).expect("values");
        assert!((low - from).abs() < 0.1 && (high - to).abs() < 0.1);
        assert!(bootstrap(&values, 2) != Some((low, high)));
    }

    #[test]
    fn ranks_of_a_textbook_case() {
        // Sixteen values: the 4th and the 13th hold the median in 95 of 100 samples.
        let values: Vec<f64> = (1..=16).map(f64::from).collect();
        assert_eq!(of_ranks(&values), Some((4.0, 13.0)));
        assert_eq!(of_ranks(&[3.0]), Some((3.0, 3.0)));
    }
}
