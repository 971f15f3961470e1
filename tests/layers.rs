//! Layers over images: passes against differences and against each other, values against candle's tape and against
//! numbers that PyTorch computed (`tests/torch/layers.py` writes them).

use candle_core::{Device, Tensor};
use ganscope::nn::fused::{Cotangents, Kernels};
use ganscope::nn::tape::{self, Jet};
use ganscope::nn::{Conditions, Network, NetworkPass, Stack};
use ganscope::random::Chance;
use ganscope::scenario::{Activation, Extent, GlobalPooled, Layer, NormGroup, Pooled, plan, plan_labelled};
use rand::{RngExt, SeedableRng};

/// Smooth activations: a difference across a kink is no derivative.
const SMOOTH: Layer = Layer::Activation { function: Activation::Tanh };

fn conv(channels: usize, kernel: usize, stride: usize, spectral: bool) -> Layer {
    Layer::Conv { channels, kernel, stride, padding: None, spectral }
}

fn norm(over: NormGroup) -> Layer {
    Layer::Norm { over, epsilon: 1e-5 }
}

/// Every layer, each in a small network of its own, and two networks of many.
fn networks() -> Vec<(&'static str, Extent, Vec<Layer>)> {
    let image = Extent { channels: 2, height: 6, width: 4 };
    let up = |spectral| Layer::ConvTransposed { channels: 3, kernel: 4, stride: 2, padding: None, spectral };
    let dense = |outputs, spectral| Layer::Dense { outputs, spectral };
    let residual = Layer::Residual {
        body: vec![SMOOTH, conv(3, 3, 1, false), Layer::Pool { of: Pooled::Mean, size: 2 }],
        shortcut: vec![Layer::Pool { of: Pooled::Mean, size: 2 }, conv(3, 1, 1, false)],
    };
    vec![
        ("dense", image, vec![dense(3, false)]),
        ("dense, tall, spectral", Extent::vector(3), vec![dense(7, true), SMOOTH]),
        ("conv", image, vec![conv(3, 3, 1, false)]),
        ("conv, stride 2", image, vec![conv(3, 4, 2, false)]),
        ("conv, stride 3, even and odd", image, vec![conv(2, 5, 3, false)]),
        (
            "conv, no padding",
            image,
            vec![Layer::Conv { channels: 2, kernel: 3, stride: 1, padding: Some(0), spectral: false }],
        ),
        ("conv, spectral", image, vec![conv(3, 3, 1, true), SMOOTH, dense(1, false)]),
        ("transposed", image, vec![up(false)]),
        ("transposed, spectral", image, vec![up(true), SMOOTH]),
        ("upsample", image, vec![Layer::Upsample { factor: 3 }, conv(1, 3, 1, false)]),
        ("mean pool", image, vec![SMOOTH, Layer::Pool { of: Pooled::Mean, size: 2 }]),
        ("max pool", image, vec![conv(2, 3, 1, false), Layer::Pool { of: Pooled::Max, size: 2 }]),
        ("global mean", image, vec![SMOOTH, Layer::GlobalPool { of: GlobalPooled::Mean }]),
        ("global sum", image, vec![SMOOTH, Layer::GlobalPool { of: GlobalPooled::Sum }]),
        ("batch norm", image, vec![conv(3, 3, 1, false), norm(NormGroup::Batch {}), SMOOTH]),
        ("ghost batch norm", image, vec![conv(3, 3, 1, false), norm(NormGroup::GhostBatch { size: 4 })]),
        ("layer norm", image, vec![norm(NormGroup::Layer {}), SMOOTH]),
        ("instance norm", image, vec![norm(NormGroup::Instance {}), SMOOTH]),
        ("group norm", image, vec![conv(4, 3, 1, false), norm(NormGroup::Group { groups: 2 })]),
        ("minibatch std", image, vec![Layer::MinibatchStd { group: 4 }, conv(2, 3, 1, false)]),
        ("reshape", image, vec![Layer::Reshape { shape: [4, 2, 6] }, conv(2, 3, 1, false)]),
        ("residual", image, vec![residual.clone(), SMOOTH]),
        (
            "dropout",
            image,
            vec![conv(3, 3, 1, false), Layer::Dropout { rate: 0.3 }, SMOOTH, Layer::Dropout { rate: 0.6 }],
        ),
        ("embed", image, vec![conv(2, 3, 1, false), Layer::Embed { width: 3 }, SMOOTH, conv(2, 3, 1, false)]),
        ("embed on a vector", Extent::vector(4), vec![Layer::Embed { width: 2 }, dense(3, false), SMOOTH]),
        ("projection", image, vec![conv(2, 3, 1, false), SMOOTH, Layer::Projection { spectral: false }]),
        (
            "projection, spectral",
            image,
            vec![conv(2, 3, 1, false), SMOOTH, Layer::Projection { spectral: true }],
        ),
        // Fewer numbers than classes: E is tall.
        (
            "projection, spectral, short",
            Extent::vector(2),
            vec![SMOOTH, Layer::Projection { spectral: true }],
        ),
        (
            "a generator",
            Extent::vector(5),
            vec![
                dense(24, false),
                Layer::Reshape { shape: [4, 3, 2] },
                norm(NormGroup::Batch {}),
                SMOOTH,
                up(false),
                norm(NormGroup::Batch {}),
                SMOOTH,
                conv(1, 3, 1, false),
                SMOOTH,
            ],
        ),
        (
            "a discriminator",
            image,
            vec![conv(4, 4, 2, true), SMOOTH, Layer::MinibatchStd { group: 2 }, dense(1, true)],
        ),
    ]
}

