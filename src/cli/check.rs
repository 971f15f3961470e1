//! `check`: holds scenarios to the format and says what they will need.

use super::exit::{DONE, Ending, Failure, INPUT, note, say};
use super::words::time;
use ganscope::run::{columns_of, unknown_measures};
use ganscope::scenario::{Blueprint, Estimate, Game, Loaded, Op, Override, Problems, Scenario, load, size};

/// Check scenarios without running them: parameters, memory and time they will need.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope check mine.toml ring8-regularized --set train.steps=1000")]
pub struct Args {
    /// Scenario files, or names of shipped ones.
    #[arg(required = true, value_name = "FILE|NAME")]
    scenarios: Vec<String>,
    #[command(flatten)]
    overrides: Overrides,
}

/// Values that replace those of a scenario.
#[derive(clap::Args)]
pub struct Overrides {
    /// Replace a value of the scenario, as in --set dynamics.optimizer.lr=1e-3; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Override::parse)]
    pub set: Vec<Override>,
    /// Replace the scenario's seed.
    #[arg(long)]
    pub seed: Option<u64>,
}

impl Overrides {
    /// Loads a scenario with these values.
    pub fn load(&self, name: &str) -> Result<Loaded, Problems> {
        load(name, &self.set, self.seed)
    }
}

/// Checks all scenarios and reports on each.
pub fn check(args: &Args) -> Ending {
    let mut code = DONE;
    for name in &args.scenarios {
        let checked = args.overrides.load(name).map_err(Failure::from);
        match checked.and_then(|loaded| buildable(name, &loaded).map(|()| loaded)) {
            Ok(loaded) => {
                say(&summary(name, &loaded))?;
                if loaded.sweep.is_some() {
                    code = code.max(sweep(name, &args.overrides)?);
                }
            }
            Err(failure) => {
                note(&failure.message);
                code = INPUT;
            }
        }
    }
    Ok(code)
}

/// Checks the sweep that a scenario holds and says how large it is.
fn sweep(name: &str, overrides: &Overrides) -> Ending {
    let seed = overrides.seed.map(|seed| Override::parse(&format!("seed={seed}"))).transpose();
    let set: Vec<Override> = overrides.set.iter().cloned().chain(seed.map_err(Failure::input)?).collect();
    match super::sweep::summary(name, &set) {
        Ok(text) => say(&format!("  sweep          {}", text.replace("\n  ", "\n                 ")))?,
        Err(failure) => {
            note(&failure.message);
            return Ok(INPUT);
        }
    }
    Ok(DONE)
}

/// Refuses what shows only where the game is built: data that cannot be read, and expectations about what a run would
/// not measure.
pub fn buildable(name: &str, loaded: &Loaded) -> Result<(), Failure> {
    let columns = columns_of(loaded)?;
    let unknown =
        loaded.scenario.expect.iter().flat_map(|expect| unknown_measures("expect", &expect.bounds, &columns));
    let lines: Vec<String> = unknown.map(|sentence| format!("{name}: {sentence}")).collect();
    if lines.is_empty() { Ok(()) } else { Err(Failure::input(lines.join("\n"))) }
}

fn summary(name: &str, loaded: &Loaded) -> String {
    let Estimate { dim, ref networks, parameters: [d, g], memory_mib, seconds } = loaded.estimate;
    let Scenario { game, train, .. } = &loaded.scenario;
    let (data, batch) = match game {
        Game::Gan(_) => (format!("{dim}-dimensional"), format!(" of batch {}", train.batch)),
        _ => ("none: a game on paper".to_string(), String::new()),
    };
    let parameters = |n: usize| if n == 1 { "1 parameter".to_string() } else { format!("{n} parameters") };
    let lines = [
        ("data", data),
        ("discriminator", parameters(d)),
        ("generator", parameters(g)),
        ("training", format!("{} steps{batch}", train.steps)),
        ("memory", format!("about {}", size(memory_mib))),
        ("time", format!("about {} on one core", time(seconds))),
    ];
    let lines: String = lines.iter().map(|(what, text)| format!("  {what:13}  {text}\n")).collect();
    format!("{name}: ok\n{lines}{}", layers(networks.iter().flatten()))
}

/// The layers of networks over images with the shapes that follow, a line each.
fn layers<'a>(networks: impl Iterator<Item = &'a Blueprint>) -> String {
    let of = |(player, network): (&str, &Blueprint)| {
        let Blueprint::Layers(plan) = network else { return String::new() };
        let line = |op: &Op| {
            let (title, parameters) = (op.title(), op.weight.len() + op.bias.len());
            let shapes = format!("{} -> {}", op.input, op.output);
            format!("    {:14}  {title:30}  {shapes:40}  {parameters:>9}\n", op.name)
        };
        let lines: String = plan.flat().into_iter().map(line).collect();
        format!("  layers of the {player}: place, kind, shapes, parameters\n{lines}")
    };
    ["discriminator", "generator"].into_iter().zip(networks).map(of).collect()
}
