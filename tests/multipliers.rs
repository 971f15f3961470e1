//! Every rule's linearised round against the rule itself: its map differentiated, its products, its eigenvalues one by
//! one.

use ganscope::game::{Analytic, Draw, Explicit, Frozen, Game, Joint, Linear, Linearized, Paper, Player};
use ganscope::rule::{LinearRound, Rule, State, rule_of};
use ganscope::scenario::{Dynamics, PlayerName, Regularizer, Schedule};
use ganscope::spectrum::{dense_jacobian, eigenvalues};
use nalgebra::{Complex, DMatrix, DVector};
use proptest::prelude::*;
use std::convert::Infallible;

/// V(d, g) = d' P d / 2 + d' B g + g' Q g / 2 + (sum d)^3 (sum g) / 6, loss_d = -V, loss_g = V: zero-sum, with an
/// equilibrium at 0 and a field that is not linear.
#[derive(Clone, Debug)]
struct ZeroSum {
    p: DMatrix<f64>,
    b: DMatrix<f64>,
    q: DMatrix<f64>,
}

impl ZeroSum {
    fn gradient_of_v(&self, at: &Joint<f64>) -> Joint<f64> {
        let (d, g) = (DVector::from_vec(at.d.clone()), DVector::from_vec(at.g.clone()));
        let (s, t) = (d.sum(), g.sum());
        let by_d = (&self.p * &d + &self.b * &g).add_scalar(s * s * t / 2.0);
        let by_g = (self.b.tr_mul(&d) + &self.q * &g).add_scalar(s * s * s / 6.0);
        Joint { d: by_d.as_slice().to_vec(), g: by_g.as_slice().to_vec() }
    }
}

impl Game<f64> for ZeroSum {
    type Batch = ();
    type Error = Infallible;

    fn sizes(&self) -> [usize; 2] {
        [self.p.nrows(), self.q.nrows()]
    }
    fn draw(&self, _: Draw) {}
    fn zero_sum(&self) -> bool {
        true
    }
    fn losses(&self, _: &Joint<f64>, (): &()) -> Result<[f64; 2], Infallible> {
        Ok([f64::NAN; 2])
    }
    fn velocity(&self, player: Player, at: &Joint<f64>, (): &(), out: &mut [f64]) -> Result<(), Infallible> {
        let sign = if player == Player::Discriminator { 1.0 } else { -1.0 };
        let all = self.gradient_of_v(at);
        out.iter_mut().zip(&all[player]).for_each(|(out, v)| *out = sign * v);
        Ok(())
    }
    fn gradient(&self, of: Player, at: &Joint<f64>, (): &()) -> Result<Joint<f64>, Infallible> {
        let mut out = self.gradient_of_v(at);
        out.scale(if of == Player::Discriminator { -1.0 } else { 1.0 });
        Ok(out)
    }
    fn linearize<'a>(
        &'a self,
        at: &'a Joint<f64>,
        (): &'a (),
    ) -> Result<Box<dyn Linearized<f64, Infallible> + 'a>, Infallible> {
        let [d, g] = self.sizes();
        let (s, t) = (at.d.iter().sum::<f64>(), at.g.iter().sum::<f64>());
        let mut matrix = DMatrix::zeros(d + g, d + g);
        matrix.view_mut((0, 0), (d, d)).copy_from(&self.p.add_scalar(s * t));
        matrix.view_mut((0, d), (d, g)).copy_from(&self.b.add_scalar(s * s / 2.0));
        matrix.view_mut((d, 0), (g, d)).copy_from(&-self.b.transpose().add_scalar(s * s / 2.0));
        matrix.view_mut((d, d), (g, g)).copy_from(&-&self.q);
        Ok(Box::new(Explicit { matrix, sizes: [d, g] }))
    }
}

