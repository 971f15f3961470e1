//! What theory says of the eigenvalues at an equilibrium, from a game's settings alone.
//!
//! Near an equilibrium each game here that has a closed form falls apart into planes, one direction of either player, in
//! which the unregularised J is a 2 x 2 block; directions without a partner are flat. A regulariser of strength c adds to
//! a block what it says of NK17's in DESIGN: with r the row of player X in the unregularised block,
//!
//! ```text
//! c ‖grad_X loss_X‖^2 paid by Y     row Y += -2 c r[Y] r
//! c E (‖grad_x D‖ - k)^2            J_dd  += -c (its second derivative by d)
//! c / 2 ‖theta_X‖^2                 J_XX  += -c
//! consensus, after all others       J     -> J - c J' J
//! ```
//!
//! and the eigenvalues are the roots of the block's characteristic polynomial. No derivative is taken by the engine here:
//! reports put this prediction beside what the engine computed.

use super::formula::{Formula, Paper};
use super::regularized::Regularized;
use crate::game::{Player, Term};
use nalgebra::Complex;

/// The unregularised J in one plane: `[[J_dd, J_dg], [J_gd, J_gg]]`.
pub type Plane = [[f64; 2]; 2];

/// A game's Jacobian at its equilibrium without regularisers, from its theorem.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedForm {
    /// The planes.
    pub planes: Vec<Plane>,
    /// Flat directions of each player that are in no plane.
    pub alone: [usize; 2],
    /// What p, J_dd, and s, -J_dg = J_gd, are in this game, in words; for other planes the eigenvalues.
    pub symbols: String,
    /// Where the theorem is.
    pub source: &'static str,
}

/// The eigenvalues that theory gives at an equilibrium.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The eigenvalues of J in order of real, then imaginary parts; none where theory has no numbers (`remark`).
    pub eigenvalues: Vec<Complex<f64>>,
    /// How they follow.
    pub formula: String,
    /// The paper.
    pub source: &'static str,
    /// What numbers do not say: a Jacobian that is 0, defective, or not there.
    pub remark: Option<String>,
}

impl Prediction {
    /// That there are no numbers, and why.
    pub fn without(source: &'static str, remark: String) -> Self {
        Prediction { eigenvalues: Vec::new(), formula: String::new(), source, remark: Some(remark) }
    }
}

/// The prediction for a game with its regularisers at a known equilibrium; None where no closed form is known.
pub fn predict(game: &Regularized) -> Option<Prediction> {
    let known = game.paper.closed_form()?;
    let terms = &game.terms;
    let planes: Option<Vec<Plane>> =
        known.planes.iter().map(|plane| regularized(game.paper, terms, *plane)).collect();
    let planes = planes?;
    let decay = |player: Player| {
        let of = |(term, c): &(&Term, f64)| {
            matches!(term, Term::Decay { player: p, .. } if *p == player).then_some(*c)
        };
        terms.iter().filter_map(of).sum::<f64>()
    };
    let lone = Player::BOTH.into_iter().zip(known.alone).flat_map(|(player, count)| {
        // Consensus of a direction that only decays: -k - gamma k^2.
        let k = decay(player);
        let rate = -k - game.consensus().unwrap_or(0.0) * k * k;
        std::iter::repeat_n(Complex::new(if k == 0.0 { 0.0 } else { rate }, 0.0), count)
    });
    let mut eigenvalues: Vec<Complex<f64>> =
        planes.iter().flat_map(|plane| roots(*plane)).chain(lone).collect();
    eigenvalues.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    let formula = format!("{}; {}", formula(game.paper, &known, terms), known.symbols);
    Some(Prediction { eigenvalues, formula, source: known.source, remark: remark(&planes) })
}

/// A plane with what the terms add to it.
fn regularized(paper: &Paper, terms: &[(&Term, f64)], plane: Plane) -> Option<Plane> {
    let index = |player: Player| usize::from(player == Player::Generator);
    let mut out = plane;
    let mut gamma = 0.0;
    for (term, c) in terms {
        match term {
            Term::GradientNorm { of, paid_by, .. } => {
                let (row, y) = (plane[index(*of)], index(*paid_by));
                for (to, r) in out[y].iter_mut().zip(row) {
                    *to -= 2.0 * c * row[y] * r;
                }
            }
            Term::Input { penalty, .. } => out[0][0] -= c * paper.penalty_curvature(penalty, &plane)?,
            Term::Decay { player, .. } => out[index(*player)][index(*player)] -= c,
            Term::Consensus { .. } => gamma = *c,
        }
    }
    let inner = |i: usize, j: usize| out[0][i] * out[0][j] + out[1][i] * out[1][j];
    Some([0, 1].map(|i| [0, 1].map(|j| out[i][j] - gamma * inner(i, j))))
}

