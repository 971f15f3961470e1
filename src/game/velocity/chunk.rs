//! The passes over one chunk of a batch's rows: what they read, their buffers, and what they add to their sums.

use super::super::batch::Pass;
use super::super::gan::Gan;
use super::super::joint::{Joint, Player, add};
use super::super::objective::Terms;
use super::super::regularizer::{Penalty, PenaltyPoints};
use super::super::view::{Place, View};
use crate::nn::NetworkPass;
use crate::nn::fused::Cotangents;
use crate::scalar::Scalar;

/// Buffers of one chunk of rows.
pub struct Chunk<T> {
    pub(super) generator: Box<dyn NetworkPass<T>>,
    real: Box<dyn NetworkPass<T>>,
    fake: Box<dyn NetworkPass<T>>,
    mixed: Box<dyn NetworkPass<T>>,
    /// How the discriminator is shown generated samples, and real ones.
    view: View<T>,
    real_view: View<T>,
    /// Sums of the chunk: gradients of both players.
    pub(super) grads: Joint<T>,
    /// Cotangent of the generated samples.
    x_bar: Vec<T>,
    /// Losses of the chunk, summed over its logits.
    pub(super) sums: [f64; 2],
}

/// The rows of a batch that a chunk sees.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, T> {
    pub x: &'a [T],
    pub z: &'a [T],
    pub mix: &'a [T],
    pub place: Place,
}

/// A direction for a squared gradient norm: 2 strength grad_of loss_of.
pub(super) struct NormTerm<T> {
    pub of: Player,
    pub direction: Vec<T>,
}

/// Where a chunk computes: the point, and 1 / (number of logits of the batch).
#[derive(Clone, Copy)]
pub(super) struct At<'a, T> {
    pub theta: &'a Joint<T>,
    pub share: f64,
}

/// Cotangents of one side's logits and of their tangents.
struct Bars<T> {
    value: Vec<T>,
    dot: Vec<T>,
}

impl<T: Scalar> Chunk<T> {
    pub(super) fn new(gan: &Gan<T>) -> Self {
        let d = || gan.discriminator.pass(gan.kernels);
        Chunk {
            generator: gan.generator.pass(gan.kernels),
            real: d(),
            fake: d(),
            mixed: d(),
            view: View::plain(gan),
            real_view: View::plain(gan),
            grads: Joint::zeros([gan.discriminator.parameters(), gan.generator.parameters()]),
            x_bar: Vec::new(),
            sums: [0.0; 2],
        }
    }

    pub(super) fn clear(&mut self, player: Player) {
        self.grads[player].fill(T::ZERO);
        self.x_bar.clear();
        self.x_bar.resize(self.generator.output().len(), T::ZERO);
    }

    pub(super) fn forward(&mut self, gan: &Gan<T>, at: At<T>, rows: Rows<T>, needs_real: bool) {
        self.generate(&at.theta.g, rows);
        self.judge(gan, at, rows, needs_real);
    }

    /// The generator's part of `forward`.
    pub(super) fn generate(&mut self, g: &[T], rows: Rows<T>) {
        self.generator.forward_with(g, rows.z, Pass::Generator.on(rows.place.chance));
    }

    /// The discriminator's part of `forward`, on samples that are there.
    pub(super) fn judge(&mut self, gan: &Gan<T>, at: At<T>, rows: Rows<T>, needs_real: bool) {
        self.view.draw(&gan.showing, Pass::Fake, rows.place, rows.mix.len());
        let shown = self.view.show(self.generator.output(), rows.z);
        self.fake.forward_with(&at.theta.d, &shown, Pass::Fake.on(rows.place.chance));
        if needs_real {
            self.real_view.draw(&gan.showing, Pass::Real, rows.place, rows.mix.len());
            let shown = self.real_view.show_real(rows.x);
            self.real.forward_with(&at.theta.d, &shown, Pass::Real.on(rows.place.chance));
        }
    }

