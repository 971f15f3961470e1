//! What is shown is what was generated, pixel by pixel.

use super::fixture::{channels, digits, learned, odd_images, stacked};
use super::pixels::{Grid, color, mosaic, scale};
use super::*;
use crate::plot::theme::{ALARM, PAPER};
use crate::plot::{animation, compare_curves, draw_all, samples_labelled};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

/// Pixels within a picture: where they are, in pixels of the sheet, and their colours.
struct Embedded {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
    width: usize,
    height: usize,
    rgb: Vec<[u8; 3]>,
}

fn embedded(svg: &str) -> Vec<Embedded> {
    let attribute = |piece: &str, name: &str| -> f64 {
        let value = piece.split(&format!(" {name}=\"")).nth(1).and_then(|v| v.split('"').next());
        value.and_then(|v| v.parse().ok()).unwrap()
    };
    let pieces = svg.split("<image").skip(1);
    pieces
        .map(|piece| {
            let data = piece.split("base64,").nth(1).and_then(|d| d.split('"').next()).unwrap();
            let png = STANDARD.decode(data).unwrap();
            let mut reader = png::Decoder::new(png.as_slice()).read_info().unwrap();
            let mut bytes = vec![0; reader.output_buffer_size()];
            let frame = reader.next_frame(&mut bytes).unwrap();
            let rgb = match frame.color_type {
                png::ColorType::Grayscale => bytes.iter().map(|v| [*v; 3]).collect(),
                _ => bytes.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect(),
            };
            Embedded {
                x: attribute(piece, "x") / 10.0,
                y: attribute(piece, "y") / 10.0,
                w: attribute(piece, "width") / 10.0,
                h: attribute(piece, "height") / 10.0,
                width: frame.width as usize,
                height: frame.height as usize,
                rgb,
            }
        })
        .collect()
}

fn named(run: &RunData, name: &str) -> Picture {
    draw_all(run, None).into_iter().find(|picture| picture.name == name).unwrap()
}

#[test]
fn pixels_have_the_colours_of_their_numbers() {
    let shape = |channels| Extent { channels, height: 1, width: 2 };
    let grey = [-1.0, 0.0];
    assert_eq!(color(shape(1), &grey, 0), [0; 3]);
    assert_eq!(color(shape(1), &grey, 1), [128; 3]);
    assert_eq!(color(shape(1), &[9.0, -9.0], 0), [255; 3]);
    assert_eq!(color(shape(1), &[9.0, -9.0], 1), [0; 3]);
    let stack = [1.0, -1.0, 0.2, 0.4, -0.2, 0.6, 0.9, 0.9];
    assert_eq!(color(shape(3), &stack, 0), [255, 153, 102]);
    assert_eq!(color(shape(4), &stack, 0), [255, 153, 102]);
    assert_eq!(color(shape(2), &stack, 1), [0, 179, 0]);
    assert_eq!(color(shape(1), &[f64::NAN, 0.0], 0), [ALARM.0, ALARM.1, ALARM.2]);
}

#[test]
fn a_mosaic_puts_images_row_by_row_with_paper_between() {
    let shape = Extent { channels: 1, height: 1, width: 2 };
    let images = Points::new(2, vec![-1.0, 1.0, 1.0, -1.0, -1.0, -1.0]);
    let paper = [PAPER.0, PAPER.1, PAPER.2];
    let (black, white) = ([0; 3], [255; 3]);
    let found = mosaic(shape, &images, (2, 2), 1);
    assert_eq!((found.width, found.height), (5, 3));
    assert_eq!(found.rgb[..5], [black, white, paper, white, black]);
    assert_eq!(found.rgb[5..10], [paper; 5]);
    assert_eq!(found.rgb[10..], [black, black, paper, paper, paper]);
}

#[test]
fn runs_of_images_have_pictures_of_images_only() {
    let names = |run: &RunData| draw_all(run, None).into_iter().map(|p| p.name).collect::<Vec<_>>();
    let all = [
        "images",
        "images-final",
        "image-coverage",
        "mode-heatmap",
        "neighbours",
        "duplicates",
        "interpolations",
        "losses",
    ];
    assert_eq!(names(&digits()), all);
    assert_eq!(names(&stacked()), all);
    let mut bare = digits();
    (bare.look, bare.table.rows, bare.frames) = (None, Vec::new(), Vec::new());
    assert!(names(&bare).is_empty() && animation(&bare).is_none());
}

