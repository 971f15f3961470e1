//! The share of each class among the generated images over the training, as a map, the true shares beside it. Stacks have
//! too many classes for that: of them the share of each class in each channel.

use super::modes::CHANNELS;
use crate::plot::Picture;
use crate::plot::canvas::{
    About, Drawn, Letters, Rect, Sheet, fitted, outline, picture, segment, stroke, text, text_width,
};
use crate::plot::lanes::{divergence, step_axis, step_range};
use crate::plot::panel::{Axis, Panel, ROOM_BELOW};
use crate::plot::raster::{Raster, behind};
use crate::plot::render::exact;
use crate::plot::scale::{short, step_text};
use crate::plot::shares::{Shades, color};
use crate::plot::table::Csv;
use crate::plot::theme::{INK, MUTED, WIDTH};
use crate::run::folder::RunData;
use crate::run::image_look::{ImageClass, ImageInfo, channel_shares};

const TOP: f64 = 60.0;
/// Most pixels for the name of a class, and room for what else stands at the left.
const NAME: f64 = 76.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 142.0;
/// Width of the column of true shares.
const TRUE: f64 = 18.0;
/// Most rows that stand for one class each, and most rows at all.
const SINGLE: usize = 64;
const ROWS: usize = 100;
/// Most columns.
const COLUMNS: usize = 600;
/// What stands for a share that was not measured.
const MISSING: [u8; 3] = [MUTED.0, MUTED.1, MUTED.2];

/// The map; None where the table has no shares of classes.
pub fn classes(run: &RunData, info: &ImageInfo) -> Option<Picture> {
    let shares = run.table.numbered("class_share_");
    if !shares.is_empty() {
        return drawn(run, &info.classes, 1, &shares);
    }
    let shares: Vec<Vec<f64>> =
        (1..=CHANNELS.len()).flat_map(|channel| run.table.numbered(&channel_shares(channel))).collect();
    let single = |channel: &'static str| {
        let named = move |class: &ImageClass| format!("{channel} {}", class.name);
        info.singles.iter().map(move |class| ImageClass { name: named(class), share: class.share })
    };
    let classes: Vec<ImageClass> = CHANNELS.into_iter().flat_map(single).collect();
    drawn(run, &classes, CHANNELS.len(), &shares)
}

/// The map of classes, of which each of some channels has the same number.
fn drawn(run: &RunData, classes: &[ImageClass], channels: usize, shares: &[Vec<f64>]) -> Option<Picture> {
    let steps = run.table.column("step")?;
    if shares.is_empty() || steps.is_empty() {
        return None;
    }
    let map = Map::new(classes, channels, shares);
    let left = map.left();
    let width = WIDTH - left - RIGHT;
    let frame = Rect { x: left, y: TOP, w: width, h: map.height() };
    let beside = Rect { x: left + width + 10.0, w: TRUE, ..frame };
    let about = About {
        name: "mode-heatmap",
        title: match channels {
            1 => "Share of each class among the generated images",
            _ => "Share of each class in each channel of the generated stacks",
        },
        run: &run.scenario.name,
        alt: map.alt(run, shares),
        csv: csv(classes, shares, &steps),
    };
    let drawn = picture(about, TOP + frame.h + ROOM_BELOW + 4.0, |sheet| map.draw(sheet, run, frame, beside));
    let mut rasters: Vec<Raster> =
        map.raster(&map.columns(&steps, step_range(&[run])), frame).into_iter().collect();
    rasters.extend(map.truth.as_ref().and_then(|truth| map.raster(&[truth.as_slice()], beside)));
    Some(behind(drawn, &rasters))
}

/// Rows from the top down, each for one class or for several.
struct Map<'a> {
    /// What is known of the classes; nothing, or one for each.
    classes: &'a [ImageClass],
    channels: usize,
    /// Classes of each row.
    groups: Vec<Vec<usize>>,
    /// For each record the mean share of a class in each row.
    records: Vec<Vec<f64>>,
    /// The same for the real images; None where nothing is known of them.
    truth: Option<Vec<f64>>,
    shades: Shades,
}

