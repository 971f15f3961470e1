//! The papers behind a scenario, as BibTeX and as text.

use super::papers::{self as p, Paper, Venue};
use crate::scenario::{
    Average, Data, Dynamics, Formula, Game, Gan, InitKind, Objective, ObjectiveKind, Optimizer, PlayerName,
    Regularizer, RuleName, Scenario,
};

/// A paper and the part of the scenario that comes from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Key of the BibTeX entry.
    pub key: String,
    /// What the scenario takes from it, as a short phrase.
    pub part: String,
    /// The BibTeX entry.
    pub bibtex: String,
    /// Authors, year, title and place as plain text.
    pub text: String,
    /// Address of the preprint, where there is one.
    pub link: Option<String>,
}

/// The papers that a scenario's parts come from, each once, Nagarajan & Kolter 2017 first.
pub fn bibliography(scenario: &Scenario) -> Vec<Citation> {
    let mut found: Vec<(Paper, String)> = Vec::new();
    let mut add = |paper: Paper, part: &str| match found.iter_mut().find(|f| f.0.key == paper.key) {
        Some(entry) if entry.1 != part => entry.1 += &format!(", {part}"),
        Some(_) => {}
        None => found.push((paper, part.to_string())),
    };
    add(p::LOCALLY_STABLE, "the dynamics that ganscope is about");
    match &scenario.game {
        Game::Gan(gan) => objective(&gan.objective, &gan.regularizer, &mut add),
        Game::Dirac(game) => {
            add(p::R1_R2, "the Dirac-GAN");
            if game.noise > 0.0 {
                add(p::INSTANCE_NOISE, "instance noise");
            }
            objective(&game.objective, &game.regularizer, &mut add);
        }
        Game::Uniform(game) => {
            add(p::LOCALLY_STABLE, "the uniform game");
            objective(&game.objective, &game.regularizer, &mut add);
        }
        Game::LqWgan(_) => add(p::LOCALLY_STABLE, "the linear-quadratic WGAN"),
        Game::Quadratic(_) => add(p::SYMPLECTIC, "potential and Hamiltonian parts of a game"),
        Game::Bilinear(_) | Game::Hopf(_) | Game::SaddleMonkey(_) | Game::Expression(_) => {}
    }
    for regularizer in scenario.game.regularizers() {
        regularizer_of(regularizer, &mut add);
    }
    dynamics(&scenario.dynamics, &mut add);
    match &scenario.train.average {
        Some(Average::Exponential { .. }) => add(p::AVERAGING, "moving average of the generator"),
        Some(Average::Uniform {}) => add(p::VARIATIONAL, "average of the iterates"),
        None => {}
    }
    if let Game::Gan(gan) = &scenario.game {
        network(gan, scenario.data.as_ref(), &mut add);
    }
    found.into_iter().map(|(paper, part)| citation(&paper, part)).collect()
}

/// All entries as one BibTeX file.
pub fn bibtex(citations: &[Citation]) -> String {
    citations.iter().map(|c| format!("% {}\n{}", c.part, c.bibtex)).collect::<Vec<_>>().join("\n")
}

/// Packing, initial weights, and the measures of samples.
fn network(gan: &Gan, data: Option<&Data>, add: &mut impl FnMut(Paper, &str)) {
    if gan.pack > 1 {
        add(p::PACGAN, "packed samples");
    }
    for init in [gan.discriminator.init, gan.generator.init] {
        initial(init.kind, add);
    }
    if data.is_some_and(has_modes) {
        add(p::VEEGAN, "counting modes and high-quality samples");
    }
    add(p::SLICED, "sliced Wasserstein distance");
    add(p::MMD, "maximum mean discrepancy");
    add(p::ENERGY, "energy distance");
}

