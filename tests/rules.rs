//! Rules move any game: here a bilinear one, V = s d g, whose paths are known in closed form, and which is no
//! neural network.

use ganscope::game::{Draw, Explicit, Game, Joint, Linearized, Player};
use ganscope::rule::{Halt, Rule, rule_of};
use ganscope::scenario::Dynamics;
use nalgebra::{DMatrix, Matrix2};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Mutex;

/// loss_d = -s d g, loss_g = s d g: v = (s g, -s d). Remembers which batches were asked for.
struct Bilinear {
    s: f64,
    draws: Mutex<Vec<u64>>,
}

impl Bilinear {
    fn new(s: f64) -> Self {
        Bilinear { s, draws: Mutex::new(Vec::new()) }
    }
}

impl Game<f64> for Bilinear {
    type Batch = ();
    type Error = Infallible;

    fn sizes(&self) -> [usize; 2] {
        [1, 1]
    }

    fn draw(&self, at: Draw) {
        self.draws.lock().expect("no test thread panics while it holds this").push(at.draw);
    }

    fn losses(&self, at: &Joint<f64>, (): &()) -> Result<[f64; 2], Infallible> {
        let v = self.s * at.d[0] * at.g[0];
        Ok([-v, v])
    }

    fn velocity(&self, player: Player, at: &Joint<f64>, (): &(), out: &mut [f64]) -> Result<(), Infallible> {
        out[0] = match player {
            Player::Discriminator => self.s * at.g[0],
            Player::Generator => -self.s * at.d[0],
        };
        Ok(())
    }

    fn gradient(&self, of: Player, at: &Joint<f64>, (): &()) -> Result<Joint<f64>, Infallible> {
        let sign = if of == Player::Discriminator { -1.0 } else { 1.0 };
        Ok(Joint { d: vec![sign * self.s * at.g[0]], g: vec![sign * self.s * at.d[0]] })
    }

    fn linearize<'a>(
        &'a self,
        _: &'a Joint<f64>,
        (): &'a (),
    ) -> Result<Box<dyn Linearized<f64, Infallible> + 'a>, Infallible> {
        let matrix = DMatrix::from_row_slice(2, 2, &[0.0, self.s, -self.s, 0.0]);
        Ok(Box::new(Explicit { matrix, sizes: [1, 1] }))
    }
}

type AnyRule = Box<dyn Rule<f64, Bilinear>>;

/// The rule of a `[dynamics]` table.
fn rule(table: &str, bound: Option<f64>) -> Result<AnyRule, Box<dyn Error>> {
    let dynamics: Dynamics = toml::from_str(table)?;
    Ok(rule_of(&dynamics, 1000, bound))
}

fn start() -> Joint<f64> {
    Joint { d: vec![0.8], g: vec![-0.3] }
}

/// The points of a path, the start included.
fn path(rule: &AnyRule, game: &Bilinear, rounds: u64) -> Vec<[f64; 2]> {
    let (mut at, mut state) = (start(), rule.start(game.sizes()));
    let mut out = vec![[at.d[0], at.g[0]]];
    for step in 0..rounds {
        assert!(rule.round(game, &mut at, &mut state, step).is_ok());
        out.push([at.d[0], at.g[0]]);
    }
    out
}

fn square([d, g]: [f64; 2]) -> f64 {
    d * d + g * g
}

#[test]
fn simultaneous_descent_grows_by_the_root_of_one_plus_h_squared_s_squared() -> Result<(), Box<dyn Error>> {
    let (h, s) = (0.1, 1.7);
    let rule = rule("rule = 'simultaneous'\noptimizer = { kind = 'sgd', lr = 0.1 }", None)?;
    for pair in path(&rule, &Bilinear::new(s), 200).windows(2) {
        assert!((square(pair[1]) / square(pair[0]) - (1.0 + h * h * s * s)).abs() < 1e-13);
    }
    Ok(())
}

#[test]
fn alternating_descent_conserves_its_energy() -> Result<(), Box<dyn Error>> {
    let (h, s) = (0.1, 1.7);
    let rule = rule("optimizer = { kind = 'sgd', lr = 0.1 }", None)?;
    // With the discriminator first: d^2 + g^2 + h s d g.
    let energy = |[d, g]: [f64; 2]| d * d + g * g + h * s * d * g;
    let points = path(&rule, &Bilinear::new(s), 2000);
    for point in &points {
        assert!((energy(*point) - energy(points[0])).abs() < 1e-11);
    }
    Ok(())
}

