//! Eigenvalues over training as a looping GIF, the axes the same in every frame.

use super::super::animation::{Palette, film};
use super::super::canvas::{Drawn, Letters, Rect, Sheet, document, sheet, text};
use super::super::scale::step_text;
use super::super::theme::{ALARM, GRID, GROWING, INK, MARGINAL, MUTED, PAPER, mix, sequential};
use super::view::{Cloud, View};
use crate::spectrum::Spectrum;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 400.0;
const HEAD: f64 = 26.0;

/// The film of the plane over the steps; None where nothing moves.
pub fn spectrum_film(spectra: &[Spectrum]) -> Option<Vec<u8>> {
    if spectra.len() < 2 {
        return None;
    }
    let mut sorted: Vec<&Spectrum> = spectra.iter().collect();
    sorted.sort_by_key(|s| s.step);
    let clouds: Vec<Cloud> = sorted.iter().map(|s| Cloud::of(s)).collect();
    let view = View::auto(&clouds);
    let frames = sorted.iter().zip(&clouds).map(|(s, cloud)| {
        let (body, _) = sheet(WIDTH, HEIGHT, |sheet| draw(sheet, &view, s, cloud));
        document(WIDTH, HEIGHT, "", "", &body)
    });
    film(frames, sorted.len(), (WIDTH as u16, HEIGHT as u16), &palette())
}

fn draw(sheet: &Sheet, view: &View, spectrum: &Spectrum, cloud: &Cloud) -> Drawn {
    let frame = Rect { x: 66.0, y: HEAD, w: WIDTH - 66.0 - 12.0, h: HEIGHT - HEAD - 42.0 };
    view.draw(sheet, frame, cloud, (true, true))?;
    let letters = Letters::small().size(12.0);
    text(sheet, &format!("step {}", step_text(spectrum.step)), (66.0, HEAD / 2.0), letters)?;
    let verdict = spectrum.judgement.verdict.name();
    text(sheet, verdict, (WIDTH - 12.0, HEAD / 2.0), letters.color(MUTED).ending())
}

/// All that is drawn, and what lies between it along edges.
fn palette() -> Palette {
    let grounds = [PAPER, GROWING, MARGINAL];
    let marks = [INK, ALARM, MUTED, GRID];
    let mut colors = [grounds.as_slice(), &marks].concat();
    colors.extend((0..24).map(|k| sequential(0.3 + 0.7 * f64::from(k) / 23.0)));
    for ground in grounds {
        for mark in marks {
            colors.extend((1..8).map(|k| mix(ground, mark, f64::from(k) / 8.0)));
        }
    }
    Palette::of(colors)
}
