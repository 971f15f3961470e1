//! The logistic function of many numbers at once, to a few units in the last place.
//!
//! With E = e^-|x| and R = 1 / (1 + E): 1 / (1 + e^-x) is R for x > 0 and E R below, and 1 / (1 + e^x) the other way round;
//! neither cancels. E comes from e^y = 2^k e^r with k = round(y / ln 2), r = y - k ln 2 (ln 2 in two parts, the first
//! so short that k times it is exact) and e^r = 1 + r + r^2 q(r), q of degree 9 through the Chebyshev nodes of
//! |r| <= ln 2 / 2: relative error 2e-17 before rounding. Below e^-708, where doubles lose their precision, E stays at e^-708.

/// Coefficients of q, the lowest first.
const Q: [f64; 10] = [
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662399,
    0.008333333333330051,
    0.0013888888917281794,
    0.00019841269863105968,
    2.480152119021773e-05,
    2.7557268378684192e-06,
    2.7620138719733994e-07,
    2.5100424157005067e-08,
];
/// ln 2 in two parts; the first has 21 zeros at its end.
const LN_2: [f64; 2] = [0.6931471803691238, 1.9082149292705877e-10];
/// Added to a number below 2^51 it leaves the nearest whole number in the last bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// x y + z, in one rounding where the processor has that.
#[inline(always)]
pub fn times_plus<const FUSED: bool>(x: f64, y: f64, z: f64) -> f64 {
    if FUSED { x.mul_add(y, z) } else { x * y + z }
}

/// e^-|x|.
#[inline(always)]
fn exp_of_minus_size<const FUSED: bool>(x: f64) -> f64 {
    let fused = times_plus::<FUSED>;
    let y = -x.abs();
    // Written so that NaN stays.
    let y = if y < -708.0 { -708.0 } else { y };
    let shifted = fused(y, std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = fused(-LN_2[1], k, fused(-LN_2[0], k, y));
    let q = Q.iter().rev().skip(1).fold(Q[9], |q, c| fused(q, r, *c));
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    fused(fused(q, r * r, r), power, power)
}

/// 1 / (1 + e^-x) and 1 / (1 + e^x).
#[inline(always)]
pub fn sigmoids<const FUSED: bool>(x: f64) -> (f64, f64) {
    let e = exp_of_minus_size::<FUSED>(x);
    let large = 1.0 / (1.0 + e);
    let small = e * large;
    if x > 0.0 { (large, small) } else { (small, large) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beside the library's exponential: within a few units in the last place, from 0 to where doubles end.
    #[test]
    fn both_sides_are_accurate() {
        let ulps = |a: f64, b: f64| (a - b).abs() / (b * f64::EPSILON);
        for k in 0..200_000 {
            let x = 708.0 * (f64::from(k) / 200_000.0).powi(3);
            let e = libm::exp(-x);
            for (large, small) in [sigmoids::<true>(x), sigmoids::<false>(x)] {
                assert!(ulps(large, 1.0 / (1.0 + e)) <= 2.0 && ulps(small, e / (1.0 + e)) <= 4.0, "{x}");
            }
            assert_eq!(
                sigmoids::<true>(-x),
                {
                    let (a, b) = sigmoids::<true>(x);
                    (b, a)
                },
                "{x}"
            );
        }
        assert_eq!(sigmoids::<false>(f64::INFINITY).0, 1.0);
        assert!(sigmoids::<false>(f64::NEG_INFINITY).0 < 1e-307);
        assert!(sigmoids::<true>(f64::NAN).0.is_nan());
    }
}