/// Every rule, with optimisers that it goes with. Second moments stand nearly still, and are given to the state, so that
/// what the linearisation holds is held by the rule too.
fn tables() -> Vec<(&'static str, String)> {
    let sgd = "{ kind = 'sgd', lr = 0.13 }";
    let heavy = "{ kind = 'sgd', lr = 0.13, momentum = -0.4 }";
    let nesterov = "{ kind = 'sgd', lr = 0.13, momentum = 0.6, nesterov = true }";
    let adam = "{ kind = 'adam', lr = 0.13, beta1 = 0.5, beta2 = 0.9999999999999 }";
    let amsgrad = "{ kind = 'amsgrad', lr = 0.13, beta1 = 0.9, beta2 = 0.9999999999999 }";
    let rmsprop = "{ kind = 'rmsprop', lr = 0.13, alpha = 0.9999999999999 }";
    let adagrad = "{ kind = 'adagrad', lr = 0.13 }";
    let all = [sgd, heavy, nesterov, adam, amsgrad, rmsprop, adagrad];
    let mut out = Vec::new();
    for rule in [
        "'alternating'",
        "'simultaneous'",
        "'extragradient'",
        "'extrapolation_from_past'",
        "'optimistic'",
        "{ kind = 'symplectic', lambda = 0.7 }",
        "{ kind = 'lead', alpha = 0.6 }",
    ] {
        out.extend(all.map(|optimizer| (rule, format!("rule = {rule}\noptimizer = {optimizer}"))));
    }
    for optimizer in [sgd, heavy, nesterov, adam] {
        let rule = "{ kind = 'unrolled', steps = 3 }";
        out.push((rule, format!("rule = {rule}\noptimizer = {optimizer}\ngenerator_optimizer = {rmsprop}")));
        out.push((rule, format!("rule = {rule}\noptimizer = {optimizer}\ndiscriminator_steps = 2")));
    }
    for rule in [
        "{ kind = 'competitive', tolerance = 1e-13 }",
        "{ kind = 'runge_kutta', method = 'euler' }",
        "{ kind = 'runge_kutta', method = 'heun', stages = 'frozen' }",
        "{ kind = 'runge_kutta', method = 'heun' }",
        "{ kind = 'runge_kutta', method = 'rk4' }",
        "{ kind = 'runge_kutta', method = 'rk4', stages = 'frozen' }",
        "{ kind = 'flow', tolerance = 1e-12 }",
    ] {
        out.push((rule, format!("rule = {rule}\noptimizer = {sgd}")));
        // Two time scales.
        let slow = "generator_optimizer = { kind = 'sgd', lr = 0.05 }";
        out.push((rule, format!("rule = {rule}\noptimizer = {sgd}\n{slow}")));
    }
    for more in [
        format!("optimizer = {heavy}\nfirst = 'generator'\ndiscriminator_steps = 3\ngenerator_steps = 2"),
        format!("rule = 'simultaneous'\noptimizer = {sgd}\ndiscriminator_steps = 2"),
        format!("rule = 'simultaneous'\noptimizer = {sgd}\ngenerator_optimizer = {adam}"),
        format!("rule = 'extragradient'\noptimizer = {adam}\nlookahead = {{ every = 3, alpha = 0.4 }}"),
        format!("optimizer = {heavy}\nlookahead = {{ every = 2, alpha = 0.7 }}"),
    ] {
        out.push(("more", more));
    }
    out
}

fn dynamics(table: &str) -> Dynamics {
    toml::from_str(table).unwrap_or_else(|e| panic!("{table}: {e}"))
}

/// A state in which second moments are there and nothing else.
fn warm<G: Game<f64>>(rule: &dyn Rule<f64, G>, sizes: [usize; 2]) -> State<f64> {
    let mut state = rule.start(sizes);
    for (p, player) in state.players.iter_mut().enumerate() {
        // Large enough that no bias is left to correct.
        player.count = 1 << 60;
        for name in ["exp_avg_sq", "max_exp_avg_sq", "square_avg", "sum"] {
            for (k, s) in player.vector_mut(name).iter_mut().enumerate() {
                *s = 0.6 + 0.35 * (k + p) as f64;
            }
        }
    }
    state
}

/// The deviation that a point and a state are, and the other way round.
fn flat(at: &Joint<f64>, state: &State<f64>, round: &LinearRound) -> Vec<f64> {
    let mut out = at.flat();
    for kept in &round.program.kept {
        for (player, name) in state.players.iter().zip(kept.names) {
            out.extend(name.iter().flat_map(|name| player.vector(name)).map(|x| kept.sign * x));
        }
    }
    out
}

