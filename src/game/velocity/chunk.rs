//! The passes over one chunk of a batch's rows: what they read, their buffers, and what they add to their sums.

use super::super::batch::Pass;
use super::super::gan::Gan;
use super::super::joint::{Joint, Player, add};
use super::super::objective::Terms;
use super::super::regularizer::{Penalty, PenaltyPoints};
use super::super::view::{Place, View};
use crate::nn::NetworkPass;
use crate::nn::fused::{Cotangents, Prepared};
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
    grads: Joint<T>,
    /// Whose gradients hold nothing yet; what they were last is still there.
    blank: [bool; 2],
    /// Cotangent of the generated samples.
    x_bar: Vec<T>,
    /// Cotangents of the logits: real, fake.
    bars: [Bars<T>; 2],
    /// Cotangents of what is shown of the generated samples, and of its tangent.
    shown: [Vec<T>; 2],
}

/// The rows of a batch that a chunk sees.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, T> {
    pub x: &'a [T],
    pub z: &'a [T],
    pub mix: &'a [T],
    pub place: Place,
}

/// What the passes behind a forward pass need of it.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    /// Real logits.
    pub real: bool,
    /// The generator's tangent.
    pub generator_moves: bool,
}

impl Needs {
    pub(super) const ALL: Self = Needs { real: true, generator_moves: true };
}

/// A direction of one player's parameters, for the derivative of its loss along it: for a squared gradient norm 2 strength
/// grad_of loss_of.
pub(super) struct NormTerm<T> {
    pub of: Player,
    pub direction: Vec<T>,
}

/// Where a chunk computes: the point, and 1 / (number of logits of the batch).
#[derive(Clone, Copy)]
pub(super) struct At<'a, T> {
    pub theta: &'a Joint<T>,
    /// The parameters as forward passes read them: discriminator, generator.
    pub prepared: &'a [Prepared<T>; 2],
    pub share: f64,
}

