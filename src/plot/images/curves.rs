//! What the images cover over the training: classes, their divergence from the true shares, and how samples and data
//! overlap.

use crate::plot::Picture;
use crate::plot::canvas::{About, picture};
use crate::plot::lanes::{Form, Lane, Series, csv, stack, stack_height, step_range};
use crate::plot::scale::{many_sizes, short, step_text};
use crate::plot::theme::{DISCRIMINATOR, GENERATOR, MUTED, THIRD, mix};
use crate::run::folder::RunData;
use crate::run::image_look::ImageInfo;
use plotters::style::RGBColor;

const TOP: f64 = 30.0;
const RIGHT: f64 = 32.0;
/// Pairs of shares in one panel: how good samples are, and how much of the data they reach.
const OVERLAPS: [[(&str, &str); 2]; 2] =
    [[("precision", "precision"), ("recall", "recall")], [("density", "density"), ("coverage", "coverage")]];

/// The curves that the run has columns for; None where it has none.
pub fn curves(run: &RunData, info: &ImageInfo) -> Option<Picture> {
    let mut lanes: Vec<Lane> =
        [covered(run, info.classes.len()), divergence(run), frechet(run)].into_iter().flatten().collect();
    lanes.extend(OVERLAPS.iter().filter_map(|pair| overlap(run, pair)));
    if lanes.is_empty() {
        return None;
    }
    let about = About {
        name: "image-coverage",
        title: "What the generated images cover",
        run: &run.scenario.name,
        alt: alt(run, info),
        csv: csv(run, &lanes),
    };
    Some(picture(about, TOP + stack_height(&lanes), |sheet| stack(sheet, run, &lanes, TOP, RIGHT)))
}

fn covered(run: &RunData, count: usize) -> Option<Lane> {
    let steps = |s: Series| s.form(Form::Steps);
    let mut series = vec![steps(Series::of(run, "classes_covered", "classes covered", GENERATOR)?)];
    series.extend(
        Series::of(run, "average_classes_covered", "by the averaged generator", crate::plot::theme::RUNS[3])
            .map(steps),
    );
    // The count of stacks that the classifier's errors are taken out of.
    let corrected = |column: &str, label: &str| Some(steps(Series::of(run, column, label, THIRD)?));
    series.extend(corrected("modes", "sure ones, corrected for errors"));
    let ends = [("modes_low", "its interval"), ("modes_high", "")];
    series
        .extend(ends.iter().filter_map(|(column, label)| Some(corrected(column, label)?.form(Form::Dashed))));
    let lane = Lane { label: "classes".into(), whole: true, height: 120.0, ..Lane::default() };
    if count == 0 {
        return Some(Lane { series, ..lane });
    }
    // Real images usually cover all classes; where they do not, that is the most that can be had.
    if run.table.last("real_classes_covered").is_some_and(|covered| covered < count as f64) {
        series.extend(real(run, "classes_covered", mix(MUTED, GENERATOR, 0.3)));
    }
    series.push(Series::level(
        count as f64,
        step_range(&[run]),
        &format!("all {}", step_text(count as u64)),
        MUTED,
    ));
    let top = count as f64;
    Some(Lane { series, range: Some((-0.04 * top, 1.08 * top)), ..lane })
}

fn divergence(run: &RunData) -> Option<Lane> {
    let own = Series::of(run, "class_kl_nats", "KL(generated ‖ real) over classes", GENERATOR)?;
    let reference = real(run, "class_kl_nats", MUTED);
    let log = many_sizes(
        [Some(&own), reference.as_ref()].into_iter().flatten().flat_map(|s| &s.points).map(|p| p.1),
    );
    let series = [Some(own), reference].into_iter().flatten().collect();
    Some(Lane { label: "KL (nats)".into(), log, series, height: 100.0, ..Lane::default() })
}

fn frechet(run: &RunData) -> Option<Lane> {
    let own = Series::of(run, "feature_frechet", "Fréchet distance of the classifier's features", GENERATOR)?;
    let reference = real(run, "feature_frechet", MUTED);
    let log = many_sizes(
        [Some(&own), reference.as_ref()].into_iter().flatten().flat_map(|s| &s.points).map(|p| p.1),
    );
    let series = [Some(own), reference].into_iter().flatten().collect();
    Some(Lane { label: "distance".into(), log, series, height: 100.0, ..Lane::default() })
}

fn overlap(run: &RunData, pair: &[(&str, &str); 2]) -> Option<Lane> {
    let colors = [DISCRIMINATOR, THIRD];
    let own =
        pair.iter().zip(colors).filter_map(|((column, label), color)| Series::of(run, column, label, color));
    let mut series: Vec<Series> = own.collect();
    if series.is_empty() {
        return None;
    }
    let reference =
        |((column, _), color): (&(&str, &str), RGBColor)| real(run, column, mix(color, MUTED, 0.4));
    series.extend(pair.iter().zip(colors).filter_map(reference));
    let top = series.iter().flat_map(|s| &s.points).map(|p| p.1).filter(|v| *v < 10.0).fold(1.0, f64::max);
    let label = pair.map(|p| p.0).join(", ");
    Some(Lane { label, range: Some((-0.04, 1.06 * top)), series, height: 110.0, ..Lane::default() })
}

/// What as many real images score, the best that can be had.
fn real(run: &RunData, column: &str, color: RGBColor) -> Option<Series> {
    let name = match column {
        "precision" | "recall" | "density" | "coverage" => format!("{column} of real images"),
        _ => "real images".to_string(),
    };
    Some(Series::of(run, &format!("real_{column}"), &name, color)?.form(Form::Dashed))
}

fn alt(run: &RunData, info: &ImageInfo) -> String {
    let last = |column: &str| run.table.last(column).filter(|v| v.is_finite());
    let all = info.classes.len();
    let of = if all > 0 { format!(" of {}", step_text(all as u64)) } else { String::new() };
    let words = |column: &str, name: &str| last(column).map(|v| format!("{name} {}", short(v, 2)));
    let told: Vec<String> = [
        last("classes_covered").map(|v| format!("{v:.0}{of} classes covered")),
        words("modes", "corrected count"),
        words("class_kl_nats", "KL"),
        words("feature_frechet", "Fréchet distance of features"),
        words("precision", "precision"),
        words("recall", "recall"),
        words("density", "density"),
        words("coverage", "coverage"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let end = if told.is_empty() { "nothing finite was measured".into() } else { told.join(", ") };
    format!("Measures of the generated images over the training steps; at the last record: {end}.")
}
