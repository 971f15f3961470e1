//! The theorem of Nagarajan & Kolter (2017) on a real network: its blocks beside the computed ones, and which of its
//! conditions hold.
//!
//! For `V(d, g) = E f(D(x)) + E f(-D(G(z)))`, loss_d = -V, loss_g = V, at an equilibrium with D = 0 near the data:
//!
//! ```text
//! J_dd = 2 f''(0) K_dd,   K_dd = E_x [grad_d D grad_d D']          [d, d]
//! J_dg = -f'(0) K_dg,     K_dg = d/dg E_z [grad_d D(G(z))]         [d, g]
//! J_gd = -J_dg' (I + 2 eta J_dd),   J_gg = -2 eta J_dg' J_dg       eta of `loss_g += eta ‖grad_d V‖^2`
//! ```
//!
//! The blocks are put together from derivatives of the networks sample by sample (`gradients`): grad_d D by a backward
//! pass a row; K_dg by the chain rule, sum_c (grad_d dD/dx_c)(grad_g G_c)', with the mixed derivative from a tangent along
//! the *input*. `linearize` differentiates the losses of whole batches along *parameters*, and never forms these; the
//! two share the layers' arithmetic and nothing above it. Both are exact, so the mismatch is rounding where the theory
//! applies, and where it does not it says by how much.
//!
//! NK17's conditions: I, realisability (p_G = p_data, D = 0 on the data); II, Property I of `E D^2` in d and of
//! `‖E_x grad_d D - E_z grad_d D‖^2` in g: each is constant along the null vectors of its Hessian; III, f''(0) < 0 and
//! f'(0) != 0; IV, generators nearby do not leave the support, which holds in the form that is used here, grad_x D = 0
//! at the samples.

use super::conditions::{Condition, realisability};
use super::curvature::{Curvature, null_of, rise_of};
use super::eigen::NoEigenvalues;
use super::gradients::{curvature, interaction, mean_gradient};
use crate::game::{Gan, GanBatch, GanError, Joint, Player, Term, Terms};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// Logits at which an objective is compared with the family.
const LOGITS: [f64; 7] = [-2.5, -1.0, -0.3, 0.0, 0.3, 1.0, 2.5];

/// The theory beside what was computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theory {
    /// f'(0).
    pub slope: f64,
    /// f''(0).
    pub bend: f64,
    /// Strength of the gradient-norm regulariser.
    pub eta: f64,
    /// ‖computed - predicted‖ / ‖predicted‖ of each block.
    pub mismatch: Mismatch,
    /// E D^2 in the discriminator's space: Hessian 2 K_dd.
    pub discriminator: Curvature,
    /// ‖E_x grad_d D - E_z grad_d D‖^2 in the generator's space: Hessian 2 K_dg' K_dg.
    pub generator: Curvature,
    /// The theorem's conditions.
    pub conditions: Vec<Condition>,
    /// Whether all of them hold.
    pub applies: bool,
}

/// How far the computed blocks are from the predicted ones, Frobenius, relative to the predicted block; where that is 0,
/// to the whole predicted Jacobian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Of J_dd.
    pub dd: f64,
    /// Of J_dg.
    pub dg: f64,
    /// Of J_gd.
    pub gd: f64,
    /// Of J_gg.
    pub gg: f64,
}

impl Mismatch {
    /// The largest.
    pub fn worst(&self) -> f64 {
        // f64::max would pass over a NaN.
        [self.dd, self.dg, self.gd, self.gg]
            .into_iter()
            .fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a })
    }
}