impl<'a> Map<'a> {
    fn new(classes: &'a [ImageClass], channels: usize, shares: &[Vec<f64>]) -> Self {
        let groups = groups(shares);
        let mean = |of: &dyn Fn(usize) -> f64, group: &Vec<usize>| {
            group.iter().map(|class| of(*class)).sum::<f64>() / group.len() as f64
        };
        let rows =
            |of: &dyn Fn(usize) -> f64| groups.iter().map(|group| mean(of, group)).collect::<Vec<f64>>();
        let records: Vec<Vec<f64>> = (0..shares[0].len()).map(|k| rows(&|class| shares[class][k])).collect();
        let known = classes.len() == shares.len();
        let truth = known.then(|| rows(&|class| classes[class].share));
        let cells = records.iter().chain(&truth).flatten().copied();
        let shades = Shades::new(cells, shares.len() / channels);
        Map { classes, channels, groups, records, truth, shades }
    }

    fn height(&self) -> f64 {
        // Rows of whole pixels.
        let rows = self.groups.len() as f64;
        let wanted = if self.channels > 1 { 360.0 } else { 240.0 };
        rows * (wanted / rows).ceil().clamp(4.0, 26.0)
    }

    /// Where the frame begins: behind the widest name.
    fn left(&self) -> f64 {
        let width = |name: &str| text_width(name, Letters::small()).min(NAME);
        // A rank has at most six characters.
        let names =
            self.classes.iter().map(|class| if self.merged() { width("99,999") } else { width(&class.name) });
        (LEFT + names.fold(width("99"), f64::max)).round()
    }

    /// Whether rows stand for several classes.
    fn merged(&self) -> bool {
        self.groups.iter().any(|group| group.len() > 1)
    }

    /// The record nearest to each of some even steps.
    fn columns(&self, steps: &[f64], (from, to): (f64, f64)) -> Vec<&[f64]> {
        let count = COLUMNS.min(8 * steps.len()).max(1);
        let step = |k: usize| from + (to - from) * (k as f64 + 0.5) / count as f64;
        let nearest = |at: f64| {
            let away = |k: &usize| (steps[*k] - at).abs();
            (0..steps.len()).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(0)
        };
        (0..count).map(|k| self.records[nearest(step(k))].as_slice()).collect()
    }

    fn raster(&self, columns: &[&[f64]], frame: Rect) -> Option<Raster> {
        let cell = |row: usize, column: &&[f64]| match self.shades.shade(column[row]).map(color) {
            Some(c) => [c.0, c.1, c.2],
            None => MISSING,
        };
        let rows = self.groups.len();
        let pixels: Vec<[u8; 3]> =
            (0..rows).flat_map(|row| columns.iter().map(move |c| cell(row, c))).collect();
        let png = exact(&pixels, columns.len() as u32, rows as u32).ok()?;
        Some(Raster { frame, png, crisp: true })
    }

    fn draw(&self, sheet: &Sheet, run: &RunData, frame: Rect, beside: Rect) -> Drawn {
        let x = step_axis(step_range(&[run]), frame.w).room(ROOM_BELOW);
        let mut panel = Panel::new(sheet, frame, &x, &self.axis().room(frame.x - 14.0), false)?;
        divergence(sheet, run, &mut panel, false)?;
        panel.close(sheet)?;
        for channel in 1..if self.merged() { 1 } else { self.channels } {
            let y = frame.y + frame.h * channel as f64 / self.channels as f64;
            segment(sheet, (frame.x, y), (beside.x + beside.w, y), stroke(INK, 1.2))?;
        }
        text(sheet, "generated", (frame.x, TOP - 12.0), Letters::small())?;
        if self.truth.is_some() {
            outline(sheet, beside, stroke(MUTED, 0.8))?;
            text(sheet, "real", (beside.x + TRUE / 2.0, TOP - 12.0), Letters::small().centered())?;
        }
        let bar = Rect { x: beside.x + TRUE + 22.0, w: 14.0, ..beside };
        self.shades.bar().draw(sheet, bar, 62.0)
    }

