//! Measures over pairs of points: squared maximum mean discrepancy and energy distance.
//!
//! MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y) (Gretton et al. 2012), energy distance = 2 E|X - Y| - E|X - X'| -
//! E|Y - Y'| (Szekely & Rizzo 2013), both without the pairs of a point with itself, which makes them unbiased.
//!
//! Coordinates are counted from the data's mean in units of the kernel's bandwidth, in single precision, as most samples
//! are; the sums of all points are gathered in double. A mean over pairs is right to some 1e-6 of itself, far within what
//! another draw of samples changes.

use crate::data::Points;
use pulp::Simd;
use rayon::prelude::*;
use std::ops::Range;

/// Sums are kept in this many lanes and added up at the end, so that their order is the same for every vector width.
const LANES: usize = 16;
/// Points whose pairs are summed by one task.
const BLOCK: usize = 32;
/// Points of the reference that the bandwidths are taken from.
const REFERENCE: usize = 500;

/// A mean of three Gaussian kernels exp(-d^2 / (2 h^2)), h = the bandwidth, a quarter and a sixteenth of it. The wide
/// one sees where modes lie, the narrow ones what is within them; each follows from the one before as its 16th power.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    bandwidth: f64,
    /// The mean of the finite points that it is taken from.
    origin: Vec<f64>,
}

impl Kernel {
    /// The bandwidth is the median distance between the first 500 finite points (Gretton et al. 2012). Where that
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
        let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / points.len().max(1) as f64;
        let origin = (0..reference.dim).map(mean).collect();
        Kernel { bandwidth: if bandwidth > 0.0 { bandwidth } else { 1.0 }, origin }
    }

    /// The dimension of the data.
    pub fn dim(&self) -> usize {
        self.origin.len()
    }

    /// The three bandwidths, in units of the data.
    pub fn bandwidths(&self) -> [f64; 3] {
        [1.0, 0.25, 0.0625].map(|factor| factor * self.bandwidth)
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

/// A cloud coordinate by coordinate, so that the innermost loops run over points; from the origin of a kernel and in units
/// of its bandwidth.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    dim: usize,
    len: usize,
    unit: f64,
    values: Vec<f32>,
}

/// The arguments of `sums_in_lanes`. A closure would not be inlined into the code compiled for the wide vectors; this is.
struct Sums<'a> {
    columns: &'a Columns,
    rows: Range<usize>,
    other: &'a Columns,
    later: bool,
}

impl pulp::WithSimd for Sums<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f64; 2] {
        self.columns.sums_in_lanes(simd, self.rows, self.other, self.later)
    }
}

impl Columns {
    /// The first `most` points of a cloud.
    pub fn new(cloud: &Points, most: usize, kernel: &Kernel) -> Self {
        let len = cloud.len().min(most);
        let unit = kernel.bandwidth;
        let column = |axis: usize| {
            let seen = move |i: usize| (cloud.values[i * cloud.dim + axis] - kernel.origin[axis]) / unit;
            (0..len).map(move |i| seen(i) as f32)
        };
        Columns { dim: cloud.dim, len, unit, values: (0..cloud.dim).flat_map(column).collect() }
    }

    /// Means over all pairs of two different points; NaN if there are fewer than two.
    pub fn within(&self) -> Means {
        let pairs = self.len as f64 * (self.len as f64 - 1.0) / 2.0;
        self.means(self, true, if self.len > 1 { pairs } else { f64::NAN })
    }

    /// Means over all pairs of a point here and one of `other`; NaN if there is none.
    pub fn across(&self, other: &Columns) -> Means {
        let pairs = self.len as f64 * other.len as f64;
        self.means(other, false, if pairs > 0.0 { pairs } else { f64::NAN })
    }

