//! Which of the modes of stacks are reached at the last step: a square of cells for each class of the first image of a
//! stack, whose rows are the classes of the second and whose columns those of the third.

use crate::plot::Picture;
use crate::plot::canvas::{
    About, Drawn, Key, Letters, Mark, Rect, Sheet, fitted, legend, outline, picture, stroke, text, text_width,
};
use crate::plot::raster::{Raster, behind};
use crate::plot::render::exact;
use crate::plot::scale::{short, step_text};
use crate::plot::table::Csv;
use crate::plot::theme::{INK, MEDIUM, MUTED, WIDTH};
use crate::run::image_look::ImageInfo;
use plotters::style::RGBColor;

/// What the three channels of a stack are seen as.
pub const CHANNELS: [&str; 3] = ["red", "green", "blue"];

/// A mode is thin below this share of the samples that its share of the data gives, and crowded above that many times as
/// many. Of 26,000 samples of 1,000 equal modes (26 each) a fifth is the customary threshold of 5.
const THIN: f64 = 0.2;
const CROWDED: f64 = 5.0;

const LEFT: f64 = 44.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 66.0;
/// Above a square for its name, and below one for the names of its columns.
const WORDS: f64 = 20.0;
const BELOW: f64 = 18.0;
const APART: f64 = 14.0;
/// Squares side by side where their classes are few, and the least side of a cell that has a name beside it.
const ACROSS: usize = 5;
const NAMED: f64 = 11.0;

/// How many samples a mode has, beside those that it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Thin,
    Covered,
    Crowded,
}

const STATES: [State; 4] = [State::Missing, State::Thin, State::Covered, State::Crowded];

impl State {
    fn of(count: u64, expected: f64) -> Self {
        match count as f64 {
            0.0 => State::Missing,
            n if n < THIN * expected => State::Thin,
            n if n <= CROWDED * expected => State::Covered,
            _ => State::Crowded,
        }
    }

    /// From light to dark, so that a grey printer tells them apart too; orange and blue are those of Okabe & Ito.
    fn color(self) -> RGBColor {
        match self {
            State::Missing => RGBColor(0xF4, 0xF4, 0xF0),
            State::Thin => RGBColor(0xF5, 0xB8, 0x4A),
            State::Covered => RGBColor(0x3A, 0x8F, 0xC4),
            State::Crowded => RGBColor(0x0B, 0x20, 0x5C),
        }
    }

    fn words(self) -> &'static str {
        match self {
            State::Missing => "no sample",
            State::Thin => "thin: under 1/5 of its share",
            State::Covered => "covered",
            State::Crowded => "crowded: over 5 times its share",
        }
    }

    fn name(self) -> &'static str {
        match self {
            State::Missing => "missing",
            State::Thin => "thin",
            State::Covered => "covered",
            State::Crowded => "crowded",
        }
    }
}

/// The picture of the counts of a look at a step; None where they are not those of stacks of these classes.
pub fn modes(counts: &[u64], step: u64, info: &ImageInfo, run: &str) -> Option<Picture> {
    let map = Map::new(counts, info)?;
    let about = About {
        name: "mode-map",
        title: "Modes reached by the generated stacks",
        run,
        alt: map.alt(step),
        csv: map.csv(info),
    };
    let drawn = picture(about, map.bottom(), |sheet| map.draw(sheet, info));
    let rasters: Vec<Raster> = (0..map.side).filter_map(|first| map.raster(first)).collect();
    Some(behind(drawn, &rasters))
}

struct Map<'a> {
    /// Classes of a single image.
    side: usize,
    counts: &'a [u64],
    /// Samples that each mode has where the shares are those of the data.
    expected: Vec<f64>,
    states: Vec<State>,
    /// Squares side by side, and pixels of a cell.
    across: usize,
    cell: f64,
}

impl<'a> Map<'a> {
    fn new(counts: &'a [u64], info: &ImageInfo) -> Option<Self> {
        let side = info.singles.len();
        let samples: u64 = counts.iter().sum();
        if side == 0 || side.pow(3) != counts.len() || counts.len() != info.classes.len() || samples == 0 {
            return None;
        }
        let expected: Vec<f64> = info.classes.iter().map(|class| class.share * samples as f64).collect();
        let states =
            counts.iter().zip(&expected).map(|(count, expected)| State::of(*count, *expected)).collect();
        let across = side.min(ACROSS.max(side.isqrt() + 1));
        let room = (WIDTH - LEFT - RIGHT - APART * (across - 1) as f64) / across as f64;
        let cell = (room / side as f64).floor().clamp(1.0, 24.0);
        Some(Map { side, counts, expected, states, across, cell })
    }

