//! What a game's motion conserves.

/// A quantity that is constant along the flow of a game without regularisers, in continuous time.
#[derive(Clone, Copy, Debug)]
pub struct Energy {
    /// The quantity in the game's own symbols.
    pub formula: &'static str,
    /// Its value at theta.
    pub at: fn(&[f64]) -> f64,
}

impl Energy {
    /// The squared distance from the origin.
    pub fn radius(formula: &'static str) -> Self {
        Energy { formula, at: |theta| theta.iter().map(|x| x * x).sum() }
    }
}
