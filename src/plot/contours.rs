//! Filled contours of numbers on a grid, as rings to be painted one over the other.

use super::panel::At;
use super::scale::{quantile, usable};
use super::theme::diverging;
use contour::{ContourBuilder, Pt};
use plotters::style::RGBColor;

/// Largest number of corners in one landscape; where there are more, the grid is too noisy to be shown finely.
const CORNERS: usize = 7000;

/// Levels around zero and the colours between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// Levels in increasing order, symmetric about zero, which is among them.
    pub at: Vec<f64>,
}

/// A grid of numbers over a window, row by row from below, both ends included.
pub struct Grid<'a> {
    /// Points along each side.
    pub side: usize,
    /// The numbers.
    pub values: &'a [f32],
    /// `[x0, x1, y0, y1]`.
    pub window: [f64; 4],
}

/// A ring to be filled with the colour of a band.
pub struct Ring {
    /// Its corners.
    pub corners: Vec<At>,
    /// The band that shows inside, as an index into [`Levels::colors`].
    pub band: usize,
    /// The level that its edge follows, as an index into [`Levels::at`].
    pub edge: usize,
}

impl Levels {
    /// Levels 1, 2 and 5 times powers of ten, so that a landscape is seen both where it is flat and where it is steep;
    /// the largest is about the largest size among the numbers.
    pub fn new(values: &[f64]) -> Self {
        let sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
        let top = quantile(&sizes, 0.98).filter(|t| *t > 1e-30).unwrap_or(1.0);
        let power = 10f64.powf(top.log10().floor());
        let lead = match top / power {
            l if l < 1.5 => 0,
            l if l < 3.5 => 1,
            l if l < 7.5 => 2,
            _ => 3,
        };
        let nice = |k: i32| [1.0, 2.0, 5.0][k.rem_euclid(3) as usize] * power * 10f64.powi(k.div_euclid(3));
        let above: Vec<f64> = (lead - 5..=lead).map(nice).collect();
        let below = above.iter().rev().map(|v| -v);
        Levels { at: below.chain([0.0]).chain(above.iter().copied()).collect() }
    }

    /// Colours of the bands: below the lowest level, between levels, above the highest.
    pub fn colors(&self) -> Vec<RGBColor> {
        let bands = self.at.len() + 1;
        (0..bands).map(|k| diverging(2.0 * (k as f64 + 0.5) / bands as f64 - 1.0)).collect()
    }

    /// Rings in the order in which they are to be painted: each covers those inside it. The first is the window.
    pub fn rings(&self, grid: &Grid) -> Vec<Ring> {
        let [x0, x1, y0, y1] = grid.window;
        let whole = Ring { corners: vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)], band: 0, edge: 0 };
        let mut rings = vec![whole];
        if grid.side > 1 && grid.values.len() == grid.side * grid.side {
            rings.extend(self.inner_rings(grid));
        }
        if rings.iter().map(|r| r.corners.len()).sum::<usize>() > CORNERS && grid.side > 8 {
            return self.rings(&grid.coarser().as_grid());
        }
        // Contours never cross, so a smaller ring is inside a larger one or beside it. Rounded, so that rings along
        // the whole edge count as equal and stay in the order of their levels.
        let size = |ring: &Ring| (area(&ring.corners).abs() / ((x1 - x0) * (y1 - y0)) * 1e9).round();
        rings.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rings
    }

    fn inner_rings(&self, grid: &Grid) -> Vec<Ring> {
        let [x0, x1, y0, y1] = grid.window;
        let step = ((x1 - x0) / (grid.side - 1) as f64, (y1 - y0) / (grid.side - 1) as f64);
        let builder = ContourBuilder::new(grid.side, grid.side, true)
            .x_origin(x0 - 0.5 * step.0)
            .y_origin(y0 - 0.5 * step.1)
            .x_step(step.0)
            .y_step(step.1);
        let values = tamed(grid.values, self.at.last().copied().unwrap_or(1.0));
        let Ok(contours) = builder.contours(&values, &self.at) else { return Vec::new() };
        let cut = |c: &Pt| (c.x.clamp(x0, x1), c.y.clamp(y0, y1));
        let fine = (x1 - x0).min(y1 - y0) / 1500.0;
        let mut rings = Vec::new();
        for (level, contour) in contours.iter().enumerate() {
            for polygon in &contour.geometry().0 {
                let ring = |line: &[Pt], band| Ring {
                    corners: simplified(line.iter().map(cut), fine),
                    band,
                    edge: level,
                };
                rings.push(ring(&polygon.exterior().0, level + 1));
                rings.extend(polygon.interiors().iter().map(|hole| ring(&hole.0, level)));
            }
        }
        rings.retain(|r| r.corners.len() > 2 && area(&r.corners).abs() > 4.0 * fine * fine);
        rings
    }
}