    fn width(&self) -> f64 {
        self.cell * self.side as f64
    }

    /// The square of a class of the first image.
    fn square(&self, first: usize) -> Rect {
        let w = self.width();
        let (column, row) = ((first % self.across) as f64, (first / self.across) as f64);
        let (x, y) = (LEFT + column * (w + APART), TOP + WORDS + row * (w + WORDS + BELOW));
        Rect { x: x.round(), y: y.round(), w, h: w }
    }

    fn bottom(&self) -> f64 {
        let last = self.square(self.side - 1);
        last.y + last.h + BELOW + 20.0
    }

    fn raster(&self, first: usize) -> Option<Raster> {
        let n = self.side * self.side;
        let color = |state: &State| {
            let RGBColor(r, g, b) = state.color();
            [r, g, b]
        };
        let pixels: Vec<[u8; 3]> = self.states[first * n..][..n].iter().map(color).collect();
        let png = exact(&pixels, self.side as u32, self.side as u32).ok()?;
        Some(Raster { frame: self.square(first), png, crisp: true })
    }

    fn count(&self, state: State) -> usize {
        self.states.iter().filter(|of| **of == state).count()
    }

    fn draw(&self, sheet: &Sheet, info: &ImageInfo) -> Drawn {
        let key = |state: &State| {
            let words = format!("{} ({})", state.words(), step_text(self.count(*state) as u64));
            Key::new(words, state.color(), Mark::Patch)
        };
        legend(sheet, &STATES.iter().map(key).collect::<Vec<_>>(), (14.0, 44.0), WIDTH - RIGHT)?;
        let [first, second, third] = CHANNELS;
        let names: Vec<&str> = info.singles.iter().map(|class| class.name.as_str()).collect();
        let letters = Letters::small().size(9.5).color(MUTED);
        let fits = |name: &&str| text_width(name, letters) <= NAMED;
        let named = self.cell >= NAMED && names.iter().all(fits);
        for (k, name) in names.iter().enumerate() {
            let r = self.square(k);
            let title = fitted(&format!("{first} {name}"), r.w, Letters::small().size(MEDIUM));
            let above = (r.x + r.w / 2.0, r.y - 10.0);
            text(sheet, &title, above, Letters::small().size(MEDIUM).color(INK).centered())?;
            for (at, name) in names.iter().enumerate().filter(|_| named) {
                let middle = self.cell * (at as f64 + 0.5);
                if k % self.across == 0 {
                    text(sheet, name, (r.x - 5.0, r.y + middle), letters.ending())?;
                }
                text(sheet, name, (r.x + middle, r.y + r.h + 9.0), letters.centered())?;
            }
            outline(sheet, r, stroke(MUTED, 0.8))?;
        }
        let (top, last) = (self.square(0), self.square(self.side - 1));
        let upwards = Letters::small().size(MEDIUM).centered();
        text(sheet, second, (14.0, (top.y + last.y + last.h) / 2.0), upwards.upwards())?;
        let middle = LEFT + (self.across as f64 * (self.width() + APART) - APART) / 2.0;
        text(sheet, third, (middle, last.y + last.h + BELOW + 6.0), upwards)
    }

    fn alt(&self, step: u64) -> String {
        let whole = |n: usize| step_text(n as u64);
        let samples: u64 = self.counts.iter().sum();
        let missing = self.count(State::Missing);
        // A mode of probability p is missed by n samples with probability (1 - p)^n.
        let of_real: f64 = self.expected.iter().map(|expected| libm::exp(-expected)).sum();
        let [first, second, third] = CHANNELS;
        format!(
            "The {} modes of stacks, a square of cells for each class of the {first} channel, in it a row for each of the \
             {second} and a column for each of the {third} one. Of {} generated stacks of step {}, as the classifier sees \
             them, {} modes have at least one and {} none, where as many real stacks would leave about {} without any; {} \
             are thin (less than a fifth of the samples that their share of the data gives) and {} crowded (more than five \
             times as many).",
            whole(self.states.len()),
            step_text(samples),
            step_text(step),
            whole(self.states.len() - missing),
            whole(missing),
            if of_real < 0.5 { "0".to_string() } else { short(of_real, 2) },
            whole(self.count(State::Thin)),
            whole(self.count(State::Crowded)),
        )
    }

    fn csv(&self, info: &ImageInfo) -> Option<Vec<u8>> {
        let mut csv = Csv::new(&["name", "state", "class", "samples", "expected"]);
        for (class, known) in info.classes.iter().enumerate() {
            let numbers = [class as f64, self.counts[class] as f64, self.expected[class]];
            csv.row(&[&known.name, self.states[class].name()], &numbers);
        }
        csv.finish()
    }
}
