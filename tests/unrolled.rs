//! Unrolling differentiates through the foreseen steps: the generator's velocity is minus the slope of the loss that they
//! lead to, whatever the discriminator's optimiser.

use ganscope::game::{Analytic, Dirac, Draw, Game, Joint, Paper, Player, Uniform, losses_of};
use ganscope::rule::{Descent, State, rule_of};
use ganscope::scenario::{Dynamics, Objective, ObjectiveKind, PlayerName};

const HERE: Draw = Draw { step: 0, draw: 0 };
const STEPS: usize = 4;

/// loss_g against the discriminator that is STEPS of its own steps ahead.
fn foreseen(game: &Analytic, descent: &Descent, at: &Joint<f64>, state: &State<f64>) -> f64 {
    let (mut now, mut moments) = (at.clone(), state.players[0].clone());
    for _ in 0..STEPS {
        let mut v = [0.0];
        game.velocity(Player::Discriminator, &now, &HERE, &mut v).expect("a field");
        descent.update(&mut now.d, &v, &mut moments, 0);
        game.project(Player::Discriminator, &mut now.d);
    }
    game.losses(&now, &HERE).expect("losses")[1]
}

#[test]
fn the_generator_descends_the_loss_that_it_foresees() {
    let losses = |kind| losses_of(&Objective::Named(kind)).expect("losses");
    let games = [
        Analytic::new(Paper::Dirac(Dirac::new(losses(ObjectiveKind::NonSaturating), 0.4)), Vec::new()),
        Analytic::new(Paper::Uniform(Uniform::new(losses(ObjectiveKind::Minimax))), Vec::new()),
        // A discriminator that is held at its bound foresees that it stays there.
        Analytic {
            clip: Some(0.45),
            ..Analytic::new(Paper::Dirac(Dirac::new(losses(ObjectiveKind::Wasserstein), 0.0)), Vec::new())
        },
    ];
    let optimizers = [
        "{ kind = 'sgd', lr = 0.3 }",
        "{ kind = 'sgd', lr = 0.3, momentum = 0.7 }",
        "{ kind = 'sgd', lr = 0.3, momentum = 0.7, nesterov = true }",
        "{ kind = 'adam', lr = 0.05, beta1 = 0.5, beta2 = 0.9 }",
    ];
    for game in &games {
        for optimizer in optimizers {
            let table = format!(
                "rule = {{ kind = 'unrolled', steps = {STEPS} }}\nfirst = 'generator'\ndiscriminator_optimizer = {optimizer}\n\
                 generator_optimizer = {{ kind = 'sgd', lr = 1.0 }}"
            );
            let dynamics: Dynamics = toml::from_str(&table).expect("a table");
            let rule = rule_of::<f64, Analytic>(&dynamics, 100, None);
            // Moments as they are after some rounds.
            let (mut at, mut state) = (Joint { d: vec![0.4], g: vec![0.7] }, rule.start([1, 1]));
            for step in 0..3 {
                assert!(rule.round(game, &mut at, &mut state, step).is_ok());
            }
            let before = at.g[0];
            let descent = Descent {
                optimizer: dynamics.optimizer_of(PlayerName::Discriminator).clone(),
                clip_norm: None,
                bound: None,
                steps: 100,
            };
            let h = 1e-4;
            let loss =
                |by: f64| foreseen(game, &descent, &Joint { d: at.d.clone(), g: vec![before + by] }, &state);
            let slope = (8.0 * (loss(h) - loss(-h)) - (loss(2.0 * h) - loss(-2.0 * h))) / (12.0 * h);
            let mut moved = at.clone();
            let mut kept = state.clone();
            assert!(rule.round(game, &mut moved, &mut kept, 3).is_ok());
            // The generator moved first, with a step size of 1.
            let found = moved.g[0] - before;
            assert!((found + slope).abs() < 1e-8 * (1.0 + slope.abs()), "{optimizer}: {found} {}", -slope);
        }
    }
}
