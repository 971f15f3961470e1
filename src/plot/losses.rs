//! Losses, gradients and distances to the data over the steps; and the path through the parameters.

use super::Picture;
use super::canvas::{About, picture};
use super::lanes::{Form, Lane, Series, csv, stack, stack_height, step_range};
use super::scale::{bounds, many_sizes, padded, step_text, usable};
use super::theme::{DISCRIMINATOR, GENERATOR, MUTED, THIRD};
use crate::run::folder::RunData;
use crate::scenario::{Game, Objective, ObjectiveKind};
use std::f64::consts::LN_2;

const TOP: f64 = 30.0;
const RIGHT: f64 = 32.0;

/// Losses, gradient norms and distances to the data.
pub fn losses(run: &RunData) -> Option<Picture> {
    let lanes = [loss_lane(run), gradient_lane(run), distance_lane(run), equilibrium_lane(run)];
    let title = match run.scenario.game {
        Game::Gan(_) => "Losses, gradients and distance to the data",
        _ => "Losses, gradients and distance from the equilibrium",
    };
    curves(run, "losses", title, lanes, "Losses of both players, norms of their gradients and distances")
}

/// How far each player has moved, how straight, and how well the discriminator tells the two apart.
pub fn path(run: &RunData) -> Option<Picture> {
    let moved = lane(
        "distance from start",
        [
            Series::of(run, "distance_d", "discriminator", DISCRIMINATOR),
            Series::of(run, "distance_g", "generator", GENERATOR),
        ],
    );
    let cosine =
        lane("cosine", [Series::of(run, "step_cosine", "cosine between successive displacements", MUTED)]);
    let cosine = Lane { range: Some((-1.05, 1.05)), height: 110.0, ..cosine };
    let accuracy = lane(
        "accuracy",
        [
            Series::of(run, "accuracy_real", "on real samples", MUTED),
            Series::of(run, "accuracy_fake", "on generated samples", GENERATOR),
        ],
    );
    let accuracy = Lane { range: Some((-0.03, 1.03)), height: 110.0, ..accuracy };
    let lanes = [moved, cosine, with_level(run, accuracy, 0.5, "chance", MUTED)];
    let (title, what) = match run.scenario.game {
        Game::Gan(_) => (
            "Path through the parameters, and the discriminator's accuracy",
            "Distance of both players from their start, cosine of successive steps, accuracy",
        ),
        _ => (
            "Path through the parameters",
            "Distance of both players from their start, cosine of successive steps",
        ),
    };
    curves(run, "path", title, lanes, what)
}

fn curves<const N: usize>(
    run: &RunData,
    name: &str,
    title: &str,
    lanes: [Lane; N],
    what: &str,
) -> Option<Picture> {
    let lanes: Vec<Lane> = lanes.into_iter().filter(|l| !l.series.is_empty()).collect();
    if lanes.is_empty() {
        return None;
    }
    let about = About { name, title, run: &run.scenario.name, alt: alt(run, what), csv: csv(run, &lanes) };
    Some(picture(about, TOP + stack_height(&lanes), |sheet| stack(sheet, run, &lanes, TOP, RIGHT)))
}

fn alt(run: &RunData, what: &str) -> String {
    let (_, last) = step_range(&[run]);
    let end = match &run.info.divergence {
        Some(d) => format!("; training diverged at step {} ({}: {})", step_text(d.step), d.player, d.what),
        None => String::new(),
    };
    format!("{what} over {} training steps{end}.", step_text(last as u64))
}

fn lane<const N: usize>(label: &str, series: [Option<Series>; N]) -> Lane {
    Lane {
        label: label.into(),
        series: series.into_iter().flatten().collect(),
        height: 130.0,
        ..Lane::default()
    }
}

fn with_level(
    run: &RunData,
    mut lane: Lane,
    value: f64,
    label: &str,
    color: plotters::style::RGBColor,
) -> Lane {
    if !lane.series.is_empty() {
        lane.series.push(Series::level(value, step_range(&[run]), label, color));
    }
    lane
}

