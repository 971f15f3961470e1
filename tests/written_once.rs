//! A rule is written once: on a game on paper and on the same game played by two networks it takes the same path.
//!
//! The networks are linear: D(x) = w'x + c, G(z) = A z + b, with the Wasserstein losses on one batch. Their game is
//! bilinear in (w, c) and (A, b) up to a shift, `V = w'(mean x - A mean z - b)`, and weight decay makes it quadratic.

use ganscope::game::{Analytic, Draw, Frozen, Game, Gan, GanBatch, Joint, Linear, Paper, Term, losses_of};
use ganscope::nn::Mlp;
use ganscope::rule::{Rule, rule_of};
use ganscope::scenario::{Activation, Dynamics, Objective, ObjectiveKind, PlayerName, Regularizer, Schedule};
use nalgebra::DMatrix;

const DIM: usize = 2;
const LATENT: usize = 3;
const ROWS: usize = 7;
const DECAY: f64 = 0.3;

fn networks() -> (Gan<f64>, GanBatch<f64>) {
    let mlp = |sizes: &[usize]| Mlp {
        sizes: sizes.to_vec(),
        activation: Activation::Relu,
        input_scale: 1.0,
        output_scale: 1.0,
    };
    let losses = losses_of(&Objective::Named(ObjectiveKind::Wasserstein)).expect("losses");
    let decay =
        |player| Term::new(&Regularizer::WeightDecay { strength: Schedule::Constant(DECAY), player }, 1);
    // Only the discriminator decays, so that the generator's shifted origin is an equilibrium.
    let gan = Gan::new(mlp(&[DIM, 1]), mlp(&[LATENT, DIM]), losses, vec![decay(PlayerName::Discriminator)]);
    let wave = |k: usize, by: f64| libm::sin(by * (k as f64 + 1.0));
    let batch = GanBatch {
        step: 0,
        x: (0..ROWS * DIM).map(|k| 0.4 + wave(k, 1.7)).collect(),
        z: (0..ROWS * LATENT).map(|k| wave(k, 2.3)).collect(),
        mix: vec![0.0; ROWS],
        chance: None,
    };
    (gan, batch)
}

fn mean(values: &[f64], dim: usize) -> Vec<f64> {
    (0..dim).map(|j| values.iter().skip(j).step_by(dim).sum::<f64>() / ROWS as f64).collect()
}

/// The same field about the origin: d = (w, c), g = (A row by row, b), each less its value at the equilibrium.
fn on_paper(batch: &GanBatch<f64>) -> (Analytic, Joint<f64>) {
    let (x, z) = (mean(&batch.x, DIM), mean(&batch.z, LATENT));
    let (d, g) = (DIM + 1, DIM * LATENT + DIM);
    let mut matrix = DMatrix::zeros(d + g, d + g);
    for i in 0..DIM {
        // v_w = -(A - A*) mean z - (b - b*) - decay w, and the generator's velocity is +w (mean z, 1).
        for j in 0..LATENT {
            matrix[(i, d + LATENT * i + j)] = -z[j];
            matrix[(d + LATENT * i + j, i)] = z[j];
        }
        matrix[(i, d + DIM * LATENT + i)] = -1.0;
        matrix[(d + DIM * LATENT + i, i)] = 1.0;
        matrix[(i, i)] = -DECAY;
    }
    matrix[(DIM, DIM)] = -DECAY;
    // A* = 0 and b* = mean x is an equilibrium.
    let mut center = Joint::zeros([d, g]);
    center.g[DIM * LATENT..].copy_from_slice(&x);
    (Analytic::new(Paper::Linear(Linear::new(matrix, d)), Vec::new()), center)
}

fn path<G: Game<f64>>(game: &G, rule: &dyn Rule<f64, G>, start: &Joint<f64>) -> Vec<Joint<f64>> {
    let (mut at, mut state) = (start.clone(), rule.start(game.sizes()));
    let round = |step: u64| {
        assert!(rule.round(game, &mut at, &mut state, step).is_ok());
        at.clone()
    };
    (0..200).map(round).collect()
}

