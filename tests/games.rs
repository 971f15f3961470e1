//! Games on paper: their closed forms, and that field and Jacobian are exact.

mod paper;

use ganscope::game::{Analytic, AnalyticError, Game, Joint, Linear, Paper, Player};
use ganscope::scenario::{Formula, Objective, ObjectiveKind, PlayerName};
use ganscope::spectrum::{eigenvalues, largest_real};
use nalgebra::{Complex, DMatrix};
use paper::*;
use proptest::prelude::*;

/// The eigenvalues of lambda^2 - trace lambda + det.
#[track_caller]
fn solves(game: &Analytic, at: &Joint<f64>, trace: f64, det: f64) {
    let v = game.field(at, &HERE).unwrap();
    assert!(v.flat().iter().all(|v| v.abs() < 1e-14), "no equilibrium: {v:?}");
    let root = Complex::new(trace * trace / 4.0 - det, 0.0).sqrt();
    let mut wanted = [trace / 2.0 - root, trace / 2.0 + root];
    wanted.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    let found = eigenvalues(&jacobian(game, at)).unwrap();
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).norm() < 1e-12, "{found} instead of {wanted}");
    }
}

#[track_caller]
fn is(matrix: &DMatrix<f64>, rows: [[f64; 2]; 2]) {
    let wanted = DMatrix::from_row_slice(2, 2, &rows.concat());
    assert!((matrix - &wanted).amax() < 1e-12, "{matrix} instead of {wanted}");
}

#[test]
fn the_dirac_gan_goes_round_at_the_slope_of_its_loss() {
    let slope = |kind| match kind {
        ObjectiveKind::Wasserstein | ObjectiveKind::Hinge => 1.0,
        _ => 0.5,
    };
    for kind in ALL.into_iter().filter(|kind| *kind != ObjectiveKind::LeastSquares) {
        let f = slope(kind);
        solves(&dirac(&named(kind), 0.0, &[]), &at(0.0, 0.0), 0.0, f * f);
    }
    let half = |t: &str| format!("(t {t} 0.5)^2 / 2");
    let symmetric = Formula::Formula { d_real: half("-"), d_fake: half("+"), g: half("-") };
    solves(&dirac(&Objective::Set(symmetric), 0.0, &[]), &at(0.0, 0.0), 0.0, 0.25);
}

#[test]
fn least_squares_with_its_usual_targets_is_defective() {
    let game = dirac(&named(ObjectiveKind::LeastSquares), 0.0, &[]);
    is(&jacobian(&game, &at(0.0, 0.0)), [[0.0, 0.0], [1.0, 0.0]]);
}

#[test]
fn regularisers_damp_the_dirac_gan_as_the_papers_say() {
    let origin = at(0.0, 0.0);
    for kind in [ObjectiveKind::Minimax, ObjectiveKind::NonSaturating, ObjectiveKind::Relativistic] {
        let with = |regularizer| dirac(&named(kind), 0.0, &[regularizer]);
        for strength in [0.1, 0.7, 1.0, 3.0] {
            solves(&with(r1(strength)), &origin, -strength, 0.25);
            solves(&with(r2(strength)), &origin, -strength, 0.25);
            // A penalty with centre 0 is R1 at twice the strength.
            solves(&with(penalty(strength, 0.0, false)), &origin, -2.0 * strength, 0.25);
            for player in [PlayerName::Discriminator, PlayerName::Generator] {
                solves(&with(decay(strength, player)), &origin, -strength, 0.25);
            }
            // J = [[0, -f], [f, 0]] under consensus is J - gamma J'J = J - gamma f^2.
            solves(&with(consensus(strength)), &origin, -0.5 * strength, 0.25 + strength * strength / 16.0);
            // Nagarajan & Kolter: the lower row is [f, -2 eta f^2].
            solves(&with(nk17(strength)), &origin, -0.5 * strength, 0.25);
        }
    }
}

#[test]
fn instance_noise_damps_where_the_loss_is_curved() {
    // f''(0) s^2 +- sqrt(f''(0)^2 s^4 - f'(0)^2)
    for s in [0.3, 1.0, 2.0] {
        solves(&dirac(&named(ObjectiveKind::Minimax), s, &[]), &at(0.0, 0.0), -0.5 * s * s, 0.25);
        solves(&dirac(&named(ObjectiveKind::Wasserstein), s, &[]), &at(0.0, 0.0), 0.0, 1.0);
    }
}

