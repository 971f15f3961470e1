//! One loss on one chunk of rows: its passes through both networks, still and moving.

use super::super::joint::Player;
use super::super::objective::Terms;
use super::setting::{Rows, Setting, Workspace};
use crate::nn::fused::jet::{Back, Dual, Gradients, Moves, Net, Part, Still, Wanted};
use crate::scalar::Scalar;

const D: usize = Player::Discriminator as usize;
const G: usize = Player::Generator as usize;

/// Forward passes of a loss.
pub struct Play<T> {
    pub generator: Still<T>,
    pub fake: Still<T>,
    pub real: Still<T>,
}

/// Backward passes of one player's loss.
pub struct Pull<T> {
    paired: bool,
    /// The second derivatives of the curves at the logits, real and fake.
    bends: [Dual<T>; 2],
    real: Back<T>,
    fake: Back<T>,
    generator: Back<T>,
    /// Which part of the discriminator's gradient is wanted.
    wanted: Wanted,
    /// Whether only the inner part of the samples' cotangent counts: it is wanted, and the generator has none itself.
    shifted: bool,
}

/// The gradients' destinations: each player's, where it is wanted.
pub type Sums<'a, T> = [Option<&'a mut Gradients<T>>; 2];

impl<T: Scalar> Play<T> {
    pub fn new(nets: &[Net<T>; 2], rows: Rows<T>) -> Self {
        let generator = Still::forward(&nets[G], &Dual::of(rows.z.to_vec()));
        let fake = Still::forward(&nets[D], &generator.output);
        let real = Still::forward(&nets[D], &Dual::of(rows.x.to_vec()));
        Play { generator, fake, real }
    }

    /// Pushes outer directions through the networks.
    pub fn forward(
        &self,
        setting: &Setting<T>,
        nets: &[Net<T>; 2],
        moves: &[Moves<T>; 2],
        work: &mut Workspace<T>,
    ) {
        let rest = Dual::default();
        work.generator.forward(&nets[G], &self.generator, &moves[G], &rest);
        setting.pack(&work.generator.output, moves[G].directions, &mut work.x);
        work.fake.forward(&nets[D], &self.fake, &moves[D], &work.x);
        work.real.forward(&nets[D], &self.real, &moves[D], &rest);
    }
}

impl<T: Scalar> Pull<T> {
    /// The backward passes of `weight` times a loss summed over the chunk's logits.
    pub fn new(terms: &Terms, nets: &[Net<T>; 2], play: &Play<T>, weight: f64, wanted: Wanted) -> Self {
        let (bars, bends) = cotangents(terms, play, weight);
        let real = play.real.backward(&nets[D], &bars[0], false);
        let mut fake = play.fake.backward(&nets[D], &bars[1], true);
        let shifted = wanted == Wanted::Inner && nets[G].inner.is_none();
        if shifted {
            shift(&mut fake.input);
        }
        let generator = play.generator.backward(&nets[G], &fake.input, false);
        let paired = matches!(terms, Terms::Paired(_));
        Pull { paired, bends, real, fake, generator, wanted, shifted }
    }

    fn wanted_of_generator(&self) -> Wanted {
        if self.shifted { Wanted::Value } else { self.wanted }
    }

    /// Adds the gradient of the still part to the players' sums.
    pub fn gradient(&self, nets: &[Net<T>; 2], play: &Play<T>, sums: [Option<&mut [T]>; 2]) {
        let [d, g] = sums;
        if let Some(d) = d {
            play.real.gradient(&nets[D], &self.real, self.wanted, d);
            play.fake.gradient(&nets[D], &self.fake, self.wanted, d);
        }
        if let Some(g) = g {
            play.generator.gradient(&nets[G], &self.generator, self.wanted_of_generator(), g);
        }
    }

