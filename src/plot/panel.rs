//! A pair of axes on the sheet, and what is drawn between them. Everything is cut at the frame.

use super::canvas::{Drawn, Letters, Rect, Sheet, fill, outline, stroke, text, text_width, units};
use super::clip;
use super::scale;
use super::theme::{ALARM, GRID, INK, MEDIUM, MUTED, PAPER, SMALL};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// One axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Lower and upper end.
    pub range: (f64, f64),
    /// Ticks with their texts.
    pub ticks: Vec<(f64, String)>,
    /// What the axis is; empty for nothing.
    pub label: String,
    /// Room for texts beside the frame in pixels; 0 leaves ticks and label out.
    pub room: f64,
}

/// A pair of axes on the sheet.
pub struct Panel<'a> {
    /// The frame in pixels.
    pub frame: Rect,
    /// Range of the x axis.
    pub x: (f64, f64),
    /// Range of the y axis.
    pub y: (f64, f64),
    chart: ChartContext<'a, SVGBackend<'a>, Cartesian2d<Coordinate, Coordinate>>,
}

/// An axis as plotters sees it: a linear range with the ticks and texts that it is given.
struct Coordinate {
    inner: RangedCoordf64,
    ticks: Vec<(f64, String)>,
}

impl From<&Axis> for Coordinate {
    fn from(axis: &Axis) -> Self {
        Coordinate { inner: (axis.range.0..axis.range.1).into(), ticks: axis.ticks.clone() }
    }
}

impl Ranged for Coordinate {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;
    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.inner.map(value, limit)
    }
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.ticks.iter().map(|t| t.0).collect(),
        }
    }
    fn range(&self) -> std::ops::Range<f64> {
        self.inner.range()
    }
}

impl ValueFormatter<f64> for Coordinate {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|t| t.0 == *value).map_or_else(String::new, |t| t.1.clone())
    }
}

/// A place in the coordinates of a panel.
pub type At = (f64, f64);

/// Room for the texts beside a panel's left edge.
pub const ROOM_LEFT: f64 = 66.0;
/// Room for the texts below a panel.
pub const ROOM_BELOW: f64 = 38.0;

impl Axis {
    /// An axis with about `count` ticks.
    pub fn linear(range: (f64, f64), count: usize, label: impl Into<String>) -> Self {
        let ticks = scale::ticks(range.0, range.1, count);
        Axis { range, ticks, label: label.into(), room: ROOM_LEFT }
    }
    /// An axis of decimal logarithms, its ticks the numbers themselves.
    pub fn log(range: (f64, f64), count: usize, label: impl Into<String>) -> Self {
        let ticks = scale::log_ticks(range.0, range.1, count);
        Axis { range, ticks, label: label.into(), room: ROOM_LEFT }
    }
    /// An axis of whole numbers.
    pub fn whole(range: (f64, f64), count: usize, label: impl Into<String>) -> Self {
        let ticks = scale::whole_ticks(range.0, range.1, count);
        Axis { range, ticks, label: label.into(), room: ROOM_LEFT }
    }
    /// The same with another room beside the frame.
    pub fn room(self, room: f64) -> Self {
        Axis { room, ..self }
    }
    /// The same without texts.
    pub fn bare(self) -> Self {
        self.room(0.0)
    }
}

impl<'a> Panel<'a> {
    /// Sets up a panel whose frame is `frame`, with grid lines where `grid` says so.
    pub fn new(sheet: &Sheet<'a>, frame: Rect, x: &Axis, y: &Axis, grid: bool) -> Drawn<Self> {
        let corner = (units(frame.x - y.room), units(frame.y));
        let size = (units(frame.w + y.room), units(frame.h + x.room));
        let area = sheet.clone().shrink(corner, size);
        let mut chart = ChartBuilder::on(&area)
            .x_label_area_size(units(x.room))
            .y_label_area_size(units(y.room))
            .build_cartesian_2d(Coordinate::from(x), Coordinate::from(y))?;
        mesh(&mut chart, x, y, grid)?;
        Ok(Panel { frame, x: x.range, y: y.range, chart })
    }

    /// Draws a curve, broken where a value is missing.
    pub fn curve(&mut self, points: &[At], color: RGBColor, width: f64) -> Drawn {
        self.path(points, stroke(color, width))
    }

    /// Draws a path in a style, broken where a value is missing.
    pub fn path(&mut self, points: &[At], style: ShapeStyle) -> Drawn {
        for piece in clip::path(points, self.x, self.y) {
            self.chart.draw_series(std::iter::once(PathElement::new(piece, style)))?;
        }
        Ok(())
    }

    /// Draws a dashed curve.
    pub fn dashed(&mut self, points: &[At], color: RGBColor, width: f64) -> Drawn {
        let style = stroke(color, width);
        for piece in clip::path(points, self.x, self.y) {
            self.chart.draw_series(DashedLineSeries::new(piece, units(4.0), units(3.0), style))?;
        }
        Ok(())
    }

    /// Draws dots of a radius in pixels; those outside are left out.
    pub fn dots(&mut self, points: &[At], color: RGBColor, radius: f64) -> Drawn {
        let (x, y) = (self.x, self.y);
        let style = color.filled();
        let inside = points.iter().filter(move |p| clip::inside(**p, x, y));
        self.chart.draw_series(inside.map(|p| Circle::new(*p, units(radius), style)))?;
        Ok(())
    }

    /// Draws hollow dots of a radius in pixels; those outside are left out.
    pub fn rings(&mut self, points: &[At], color: RGBColor, radius: f64) -> Drawn {
        let (x, y) = (self.x, self.y);
        let style = stroke(color, 1.1);
        let inside = points.iter().filter(move |p| clip::inside(**p, x, y));
        self.chart.draw_series(inside.map(|p| Circle::new(*p, units(radius), style)))?;
        Ok(())
    }