/// The losses; where their values at D = 0 are known, what each has over or under its own: in a zero-sum game the two
/// are of opposite sign and would otherwise be two level lines far apart.
fn loss_lane(run: &RunData) -> Lane {
    let mut series = [
        Series::of(run, "loss_d", "discriminator", DISCRIMINATOR),
        Series::of(run, "loss_g", "generator", GENERATOR),
    ];
    let Some(levels) = at_equilibrium(run) else { return lane("loss", series) };
    for (curve, (level, text)) in series.iter_mut().zip(levels) {
        let Some(curve) = curve else { continue };
        curve.points.iter_mut().for_each(|p| p.1 -= level);
        curve.column = format!("{}_over_its_value_at_zero", curve.column);
        curve.label = format!("{} − {text}", curve.label).replace("− −", "+ ");
    }
    let mut lane = Lane { height: 150.0, ..lane("loss over D = 0 (nats)", series) };
    // Without noise a game that settles leaves its first steps as the only ones of any size: they are the picture.
    if run.scenario.game.on_paper().is_some() && run.info.divergence.is_none() {
        let values = lane.series.iter().flat_map(|s| &s.points).map(|p| p.1);
        lane.range = bounds(values).map(|(low, high)| padded(low, high, 0.05));
    }
    with_level(run, lane, 0.0, "at D = 0", MUTED)
}

/// The losses where D = 0, for the games whose losses are measured in nats.
fn at_equilibrium(run: &RunData) -> Option<[(f64, &'static str); 2]> {
    let objective = match &run.scenario.game {
        Game::Gan(gan) => &gan.objective,
        game => game.on_paper()?.objective?,
    };
    let d = (2.0 * LN_2, "2 ln 2");
    match objective {
        Objective::Named(ObjectiveKind::Minimax) => Some([d, (-2.0 * LN_2, "−2 ln 2")]),
        Objective::Named(ObjectiveKind::Relativistic) => Some([(LN_2, "ln 2"), (LN_2, "ln 2")]),
        Objective::Named(ObjectiveKind::NonSaturating) => Some([d, (LN_2, "ln 2")]),
        _ => None,
    }
}

fn gradient_lane(run: &RunData) -> Lane {
    let series = [
        Series::of(run, "grad_norm_d", "discriminator", DISCRIMINATOR),
        Series::of(run, "grad_norm_g", "generator", GENERATOR),
    ];
    Lane { log: true, ..lane("gradient norm", series) }
}

fn distance_lane(run: &RunData) -> Lane {
    let measures = [
        ("sliced_w2", "sliced W₂", DISCRIMINATOR),
        ("energy_distance", "energy distance", GENERATOR),
        ("mmd2", "MMD²", THIRD),
    ];
    let mut series = Vec::new();
    for (column, label, color) in measures {
        series.extend(Series::of(run, column, label, color));
        let best = floor(run, &format!("real_{column}"));
        series.extend(best.map(|value| Series::level(value, step_range(&[run]), "", color)));
    }
    if series.iter().any(|s| s.form == Form::Dashed) {
        series.push(Series::remark("real samples against real ones (root mean square)", MUTED));
    }
    let label = "distance to the data".into();
    Lane { label, log: true, series, height: 150.0, ..Lane::default() }
}

fn equilibrium_lane(run: &RunData) -> Lane {
    let series = [Series::of(run, "distance_equilibrium", "from the equilibrium", THIRD)];
    let log = series.iter().flatten().any(|s| many_sizes(s.points.iter().map(|p| p.1)));
    Lane { log, height: 150.0, ..lane("distance", series) }
}

/// Root mean square of a column: the size of what sampling noise alone makes of a distance, whose unbiased estimates
/// scatter around zero.
fn floor(run: &RunData, column: &str) -> Option<f64> {
    let values: Vec<f64> = run.table.column(column)?.into_iter().filter(|v| usable(*v)).collect();
    let sum: f64 = values.iter().map(|v| v * v).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64).sqrt()).filter(|v| *v > 0.0)
}