/// A network with random numbers to try it on; 11 rows make a whole block and a part of one.
struct Trial {
    network: Network,
    theta: Vec<f64>,
    theta_dot: Vec<f64>,
    x: Vec<f64>,
    x_dot: Vec<f64>,
    /// Cotangents of the output and of its tangent.
    bars: [Vec<f64>; 2],
}

const ROWS: usize = 11;
/// Classes of the labels.
const CLASSES: usize = 3;

/// Passes whose dropout draws.
fn on() -> Conditions<'static> {
    Conditions { chance: Some(Chance::new(3)), ..Conditions::default() }
}

impl Trial {
    fn new(input: Extent, layers: &[Layer]) -> Self {
        let plan = plan_labelled("layers", layers, input, Some(CLASSES)).expect("a plan");
        let network = Network::Stack(Stack { plan, input_scale: 0.7, output_scale: 1.3 });
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(7);
        let mut draw = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let (n, m) = (ROWS * network.inputs(), ROWS * network.outputs());
        let p = network.parameters();
        let (theta, theta_dot, mut x, mut x_dot) = (draw(p), draw(p), draw(n), draw(n));
        if network.classes().is_some() {
            // Labels end the rows, and do not move.
            let last = |x: &mut [f64], label: fn(usize) -> f64| {
                let rows = x.chunks_exact_mut(n / ROWS).enumerate();
                rows.for_each(|(row, x)| x[n / ROWS - 1] = label(row));
            };
            last(&mut x, |row| (2 * row % CLASSES) as f64);
            last(&mut x_dot, |_| 0.0);
        }
        Trial { theta, theta_dot, x, x_dot, bars: [draw(m), draw(m)], network }
    }

    fn pass(&self, theta: &[f64], x: &[f64]) -> Box<dyn NetworkPass<f64>> {
        let mut pass = self.network.pass(Kernels::Native);
        pass.forward_with(theta, x, on());
        pass
    }

    /// The point moved along its direction.
    fn moved(&self, h: f64) -> [Vec<f64>; 2] {
        let along = |at: &[f64], dot: &[f64]| at.iter().zip(dot).map(|(at, dot)| at + h * dot).collect();
        [along(&self.theta, &self.theta_dot), along(&self.x, &self.x_dot)]
    }

