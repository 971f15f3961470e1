//! What the field is made of at each point: J = S + A, its potential (symmetric) and its rotational (antisymmetric) part,
//! as Balduzzi et al. 2018 define them ("The mechanics of n-player differentiable games"); S v and A v side by side.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Mark, Rect, Sheet, legend};
use super::super::colorbar::ColorBar;
use super::super::panel::{At, Axis, Panel, ROOM_BELOW, ROOM_LEFT};
use super::super::spectra::caption::{Words, captioned, plain};
use super::super::table::Csv;
use super::super::theme::{INK, PAPER, RUNS, WIDTH, mix, speed};
use super::ground::Ground;
use super::plane::{Plane, Window, place, point};
use super::{Scene, cased};
use plotters::style::RGBColor;

const TOP: f64 = 84.0;
const LEFT: f64 = ROOM_LEFT + 8.0;
const GAP: f64 = 30.0;
const BAR: f64 = 96.0;
/// Cells of the shade along each side.
const CELLS: usize = 48;
/// Shades that shares are told apart by.
const SHADES: usize = 10;
/// Distance of streamlines in shares of the window.
const SEPARATION: f64 = 0.05;

/// The two parts of the field over the plane.
pub fn parts(scene: &Scene) -> Picture {
    let shares = shares(&scene.plane, scene.window);
    let words = Words {
        name: "parts",
        title: "Potential and rotational part of the field",
        right: scene.run.scenario.name.clone(),
        caption: caption(&shares),
        csv: csv(scene),
    };
    let side = (WIDTH - LEFT - GAP - BAR) / 2.0;
    captioned(words, TOP + side + ROOM_BELOW + 6.0, |sheet: &Sheet| -> Drawn {
        let keys = [
            Key::new("streamlines of each part, darker where larger", speed(0.8), Mark::Arrow),
            Key::new("the run's path", INK, Mark::Line),
            Key::new("share of rotation ‖A‖² / ‖J‖²", shade(0.75), Mark::Patch),
        ];
        legend(sheet, &keys, (LEFT, 42.0), WIDTH - 14.0)?;
        for (k, title) in ["potential part: S v", "rotational part: A v"].into_iter().enumerate() {
            let frame = Rect { x: LEFT + k as f64 * (side + GAP), y: TOP, w: side, h: side };
            panel(sheet, frame, scene, &shares, k, title)?;
        }
        let bar = ColorBar {
            colors: (0..SHADES).map(|k| shade((k as f64 + 0.5) / SHADES as f64)).collect(),
            ticks: (0..=4).map(|k| (0.25 * f64::from(k), plain(0.25 * f64::from(k), 2))).collect(),
            label: "share of rotation".into(),
        };
        let r = Rect { x: LEFT + 2.0 * side + GAP + 14.0, y: TOP, w: 12.0, h: side };
        bar.draw(sheet, r, 54.0)
    })
}

fn panel(sheet: &Sheet, frame: Rect, scene: &Scene, shares: &[f64], part: usize, title: &str) -> Drawn {
    let [d, g] = &scene.names;
    let across = Axis::linear(scene.window.x, 5, format!("{g} (generator)")).room(ROOM_BELOW);
    let up = Axis::linear(
        scene.window.y,
        6,
        if part == 0 { format!("{d} (discriminator)") } else { String::new() },
    );
    let up = if part == 0 { up } else { up.bare() };
    let mut panel = Panel::new(sheet, frame, &across, &up, false)?;
    shaded(&mut panel, scene.window, shares)?;
    let field = |at: At| split(&scene.plane, at).map(|parts| parts[part]);
    let ground = Ground::new(&field, scene.window, SEPARATION);
    if ground.is_empty() {
        panel.note(sheet, "zero everywhere in the window")?;
    }
    ground.draw(sheet, &mut panel, 1.0)?;
    cased(&mut panel, &scene.path, INK)?;
    for equilibrium in scene.marked() {
        equilibrium.kind.mark(sheet, panel.place(equilibrium.at), 4.5)?;
    }
    panel.close(sheet)?;
    panel.title(sheet, title)
}

/// S v and A v at a place, as arrows of the plane.
fn split(plane: &Plane, at: At) -> Option<[At; 2]> {
    let parts = plane.game.parts(&point(at), plane.step).ok()?;
    Some([place(&parts.potential), place(&parts.rotational)])
}

