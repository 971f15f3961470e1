//! The sheet a picture is drawn on: plotters' SVG in memory, with coordinates in pixels, lettering in one font.

use super::theme::{FONT, INK, LARGE, MUTED, PAPER, SMALL, UNITS, WIDTH};
use super::{Picture, compact};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::fmt::Write as _;
use std::sync::Once;

/// What drawing returns; with an SVG in memory only a missing font can go wrong.
pub type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;
/// The sheet.
pub type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A rectangle in pixels from the upper left corner of the sheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// What is said about a picture besides the drawing.
pub struct About<'a> {
    /// Name of the file, without ending.
    pub name: &'a str,
    /// Title above the picture.
    pub title: &'a str,
    /// What stands at the right of the title: the run.
    pub run: &'a str,
    /// What is to be seen, for those who cannot see it and as a caption.
    pub alt: String,
    /// The numbers that are shown.
    pub csv: Option<Vec<u8>>,
}

/// Lettering: size in pixels, colour, the anchor, and whether it reads upwards.
#[derive(Clone, Copy)]
pub struct Letters {
    /// Size in pixels.
    pub size: f64,
    /// Colour.
    pub color: RGBColor,
    /// What part of the text stands at the given place.
    pub anchor: Pos,
    /// Whether it reads upwards.
    pub upwards: bool,
}

impl Letters {
    /// Small dark letters that start at the given place, centred vertically.
    pub fn small() -> Self {
        let anchor = Pos::new(HPos::Left, VPos::Center);
        Letters { size: SMALL, color: INK, anchor, upwards: false }
    }
    /// The same in another colour.
    pub fn color(self, color: RGBColor) -> Self {
        Letters { color, ..self }
    }
    /// The same in another size.
    pub fn size(self, size: f64) -> Self {
        Letters { size, ..self }
    }
    /// The same, centred on the given place.
    pub fn centered(self) -> Self {
        Letters { anchor: Pos::new(HPos::Center, VPos::Center), ..self }
    }
    /// The same, ending at the given place.
    pub fn ending(self) -> Self {
        Letters { anchor: Pos::new(HPos::Right, VPos::Center), ..self }
    }
    /// The same, reading upwards.
    pub fn upwards(self) -> Self {
        Letters { upwards: true, ..self }
    }
    /// The style that plotters understands.
    pub fn style(self) -> TextStyle<'static> {
        // plotters' size is 1.24 times the em of the SVG that it writes.
        let font = FontDesc::new(FontFamily::Name(FONT), self.size * 1.24 * UNITS, FontStyle::Normal);
        let font = if self.upwards { font.transform(FontTransform::Rotate270) } else { font };
        TextStyle { font, color: self.color.to_backend_color(), pos: self.anchor }
    }
}

/// Pixels in drawing units.
pub fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round().clamp(-1e7, 1e7) as i32
}

/// A stroke of a width in pixels.
pub fn stroke(color: RGBColor, pixels: f64) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: units(pixels).max(1) as u32 }
}

/// Makes the font known to plotters, once.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = register_font(FONT, FontStyle::Normal, dejavu::sans::regular());
    });
}

/// Draws a picture of the usual width with its title.
pub fn picture(about: About, height: f64, draw: impl FnOnce(&Sheet) -> Drawn) -> Picture {
    let height = height.ceil();
    let titled = |sheet: &Sheet| {
        let head = Letters::small().size(LARGE);
        text(sheet, about.title, (14.0, 18.0), head)?;
        text(sheet, about.run, (WIDTH - 14.0, 18.0), Letters::small().color(MUTED).ending())?;
        draw(sheet)
    };
    let (body, failure) = sheet(WIDTH, height, titled);
    let mut alt = about.alt;
    if let Some(failure) = failure {
        let _ = write!(alt, " (The drawing is incomplete: {failure}.)");
    }
    Picture {
        name: about.name.into(),
        title: about.title.into(),
        svg: document(WIDTH, height, about.title, &alt, &body),
        width: WIDTH as u32,
        height: height as u32,
        csv: about.csv,
        alt,
    }
}

/// Draws on a white sheet of a size in pixels; returns the body of the SVG, and what went wrong if anything did.
pub fn sheet(width: f64, height: f64, draw: impl FnOnce(&Sheet) -> Drawn) -> (String, Option<String>) {
    prepare();
    let mut svg = String::new();
    let size = (units(width) as u32, units(height) as u32);
    let result = {
        let sheet = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        sheet.fill(&PAPER).and_then(|()| draw(&sheet)).and_then(|()| sheet.present())
    };
    (compact::body(&svg), result.err().map(|e| e.to_string()))
}

