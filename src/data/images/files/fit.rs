//! A decoded image in the channels and the size that are wanted.

use super::decode::Decoded;

/// Weights of red, green and blue in the luma of Rec. 601, in thousandths.
const LUMA: [u32; 3] = [299, 587, 114];

/// The image in 1 channel or 3.
pub fn in_channels(image: Decoded, channels: usize) -> Decoded {
    let pixels = match (image.channels, channels) {
        (3, 1) => image.pixels.chunks_exact(3).map(luma).collect(),
        (1, 3) => image.pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        _ => image.pixels,
    };
    Decoded { channels, pixels, ..image }
}

fn luma(rgb: &[u8]) -> u8 {
    let sum: u32 = rgb.iter().zip(LUMA).map(|(&value, weight)| u32::from(value) * weight).sum();
    ((sum + 500) / 1000) as u8
}

/// The largest square around the middle, resized to `size` x `size`: each new pixel is the mean over the area of the
/// old image that it covers.
pub fn square(image: &Decoded, size: usize) -> Decoded {
    let Decoded { width, height, channels, pixels } = image;
    let side = *width.min(height);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let shares = shares(side, size);
    let at = |y: usize, x: usize, c: usize| f64::from(pixels[((top + y) * width + left + x) * channels + c]);
    // Columns first: `side` rows of `size` pixels.
    let mut rows = Vec::with_capacity(side * size * channels);
    for y in 0..side {
        for share in &shares {
            rows.extend(
                (0..*channels).map(|c| share.iter().map(|(x, weight)| weight * at(y, *x, c)).sum::<f64>()),
            );
        }
    }
    let width = size * channels;
    let mut out = Vec::with_capacity(size * width);
    for share in &shares {
        let mean = |x: usize| share.iter().map(|(y, weight)| weight * rows[y * width + x]).sum::<f64>();
        out.extend((0..width).map(|x| mean(x).round() as u8));
    }
    Decoded { width: size, height: size, channels: *channels, pixels: out }
}

/// For each of `size` equal parts of a line of `side` pixels, the pixels under it and their shares of it.
fn shares(side: usize, size: usize) -> Vec<Vec<(usize, f64)>> {
    // In units of 1 / size of a pixel, so that every end is a whole number.
    let part = |index: usize| {
        let (start, end) = (index * side, (index + 1) * side);
        let share = |pixel: usize| {
            let covered = end.min((pixel + 1) * size) - start.max(pixel * size);
            (pixel, covered as f64 / side as f64)
        };
        (start / size..end.div_ceil(size)).map(share).collect()
    };
    (0..size).map(part).collect()
}

/// The numbers channel by channel.
pub fn planes(image: &Decoded) -> Vec<u8> {
    let of = |channel: usize| image.pixels.iter().skip(channel).step_by(image.channels).copied();
    (0..image.channels).flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, pixels: &[u8]) -> Decoded {
        Decoded { width, height, channels: 1, pixels: pixels.to_vec() }
    }

    #[test]
    fn resizing_keeps_means_and_crops_around_the_middle() {
        let wide = grey(4, 2, &[9, 10, 20, 9, 9, 30, 40, 9]);
        assert_eq!(square(&wide, 1).pixels, [25]);
        assert_eq!(square(&wide, 2).pixels, [10, 20, 30, 40]);
        assert_eq!(square(&wide, 4).pixels, [10, 10, 20, 20, 10, 10, 20, 20, 30, 30, 40, 40, 30, 30, 40, 40]);
        // Three pixels in two: the middle one is shared.
        let three = grey(3, 3, &[0, 90, 30, 0, 90, 30, 0, 90, 30]);
        assert_eq!(square(&three, 2).pixels, [30, 50, 30, 50]);
    }

    #[test]
    fn channels_are_split_and_weighted() {
        let rgb = Decoded { width: 2, height: 1, channels: 3, pixels: vec![255, 0, 0, 10, 20, 30] };
        assert_eq!(planes(&rgb), [255, 10, 0, 20, 0, 30]);
        // 0.299 * 255 = 76.245 and 2.99 + 11.74 + 3.42 = 18.15.
        assert_eq!(in_channels(rgb, 1).pixels, [76, 18]);
    }
}
