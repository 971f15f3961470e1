//! The field along the line between two points of training: path norm and path angle (Berard et al. 2020).

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Mark, Rect, Sheet, legend, stroke};
use super::super::panel::{At, Axis, Panel, ROOM_BELOW};
use super::super::scale::{bounds, log_range};
use super::super::table::Csv;
use super::super::theme::{DISCRIMINATOR, GENERATOR, GRID, INK, WIDTH, mix};
use super::caption::{Words, captioned, plain};
use crate::spectrum::{Along, Path};
use plotters::style::RGBColor;

const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 56.0;
const HEIGHT: f64 = 210.0;

/// Path norm and path angle, for both players together and for each.
pub fn path_angle(path: &Path) -> Picture {
    let words = Words {
        name: "path_angle",
        title: "The field along the line between two points of training",
        right: String::new(),
        caption: caption(path),
        csv: csv(path),
    };
    captioned(words, TOP + 2.0 * HEIGHT + 16.0 + ROOM_BELOW + 8.0, |sheet: &Sheet| -> Drawn {
        let keys: Vec<Key> = parts(path).iter().map(|p| Key::new(p.0, p.1, p.3)).collect();
        legend(sheet, &keys, (LEFT, 40.0), WIDTH - RIGHT)?;
        let (low, high) = bounds(path.alphas.iter().copied()).unwrap_or((0.0, 1.0));
        let range = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        let frame =
            |k: f64| Rect { x: LEFT, y: TOP + k * (HEIGHT + 16.0), w: WIDTH - LEFT - RIGHT, h: HEIGHT };
        let x = Axis::linear(range, 8, "α: 0 is the first point, 1 the second");
        let norms: Vec<f64> =
            parts(path).iter().flat_map(|p| logs(&p.2.norms)).filter(|v| v.is_finite()).collect();
        let y = Axis::log(log_range(&norms), 6, "path norm ‖v‖").room(72.0);
        let mut upper = Panel::new(sheet, frame(0.0), &x.clone().bare(), &y, true)?;
        ends(&mut upper)?;
        for (_, color, along, mark) in parts(path) {
            curve(&mut upper, path, &logs(&along.norms), color, mark)?;
        }
        upper.close(sheet)?;
        let y = Axis::linear((-1.06, 1.06), 5, "path angle: cosine").room(72.0);
        let mut lower = Panel::new(sheet, frame(1.0), &x.room(ROOM_BELOW), &y, true)?;
        ends(&mut lower)?;
        lower.path(&[(range.0, 0.0), (range.1, 0.0)], stroke(mix(GRID, INK, 0.4), 0.9))?;
        for (_, color, along, mark) in parts(path) {
            let cosines: Vec<f64> = along.angles.iter().map(|c| c.unwrap_or(f64::NAN)).collect();
            curve(&mut lower, path, &cosines, color, mark)?;
        }
        lower.close(sheet)?;
        if path.alphas.is_empty() {
            lower.note(sheet, "no point of the line was computed")?;
        }
        Ok(())
    })
}

type Part<'a> = (&'static str, RGBColor, &'a Along, Mark);

/// In the order of drawing: the whole field last.
fn parts(path: &Path) -> [Part<'_>; 3] {
    [
        ("discriminator alone", DISCRIMINATOR, &path.discriminator, Mark::Dashed),
        ("generator alone", GENERATOR, &path.generator, Mark::Dashed),
        ("both players", INK, &path.both, Mark::Line),
    ]
}

fn logs(norms: &[Option<f64>]) -> Vec<f64> {
    norms.iter().map(|n| n.filter(|n| *n > 0.0).map_or(f64::NAN, f64::log10)).collect()
}

fn curve(panel: &mut Panel, path: &Path, values: &[f64], color: RGBColor, mark: Mark) -> Drawn {
    let points: Vec<At> = path.alphas.iter().copied().zip(values.iter().copied()).collect();
    match mark {
        Mark::Dashed => panel.dashed(&points, color, 1.3),
        _ => panel.curve(&points, color, 2.0),
    }
}

/// The two points the line is drawn through.
fn ends(panel: &mut Panel) -> Drawn {
    let style = stroke(mix(GRID, INK, 0.5), 1.0);
    for alpha in [0.0, 1.0] {
        panel.path(&[(alpha, panel.y.0), (alpha, panel.y.1)], style)?;
    }
    Ok(())
}

fn caption(path: &Path) -> String {
    let switches = path.both.switches(&path.alphas);
    let found = match switches.as_slice() {
        [] => "Here the cosine never switches from positive to negative".to_string(),
        some => {
            let at: Vec<String> = some.iter().take(3).map(|a| plain(*a, 3)).collect();
            format!("Here the cosine switches from positive to negative at α = {}", at.join(", "))
        }
    };
    format!(
        "The cosine is that of the angle between the motion v and the way from the first point to the second, {} \
         apart. Attraction alone: the cosine is positive before the equilibrium and switches to negative at it, and \
         the norm has its minimum there. Rotation alone: the cosine stays near 0 and has a bump near the equilibrium. \
         Both: a switch next to a bump. {found}.",
        plain(path.distance, 3)
    )
}

fn csv(path: &Path) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["alpha", "norm", "cosine", "norm_d", "cosine_d", "norm_g", "cosine_g"]);
    for (k, alpha) in path.alphas.iter().enumerate() {
        let of = |list: &[Option<f64>]| list.get(k).copied().flatten().unwrap_or(f64::NAN);
        let three = [&path.both, &path.discriminator, &path.generator];
        let numbers = three.into_iter().flat_map(|a| [of(&a.norms), of(&a.angles)]);
        csv.row(&[], &[*alpha].into_iter().chain(numbers).collect::<Vec<_>>());
    }
    csv.finish()
}
