//! A picture with words below it.

use super::super::Picture;
use super::super::canvas::{About, Drawn, Letters, Rect, Sheet, fill, picture, text, text_width};
use super::super::panel::{At, Panel};
use super::super::scale::usable;
use super::super::theme::{INK, PAPER, WIDTH};

const LEFT: f64 = 14.0;
const ROW: f64 = 16.0;

/// What is said about a picture with a caption: the caption is also its text for those who cannot see it.
pub struct Words<'a> {
    /// Name of the file, without ending.
    pub name: &'a str,
    /// Title above the picture.
    pub title: &'a str,
    /// What stands at the right of the title.
    pub right: String,
    /// What the picture shows and what follows from it.
    pub caption: String,
    /// The numbers that are shown.
    pub csv: Option<Vec<u8>>,
}

/// A picture whose drawing is `height` tall, the title included, with its caption below that.
pub fn captioned(words: Words, height: f64, draw: impl FnOnce(&Sheet) -> Drawn) -> Picture {
    let letters = Letters::small().color(INK);
    let rows = wrapped(&words.caption, WIDTH - 2.0 * LEFT, letters);
    let about = About {
        name: words.name,
        title: words.title,
        run: &words.right,
        alt: words.caption.clone(),
        csv: words.csv,
    };
    picture(about, height + ROW * rows.len() as f64 + 10.0, |sheet| {
        draw(sheet)?;
        rows.iter()
            .enumerate()
            .try_for_each(|(k, row)| text(sheet, row, (LEFT, height + ROW * (k as f64 + 0.5)), letters))
    })
}

/// A text in rows no wider than `width` pixels, broken between words.
pub fn wrapped(words: &str, width: f64, letters: Letters) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let joined = rows.last().map(|row| format!("{row} {word}"));
        match joined.filter(|row| text_width(row, letters) <= width) {
            Some(row) => {
                rows.pop();
                rows.push(row);
            }
            None => rows.push(super::super::canvas::fitted(word, width, letters)),
        }
    }
    rows
}

/// Writes a word on a plate of paper beside a place of a panel, where it hides the fewest of the points.
pub fn tag(sheet: &Sheet, panel: &Panel, at: At, word: &str, letters: Letters, points: &[At]) -> Drawn {
    let (w, h) = (text_width(word, letters) + 6.0, 15.0);
    let (px, py) = panel.place(at);
    if word.is_empty() || !(usable(px) && usable(py)) {
        return Ok(());
    }
    // Near the place first, then farther from it.
    let around = [6.0, 16.0, 30.0, 50.0].into_iter().flat_map(|d| {
        let (right, left, low, high) = (px + 7.0, px - 7.0 - w, py + d, py - d - h);
        [(right, high), (left, high), (right, low), (left, low), (px - w / 2.0, high), (px - w / 2.0, low)]
    });
    let Some((x, y)) = freest(panel, around, (w, h), points) else { return Ok(()) };
    fill(sheet, Rect { x, y, w, h }, PAPER)?;
    text(sheet, word, (x + 3.0, y + h / 2.0), letters)
}

/// Of some places for a plate the first that hides the fewest points of a panel, moved into its frame.
pub fn freest(
    panel: &Panel,
    candidates: impl Iterator<Item = (f64, f64)>,
    (w, h): (f64, f64),
    points: &[At],
) -> Option<(f64, f64)> {
    let r = panel.frame;
    let into = |v: f64, from: f64, size: f64, own: f64| v.min(from + size - own - 2.0).max(from + 2.0);
    let places: Vec<(f64, f64)> = points.iter().map(|p| panel.place(*p)).collect();
    let cost = |(x, y): &(f64, f64)| {
        let under =
            |p: &&(f64, f64)| p.0 > x - 2.0 && p.0 < x + w + 2.0 && p.1 > y - 2.0 && p.1 < y + h + 2.0;
        let out = *x < r.x + 2.0 || x + w > r.x + r.w - 2.0 || *y < r.y + 2.0 || y + h > r.y + r.h - 2.0;
        places.iter().filter(under).count() + if out { 1_000_000 } else { 0 }
    };
    candidates.min_by_key(cost).map(|(x, y)| (into(x, r.x, r.w, w), into(y, r.y, r.h, h)))
}

/// "1 eigenvalue", "512 eigenvalues".
pub fn counted(count: usize, what: &str) -> String {
    let number = super::super::scale::step_text(count as u64);
    if count == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

/// A number to about `digits` digits, without zeros that say nothing at its end.
pub fn plain(value: f64, digits: i32) -> String {
    let text = super::super::scale::short(value, digits);
    match text.contains('.') && !text.contains('×') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}
