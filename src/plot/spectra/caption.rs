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

/// Writes a word on a plate of paper beside a place of a panel, on the side where it hides the fewest of the points.
pub fn tag(sheet: &Sheet, panel: &Panel, at: At, word: &str, letters: Letters, points: &[At]) -> Drawn {
    let (w, h) = (text_width(word, letters) + 6.0, 15.0);
    let (px, py) = panel.place(at);
    if word.is_empty() || !(usable(px) && usable(py)) {
        return Ok(());
    }
    let r = panel.frame;
    let (right, left, low, high) = (px + 7.0, px - 7.0 - w, py + 5.0, py - 5.0 - h);
    let sides = [(right, high), (left, high), (right, low), (left, low)];
    let places: Vec<(f64, f64)> = points.iter().map(|p| panel.place(*p)).collect();
    let cost = |(x, y): &(f64, f64)| {
        let under =
            |p: &&(f64, f64)| p.0 > x - 2.0 && p.0 < x + w + 2.0 && p.1 > y - 2.0 && p.1 < y + h + 2.0;
        let out = *x < r.x + 2.0 || x + w > r.x + r.w - 2.0 || *y < r.y + 2.0 || y + h > r.y + r.h - 2.0;
        places.iter().filter(under).count() + if out { 1_000_000 } else { 0 }
    };
    let Some((x, y)) = sides.into_iter().min_by_key(cost) else { return Ok(()) };
    let x = x.clamp(r.x + 2.0, (r.x + r.w - w - 2.0).max(r.x + 2.0));
    let y = y.clamp(r.y + 2.0, (r.y + r.h - h - 2.0).max(r.y + 2.0));
    fill(sheet, Rect { x, y, w, h }, PAPER)?;
    text(sheet, word, (x + 3.0, y + h / 2.0), letters)
}

/// "1 eigenvalue", "512 eigenvalues".
pub fn counted(count: usize, what: &str) -> String {
    let number = super::super::scale::step_text(count as u64);
    if count == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}