/// ‖A‖² / ‖J‖² (Frobenius) at the centres of cells over the window, row by row from below; NaN where J has no size.
fn shares(plane: &Plane, window: Window) -> Vec<f64> {
    let middle = |k: usize| (k as f64 + 0.5) / CELLS as f64;
    let at = |k: usize| window.at((middle(k % CELLS), middle(k / CELLS)));
    let share =
        |k: usize| plane.game.parts(&point(at(k)), plane.step).map_or(f64::NAN, |parts| parts.rotation_share);
    (0..CELLS * CELLS).map(share).collect()
}

/// Shades the cells, equal neighbours of a row as one.
fn shaded(panel: &mut Panel, window: Window, shares: &[f64]) -> Drawn {
    let band = |share: &f64| ((share * SHADES as f64) as usize).min(SHADES - 1);
    for (row, cells) in shares.chunks(CELLS).enumerate() {
        let mut from = 0;
        for run in cells.chunk_by(|a, b| a.is_nan() == b.is_nan() && band(a) == band(b)) {
            let at = |column: usize, row: usize| {
                window.at((column as f64 / CELLS as f64, row as f64 / CELLS as f64))
            };
            if !run[0].is_nan() {
                let color = shade((band(&run[0]) as f64 + 0.5) / SHADES as f64);
                // A little taller than its row, so that no paper shines through between two.
                let top = at(from + run.len(), row + 1);
                panel.cell(at(from, row), (top.0, top.1 + 0.2 * window.height() / CELLS as f64), color)?;
            }
            from += run.len();
        }
    }
    Ok(())
}

/// Paper where nothing turns, amber where everything does.
fn shade(share: f64) -> RGBColor {
    mix(PAPER, RUNS[5], 0.6 * share)
}

fn caption(shares: &[f64]) -> String {
    let range = super::super::scale::bounds(shares.iter().copied());
    let what = "J = S + A at each point, S symmetric and A antisymmetric. S v pulls along the curvature of a potential; A v \
                is the field turned by a right angle, which points into an equilibrium that the field only goes round: \
                symplectic gradient adjustment steps along v + λ A v.";
    match range {
        Some((low, high)) if high - low < 5e-4 => {
            format!("{what} The share of rotation ‖A‖² / ‖J‖² is {} everywhere.", plain(low, 3))
        }
        Some((low, high)) => format!(
            "{what} The share of rotation ‖A‖² / ‖J‖² runs from {} to {} in the window.",
            plain(low, 3),
            plain(high, 3)
        ),
        None => what.into(),
    }
}

/// Nodes along each side of the table of the two parts.
const TABLE: usize = 17;

fn csv(scene: &Scene) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["d", "g", "potential_d", "potential_g", "rotation_d", "rotation_g"]);
    for at in scene.window.grid(TABLE) {
        if let Some([s, a]) = split(&scene.plane, at) {
            csv.row(&[], &[at.1, at.0, s.1, s.0, a.1, a.0]);
        }
    }
    csv.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::{Analytic, Linear, Paper};
    use nalgebra::DMatrix;

    /// A potential game has no rotational part, a Hamiltonian one no potential part, and the two add up to J v.
    #[test]
    fn the_parts_of_linear_games_are_known() {
        let plane = |m: [f64; 4]| {
            let game =
                Analytic::new(Paper::Linear(Linear::new(DMatrix::from_row_slice(2, 2, &m), 1)), Vec::new());
            Plane::of(game, 0).unwrap()
        };
        let at = (0.3, -0.7);
        let [_, rotation] = split(&plane([-1.0, 0.4, 0.4, 2.0]), at).unwrap();
        assert_eq!((rotation.0.abs(), rotation.1.abs()), (0.0, 0.0));
        let [potential, _] = split(&plane([0.0, -0.5, 0.5, 0.0]), at).unwrap();
        assert_eq!((potential.0.abs(), potential.1.abs()), (0.0, 0.0));
        let mixed = plane([-0.5, -1.0, 2.0, 0.25]);
        let [s, a] = split(&mixed, at).unwrap();
        let (vg, vd) = mixed.field(at).unwrap();
        let whole = (2.0 * vd + 0.25 * vg, -0.5 * vd - vg);
        assert!((s.0 + a.0 - whole.0).abs() < 1e-15 && (s.1 + a.1 - whole.1).abs() < 1e-15);
        // A turns v by a right angle.
        assert!((a.0 * vg + a.1 * vd).abs() < 1e-15);
        let all = shares(&plane([0.0, -0.5, 0.5, 0.0]), Window { x: (-1.0, 1.0), y: (-1.0, 1.0) });
        assert!(all.iter().all(|share| *share == 1.0));
    }
}
