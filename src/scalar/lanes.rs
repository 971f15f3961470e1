//! Vectors of f32 or f64 as wide as the processor has them, behind one small trait.
//!
//! Code written with `Lanes` is compiled once for each vector unit that `pulp` knows, and the widest is chosen when the
//! program runs.

use super::square::{self, Square};
use pulp::Simd;

/// A number of which a vector register holds several.
pub trait Lanes: Sized + Copy {
    /// A vector.
    type Vector<S: Simd>: Copy;

    /// Numbers in a vector.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }

    /// The whole vectors at the beginning of `x`, and the numbers behind them.
    fn vectors<S: Simd>(x: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// The same to write.
    fn vectors_mut<S: Simd>(x: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
    /// The numbers of `x`, fewer than a vector holds or as many, with zeros behind them.
    fn load<S: Simd>(simd: S, x: &[Self]) -> Self::Vector<S>;
    /// As many numbers as `to` has, the first ones.
    fn store<S: Simd>(simd: S, x: Self::Vector<S>, to: &mut [Self]);
    /// The same number in all lanes.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    /// a + b.
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a b.
    fn times<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a b + c, rounded once where the processor can.
    fn times_plus<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `yes` in the lanes where x > 0, elsewhere (NaN included) `no`.
    fn where_positive<S: Simd>(
        simd: S,
        x: Self::Vector<S>,
        yes: Self::Vector<S>,
        no: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// The sum over the lanes.
    fn sum_lanes<S: Simd>(simd: S, x: Self::Vector<S>) -> Self;
    /// The transpose of a square.
    fn transposed(square: Square<Self>) -> Square<Self>;
}

macro_rules! lanes {
    ($t:ty, $vector:ident, $split:ident, $split_mut:ident, $load:ident, $store:ident, $splat:ident, $add:ident,
     $mul:ident, $mul_add:ident, $greater:ident, $select:ident, $sum:ident, $transposed:path) => {
        impl Lanes for $t {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn vectors<S: Simd>(x: &[Self]) -> (&[S::$vector], &[Self]) {
                S::$split(x)
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(x: &mut [Self]) -> (&mut [S::$vector], &mut [Self]) {
                S::$split_mut(x)
            }
            #[inline(always)]
            fn load<S: Simd>(simd: S, x: &[Self]) -> S::$vector {
                simd.$load(x)
            }
            #[inline(always)]
            fn store<S: Simd>(simd: S, x: S::$vector, to: &mut [Self]) {
                simd.$store(to, x);
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$vector {
                simd.$splat(x)
            }
            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn times<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn times_plus<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn where_positive<S: Simd>(
                simd: S,
                x: S::$vector,
                yes: S::$vector,
                no: S::$vector,
            ) -> S::$vector {
                // The selection of integers is inlined everywhere; that of floats is not, which costs more than the rest.
                let positive = simd.$greater(x, simd.$splat(0.0));
                pulp::cast(simd.$select(positive, pulp::cast(yes), pulp::cast(no)))
            }
            #[inline(always)]
            fn sum_lanes<S: Simd>(simd: S, x: S::$vector) -> Self {
                simd.$sum(x)
            }
            #[inline(always)]
            fn transposed(square: Square<Self>) -> Square<Self> {
                $transposed(square)
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    partial_load_f32s,
    partial_store_f32s,
    splat_f32s,
    add_f32s,
    mul_f32s,
    mul_add_e_f32s,
    greater_than_f32s,
    select_u32s,
    reduce_sum_f32s,
    square::by_vectors
);
lanes!(
    f64,
    f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    partial_load_f64s,
    partial_store_f64s,
    splat_f64s,
    add_f64s,
    mul_f64s,
    mul_add_e_f64s,
    greater_than_f64s,
    select_u64s,
    reduce_sum_f64s,
    square::plain
);