fn objective(objective: &Objective, regularizers: &[Regularizer], add: &mut impl FnMut(Paper, &str)) {
    let named = match objective {
        Objective::Named(kind) => *kind,
        Objective::Set(Formula::Wasserstein { .. }) => {
            return add(p::WGAN, "Wasserstein losses with clipped weights");
        }
        Objective::Set(Formula::Formula { .. }) => return,
    };
    match named {
        ObjectiveKind::Minimax => add(p::GAN, "minimax losses"),
        ObjectiveKind::NonSaturating => add(p::GAN, "non-saturating losses"),
        ObjectiveKind::Wasserstein => add(p::WGAN, "Wasserstein losses"),
        ObjectiveKind::LeastSquares => add(p::LSGAN, "least-squares losses"),
        ObjectiveKind::Hinge => add(p::HINGE, "hinge losses"),
        ObjectiveKind::Relativistic => {
            add(p::RELATIVISTIC, "relativistic losses");
            let has = |test: fn(&Regularizer) -> bool| regularizers.iter().any(test);
            if has(|r| matches!(r, Regularizer::R1 { .. })) && has(|r| matches!(r, Regularizer::R2 { .. })) {
                add(p::R3GAN, "relativistic losses with R1 and R2");
            }
        }
    }
}

fn regularizer_of(regularizer: &Regularizer, add: &mut impl FnMut(Paper, &str)) {
    match regularizer {
        Regularizer::GradientNorm {
            of: PlayerName::Discriminator, paid_by: PlayerName::Generator, ..
        } => {
            add(p::LOCALLY_STABLE, "the gradient-norm regulariser");
        }
        Regularizer::GradientNorm {
            of: PlayerName::Generator, paid_by: PlayerName::Discriminator, ..
        } => {
            add(p::ODE_GAN, "norm of the generator's gradient, paid by the discriminator");
        }
        Regularizer::GradientNorm { .. } | Regularizer::WeightDecay { .. } => {}
        Regularizer::R1 { .. } => add(p::R1_R2, "R1"),
        Regularizer::R2 { .. } => add(p::R1_R2, "R2"),
        Regularizer::GradientPenalty { one_sided, .. } => {
            add(p::WGAN_GP, "gradient penalty");
            if *one_sided {
                add(p::ONE_SIDED, "one-sided gradient penalty");
            }
        }
        Regularizer::Consensus { .. } => add(p::CONSENSUS, "consensus optimisation"),
    }
}

fn dynamics(dynamics: &Dynamics, add: &mut impl FnMut(Paper, &str)) {
    let players = [PlayerName::Discriminator, PlayerName::Generator].map(|p| dynamics.optimizer_of(p));
    let adam = players.iter().any(|optimizer| matches!(optimizer, Optimizer::Adam { .. }));
    match dynamics.rule.name() {
        RuleName::Alternating | RuleName::Simultaneous => {}
        RuleName::Extragradient => {
            add(p::EXTRAGRADIENT, "extragradient");
            add(p::VARIATIONAL, if adam { "ExtraAdam" } else { "extragradient for GANs" });
        }
        RuleName::ExtrapolationFromPast => {
            add(p::PAST, "extrapolation from the past");
            add(p::VARIATIONAL, "extrapolation from the past for GANs");
        }
        RuleName::Optimistic => {
            add(p::OPTIMISTIC, if adam { "optimistic Adam" } else { "optimistic gradient descent" });
        }
        RuleName::Symplectic => add(p::SYMPLECTIC, "symplectic gradient adjustment"),
        RuleName::Competitive => add(p::COMPETITIVE, "competitive gradient descent"),
        RuleName::Lead => add(p::LEAD, "LEAD"),
        RuleName::Unrolled => add(p::UNROLLED, "unrolled discriminator"),
        RuleName::RungeKutta => add(p::ODE_GAN, "Runge-Kutta steps"),
        RuleName::Flow => add(p::DORMAND_PRINCE, "integration of the continuous flow"),
    }
    if dynamics.lookahead.is_some() {
        add(p::LOOKAHEAD, "lookahead");
        add(p::LOOKAHEAD_GAMES, "lookahead in games");
    }
    if players[0].lr() != players[1].lr() {
        add(p::TWO_TIME_SCALES, "two time scales");
    }
    players.into_iter().for_each(|player| optimizer(player, add));
}

