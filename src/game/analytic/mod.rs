//! Games on paper: a few parameters, expectations without sampling, exact field and Jacobian, in double precision.
//!
//! Each game's losses are a formula (`dirac`, `uniform`, `linear`), written once for any kind of number (`number`).
//! The field with its regularisers is written on top of that (`regularized`), and the Jacobian is the field at numbers
//! that carry a derivative: nothing is differentiated by hand and nothing by differences.

mod dirac;
mod formula;
mod linear;
mod number;
mod quadrature;
mod regularized;
mod samples;
mod uniform;
mod written;

pub use dirac::Dirac;
pub use formula::Paper;
pub use linear::Linear;
pub use uniform::Uniform;
pub use written::{Op, Parameter, Written};

use super::regularizer::Term;
use super::{Draw, Explicit, Game, Joint, Linearized, Player};
use formula::Formula;
use nalgebra::DMatrix;
use number::{Dual, along, partials};
use regularized::Regularized;

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
    /// vanishes (to 1e-12) and has a derivative.
    pub fn equilibria(&self, step: u64) -> Vec<Joint<f64>> {
        let game = self.at(step);
        let still = |point: &Joint<f64>| {
            let flat = point.flat();
            game.field(&flat).iter().all(|v| v.abs() < 1e-12) && self.kink(&game, &flat).is_none()
        };
        self.paper.candidates().into_iter().filter(still).collect()
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
