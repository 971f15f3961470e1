//! Two engines compute a GAN: fused passes and candle's tape. On random games they agree, and both agree with
//! finite differences.

use ganscope::game::{
    Direct, Game, Gan, GanBatch, HeldGenerator, Joint, Linearized, OnTape, Player, Term, losses_of,
};
use ganscope::nn::Mlp;
use ganscope::nn::fused::Kernels;
use ganscope::random::{Address, Stream, fill_normal};
use ganscope::scenario::{Activation, Formula, Objective, ObjectiveKind, PlayerName, Regularizer, Schedule};
use proptest::prelude::*;

/// Activations without kinks, where finite differences are meaningful.
const SMOOTH: [Activation; 6] = [
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Softplus,
    Activation::Silu,
    Activation::Gelu,
    Activation::Sin,
];

fn objectives() -> Vec<Objective> {
    let formula = Formula::Formula {
        d_real: "log(1 + exp(-t))".into(),
        d_fake: "exp(t / 2) + t^2 / 5".into(),
        g: "-tanh(t)".into(),
    };
    let mut all = vec![Objective::Set(formula)];
    all.extend(
        [
            ObjectiveKind::Minimax,
            ObjectiveKind::NonSaturating,
            ObjectiveKind::Wasserstein,
            ObjectiveKind::LeastSquares,
            ObjectiveKind::Relativistic,
        ]
        .map(Objective::Named),
    );
    all
}

fn regularizers() -> Vec<Regularizer> {
    use PlayerName::{Discriminator, Generator};
    let strength = || Schedule::Constant(0.7);
    let norm = |of, paid_by| Regularizer::GradientNorm { eta: strength(), of, paid_by, every: 1 };
    let penalty =
        |center, one_sided| Regularizer::GradientPenalty { lambda: strength(), center, one_sided, every: 1 };
    vec![
        norm(Discriminator, Generator),
        norm(Generator, Discriminator),
        norm(Discriminator, Discriminator),
        norm(Generator, Generator),
        Regularizer::R1 { gamma: strength(), every: 1 },
        Regularizer::R2 { gamma: strength(), every: 1 },
        penalty(1.0, false),
        penalty(0.3, true),
        penalty(0.0, false),
        Regularizer::WeightDecay { strength: strength(), player: Generator },
        Regularizer::WeightDecay { strength: strength(), player: Discriminator },
    ]
}

fn noise(n: usize, seed: u64, draw: u64) -> Vec<f64> {
    let mut out = vec![0.0; n];
    fill_normal(Address::new(seed, Stream::Analysis, 0).with_draw(draw), &mut out);
    out
}

struct Scene {
    gan: Gan<f64>,
    at: Joint<f64>,
    batch: GanBatch<f64>,
}

impl Scene {
    fn tape(&self) -> OnTape<'_, f64> {
        OnTape { gan: &self.gan, at: &self.at, batch: &self.batch }
    }

    fn joint(&self, seed: u64) -> Joint<f64> {
        let [d, g] = self.gan.sizes();
        Joint { d: noise(d, seed, 3), g: noise(g, seed, 4) }
    }
}

fn scene(
    activation: Activation,
    objective: &Objective,
    regularizers: &[Regularizer],
    pack: usize,
    seed: u64,
) -> Scene {
    let mlp = |sizes: &[usize], input_scale, output_scale| Mlp {
        sizes: sizes.to_vec(),
        activation,
        input_scale,
        output_scale,
    };
    let terms = regularizers.iter().map(|r| Term::new(r, 1)).collect();
    let discriminator = mlp(&[2 * pack, 5, 4, 1], 0.5, 1.5);
    let losses = losses_of(objective).expect("the objective is known");
    let mut gan = Gan::new(discriminator, mlp(&[3, 6, 2], 1.0, 0.8), losses, terms);
    gan.pack = pack;
    // More rows than one chunk holds, and a last chunk that is not full.
    let rows = 150 * pack;
    let mix = noise(rows, seed, 2).iter().map(|x| 0.5 + 0.5 * x.sin()).collect();
    let batch =
        GanBatch { step: 0, x: noise(2 * rows, seed, 0), z: noise(3 * rows, seed, 1), mix, chance: None };
    let mut scene = Scene { at: Joint::zeros(gan.sizes()), gan, batch };
    scene.at = scene.joint(seed + 1);
    scene.at.scale(0.6);
    scene
}

/// Largest difference relative to the largest number.
fn off(got: &[f64], want: &[f64]) -> f64 {
    let scale = want.iter().fold(1e-12f64, |m, w| m.max(w.abs()));
    got.iter().zip(want).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max) / scale
}

fn dot(a: &Joint<f64>, b: &Joint<f64>) -> f64 {
    a.flat().iter().zip(b.flat()).map(|(a, b)| a * b).sum()
}