    pub(super) fn forward_mixed(&mut self, at: At<T>, rows: Rows<T>) {
        // With the labels of the real ends.
        let fake = self.view.show(self.generator.output(), rows.x);
        let real = self.real_view.show_real(rows.x);
        let dim = real.len() / rows.mix.len();
        let between = |(i, (x, g)): (usize, (&T, &T))| {
            let m = rows.mix[i / dim];
            m * *x + (T::ONE - m) * *g
        };
        let mut points: Vec<T> = real.iter().zip(&fake[..]).enumerate().map(between).collect();
        self.view.relabel(&mut points, &real);
        self.mixed.forward_with(&at.theta.d, &points, Pass::Mixed.on(rows.place.chance));
    }

    /// The sum of a loss over the chunk's logits.
    pub(super) fn loss(&self, terms: &Terms) -> f64 {
        self.pairs().map(|[real, fake]| terms.value(real, fake)).sum()
    }

    /// The logits, real and fake, pair by pair; real ones are 0 where no forward pass made them.
    fn pairs(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let real = self.real.output();
        let fake = self.fake.output().iter().enumerate();
        fake.map(move |(i, fake)| [real.get(i).map_or(0.0, |r| r.f64()), fake.f64()])
    }

    /// Adds the unregularised gradient of a player's loss: that by the discriminator to its sums, that by the samples to
    /// their cotangent, each where it is wanted.
    pub(super) fn base(&mut self, gan: &Gan<T>, at: At<T>, of: Player, [by_d, by_x]: [bool; 2]) {
        let terms = gan.losses.of(of);
        let slopes: Vec<[f64; 2]> = self.pairs().map(|[r, f]| terms.slopes(r, f)).collect();
        let bar = |side: usize| -> Vec<T> { slopes.iter().map(|s| T::of(s[side] * at.share)).collect() };
        if by_d && terms.has_real() {
            self.real.backward(&at.theta.d, &bar(0), Some(&mut self.grads.d), None);
        }
        let grads = Some(&mut self.grads.d[..]).filter(|_| by_d);
        if by_x {
            let mut shown = self.view.shown(&self.x_bar);
            self.fake.backward(&at.theta.d, &bar(1), grads, Some(&mut shown));
            add(&self.view.pull(&shown), &mut self.x_bar);
        } else {
            self.fake.backward(&at.theta.d, &bar(1), grads, None);
        }
    }

    /// Adds the generator's gradient to its sums from the cotangent of the samples.
    pub(super) fn pull_generator(&mut self, at: At<T>) {
        self.generator.backward(&at.theta.g, &self.x_bar, Some(&mut self.grads.g), None);
    }

    /// Adds the gradient of the derivative of loss_d along a direction of the discriminator: by the discriminator to its
    /// sums, by the samples to their cotangent. It is minus J' of the unregularised field times (direction, 0).
    pub(super) fn bend(&mut self, gan: &Gan<T>, at: At<T>, direction: &[T]) {
        let bars = self.along(gan, at, Player::Discriminator, direction);
        let mut samples = [(); 2].map(|()| self.view.shown(&self.x_bar));
        self.pull_discriminator(gan.losses.d.has_real(), at, Some(direction), &bars, Some(&mut samples));
        add(&self.view.pull(&samples[0]), &mut self.x_bar);
    }

    /// Adds the gradient of a squared gradient norm by the paying player.
    pub(super) fn gradient_norm(&mut self, gan: &Gan<T>, at: At<T>, payer: Player, norm: &NormTerm<T>) {
        let bars = self.along(gan, at, norm.of, &norm.direction);
        let theta_dot = Some(&norm.direction[..]).filter(|_| norm.of == Player::Discriminator);
        if payer == Player::Discriminator {
            let has_real = gan.losses.of(norm.of).has_real();
            self.pull_discriminator(has_real, at, theta_dot, &bars, None);
            return;
        }
        let mut shown = [(); 2].map(|()| self.view.shown(&self.x_bar));
        let [value, dot] = &mut shown;
        let samples = Some((&mut value[..], &mut dot[..]));
        self.fake.backward_tangent(&at.theta.d, theta_dot, bars[1].cotangents(), None, samples);
        let [x_bar, x_dot_bar] = shown.each_ref().map(|shown| self.view.pull(shown));
        if norm.of == Player::Discriminator {
            add(&x_bar, &mut self.x_bar);
        } else {
            let bars = Cotangents { value: &x_bar, dot: &x_dot_bar };
            let grads = Some(&mut self.grads.g[..]);
            self.generator.backward_tangent(&at.theta.g, Some(&norm.direction), bars, grads, None);
        }
    }