#[test]
fn a_penalty_with_a_centre_has_no_derivative_where_the_slope_is_zero() {
    let game = dirac(&named(ObjectiveKind::Wasserstein), 0.0, &[penalty(1.0, 1.0, false)]);
    let (batch, point) = (HERE, at(0.0, 0.0));
    let refused = game.linearize(&point, &batch).err();
    assert!(matches!(&refused, Some(AnalyticError::Kink(what)) if what.contains("psi = 0")), "{refused:?}");
    assert!(game.equilibria(0).is_empty());
    assert!(game.linearize(&at(0.1, 0.0), &HERE).is_ok());
    let one_sided = dirac(&named(ObjectiveKind::Wasserstein), 0.0, &[penalty(1.0, 1.0, true)]);
    assert_eq!(one_sided.equilibria(0), [point]);
}

/// Consensus on the Dirac-GAN adds exactly -gamma grad ‖v‖^2 / 2 to the field.
#[test]
fn consensus_descends_half_the_squared_field() {
    let gamma = 0.7;
    let dirac = |some: &[_]| dirac(&named(ObjectiveKind::Minimax), 0.0, some);
    let (plain, with) = (dirac(&[]), dirac(&[consensus(gamma)]));
    let half = |d: f64, g: f64| 0.5 * plain.field(&at(d, g), &HERE).expect("a field").norm_squared();
    for (d, g) in [(0.8, -0.3), (-1.1, 0.6), (0.2, 1.7)] {
        let at = at(d, g);
        let added = {
            let mut v = with.field(&at, &HERE).expect("a field");
            v.add_scaled(-1.0, &plain.field(&at, &HERE).expect("a field"));
            v
        };
        let h = 1e-4;
        let slope = |up: [f64; 2], down: [f64; 2]| (half(up[0], up[1]) - half(down[0], down[1])) / (2.0 * h);
        let by_d = slope([d + h, g], [d - h, g]);
        let by_g = slope([d, g + h], [d, g - h]);
        assert!((added.d[0] + gamma * by_d).abs() < 1e-7 && (added.g[0] + gamma * by_g).abs() < 1e-7);
    }
}

#[test]
fn the_uniform_game_has_the_eigenvalues_of_its_theorem() {
    // (objective, f', f'')
    let games = [
        (ObjectiveKind::Minimax, 0.5, -0.25),
        (ObjectiveKind::NonSaturating, 0.5, -0.25),
        (ObjectiveKind::Wasserstein, 1.0, 0.0),
        (ObjectiveKind::Hinge, 1.0, 0.0),
    ];
    for (kind, f1, f2) in games {
        for eta in [0.0, 0.1, 1.0, 2.5] {
            let game = uniform(&named(kind), &[nk17(eta)]);
            let trace = 2.0 * f2 / 5.0 - 8.0 * eta * f1 * f1 / 9.0;
            for a in [1.0, -1.0] {
                solves(&game, &at(0.0, a), trace, 4.0 * f1 * f1 / 9.0);
            }
            let right = largest_real(&eigenvalues(&jacobian(&game, &at(0.0, 1.0))).unwrap());
            assert!(if trace == 0.0 { right.abs() < 1e-15 } else { right < -1e-3 }, "{kind:?} {eta} {right}");
        }
    }
}

#[test]
fn the_uniform_games_lower_row_is_the_published_one() {
    let third = 1.0 / 3.0;
    let minimax = named(ObjectiveKind::Minimax);
    is(&jacobian(&uniform(&minimax, &[]), &at(0.0, 1.0)), [[-0.1, -third], [third, 0.0]]);
    let one = jacobian(&uniform(&minimax, &[nk17(1.0)]), &at(0.0, 1.0));
    is(&one, [[-0.1, -third], [4.0 / 15.0, -2.0 / 9.0]]);
}

