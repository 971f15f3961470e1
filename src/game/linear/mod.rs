//! Gradients by either player and products of the Jacobian, by fused passes on the processor.
//!
//! What depends on the point alone is computed once, when the Jacobian is asked for; each product is then one pass
//! that is linear in its direction. Exact: every loss, every regulariser added to a loss, and consensus on
//! unregularised losses. By central differences of exact products: the Jacobian of consensus on top of other
//! regularisers.

mod penalty;
mod play;
mod products;
mod setting;

use super::batch::GanBatch;
use super::gan::Gan;
use super::joint::{Joint, Player, add};
use super::regularizer::Term;
use crate::nn::Mlp;
use crate::nn::fused::jet::{Gradients, Net, Outer, Wanted};
use crate::scalar::Scalar;
use penalty::Penalized;
use play::{Play, Pull, Sums};
use rayon::prelude::*;
use setting::{Directions, Rows, Setting, Workspace};
use std::sync::Mutex;

/// The Jacobian of a GAN's field at a point and a batch.
pub struct Fused<'a, T> {
    setting: Setting<'a, T>,
    /// The active terms with their strengths; consensus is not among them.
    terms: Vec<(&'a Term, f64)>,
    chunks: Vec<Chunk<T>>,
    norms: Vec<Nudged<T>>,
    consensus: Option<Consensus<T>>,
    pool: Mutex<Vec<Workspace<T>>>,
}

/// The unregularised losses and the penalties on one chunk of rows.
struct Chunk<T> {
    play: Play<T>,
    /// Each player's loss.
    pulls: [Pull<T>; 2],
    penalties: Vec<Penalized<T>>,
}

/// The derivative of the loss `of` along an inner direction.
struct Nudged<T> {
    of: Player,
    /// Whose loss it is added to; None for consensus, which is part of no loss.
    paid_by: Option<Player>,
    /// The direction, of that player's own parameters.
    inner: Vec<T>,
    chunks: Vec<(Play<T>, Pull<T>)>,
}

struct Consensus<T> {
    gamma: f64,
    /// The derivative of each player's loss along its part of v; empty where other regularisers are present.
    sides: Vec<Nudged<T>>,
}

/// For each player's loss, whether its gradient by each player is wanted.
type Wants = [[bool; 2]; 2];

/// Every player's own gradient: the field's parts.
const OWN: Wants = [[true, false], [false, true]];

/// Both gradients of one player's loss.
fn both_of(player: Player) -> Wants {
    let mut wants = [[false; 2]; 2];
    wants[player as usize] = [true; 2];
    wants
}

/// Vectors one behind the other, in each player's part.
pub(super) type Stacked<T> = [Vec<T>; 2];

impl<'a, T: Scalar> Fused<'a, T> {
    /// The Jacobian of a game of these two multilayer perceptrons at a point, or, without consensus, that of the field which consensus would turn.
    pub fn new(
        gan: &'a Gan<T>,
        mlps: [&Mlp; 2],
        at: &'a Joint<T>,
        batch: &'a GanBatch<T>,
        consensus: bool,
    ) -> Self {
        let setting = Setting::new(gan, mlps, at, batch);
        let gamma = gan.consensus(batch.step).filter(|_| consensus);
        let mut terms = gan.active_terms(batch.step);
        terms.retain(|(term, _)| !matches!(term, Term::Consensus { .. }));
        let chunk = |rows: Rows<T>| Chunk::new(&setting, &terms, rows);
        let chunks = setting.chunks().into_par_iter().map(chunk).collect();
        let pool = Mutex::new(Vec::new());
        let mut fused =
            Fused { setting, terms: terms.into_vec(), chunks, norms: Vec::new(), consensus: None, pool };
        fused.norms = fused.norms();
        fused.consensus = gamma.map(|gamma| Consensus { gamma, sides: fused.sides() });
        fused
    }

    /// The penalties on the norm of a gradient, s = grad_of loss_of: derivatives along 2 s.
    fn norms(&self) -> Vec<Nudged<T>> {
        let mut out = Vec::new();
        for (term, strength) in &self.terms {
            if let Term::GradientNorm { of, paid_by, .. } = term {
                let s = self.base_gradient(*of);
                let inner = s.iter().map(|s| *s + *s).collect();
                out.push(Nudged::new(&self.setting, *of, Some(*paid_by), *strength, inner));
            }
        }
        out
    }

    /// The derivatives of the losses along the field: what consensus needs beyond J.
    fn sides(&self) -> Vec<Nudged<T>> {
        if !self.terms.is_empty() {
            return Vec::new();
        }
        let side = |of: Player| {
            let v = self.base_gradient(of).into_iter().map(|g| -g).collect();
            Nudged::new(&self.setting, of, None, 1.0, v)
        };
        Player::BOTH.into_iter().map(side).collect()
    }

