//! A loss in terms of logits, in expectation over real and generated samples.

use super::number::Number;
use super::quadrature::{Node, mean};
use crate::game::objective::Terms;

/// E real(D(x)) + E fake(D(G(z))), or E c(D(x) - D(G(z))) with x and z independent; both from the same nodes.
pub fn expectation<N: Number>(
    terms: &Terms,
    nodes: &[Node],
    real_logit: impl Fn(f64) -> N,
    fake_logit: impl Fn(f64) -> N,
) -> N {
    match terms {
        Terms::Separate { real, fake } => {
            mean(nodes, |x| real_logit(x).curve(real, 0)) + mean(nodes, |z| fake_logit(z).curve(fake, 0))
        }
        Terms::Paired(c) => mean(nodes, |x| mean(nodes, |z| (real_logit(x) - fake_logit(z)).curve(c, 0))),
    }
}

/// The second derivative by D(x) and D(G(z)) at 0, the two summed: what weighs the variance of the logits.
pub fn bend(terms: &Terms) -> f64 {
    match terms {
        Terms::Separate { real, fake } => real.at(2, 0.0) + fake.at(2, 0.0),
        Terms::Paired(c) => 2.0 * c.at(2, 0.0),
    }
}
