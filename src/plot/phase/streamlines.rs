//! Evenly spaced streamlines: each line starts a fixed distance beside one that is there and is followed until it comes
//! too near to another. Jobard & Lefer 1997, "Creating evenly-spaced streamlines of arbitrary density".
//!
//! Everything is done in shares of the window, in which the field is a direction alone: a line's points are equally far
//! apart whatever the speed. The speed is for the colours.

use super::super::panel::At;
use super::plane::Window;

/// Share of the separation at which a line that grows must stop before another (d_test over d_sep, as in the paper).
pub const STOP: f64 = 0.5;
/// Steps along a line for each separation.
const STEPS: f64 = 5.0;
/// A line that ends within so many separations would be a speck.
const SHORTEST: f64 = 1.2;
/// A line that comes back to its start within so many separations is closed.
const CLOSED: f64 = 0.02;
/// Longest line, in widths of the window.
const LONGEST: f64 = 12.0;

/// Streamlines of a field over a window, `separation` apart in shares of its sides. Each runs with the field.
pub fn streamlines(field: &dyn Fn(At) -> Option<At>, window: Window, separation: f64) -> Vec<Vec<At>> {
    let mut lines = Lines { field, window, separation, drawn: Vec::new(), cells: Cells::new(separation) };
    // Beside the middle, where an equilibrium would be; then wherever there is room that no line led to.
    let coarse = (1.0 / separation).ceil() as usize + 1;
    let seeds = (0..coarse * coarse).map(|k| (k % coarse, k / coarse));
    let seeds = seeds.map(|(i, j)| ((i as f64 + 0.5) / coarse as f64, (j as f64 + 0.5) / coarse as f64));
    for seed in std::iter::once((0.68, 0.5)).chain(seeds) {
        let first = lines.drawn.len();
        lines.draw_from(seed);
        let mut next = first;
        while next < lines.drawn.len() {
            lines.draw_beside(next);
            next += 1;
        }
    }
    lines.drawn.iter().map(|line| line.iter().map(|p| window.at(*p)).collect()).collect()
}

struct Lines<'a> {
    field: &'a dyn Fn(At) -> Option<At>,
    window: Window,
    separation: f64,
    /// The lines, in shares of the window.
    drawn: Vec<Vec<At>>,
    cells: Cells,
}

impl Lines<'_> {
    /// Draws lines from the places one separation beside the points of a line.
    fn draw_beside(&mut self, line: usize) {
        for k in 1..self.drawn[line].len() {
            let (a, b) = (self.drawn[line][k - 1], self.drawn[line][k]);
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let by = self.separation / dx.hypot(dy).max(1e-300);
            self.draw_from((b.0 - by * dy, b.1 + by * dx));
            self.draw_from((b.0 + by * dy, b.1 - by * dx));
        }
    }

    /// Draws the line through a place, if there is room for one.
    fn draw_from(&mut self, seed: At) {
        // A seed beside a line is one separation away from it, up to rounding.
        if !within(seed) || self.cells.any_nearer(seed, (1.0 - 1e-9) * self.separation) {
            return;
        }
        let ahead = self.follow(seed, 1.0, &[]);
        let behind = self.follow(seed, -1.0, &ahead);
        let line: Vec<At> = behind.into_iter().rev().chain([seed]).chain(ahead).collect();
        if (line.len() as f64) < SHORTEST * STEPS {
            return;
        }
        line.iter().for_each(|p| self.cells.put(*p));
        self.drawn.push(line);
    }

    /// The points of a line from a place on, the place itself left out, up to the frame (one point beyond it), a rest, or
    /// another line. `other` is the half that runs the other way.
    fn follow(&self, seed: At, sign: f64, other: &[At]) -> Vec<At> {
        let step = self.separation / STEPS;
        let stop = STOP * self.separation;
        // The line's own points count as another's once it has gone far enough to come back.
        let recent = (3.0 * STOP * STEPS).ceil() as usize;
        let mut line: Vec<At> = vec![seed];
        while (line.len() as f64) < LONGEST / step {
            let Some(next) = self.step(line[line.len() - 1], sign * step) else { break };
            let own = &line[..line.len().saturating_sub(recent)];
            let far_half =
                if line.len() > recent { other } else { &other[other.len().min(recent - line.len())..] };
            let meets = |p: &At| (p.0 - next.0).hypot(p.1 - next.1) < stop;
            if self.cells.any_nearer(next, stop) || far_half.iter().any(meets) {
                break;
            }
            if own.iter().any(meets) {
                line.extend(self.closing(next, seed, sign * step));
                break;
            }
            line.push(next);
            if !within(next) {
                break;
            }
        }
        line.split_off(1)
    }

    /// The rest of a line that has come back near its start, if it is a closed one: the points up to the start. The line
    /// of a spiral comes back beside its start, and there is none.
    fn closing(&self, from: At, start: At, by: f64) -> Vec<At> {
        let mut rest = vec![from];
        for _ in 0..(3.0 * STOP * STEPS) as usize {
            let Some(next) = self.step(rest[rest.len() - 1], by) else { break };
            let (a, b) = (rest[rest.len() - 1], next);
            let (dx, dy, x, y) = (b.0 - a.0, b.1 - a.1, start.0 - a.0, start.1 - a.1);
            let along = (x * dx + y * dy) / (dx * dx + dy * dy);
            if (0.0..=1.0).contains(&along)
                && (x - along * dx).hypot(y - along * dy) < CLOSED * self.separation
            {
                rest.push(start);
                return rest;
            }
            if self.cells.any_nearer(next, STOP * self.separation) {
                break;
            }
            rest.push(next);
        }
        Vec::new()
    }

    /// One step of Runge and Kutta's method of order 4 along the direction of the field.
    fn step(&self, p: At, by: f64) -> Option<At> {
        let along = |p: At, k: At, by: f64| (p.0 + by * k.0, p.1 + by * k.1);
        let a = self.direction(p)?;
        let b = self.direction(along(p, a, 0.5 * by))?;
        let c = self.direction(along(p, b, 0.5 * by))?;
        let d = self.direction(along(p, c, by))?;
        let mean = ((a.0 + 2.0 * (b.0 + c.0) + d.0) / 6.0, (a.1 + 2.0 * (b.1 + c.1) + d.1) / 6.0);
        // Around an equilibrium, or across a jump of the field, the directions cancel: the line has arrived.
        (mean.0.hypot(mean.1) > 0.5).then(|| along(p, mean, by))
    }

    /// The unit direction of the field in shares of the window; None where the field vanishes.
    fn direction(&self, p: At) -> Option<At> {
        let v = (self.field)(self.window.at(p))?;
        let v = (v.0 / self.window.width(), v.1 / self.window.height());
        let size = v.0.hypot(v.1);
        (size > 1e-300).then(|| (v.0 / size, v.1 / size))
    }
}