    /// Adds the gradient of the moving part, whose forward passes `work` holds, to the players' sums.
    pub fn backward(
        &self,
        setting: &Setting<T>,
        (nets, play): (&[Net<T>; 2], &Play<T>),
        moves: &[Moves<T>; 2],
        work: &mut Workspace<T>,
        sums: Sums<T>,
    ) {
        let [mut d, g] = sums;
        let Workspace { generator, fake, real, x_bar, logits, bar, .. } = work;
        for (side, bend) in self.bends.iter().enumerate() {
            // The curve's own argument: a logit, or the difference of real and fake ones.
            let argument = if self.paired {
                difference(&real.output, &fake.output, logits);
                &*logits
            } else if side == 0 {
                &real.output
            } else {
                &fake.output
            };
            bar.clear();
            bar.add_times(bend, argument, 1);
            let grads = d.as_deref_mut().map(|d| (d, self.wanted));
            if side == 0 && grads.is_some() {
                real.backward(&nets[D], (&play.real, &self.real), &moves[D], bar, grads, false);
            } else if side == 1 {
                fake.backward(&nets[D], (&play.fake, &self.fake), &moves[D], bar, grads, g.is_some());
            }
        }
        let Some(g) = g else { return };
        if self.shifted {
            shift(&mut fake.input_bar);
        }
        setting.unpack(&fake.input_bar, moves[G].directions, x_bar);
        let grads = Some((g, self.wanted_of_generator()));
        generator.backward(&nets[G], (&play.generator, &self.generator), &moves[G], x_bar, grads, false);
    }
}

/// x_I in the place of x: the part that is wanted of something that has no inner part of its own.
pub fn shift<T: Scalar>(x: &mut Dual<T>) {
    std::mem::swap(&mut x.value, &mut x.inner);
    x.inner.clear();
}

/// The logits' cotangents, real and fake, and the derivatives of these by the curves' arguments.
fn cotangents<T: Scalar>(terms: &Terms, play: &Play<T>, weight: f64) -> ([Dual<T>; 2], [Dual<T>; 2]) {
    let (real, fake) = (&play.real.output, &play.fake.output);
    let values = |x: &Dual<T>| x.value.get().unwrap_or_default().to_vec();
    let (reals, fakes) = (values(real), values(fake));
    let orders: Vec<[[f64; 2]; 3]> = reals
        .iter()
        .zip(&fakes)
        .map(|(r, f)| [1, 2, 3].map(|order| terms.derivatives(order, r.f64(), f.f64())))
        .collect();
    let mut arguments = Dual::default();
    let side = |side: usize, inner: Option<&[T]>| {
        let part = |order: usize, by: Option<&[T]>| {
            let numbers = orders.iter().enumerate().map(|(i, o)| {
                let by = by.map_or(1.0, |by| by[i].f64());
                T::of(o[order][side] * by * weight)
            });
            let numbers: Vec<T> = numbers.collect();
            // A curve without a bend has no second derivatives to carry.
            if numbers.iter().all(|x| *x == T::ZERO) { Part::default() } else { Part::of(numbers) }
        };
        let moved = |order: usize| inner.map_or(Part::default(), |inner| part(order, Some(inner)));
        let bar = Dual { value: part(0, None), inner: moved(1) };
        let bend = Dual { value: part(1, None), inner: moved(2) };
        (bar, bend)
    };
    let (r, f) = if matches!(terms, Terms::Paired(_)) {
        difference(real, fake, &mut arguments);
        (side(0, arguments.inner.get()), side(1, arguments.inner.get()))
    } else {
        (side(0, real.inner.get()), side(1, fake.inner.get()))
    };
    ([r.0, f.0], [r.1, f.1])
}

/// to = a - b.
fn difference<T: Scalar>(a: &Dual<T>, b: &Dual<T>, to: &mut Dual<T>) {
    for (a, b, to) in [(&a.value, &b.value, &mut to.value), (&a.inner, &b.inner, &mut to.inner)] {
        to.set_scaled(a, 1.0);
        if let Some(b) = b.get() {
            to.add_to(b.len()).iter_mut().zip(b).for_each(|(to, b)| *to -= *b);
        }
    }
}
