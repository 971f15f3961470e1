//! Made-up runs that look like real ones: what the tests and the eye examine the pictures with.

use crate::data::{Mode, Points};
use crate::run::folder::{Folder, RunData};
use crate::run::info::{Divergence, Host, Quantiles, RunInfo, Status};
use crate::run::record::{Frame, Landscape, Table, Warp};
use crate::scenario::Scenario;

const EVERY: u64 = 100;
const STEPS: u64 = 25_000;

/// A plain generator of numbers, enough for pictures.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
    /// Roughly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

pub fn ring_modes(count: usize) -> Vec<Mode> {
    (0..count)
        .map(|k| {
            let angle = std::f64::consts::TAU * k as f64 / count as f64;
            let center = vec![2.0 * angle.cos(), 2.0 * angle.sin()];
            Mode { center, covariance: vec![4e-4, 0.0, 0.0, 4e-4], weight: 1.0 / count as f64 }
        })
        .collect()
}

/// Eight Gaussians on a ring; the generator reaches one more of them every few thousand steps and now and then hops.
pub fn ring() -> RunData {
    let modes = ring_modes(8);
    let mut dice = Dice::new(7);
    let real = cloud(&mut dice, 500, |dice| near(&modes[(dice.uniform() * 8.0) as usize], 0.02, dice));
    let records: Vec<u64> = (0..=STEPS / EVERY).map(|k| k * EVERY).collect();
    let rows = records.iter().map(|s| row(&mut dice, *s)).collect();
    let frames = (0..50).map(|k| k * 51 / 10 * EVERY).map(|s| s.min(STEPS));
    let frames = frames.map(|s| frame(&mut dice, s, &modes)).collect();
    run("ring8-regularized", SCENARIO, Table { names: names(8), rows }, frames, real)
}

/// The same run, but it explodes at a third of the way.
pub fn diverged() -> RunData {
    let mut run = ring();
    run.scenario.name = "ring8-unregularized".into();
    run.table.rows.truncate(85);
    run.frames.truncate(17);
    let count = run.table.rows.len();
    for (k, row) in run.table.rows.iter_mut().enumerate().skip(count - 6) {
        let growth = 10f64.powi(5 * (k + 7 - count) as i32);
        row[1..8].iter_mut().for_each(|v| *v *= growth);
        row[11] = 0.0;
    }
    if let Some(last) = run.table.rows.last_mut() {
        last[1..].iter_mut().step_by(2).for_each(|v| *v = f64::NAN);
        last[4] = f64::INFINITY;
    }
    if let Some(last) = run.frames.last_mut() {
        last.samples.values.iter_mut().for_each(|v| *v *= 1e30);
        last.samples.values[0] = f64::NAN;
        if let Some(l) = &mut last.landscape {
            l.logits.iter_mut().step_by(3).for_each(|v| *v = f32::INFINITY);
            l.push.iter_mut().step_by(2).for_each(|p| p[0] = f32::NAN);
        }
    }
    let what = "loss is NaN".to_string();
    run.info.divergence = Some(Divergence { step: 8_437, player: "generator".into(), what });
    run.info.status = Status::Diverged;
    run
}

/// The run of a game on paper by simultaneous gradient descent, trained in a folder of its own.
pub fn game(kind: &str, game: &str, lr: &str, train: &str, record: &str) -> RunData {
    let text = format!(
        "name = \"{kind}\"\n[game]\nkind = \"{kind}\"\n{game}\n[dynamics]\nrule = \"simultaneous\"\n\
         optimizer = {{ kind = \"sgd\", {lr} }}\n[train]\n{train}\n[record]\n{record}\n"
    );
    trained(&text)
}

/// A run of a scenario, trained in a folder of its own.
pub fn trained(text: &str) -> RunData {
    let loaded = crate::scenario::parse(text, crate::scenario::Source::Text, &[]).expect("a good scenario");
    let folder = tempfile::tempdir().expect("a folder");
    let options = crate::run::RunOptions::new(folder.path().join("run"));
    let stop = std::sync::atomic::AtomicBool::new(false);
    crate::run::train(&loaded, &options, &mut crate::run::Silent, &stop).expect("a run");
    Folder::new(options.out).load().expect("what was written")
}

