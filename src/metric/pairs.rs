//! Measures over pairs of points: squared maximum mean discrepancy and energy distance.
//!
//! MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y) (Gretton et al. 2012), energy distance = 2 E|X - Y| - E|X - X'| -
//! E|Y - Y'| (Szekely & Rizzo 2013), both without the pairs of a point with itself, which makes them unbiased.

use crate::data::Points;
use rayon::prelude::*;
use std::ops::Range;

/// Sums are kept in this many lanes and added up at the end, so that their order is the same for every vector width.
const LANES: usize = 8;
/// Points whose pairs are summed by one task.
const BLOCK: usize = 32;
/// Points of the reference that the bandwidths are taken from.
const REFERENCE: usize = 1000;

/// A mean of three Gaussian kernels exp(-d^2 / (2 h^2)), h = the bandwidth, a quarter and a sixteenth of it. The wide
/// one sees where modes lie, the narrow ones what is within them; each follows from the one before as its 16th power.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    bandwidth: f64,
}

impl Kernel {
    /// The bandwidth is the median distance between the first 1000 finite points (Gretton et al. 2012). Where that
    /// is zero, it is the largest distance, or else 1.
    pub fn from_reference(reference: &Points) -> Self {
        let points: Vec<&[f64]> =
            reference.rows().filter(|row| row.iter().all(|x| x.is_finite())).take(REFERENCE).collect();
        let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>();
        let mut squares: Vec<f64> = points
            .iter()
            .enumerate()
            .flat_map(|(i, a)| points[..i].iter().map(move |b| square(a, b)))
            .filter(|s| s.is_finite())
            .collect();
        let mut bandwidth = 0.0;
        if !squares.is_empty() {
            let half = squares.len() / 2;
            bandwidth = squares.select_nth_unstable_by(half, f64::total_cmp).1.sqrt();
        }
        if bandwidth == 0.0 {
            bandwidth = squares.iter().copied().fold(0.0, f64::max).sqrt();
        }
        Kernel { bandwidth: if bandwidth > 0.0 { bandwidth } else { 1.0 } }
    }

    /// The three bandwidths, in units of the data.
    pub fn bandwidths(&self) -> [f64; 3] {
        [1.0, 0.25, 0.0625].map(|factor| factor * self.bandwidth)
    }

    /// Factor on a squared distance that gives the widest kernel's negative exponent.
    fn rate(&self) -> f64 {
        0.5 / self.bandwidth / self.bandwidth
    }
}

/// Means over pairs of points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means {
    /// Of the Euclidean distance.
    pub distance: f64,
    /// Of the kernel.
    pub kernel: f64,
}

/// A cloud coordinate by coordinate, so that the innermost loops run over points.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    dim: usize,
    len: usize,
    values: Vec<f64>,
}

/// The arguments of `sums_in_lanes`. A closure would not be inlined into the code compiled for the wide vectors; this is.
struct Sums<'a> {
    columns: &'a Columns,
    rows: Range<usize>,
    other: &'a Columns,
    later: bool,
    rate: f64,
}

impl pulp::NullaryFnOnce for Sums<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn call(self) -> [f64; 2] {
        self.columns.sums_in_lanes(self.rows, self.other, self.later, self.rate)
    }
}

impl Columns {
    /// The first `most` points of a cloud.
    pub fn new(cloud: &Points, most: usize) -> Self {
        let len = cloud.len().min(most);
        let column = |axis: usize| (0..len).map(move |i| cloud.values[i * cloud.dim + axis]);
        Columns { dim: cloud.dim, len, values: (0..cloud.dim).flat_map(column).collect() }
    }

    /// Means over all pairs of two different points; NaN if there are fewer than two.
    pub fn within(&self, kernel: &Kernel) -> Means {
        let pairs = self.len as f64 * (self.len as f64 - 1.0) / 2.0;
        self.means(self, true, if self.len > 1 { pairs } else { f64::NAN }, kernel)
    }

