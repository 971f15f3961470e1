//! Games on paper: a few parameters, expectations without sampling, exact field and Jacobian, in double precision.
//!
//! Each game's losses are a formula (`dirac`, `uniform`, `linear`, `lq_wgan`, `hopf`, `monkey`, `expression`), written
//! once for any kind of number (`number`). The field with its regularisers is written on top of that (`regularized`), and
//! the Jacobian is the field at numbers that carry a derivative: nothing is taken by differences.

mod dirac;
mod expression;
mod formula;
mod hopf;
mod linear;
mod lq_wgan;
mod monkey;
mod number;
mod quadrature;
mod regularized;
mod samples;
mod uniform;
mod written;

pub use dirac::Dirac;
pub use expression::Expression;
pub use formula::Paper;
pub use hopf::{Cycle, Hopf};
pub use linear::Linear;
pub use lq_wgan::LqWgan;
pub use monkey::SaddleMonkey;
pub use uniform::Uniform;
pub use written::{Op, Parameter, Written};

use super::regularizer::Term;
use super::{Draw, Explicit, Game, Joint, Linearized, Player};
use formula::Formula;
use nalgebra::DMatrix;
use number::{Dual, along, partials};
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

    fn rests(&self, game: &Regularized, theta: &[f64]) -> bool {
        // Fields here are of second order at most in what is not small at an equilibrium, and so is their rounding.
        let size = theta.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
        game.field(theta).iter().all(|v| v.abs() < RESTING * size * size) && self.kink(game, theta).is_none()
    }

    fn at(&self, step: u64) -> Regularized<'_> {
        let strong = |term| Some((term, Term::strength_at(term, step))).filter(|(_, s)| *s != 0.0);
        Regularized { paper: &self.paper, terms: self.terms.iter().filter_map(strong).collect() }
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
        let game = self.at(batch.step);
        if game.consensus().is_some() {
            return Err(AnalyticError::Unsupported(
                "consensus changes the field, not a loss; the gradient of a loss does not show it",
            ));
        }
        let theta = at.flat();
        let loss = |theta: &[Dual<f64>]| self.paper.loss(of, theta) + game.added(of, theta);
        let mut out = Joint::from_flat(&partials(&theta, 0..theta.len(), loss), self.sizes()[0]);
        // A linear field need not be that of its losses; what the player does is what counts.
        out[of] = game.velocity(of, &theta).into_iter().map(|v| -v).collect();
        Ok(out)
    }

    fn linearize<'a>(
        &'a self,
        at: &'a Joint<f64>,
        batch: &'a Draw,
    ) -> Result<Box<dyn Linearized<f64, AnalyticError> + 'a>, AnalyticError> {
        let (game, theta) = (self.at(batch.step), at.flat());
        if let Some(what) = self.kink(&game, &theta) {
            return Err(AnalyticError::Kink(what));
        }
        let n = theta.len();
        let column = |k: usize| game.field(&along(&theta, k)).into_iter().map(|v| v.slope);
        let columns: Vec<f64> = (0..n).flat_map(column).collect();
        Ok(Box::new(Explicit { matrix: DMatrix::from_vec(n, n, columns), sizes: self.sizes() }))
    }
}
