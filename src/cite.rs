//! The papers that the parts of a scenario come from.

use crate::scenario::{
    Data, Formula, Game, Gan, InitKind, Objective, ObjectiveKind, Optimizer, PlayerName, Regularizer,
    Scenario,
};

/// Every paper, by its BibTeX key.
const REFERENCES: &str = include_str!("references.bib");

/// A paper and the part that it is cited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its BibTeX key.
    pub key: &'static str,
    /// What it is cited for.
    pub why: &'static str,
    /// Its BibTeX entry.
    pub bibtex: &'static str,
}

type Why = (&'static str, &'static str);

/// The papers that the parts of a scenario come from, each once, in the order game, dynamics, measures.
pub fn papers(scenario: &Scenario) -> Vec<Paper> {
    let Game::Gan(gan) = &scenario.game;
    let mut cited: Vec<Why> = vec![("goodfellow2014generative", "generative adversarial networks")];
    cited.extend(objective(&gan.objective));
    cited.extend(gan.regularizer.iter().flat_map(regularizer));
    cited.extend(together(gan));
    cited.extend([gan.generator.init.kind, gan.discriminator.init.kind].into_iter().filter_map(init));
    for player in [PlayerName::Discriminator, PlayerName::Generator] {
        cited.extend(optimizer(scenario.dynamics.optimizer_of(player)));
    }
    cited.extend(
        scenario.dynamics.clip_norm.map(|_| ("pascanu2013difficulty", "clipping of a gradient's norm")),
    );
    cited.extend(scenario.train.ema.map(|_| ("yazici2019unusual", "the averaged generator")));
    cited.extend(measures(&scenario.data));
    let mut found: Vec<Paper> = Vec::new();
    for (key, why) in cited {
        let known = found.iter().any(|p| p.key == key);
        found.extend(bibtex(key).filter(|_| !known).map(|bibtex| Paper { key, why, bibtex }));
    }
    found
}

/// The entry of a key.
fn bibtex(key: &str) -> Option<&'static str> {
    let opening = format!("{{{key},");
    REFERENCES.split("\n\n").map(str::trim).find(|entry| entry.contains(&opening))
}

fn objective(objective: &Objective) -> Option<Why> {
    let kind = match objective {
        Objective::Named(kind) => kind,
        Objective::Set(Formula::Wasserstein { .. }) => &ObjectiveKind::Wasserstein,
        Objective::Set(Formula::Formula { .. }) => return None,
    };
    Some(match kind {
        ObjectiveKind::Minimax | ObjectiveKind::NonSaturating => ("goodfellow2014generative", "the losses"),
        ObjectiveKind::Wasserstein => ("arjovsky2017wasserstein", "the Wasserstein losses"),
        ObjectiveKind::LeastSquares => ("mao2017least", "the least-squares losses"),
        ObjectiveKind::Hinge => ("lim2017geometric", "the hinge losses"),
        ObjectiveKind::Relativistic => ("jolicoeur2019relativistic", "the relativistic losses"),
    })
}

fn regularizer(regularizer: &Regularizer) -> Vec<Why> {
    let (why, every) = match regularizer {
        Regularizer::GradientNorm {
            of: PlayerName::Generator,
            paid_by: PlayerName::Discriminator,
            every,
            ..
        } => (("qin2020training", "the generator's gradient norm, paid by the discriminator"), *every),
        Regularizer::GradientNorm { every, .. } => {
            (("nagarajan2017gradient", "the gradient-norm regulariser"), *every)
        }
        Regularizer::R1 { every, .. } => (("mescheder2018which", "R1"), *every),
        Regularizer::R2 { every, .. } => (("mescheder2018which", "R2"), *every),
        Regularizer::GradientPenalty { every, .. } => {
            (("gulrajani2017improved", "the gradient penalty"), *every)
        }
        Regularizer::Consensus { every, .. } => (("mescheder2017numerics", "consensus optimisation"), *every),
        Regularizer::WeightDecay { .. } => (("krogh1991simple", "weight decay"), 1),
    };
    let lazy = (every > 1).then_some(("karras2020analyzing", "lazy regularisation"));
    [Some(why), lazy].into_iter().flatten().collect()
}

