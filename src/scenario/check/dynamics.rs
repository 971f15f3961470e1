//! What must hold of how the players move: settings within their ranges, and which rules go with which optimisers.
//!
//! | rules | optimisers | why no others |
//! | --- | --- | --- |
//! | alternating, simultaneous, extragradient, extrapolation_from_past, optimistic, symplectic, lead | all | |
//! | unrolled | the discriminator's: sgd, adam; the generator's: all | the foreseen steps are differentiated |
//! | competitive, runge_kutta, flow | sgd without momentum | their step is no optimiser's |

use super::Checker;
use crate::scenario::{
    Dynamics, Optimizer, PlayerName, Precision, Regularizer, RuleName, RuleSettings, Scenario,
};

/// The smallest tolerance of the flow that single precision can meet.
const SINGLE: f64 = 1e-5;

/// Steps that may be foreseen: each is kept until the way back.
const FORESEEN: usize = 1000;

impl Checker {
    pub(super) fn dynamics(&mut self, scenario: &Scenario) {
        let d = &scenario.dynamics;
        self.count(d.discriminator_steps, "dynamics.discriminator_steps");
        self.count(d.generator_steps, "dynamics.generator_steps");
        self.optimizer(&d.optimizer, "dynamics.optimizer");
        for (own, path) in [
            (&d.discriminator_optimizer, "dynamics.discriminator_optimizer"),
            (&d.generator_optimizer, "dynamics.generator_optimizer"),
        ] {
            own.iter().for_each(|o| self.optimizer(o, path));
        }
        d.clip_norm.iter().for_each(|c| self.positive(*c, "dynamics.clip_norm"));
        if let Some(lookahead) = d.lookahead {
            self.at_least(lookahead.every, 1, "dynamics.lookahead.every");
            let fine = lookahead.alpha > 0.0 && lookahead.alpha <= 1.0;
            self.hold(fine, "dynamics.lookahead.alpha", "must be above 0 and at most 1");
        }
        self.rule(scenario);
        self.pairs(d);
        let turned = scenario.game.regularizers().iter().any(|r| matches!(r, Regularizer::Consensus { .. }));
        let message = "cannot be `unrolled` with consensus: it follows the gradient of the generator's loss, of which \
                       consensus is no part; take another rule, or leave consensus out";
        self.hold(!turned || d.rule.name() != RuleName::Unrolled, "dynamics.rule", message);
    }

    fn rule(&mut self, scenario: &Scenario) {
        match scenario.dynamics.rule.settings() {
            RuleSettings::Symplectic { lambda, .. } => self.finite(lambda, "dynamics.rule.lambda"),
            RuleSettings::Competitive { tolerance, iterations } => {
                self.inside(tolerance, 0.0, 1.0, "dynamics.rule.tolerance");
                self.count(iterations, "dynamics.rule.iterations");
            }
            RuleSettings::Lead { alpha } => self.finite(alpha, "dynamics.rule.alpha"),
            RuleSettings::Unrolled { steps } => {
                let message =
                    format!("must be from 1 to {FORESEEN}: every foreseen step is kept until the way back");
                self.hold((1..=FORESEEN).contains(&steps), "dynamics.rule.steps", &message);
            }
            RuleSettings::Flow { tolerance } => {
                self.inside(tolerance, 0.0, 1.0, "dynamics.rule.tolerance");
                let single = scenario.game.on_paper().is_none() && scenario.train.precision == Precision::F32;
                let message = format!(
                    "of {tolerance} cannot be met in single precision; set train.precision = \"f64\", or a tolerance of \
                     {SINGLE} and more"
                );
                self.hold(!single || tolerance >= SINGLE, "dynamics.rule.tolerance", &message);
            }
            _ => {}
        }
    }

    fn pairs(&mut self, d: &Dynamics) {
        let rule = d.rule.name();
        let word = rule.word();
        let several = matches!(rule, RuleName::Alternating | RuleName::Simultaneous);
        let inner = several || rule == RuleName::Unrolled;
        for (count, key) in
            [(d.discriminator_steps, "discriminator_steps"), (d.generator_steps, "generator_steps")]
        {
            let message =
                format!("must be 1 with the rule `{word}`, whose round is one step of both players");
            self.hold(inner || count == 1, &format!("dynamics.{key}"), &message);
        }
        let plain = matches!(rule, RuleName::Competitive | RuleName::RungeKutta | RuleName::Flow);
        for player in [PlayerName::Discriminator, PlayerName::Generator] {
            let optimizer = d.optimizer_of(player);
            let path = optimizer_path(d, player);
            let is_plain = matches!(optimizer, Optimizer::Sgd { momentum, .. } if *momentum == 0.0);
            let message = format!(
                "goes with no momentum and no preconditioner under the rule `{word}`, which makes its own step; write \
                 {{ kind = \"sgd\", lr = ... }}"
            );
            self.hold(!plain || is_plain, path, &message);
        }
        let foreseen = matches!(
            d.optimizer_of(PlayerName::Discriminator),
            Optimizer::Sgd { .. } | Optimizer::Adam { .. }
        );
        let message = "is differentiated by the rule `unrolled`, which knows sgd and adam; take one of them";
        let path = optimizer_path(d, PlayerName::Discriminator);
        self.hold(rule != RuleName::Unrolled || foreseen, path, message);
        let unclipped = plain || rule == RuleName::Unrolled;
        let message = format!("has no meaning for the steps of the rule `{word}`; leave it out");
        self.hold(!(unclipped && d.clip_norm.is_some()), "dynamics.clip_norm", &message);
    }

    fn optimizer(&mut self, optimizer: &Optimizer, path: &str) {
        self.schedule(optimizer.lr(), &format!("{path}.lr"), true);
        let key = |name: &str| format!("{path}.{name}");
        match optimizer {
            Optimizer::Sgd { momentum, nesterov, .. } => {
                self.inside(*momentum, -1.0, 1.0, &key("momentum"));
                let idle = *nesterov && *momentum == 0.0;
                self.hold(!idle, &key("nesterov"), "needs a momentum; set `momentum` too");
            }
            Optimizer::Rmsprop { alpha, epsilon, .. } => {
                self.share(*alpha, &key("alpha"));
                self.positive(*epsilon, &key("epsilon"));
            }
            Optimizer::Adagrad { epsilon, .. } => self.positive(*epsilon, &key("epsilon")),
            Optimizer::Adam { beta1, beta2, epsilon, .. }
            | Optimizer::Amsgrad { beta1, beta2, epsilon, .. } => {
                self.share(*beta1, &key("beta1"));
                self.share(*beta2, &key("beta2"));
                self.positive(*epsilon, &key("epsilon"));
            }
        }
    }
}

/// The key that says how a player descends.
fn optimizer_path(d: &Dynamics, player: PlayerName) -> &'static str {
    match player {
        PlayerName::Discriminator if d.discriminator_optimizer.is_some() => {
            "dynamics.discriminator_optimizer"
        }
        PlayerName::Generator if d.generator_optimizer.is_some() => "dynamics.generator_optimizer",
        _ => "dynamics.optimizer",
    }
}
