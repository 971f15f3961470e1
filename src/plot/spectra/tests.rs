//! Every picture of every kind of spectrum: it renders, its words and marks stay on the sheet, it holds no NaN.

use super::super::{Files, Picture, pdf, png, write_all};
use super::fixture as made;
use super::*;
use std::path::PathBuf;

fn of_one() -> Vec<(String, Picture)> {
    let mut all = Vec::new();
    for (kind, spectrum) in made::spectra() {
        all.push((kind.to_string(), spectrum_plane(&spectrum)));
        all.extend(multiplier_plane(&spectrum).map(|p| (kind.to_string(), p)));
        all.extend(spectra_compared(&[(kind, &spectrum)]).map(|p| (kind.to_string(), p)));
    }
    all
}

fn of_several() -> Vec<(String, Picture)> {
    let mut all: Vec<(String, Picture)> = Vec::new();
    let mut add = |kind: &str, p: Option<Picture>| all.extend(p.map(|p| (kind.to_string(), p)));
    let (a, b, c) = (made::gan(200, 0.02, 8), made::gan(200, -0.05, 9), made::outermost());
    let (circles, spirals) =
        (made::of(vec![[0.0, 1.0], [0.0, -1.0]], 0.1), made::of(vec![[-0.5, 0.8], [-0.5, -0.8]], 0.1));
    add("two", spectra_compared(&[("without regulariser", &circles), ("eta = 0.5", &spirals)]));
    add(
        "matched",
        spectra_compared(&[
            ("eta = 0", &a),
            ("a label much too long to be written here, it must be cut", &b),
        ]),
    );
    let list = [("eta = 0", &a), ("eta = 0.1", &b), ("<&>", &c), ("same", &a), ("again", &b)];
    add("five", spectra_compared(&list));
    add("training", spectrum_over_steps(&made::training(40)));
    add("few", spectrum_over_steps(&made::training(6)));
    add("long", spectrum_over_steps(&made::training(240)));
    add("one", spectrum_over_steps(&made::training(1)));
    let mut weird: Vec<_> = made::spectra().into_iter().map(|s| s.1).collect();
    add("same", spectrum_over_steps(&weird));
    weird.iter_mut().zip(1..).for_each(|(s, k)| s.step = 100 * k);
    add("weird", spectrum_over_steps(&weird));
    for (kind, n, d, layers) in [
        ("net", 300, 120, vec![0, 80, 120, 200, 260]),
        ("two", 2, 1, vec![]),
        ("thin", 200, 3, vec![]),
        ("alone", 5, 5, vec![]),
        ("none", 0, 0, vec![]),
    ] {
        add(kind, Some(block_map(&made::jacobian(n, d), d, &layers)));
    }
    add("zero", Some(block_map(&nalgebra::DMatrix::zeros(4, 4), 2, &[])));
    for (kind, d, g) in [("net", 300, 900), ("two", 1, 1), ("few", 3, 7), ("none", 0, 0)] {
        add(kind, Some(block_spectra(&made::blocks(d, g))));
    }
    add("both", Some(path_angle(&made::path())));
    add("none", Some(path_angle(&crate::spectrum::Path::default())));
    add("linear", Some(sweep(&made::sweep(false, 25))));
    add("log", Some(sweep(&made::sweep(true, 60))));
    add("one", Some(sweep(&made::sweep(false, 1))));
    add("none", Some(sweep(&made::empty_sweep())));
    let measured: Vec<f64> = (0..120).map(|t| 0.97f64.powi(t) * (1.0 + 0.02 * f64::from(t).sin())).collect();
    let predicted: Vec<f64> = (0..120).map(|t| 0.97f64.powi(t)).collect();
    add("shrinks", Some(decay("A perturbation along the slowest pair", &measured, &predicted)));
    add("none", Some(decay("Nothing", &[], &[])));
    add("one", Some(decay("One and zeros", &[1.0, 0.0, f64::NAN], &[1.0])));
    add("two", Some(basin(&made::basins())));
    let many: Vec<_> =
        (0..9).map(|k| (format!("variant number {k}"), made::basins().remove(k % 2).1)).collect();
    add("many", Some(basin(&many)));
    add("none", Some(basin(&[])));
    all
}

