//! What theory says of the games on paper, beside what the program computes.

mod paper;

use ganscope::game::{Analytic, AnalyticError, Game, Hopf, Joint, Linear, Paper, SaddleMonkey};
use ganscope::rule::rule_of;
use ganscope::scenario::{Dynamics, Formula, Objective, ObjectiveKind, PlayerName, Regularizer};
use ganscope::spectrum::{Request, Spectrum, Verdict, analyse, eigenvalues};
use nalgebra::{Complex, DMatrix};
use paper::*;
use proptest::prelude::*;

const WASSERSTEIN: ObjectiveKind = ObjectiveKind::Wasserstein;

fn of(paper: Paper, regularizers: &[Regularizer]) -> Analytic {
    Analytic::new(paper, terms(regularizers))
}

fn hopf(mu: f64, cubic: f64, quintic: f64) -> Hopf {
    Hopf { mu, frequency: 1.3, cubic, quintic }
}

/// Largest distance between two sets of equally many numbers, each matched with its nearest free one.
fn apart(got: &[Complex<f64>], want: &[Complex<f64>]) -> f64 {
    assert_eq!(got.len(), want.len());
    let mut free = got.to_vec();
    let mut worst = 0.0f64;
    for to in want {
        let near = |i: &usize| (free[*i] - to).norm();
        let nearest = (0..free.len()).min_by(|a, b| near(a).total_cmp(&near(b))).unwrap();
        worst = worst.max((free.swap_remove(nearest) - to).norm());
    }
    worst
}

/// The spectrum at a point, with the rule of a scenario that says nothing about it.
fn spectrum(game: &Analytic, at: &Joint<f64>) -> Spectrum {
    spectrum_with(&Dynamics::default(), game, at)
}

fn spectrum_with(dynamics: &Dynamics, game: &Analytic, at: &Joint<f64>) -> Spectrum {
    let rule = rule_of::<f64, Analytic>(dynamics, 100, None);
    let round = rule.linearize(game, &rule.start(game.sizes()), 0);
    analyse(game, at, &[HERE], round, &Request::default(), &|_| ()).unwrap()
}

/// Every kind of game that has a closed form, under these regularisers where it allows them.
fn games(some: &[Regularizer]) -> Vec<Analytic> {
    let mut out = Vec::new();
    for kind in ALL {
        out.extend([0.0, 0.7].map(|noise| dirac(&named(kind), noise, some)));
        out.push(uniform(&named(kind), some));
    }
    out.extend([(1, 0.0), (2, 0.0), (2, 0.7), (3, -0.4)].map(|(n, mean)| lq_wgan(n, mean, some)));
    let slope = |r: &Regularizer| {
        matches!(r, Regularizer::R1 { .. } | Regularizer::R2 { .. } | Regularizer::GradientPenalty { .. })
    };
    if !some.iter().any(slope) {
        out.extend([[3, 3], [3, 2], [1, 4]].map(|size| {
            let condition = if size[0] == 1 { 1.0 } else { 5.0 };
            of(Paper::Linear(Linear::random(size, condition, 7)), some)
        }));
        let any = DMatrix::from_row_slice(2, 2, &[-0.3, 1.2, -0.7, 0.1]);
        out.push(of(Paper::Linear(Linear::new(any, 1)), some));
        out.extend([-0.2, 0.3].map(|mu| of(Paper::Hopf(hopf(mu, -1.0, 0.0)), some)));
        out.push(of(Paper::SaddleMonkey(SaddleMonkey), some));
    }
    out
}

#[test]
fn predictions_are_the_programs_eigenvalues() {
    let d = decay(0.35, PlayerName::Discriminator);
    let pool = [nk17(0.4), ode_gan(0.3), r1(0.7), r2(0.6), penalty(0.23, 0.0, false), d, consensus(0.3)];
    let mut met = 0;
    for chosen in 0..1 << pool.len() {
        let some: Vec<Regularizer> =
            (0..pool.len()).filter(|k| chosen >> k & 1 == 1).map(|k| pool[k].clone()).collect();
        // All pairs, and all at once.
        if some.len() > 2 && some.len() < pool.len() {
            continue;
        }
        for game in games(&some) {
            let origin = Joint::zeros(game.sizes());
            let (Some(at), Some(prediction)) = (game.nearest_equilibrium(&origin, 0), game.prediction(0))
            else {
                continue;
            };
            let found = eigenvalues(&jacobian(&game, &at)).unwrap();
            let off = apart(&found, &prediction.eigenvalues);
            // A double root is only known to the root of rounding.
            let double =
                found.iter().enumerate().any(|(k, a)| found[..k].iter().any(|b| (a - b).norm() < 1e-5));
            assert!(off < if double { 1e-7 } else { 1e-10 }, "{game:?}: {found:?} {prediction:?}");
            met += 1;
        }
    }
    assert!(met > 400, "{met}");
}

