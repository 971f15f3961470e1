//! `new`: a commented scenario to start from.

use super::exit::{Failure, say};
use ganscope::run::folder::write_whole;
use std::path::{Path, PathBuf};

const STARTER: &str = include_str!("starter.toml");
const STARTER_NAME: &str = "my-experiment";

/// Write a commented scenario to start from.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope new mine.toml && ganscope run mine.toml")]
pub struct Args {
    /// The file to write; its name without the ending becomes the scenario's.
    #[arg(default_value = "my-experiment.toml")]
    file: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
}

/// Writes the starter.
pub fn new(args: &Args) -> Result<(), Failure> {
    let file = &args.file;
    if file.is_dir() {
        return Err(Failure::input(format!("{}: is a folder; name a file in it", file.display())));
    }
    if !args.force && file.exists() {
        let message =
            format!("{}: is there already; choose another name, or replace it with --force", file.display());
        return Err(Failure::input(message));
    }
    let text = STARTER.replacen(STARTER_NAME, &name_of(file), 1);
    write_whole(file, text.as_bytes())?;
    let shown = file.display();
    say(&format!("wrote {shown}; edit it, then:\n  ganscope check {shown}\n  ganscope run {shown}\n"))
}

/// The scenario name that a file's name suggests.
fn name_of(file: &Path) -> String {
    let stem = file.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = stem.chars().map(safe).take(100).collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() { STARTER_NAME.to_string() } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ganscope::scenario::{Source, parse};

    #[test]
    fn the_starter_is_a_scenario() {
        let loaded = parse(STARTER, Source::Text, &[]).unwrap();
        assert_eq!(loaded.scenario.name, STARTER_NAME);
    }

    #[test]
    fn names_are_safe() {
        assert_eq!(name_of(Path::new("a/ring 8!.toml")), "ring-8-");
        assert_eq!(name_of(Path::new("..toml")), STARTER_NAME);
    }
}