#[test]
fn networks_and_formulas_take_the_same_path() {
    let (gan, batch) = networks();
    let (paper, center) = on_paper(&batch);
    let networks = Frozen::new(&gan, &batch);
    let draw = Draw { step: 0, draw: 0 };
    let formulas = Frozen::new(&paper, &draw);
    let sizes = gan.sizes();
    let flat: Vec<f64> = (0..sizes[0] + sizes[1]).map(|k| 0.5 * libm::cos(1.3 * k as f64)).collect();
    let mut start = Joint::from_flat(&flat, sizes[0]);
    start.d[DIM] = 0.2;
    let mut shifted = start.clone();
    shifted.add_scaled(-1.0, &center);
    let sgd = "optimizer = { kind = 'sgd', lr = 0.05 }";
    let adam = "optimizer = { kind = 'adam', lr = 0.01 }";
    for table in [
        format!("{sgd}\nbatches = 'shared'"),
        format!("rule = 'simultaneous'\n{sgd}"),
        format!("rule = 'simultaneous'\n{adam}"),
        "discriminator_steps = 3\noptimizer = { kind = 'sgd', lr = 0.05, momentum = -0.3 }".into(),
        "rule = 'simultaneous'\noptimizer = { kind = 'sgd', lr = 0.05, momentum = 0.5, nesterov = true }"
            .into(),
        "rule = 'simultaneous'\noptimizer = { kind = 'rmsprop', lr = 0.01, epsilon = 1e-3 }".into(),
        "rule = 'simultaneous'\noptimizer = { kind = 'adagrad', lr = 0.1 }".into(),
        "optimizer = { kind = 'amsgrad', lr = 0.01 }".into(),
        format!("rule = 'extragradient'\n{sgd}"),
        format!("rule = 'extragradient'\n{adam}"),
        format!("rule = 'extrapolation_from_past'\n{sgd}"),
        format!("rule = 'optimistic'\n{sgd}"),
        format!("rule = 'optimistic'\n{adam}"),
        format!("rule = 'symplectic'\n{sgd}"),
        format!("rule = {{ kind = 'competitive', tolerance = 1e-14 }}\n{sgd}"),
        format!("rule = 'lead'\n{sgd}"),
        format!("rule = {{ kind = 'unrolled', steps = 4 }}\n{sgd}"),
        format!("rule = {{ kind = 'unrolled', steps = 4 }}\n{adam}"),
        format!("rule = {{ kind = 'runge_kutta', method = 'heun' }}\n{sgd}"),
        format!("rule = 'runge_kutta'\n{sgd}"),
        format!("rule = {{ kind = 'runge_kutta', stages = 'frozen' }}\n{sgd}"),
        format!("rule = {{ kind = 'flow', tolerance = 1e-13 }}\n{sgd}"),
        format!("rule = 'extragradient'\n{sgd}\nlookahead = {{ every = 5, alpha = 0.5 }}"),
    ] {
        let dynamics: Dynamics = toml::from_str(&table).unwrap_or_else(|e| panic!("{table}: {e}"));
        let on_networks = rule_of::<f64, _>(&dynamics, 200, None);
        let on_formulas = rule_of::<f64, _>(&dynamics, 200, None);
        let networks = path(&networks, on_networks.as_ref(), &start);
        let formulas = path(&formulas, on_formulas.as_ref(), &shifted);
        let mut moved = 0.0f64;
        for (step, (at, want)) in networks.iter().zip(formulas).enumerate() {
            let mut apart = at.clone();
            apart.add_scaled(-1.0, &center);
            apart.add_scaled(-1.0, &want);
            let largest = at.flat().into_iter().map(f64::abs).fold(0.0, f64::max);
            let off = apart.flat().into_iter().map(f64::abs).fold(0.0, f64::max);
            assert!(off <= 1e-12 * largest, "{table}, step {step}: {off:e} of {largest}");
            moved = moved.max(at.distance(&start));
        }
        assert!(moved > 0.1, "{table} stands still");
    }
}