/// Seven steps and the real ones: every place of every panel holds the sample of its number, each of its pixels as wide
/// as the others.
#[test]
fn grids_show_every_sample_at_its_place() {
    for run in [digits(), stacked()] {
        let shape = run.images.as_ref().unwrap().shape;
        let picture = named(&run, "images");
        let panels = embedded(&picture.svg);
        let steps: Vec<u64> = vec![0, 600, 1400, 2000, 2600, 3400, 4000];
        let shown: Vec<&Points> = run
            .frames
            .iter()
            .filter(|f| steps.contains(&f.step))
            .map(|f| &f.samples)
            .chain([&run.real])
            .collect();
        assert_eq!((panels.len(), shown.len()), (8, 8));
        for (panel, points) in panels.iter().zip(shown) {
            let magnified = panel.w / panel.width as f64;
            assert_eq!(magnified, magnified.round());
            assert_eq!(panel.h / panel.height as f64, magnified);
            // 5 x 5 of 8 x 8 pixels with one between them.
            assert_eq!((panel.width, panel.height), (44, 44));
            for (k, image) in points.rows().take(25).enumerate() {
                let (x, y) = (k % 5 * 9, k / 5 * 9);
                for pixel in 0..64 {
                    let at = (y + pixel / 8) * panel.width + x + pixel % 8;
                    assert_eq!(panel.rgb[at], color(shape, image, pixel), "image {k}, pixel {pixel}");
                }
            }
        }
        for step in steps.iter().skip(1) {
            assert!(picture.svg.contains(&format!("step {}<", crate::plot::scale::step_text(*step))));
        }
    }
}

#[test]
fn pixels_stay_crisp_when_the_picture_is_rendered() {
    let picture = named(&digits(), "images-final");
    let sheet = crate::plot::render::pixels(&picture.svg, 1.0).unwrap();
    for grid in embedded(&picture.svg) {
        let magnified = (grid.w / grid.width as f64) as usize;
        for y in 0..grid.height * magnified {
            for x in 0..grid.width * magnified {
                let wanted = grid.rgb[y / magnified * grid.width + x / magnified];
                let found = sheet.pixel((grid.x as usize + x) as u32, (grid.y as usize + y) as u32).unwrap();
                assert_eq!([found.red(), found.green(), found.blue()], wanted, "{x} {y}");
            }
        }
    }
}

#[test]
fn neighbours_pairs_and_lines_are_those_of_the_look() {
    let run = digits();
    let (shape, look) = (run.images.as_ref().unwrap().shape, run.look.as_ref().unwrap());
    let rgb = |image: &[f64]| (0..64).map(|pixel| color(shape, image, pixel)).collect::<Vec<_>>();

    let near = look.neighbours.as_ref().unwrap();
    let tiles = embedded(&named(&run, "neighbours").svg);
    assert_eq!(tiles.len(), 12 * 6);
    for (k, group) in tiles.chunks(6).enumerate() {
        assert_eq!(group[0].rgb, rgb(near.generated.row(k)));
        (0..5).for_each(|n| assert_eq!(group[n + 1].rgb, rgb(near.near.row(5 * k + n))));
        assert!(group.windows(2).all(|pair| pair[0].y == pair[1].y && pair[0].x + pair[0].w < pair[1].x));
    }

    let pairs = look.duplicates.as_ref().unwrap();
    let picture = named(&run, "duplicates");
    let tiles = embedded(&picture.svg);
    assert_eq!(tiles.len(), 2 * 18);
    for (k, pair) in tiles.chunks(2).enumerate() {
        assert_eq!((&pair[0].rgb, &pair[1].rgb), (&rgb(pairs.first.row(k)), &rgb(pairs.second.row(k))));
    }
    assert!(picture.alt.contains("; 5 of them") && picture.alt.contains("3,980 images (1,710 to 12,300)"));

    let lines = embedded(&named(&run, "interpolations").svg);
    assert_eq!(lines.len(), 1);
    let gap = (lines[0].width - 80) / 9;
    assert_eq!(lines[0].width, 10 * 8 + 9 * gap);
    assert_eq!(lines[0].height, 6 * 8 + 5 * gap);
}