fn optimizer(optimizer: &Optimizer, add: &mut impl FnMut(Paper, &str)) {
    match optimizer {
        Optimizer::Sgd { momentum, .. } if *momentum < 0.0 => add(p::NEGATIVE_MOMENTUM, "negative momentum"),
        Optimizer::Sgd { .. } => {}
        Optimizer::Rmsprop { .. } => add(p::RMSPROP, "RMSprop"),
        Optimizer::Adagrad { .. } => add(p::ADAGRAD, "AdaGrad"),
        Optimizer::Adam { .. } => add(p::ADAM, "Adam"),
        Optimizer::Amsgrad { .. } => add(p::AMSGRAD, "AMSGrad"),
    }
}

fn initial(kind: InitKind, add: &mut impl FnMut(Paper, &str)) {
    match kind {
        InitKind::Orthogonal => add(p::ORTHOGONAL, "orthogonal initial weights"),
        InitKind::XavierUniform | InitKind::XavierNormal => add(p::XAVIER, "Xavier's initial weights"),
        InitKind::KaimingUniform | InitKind::KaimingNormal => add(p::KAIMING, "Kaiming's initial weights"),
        InitKind::Normal => {}
    }
}

fn has_modes(data: &Data) -> bool {
    match data {
        Data::Ring { .. } | Data::Grid { .. } | Data::Mixture { .. } | Data::Line { .. } => true,
        Data::Points { label, .. } => label.is_some(),
        Data::Spiral { .. }
        | Data::SwissRoll { .. }
        | Data::Moons { .. }
        | Data::Circles { .. }
        | Data::Teacher { .. } => false,
    }
}

fn citation(paper: &Paper, part: String) -> Citation {
    let link = (!paper.arxiv.is_empty()).then(|| format!("https://arxiv.org/abs/{}", paper.arxiv));
    Citation { key: paper.key.into(), part, bibtex: entry(paper), text: text(paper), link }
}

fn entry(paper: &Paper) -> String {
    let mut fields = vec![("title", paper.title.to_string()), ("author", paper.authors.to_string())];
    let kind = match paper.venue {
        Venue::Conference(name) => {
            fields.push(("booktitle", name.into()));
            "inproceedings"
        }
        Venue::Journal(name, volume, number, pages) => {
            let parts = [("journal", name), ("volume", volume), ("number", number), ("pages", pages)];
            fields.extend(parts.into_iter().filter(|f| !f.1.is_empty()).map(|(k, v)| (k, v.to_string())));
            "article"
        }
        Venue::Preprint => "misc",
        Venue::Other(what) => {
            fields.push(("howpublished", what.into()));
            "misc"
        }
    };
    fields.push(("year", paper.year.to_string()));
    if !paper.arxiv.is_empty() {
        fields.push(("eprint", paper.arxiv.into()));
        fields.push(("archiveprefix", "arXiv".into()));
    }
    let body: String = fields.iter().map(|(key, value)| format!("  {key} = {{{value}}},\n")).collect();
    format!("@{kind}{{{},\n{body}}}\n", paper.key)
}

fn text(paper: &Paper) -> String {
    let names: Vec<String> = paper.authors.split(" and ").map(|name| readable(&turned(name))).collect();
    let authors = match names.as_slice() {
        [first, _, _, _, ..] => format!("{first} and others"),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    };
    let place = match paper.venue {
        Venue::Conference(name) => name.to_string(),
        Venue::Journal(name, volume, ..) => format!("{name} {volume}"),
        Venue::Preprint => format!("arXiv {}", paper.arxiv),
        Venue::Other(what) => what.to_string(),
    };
    let title = readable(paper.title);
    let stop = if title.ends_with(['?', '!', '.']) { "" } else { "." };
    format!("{authors} ({}). {title}{stop} {place}.", paper.year)
}

