//! The work that the peer scripts (PyTorch, JAX) do, timed as they time it; prints one JSON line in their form.
//!
//! `cargo bench --bench peers -- TASK [--threads N] [--steps N]`, TASK one of
//! `ring8` (a training step of the 8-Gaussian GAN with the gradient-norm regulariser, milliseconds an iteration),
//! `ring8-none` (the same step without the regulariser),
//! `ring8-consensus` (the same step with the regulariser and consensus),
//! `spectrum-jacobian` (the dense Jacobian, n = 2003, batch 512, float64; seconds) and
//! `krylov-product` (one product of the Jacobian of the 8-Gaussian GAN with a vector, n = 50,179; milliseconds).

use ganscope::game::{Draw, Game, Gan, GanBatch, Joint};
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of, peak_rss_mib};
use ganscope::scalar::Scalar;
use ganscope::scenario::{self, Override, load};
use ganscope::spectrum::dense_jacobian;
use std::error::Error;
use std::time::Instant;

const WARM_UP: u64 = 20;

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

fn setting(text: &str) -> Result<Override, Box<dyn Error>> {
    Ok(Override::parse(text)?)
}

/// Milliseconds a training step of a shipped scenario.
fn step_ms(name: &str, set: &[Override], steps: u64) -> Result<f64, Box<dyn Error>> {
    let loaded = load(name, set, None)?;
    let scenario::Game::Gan(spec) = &loaded.scenario.game;
    let gan = gan_of::<f32>(&loaded, &RunOptions::new("unused"))?;
    let rule: Box<dyn Rule<f32, _>> = rule_of(&loaded.scenario.dynamics, loaded.scenario.train.steps, None);
    let mut at = gan.start(spec.discriminator.init, spec.generator.init);
    let mut state = rule.start(gan.sizes());
    let mut rounds = |from: u64, to: u64| {
        (from..to)
            .try_for_each(|step| rule.round(&gan, &mut at, &mut state, step))
            .map_err(|e| format!("{e:?}"))
    };
    let warm_up = WARM_UP.min(steps);
    rounds(0, warm_up)?;
    let began = Instant::now();
    rounds(warm_up, warm_up + steps)?;
    Ok(began.elapsed().as_secs_f64() * 1e3 / steps as f64)
}

/// A game, its start, and the first batch of its analysis.
struct Look<T> {
    gan: Gan<T>,
    at: Joint<T>,
    batch: GanBatch<T>,
}

fn look<T: Scalar>(set: &[&str]) -> Result<Look<T>, Box<dyn Error>> {
    let set = set.iter().map(|text| setting(text)).collect::<Result<Vec<_>, _>>()?;
    let loaded = load("ring8-unregularized", &set, None)?;
    let scenario::Game::Gan(spec) = &loaded.scenario.game;
    let gan = gan_of::<T>(&loaded, &RunOptions::new("unused"))?;
    let at = gan.start(spec.discriminator.init, spec.generator.init);
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    Ok(Look { gan, at, batch })
}

/// The small game whose whole Jacobian is taken.
const SMALL: [&str; 2] = [
    "game.generator={ latent = 16, hidden = [16, 16, 16, 16], activation = \"relu\" }",
    "game.discriminator={ hidden = [16, 16, 16, 16], activation = \"relu\" }",
];

/// Seconds for the dense Jacobian, the best of several.
fn jacobian_s() -> Result<f64, Box<dyn Error>> {
    let Look { gan, at, batch } = look::<f64>(&SMALL)?;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let began = Instant::now();
        std::hint::black_box(dense_jacobian(&gan, &at, &batch)?);
        best = best.min(began.elapsed().as_secs_f64());
    }
    Ok(best)
}

/// Milliseconds for one product, the first passes shared; the median, after one that is not counted.
fn product_ms(steps: u64) -> Result<f64, Box<dyn Error>> {
    let Look { gan, at, batch } = look::<f32>(&[])?;
    let linearized = gan.linearize(&at, &batch)?;
    let mut w = at.clone();
    w.scale(0.3);
    std::hint::black_box(linearized.times(&w)?);
    let mut times = Vec::new();
    for _ in 0..steps {
        let began = Instant::now();
        std::hint::black_box(linearized.times(&w)?);
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn main() -> Result<(), Box<dyn Error>> {
    let request = request()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads).build()?;
    let steps = request.steps;
    let consensus =
        "game.regularizer=[{ kind = \"gradient_norm\", eta = 0.5 }, { kind = \"consensus\", gamma = 0.1 }]";
    let run = || -> Result<(f64, &str), Box<dyn Error>> {
        Ok(match request.task.as_str() {
            "ring8" => (step_ms("ring8-regularized", &[], steps)?, "ms/iter"),
            "ring8-none" => (step_ms("ring8-unregularized", &[], steps)?, "ms/iter"),
            "ring8-consensus" => (step_ms("ring8-regularized", &[setting(consensus)?], steps)?, "ms/iter"),
            "spectrum-jacobian" => (jacobian_s()?, "s"),
            "krylov-product" => (product_ms(steps)?, "ms"),
            other => return Err(format!("no such task: {other}").into()),
        })
    };
    let (value, unit) = pool.install(|| run().map_err(|e| e.to_string()))?;
    let line = serde_json::json!({
        "task": request.task,
        "lib": "ganscope",
        "value": (value * 1e5).round() / 1e5,
        "unit": unit,
        "threads": request.threads,
        "peak_mib": peak_rss_mib().round(),
    });
    println!("{line}");
    Ok(())
}
