//! The work that the peer scripts (PyTorch, JAX) do, timed as they time it; prints one JSON line in their form.
//!
//! `cargo bench --bench peers -- TASK [--threads N] [--steps N]`, TASK one of
//! `ring8` (a training step of the 8-Gaussian GAN with the gradient-norm regulariser, milliseconds an iteration),
//! `ring8-none` (the same step without the regulariser),
//! `spectrum` (the whole Jacobian of a game of n = 2,003 parameters in double precision and all its eigenvalues,
//! seconds), `krylov` (the 20 eigenvalues of largest magnitude of the ring8 game, n = 50,179, matrix-free in single
//! precision, seconds) and `basin` (the Dirac-GAN, non-saturating, R1 with gamma = 0.3, from 512 x 512 starts on
//! [-2, 2]^2, 1,000 simultaneous steps of 0.1 in double precision, seconds) and `dcgan` (a training step of a DCGAN on 28 x 28
//! images, batch 64, R1 with gamma = 10, milliseconds an iteration) and `sweep` (16 seeds of ring8, `--steps` steps each,
//! seconds from the start of the process to its end: `ganscope sweep` with as many runs at once as threads).

mod timing;

use ganscope::game::{Game, Gan, Joint, Linearized, Player, losses_of};
use ganscope::maps::{Goal, March};
use ganscope::nn::Mlp;
use ganscope::random::{Address, Stream, fill_uniform};
use ganscope::run::{RunOptions, gan_of, paper_of, peak_rss_mib};
use ganscope::scalar::Scalar;
use ganscope::scenario::{Activation, Loaded, Objective, ObjectiveKind, Override, Source, load, parse};
use ganscope::spectrum::{Search, dense, eigenvalues, partial};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use timing::step_ms;

struct Request {
    task: String,
    threads: usize,
    steps: u64,
}

fn request() -> Result<Request, Box<dyn Error>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut request = Request { task: "ring8".into(), threads: cores, steps: 300 };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let mut number =
            || args.next().ok_or(format!("{arg} needs a number"))?.parse::<u64>().map_err(|e| e.to_string());
        match arg.as_str() {
            "--threads" => request.threads = number()? as usize,
            "--steps" => request.steps = number()?,
            task => request.task = task.to_string(),
        }
    }
    Ok(request)
}

/// The peers' DCGAN. Where real images come from costs next to nothing; the peers draw noise.
const DCGAN: &str = r#"
name = "dcgan"
data = { kind = "shapes", size = 28 }
dynamics = { optimizer = { kind = "adam", lr = 1e-4, beta1 = 0.5, beta2 = 0.999 } }
train = { batch = 64 }
[game]
kind = "gan"
objective = "non_saturating"
generator = { latent = 64, preset = "dcgan" }
discriminator = { preset = "dcgan" }
regularizer = [{ kind = "r1", gamma = 10.0 }]
"#;

/// Seconds for the Jacobian of G 16-16-16-16-16-2 against D 2-16-16-16-16-1 on 512 rows, and all its eigenvalues; the
/// time of the Jacobian alone, and n.
fn spectrum_s() -> Result<(f64, serde_json::Value), Box<dyn Error>> {
    let mlp = |sizes: &[usize]| Mlp {
        sizes: sizes.to_vec(),
        activation: Activation::Relu,
        input_scale: 1.0,
        output_scale: 1.0,
    };
    let ring = gan_of::<f64>(&load("ring8-unregularized", &[], None)?, &RunOptions::new("unused"))?;
    let losses = losses_of(&Objective::Named(ObjectiveKind::Minimax))?;
    let mut gan =
        Gan::<f64>::new(mlp(&[2, 16, 16, 16, 16, 1]), mlp(&[16, 16, 16, 16, 16, 2]), losses, Vec::new());
    gan.source = ring.source;
    let at = gan.start(Default::default(), Default::default());
    let batch = gan.analysis_batch(0, 512, 0);
    let began = Instant::now();
    let operator = gan.linearize(&at, &batch)?;
    let jacobian = dense(operator.as_ref())?;
    let jacobian_s = began.elapsed().as_secs_f64();
    let values = eigenvalues(&jacobian)?;
    let all_s = began.elapsed().as_secs_f64();
    Ok((all_s, serde_json::json!({ "n": values.len(), "jacobian_s": jacobian_s })))
}

/// Seconds for the 20 eigenvalues of largest magnitude of the ring8 game without its regulariser, and n.
fn krylov_s() -> Result<(f64, serde_json::Value), Box<dyn Error>> {
    let no_scale = Override::parse("game.discriminator.input_scale=1.0")?;
    let loaded = load("ring8-unregularized", &[no_scale], None)?;
    let gan = gan_of::<f32>(&loaded, &RunOptions::new("unused"))?;
    let at = as_pytorch_starts(&gan);
    let batch = gan.analysis_batch(0, 512, 0);
    let began = Instant::now();
    let operator = gan.linearize(&at, &batch)?;
    let counted = Counted { operator: operator.as_ref(), products: AtomicUsize::new(0) };
    // The peer asks for residuals of 1e-6 |lambda|, we for a share of the largest; the twentieth is a twentieth of it.
    let search = Search { count: 20, tolerance: 5e-8, conditions: false, ..Search::default() };
    let found = partial(&counted, &search)?;
    let all_s = began.elapsed().as_secs_f64();
    let worst = found.eigen.iter().map(|e| e.residual).fold(0.0, f64::max) / found.radius;
    let products = counted.products.into_inner();
    let n: usize = gan.sizes().iter().sum();
    let more =
        serde_json::json!({ "n": n, "products": products, "found": found.eigen.len(), "residual": worst });
    Ok((all_s, more))
}

