//! Every picture of every kind of run: it renders, says what it must, holds no NaN, and comes out the same each time.

use super::fixture as made;
use super::images::fixture::{channels, digits, learned, odd_images, stacked};
use super::*;
use crate::run::folder::RunData;

fn runs() -> Vec<(&'static str, RunData)> {
    let networks = vec![
        ("ring", made::ring()),
        ("diverged", made::diverged()),
        ("spiral", made::spiral()),
        ("line", made::line()),
        ("cube", made::cube()),
        ("crowd", made::crowd()),
        ("newborn", made::newborn()),
        ("empty", made::empty()),
        ("weird", made::weird()),
        ("digits", digits()),
        ("stacked", stacked()),
        ("channels", channels()),
        ("odd images", odd_images()),
    ];
    networks.into_iter().chain(made::games()).collect()
}

fn pictures(kind: &str, run: &RunData) -> Vec<Picture> {
    let modes = made::ring_modes(8);
    let modes = matches!(kind, "ring" | "diverged").then_some(modes.as_slice());
    let mut all = draw_all(run, modes);
    let other = made::diverged();
    all.extend(samples_labelled(&[
        ("eta = 0.5", run),
        ("a label that is much too long (to be written in one line)", &other),
    ]));
    all.extend(compare_curves(&[("with <&> regulariser", run), ("without", &other)]));
    all
}

#[test]
fn every_picture_of_every_run_renders_in_all_forms() {
    for (kind, run) in runs() {
        for picture in pictures(kind, &run) {
            let what = format!("{kind}/{}", picture.name);
            let drawing = picture.svg.replace("loss is NaN", "");
            assert!(!drawing.contains("NaN") && !drawing.contains("inf\""), "{what}");
            assert!(picture.svg.contains(&picture.title), "{what}");
            assert!(!picture.alt.contains("incomplete"), "{what}: {}", picture.alt);
            assert!(picture.svg.len() < 300_000, "{what}: SVG of {} bytes", picture.svg.len());
            let png = png(&picture.svg, 2.0).unwrap();
            assert!(png.len() < 400_000, "{what}: PNG of {} bytes", png.len());
            let size = resvg::tiny_skia::Pixmap::decode_png(&png).unwrap();
            assert_eq!((size.width(), size.height()), (2 * picture.width, 2 * picture.height), "{what}");
            let pdf = pdf(&picture.svg, 170.0).unwrap();
            assert!(pdf.starts_with(b"%PDF") && pdf.len() > 1000, "{what}");
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let (a, b) = (made::ring(), made::ring());
    let (first, second) = (pictures("ring", &a), pictures("ring", &b));
    assert_eq!(first, second);
    for (a, b) in first.iter().zip(&second) {
        assert!(pdf(&a.svg, 100.0).unwrap() == pdf(&b.svg, 100.0).unwrap(), "{}", a.name);
        assert!(png(&a.svg, 1.0).unwrap() == png(&b.svg, 1.0).unwrap(), "{}", a.name);
    }
    assert!(animation(&a) == animation(&b));
}

#[test]
fn a_run_has_the_pictures_that_its_data_allow() {
    let names = |run: &RunData| draw_all(run, None).into_iter().map(|p| p.name).collect::<Vec<_>>();
    let all = ["samples", "landscape", "warp", "coverage", "losses", "path"];
    assert_eq!(names(&made::ring()), all);
    assert_eq!(names(&made::spiral()), ["samples", "landscape", "warp", "losses", "path"]);
    assert_eq!(names(&made::line()), ["samples", "losses", "path"]);
    assert!(names(&made::empty()).is_empty());
    for (kind, run) in made::games() {
        let expected: &[&str] = match kind {
            "four" => &["phase", "stability", "distance", "losses", "path"],
            _ => &["phase", "parts", "stability", "distance", "losses", "path"],
        };
        assert_eq!(names(&run), expected, "{kind}");
    }
}

#[test]
fn what_must_be_read_is_written() {
    let run = made::diverged();
    let all = draw_all(&run, None);
    let svg = |name: &str| all.iter().find(|p| p.name == name).map(|p| p.svg.as_str()).unwrap_or_default();
    assert!(svg("losses").contains("diverged at step 8,437"));
    assert!(svg("losses").contains("loss over D = 0 (nats)") && svg("losses").contains("training step"));
    assert!(svg("coverage").contains("all 8 modes"));
    assert!(svg("samples").contains("step 0"));
    let cube = draw_all(&made::cube(), None);
    assert!(cube[0].svg.contains("coordinate 1 of 3"));
}

#[test]
fn tables_have_rows_of_one_length() {
    for (kind, run) in runs() {
        for picture in pictures(kind, &run) {
            let csv = picture.csv.unwrap_or_default();
            let mut reader = csv::Reader::from_reader(csv.as_slice());
            let count = reader.records().map(|r| r.map(|r| r.len()).unwrap_or(0)).collect::<Vec<_>>();
            assert!(count.windows(2).all(|p| p[0] == p[1]), "{kind}/{}", picture.name);
        }
    }
}

#[test]
fn the_animation_is_small_and_loops() {
    let bytes = animation(&made::ring()).unwrap();
    assert!(bytes.len() < 2_000_000, "{} bytes", bytes.len());
    let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push(frame.delay);
    }
    assert_eq!(delays.len(), 50);
    assert!(delays[49] > 10 * delays[0]);
    assert!(animation(&made::newborn()).is_none());
    for (_, run) in runs() {
        animation(&run);
    }
}

#[test]
fn the_film_of_a_game_is_small_and_each_frame_holds_what_changed() {
    for (kind, run) in made::games() {
        let Some(bytes) = animation(&run) else {
            assert_eq!(kind, "four");
            continue;
        };
        assert!(bytes.len() < 400_000, "{kind}: {} bytes", bytes.len());
        let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
        let (width, height) = (decoder.width(), decoder.height());
        let mut count = 0;
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert!(frame.left + frame.width <= width && frame.top + frame.height <= height);
            assert!(count > 0 || (frame.width, frame.height) == (width, height));
            count += 1;
        }
        assert!((2..=41).contains(&count), "{kind}: {count} frames");
        assert!(animation(&run) == Some(bytes), "{kind}");
    }
}

