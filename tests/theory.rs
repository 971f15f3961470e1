//! The theorem of Nagarajan & Kolter (2017) on networks: its blocks are those of the computed Jacobian, and its verdicts
//! are those of the analysis.

use ganscope::game::{Draw, Game, Gan, GanBatch, Joint};
use ganscope::rule::{Rule, rule_of};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{Override, load};
use ganscope::spectrum::{Request, Spectrum, Theory, Verdict, analyse, dense_jacobian, eigenvalues, theory};
use std::error::Error;

/// A small teacher's game, its solution and a batch.
struct Solved {
    gan: Gan<f64>,
    at: Joint<f64>,
    batch: GanBatch<f64>,
    rule: Box<dyn Rule<f64, Gan<f64>>>,
}

fn solved(set: &[&str]) -> Result<Solved, Box<dyn Error>> {
    let small = [
        "game.generator.hidden=[3]",
        "game.discriminator.hidden=[6]",
        "train.batch=48",
        "dynamics.optimizer={ kind = \"sgd\", lr = 0.01 }",
    ];
    let set = small.iter().chain(set).map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let loaded = load("teacher-student", &set, None)?;
    let gan = gan_of::<f64>(&loaded, &RunOptions::new("unused"))?;
    let at = gan.solution().ok_or("a teacher's game has a solution")?;
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    let rule = rule_of(&loaded.scenario.dynamics, loaded.scenario.train.steps, None);
    Ok(Solved { gan, at, batch, rule })
}

impl Solved {
    fn theory(&self) -> Result<Theory, Box<dyn Error>> {
        let jacobian = dense_jacobian(&self.gan, &self.at, &self.batch)?;
        let rho = eigenvalues(&jacobian)?.iter().map(|v| v.norm()).fold(0.0, f64::max);
        Ok(theory(&self.gan, &self.at, &self.batch, &jacobian, rho, 1e-7)?)
    }

    fn spectrum(&self) -> Result<Spectrum, Box<dyn Error>> {
        let round = self.rule.linearize(&self.gan, &self.rule.start(self.gan.sizes()), 0);
        let batches = std::slice::from_ref(&self.batch);
        Ok(analyse(&self.gan, &self.at, batches, round, &Request::default(), &|_| ())?)
    }
}

fn eta(eta: f64) -> String {
    format!("game.regularizer=[{{ kind = \"gradient_norm\", eta = {eta} }}]")
}

#[test]
fn blocks_and_verdicts_are_those_of_the_theorem() -> Result<(), Box<dyn Error>> {
    for activation in ["tanh", "softplus"] {
        for (objective, strength) in
            [("minimax", 0.0), ("minimax", 0.5), ("wasserstein", 0.0), ("wasserstein", 0.5)]
        {
            let case = format!("{objective}, {activation}, eta = {strength}");
            let game = solved(&[
                &format!("game.objective=\"{objective}\""),
                &format!("game.discriminator.activation=\"{activation}\""),
                &format!("game.generator.activation=\"{activation}\""),
                &eta(strength),
            ])?;
            let theory = game.theory()?;
            assert!(theory.mismatch.worst() < 1e-8, "{case}: {:?}", theory.mismatch);
            let constants = if objective == "minimax" { [0.5, -0.25] } else { [1.0, 0.0] };
            assert_eq!([theory.slope, theory.bend], constants, "{case}");
            let holds = |name: &str| theory.conditions.iter().find(|c| c.name == name).and_then(|c| c.holds);
            for name in
                ["equilibrium", "D = 0 on the samples", "D = 0 near the samples", "realised distribution"]
            {
                assert_eq!(holds(name), Some(true), "{case}: {name}");
            }
            assert_eq!(holds("property I of the discriminator"), Some(true), "{case}");
            assert_eq!(holds("concavity"), Some(objective == "minimax" || strength > 0.0), "{case}");

            let spectrum = game.spectrum()?;
            let rule = spectrum.rule.judgement.as_ref().ok_or("the rule is judged")?;
            let circles = objective == "wasserstein" && strength == 0.0;
            let [flow, steps] = if circles {
                [Verdict::Marginal, Verdict::Unstable]
            } else {
                [Verdict::Stable, Verdict::Stable]
            };
            assert_eq!(spectrum.judgement.verdict, flow, "{case}: {:?}", spectrum.judgement);
            assert_eq!(rule.verdict, steps, "{case}: {rule:?}");
            let limit = spectrum.rule.limits.and_then(|l| l.stable);
            assert!(if circles { limit == Some(0.0) } else { limit > Some(1.0) }, "{case}: {limit:?}");
            assert!(
                spectrum.flat.eigenvalues >= Some(18),
                "hidden weights of D are flat: {:?}",
                spectrum.flat
            );
        }
    }
    Ok(())
}

/// Off the equilibrium the blocks differ, and the conditions say why.
#[test]
fn away_from_the_equilibrium_the_theory_does_not_apply() -> Result<(), Box<dyn Error>> {
    let mut game = solved(&[&eta(0.5)])?;
    game.at.d.iter_mut().chain(&mut game.at.g).enumerate().for_each(|(k, x)| *x += 0.1 * libm::sin(k as f64));
    let theory = game.theory()?;
    assert!(!theory.applies && theory.mismatch.worst() > 1e-3, "{theory:?}");
    let failed: Vec<_> =
        theory.conditions.iter().filter(|c| c.holds == Some(false)).map(|c| &c.name).collect();
    assert!(failed.len() >= 3, "{failed:?}");
    let text = serde_json::to_string(&theory)?;
    assert_eq!(serde_json::from_str::<Theory>(&text)?, theory);
    Ok(())
}

#[test]
fn games_that_the_theory_does_not_cover_are_refused() -> Result<(), Box<dyn Error>> {
    for set in [
        "game.objective=\"non_saturating\"",
        "game.objective=\"relativistic\"",
        "game.objective=\"least_squares\"",
        "game.regularizer=[{ kind = \"r1\", gamma = 1.0 }]",
    ] {
        assert!(solved(&[set])?.theory().is_err(), "{set}");
    }
    Ok(())
}

/// An affine generator has no more parameters than the discriminator tells apart: every condition holds.
#[test]
fn all_conditions_hold_for_an_affine_generator() -> Result<(), Box<dyn Error>> {
    let theory = solved(&["game.generator.hidden=[]"])?.theory()?;
    assert!(theory.applies, "{theory:#?}");
    assert_eq!((theory.generator.rank, theory.generator.null, theory.generator.rise), (6, 0, 0.0));
    assert_eq!((theory.discriminator.rank, theory.discriminator.null), (7, 18));
    // A regulariser's absence can be what fails.
    let theory =
        solved(&["game.generator.hidden=[]", "game.objective=\"wasserstein\"", &eta(0.0)])?.theory()?;
    let failed: Vec<_> =
        theory.conditions.iter().filter(|c| c.holds != Some(true)).map(|c| &c.name[..]).collect();
    assert_eq!(failed, ["concavity"]);
    Ok(())
}
