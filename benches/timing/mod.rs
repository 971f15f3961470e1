//! What the benches share: the time of a training step.

use ganscope::game::Game;
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{self, Loaded};
use std::error::Error;
use std::time::Instant;

const WARM_UP: u64 = 20;

/// Milliseconds a training step of a scenario.
pub fn step_ms(loaded: &Loaded, steps: u64) -> Result<f64, Box<dyn Error>> {
    let scenario::Game::Gan(spec) = &loaded.scenario.game else { panic!("a scenario of networks") };
    let gan = gan_of::<f32>(loaded, &RunOptions::new("unused"))?;
    let rule: Box<dyn Rule<f32, _>> = rule_of(&loaded.scenario.dynamics, loaded.scenario.train.steps, None);
    let mut at = gan.start(spec.discriminator.init, spec.generator.init);
    let mut state = rule.start(gan.sizes());
    let mut rounds = |from: u64, to: u64| {
        (from..to)
            .try_for_each(|step| rule.round(&gan, &mut at, &mut state, step))
            .map_err(|e| format!("{e:?}"))
    };
    rounds(0, WARM_UP)?;
    let began = Instant::now();
    rounds(WARM_UP, WARM_UP + steps)?;
    Ok(began.elapsed().as_secs_f64() * 1e3 / steps as f64)
}
