//! Gradients by either player and products of the Jacobian, by tangent passes on candle's tape.
//!
//! Exact: every loss, every regulariser added to a loss (their tangents depend on theta and are differentiated
//! too), and consensus on unregularised losses. By central differences of exact products: the Jacobian of
//! consensus on top of other regularisers, where a third order of tangents would be needed.

use super::Linearized;
use super::gan::{Gan, GanBatch, GanError, Pass};
use super::joint::{Joint, Player};
use super::objective::{Curve, Terms};
use super::regularizer::{Penalty, PenaltyPoints, Term};
use crate::nn::label::labels_of;
use crate::nn::tape::{Jet, Pointwise, forward};
use crate::random::Chance;
use crate::scalar::Scalar;
use candle_core::{DType, Device, Result as TensorResult, Tensor, Var};

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

/// The point as tape variables, and the batch as tensors.
struct Scene<'a, T> {
    gan: &'a Gan<T>,
    theta: [Var; 2],
    x: Tensor,
    z: Tensor,
    mix: Tensor,
    chance: Option<Chance>,
    /// The labels of the real and the generated samples, `[rows, 1]`.
    labels: Option<[Tensor; 2]>,
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
        let norm = |v: &Joint<T>| v.flat().iter().map(|x| x.f64() * x.f64()).sum::<f64>().sqrt();
        let h = T::difference_step() / norm(w).max(f64::MIN_POSITIVE);
        let mut out = Joint::zeros(at.sizes());
        for (steps, weight) in
            [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)].iter().flat_map(|(s, w)| [(*s, *w), (-s, -w)])
        {
            let mut moved = at.clone();
            moved.add_scaled(steps * h, w);
            let v = self.additive_field(&moved, batch)?;
            out.add_scaled(weight / (60.0 * h), &self.additive_transposed(&moved, &v, batch)?);
        }
        Ok(out)
    }
}

impl<'a, T: Scalar> Scene<'a, T> {
    fn new(gan: &'a Gan<T>, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Self, GanError> {
        let device = &gan.device;
        let rows = gan.rows_of(batch);
        let dim = gan.data_dim();
        let label = |rows: &[T], width: usize| {
            let labels: Vec<T> = labels_of(rows, width).collect();
            Tensor::from_slice(&labels, (labels.len(), 1), device)
        };
        let var = |theta: &[T]| Var::from_tensor(&Tensor::from_slice(theta, theta.len(), device)?);
        Ok(Scene {
            gan,
            theta: [var(&at.d)?, var(&at.g)?],
            x: Tensor::from_slice(&batch.x, (rows, gan.row()), device)?.narrow(1, 0, dim)?,
            z: Tensor::from_slice(&batch.z, (rows, gan.generator.inputs()), device)?,
            mix: Tensor::from_slice(&batch.mix, (rows, 1), device)?,
            chance: batch.chance,
            labels: gan
                .labelled()
                .then_some([label(&batch.x, gan.row())?, label(&batch.z, gan.generator.inputs())?]),
        })
    }

    /// A vector as tensors; a part of zeros is left out.
    fn tangents(&self, w: &Joint<T>) -> Result<Parts, GanError> {
        let part = |w: &[T]| -> TensorResult<Option<Tensor>> {
            if w.iter().all(|w| *w == T::ZERO) {
                return Ok(None);
            }
            Tensor::from_slice(w, w.len(), &self.gan.device).map(Some)
        };
        Ok([part(&w.d)?, part(&w.g)?])
    }

    fn joint(&self, parts: Parts) -> Result<Joint<T>, GanError> {
        let mut out = Joint::zeros([self.theta[0].elem_count(), self.theta[1].elem_count()]);
        for (player, part) in Player::BOTH.into_iter().zip(parts) {
            if let Some(part) = part {
                out[player] = part.to_device(&Device::Cpu)?.to_vec1::<T>()?;
            }
        }
        Ok(out)
    }

    /// A player's parameters moving along `inner` and `outer`, and along `both` at once.
    fn parameters(
        &self,
        player: Player,
        inner: Option<Tensor>,
        outer: Option<Tensor>,
        both: Option<Tensor>,
    ) -> Jet {
        Jet::new(self.theta[player as usize].as_tensor().clone(), 2)
            .with(INNER, inner)
            .with(OUTER, outer)
            .with(INNER | OUTER, both)
    }