fn all() -> Vec<(String, Picture)> {
    let mut all = of_one();
    all.extend(of_several());
    all
}

/// The number in an attribute of an SVG element.
fn number(element: &str, name: &str) -> Option<f64> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()?.parse().ok()
}

/// The boxes of all words of a picture, in pixels: left, top, right, bottom.
fn words(picture: &Picture) -> Vec<(String, [f64; 4])> {
    use super::super::canvas::{Letters, text_width};
    let texts = picture.svg.split("<text").skip(1);
    texts
        .filter_map(|t| {
            let (head, rest) = t.split_once('>')?;
            let head = format!(" {head}");
            let word = rest.split("</text>").next()?.to_string();
            let plain =
                word.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&apos;", "'");
            let size = number(&head, "font-size").unwrap_or(110.0) / 10.0;
            let width = text_width(&plain, Letters::small().size(size));
            let (x, y) = (number(&head, "x")? / 10.0, number(&head, "y")? / 10.0);
            let share = match () {
                () if head.contains("text-anchor=\"middle\"") => 0.5,
                () if head.contains("text-anchor=\"end\"") => 1.0,
                () => 0.0,
            };
            // How far the base line is below the given place, and how far letters reach above and below it.
            let base = match () {
                () if head.contains("0.5ex") => 0.27 * size,
                () if head.contains("0.76em") => 0.76 * size,
                () => 0.0,
            };
            let (above, below) = (base - 0.76 * size, base + 0.22 * size);
            let (left, right) = (-share * width, (1.0 - share) * width);
            let place = match head.contains("rotate") {
                // Upwards: what is to the right is above, what is below is to the right.
                true => [x + above, y - right, x + below, y - left],
                false => [x + left, y + above, x + right, y + below],
            };
            Some((plain, place))
        })
        .collect()
}

#[test]
fn every_picture_renders_and_holds_no_nan() {
    for (kind, picture) in all() {
        let what = format!("{kind}/{}", picture.name);
        assert!(!picture.svg.contains("NaN") && !picture.svg.contains("inf\""), "{what}");
        assert!(
            !picture.alt.contains("incomplete") && !picture.alt.contains("NaN"),
            "{what}: {}",
            picture.alt
        );
        assert!(picture.svg.len() < 400_000, "{what}: SVG of {} bytes", picture.svg.len());
        let png = png(&picture.svg, 1.0).unwrap();
        let size = resvg::tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((size.width(), size.height()), (picture.width, picture.height), "{what}");
        assert!(pdf(&picture.svg, 170.0).unwrap().starts_with(b"%PDF"), "{what}");
    }
}

