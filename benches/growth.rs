//! How cost grows: the time of a training step and the memory of a run over batch, width, depth and number of modes, and
//! the time of a Jacobian's whole spectrum over n. Prints Markdown.
//!
//! `cargo bench --bench growth`. Every line is a process of its own, on one thread, so that its peak of memory is its own.
//! "share of peak" sets the arithmetic of a step's matrix products against a product of 512 x 512 matrices on this machine;
//! "slope" is the growth from the line above, log(time ratio) / log(size ratio): 1 is proportional.

mod timing;

use ganscope::game::{Game, Gan, Joint};
use ganscope::nn::fused::{Form, Into, Kernels};
use ganscope::run::{RunOptions, gan_of, peak_rss_mib};
use ganscope::scenario::{Loaded, Source, parse};
use ganscope::spectrum::{dense, eigenvalues};
use std::error::Error;
use std::time::Instant;

/// What a line is about: the sizes of a game.
#[derive(Clone, Copy)]
struct Size {
    batch: usize,
    width: usize,
    depth: usize,
    side: usize,
}

const BASE: Size = Size { batch: 512, width: 128, depth: 2, side: 3 };

impl Size {
    /// A grid of Gaussians, both networks with `depth` hidden layers of `width` units, no regulariser.
    fn scenario(&self) -> Result<Loaded, Box<dyn Error>> {
        let hidden = vec![self.width; self.depth];
        let text = format!(
            r#"
name = "growth"
data = {{ kind = "grid", side = {}, spacing = 2.0, std = 0.05 }}
dynamics = {{ optimizer = {{ kind = "adam", lr = 1e-4, beta1 = 0.5, beta2 = 0.999 }} }}
train = {{ batch = {} }}
[game]
kind = "gan"
objective = "non_saturating"
generator = {{ latent = 64, hidden = {hidden:?} }}
discriminator = {{ hidden = {hidden:?} }}
"#,
            self.side, self.batch
        );
        Ok(parse(&text, Source::Text, &[])?)
    }

    /// Operations of the matrix products of a step: each a multiplication and an addition for every weight and row. The
    /// discriminator's update takes G once forward, D twice forward and twice back; the generator's G forward and back, D
    /// forward and back once. Going back, the first layer's input is needed of D alone, in the generator's update.
    fn operations(&self) -> f64 {
        let weights = |sizes: &[usize]| sizes.windows(2).map(|w| w[0] * w[1]).sum::<usize>() as f64;
        let hidden = vec![self.width; self.depth];
        let sizes = |from: usize, to: usize| [&[from][..], &hidden, &[to]].concat();
        let (d, g) = (sizes(2, 1), sizes(64, 2));
        let (all_d, all_g) = (weights(&d), weights(&g));
        let (upper_d, upper_g) = (weights(&d[1..]), weights(&g[1..]));
        let for_d = all_g + 2.0 * (all_d + all_d + upper_d);
        let for_g = all_g + all_d + all_d + all_g + upper_g;
        2.0 * self.batch as f64 * (for_d + for_g)
    }
}

/// Operations a second of a product of 512 x 512 matrices, the best of many.
fn peak() -> f64 {
    const N: usize = 512;
    let (a, b, mut out) = (vec![1.0f32; N * N], vec![1.0f32; N * N], vec![0.0f32; N * N]);
    let mut best = f64::INFINITY;
    for _ in 0..200 {
        let began = Instant::now();
        Kernels::Native.product(Form::Plain, [N; 3], (&a, &b), Into::Set, &mut out);
        best = best.min(began.elapsed().as_secs_f64());
    }
    2.0 * (N * N * N) as f64 / best
}

/// Milliseconds a step, peak of memory in MiB, operations a second over those of a large product.
fn step_line(size: Size) -> Result<[f64; 3], Box<dyn Error>> {
    let loaded = size.scenario()?;
    // About a second of steps.
    let steps = (2e10 / size.operations()).clamp(20.0, 2000.0) as u64;
    let rounds = (0..3).map(|_| timing::step_ms(&loaded, steps)).collect::<Result<Vec<f64>, _>>()?;
    let best = rounds.into_iter().fold(f64::INFINITY, f64::min);
    let memory = peak_rss_mib();
    Ok([best, memory, size.operations() / (best * 1e-3) / peak()])
}