fn split(w: &[f64], still: &State<f64>, round: &LinearRound) -> (Joint<f64>, State<f64>) {
    let (sizes, mut state) = (round.sizes(), still.clone());
    let at = Joint::from_flat(&w[..sizes[0] + sizes[1]], sizes[0]);
    let mut from = w[sizes[0] + sizes[1]..].iter();
    for kept in &round.program.kept {
        for (player, name) in state.players.iter_mut().zip(kept.names) {
            let Some(name) = name else { continue };
            player.vector_mut(name).iter_mut().zip(from.by_ref()).for_each(|(to, x)| *to = kept.sign * x);
        }
    }
    (at, state)
}

/// The rounds that a linearisation stands for, from a deviation.
fn go<G: Game<f64>>(
    game: &G,
    rule: &dyn Rule<f64, G>,
    round: &LinearRound,
    still: &State<f64>,
    w: &[f64],
) -> Vec<f64> {
    let (mut at, mut state) = split(w, still, round);
    for step in 0..round.rounds {
        assert!(rule.round(game, &mut at, &mut state, step).is_ok());
    }
    flat(&at, &state, round)
}

/// The map's derivative at 0 by differences of order four.
fn differentiated(n: usize, map: impl Fn(&[f64]) -> Vec<f64>) -> DMatrix<f64> {
    let h = 1e-3;
    let mut out = DMatrix::zeros(n, n);
    for k in 0..n {
        let at = |by: f64| {
            let mut w = vec![0.0; n];
            w[k] = by;
            DVector::from_vec(map(&w))
        };
        let [a, b, c, d] = [2.0 * h, h, -h, -2.0 * h].map(at);
        out.set_column(k, &(((b - c) * 8.0 - (a - d)) / (12.0 * h)));
    }
    out
}

/// The largest distance from a number of one list to the nearest of the other.
fn apart(a: &[Complex<f64>], b: &[Complex<f64>]) -> f64 {
    let nearest = |x: &Complex<f64>, of: &[Complex<f64>]| {
        of.iter().map(|y| (x - y).norm()).fold(f64::INFINITY, f64::min)
    };
    let far = |a: &[Complex<f64>], b: &[Complex<f64>]| a.iter().map(|x| nearest(x, b)).fold(0.0, f64::max);
    far(a, b).max(far(b, a))
}

fn check<G: Game<f64> + Clone>(game: &G, table: &str) -> Result<(), TestCaseError>
where
    G::Batch: Sync,
{
    let (sizes, origin) = (game.sizes(), Joint::zeros(game.sizes()));
    let rule = rule_of::<f64, G>(&dynamics(table), 100, None);
    let still = warm(rule.as_ref(), sizes);
    let round = rule.linearize(game, &still, 0).map_err(|e| TestCaseError::fail(format!("{table}: {e}")))?;
    let batch = game.draw(Draw { step: 0, draw: 0 });
    let jacobian = dense_jacobian(game, &origin, &batch).expect("a Jacobian");
    let matrix = round.matrix(&jacobian);
    let n = round.dimension();
    let own = differentiated(n, |w| go(game, rule.as_ref(), &round, &still, w));
    prop_assert!((&own - &matrix).amax() < 1e-8, "{table}: {}", (&own - &matrix).amax());

    // Eigenvalues of the differentiated map, and those of P J one by one.
    let claimed = eigenvalues(&matrix).expect("multipliers");
    let found = eigenvalues(&own).expect("multipliers");
    prop_assert!(apart(&claimed, &found) < 1e-6, "{table}: {}", apart(&claimed, &found));
    if let Some(scaled) = round.preconditioned(&jacobian) {
        let lambda = eigenvalues(&scaled).expect("eigenvalues");
        let each: Vec<_> = lambda.into_iter().flat_map(|lambda| round.multipliers_of(lambda)).collect();
        prop_assert_eq!(each.len(), n);
        prop_assert!(apart(&each, &claimed) < 1e-6, "{table}: {}", apart(&each, &claimed));
    }

    // By products, and transposed.
    let w: Vec<f64> = (0..n).map(|k| libm::cos(k as f64 + 0.2)).collect();
    let column = DVector::from_vec(w.clone());
    let operator = Explicit { matrix: jacobian, sizes };
    let operator: &dyn Linearized<f64, Infallible> = &operator;
    let (Ok(forth), Ok(back)) = (round.times(&w, operator), round.transposed_times(&w, operator));
    prop_assert!((DVector::from_vec(forth) - &matrix * &column).amax() < 1e-9, "{table}");
    prop_assert!((DVector::from_vec(back) - matrix.tr_mul(&column)).amax() < 1e-9, "{table}");

    // The path, put back to a small length after each round.
    let mut w = column * (1e-5 / (n as f64).sqrt());
    for _ in 0..20 {
        let next = DVector::from_vec(go(game, rule.as_ref(), &round, &still, w.as_slice()));
        let want = &matrix * &w;
        prop_assert!((&next - &want).amax() < 1e-7 * w.norm() + 1e-15, "{table}: {}", (&next - &want).amax());
        let length = next.norm();
        w = next * (1e-5 / length.max(1e-12));
    }
    Ok(())
}

