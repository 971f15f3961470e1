//! Gradients by either player and products of the Jacobian, by tangent passes on candle's tape.
//!
//! Exact: every loss, every regulariser added to a loss (their tangents depend on theta and are differentiated
//! too), and consensus on unregularised losses. By central differences of exact products: the Jacobian of
//! consensus on top of other regularisers, where a third order of tangents would be needed.

mod scene;

use super::Linearized;
use super::batch::GanBatch;
use super::difference;
use super::gan::{Gan, GanError};
use super::joint::{Joint, Player};
use super::objective::Curve;
use super::regularizer::Term;
use crate::nn::tape::Pointwise;
use crate::scalar::Scalar;
use candle_core::{DType, Device, Result as TensorResult, Tensor};
use scene::Scene;

/// The direction that a regulariser or an outer product takes.
const INNER: usize = 1;
/// The direction of the Jacobian's product.
const OUTER: usize = 2;

impl Pointwise for Curve {
    fn derivative(&self, order: usize, x: &Tensor) -> TensorResult<Tensor> {
        // Logits are few; the host knows the curve, formulas included.
        let logits = x.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
        let values: Vec<f64> = logits.into_iter().map(|t| self.at(order, t)).collect();
        Tensor::from_vec(values, x.shape(), &Device::Cpu)?.to_dtype(x.dtype())?.to_device(x.device())
    }
}

/// The Jacobian by candle's tape, on any device; on the processor the fused passes' oracle.
pub struct OnTape<'a, T> {
    /// The game.
    pub gan: &'a Gan<T>,
    /// The point.
    pub at: &'a Joint<T>,
    /// The batch.
    pub batch: &'a GanBatch<T>,
}

impl<T: Scalar> OnTape<'_, T> {
    /// The gradient by both players of one player's regularised loss, consensus left out.
    pub fn gradient(&self, of: Player) -> Result<Joint<T>, GanError> {
        self.gan.tape_gradient(of, self.at, None, self.batch)
    }
}

impl<T: Scalar> Linearized<T, GanError> for OnTape<'_, T> {
    fn sizes(&self) -> [usize; 2] {
        self.at.sizes()
    }

    fn times(&self, w: &Joint<T>) -> Result<Joint<T>, GanError> {
        let OnTape { gan, at, batch } = *self;
        let mut out = gan.additive_times(at, w, batch)?;
        if let Some(gamma) = gan.consensus(batch.step) {
            out.add_scaled(-gamma, &gan.pulled_field_times(at, w, &out, batch)?);
        }
        Ok(out)
    }

    fn transposed_times(&self, w: &Joint<T>) -> Result<Joint<T>, GanError> {
        let OnTape { gan, at, batch } = *self;
        let mut out = gan.additive_transposed(at, w, batch)?;
        if let Some(gamma) = gan.consensus(batch.step) {
            // J' v = grad ‖v‖^2 / 2, so its derivative is symmetric and needs no transpose.
            let jw = gan.additive_times(at, w, batch)?;
            out.add_scaled(-gamma, &gan.pulled_field_times(at, w, &jw, batch)?);
        }
        Ok(out)
    }
}

/// A part for each player, either of which may be missing (zero).
type Parts = [Option<Tensor>; 2];

impl<T: Scalar> Gan<T> {
    /// The strength of consensus at a step, if there is any.
    pub(super) fn consensus(&self, step: u64) -> Option<f64> {
        self.active_terms(step)
            .into_iter()
            .find_map(|(term, strength)| matches!(term, Term::Consensus { .. }).then_some(strength))
    }

    /// The gradient, by both players, of one player's regularised loss; with `w` that of its derivative along w,
    /// which is its Hessian times w.
    pub(super) fn tape_gradient(
        &self,
        of: Player,
        at: &Joint<T>,
        w: Option<&Joint<T>>,
        batch: &GanBatch<T>,
    ) -> Result<Joint<T>, GanError> {
        let scene = Scene::new(self, at, batch)?;
        let w = match w {
            Some(w) => match scene.tangents(w)? {
                [None, None] => return Ok(Joint::zeros(at.sizes())),
                w => w,
            },
            None => [None, None],
        };
        let mut sum = scene.base(of, &[None, None], &w)?;
        for (term, strength) in self.active_terms(batch.step) {
            let by = match term {
                Term::GradientNorm { of: whose, paid_by, .. } if *paid_by == of => {
                    scene.gradient_norm(*whose, &w)?
                }
                Term::Input { penalty, .. } if of == Player::Discriminator => {
                    scene.input_penalty(*penalty, &w)?
                }
                Term::Decay { player, .. } if *player == of => scene.decay(*player, &w)?,
                _ => continue,
            };
            sum = add_parts(sum, scale_parts(by, strength)?)?;
        }
        scene.joint(sum)
    }