/// The game of the peers' basin.
const BASIN: &str = r#"
name = "basin"
game = { kind = "dirac", objective = "non_saturating", regularizer = [{ kind = "r1", gamma = 0.3 }] }
dynamics = { rule = "simultaneous", optimizer = { kind = "sgd", lr = 0.1 } }
train = { steps = 1000 }
"#;

/// Seconds for 1,000 steps from 512 x 512 starts, and how many of them arrive at the equilibrium.
fn basin_s() -> Result<(f64, serde_json::Value), Box<dyn Error>> {
    const SIDE: usize = 512;
    let scenario = parse(BASIN, Source::Text, &[])?.scenario;
    let game = paper_of(&scenario)?;
    let goal = Goal::Points(game.equilibria(0));
    let steps = scenario.train.steps;
    let march = March {
        game: &game,
        dynamics: &scenario.dynamics,
        steps,
        rounds: steps,
        // The peers do not look on the way.
        stride: steps,
        goal: &goal,
        within: 1e-3,
        bound: 1e6,
    };
    let place = |k: usize| -2.0 + 4.0 * k as f64 / (SIDE - 1) as f64;
    let point = |k: usize| Joint { d: vec![place(k / SIDE)], g: vec![place(k % SIDE)] };
    let began = Instant::now();
    let fates = march.fates(SIDE * SIDE, &point, &|_| ())?;
    let all_s = began.elapsed().as_secs_f64();
    let arrived = fates.iter().filter(|fate| fate.settled.is_some()).count();
    Ok((all_s, serde_json::json!({ "starts": fates.len(), "arrived": arrived })))
}

/// Seconds that the program takes for a sweep of 16 seeds, from its start to its end.
fn sweep_s(request: &Request) -> Result<(f64, serde_json::Value), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let steps = format!("train.steps={}", request.steps);
    let jobs = request.threads.to_string();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_ganscope"));
    program.current_dir(folder.path()).args(["sweep", "ring8-regularized", "--seeds", "0..15", "--quiet"]);
    program.args(["--set", &steps, "-j", &jobs, "--out", "swept"]);
    let began = Instant::now();
    let ended = program.status()?;
    let all_s = began.elapsed().as_secs_f64();
    if !ended.success() {
        return Err(format!("the sweep ended with {ended}").into());
    }
    Ok((all_s, serde_json::json!({ "runs": 16, "steps": request.steps })))
}

/// Weights and biases uniform on ±1/sqrt(inputs), as PyTorch starts its layers: another start has another spectrum, and
/// takes other numbers of products.
fn as_pytorch_starts(gan: &Gan<f32>) -> Joint<f32> {
    let mut at = Joint::zeros(gan.sizes());
    let mlps = gan.mlps().into_iter().flatten();
    for ((mlp, player), step) in mlps.zip(Player::BOTH).zip(0..) {
        let mut unit = vec![0.0; mlp.parameters()];
        fill_uniform(Address::new(0, Stream::InitGenerator, step), &mut unit);
        for layer in mlp.layers() {
            let bound = 1.0 / (layer.inputs as f32).sqrt();
            for k in layer.weight.start..layer.bias.end {
                at[player][k] = bound * unit[k];
            }
        }
    }
    at
}

/// Counts products.
struct Counted<'a, T: Scalar, E> {
    operator: &'a dyn Linearized<T, E>,
    products: AtomicUsize,
}

impl<T: Scalar, E> Linearized<T, E> for Counted<'_, T, E> {
    fn sizes(&self) -> [usize; 2] {
        self.operator.sizes()
    }

    fn times(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        self.products.fetch_add(1, Ordering::Relaxed);
        self.operator.times(w)
    }

    fn transposed_times(&self, w: &Joint<T>) -> Result<Joint<T>, E> {
        self.products.fetch_add(1, Ordering::Relaxed);
        self.operator.transposed_times(w)
    }
}

fn measure(request: &Request) -> Result<(f64, &'static str, serde_json::Value), Box<dyn Error>> {
    let step = |loaded: &Loaded| Ok((step_ms(loaded, request.steps)?, "ms/iter", serde_json::json!({})));
    let seconds = |(value, more)| (value, "s", more);
    match request.task.as_str() {
        "ring8" => step(&load("ring8-regularized", &[], None)?),
        "ring8-none" => step(&load("ring8-unregularized", &[], None)?),
        "dcgan" => step(&parse(DCGAN, Source::Text, &[])?),
        "spectrum" => Ok(seconds(spectrum_s()?)),
        "krylov" => Ok(seconds(krylov_s()?)),
        "basin" => Ok(seconds(basin_s()?)),
        "sweep" => Ok(seconds(sweep_s(request)?)),
        other => Err(format!(
            "no such task: {other}; there are ring8, ring8-none, spectrum, krylov, basin, dcgan and sweep"
        )
        .into()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let request = request()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads).build()?;
    let (value, unit, more) = pool.install(|| measure(&request).map_err(|e| e.to_string()))?;
    let mut line = serde_json::json!({
        "task": request.task,
        "lib": "ganscope",
        "value": (value * 1e5).round() / 1e5,
        "unit": unit,
        "threads": request.threads,
        "peak_mib": peak_rss_mib().round(),
    });
    if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
        line.extend(more.clone());
    }
    println!("{line}");
    Ok(())
}