    /// The generated samples.
    fn fake(&self, g: &Jet) -> TensorResult<Jet> {
        let chance = Pass::Generator.on(self.chance).chance;
        forward(&self.gan.generator, g, &Jet::new(self.z.clone(), 2), chance)
    }

    /// Logits of packs in one of the discriminator's passes.
    fn judge(&self, pass: Pass, d: &Jet, x: &Jet) -> TensorResult<Jet> {
        forward(&self.gan.discriminator, d, x, pass.on(self.chance).chance)
    }

    /// Samples as the discriminator takes them: in packs, or with labels, which in all passes but one are the real ones'.
    fn pack(&self, x: &Jet, pass: Pass) -> TensorResult<Jet> {
        let Some([real, fake]) = &self.labels else {
            let width = self.gan.discriminator.inputs();
            return x.map(|x| x.reshape(((), width)));
        };
        let labels = if pass == Pass::Fake { fake } else { real };
        let still = labels.zeros_like()?;
        let shown = x.map(|x| Tensor::cat(&[x, &still], 1))?;
        let column = Tensor::cat(&[&x.value()?.zeros_like()?, labels], 1)?;
        shown.add(&Jet::new(column, 2))
    }

    /// One player's unregularised loss as a jet of the parameters.
    fn loss(&self, of: Player, d: &Jet, g: &Jet) -> TensorResult<Jet> {
        let fake = self.judge(Pass::Fake, d, &self.pack(&self.fake(g)?, Pass::Fake)?)?;
        let real = self.judge(Pass::Real, d, &self.pack(&Jet::new(self.x.clone(), 2), Pass::Real)?)?;
        match self.gan.losses.of(of) {
            Terms::Separate { real: a, fake: b } => real.apply(a)?.add(&fake.apply(b)?)?,
            Terms::Paired(c) => real.sub(&fake)?.apply(c)?,
        }
        .map(|l| l.mean_all())
    }

    /// The gradient by both players of the loss's mixed derivative along `inner` and `outer` (whichever are given).
    fn base(&self, of: Player, inner: &Parts, outer: &Parts) -> TensorResult<Parts> {
        let moved =
            |p: Player| self.parameters(p, inner[p as usize].clone(), outer[p as usize].clone(), None);
        let loss = self.loss(of, &moved(Player::Discriminator), &moved(Player::Generator))?;
        self.backward(&loss, set_of(inner, INNER) | set_of(outer, OUTER))
    }

    /// The gradient by both players of one part of a jet.
    fn backward(&self, jet: &Jet, set: usize) -> TensorResult<Parts> {
        let Some(part) = jet.part(set) else { return Ok([None, None]) };
        let grads = part.backward()?;
        Ok([0, 1].map(|p| grads.get(self.theta[p].as_tensor()).cloned()))
    }

    /// grad ‖s‖^2 with s = grad_of loss_of: the gradient of the loss's derivative along 2 s, s held; along w also
    /// that of its derivative along 2 d_w s.
    fn gradient_norm(&self, of: Player, w: &Parts) -> TensorResult<Parts> {
        let twice = |part: &Parts| part[of as usize].as_ref().map(|s| s.affine(2.0, 0.0)).transpose();
        let s = twice(&self.base(of, &[None, None], &[None, None])?)?;
        let outer = set_of(w, OUTER);
        let s_dot = if outer == 0 { None } else { twice(&self.base(of, &[None, None], w)?)? };
        let moved = |p: Player| {
            let own = |part: &Option<Tensor>| if p == of { part.clone() } else { None };
            self.parameters(p, own(&s), w[p as usize].clone(), own(&s_dot))
        };
        let loss = self.loss(of, &moved(Player::Discriminator), &moved(Player::Generator))?;
        self.backward(&loss, INNER | outer)
    }