    /// The field, consensus included.
    pub(super) fn tape_field(&self, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Joint<T>, GanError> {
        let mut v = self.additive_field(at, batch)?;
        if let Some(gamma) = self.consensus(batch.step) {
            let pulled = self.additive_transposed(at, &v, batch)?;
            v.add_scaled(-gamma, &pulled);
        }
        Ok(v)
    }

    /// The field without consensus.
    fn additive_field(&self, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Joint<T>, GanError> {
        let mut v = Joint::zeros(at.sizes());
        for player in Player::BOTH {
            v[player] = self.tape_gradient(player, at, None, batch)?[player].clone();
        }
        v.scale(-1.0);
        Ok(v)
    }

    /// J w of the field without consensus.
    fn additive_times(&self, at: &Joint<T>, w: &Joint<T>, batch: &GanBatch<T>) -> Result<Joint<T>, GanError> {
        let mut out = Joint::zeros(at.sizes());
        for player in Player::BOTH {
            out[player] = self.tape_gradient(player, at, Some(w), batch)?[player].clone();
        }
        out.scale(-1.0);
        Ok(out)
    }

    /// J' w of the field without consensus.
    fn additive_transposed(
        &self,
        at: &Joint<T>,
        w: &Joint<T>,
        batch: &GanBatch<T>,
    ) -> Result<Joint<T>, GanError> {
        let mut out = Joint::zeros(at.sizes());
        for player in Player::BOTH {
            let part = self.tape_gradient(player, at, Some(&w.only(player)), batch)?;
            out.add_scaled(-1.0, &part);
        }
        Ok(out)
    }

    /// The derivative of J' v along w, v and J without consensus: (d_w J)' v + J' (J w).
    fn pulled_field_times(
        &self,
        at: &Joint<T>,
        w: &Joint<T>,
        jw: &Joint<T>,
        batch: &GanBatch<T>,
    ) -> Result<Joint<T>, GanError> {
        let only_consensus =
            self.active_terms(batch.step).iter().all(|(term, _)| matches!(term, Term::Consensus { .. }));
        if !only_consensus {
            return self.pulled_field_difference(at, w, batch);
        }
        let mut out = self.additive_transposed(at, jw, batch)?;
        let v = self.additive_field(at, batch)?;
        let scene = Scene::new(self, at, batch)?;
        let w = scene.tangents(w)?;
        for player in Player::BOTH {
            let u = scene.tangents(&v.only(player))?;
            if set_of(&u, INNER) == 0 {
                continue;
            }
            out.add_scaled(-1.0, &scene.joint(scene.base(player, &u, &w)?)?);
        }
        Ok(out)
    }

    /// The same by central differences of order six.
    fn pulled_field_difference(
        &self,
        at: &Joint<T>,
        w: &Joint<T>,
        batch: &GanBatch<T>,
    ) -> Result<Joint<T>, GanError> {
        difference::along(at, w, |moved| {
            let v = self.additive_field(moved, batch)?;
            self.additive_transposed(moved, &v, batch)
        })
    }
}

/// `direction` where any part moves, else the empty set.
fn set_of(parts: &Parts, direction: usize) -> usize {
    if parts.iter().any(Option::is_some) { direction } else { 0 }
}

fn add_parts(a: Parts, b: Parts) -> TensorResult<Parts> {
    let [a0, a1] = a;
    let [b0, b1] = b;
    let add = |a: Option<Tensor>, b: Option<Tensor>| match (a, b) {
        (Some(a), Some(b)) => a.add(&b).map(Some),
        (a, b) => Ok(a.or(b)),
    };
    Ok([add(a0, b0)?, add(a1, b1)?])
}

fn scale_parts(parts: Parts, by: f64) -> TensorResult<Parts> {
    let [d, g] = parts;
    let scale = |p: Option<Tensor>| p.map(|p| p.affine(by, 0.0)).transpose();
    Ok([scale(d)?, scale(g)?])
}