fn within(p: At) -> bool {
    (0.0..=1.0).contains(&p.0) && (0.0..=1.0).contains(&p.1)
}

/// The points of all lines by square cells one separation wide, so that neighbours are found without looking at all.
struct Cells {
    side: usize,
    points: Vec<Vec<At>>,
}

impl Cells {
    fn new(separation: f64) -> Self {
        let side = (1.0 / separation).floor().clamp(1.0, 1000.0) as usize;
        Cells { side, points: vec![Vec::new(); side * side] }
    }

    fn cell(&self, share: f64) -> usize {
        // A point just beyond the frame belongs to the cell beside it.
        ((share * self.side as f64).max(0.0) as usize).min(self.side - 1)
    }

    fn put(&mut self, p: At) {
        let index = self.cell(p.1) * self.side + self.cell(p.0);
        self.points[index].push(p);
    }

    /// Whether any point is nearer than a distance of at most one separation.
    fn any_nearer(&self, p: At, distance: f64) -> bool {
        let around = |k: usize| k.saturating_sub(1)..=(k + 1).min(self.side - 1);
        let (i, j) = (self.cell(p.0), self.cell(p.1));
        let near = |q: &At| (q.0 - p.0).hypot(q.1 - p.1) < distance;
        around(j).any(|j| around(i).any(|i| self.points[j * self.side + i].iter().any(near)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WINDOW: Window = Window { x: (-2.0, 2.0), y: (-1.0, 3.0) };

    proptest! {
        /// Jobard & Lefer's promise: no point of a line is nearer to another line than d_test, no place of the window
        /// is farther from every line than two separations, and every line follows the field.
        #[test]
        fn lines_keep_their_distance_and_fill_the_window(
            m in prop::array::uniform4(-1.0f64..1.0), bend in -1.0f64..1.0, separation in 0.03f64..0.08,
        ) {
            let field = |p: At| Some((m[0] * p.0 + m[1] * p.1 + bend * p.1 * p.1, m[2] * p.0 + m[3] * p.1 + 0.1));
            let lines = streamlines(&field, WINDOW, separation);
            let unit: Vec<Vec<At>> = lines.iter().map(|l| l.iter().map(|p| WINDOW.shares(*p)).collect()).collect();
            let inside: Vec<Vec<At>> =
                unit.iter().map(|l| l.iter().copied().filter(|p| within(*p)).collect()).collect();
            for (k, line) in inside.iter().enumerate() {
                for other in &inside[k + 1..] {
                    let apart = line.iter().flat_map(|p| other.iter().map(|q| (p.0 - q.0).hypot(p.1 - q.1)));
                    let least = apart.fold(f64::MAX, f64::min);
                    prop_assert!(least >= (1.0 - 1e-9) * STOP * separation, "{least} of {separation}");
                }
            }
            // A line too short to be drawn leaves a hole of its own length at an equilibrium.
            let holes = (0..400).map(|k| ((k % 20) as f64 / 19.0, (k / 20) as f64 / 19.0)).filter(|p| {
                let away = |q: &At| (p.0 - q.0).hypot(p.1 - q.1);
                inside.iter().flatten().map(away).fold(f64::MAX, f64::min) > 2.0 * separation
            });
            prop_assert!(holes.count() <= 2);
            let (mut pieces, mut along) = (0, 0);
            for pair in unit.iter().flat_map(|line| line.windows(2)) {
                let middle = (0.5 * (pair[0].0 + pair[1].0), 0.5 * (pair[0].1 + pair[1].1));
                let v = field(WINDOW.at(middle)).unwrap_or_default();
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                pieces += 1;
                along += usize::from(v.0 * dx + v.1 * dy > 0.8 * v.0.hypot(v.1) * dx.hypot(dy));
            }
            // Close to an equilibrium the field turns within one piece of a line.
            prop_assert!(along as f64 >= 0.99 * pieces as f64, "{along} of {pieces}");
        }
    }
}
