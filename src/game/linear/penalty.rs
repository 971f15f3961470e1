//! Penalties on the discriminator's gradient by its input, on one chunk of rows.
//!
//! With g = grad_x D row by row and u = factor(‖g‖) g, the gradient of E (‖g‖ - c)^2 is that of the derivative of
//! E D along u on the input, u held. Along an outer direction u moves with g.

use super::super::joint::Player;
use super::super::regularizer::{Penalty, PenaltyPoints};
use super::play::{Play, Sums, shift};
use super::setting::{Rows, Setting, Workspace};
use crate::nn::fused::jet::{Back, Dual, Moves, Net, Part, Still, Wanted};
use crate::scalar::{Scalar, norm};

const D: usize = Player::Discriminator as usize;
const G: usize = Player::Generator as usize;

/// The passes of a penalty.
pub struct Penalized<T> {
    penalty: Penalty,
    /// D at the points, for its gradient.
    probe: Still<T>,
    probe_back: Back<T>,
    /// D at the points moving along u.
    walk: Still<T>,
    walk_back: Back<T>,
    /// How far each point moves with the sample that the generator makes of its row; none where points stay.
    follow: Option<Vec<T>>,
    generator: Back<T>,
}

impl<T: Scalar> Penalized<T> {
    /// The passes of `weight` times a penalty summed over the chunk's logits.
    pub fn new(nets: &[Net<T>; 2], play: &Play<T>, rows: Rows<T>, penalty: Penalty, weight: f64) -> Self {
        let fake = play.generator.output.value.get().unwrap_or_default();
        let follow = match penalty.points {
            PenaltyPoints::Real => None,
            PenaltyPoints::Fake => Some(vec![T::ONE; rows.mix.len()]),
            PenaltyPoints::Mixed => Some(rows.mix.iter().map(|m| T::ONE - *m).collect()),
        };
        let points = match penalty.points {
            PenaltyPoints::Real => rows.x.to_vec(),
            PenaltyPoints::Fake => fake.to_vec(),
            PenaltyPoints::Mixed => {
                let dim = rows.x.len() / rows.mix.len();
                let between = |(i, (x, g)): (usize, (&T, &T))| {
                    let m = rows.mix[i / dim];
                    m * *x + (T::ONE - m) * *g
                };
                rows.x.iter().zip(fake).enumerate().map(between).collect()
            }
        };
        let mut x = Dual::of(points);
        let probe = Still::forward(&nets[D], &x);
        let logits = probe.output.value.get().map_or(0, <[T]>::len);
        let probe_back = probe.backward(&nets[D], &Dual::of(vec![T::ONE; logits]), true);
        let mut u = probe_back.input.value.get().unwrap_or_default().to_vec();
        for g in u.chunks_exact_mut(nets[D].shape.mlp.inputs()) {
            let by = T::of(penalty.factor(norm(g)));
            g.iter_mut().for_each(|g| *g *= by);
        }
        x.inner = Part::of(u);
        let walk = Still::forward(&nets[D], &x);
        let bar = Dual::of(vec![T::of(weight); logits]);
        let mut walk_back = walk.backward(&nets[D], &bar, follow.is_some());
        shift(&mut walk_back.input);
        let mut x_bar = Dual::default();
        if let Some(follow) = &follow {
            let dim = rows.x.len() / rows.mix.len();
            x_bar.add_times(&spread(follow, dim), &walk_back.input, dim);
        }
        let generator = play.generator.backward(&nets[G], &x_bar, false);
        Penalized { penalty, probe, probe_back, walk, walk_back, follow, generator }
    }

    /// Adds the gradient of the penalty to the players' sums.
    pub fn gradient(&self, nets: &[Net<T>; 2], play: &Play<T>, sums: [Option<&mut [T]>; 2]) {
        let [d, g] = sums;
        if let Some(d) = d {
            self.walk.gradient(&nets[D], &self.walk_back, Wanted::Inner, d);
        }
        if let Some(g) = g {
            play.generator.gradient(&nets[G], &self.generator, Wanted::Value, g);
        }
    }

    /// Adds the derivative of the gradient along outer directions, which `work` holds for the generator.
    pub fn moving(
        &self,
        setting: &Setting<T>,
        (nets, play): (&[Net<T>; 2], &Play<T>),
        moves: &[Moves<T>; 2],
        work: &mut Workspace<T>,
        sums: Sums<T>,
    ) {
        let [d, g] = sums;
        let count = moves[D].directions;
        let dim = setting.gan.data_dim();
        let rest = Dual::default();
        let Workspace { generator, probe, x, x_bar, .. } = work;
        x.clear();
        let follow = self.follow.as_ref().map(|follow| spread(follow, dim));
        if let Some(follow) = &follow {
            x_bar.clear();
            x_bar.add_times(follow, &generator.output, dim);
            setting.pack(x_bar, count, x);
        }
        probe.forward(&nets[D], &self.probe, &moves[D], x);
        probe.backward(&nets[D], (&self.probe, &self.probe_back), &moves[D], &rest, None, true);
        self.turn(&probe.input_bar, setting.gan.discriminator.inputs(), &mut x.inner);
        probe.forward(&nets[D], &self.walk, &moves[D], x);
        let follows = follow.filter(|_| g.is_some());
        let grads = d.map(|d| (d, Wanted::Inner));
        let walk = (&self.walk, &self.walk_back);
        probe.backward(&nets[D], walk, &moves[D], &rest, grads, follows.is_some());
        let (Some(g), Some(follow)) = (g, follows) else { return };
        shift(&mut probe.input_bar);
        setting.unpack(&probe.input_bar, count, x);
        x_bar.clear();
        x_bar.add_times(&follow, x, dim);
        let grads = Some((g, Wanted::Value));
        generator.backward(&nets[G], (&play.generator, &self.generator), &moves[G], x_bar, grads, false);
    }

    /// The derivatives of u, given those of g.
    fn turn(&self, moving: &Dual<T>, width: usize, u: &mut Part<T>) {
        u.clear();
        let (Some(g), Some(dots)) = (self.probe_back.input.value.get(), moving.value.get()) else { return };
        let count = dots.len() / g.len();
        let u = u.overwrite(dots.len());
        let rows = u.chunks_exact_mut(count * width).zip(dots.chunks_exact(count * width));
        for ((u, dots), g) in rows.zip(g.chunks_exact(width)) {
            let norm = norm(g);
            let still = T::of(self.penalty.factor(norm));
            for (u, dot) in u.chunks_exact_mut(width).zip(dots.chunks_exact(width)) {
                let inner = g.iter().zip(dot).map(|(g, dot)| g.f64() * dot.f64()).sum();
                let turning = T::of(self.penalty.factor_dot(norm, inner));
                for ((u, g), dot) in u.iter_mut().zip(g).zip(dot) {
                    *u = still * *dot + turning * *g;
                }
            }
        }
    }
}

/// One number for each row, for each coordinate of the data.
fn spread<T: Scalar>(rows: &[T], dim: usize) -> Dual<T> {
    Dual::of(rows.iter().flat_map(|x| std::iter::repeat_n(*x, dim)).collect())
}