#[test]
fn words_and_marks_stay_on_the_sheet() {
    let mut wrong = Vec::new();
    for (kind, picture) in all() {
        let (w, h) = (f64::from(picture.width), f64::from(picture.height));
        for (word, [left, top, right, bottom]) in words(&picture) {
            if left < -1.0 || top < -1.0 || right > w + 1.0 || bottom > h + 1.0 {
                wrong.push(format!("{kind}/{}: {word:?} at {left} {top} {right} {bottom}", picture.name));
            }
        }
        for circle in picture.svg.split("<circle").skip(1) {
            let (x, y) = (number(circle, "cx").unwrap() / 10.0, number(circle, "cy").unwrap() / 10.0);
            if !(x >= 0.0 && x <= w && y >= 0.0 && y <= h) {
                wrong.push(format!("{kind}/{}: a mark at {x} {y}", picture.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_do_not_run_into_each_other() {
    let mut wrong = Vec::new();
    for (kind, picture) in all() {
        let all = words(&picture);
        for (k, (a, p)) in all.iter().enumerate() {
            for (b, q) in &all[k + 1..] {
                let (w, h) = (p[2].min(q[2]) - p[0].max(q[0]), p[3].min(q[3]) - p[1].max(q[1]));
                if w > 1.0 && h > 1.0 {
                    wrong.push(format!("{kind}/{}: {a:?} over {b:?} by {w} x {h}", picture.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_have_rows_of_one_length() {
    for (kind, picture) in all() {
        let csv = picture.csv.unwrap_or_default();
        let mut reader = csv::Reader::from_reader(csv.as_slice());
        let count = reader.records().map(|r| r.map(|r| r.len()).unwrap_or(0)).collect::<Vec<_>>();
        assert!(count.windows(2).all(|p| p[0] == p[1]), "{kind}/{}", picture.name);
    }
}

#[test]
fn what_must_be_read_is_written() {
    let spectra = made::spectra();
    let of = |kind: &str| spectra.iter().find(|s| s.0 == kind).map(|s| &s.1).unwrap();
    let plane = spectrum_plane(of("gan"));
    assert!(plane.svg.contains("171 flat") && plane.alt.contains("stable (the slowest direction contracts"));
    assert!(spectrum_plane(of("zeros")).svg.contains("2 flat"));
    assert!(spectrum_plane(of("outermost")).svg.contains("not converged"));
    let rule = multiplier_plane(of("gan")).unwrap();
    assert!(rule.alt.contains("0.831") && rule.alt.contains("12.3"), "{}", rule.alt);
    assert!(multiplier_plane(of("refused")).is_none() && multiplier_plane(of("none")).is_none());
    let steps = spectrum_over_steps(&made::training(40)).unwrap();
    assert!(steps.svg.contains("turned unstable at 4,400"), "{}", steps.alt);
    assert!(spectrum_over_steps(&[]).is_none() && spectra_compared(&[]).is_none());
    let swept = sweep(&made::sweep(false, 25));
    assert!(swept.alt.contains("largest real part crosses 0 downwards at eta = 0.5"), "{}", swept.alt);
    let map = block_map(&made::jacobian(300, 120), 120, &[]);
    assert!(["J_dd", "J_dg", "J_gd", "J_gg"].iter().all(|name| map.svg.contains(name)));
}

#[test]
fn the_film_is_small_and_its_axes_stand_still() {
    let bytes = spectrum_film(&made::training(12)).unwrap();
    assert!(bytes.len() < 1_000_000, "{} bytes", bytes.len());
    let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
    let mut corners = Vec::new();
    let width = usize::from(decoder.width());
    let mut seen = vec![0u8; width * usize::from(decoder.height())];
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        // A frame holds what changed.
        for (k, pixel) in frame.buffer.iter().enumerate().filter(|(_, p)| frame.transparent != Some(**p)) {
            let (x, y) = (k % usize::from(frame.width), k / usize::from(frame.width));
            seen[(y + usize::from(frame.top)) * width + x + usize::from(frame.left)] = *pixel;
        }
        // The texts of both axes.
        let row = |y: usize| seen[y * width..(y + 1) * width].to_vec();
        corners.push((362..400).map(row).collect::<Vec<_>>());
    }
    assert_eq!(corners.len(), 12);
    assert!(corners.windows(2).all(|p| p[0] == p[1]));
    assert!(spectrum_film(&made::training(1)).is_none());
    let weird: Vec<_> = made::spectra().into_iter().map(|s| s.1).collect();
    assert!(spectrum_film(&weird).is_some());
}

/// For the eye: `GANSCOPE_GALLERY=folder cargo test --lib plot::spectra::tests::gallery -- --ignored`.
#[test]
#[ignore = "writes files to be looked at"]
fn gallery() {
    let Some(folder) = std::env::var_os("GANSCOPE_GALLERY").map(PathBuf::from) else { return };
    for (kind, mut picture) in all() {
        picture.name = format!("{}-{kind}", picture.name);
        let files = Files { svg: false, png_scale: Some(1.0), pdf_width_mm: None, csv: false };
        write_all(&[picture], &folder, files).unwrap();
    }
    let film = spectrum_film(&made::training(40)).unwrap();
    crate::run::folder::write_whole(&folder.join("film.gif"), &film).unwrap();
}
