//! The logistic function of many numbers at once, to a few units in the last place.
//!
//! With e^-x = 2^k e^r, k = round(-x / ln 2), r = -x - k ln 2 (ln 2 in two parts, the first so short that k times it is
//! exact), and e^r = (c + r) / (c - r), where c = r coth(r / 2) is even in r: 1 / (1 + e^-x) = a / (a + b) and
//! 1 / (1 + e^x) = b / (a + b) with a = c - r and b = 2^k (c + r). One division serves both, nothing cancels, and -x
//! gives exactly the same two numbers the other way round. c = 2 + r^2 p(r^2), p of degree 4 through the Chebyshev nodes
//! of r^2 <= (ln 2 / 2)^2: relative error of e^r 2e-18 before rounding. Beyond 707, where doubles lose their
//! precision, x stays at 707.

/// Coefficients of p, the lowest first.
const P: [f64; 5] = [
    0.1666666666666666,
    -0.0027777777777564486,
    6.613756471665357e-05,
    -1.653406009991112e-06,
    4.143769423035882e-08,
];
/// ln 2 in two parts; the first has 21 zeros at its end.
const LN_2: [f64; 2] = [0.6931471803691238, 1.9082149292705877e-10];
/// 1.5 2^52 + 1023: added to a number below 2^51 it leaves the nearest whole number in the last bits, and the
/// exponent of that power of two.
const ROUND: f64 = 6_755_399_441_056_767.0;
/// The largest |x| that is told from larger ones.
const FARTHEST: f64 = 707.0;

/// x y + z, in one rounding where the processor has that.
#[inline(always)]
pub fn times_plus<const FUSED: bool>(x: f64, y: f64, z: f64) -> f64 {
    if FUSED { x.mul_add(y, z) } else { x * y + z }
}

/// 1 / (1 + e^-x) to `plus` and 1 / (1 + e^x) to `minus`, all of one length.
///
/// Two short loops in place of one long one: each step of the chain from x to the result waits for the one before
/// it, and a processor looks ahead only so many instructions for others to do meanwhile.
#[inline(always)]
pub fn sigmoids<const FUSED: bool>(x: impl Iterator<Item = f64>, plus: &mut [f64], minus: &mut [f64]) {
    for ((x, r), power) in x.zip(&mut *plus).zip(&mut *minus) {
        (*r, *power) = reduced::<FUSED>(x);
    }
    for (plus, minus) in plus.iter_mut().zip(minus) {
        let (a, b) = fraction::<FUSED>(*plus, *minus);
        let one = 1.0 / (a + b);
        (*plus, *minus) = (a * one, b * one);
    }
}

/// r and 2^k with e^-x = 2^k e^r.
#[inline(always)]
fn reduced<const FUSED: bool>(x: f64) -> (f64, f64) {
    let fused = times_plus::<FUSED>;
    // Written so that NaN stays.
    let x = if FARTHEST < x { FARTHEST } else { x };
    let x = if -FARTHEST > x { -FARTHEST } else { x };
    let shifted = fused(x, -std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = fused(-LN_2[1], k, fused(-LN_2[0], k, -x));
    (r, f64::from_bits(shifted.to_bits() << 52))
}

/// a and b with b / a = 2^k e^r.
#[inline(always)]
fn fraction<const FUSED: bool>(r: f64, power: f64) -> (f64, f64) {
    let fused = times_plus::<FUSED>;
    let square = r * r;
    let p = P.iter().rev().skip(1).fold(P[4], |sum, p| fused(sum, square, *p));
    let c = fused(p, square, 2.0);
    (c - r, (c + r) * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<const FUSED: bool>(x: f64) -> (f64, f64) {
        let (mut plus, mut minus) = ([0.0], [0.0]);
        sigmoids::<FUSED>([x].into_iter(), &mut plus, &mut minus);
        (plus[0], minus[0])
    }

    /// Beside the library's exponential: within a few units in the last place, from 0 to where doubles end.
    #[test]
    fn both_sides_are_accurate() {
        let ulps = |a: f64, b: f64| (a - b).abs() / (b * f64::EPSILON);
        for k in 0..200_000 {
            let x = FARTHEST * (f64::from(k) / 200_000.0).powi(3);
            let e = libm::exp(-x);
            for (large, small) in [of::<true>(x), of::<false>(x)] {
                assert!(ulps(large, 1.0 / (1.0 + e)) <= 2.0 && ulps(small, e / (1.0 + e)) <= 4.0, "{x}");
            }
            let (large, small) = of::<true>(x);
            assert_eq!(of::<true>(-x), (small, large), "{x}");
        }
        assert_eq!(of::<false>(f64::INFINITY).0, 1.0);
        assert!(of::<false>(f64::NEG_INFINITY).0 < 1e-306);
        assert!(of::<true>(f64::NAN).0.is_nan());
    }
}
