//! The section of a page in which a reader moves a game of two parameters: field, path, eigenvalues, multipliers.
//!
//! The scripts in `lab/` compute everything in the page itself. They get the losses of the game as it was played, written
//! down operation by operation (`Analytic::written`), and add the regularisers on their own. To be sure that both have the
//! same game, the page also gets field and Jacobian at a few points, and warns where it finds others.

mod terms;

use super::html::embedded;
use crate::game::{Analytic, Draw, Game as _, Joint, Term, Written};
use crate::run::folder::RunData;
use crate::run::paper_of;
use crate::scenario::{Method, Optimizer, PlayerName, RuleName, RuleSettings, Scenario, Stages};
use crate::spectrum::dense_jacobian;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};
use terms::{Knob, knobs};

/// Longest list of operations that a page computes; beyond it a path would take seconds.
const LONGEST: usize = 30_000;
/// Most steps of the path in the page.
const MOST_STEPS: u64 = 20_000;

/// The scripts in the order in which they build on one another.
const SCRIPTS: [&str; 7] = [
    include_str!("lab/jet.js"),
    include_str!("lab/game.js"),
    include_str!("lab/rules.js"),
    include_str!("lab/motion.js"),
    include_str!("lab/view.js"),
    include_str!("lab/say.js"),
    include_str!("lab/lab.js"),
];

/// The section of a run; None where the game has more than one parameter a player, or is too long to compute in a page.
pub fn lab(run: &RunData) -> Option<Markup> {
    let scenario = &run.scenario;
    let game = paper_of(scenario).ok().filter(|game| game.sizes() == [1, 1])?;
    let knobs = knobs(scenario, &game);
    let penalties: Vec<_> = knobs.iter().filter_map(Knob::penalty).collect();
    let written = game.written(&penalties);
    if written.ops.len() > LONGEST {
        return None;
    }
    let script = SCRIPTS.join("\n");
    Some(html! {
        noscript { p { "Moving the game needs JavaScript, which is off. The pictures below show the run without it." } }
        @if let Some(apart) = other_than_the_run(scenario) { p class="hint" { (apart) } }
        p id="lab-wait" { "The script of this section has not run; a newer browser may be needed." }
        div class="lab" id="lab-stage" hidden {
            (stage(scenario, &knobs))
            (readings())
        }
        (embedded("lab-data", &data(scenario, &game, &knobs, &written)))
        script { (PreEscaped(script)) }
    })
}

/// The pictures and the controls beside them.
fn stage(scenario: &Scenario, knobs: &[Knob]) -> Markup {
    let [d, g] = crate::plot::names(&scenario.game);
    html! {
        div class="lab-plane card" {
            canvas id="lab-plane" role="application" tabindex="0" {}
            div class="legend" aria-hidden="true" {
                span { i class="dot" style="background:#009e73" {} " start (drag it)" }
                span { i class="dot" style="background:#d55e00" {} " end" }
                span { b { "×" } " equilibrium" }
                span { i class="dot bar" style="background:#9a9a9a" {} " field, darker where faster" }
            }
        }
        div class="lab-controls" {
            div class="lab-choice" {
                label for="lab-rule" { "Rule" }
                select id="lab-rule" { @for (id, name) in RULES { option value=(id) { (name) } } }
                label for="lab-optimizer" { "Optimiser" }
                select id="lab-optimizer" { @for (id, name) in OPTIMIZERS { option value=(id) { (name) } } }
            }
            p class="hint" id="lab-formula" {}
            (slider("h", "step size h", [-3.0, 1.0], 0.01))
            @for (k, knob) in knobs.iter().enumerate() {
                (slider(&format!("term-{k}"), &knob.label, [0.0, knob.most], knob.most / 200.0))
            }
            (slider("beta", "momentum β", [-0.95, 0.95], 0.01))
            (slider("start-0", &format!("start {d}"), [-reach(scenario), reach(scenario)], 0.01))
            (slider("start-1", &format!("start {g}"), [-reach(scenario), reach(scenario)], 0.01))
            (slider("steps", "steps", [0.0, (MOST_STEPS as f64).log10()], 0.01))
            label class="check" { input type="checkbox" id="lab-flow"; " the continuous flow beside it (dashed)" }
            div class="lab-buttons" {
                button type="button" id="lab-play" { "Play" }
                button type="button" id="lab-reset" { "Reset" }
                button type="button" id="lab-in" aria-label="Zoom in" { "+" }
                button type="button" id="lab-out" aria-label="Zoom out" { "−" }
                button type="button" id="lab-large" { "Full screen" }
            }
        }
    }
}

