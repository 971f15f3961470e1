//! A game on candle's tape at a point and a batch: its losses and regularisers, differentiated.

use super::super::batch::{GanBatch, Pass};
use super::super::gan::{Gan, GanError};
use super::super::joint::{Joint, Player};
use super::super::lens::Lens;
use super::super::objective::Terms;
use super::super::regularizer::{Penalty, PenaltyPoints};
use super::{INNER, OUTER, Parts, set_of};
use crate::nn::label::labels_of;
use crate::nn::tape::{Jet, forward};
use crate::random::Chance;
use crate::scalar::Scalar;
use candle_core::{DType, Device, Result as TensorResult, Tensor, Var};

/// The point as tape variables, and the batch as tensors.
pub(super) struct Scene<'a, T> {
    gan: &'a Gan<T>,
    theta: [Var; 2],
    x: Tensor,
    z: Tensor,
    mix: Tensor,
    chance: Option<Chance>,
    /// The labels of the real and the generated samples, `[rows, 1]`.
    labels: Option<[Tensor; 2]>,
    /// How the real and the generated samples are shown.
    lenses: [Lens; 2],
}

impl<'a, T: Scalar> Scene<'a, T> {
    pub(super) fn new(gan: &'a Gan<T>, at: &Joint<T>, batch: &GanBatch<T>) -> Result<Self, GanError> {
        let device = &gan.device;
        let rows = gan.rows_of(batch);
        let dim = gan.data_dim();
        let label = |rows: &[T], width: usize| {
            let labels: Vec<T> = labels_of(rows, width).collect();
            Tensor::from_slice(&labels, (labels.len(), 1), device)
        };
        let labels = match gan.labelled() {
            true => Some([label(&batch.x, gan.row())?, label(&batch.z, gan.generator.inputs())?]),
            false => None,
        };
        let lens = |pass| Lens::new(&gan.view(pass, batch), gan.showing.augmentation.as_ref(), dim, device);
        let var = |theta: &[T]| Var::from_tensor(&Tensor::from_slice(theta, theta.len(), device)?);
        Ok(Scene {
            gan,
            theta: [var(&at.d)?, var(&at.g)?],
            x: Tensor::from_slice(&batch.x, (rows, gan.row()), device)?.narrow(1, 0, dim)?,
            z: Tensor::from_slice(&batch.z, (rows, gan.generator.inputs()), device)?,
            mix: Tensor::from_slice(&batch.mix, (rows, 1), device)?,
            chance: batch.chance,
            labels,
            lenses: [lens(Pass::Real)?, lens(Pass::Fake)?],
        })
    }

    /// A vector as tensors; a part of zeros is left out.
    pub(super) fn tangents(&self, w: &Joint<T>) -> Result<Parts, GanError> {
        let part = |w: &[T]| -> TensorResult<Option<Tensor>> {
            if w.iter().all(|w| *w == T::ZERO) {
                return Ok(None);
            }
            Tensor::from_slice(w, w.len(), &self.gan.device).map(Some)
        };
        Ok([part(&w.d)?, part(&w.g)?])
    }

    pub(super) fn joint(&self, parts: Parts) -> Result<Joint<T>, GanError> {
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

    /// The real samples, as they are shown.
    fn real(&self) -> TensorResult<Jet> {
        self.lenses[0].show(&Jet::new(self.x.clone(), 2))
    }

    /// The generated samples, as they are shown.
    fn fake(&self, g: &Jet) -> TensorResult<Jet> {
        let chance = Pass::Generator.on(self.chance).chance;
        self.lenses[1].show(&forward(&self.gan.generator, g, &Jet::new(self.z.clone(), 2), chance)?)
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
        let real = self.judge(Pass::Real, d, &self.pack(&self.real()?, Pass::Real)?)?;
        match self.gan.losses.of(of) {
            Terms::Separate { real: a, fake: b } => real.apply(a)?.add(&fake.apply(b)?)?,
            Terms::Paired(c) => real.sub(&fake)?.apply(c)?,
        }
        .map(|l| l.mean_all())
    }

    /// The gradient by both players of the loss's mixed derivative along `inner` and `outer` (whichever are given).
    pub(super) fn base(&self, of: Player, inner: &Parts, outer: &Parts) -> TensorResult<Parts> {
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
    pub(super) fn gradient_norm(&self, of: Player, w: &Parts) -> TensorResult<Parts> {
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
        match points {
            PenaltyPoints::Real => self.real(),
            PenaltyPoints::Fake => self.fake(g),
            PenaltyPoints::Mixed => {
                let rest = self.mix.affine(-1.0, 1.0)?;
                let real = self.real()?.map(|x| x.broadcast_mul(&self.mix))?;
                real.add(&self.fake(g)?.map(|x| x.broadcast_mul(&rest))?)
            }
        }
    }

    /// grad E (‖g‖ - c)^2 with g = grad_x D: the gradient of D's derivative along u(g) on the input, u held; along w
    /// also that of its derivative along d_w u.
    pub(super) fn input_penalty(&self, penalty: Penalty, w: &Parts) -> TensorResult<Parts> {
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
    pub(super) fn decay(&self, player: Player, w: &Parts) -> TensorResult<Parts> {
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