    /// Means over all pairs of a point here and one of `other`; NaN if there is none.
    pub fn across(&self, other: &Columns, kernel: &Kernel) -> Means {
        let pairs = self.len as f64 * other.len as f64;
        self.means(other, false, if pairs > 0.0 { pairs } else { f64::NAN }, kernel)
    }

    /// Sums over the pairs of each point here and each of `other`, or each later one of `other`, divided by `pairs`.
    fn means(&self, other: &Columns, later: bool, pairs: f64, kernel: &Kernel) -> Means {
        let sums: Vec<[f64; 2]> = (0..self.len.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let rows = block * BLOCK..self.len.min((block + 1) * BLOCK);
                self.sums(rows, other, later, kernel.rate())
            })
            .collect();
        let total = sums.iter().fold([0.0; 2], |total, sum| [total[0] + sum[0], total[1] + sum[1]]);
        Means { distance: total[0] / pairs, kernel: total[1] / pairs }
    }

    /// Sums of distances and kernels over the pairs of the points `rows` here, by the widest vectors at hand.
    fn sums(&self, rows: Range<usize>, other: &Columns, later: bool, rate: f64) -> [f64; 2] {
        pulp::Arch::new().dispatch(Sums { columns: self, rows, other, later, rate })
    }

    #[inline(always)]
    fn sums_in_lanes(&self, rows: Range<usize>, other: &Columns, later: bool, rate: f64) -> [f64; 2] {
        let mut squares = vec![0.0; other.len];
        let mut sums = [[0.0; LANES]; 2];
        for i in rows {
            self.add_pairs(i, other, if later { i + 1 } else { 0 }, rate, &mut squares, &mut sums);
        }
        sums.map(|lanes| lanes.iter().sum::<f64>())
    }

    /// Adds distances and kernels between point i and the points of `other` from `from` on.
    #[inline(always)]
    fn add_pairs(
        &self,
        i: usize,
        other: &Columns,
        from: usize,
        rate: f64,
        squares: &mut [f64],
        [distance, kernel]: &mut [[f64; LANES]; 2],
    ) {
        let squares = &mut squares[from..];
        squares.fill(0.0);
        for axis in 0..self.dim {
            let x = self.values[axis * self.len + i];
            let column = &other.values[axis * other.len + from..(axis + 1) * other.len];
            for (square, y) in squares.iter_mut().zip(column) {
                let difference = x - y;
                *square += difference * difference;
            }
        }
        let (chunks, rest) = squares.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                distance[lane] += chunk[lane].sqrt();
                kernel[lane] += kernels(chunk[lane] * rate);
            }
        }
        for (lane, square) in rest.iter().enumerate() {
            distance[lane] += square.sqrt();
            kernel[lane] += kernels(square * rate);
        }
    }
}

/// The mean of e^-t, e^-16t and e^-256t.
#[inline(always)]
fn kernels(t: f64) -> f64 {
    let wide = exp_minus(t);
    let middle = sixteenth_power(wide);
    let narrow = sixteenth_power(middle);
    (wide + middle + narrow) * (1.0 / 3.0)
}

#[inline(always)]
fn sixteenth_power(x: f64) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    x8 * x8
}

