//! What must hold of a scenario besides its form. Pure: a list of keys and sentences.

mod dynamics;
mod formulas;
mod images;
mod paper;
mod sweep;

use super::expect::Bound;
use super::{Average, Data, Expect, Formula, Game, Gan, Init, Objective, Regularizer, Scenario, Schedule};
pub use formulas::{FormulaFlaw, formulas};
use std::collections::BTreeMap;
use std::str::FromStr;

/// A dotted key and what is wrong with its value.
pub type Flaw = (String, String);

/// Everything that is wrong with the values of a scenario.
pub fn check(scenario: &Scenario) -> Vec<Flaw> {
    let mut checker = Checker { found: Vec::new() };
    checker.name(&scenario.name);
    // TOML has no whole numbers beyond 64 bits with sign, and a resolved scenario must be writable as TOML.
    checker.hold(i64::try_from(scenario.seed).is_ok(), "seed", "must be below 2^63");
    scenario.data.iter().for_each(|data| checker.data(data));
    match &scenario.game {
        Game::Gan(gan) => {
            checker.gan(gan);
            checker.shown(gan, scenario.data.as_ref());
        }
        Game::Dirac(game) => checker.dirac(game),
        Game::Uniform(game) => checker.uniform(game),
        Game::Quadratic(game) => checker.quadratic(game),
        Game::Bilinear(game) => checker.bilinear(game),
        Game::LqWgan(game) => checker.lq_wgan(game),
        Game::Hopf(game) => checker.hopf(game),
        Game::SaddleMonkey(game) => checker.no_samples(&game.regularizer),
        Game::Expression(game) => checker.expression(game),
    }
    checker.on_paper(&scenario.game);
    checker.dynamics(scenario);
    checker.train(scenario, if let Game::Gan(gan) = &scenario.game { gan.pack } else { 1 });
    checker.record(scenario);
    checker.drawn(&scenario.game, &scenario.record);
    scenario.expect.iter().for_each(|e| checker.expect(e, scenario.seed));
    scenario.sweep.iter().for_each(|sweep| checker.sweep(sweep));
    checker.found
}

struct Checker {
    found: Vec<Flaw>,
}

impl Checker {
    /// Complains unless `ok`: the message goes on after the key's name.
    fn hold(&mut self, ok: bool, path: &str, message: &str) {
        if !ok {
            self.found.push((path.to_string(), format!("`{path}` {message}")));
        }
    }

    fn at_least(&mut self, value: u64, least: u64, path: &str) {
        self.hold(value >= least, path, &format!("must be at least {least}, not {value}"));
    }

    fn count(&mut self, value: usize, path: &str) {
        self.at_least(value as u64, 1, path);
    }

    fn finite(&mut self, value: f64, path: &str) {
        self.hold(value.is_finite(), path, "must be a finite number");
    }

    fn positive(&mut self, value: f64, path: &str) {
        self.hold(value.is_finite() && value > 0.0, path, &format!("must be above 0, not {value}"));
    }

    fn not_negative(&mut self, value: f64, path: &str) {
        self.hold(value.is_finite() && value >= 0.0, path, &format!("must not be negative: {value}"));
    }

    fn share(&mut self, value: f64, path: &str) {
        self.hold((0.0..1.0).contains(&value), path, &format!("must be at least 0 and below 1, not {value}"));
    }

    fn inside(&mut self, value: f64, low: f64, high: f64, path: &str) {
        let message = format!("must be above {low} and below {high}, not {value}");
        self.hold(value > low && value < high, path, &message);
    }

    fn name(&mut self, name: &str) {
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fine = !name.is_empty()
            && name.len() <= 100
            && !name.starts_with(['.', '-'])
            && name.chars().all(letters);
        let message = "also names the run folder: 1 to 100 letters, digits, `-`, `_` and `.`, and it begins with a \
                       letter, a digit or `_`";
        self.hold(fine, "name", message);
    }