/// The shade of the map grows with the share, and no share has the palest.
#[test]
fn the_map_of_classes_has_the_shares_as_colours() {
    let run = digits();
    let maps = embedded(&named(&run, "mode-heatmap").svg);
    let [map, truth] = &maps[..] else { panic!("a map and the true shares") };
    assert_eq!((map.height, truth.height, truth.width), (10, 10, 1));
    let shares = run.table.numbered("class_share_");
    let dark = |[r, g, b]: [u8; 3]| 765 - u32::from(r) - u32::from(g) - u32::from(b);
    for (column, record) in [(0, 0), (map.width - 1, shares[0].len() - 1)] {
        let cells: Vec<(f64, u32)> =
            (0..10).map(|class| (shares[class][record], dark(map.rgb[class * map.width + column]))).collect();
        let palest = cells.iter().map(|c| c.1).min().unwrap();
        assert!(cells.iter().all(|(share, dark)| (*share == 0.0) == (*dark == palest)));
        assert!(cells.iter().all(|a| cells.iter().all(|b| a.0 > b.0 || a.1 <= b.1)));
    }
}

/// A thousand classes: rows for ten each, those with the largest shares at the end on top.
#[test]
fn the_map_of_many_classes_is_sorted() {
    let run = stacked();
    let picture = named(&run, "mode-heatmap");
    let map = &embedded(&picture.svg)[0];
    assert_eq!(map.height, 100);
    let last = |row: usize| map.rgb[row * map.width + map.width - 1];
    // Nine of ten classes are reached.
    let palest = last(99);
    assert!((0..90).all(|row| last(row) != palest) && (90..100).all(|row| last(row) == palest));
    assert!(picture.svg.contains("classes by their share at the end"));
}

/// Thirty rows: the digits of the red, the green and the blue channel; a digit that a channel lost is pale to the end.
#[test]
fn stacks_have_a_map_of_their_channels() {
    let run = channels();
    let picture = named(&run, "mode-heatmap");
    let maps = embedded(&picture.svg);
    let [map, truth] = &maps[..] else { panic!("a map and the true shares") };
    assert_eq!((map.height, truth.height), (30, 30));
    let last = |row: usize| map.rgb[row * map.width + map.width - 1];
    assert!((0..30).all(|row| (last(row) == last(17)) == (row == 17)));
    assert!(picture.svg.contains(">green 6<") && picture.svg.contains(">1/10<"));
    assert!(picture.alt.contains("Shares of 10 classes in each of the three channels"), "{}", picture.alt);
}

/// Every mode has a cell at its place: the square of its first digit, the row of its second, the column of its third.
#[test]
fn modes_of_stacks_are_told_apart_by_their_counts() {
    let run = channels();
    let picture = named(&run, "mode-map");
    let squares = embedded(&picture.svg);
    assert_eq!(squares.len(), 10);
    let cell = |mode: usize| squares[mode / 100].rgb[mode % 100];
    let (missing, covered) = (cell(70), cell(333));
    assert!((0..1000).filter(|m| m / 10 % 10 == 7).all(|mode| cell(mode) == missing));
    // Of 10 % of the digits and some 20,000 samples each mode should have about 20: 1 to 3 are thin, 2,000 are many.
    let (thin, crowded) = (cell(1), cell(555));
    assert_eq!([cell(0), cell(2), cell(3), cell(4)], [missing, thin, thin, missing]);
    let all = std::collections::BTreeSet::from([missing, thin, covered, crowded]);
    assert_eq!(all.len(), 4);
    assert_eq!((0..1000).filter(|mode| cell(*mode) == crowded).count(), 1);
    let dark =
        |[r, g, b]: [u8; 3]| 299 * u32::from(255 - r) + 587 * u32::from(255 - g) + 114 * u32::from(255 - b);
    assert!([missing, thin, covered, crowded].windows(2).all(|pair| dark(pair[0]) < dark(pair[1])));
    // 100 of the green 7, and every fourth of the 90 others with a red 0: 0, 4, 8, ... without 70 to 79.
    let none = (0..1000).filter(|mode| cell(*mode) == missing).count();
    assert!(
        picture.alt.contains(&format!("{} modes have at least one and {none} none", 1000 - none)),
        "{}",
        picture.alt
    );
    assert!(picture.svg.contains(&format!(">no sample ({none})<")));
    // A look of other classes, as of a run that was changed, is left out.
    let mut odd = channels();
    odd.look.as_mut().unwrap().modes = Some(vec![1; 999]);
    assert!(!draw_all(&odd, None).iter().any(|picture| picture.name == "mode-map"));
}