    /// Pushes a direction of one player through the networks. Returns the cotangents, on the real and the fake side, of
    /// the derivative of that player's loss along it.
    fn along(&mut self, gan: &Gan<T>, at: At<T>, of: Player, direction: &[T]) -> [Bars<T>; 2] {
        let terms = gan.losses.of(of);
        let theta = &at.theta.d;
        let real_moves = of == Player::Discriminator && terms.has_real();
        match of {
            Player::Discriminator => self.fake.tangent(theta, Some(direction), None),
            Player::Generator => {
                self.generator.tangent(&at.theta.g, Some(direction), None);
                let moved = self.view.push(self.generator.output_dot());
                self.fake.tangent(theta, None, Some(&moved));
            }
        }
        if real_moves {
            self.real.tangent(theta, Some(direction), None);
        }
        let real_dots: Vec<f64> = self.real.output_dot().iter().map(|v| v.f64()).collect();
        let fake_dots = self.fake.output_dot().iter().enumerate();
        let dots = fake_dots.map(|(i, f)| [if real_moves { real_dots[i] } else { 0.0 }, f.f64()]);
        let mut bars = [(); 2].map(|()| Bars { value: Vec::new(), dot: Vec::new() });
        for (pair, dots) in self.pairs().zip(dots) {
            let (values, slopes) = (terms.bends(pair, dots), terms.slopes(pair[0], pair[1]));
            for (bars, (value, slope)) in bars.iter_mut().zip(values.into_iter().zip(slopes)) {
                bars.value.push(T::of(value * at.share));
                bars.dot.push(T::of(slope * at.share));
            }
        }
        bars
    }

    /// Adds the discriminator's part of what `along` left to its sums, and writes the cotangents of the samples and of
    /// their tangents where they are wanted. A generator's direction moves no real logit.
    fn pull_discriminator(
        &mut self,
        has_real: bool,
        at: At<T>,
        theta_dot: Option<&[T]>,
        [real, fake]: &[Bars<T>; 2],
        samples: Option<&mut [Vec<T>; 2]>,
    ) {
        let theta = &at.theta.d;
        let grads = &mut self.grads.d;
        if has_real && theta_dot.is_some() {
            self.real.backward_tangent(theta, theta_dot, real.cotangents(), Some(grads), None);
        } else if has_real {
            self.real.backward(theta, &real.value, Some(grads), None);
        }
        let samples = samples.map(|[value, dot]| (&mut value[..], &mut dot[..]));
        self.fake.backward_tangent(theta, theta_dot, fake.cotangents(), Some(grads), samples);
    }

    /// Adds the discriminator's gradient of a penalty on its gradient by its input.
    pub(super) fn input_penalty(&mut self, at: At<T>, rows: Rows<T>, penalty: Penalty, strength: f64) {
        let pass = match penalty.points {
            PenaltyPoints::Real => &mut self.real,
            PenaltyPoints::Fake => &mut self.fake,
            PenaltyPoints::Mixed => &mut self.mixed,
        };
        let ones = vec![T::ONE; pass.output().len()];
        let zeros = vec![T::ZERO; ones.len()];
        let mut direction = vec![T::ZERO; rows.x.len()];
        pass.backward(&at.theta.d, &ones, None, Some(&mut direction));
        let dim = direction.len() / ones.len();
        for g in direction.chunks_exact_mut(dim) {
            let norm = g.iter().map(|g| g.f64() * g.f64()).sum::<f64>().sqrt();
            let by = T::of(strength * at.share * penalty.factor(norm));
            g.iter_mut().for_each(|g| *g *= by);
        }
        pass.tangent(&at.theta.d, None, Some(&direction));
        let bars = Cotangents { value: &zeros, dot: &ones };
        pass.backward_tangent(&at.theta.d, None, bars, Some(&mut self.grads.d), None);
    }
}

impl<T> Bars<T> {
    fn cotangents(&self) -> Cotangents<'_, T> {
        Cotangents { value: &self.value, dot: &self.dot }
    }
}