    fn data(&mut self, data: &Data) {
        match data {
            Data::Ring { modes, radius, std } => {
                self.count(*modes, "data.modes");
                self.not_negative(*radius, "data.radius");
                self.positive(*std, "data.std");
            }
            Data::Grid { side, spacing, std } => {
                self.count(*side, "data.side");
                self.positive(*spacing, "data.spacing");
                self.positive(*std, "data.std");
            }
            Data::Mixture { components } => self.mixture(components),
            Data::Line { centers, std, weights } => {
                self.hold(!centers.is_empty(), "data.centers", "must name at least one centre");
                centers.iter().enumerate().for_each(|(i, c)| self.finite(*c, &format!("data.centers.{i}")));
                self.positive(*std, "data.std");
                let same = weights.is_empty() || weights.len() == centers.len();
                let message = format!("has {} numbers for {} centres", weights.len(), centers.len());
                self.hold(same, "data.weights", &message);
                weights.iter().enumerate().for_each(|(i, w)| self.positive(*w, &format!("data.weights.{i}")));
            }
            Data::Spiral { turns, radius, std } => {
                self.positive(*turns, "data.turns");
                self.curve(*radius, *std);
            }
            Data::SwissRoll { radius, std } | Data::Moons { radius, std } => self.curve(*radius, *std),
            Data::Circles { radius, factor, std } => {
                self.curve(*radius, *std);
                self.inside(*factor, 0.0, 1.0, "data.factor");
            }
            Data::Points { noise, .. } => self.not_negative(*noise, "data.noise"),
            Data::Teacher { seed, dim, .. } => {
                self.hold(i64::try_from(*seed).is_ok(), "data.seed", "must be below 2^63");
                self.count(*dim, "data.dim");
            }
            _ => self.images(data, "data"),
        }
    }

    fn curve(&mut self, radius: f64, std: f64) {
        self.positive(radius, "data.radius");
        self.positive(std, "data.std");
    }

    fn mixture(&mut self, components: &[super::Center]) {
        self.hold(!components.is_empty(), "data.components", "must hold at least one Gaussian");
        let dim = components.first().map_or(0, |c| c.center.len());
        for (index, c) in components.iter().enumerate() {
            let path = format!("data.components.{index}");
            let center = format!("{path}.center");
            self.hold(!c.center.is_empty(), &center, "must hold at least one coordinate");
            let message = format!("has {} coordinates, the first centre has {dim}", c.center.len());
            self.hold(c.center.len() == dim, &center, &message);
            c.center.iter().for_each(|v| self.finite(*v, &center));
            let message =
                format!("must hold 1 number, or {dim}: one for each axis; it holds {}", c.std.len());
            self.hold(c.std.len() == 1 || c.std.len() == dim, &format!("{path}.std"), &message);
            c.std.iter().for_each(|v| self.positive(*v, &format!("{path}.std")));
            self.positive(c.weight, &format!("{path}.weight"));
        }
    }

    fn gan(&mut self, gan: &Gan) {
        self.objective(&gan.objective);
        let g = &gan.generator;
        self.count(g.latent, "game.generator.latent");
        self.network("game.generator", g.hidden.as_deref(), &g.init, g.input_scale, g.output_scale);
        let d = &gan.discriminator;
        self.network("game.discriminator", d.hidden.as_deref(), &d.init, d.input_scale, d.output_scale);
        self.count(gan.pack, "game.pack");
        self.regularizers(&gan.regularizer);
    }

    /// What the discriminator is shown in place of plain samples.
    fn shown(&mut self, gan: &Gan, data: Option<&Data>) {
        if let Some(noise) = &gan.instance_noise {
            self.schedule(&noise.std, "game.instance_noise.std", false);
        }
        let Some(augment) = &gan.augment else { return };
        let images = data.is_some_and(Data::is_images);
        self.hold(
            images,
            "game.augment",
            "changes images, and the data are none; take `instance_noise`, or leave it out",
        );
        for (share, name) in [(augment.translation, "translation"), (augment.cutout, "cutout")] {
            let path = format!("game.augment.{name}");
            share.iter().for_each(|share| {
                let message = format!("must be above 0 and at most 1, not {share}; leave it out for none");
                self.hold(*share > 0.0 && *share <= 1.0, &path, &message);
            });
        }
    }

    fn regularizers(&mut self, regularizers: &[Regularizer]) {
        let mut consensus = 0;
        for (index, regularizer) in regularizers.iter().enumerate() {
            let path = format!("game.regularizer.{index}");
            consensus += usize::from(matches!(regularizer, Regularizer::Consensus { .. }));
            let again = consensus > 1 && matches!(regularizer, Regularizer::Consensus { .. });
            self.hold(
                !again,
                &path,
                "is a second consensus; one turns the whole field, so add their strengths",
            );
            self.regularizer(regularizer, &path);
        }
    }

    fn objective(&mut self, objective: &Objective) {
        if let Objective::Set(Formula::Wasserstein { clip }) = objective {
            self.positive(*clip, "game.objective.clip");
        }
    }

