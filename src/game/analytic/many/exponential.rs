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
/// 1.5 2^52 + 1023: added to a number below 2^51 it leaves the nearest whole number in the last bits, and the
/// exponent of that power of two.
const ROUND: f64 = 6_755_399_441_056_767.0;
/// Beyond this e^-|x| is taken for what it is here.
const FARTHEST: f64 = 708.0;

/// x y + z, in one rounding where the processor has that.
#[inline(always)]
pub fn times_plus<const FUSED: bool>(x: f64, y: f64, z: f64) -> f64 {
    if FUSED { x.mul_add(y, z) } else { x * y + z }
}

/// 1 / (1 + e^-x) to `plus` and 1 / (1 + e^x) to `minus`, all of one length.
///
/// Three short loops in place of one long one: each step of the chain from x to the result waits for the one before
/// it, and a processor looks ahead only so many instructions for others to do meanwhile.
#[inline(always)]
pub fn sigmoids<const FUSED: bool>(
    x: impl Iterator<Item = f64> + Clone,
    plus: &mut [f64],
    minus: &mut [f64],
) {
    for ((x, r), power) in x.clone().zip(&mut *plus).zip(&mut *minus) {
        (*r, *power) = reduced::<FUSED>(x);
    }
    for (e, power) in plus.iter_mut().zip(&*minus) {
        *e = exponential::<FUSED>(*e, *power);
    }
    for ((x, plus), minus) in x.zip(plus).zip(minus) {
        let large = 1.0 / (1.0 + *plus);
        let small = *plus * large;
        (*plus, *minus) = if x.is_sign_negative() { (small, large) } else { (large, small) };
    }
}

/// r and 2^k with e^-|x| = 2^k e^r.
#[inline(always)]
fn reduced<const FUSED: bool>(x: f64) -> (f64, f64) {
    let fused = times_plus::<FUSED>;
    // Written so that NaN stays.
    let size = if FARTHEST < x.abs() { FARTHEST } else { x.abs() };
    let shifted = fused(size, -std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = fused(-LN_2[1], k, fused(-LN_2[0], k, -size));
    (r, f64::from_bits(shifted.to_bits() << 52))
}

/// 2^k e^r; the even and the odd powers of r are summed side by side.
#[inline(always)]
fn exponential<const FUSED: bool>(r: f64, power: f64) -> f64 {
    let fused = times_plus::<FUSED>;
    let square = r * r;
    let every_other =
        |last: usize| (0..last).rev().step_by(2).skip(1).fold(Q[last - 1], |sum, k| fused(sum, square, Q[k]));
    let q = fused(every_other(10), r, every_other(9));
    fused(fused(q, square, r), power, power)
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
            let x = 708.0 * (f64::from(k) / 200_000.0).powi(3);
            let e = libm::exp(-x);
            for (large, small) in [of::<true>(x), of::<false>(x)] {
                assert!(ulps(large, 1.0 / (1.0 + e)) <= 2.0 && ulps(small, e / (1.0 + e)) <= 4.0, "{x}");
            }
            let (large, small) = of::<true>(x);
            assert_eq!(of::<true>(-x), (small, large), "{x}");
        }
        assert_eq!(of::<false>(f64::INFINITY).0, 1.0);
        assert!(of::<false>(f64::NEG_INFINITY).0 < 1e-307);
        assert!(of::<true>(f64::NAN).0.is_nan());
    }
}