/// Seconds for the Jacobian and its eigenvalues, peak of memory, and n.
fn spectrum_line(width: usize) -> Result<[f64; 3], Box<dyn Error>> {
    let loaded = Size { width, batch: 256, ..BASE }.scenario()?;
    let gan: Gan<f64> = gan_of(&loaded, &RunOptions::new("unused"))?;
    let at: Joint<f64> = gan.start(Default::default(), Default::default());
    let batch = gan.analysis_batch(0, 256, 0);
    let began = Instant::now();
    let values = eigenvalues(&dense(gan.linearize(&at, &batch)?.as_ref())?)?;
    Ok([began.elapsed().as_secs_f64(), peak_rss_mib(), values.len() as f64])
}

/// Runs this program again for one line.
fn line(args: &[String]) -> Result<[f64; 3], Box<dyn Error>> {
    let ran = std::process::Command::new(std::env::current_exe()?).args(args).output()?;
    let said = String::from_utf8(ran.stdout)?;
    let numbers: Vec<f64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    <[f64; 3]>::try_from(numbers).map_err(|_| String::from_utf8_lossy(&ran.stderr).into_owned().into())
}

/// A table of steps: the sizes of its lines and what they are called.
fn steps(name: &str, sizes: &[(usize, Size)]) -> Result<(), Box<dyn Error>> {
    println!(
        "| {name} | ms a step | slope | memory (MiB) | share of peak |\n| --- | --- | --- | --- | --- |"
    );
    let mut before: Option<(f64, f64)> = None;
    for (called, size) in sizes {
        let args = [size.batch, size.width, size.depth, size.side].map(|x| x.to_string());
        let [ms, memory, share] = line(&[vec!["step".to_string()], args.to_vec()].concat())?;
        println!(
            "| {called} | {ms:.3} | {} | {memory:.0} | {share:.2} |",
            slope(before, (*called as f64, ms))
        );
        before = Some((*called as f64, ms));
    }
    println!();
    Ok(())
}

fn slope(before: Option<(f64, f64)>, now: (f64, f64)) -> String {
    before.map_or(String::new(), |(size, time)| format!("{:.2}", (now.1 / time).ln() / (now.0 / size).ln()))
}

fn all() -> Result<(), Box<dyn Error>> {
    println!("One thread, {}, large product {:.0} GFLOP/s.\n", Kernels::Native.set(), peak() * 1e-9);
    let of = |values: &[usize], set: fn(usize) -> Size| -> Vec<(usize, Size)> {
        values.iter().map(|value| (*value, set(*value))).collect()
    };
    steps("batch", &of(&[32, 128, 512, 2048], |batch| Size { batch, ..BASE }))?;
    steps("width", &of(&[16, 64, 256, 1024], |width| Size { width, ..BASE }))?;
    steps("hidden layers", &of(&[1, 2, 4, 8], |depth| Size { depth, ..BASE }))?;
    let modes: Vec<(usize, Size)> = [2, 5, 10, 20].map(|side| (side * side, Size { side, ..BASE })).to_vec();
    steps("modes", &modes)?;
    println!("| n | s for all eigenvalues | slope | memory (MiB) |\n| --- | --- | --- | --- |");
    let mut before = None;
    for width in [4, 8, 16, 24] {
        let [s, memory, n] = line(&["spectrum".to_string(), width.to_string()])?;
        println!("| {n:.0} | {s:.3} | {} | {memory:.0} |", slope(before, (n, s)));
        before = Some((n, s));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let numbers: Vec<usize> = args.iter().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let print = |numbers: [f64; 3]| println!("{} {} {}", numbers[0], numbers[1], numbers[2]);
    match (args.first().map(String::as_str), &numbers[..]) {
        (Some("step"), &[batch, width, depth, side]) => {
            print(pool.install(|| step_line(Size { batch, width, depth, side }).map_err(|e| e.to_string()))?);
        }
        (Some("spectrum"), &[width]) => {
            print(pool.install(|| spectrum_line(width).map_err(|e| e.to_string()))?);
        }
        _ => pool.install(|| all().map_err(|e| e.to_string()))?,
    }
    Ok(())
}
