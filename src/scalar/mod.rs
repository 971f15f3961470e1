//! The two floating-point types of training, behind one small trait.

mod lanes;
mod square;

pub use lanes::Lanes;
pub use square::{SIDE, Square};

use candle_core::WithDType;
use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// f32 or f64.
pub trait Scalar:
    WithDType
    + Lanes
    + Copy
    + Default
    + Debug
    + Display
    + PartialOrd
    + Send
    + Sync
    + Sum
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Rounded from f64.
    fn of(x: f64) -> Self;
    /// Exact, or widened, from f32.
    fn from_f32(x: f32) -> Self;
    /// Widened to f64.
    fn f64(self) -> f64;
    /// Square root, exactly rounded.
    fn root(self) -> Self;
    /// Absolute value.
    fn magnitude(self) -> Self;
    /// Neither NaN nor infinite.
    fn finite(self) -> bool;
    /// The unit of rounding: the distance from 1 to the next number.
    fn rounding() -> f64;
    /// Step of a central difference of order six: the seventh root of the rounding unit.
    fn difference_step() -> f64;
    /// e^x.
    fn exp(self) -> Self;
    /// e^x - 1 without cancellation.
    fn exp_m1(self) -> Self;
    /// log(1 + x) without cancellation.
    fn ln_1p(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Complementary error function.
    fn erfc(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
}

/// The Euclidean norm, summed in double precision.
pub fn norm<T: Scalar>(x: &[T]) -> f64 {
    x.iter().map(|x| x.f64() * x.f64()).sum::<f64>().sqrt()
}

macro_rules! scalar {
    ($t:ty, $exp:path, $expm1:path, $log1p:path, $tanh:path, $erfc:path, $sin:path, $cos:path) => {
        impl Scalar for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn from_f32(x: f32) -> Self {
                x as $t
            }
            #[inline(always)]
            fn f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn root(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn finite(self) -> bool {
                self.is_finite()
            }
            fn rounding() -> f64 {
                <$t>::EPSILON as f64
            }
            fn difference_step() -> f64 {
                libm::pow(<$t>::EPSILON as f64, 1.0 / 7.0)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn exp_m1(self) -> Self {
                $expm1(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $log1p(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn erfc(self) -> Self {
                $erfc(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                $sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                $cos(self)
            }
        }
    };
}

scalar!(f32, libm::expf, libm::expm1f, libm::log1pf, libm::tanhf, libm::erfcf, libm::sinf, libm::cosf);
scalar!(f64, libm::exp, libm::expm1, libm::log1p, libm::tanh, libm::erfc, libm::sin, libm::cos);
