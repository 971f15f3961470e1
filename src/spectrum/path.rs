//! The field along the straight line between two points of a training path (Berard et al. 2020, "A closer look at the
//! optimization landscapes of generative adversarial networks").
//!
//! theta(alpha) = theta_0 + alpha (theta_1 - theta_0). The path norm is ‖v(theta(alpha))‖, the path angle the cosine
//! between v(theta(alpha)) and theta_1 - theta_0. Where an equilibrium near alpha = 1 only attracts, the cosine is
//! positive before it and switches to negative at it; where the motion only turns, the cosine is small and has a bump
//! there; a switch with a bump is both. Here v is the motion; with the gradients in its place, its opposite, the
//! picture of the cosine is upside down.

use crate::game::{Game, Joint};
use crate::scalar::norm;
use serde::{Deserialize, Serialize};

/// The field along a line. Numbers that do not exist (the direction of a vanishing field, one that is not finite) are
/// None.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Places on the line: 0 is the first point, 1 the second.
    pub alphas: Vec<f64>,
    /// ‖theta_1 - theta_0‖.
    pub distance: f64,
    /// Both players together.
    pub both: Along,
    /// The discriminator's part alone.
    pub discriminator: Along,
    /// The generator's part alone.
    pub generator: Along,
}

/// Norms and cosines along a line, for both players or one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Along {
    /// The field's norm.
    pub norms: Vec<Option<f64>>,
    /// The cosine between the field and the line's direction.
    pub angles: Vec<Option<f64>>,
}

/// `count` places from `low` to `high`, evenly spread.
pub fn alphas(low: f64, high: f64, count: usize) -> Vec<f64> {
    let gaps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|k| low + (high - low) * k as f64 / gaps).collect()
}

/// The field of a game along the line from one point to another of the same sizes, at one batch.
pub fn path<G: Game<f64> + ?Sized>(
    game: &G,
    from: &Joint<f64>,
    to: &Joint<f64>,
    batch: &G::Batch,
    alphas: &[f64],
) -> Result<Path, G::Error> {
    let mut line = to.clone();
    line.add_scaled(-1.0, from);
    let mut out = Path { alphas: alphas.to_vec(), distance: norm(&line.flat()), ..Path::default() };
    for alpha in alphas {
        let mut at = from.clone();
        at.add_scaled(*alpha, &line);
        let v = game.field(&at, batch)?;
        out.both.push(&v.flat(), &line.flat());
        out.discriminator.push(&v.d, &line.d);
        out.generator.push(&v.g, &line.g);
    }
    Ok(out)
}

impl Along {
    fn push(&mut self, v: &[f64], line: &[f64]) {
        let (size, length) = (norm(v), norm(line));
        let cosine = v.iter().zip(line).map(|(v, l)| (v / size) * (l / length)).sum::<f64>();
        self.norms.push(Some(size).filter(|x| x.is_finite()));
        self.angles.push(Some(cosine.clamp(-1.0, 1.0)).filter(|x| x.is_finite()));
    }

    /// Where the cosine switches from positive to negative: the line meets something that attracts.
    pub fn switches(&self, alphas: &[f64]) -> Vec<f64> {
        let known: Vec<(f64, f64)> =
            alphas.iter().zip(&self.angles).filter_map(|(a, c)| Some((*a, (*c)?))).collect();
        let pairs = known.windows(2).filter(|p| p[0].1 > 0.0 && p[1].1 <= 0.0);
        pairs.map(|p| p[0].0 + (p[1].0 - p[0].0) * p[0].1 / (p[0].1 - p[1].1)).collect()
    }
}