    /// The gradient of a player's unregularised loss by itself.
    fn base_gradient(&self, of: Player) -> Vec<T> {
        let nets = self.setting.nets(None);
        let of_chunk = |chunk: &Chunk<T>| {
            let mut out = vec![T::ZERO; self.setting.at[of].len()];
            let mut sums = [None, None];
            sums[of as usize] = Some(&mut out[..]);
            chunk.pulls[of as usize].gradient(&nets, &chunk.play, sums);
            out
        };
        let parts: Vec<Vec<T>> = self.chunks.par_iter().map(of_chunk).collect();
        let mut out = vec![T::ZERO; self.setting.at[of].len()];
        parts.iter().for_each(|part| add(part, &mut out));
        out
    }

    /// The gradient by both players of one player's regularised loss.
    pub fn gradient(&self, of: Player) -> Joint<T> {
        let nets = self.setting.nets(None);
        let of_chunk = |c: usize| {
            let mut out = Joint::zeros(self.setting.at.sizes());
            let chunk = &self.chunks[c];
            chunk.pulls[of as usize].gradient(&nets, &chunk.play, split(&mut out));
            for norm in self.norms.iter().filter(|norm| norm.paid_by == Some(of)) {
                let (play, pull) = &norm.chunks[c];
                pull.gradient(&norm.nets(&self.setting), play, split(&mut out));
            }
            if of == Player::Discriminator {
                for penalty in &chunk.penalties {
                    penalty.gradient(&nets, &chunk.play, split(&mut out));
                }
            }
            out
        };
        let parts: Vec<Joint<T>> = (0..self.chunks.len()).into_par_iter().map(of_chunk).collect();
        let mut out = Joint::zeros(self.setting.at.sizes());
        parts.iter().for_each(|part| out.add_scaled(1.0, part));
        for (term, strength) in &self.terms {
            if let Term::Decay { player, .. } = term
                && *player == of
            {
                for (to, theta) in out[of].iter_mut().zip(&self.setting.at[of]) {
                    *to += T::of(*strength) * *theta;
                }
            }
        }
        out
    }

    /// The field without consensus.
    fn field(&self) -> Joint<T> {
        let mut v = Joint::zeros(self.setting.at.sizes());
        for player in Player::BOTH {
            v[player] = std::mem::take(&mut self.gradient(player)[player]);
        }
        v.scale(-1.0);
        v
    }

    /// The gradients of the regularised losses' derivatives along the directions, as `wants` says, summed.
    fn derivative(&self, directions: &Directions<T>, wants: Wants, parallel: bool) -> Stacked<T> {
        if directions.is_none() {
            return self.setting.at.sizes().map(|n| vec![T::ZERO; n * directions.count]);
        }
        let mut out = self.base(directions, wants, true, parallel);
        let pays = |norm: &&Nudged<T>| norm.paid_by.is_some_and(|p| wants[p as usize] != [false; 2]);
        let paying: Vec<&Nudged<T>> = self.norms.iter().filter(pays).collect();
        if !paying.is_empty() {
            let mut turns = self.base(directions, OWN, false, parallel);
            turns.iter_mut().flatten().for_each(|s| *s += *s);
            for norm in paying {
                let both = Some((norm.of, &turns[norm.of as usize][..]));
                let payer = norm.paid_by.unwrap_or(norm.of);
                let part = self.nudged(norm, directions, both, wants[payer as usize], parallel);
                add_stacked(1.0, &part, &mut out);
            }
        }
        self.add_decay(directions, wants, &mut out);
        out
    }

    /// The same of the unregularised losses, with or without the penalties.
    fn base(&self, directions: &Directions<T>, wants: Wants, penalties: bool, parallel: bool) -> Stacked<T> {
        let nets = self.setting.nets(None);
        let moves = directions.moves(None);
        // In a game that is zero-sum for the generator, one pass back gives both players' own gradients.
        let shared = wants == OWN && self.setting.gan.losses.zero_sum();
        let by = if shared { both_of(Player::Discriminator) } else { wants };
        let mut out = self.sum(directions.count, parallel, |c, work, [d, g]| {
            let Chunk { play, pulls, penalties: terms } = &self.chunks[c];
            play.forward(&self.setting, &nets, &moves, work);
            for (pull, by) in pulls.iter().zip(by).filter(|(_, by)| *by != [false; 2]) {
                let sums = chosen(by, [&mut *d, &mut *g]);
                pull.backward(&self.setting, (&nets, play), &moves, work, sums);
            }
            for penalty in terms.iter().filter(|_| penalties && wants[0] != [false; 2]) {
                let sums = chosen(wants[0], [&mut *d, &mut *g]);
                penalty.moving(&self.setting, (&nets, play), &moves, work, sums);
            }
        });
        if shared {
            out[1].iter_mut().for_each(|x| *x = -*x);
        }
        out
    }

    /// The gradient of a loss's derivative along its inner direction and the outer ones.
    fn nudged(
        &self,
        nudged: &Nudged<T>,
        directions: &Directions<T>,
        both: Option<(Player, &[T])>,
        wants: [bool; 2],
        parallel: bool,
    ) -> Stacked<T> {
        let moves = directions.moves(both);
        let nets = nudged.nets(&self.setting);
        self.sum(directions.count, parallel, |c, work, [d, g]| {
            let (play, pull) = &nudged.chunks[c];
            play.forward(&self.setting, &nets, &moves, work);
            pull.backward(&self.setting, (&nets, play), &moves, work, chosen(wants, [d, g]));
        })
    }