/// "Kolter, J. Zico" as "J. Zico Kolter".
fn turned(name: &str) -> String {
    name.split_once(", ").map_or(name.to_string(), |(last, first)| format!("{first} {last}"))
}

/// TeX's accents and braces as plain letters.
fn readable(tex: &str) -> String {
    let accents = [
        ("{\\'e}", "é"),
        ("{\\'a}", "á"),
        ("{\\`e}", "è"),
        ("{\\\"a}", "ä"),
        ("{\\\"e}", "ë"),
        ("{\\\"o}", "ö"),
        ("{\\c{c}}", "ç"),
        ("{\\o}", "ø"),
        ("{\\i}", "ı"),
    ];
    let plain = accents.iter().fold(tex.to_string(), |text, (from, to)| text.replace(from, to));
    plain.replace(['{', '}'], "")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn keys(change: &str) -> Vec<String> {
        let mut scenario = sample::scenario_text().to_string();
        scenario += change;
        bibliography(&toml::from_str(&scenario).unwrap()).into_iter().map(|c| c.key).collect()
    }

    #[test]
    fn the_experiment_cites_its_parts_once() {
        let found = keys("");
        assert_eq!(found[0], "nagarajan2017gradient");
        for key in ["goodfellow2014generative", "kingma2015adam", "saxe2014exact", "srivastava2017veegan"] {
            assert_eq!(found.iter().filter(|k| *k == key).count(), 1, "{key}");
        }
        assert!(!found.contains(&"mescheder2018which".to_string()));
    }

    #[test]
    fn relativistic_losses_with_both_penalties_are_r3gan() {
        let text = sample::scenario_text().replace("minimax", "relativistic");
        let r1r2 = "[[game.regularizer]]\nkind = \"r1\"\ngamma = 1.0\n[[game.regularizer]]\nkind = \"r2\"\ngamma = 1.0\n";
        let cited = |text: &str| {
            let found = bibliography(&toml::from_str(text).unwrap());
            found.iter().any(|c| c.key == "huang2024gan")
        };
        assert!(cited(&format!("{text}{r1r2}")));
        assert!(!cited(&text));
    }

    #[test]
    fn rules_cite_who_proposed_them() {
        let papers = [
            ("rule = \"extragradient\"", "korpelevich1976extragradient"),
            ("rule = \"extrapolation_from_past\"", "popov1980modification"),
            ("rule = \"optimistic\"", "daskalakis2018training"),
            ("rule = \"symplectic\"", "balduzzi2018mechanics"),
            ("rule = \"competitive\"", "schaefer2019competitive"),
            ("rule = \"lead\"", "hemmat2020lead"),
            ("rule = { kind = \"unrolled\", steps = 2 }", "metz2017unrolled"),
            ("rule = \"runge_kutta\"", "qin2020training"),
            ("rule = \"flow\"", "dormand1980family"),
            ("lookahead = { every = 5 }", "chavdarova2021taming"),
            ("optimizer = { kind = \"amsgrad\", lr = 0.1 }", "reddi2018convergence"),
            ("generator_optimizer = { kind = \"sgd\", lr = 0.1 }", "heusel2017gans"),
        ];
        let plain = keys("");
        for (dynamics, key) in papers {
            assert!(!plain.contains(&key.to_string()), "{key}");
            assert!(keys(&format!("[dynamics]\n{dynamics}\n")).contains(&key.to_string()), "{dynamics}");
        }
    }

    #[test]
    fn entries_are_balanced_and_keys_unique() {
        let mut keys: Vec<&str> = p::ALL.iter().map(|paper| paper.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), p::ALL.len());
        for paper in p::ALL {
            let entry = entry(paper);
            assert_eq!(entry.matches('{').count(), entry.matches('}').count(), "{entry}");
            let text = text(paper);
            assert!(!text.contains(['{', '}', '\\']), "{text}");
        }
    }
}