    /// Gradients by parameters and input of the sum of output times `bars[0]`.
    fn gradients(&self, theta: &[f64], x: &[f64], bar: &[f64]) -> Vec<f64> {
        let mut pass = self.pass(theta, x);
        let (mut grads, mut x_bar) = (vec![0.0; theta.len()], vec![0.0; x.len()]);
        pass.backward(theta, bar, Some(&mut grads), Some(&mut x_bar));
        grads.extend(x_bar);
        grads
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A central difference of order six.
fn difference(f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    // Small enough that no pool changes the place of its largest number.
    let h = 2e-5;
    let mut out = vec![0.0; f(0.0).len()];
    for (k, weight) in [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)] {
        for (up, down) in f(k * h).iter().zip(f(-k * h)).zip(&mut out).map(|((u, d), o)| ((u - d), o)) {
            *down += weight * up / (60.0 * h);
        }
    }
    out
}

fn largest_gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let size = b.iter().fold(1.0f64, |most, b| most.max(b.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
}

#[test]
fn tangents_and_derivatives_of_gradients_match_differences() {
    for (name, input, layers) in networks() {
        let trial = Trial::new(input, &layers);
        let mut pass = trial.pass(&trial.theta, &trial.x);
        pass.tangent(&trial.theta, Some(&trial.theta_dot), Some(&trial.x_dot));
        let tangent = difference(|h| {
            let [theta, x] = trial.moved(h);
            trial.pass(&theta, &x).output().to_vec()
        });
        let gap = largest_gap(pass.output_dot(), &tangent);
        assert!(gap < 1e-8, "{name}: tangent {gap}");

        // The gradient of <b, y.> for fixed b is the derivative of that of <b, y>.
        let [_, bar] = &trial.bars;
        let zeros = vec![0.0; bar.len()];
        let seeds = Cotangents { value: &zeros[..], dot: &bar[..] };
        let (mut grads, mut x_bar) = (vec![0.0; trial.theta.len()], vec![0.0; trial.x.len()]);
        let mut x_dot_bar = x_bar.clone();
        let ends = Some((&mut x_bar[..], &mut x_dot_bar[..]));
        pass.backward_tangent(&trial.theta, Some(&trial.theta_dot), seeds, Some(&mut grads), ends);
        grads.extend(&x_bar);
        let want = difference(|h| {
            let [theta, x] = trial.moved(h);
            trial.gradients(&theta, &x, bar)
        });
        let gap = largest_gap(&grads, &want);
        assert!(gap < 1e-7, "{name}: derivative of the gradient {gap}");
        // The cotangent of x. is the gradient of <b, y> by x.
        let by_x = &trial.gradients(&trial.theta, &trial.x, bar)[trial.theta.len()..];
        let gap = largest_gap(&x_dot_bar, by_x);
        assert!(gap < 1e-12, "{name}: cotangent of the tangent {gap}");
    }
}

#[test]
fn forward_and_reverse_give_one_number() {
    for (name, input, layers) in networks() {
        let trial = Trial::new(input, &layers);
        let mut pass = trial.pass(&trial.theta, &trial.x);
        pass.tangent(&trial.theta, Some(&trial.theta_dot), Some(&trial.x_dot));
        let forward = dot(&trial.bars[0], pass.output_dot());
        let direction = [&trial.theta_dot[..], &trial.x_dot[..]].concat();
        let reverse = dot(&trial.gradients(&trial.theta, &trial.x, &trial.bars[0]), &direction);
        assert!(
            (forward - reverse).abs() < 1e-11 * forward.abs().max(1.0),
            "{name}: {forward} and {reverse}"
        );
    }
}

#[test]
fn the_tape_gives_the_same_numbers() -> candle_core::Result<()> {
    let tensor = |numbers: &[f64], width: usize| Tensor::new(numbers, &Device::Cpu)?.reshape(((), width));
    for (name, input, layers) in networks() {
        let trial = Trial::new(input, &layers);
        let mut pass = trial.pass(&trial.theta, &trial.x);
        pass.tangent(&trial.theta, Some(&trial.theta_dot), Some(&trial.x_dot));
        let width = trial.network.inputs();
        let flat = |numbers: &[f64]| Tensor::new(numbers, &Device::Cpu);
        let theta = Jet::new(flat(&trial.theta)?, 1).with(1, Some(flat(&trial.theta_dot)?));
        let x = Jet::new(tensor(&trial.x, width)?, 1).with(1, Some(tensor(&trial.x_dot, width)?));
        let y = tape::forward(&trial.network, &theta, &x, on().chance)?;
        for (part, want) in [(0, pass.output()), (1, pass.output_dot())] {
            let got = y.part(part).expect("a part").flatten_all()?.to_vec1::<f64>()?;
            let gap = largest_gap(&got, want);
            // The tape finds a largest singular value by fewer squarings.
            let most = if name.contains("spectral") || name.contains("discriminator") { 1e-6 } else { 1e-11 };
            assert!(gap < most, "{name}: part {part} {gap}");
        }
    }
    Ok(())
}

/// Each number of each sample is kept with probability 1 - p, by itself, and its mean is the number; without chance it stays.
#[test]
fn dropout_keeps_the_mean_and_its_share() {
    let (rows, n, rate) = (400, 50, 0.3);
    let plan = plan("layers", &[Layer::Dropout { rate }], Extent::vector(n)).expect("a plan");
    let network = Network::Stack(Stack { plan, input_scale: 1.0, output_scale: 1.0 });
    let mut pass = network.pass::<f64>(Kernels::Native);
    let ones = vec![1.0; rows * n];
    pass.forward_with(&[], &ones, on());
    let out = pass.output().to_vec();
    let kept = 1.0 / (1.0 - rate);
    assert!(out.iter().all(|y| *y == 0.0 || *y == kept));
    let error = 5.0 * (rate / (1.0 - rate) / (rows * n) as f64).sqrt();
    assert!((out.iter().sum::<f64>() / (rows * n) as f64 - 1.0).abs() < error);
    let zeros = |of: &mut dyn Iterator<Item = &f64>| of.filter(|y| **y == 0.0).count() as f64;
    let most = |n: usize| 5.0 * (rate * (1.0 - rate) * n as f64).sqrt();
    for row in out.chunks_exact(n) {
        assert!((zeros(&mut row.iter()) - rate * n as f64).abs() < most(n));
    }
    for column in 0..n {
        let of_column = zeros(&mut out.iter().skip(column).step_by(n));
        assert!((of_column - rate * rows as f64).abs() < most(rows), "{column}");
    }
    pass.forward_with(&[], &ones, Conditions { chance: Some(Chance::new(4)), ..Conditions::default() });
    assert_ne!(pass.output(), out);
    // A batch's samples keep their draws among fewer.
    pass.forward_with(&[], &ones[..11 * n], on());
    assert_eq!(pass.output(), &out[..11 * n]);
    pass.forward(&[], &ones);
    assert_eq!(pass.output(), ones);
}

/// Each row of the result of a layer that knows labels is that of a layer that knows none and has the label's parameters.
#[test]
fn a_label_chooses_among_plain_layers() {
    let (n, width) = (5, 2);
    let input = Extent::vector(n);
    let values = |layers: &[Layer], theta: &[f64], x: &[f64]| {
        let plan = plan_labelled("layers", layers, input, Some(CLASSES)).expect("a plan");
        let network = Network::Stack(Stack { plan, input_scale: 1.0, output_scale: 1.0 });
        assert_eq!(network.parameters(), theta.len());
        let mut pass = network.pass(Kernels::Native);
        pass.forward(theta, x);
        pass.output().to_vec()
    };
    let numbers = |count: usize, seed: u64| -> Vec<f64> {
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(seed);
        (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
    };
    let x = numbers(n, 1);
    let (embed, project) = (numbers(CLASSES * width, 2), numbers((1 + CLASSES) * n + 1, 3));
    for label in 0..CLASSES {
        let row = [&x[..], &[label as f64]].concat();
        let beside = values(&[Layer::Embed { width }], &embed, &row);
        assert_eq!(beside, [&x[..], &embed[label * width..][..width]].concat());
        let own = project[..n].iter().zip(&project[(1 + label) * n..]).map(|(all, own)| all + own);
        let dense: Vec<f64> = own.chain(project.last().copied()).collect();
        let want = values(&[Layer::Dense { outputs: 1, spectral: false }], &dense, &x);
        assert!(
            (values(&[Layer::Projection { spectral: false }], &project, &row)[0] - want[0]).abs() < 1e-14
        );
    }
    // Normalised: w over its length, the rows of the labels over the largest singular value of their matrix.
    let (w, e) = project[..(1 + CLASSES) * n].split_at(n);
    let lengths =
        [dot(w, w).sqrt(), nalgebra::DMatrix::from_row_slice(CLASSES, n, e).singular_values().max()];
    let over = |of: &[f64], length: f64| of.iter().map(|x| x / length).collect::<Vec<f64>>();
    let divided = [over(w, lengths[0]), over(e, lengths[1]), vec![project[(1 + CLASSES) * n]]].concat();
    let row = [&x[..], &[1.0]].concat();
    let [got, want] = [(true, &project), (false, &divided)]
        .map(|(spectral, theta)| values(&[Layer::Projection { spectral }], theta, &row)[0]);
    assert!((got - want).abs() < 1e-12, "{got} {want}");
}

/// A case of `tests/torch/layers.json`.
#[derive(serde::Deserialize)]
struct Case {
    name: String,
    shape: [usize; 3],
    layers: Vec<Layer>,
    theta: Vec<f64>,
    x: Vec<f64>,
    weight: Vec<f64>,
    y: Vec<f64>,
    by_theta: Vec<f64>,
    by_x: Vec<f64>,
    second: Vec<f64>,
}

#[test]
fn pytorch_gives_the_same_numbers() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("torch/layers.json")).expect("cases");
    for case in cases {
        let [channels, height, width] = case.shape;
        let plan = plan("layers", &case.layers, Extent { channels, height, width }).expect("a plan");
        let network = Network::Stack(Stack { plan, input_scale: 1.0, output_scale: 1.0 });
        for kernels in [Kernels::Native, Kernels::Portable] {
            let mut pass = network.pass(kernels);
            let theta = &case.theta;
            pass.forward(theta, &case.x);
            let (mut grads, mut x_bar) = (vec![0.0; theta.len()], vec![0.0; case.x.len()]);
            pass.backward(theta, &case.weight, Some(&mut grads), Some(&mut x_bar));
            // grad ‖g‖^2, g = grad_x <w, y>, is the gradient of the derivative of <w, y> along 2 g.
            let along: Vec<f64> = x_bar.iter().map(|g| 2.0 * g).collect();
            let gap = [(pass.output(), &case.y), (&grads, &case.by_theta), (&x_bar, &case.by_x)]
                .map(|(got, want)| largest_gap(got, want))
                .into_iter()
                .fold(0.0, f64::max);
            pass.tangent(theta, None, Some(&along));
            let zeros = vec![0.0; case.weight.len()];
            let seeds = Cotangents { value: &zeros[..], dot: &case.weight[..] };
            let mut second = vec![0.0; theta.len()];
            pass.backward_tangent(theta, None, seeds, Some(&mut second), None);
            let gap = gap.max(largest_gap(&second, &case.second));
            assert!(gap < 1e-10, "{}, {kernels:?}: {gap}", case.name);
        }
    }
}