    fn network(&mut self, path: &str, hidden: Option<&[usize]>, init: &Init, input: f64, output: f64) {
        let hidden = hidden.unwrap_or_default();
        for (index, width) in hidden.iter().enumerate() {
            self.count(*width, &format!("{path}.hidden.{index}"));
        }
        self.hold(hidden.len() <= 1000, &format!("{path}.hidden"), "has more than 1000 layers");
        self.positive(init.gain, &format!("{path}.init.gain"));
        for (key, scale) in [("input_scale", input), ("output_scale", output)] {
            let path = format!("{path}.{key}");
            self.hold(scale.is_finite() && scale != 0.0, &path, "must be a finite number other than 0");
        }
    }

    fn regularizer(&mut self, regularizer: &Regularizer, path: &str) {
        let (name, strength, every) = match regularizer {
            Regularizer::GradientNorm { eta, every, .. } => ("eta", eta, *every),
            Regularizer::R1 { gamma, every }
            | Regularizer::R2 { gamma, every }
            | Regularizer::Consensus { gamma, every } => ("gamma", gamma, *every),
            Regularizer::GradientPenalty { lambda, center, every, .. } => {
                self.not_negative(*center, &format!("{path}.center"));
                ("lambda", lambda, *every)
            }
            Regularizer::WeightDecay { strength, .. } => ("strength", strength, 1),
        };
        self.count(every, &format!("{path}.every"));
        self.schedule(strength, &format!("{path}.{name}"), false);
    }

    /// A schedule of values that are not negative, and not 0 at the start where `positive`.
    fn schedule(&mut self, schedule: &Schedule, path: &str, positive: bool) {
        match schedule {
            Schedule::Constant(value) if positive => self.positive(*value, path),
            Schedule::Constant(value) => self.not_negative(*value, path),
            Schedule::Curve(curve) => {
                self.not_negative(curve.start, &format!("{path}.start"));
                self.not_negative(curve.end, &format!("{path}.end"));
                let some = !positive || curve.start > 0.0 || curve.end > 0.0;
                self.hold(some, path, "is 0 throughout; give a start or an end above 0");
                if let Some(over) = curve.over {
                    self.at_least(over, 1, &format!("{path}.over"));
                }
            }
        }
    }

    fn train(&mut self, scenario: &Scenario, pack: usize) {
        let t = &scenario.train;
        self.at_least(t.steps, 1, "train.steps");
        self.hold(i64::try_from(t.steps).is_ok(), "train.steps", "must be below 2^63");
        self.count(t.batch, "train.batch");
        let message =
            format!("of {} does not divide into packs of {pack}; make it a multiple of `game.pack`", t.batch);
        self.hold(pack == 0 || t.batch.is_multiple_of(pack), "train.batch", &message);
        if let Some(Average::Exponential { decay }) = t.average {
            self.inside(decay, 0.0, 1.0, "train.average.decay");
        }
        t.divergence_bound.iter().for_each(|b| self.positive(*b, "train.divergence_bound"));
    }

    fn record(&mut self, scenario: &Scenario) {
        let r = &scenario.record;
        if let Some(spectrum) = &r.spectrum {
            self.at_least(spectrum.every, 1, "record.spectrum.every");
            self.at_least(spectrum.batches, 1, "record.spectrum.batches");
            self.at_least(spectrum.count as u64, 1, "record.spectrum.count");
        }
        self.at_least(r.every, 1, "record.every");
        self.at_least(r.samples as u64, 2, "record.samples");
        let message =
            format!("of {} is more than the {} of `record.samples` that are drawn", r.keep, r.samples);
        self.hold(r.keep <= r.samples, "record.keep", &message);
        r.checkpoint_every.iter().for_each(|c| self.at_least(*c, 1, "record.checkpoint_every"));
        self.positive(r.criteria.sigmas, "record.criteria.sigmas");
        self.count(r.criteria.covered, "record.criteria.covered");
        self.not_negative(r.criteria.spread, "record.criteria.spread");
    }

    fn expect(&mut self, expect: &Expect, first: u64) {
        self.at_least(expect.seeds, 1, "expect.seeds");
        let writable = i64::try_from(first.saturating_add(expect.seeds)).is_ok();
        self.hold(writable, "expect.seeds", "leads to seeds of 2^63 and more");
        let share = expect.share_of_seeds;
        self.hold(share > 0.0 && share <= 1.0, "expect.share_of_seeds", "must be above 0 and at most 1");
        self.bounds(&expect.bounds, "expect");
    }

    /// Bounds on measures in a table.
    fn bounds(&mut self, bounds: &BTreeMap<String, String>, table: &str) {
        for (key, value) in bounds {
            let path = format!("{table}.{key}");
            let reading = super::expect::Reading::from_str(key).err();
            for what in reading.into_iter().chain(Bound::from_str(value).err()) {
                self.found.push((path.clone(), format!("`{path}`: {what}")));
            }
        }
    }
}