/// What only the whole of a game comes from: its packing, or R3GAN's three parts together.
fn together(gan: &Gan) -> Vec<Why> {
    let relativistic = gan.objective == Objective::Named(ObjectiveKind::Relativistic);
    let has = |test: fn(&Regularizer) -> bool| gan.regularizer.iter().any(test);
    let both = has(|r| matches!(r, Regularizer::R1 { .. })) && has(|r| matches!(r, Regularizer::R2 { .. }));
    let r3 = (relativistic && both).then_some(("huang2024gan", "the relativistic losses with R1 and R2"));
    let pack = (gan.pack > 1).then_some(("lin2018pacgan", "packing"));
    [r3, pack].into_iter().flatten().collect()
}

fn init(kind: InitKind) -> Option<Why> {
    match kind {
        InitKind::Orthogonal => Some(("saxe2014exact", "orthogonal initial weights")),
        InitKind::XavierUniform | InitKind::XavierNormal => {
            Some(("glorot2010understanding", "initial weights"))
        }
        InitKind::KaimingUniform | InitKind::KaimingNormal => Some(("he2015delving", "initial weights")),
        InitKind::Normal => None,
    }
}

fn optimizer(optimizer: &Optimizer) -> Option<Why> {
    match optimizer {
        Optimizer::Adam { .. } => Some(("kingma2015adam", "Adam")),
        Optimizer::Rmsprop { .. } => Some(("tieleman2012lecture", "RMSprop")),
        Optimizer::Adagrad { .. } => Some(("duchi2011adaptive", "AdaGrad")),
        Optimizer::Sgd { momentum, .. } if *momentum < 0.0 => {
            Some(("gidel2019negative", "negative momentum"))
        }
        Optimizer::Sgd { momentum, .. } if *momentum > 0.0 => Some(("sutskever2013importance", "momentum")),
        Optimizer::Sgd { .. } => None,
    }
}

fn measures(data: &Data) -> Vec<Why> {
    let modes = match data {
        Data::Ring { .. } | Data::Grid { .. } | Data::Mixture { .. } | Data::Line { .. } => true,
        Data::Points { label, .. } => label.is_some(),
        _ => false,
    };
    let counted = modes.then_some(("srivastava2017veegan", "the counting of modes"));
    let distances = [
        ("bonneel2015sliced", "the sliced Wasserstein distance"),
        ("gretton2012kernel", "the maximum mean discrepancy (MMD)"),
        ("szekely2013energy", "the energy distance"),
    ];
    counted.into_iter().chain(distances).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    fn keys(name: &str) -> Vec<&'static str> {
        papers(&load(name, &[], None).unwrap().scenario).iter().map(|p| p.key).collect()
    }

    #[test]
    fn parts_bring_their_papers_once() {
        let ring = keys("ring8-regularized");
        assert!(ring.contains(&"nagarajan2017gradient") && ring.contains(&"kingma2015adam"));
        assert_eq!(ring.iter().filter(|k| **k == "goodfellow2014generative").count(), 1);
        assert!(keys("ring8-r3gan").contains(&"huang2024gan"));
        assert!(keys("ring8-veegan").contains(&"lin2018pacgan"));
        assert!(!keys("spiral").contains(&"srivastava2017veegan"));
    }

    #[test]
    fn every_key_of_this_file_is_a_reference() {
        let source = include_str!("cite.rs");
        let opened = source.split("(\"").skip(1).filter_map(|rest| rest.split_once("\","));
        let keys: Vec<&str> =
            opened.map(|(key, _)| key).filter(|k| k.contains("20") || k.contains("19")).collect();
        assert!(keys.len() > 20);
        keys.iter().for_each(|key| assert!(bibtex(key).is_some(), "{key}"));
    }
}
