//! Several spectra side by side on the same axes: before and after a regulariser.

use super::super::Picture;
use super::super::canvas::{Drawn, Key, Letters, Mark, Rect, Sheet, fitted, legend, text};
use super::super::panel::At;
use super::super::table::Csv;
use super::super::theme::{DISCRIMINATOR, GENERATOR, INK, MEDIUM, PAPER, WIDTH, mix};
use super::arrows::arrow;
use super::caption::{Words, captioned, plain};
use super::matching::matched;
use super::view::{Cloud, View};
use crate::spectrum::Spectrum;

const TOP: f64 = 82.0;
const LEFT: f64 = 72.0;
const GAP: f64 = 32.0;
const RIGHT: f64 = 18.0;
const BELOW: f64 = 64.0;
/// Arrows of one picture: more would hide each other.
const ARROWS: usize = 60;

/// Spectra with their labels on the same axes; two of equal size also with arrows from the first to the second. None
/// where there are none.
pub fn spectra_compared(spectra: &[(&str, &Spectrum)]) -> Option<Picture> {
    if spectra.is_empty() {
        return None;
    }
    let clouds: Vec<Cloud> = spectra.iter().map(|s| Cloud::of(s.1)).collect();
    let view = View::auto(&clouds);
    let moves = moves(spectra);
    let panels = clouds.len() + usize::from(moves.is_some());
    let columns = panels.min(3);
    let side = ((WIDTH - LEFT - RIGHT - GAP * (columns - 1) as f64) / columns as f64).min(380.0);
    let rows = panels.div_ceil(columns);
    let words = Words {
        name: "spectra",
        title: "Eigenvalues compared",
        right: String::new(),
        caption: caption(spectra, moves.as_ref()),
        csv: csv(spectra),
    };
    Some(captioned(words, TOP + rows as f64 * (side + BELOW) - 8.0, |sheet: &Sheet| -> Drawn {
        legend(sheet, &Cloud::keys(&clouds), (LEFT, 40.0), WIDTH - RIGHT)?;
        for k in 0..panels {
            let (column, row) = (k % columns, k / columns);
            let (x, y) = (LEFT + column as f64 * (side + GAP), TOP + row as f64 * (side + BELOW));
            let frame = Rect { x, y, w: side, h: side };
            let head = Letters::small().size(MEDIUM).centered();
            let place = (x + side / 2.0, y - 10.0);
            match (clouds.get(k), &moves) {
                (Some(cloud), _) => {
                    view.draw(sheet, frame, cloud, (column == 0, true))?;
                    text(sheet, &fitted(spectra[k].0, side, head), place, head)?;
                }
                (None, Some(moves)) => {
                    let margin = clouds.iter().map(|c| c.margin).fold(0.0, f64::max);
                    let names = [spectra[0].0, spectra[1].0];
                    moves.draw(sheet, frame, &view, margin, column == 0, names)?;
                    text(sheet, "from the first to the second", place, head)?;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }))
}

/// Where each eigenvalue of the first spectrum went; the outermost.
struct Moves {
    pairs: Vec<(At, At)>,
    all: usize,
}

fn moves(spectra: &[(&str, &Spectrum)]) -> Option<Moves> {
    let [(_, a), (_, b)] = spectra else { return None };
    let points = |s: &Spectrum| s.eigenvalues.iter().map(|e| (e[0], e[1])).collect::<Vec<At>>();
    let (from, to) = (points(a), points(b));
    let finite = |list: &[At]| list.iter().all(|p| p.0.is_finite() && p.1.is_finite());
    if a.n != b.n || from.len() != to.len() || from.is_empty() || !finite(&from) || !finite(&to) {
        return None;
    }
    let mut pairs: Vec<(At, At)> =
        matched(&from, &to).into_iter().zip(&from).map(|(j, p)| (*p, to[j])).collect();
    // Half of them those of largest magnitude, half those that are or were farthest to the right.
    let reach = |p: &(At, At)| p.0.0.hypot(p.0.1).max(p.1.0.hypot(p.1.1));
    pairs.sort_by(|a, b| reach(b).total_cmp(&reach(a)));
    if pairs.len() > ARROWS {
        let right = |p: &(At, At)| p.0.0.max(p.1.0);
        pairs[ARROWS / 2..].sort_by(|a, b| right(b).total_cmp(&right(a)));
        pairs.truncate(ARROWS);
    }
    Some(Moves { pairs, all: from.len() })
}

impl Moves {
    fn draw(
        &self,
        sheet: &Sheet,
        frame: Rect,
        view: &View,
        margin: f64,
        left: bool,
        names: [&str; 2],
    ) -> Drawn {
        let mut panel = view.ground(sheet, frame, margin, (left, true))?;
        let at = |p: At| (view.scale.at(p.0), view.scale.at(p.1));
        let pairs: Vec<(At, At)> = self.pairs.iter().map(|(a, b)| (at(*a), at(*b))).collect();
        for (from, to) in &pairs {
            arrow(sheet, &panel, *from, *to, mix(INK, PAPER, 0.35))?;
        }
        let (from, to): (Vec<At>, Vec<At>) = pairs.into_iter().unzip();
        panel.dots(&from, DISCRIMINATOR, 1.8)?;
        panel.dots(&to, GENERATOR, 2.2)?;
        panel.close(sheet)?;
        let [a, b] = names.map(|n| fitted(n, 0.4 * frame.w, Letters::small()));
        let keys = [Key::new(a, DISCRIMINATOR, Mark::Dot), Key::new(b, GENERATOR, Mark::Dot)];
        // The line of the panel's own keys is that of the legend's second row, at the right.
        legend(sheet, &keys, (frame.x, TOP - 26.0), frame.x + frame.w).map(|_| ())
    }
}

fn caption(spectra: &[(&str, &Spectrum)], moves: Option<&Moves>) -> String {
    let one = |(label, s): &(&str, &Spectrum)| {
        let largest = match s.largest_real.is_finite() {
            true => format!("largest real part {}", plain(s.largest_real, 3)),
            false => "every direction is flat".into(),
        };
        format!("{label}: {}, {largest}.", s.judgement.verdict.name())
    };
    let mut words: Vec<String> = spectra.iter().map(one).collect();
    if let Some(m) = moves {
        words.push(match m.all > m.pairs.len() {
            true => format!(
                "Arrows lead from the {} outermost and rightmost of {} eigenvalues to their matches by distance.",
                m.pairs.len(),
                m.all
            ),
            false => "Arrows lead from each eigenvalue to its match by distance.".into(),
        });
    }
    words.join(" ")
}

fn csv(spectra: &[(&str, &Spectrum)]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["spectrum", "re", "im"]);
    for (label, s) in spectra {
        s.eigenvalues.iter().for_each(|[re, im]| csv.row(&[label], &[*re, *im]));
    }
    csv.finish()
}
