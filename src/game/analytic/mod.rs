//! Games on paper: a few parameters, expectations without sampling, exact field and Jacobian, in double precision.
//!
//! Each game's losses are a formula (`dirac`, `uniform`, `linear`, `lq_wgan`, `hopf`, `monkey`, `expression`), written
//! once for any kind of number (`number`). The field with its regularisers is written on top of that (`regularized`), and
//! the Jacobian is the field at numbers that carry a derivative: nothing is taken by differences. Beside that stands what
//! theory knows of a game: its equilibria, what its motion conserves (`energy`), its eigenvalues (`prediction`).

mod dirac;
mod energy;
mod expression;
mod formula;
mod hopf;
mod linear;
mod lq_wgan;
mod many;
mod monkey;
mod number;
mod parts;
mod prediction;
mod quadrature;
mod regularized;
mod samples;
mod uniform;
mod written;

pub use dirac::Dirac;
pub use energy::Energy;
pub use expression::Expression;
pub use formula::Paper;
pub use hopf::{Cycle, Hopf};
pub use linear::Linear;
pub use lq_wgan::LqWgan;
pub use many::{Copies, Programs};
pub use monkey::SaddleMonkey;
pub use parts::FieldParts;
pub use prediction::Prediction;
pub use uniform::Uniform;
pub use written::{Op, Written};

use super::regularizer::Term;
use super::{Draw, Explicit, Game, Joint, Linearized, Player};
use formula::Formula;
use nalgebra::DMatrix;
use number::{Dual, Number, along, partials};
use parts::field_parts;
use prediction::predict;
use regularized::Regularized;

/// A field component up to this, at parameters of size 1, is rounding.
const RESTING: f64 = 1e-12;

/// What can go wrong in a game on paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnalyticError {
    /// The field has no derivative at the point.
    #[error("no Jacobian at this point: {0}")]
    Kink(String),
    /// A gradient that does not exist.
    #[error("{0}")]
    Unsupported(&'static str),
}

/// A game on paper with what is added to its losses.
#[derive(Clone, Debug)]
pub struct Analytic {
    /// The game.
    pub paper: Paper,
    /// What is added to the losses.
    pub terms: Vec<Term>,
    /// Bound on the discriminator's parameters, for weight clipping.
    pub clip: Option<f64>,
}

impl Analytic {
    /// A game and what is added to its losses.
    pub fn new(paper: Paper, terms: Vec<Term>) -> Self {
        Analytic { paper, terms, clip: None }
    }

    /// The known equilibria of the game as it is at a step: those points of the formula's where the regularised field
    /// vanishes (to rounding) and has a derivative. Where equilibria are no single points, one of them.
    pub fn equilibria(&self, step: u64) -> Vec<Joint<f64>> {
        let game = self.at(step);
        let rest = |point: &Joint<f64>| self.rests(&game, &point.flat());
        self.paper.candidates().into_iter().filter(rest).collect()
    }

    /// The known equilibrium nearest to a point; differs from those of `equilibria` where they are no single points.
    pub fn nearest_equilibrium(&self, at: &Joint<f64>, step: u64) -> Option<Joint<f64>> {
        let game = self.at(step);
        let known = self.paper.nearest(&at.flat()).into_iter();
        let known = known.filter(|point| self.rests(&game, &point.flat()));
        known.min_by(|a, b| at.distance(a).total_cmp(&at.distance(b)))
    }

    /// What the motion conserves without regularisers, in continuous time, where that is known.
    pub fn conserved(&self) -> Option<Energy> {
        self.paper.energy()
    }

    /// The value of what the motion conserves.
    pub fn energy(&self, at: &Joint<f64>) -> Option<f64> {
        self.conserved().map(|energy| (energy.at)(&at.flat()))
    }

    /// The potential and the rotational part of the field at a point, as the game is at a step.
    pub fn parts(&self, at: &Joint<f64>, step: u64) -> Result<FieldParts, AnalyticError> {
        let (game, theta) = (self.at(step), at.flat());
        let v = Joint::from_flat(&game.field(&theta), at.d.len());
        Ok(field_parts(&self.jacobian(&game, &theta)?, &v))
    }

    /// What theory says of the eigenvalues at the equilibrium of the game as it is at a step; None where there is no
    /// equilibrium or no theory.
    pub fn prediction(&self, step: u64) -> Option<Prediction> {
        if let Some(what) = self.kink_at_rest(step) {
            return self.paper.closed_form().map(|known| Prediction::without(known.source, what));
        }
        self.nearest_equilibrium(&Joint::zeros(self.sizes()), step)?;
        predict(&self.at(step))
    }