    /// Sums over the pairs of each point here and each of `other`, or each later one of `other`, divided by `pairs`.
    fn means(&self, other: &Columns, later: bool, pairs: f64) -> Means {
        let sums: Vec<[f64; 2]> = (0..self.len.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let rows = block * BLOCK..self.len.min((block + 1) * BLOCK);
                self.sums(rows, other, later)
            })
            .collect();
        let total = sums.iter().fold([0.0; 2], |total, sum| [total[0] + sum[0], total[1] + sum[1]]);
        Means { distance: self.unit * total[0] / pairs, kernel: total[1] / pairs }
    }

    /// Sums of distances and kernels over the pairs of the points `rows` here, by the widest vectors at hand.
    fn sums(&self, rows: Range<usize>, other: &Columns, later: bool) -> [f64; 2] {
        pulp::Arch::new().dispatch(Sums { columns: self, rows, other, later })
    }

    #[inline(always)]
    fn sums_in_lanes<S: Simd>(&self, simd: S, rows: Range<usize>, other: &Columns, later: bool) -> [f64; 2] {
        let mut squares = vec![0.0; other.len];
        let mut sums = [[0.0; LANES]; 2];
        for i in rows {
            let of_point = self.pairs_of(simd, i, other, if later { i + 1 } else { 0 }, &mut squares);
            for (sums, lanes) in sums.iter_mut().zip(&of_point) {
                sums.iter_mut().zip(lanes).for_each(|(sum, x)| *sum += f64::from(*x));
            }
        }
        sums.map(|lanes| lanes.iter().sum::<f64>())
    }

    /// Distances and kernels between point i and the points of `other` from `from` on, summed in lanes.
    #[inline(always)]
    fn pairs_of<S: Simd>(
        &self,
        simd: S,
        i: usize,
        other: &Columns,
        from: usize,
        squares: &mut [f32],
    ) -> [[f32; LANES]; 2] {
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
        let (mut distance, mut kernel) = ([0.0; LANES], [0.0; LANES]);
        let (chunks, rest) = squares.as_chunks::<LANES>();
        for chunk in chunks {
            let (squares, distances) = (S::as_simd_f32s(chunk).0, S::as_mut_simd_f32s(&mut distance).0);
            let kernels = S::as_mut_simd_f32s(&mut kernel).0;
            for ((square, distance), kernel) in squares.iter().zip(distances).zip(kernels) {
                *distance = simd.add_f32s(*distance, simd.sqrt_f32s(*square));
                *kernel = simd.add_f32s(*kernel, kernel_of(simd, *square));
            }
        }
        for ((square, distance), kernel) in rest.iter().zip(&mut distance).zip(&mut kernel) {
            *distance += square.sqrt();
            *kernel += kernel_of(pulp::Scalar, *square);
        }
        [distance, kernel]
    }
}

/// The mean of e^-t, e^-16t and e^-256t with t = s / 2, lane by lane; without fused products, so that it rounds alike
/// everywhere.
#[inline(always)]
fn kernel_of<S: Simd>(simd: S, s: S::f32s) -> S::f32s {
    let wide = exp_minus(simd, simd.mul_f32s(s, simd.splat_f32s(0.5)));
    let middle = sixteenth_power(simd, wide);
    let narrow = sixteenth_power(simd, middle);
    let sum = simd.add_f32s(simd.add_f32s(wide, middle), narrow);
    simd.mul_f32s(sum, simd.splat_f32s(1.0 / 3.0))
}

/// x^16; 0 where that is below 2^-124: processors are slow at numbers below 2^-126.
#[inline(always)]
fn sixteenth_power<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const LEAST: f32 = 0.004_645_34;
    let there = simd.less_than_f32s(simd.splat_f32s(LEAST), x);
    let x = simd.select_f32s(there, x, simd.splat_f32s(0.0));
    let x2 = simd.mul_f32s(x, x);
    let x4 = simd.mul_f32s(x2, x2);
    let x8 = simd.mul_f32s(x4, x4);
    simd.mul_f32s(x8, x8)
}

