//! The potential and the rotational part of a field at a point, as symplectic adjustment tells them apart.
//!
//! ```text
//! J = S + A,  S = (J + J') / 2,  A = (J - J') / 2        dv/dt = J v = S v + A v along the flow
//! ```
//!
//! S v is how the field changes as in a potential game (A = 0: the players descend one function), A v how it changes as
//! in a Hamiltonian one (S = 0: ‖v‖ is constant and the motion goes round). Balduzzi et al. write xi = -v and H = -J, so
//! their adjustment A_H' xi is our A v, and v + lambda A v is the adjusted field.
//!
//! Balduzzi, Racanière, Martens, Foerster, Tuyls & Graepel, *The mechanics of n-player differentiable games*, ICML 2018.

use crate::game::Joint;
use nalgebra::{DMatrix, DVector};

/// A field's two parts at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldParts {
    /// S v.
    pub potential: Joint<f64>,
    /// A v.
    pub rotational: Joint<f64>,
    /// ‖A‖^2 / ‖J‖^2 (Frobenius), from 0 for a potential game to 1 for a Hamiltonian one; NaN where J = 0.
    pub rotation_share: f64,
}

/// The parts of a field `v` where its Jacobian is `jacobian`.
pub fn field_parts(jacobian: &DMatrix<f64>, v: &Joint<f64>) -> FieldParts {
    let flat = DVector::from_vec(v.flat());
    let (along, back) = (jacobian * &flat, jacobian.tr_mul(&flat));
    let joint = |x: DVector<f64>| Joint::from_flat(x.as_slice(), v.d.len());
    let rotation = 0.5 * (jacobian - jacobian.transpose());
    FieldParts {
        potential: joint(0.5 * (&along + &back)),
        rotational: joint(0.5 * (&along - &back)),
        rotation_share: rotation.norm_squared() / jacobian.norm_squared(),
    }
}