/// The lines along which numbers have a value. The numbers are those of a grid of `side` by `side` nodes over the
/// ranges `x` and `y`, laid out as those of a [`Grid`]; along a line of the grid they are taken to change evenly.
pub fn level_lines(side: usize, values: &[f64], x: At, y: At, level: f64) -> Vec<Vec<At>> {
    if side < 2 || values.len() != side * side {
        return Vec::new();
    }
    let last = (side - 1) as f64;
    let step = ((x.1 - x.0) / last, (y.1 - y.0) / last);
    // In units of the grid, so that rounding does not depend on where the window lies.
    let Ok(lines) = ContourBuilder::new(side, side, true).lines(values, &[level]) else { return Vec::new() };
    let mut pieces = Vec::new();
    for ring in lines.iter().flat_map(|line| &line.geometry().0) {
        // Rings are closed along the edge of the grid, half a cell beyond its nodes; that part is no line.
        let inside = |c: &Pt| [c.x, c.y].iter().all(|v| *v >= 0.5 && *v <= last + 0.5);
        let place = |c: &Pt| (x.0 + (c.x - 0.5) * step.0, y.0 + (c.y - 0.5) * step.1);
        let runs = ring.0.split(|c| !inside(c)).filter(|run| run.len() > 1);
        pieces.extend(runs.map(|run| run.iter().map(place).collect::<Vec<At>>()));
    }
    pieces
}

impl Grid<'_> {
    /// About every other point of the grid along each side, over the same window.
    fn coarser(&self) -> Coarse {
        let side = self.side / 2 + 1;
        let kept: Vec<usize> = (0..side).map(|k| k * (self.side - 1) / (side - 1)).collect();
        let values =
            kept.iter().flat_map(|r| kept.iter().map(move |c| self.values[r * self.side + c])).collect();
        Coarse { side, values, window: self.window }
    }
}

/// A grid that owns its numbers.
struct Coarse {
    side: usize,
    values: Vec<f32>,
    window: [f64; 4],
}

impl Coarse {
    fn as_grid(&self) -> Grid<'_> {
        Grid { side: self.side, values: &self.values, window: self.window }
    }
}

/// A ring without the corners that lie within `fine` of the line between those that are kept.
pub fn simplified(corners: impl Iterator<Item = At>, fine: f64) -> Vec<At> {
    let mut kept: Vec<At> = Vec::new();
    let mut skipped: Vec<At> = Vec::new();
    for corner in corners {
        let straight = kept.last().is_some_and(|from| skipped.iter().all(|p| off(*p, *from, corner) < fine));
        if !straight {
            // Without a first corner there is nothing skipped either, and this one becomes the first.
            kept.push(skipped.last().copied().unwrap_or(corner));
            skipped.clear();
        }
        skipped.push(corner);
    }
    kept.extend(skipped.last());
    kept
}

/// Distance of a point from the segment between two others.
fn off(p: At, a: At, b: At) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy).max(1e-300);
    let t = along.clamp(0.0, 1.0);
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// The numbers without what contours cannot follow: NaN becomes 0, sizes are bounded well above the largest level.
fn tamed(values: &[f32], top: f64) -> Vec<f64> {
    let bound = 1e3 * top;
    let tame = |v: f64| if v.is_nan() { 0.0 } else { v.clamp(-bound, bound) };
    values.iter().map(|v| tame(f64::from(*v))).collect()
}

fn area(ring: &[At]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    0.5 * ring.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>()
}

/// Whether any of the numbers can be drawn.
pub fn any_usable(values: &[f32]) -> bool {
    values.iter().any(|v| usable(f64::from(*v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The band that ends up on top at a point when the rings are painted in order.
    fn band_at(rings: &[Ring], p: At) -> usize {
        let inside = |ring: &[At]| {
            let next = ring.iter().cycle().skip(1);
            let crossings = ring.iter().zip(next).filter(|(a, b)| {
                (a.1 > p.1) != (b.1 > p.1) && p.0 < (b.0 - a.0) * (p.1 - a.1) / (b.1 - a.1) + a.0
            });
            crossings.count() % 2 == 1
        };
        rings.iter().rev().find(|r| inside(&r.corners)).map_or(usize::MAX, |r| r.band)
    }

    #[test]
    fn painting_the_rings_in_order_shows_the_band_of_each_point() {
        let side = 61;
        let f = |x: f64, y: f64| 3.0 * (2.0 * x).sin() * (1.5 * y).cos() + 0.3 * x + 0.1;
        let place = |k: usize| -2.0 + 4.0 * k as f64 / (side - 1) as f64;
        let values: Vec<f32> = (0..side * side).map(|i| f(place(i % side), place(i / side)) as f32).collect();
        let levels = Levels::new(&values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
        let rings = levels.rings(&Grid { side, values: &values, window: [-2.0, 2.0, -2.0, 2.0] });
        let mut wrong = 0;
        for i in 0..400 {
            let p = (-1.93 + 0.19 * f64::from(i % 20) + 0.003, -1.93 + 0.19 * f64::from(i / 20) + 0.002);
            let wanted = levels.at.iter().filter(|l| f(p.0, p.1) >= **l).count();
            // Interpolation moves a contour a little, so points right beside one do not count.
            let clear = levels.at.iter().all(|l| (f(p.0, p.1) - l).abs() > 0.03);
            wrong += usize::from(clear && band_at(&rings, p) != wanted);
        }
        assert_eq!(wrong, 0);
    }

    #[test]
    fn odd_grids_make_no_trouble() {
        let levels = Levels::new(&[]);
        for values in [vec![f32::NAN; 9], vec![0.0; 9], vec![f32::INFINITY; 9], vec![1.0; 4]] {
            let rings = levels.rings(&Grid { side: 3, values: &values, window: [0.0, 1.0, 0.0, 1.0] });
            assert!(rings.iter().flat_map(|r| &r.corners).all(|c| c.0.is_finite() && c.1.is_finite()));
        }
        let flat = Levels::new(&[0.0, 0.0]);
        assert!(flat.at.windows(2).all(|p| p[0] < p[1]));
    }
}
