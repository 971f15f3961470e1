//! Criterion benches of a training step and of its parts.

use criterion::{Criterion, criterion_group, criterion_main};
use ganscope::game::{Draw, Game, Player};
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{self, load};

fn step(criterion: &mut Criterion) {
    let Ok(loaded) = load("ring8-regularized", &[], None) else { return };
    let scenario::Game::Gan(spec) = &loaded.scenario.game else { panic!("a scenario of networks") };
    let Ok(gan) = gan_of::<f32>(&loaded, &RunOptions::new("unused")) else { return };
    let rule: Box<dyn Rule<f32, _>> = rule_of(&loaded.scenario.dynamics, loaded.scenario.train.steps, None);
    let mut at = gan.start(spec.discriminator.init, spec.generator.init);
    let mut state = rule.start(gan.sizes());
    let mut group = criterion.benchmark_group("ring8-regularized");
    let mut number = 0;
    group.bench_function("step", |b| {
        b.iter(|| {
            number += 1;
            rule.round(&gan, &mut at, &mut state, number).is_ok()
        });
    });
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    group.bench_function("draw", |b| b.iter(|| gan.draw(Draw { step: 0, draw: 0 })));
    for player in Player::BOTH {
        let mut v = vec![0.0; at[player].len()];
        group.bench_function(format!("velocity of the {}", player.name()), |b| {
            b.iter(|| gan.velocity(player, &at, &batch, &mut v).is_ok());
        });
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
