//! A picture with at most 256 colours, so that its PNG is small: every pixel keeps its colour or gets one close to it.

use rustc_hash::FxHashMap;

type Color = [u8; 3];

/// How far, at most, a pixel's colour may be moved; tried in turn until the palette suffices.
const NEAR: [i32; 7] = [3, 6, 10, 15, 22, 32, 48];

/// Palette and one index a pixel; None where 256 colours cannot come near enough.
pub fn indexed(pixels: &[Color]) -> Option<(Vec<Color>, Vec<u8>)> {
    let mut counts: FxHashMap<Color, usize> = FxHashMap::default();
    // Most pixels are as the one before them.
    for run in pixels.chunk_by(|a, b| a == b) {
        *counts.entry(run[0]).or_default() += run.len();
    }
    let mut colors: Vec<(Color, usize)> = counts.into_iter().collect();
    colors.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
    let palette = NEAR.iter().find_map(|near| palette(&colors, *near))?;
    let nearest: FxHashMap<Color, u8> = colors.iter().map(|(c, _)| (*c, nearest(&palette, *c))).collect();
    let indices = run_by_run(pixels, |color| nearest[color]);
    Some((palette, indices))
}

/// One index a pixel; asked for once where pixels that follow each other are the same, as most are.
pub fn run_by_run<P: PartialEq>(pixels: &[P], mut index: impl FnMut(&P) -> u8) -> Vec<u8> {
    let mut indices = Vec::with_capacity(pixels.len());
    for run in pixels.chunk_by(|a, b| a == b) {
        indices.resize(indices.len() + run.len(), index(&run[0]));
    }
    indices
}

/// The commonest colours that are not near a commoner one, if no more than 256 of them are.
fn palette(colors: &[(Color, usize)], near: i32) -> Option<Vec<Color>> {
    let mut palette: Vec<Color> = Vec::new();
    for (color, _) in colors {
        if palette.iter().all(|chosen| apart(*chosen, *color) > near * near) {
            palette.push(*color);
        }
        if palette.len() > 256 {
            return None;
        }
    }
    Some(palette)
}

fn nearest(palette: &[Color], color: Color) -> u8 {
    let best = palette.iter().enumerate().min_by_key(|(_, chosen)| apart(**chosen, color));
    best.map_or(0, |(k, _)| k as u8)
}

fn apart(a: Color, b: Color) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(x.abs_diff(y)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_what_they_are_and_many_move_little() {
        let few = [[0, 0, 0], [255, 255, 255], [200, 30, 0], [255, 255, 255]];
        let (palette, indices) = indexed(&few).unwrap();
        let back: Vec<Color> = indices.iter().map(|i| palette[usize::from(*i)]).collect();
        assert_eq!(back, few);

        let many: Vec<Color> = (0..=255).flat_map(|r| [[r, 0, 0], [r, r, 0], [r, r, r]]).collect();
        let (palette, indices) = indexed(&many).unwrap();
        assert!(palette.len() <= 256);
        assert!(many.iter().zip(&indices).all(|(c, i)| apart(*c, palette[usize::from(*i)]) <= 100));
    }
}