/// What follows from the controls: three small pictures, and the same in words.
fn readings() -> Markup {
    let picture = |id: &str, title: &str| {
        html! { figure class="card" { figcaption { (title) } canvas id={ "lab-" (id) } role="img" {} } }
    };
    let words = [
        ("where", "Equilibrium"),
        ("flow", "Eigenvalues λ of the Jacobian there"),
        ("rule", "Multipliers μ of the rule"),
        ("limit", "The rule is stable there"),
        ("end", "The path ends at"),
    ];
    html! {
        div class="lab-small" {
            (picture("eigen", "Eigenvalues λ; shaded: growth"))
            (picture("mu", "Multipliers μ; shaded: outside the unit circle"))
            (picture("distance", "Distance from the equilibrium; dashed: as the largest μ predicts"))
        }
        dl class="lab-words" aria-live="polite" {
            @for (id, name) in words { div { dt { (name) } dd id={ "lab-say-" (id) } {} } }
        }
        p class="hint" id="lab-check" role="status" {}
    }
}

fn slider(id: &str, name: &str, [low, high]: [f64; 2], step: f64) -> Markup {
    html! {
        div class="lab-slider" {
            label for={ "lab-" (id) } { (name) }
            output id={ "lab-" (id) "-out" } for={ "lab-" (id) } {}
            input type="range" id={ "lab-" (id) } min=(low) max=(high) step=(step);
        }
    }
}

/// The rules of `lab/rules.js` by their names there.
const RULES: [(&str, &str); 7] = [
    ("simultaneous", "simultaneous"),
    ("alternating", "alternating"),
    ("extragradient", "extragradient"),
    ("past", "extrapolation from the past"),
    ("optimistic", "optimistic"),
    ("heun", "Heun (Runge–Kutta 2)"),
    ("rk4", "Runge–Kutta 4 (near the flow)"),
];

/// The optimisers of `lab/rules.js` by their names there.
const OPTIMIZERS: [(&str, &str); 4] = [
    ("plain", "plain"),
    ("momentum", "heavy ball, momentum β"),
    ("nesterov", "Nesterov, momentum β"),
    ("adam", "Adam, β₁ = β, β₂ = 0.999"),
];

fn data(scenario: &Scenario, game: &Analytic, knobs: &[Knob], written: &Written) -> Value {
    let mut places = written.penalties.iter();
    let terms: Vec<Value> = knobs
        .iter()
        .map(|knob| {
            let place = knob.penalty().and_then(|_| places.next().copied().flatten());
            knob.data(place)
        })
        .collect();
    let equilibria: Vec<[f64; 2]> = game.equilibria(0).iter().map(|at| [at.d[0], at.g[0]]).collect();
    let [h, other] = [PlayerName::Discriminator, PlayerName::Generator]
        .map(|player| scenario.dynamics.optimizer_of(player).lr().at(0, scenario.train.steps));
    json!({
        "names": crate::plot::names(&scenario.game),
        "ops": written.ops,
        "losses": written.losses,
        "terms": terms,
        "clip": game.clip,
        "first": usize::from(scenario.dynamics.first == PlayerName::Generator),
        "ratio": [1.0, other / h],
        "equilibria": equilibria,
        "given": given(scenario, h),
        "check": checks(scenario, game, knobs, &equilibria),
    })
}

/// The scenario's own settings, as far as the page has them.
fn given(scenario: &Scenario, h: f64) -> Value {
    let rule = rule(scenario.dynamics.rule.settings()).unwrap_or("simultaneous");
    let (optimizer, beta) = match scenario.dynamics.optimizer_of(PlayerName::Discriminator) {
        Optimizer::Sgd { momentum: 0.0, .. } => ("plain", 0.5),
        Optimizer::Sgd { momentum, nesterov: true, .. } => ("nesterov", *momentum),
        Optimizer::Sgd { momentum, nesterov: false, .. } => ("momentum", *momentum),
        Optimizer::Adam { beta1, .. } | Optimizer::Amsgrad { beta1, .. } => ("adam", *beta1),
        Optimizer::Rmsprop { .. } | Optimizer::Adagrad { .. } => ("plain", 0.5),
    };
    json!({
        "rule": rule, "optimizer": optimizer, "h": h, "beta": beta,
        "start": start(scenario), "steps": scenario.train.steps.min(MOST_STEPS),
    })
}

/// A rule by its name in the page, where the page has it.
fn rule(rule: RuleSettings) -> Option<&'static str> {
    Some(match rule {
        RuleSettings::Alternating {} => "alternating",
        RuleSettings::Simultaneous {} | RuleSettings::RungeKutta { method: Method::Euler, .. } => {
            "simultaneous"
        }
        RuleSettings::Extragradient {} => "extragradient",
        RuleSettings::ExtrapolationFromPast {} => "past",
        RuleSettings::Optimistic {} => "optimistic",
        RuleSettings::RungeKutta { method: Method::Heun, stages: Stages::Joint } => "heun",
        RuleSettings::RungeKutta { method: Method::Rk4, stages: Stages::Joint }
        | RuleSettings::Flow { .. } => "rk4",
        RuleSettings::RungeKutta { .. }
        | RuleSettings::Symplectic { .. }
        | RuleSettings::Competitive { .. }
        | RuleSettings::Lead { .. }
        | RuleSettings::Unrolled { .. } => return None,
    })
}