#[test]
fn penalties_of_the_uniform_game_are_their_moments() {
    let with =
        |regularizer| jacobian(&uniform(&named(ObjectiveKind::Wasserstein), &[regularizer]), &at(0.0, 1.0));
    // R1 adds gamma / 2 * 4 w^2 / 3.
    assert!((with(r1(0.6))[(0, 0)] + 0.8).abs() < 1e-14);
    assert!((with(r2(0.6))[(0, 0)] + 0.8).abs() < 1e-14);
    // The mean of x^2 between two uniform variables is 2/9.
    assert!((with(penalty(0.3, 0.0, false))[(0, 0)] + 0.3 * 16.0 / 9.0).abs() < 1e-14);
}

#[test]
fn least_squares_has_no_equilibrium_in_the_uniform_game() {
    assert!(uniform(&named(ObjectiveKind::LeastSquares), &[]).equilibria(0).is_empty());
    assert_eq!(uniform(&named(ObjectiveKind::Relativistic), &[]).equilibria(0).len(), 2);
}

#[test]
fn the_wasserstein_orbits_of_the_uniform_game_close() {
    // w^2 - ln a + a^2 / 2 has no derivative along the field.
    let game = uniform(&named(ObjectiveKind::Wasserstein), &[]);
    for (w, a) in [(0.3, 0.5), (-1.0, 2.0), (0.7, 1.1)] {
        let v = game.field(&at(w, a), &HERE).unwrap();
        let along = 2.0 * w * v.d[0] + (a - 1.0 / a) * v.g[0];
        assert!(along.abs() < 1e-15, "{along}");
    }
}

#[test]
fn a_linear_game_has_its_matrix_for_a_jacobian() {
    let matrix = DMatrix::from_fn(5, 5, |i, j| ((3 * i + 7 * j) % 11) as f64 - 5.0);
    let game = Analytic::new(Paper::Linear(Linear::new(matrix.clone(), 2)), vec![]);
    let point = Joint { d: vec![1.0, -2.0], g: vec![0.5, 0.0, 3.0] };
    assert_eq!(jacobian(&game, &point), matrix);
    let v = game.field(&point, &HERE).unwrap().flat();
    let wanted = &matrix * nalgebra::DVector::from_vec(point.flat());
    assert_eq!(v, wanted.as_slice());
    // Consensus: J - gamma J'J.
    let game = Analytic::new(Paper::Linear(Linear::new(matrix.clone(), 2)), terms(&[consensus(0.5)]));
    let wanted = &matrix - 0.5 * matrix.transpose() * &matrix;
    assert!((jacobian(&game, &point) - wanted).amax() < 1e-12);
}

#[test]
fn a_bilinear_game_is_zero_sum_and_turns_at_its_singular_values() {
    let b = DMatrix::from_row_slice(2, 2, &[3.0, 0.0, 0.0, 0.5]);
    let game = Analytic::new(Paper::Linear(Linear::bilinear(&b)), vec![]);
    let point = Joint { d: vec![1.0, 2.0], g: vec![-1.0, 3.0] };
    let [d, g] = game.losses(&point, &HERE).unwrap();
    assert_eq!([d, g], [0.0, 0.0]);
    let v = game.field(&point, &HERE).unwrap();
    assert_eq!(v, Joint { d: vec![-3.0, 1.5], g: vec![-3.0, -1.0] });
    let found: Vec<f64> = eigenvalues(&jacobian(&game, &point)).unwrap().iter().map(|e| e.im).collect();
    let mut sorted = found;
    sorted.sort_by(f64::total_cmp);
    for (found, wanted) in sorted.iter().zip([-3.0, -0.5, 0.5, 3.0]) {
        assert!((found - wanted).abs() < 1e-13);
    }
    let singular = Linear::bilinear(&DMatrix::from_row_slice(1, 2, &[1.0, 0.0]));
    assert!(Analytic::new(Paper::Linear(singular), vec![]).equilibria(0).is_empty());
}

#[test]
fn clipping_holds_the_discriminator() {
    let mut game = dirac(&named(ObjectiveKind::Wasserstein), 0.0, &[]);
    game.clip = Some(0.5);
    let mut theta = [2.0];
    game.project(Player::Discriminator, &mut theta);
    assert_eq!(theta, [0.5]);
    theta = [2.0];
    game.project(Player::Generator, &mut theta);
    assert_eq!(theta, [2.0]);
}

