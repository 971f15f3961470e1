//! The program's central claim: near an equilibrium training moves along each eigenvector of its rule's map by the
//! multiplier that the spectrum gives, round by round.

use ganscope::game::{Draw, Frozen, Game, Gan, GanError};
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{Override, load};
use ganscope::spectrum::{Mode, Track, TrackError, Tracking, track};
use std::error::Error;

type OnBatch<'a> = Frozen<'a, f64, Gan<f64>>;

fn follow(objective: &str, order: &str, sgd: &str, mode: Mode) -> Result<Track, Box<dyn Error>> {
    let set = [
        &format!("game.objective=\"{objective}\""),
        "game.generator.hidden=[3]",
        "game.discriminator.hidden=[6]",
        "game.regularizer=[]",
        "train.batch=48",
    ];
    let set = set.iter().map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let loaded = load("teacher-student", &set, None)?;
    let gan = gan_of::<f64>(&loaded, &RunOptions::new("unused"))?;
    let at = gan.solution().ok_or("a teacher's game has a solution")?;
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    let game = Frozen::new(&gan, &batch);
    let dynamics = toml::from_str(&format!("rule = '{order}'\noptimizer = {{ kind = 'sgd', {sgd} }}"))?;
    let rule: Box<dyn Rule<f64, OnBatch>> = rule_of(&dynamics, 1, None);
    let found = track(&game, rule.as_ref(), &at, &Tracking { mode, ..Tracking::default() })?;
    println!(
        "{objective}, {order}, {sgd}, {mode:?}: mu = {:?}, |mu| = {:.8}, measured {:.8}, {} rounds, rate off by {:.1e}, worst {:.1e}, \
         condition {:.1}",
        found.multiplier,
        found.predicted,
        found.measured,
        found.amplitude.len() - 1,
        found.rate_error,
        found.worst,
        found.condition
    );
    Ok(found)
}

#[test]
fn the_classical_gan_decays_along_its_eigenvectors() -> Result<(), Box<dyn Error>> {
    for rule in ["simultaneous", "alternating"] {
        for sgd in ["lr = 0.05", "lr = 0.02, momentum = 0.3"] {
            for mode in [Mode::Slowest, Mode::Fastest] {
                let found = follow("minimax", rule, sgd, mode)?;
                let case = format!("{rule}, {sgd}, {mode:?}");
                assert!(found.rate_error < 0.05 && found.predicted < 1.0, "{case}: {}", found.rate_error);
                assert!(found.worst < 0.05, "{case}: {}", found.worst);
                let [first, last] =
                    [found.amplitude.first(), found.amplitude.last()].map(|a| *a.unwrap_or(&0.0));
                assert!(last / first < libm::exp(-2.8), "{case}: three e-foldings, {first} to {last}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_wasserstein_gan_grows_along_its_eigenvectors() -> Result<(), Box<dyn Error>> {
    let growing = [
        ("simultaneous", "lr = 0.2"),
        ("simultaneous", "lr = 0.2, momentum = 0.6"),
        ("alternating", "lr = 0.2, momentum = 0.6"),
    ];
    for (rule, sgd) in growing {
        let found = follow("wasserstein", rule, sgd, Mode::Growing)?;
        let case = format!("{rule}, {sgd}");
        assert!(found.rate_error < 0.05 && found.predicted > 1.0, "{case}: {}", found.rate_error);
        assert!(found.worst < 0.05, "{case}: {}", found.worst);
        assert!(found.multiplier[1] != 0.0, "{case}: it circles as it grows, {:?}", found.multiplier);
    }
    Ok(())
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let refused = |objective, mode| {
        let error = follow(objective, "simultaneous", "lr = 0.05", mode).err();
        let error = error.and_then(|e| e.downcast::<TrackError<GanError>>().ok());
        matches!(error.as_deref(), Some(TrackError::NoMode { .. }))
    };
    assert!(refused("minimax", Mode::Growing), "nothing grows");
    assert!(refused("wasserstein", Mode::Slowest), "nothing shrinks");
}