/// |theta| = sqrt(2) sqrt(1 + h^2)^k: the picture ends with the first record beyond its window, which reaches eight starts
/// from the equilibrium.
#[test]
fn pictures_of_a_run_that_leaves_every_bound_end_where_it_leaves() {
    let (_, run) = made::games().swap_remove(1);
    assert!(run.info.divergence.is_some());
    let phase = &phase(&run)[0];
    let words = phase.alt.split("by step ").nth(1).unwrap();
    let step: f64 = words.split('.').next().unwrap().parse().unwrap();
    let grown = 1.04f64.powf(0.5 * step);
    assert!(grown > 8.0 && grown < 12.0, "{step}");
    assert!(phase.svg.contains("leaves the picture by step"));
    let distance = motion(&run).into_iter().find(|p| p.name == "distance").unwrap();
    assert!(distance.svg.contains("diverged at step"));
}

#[test]
fn files_are_written_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let all = draw_all(&made::line(), None);
    let files = Files { png_scale: Some(1.0), ..Files::default() };
    let written = write_all(&all, folder.path(), files).unwrap();
    assert_eq!(written.len(), 4 * all.len());
    assert!(written.iter().all(|p| p.metadata().unwrap().len() > 0));
}

/// For the eye: `GANSCOPE_GALLERY=folder cargo test --release --lib plot::tests::gallery -- --ignored`; with
/// `GANSCOPE_KINDS=digits,learned` only those.
#[test]
#[ignore = "writes files to be looked at"]
fn gallery() {
    let Some(folder) = std::env::var_os("GANSCOPE_GALLERY").map(PathBuf::from) else { return };
    let wanted = std::env::var("GANSCOPE_KINDS").unwrap_or_default();
    let wanted = |kind: &str| wanted.is_empty() || wanted.split(',').any(|k| k == kind);
    for (kind, run) in
        runs().into_iter().chain([("learned", learned(3000, true))]).filter(|(kind, _)| wanted(kind))
    {
        let start = std::time::Instant::now();
        let all = pictures(kind, &run);
        let drawn = start.elapsed();
        for p in &all {
            let time = |f: &dyn Fn() -> usize| {
                let start = std::time::Instant::now();
                (f(), start.elapsed().as_millis())
            };
            let png_cost = time(&|| png(&p.svg, 2.0).unwrap().len());
            let pdf_cost = time(&|| pdf(&p.svg, 170.0).unwrap().len());
            println!(
                "{kind}/{}: SVG {} bytes, PNG (bytes, ms) {png_cost:?}, PDF {pdf_cost:?}",
                p.name,
                p.svg.len()
            );
        }
        println!("{kind}: all drawn in {drawn:?}");
        write_all(&all, &folder.join(kind), Files::default()).unwrap();
        let start = std::time::Instant::now();
        if let Some(gif) = animation(&run) {
            println!("{kind}: animation of {} bytes in {:?}", gif.len(), start.elapsed());
            crate::run::folder::write_whole(&folder.join(kind).join("animation.gif"), &gif).unwrap();
        }
    }
}