/// Some game of these, smooth around every point that is drawn.
fn any_game() -> impl Strategy<Value = Analytic> {
    let smooth = prop::sample::select(vec![
        ObjectiveKind::Minimax,
        ObjectiveKind::NonSaturating,
        ObjectiveKind::Wasserstein,
        ObjectiveKind::LeastSquares,
        ObjectiveKind::Relativistic,
    ]);
    let formula = Formula::Formula {
        d_real: "softplus(-t) + t^4 / 24".into(),
        d_fake: "exp(t / 2) + tanh(t)".into(),
        g: "sin(t) - t^3 / 5".into(),
    };
    let objective = prop_oneof![4 => smooth.prop_map(named), 1 => Just(Objective::Set(formula))];
    let pool = vec![
        nk17(0.8),
        ode_gan(0.4),
        r1(0.7),
        r2(0.6),
        penalty(0.5, 0.0, false),
        decay(0.3, PlayerName::Generator),
        consensus(0.3),
    ];
    let some = prop::sample::subsequence(pool, 0..=4);
    (objective, some, 0..3).prop_map(|(objective, some, which)| match which {
        0 => dirac(&objective, 0.0, &some),
        1 => dirac(&objective, 0.5, &some),
        _ => uniform(&objective, &some),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn jacobians_agree_with_central_differences(game in any_game(), d in -1.5..1.5f64, g in -1.5..1.5f64) {
        let h = 1e-4;
        let exact = jacobian(&game, &at(d, g));
        for k in 0..2 {
            let field = |by: f64| {
                let mut flat = [d, g];
                flat[k] += by;
                game.field(&at(flat[0], flat[1]), &HERE).unwrap().flat()
            };
            let [a, b, c, e] = [2.0 * h, h, -h, -2.0 * h].map(field);
            for i in 0..2 {
                let slope = (8.0 * (b[i] - c[i]) - (a[i] - e[i])) / (12.0 * h);
                let scale = 1.0 + exact.amax();
                prop_assert!((slope - exact[(i, k)]).abs() < 1e-8 * scale, "{slope} {}", exact[(i, k)]);
            }
        }
    }

    #[test]
    fn the_field_descends_the_losses(d in -1.5..1.5f64, g in -1.5..1.5f64, kind in prop::sample::select(ALL.to_vec())) {
        let h = 1e-5;
        for game in [dirac(&named(kind), 0.0, &[]), uniform(&named(kind), &[])] {
            // The uniform game's hinge is a kink under the integral once it is reached.
            if kind == ObjectiveKind::Hinge && d.abs() * (1.0 + g * g) > 0.9 {
                continue;
            }
            let loss = |d: f64, g: f64| game.losses(&at(d, g), &HERE).unwrap();
            let v = game.field(&at(d, g), &HERE).unwrap();
            let slopes = [
                (loss(d + h, g)[0] - loss(d - h, g)[0]) / (2.0 * h),
                (loss(d, g + h)[1] - loss(d, g - h)[1]) / (2.0 * h),
            ];
            prop_assert!((v.d[0] + slopes[0]).abs() < 1e-7 && (v.g[0] + slopes[1]).abs() < 1e-7);
        }
    }

    #[test]
    fn gradients_of_losses_agree_with_the_field(game in any_game(), d in -1.0..1.0f64, g in -1.0..1.0f64) {
        let point = at(d, g);
        let Ok(of_d) = game.gradient(Player::Discriminator, &point, &HERE) else { return Ok(()) };
        let of_g = game.gradient(Player::Generator, &point, &HERE).unwrap();
        let v = game.field(&point, &HERE).unwrap();
        prop_assert_eq!((-of_d.d[0], -of_g.g[0]), (v.d[0], v.g[0]));
        let h = 1e-5;
        // The cross parts of plain losses; a regulariser's is covered by the Jacobian.
        if game.terms.is_empty() {
            let loss = |d: f64, g: f64| game.losses(&at(d, g), &HERE).unwrap();
            let cross = (loss(d, g + h)[0] - loss(d, g - h)[0]) / (2.0 * h);
            prop_assert!((cross - of_d.g[0]).abs() < 1e-7);
        }
    }
}