/// e^-t for t >= 0, 0 beyond t = 700: 2^k times the Taylor polynomial of e^r, |r| <= ln(2)/2, relative error below
/// 1e-14. Written out rather than called, for plain arithmetic becomes vector code and rounds alike everywhere.
#[inline(always)]
fn exp_minus(t: f64) -> f64 {
    /// Added to a number below 2^51 in size, it leaves the nearest integer in the lowest bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts; the product of the first with an integer below 2^11 is exact.
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const TAYLOR: [f64; 12] = [
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let clamped = if t < 700.0 { t } else { 700.0 };
    let shifted = clamped * -std::f64::consts::LOG2_E + SHIFT;
    let k = shifted - SHIFT;
    let r = (-clamped - k * LN2_HIGH) - k * LN2_LOW;
    let mut sum = TAYLOR[0];
    for coefficient in &TAYLOR[1..] {
        sum = sum * r + coefficient;
    }
    // The low bits of `shifted` hold k; moved up they are the exponent, to which the bias is added.
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    if t < 700.0 { sum * power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_out_exponential_is_that_of_the_library() {
        for i in 0..70_000 {
            let t = i as f64 * 0.01 + 1e-5 * (i % 7) as f64;
            let truth = libm::exp(-t);
            assert!((exp_minus(t) - truth).abs() <= 1e-14 * truth, "{t}");
        }
        assert_eq!(exp_minus(0.0), 1.0);
        assert_eq!(exp_minus(1e300), 0.0);
        assert_eq!(exp_minus(f64::INFINITY), 0.0);
        assert!(
            (kernels(0.01) - (libm::exp(-0.01) + libm::exp(-0.16) + libm::exp(-2.56)) / 3.0).abs() < 1e-14
        );
    }

    #[test]
    fn means_over_pairs_are_those_of_the_definition() {
        let a = Points::new(2, (0..2 * 77).map(|i| libm::sin(1.7 * i as f64)).collect());
        let b = Points::new(2, (0..2 * 50).map(|i| libm::cos(2.3 * i as f64)).collect());
        let kernel = Kernel { bandwidth: 0.8 };
        let pair = |x: &[f64], y: &[f64]| {
            let square = (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2);
            let k: f64 = kernel.bandwidths().iter().map(|h| (-square / (2.0 * h * h)).exp() / 3.0).sum();
            [square.sqrt(), k]
        };
        let mut sum = [0.0; 2];
        for x in a.rows() {
            for y in b.rows() {
                let [d, k] = pair(x, y);
                sum = [sum[0] + d / (77.0 * 50.0), sum[1] + k / (77.0 * 50.0)];
            }
        }
        let (columns, others) = (Columns::new(&a, 1000), Columns::new(&b, 1000));
        let means = columns.across(&others, &kernel);
        assert!((means.distance - sum[0]).abs() < 1e-13 && (means.kernel - sum[1]).abs() < 1e-13);
        let mut sum = [0.0; 2];
        for i in 0..77 {
            for j in 0..i {
                let [d, k] = pair(a.row(i), a.row(j));
                sum = [sum[0] + d / (77.0 * 38.0), sum[1] + k / (77.0 * 38.0)];
            }
        }
        let means = columns.within(&kernel);
        assert!((means.distance - sum[0]).abs() < 1e-13 && (means.kernel - sum[1]).abs() < 1e-13);
    }

    #[test]
    fn the_width_of_vectors_changes_no_bit() {
        let a = Points::new(3, (0..3 * 77).map(|i| libm::sin(1.7 * i as f64)).collect());
        let columns = Columns::new(&a, 1000);
        for later in [false, true] {
            let narrow = columns.sums_in_lanes(3..40, &columns, later, 0.7);
            assert_eq!(columns.sums(3..40, &columns, later, 0.7).map(f64::to_bits), narrow.map(f64::to_bits));
        }
    }

    #[test]
    fn the_bandwidth_is_the_median_distance_and_never_zero() {
        let bandwidth = |values: &[f64]| Kernel::from_reference(&Points::new(1, values.to_vec())).bandwidth;
        assert_eq!(bandwidth(&[0.0, 1.0, 3.0]), 2.0);
        assert_eq!(bandwidth(&[0.0, 1.0, f64::NAN, 3.0]), 2.0);
        assert_eq!(bandwidth(&[0.0, 0.0, 0.0, 0.0, 5.0]), 5.0);
        assert_eq!(bandwidth(&[2.0, 2.0]), 1.0);
        assert_eq!(bandwidth(&[]), 1.0);
    }
}
