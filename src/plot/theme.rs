//! How every picture looks: sizes, colours, colour maps, lettering.
//!
//! Colours are those of Okabe & Ito (2008), which people with any of the common colour deficiencies can tell apart;
//! the colour maps change in lightness all along, so they survive a grey printer.

use plotters::style::RGBColor;

/// Width of a picture in pixels; heights follow from what is in it.
pub const WIDTH: f64 = 900.0;
/// Drawing units a pixel: plotters places everything on whole units, so this is the precision of the SVG.
pub const UNITS: f64 = 10.0;
/// Lettering of ticks, legends and notes, in pixels.
pub const SMALL: f64 = 11.0;
/// Lettering of axis labels and panel titles, in pixels.
pub const MEDIUM: f64 = 12.0;
/// Lettering of the picture's title, in pixels.
pub const LARGE: f64 = 15.0;
/// The name of the font that is compiled in.
pub const FONT: &str = "DejaVu Sans";

/// Text and axes.
pub const INK: RGBColor = RGBColor(0x26, 0x26, 0x26);
/// Notes and what matters less.
pub const MUTED: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE8, 0xE8, 0xE8);
/// Background.
pub const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Real samples where they are the backdrop.
pub const REAL: RGBColor = RGBColor(0xB4, 0xB4, 0xB4);
/// The discriminator and what is its.
pub const DISCRIMINATOR: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// The generator and what is its, samples above all.
pub const GENERATOR: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// A third quantity beside the two players.
pub const THIRD: RGBColor = RGBColor(0x00, 0x9E, 0x73);
/// The mark of a divergence.
pub const ALARM: RGBColor = RGBColor(0xB0, 0x00, 0x40);

/// Colours of several runs in one picture, in order.
pub const RUNS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x26, 0x26, 0x26),
];

/// Purple through white to green: the sign and size of a logit.
const DIVERGING: [[u8; 3]; 7] = [
    [0x8E, 0x63, 0xA6],
    [0xB9, 0x97, 0xCB],
    [0xE0, 0xD0, 0xE6],
    [0xFA, 0xFA, 0xFA],
    [0xD2, 0xEB, 0xCC],
    [0x97, 0xCF, 0x93],
    [0x4F, 0xA3, 0x5E],
];
/// Near white to deep blue: a share, where nothing must look like nothing.
const SEQUENTIAL: [[u8; 3]; 6] = [
    [0xFB, 0xFB, 0xF6],
    [0xD3, 0xE8, 0xD4],
    [0x8F, 0xCC, 0xC2],
    [0x41, 0x9D, 0xBF],
    [0x22, 0x5E, 0xA8],
    [0x0B, 0x20, 0x5C],
];
/// Viridis up to where it is too pale for marks on paper: the order of a parameter or of steps.
const ORDERED: [[u8; 3]; 6] = [
    [0x44, 0x01, 0x54],
    [0x41, 0x44, 0x87],
    [0x2A, 0x78, 0x8E],
    [0x22, 0xA8, 0x84],
    [0x7A, 0xD1, 0x51],
    [0xC2, 0xC8, 0x1E],
];
/// Pale to deep purple, a hue that no player and no mark has: the speed along a streamline.
const SPEED: [[u8; 3]; 4] = [[0xDE, 0xDA, 0xEE], [0xB4, 0xA8, 0xD6], [0x83, 0x6A, 0xB4], [0x4C, 0x1D, 0x86]];
/// The growing side of a plane of eigenvalues or multipliers.
pub const GROWING: RGBColor = RGBColor(0xFB, 0xEE, 0xEA);
/// What lies on the margin as far as can be told.
pub const MARGINAL: RGBColor = RGBColor(0xF6, 0xDD, 0xA8);

/// Colour at `t` in [-1, 1] of the diverging map.
pub fn diverging(t: f64) -> RGBColor {
    between(&DIVERGING, (t + 1.0) / 2.0)
}

/// Colour at `t` in [0, 1] of the map for shares.
pub fn sequential(t: f64) -> RGBColor {
    between(&SEQUENTIAL, t)
}

/// Colour at `t` in [0, 1] of the map for what is in order: dark first.
pub fn ordered(t: f64) -> RGBColor {
    between(&ORDERED, t)
}

/// Colour at `t` in [0, 1] of the map for speeds along streamlines.
pub fn speed(t: f64) -> RGBColor {
    between(&SPEED, t)
}

/// Colour of the `index`-th of several runs.
pub fn run_color(index: usize) -> RGBColor {
    RUNS[index % RUNS.len()]
}

/// A mixture of two colours, `share` of the second.
pub fn mix(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let part = |x: u8, y: u8| (f64::from(x) + (f64::from(y) - f64::from(x)) * share).round() as u8;
    RGBColor(part(a.0, b.0), part(a.1, b.1), part(a.2, b.2))
}

fn between(stops: &[[u8; 3]], t: f64) -> RGBColor {
    let last = stops.len() - 1;
    let at = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 } * last as f64;
    let low = (at.floor() as usize).min(last - 1);
    let color = |c: [u8; 3]| RGBColor(c[0], c[1], c[2]);
    mix(color(stops[low]), color(stops[low + 1]), at - low as f64)
}
