//! Which way up a camera's image is: the tag `Orientation` of Exif 2.3 (4.6.4 A), which says where the first row and the
//! first column of the stored pixels are seen.
//!
//! | value | row 0, column 0 are seen | | value | row 0, column 0 are seen |
//! | --- | --- | --- | --- | --- |
//! | 1 | top, left | | 5 | left, top |
//! | 2 | top, right | | 6 | right, top |
//! | 3 | bottom, right | | 7 | right, bottom |
//! | 4 | bottom, left | | 8 | left, bottom |

use super::decode::Decoded;
use exif::{In, Reader, Tag};

/// How stored pixels become those that are seen: turned about the diagonal or not, and mirrored along the stored axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation {
    /// Whether rows and columns change places.
    diagonal: bool,
    /// Whether stored rows are read from their end.
    columns: bool,
    /// Whether the last stored row is the first.
    rows: bool,
}

impl Orientation {
    /// The orientation that EXIF data tell. Data that are damaged or silent leave the image as it is stored, as all
    /// viewers do.
    pub fn of(exif: Option<&Vec<u8>>) -> Self {
        let value = exif.and_then(|bytes| {
            let mut reader = Reader::new();
            let read = reader.continue_on_error(true).read_raw(bytes.clone());
            let read = read.or_else(|error| error.distill_partial_result(|_| ())).ok()?;
            read.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)
        });
        Orientation::numbered(value.unwrap_or(1))
    }

    fn numbered(value: u32) -> Self {
        Orientation {
            diagonal: matches!(value, 5..=8),
            columns: matches!(value, 2 | 3 | 7 | 8),
            rows: matches!(value, 3 | 4 | 6 | 7),
        }
    }

    /// Width and height as they are seen, of those that are stored.
    pub fn seen(self, (width, height): (usize, usize)) -> (usize, usize) {
        if self.diagonal { (height, width) } else { (width, height) }
    }

    /// The image as it is seen.
    pub fn upright(self, image: Decoded) -> Decoded {
        if self == Orientation::default() {
            return image;
        }
        let Decoded { width: stored_width, height: stored_height, channels, pixels } = image;
        let (width, height) = self.seen((stored_width, stored_height));
        let mirrored = |at: usize, count: usize, mirror: bool| if mirror { count - 1 - at } else { at };
        let mut out = Vec::with_capacity(pixels.len());
        for y in 0..height {
            for x in 0..width {
                let (column, row) = if self.diagonal { (y, x) } else { (x, y) };
                let column = mirrored(column, stored_width, self.columns);
                let row = mirrored(row, stored_height, self.rows);
                out.extend_from_slice(&pixels[(row * stored_width + column) * channels..][..channels]);
            }
        }
        Decoded { width, height, channels, pixels: out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table above, on an image whose six pixels all differ: what each camera stores of
    ///
    /// ```text
    /// 1 2
    /// 3 4
    /// 5 6
    /// ```
    #[test]
    fn each_value_puts_the_image_upright() {
        let stored: [(usize, usize, [u8; 6]); 8] = [
            (2, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [2, 1, 4, 3, 6, 5]),
            (2, 3, [6, 5, 4, 3, 2, 1]),
            (2, 3, [5, 6, 3, 4, 1, 2]),
            (3, 2, [1, 3, 5, 2, 4, 6]),
            (3, 2, [2, 4, 6, 1, 3, 5]),
            (3, 2, [6, 4, 2, 5, 3, 1]),
            (3, 2, [5, 3, 1, 6, 4, 2]),
        ];
        for (value, (width, height, pixels)) in (1..).zip(stored) {
            let image = Decoded { width, height, channels: 1, pixels: pixels.to_vec() };
            let seen = Orientation::numbered(value).upright(image);
            assert_eq!(
                (seen.width, seen.height, &seen.pixels[..]),
                (2, 3, &[1, 2, 3, 4, 5, 6][..]),
                "{value}"
            );
        }
    }
}