/// The roots of lambda^2 - (a + d) lambda + a d - b c.
fn roots([[a, b], [c, d]]: Plane) -> [Complex<f64>; 2] {
    let (middle, half) = (0.5 * (a + d), 0.5 * (a - d));
    let root = Complex::new(half * half + b * c, 0.0).sqrt();
    [middle - root, middle + root]
}

/// The characteristic equation in symbols where one regulariser is at work and the blocks are those of a discriminator
/// with curvature p against a generator with none; else in words.
fn formula(paper: &Paper, known: &ClosedForm, terms: &[(&Term, f64)]) -> String {
    let usual = known.planes.iter().all(|[[_, b], [c, d]]| *d == 0.0 && *b == -c);
    let curved = known.planes.iter().any(|plane| plane[0][0] != 0.0);
    if !usual {
        return match terms {
            [] => "the eigenvalues of J".into(),
            _ => "the eigenvalues of J with what the regularisers add to it".into(),
        };
    }
    match terms {
        [] if curved => "lambda^2 - p lambda + s^2 = 0".into(),
        [] => "lambda = +- i s".into(),
        [(Term::GradientNorm { of, paid_by, .. }, c)] if of != paid_by => {
            format!("lambda^2 - (p - 2 eta s^2) lambda + s^2 = 0 with eta = {c}")
        }
        [(Term::Input { penalty, .. }, c)] => {
            let damping = |plane: &Plane| paper.penalty_curvature(penalty, plane).map(|bend| c * bend);
            let first = known.planes.first().and_then(damping);
            let k = match first.filter(|_| known.planes.iter().all(|plane| damping(plane) == first)) {
                Some(k) => format!("{k}"),
                None => format!("{c} times the second derivative of the penalty"),
            };
            format!("lambda^2 - (p - k) lambda + s^2 = 0 with k = {k}")
        }
        [(Term::Decay { player: Player::Discriminator, .. }, c)] => {
            format!("lambda^2 - (p - k) lambda + s^2 = 0 with k = {c}")
        }
        [(Term::Decay { .. }, c)] => format!("lambda^2 - (p - k) lambda + s^2 - p k = 0 with k = {c}"),
        [(Term::Consensus { .. }, c)] if !curved => format!("lambda = -gamma s^2 +- i s with gamma = {c}"),
        _ => "the eigenvalues of [[p, -s], [s, 0]] with what the regularisers add to it".into(),
    }
}

fn remark(planes: &[Plane]) -> Option<String> {
    let zero = |plane: &Plane| plane.iter().flatten().all(|x| *x == 0.0);
    // The only way to a nilpotent plane here is a player that feels nothing.
    let nilpotent = |[[a, b], [c, d]]: &Plane| *a == 0.0 && *d == 0.0 && b * c == 0.0;
    if planes.iter().all(zero) {
        let what = "J is 0: linearisation says nothing of the equilibrium, terms of higher order decide";
        return Some(what.into());
    }
    planes.iter().any(|plane| nilpotent(plane) && !zero(plane)).then(|| {
        "J is nilpotent and not 0: zero is a double eigenvalue with one direction (defective), along which deviations \
         grow in proportion to time; linearisation does not decide"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_the_polynomial() {
        assert_eq!(roots([[0.0, -0.5], [0.5, 0.0]]).map(|r| (r.re, r.im)), [(0.0, -0.5), (0.0, 0.5)]);
        assert_eq!(roots([[-5.0, -2.0], [2.0, 0.0]]).map(|r| (r.re, r.im)), [(-4.0, 0.0), (-1.0, 0.0)]);
    }

    #[test]
    fn what_numbers_do_not_say_is_said() {
        assert_eq!(remark(&[[[0.0, -1.0], [1.0, 0.0]]]), None);
        assert!(remark(&[[[0.0, 0.0], [1.0, 0.0]]]).is_some_and(|text| text.contains("defective")));
        assert!(remark(&[[[0.0, 0.0], [0.0, 0.0]]]).is_some_and(|text| text.contains("J is 0")));
    }
}
