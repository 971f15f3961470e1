//! Made-up runs for the tests of this module: the shapes that real runs have, without the training.

use crate::data::{Mode, Points};
use crate::run::folder::{Folder, RunData};
use crate::run::info::{Divergence, Host, Quantiles, RunInfo, Status};
use crate::run::record::{Frame, Landscape, Table};
use crate::scenario::Scenario;
use serde_json::Map;
use std::f64::consts::TAU;

/// What becomes of a made-up run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All eight modes from step 8,000 on, seven once more at step 9,000.
    Reaches,
    /// One mode at a time, another one every third record.
    Hops,
    /// As the first, until step 12,345.
    Diverges,
    /// A spiral: no modes, hence no mode columns.
    NoModes,
}

/// The scenario of NK17's experiment.
pub fn scenario_text() -> &'static str {
    r#"name = "ring8-regularized"
description = "8 Gaussians on a ring, NK17's regulariser at eta = 0.5"
[data]
kind = "ring"
[game]
kind = "gan"
objective = "minimax"
generator = { latent = 256, hidden = [128, 128], init = { kind = "orthogonal", gain = 0.8 } }
discriminator = { hidden = [128], input_scale = 0.25, init = { kind = "orthogonal", gain = 0.8 } }
[[game.regularizer]]
kind = "gradient_norm"
eta = 0.5
"#
}

/// A made-up run.
pub fn ring(fate: Fate) -> RunData {
    let mut scenario: Scenario = toml::from_str(scenario_text()).expect("the sample scenario");
    if fate == Fate::NoModes {
        scenario.data = Some(toml::from_str("kind = \"spiral\"").expect("a spiral"));
        scenario.name = "spiral".into();
    }
    if fate == Fate::Hops {
        if let crate::scenario::Game::Gan(gan) = &mut scenario.game {
            gan.regularizer.clear();
        }
        scenario.name = "ring8-unregularized".into();
    }
    let end = if fate == Fate::Diverges { 12_300 } else { 25_000 };
    RunData {
        folder: Folder::new(format!("runs/{}", scenario.name)),
        info: info(&scenario, fate, end),
        scenario,
        table: table(fate, end),
        frames: (0..50).map(|k| frame(k * end / 4900 * 100, fate)).collect(),
        real: points(500, |k| (k as f64, 0.02), 7),
        images: None,
        look: None,
    }
}

/// The eight modes.
pub fn modes() -> Vec<Mode> {
    let center = |k: usize| (TAU * k as f64 / 8.0).sin_cos();
    (0..8)
        .map(|k| Mode {
            center: vec![2.0 * center(k).1, 2.0 * center(k).0],
            covariance: vec![4e-4, 0.0, 0.0, 4e-4],
            weight: 0.125,
        })
        .collect()
}

/// Evenly scattered numbers between 0 and 1.
fn noise(seed: u64, k: usize) -> f64 {
    ((seed as f64 + 1.7 * k as f64) * 12.9898).sin().mul_add(43_758.545_3, 0.0).rem_euclid(1.0)
}

fn points(n: usize, at: impl Fn(usize) -> (f64, f64), seed: u64) -> Points {
    let bell = |k: usize| (0..6).map(|j| noise(seed, 6 * k + j)).sum::<f64>() - 3.0;
    let place = |k: usize| {
        let (mode, std) = at(k);
        let (y, x) = (TAU * (mode % 8.0).floor() / 8.0).sin_cos();
        [2.0 * x + 1.41 * std * bell(2 * k), 2.0 * y + 1.41 * std * bell(2 * k + 1)]
    };
    Points::new(2, (0..n).flat_map(place).collect())
}

fn covered(step: u64, fate: Fate) -> f64 {
    match fate {
        Fate::Hops => f64::from(u8::from(step >= 300)),
        _ if step == 9_000 => 7.0,
        _ => (step / 1000).min(8) as f64,
    }
}

fn frame(step: u64, fate: Fate) -> Frame {
    let leader = (step / 300 % 8) as f64;
    let reached = covered(step, fate).max(1.0);
    let at = move |k: usize| match fate {
        Fate::Hops => (leader, 0.1),
        _ => (k as f64 % reached, 0.02 + 0.6 / (1.0 + step as f64 / 1000.0)),
    };
    let side = 48;
    let logit = |i: usize| {
        let (x, y) = (5.0 * (i % side) as f64 / 47.0 - 2.5, 5.0 * (i / side) as f64 / 47.0 - 2.5);
        ((x * x + y * y).sqrt() - 2.0).abs().mul_add(-1.0, 0.8) as f32 / (1.0 + step as f32 / 3000.0)
    };
    let landscape = Landscape {
        window: [-2.5, 2.5, -2.5, 2.5],
        side,
        logits: (0..side * side).map(logit).collect(),
        push_side: 2,
        push: vec![[0.0, 0.0]; 4],
    };
    Frame { step, samples: points(500, at, step + 11), landscape: Some(landscape), warp: None }
}