/// Cotangents of one side's logits and of their tangents.
#[derive(Default)]
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
            blank: [true; 2],
            x_bar: Vec::new(),
            bars: Default::default(),
            shown: Default::default(),
        }
    }

    /// Forgets a player's gradients.
    pub(super) fn clear_gradient(&mut self, player: Player) {
        self.blank[player as usize] = true;
    }

    /// Forgets a player's gradients and the samples' cotangents.
    pub(super) fn clear(&mut self, player: Player) {
        self.clear_gradient(player);
        self.x_bar.clear();
        self.x_bar.resize(self.generator.output().len(), T::ZERO);
    }

    /// A player's gradients; None where nothing was added since they were cleared.
    pub(super) fn gradient(&self, player: Player) -> Option<&[T]> {
        Some(&self.grads[player][..]).filter(|_| !self.blank[player as usize])
    }

    /// Makes a player's gradients something that can be added to.
    fn open(&mut self, player: Player) {
        if std::mem::take(&mut self.blank[player as usize]) {
            self.grads[player].fill(T::ZERO);
        }
    }

    pub(super) fn forward(&mut self, gan: &Gan<T>, at: At<T>, rows: Rows<T>, needs: Needs) {
        self.generate(at, rows, needs.generator_moves);
        self.judge(gan, at, rows, needs.real);
    }

    /// The generator's part of `forward`; whether its tangent follows.
    pub(super) fn generate(&mut self, at: At<T>, rows: Rows<T>, moves: bool) {
        let on = Pass::Generator.on(rows.place.chance);
        let (theta, prepared) = (&at.theta.g, &at.prepared[1]);
        match moves {
            true => self.generator.forward_prepared(theta, prepared, rows.z, on),
            false => self.generator.apply_prepared(theta, prepared, rows.z, on),
        }
    }

    /// The discriminator's part of `forward`, on samples that are there.
    pub(super) fn judge(&mut self, gan: &Gan<T>, at: At<T>, rows: Rows<T>, needs_real: bool) {
        self.view.draw(&gan.showing, Pass::Fake, rows.place, rows.mix.len());
        let shown = self.view.show(self.generator.output(), rows.z);
        let [d, _] = at.prepared;
        self.fake.forward_prepared(&at.theta.d, d, &shown, Pass::Fake.on(rows.place.chance));
        if needs_real {
            self.real_view.draw(&gan.showing, Pass::Real, rows.place, rows.mix.len());
            let shown = self.real_view.show_real(rows.x);
            self.real.forward_prepared(&at.theta.d, d, &shown, Pass::Real.on(rows.place.chance));
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
        let on = Pass::Mixed.on(rows.place.chance);
        self.mixed.forward_prepared(&at.theta.d, &at.prepared[0], &points, on);
    }

    /// The sum of a loss over the chunk's logits.
    pub(super) fn loss(&self, terms: &Terms) -> f64 {
        self.pairs().map(|[real, fake]| terms.value(real, fake)).sum()
    }

    /// The logits: real, fake.
    pub(super) fn logits(&self) -> [&[T]; 2] {
        [self.real.output(), self.fake.output()]
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
        self.open(Player::Discriminator);
        let mut bars = self.blank_bars();
        for pair in self.pairs() {
            let slopes = terms.slopes(pair, by_d);
            bars.iter_mut().zip(slopes).for_each(|(bars, slope)| bars.value.push(T::of(slope * at.share)));
        }
        if by_d && terms.has_real() {
            self.real.backward(&at.theta.d, &bars[0].value, Some(&mut self.grads.d), None);
        }
        let grads = Some(&mut self.grads.d[..]).filter(|_| by_d);
        if by_x {
            let [shown, _] = &mut self.shown;
            self.view.blank(&self.x_bar, shown);
            self.fake.backward(&at.theta.d, &bars[1].value, grads, Some(shown));
            add(&self.view.pull(shown), &mut self.x_bar);
        } else {
            self.fake.backward(&at.theta.d, &bars[1].value, grads, None);
        }
        self.bars = bars;
    }

    /// The buffers of cotangents, empty; whoever takes them puts them back.
    fn blank_bars(&mut self) -> [Bars<T>; 2] {
        let mut bars = std::mem::take(&mut self.bars);
        for bars in &mut bars {
            bars.value.clear();
            bars.dot.clear();
        }
        bars
    }

    /// Adds the generator's gradient to its sums from the cotangent of the samples.
    pub(super) fn pull_generator(&mut self, at: At<T>, rows: Rows<T>) {
        let (theta, grads) = (&at.theta.g, &mut self.grads.g[..]);
        match std::mem::take(&mut self.blank[Player::Generator as usize]) {
            true => self.generator.backward_of(theta, rows.z, &self.x_bar, grads),
            false => self.generator.backward(theta, &self.x_bar, Some(grads), None),
        }
    }

    /// Adds the gradient of the derivative of a player's loss along a direction of one player or of both: that by the
    /// discriminator, where wanted, to its sums; that by the generator to its sums where the generator moves, and else, by
    /// the samples, to their cotangent.
    pub(super) fn derivative(
        &mut self,
        gan: &Gan<T>,
        at: At<T>,
        of: Player,
        direction: [Option<&[T]>; 2],
        [by_d, by_g]: [bool; 2],
    ) {
        let [d_dot, g_dot] = direction;
        self.open(Player::Discriminator);
        if g_dot.is_some() && by_g {
            self.open(Player::Generator);
        }
        let bars = self.along(gan, at, of, direction, by_d);
        let [real, fake] = &bars;
        let theta = &at.theta.d;
        if by_d && gan.losses.of(of).has_real() {
            let grads = Some(&mut self.grads.d[..]);
            match d_dot {
                Some(_) => self.real.backward_tangent(theta, d_dot, real.cotangents(), grads, None),
                // A generator's direction moves no real logit.
                None => self.real.backward(theta, &real.value, grads, None),
            }
        }
        let grads = Some(&mut self.grads.d[..]).filter(|_| by_d);
        if !by_g {
            self.fake.backward_tangent(theta, d_dot, fake.cotangents(), grads, None);
            self.bars = bars;
            return;
        }
        self.shown.iter_mut().for_each(|shown| self.view.blank(&self.x_bar, shown));
        let [value, dot] = &mut self.shown;
        let samples = Some((&mut value[..], &mut dot[..]));
        self.fake.backward_tangent(theta, d_dot, fake.cotangents(), grads, samples);
        let [x_bar, x_dot_bar] = self.shown.each_ref().map(|shown| self.view.pull(shown));
        if g_dot.is_some() {
            let bars = Cotangents { value: &x_bar, dot: &x_dot_bar };
            self.generator.backward_tangent(&at.theta.g, g_dot, bars, Some(&mut self.grads.g[..]), None);
        } else {
            add(&x_bar, &mut self.x_bar);
        }
        self.bars = bars;
    }

    /// The same of the loss of one player along a direction of its own.
    pub(super) fn own_derivative(&mut self, gan: &Gan<T>, at: At<T>, along: &NormTerm<T>, by: [bool; 2]) {
        let own = Player::BOTH.map(|player| Some(&along.direction[..]).filter(|_| player == along.of));
        self.derivative(gan, at, along.of, own, by);
    }

    /// Pushes a direction through the networks. Returns the cotangents, on the real side, where those are wanted, and on the fake
    /// one, of the derivative of a player's loss along it.
    fn along(
        &mut self,
        gan: &Gan<T>,
        at: At<T>,
        of: Player,
        [d_dot, g_dot]: [Option<&[T]>; 2],
        of_real: bool,
    ) -> [Bars<T>; 2] {
        let terms = gan.losses.of(of);
        let theta = &at.theta.d;
        let moved = g_dot.map(|g_dot| {
            self.generator.tangent(&at.theta.g, Some(g_dot), None);
            self.view.push(self.generator.output_dot())
        });
        self.fake.tangent(theta, d_dot, moved.as_deref());
        let real_matters = of_real && terms.has_real() || terms.fake_needs_real();
        let real_moves = d_dot.is_some() && real_matters;
        if real_moves {
            self.real.tangent(theta, d_dot, None);
        }
        let mut bars = self.blank_bars();
        let real_dots = self.real.output_dot();
        let fake_dots = self.fake.output_dot().iter().enumerate();
        let dots = fake_dots.map(|(i, f)| [if real_moves { real_dots[i].f64() } else { 0.0 }, f.f64()]);
        for (pair, dots) in self.pairs().zip(dots) {
            let (slopes, values) = terms.slopes_along(pair, dots, of_real);
            for (bars, (value, slope)) in bars.iter_mut().zip(values.into_iter().zip(slopes)) {
                bars.value.push(T::of(value * at.share));
                bars.dot.push(T::of(slope * at.share));
            }
        }
        bars
    }

    /// Adds the gradient of a penalty on the discriminator's gradient by its input: by the discriminator to its sums, and, where
    /// wanted, by the generated samples to their cotangent.
    pub(super) fn input_penalty(
        &mut self,
        at: At<T>,
        rows: Rows<T>,
        penalty: Penalty,
        strength: f64,
        [by_d, by_g]: [bool; 2],
    ) {
        self.open(Player::Discriminator);
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
        let grads = Some(&mut self.grads.d[..]).filter(|_| by_d);
        if !by_g || penalty.points == PenaltyPoints::Real {
            return pass.backward_tangent(&at.theta.d, None, bars, grads, None);
        }
        let mut x_dot_bar = vec![T::ZERO; direction.len()];
        // The direction's place is free for the samples' cotangents.
        pass.backward_tangent(&at.theta.d, None, bars, grads, Some((&mut direction, &mut x_dot_bar)));
        if penalty.points == PenaltyPoints::Mixed {
            let width = direction.len() / rows.mix.len();
            for (bar, mix) in direction.chunks_exact_mut(width).zip(rows.mix) {
                bar.iter_mut().for_each(|bar| *bar *= T::ONE - *mix);
            }
        }
        add(&self.view.pull(&direction), &mut self.x_bar);
    }
}

impl<T> Bars<T> {
    fn cotangents(&self) -> Cotangents<'_, T> {
        Cotangents { value: &self.value, dot: &self.dot }
    }
}