/// Why there is no theory of a game.
#[derive(Debug, thiserror::Error)]
pub enum TheoryError {
    /// The game could not be computed.
    #[error(transparent)]
    Game(#[from] GanError),
    /// No eigenvalues.
    #[error(transparent)]
    NoEigenvalues(#[from] NoEigenvalues),
    /// Another kind of game.
    #[error("the theory of Nagarajan & Kolter (2017) does not cover {0}")]
    NotCovered(&'static str),
}

/// Compares the theory with the Jacobian of a GAN at a point and a batch. `rho` is the largest magnitude of its
/// eigenvalues, by which a small field is told (`is_equilibrium`); `flat` is the share of the largest eigenvalue
/// of K_dd, and of the largest singular value of K_dg, up to which a direction is null.
pub fn theory(
    gan: &Gan<f64>,
    at: &Joint<f64>,
    batch: &GanBatch<f64>,
    jacobian: &DMatrix<f64>,
    rho: f64,
    flat: f64,
) -> Result<Theory, TheoryError> {
    let [slope, bend] = family(gan)?;
    let eta = regularizer(gan, batch.step)?;
    if gan.pack != 1 {
        return Err(TheoryError::NotCovered("packs of samples: D judges one sample"));
    }
    if gan.draws() {
        return Err(TheoryError::NotCovered("games that draw (dropout, augmentation, instance noise)"));
    }
    let k_dd = curvature(gan, &at.d, &batch.x);
    let k_dg = interaction(gan, at, batch);
    let predicted = blocks(&k_dd, &k_dg, [slope, bend], eta);
    let mismatch = mismatch(jacobian, &predicted);

    let (values, null_d) = null_of(&k_dd, flat, false)?;
    let rise = rise_of(&null_d, gan.seed, |u| {
        let d: Vec<f64> = at.d.iter().zip(u.iter()).map(|(d, u)| d + u).collect();
        let changes = gan.judge(&d, &batch.x).into_iter().zip(gan.judge(&at.d, &batch.x));
        mean(changes.map(|(new, old)| (new - old) * (new - old)))
    });
    let discriminator = Curvature::of(&values, &null_d, rise);
    let (values, null_g) = null_of(&k_dg, flat, true)?;
    let base = mean_gradient(gan, &at.d, &gan.fakes(&at.g, &batch.z));
    let rise = rise_of(&null_g, gan.seed, |u| {
        let g: Vec<f64> = at.g.iter().zip(u.iter()).map(|(g, u)| g + u).collect();
        let moved = mean_gradient(gan, &at.d, &gan.fakes(&g, &batch.z));
        moved.iter().zip(&base).map(|(a, b)| (a - b) * (a - b)).sum()
    });
    let generator = Curvature::of(&values, &null_g, rise);

    let mut conditions = realisability(gan, at, batch, rho)?;
    let property = |player: &str, function: &str, of: &Curvature| {
        let asks = format!("{function} is constant along the null vectors of its Hessian");
        Condition::zero(&format!("property I of the {player}"), &asks, of.rise)
    };
    conditions.push(property("discriminator", "E D^2", &discriminator));
    conditions.push(property("generator", "‖E_x grad_d D - E_z grad_d D‖^2", &generator));
    // What the generator moves must be damped: the range of K_dg within that of K_dd.
    let leak = (null_d.transpose() * &k_dg).norm() / k_dg.norm().max(f64::MIN_POSITIVE);
    conditions.push(Condition::zero(
        "damped interaction",
        "the generator moves the discriminator only where it is damped (the part of K_dg in the null space of K_dd)",
        leak,
    ));
    let concave = Condition {
        name: "concavity".into(),
        asks: "f''(0) < 0, or eta > 0 in its place".into(),
        number: bend,
        holds: Some(bend < 0.0 || eta > 0.0),
    };
    let steep = Condition {
        name: "slope".into(),
        asks: "f'(0) is not 0".into(),
        number: slope,
        holds: Some(slope != 0.0),
    };
    conditions.extend([concave, steep]);
    let applies = conditions.iter().all(|c| c.holds == Some(true));
    Ok(Theory { slope, bend, eta, mismatch, discriminator, generator, conditions, applies })
}

/// [f'(0), f''(0)] of a game of the family.
fn family(gan: &Gan<f64>) -> Result<[f64; 2], TheoryError> {
    let (Terms::Separate { .. }, Terms::Separate { .. }) = (&gan.losses.d, &gan.losses.g) else {
        return Err(TheoryError::NotCovered("losses of a real and a fake logit together"));
    };
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + a.abs());
    for t in LOGITS {
        let [d, g] = [&gan.losses.d, &gan.losses.g].map(|terms| terms.slopes([t, -t], true));
        if !near(d[0], -d[1]) {
            return Err(TheoryError::NotCovered(
                "a discriminator's loss that is not -V with V = E f(D(x)) + E f(-D(G(z)))",
            ));
        }
        let fake = gan.losses.g.slopes([t, t], false)[1];
        let own = gan.losses.d.slopes([t, t], false)[1];
        if !near(fake, -own) {
            return Err(TheoryError::NotCovered("a generator's loss other than V: the game is not zero-sum"));
        }
        // The generator does not see real logits, so their curve may be left out of its loss.
        if !near(g[0], -d[0]) && g[0] != 0.0 {
            return Err(TheoryError::NotCovered("a generator's loss other than V: the game is not zero-sum"));
        }
    }
    let terms = &gan.losses.d;
    // Subtracted and not negated: 0 has no sign.
    Ok([0.0 - terms.slopes([0.0; 2], true)[0], 0.0 - terms.slopes_along([0.0; 2], [1.0, 0.0], true).1[0]])
}

/// eta, where no other regulariser is at work.
fn regularizer(gan: &Gan<f64>, step: u64) -> Result<f64, TheoryError> {
    let mut eta = 0.0;
    for (term, strength) in gan.active_terms(step) {
        match term {
            Term::GradientNorm { of: Player::Discriminator, paid_by: Player::Generator, .. } => {
                eta += strength
            }
            _ => return Err(TheoryError::NotCovered("regularisers other than its own (gradient_norm)")),
        }
    }
    Ok(eta)
}

/// The theory's Jacobian, block by block: dd, dg, gd, gg.
fn blocks(k_dd: &DMatrix<f64>, k_dg: &DMatrix<f64>, [slope, bend]: [f64; 2], eta: f64) -> [DMatrix<f64>; 4] {
    let dd = k_dd * (2.0 * bend);
    let dg = k_dg * -slope;
    let gd = -dg.transpose() - dg.tr_mul(&dd) * (2.0 * eta);
    let gg = dg.tr_mul(&dg) * (-2.0 * eta);
    [dd, dg, gd, gg]
}

fn mismatch(jacobian: &DMatrix<f64>, predicted: &[DMatrix<f64>; 4]) -> Mismatch {
    let (d, g) = predicted[1].shape();
    let whole = predicted.iter().map(|block| block.norm_squared()).sum::<f64>().sqrt();
    let off = |k: usize, from: (usize, usize), size: (usize, usize)| {
        let own = predicted[k].norm();
        (jacobian.view(from, size) - &predicted[k]).norm() / if own > 0.0 { own } else { whole }
    };
    Mismatch {
        dd: off(0, (0, 0), (d, d)),
        dg: off(1, (0, d), (d, g)),
        gd: off(2, (d, 0), (g, d)),
        gg: off(3, (d, d), (g, g)),
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}
