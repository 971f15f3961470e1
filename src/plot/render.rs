//! From the SVG to pixels (resvg) and to PDF (svg2pdf), with the compiled-in font only.

use super::indexed::indexed;
use super::theme::FONT;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Options, Tree, fontdb};
use std::sync::{Arc, OnceLock};

/// What can go wrong; all of it is a fault of this program rather than of the data.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The SVG could not be read back.
    #[error("the SVG could not be read back: {0}")]
    Svg(#[from] usvg::Error),
    /// The picture has no size, or one that does not fit into memory.
    #[error("a picture of {0} by {1} pixels cannot be made")]
    Size(u32, u32),
    /// The PNG could not be encoded.
    #[error("the PNG could not be encoded: {0}")]
    Png(String),
    /// The PDF could not be made.
    #[error("the PDF could not be made: {0}")]
    Pdf(String),
}

/// PNG of an SVG, `scale` pixels for each of the SVG's own.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, RenderError> {
    png_of(tree(svg)?, scale)
}

/// PDF of an SVG, one page of a width in millimetres, text as text.
pub fn pdf(svg: &str, width_mm: f32) -> Result<Vec<u8>, RenderError> {
    pdf_of(&tree(svg)?, width_mm)
}

/// The pixels of an SVG, `scale` pixels for each of the SVG's own.
pub fn pixels(svg: &str, scale: f32) -> Result<Pixmap, RenderError> {
    pixels_of(&tree(svg)?, scale)
}

/// An SVG read back, for [`png_of`] and [`pdf_of`].
pub fn tree(svg: &str) -> Result<Tree, RenderError> {
    let options = Options { fontdb: fonts(), font_family: FONT.into(), ..Options::default() };
    Ok(Tree::from_str(svg, &options)?)
}

/// The PNG of what was read back, which is gone before pixels are packed: both together would be the most that is in memory
/// when pictures are made.
pub fn png_of(tree: Tree, scale: f32) -> Result<Vec<u8>, RenderError> {
    let pixmap = pixels_of(&tree, scale)?;
    drop(tree);
    let (width, height) = (pixmap.width(), pixmap.height());
    // The paper covers everything, so there is no transparency to keep. Pixels are moved together where they lie: they are
    // the largest thing in memory when pictures are made.
    let mut bytes = pixmap.take();
    let count = bytes.len() / 4;
    for k in 0..count {
        for channel in 0..3 {
            bytes[3 * k + channel] = bytes[4 * k + channel];
        }
    }
    bytes.truncate(3 * count);
    encoded(bytes.as_chunks().0, width, height)
}

/// The PDF of what was read back.
pub fn pdf_of(tree: &Tree, width_mm: f32) -> Result<Vec<u8>, RenderError> {
    let page = svg2pdf::PageOptions { dpi: tree.size().width() * 25.4 / width_mm.max(1.0) };
    svg2pdf::to_pdf(tree, svg2pdf::ConversionOptions::default(), page)
        .map_err(|e| RenderError::Pdf(e.to_string()))
}

/// PNG of pixels row by row from above, with a palette where that nearly keeps the colours.
pub fn encoded(rgb: &[[u8; 3]], width: u32, height: u32) -> Result<Vec<u8>, RenderError> {
    match indexed(rgb) {
        Some((palette, indices)) => {
            written(&indices, png::ColorType::Indexed, Some(palette.concat()), width, height)
        }
        None => written(rgb.as_flattened(), png::ColorType::Rgb, None, width, height),
    }
}

/// PNG of pixels row by row from above that keeps every colour; grey where all of them are.
pub fn exact(rgb: &[[u8; 3]], width: u32, height: u32) -> Result<Vec<u8>, RenderError> {
    if rgb.iter().all(|[r, g, b]| r == g && g == b) {
        let grey: Vec<u8> = rgb.iter().map(|color| color[0]).collect();
        return written(&grey, png::ColorType::Grayscale, None, width, height);
    }
    written(rgb.as_flattened(), png::ColorType::Rgb, None, width, height)
}

fn written(
    data: &[u8],
    color: png::ColorType,
    palette: Option<Vec<u8>>,
    width: u32,
    height: u32,
) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_filter(png::FilterType::NoFilter);
    let mut writer = encoder.write_header().map_err(|e| RenderError::Png(e.to_string()))?;
    writer.write_image_data(data).map_err(|e| RenderError::Png(e.to_string()))?;
    writer.finish().map_err(|e| RenderError::Png(e.to_string()))?;
    Ok(bytes)
}

fn pixels_of(tree: &Tree, scale: f32) -> Result<Pixmap, RenderError> {
    let size = tree.size();
    let (w, h) = ((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32);
    let mut pixmap = Pixmap::new(w, h).ok_or(RenderError::Size(w, h))?;
    // Paper first: a picture may end within its last row of pixels.
    pixmap.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap)
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.set_sans_serif_family(FONT);
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}