    fn add_decay(&self, directions: &Directions<T>, wants: Wants, out: &mut Stacked<T>) {
        for (term, strength) in &self.terms {
            let Term::Decay { player, .. } = term else { continue };
            let p = *player as usize;
            if !wants[p][p] {
                continue;
            }
            let (by, n) = (T::of(*strength), self.setting.at[*player].len());
            match &directions.outer[p] {
                Outer::None => {}
                Outer::Dense(w) => out[p].iter_mut().zip(*w).for_each(|(to, w)| *to += by * *w),
                Outer::Units { slots, .. } => {
                    for (k, slot) in slots.clone().enumerate() {
                        out[p][k * n + slot] += by;
                    }
                }
            }
        }
    }

    /// Sums what `pass` adds on every chunk, in the chunks' order.
    fn sum(
        &self,
        count: usize,
        parallel: bool,
        pass: impl Fn(usize, &mut Workspace<T>, [&mut Gradients<T>; 2]) + Sync,
    ) -> Stacked<T> {
        let blank = || Player::BOTH.map(|p| Gradients::new(self.setting.shape(p), count));
        let finished = |grads: [Gradients<T>; 2], out: &mut Stacked<T>| {
            for ((grads, out), n) in grads.iter().zip(out).zip(self.setting.at.sizes()) {
                grads.add_to(out, n);
            }
        };
        let mut out = self.setting.at.sizes().map(|n| vec![T::ZERO; n * count]);
        if parallel {
            let of_chunk = |c: usize| {
                let mut grads = blank();
                self.with_workspace(|work| pass(c, work, grads.each_mut()));
                grads
            };
            let parts: Vec<_> = (0..self.chunks.len()).into_par_iter().map(of_chunk).collect();
            parts.into_iter().for_each(|grads| finished(grads, &mut out));
        } else {
            let mut grads = blank();
            self.with_workspace(|work| (0..self.chunks.len()).for_each(|c| pass(c, work, grads.each_mut())));
            finished(grads, &mut out);
        }
        out
    }

    /// Lends buffers from the pool; the lock is held for a moment only.
    fn with_workspace(&self, run: impl FnOnce(&mut Workspace<T>)) {
        let lock = || self.pool.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let lent = lock().pop();
        let mut work = lent.unwrap_or_default();
        run(&mut work);
        lock().push(work);
    }
}

impl<T: Scalar> Chunk<T> {
    fn new(setting: &Setting<T>, terms: &[(&Term, f64)], rows: Rows<T>) -> Self {
        let nets = setting.nets(None);
        let play = Play::new(&nets, rows);
        let share = setting.share;
        let pull = |of: Player| Pull::new(setting.gan.losses.of(of), &nets, &play, share, Wanted::Value);
        let pulls = Player::BOTH.map(pull);
        let penalties = terms.iter().filter_map(|(term, strength)| match term {
            Term::Input { penalty, .. } => {
                Some(Penalized::new(&nets, &play, rows, *penalty, strength * share))
            }
            _ => None,
        });
        let penalties = penalties.collect();
        Chunk { play, pulls, penalties }
    }
}

impl<T: Scalar> Nudged<T> {
    /// `strength` times the derivative of the loss `of` along `inner` on that player's own parameters.
    fn new(setting: &Setting<T>, of: Player, paid_by: Option<Player>, strength: f64, inner: Vec<T>) -> Self {
        let nets = setting.nets(Some((of, &inner)));
        let on_chunk = |rows: Rows<T>| {
            let play = Play::new(&nets, rows);
            let weight = strength * setting.share;
            let pull = Pull::new(setting.gan.losses.of(of), &nets, &play, weight, Wanted::Inner);
            (play, pull)
        };
        let chunks = setting.chunks().into_par_iter().map(on_chunk).collect();
        Nudged { of, paid_by, inner, chunks }
    }

    fn nets<'b>(&'b self, setting: &'b Setting<T>) -> [Net<'b, T>; 2] {
        setting.nets(Some((self.of, &self.inner)))
    }
}

/// Both parts of a vector, to be added to.
fn split<T>(of: &mut Joint<T>) -> [Option<&mut [T]>; 2] {
    [Some(&mut of.d), Some(&mut of.g)]
}

/// Those of both players' sums that are wanted.
fn chosen<'a, T>(wants: [bool; 2], [d, g]: [&'a mut Gradients<T>; 2]) -> Sums<'a, T> {
    [Some(d).filter(|_| wants[0]), Some(g).filter(|_| wants[1])]
}

fn add_stacked<T: Scalar>(by: f64, from: &Stacked<T>, to: &mut Stacked<T>) {
    let by = T::of(by);
    for (to, from) in to.iter_mut().flatten().zip(from.iter().flatten()) {
        *to += by * *from;
    }
}