/// Games on paper of every kind of picture: one that settles, one that leaves every bound, one of four parameters, one
/// whose step size breaks its equilibrium, one with further starts, and one that never moves.
pub fn games() -> Vec<(&'static str, RunData)> {
    let r1 = "objective = \"minimax\"\nstart = { d = [0], g = [0.5] }\n[[game.regularizer]]\nkind = \"r1\"\ngamma = 0.5";
    let starts =
        "every = 1\nladder = [0.5, 1, 1.5]\nstarts = [{ d = [-1], g = [0.9] }, { d = [0.5], g = [1] }]";
    let bounded = "steps = 900\ndivergence_bound = 1e6";
    let (four, saddle) =
        ("matrix = [[1.0, 0.3], [-0.2, 0.5]]", "matrix = [[-0.5, 1.0], [1.0, 0.3]]\ndiscriminator = 1");
    let still = "matrix = [[0, 0], [0, 0]]\ndiscriminator = 1";
    vec![
        ("settles", game("dirac", r1, "lr = 0.1", "steps = 400", "every = 2")),
        ("leaves", game("bilinear", "matrix = [[1.0]]", "lr = 0.2", bounded, "every = 1")),
        ("four", game("bilinear", four, "lr = 0.05", "steps = 200", "every = 1")),
        ("breaks", game("dirac", r1, "lr = 0.5, momentum = 0.9", "steps = 100", "every = 1")),
        ("saddle", game("quadratic", saddle, "lr = 0.1", "steps = 100", starts)),
        ("still", game("quadratic", still, "lr = 0.1", "steps = 3", "every = 1")),
    ]
}

/// A spiral: data without modes.
pub fn spiral() -> RunData {
    let mut run = ring();
    let mut dice = Dice::new(3);
    run.scenario.name = "spiral".into();
    run.real = cloud(&mut dice, 500, |dice| {
        let t = dice.uniform() * 2.0;
        let (angle, radius) = (t * std::f64::consts::TAU, t);
        vec![radius * angle.cos() + 0.05 * dice.normal(), radius * angle.sin() + 0.05 * dice.normal()]
    });
    without_modes(run)
}

/// Two Gaussians on the line.
pub fn line() -> RunData {
    let mut run = ring();
    let mut dice = Dice::new(5);
    run.scenario.name = "line2".into();
    run.real = one_dim(&mut dice, 500, 0.0);
    for frame in &mut run.frames {
        let left = 1.0 - frame.step as f64 / STEPS as f64;
        frame.samples = one_dim(&mut dice, 500, left);
        (frame.landscape, frame.warp) = (None, None);
    }
    without_modes(run)
}

/// Data of three dimensions.
pub fn cube() -> RunData {
    let mut run = ring();
    let mut dice = Dice::new(9);
    run.scenario.name = "mixture-3d".into();
    let lift = |points: &Points, dice: &mut Dice| {
        Points::new(3, points.rows().flat_map(|r| [r[0], r[1], dice.normal()]).collect())
    };
    run.real = lift(&run.real, &mut dice);
    for frame in &mut run.frames {
        frame.samples = lift(&frame.samples, &mut dice);
        (frame.landscape, frame.warp) = (None, None);
    }
    run
}

/// A hundred modes, each with its own restless share.
pub fn crowd() -> RunData {
    let mut run = ring();
    let mut dice = Dice::new(11);
    let first = run.table.names.iter().position(|n| n.starts_with("mode_share_")).unwrap_or(0);
    run.scenario.name = "grid100".into();
    run.table.names.truncate(first);
    run.table.names.extend((0..100).map(|k| format!("mode_share_{k}")));
    for row in &mut run.table.rows {
        row.truncate(first);
        row.extend((0..100).map(|_| 0.02 * dice.uniform().powi(3)));
    }
    run
}

/// A run that has only just begun: one record, one frame, hardly a column.
pub fn newborn() -> RunData {
    let mut run = ring();
    run.table.rows.truncate(1);
    run.frames.truncate(1);
    run
}

/// Nothing at all.
pub fn empty() -> RunData {
    let mut run = newborn();
    run.table = Table::default();
    run.frames.clear();
    run.real = Points::new(2, Vec::new());
    run
}

/// Everything is missing, infinite, enormous or constant.
pub fn weird() -> RunData {
    let mut run = ring();
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e30, -1e300, 1e-320, 0.0];
    for (k, row) in run.table.rows.iter_mut().enumerate() {
        row.iter_mut()
            .enumerate()
            .skip(1)
            .for_each(|(c, v)| *v = if c == 3 { 7.0 } else { odd[(k + c) % 7] });
    }
    for frame in &mut run.frames {
        frame.samples.values.iter_mut().enumerate().for_each(|(k, v)| *v = odd[k % 7]);
        if let Some(l) = &mut frame.landscape {
            l.logits.iter_mut().enumerate().for_each(|(k, v)| *v = odd[k % 7] as f32);
            l.push.iter_mut().enumerate().for_each(|(k, v)| *v = [odd[k % 7] as f32, 1.0]);
        }
        if let Some(w) = &mut frame.warp {
            w.points.values.iter_mut().enumerate().for_each(|(k, v)| *v = odd[k % 7]);
        }
    }
    run.real.values.iter_mut().enumerate().for_each(|(k, v)| *v = odd[k % 7]);
    run
}