/// Heavy ball: one step of (theta, m) is linear, with the multipliers mu^2 - (1 + beta + h lambda) mu + beta = 0.
#[test]
fn momentum_has_the_multipliers_of_its_formula() -> Result<(), Box<dyn Error>> {
    let (h, s, beta) = (0.1, 1.7, -0.4);
    let rule = rule("rule = 'simultaneous'\noptimizer = { kind = 'sgd', lr = 0.1, momentum = -0.4 }", None)?;
    let points = path(&rule, &Bilinear::new(s), 60);
    // theta(t+1) = (1 + beta) theta(t) + h J theta(t) - beta theta(t-1).
    let j = Matrix2::new(0.0, s, -s, 0.0);
    for t in 1..points.len() - 1 {
        let [before, now, next] = [t - 1, t, t + 1].map(|t| nalgebra::Vector2::from(points[t]));
        let want = now * (1.0 + beta) + j * now * h - before * beta;
        assert!((next - want).norm() < 1e-13);
    }
    let mut map = DMatrix::zeros(4, 4);
    map.view_mut((0, 0), (2, 2)).copy_from(&(Matrix2::identity() * (1.0 + beta) + j * h));
    map.view_mut((0, 2), (2, 2)).copy_from(&(Matrix2::identity() * -beta));
    map.view_mut((2, 0), (2, 2)).copy_from(&Matrix2::identity());
    let lambda = nalgebra::Complex::new(0.0, s);
    for mu in map.complex_eigenvalues().iter() {
        let at = |lambda: nalgebra::Complex<f64>| (mu * mu - mu * (lambda * h + 1.0 + beta) + beta).norm();
        assert!(at(lambda).min(at(lambda.conj())) < 1e-12);
    }
    Ok(())
}

/// Negative momentum turns the alternating centre into a spiral that falls in (Gidel et al. 2019).
#[test]
fn negative_momentum_makes_alternating_descent_converge() -> Result<(), Box<dyn Error>> {
    let damped = rule("optimizer = { kind = 'sgd', lr = 0.1, momentum = -0.4 }", None)?;
    let points = path(&damped, &Bilinear::new(1.7), 2000);
    assert!(square(points[2000]) < 1e-6 * square(points[0]));
    Ok(())
}

#[test]
fn batches_are_fresh_or_shared_as_the_scenario_says() -> Result<(), Box<dyn Error>> {
    for (table, want) in [
        ("", vec![0, 1]),
        ("batches = 'shared'", vec![0]),
        ("rule = 'simultaneous'", vec![0]),
        ("rule = 'simultaneous'\nbatches = 'fresh'", vec![0, 1]),
        ("discriminator_steps = 3", vec![0, 1, 2, 3]),
    ] {
        let game = Bilinear::new(1.0);
        path(&rule(table, None)?, &game, 1);
        let draws = game.draws.lock().expect("no test thread panics while it holds this").clone();
        assert_eq!(draws, want, "{table}");
    }
    Ok(())
}

#[test]
fn the_order_and_the_numbers_of_updates_are_those_of_the_scenario() -> Result<(), Box<dyn Error>> {
    let sgd = "optimizer = { kind = 'sgd', lr = 0.5 }";
    let after = |table: &str| -> Result<[f64; 2], Box<dyn Error>> {
        Ok(path(&rule(&format!("{table}\n{sgd}"), None)?, &Bilinear::new(1.0), 1)[1])
    };
    let near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).abs() + (a[1] - b[1]).abs() < 1e-14;
    // From (0.8, -0.3) with h s = 1/2.
    assert!(near(after("")?, [0.65, -0.625]));
    assert!(near(after("first = 'generator'")?, [0.45, -0.7]));
    assert!(near(after("rule = 'simultaneous'")?, [0.65, -0.7]));
    assert!(near(after("discriminator_steps = 2")?, [0.5, -0.55]));
    assert!(near(after("generator_steps = 0")?, [0.65, -0.3]));
    Ok(())
}

#[test]
fn clipping_bounds_the_step_and_a_bound_ends_the_run() -> Result<(), Box<dyn Error>> {
    let clipped = rule("clip_norm = 0.01\noptimizer = { kind = 'sgd', lr = 1.0 }", None)?;
    for pair in path(&clipped, &Bilinear::new(5.0), 50).windows(2) {
        assert!((pair[1][0] - pair[0][0]).abs() < 0.01 + 1e-15);
    }
    let wild = rule("optimizer = { kind = 'sgd', lr = 3.0 }", Some(10.0))?;
    let game = Bilinear::new(1.0);
    let (mut at, mut state) = (start(), wild.start(game.sizes()));
    let halt = (0..100).find_map(|step| wild.round(&game, &mut at, &mut state, step).err());
    assert!(matches!(halt, Some(Halt::Diverged { .. })), "the bound is passed within a few rounds");
    Ok(())
}