#[test]
fn what_has_no_closed_form_has_no_prediction() {
    assert!(uniform(&named(ObjectiveKind::LeastSquares), &[]).prediction(0).is_none(), "no equilibrium");
    assert!(lq_wgan(2, 0.0, &[decay(0.1, PlayerName::Generator)]).prediction(0).is_none(), "no equilibrium");
    assert!(lq_wgan(2, 0.5, &[penalty(1.0, 0.0, false)]).prediction(0).is_none(), "mixes planes");
    let three = DMatrix::from_fn(3, 3, |i, j| (i * 3 + j) as f64 - 4.5 + f64::from(u8::from(i == j)));
    assert!(of(Paper::Linear(Linear::new(three, 1)), &[]).prediction(0).is_none(), "no theorem");
}

#[test]
fn theory_says_in_words_what_numbers_do_not() {
    let remark = |game: Analytic| game.prediction(0).unwrap().remark;
    assert_eq!(remark(dirac(&named(WASSERSTEIN), 0.0, &[])), None);
    let least_squares = remark(dirac(&named(ObjectiveKind::LeastSquares), 0.0, &[])).unwrap();
    assert!(least_squares.contains("nilpotent") && least_squares.contains("defective"), "{least_squares}");
    assert!(remark(of(Paper::SaddleMonkey(SaddleMonkey), &[])).unwrap().contains("J is 0"));
    let kinked = dirac(&named(WASSERSTEIN), 0.0, &[penalty(1.0, 1.0, false)]).prediction(0).unwrap();
    assert!(kinked.eigenvalues.is_empty() && kinked.remark.unwrap().contains("no derivative at psi = 0"));
}

#[test]
fn plain_descent_never_converges_linearly_on_the_dirac_gan() {
    for (kind, slope) in
        [(ObjectiveKind::Minimax, 0.5), (ObjectiveKind::Relativistic, 0.5), (WASSERSTEIN, 1.0)]
    {
        let game = dirac(&named(kind), 0.0, &[]);
        let magnitudes = |rule: &str, h: f64| -> Vec<f64> {
            let text = format!("rule = \"{rule}\"\noptimizer = {{ kind = \"sgd\", lr = {h:?} }}");
            let found = spectrum_with(&toml::from_str(&text).unwrap(), &game, &at(0.0, 0.0));
            found.rule.multipliers.iter().map(|[re, im]| re.hypot(*im)).collect()
        };
        for hf in [1e-3, 0.3, 1.0, 1.9f64] {
            let h = hf / slope;
            let outside = f64::hypot(1.0, hf);
            assert!(magnitudes("simultaneous", h).iter().all(|mu| (mu - outside).abs() < 1e-12));
            assert!(magnitudes("alternating", h).iter().all(|mu| (mu - 1.0).abs() < 1e-12));
        }
        // The roots of mu^2 - (2 - h^2 f^2) mu + 1 leave the circle at h f = 2.
        assert!(magnitudes("alternating", 2.1 / slope).iter().any(|mu| *mu > 1.1));
    }
}

#[test]
fn least_squares_is_left_undecided_by_the_spectrum() {
    let found = spectrum(&dirac(&named(ObjectiveKind::LeastSquares), 0.0, &[]), &at(0.0, 0.0));
    assert_eq!(found.judgement.verdict, Verdict::Undetermined, "{:?}", found.judgement);
}

#[test]
fn the_monkey_saddle_is_left_undecided_and_every_point_near_it_leaves() {
    let game = of(Paper::SaddleMonkey(SaddleMonkey), &[]);
    let found = spectrum(&game, &at(0.0, 0.0));
    assert!(found.equilibrium);
    assert_eq!(found.judgement.verdict, Verdict::Undetermined);
    assert!(found.judgement.reason.contains("linearisation says nothing"), "{}", found.judgement.reason);
    // In polar coordinates r' = -3 r^2 cos 3 phi.
    for k in 0..12 {
        let (r, phi) = (0.5, 0.5 * f64::from(k) + 0.1);
        let here = at(r * phi.cos(), r * phi.sin());
        let v = game.field(&here, &HERE).unwrap();
        let growth = (v.d[0] * here.d[0] + v.g[0] * here.g[0]) / r;
        assert!((growth + 3.0 * r * r * (3.0 * phi).cos()).abs() < 1e-14);
    }
}

