//! A network's gradient in jet arithmetic: values with derivatives along an inner direction I and many outer ones O.
//!
//! The gradient of a directional derivative is the directional derivative of the gradient. So everything that a
//! game's Jacobian needs is a part of one gradient computed with numbers of the form
//! x + e_I x_I + e_O x_O + e_I e_O x_IO, where e_I^2 = e_O^2 = 0. Such a number is a pair of `Dual`s, each with a
//! value and a part along I:
//!
//! ```text
//! still x0 = x + e_I x_I          depends on the point alone: computed once, kept (`Still`, `Back`)
//! moving x1 = x_O + e_I x_IO      linear in the outer direction: computed for each one (`Moving`)
//!
//! forward     a0 = h0 W0' + b0              a1 = h1 W0' + h0 W1' + b1
//!             h0+ = s(a0)                   h1+ = s'(a0) a1
//! backward    h0~ = a0~ W0                  h1~ = a1~ W0 + a0~ W1
//!             a0~ = h0+~ s'(a0)             a1~ = h1+~ s'(a0) + h0+~ s''(a0) a1
//! gradient    W0~ = a0~' h0                 W1~ = a1~' h0 + a0~' h1
//! ```
//!
//! where a prime on s is a derivative, one behind a matrix its transpose, and products are those of dual numbers.
//! Many outer directions lie side by side, `[rows, directions, width]`, so that a product with W0 takes all of them at
//! once, and so does a sum over rows. Parts that are zero throughout are missing and cost nothing.

mod dual;
mod gradients;
mod moves;
mod moving;
mod still;

pub use dual::{Dual, Part};
pub use gradients::{Gradients, Wanted};
pub use moves::{Moves, Outer};
pub use moving::Moving;
pub use still::{Back, Net, Shape, Still};