fn without_modes(mut run: RunData) -> RunData {
    let keep: Vec<usize> = (0..run.table.names.len())
        .filter(|i| !["mode", "quality", "spread", "nats"].iter().any(|w| run.table.names[*i].contains(w)))
        .collect();
    run.table.names = keep.iter().map(|i| run.table.names[*i].clone()).collect();
    for row in &mut run.table.rows {
        *row = keep.iter().map(|i| row[*i]).collect();
    }
    run
}

fn one_dim(dice: &mut Dice, count: usize, left: f64) -> Points {
    cloud(dice, count, |dice| {
        let side = if dice.uniform() < 0.5 + 0.5 * left { -1.0 } else { 1.0 };
        vec![side * (1.0 + 0.2 * left) + (0.1 + 0.2 * left) * dice.normal()]
    })
}

fn cloud(dice: &mut Dice, count: usize, mut draw: impl FnMut(&mut Dice) -> Vec<f64>) -> Points {
    let points: Vec<Vec<f64>> = (0..count).map(|_| draw(dice)).collect();
    Points::new(points[0].len(), points.concat())
}

fn near(mode: &Mode, std: f64, dice: &mut Dice) -> Vec<f64> {
    mode.center.iter().map(|c| c + std * dice.normal()).collect()
}

/// How many modes are reached at a step.
fn reached(step: u64) -> usize {
    [1, 2, 3, 5, 6, 7, 8, 8, 8, 8, 8][(step * 10 / STEPS) as usize]
}

fn names(modes: usize) -> Vec<String> {
    let plain = [
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
        "modes_covered",
        "modes_with_spread",
        "high_quality",
        "sliced_w2",
        "mmd2",
        "energy_distance",
        "real_modes_covered",
        "real_high_quality",
        "real_sliced_w2",
        "real_mmd2",
        "real_energy_distance",
    ];
    let shares = (0..modes).map(|k| format!("mode_share_{k}"));
    plain.iter().map(|n| n.to_string()).chain(shares).collect()
}

fn row(dice: &mut Dice, step: u64) -> Vec<f64> {
    let t = step as f64 / STEPS as f64;
    let swing = (60.0 * t).sin() * (-3.0 * t).exp();
    let (d, g) = (1.386 - 0.8 * (-4.0 * t).exp() + 0.25 * swing, 0.69 + 1.4 * (-4.0 * t).exp() - 0.4 * swing);
    let covered = reached(step) as f64;
    let noise = |dice: &mut Dice, size: f64| 1.0 + size * dice.normal();
    let w2 = 1.6 * (-5.0 * t).exp() + 0.04;
    let mut row = vec![
        step as f64,
        d * noise(dice, 0.02),
        g * noise(dice, 0.03),
        -d,
        0.02 + 0.8 * (-6.0 * t).exp() * noise(dice, 0.3).abs(),
        0.01 + 0.3 * (-5.0 * t).exp() * noise(dice, 0.3).abs(),
        3.0 * (1.0 - (-3.0 * t).exp()) * noise(dice, 0.005),
        9.0 * (1.0 - (-4.0 * t).exp()) * noise(dice, 0.005),
        (1.0 - 1.6 * (-8.0 * t).exp() + 0.25 * dice.normal() - 0.3).clamp(-1.0, 1.0),
        (0.5 + 0.45 * (-4.0 * t).exp() + 0.02 * dice.normal()).min(1.0),
        (0.5 + 0.48 * (-4.0 * t).exp() + 0.02 * dice.normal()).min(1.0),
        covered,
        (covered - 2.0).max(0.0),
        (0.94 - 0.9 * (-5.0 * t).exp()) * noise(dice, 0.01),
        w2 * noise(dice, 0.06).abs(),
        w2 * w2 * 0.2 * noise(dice, 0.1).abs() - 0.0003,
        w2 * w2 * noise(dice, 0.1).abs(),
        8.0,
        0.989,
        0.035,
        0.0001,
        0.0008,
    ];
    row.extend(shares(dice, step));
    row
}

fn shares(dice: &mut Dice, step: u64) -> Vec<f64> {
    let covered = reached(step);
    // While few modes are held, the generator hops between them.
    let shift = if covered < 4 { (step / 900) as usize * 3 } else { 0 };
    let mut shares = [0.0; 8];
    for k in 0..covered {
        shares[(shift + k * 3) % 8] = (1.0 + 0.15 * dice.normal()).max(0.1);
    }
    let total: f64 = shares.iter().sum::<f64>() / 0.92;
    shares.iter().map(|s| s / total).collect()
}