#[test]
fn wgan_gp_stays_away_from_the_equilibrium_of_the_dirac_gan() {
    // psi' = -theta - 2 lambda (|psi| - 1) sign psi, theta' = psi: each half plane turns around (0, +- 2 lambda), which a
    // weak penalty crosses the kink to, over and over, and a strong one (lambda >= 1) creeps into without a turn.
    let with = |lambda| dirac(&named(WASSERSTEIN), 0.0, &[penalty(lambda, 1.0, false)]);
    let weak = with(0.1);
    let mut here = flow(&weak, &at(0.1, 0.1), 60.0, 1e-2);
    let (mut nearest, mut farthest, mut turns) = (f64::INFINITY, 0.0f64, 0);
    for _ in 0..200 {
        let next = flow(&weak, &here, 0.1, 1e-2);
        turns += usize::from(next.d[0] * here.d[0] < 0.0);
        (nearest, farthest) = (nearest.min(next.norm()), farthest.max(next.norm()));
        here = next;
    }
    assert!(nearest > 0.3 && farthest < 3.0 && turns >= 4, "{nearest} {farthest} {turns}");
    let settled = flow(&with(10.0), &at(0.1, 0.1), 300.0, 2e-2);
    assert!(settled.d[0].abs() < 1e-6 && (settled.g[0] - 20.0).abs() < 1e-4, "{settled:?}");
}

#[test]
fn wgan_gp_has_no_spectrum_at_its_kink() {
    let game = dirac(&named(WASSERSTEIN), 0.0, &[penalty(10.0, 1.0, false)]);
    for theta in [0.0, 20.0] {
        let refused = game.linearize(&at(0.0, theta), &HERE).err();
        assert!(matches!(refused, Some(AnalyticError::Kink(_))), "{refused:?}");
    }
    assert!(game.kink_at_rest(0).is_some() && game.equilibria(0).is_empty());
    // R1 asks for no slope, and has a derivative everywhere.
    assert_eq!(dirac(&named(WASSERSTEIN), 0.0, &[r1(1.0)]).kink_at_rest(0), None);
}

#[test]
fn a_conserved_quantity_has_no_derivative_along_the_field() {
    let antisymmetric = DMatrix::from_fn(5, 5, |i, j| libm::sin((3 * i + 5 * j) as f64));
    let antisymmetric = &antisymmetric - antisymmetric.transpose();
    let with = [
        dirac(&named(ObjectiveKind::Minimax), 0.0, &[]),
        dirac(&named(WASSERSTEIN), 0.6, &[]),
        uniform(&named(WASSERSTEIN), &[]),
        of(Paper::Linear(Linear::random([4, 2], 3.0, 1)), &[]),
        of(Paper::Linear(Linear::new(antisymmetric, 2)), &[]),
    ];
    let h = 1e-4;
    for game in with {
        for seed in 0..5 {
            let here = somewhere(&game, seed);
            let v = game.field(&here, &HERE).unwrap();
            let energy = |by: f64| {
                let mut there = here.clone();
                there.add_scaled(by, &v);
                game.energy(&there).unwrap()
            };
            let slope = (8.0 * (energy(h) - energy(-h)) - energy(2.0 * h) + energy(-2.0 * h)) / (12.0 * h);
            assert!(slope.abs() < 1e-9 * (1.0 + v.norm_squared()), "{game:?}: {slope}");
        }
    }
    // Whose losses are no opposites, or whose logits are blurred and bent, keeps nothing that is known.
    for game in [
        dirac(&named(ObjectiveKind::NonSaturating), 0.0, &[]),
        dirac(&named(ObjectiveKind::Minimax), 0.6, &[]),
        uniform(&named(ObjectiveKind::Minimax), &[]),
        lq_wgan(2, 0.0, &[]),
        of(Paper::Hopf(hopf(0.2, -1.0, 0.0)), &[]),
    ] {
        assert_eq!(game.energy(&somewhere(&game, 0)), None);
    }
}