/// e^-t for t >= 0, 0 beyond t = 87: 2^k times the Taylor polynomial of e^r, |r| <= ln(2)/2, relative error below
/// 4e-7.
#[inline(always)]
fn exp_minus<S: Simd>(simd: S, t: S::f32s) -> S::f32s {
    /// Added to a number below 2^22 in size, it leaves the nearest integer in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    // ln 2 in two parts; the product of the first with an integer below 2^8 is exact.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const TAYLOR: [f32; 7] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let number = |x: f32| simd.splat_f32s(x);
    let inside = simd.less_than_f32s(t, number(87.0));
    let clamped = simd.select_f32s(inside, t, number(87.0));
    let scaled = simd.mul_f32s(clamped, number(-std::f32::consts::LOG2_E));
    let shifted = simd.add_f32s(scaled, number(SHIFT));
    let k = simd.sub_f32s(shifted, number(SHIFT));
    let high = simd.sub_f32s(simd.neg_f32s(clamped), simd.mul_f32s(k, number(LN2_HIGH)));
    let r = simd.sub_f32s(high, simd.mul_f32s(k, number(LN2_LOW)));
    let mut sum = number(TAYLOR[0]);
    for coefficient in &TAYLOR[1..] {
        sum = simd.add_f32s(simd.mul_f32s(sum, r), number(*coefficient));
    }
    // The low bits of `shifted` hold k; moved up they are the exponent, to which the bias is added.
    let moved = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let power = simd.transmute_f32s_u32s(simd.add_u32s(moved, simd.splat_u32s(127 << 23)));
    simd.select_f32s(inside, simd.mul_f32s(sum, power), number(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_out_exponential_is_that_of_the_library() {
        for i in 0..87_000 {
            let t = i as f32 * 0.001 + 1e-6 * (i % 7) as f32;
            let truth = libm::exp(-f64::from(t));
            assert!((f64::from(exp_minus(pulp::Scalar, t)) - truth).abs() <= 4e-7 * truth, "{t}");
        }
        assert_eq!(exp_minus(pulp::Scalar, 0.0), 1.0);
        assert_eq!(exp_minus(pulp::Scalar, 1e30), 0.0);
        assert_eq!(exp_minus(pulp::Scalar, f32::INFINITY), 0.0);
        let truth = (libm::exp(-0.01) + libm::exp(-0.16) + libm::exp(-2.56)) / 3.0;
        assert!((f64::from(kernel_of(pulp::Scalar, 0.02)) - truth).abs() < 3e-6);
    }

    #[test]
    fn means_over_pairs_are_those_of_the_definition() {
        let a = Points::new(2, (0..2 * 77).map(|i| libm::sin(1.7 * i as f64)).collect());
        let b = Points::new(2, (0..2 * 50).map(|i| libm::cos(2.3 * i as f64)).collect());
        let kernel = Kernel { bandwidth: 0.8, origin: vec![0.3, -0.2] };
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
        let (columns, others) = (Columns::new(&a, 1000, &kernel), Columns::new(&b, 1000, &kernel));
        let means = columns.across(&others);
        assert!((means.distance - sum[0]).abs() < 1e-6 && (means.kernel - sum[1]).abs() < 1e-6);
        let mut sum = [0.0; 2];
        for i in 0..77 {
            for j in 0..i {
                let [d, k] = pair(a.row(i), a.row(j));
                sum = [sum[0] + d / (77.0 * 38.0), sum[1] + k / (77.0 * 38.0)];
            }
        }
        let means = columns.within();
        assert!((means.distance - sum[0]).abs() < 1e-6 && (means.kernel - sum[1]).abs() < 1e-6);
    }

    #[test]
    fn far_and_small_clouds_are_measured_as_near_and_large_ones() {
        let near = |by: f64, at: f64| {
            Points::new(2, (0..2 * 90).map(|i| at + by * libm::sin(1.7 * i as f64)).collect())
        };
        let [a, b] = [near(1.0, 0.0), near(1e-20, 0.0)]
            .map(|cloud| Columns::new(&cloud, 1000, &Kernel::from_reference(&cloud)).within());
        assert!((a.kernel - b.kernel).abs() < 1e-6 && (1e20 * b.distance / a.distance - 1.0).abs() < 1e-6);
        let far = near(1.0, 1e9);
        let c = Columns::new(&far, 1000, &Kernel::from_reference(&far)).within();
        assert!((a.kernel - c.kernel).abs() < 1e-6 && (c.distance / a.distance - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_width_of_vectors_changes_no_bit() {
        let a = Points::new(3, (0..3 * 77).map(|i| libm::sin(1.7 * i as f64)).collect());
        let columns = Columns::new(&a, 1000, &Kernel { bandwidth: 0.9, origin: vec![0.0; 3] });
        for later in [false, true] {
            let narrow = columns.sums_in_lanes(pulp::Scalar, 3..40, &columns, later);
            assert_eq!(columns.sums(3..40, &columns, later).map(f64::to_bits), narrow.map(f64::to_bits));
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