#[test]
fn the_film_shows_the_images_of_every_frame() {
    let run = digits();
    let bytes = animation(&run).unwrap();
    assert!(bytes.len() < 2_000_000, "{}", bytes.len());
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes.as_slice()).unwrap();
    let width = usize::from(decoder.width());
    let mut sheet = vec![[0u8; 3]; width * usize::from(decoder.height())];
    let grid = Grid::square(run.images.as_ref().unwrap().shape, 352.0, 8);
    let (left, each) = (((360.0 - grid.width()) / 2.0).round() as usize, grid.scale as usize);
    let mut frames = run.frames.iter();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        for (k, color) in frame.buffer.chunks_exact(4).enumerate().filter(|(_, c)| c[3] > 0) {
            let (x, y) = (k % usize::from(frame.width), k / usize::from(frame.width));
            sheet[(y + usize::from(frame.top)) * width + x + usize::from(frame.left)] =
                [color[0], color[1], color[2]];
        }
        let image = frames.next().unwrap().samples.row(0);
        for pixel in 0..64 {
            let (x, y) = (left + pixel % 8 * each + each / 2, 24 + pixel / 8 * each + each / 2);
            let wanted = color(grid.shape, image, pixel)[0];
            assert!(sheet[y * width + x][0].abs_diff(wanted) <= 2, "pixel {pixel}");
        }
    }
    assert!(frames.next().is_none());
}

#[test]
fn runs_are_compared_by_their_images() {
    let (a, b) = (digits(), digits());
    let picture = samples_labelled(&[("eta = 0", &a), ("eta = 0.1", &b)]).unwrap();
    assert_eq!(embedded(&picture.svg).len(), 3);
    assert!(picture.svg.contains("eta = 0.1, step 4,000"));
    // Images of another shape, and no images, have no grid in common.
    assert!(samples_labelled(&[("a", &a), ("b", &stacked())]).is_none());
    assert!(samples_labelled(&[("a", &crate::plot::fixture::ring()), ("b", &a)]).is_none());
    assert!(compare_curves(&[("a", &a), ("b", &b)]).is_some());
}

/// What pictures need to know of images lies in the run folder: nothing is read from the data again.
#[test]
fn a_trained_run_has_its_images() {
    let run = learned(4, false);
    let info = run.images.as_ref().unwrap();
    assert_eq!((info.shape.numbers(), info.classes.len()), (64, 10));
    let names: Vec<String> = draw_all(&run, None).into_iter().map(|p| p.name).collect();
    let all = ["images", "images-final", "neighbours", "duplicates", "interpolations", "losses", "path"];
    assert_eq!(names, all);
}

#[test]
fn odd_images_say_so() {
    let picture = named(&odd_images(), "images");
    assert!(picture.alt.contains("not finite"));
    let alarm = [ALARM.0, ALARM.1, ALARM.2];
    assert!(embedded(&picture.svg)[0].rgb.contains(&alarm));
    let told = named(&odd_images(), "duplicates").alt;
    assert!(told.contains("found no duplicates: the support has at least 100 images"), "{told}");
}

proptest! {
    /// A grid fits its room, and an image's pixel is a whole number of the sheet's, or the other way round.
    #[test]
    fn grids_fit(w in 1usize..300, h in 1usize..300, room in 60.0..900.0f64, most in 1usize..15) {
        let shape = Extent { channels: 1, height: h, width: w };
        let grid = Grid::square(shape, room, most);
        prop_assert!(grid.columns == grid.rows && (1..=most).contains(&grid.columns));
        prop_assert!(grid.width() <= room + 1e-9, "{grid:?}");
        let whole = |v: f64| (v - v.round()).abs() < 1e-9;
        prop_assert!(whole(grid.scale) || whole(1.0 / grid.scale), "{grid:?}");
        prop_assert!(scale(w, room) * w as f64 <= room + 1e-9);
    }
}