#[test]
fn the_parts_of_a_field_are_those_of_symplectic_adjustment() {
    let monkey = of(Paper::SaddleMonkey(SaddleMonkey), &[]);
    let parts = monkey.parts(&at(0.3, -0.8), 0).unwrap();
    assert!(parts.rotational.norm() < 1e-15 && parts.rotation_share < 1e-30, "a potential game: {parts:?}");
    let circle = of(Paper::Linear(Linear::random([2, 3], 4.0, 2)), &[]);
    let parts = circle.parts(&somewhere(&circle, 1), 0).unwrap();
    assert!(parts.potential.norm() < 1e-15 && parts.rotation_share == 1.0, "a Hamiltonian game: {parts:?}");
    // Both: J = mu + omega [[0, -1], [1, 0]] at the equilibrium, and S v + A v = J v anywhere.
    let game = of(Paper::Hopf(hopf(0.4, -1.0, 0.2)), &[nk17(0.3)]);
    let here = at(0.6, -0.2);
    let (v, parts) = (game.field(&here, &HERE).unwrap(), game.parts(&here, 0).unwrap());
    let mut both = parts.potential.clone();
    both.add_scaled(1.0, &parts.rotational);
    assert!(both.distance(&game.jacobian_times(&here, &v, &HERE).unwrap()) < 1e-14);
    // Consensus is v - gamma J' v, and J' v = S v - A v.
    let consensus = of(Paper::Hopf(hopf(0.4, -1.0, 0.2)), &[nk17(0.3), consensus(0.25)]);
    let mut wanted = v;
    wanted.add_scaled(-0.25, &parts.potential);
    wanted.add_scaled(0.25, &parts.rotational);
    assert!(wanted.distance(&consensus.field(&here, &HERE).unwrap()) < 1e-14);
}

#[test]
fn the_linear_quadratic_wgan_cycles_and_the_regulariser_stops_it() {
    for (n, mean) in [(1, 0.0), (2, 0.0), (2, 0.7), (3, -0.4)] {
        for eta in [0.0, 0.1, 0.4, 2.0] {
            let game = lq_wgan(n, mean, &if eta == 0.0 { vec![] } else { vec![nk17(eta)] });
            let at = game.nearest_equilibrium(&somewhere(&game, 3), 0).unwrap();
            let found = spectrum(&game, &at);
            let wanted = if eta == 0.0 { Verdict::Marginal } else { Verdict::Stable };
            assert_eq!(found.judgement.verdict, wanted, "n = {n}, eta = {eta}: {:?}", found.judgement);
            assert_eq!(found.flat.eigenvalues, Some(n * (n - 1)));
            assert_eq!(found.flat.null_space, Some(n * (n - 1)), "no defective zeros");
        }
    }
}

#[test]
fn r1_is_the_regulariser_of_nagarajan_and_kolter_on_the_linear_quadratic_wgan() {
    for (n, mean) in [(2, 0.7), (3, -0.4)] {
        let [one, other] = [nk17(0.35), r1(0.7)].map(|regularizer| {
            let game = lq_wgan(n, mean, &[regularizer]);
            let at = game.equilibria(0).remove(0);
            eigenvalues(&jacobian(&game, &at)).unwrap()
        });
        assert!(apart(&one, &other) < 1e-10, "{one:?} {other:?}");
    }
}

#[test]
fn the_rank_of_a_generator_does_not_change() {
    // A' = (W + W') A keeps every z with A z = 0.
    let game = lq_wgan(2, 0.0, &[]);
    let start = Joint { d: vec![0.1; 6], g: vec![1.0, -1.0, 0.5, -0.5, 0.0, 0.0] };
    let end = flow(&game, &start, 5.0, 1e-2);
    assert!((end.g[0] + end.g[1]).abs() < 1e-12 && (end.g[2] + end.g[3]).abs() < 1e-12, "{end:?}");
    assert!(start.distance(&end) > 0.1);
}