    /// The points of a penalty as a jet along w.
    fn penalty_points(&self, points: PenaltyPoints, g: &Jet) -> TensorResult<Jet> {
        let real = Jet::new(self.x.clone(), 2);
        let fake = || self.fake(g);
        match points {
            PenaltyPoints::Real => Ok(real),
            PenaltyPoints::Fake => fake(),
            PenaltyPoints::Mixed => {
                let rest = self.mix.affine(-1.0, 1.0)?;
                let real = real.map(|x| x.broadcast_mul(&self.mix))?;
                real.add(&fake()?.map(|x| x.broadcast_mul(&rest))?)
            }
        }
    }

    /// grad E (‖g‖ - c)^2 with g = grad_x D: the gradient of D's derivative along u(g) on the input, u held; along w
    /// also that of its derivative along d_w u.
    fn input_penalty(&self, penalty: Penalty, w: &Parts) -> TensorResult<Parts> {
        let outer = set_of(w, OUTER);
        let [w_d, w_g] = w.clone();
        let d = self.parameters(Player::Discriminator, None, w_d, None);
        let g = self.parameters(Player::Generator, None, w_g, None);
        let pass = penalty.points.pass();
        let x = self.pack(&self.penalty_points(penalty.points, &g)?, pass)?;

        let still = Var::from_tensor(&x.value()?.detach())?;
        let moving = x.part(OUTER).map(|t| t.detach());
        let probe = Jet::new(still.as_tensor().clone(), 2).with(OUTER, moving);
        let logits = self.judge(pass, &d, &probe)?;
        let slope = |set: usize| -> TensorResult<Option<Tensor>> {
            let Some(part) = logits.part(set) else { return Ok(None) };
            Ok(part.sum_all()?.backward()?.get(still.as_tensor()).cloned())
        };
        let Some(slope_now) = slope(0)? else { return Ok([None, None]) };
        let slope_dot = if outer == 0 { None } else { slope(outer)? };
        let (u, u_dot) = penalty_direction(penalty, &slope_now, slope_dot.as_ref())?;

        let x = x.with(INNER, Some(u)).with(INNER | OUTER, u_dot);
        let mean = self.judge(pass, &d, &x)?.map(|l| l.mean_all())?;
        self.backward(&mean, INNER | outer)
    }

    /// grad ‖theta‖^2 / 2 of one player, or its derivative along w.
    fn decay(&self, player: Player, w: &Parts) -> TensorResult<Parts> {
        let moving = set_of(w, OUTER) != 0;
        let mut out = [None, None];
        out[player as usize] = match moving {
            true => w[player as usize].clone(),
            false => Some(self.theta[player as usize].as_tensor().detach()),
        };
        Ok(out)
    }
}

/// u = factor(‖g‖) g for each row, and its derivative along a direction in which g moves by g_dot.
fn penalty_direction(
    penalty: Penalty,
    g: &Tensor,
    g_dot: Option<&Tensor>,
) -> TensorResult<(Tensor, Option<Tensor>)> {
    let rows = |t: &Tensor| t.to_dtype(DType::F64)?.to_device(&Device::Cpu)?.to_vec2::<f64>();
    let like = |rows: Vec<Vec<f64>>| {
        Tensor::from_vec(rows.concat(), g.shape(), &Device::Cpu)?.to_dtype(g.dtype())?.to_device(g.device())
    };
    let gs = rows(g)?;
    let norms: Vec<f64> = gs.iter().map(|g| g.iter().map(|x| x * x).sum::<f64>().sqrt()).collect();
    let scaled = |by: f64, row: &[f64]| row.iter().map(|x| by * x).collect::<Vec<f64>>();
    let u = gs.iter().zip(&norms).map(|(g, n)| scaled(penalty.factor(*n), g)).collect();
    let Some(g_dot) = g_dot else { return Ok((like(u)?, None)) };
    let mut u_dot = Vec::with_capacity(gs.len());
    for ((g, dot), norm) in gs.iter().zip(rows(g_dot)?).zip(&norms) {
        let inner: f64 = g.iter().zip(&dot).map(|(a, b)| a * b).sum();
        let (still, turning) = (penalty.factor(*norm), penalty.factor_dot(*norm, inner));
        u_dot.push(g.iter().zip(&dot).map(|(g, dot)| still * dot + turning * g).collect());
    }
    Ok((like(u)?, Some(like(u_dot)?)))
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
