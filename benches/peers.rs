//! The work that the peer scripts (PyTorch, JAX) do, timed as they time it; prints one JSON line in their form.
//!
//! `cargo bench --bench peers -- TASK [--threads N] [--steps N]`, TASK one of
//! `ring8` (a training step of the 8-Gaussian GAN with the gradient-norm regulariser, milliseconds an iteration) and
//! `ring8-none` (the same step without the regulariser).

use ganscope::game::Game;
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of, peak_rss_mib};
use ganscope::scenario::{self, load};
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

/// Milliseconds a training step of a shipped scenario.
fn step_ms(name: &str, steps: u64) -> Result<f64, Box<dyn Error>> {
    let loaded = load(name, &[], None)?;
    let scenario::Game::Gan(spec) = &loaded.scenario.game else { panic!("a scenario of networks") };
    let gan = gan_of::<f32>(&loaded, &RunOptions::new("unused"))?;
    let rule: Box<dyn Rule<f32, _>> = rule_of(&loaded.scenario.dynamics, loaded.scenario.train.steps, None);
    let mut at = gan.start(spec.discriminator.init, spec.generator.init);
    let mut state = rule.start(gan.sizes());
    let mut rounds = |from: u64, to: u64| {
        (from..to)
            .try_for_each(|step| rule.round(&gan, &mut at, &mut state, step))
            .map_err(|e| format!("{e:?}"))
    };
    rounds(0, WARM_UP)?;
    let began = Instant::now();
    rounds(WARM_UP, WARM_UP + steps)?;
    Ok(began.elapsed().as_secs_f64() * 1e3 / steps as f64)
}

fn main() -> Result<(), Box<dyn Error>> {
    let request = request()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.threads).build()?;
    let name = match request.task.as_str() {
        "ring8" => "ring8-regularized",
        "ring8-none" => "ring8-unregularized",
        other => return Err(format!("no such task: {other}; there are ring8 and ring8-none").into()),
    };
    let value = pool.install(|| step_ms(name, request.steps).map_err(|e| e.to_string()))?;
    let line = serde_json::json!({
        "task": request.task,
        "lib": "ganscope",
        "value": (value * 1e5).round() / 1e5,
        "unit": "ms/iter",
        "threads": request.threads,
        "peak_mib": peak_rss_mib().round(),
    });
    println!("{line}");
    Ok(())
}
