//! Tails of counts: the Poisson distribution, and the Gamma-Poisson (negative binomial) one of a count whose mean is
//! itself uncertain.

/// Terms below this share of the sum are left out.
const NEGLIGIBLE: f64 = 1e-17;

/// P(X >= k) of a count whose mean has this expectation and variance: Gamma-Poisson, and Poisson where the variance is
/// 0. An expectation of 0 gives 1 for k = 0, else 0.
pub(super) fn tail(k: u64, mean: f64, variance: f64) -> f64 {
    if k == 0 || mean <= 0.0 {
        return f64::from(u8::from(k == 0));
    }
    let count = Count::new(mean, variance);
    if k as f64 > mean {
        return count.sum_up(k).min(1.0);
    }
    (1.0 - count.sum_down(k - 1)).clamp(0.0, 1.0)
}

/// The exact central interval of a Poisson mean from one count (Garwood 1936), at a level such as 0.95.
pub(super) fn interval(k: u64, level: f64) -> [f64; 2] {
    let side = (1.0 - level) / 2.0;
    let centre = k as f64;
    // P(X >= k | low) = side, and P(X <= k | high) = side.
    let low = if k == 0 { 0.0 } else { bisect(0.0, centre, |mean| tail(k, mean, 0.0) < side) };
    let high =
        bisect(centre, centre + 20.0 * (centre + 4.0).sqrt(), |mean| 1.0 - tail(k + 1, mean, 0.0) > side);
    [low, high]
}

/// Where a condition that holds at the lower end ceases to hold.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = low + (high - low) / 2.0;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

/// A count by its successive ratios p(j + 1) / p(j) = (slope j + start) / (j + 1).
struct Count {
    mean: f64,
    /// The shape of the mean's Gamma distribution; infinite where the mean is certain.
    shape: f64,
}

impl Count {
    fn new(mean: f64, variance: f64) -> Self {
        // Beyond this shape the two distributions agree to double precision in what is asked of them.
        let shape = mean * mean / variance;
        Count { mean, shape: if shape < 1e9 { shape } else { f64::INFINITY } }
    }

    fn ln_probability(&self, k: u64) -> f64 {
        let (k, mean, r) = (k as f64, self.mean, self.shape);
        if r.is_infinite() {
            return k * libm::log(mean) - mean - libm::lgamma(k + 1.0);
        }
        let share = mean / (r + mean);
        libm::lgamma(k + r) - libm::lgamma(r) - libm::lgamma(k + 1.0)
            + r * libm::log1p(-share)
            + k * libm::log(share)
    }

    /// p(j + 1) / p(j).
    fn ratio(&self, j: f64) -> f64 {
        let rise = if self.shape.is_infinite() {
            self.mean
        } else {
            self.mean * (self.shape + j) / (self.shape + self.mean)
        };
        rise / (j + 1.0)
    }

    /// P(X >= k) for k above the mean.
    fn sum_up(&self, k: u64) -> f64 {
        let (mut term, mut sum, mut j) = (1.0, 1.0, k as f64);
        while term > NEGLIGIBLE * sum {
            term *= self.ratio(j);
            sum += term;
            j += 1.0;
        }
        libm::exp(self.ln_probability(k)) * sum
    }

    /// P(X <= k).
    fn sum_down(&self, k: u64) -> f64 {
        let (mut term, mut sum, mut j) = (1.0, 1.0, k as f64);
        while j > 0.0 && term > NEGLIGIBLE * sum {
            j -= 1.0;
            term /= self.ratio(j);
            sum += term;
        }
        libm::exp(self.ln_probability(k)) * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_garwood_s() {
        // Garwood's table for 95 %.
        for (k, low, high) in [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390), (100, 81.36, 121.63)]
        {
            let [a, b] = interval(k, 0.95);
            assert!((a - low).abs() < 6e-3 && (b - high).abs() < 6e-3, "{k}: {a} {b}");
        }
    }

    #[test]
    fn tails_are_sums_of_the_distribution() {
        // 1 - exp(-2) (1 + 2 + 2), and the geometric distribution, which is Gamma-Poisson of shape 1.
        assert!((tail(3, 2.0, 0.0) - (1.0 - 5.0 * (-2f64).exp())).abs() < 1e-14);
        assert!((tail(4, 3.0, 9.0) - 0.75f64.powi(4)).abs() < 1e-13);
        assert!((tail(2, 3.0, 9.0) - 0.75f64.powi(2)).abs() < 1e-13);
        // On both sides of the mean the complements meet, with ever smaller variance as with none.
        for k in [180, 200, 201, 260] {
            assert!((tail(k, 200.0, 1e-3) - tail(k, 200.0, 0.0)).abs() < 1e-5);
            assert!(
                (tail(k, 200.0, 0.0)
                    - tail(k + 1, 200.0, 0.0)
                    - Count::new(200.0, 0.0).ln_probability(k).exp())
                .abs()
                    < 1e-12
            );
        }
        assert_eq!((tail(0, 0.0, 0.0), tail(1, 0.0, 0.0), tail(0, 5.0, 0.0)), (1.0, 0.0, 1.0));
    }
}