const ALWAYS: [&str; 14] = [
    "step",
    "loss_d",
    "loss_g",
    "v",
    "grad_norm_d",
    "grad_norm_g",
    "distance_d",
    "distance_g",
    "step_cosine",
    "accuracy_real",
    "accuracy_fake",
    "sliced_w2",
    "mmd2",
    "energy_distance",
];

const MODAL: [&str; 10] = [
    "modes_covered",
    "modes_any",
    "high_quality",
    "modes_with_spread",
    "spread_trace_median",
    "spread_trace_worst",
    "spread_eigen_median",
    "spread_eigen_worst",
    "kl_nats",
    "js_nats",
];

fn table(fate: Fate, end: u64) -> Table {
    let mut names: Vec<String> = ALWAYS.map(String::from).to_vec();
    if fate != Fate::NoModes {
        names.extend(MODAL.map(String::from));
        names.extend((0..8).map(|k| format!("mode_share_{k}")));
        names.extend(MODAL.map(|name| format!("real_{name}")));
    }
    names.extend(ALWAYS[11..].iter().map(|name| format!("real_{name}")));
    let rows = (0..=end / 100)
        .map(|i| {
            let mut row: Vec<f64> = names.iter().map(|name| value(name, 100 * i, fate)).collect();
            if fate == Fate::Diverges && 100 * i == end {
                row[1] = f64::NAN;
            }
            row
        })
        .collect();
    Table { names, rows }
}

fn value(name: &str, step: u64, fate: Fate) -> f64 {
    let done = step as f64 / 25_000.0;
    let wobble = noise(step, name.len());
    let covered = covered(step, fate);
    match name {
        "step" => step as f64,
        "modes_covered" | "modes_with_spread" => covered,
        "modes_any" => (covered + 1.0).min(8.0),
        "high_quality" if fate == Fate::Hops => 0.03 * wobble,
        "high_quality" => 0.8 * done + 0.05 * wobble,
        "real_high_quality" => 0.989,
        "real_modes_covered" | "real_modes_any" | "real_modes_with_spread" => 8.0,
        "real_kl_nats" | "real_js_nats" => 0.001 * wobble,
        name if name.contains("spread_") => 0.9 + 0.1 * wobble,
        "loss_d" => 1.3 + 0.1 * wobble,
        "loss_g" => -1.3 - 0.1 * wobble,
        "accuracy_real" | "accuracy_fake" => 0.5 + 0.1 * wobble,
        name if name.starts_with("real_") => 0.01 * (1.0 + wobble),
        "step_cosine" => 0.4 + 0.1 * wobble,
        "distance_d" | "distance_g" => 30.0 * done,
        "grad_norm_d" | "grad_norm_g" => 0.1 + (1.0 - done).max(0.0) * wobble,
        name => match name.strip_prefix("mode_share_").and_then(|k| k.parse::<u64>().ok()) {
            Some(k) if fate == Fate::Hops => f64::from(u8::from(step / 300 % 8 == k)),
            Some(k) => f64::from(u8::from(k < covered as u64)) / covered.max(1.0),
            None => 0.05 + (1.0 - done).max(0.0) * 0.5 * wobble,
        },
    }
}

fn info(scenario: &Scenario, fate: Fate, end: u64) -> RunInfo {
    let divergence = Divergence { step: 12_345, player: "generator".into(), what: "loss is NaN".into() };
    let diverged = fate == Fate::Diverges;
    RunInfo {
        format: 1,
        program: "ganscope 0.1.0".into(),
        scenario: scenario.name.clone(),
        seed: scenario.seed,
        status: if diverged { Status::Diverged } else { Status::Finished },
        reason: String::new(),
        step: if diverged { 12_344 } else { end },
        divergence: diverged.then_some(divergence),
        device: "cpu".into(),
        kernels: "avx512".into(),
        threads: 2,
        host: Host {
            system: "Linux x86_64".into(),
            cpu: "an example processor".into(),
            cores: 2,
            memory_mib: 8_000,
        },
        parameters: [513, 49_666],
        started_unix_s: 1_750_000_000,
        train_s: 83.2,
        ms_per_step: Quantiles { p10: 3.01, median: 3.214, p90: 3.5 },
        peak_rss_mib: 121.4,
        measures: Map::from_iter([("mmd2_bandwidth".to_string(), serde_json::json!(1.4143))]),
        last: Map::new(),
        warnings: Vec::new(),
    }
}