fn frame(dice: &mut Dice, step: u64, modes: &[Mode]) -> Frame {
    let t = step as f64 / STEPS as f64;
    let covered = reached(step);
    let std = 0.02 + 0.25 * (-5.0 * t).exp();
    let samples = cloud(dice, 500, |dice| {
        let k = (dice.uniform() * covered as f64) as usize;
        if dice.uniform() < 0.06 {
            let (a, b) = (&modes[k * 3 % 8], &modes[(k * 3 + 3) % 8]);
            let share = dice.uniform();
            return (0..2).map(|i| a.center[i] * share + b.center[i] * (1.0 - share)).collect();
        }
        near(&modes[k * 3 % 8], std, dice)
    });
    Frame { step, samples, landscape: Some(landscape(t, modes)), warp: Some(warp(t)) }
}

fn logit(t: f64, modes: &[Mode], x: f64, y: f64) -> f64 {
    let bump = |m: &Mode| (-((x - m.center[0]).powi(2) + (y - m.center[1]).powi(2)) / 0.5).exp();
    let phase = 9.0 * t;
    let tilt = 0.8 * (1.0 - t) * (x * phase.cos() + y * phase.sin());
    (1.0 - 0.85 * t) * (2.5 * modes.iter().map(bump).sum::<f64>() - 1.1) + tilt - 0.02
}

fn landscape(t: f64, modes: &[Mode]) -> Landscape {
    let (side, push_side, half) = (61, 16, 3.2);
    let node = |k: usize| -half + 2.0 * half * k as f64 / (side - 1) as f64;
    let middle = |k: usize| -half + 2.0 * half * (k as f64 + 0.5) / push_side as f64;
    let logits = (0..side * side).map(|i| logit(t, modes, node(i % side), node(i / side)) as f32).collect();
    let push = (0..push_side * push_side)
        .map(|i| {
            let (x, y, e) = (middle(i % push_side), middle(i / push_side), 1e-4);
            let dx = (logit(t, modes, x + e, y) - logit(t, modes, x - e, y)) / (2.0 * e);
            let dy = (logit(t, modes, x, y + e) - logit(t, modes, x, y - e)) / (2.0 * e);
            [dx as f32, dy as f32]
        })
        .collect();
    Landscape { window: [-half, half, -half, half], side, logits, push_side, push }
}

fn warp(t: f64) -> Warp {
    let (side, reach) = (33, 2.0);
    let at = |k: usize| -reach + 2.0 * reach * k as f64 / (side - 1) as f64;
    let image = |i: usize| {
        let (u, v) = (at(i % side), at(i / side));
        let angle = v.atan2(u);
        let pulled = (angle * 8.0 / std::f64::consts::TAU).round() * std::f64::consts::TAU / 8.0;
        let angle = angle + t * 0.9 * (pulled - angle);
        let radius = u.hypot(v) * (1.0 - t) * 0.7 + t * 2.0 * (3.0 * u.hypot(v)).tanh();
        [radius * angle.cos(), radius * angle.sin()]
    };
    Warp { side, points: Points::new(2, (0..side * side).flat_map(image).collect()), reach }
}

/// A run of a scenario, `NAME` in its text replaced by its name.
pub fn run(name: &str, scenario: &str, table: Table, frames: Vec<Frame>, real: Points) -> RunData {
    let scenario: Scenario = toml::from_str(&scenario.replace("NAME", name)).expect("a good scenario");
    RunData {
        folder: Folder::new("made-up"),
        scenario,
        info: info(name),
        table,
        frames,
        real,
        images: None,
        look: None,
    }
}

fn info(name: &str) -> RunInfo {
    RunInfo {
        format: 1,
        program: "ganscope".into(),
        scenario: name.into(),
        seed: 1,
        status: Status::Finished,
        reason: "all steps were done".into(),
        step: STEPS,
        divergence: None,
        device: "cpu".into(),
        kernels: "portable".into(),
        threads: 1,
        host: Host::default(),
        parameters: [513, 50_000],
        started_unix_s: 0,
        train_s: 1.0,
        ms_per_step: Quantiles::default(),
        peak_rss_mib: 1.0,
        measures: serde_json::Map::new(),
        last: serde_json::Map::new(),
        warnings: Vec::new(),
    }
}

/// A GAN on a ring.
pub const SCENARIO: &str = r#"
name = "NAME"
[data]
kind = "ring"
[game]
kind = "gan"
objective = "non_saturating"
generator = { latent = 256, hidden = [128, 128] }
discriminator = { hidden = [128] }
"#;
