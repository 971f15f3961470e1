//! What the program carries: `list`, `show`, `schema`, `completions`.

use super::exit::{FAILED, Failure, say};
use clap::CommandFactory;
use ganscope::scenario::shipped::SHIPPED;
use ganscope::scenario::{Question, Scenario, read};
use std::collections::BTreeMap;
use std::fmt::Write;

/// List the shipped scenarios by the question each helps to answer.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope list")]
pub struct ListArgs {}

/// Print the file of a shipped scenario, comments and all.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope show ring8-regularized > mine.toml")]
pub struct ShowArgs {
    /// Name of a shipped scenario, or a file.
    name: String,
}

/// Print the JSON Schema of the scenario format, for editors.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope schema > scenario.schema.json")]
pub struct SchemaArgs {}

/// Print a completion script for a shell.
#[derive(clap::Args)]
#[command(
    after_help = "Example: ganscope completions bash > ~/.local/share/bash-completion/completions/ganscope"
)]
pub struct CompletionsArgs {
    /// The shell.
    shell: clap_complete::Shell,
}

/// Prints the shipped scenarios.
pub fn list() -> Result<(), Failure> {
    say(&listing())
}

/// The shipped scenarios as a text.
pub fn listing() -> String {
    let mut groups: BTreeMap<Question, String> = BTreeMap::new();
    let width = SHIPPED.iter().map(|s| s.name.len()).max().unwrap_or(0);
    for shipped in SHIPPED {
        let Ok(scenario) = toml::from_str::<Scenario>(shipped.text) else { continue };
        let group = groups.entry(scenario.question).or_default();
        let (name, time) = (shipped.name, shipped.time);
        let needs = shipped.needs.map_or(String::new(), |needs| format!(" (needs {needs})"));
        let _ = writeln!(group, "  {name:width$}  {time:>6}  {}{needs}", scenario.description);
    }
    let mut text = String::new();
    for (question, lines) in groups {
        let _ = writeln!(text, "{}\n{lines}", question.sentence());
    }
    text += "Times are for one core with AVX-512; without it, about twice as long. Run one with `ganscope run NAME`, read it with `ganscope show NAME`.\n";
    text
}

/// Prints a scenario's file.
pub fn show(args: &ShowArgs) -> Result<(), Failure> {
    let (_, text) = read(&args.name)?;
    say(&text)
}

/// Prints the JSON Schema.
pub fn schema() -> Result<(), Failure> {
    let fail = |e: serde_json::Error| Failure { code: FAILED, message: e.to_string() };
    say(&format!("{}\n", serde_json::to_string_pretty(ganscope::scenario::schema()).map_err(fail)?))
}

/// Prints a completion script.
pub fn completions<C: CommandFactory>(args: &CompletionsArgs) -> Result<(), Failure> {
    // Into memory first: the generator panics where its output cannot be written.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut C::command(), "ganscope", &mut script);
    say(&String::from_utf8_lossy(&script))
}
