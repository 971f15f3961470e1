//! The column beside a plane that says what its signs mean.

use super::super::canvas::{Drawn, Key, Letters, Sheet, mark, segment, stroke, text};
use super::super::panel::At;
use super::super::spectra::caption::wrapped;
use super::super::theme::{ALARM, WIDTH};
use super::equilibria::Kind;

const ROW: f64 = 16.0;
/// Room of a sign.
const SIGN: f64 = 24.0;
const RIGHT: f64 = 12.0;

/// How an entry is drawn.
pub enum Sign {
    /// As in a legend.
    Key(Key),
    /// The mark of an equilibrium.
    Kind(Kind),
    /// The sign of a path that goes on outside.
    Cross,
}

/// The column: where its next entry goes.
pub struct Column {
    /// Left edge.
    pub x: f64,
    /// Middle of the next row.
    pub y: f64,
}

impl Column {
    /// Writes an entry of a legend with its label.
    pub fn key(&mut self, sheet: &Sheet, key: Key) -> Drawn {
        let label = key.label.clone();
        self.entry(sheet, Sign::Key(key), &[&label])
    }

    /// Writes an entry: its sign, and its lines, each wrapped where it is too long.
    pub fn entry(&mut self, sheet: &Sheet, sign: Sign, lines: &[&str]) -> Drawn {
        let at = (self.x + 10.0, self.y);
        match sign {
            Sign::Key(key) => mark(sheet, &key, (self.x, self.y))?,
            Sign::Kind(kind) => kind.mark(sheet, at, 5.0)?,
            Sign::Cross => cross(sheet, at)?,
        }
        let letters = Letters::small();
        for line in lines {
            for row in wrapped(line, WIDTH - RIGHT - SIGN - self.x, letters) {
                text(sheet, &row, (self.x + SIGN, self.y), letters)?;
                self.y += ROW;
            }
        }
        self.y += 5.0;
        Ok(())
    }
}

/// The sign of a path that goes on outside, at a place of the sheet.
pub fn cross(sheet: &Sheet, (x, y): At) -> Drawn {
    [1.0, -1.0]
        .into_iter()
        .try_for_each(|s| segment(sheet, (x - 4.5, y - s * 4.5), (x + 4.5, y + s * 4.5), stroke(ALARM, 2.2)))
}
