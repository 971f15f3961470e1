//! The field of a game on paper with all that is added to its losses, for any kind of number.

use super::formula::{Formula, Paper};
use super::number::{Dual, Number, partials, sum};
use crate::game::{Player, Term};

/// A game with the terms that count at a step, each with its strength there.
pub struct Regularized<'a> {
    /// The game.
    pub paper: &'a Paper,
    /// The terms.
    pub terms: Vec<(&'a Term, f64)>,
}

impl Regularized<'_> {
    /// What the terms add to a player's loss.
    pub fn added<N: Number>(&self, to: Player, theta: &[N]) -> N {
        let of_term = |(term, strength): &(&Term, f64)| {
            let by = |x: N| N::of(*strength) * x;
            match term {
                Term::GradientNorm { of, paid_by, .. } if *paid_by == to => {
                    by(norm2(&self.paper.own_gradient(*of, theta)))
                }
                Term::Input { penalty, .. } if to == Player::Discriminator => {
                    by(self.paper.penalty(penalty, theta))
                }
                Term::Decay { player, .. } if *player == to => {
                    by(N::of(0.5) * norm2(&theta[self.paper.range(to)]))
                }
                _ => N::of(0.0),
            }
        };
        sum(self.terms.iter().map(of_term))
    }

    /// A player's part of the field before consensus: minus the gradient of its loss and of what is added to it.
    fn descent<N: Number>(&self, player: Player, theta: &[N]) -> Vec<N> {
        let own = self.paper.own_gradient(player, theta).into_iter();
        if self.terms.is_empty() {
            return own.map(|g| -g).collect();
        }
        let added = partials(theta, self.paper.range(player), |theta| self.added(player, theta));
        own.zip(added).map(|(own, added)| -(own + added)).collect()
    }

    /// A player's part of the field; consensus makes it v - gamma J' v.
    pub fn velocity<N: Number>(&self, player: Player, theta: &[N]) -> Vec<N> {
        let v = self.descent(player, theta);
        let Some(gamma) = self.consensus() else { return v };
        let all = self.descent_of_both(theta);
        // J' v is the gradient of v' v with one of the two held still.
        let pulled = partials(theta, self.paper.range(player), |theta| {
            let moving = self.descent_of_both(theta);
            sum(moving.into_iter().zip(&all).map(|(moving, still)| moving * Dual::constant(*still)))
        });
        v.into_iter().zip(pulled).map(|(v, pulled)| v - N::of(gamma) * pulled).collect()
    }

    /// The whole field.
    pub fn field<N: Number>(&self, theta: &[N]) -> Vec<N> {
        Player::BOTH.map(|player| self.velocity(player, theta)).concat()
    }

    /// The strength of consensus, where there is one.
    pub fn consensus(&self) -> Option<f64> {
        self.terms.iter().find(|(term, _)| matches!(term, Term::Consensus { .. })).map(|(_, gamma)| *gamma)
    }

    fn descent_of_both<N: Number>(&self, theta: &[N]) -> Vec<N> {
        Player::BOTH.map(|player| self.descent(player, theta)).concat()
    }
}

fn norm2<N: Number>(x: &[N]) -> N {
    sum(x.iter().map(|x| *x * *x))
}
