//! Gradients by either player and products of the Jacobian for networks of layers, by the passes that give the field.
//!
//! Exact: the unregularised losses and weight decay, since the derivative of a loss along a direction is one tangent pass and its
//! gradient one pass back. In double precision the other regularisers' part of a product is the central difference of
//! order six of their exact gradients, which are themselves of second order.

use super::super::Linearized;
use super::super::batch::GanBatch;
use super::super::difference;
use super::super::gan::{Gan, GanError};
use super::super::joint::{Joint, Player};
use super::super::regularizer::Term;
use super::chunk::Needs;
use super::{Lent, Paid, decay, own, reduce};
use crate::scalar::Scalar;
use std::convert::Infallible;
use std::sync::Mutex;

/// Rounding below which differences are taken.
const FINE: f64 = 1e-12;

/// A game of layers at a point and a batch; consensus, which is part of no loss, is left out.
pub struct Layered<'a, T: Scalar> {
    gan: &'a Gan<T>,
    at: &'a Joint<T>,
    batch: &'a GanBatch<T>,
    terms: Vec<(&'a Term, f64)>,
    /// Passes whose forward part is done.
    pool: Mutex<Vec<Lent<'a, T>>>,
}

impl<'a, T: Scalar> Layered<'a, T> {
    /// None on another device than the processor.
    pub fn new(gan: &'a Gan<T>, at: &'a Joint<T>, batch: &'a GanBatch<T>) -> Option<Self> {
        let mut terms = gan.active_terms(batch.step);
        terms.retain(|(term, _)| !matches!(term, Term::Consensus { .. }));
        gan.device.is_cpu().then(|| Layered {
            gan,
            at,
            batch,
            terms: terms.into_vec(),
            pool: Mutex::default(),
        })
    }

    /// Whether products are exact, or as good as their differences.
    pub fn multiplies(&self) -> bool {
        T::rounding() < FINE || !self.differs()
    }

    /// Whether regularisers other than weight decay are active.
    fn differs(&self) -> bool {
        self.terms.iter().any(|(term, _)| !matches!(term, Term::Decay { .. }))
    }

    /// The gradient by both players of one player's regularised loss.
    pub fn gradient(&self, of: Player) -> Joint<T> {
        let mut out = self.with_passes(|passes| {
            let (at, chunks) = passes.at(self.at);
            self.gan.each(chunks, self.batch, |chunk, rows| {
                Player::BOTH.into_iter().for_each(|player| chunk.clear(player));
                chunk.base(self.gan, at, of, [true; 2]);
                chunk.pull_generator(at, rows);
            });
            self.sums(passes)
        });
        if self.differs() {
            out.add_scaled(1.0, &self.regularisation(of, self.at, [true; 2]));
        }
        decay(&self.terms, of, 1.0, &self.at[of], &mut out[of]);
        out
    }

    /// The gradient of the derivative of a player's unregularised loss along a direction.
    fn base(&self, of: Player, direction: [Option<&[T]>; 2], by: [bool; 2]) -> Joint<T> {
        self.with_passes(|passes| {
            let (at, chunks) = passes.at(self.at);
            self.gan.each(chunks, self.batch, |chunk, rows| {
                Player::BOTH.into_iter().for_each(|player| chunk.clear(player));
                chunk.derivative(self.gan, at, of, direction, by);
                if by[Player::Generator as usize] && direction[Player::Generator as usize].is_none() {
                    chunk.pull_generator(at, rows);
                }
            });
            self.sums(passes)
        })
    }

    /// The gradient, by those who are named, of what regularisers other than weight decay add to a player's loss.
    fn regularisation(&self, of: Player, theta: &Joint<T>, by: [bool; 2]) -> Joint<T> {
        let (gan, batch) = (self.gan, self.batch);
        let mut passes = gan.borrow_chunks(batch);
        let (at, chunks) = passes.at(theta);
        let paid = Paid::by(of, &self.terms);
        gan.each(chunks, batch, |chunk, rows| {
            chunk.forward(gan, at, rows, Needs::ALL);
            paid.forward(chunk, at, rows);
        });
        let norms = gan.norms(&paid, chunks, batch, at, &mut Vec::new());
        gan.each(chunks, batch, |chunk, rows| {
            Player::BOTH.into_iter().for_each(|player| chunk.clear(player));
            paid.add(gan, chunk, at, rows, &norms, by);
            if by[Player::Generator as usize] {
                chunk.pull_generator(at, rows);
            }
        });
        self.sums(&passes)
    }

    /// The derivative of `regularisation` along a direction.
    fn regularisation_along(&self, of: Player, w: &Joint<T>, by: [bool; 2]) -> Joint<T> {
        let part = |moved: &Joint<T>| Ok::<_, Infallible>(self.regularisation(of, moved, by));
        let Ok(out) = difference::along(self.at, w, part);
        out
    }

    fn sums(&self, passes: &Lent<T>) -> Joint<T> {
        let mut out = Joint::zeros(self.at.sizes());
        Player::BOTH
            .into_iter()
            .for_each(|player| reduce(&passes.space.chunks, player, 1.0, &mut out[player]));
        out
    }

    /// Lends passes at the point, forward part done; the lock is held for a moment only.
    fn with_passes<R>(&self, run: impl FnOnce(&mut Lent<'a, T>) -> R) -> R {
        let lock = || self.pool.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let lent = lock().pop();
        let mut passes = lent.unwrap_or_else(|| {
            let mut passes = self.gan.borrow_chunks(self.batch);
            let (at, chunks) = passes.at(self.at);
            self.gan.each(chunks, self.batch, |chunk, rows| chunk.forward(self.gan, at, rows, Needs::ALL));
            passes
        });
        let out = run(&mut passes);
        lock().push(passes);
        out
    }
}

impl<T: Scalar> Linearized<T, GanError> for Layered<'_, T> {
    fn sizes(&self) -> [usize; 2] {
        self.at.sizes()
    }

    fn times(&self, w: &Joint<T>) -> Result<Joint<T>, GanError> {
        let direction = [Some(&w.d[..]), Some(&w.g[..])];
        let mut out = if self.gan.losses.zero_sum() {
            let mut both = self.base(Player::Discriminator, direction, [true; 2]);
            both.d.iter_mut().for_each(|x| *x = -*x);
            both
        } else {
            let [d, g] = Player::BOTH.map(|player| self.base(player, direction, own(player)));
            let mut out = Joint { d: d.d, g: g.g };
            out.scale(-1.0);
            out
        };
        for player in Player::BOTH {
            if self.differs() {
                let part = self.regularisation_along(player, w, own(player));
                out[player].iter_mut().zip(&part[player]).for_each(|(out, part)| *out -= *part);
            }
            decay(&self.terms, player, -1.0, &w[player], &mut out[player]);
        }
        Ok(out)
    }

    fn transposed_times(&self, w: &Joint<T>) -> Result<Joint<T>, GanError> {
        let mut out = Joint::zeros(w.sizes());
        for player in Player::BOTH {
            let direction = Player::BOTH.map(|p| Some(&w[p][..]).filter(|_| p == player));
            out.add_scaled(-1.0, &self.base(player, direction, [true; 2]));
            if self.differs() {
                let mut only = Joint::zeros(w.sizes());
                only[player].copy_from_slice(&w[player]);
                out.add_scaled(-1.0, &self.regularisation_along(player, &only, [true; 2]));
            }
            decay(&self.terms, player, -1.0, &w[player], &mut out[player]);
        }
        Ok(out)
    }
}