    /// Why the field has no Jacobian where the game would rest without its regularisers, where it has none.
    pub fn kink_at_rest(&self, step: u64) -> Option<String> {
        let game = self.at(step);
        self.paper.candidates().iter().find_map(|point| self.kink(&game, &point.flat()))
    }

    fn jacobian(&self, game: &Regularized, theta: &[f64]) -> Result<DMatrix<f64>, AnalyticError> {
        if let Some(what) = self.kink(game, theta) {
            return Err(AnalyticError::Kink(what));
        }
        let n = theta.len();
        let column = |k: usize| game.field(&along(theta, k)).into_iter().map(|v| v.slope);
        Ok(DMatrix::from_vec(n, n, (0..n).flat_map(column).collect()))
    }

    fn rests(&self, game: &Regularized, theta: &[f64]) -> bool {
        // Fields here are of second order at most in what is not small at an equilibrium, and so is their rounding.
        let size = theta.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
        game.field(theta).iter().all(|v| v.abs() < RESTING * size * size) && self.kink(game, theta).is_none()
    }

    fn at(&self, step: u64) -> Regularized<'_> {
        let strong = |term| Some((term, Term::strength_at(term, step))).filter(|(_, s)| *s != 0.0);
        Regularized { paper: &self.paper, terms: self.terms.iter().filter_map(strong).collect() }
    }

    /// Refuses where what a player does is not the gradient of a loss.
    fn has_gradients(&self, step: u64) -> Result<(), AnalyticError> {
        match self.at(step).consensus() {
            None => Ok(()),
            Some(_) => Err(AnalyticError::Unsupported(
                "consensus changes the field, not a loss; the gradient of a loss does not show it",
            )),
        }
    }

    /// The gradient of a player's regularised loss by all parameters.
    fn gradient_of<N: Number>(&self, of: Player, step: u64, theta: &[N]) -> Vec<N> {
        let game = self.at(step);
        let loss = |theta: &[Dual<N>]| self.paper.loss(of, theta) + game.added(of, theta);
        let mut out = partials(theta, 0..theta.len(), loss);
        // A linear field need not be that of its losses; what the player does is what counts.
        let own = game.velocity(of, theta).into_iter().map(|v| -v);
        out.splice(self.paper.range(of), own);
        out
    }

    fn kink(&self, game: &Regularized, theta: &[f64]) -> Option<String> {
        game.terms.iter().find_map(|(term, _)| match term {
            Term::Input { penalty, .. } => self.paper.kink(penalty, theta),
            _ => None,
        })
    }
}

/// There is nothing to sample: a batch is its address, because strengths may change with the step.
impl Game<f64> for Analytic {
    type Batch = Draw;
    type Error = AnalyticError;

    fn sizes(&self) -> [usize; 2] {
        self.paper.sizes()
    }

    fn draw(&self, at: Draw) -> Draw {
        at
    }

    fn project(&self, player: Player, theta: &mut [f64]) {
        if let (Player::Discriminator, Some(clip)) = (player, self.clip) {
            theta.iter_mut().for_each(|x| *x = x.clamp(-clip, clip));
        }
    }

    fn zero_sum(&self) -> bool {
        self.terms.is_empty() && self.paper.zero_sum()
    }

    fn losses(&self, at: &Joint<f64>, _: &Draw) -> Result<[f64; 2], AnalyticError> {
        let theta = at.flat();
        Ok(Player::BOTH.map(|player| self.paper.loss(player, &theta)))
    }

    fn velocity(
        &self,
        player: Player,
        at: &Joint<f64>,
        batch: &Draw,
        out: &mut [f64],
    ) -> Result<(), AnalyticError> {
        out.copy_from_slice(&self.at(batch.step).velocity(player, &at.flat()));
        Ok(())
    }

    fn gradient(&self, of: Player, at: &Joint<f64>, batch: &Draw) -> Result<Joint<f64>, AnalyticError> {
        self.has_gradients(batch.step)?;
        Ok(Joint::from_flat(&self.gradient_of(of, batch.step, &at.flat()), self.sizes()[0]))
    }

    fn linearize<'a>(
        &'a self,
        at: &'a Joint<f64>,
        batch: &'a Draw,
    ) -> Result<Box<dyn Linearized<f64, AnalyticError> + 'a>, AnalyticError> {
        let matrix = self.jacobian(&self.at(batch.step), &at.flat())?;
        Ok(Box::new(Explicit { matrix, sizes: self.sizes() }))
    }
}