/// In what the page does not move as the run did, as a sentence; None where it does.
fn other_than_the_run(scenario: &Scenario) -> Option<String> {
    let dynamics = &scenario.dynamics;
    let alternates = matches!(dynamics.rule.name(), RuleName::Alternating | RuleName::Simultaneous);
    let plain = |optimizer: &Optimizer| matches!(optimizer, Optimizer::Sgd { momentum: 0.0, .. });
    let known = |optimizer: &Optimizer| matches!(optimizer, Optimizer::Sgd { .. } | Optimizer::Adam { .. });
    let [d, g] = [PlayerName::Discriminator, PlayerName::Generator].map(|p| dynamics.optimizer_of(p));
    let same = match (d, g) {
        (
            Optimizer::Sgd { momentum: a, nesterov: m, .. },
            Optimizer::Sgd { momentum: b, nesterov: n, .. },
        ) => (a, m) == (b, n),
        (a, b) => a == b,
    };
    let varies = |values: Vec<f64>| values.windows(2).any(|pair| pair[0] != pair[1]);
    let mut apart: Vec<String> = Vec::new();
    if rule(dynamics.rule.settings()).is_none() {
        apart.push(format!("the rule {}", dynamics.rule.name().word()));
    }
    if !known(d) || !known(g) || !same || !(alternates || plain(d) && plain(g)) {
        apart.push("its optimisers".into());
    }
    if [dynamics.discriminator_steps, dynamics.generator_steps] != [1, 1] {
        apart.push("more than one update of a player in a round".into());
    }
    if dynamics.lookahead.is_some() {
        apart.push("lookahead".into());
    }
    if dynamics.clip_norm.is_some() {
        apart.push("clipped gradients".into());
    }
    if [d, g].iter().any(|optimizer| varies(optimizer.lr().values()))
        || scenario.game.regularizers().iter().any(|r| varies(r.strength().values()))
    {
        apart.push("settings that change over the run".into());
    }
    (!apart.is_empty()).then(|| {
        let what = apart.join(", ");
        format!("The run had {what}, which this section leaves out: its path here is not the run's.")
    })
}

fn start(scenario: &Scenario) -> [f64; 2] {
    let start = scenario.game.on_paper().and_then(|paper| paper.start);
    start.map_or([1.0, 1.0], |at| [&at.d, &at.g].map(|x| x.first().copied().unwrap_or(1.0)))
}

/// How far the sliders of the start go.
fn reach(scenario: &Scenario) -> f64 {
    let [d, g] = start(scenario);
    (2.0 * d.abs().max(g.abs())).max(2.0)
}

/// Field and Jacobian at a few points: of the game as it was played, and with every slider's term in it.
fn checks(scenario: &Scenario, game: &Analytic, knobs: &[Knob], equilibria: &[[f64; 2]]) -> Vec<Value> {
    let [d, g] = start(scenario);
    let mut points = vec![[d, g], [0.5 * d + 0.11, 0.5 * g - 0.23], [-0.37, 0.71], [0.83, -0.58]];
    points.extend(equilibria.first());
    let played: Vec<f64> = knobs.iter().map(|knob| knob.value).collect();
    let all: Vec<f64> = knobs.iter().map(|knob| 0.15 * knob.most).collect();
    let mut found = Vec::new();
    for values in [played, all] {
        let terms: Vec<Term> = knobs.iter().zip(&values).map(|(knob, value)| knob.term(*value)).collect();
        let game = Analytic { terms, ..game.clone() };
        found.extend(points.iter().filter_map(|at| check(&game, *at, &values)));
    }
    found
}

fn check(game: &Analytic, [d, g]: [f64; 2], values: &[f64]) -> Option<Value> {
    let (at, batch) = (Joint { d: vec![d], g: vec![g] }, Draw { step: 0, draw: 0 });
    let v = game.field(&at, &batch).ok()?.flat();
    // At a kink there is a field and no Jacobian.
    let jacobian = dense_jacobian(game, &at, &batch).ok().map(|j| j.transpose().as_slice().to_vec());
    let finite = v.iter().chain(jacobian.iter().flatten()).all(|x| x.is_finite());
    finite.then(|| json!({ "at": [d, g], "values": values, "v": v, "jacobian": jacobian }))
}

#[cfg(test)]
mod tests;