    /// Fills a polygon.
    pub fn polygon(&mut self, ring: &[At], color: RGBColor) -> Drawn {
        let ring = clip::polygon(ring, self.x, self.y);
        if ring.len() > 2 {
            let shape = Polygon::new(ring, color.filled());
            self.chart.draw_series(std::iter::once(shape))?;
        }
        Ok(())
    }

    /// Fills a polygon through which so much of what lies below is seen: `share` of its colour covers it.
    pub fn shade(&mut self, ring: &[At], color: RGBColor, share: f64) -> Drawn {
        let ring = clip::polygon(ring, self.x, self.y);
        if ring.len() > 2 {
            let shape = Polygon::new(ring, color.mix(share).filled());
            self.chart.draw_series(std::iter::once(shape))?;
        }
        Ok(())
    }

    /// Fills an upright rectangle between two corners.
    pub fn cell(&mut self, a: At, b: At, color: RGBColor) -> Drawn {
        let cut = |v: f64, (low, high): (f64, f64)| v.clamp(low, high);
        if [a.0, a.1, b.0, b.1].iter().any(|v| v.is_nan()) {
            return Ok(());
        }
        let corners = [(cut(a.0, self.x), cut(a.1, self.y)), (cut(b.0, self.x), cut(b.1, self.y))];
        self.chart.draw_series(std::iter::once(Rectangle::new(corners, color.filled())))?;
        Ok(())
    }

    /// Where a place of the panel is on the sheet, in pixels.
    pub fn place(&self, at: At) -> (f64, f64) {
        let share = |v: f64, (low, high): (f64, f64)| (v - low) / (high - low);
        let (u, v) = (share(at.0, self.x), share(at.1, self.y));
        (self.frame.x + u * self.frame.w, self.frame.y + (1.0 - v) * self.frame.h)
    }

    /// Draws the frame, over whatever reached it.
    pub fn close(&self, sheet: &Sheet) -> Drawn {
        outline(sheet, self.frame, stroke(MUTED, 0.8))
    }

    /// Writes the title of the panel above its frame.
    pub fn title(&self, sheet: &Sheet, title: &str) -> Drawn {
        let middle = (self.frame.x + self.frame.w / 2.0, self.frame.y - 10.0);
        text(sheet, title, middle, Letters::small().size(MEDIUM).centered())
    }

    /// Marks a value of the x axis by a vertical line, with a label at its top where there is one.
    pub fn moment(&mut self, sheet: &Sheet, x: f64, label: &str) -> Drawn {
        if !(x >= self.x.0 && x <= self.x.1) {
            return Ok(());
        }
        self.dashed(&[(x, self.y.0), (x, self.y.1)], ALARM, 1.4)?;
        if label.is_empty() {
            return Ok(());
        }
        let (px, py) = self.place((x, self.y.1));
        let letters = Letters::small().color(ALARM);
        let width = text_width(label, letters) + 8.0;
        let left = if px > self.frame.x + self.frame.w / 2.0 { px - 6.0 - width } else { px + 6.0 };
        // On a plate of paper, so that no curve runs through the words.
        fill(sheet, Rect { x: left, y: py + 5.0, w: width, h: 16.0 }, PAPER)?;
        text(sheet, label, (left + 4.0, py + 13.0), letters)
    }

    /// Writes a note in the middle of the panel: why there is nothing to see.
    pub fn note(&self, sheet: &Sheet, note: &str) -> Drawn {
        let r = self.frame;
        let at = (r.x + r.w / 2.0, r.y + r.h / 2.0);
        text(sheet, note, at, Letters::small().color(MUTED).centered())
    }

    /// Writes a note on a plate of paper into the corner where it hides the fewest of the points.
    pub fn corner(&self, sheet: &Sheet, note: &str, points: &[At]) -> Drawn {
        if note.is_empty() {
            return Ok(());
        }
        let letters = Letters::small().size(9.5).color(MUTED);
        let (w, h) = (text_width(note, letters) + 8.0, 15.0);
        let (right, bottom) = (self.frame.x + self.frame.w - w, self.frame.y + self.frame.h - h);
        let (left, top) = (self.frame.x, self.frame.y);
        let plates = [(right, top), (left, top), (right, bottom), (left, bottom)];
        let hidden = |(x, y): &(f64, f64)| {
            let under =
                |p: (f64, f64)| p.0 > x - 2.0 && p.0 < x + w + 2.0 && p.1 > y - 2.0 && p.1 < y + h + 2.0;
            points.iter().filter(|p| under(self.place(**p))).count()
        };
        let Some((x, y)) = plates.into_iter().min_by_key(hidden) else { return Ok(()) };
        fill(sheet, Rect { x, y, w, h }, PAPER)?;
        text(sheet, note, (x + 4.0, y + 8.0), letters)
    }
}

fn mesh<'a>(
    chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<Coordinate, Coordinate>>,
    x: &Axis,
    y: &Axis,
    grid: bool,
) -> Drawn {
    let mut mesh = chart.configure_mesh();
    mesh.axis_style(stroke(INK, 0.8))
        .bold_line_style(stroke(GRID, 0.8))
        .set_all_tick_mark_size(units(3.5))
        .label_style(Letters::small().size(SMALL).style())
        .axis_desc_style(Letters::small().size(MEDIUM).style());
    if !grid {
        mesh.disable_mesh();
    }
    if !x.label.is_empty() {
        mesh.x_desc(x.label.as_str());
    }
    if !y.label.is_empty() {
        mesh.y_desc(y.label.as_str());
    }
    mesh.draw()
}