#[test]
fn the_hopf_game_turns_on_its_cycles() {
    // (r^2 - 1/4) (1 - r^2): a stable equilibrium within an unstable cycle within a stable one.
    let paper = hopf(-0.25, 1.25, -1.0);
    let game = of(Paper::Hopf(paper), &[]);
    for cycle in paper.cycles() {
        for phi in [0.3, 2.0, 4.4f64] {
            let here = at(cycle.radius * phi.cos(), cycle.radius * phi.sin());
            let v = game.field(&here, &HERE).unwrap();
            assert!((v.d[0] + 1.3 * here.g[0]).abs() < 1e-15 && (v.g[0] - 1.3 * here.d[0]).abs() < 1e-15);
        }
    }
    let ends = [0.45, 0.55, 1.6].map(|r| flow(&game, &at(r, 0.0), 60.0, 1e-2).norm());
    assert!(ends[0] < 1e-4, "from within it settles: {ends:?}");
    assert!(ends[1..].iter().all(|r| (r - 1.0).abs() < 1e-9), "from without it is trapped: {ends:?}");
    assert_eq!(spectrum(&game, &at(0.0, 0.0)).judgement.verdict, Verdict::Stable);
}

#[test]
fn every_objective_plays_the_dirac_gan_with_every_regulariser() {
    let half = |t: &str| format!("(t {t} 0.5)^2 / 2");
    let symmetric = Formula::Formula { d_real: half("-"), d_fake: half("+"), g: half("-") };
    let objectives = ALL
        .map(named)
        .into_iter()
        .chain([Objective::Set(symmetric), Objective::Set(Formula::Wasserstein { clip: 0.7 })]);
    let one_sided = penalty(0.6, 1.0, true);
    let d = decay(0.2, PlayerName::Discriminator);
    let all =
        [nk17(0.3), ode_gan(0.2), r1(0.5), r2(0.4), penalty(0.3, 1.0, false), one_sided, d, consensus(0.1)];
    for objective in objectives {
        for noise in [0.0, 0.4] {
            let game = dirac(&objective, noise, &all);
            let end = flow(&game, &at(0.4, 0.6), 1.0, 0.1);
            assert!(end.flat().iter().all(|x| x.is_finite()) && end.norm() > 0.0, "{objective:?} {end:?}");
            assert!(jacobian(&game, &end).iter().all(|x| x.is_finite()), "{objective:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// NK17's regulariser is discriminator damping: J is similar to [[J_dd - 2 eta J_dg J_dg', J_dg], [-J_dg', 0]].
    #[test]
    fn the_regulariser_is_damping_of_the_discriminator(
        (d, g) in (1usize..=4).prop_flat_map(|g| (g..=5, Just(g))),
        entries in prop::collection::vec(-1.0..1.0f64, 45),
        eta in 0.01..20.0f64,
    ) {
        let half = DMatrix::from_fn(d, d, |i, j| entries[5 * i + j]);
        let dd = -&half * half.transpose() - 0.01 * DMatrix::identity(d, d);
        let dg = DMatrix::from_fn(d, g, |i, j| entries[25 + 4 * i + j] + f64::from(u8::from(i == j)));
        let mut plain = DMatrix::zeros(d + g, d + g);
        plain.view_mut((0, 0), (d, d)).copy_from(&dd);
        plain.view_mut((0, d), (d, g)).copy_from(&dg);
        plain.view_mut((d, 0), (g, d)).copy_from(&-dg.transpose());
        let mut damped = plain.clone();
        damped.view_mut((0, 0), (d, d)).copy_from(&(&dd - 2.0 * eta * &dg * dg.transpose()));
        let game = of(Paper::Linear(Linear::new(plain, d)), &[nk17(eta)]);
        let regularized = jacobian(&game, &Joint::zeros([d, g]));
        // DESIGN: the lower row is [-J_dg' (I + 2 eta J_dd), -2 eta J_dg' J_dg].
        let lower = -dg.transpose() * (DMatrix::identity(d, d) + 2.0 * eta * &dd);
        prop_assert!((regularized.view((d, 0), (g, d)) - lower).amax() < 1e-10);
        // Similarity by T = [[I, 0], [-2 eta J_dg', I]]: no eigenvalue is computed, so defective ones spoil nothing.
        let mut t = DMatrix::identity(d + g, d + g);
        t.view_mut((d, 0), (g, d)).copy_from(&(-2.0 * eta * dg.transpose()));
        let scale = 1.0 + regularized.amax() * t.amax();
        prop_assert!((&t * &damped - &regularized * &t).amax() < 1e-12 * scale * scale);
        // Where J_dd is negative definite and J_dg has full column rank, it is stable for every eta > 0.
        let least = dg.singular_values().min();
        prop_assume!(least > 1e-3);
        let rightmost = eigenvalues(&regularized).unwrap().iter().map(|v| v.re).fold(f64::MIN, f64::max);
        prop_assert!(rightmost < 0.0, "{rightmost}");
    }
}
