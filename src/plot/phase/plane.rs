//! A game of two parameters as a field over a plane: the generator's parameter across, the discriminator's up.

use super::super::panel::At;
use super::super::scale::{bounds, padded, quantile, usable};
use crate::game::{Analytic, Draw, Game as _, Joint};
use crate::scenario::Game;
use crate::spectrum::dense_jacobian;
use nalgebra::DMatrix;

/// The plane of a game of one parameter a player, as the game is at a step of its training.
pub struct Plane {
    /// The game.
    pub game: Analytic,
    /// The step, on which the strengths of regularisers may depend.
    pub step: u64,
}

impl Plane {
    /// The plane of a game; None where a player has more than one parameter.
    pub fn of(game: Analytic, step: u64) -> Option<Self> {
        (game.sizes() == [1, 1]).then_some(Plane { game, step })
    }

    /// The batch of the step: nothing is sampled, so it is the step alone.
    pub fn draw(&self) -> Draw {
        Draw { step: self.step, draw: 0 }
    }

    /// The field at a place; None where it is no number that can be drawn.
    pub fn field(&self, at: At) -> Option<At> {
        let v = self.game.field(&point(at), &self.draw()).ok()?;
        Some(place(&v)).filter(|v| usable(v.0) && usable(v.1))
    }

    /// The field's Jacobian at a place, in the players' order (discriminator, generator); None where there is none.
    pub fn jacobian(&self, at: At) -> Option<DMatrix<f64>> {
        let jacobian = dense_jacobian(&self.game, &point(at), &self.draw()).ok()?;
        jacobian.iter().all(|x| usable(*x)).then_some(jacobian)
    }
}

/// The point of the game at a place of the plane.
pub fn point((across, up): At) -> Joint<f64> {
    Joint { d: vec![up], g: vec![across] }
}

/// The place of a point, or the arrow of a vector, of a game of two parameters.
pub fn place(point: &Joint<f64>) -> At {
    (point.g[0], point.d[0])
}

/// What the two parameters are called: discriminator, generator.
pub fn names(game: &Game) -> [String; 2] {
    match game {
        Game::Dirac(_) => ["ψ", "θ"].map(String::from),
        Game::Uniform(_) => ["w", "a"].map(String::from),
        Game::Expression(game) => {
            [&game.parameters.d, &game.parameters.g].map(|names| names.first().cloned().unwrap_or_default())
        }
        _ => ["d", "g"].map(String::from),
    }
}

/// The part of the plane that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Range across.
    pub x: (f64, f64),
    /// Range upwards.
    pub y: (f64, f64),
}

/// How many times farther than its start or than half of its points a path is followed.
const REACH: f64 = 30.0;
/// How many times farther than its start a path is followed that grows without end.
const GROWTH: f64 = 8.0;

impl Window {
    /// A window of equal scales around some paths and an equilibrium; a path that leaves every bound runs out of it.
    pub fn around(paths: &[Vec<At>], equilibrium: Option<At>) -> Self {
        let shown =
            |path: &[At]| path.iter().copied().filter(|p| usable(p.0) && usable(p.1)).collect::<Vec<_>>();
        let paths: Vec<Vec<At>> = paths.iter().map(|path| shown(path)).collect();
        let kept: Vec<At> =
            paths.iter().flat_map(|path| near(path, equilibrium)).chain(equilibrium).collect();
        let range = |values: Vec<f64>| {
            let (low, high) = bounds(values).unwrap_or((-1.0, 1.0));
            padded(low, high, 0.1)
        };
        let x = range(kept.iter().map(|p| p.0).collect());
        let y = range(kept.iter().map(|p| p.1).collect());
        let half = 0.5 * (x.1 - x.0).max(y.1 - y.0);
        let around = |(low, high): (f64, f64)| (0.5 * (low + high) - half, 0.5 * (low + high) + half);
        Window { x: around(x), y: around(y) }
    }

    /// The place at shares of the width and the height.
    pub fn at(&self, (u, v): At) -> At {
        (self.x.0 + u * self.width(), self.y.0 + v * self.height())
    }

    /// The shares of the width and the height at which a place lies.
    pub fn shares(&self, (x, y): At) -> At {
        ((x - self.x.0) / self.width(), (y - self.y.0) / self.height())
    }

    /// Its width.
    pub fn width(&self) -> f64 {
        self.x.1 - self.x.0
    }

    /// Its height.
    pub fn height(&self) -> f64 {
        self.y.1 - self.y.0
    }

    /// Whether a place lies in it.
    pub fn holds(&self, at: At) -> bool {
        super::super::clip::inside(at, self.x, self.y)
    }

    /// The nodes of a square grid over the window, both ends included, row by row from below.
    pub fn grid(self, side: usize) -> impl Iterator<Item = At> {
        let last = side.saturating_sub(1).max(1) as f64;
        (0..side * side).map(move |k| self.at(((k % side) as f64 / last, (k / side) as f64 / last)))
    }
}

/// The points of a path that are worth room: all of them where it stays near what is usual for it, even if that is far
/// from its start (a limit cycle); else, where it grows without end, those near its start.
fn near(path: &[At], equilibrium: Option<At>) -> Vec<At> {
    let Some(first) = path.first() else { return Vec::new() };
    let center = equilibrium.unwrap_or(*first);
    let away = |p: &At| (p.0 - center.0).hypot(p.1 - center.1);
    let all: Vec<f64> = path.iter().map(away).collect();
    let usual = quantile(&all, 0.5).unwrap_or(0.0);
    let farthest = all.iter().copied().fold(0.0, f64::max);
    let reach = match away(first) {
        start if start > 0.0 && farthest > REACH * start.max(usual) => GROWTH * start,
        start => REACH * start.max(usual),
    };
    path.iter().copied().filter(|p| away(p) <= reach).collect()
}