/// What two looks at each of a held generator's questions answer, and the sum that they leave.
fn looks<E: std::fmt::Debug>(
    mut held: Box<dyn HeldGenerator<f64, E> + '_>,
    ds: &[Joint<f64>; 2],
) -> Vec<Vec<f64>> {
    let mut out = Vec::new();
    for (d, a) in [(&ds[0].d, &ds[1].d), (&ds[1].d, &ds[0].d)] {
        let mut v = vec![0.0; d.len()];
        held.velocity(d, &mut v).expect("a velocity");
        let (gradient, pulled) = (held.loss_gradient(d).expect("a gradient"), held.pull(d, a).expect("J' a"));
        out.extend([v, gradient, pulled]);
    }
    out.push(held.sum().expect("a sum"));
    out
}

/// (f(theta + h w) - f(theta - h w)) / 2h, extrapolated once: an error of h^4.
fn difference<E>(
    at: &Joint<f64>,
    w: &Joint<f64>,
    f: impl Fn(&Joint<f64>) -> Result<Vec<f64>, E>,
) -> Result<Vec<f64>, E> {
    let h = 1e-3;
    let mut sum: Vec<f64> = Vec::new();
    for (steps, weight) in [(1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)] {
        let mut moved = at.clone();
        moved.add_scaled(steps * h, w);
        let value = f(&moved)?;
        sum.resize(value.len(), 0.0);
        sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight / (12.0 * h) * v);
    }
    Ok(sum)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn fused_passes_agree_with_the_tape(
        activation in prop::sample::select(Activation::ALL.to_vec()),
        objective in prop::sample::select(objectives()),
        chosen in prop::sample::subsequence(regularizers(), 0..4),
        pack in 1usize..4,
        portable in any::<bool>(),
        seed in 0u64..1_000_000,
    ) {
        let mut scene = scene(activation, &objective, &chosen, pack, seed);
        if portable {
            scene.gan.kernels = Kernels::Portable;
        }
        let field = scene.gan.field(&scene.at, &scene.batch).expect("the field");
        for player in Player::BOTH {
            let mut gradient = scene.tape().gradient(player).expect("a gradient");
            let fused = scene.gan.gradient(player, &scene.at, &scene.batch).expect("a gradient");
            let apart = off(&fused.flat(), &gradient.flat());
            prop_assert!(apart < 1e-10, "the gradient of {player:?} is off by {apart:e}");
            gradient.scale(-1.0);
            let off = off(&field[player], &gradient[player]);
            prop_assert!(off < 1e-10, "{player:?} is off by {off:e}");
        }
    }

    #[test]
    fn fused_products_agree_with_the_tape(
        activation in prop::sample::select(Activation::ALL.to_vec()),
        objective in prop::sample::select(objectives()),
        chosen in prop::sample::subsequence(regularizers(), 0..4),
        consensus in any::<bool>(),
        pack in 1usize..4,
        portable in any::<bool>(),
        seed in 0u64..1_000_000,
    ) {
        let mut chosen = chosen;
        if consensus {
            chosen.push(Regularizer::Consensus { gamma: Schedule::Constant(0.2), every: 1 });
        }
        let mut scene = scene(activation, &objective, &chosen, pack, seed);
        if portable {
            scene.gan.kernels = Kernels::Portable;
        }
        let (fused, tape) = (scene.gan.linearize(&scene.at, &scene.batch).expect("the Jacobian"), scene.tape());
        // Where consensus meets other regularisers both engines take differences, whose noise differs.
        let allowed = if consensus && chosen.len() > 1 { 1e-6 } else { 1e-10 };
        for w in [scene.joint(seed + 2), scene.joint(seed + 3).only(Player::Discriminator)] {
            let times = [fused.times(&w), tape.times(&w)].map(|out| out.expect("J w").flat());
            let apart = off(&times[0], &times[1]);
            prop_assert!(apart < allowed, "J w is off by {apart:e}");
            let pulled = [fused.transposed_times(&w), tape.transposed_times(&w)];
            let pulled = pulled.map(|out| out.expect("J' w").flat());
            let apart = off(&pulled[0], &pulled[1]);
            prop_assert!(apart < allowed, "J' w is off by {apart:e}");
        }
    }

    #[test]
    fn columns_are_products_with_unit_vectors(
        activation in prop::sample::select(Activation::ALL.to_vec()),
        objective in prop::sample::select(objectives()),
        chosen in prop::sample::subsequence(regularizers(), 0..3),
        consensus in any::<bool>(),
        pack in 1usize..3,
        seed in 0u64..1_000_000,
    ) {
        let mut chosen = chosen;
        if consensus {
            chosen = vec![Regularizer::Consensus { gamma: Schedule::Constant(0.2), every: 1 }];
        }
        let scene = scene(activation, &objective, &chosen, pack, seed);
        let linearized = scene.gan.linearize(&scene.at, &scene.batch).expect("the Jacobian");
        let [d, g] = linearized.sizes();
        let first = (seed % 7) as usize;
        let got = linearized.columns(first..d + g - 3).expect("columns");
        let scale = got.iter().fold(1e-12f64, |m, x| m.max(x.abs()));
        for (column, k) in got.chunks_exact(d + g).zip(first..) {
            let mut unit = vec![0.0; d + g];
            unit[k] = 1.0;
            let want = linearized.times(&Joint::from_flat(&unit, d)).expect("J w").flat();
            let apart = column.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            prop_assert!(apart < 1e-11 * scale, "column {k} is off by {apart:e} of {scale:e}");
        }
    }

    #[test]
    fn threads_change_no_bit_of_a_product(
        activation in prop::sample::select(Activation::ALL.to_vec()),
        objective in prop::sample::select(objectives()),
        chosen in prop::sample::subsequence(regularizers(), 0..3),
        seed in 0u64..1_000_000,
    ) {
        let scene = scene(activation, &objective, &chosen, 3, seed);
        let w = scene.joint(seed + 2);
        let [one, two] = [1, 2].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| {
                let linearized = scene.gan.linearize(&scene.at, &scene.batch).expect("the Jacobian");
                let [times, pulled] = [linearized.times(&w), linearized.transposed_times(&w)];
                let gradient = scene.gan.gradient(Player::Generator, &scene.at, &scene.batch);
                [times, pulled, gradient].map(|out| out.expect("a product"))
            })
        });
        prop_assert!(one == two);
    }

    #[test]
    fn a_held_generator_answers_as_the_whole_game(
        activation in prop::sample::select(Activation::ALL.to_vec()),
        objective in prop::sample::select(objectives()),
        // Weight decay of neither player, of one, of both.
        chosen in prop::sample::subsequence(regularizers().split_off(9), 0..3),
        pack in 1usize..4,
        seed in 0u64..1_000_000,
    ) {
        let scene = scene(activation, &objective, &chosen, pack, seed);
        let (gan, g, batch) = (&scene.gan, &scene.at.g, &scene.batch);
        let ds = [scene.joint(seed + 2), scene.joint(seed + 3)];
        let want = looks(Box::new(Direct::new(gan, g, batch)), &ds);
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let [got, again] = [1, 2].map(|n| pool(n).install(|| looks(gan.hold_generator(g, batch), &ds)));
        prop_assert!(got == again, "threads change bits");
        for (k, (got, want)) in got.iter().zip(&want).enumerate() {
            let apart = off(got, want);
            prop_assert!(apart < 1e-11, "answer {k} is off by {apart:e}");
        }
    }

    #[test]
    fn products_agree_with_differences_and_with_each_other(
        activation in prop::sample::select(SMOOTH.to_vec()),
        objective in prop::sample::select(objectives()),
        chosen in prop::sample::subsequence(regularizers(), 0..3),
        gamma in prop::sample::select(vec![0.0, 0.2]),
        pack in 1usize..3,
        seed in 0u64..1_000_000,
    ) {
        let mut chosen = chosen;
        // The norm of a gradient has no derivative where the gradient is 0: near it differences are off, products
        // are not.
        let norm = |r: &Regularizer| matches!(r, Regularizer::GradientPenalty { center, .. } if *center != 0.0);
        if gamma > 0.0 {
            chosen.retain(|r| !norm(r));
            chosen.push(Regularizer::Consensus { gamma: Schedule::Constant(gamma), every: 1 });
        }
        let scene = scene(activation, &objective, &chosen, pack, seed);
        let (gan, at, batch) = (&scene.gan, &scene.at, &scene.batch);
        let (w, u) = (scene.joint(seed + 2), scene.joint(seed + 3));
        let jw = gan.jacobian_times(at, &w, batch).expect("J w");
        let ju = gan.jacobian_transposed_times(at, &u, batch).expect("J' u");
        let (left, right) = (dot(&u, &jw), dot(&ju, &w));
        let size = dot(&u, &u).sqrt() * dot(&jw, &jw).sqrt();
        // Consensus on top of other regularisers is the one case whose products are differences.
        let exact = gamma == 0.0 || chosen.len() == 1;
        let allowed = if exact { 1e-11 } else { 1e-7 } * size;
        prop_assert!((left - right).abs() < allowed, "u'(J w) = {left}, (J'u)'w = {right}");
        if chosen.iter().any(norm) {
            return Ok(());
        }
        let field = |at: &Joint<f64>| gan.field(at, batch).map(|v| v.flat());
        let by_difference = difference(at, &w, field).expect("the field");
        let off = off(&jw.flat(), &by_difference);
        prop_assert!(off < 1e-5, "J w is off its difference by {off:e}");
    }

    #[test]
    fn the_field_is_the_gradient_of_the_losses(
        activation in prop::sample::select(SMOOTH.to_vec()),
        objective in prop::sample::select(objectives()),
        pack in 1usize..3,
        seed in 0u64..1_000_000,
    ) {
        let scene = scene(activation, &objective, &[], pack, seed);
        let (gan, at, batch) = (&scene.gan, &scene.at, &scene.batch);
        let v = gan.field(at, batch).expect("the field");
        let w = scene.joint(seed + 5);
        for player in Player::BOTH {
            let loss = |at: &Joint<f64>| gan.losses(at, batch).map(|l| vec![l[player as usize]]);
            let slope = difference(at, &w.only(player), loss).expect("the losses")[0];
            let along = -dot(&v.only(player), &w);
            prop_assert!((slope - along).abs() < 1e-6 * (1.0 + slope.abs()), "{slope} and {along}");
        }
    }
}