    fn axis(&self) -> Axis {
        let rows = self.groups.len();
        let name = |row: usize| match self.classes.get(self.groups[row][0]) {
            Some(class) => fitted(&class.name, NAME, Letters::small()),
            None => self.groups[row][0].to_string(),
        };
        let stride = rows.div_ceil((self.height() / 15.0) as usize).max(1);
        let at = |row: usize| (rows - row) as f64 - 0.5;
        let (ticks, label) = match self.merged() {
            // The names of some thousand classes are of no use; their rank is.
            true => {
                let rank = |row: usize| self.groups[..row].iter().map(Vec::len).sum::<usize>() + 1;
                let ticks =
                    (0..rows).step_by(rows.div_ceil(5)).map(|row| (at(row), step_text(rank(row) as u64)));
                (ticks.collect(), "classes by their share at the end")
            }
            false => ((0..rows).step_by(stride).map(|row| (at(row), name(row))).collect(), "class"),
        };
        Axis { range: (0.0, rows as f64), ticks, label: label.into(), room: LEFT + NAME }
    }

    fn alt(&self, run: &RunData, shares: &[Vec<f64>]) -> String {
        let last: Vec<f64> = shares.iter().filter_map(|share| share.last().copied()).collect();
        let most =
            (0..last.len()).filter(|k| last[*k].is_finite()).max_by(|a, b| last[*a].total_cmp(&last[*b]));
        let name = |class: usize| self.classes.get(class).map_or(class.to_string(), |c| c.name.clone());
        let end = most.map_or(String::new(), |class| {
            format!(
                " At the last record the class {} has most, {}\u{a0}%.",
                name(class),
                short(100.0 * last[class], 2)
            )
        });
        let rows = match self.merged() {
            true => format!(
                "Classes are in order of their shares over the last quarter of the records, the largest at the top; a \
                 row is the mean of {}. ",
                self.groups[0].len()
            ),
            false => String::new(),
        };
        let (_, to) = step_range(&[run]);
        let beside = if self.truth.is_some() { ", beside them the shares among the real ones" } else { "" };
        let among = match self.channels {
            1 => "among the generated images",
            _ => "in each of the three channels of the generated stacks",
        };
        format!(
            "Shares of {} classes {among} over {} training steps, as the classifier sees \
             them{beside}. {rows}The colour grows with the square root of the share.{end}",
            step_text((shares.len() / self.channels) as u64),
            step_text(to as u64)
        )
    }
}

/// The classes of each row from the top down: one each while there are few; otherwise sorted by their mean share over the
/// last quarter of the records and put together.
fn groups(shares: &[Vec<f64>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    if order.len() <= SINGLE {
        return order.into_iter().map(|class| vec![class]).collect();
    }
    let late = |class: &usize| {
        let all = &shares[*class];
        all[all.len() - all.len().div_ceil(4)..].iter().filter(|v| v.is_finite()).sum::<f64>()
    };
    order.sort_by(|a, b| late(b).total_cmp(&late(a)).then(a.cmp(b)));
    order.chunks(order.len().div_ceil(ROWS)).map(<[usize]>::to_vec).collect()
}

fn csv(classes: &[ImageClass], shares: &[Vec<f64>], steps: &[f64]) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["class", "name", "real_share", "step", "share"]);
    for (class, all) in shares.iter().enumerate() {
        let known = classes.get(class);
        let name = known.map_or(String::new(), |c| c.name.clone());
        let real = known.map_or(f64::NAN, |c| c.share);
        for (step, share) in steps.iter().zip(all) {
            csv.row(&[&class.to_string(), &name], &[real, *step, *share]);
        }
    }
    csv.finish()
}
