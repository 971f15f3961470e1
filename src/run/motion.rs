//! Measures of the motion itself, the same for every game.

use super::checkpoint::Carried;
use crate::game::{Game, Joint, Look, Player};
use crate::scalar::{Scalar, norm};

/// Columns of what every game is measured by, in the order of `motion`.
pub const MOTION: [&str; 8] =
    ["loss_d", "loss_g", "v", "grad_norm_d", "grad_norm_g", "distance_d", "distance_g", "step_cosine"];

/// The measures of a point on a batch, with what they are taken from; distances are from `start`.
pub fn motion<T: Scalar, G: Game<T>>(
    game: &G,
    now: &Carried<T>,
    start: &Joint<T>,
    batch: &G::Batch,
) -> Result<([f64; 8], Look<T>), G::Error> {
    let look = game.look(&now.at, batch)?;
    let (losses, v) = (look.losses, &look.field);
    let measures = [
        losses[0],
        losses[1],
        -losses[0],
        norm(&v.d),
        norm(&v.g),
        distance(&now.at.d, &start.d),
        distance(&now.at.g, &start.g),
        cosine(now),
    ];
    Ok((measures, look))
}

/// Euclidean distance.
fn distance<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    let square = |(a, b): (&T, &T)| (a.f64() - b.f64()) * (a.f64() - b.f64());
    a.iter().zip(b).map(square).sum::<f64>().sqrt()
}

/// Cosine of the angle between the last two steps; NaN before there are two.
fn cosine<T: Scalar>(now: &Carried<T>) -> f64 {
    let [before, long_before] = &now.before[..] else { return f64::NAN };
    let (mut inner, mut last_square, mut previous_square) = (0.0, 0.0, 0.0);
    for player in Player::BOTH {
        let points = now.at[player].iter().zip(&before[player]).zip(&long_before[player]);
        for ((at, before), long_before) in points {
            let (last, previous) = (at.f64() - before.f64(), before.f64() - long_before.f64());
            inner += last * previous;
            last_square += last * last;
            previous_square += previous * previous;
        }
    }
    inner / (f64::sqrt(last_square) * f64::sqrt(previous_square))
}