fn block(rows: usize, columns: usize) -> impl Strategy<Value = DMatrix<f64>> {
    prop::collection::vec(-1.0..1.0f64, rows * columns)
        .prop_map(move |values| DMatrix::from_row_slice(rows, columns, &values))
}

fn symmetric(n: usize) -> impl Strategy<Value = DMatrix<f64>> {
    block(n, n).prop_map(|m| 0.5 * (&m + m.transpose()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rounds_of_zero_sum_games_are_their_linearisation(p in symmetric(2), b in block(2, 3), q in symmetric(3)) {
        let game = ZeroSum { p, b, q };
        for (_, table) in tables() {
            check(&game, &table)?;
        }
    }

    #[test]
    fn rounds_of_games_with_any_field_are_their_linearisation(a in block(5, 5)) {
        let game = Analytic::new(Paper::Linear(Linear::new(a, 2)), Vec::new());
        for (rule, table) in tables() {
            if !rule.contains("unrolled") {
                check(&game, &table)?;
            }
        }
    }
}

/// A round of this game under extrapolation with Adam has a matrix for which the solver of small ones gave NaN.
#[test]
#[rustfmt::skip]
fn a_matrix_that_defeats_one_solver_is_left_to_the_other() {
    let columns = [
        -0.21772378220543542, -0.7791103354070219, 0.6539818482514481, 0.9387516620420511, -0.9186217172035479,
        -0.3032755109694913, 0.035450130154929295, 0.11773453535487516, 0.22246185936415308, 0.42594940865527064,
        0.5015923986151198, -0.5903080114381127, 0.6895479273114292, 0.902130792822512, -0.1632093063929601,
        -0.48129370427173807, 0.1746084913505713, 0.6194837410035572, 0.5602380527497491, -0.16292215154793527,
        -0.544527038237343, -0.17571370037605497, 0.3537410709228214, 0.3679973685309169, -0.5750774157741692,
    ];
    let a = DMatrix::from_column_slice(5, 5, &columns);
    let game = Analytic::new(Paper::Linear(Linear::new(a, 2)), Vec::new());
    for (_, table) in tables().into_iter().filter(|(rule, _)| rule.contains("extrapolation_from_past")) {
        check(&game, &table).expect("the round is its linearisation");
    }
}

/// What unrolling needs is not in J once the losses do not cancel: it says so.
#[test]
fn unrolling_a_game_that_is_not_zero_sum_is_refused() {
    let decay = Regularizer::WeightDecay { strength: Schedule::Constant(0.1), player: PlayerName::Generator };
    let terms = vec![ganscope::game::Term::new(&decay, 1)];
    let game = Analytic::new(Paper::Linear(Linear::bilinear(&DMatrix::from_element(1, 1, 1.0))), terms);
    let rule = rule_of::<f64, Analytic>(
        &dynamics("rule = 'unrolled'\noptimizer = { kind = 'sgd', lr = 0.1 }"),
        1,
        None,
    );
    let refused = rule.linearize(&game, &rule.start([1, 1]), 0).expect_err("no linearisation");
    assert!(refused.to_string().contains("zero-sum"), "{refused}");
    let here = Draw { step: 0, draw: 0 };
    let frozen = Frozen::new(&game, &here);
    assert!(!frozen.zero_sum());
}
