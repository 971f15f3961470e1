//! In the steady state a training step of multilayer perceptrons allocates nothing.

use ganscope::game::Game;
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{self, Override, load};

/// Allocations of twenty rounds, counted after the buffers have grown. On one thread, as in a sweep: with more, the pool of
/// threads passes jobs through queues that grow when they like.
fn allocations(name: &str, set: &[&str]) -> u64 {
    let set: Vec<Override> = set.iter().map(|set| Override::parse(set).expect("an override")).collect();
    let loaded = load(name, &set, None).expect("a shipped scenario");
    let scenario::Game::Gan(spec) = &loaded.scenario.game else { panic!("a scenario of networks") };
    let gan = gan_of::<f32>(&loaded, &RunOptions::new("unused")).expect("a game");
    let rule: Box<dyn Rule<f32, _>> = rule_of(&loaded.scenario.dynamics, loaded.scenario.train.steps, None);
    let mut at = gan.start(spec.discriminator.init, spec.generator.init);
    let mut state = rule.start(gan.sizes());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| {
        let mut rounds = |steps: std::ops::Range<u64>| {
            steps.for_each(|step| rule.round(&gan, &mut at, &mut state, step).expect("a round"));
        };
        assert_eq!(
            allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1.0)))).count_total,
            1,
            "the counter counts"
        );
        rounds(0..3);
        allocation_counter::measure(|| rounds(3..23)).count_total
    })
}

#[test]
fn a_step_with_the_gradient_norm_allocates_nothing() {
    assert_eq!(allocations("ring8-regularized", &[]), 0);
}

#[test]
fn nor_does_a_simultaneous_one_with_other_activations() {
    let set = [
        "dynamics.rule=simultaneous",
        "game.generator.activation=tanh",
        "game.discriminator.activation=softplus",
    ];
    assert_eq!(allocations("ring8-unregularized", &set), 0);
}