/// A whole SVG document from its body.
pub fn document(width: f64, height: f64, title: &str, description: &str, body: &str) -> String {
    let (w, h) = (units(width), units(height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"'{FONT}', Verdana, sans-serif\" stroke-linejoin=\"round\" role=\"img\">\n"
    );
    let _ = writeln!(svg, "<title>{}</title>\n<desc>{}</desc>", escaped(title), escaped(description));
    svg.push_str(body);
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes text at a place in pixels.
pub fn text(sheet: &Sheet, text: &str, (x, y): (f64, f64), letters: Letters) -> Drawn {
    if text.is_empty() {
        return Ok(());
    }
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    sheet.draw(&Text::new(clean, (units(x), units(y)), letters.style()))
}

/// Width of a text in pixels.
pub fn text_width(text: &str, letters: Letters) -> f64 {
    prepare();
    let size = letters.style().font.layout_box(text);
    // The layout takes the size for the height from ascent to descent, which is 1.164 em in this font.
    size.map_or(0.0, |((x0, _), (x1, _))| f64::from(x1 - x0) / UNITS * 1.164 / 1.24)
}

/// A text cut to a width in pixels, an ellipsis at its end where something was cut.
pub fn fitted(text: &str, width: f64, letters: Letters) -> String {
    if text_width(text, letters) <= width {
        return text.into();
    }
    let mut kept: String = text.into();
    while kept.pop().is_some() && text_width(&kept, letters) + letters.size > width {}
    kept.trim_end().to_string() + "…"
}

/// Fills a rectangle.
pub fn fill(sheet: &Sheet, r: Rect, color: RGBColor) -> Drawn {
    let corners = [(units(r.x), units(r.y)), (units(r.x + r.w), units(r.y + r.h))];
    sheet.draw(&Rectangle::new(corners, color.filled()))
}

/// Draws the edge of a rectangle.
pub fn outline(sheet: &Sheet, r: Rect, style: ShapeStyle) -> Drawn {
    let (left, top, right, bottom) = (units(r.x), units(r.y), units(r.x + r.w), units(r.y + r.h));
    let path = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    sheet.draw(&PathElement::new(path, style))
}

/// Draws a straight line between two places in pixels.
pub fn segment(sheet: &Sheet, from: (f64, f64), to: (f64, f64), style: ShapeStyle) -> Drawn {
    let place = |(x, y)| (units(x), units(y));
    sheet.draw(&PathElement::new(vec![place(from), place(to)], style))
}

/// An entry of a legend: how it is drawn and what it is called.
#[derive(Clone, Debug)]
pub struct Key {
    /// What it is called.
    pub label: String,
    /// Its colour.
    pub color: RGBColor,
    /// How it is drawn.
    pub mark: Mark,
}

/// How an entry of a legend is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// A line.
    Line,
    /// A dashed line.
    Dashed,
    /// A dot.
    Dot,
    /// An arrow.
    Arrow,
    /// A hollow dot.
    Ring,
    /// A patch of colour.
    Patch,
}

impl Key {
    /// An entry.
    pub fn new(label: impl Into<String>, color: RGBColor, mark: Mark) -> Self {
        Key { label: label.into(), color, mark }
    }
}

/// Writes a legend in rows from a place in pixels, wrapped at `right`; returns the height of the rows.
pub fn legend(sheet: &Sheet, keys: &[Key], (left, top): (f64, f64), right: f64) -> Drawn<f64> {
    const ROW: f64 = 18.0;
    let (mut x, mut y) = (left, top);
    for key in keys {
        let label = fitted(&key.label, right - left - 30.0, Letters::small());
        let width = 24.0 + text_width(&label, Letters::small()) + 18.0;
        if x > left && x + width - 18.0 > right {
            (x, y) = (left, y + ROW);
        }
        mark(sheet, key, (x, y))?;
        text(sheet, &label, (x + 24.0, y), Letters::small())?;
        x += width;
    }
    Ok(if keys.is_empty() { 0.0 } else { y - top + ROW })
}

/// Draws how an entry is drawn, 18 pixels wide, from a place on its middle line.
pub fn mark(sheet: &Sheet, key: &Key, (x, y): (f64, f64)) -> Drawn {
    match key.mark {
        Mark::Line => segment(sheet, (x, y), (x + 18.0, y), stroke(key.color, 2.0)),
        Mark::Dashed => [0.0, 7.0, 14.0].into_iter().try_for_each(|start| {
            segment(sheet, (x + start, y), (x + start + 4.0, y), stroke(key.color, 1.4))
        }),
        Mark::Dot => sheet.draw(&Circle::new((units(x + 12.0), units(y)), units(3.0), key.color.filled())),
        Mark::Ring => {
            sheet.draw(&Circle::new((units(x + 12.0), units(y)), units(3.0), stroke(key.color, 1.2)))
        }
        Mark::Patch => {
            let r = Rect { x: x + 2.0, y: y - 5.0, w: 16.0, h: 10.0 };
            fill(sheet, r, key.color)?;
            outline(sheet, r, stroke(MUTED, 0.5))
        }
        Mark::Arrow => {
            let at = |dx: f64, dy: f64| (units(x + dx), units(y + dy));
            let path = vec![at(3.0, 0.0), at(18.0, 0.0), at(13.0, -4.0), at(18.0, 0.0), at(13.0, 4.0)];
            sheet.draw(&PathElement::new(path, stroke(key.color, 1.2)))
        }
    }
}
