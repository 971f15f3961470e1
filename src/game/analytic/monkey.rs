//! The monkey saddle: an equilibrium of which linearisation says nothing.
//!
//! ```text
//! loss_d = loss_g = d^3 - 3 d g^2        d' = -3 d^2 + 3 g^2        g' = 6 d g
//! ```
//!
//! The equilibrium is (0, 0), where the Jacobian is 0: every direction is flat, every eigenvalue is 0, and the field is
//! of second order. Three valleys lead away from it and three ridges lead to it, 60 degrees apart, so it is unstable,
//! which no eigenvalue shows. Both players descend one function: this is a potential game (Monderer & Shapley 1996).
//! The surface is Hilbert & Cohn-Vossen's, *Anschauliche Geometrie*, 1932, section 29.

use super::formula::Formula;
use super::number::Number;
use super::prediction::ClosedForm;
use crate::game::{Joint, Player};

/// The monkey saddle; theta = (d, g).
#[derive(Clone, Copy, Debug)]
pub struct SaddleMonkey;

impl Formula for SaddleMonkey {
    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn loss<N: Number>(&self, _: Player, theta: &[N]) -> N {
        let (d, g) = (theta[0], theta[1]);
        d * (d * d - N::of(3.0) * g * g)
    }

    fn candidates(&self) -> Vec<Joint<f64>> {
        vec![Joint::zeros([1, 1])]
    }

    fn closed_form(&self) -> Option<ClosedForm> {
        let source = "Hilbert & Cohn-Vossen 1932";
        let symbols = "both losses are of third order".into();
        Some(ClosedForm { planes: vec![[[0.0; 2]; 2]], alone: [0, 0], symbols, source })
    }
}
