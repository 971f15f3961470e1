//! PNG and JPEG files to bytes, strictly: what is cut off or damaged is refused, not filled up with grey.

use super::orientation::Orientation;
use std::io::Cursor;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Pixels of the largest image that is decoded.
const MOST_PIXELS: usize = 1 << 26;

/// Markers of JPEG.
const START_OF_SCAN: [u8; 2] = [0xff, 0xda];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// A decoded image: its pixels row by row, the channels of a pixel side by side.
pub struct Decoded {
    pub width: usize,
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    pub pixels: Vec<u8>,
}

/// Decodes a PNG or JPEG file, told apart by its first bytes; the error is the rest of a sentence about the file.
/// Sixteen bits a channel are cut to eight, transparency shows white behind it, and a JPEG file is turned as its EXIF data say.
pub fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    match kind(bytes)? {
        Kind::Png => png(bytes),
        Kind::Jpeg => jpeg(bytes),
    }
}

/// Width and height of what `decode` gives, by the headers alone.
pub fn size(bytes: &[u8]) -> Result<(usize, usize), String> {
    match kind(bytes)? {
        Kind::Png => {
            let reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(|e| damaged(&e))?;
            Ok((reader.info().width as usize, reader.info().height as usize))
        }
        Kind::Jpeg => {
            let (decoder, stored, _) = jpeg_header(bytes)?;
            Ok(Orientation::of(decoder.exif()).seen(stored))
        }
    }
}

enum Kind {
    Png,
    Jpeg,
}

fn kind(bytes: &[u8]) -> Result<Kind, String> {
    match bytes {
        [] => Err("is empty".into()),
        [0x89, b'P', b'N', b'G', ..] => Ok(Kind::Png),
        [0xff, 0xd8, ..] => Ok(Kind::Jpeg),
        _ => Err("is neither a PNG nor a JPEG file".into()),
    }
}

fn png(bytes: &[u8]) -> Result<Decoded, String> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| damaged(&e))?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    small_enough(width, height)?;
    let mut pixels = vec![0; reader.output_buffer_size()];
    let frame = reader.next_frame(&mut pixels).map_err(|e| damaged(&e))?;
    pixels.truncate(frame.buffer_size());
    // Also what follows the pixels must be whole, up to the last chunk.
    reader.finish().map_err(|e| damaged(&e))?;
    let (stored, channels) = match frame.color_type {
        png::ColorType::Grayscale => (1, 1),
        png::ColorType::GrayscaleAlpha => (2, 1),
        png::ColorType::Rgba => (4, 3),
        png::ColorType::Rgb | png::ColorType::Indexed => (3, 3),
    };
    if stored != channels {
        pixels = pixels.chunks_exact(stored).flat_map(over_white).collect();
    }
    Ok(Decoded { width, height, channels, pixels })
}

/// The colours of a pixel whose last number is its opacity, as they are seen before white.
fn over_white(pixel: &[u8]) -> impl Iterator<Item = u8> {
    let (&opacity, colors) = pixel.split_last().unwrap_or((&u8::MAX, &[]));
    let opacity = u32::from(opacity);
    colors.iter().map(move |&color| ((u32::from(color) * opacity + 255 * (255 - opacity) + 127) / 255) as u8)
}

fn jpeg(bytes: &[u8]) -> Result<Decoded, String> {
    // The decoder looks for the end only between rows of blocks. Neither marker can stand within compressed pixels.
    let last = |marker: [u8; 2]| bytes.windows(2).rposition(|pair| pair == marker);
    if last(END_OF_IMAGE) < last(START_OF_SCAN) {
        return Err("is cut off".into());
    }
    let (mut decoder, (width, height), color) = jpeg_header(bytes)?;
    let (to, channels) = match color {
        ColorSpace::Luma => (ColorSpace::Luma, 1),
        _ => (ColorSpace::RGB, 3),
    };
    decoder.set_options(options().jpeg_set_out_colorspace(to));
    let pixels = decoder.decode().map_err(|e| damaged(&e))?;
    if pixels.len() != width * height * channels {
        return Err("is damaged (its pixels are not as many as its header says)".into());
    }
    let image = Decoded { width, height, channels, pixels };
    Ok(Orientation::of(decoder.exif()).upright(image))
}

type Jpeg<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

fn jpeg_header(bytes: &[u8]) -> Result<(Jpeg<'_>, (usize, usize), ColorSpace), String> {
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options());
    decoder.decode_headers().map_err(|e| damaged(&e))?;
    let (Some((width, height)), Some(color)) = (decoder.dimensions(), decoder.input_colorspace()) else {
        return Err("is damaged (it has no header)".into());
    };
    small_enough(width, height)?;
    match color {
        ColorSpace::Luma | ColorSpace::YCbCr | ColorSpace::RGB => Ok((decoder, (width, height), color)),
        ColorSpace::CMYK | ColorSpace::YCCK => {
            Err("is a CMYK JPEG, which is for print; convert it to RGB".into())
        }
        other => Err(format!("is a JPEG in the colours {other:?}; convert it to RGB")),
    }
}

fn options() -> DecoderOptions {
    DecoderOptions::default().set_strict_mode(true).set_max_width(MOST_PIXELS).set_max_height(MOST_PIXELS)
}

fn small_enough(width: usize, height: usize) -> Result<(), String> {
    match width.checked_mul(height) {
        Some(pixels) if pixels <= MOST_PIXELS => Ok(()),
        _ => Err(format!("has {width} x {height} pixels; make it smaller")),
    }
}

fn damaged(error: &dyn std::fmt::Display) -> String {
    format!("is damaged ({error})")
}
